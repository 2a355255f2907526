#include "sim/run.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What `heal` waits for everything to end. */
#define AFTERWARDS_US (UINT64_C(60) * 1000 * 1000)

struct run {
    const struct plan *plan;
    const struct run_events *events;
    struct world *world;
    struct checker *checker;
    struct object_ref *objects; /* by number; kind ID_FOREIGN: not made yet */
    struct run_result *result;
    struct buf letters; /* what bodies consist of: as many as any has needed */
};

/* ---- looking on ---- */

static void say(struct run *run, const char *line)
{
    if (run->events->trace)
        run->events->trace(run->events->owner, world_now_us(run->world), line);
}

static void on_trace(void *owner, uint64_t now_us, const char *line)
{
    struct run *run = owner;
    run->events->trace(run->events->owner, now_us, line);
}

static void on_seen(void *owner, const struct seen *seen)
{
    struct run *run = owner;
    checker_see(run->checker, seen);
    if (run->events->seen)
        run->events->seen(run->events->owner, seen);
    if (checker_is_over(run->checker))
        world_halt(run->world);
}

static void on_told(void *owner, const struct told *told)
{
    struct run *run = owner;
    run->events->tell(run->events->owner, told);
}

static void on_answer(void *owner, uint64_t token, const struct outcome *outcome)
{
    struct run *run = owner;
    char line[320];
    if (!run->events->trace)
        return;
    if (outcome->kind == OUTCOME_FAILED)
        snprintf(line, sizeof line, "answer %" PRIu64 " failed: %s %s%s", token,
                 fail_name(outcome->fail), outcome->region,
                 fail_retryable(outcome->fail) ? ", retryable" : "");
    else if (outcome->kind == OUTCOME_THROWN)
        snprintf(line, sizeof line, "answer %" PRIu64 " thrown", token);
    else if (outcome->body.size > 32)
        snprintf(line, sizeof line, "answer %" PRIu64 " of %zu bytes", token, outcome->body.size);
    else
        snprintf(line, sizeof line, "answer %" PRIu64 ": %.*s", token, (int)outcome->body.size,
                 (const char *)outcome->body.data);
    say(run, line);
}

static void say_stats(struct run *run, size_t region)
{
    struct node_stats stats = node_stats(world_node(run->world, region));
    char line[256];
    size_t used = (size_t)snprintf(line, sizeof line,
                                   "%s has %" PRIu64 " objects, %" PRIu64 " instances, %" PRIu64
                                   " cached; sent",
                                   run->plan->topology.regions[region].code, stats.objects,
                                   stats.instances, stats.cache_entries);
    for (int type = MSG_JOIN; type < MSG_TYPE_COUNT; type++)
        if (stats.sent[type])
            used += (size_t)snprintf(line + used, sizeof line - used, " %s %" PRIu64,
                                     msg_type_name((enum msg_type)type), stats.sent[type]);
    say(run, line);
}

/* ---- objects ---- */

static void name_object(struct run *run, size_t object)
{
    if (run->events->named)
        run->events->named(run->events->owner, &run->objects[object].id,
                           run->plan->objects[object].name);
}

static void know_names(struct run *run)
{
    for (size_t i = 0; i < run->plan->object_count; i++) {
        const struct plan_object *object = &run->plan->objects[i];
        run->objects[i] = (struct object_ref){.jurisdiction = object->jurisdiction};
        if (object->unique)
            continue;
        run->objects[i].kind = ID_NAMED;
        run->objects[i].id =
            id_from_name(world_keys(run->world, object->jurisdiction), bytes_of(object->name));
        name_object(run, i);
    }
}

static bool can_work(const struct run *run, size_t process)
{
    return process < run->plan->topology.region_count && world_is_up(run->world, process) &&
           !world_is_stopped(run->world, process);
}

static bool make_unique(struct run *run, const struct step *step)
{
    struct object_ref *object = &run->objects[step->object];
    if (!can_work(run, step->process) || !node_number(world_node(run->world, step->process)) ||
        !run->plan->objects[step->object].unique)
        return false;
    object->kind = ID_UNIQUE;
    object->id = world_unique_id(run->world, step->process, object->jurisdiction);
    name_object(run, step->object);
    return true;
}

static bool have_letters(struct run *run, size_t count)
{
    struct buf *letters = &run->letters;
    if (letters->data && count <= letters->size)
        return true;
    size_t more = count - letters->size;
    uint8_t *end = buf_reserve(letters, more);
    if (!end)
        return false;
    memset(end, 'x', more);
    letters->size += more;
    return true;
}

