#include "sim/shrink.h"

#include <string.h>

/* A change is made to a copy, and the copy is tried. */
struct shrinker {
    struct plan *plan; /* the smallest so far */
    const struct shrink_options *options;
    uint64_t run_count;
    bool changed; /* in this round */
    enum err err;
};

static bool ended(const struct shrinker *shrinker)
{
    return shrinker->err || shrinker->run_count >= shrinker->options->run_count_max;
}

/* A copy to change; false when it is time to end. Give it back by `judge`, or drop it. */
static bool draft(struct shrinker *shrinker, struct plan *ret_plan)
{
    if (ended(shrinker))
        return false;
    shrinker->err = plan_copy(shrinker->plan, ret_plan);
    return !shrinker->err;
}

static bool judge(struct shrinker *shrinker, struct plan *plan)
{
    bool breaks = false;
    shrinker->run_count++;
    shrinker->err = shrinker->options->try_plan(shrinker->options->owner, plan, &breaks);
    if (shrinker->err || !breaks) {
        plan_finish(plan);
        return false;
    }
    plan_finish(shrinker->plan);
    *shrinker->plan = *plan;
    shrinker->changed = true;
    return true;
}

/* ---- fewer steps ---- */

static void remove_steps(struct plan *plan, size_t first, size_t count)
{
    memmove(&plan->steps[first], &plan->steps[first + count],
            (plan->step_count - first - count) * sizeof *plan->steps);
    plan->step_count -= count;
}

/* Large parts first, from the end on: what comes last has the fewest consequences. */
static void fewer_steps(struct shrinker *shrinker)
{
    for (size_t size = (shrinker->plan->step_count + 1) / 2; size > 0; size /= 2) {
        for (size_t end = shrinker->plan->step_count; end > 0 && !ended(shrinker);) {
            size_t first = end > size ? end - size : 0;
            struct plan plan;
            if (draft(shrinker, &plan)) {
                remove_steps(&plan, first, end - first);
                judge(shrinker, &plan);
            }
            end = first;
        }
    }
}

/* ---- fewer objects ---- */

static bool names_object(const struct step *step)
{
    return step->kind == STEP_CALL || step->kind == STEP_UNIQUE || step->kind == STEP_LOCATE;
}

static void replace_object(struct plan *plan, size_t object, size_t by)
{
    for (size_t i = 0; i < plan->step_count; i++) {
        struct step *step = &plan->steps[i];
        if (step->object == object && names_object(step))
            step->object = (uint16_t)by;
        for (size_t ask = 0; ask < step->work.ask_count; ask++)
            if (step->work.asks[ask] == object)
                step->work.asks[ask] = (uint16_t)by;
    }
}

static bool uses_object(const struct plan *plan, size_t object)
{
    for (size_t i = 0; i < plan->step_count; i++) {
        const struct step *step = &plan->steps[i];
        if (step->object == object && names_object(step))
            return true;
        for (size_t ask = 0; ask < step->work.ask_count; ask++)
            if (step->work.asks[ask] == object)
                return true;
    }
    return false;
}

/* The last object takes the place of one that nobody uses. */
static void drop_object(struct plan *plan, size_t object)
{
    replace_object(plan, plan->object_count - 1, object);
    plan->objects[object] = plan->objects[--plan->object_count];
}

static void fewer_objects(struct shrinker *shrinker)
{
    struct plan plan;
    for (size_t i = shrinker->plan->object_count; i > 0; i--) {
        if (uses_object(shrinker->plan, i - 1) || !draft(shrinker, &plan))
            continue;
        drop_object(&plan, i - 1);
        judge(shrinker, &plan);
    }
    for (size_t i = shrinker->plan->object_count; i > 1; i--) {
        const struct plan_object *objects = shrinker->plan->objects;
        if (i > shrinker->plan->object_count || objects[i - 1].unique != objects[0].unique ||
            !draft(shrinker, &plan))
            continue;
        replace_object(&plan, i - 1, 0);
        drop_object(&plan, i - 1);
        judge(shrinker, &plan);
    }
}

/* ---- fewer regions ---- */

static bool names_peer(const struct step *step)
{
    return step->kind == STEP_CUT || step->kind == STEP_CUT_WAY || step->kind == STEP_HOLD ||
           step->kind == STEP_HEAL || step->kind == STEP_DELAY || step->kind == STEP_REPEAT ||
           step->kind == STEP_STALE;
}

