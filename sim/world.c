#include "sim/world.h"

#include "common/check.h"
#include "sim/world_internal.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- words ---- */

const char *world_process_name(const struct world *world, size_t process)
{
    return process == world->region_count ? "coord" : world->config.topology->regions[process].code;
}

void world_trace(struct world *world, const char *format, ...)
{
    char line[512];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (world->events.trace)
        world->events.trace(world->owner, world->now_us, line);
}

/* ---- planning what happens ---- */

struct happening *world_plan(struct world *world, enum happening_kind kind, size_t process,
                             uint64_t at_us)
{
    struct happening *happening = calloc(1, sizeof *happening);
    if (!happening)
        return NULL;
    happening->kind = kind;
    happening->process = process;
    happening->boot = world->processes[process].boot;
    if (heap_add(&world->happenings, &happening->item, at_us)) {
        free(happening);
        return NULL;
    }
    return happening;
}

static enum err happen(struct world *world, struct happening *happening)
{
    const struct process *process = &world->processes[happening->process];
    if (!world_is_up(world, happening->process) || process->boot != happening->boot)
        return OK;
    switch (happening->kind) {
    case HAPPEN_UP:
        return happening->epoch == world_wire(world, happening->process, happening->peer)->epoch
                   ? network_bring_up(world, happening->process, happening->peer)
                   : OK;
    case HAPPEN_MESSAGE: return process_deliver(world, happening);
    case HAPPEN_PERSISTED: return process_persisted(world, happening);
    case HAPPEN_DONE: return process_done(world, happening);
    }
    return OK;
}

/* The earliest deadline of a core, and whose it is. */
static uint64_t next_deadline(const struct world *world, size_t *ret_process)
{
    uint64_t earliest = UINT64_MAX;
    for (size_t i = 0; i < world->process_count; i++) {
        const struct process *process = &world->processes[i];
        uint64_t deadline_us = process->coord  ? coord_deadline_us(process->coord)
                               : process->node ? node_deadline_us(process->node)
                                               : UINT64_MAX;
        if (deadline_us < earliest) {
            earliest = deadline_us;
            *ret_process = i;
        }
    }
    return earliest;
}

static enum err advance(struct world *world)
{
    size_t process = 0;
    uint64_t deadline_us = next_deadline(world, &process);
    uint64_t happening_us = heap_deadline_us(&world->happenings);
    if (happening_us <= deadline_us) {
        struct happening *happening =
            HEAP_OWNER(heap_first(&world->happenings), struct happening, item);
        heap_remove(&world->happenings, &happening->item);
        if (happening_us > world->now_us)
            world->now_us = happening_us;
        enum err err = happen(world, happening);
        buf_finish(&happening->bytes);
        free(happening);
        return err;
    }
    if (deadline_us > world->now_us)
        world->now_us = deadline_us;
    if (process == world->region_count)
        return process_step_coord(world, (struct coord_event){.type = COORD_TIMEOUT});
    return process_step_node(world, process, (struct node_event){.type = NODE_TIMEOUT});
}

enum err world_run(struct world *world, uint64_t until_us)
{
    for (;;) {
        size_t process;
        uint64_t next_us = next_deadline(world, &process);
        if (heap_deadline_us(&world->happenings) < next_us)
            next_us = heap_deadline_us(&world->happenings);
        if (next_us > until_us)
            break;
        enum err err = advance(world);
        if (err)
            return err;
    }
    if (until_us > world->now_us)
        world->now_us = until_us;
    return OK;
}

static bool something_pending(const struct world *world)
{
    if (heap_first(&world->happenings))
        return true;
    for (size_t i = 0; i < world->region_count; i++)
        if (world->processes[i].node) {
            struct node_stats stats = node_stats(world->processes[i].node);
            if (stats.calls || stats.visits || stats.runs || stats.held || stats.lookups)
                return true;
        }
    const struct coord *coord = world->processes[world->region_count].coord;
    return coord && coord_stats(coord).pending;
}

enum err world_settle(struct world *world)
{
    enum err err = OK;
    while (!err && something_pending(world))
        err = advance(world);
    return err;
}

/* ---- processes ---- */

bool world_is_up(const struct world *world, size_t process)
{
    return world->processes[process].coord || world->processes[process].node;
}

static void draw_incarnation(struct world *world, size_t index)
{
    for (size_t i = 0; i < CLUSTER_ID_BYTES; i++)
        world->processes[index].incarnation[i] = (uint8_t)rng_next(&world->id_rng);
}

