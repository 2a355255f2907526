#ifndef TERRELLA_SIM_CHECK_H
#define TERRELLA_SIM_CHECK_H

#include "sim/world.h"

/* What must hold in every history of a world, checked as it unfolds: one home (I1), one instance
 * (I2), at most one run for each call (I3), one answer for each (I4), acknowledged writes stay
 * (I6). The first thing that is broken is kept as text. */

struct checked_object;

struct checked_call {
    struct object_id id;
    bool write;
    uint16_t number; /* of the node that ran it */
    uint32_t run_count, answer_count;
};

struct checker {
    struct checked_object *objects; /* by id */
    struct checked_call *calls;     /* by token - 1 */
    size_t call_count, call_capacity;
    size_t answered_count, failed_count;
    struct errmsg broken; /* "" while all is well */
};

/* A call is about to be made: take its token, from 1 upwards. 0: out of memory. */
uint64_t checker_call(struct checker *checker, const struct object_id *id, bool write);

void checker_on_run(struct checker *checker, const struct world_run_seen *seen);
void checker_on_answer(struct checker *checker, uint64_t token, const struct outcome *outcome);

/* The caller's process died: its calls get no answer. */
void checker_forgive(struct checker *checker, uint64_t token);

/* At the end, with all faults healed and time gone by: every call has been answered. */
void checker_finish_history(struct checker *checker);

void checker_finish(struct checker *checker);

#endif
