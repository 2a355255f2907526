#ifndef TERRELLA_SIM_RANDOM_H
#define TERRELLA_SIM_RANDOM_H

#include "sim/plan.h"

/* Draws plans from a seed: who calls what, and what goes wrong when. Each seed has its own mixture
 * of faults; most faults end after a while. Steps are made one by one, so that a plan may be of any
 * length. */

struct random_options {
    uint64_t seed;
    uint64_t step_count;
    bool calm;                  /* no faults */
    const struct plan *cluster; /* its regions, jitter and check; NULL: a small one; copied */
};

enum { RANDOM_LATER_MAX = 48 };

struct random_source {
    struct step_source source;
    struct random_options options;
    const struct plan *plan;
    struct rng rng;
    uint64_t made_count, at_us;
    uint64_t pace_us; /* between two steps, at most */
    unsigned fault_every;
    unsigned weights[STEP_KIND_COUNT]; /* how often this seed's faults come */
    bool loses_data, coordinator_loses;
    enum { COPIES_NONE, COPIES_OF_NODES, COPIES_OF_COORDINATOR } copies; /* that are put back */
    uint32_t copied; /* processes, as bits: once each */
    uint64_t unique_count, wipe_count;
    bool started;
    struct step last_call;
    struct step later[RANDOM_LATER_MAX]; /* what follows a fault, and ends it: earliest first */
    size_t later_count;
};

/* Draw the cluster, its limits and its objects. Errors: ERR_MEMORY. */
MUST_USE enum err random_plan(const struct random_options *options, struct plan *ret_plan);

/* The steps that go with it; `plan` is borrowed. */
struct random_source random_source(const struct random_options *options, const struct plan *plan);

#endif
