#ifndef TERRELLA_SIM_PLAN_H
#define TERRELLA_SIM_PLAN_H

#include "sim/faults.h"
#include "sim/world.h"

/* A plan: all that makes a history what it is. The cluster, the objects that are called by number,
 * and the steps in the order of time. What depends on how the run goes (does this unique id exist
 * yet, is that process up?) is seen when a step's turn comes: a step that makes no sense then is
 * skipped. So any steps can be left out, and what remains is a plan again.
 *
 * A plan is written as text, and read back from it: sim/plan_text.h. */

enum step_kind {
    STEP_START,    /* process; STEP_ALL: all that are down, the coordinator first */
    STEP_CRASH,    /* process; `amount`: so many operations that were not acknowledged survive */
    STEP_CRASH_AT, /* process; `moment`, `type`: as soon as that has happened there */
    STEP_WIPE,     /* a dead process loses its data */
    STEP_BACKUP,   /* process: a copy of its disk is kept */
    STEP_RESTORE,  /* a dead process gets the copy back */
    STEP_NEWEST,   /* a process that got a copy back dies, and gets its newest data again */
    STEP_TWIN, /* a second process is started on the same data: the lock refuses it while the first lives */
    STEP_STOP,     /* process: as by SIGSTOP; `amount` 1: with its clock, as in a suspend */
    STEP_WAKE,     /* process */
    STEP_CUT,      /* process, peer: both ways */
    STEP_CUT_WAY,  /* process -> peer only */
    STEP_HOLD,     /* process -> peer: messages wait */
    STEP_HEAL,     /* process, peer: cuts both ways, and holds */
    STEP_HEAL_ALL, /* every fault ends, every process is up */
    STEP_DELAY,    /* process -> peer: `amount` us more from now on */
    STEP_JITTER,   /* everywhere: up to `amount` us more from now on */
    STEP_REPEAT,   /* process -> peer: the next message arrives twice */
    STEP_STALE,    /* process -> peer: a message of an earlier boot arrives now */
    STEP_DISK,     /* process: `disk` from now on; `amount` us for DISK_SLOW */
    STEP_CLOCK,    /* process: runs `amount` ppm too fast (as int64_t) from now on */
    STEP_JUMP,     /* process: its clock jumps ahead by `amount` us */
    STEP_UNIQUE,   /* object (a unique one) is made anew in region `process` */
    STEP_CALL,     /* a Worker in region `process` calls `object`; `hint`, `work` */
    STEP_LOCATE,   /* somebody in region `process` asks where `object` lives */
    STEP_RUN,      /* `amount` us go by */
    STEP_SETTLE,   /* time goes by until nothing is pending */
    STEP_STATS,    /* region `process`: counters go into the trace */
    STEP_KIND_COUNT,
};

#define STEP_ALL UINT16_MAX

enum { STEP_ASKS_MAX = 3 };

/* What the handler of a called object does. */
struct step_work {
    enum work_kind kind;
    uint64_t slow_us;             /* before it ends, beside the usual */
    uint64_t body_bytes;          /* WORK_ECHO */
    uint16_t ask_count;           /* WORK_ASK: calls the first of these, which calls the next ... */
    uint16_t asks[STEP_ASKS_MAX]; /* objects */
};

struct step {
    uint64_t at_us; /* not before; 0: at once after the step before */
    enum step_kind kind;
    uint16_t process, peer; /* region index, or the region count for the coordinator */
    uint16_t object;        /* index in the plan's objects */
    enum hint hint;
    enum disk_state disk;
    enum moment moment;
    enum msg_type type; /* of MOMENT_SENT */
    uint64_t amount;
    struct step_work work;
};

enum { PLAN_NAME_BYTES = 64 };

struct plan_object {
    char name[PLAN_NAME_BYTES];
    bool unique; /* else its id is derived from the name */
    enum jurisdiction jurisdiction;
};

enum expectation {
    EXPECT_NOTHING,
    EXPECT_WELL,
    EXPECT_LIMIT, /* it comes to where nobody can keep the promises: sim/check/copies.c */
    EXPECT_BROKEN,
};

struct plan {
    struct topology topology;   /* owned */
    struct world_config config; /* its `topology` is set by the run */
    bool calm;                  /* no faults: no call may fail */
    struct plan_object *objects;
    size_t object_count, object_capacity;
    struct step *steps;
    size_t step_count, step_capacity;
    enum expectation expectation;
    char invariant[16]; /* EXPECT_BROKEN: the first word of what is said, such as "I1" */
};

/* An empty plan with the limits that scenarios have. */
void plan_init(struct plan *plan);
void plan_finish(struct plan *plan);

/* Errors: ERR_MEMORY. */
MUST_USE enum err plan_add(struct plan *plan, const struct step *step);

/* Copy everything into `ret_plan`, which is uninitialised. Errors: ERR_MEMORY. */
MUST_USE enum err plan_copy(const struct plan *plan, struct plan *ret_plan);

/* Copy a topology into `ret_copy`, which is uninitialised. Errors: ERR_MEMORY. */
MUST_USE enum err topology_copy(const struct topology *topology, struct topology *ret_copy);

/* The number of the object with this name, which is added when it is new. Errors: ERR_MEMORY,
 * ERR_FULL (65535 of them), ERR_INVALID (the name is too long). */
MUST_USE enum err plan_object(struct plan *plan, const char *name, uint16_t *ret_object);

/* Where steps come from, one after another: a plan's list, or a generator that makes them as they
 * are needed. false: there are no more. */
struct step_source {
    bool (*next)(struct step_source *source, struct step *ret_step);
};

/* The list of a plan as a source; `plan` is borrowed. */
struct plan_source {
    struct step_source source;
    const struct plan *plan;
    size_t next;
};
struct plan_source plan_source(const struct plan *plan);

#endif
