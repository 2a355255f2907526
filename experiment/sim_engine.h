#ifndef TERRELLA_EXPERIMENT_SIM_ENGINE_H
#define TERRELLA_EXPERIMENT_SIM_ENGINE_H

#include "experiment/input.h"
#include "experiment/measure.h"

/* An experiment in virtual time: the production cores of a whole cluster (sim/world.h), driven by
 * the workload, with the faults at their times. Everything follows from the input: the same one
 * measures the same. */

struct sim_outcome {
    struct measure *measure; /* the caller destroys it */
    uint64_t simulated_us, event_count;
    uint64_t *faults_at_us; /* when each took effect; UINT64_MAX: never. The caller frees it */
};

/* Runs to the end. `progress`, which may be NULL, is told the share that is done, now and then.
 * Errors: ERR_MEMORY, ERR_INVALID (the cluster does not come up). */
MUST_USE enum err sim_engine_run(const struct input *input, void (*progress)(double share),
                                 struct sim_outcome *ret_outcome, struct errmsg *reterr_why);

#endif