enum err world_start(struct world *world, size_t index)
{
    CHECK(!world_is_up(world, index));
    world->processes[index].boot++;
    enum err err = process_create_core(world, index);
    if (!err)
        err = process_restore(world, index);
    world_trace(world, "%s starts, boot %" PRIu64, world_process_name(world, index),
                world->processes[index].boot);
    for (size_t peer = 0; !err && peer < world->process_count; peer++)
        err = network_plan_up(world, index, peer);
    return err;
}

void world_crash(struct world *world, size_t index)
{
    struct process *process = &world->processes[index];
    world_trace(world, "%s crashes", world_process_name(world, index));
    coord_destroy(process->coord);
    node_destroy(process->node);
    process->coord = NULL;
    process->node = NULL;
    process->instance_count = 0;
    disk_crash(&process->disk);
    for (size_t peer = 0; peer < world->process_count; peer++)
        if (peer != index)
            network_bring_down(world, index, peer);
}

void world_wipe(struct world *world, size_t index)
{
    CHECK(!world_is_up(world, index));
    world_trace(world, "%s loses its data", world_process_name(world, index));
    disk_finish(&world->processes[index].disk);
    world->processes[index].boot = rng_next(&world->id_rng) >> 16;
    draw_incarnation(world, index);
}

void world_cut(struct world *world, size_t a, size_t b)
{
    world_trace(world, "cut %s %s", world_process_name(world, a), world_process_name(world, b));
    world_wire(world, a, b)->cut = world_wire(world, b, a)->cut = true;
    network_bring_down(world, a, b);
}

enum err world_heal(struct world *world, size_t a, size_t b)
{
    world_trace(world, "heal %s %s", world_process_name(world, a), world_process_name(world, b));
    world_wire(world, a, b)->cut = world_wire(world, b, a)->cut = false;
    return network_plan_up(world, a, b);
}

/* ---- calls and looks ---- */

enum err world_call(struct world *world, size_t region, uint64_t token,
                    const struct object_ref *object, enum hint hint, struct bytes head,
                    struct bytes body)
{
    struct node_event event = {.type = NODE_CALL};
    event.call = (struct node_call){
        .token = token, .object = *object, .hint = hint, .head = head, .body = body};
    world_trace(world, "%s calls %02x%02x", world_process_name(world, region), object->id.bytes[0],
                object->id.bytes[1]);
    return process_step_node(world, region, event);
}

enum err world_locate(struct world *world, size_t region, const struct object_ref *object)
{
    struct node_event event = {.type = NODE_LOCATE};
    event.locate.object = *object;
    world_trace(world, "%s looks for %02x%02x", world_process_name(world, region),
                object->id.bytes[0], object->id.bytes[1]);
    return process_step_node(world, region, event);
}

struct object_id world_unique_id(struct world *world, size_t region)
{
    uint8_t random[ID_RANDOM_BYTES];
    for (size_t i = 0; i < sizeof random; i++)
        random[i] = (uint8_t)rng_next(&world->id_rng);
    return id_unique(&world->keys, node_number(world->processes[region].node), random);
}

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

const struct id_keys *world_keys(const struct world *world)
{
    return &world->keys;
}

size_t world_instances(const struct world *world, const struct object_id *id)
{
    size_t count = 0;
    for (size_t i = 0; i < world->region_count; i++)
        for (size_t j = 0; j < world->processes[i].instance_count; j++)
            count += id_equal(&world->processes[i].instances[j].id, id);
    return count;
}

/* ---- life ---- */

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
                            .region_count = config->topology->region_count,
                            .process_count = config->topology->region_count + 1};
    id_keys_derive(cluster_key, bytes_of(WORLD_SPACE_NAME), JURISDICTION_NONE, &world->keys);
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

void world_destroy(struct world *world)
{
    if (!world)
        return;
    while (heap_first(&world->happenings)) {
        struct happening *happening =
            HEAP_OWNER(heap_first(&world->happenings), struct happening, item);
        heap_remove(&world->happenings, &happening->item);
        buf_finish(&happening->bytes);
        free(happening);
    }
    for (size_t i = 0; world->processes && i < world->process_count; i++) {
        coord_destroy(world->processes[i].coord);
        node_destroy(world->processes[i].node);
        disk_finish(&world->processes[i].disk);
        free(world->processes[i].instances);
    }
    heap_finish(&world->happenings);
    free(world->processes);
    free(world->wires);
    free(world);
}