/* The regions after the one that goes move up, and so does the coordinator. */
static uint16_t without(uint16_t process, size_t gone)
{
    return process != STEP_ALL && process > gone ? (uint16_t)(process - 1) : process;
}

static enum err shrink_topology(struct topology *topology, size_t gone)
{
    struct topology less;
    size_t count = topology->region_count;
    enum err err = topology_init(&less, count - 1);
    if (err)
        return err;
    less.jitter = topology->jitter;
    less.coordinator_region = topology->coordinator_region == gone ? 0
                              : topology->coordinator_region > gone
                                  ? topology->coordinator_region - 1
                                  : topology->coordinator_region;
    for (size_t i = 0, to_i = 0; i < count; i++) {
        if (i == gone)
            continue;
        less.regions[to_i] = topology->regions[i];
        for (size_t j = 0, to_j = 0; j < count; j++)
            if (j != gone)
                less.rtt_us[to_i * (count - 1) + to_j++] = topology->rtt_us[i * count + j];
        to_i++;
    }
    topology_finish(topology);
    *topology = less;
    return OK;
}

static enum err remove_region(struct plan *plan, size_t gone)
{
    size_t kept = 0;
    for (size_t i = 0; i < plan->step_count; i++) {
        struct step step = plan->steps[i];
        if (step.process == gone || (names_peer(&step) && step.peer == gone))
            continue;
        step.process = without(step.process, gone);
        step.peer = without(step.peer, gone);
        plan->steps[kept++] = step;
    }
    plan->step_count = kept;
    return shrink_topology(&plan->topology, gone);
}

static void fewer_regions(struct shrinker *shrinker)
{
    for (size_t i = shrinker->plan->topology.region_count; i > 0; i--) {
        struct plan plan;
        if (shrinker->plan->topology.region_count == 1 || !draft(shrinker, &plan))
            return;
        shrinker->err = remove_region(&plan, i - 1);
        if (shrinker->err)
            plan_finish(&plan);
        else
            judge(shrinker, &plan);
    }
}

/* ---- simpler values ---- */

/* Each changes one thing of a step or of the plan; false: it is that simple already. */
typedef bool simplify_step_function(struct step *step);
typedef bool simplify_plan_function(struct plan *plan);

static bool lower(uint64_t *number, uint64_t to)
{
    bool changes = *number > to;
    if (changes)
        *number = to;
    return changes;
}

static bool plain_work(struct step *step)
{
    struct step_work work = step->work;
    step->work = (struct step_work){0};
    return work.kind || work.slow_us || work.body_bytes || work.ask_count;
}

static bool quick_work(struct step *step)
{
    return lower(&step->work.slow_us, 0);
}

static bool small_body(struct step *step)
{
    return lower(&step->work.body_bytes, 1);
}

static bool fewer_asks(struct step *step)
{
    return step->work.ask_count > 1 && step->work.ask_count--;
}

static bool no_hint(struct step *step)
{
    bool changes = step->hint != HINT_NONE;
    step->hint = HINT_NONE;
    return changes;
}

static bool no_amount(struct step *step)
{
    return lower(&step->amount, 0);
}

/* A clock's is signed: none or all of it. */
static bool half_amount(struct step *step)
{
    return step->kind != STEP_CLOCK && lower(&step->amount, step->amount / 2);
}

static bool round_amount(struct step *step)
{
    return step->kind != STEP_CLOCK && step->amount > 1000 &&
           lower(&step->amount, step->amount - step->amount % 1000);
}

static void simpler_steps(struct shrinker *shrinker)
{
    static simplify_step_function *const simplify[] = {plain_work,  quick_work,  small_body,
                                                       fewer_asks,  no_hint,     no_amount,
                                                       half_amount, round_amount};
    for (size_t i = 0; i < shrinker->plan->step_count; i++)
        for (size_t kind = 0; kind < sizeof simplify / sizeof *simplify; kind++) {
            struct step step = shrinker->plan->steps[i];
            struct plan plan;
            if (!simplify[kind](&step) || !draft(shrinker, &plan))
                continue;
            plan.steps[i] = step;
            judge(shrinker, &plan);
        }
}

