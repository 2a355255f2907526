#ifndef TERRELLA_EXPERIMENT_LOAD_KIND_H
#define TERRELLA_EXPERIMENT_LOAD_KIND_H

#include "experiment/input.h"
#include "experiment/measure.h"

/* What a request to a real cluster was, and where its time went, from what the node tells in its
 * header server-timing. A name's first use cannot be told from a later one by one request alone:
 * who asked the coordinator waits here until all is known. Times are the model's. */

/* What a node has told. */
struct load_timing {
    uint64_t find_us, fetch_us;
    size_t
        arbiter; /* who was asked for the home: a region, the region count for the coordinator, or
                       REGION_NONE */
    size_t home;
};

/* Read the header; times are taken as real ones. False: it is not what a node says. */
bool load_timing_read(const struct topology *topology, struct bytes text, double time_scale,
                      struct load_timing *ret_timing);

struct load_kinds;

/* All is borrowed. Errors: ERR_MEMORY. */
MUST_USE enum err load_kinds_create(const struct input *input, struct measure *measure,
                                    struct load_kinds **ret_kinds);

/* NULL is fine. */
void load_kinds_destroy(struct load_kinds *kinds);

/* Whether a region has been answered by an object before: then it knows its home. */
bool load_kinds_told(const struct load_kinds *kinds, const struct request *request);

/* A request was answered, after `latency_us` from its intended time. `told`: what load_kinds_told
 * said when it began. Errors: ERR_MEMORY. */
MUST_USE enum err load_kinds_answered(struct load_kinds *kinds, const struct request *request,
                                      const struct load_timing *timing, uint64_t latency_us,
                                      bool told);

/* Or it was not. Errors: ERR_MEMORY. */
MUST_USE enum err load_kinds_failed(struct load_kinds *kinds, const struct request *request,
                                    uint64_t latency_us);

/* All requests are over: measure those that asked the coordinator, and the coordinator's load.
 * Errors: ERR_MEMORY. */
MUST_USE enum err load_kinds_end(struct load_kinds *kinds);

#endif