static enum err call(struct run *run, const struct step *step, bool *ret_taken)
{
    const struct step_work *work = &step->work;
    struct world_call call = {.object = run->objects[step->object],
                              .hint = step->hint,
                              .work = work->kind,
                              .slow_us = work->slow_us};
    *ret_taken = can_work(run, step->process) && call.object.kind;
    for (size_t i = 0; i < work->ask_count; i++) {
        call.asks[call.ask_count++] = run->objects[work->asks[i]];
        *ret_taken = *ret_taken && run->objects[work->asks[i]].kind;
    }
    if (!*ret_taken)
        return OK;
    if (!have_letters(run, work->body_bytes))
        return ERR_MEMORY;
    call.body = (struct bytes){.data = run->letters.data, .size = work->body_bytes};
    uint64_t token;
    return world_call(run->world, step->process, &call, &token);
}

/* ---- steps ---- */

static enum err start_all(struct run *run)
{
    enum err err = OK;
    for (size_t i = run->plan->topology.region_count + 1; !err && i > 0; i--)
        err = world_start(run->world, i - 1);
    return err;
}

static enum err heal_all(struct run *run)
{
    struct world *world = run->world;
    size_t count = run->plan->topology.region_count + 1;
    enum err err = OK;
    world_set_jitter(world, 0);
    for (size_t i = 0; !err && i < count; i++) {
        world_crash_at(world, i, MOMENT_NONE, 0);
        err = world_set_disk(world, i, DISK_WELL, 0);
        if (!err)
            err = world_set_clock(world, i, 0);
        if (!err)
            err = world_wake(world, i);
        if (!err)
            err = world_newest(world, i);
        for (size_t j = 0; !err && j < i; j++)
            err = world_heal(world, i, j);
    }
    for (size_t i = 0; !err && i < count; i++)
        err = world_start(world, i);
    return err;
}

static enum err locate(struct run *run, const struct step *step, bool *ret_taken)
{
    const struct object_ref *object = &run->objects[step->object];
    *ret_taken = can_work(run, step->process) && object->kind;
    return *ret_taken ? world_locate(run->world, step->process, object) : OK;
}

static enum err take(struct run *run, const struct step *step, bool *ret_taken)
{
    struct world *world = run->world;
    size_t process = step->process, peer = step->peer;
    *ret_taken = true;
    switch (step->kind) {
    case STEP_START: return process == STEP_ALL ? start_all(run) : world_start(world, process);
    case STEP_CRASH: return world_crash_keeping(world, process, step->amount);
    case STEP_CRASH_AT: world_crash_at(world, process, step->moment, step->type); return OK;
    case STEP_WIPE: return world_wipe(world, process);
    case STEP_BACKUP: return world_backup(world, process);
    case STEP_RESTORE: return world_restore(world, process);
    case STEP_NEWEST: return world_newest(world, process);
    case STEP_TWIN: return world_twin(world, process);
    case STEP_STOP: return world_stop(world, process, step->amount);
    case STEP_WAKE: return world_wake(world, process);
    case STEP_CUT: return world_cut(world, process, peer);
    case STEP_CUT_WAY: return world_cut_way(world, process, peer);
    case STEP_HOLD: world_hold(world, process, peer); return OK;
    case STEP_HEAL: return world_heal(world, process, peer);
    case STEP_HEAL_ALL: return heal_all(run);
    case STEP_DELAY: world_delay(world, process, peer, step->amount); return OK;
    case STEP_JITTER: world_set_jitter(world, step->amount); return OK;
    case STEP_REPEAT: world_repeat(world, process, peer); return OK;
    case STEP_STALE: return world_deliver_stale(world, process, peer);
    case STEP_DISK: return world_set_disk(world, process, step->disk, step->amount);
    case STEP_CLOCK: return world_set_clock(world, process, (int64_t)step->amount);
    case STEP_JUMP: return world_jump_clock(world, process, step->amount);
    case STEP_UNIQUE: *ret_taken = make_unique(run, step); return OK;
    case STEP_CALL: return call(run, step, ret_taken);
    case STEP_LOCATE: return locate(run, step, ret_taken);
    case STEP_RUN: return world_run(world, world_now_us(world) + step->amount);
    case STEP_SETTLE: return world_settle(world);
    case STEP_STATS:
        *ret_taken = can_work(run, process);
        if (*ret_taken)
            say_stats(run, process);
        return OK;
    case STEP_KIND_COUNT: break;
    }
    *ret_taken = false;
    return OK;
}

