#ifndef TERRELLA_SIM_CHECK_CHECK_H
#define TERRELLA_SIM_CHECK_CHECK_H

#include "common/topology.h"
#include "sim/seen.h"

/* What must hold in every history of a world (I1 to I10 of ARCHITECTURE.md), checked at each thing seen, as it
 * happens. One file for each invariant; each looks at a constant amount of state. The first promise
 * that is broken is kept as text: the invariant, the time, the process, the id or the call.
 *
 * What a history must be like, so that there is something to check:
 *   - tokens of calls ascend from 1 over all regions, and each call
 *     carries its token to the handler; a call that writes is seen as one, and its
 *     answer is the object's count of writes, in digits;
 *   - calls come with hints, and on objects of jurisdictions, some regions within them, some not;
 *     the jurisdiction of an id never changes;
 *   - unique ids are used where they were born, and elsewhere, and so are names, while the
 *     coordinator is away and while it is not;
 *   - one and the same id is used again in one region soon after, with a cache large enough to keep
 *     all (I10 can say little when entries have to go);
 *   - a process that is stopped, or whose disk or clock misbehaves, is announced as TROUBLED, and as
 *     WELL when that is over: it may be late.
 *
 * State of finished calls is forgotten; that of objects stays. */

struct checker;

struct checker_config {
    const struct topology *topology; /* borrowed */
    uint64_t fetch_deadline_us;
    size_t cache_entry_count_max;
    bool calm; /* there are no faults: no call may fail */
};

/* Errors: ERR_MEMORY. */
MUST_USE enum err checker_create(const struct checker_config *config, struct checker **ret_checker);

/* NULL is fine. */
void checker_destroy(struct checker *checker);

/* Hand in what is seen, in its order. Stops the process when there is no memory. */
void checker_see(struct checker *checker, const struct seen *seen);

/* All faults are healed, and time enough has gone by: from now on no call may fail because somebody
 * cannot be reached. What was lost stays lost. */
void checker_heal(struct checker *checker);

/* At the end, with all faults healed and time gone by: every call has been answered. */
void checker_finish_history(struct checker *checker);

/* What is broken, such as "I1 one home: ..."; NULL while all is well. */
const char *checker_broken(const struct checker *checker);

/* Whether there is nothing more to check: something is broken, or the history has come to where nobody
 * can keep the promises (sim/check/copies.c). */
bool checker_is_over(const struct checker *checker);

/* Whether that is about safety (something wrong was done), not liveness (something is missing). */
bool checker_broken_safety(const struct checker *checker);

struct checker_stats {
    uint64_t calls, answered, failed, forgiven; /* forgiven: the caller died */
    uint64_t runs, objects;
    bool limit; /* the history ended early: see checker_is_over */
};
struct checker_stats checker_stats(const struct checker *checker);

#endif
