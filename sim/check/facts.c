#include "common/check.h"
#include "sim/check/state.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What has happened so far, as far as more than one checker needs it. */

enum { CALLS_REMEMBERED = 1 << 14 }; /* at least; also long after they have ended */

void limit_reached(struct checker *checker)
{
    checker->limit = !checker->broken.text[0];
}

void broken(struct checker *checker, const char *invariant, const char *format, ...)
{
    char story[400];
    if (checker_is_over(checker))
        return;
    if (copies_excuse(checker, invariant)) {
        limit_reached(checker);
        return;
    }
    va_list args;
    va_start(args, format);
    vsnprintf(story, sizeof story, format, args);
    va_end(args);
    err_say(OK, &checker->broken, "%s: %s, at %.3f ms", invariant, story,
            (double)checker->now_us / 1000);
}

/* Ids are hashes already. The first bytes of unique ones are not. */
static unsigned hash_of(const struct object_id *id)
{
    unsigned hash;
    memcpy(&hash, id->bytes + OBJECT_ID_BYTES / 2, sizeof hash);
    return hash;
}

struct checked_object *object_of(struct checker *checker, const struct object_id *id)
{
    struct checked_object *object = checker->last_object;
    if (object && memcmp(&object->id, id, sizeof *id) == 0)
        return object;
    unsigned hash = hash_of(id);
    HASH_FIND_BYHASHVALUE(hh, checker->objects, id, sizeof *id, hash, object);
    if (!object) {
        object = calloc(1, sizeof *object);
        CHECK(object != NULL);
        object->id = *id;
        HASH_ADD_BYHASHVALUE(hh, checker->objects, id, sizeof object->id, hash, object);
        checker->stats.objects++;
    }
    checker->last_object = object;
    return object;
}

struct checked_knowledge *knowledge_of(struct checker *checker, size_t region,
                                       const struct object_id *id)
{
    struct checked_knowledge *knowledge;
    struct knowledge_key key = {.id = *id, .region = region};
    unsigned hash = hash_of(id) ^ (unsigned)region * 0x9e3779b1u;
    HASH_FIND_BYHASHVALUE(hh, checker->knowledge, &key, sizeof key, hash, knowledge);
    if (knowledge)
        return knowledge;
    knowledge = calloc(1, sizeof *knowledge);
    CHECK(knowledge != NULL);
    knowledge->key = key;
    HASH_ADD_BYHASHVALUE(hh, checker->knowledge, key, sizeof knowledge->key, hash, knowledge);
    return knowledge;
}

/* ---- calls ---- */

static struct checked_call *slot_of(struct checker *checker, uint64_t token)
{
    return &checker->calls[token & (checker->call_capacity - 1)];
}

struct checked_call *call_of(struct checker *checker, uint64_t token)
{
    struct checked_call *call = checker->call_capacity ? slot_of(checker, token) : NULL;
    return call && token && call->token == token ? call : NULL;
}

bool call_forgiven(const struct checker *checker, const struct checked_call *call)
{
    const struct checked_process *caller = &checker->processes[call->caller];
    return !caller->up || caller->life != call->caller_life;
}

/* Calls that have ended are overwritten when those behind them have ended as well. */
static void make_room(struct checker *checker, uint64_t token)
{
    size_t old_capacity = checker->call_capacity;
    if (token - checker->oldest_token < old_capacity)
        return;
    struct checked_call *old = checker->calls;
    checker->call_capacity = old_capacity ? 2 * old_capacity : CALLS_REMEMBERED;
    checker->calls = calloc(checker->call_capacity, sizeof *checker->calls);
    CHECK(checker->calls != NULL);
    for (size_t i = 0; i < old_capacity; i++)
        if (old[i].token)
            *slot_of(checker, old[i].token) = old[i];
    free(old);
}

static void see_call(struct checker *checker, const struct seen *seen)
{
    const struct seen_call *call = &seen->call;
    struct checked_object *object = object_of(checker, &call->object.id);
    CHECK(call->token > checker->newest_token); /* or the history is not one to check */
    make_room(checker, call->token);
    checker->newest_token = call->token;
    checker->stats.calls++;
    object->ref = call->object;
    *slot_of(checker, call->token) =
        (struct checked_call){.token = call->token,
                              .object = call->object,
                              .caller = seen->process,
                              .caller_life = checker->processes[seen->process].life,
                              .writes = call->writes,
                              .nested = call->nested,
                              .end_us = seen->clock_us + checker->config.fetch_deadline_us};
}

static void see_run(struct checker *checker, const struct seen_run *run)
{
    struct checked_call *call = call_of(checker, run->token);
    checker->stats.runs++;
    if (!call)
        return;
    call->run_number = run->number;
    call->run_stored = run->stored;
}

/* ---- processes ---- */

bool is_kept(const struct checker *checker, size_t index, uint64_t life, uint64_t op)
{
    const struct checked_process *process = &checker->processes[index];
    if (process->life == life)
        return process->up;
    return process->life - life < LIVES_REMEMBERED &&
           process->durable_ops[life % LIVES_REMEMBERED] >= op;
}

