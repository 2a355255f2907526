#include "sim/world.h"
#include "sim/bodies.h"

#include "common/check.h"
#include "sim/observe.h"
#include "sim/world_internal.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Time, and who looks on. */

/* ---- onlookers ---- */

const char *world_process_name(const struct world *world, size_t process)
{
    return process == world->region_count ? "coord" : world->config.topology->regions[process].code;
}

bool world_traced(const struct world *world)
{
    return world->events.trace != NULL;
}

void world_trace(struct world *world, const char *format, ...)
{
    if (!world->events.trace)
        return;
    char line[512];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    world->events.trace(world->owner, world->now_us, line);
}

void world_tell(struct world *world, struct told told)
{
    if (!world->events.tell)
        return;
    told.now_us = world->now_us;
    world->events.tell(world->owner, &told);
}

static uint64_t mix(uint64_t hash, uint64_t number)
{
    uint64_t mixed = (hash ^ number) * UINT64_C(0x9e3779b97f4a7c15);
    return mixed ^ mixed >> 29;
}

void world_mix(struct world *world, uint64_t number)
{
    world->hash = mix(world->hash, number);
}

/* In four lanes, which the processor mixes at once. */
void world_mix_bytes(struct world *world, struct bytes bytes)
{
    enum { LANES = 4 };
    const uint8_t *at = bytes.data;
    uint64_t numbers[LANES], lanes[LANES] = {0, 1, 2, 3};
    size_t left = bytes.size;
    for (; left >= sizeof numbers; left -= sizeof numbers, at += sizeof numbers) {
        memcpy(numbers, at, sizeof numbers);
        for (int i = 0; i < LANES; i++)
            lanes[i] = mix(lanes[i], numbers[i]);
    }
    memset(numbers, 0, sizeof numbers);
    memcpy(numbers, at, left);
    for (int i = 0; i < LANES; i++)
        world_mix(world, mix(lanes[i], numbers[i]));
    world_mix(world, bytes.size);
}

/* ---- planning what happens ---- */

struct happening *world_plan(struct world *world, enum happening_kind kind, size_t process,
                             uint64_t at_us)
{
    struct happening *happening = world->spare;
    struct buf bytes = {0};
    if (happening) {
        DL_DELETE(world->spare, happening);
        bytes = happening->bytes;
        bytes.size = 0;
    } else {
        happening = malloc(sizeof *happening);
        if (!happening)
            return NULL;
    }
    *happening = (struct happening){.kind = kind,
                                    .process = process,
                                    .life = world->processes[process].lives.of[0],
                                    .bytes = bytes};
    if (heap_add(&world->happenings, &happening->item, at_us)) {
        world_free_happening(world, happening);
        return NULL;
    }
    return happening;
}

enum err world_plan_again(struct world *world, struct happening *happening, uint64_t at_us)
{
    heap_remove(&world->happenings, &happening->item);
    return heap_add(&world->happenings, &happening->item, at_us);
}

/* A large message's memory is not kept. */
void world_free_happening(struct world *world, struct happening *happening)
{
    enum { kept_bytes_max = 4096 };
    if (happening->bytes.capacity > kept_bytes_max)
        buf_finish(&happening->bytes);
    DL_PREPEND(world->spare, happening);
}

static enum err happen(struct world *world, struct happening *happening)
{
    switch (happening->kind) {
    case HAPPEN_UP:
        return happening->epoch == world_wire(world, happening->process, happening->peer)->epoch
                   ? network_bring_up(world, happening->process, happening->peer)
                   : OK;
    case HAPPEN_DOWN: return network_hear_down(world, happening);
    case HAPPEN_GIVE_UP: return network_give_up(world, happening);
    case HAPPEN_MESSAGE: return network_deliver(world, happening);
    case HAPPEN_PERSISTED: return process_persisted(world, happening);
    case HAPPEN_DONE: return objects_done(world, happening);
    case HAPPEN_WRITE:
    case HAPPEN_TAKE: return bodies_go_on(world, happening);
    }
    return OK;
}

