#ifndef TERRELLA_SIM_WORLD_INTERNAL_H
#define TERRELLA_SIM_WORLD_INTERNAL_H

#include "common/heap.h"
#include "sim/disk.h"
#include "sim/world.h"

/* What the files of a world share: world.c (time, life), network.c (links), process.c (a core, its
 * disk and its objects). */

enum { LANE_CONTROL, LANE_BULK, LANE_COUNT };

/* One direction of a link. What is under way when the link is lost never arrives: each message
 * carries the epoch of its sending. */
struct wire {
    bool cut;
    bool up;
    uint64_t epoch;
    uint64_t last_us[LANE_COUNT]; /* arrival of the newest message: nothing overtakes it */
};

enum happening_kind { HAPPEN_UP, HAPPEN_MESSAGE, HAPPEN_PERSISTED, HAPPEN_DONE };

struct happening {
    struct heap_item item;
    enum happening_kind kind;
    size_t process, peer;
    uint64_t boot;  /* of `process` when it was planned: a later boot knows nothing of it */
    uint64_t epoch; /* of the wire */
    uint64_t op, run;
    uint64_t instance;   /* DONE: whose handler it is */
    bool writes, breaks; /* DONE: it writes before it answers; it aborts instead */
    struct buf bytes;    /* an encoded message, or the body of an answer */
};

struct instance {
    uint64_t number;
    struct object_id id;
    uint64_t run_count;
    uint64_t stored; /* what its storage holds: how often it was written */
};

/* The storage of objects, one record each, in a table beside those of the core. */
enum { TABLE_STORAGE = NODE_CACHE + 1 };

struct process {
    struct coord *coord; /* one of them while it is up */
    struct node *node;
    uint64_t boot;
    uint8_t incarnation[CLUSTER_ID_BYTES];
    struct disk disk;
    struct instance *instances;
    size_t instance_count, instance_capacity;
};

struct world {
    struct world_config config;
    struct world_events events;
    void *owner;
    struct rng jitter_rng, id_rng;
    uint64_t now_us;
    size_t region_count, process_count;
    struct process *processes;
    struct wire *wires; /* from * process_count + to */
    struct heap happenings;
    struct id_keys keys;
};

/* The one namespace of the simulated world. */
#define WORLD_SPACE_NAME "sim-Object"

/* ---- world.c ---- */

const char *world_process_name(const struct world *world, size_t process);
void world_trace(struct world *world, const char *format, ...) PRINTF_LIKE(2, 3);
/* Something will happen to `process`, unless it has died by then. NULL: out of memory. */
struct happening *world_plan(struct world *world, enum happening_kind kind, size_t process,
                             uint64_t at_us);

/* ---- network.c ---- */

struct wire *world_wire(struct world *world, size_t from, size_t to);
enum err world_send(struct world *world, size_t from, const struct outgoing *outgoing);
/* A link comes up a moment from now, if nothing prevents it. */
enum err network_plan_up(struct world *world, size_t a, size_t b);
enum err network_bring_up(struct world *world, size_t a, size_t b);
/* What is under way is lost, and both ends hear of it. */
void network_bring_down(struct world *world, size_t a, size_t b);

/* ---- process.c ---- */

enum err process_create_core(struct world *world, size_t index);
/* Give the new core what the disk holds. */
enum err process_restore(struct world *world, size_t index);
enum err process_step_coord(struct world *world, struct coord_event event);
enum err process_step_node(struct world *world, size_t region, struct node_event event);
enum err process_deliver(struct world *world, const struct happening *arrival);
enum err process_persisted(struct world *world, const struct happening *happening);
/* A handler ends: what it wrote goes first, then its answer. */
enum err process_done(struct world *world, struct happening *happening);

#endif
