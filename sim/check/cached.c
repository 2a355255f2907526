#include "sim/check/state.h"

/* I10: once a region has learned a home, it asks nobody else for it, also after a restart; and it
 * asks once, however many calls wait. A region has learned a home when it sends a fetch there, or
 * runs the object for a call of its own. The cache is bounded: an entry may go once as many others
 * were used since, and after a restart, once there ever were more than it holds. */

static const char invariant[] = "I10 cached";

static bool is_kept_in_cache(const struct checker *checker, size_t region,
                             const struct checked_knowledge *knowledge)
{
    const struct checked_region *of = &checker->regions[region];
    size_t bound = checker->config.cache_entry_count_max;
    return of->learned_count <= bound || (knowledge->used_life == checker->processes[region].life &&
                                          of->used_count - knowledge->used_count < bound);
}

static bool surely_knows(const struct checker *checker, size_t region,
                         const struct checked_knowledge *knowledge)
{
    return knowledge->known && knowledge->known_data == checker->processes[region].data &&
           is_kept(checker, region, knowledge->known_life, knowledge->known_op) &&
           (knowledge->own || is_kept_in_cache(checker, region, knowledge));
}

static void see_claim(struct checker *checker, size_t region, const struct object_id *id)
{
    struct checked_knowledge *knowledge = knowledge_of(checker, region, id);
    uint64_t life = checker->processes[region].life;
    /* What an earlier call wanted to know may be asked when the link comes up. */
    bool wanted_now = checker->step.kind == SEEN_CALLED || checker->step.kind == SEEN_DURABLE;
    if (wanted_now && surely_knows(checker, region, knowledge))
        broken(checker, invariant, "%s asks where object %s lives, and has known it",
               name_of(checker, region), digits_of(id).text);
    if (knowledge->asked_life == life && knowledge->asked_link == checker->regions[region].link)
        broken(checker, invariant,
               "%s asks where object %s lives, and waits for the answer already",
               name_of(checker, region), digits_of(id).text);
    knowledge->asked_life = life;
    knowledge->asked_link = checker->regions[region].link;
}

static void see_use(struct checker *checker, size_t region, const struct object_id *id, bool own)
{
    struct checked_knowledge *knowledge = knowledge_of(checker, region, id);
    const struct checked_process *process = &checker->processes[region];
    if (!surely_knows(checker, region, knowledge)) {
        knowledge->known_data = process->data;
        knowledge->known_life = process->life;
        knowledge->known_op = process->last_op;
    }
    knowledge->known = true;
    knowledge->own = own;
    knowledge->used_life = process->life;
    knowledge->used_count = ++checker->regions[region].used_count;
}

static void see_sent(struct checker *checker, size_t region, const struct msg *msg)
{
    if (msg->type == MSG_CLAIM)
        see_claim(checker, region, &msg->claim.object.id);
    /* A fetch that waited for its link says nothing: the entry may have gone since. */
    if (msg->type == MSG_FETCH && checker->step.kind != SEEN_LINK)
        see_use(checker, region, &msg->fetch.object.id, false);
}

static void see_placed(struct checker *checker, size_t region, const struct object_id *id)
{
    knowledge_of(checker, region, id)->asked_life = 0;
    checker->regions[region].used_count++;
    checker->regions[region].learned_count++;
}

static void see_answered(struct checker *checker, size_t region, uint64_t token)
{
    const struct checked_call *call = call_of(checker, token);
    if (call && call->nested)
        checker->regions[region].nested_count--;
}

void cached_see(struct checker *checker, const struct seen *seen)
{
    size_t region = seen->process;
    struct checked_region *of = &checker->regions[region];
    if (region == checker->region_count)
        return;
    if (seen->kind == SEEN_SENT)
        see_sent(checker, region, seen->msg);
    if (seen->kind == SEEN_ARRIVED && seen->msg->type == MSG_PLACED)
        see_placed(checker, region, &seen->msg->placed.id);
    if (seen->kind == SEEN_CALLED) {
        of->used_count++;
        of->nested_count += seen->call.nested;
    }
    if (seen->kind == SEEN_ANSWERED)
        see_answered(checker, region, seen->answer.token);
    if (seen->kind == SEEN_DURABLE)
        of->used_count += of->nested_count; /* calls that waited for their caller's writes */
    if (seen->kind == SEEN_RUN) {
        const struct checked_call *call = call_of(checker, seen->run.token);
        if (call && call->caller == region)
            see_use(checker, region, &seen->run.id, true);
    }
    if (seen->kind == SEEN_LINK)
        of->link++;
    if (seen->kind == SEEN_CRASHED)
        of->nested_count = 0;
    if (seen->kind == SEEN_WIPED)
        of->learned_count = 0;
}
