#ifndef TERRELLA_EXPERIMENT_LOAD_RUN_H
#define TERRELLA_EXPERIMENT_LOAD_RUN_H

#include "experiment/input.h"
#include "experiment/measure.h"

/* An experiment on a cluster of real processes, which runs already, with the Worker of
 * experiments/worker: the same requests as in the simulator, each at its time whatever became of
 * those before, over HTTP to the node of its region. A latency counts from the time at which the
 * request was meant to begin, so that a server that stands still shows; times become the model's by
 * time_scale. Faults are not made here. */

struct load_config {
    double time_scale;
    const char *host;
    uint16_t *ports;                     /* by region */
    size_t connection_max, pipeline_max; /* for each region */
};

/* "engine" of the input; the caller frees ret_config->ports. Errors: ERR_INVALID, ERR_MEMORY. */
MUST_USE enum err load_config_read(const struct input *input, struct load_config *ret_config,
                                   struct errmsg *reterr_why);

struct load_outcome {
    struct measure *measure; /* the caller destroys it */
    uint64_t duration_us;    /* until the last answer, the model's */
    uint64_t strange_count;  /* answers that do not say what a node says; they count as failed */
    size_t connection_peak, waiting_peak;
};

struct load_events {
    void (*begun)(uint64_t at_us); /* time 0 of the experiment, on the clock of alarm_now_us */
    void (*progress)(double share);
};

/* Runs to the end. Errors: ERR_MEMORY, ERR_INVALID, ERR_IO. */
MUST_USE enum err load_run(const struct input *input, const struct load_config *config,
                           const struct load_events *events, struct load_outcome *ret_outcome,
                           struct errmsg *reterr_why);

#endif