static void start(struct checked_process *process)
{
    process->up = true;
    process->life++;
    process->boot = 0;
    process->last_op = 0;
    process->durable_ops[process->life % LIVES_REMEMBERED] = 0;
}

static void see_record(struct checker *checker, const struct seen *seen)
{
    struct checked_object *object = object_of(checker, &seen->record.id);
    if (seen->process == checker->region_count)
        return;
    object->written_number = seen->record.home_number;
    object->writer = seen->process;
    object->written_life = checker->processes[seen->process].life;
    object->written_op = checker->processes[seen->process].last_op;
}

/* ---- the rest ---- */

bool may_live(const struct checker *checker, size_t index, enum jurisdiction jurisdiction)
{
    const struct region *region = &checker->config.topology->regions[index];
    return region->hosts &&
           (jurisdiction == JURISDICTION_NONE || region->jurisdictions & 1u << jurisdiction);
}

const char *name_of(const struct checker *checker, size_t process)
{
    return process >= checker->region_count ? "coord"
                                            : checker->config.topology->regions[process].code;
}

size_t region_of(const struct checker *checker, uint16_t number)
{
    return number < checker->number_capacity && checker->numbers[number].given
               ? checker->numbers[number].process
               : REGION_NONE;
}

struct id_digits digits_of(const struct object_id *id)
{
    struct id_digits digits;
    snprintf(digits.text, sizeof digits.text, "%02x%02x", id->bytes[0], id->bytes[1]);
    return digits;
}

/* What is not known is not judged: a process that has sent nothing, a link that is down. */
static bool is_stale(const struct checked_process *process, size_t peer, const struct msg *msg)
{
    return (process->boot && msg->to_boot != process->boot) ||
           (process->peer_boots[peer] && msg->from_boot != process->peer_boots[peer]);
}

static void begin_step(struct checker *checker, const struct seen *seen)
{
    checker->step = *seen;
    checker->step_is_stale = false;
    if (seen->kind != SEEN_ARRIVED)
        return;
    checker->step_is_stale = is_stale(&checker->processes[seen->process], seen->peer, seen->msg);
    checker->step.msg = NULL;
    checker->step_msg_type = seen->msg->type;
    if (seen->msg->type == MSG_CLAIM)
        checker->step_claim = seen->msg->claim;
}

void facts_see(struct checker *checker, const struct seen *seen)
{
    struct checked_process *process = &checker->processes[seen->process];
    checker->now_us = seen->now_us;
    process->clock_us = seen->clock_us;
    switch (seen->kind) {
    case SEEN_STARTED: start(process); break;
    case SEEN_CRASHED:
        process->up = false;
        memset(process->peer_boots, 0, (checker->region_count + 1) * sizeof *process->peer_boots);
        break;
    case SEEN_WIPED: process->data++; break;
    case SEEN_TROUBLED: process->troubled = true; break;
    case SEEN_WELL:
        process->troubled = false;
        process->well_us = seen->clock_us;
        break;
    case SEEN_CALLED:
        begin_step(checker, seen);
        see_call(checker, seen);
        break;
    case SEEN_ARRIVED:
    case SEEN_STEPPED: begin_step(checker, seen); break;
    case SEEN_LINK:
        begin_step(checker, seen);
        process->peer_boots[seen->peer] = seen->boot;
        break;
    case SEEN_DURABLE:
        begin_step(checker, seen);
        process->durable_ops[process->life % LIVES_REMEMBERED] = seen->op;
        break;
    case SEEN_WRITTEN: process->last_op = seen->op; break;
    case SEEN_RECORD: see_record(checker, seen); break;
    case SEEN_RUN: see_run(checker, &seen->run); break;
    case SEEN_ANSWERED:
        if (seen->answer.outcome->kind == OUTCOME_FAILED)
            checker->stats.failed++;
        else
            checker->stats.answered++;
        break;
    case SEEN_SENT: process->boot = seen->msg->from_boot; break;
    case SEEN_MADE:
    case SEEN_DROPPED:
    case SEEN_RESTORED:
    case SEEN_COMPARED:
    case SEEN_JOINED: break;
    }
}

void facts_finish(struct checker *checker)
{
    struct checked_object *object, *next_object;
    HASH_ITER (hh, checker->objects, object, next_object) {
        HASH_DEL(checker->objects, object);
        free(object);
    }
    struct checked_knowledge *knowledge, *next_knowledge;
    HASH_ITER (hh, checker->knowledge, knowledge, next_knowledge) {
        HASH_DEL(checker->knowledge, knowledge);
        free(knowledge);
    }
    for (size_t i = 0; checker->processes && i <= checker->region_count; i++) {
        free(checker->processes[i].peer_boots);
        free(checker->processes[i].hears);
        free(checker->processes[i].knows);
    }
    free(checker->processes);
    free(checker->regions);
    free(checker->numbers);
    free(checker->calls);
}
