#ifndef TERRELLA_SIM_WORLD_INTERNAL_H
#define TERRELLA_SIM_WORLD_INTERNAL_H

#include "common/heap.h"
#include "common/table.h"
#include "sim/disk.h"
#include "sim/faults.h"
#include "sim/world.h"

/* What the files of a world share: world.c (time), life.c (processes come and go), clock.c,
 * network.c (links), process.c (a core and its disk), objects.c (handlers). */

enum { LANE_CONTROL, LANE_BULK, LANE_COUNT };

enum happening_kind {
    HAPPEN_UP,
    HAPPEN_DOWN,    /* this end hears that the link is lost */
    HAPPEN_GIVE_UP, /* this end has heard nothing for too long */
    HAPPEN_MESSAGE,
    HAPPEN_PERSISTED,
    HAPPEN_DONE,
    HAPPEN_WRITE, /* code writes on at a body */
    HAPPEN_TAKE,  /* code has taken something of a body */
};

struct happening {
    struct heap_item item;
    struct happening *prev, *next; /* in a list of those that wait */
    enum happening_kind kind;
    size_t process, peer;
    uint64_t life;       /* of `process` when it was planned: a later life knows nothing of it */
    uint64_t epoch;      /* of the wire */
    uint64_t message;    /* MESSAGE: its number */
    bool arrived;        /* MESSAGE: it waits for a stopped process, and cannot be lost any more */
    bool bulk;           /* MESSAGE: its lane */
    uint64_t op, run;    /* TAKE: `op` bytes */
    struct body_end end; /* WRITE, TAKE */
    uint64_t instance;   /* DONE: whose handler it is */
    enum work_kind work; /* DONE */
    bool asked;          /* DONE: its own call has failed */
    uint64_t token;      /* DONE, in a light world: of its call */
    uint32_t answer_bytes;
    struct buf bytes; /* a message (sim/parcel.h), or the body of an answer */
};

/* One direction of a link. What is under way when the link is lost never arrives: each message
 * carries the epoch of its sending. */
struct wire {
    bool cut;     /* nothing can pass: there is no link */
    bool cut_way; /* nothing passes this way: after a while there is no link */
    bool held;
    bool up;
    bool told_up; /* the sending end believes in the link */
    bool repeat;
    uint64_t epoch;
    uint64_t more_us;
    uint64_t last_us[LANE_COUNT]; /* arrival of the newest message: nothing overtakes it */
    struct happening *waiting;    /* messages that are held back, in order */
    struct buf stale;             /* a message that was lost with its link */
};

struct instance {
    uint64_t number;
    struct object_id id;
    uint64_t run_count;
    uint64_t stored; /* what its storage holds: how often it was written */
    UT_hash_handle hh;
};

/* A run that ends when something else does: its own call, or its instance. */
struct open_run {
    uint64_t token; /* of its call; of a run that never ends, a number that no call has */
    uint64_t run, instance;
    UT_hash_handle hh;
};

/* A body that code writes or reads; bodies.c. */
struct body {
    uint64_t key;
    uint64_t instance;
    struct buf data;       /* all of it that is known here */
    size_t sent;           /* of that, by a writer */
    uint64_t credit_bytes; /* that it may send */
    bool broken;           /* its instance is gone */
    UT_hash_handle hh;
};

/* The storage of objects, one record each, in a table beside those of the core. */
enum { TABLE_STORAGE = NODE_CACHE + 1 };

struct process_clock {
    uint64_t since_us, then_us; /* world time, and what the clock showed then */
    int64_t fast_ppm;
    bool frozen;
};

struct process {
    struct coord *coord; /* one of them while it is up */
    struct node *node;
    uint64_t boot;
    struct lives lives; /* numbers of starts, over all processes */
    uint8_t incarnation[CLUSTER_ID_BYTES];
    struct process_clock clock;
    struct heap_item alarm; /* the core's deadline in world time; in no heap while it has none */
    struct instance *instances;
    struct open_run *open_runs;
    struct body *writers, *readers;

    struct disk disk;
    enum disk_state disk_state;
    uint64_t disk_slow_us;
    uint64_t persisted_us; /* when the newest operation becomes durable: they do so in order */
    uint64_t durable_op, stuck_op; /* stuck: the newest that waits for the disk to be well */
    struct data_copy {
        bool there;
        struct disk disk; /* what is durable */
        uint64_t boot;
        struct lives lives;
        uint8_t incarnation[CLUSTER_ID_BYTES];
    } backup, newest;     /* newest: what a backup has replaced */
    struct disk replaced; /* by what was put back last */

    bool stopped, troubled;
    bool alone; /* a node whose core is not open: no link to another node comes up */
    struct happening *deferred; /* what comes when it wakes */
    enum moment crash_moment;
    enum msg_type crash_type;
    bool doomed; /* the moment has come: it does nothing any more */
};

