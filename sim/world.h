#ifndef TERRELLA_SIM_WORLD_H
#define TERRELLA_SIM_WORLD_H

#include "coordinator/core/coord.h"
#include "node/core/node.h"
#include "sim/seen.h"
#include "sim/told.h"

/* A whole cluster under a virtual clock, in one process: the production cores of the coordinator
 * and of every node, a network that delays and cuts, disks that take time and lose what was not
 * yet synced in a crash. One seed, one history. Used by the scenarios and by the simulator. What
 * else can go wrong: sim/faults.h.
 *
 * Processes are named by index: the region's for its node, the region count for the coordinator. */

struct world;

struct world_config {
    const struct topology *topology;   /* borrowed */
    const struct place_policy *policy; /* NULL: the default; borrowed */
    struct delay check;
    uint64_t seed;
    uint64_t disk_us;    /* from a write to its durability */
    uint64_t service_us; /* how long an object's handler takes */
    struct node_limits limits;
    bool push; /* the coordinator tells everybody of each new home */

    /* For load rather than for faults: messages travel as structs, bodies arrive as zeros, handlers
     * keep no state, and there is no hash. The work is SIZED or SIZED_WRITE then, and no message is
     * repeated or stale. */
    bool light;
    bool diskless; /* nothing is kept on the disks: no process can be started a second time */

    /* The regions where the coordinator stands, shard_count of them; names are spread over them by
     * id. None: where the topology says. Only the distances differ: all of them are one process,
     * and come and go together. Borrowed. */
    const size_t *shards;
    size_t shard_count;
};

/* Which of the shards decides about a name-derived id. */
size_t world_shard(const struct world_config *config, const struct object_id *id);

/* What a world tells its owner; each may be NULL. All is borrowed for the moment. */
struct world_events {
    /* One line of what happens, without a newline. */
    void (*trace)(void *owner, uint64_t now_us, const char *line);
    /* How a Worker's call ended. */
    void (*answer)(void *owner, uint64_t token, const struct outcome *outcome);
    void (*seen)(void *owner, const struct seen *seen);
    world_tell_function *tell;
};

MUST_USE enum err world_create(const struct world_config *config, const struct world_events *events,
                               void *owner, struct world **ret_world);
void world_destroy(struct world *world);

/* Start a process that is down on what its disk holds; its links come up a moment later. */
MUST_USE enum err world_start(struct world *world, size_t process);

/* Kill a process that is up: what is not durable is gone, its links are lost. */
MUST_USE enum err world_crash(struct world *world, size_t process);

/* Empty the disk of a process that is down. */
MUST_USE enum err world_wipe(struct world *world, size_t process);

/* Cut the link between two processes, or mend it, with whatever disturbs it. */
MUST_USE enum err world_cut(struct world *world, size_t a, size_t b);
MUST_USE enum err world_heal(struct world *world, size_t a, size_t b);

/* What an object's handler does with a call. */
enum work_kind {
    WORK_READ,  /* answers how often the handler ran in this instance */
    WORK_WRITE, /* writes to storage and answers how often it was written */
    WORK_ECHO,  /* answers with the body */
    WORK_THROW,
    WORK_BREAK, /* breaks its instance */
    WORK_NEVER, /* does not end, unless its instance breaks */
    WORK_ASK,   /* calls the first of `asks`, whose handler calls the next, and answers after it */
    WORK_KIND_COUNT,  /* what plans may hold */
    WORK_SIZED,       /* answers with so many bytes */
    WORK_SIZED_WRITE, /* and writes before */
};

enum { WORLD_ASKS_MAX = 3 };

struct world_call {
    struct object_ref object;
    enum hint hint;
    enum work_kind work;
    uint64_t slow_us;      /* beside the usual time */
    uint32_t answer_bytes; /* SIZED, SIZED_WRITE */
    struct bytes body;
    struct object_ref asks[WORLD_ASKS_MAX];
    size_t ask_count;
};

/* A Worker in `region`, which is up and not stopped, calls an object. The world numbers all calls,
 * those between objects as well, from 1 upwards; `ret_token` is this one's. */
MUST_USE enum err world_call(struct world *world, size_t region, const struct world_call *call,
                             uint64_t *ret_token);

/* The number of the call that a head belongs to: of a FETCH, or in a light world of a REPLY. */
uint64_t world_token(struct bytes head);

/* Somebody in `region` asks where an object lives; the answer is a line of the trace. */
MUST_USE enum err world_locate(struct world *world, size_t region, const struct object_ref *object);

/* Let time pass until `until_us`, or until nothing is left to happen but idle objects. */
MUST_USE enum err world_run(struct world *world, uint64_t until_us);
MUST_USE enum err world_settle(struct world *world);

/* Stop at once, also from within a callback: no time passes any more. */
void world_halt(struct world *world);

uint64_t world_now_us(const struct world *world);
bool world_is_up(const struct world *world, size_t process);
const struct node *world_node(const struct world *world, size_t region);
const struct coord *world_coord(const struct world *world);

/* How many steps the cores took, and a hash of all that happened, the same in every build. */
uint64_t world_event_count(const struct world *world);
uint64_t world_hash(const struct world *world);

/* The keys of the one namespace of the simulated world. */
const struct id_keys *world_keys(const struct world *world, enum jurisdiction jurisdiction);

/* A unique id born at a region that has joined, with random bits from the world's seed. */
struct object_id world_unique_id(struct world *world, size_t region,
                                 enum jurisdiction jurisdiction);

#endif