/* A step whose two ends are one and the same makes no sense, whatever it is. */
static bool makes_sense(const struct step *step)
{
    switch (step->kind) {
    case STEP_CUT:
    case STEP_CUT_WAY:
    case STEP_HOLD:
    case STEP_HEAL:
    case STEP_DELAY:
    case STEP_REPEAT:
    case STEP_STALE: return step->process != step->peer;
    case STEP_START:
    case STEP_CRASH:
    case STEP_CRASH_AT:
    case STEP_WIPE:
    case STEP_BACKUP:
    case STEP_RESTORE:
    case STEP_NEWEST:
    case STEP_TWIN:
    case STEP_STOP:
    case STEP_WAKE:
    case STEP_HEAL_ALL:
    case STEP_JITTER:
    case STEP_DISK:
    case STEP_CLOCK:
    case STEP_JUMP:
    case STEP_UNIQUE:
    case STEP_CALL:
    case STEP_LOCATE:
    case STEP_RUN:
    case STEP_SETTLE:
    case STEP_STATS:
    case STEP_KIND_COUNT: break;
    }
    return true;
}

static enum err take_all(struct run *run, struct step_source *source)
{
    struct step step;
    enum err err = OK;
    while (!err && !checker_is_over(run->checker) && source->next(source, &step)) {
        bool taken = false;
        if (step.at_us > world_now_us(run->world))
            err = world_run(run->world, step.at_us);
        if (err || checker_is_over(run->checker) || !makes_sense(&step))
            continue;
        if (run->events->step)
            run->events->step(run->events->owner, world_now_us(run->world), &step);
        err = take(run, &step, &taken);
        run->result->steps += taken;
        run->result->faults += taken && (step.kind < STEP_UNIQUE && step.kind != STEP_START);
    }
    return err;
}

/* Whether all is well again shows when everything is used once more, from everywhere. */
static enum err use_all(struct run *run)
{
    enum err err = OK;
    checker_heal(run->checker);
    for (size_t region = 0; !err && region < run->plan->topology.region_count; region++) {
        for (size_t i = 0; !err && i < run->plan->object_count; i++) {
            struct step step = {
                .kind = STEP_CALL, .process = (uint16_t)region, .object = (uint16_t)i};
            bool taken;
            err = call(run, &step, &taken);
            if (!err)
                err = world_run(run->world, world_now_us(run->world) + 50000);
        }
    }
    return err ? err : world_run(run->world, world_now_us(run->world) + AFTERWARDS_US);
}

static enum err finish_history(struct run *run)
{
    struct step heal = {.kind = STEP_HEAL_ALL};
    if (run->events->step)
        run->events->step(run->events->owner, world_now_us(run->world), &heal);
    enum err err = heal_all(run);
    if (!err)
        err = world_run(run->world, world_now_us(run->world) + AFTERWARDS_US);
    if (!err && !checker_is_over(run->checker))
        err = use_all(run);
    if (!err && !checker_is_over(run->checker))
        checker_finish_history(run->checker);
    return err;
}

static enum err begin(struct run *run)
{
    const struct plan *plan = run->plan;
    struct world_config config = plan->config;
    config.topology = &plan->topology;
    struct checker_config checked = {.topology = &plan->topology,
                                     .fetch_deadline_us = config.limits.fetch_deadline_us,
                                     .cache_entry_count_max = config.limits.cache_entry_count_max,
                                     .calm = plan->calm};
    struct world_events events = {.answer = on_answer,
                                  .seen = on_seen,
                                  .trace = run->events->trace ? on_trace : NULL,
                                  .tell = run->events->tell ? on_told : NULL};
    run->objects = calloc(plan->object_count + 1, sizeof *run->objects);
    enum err err = run->objects ? checker_create(&checked, &run->checker) : ERR_MEMORY;
    if (!err)
        err = world_create(&config, &events, run, &run->world);
    if (!err)
        know_names(run);
    return err;
}

static void conclude(struct run *run)
{
    struct run_result *result = run->result;
    const char *broken = checker_broken(run->checker);
    result->checked = checker_stats(run->checker);
    result->events = world_event_count(run->world);
    result->ended_us = world_now_us(run->world);
    result->hash = world_hash(run->world);
    if (!broken)
        return;
    err_say(OK, &result->broken, "%s", broken);
    result->verdict = checker_broken_safety(run->checker) ? RUN_UNSAFE : RUN_UNFINISHED;
}

enum err run_plan(const struct plan *plan, struct step_source *source, bool heal,
                  const struct run_events *events, struct run_result *ret_result)
{
    *ret_result = (struct run_result){.verdict = RUN_WELL};
    struct run run = {.plan = plan, .events = events, .result = ret_result};
    enum err err = begin(&run);
    if (!err)
        err = take_all(&run, source);
    if (!err && heal && !checker_broken(run.checker))
        err = finish_history(&run);
    if (!err)
        conclude(&run);
    world_destroy(run.world);
    checker_destroy(run.checker);
    free(run.objects);
    buf_finish(&run.letters);
    return err;
}
