#include "sim/check/state.h"

#include <inttypes.h>
#include <string.h>

/* I9: an entry-only region never hosts; a jurisdiction is never left; a hint, when it can be met at
 * the first creation, is. */

static const char invariant[] = "I9 obey";

static bool in_group(enum hint region_hint, enum hint group)
{
    bool half = region_hint == HINT_APAC_NE || region_hint == HINT_APAC_SE;
    return region_hint == group || (group == HINT_APAC && half);
}

/* Whether the arbiter surely knows a region that would do. */
static bool can_be_met(const struct checker *checker, size_t arbiter, enum hint hint,
                       enum jurisdiction jurisdiction)
{
    for (size_t i = 0; i < checker->region_count; i++)
        if (checker->processes[arbiter].knows[i] && may_live(checker, i, jurisdiction) &&
            in_group(checker->config.topology->regions[i].hint, hint))
            return true;
    return false;
}

static void lives_in(struct checker *checker, const struct object_id *id, size_t region)
{
    const struct checked_object *object = object_of(checker, id);
    if (region == REGION_NONE)
        return;
    if (!checker->config.topology->regions[region].hosts)
        broken(checker, invariant, "object %s lives in %s, which is entry-only", digits_of(id).text,
               name_of(checker, region));
    else if (!may_live(checker, region, object->ref.jurisdiction))
        broken(checker, invariant, "object %s of jurisdiction %s lives in %s", digits_of(id).text,
               jurisdiction_name(object->ref.jurisdiction), name_of(checker, region));
}

/* The hint of the first use, when the present step is the decision about it. */
static enum hint hint_of_step(const struct checker *checker, const struct object_id *id)
{
    const struct seen *step = &checker->step;
    if (step->kind == SEEN_CALLED && id_equal(&step->call.object.id, id))
        return step->call.hint;
    if (step->kind == SEEN_ARRIVED && checker->step_msg_type == MSG_CLAIM &&
        id_equal(&checker->step_claim.object.id, id))
        return checker->step_claim.hint;
    return HINT_NONE;
}

static void see_record(struct checker *checker, const struct seen *seen)
{
    const struct checked_object *object = object_of(checker, &seen->record.id);
    size_t region = region_of(checker, seen->record.home_number);
    enum hint hint = hint_of_step(checker, &seen->record.id);
    lives_in(checker, &seen->record.id, region);
    if (region != REGION_NONE && hint != HINT_NONE &&
        !in_group(checker->config.topology->regions[region].hint, hint) &&
        can_be_met(checker, seen->process, hint, object->ref.jurisdiction))
        broken(checker, invariant, "object %s is placed in %s, and the hint %s could be met",
               digits_of(&seen->record.id).text, name_of(checker, region), hint_name(hint));
}

/* The question must be what the caller wished. */
static void see_claim(struct checker *checker, const struct msg_claim *claim)
{
    const struct seen *step = &checker->step;
    if (step->kind == SEEN_CALLED && id_equal(&step->call.object.id, &claim->object.id) &&
        (step->call.hint != claim->hint ||
         step->call.object.jurisdiction != claim->object.jurisdiction))
        broken(checker, invariant, "call %" PRIu64 " is asked for with another wish",
               step->call.token);
}

static void see_refusal(struct checker *checker, uint64_t token)
{
    const struct checked_call *call = call_of(checker, token);
    for (size_t i = 0; call && i < checker->region_count; i++)
        if (may_live(checker, i, call->object.jurisdiction))
            broken(checker, invariant,
                   "call %" PRIu64 " fails for its jurisdiction %s, and %s obeys it", token,
                   jurisdiction_name(call->object.jurisdiction), name_of(checker, i));
}

/* ---- which regions an arbiter knows ---- */

static void learn(struct checked_process *process, const bool *from, size_t region_count)
{
    for (size_t i = 0; i < region_count; i++)
        process->knows[i] |= from[i];
}

/* It counts when the node joins by it, or has joined by one of the same two boots. */
static void see_welcome(struct checker *checker, size_t region, const struct msg *msg)
{
    struct checked_process *process = &checker->processes[region];
    struct bytes rest = msg->welcome.births;
    struct birth birth;
    while (birth_next(&rest, &birth)) {
        size_t named = topology_find(checker->config.topology, bytes_of(birth.code));
        if (named != REGION_NONE)
            process->hears[named] = true;
    }
    process->welcome = (struct seen_boots){msg->from_boot, msg->to_boot};
    if (process->joined.to == msg->to_boot && process->joined.from == msg->from_boot)
        learn(process, process->hears, checker->region_count);
}

static void forget(struct checker *checker, size_t index)
{
    struct checked_process *process = &checker->processes[index];
    memset(process->hears, 0, checker->region_count * sizeof *process->hears);
    memset(process->knows, 0, checker->region_count * sizeof *process->knows);
    process->welcome = process->joined = (struct seen_boots){0};
}

static void see_knowledge(struct checker *checker, const struct seen *seen)
{
    size_t coordinator = checker->region_count;
    struct checked_process *process = &checker->processes[seen->process];
    bool of_node = seen->process != coordinator;
    if (seen->kind == SEEN_WIPED || (seen->kind == SEEN_CRASHED && of_node))
        forget(checker, seen->process);
    if (seen->kind == SEEN_LINK && of_node && seen->peer == coordinator)
        process->joined = (struct seen_boots){0};
    if (seen->kind == SEEN_ARRIVED && of_node && seen->msg->type == MSG_WELCOME)
        see_welcome(checker, seen->process, seen->msg);
    if (seen->kind == SEEN_JOINED) {
        process->joined = process->welcome;
        learn(process, process->hears, coordinator);
    }
    if (seen->kind == SEEN_SENT && !of_node && seen->msg->type == MSG_WELCOME)
        process->knows[seen->peer] = true; /* its record is durable */
}

void obey_see(struct checker *checker, const struct seen *seen)
{
    see_knowledge(checker, seen);
    if (seen->kind == SEEN_RUN)
        lives_in(checker, &seen->run.id, seen->process);
    if (seen->kind == SEEN_RECORD)
        see_record(checker, seen);
    if (seen->kind == SEEN_SENT && seen->msg->type == MSG_CLAIM)
        see_claim(checker, &seen->msg->claim);
    if (seen->kind == SEEN_ANSWERED && seen->answer.outcome->kind == OUTCOME_FAILED &&
        seen->answer.outcome->fail == FAIL_JURISDICTION)
        see_refusal(checker, seen->answer.token);
}