static bool no_jitter(struct plan *plan)
{
    bool changes = plan->topology.jitter.delay.kind != DELAY_NONE;
    memset(&plan->topology.jitter, 0, sizeof plan->topology.jitter);
    return changes;
}

static bool no_check(struct plan *plan)
{
    bool changes = plan->config.check.kind != DELAY_NONE;
    plan->config.check = (struct delay){0};
    return changes;
}

static bool set(uint64_t *number, uint64_t to)
{
    bool changes = *number != to;
    *number = to;
    return changes;
}

static bool usual_disk(struct plan *plan)
{
    return set(&plan->config.disk_us, 1000);
}

static bool round_disk(struct plan *plan)
{
    return set(&plan->config.disk_us, plan->config.disk_us - plan->config.disk_us % 1000);
}

static bool usual_service(struct plan *plan)
{
    return set(&plan->config.service_us, 1000);
}

static bool round_service(struct plan *plan)
{
    return set(&plan->config.service_us, plan->config.service_us - plan->config.service_us % 1000);
}

static bool first_seed(struct plan *plan)
{
    return set(&plan->config.seed, 1);
}

static bool no_jurisdictions(struct plan *plan)
{
    bool changes = false;
    for (size_t i = 0; i < plan->object_count; i++) {
        changes |= plan->objects[i].jurisdiction != 0;
        plan->objects[i].jurisdiction = 0;
    }
    return changes;
}

static void simpler_plan(struct shrinker *shrinker)
{
    static simplify_plan_function *const simplify[] = {no_jitter,  no_check,        usual_disk,
                                                       round_disk, usual_service,   round_service,
                                                       first_seed, no_jurisdictions};
    for (size_t kind = 0; kind < sizeof simplify / sizeof *simplify; kind++) {
        struct plan plan;
        if (!draft(shrinker, &plan))
            return;
        if (simplify[kind](&plan))
            judge(shrinker, &plan);
        else
            plan_finish(&plan);
    }
}

/* ---- shorter times ---- */

/* Make the time before a step `gap_us`, and bring all later ones nearer. */
static void set_gap(struct plan *plan, size_t index, uint64_t before_us, uint64_t gap_us)
{
    uint64_t sooner_us = plan->steps[index].at_us - before_us - gap_us;
    for (size_t i = index; i < plan->step_count; i++)
        if (plan->steps[i].at_us)
            plan->steps[i].at_us -= sooner_us;
}

static bool try_gap(struct shrinker *shrinker, size_t index, uint64_t before_us, uint64_t gap_us)
{
    struct plan plan;
    if (!draft(shrinker, &plan))
        return false;
    set_gap(&plan, index, before_us, gap_us);
    return judge(shrinker, &plan);
}

/* None, else half as long, else in whole milliseconds. */
static void shorter_times(struct shrinker *shrinker)
{
    uint64_t before_us = 0;
    for (size_t i = 0; i < shrinker->plan->step_count && !ended(shrinker); i++) {
        uint64_t at_us = shrinker->plan->steps[i].at_us, gap_us = at_us - before_us;
        if (!at_us)
            continue;
        if (gap_us && !try_gap(shrinker, i, before_us, 0)) {
            while (gap_us > 1 && try_gap(shrinker, i, before_us, gap_us / 2))
                gap_us /= 2;
            if (gap_us > 1000 && gap_us % 1000)
                try_gap(shrinker, i, before_us, gap_us - gap_us % 1000);
        }
        before_us = shrinker->plan->steps[i].at_us;
    }
}

enum err shrink_plan(struct plan *plan, const struct shrink_options *options,
                     uint64_t *ret_run_count)
{
    struct shrinker shrinker = {.plan = plan, .options = options, .changed = true};
    while (shrinker.changed && !ended(&shrinker)) {
        shrinker.changed = false;
        fewer_steps(&shrinker);
        fewer_regions(&shrinker);
        fewer_objects(&shrinker);
        simpler_steps(&shrinker);
        simpler_plan(&shrinker);
        shorter_times(&shrinker);
        if (options->progress)
            options->progress(options->owner, plan, shrinker.run_count);
    }
    if (ret_run_count)
        *ret_run_count = shrinker.run_count;
    return shrinker.err;
}
