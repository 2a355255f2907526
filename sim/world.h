#ifndef TERRELLA_SIM_WORLD_H
#define TERRELLA_SIM_WORLD_H

#include "coordinator/core/coord.h"
#include "node/core/node.h"

/* A whole cluster under a virtual clock, in one process: the production cores of the coordinator
 * and of every node, a network that delays and cuts, disks that take time and lose what was not
 * yet synced in a crash. One seed, one history. Used by the scenarios and by the simulator.
 *
 * Processes are named by index: the region's for its node, the region count for the coordinator. */

struct world;

struct world_config {
    const struct topology *topology; /* borrowed */
    struct delay check;
    uint64_t seed;
    uint64_t disk_us;    /* from a write to its durability */
    uint64_t service_us; /* how long an object's handler takes */
    struct node_limits limits;
};

/* How a call ended. `head` and `body` are borrowed until the next world_* call that runs time. */
typedef void world_answer_function(void *owner, uint64_t token, const struct outcome *outcome);

/* One line of what happens, without a newline. */
typedef void world_trace_function(void *owner, uint64_t now_us, const char *line);

/* A handler begins to run: at which node, in which instance, with what in the object's storage (how
 * often it was written), and with the body that the call carried. */
struct world_run_seen {
    size_t region;
    uint16_t number; /* the node's birth number */
    struct object_id id;
    bool fresh;            /* the instance was made for this run */
    size_t instance_count; /* live ones of this id, world-wide, this one included */
    uint64_t stored;
    struct bytes body;
};
typedef void world_run_function(void *owner, const struct world_run_seen *seen);

/* What a world tells its owner; each may be NULL. */
struct world_events {
    world_trace_function *trace;
    world_answer_function *answer;
    world_run_function *run;
};

MUST_USE enum err world_create(const struct world_config *config, const struct world_events *events,
                               void *owner, struct world **ret_world);
void world_destroy(struct world *world);

/* Start a process on what its disk holds; its links come up a moment later. */
MUST_USE enum err world_start(struct world *world, size_t process);

/* Kill a process: what is not durable is gone, its links are lost. */
void world_crash(struct world *world, size_t process);

/* Empty a stopped process's disk. */
void world_wipe(struct world *world, size_t process);

/* Cut the link between two processes, or mend it. */
void world_cut(struct world *world, size_t a, size_t b);
MUST_USE enum err world_heal(struct world *world, size_t a, size_t b);

/* A Worker in `region` calls an object. Head "write" makes its handler write to storage and answer
 * with how often it was written; "echo" makes it answer with the body; "abort" makes it break its
 * instance; otherwise the answer says
 * how often the handler ran in this instance. */
MUST_USE enum err world_call(struct world *world, size_t region, uint64_t token,
                             const struct object_ref *object, enum hint hint, struct bytes head,
                             struct bytes body);

/* Somebody in `region` asks where an object lives; the answer is a line of the trace. */
MUST_USE enum err world_locate(struct world *world, size_t region, const struct object_ref *object);

/* Let time pass until `until_us`, or until nothing is left to happen but idle objects. */
MUST_USE enum err world_run(struct world *world, uint64_t until_us);
MUST_USE enum err world_settle(struct world *world);

uint64_t world_now_us(const struct world *world);
bool world_is_up(const struct world *world, size_t process);
const struct node *world_node(const struct world *world, size_t region);
const struct coord *world_coord(const struct world *world);

/* The keys of the one namespace of the simulated world. */
const struct id_keys *world_keys(const struct world *world);

/* A unique id born at a region that has joined, with random bits from the world's seed. */
struct object_id world_unique_id(struct world *world, size_t region);

/* Live instances of an id over all processes: more than one breaks the promise. */
size_t world_instances(const struct world *world, const struct object_id *id);

#endif
