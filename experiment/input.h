#ifndef TERRELLA_EXPERIMENT_INPUT_H
#define TERRELLA_EXPERIMENT_INPUT_H

#include "common/config.h"
#include "experiment/measure.h"
#include "experiment/workload.h"

#include <jansson.h>

/* One run of an experiment, as a file tells it: the cluster, the users, the faults. Times are the
 * model's; a topology's time_scale must already be undone. The same file is for both engines. */

enum policy_kind {
    POLICY_TABLE,  /* one of place_policies */
    POLICY_PINNED, /* always `pin` */
    POLICY_CENTRE, /* nearest to the users that the object will have */
};

enum fault_kind {
    FAULT_KILL,
    FAULT_RESTART,
    FAULT_CUT,
    FAULT_HEAL,
    FAULT_PAUSE,
    FAULT_RESUME,
    FAULT_DELAY,
    FAULT_KIND_COUNT,
};

struct fault {
    uint64_t at_us;
    enum fault_kind kind;
    size_t process; /* a region's index; the region count: the coordinator */
    size_t other;   /* CUT, HEAL, DELAY; REGION_NONE: every other process */
    bool oneway;    /* only from `process` to `other` */
    uint64_t more_us;
};

struct input {
    json_t *document; /* owned; texts are borrowed from it */
    const char *experiment, *variant, *commit;
    char sha256[65]; /* of the file */
    uint64_t seed;
    struct config config; /* topology, cities, countries, check and limits; the rest is empty */
    double *lats, *lons;  /* by region, degrees */
    size_t *coordinators; /* regions, coordinator_count of them: names are spread by hash */
    size_t coordinator_count;
    enum policy_kind policy;
    struct place_pin pin;
    bool cache, push;
    struct workload_config workload; /* borrows from here */
    double *weights;                 /* what it borrows */
    enum hint *market_hints;
    uint64_t warmup_us;   /* requests before are not measured */
    uint64_t disk_us;     /* sim: from a write to its durability */
    struct fault *faults; /* in order of time */
    size_t fault_count;
};

/* Read and check a file; the caller owns what `ret_input` holds, which must stay where it is.
 * Every mistake is reported, as config_read does. Errors: ERR_IO, ERR_INVALID, ERR_MEMORY. */
MUST_USE enum err input_read(const char *path, struct input *ret_input, struct errmsg *reterr_why);

/* Zeroed memory is fine. */
void input_finish(struct input *input);

/* What is measured of such a run. It borrows the topology. */
struct measure_config input_measure_config(const struct input *input);

/* "kill", "restart", ... */
const char *fault_name(enum fault_kind kind);

#endif