/* Whether it keeps its place among what waits for a stopped process. */
static bool defer(struct world *world, struct happening *happening)
{
    struct process *process = &world->processes[happening->process];
    if (!process->stopped || process->lives.of[0] != happening->life)
        return false;
    if (happening->kind == HAPPEN_MESSAGE) {
        if (happening->epoch != world_wire(world, happening->peer, happening->process)->epoch)
            return false; /* lost on its way */
        happening->arrived = true;
    }
    DL_APPEND(process->deferred, happening);
    return true;
}

/* What comes next is likely to have left the processor's caches: have it back by then. */
static void fetch_next(const struct world *world)
{
    const struct heap_item *item = heap_first(&world->happenings);
    if (!item)
        return;
    const struct happening *next = HEAP_OWNER(item, struct happening, item);
    __builtin_prefetch(next);
    __builtin_prefetch(&next->message);
    __builtin_prefetch(&next->bytes);
}

static enum err take_happening(struct world *world)
{
    struct happening *happening =
        HEAP_OWNER(heap_first(&world->happenings), struct happening, item);
    const struct process *process = &world->processes[happening->process];
    heap_remove(&world->happenings, &happening->item);
    fetch_next(world);
    if (!world->config.light)
        world_mix(world, world->now_us << 8 | (uint64_t)happening->kind << 5 | happening->process);
    if (defer(world, happening))
        return OK;
    enum err err = OK;
    /* A message to the dead is lost on its wire, which remembers it. */
    if (happening->kind == HAPPEN_MESSAGE ||
        (world_is_up(world, happening->process) && process->lives.of[0] == happening->life))
        err = happen(world, happening);
    world_free_happening(world, happening);
    return err;
}

static uint64_t next_us(const struct world *world)
{
    uint64_t happening_us = heap_deadline_us(&world->happenings);
    uint64_t alarm_us = heap_deadline_us(&world->alarms);
    return happening_us <= alarm_us ? happening_us : alarm_us;
}

static enum err advance(struct world *world)
{
    uint64_t at_us = next_us(world);
    if (at_us > world->now_us)
        world->now_us = at_us;
    enum err err;
    if (heap_deadline_us(&world->happenings) <= heap_deadline_us(&world->alarms)) {
        err = take_happening(world);
    } else {
        struct process *process = HEAP_OWNER(heap_first(&world->alarms), struct process, alarm);
        size_t index = (size_t)(process - world->processes);
        world_mix(world, world->now_us << 8 | 0xe0 | index);
        err = process_timeout(world, index);
    }
    return err ? err : life_reap(world);
}

enum err world_run(struct world *world, uint64_t until_us)
{
    while (!world->halted && next_us(world) <= until_us) {
        enum err err = advance(world);
        if (err)
            return err;
    }
    if (!world->halted && until_us > world->now_us && until_us != UINT64_MAX)
        world->now_us = until_us;
    return OK;
}

static bool something_pending(const struct world *world)
{
    if (heap_first(&world->happenings))
        return true;
    if (!heap_first(&world->alarms))
        return false;
    for (size_t i = 0; i < world->region_count; i++)
        if (world->processes[i].node) {
            struct node_stats stats = node_stats(world->processes[i].node);
            if (stats.calls || stats.visits || stats.held || stats.lookups)
                return true;
        }
    const struct coord *coord = world->processes[world->region_count].coord;
    return coord && coord_stats(coord).pending;
}

enum err world_settle(struct world *world)
{
    enum err err = OK;
    while (!err && !world->halted && something_pending(world))
        err = advance(world);
    return err;
}

void world_halt(struct world *world)
{
    world->halted = true;
}

/* ---- looks ---- */

uint64_t world_now_us(const struct world *world)
{
    return world->now_us;
}

const struct node *world_node(const struct world *world, size_t region)
{
    return world->processes[region].node;
}

