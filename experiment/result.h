#ifndef TERRELLA_EXPERIMENT_RESULT_H
#define TERRELLA_EXPERIMENT_RESULT_H

#include "experiment/input.h"
#include "experiment/measure.h"

/* What a run measured, as a JSON file (its form: docs/EXPERIMENTS.md). */

struct result {
    const struct input *input;
    const struct measure *measure;
    const char *engine;
    uint64_t simulated_us, event_count;
    double wall_s;
    const uint64_t *faults_at_us; /* when each fault took effect; UINT64_MAX: it did not */
};

/* Errors: ERR_IO, ERR_MEMORY. */
MUST_USE enum err result_write(const struct result *result, const char *path,
                               struct errmsg *reterr_why);

#endif
