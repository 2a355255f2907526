#ifndef TERRELLA_EXPERIMENT_MEASURE_H
#define TERRELLA_EXPERIMENT_MEASURE_H

#include "experiment/histogram.h"
#include "experiment/regret.h"

#include <stdbool.h>

/* What a run of an experiment measured, added up as it goes on; experiment/result.h writes it.
 * Both engines fill it, request by request. Times are the model's. Processes are named by index: a
 * region's, or the region count for the coordinator. */

enum access {
    ACCESS_UNIQUE_FIRST,  /* a unique id was made and used at once */
    ACCESS_NAME_FIRST,    /* nobody had used the name: the answer waited for the check */
    ACCESS_CACHED_LOCAL,  /* the home was known, and is here */
    ACCESS_CACHED_REMOTE, /* the home was known, and is elsewhere */
    ACCESS_UNCACHED,      /* an arbiter was asked for a home that was decided before */
    ACCESS_FAILED,
    ACCESS_COUNT,
};

/* What a request's time went to. */
enum part {
    PART_QUEUE,   /* waiting: for a link, for the disk, for a process that stood still */
    PART_CLAIM,   /* the way to the arbiter and back */
    PART_CHECK,   /* until the arbiter answered */
    PART_FORWARD, /* the way to the home and back */
    PART_SERVICE, /* the handler */
    PART_COUNT,
};

struct sample {
    uint64_t at_us; /* when it was meant to begin */
    uint64_t latency_us;
    uint64_t parts_us[PART_COUNT];
    uint64_t object;
    size_t region, home; /* home: REGION_NONE when it is not known */
    enum access access;
};

struct access_measure {
    struct histogram latency;
    uint64_t parts_us[PART_COUNT]; /* sums */
};

struct pair_measure {
    uint64_t messages, bytes;
    uint64_t requests, latency_sum_us; /* from users here to a home there */
    struct histogram *latency;         /* NULL: none, or too many regions */
};

struct region_measure {
    uint64_t requests, hosted_requests;
    uint64_t objects; /* that live there; set at the end */
    uint64_t hits, misses, evictions;
    struct access_measure *accesses[ACCESS_COUNT]; /* NULL: none */
};

struct timeline_row {
    uint64_t requests, failed, claims, moved_bytes;
    uint64_t *by_region;
    struct histogram latency;
};

/* How many of something came in the busiest second. */
struct rate {
    uint64_t total, second, in_second, peak_per_s;
};

struct invariant_measure {
    uint64_t checked, broken;
};

struct measure_config {
    const struct topology *topology; /* borrowed */
    uint64_t duration_us, warmup_us;
    uint64_t object_count;
    enum jurisdiction jurisdiction;
    size_t coordinator_count;
    size_t regret_bytes_max; /* 0: the usual */
};

struct measure {
    struct measure_config config;
    size_t region_count;
    struct region_measure *regions;
    struct pair_measure *pairs; /* from * (region_count + 1) + to */
    struct rate *claims;        /* by coordinator */
    uint64_t locates, pending_max;
    uint64_t requests, failed;
    struct timeline_row *rows;
    size_t row_count;
    uint64_t row_us;
    struct regret *regret;
    struct invariant_measure local_waits_for_nobody, known_is_not_asked; /* I8, I10 */
    uint64_t behind, behind_max_us; /* requests that began late, by the generator's fault */
};

/* Errors: ERR_MEMORY. */
MUST_USE enum err measure_create(const struct measure_config *config, struct measure **ret_measure);

/* NULL is fine. */
void measure_destroy(struct measure *measure);

/* A request has ended. What began in the warm-up only counts for regret. Errors: ERR_MEMORY. */
MUST_USE enum err measure_request(struct measure *measure, const struct sample *sample);

/* A message went from one process to another. */
void measure_message(struct measure *measure, uint64_t at_us, size_t from, size_t to,
                     uint64_t bytes);

/* A claim has arrived at a coordinator. */
void measure_claim(struct measure *measure, uint64_t at_us, size_t coordinator);

struct pair_measure *measure_pair(const struct measure *measure, size_t from, size_t to);

/* "unique_first", "queue", ... */
const char *access_name(enum access access);
const char *part_name(enum part part);

#endif