struct world {
    struct world_config config;
    struct world_events events;
    void *owner;
    struct rng jitter_rng, id_rng, fault_rng;
    uint64_t now_us;
    uint64_t jitter_us;
    size_t region_count, process_count;
    struct process *processes;
    struct wire *wires; /* from * process_count + to */
    struct heap happenings, alarms;
    struct happening *spare; /* used ones, kept for their memory */
    struct id_keys keys[JURISDICTION_COUNT];
    struct buf zeros; /* what handlers of a light world answer with */
    uint64_t last_token, last_life, message_count, event_count, hash;
    bool doom; /* some process is doomed */
    bool halted;
};

/* The one namespace of the simulated world. */
#define WORLD_SPACE_NAME "sim-Object"

/* ---- world.c ---- */

const char *world_process_name(const struct world *world, size_t process);
/* Costs nothing while nobody reads; work for the arguments belongs behind world_traced. */
void world_trace(struct world *world, const char *format, ...) PRINTF_LIKE(2, 3);
bool world_traced(const struct world *world);
/* Tell people's onlooker; the time is filled in. The checkers': sim/observe.h. */
void world_tell(struct world *world, struct told told);
void world_mix(struct world *world, uint64_t number);
void world_mix_bytes(struct world *world, struct bytes bytes);
/* Something will happen to `process`, unless it has died by then. NULL: out of memory. */
struct happening *world_plan(struct world *world, enum happening_kind kind, size_t process,
                             uint64_t at_us);
/* The same happening once more, at `at_us`. */
enum err world_plan_again(struct world *world, struct happening *happening, uint64_t at_us);
void world_free_happening(struct world *world, struct happening *happening);

/* ---- clock.c ---- */

uint64_t clock_now_us(const struct world *world, size_t process);
/* Set the alarm by the core's deadline, after each of its steps. */
enum err clock_set_alarm(struct world *world, size_t process);
/* Let it stand still, or go on. */
enum err clock_freeze(struct world *world, size_t process, bool frozen);

/* ---- life.c ---- */

/* It is up, and has not come to its end within this event. */
bool process_is_alive(const struct world *world, size_t process);
/* The core is open now: its links come up. */
enum err life_open(struct world *world, size_t process);
/* Something was done: is it the one after which the process is to crash? Then it is doomed. */
bool process_reached(struct world *world, size_t process, enum moment moment, enum msg_type type);
/* Crash those who are doomed. */
enum err life_reap(struct world *world);
/* Onlookers must know that a process may be late. */
void life_note_trouble(struct world *world, size_t process);

/* ---- network.c ---- */

struct wire *world_wire(struct world *world, size_t from, size_t to);
enum err world_send(struct world *world, size_t from, const struct outgoing *outgoing);
/* A link comes up a moment from now, if nothing prevents it. */
enum err network_plan_up(struct world *world, size_t a, size_t b);
enum err network_bring_up(struct world *world, size_t a, size_t b);
/* What is under way is lost, and both ends hear of it, `b` after `later_us`. */
enum err network_bring_down(struct world *world, size_t a, size_t b, uint64_t later_us);
enum err network_hear_down(struct world *world, const struct happening *happening);
enum err network_give_up(struct world *world, const struct happening *happening);
/* A peer that is stopped, or a way that is cut, is noticed by `process` after a while. */
enum err network_plan_give_up(struct world *world, size_t process, size_t peer);
enum err network_deliver(struct world *world, struct happening *arrival);
/* A process has died: what its links had in mind is over. */
void network_forget(struct world *world, size_t process);

/* ---- process.c ---- */

enum err process_create_core(struct world *world, size_t index);
/* Give the new core what the disk holds. */
enum err process_restore(struct world *world, size_t index);
enum err process_step_coord(struct world *world, struct coord_event event);
enum err process_step_node(struct world *world, size_t region, struct node_event event);
enum err process_timeout(struct world *world, size_t process);
enum err process_hear(struct world *world, size_t process, size_t peer, const struct msg *msg);
enum err process_plan_persisted(struct world *world, size_t process, uint64_t op);
enum err process_persisted(struct world *world, const struct happening *happening);

/* ---- objects.c ---- */

/* An instance begins a handler. */
enum err objects_run(struct world *world, size_t region, const struct node_run *run);
void objects_stop(struct world *world, size_t region, uint64_t instance);
/* A handler ends: what it wrote goes first, then its answer. */
enum err objects_done(struct world *world, struct happening *happening);
/* A call has ended: a Worker's, or that of a handler, which may end as well. */
enum err objects_answer(struct world *world, size_t region, const struct node_answer *answer);
/* A body has come to its end, all right or broken; its memory may be taken. */
enum err objects_read(struct world *world, size_t region, const struct body_part *end,
                      uint64_t instance, struct buf *body);
/* The process has died, with all of them. */
void objects_forget(struct process *process);
/* Whether the handler that a head is for writes. */
bool objects_writes(struct bytes head);

#endif
