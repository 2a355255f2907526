#ifndef TERRELLA_SIM_RUN_H
#define TERRELLA_SIM_RUN_H

#include "sim/check/check.h"
#include "sim/plan.h"
#include "sim/told.h"

/* Plays a plan in a world of its own, with the checkers looking on. */

/* What an onlooker is told, beside the checkers; each may be NULL. */
struct run_events {
    void (*trace)(void *owner, uint64_t now_us, const char *line);
    void (*seen)(void *owner, const struct seen *seen);
    void (*tell)(void *owner, const struct told *told);
    void (*step)(void *owner, uint64_t now_us, const struct step *step);      /* it is taken now */
    void (*named)(void *owner, const struct object_id *id, const char *name); /* the plan's name */
    void *owner;
};

enum run_verdict { RUN_WELL, RUN_UNSAFE, RUN_UNFINISHED };

struct run_result {
    enum run_verdict verdict;
    struct errmsg broken; /* "" when all is well, else such as "I1 one home: ..." */
    struct checker_stats checked;
    uint64_t steps;  /* taken, not skipped */
    uint64_t events; /* steps of all cores */
    uint64_t faults; /* steps that were faults */
    uint64_t ended_us;
    uint64_t hash; /* of all that happened: two runs of one plan agree */
};

/* Play `plan` with the steps of `source`. At the first broken promise the run ends. `heal`: at the
 * end of the steps all faults end, a minute goes by, and every call must have been answered.
 * Errors: ERR_MEMORY. */
MUST_USE enum err run_plan(const struct plan *plan, struct step_source *source, bool heal,
                           const struct run_events *events, struct run_result *ret_result);

#endif