const struct coord *world_coord(const struct world *world)
{
    return world->processes[world->region_count].coord;
}

uint64_t world_event_count(const struct world *world)
{
    return world->event_count;
}

uint64_t world_hash(const struct world *world)
{
    return world->hash;
}

const struct id_keys *world_keys(const struct world *world, enum jurisdiction jurisdiction)
{
    return &world->keys[jurisdiction];
}

struct object_id world_unique_id(struct world *world, size_t region, enum jurisdiction jurisdiction)
{
    uint8_t random[ID_RANDOM_BYTES];
    for (size_t i = 0; i < sizeof random; i++)
        random[i] = (uint8_t)rng_next(&world->id_rng);
    struct object_id id =
        id_unique(&world->keys[jurisdiction], node_number(world->processes[region].node), random);
    observe_made(world, region, &id);
    return id;
}

/* ---- life of a world ---- */

static void draw_incarnation(struct world *world, size_t index)
{
    for (size_t i = 0; i < CLUSTER_ID_BYTES; i++)
        world->processes[index].incarnation[i] = (uint8_t)rng_next(&world->id_rng);
}

enum err world_create(const struct world_config *config, const struct world_events *events,
                      void *owner, struct world **ret_world)
{
    static const uint8_t cluster_key[KEY_BYTES] = "the simulated cluster's own key";
    struct world *world = calloc(1, sizeof *world);
    if (!world)
        return ERR_MEMORY;
    struct rng rng;
    rng_init(&rng, config->seed);
    *world = (struct world){.config = *config,
                            .events = *events,
                            .owner = owner,
                            .jitter_rng = rng_fork(&rng, 1),
                            .id_rng = rng_fork(&rng, 2),
                            .fault_rng = rng_fork(&rng, 3),
                            .region_count = config->topology->region_count,
                            .process_count = config->topology->region_count + 1};
    for (int i = 0; i < JURISDICTION_COUNT; i++)
        id_keys_derive(cluster_key, bytes_of(WORLD_SPACE_NAME), (enum jurisdiction)i,
                       &world->keys[i]);
    world->processes = calloc(world->process_count, sizeof *world->processes);
    world->wires = calloc(world->process_count * world->process_count, sizeof *world->wires);
    if (!world->processes || !world->wires) {
        world_destroy(world);
        return ERR_MEMORY;
    }
    for (size_t i = 0; i < world->process_count; i++)
        draw_incarnation(world, i);
    *ret_world = world;
    return OK;
}

static void finish_process(struct world *world, struct process *process)
{
    struct happening *happening, *next;
    coord_destroy(process->coord);
    node_destroy(process->node);
    objects_forget(process);
    disk_finish(&process->disk);
    disk_finish(&process->backup.disk);
    disk_finish(&process->newest.disk);
    disk_finish(&process->replaced);
    DL_FOREACH_SAFE (process->deferred, happening, next)
        world_free_happening(world, happening);
}

void world_destroy(struct world *world)
{
    if (!world)
        return;
    struct happening *happening, *next;
    while (heap_first(&world->happenings)) {
        happening = HEAP_OWNER(heap_first(&world->happenings), struct happening, item);
        heap_remove(&world->happenings, &happening->item);
        world_free_happening(world, happening);
    }
    for (size_t i = 0; world->processes && i < world->process_count; i++)
        finish_process(world, &world->processes[i]);
    for (size_t i = 0; world->wires && i < world->process_count * world->process_count; i++) {
        DL_FOREACH_SAFE (world->wires[i].waiting, happening, next)
            world_free_happening(world, happening);
        buf_finish(&world->wires[i].stale);
    }
    DL_FOREACH_SAFE (world->spare, happening, next) {
        buf_finish(&happening->bytes);
        free(happening);
    }
    heap_finish(&world->happenings);
    heap_finish(&world->alarms);
    buf_finish(&world->zeros);
    free(world->processes);
    free(world->wires);
    free(world);
}
