#include "sim/failing.h"

#include <stdio.h>
#include <string.h>

enum { STEPS_MAX = 2000000 };

/* Hands on the steps of another source, and keeps them. */
struct keeping_source {
    struct step_source source;
    struct step_source *from;
    struct plan *plan;
    enum err err;
};

static bool next_kept(struct step_source *source, struct step *ret_step)
{
    struct keeping_source *keeping = (struct keeping_source *)source;
    if (keeping->err || !keeping->from->next(keeping->from, ret_step))
        return false;
    keeping->err =
        keeping->plan->step_count < STEPS_MAX ? plan_add(keeping->plan, ret_step) : ERR_FULL;
    return !keeping->err;
}

static void name_invariant(const struct run_result *result, struct plan *plan)
{
    snprintf(plan->invariant, sizeof plan->invariant, "%.*s",
             (int)strcspn(result->broken.text, " "), result->broken.text);
    plan->expectation = EXPECT_BROKEN;
}

enum err failing_keep(const struct plan *plan, struct step_source *source, struct plan *ret_plan)
{
    static const struct run_events nobody;
    struct run_result result;
    enum err err = plan_copy(plan, ret_plan);
    if (err)
        return err;
    struct keeping_source keeping = {.source = {next_kept}, .from = source, .plan = ret_plan};
    err = run_plan(plan, &keeping.source, true, &nobody, &result);
    if (!err)
        err = keeping.err;
    if (!err && result.verdict == RUN_WELL)
        err = ERR_NOT_FOUND;
    if (err)
        plan_finish(ret_plan);
    else
        name_invariant(&result, ret_plan);
    return err;
}

static enum err breaks_the_same(void *owner, const struct plan *plan, bool *ret_breaks)
{
    static const struct run_events nobody;
    struct run_result result;
    struct plan_source source = plan_source(plan);
    size_t size = strlen(plan->invariant);
    (void)owner;
    enum err err = run_plan(plan, &source.source, true, &nobody, &result);
    *ret_breaks = !err && result.verdict != RUN_WELL &&
                  strncmp(result.broken.text, plan->invariant, size) == 0 &&
                  (result.broken.text[size] == ' ' || !result.broken.text[size]);
    return err;
}

enum err failing_shrink(struct plan *plan, uint64_t run_count_max,
                        shrink_progress_function *progress, void *owner, uint64_t *ret_run_count)
{
    struct shrink_options options = {.run_count_max = run_count_max,
                                     .try_plan = breaks_the_same,
                                     .progress = progress,
                                     .owner = owner};
    return shrink_plan(plan, &options, ret_run_count);
}
