#ifndef TERRELLA_SIM_SHRINK_H
#define TERRELLA_SIM_SHRINK_H

#include "sim/plan.h"

/* Makes the smallest plan it can find that still breaks: fewer steps, regions and objects, simpler
 * values, shorter times. One change after another is tried, and kept when it breaks all the same
 * (delta debugging: A. Zeller, R. Hildebrandt, "Simplifying and isolating failure-inducing input",
 * 2002). What breaking means is the caller's business. The same plan shrinks the same way, always. */

/* Whether `plan` breaks as the first one did. Errors: those of the run; shrinking then ends. */
typedef enum err shrink_try_function(void *owner, const struct plan *plan, bool *ret_breaks);

/* What was reached so far; for people. */
typedef void shrink_progress_function(void *owner, const struct plan *plan, uint64_t run_count);

struct shrink_options {
    uint64_t run_count_max; /* when so many plans were tried, the smallest so far is the result */
    shrink_try_function *try_plan;
    shrink_progress_function *progress; /* after each round; NULL: not needed */
    void *owner;
};

/* Shrink `plan` in place; it breaks before and after. `ret_run_count`, which may be NULL, is how many plans
 * were tried. Errors: ERR_MEMORY, those of `try_plan`; the plan then is the smallest so far. */
MUST_USE enum err shrink_plan(struct plan *plan, const struct shrink_options *options,
                              uint64_t *ret_run_count);

#endif
