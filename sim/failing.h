#ifndef TERRELLA_SIM_FAILING_H
#define TERRELLA_SIM_FAILING_H

#include "sim/run.h"
#include "sim/shrink.h"

/* What to do with a history that broke a promise: keep it, and make it as small as can be. */

/* Play `plan` with the steps of `source` as far as it breaks, and put these steps into `ret_plan`
 * (uninitialised): a plan that stands for itself, and expects the invariant that broke, such as "I2".
 * Errors: ERR_MEMORY; ERR_NOT_FOUND, nothing breaks; ERR_FULL, it took too many steps to keep. */
MUST_USE enum err failing_keep(const struct plan *plan, struct step_source *source,
                               struct plan *ret_plan);

/* Shrink a plan that breaks the invariant that it expects, with at most `run_count_max` runs. `progress` may be
 * NULL, and so may `ret_run_count`, which is how many it took. Errors: ERR_MEMORY. */
MUST_USE enum err failing_shrink(struct plan *plan, uint64_t run_count_max,
                                 shrink_progress_function *progress, void *owner,
                                 uint64_t *ret_run_count);

#endif
