#include "sim/world.h"

#include "common/check.h"
#include "common/grow.h"
#include "common/heap.h"
#include "proto/codec.h"
#include "sim/disk.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    uint64_t writes; /* DONE: the instance that writes before it answers; 0: none */
    struct buf bytes; /* an encoded message, or the body of an answer */
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

static const char space_name[] = "sim-Object";
static const char *const space_names[] = {space_name};

/* ---- words ---- */

static const char *process_name(const struct world *world, size_t process)
{
    return process == world->region_count ? "coord" : world->config.topology->regions[process].code;
}

static void trace(struct world *world, const char *format, ...) PRINTF_LIKE(2, 3);
static void trace(struct world *world, const char *format, ...)
{
    char line[512];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (world->events.trace)
        world->events.trace(world->owner, world->now_us, line);
}

static struct wire *wire(struct world *world, size_t from, size_t to)
{
    return &world->wires[from * world->process_count + to];
}

/* ---- planning what happens ---- */

static struct happening *plan(struct world *world, enum happening_kind kind, size_t process,
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

static uint64_t one_way_us(struct world *world, size_t from, size_t to)
{
    const struct topology *topology = world->config.topology;
    size_t a = from == world->region_count ? topology->coordinator_region : from;
    size_t b = to == world->region_count ? topology->coordinator_region : to;
    return topology_rtt_us(topology, a, b) / 2 + jitter_draw(&topology->jitter, &world->jitter_rng);
}

static enum err send(struct world *world, size_t from, const struct outgoing *outgoing)
{
    struct wire *to = wire(world, from, outgoing->peer);
    char text[256];
    msg_print(&outgoing->msg, text, sizeof text);
    if (!to->up) {
        trace(world, "%s > %s  lost: the link is down", process_name(world, from), text);
        return OK;
    }
    uint64_t *last_us =
        &to->last_us[msg_carries_body(outgoing->msg.type) ? LANE_BULK : LANE_CONTROL];
    uint64_t at_us = world->now_us + one_way_us(world, from, outgoing->peer);
    if (at_us < *last_us)
        at_us = *last_us;
    *last_us = at_us;
    struct happening *arrival = plan(world, HAPPEN_MESSAGE, outgoing->peer, at_us);
    if (!arrival)
        return ERR_MEMORY;
    arrival->peer = from;
    arrival->epoch = to->epoch;
    return msg_encode(&outgoing->msg, &arrival->bytes);
}

static enum err plan_persisted(struct world *world, size_t process, uint64_t op)
{
    struct happening *done =
        plan(world, HAPPEN_PERSISTED, process, world->now_us + world->config.disk_us);
    if (!done)
        return ERR_MEMORY;
    done->op = op;
    return OK;
}

/* ---- steps ---- */

static enum err step_coord(struct world *world, struct coord_event event)
{
    struct process *process = &world->processes[world->region_count];
    struct coord_output output;
    event.now_us = world->now_us;
    enum err err = coord_step(process->coord, &event, &output);
    if (output.note)
        trace(world, "coord notes: %s", output.note);
    for (size_t i = 0; !err && i < output.send_count; i++)
        err = send(world, world->region_count, &output.sends[i]);
    if (!err && output.op)
        err = disk_write(&process->disk, 0, true, (struct bytes){0}, output.record, output.op);
    return !err && output.op ? plan_persisted(world, world->region_count, output.op) : err;
}

static struct instance *find_instance(struct process *process, uint64_t number)
{
    for (size_t i = 0; i < process->instance_count; i++)
        if (process->instances[i].number == number)
            return &process->instances[i];
    return NULL;
}

static uint64_t read_storage(const struct process *process, const struct object_id *id)
{
    uint64_t stored = 0;
    struct bytes key = {.data = id->bytes, .size = sizeof id->bytes};
    for (size_t i = process->disk.count; i > 0 && !stored; i--) {
        const struct disk_record *record = &process->disk.records[i - 1];
        if (record->table == TABLE_STORAGE && bytes_equal(buf_bytes(&record->key), key))
            memcpy(&stored, record->value.data, sizeof stored);
    }
    return stored;
}

static struct instance *add_instance(struct process *process, const struct node_run *run)
{
    if (grow(&process->instances, &process->instance_capacity, process->instance_count + 1,
             sizeof *process->instances))
        return NULL;
    struct instance *instance = &process->instances[process->instance_count++];
    *instance = (struct instance){.number = run->instance,
                                  .id = run->object.id,
                                  .stored = read_storage(process, &run->object.id)};
    return instance;
}

/* The record goes into the batch of the operation that the core gives it a moment later. */
static enum err write_storage(struct process *process, struct instance *instance, uint64_t op)
{
    instance->stored++;
    return disk_write(&process->disk, TABLE_STORAGE, false,
                      (struct bytes){.data = instance->id.bytes, .size = sizeof instance->id.bytes},
                      (struct bytes){.data = &instance->stored, .size = sizeof instance->stored},
                      op);
}

static enum err say_number(struct buf *text, uint64_t number)
{
    char digits[32];
    int size = snprintf(digits, sizeof digits, "%" PRIu64, number);
    text->size = 0;
    return buf_append(text, digits, (size_t)size);
}

/* The simulated object: it counts its runs, and writes when it is told to. */
static enum err run_object(struct world *world, size_t region, const struct node_run *run)
{
    struct process *process = &world->processes[region];
    struct instance *instance = find_instance(process, run->instance);
    bool fresh = !instance;
    if (fresh)
        instance = add_instance(process, run);
    struct happening *done =
        plan(world, HAPPEN_DONE, region, world->now_us + world->config.service_us);
    if (!done || !instance)
        return ERR_MEMORY;
    done->run = run->run;
    trace(world, "%s runs %02x%02x, instance %" PRIu64 ", run %" PRIu64,
          process_name(world, region), run->object.id.bytes[0], run->object.id.bytes[1],
          run->instance, run->run);
    if (world->events.run)
        world->events.run(world->owner, &(struct world_run_seen){
                                            .region = region,
                                            .number = node_number(process->node),
                                            .id = run->object.id,
                                            .fresh = fresh,
                                            .instance_count = world_instances(world, &run->object.id),
                                            .stored = instance->stored,
                                            .body = run->body,
                                        });
    if (bytes_equal(run->head, BYTES_LITERAL("echo")))
        return buf_append(&done->bytes, run->body.data, run->body.size);
    instance->run_count++;
    if (bytes_equal(run->head, BYTES_LITERAL("write")))
        done->writes = run->instance;
    return say_number(&done->bytes, instance->run_count);
}

static void stop_instance(struct world *world, size_t region, uint64_t number)
{
    struct process *process = &world->processes[region];
    struct instance *instance = find_instance(process, number);
    trace(world, "%s drops instance %" PRIu64, process_name(world, region), number);
    if (instance)
        *instance = process->instances[--process->instance_count];
}

static enum err perform(struct world *world, size_t region, const struct node_output *output)
{
    struct process *process = &world->processes[region];
    enum err err = OK;
    if (output->note)
        trace(world, "%s notes: %s", process_name(world, region), output->note);
    for (size_t i = 0; !err && i < output->write_count; i++)
        err = disk_write(&process->disk, (int)output->writes[i].table,
                         output->writes[i].table == NODE_HOMES, output->writes[i].key,
                         output->writes[i].value, output->op);
    if (!err && output->op)
        err = plan_persisted(world, region, output->op);
    for (size_t i = 0; !err && i < output->send_count; i++)
        err = send(world, region, &output->sends[i]);
    for (size_t i = 0; !err && i < output->run_count; i++)
        err = run_object(world, region, &output->runs[i]);
    for (size_t i = 0; !err && i < output->stop_count; i++)
        stop_instance(world, region, output->stops[i]);
    for (size_t i = 0; !err && i < output->answer_count; i++)
        if (world->events.answer)
            world->events.answer(world->owner, output->answers[i].token,
                                 &output->answers[i].outcome);
    return err;
}

static enum err step_node(struct world *world, size_t region, struct node_event event)
{
    struct node_output output;
    event.now_us = world->now_us;
    enum err err = node_step(world->processes[region].node, &event, &output);
    return err ? err : perform(world, region, &output);
}

/* Tell the core that an instance wrote, and put the record with the operation that it gives. */
static enum err wrote_storage(struct world *world, size_t region, struct instance *instance)
{
    struct process *process = &world->processes[region];
    struct node_output output;
    struct node_event event = {.type = NODE_WROTE, .now_us = world->now_us};
    event.instance = instance->number;
    enum err err = node_step(process->node, &event, &output);
    if (!err)
        err = write_storage(process, instance, output.op);
    return err ? err : perform(world, region, &output);
}

/* ---- links ---- */

bool world_is_up(const struct world *world, size_t process)
{
    return world->processes[process].coord || world->processes[process].node;
}

static enum err plan_up(struct world *world, size_t a, size_t b)
{
    enum { handshake_us = 1000 };
    if (a == b || !world_is_up(world, a) || !world_is_up(world, b) || wire(world, a, b)->cut ||
        wire(world, b, a)->cut || wire(world, a, b)->up)
        return OK;
    struct happening *up = plan(world, HAPPEN_UP, a, world->now_us + handshake_us);
    if (!up)
        return ERR_MEMORY;
    up->peer = b;
    up->epoch = wire(world, a, b)->epoch;
    return OK;
}

static enum err tell(struct world *world, size_t process, size_t peer, bool up)
{
    uint64_t boot = world->processes[peer].boot;
    if (!world_is_up(world, process))
        return OK;
    if (process == world->region_count)
        return step_coord(world, (struct coord_event){.type = up ? COORD_PEER_UP : COORD_PEER_DOWN,
                                                      .peer = peer,
                                                      .boot = up ? boot : 0});
    struct node_event event = {.type = up ? NODE_PEER_UP : NODE_PEER_DOWN};
    event.peer = peer;
    event.boot = boot;
    return step_node(world, process, event);
}

static enum err bring_up(struct world *world, size_t a, size_t b)
{
    if (wire(world, a, b)->cut || wire(world, a, b)->up || !world_is_up(world, b))
        return OK;
    wire(world, a, b)->up = wire(world, b, a)->up = true;
    wire(world, a, b)->last_us[LANE_CONTROL] = wire(world, a, b)->last_us[LANE_BULK] = 0;
    wire(world, b, a)->last_us[LANE_CONTROL] = wire(world, b, a)->last_us[LANE_BULK] = 0;
    enum err err = tell(world, a, b, true);
    return err ? err : tell(world, b, a, true);
}

static void bring_down(struct world *world, size_t a, size_t b)
{
    bool was_up = wire(world, a, b)->up;
    wire(world, a, b)->up = wire(world, b, a)->up = false;
    wire(world, a, b)->epoch++;
    wire(world, b, a)->epoch++;
    if (!was_up)
        return;
    enum err err = tell(world, a, b, false);
    if (!err)
        err = tell(world, b, a, false);
    CHECK(err == OK);
}

/* ---- what happens ---- */

static enum err deliver(struct world *world, const struct happening *arrival)
{
    size_t to = arrival->process, from = arrival->peer;
    struct msg msg;
    char text[256];
    if (arrival->epoch != wire(world, from, to)->epoch || !world_is_up(world, to))
        return OK;
    enum err err = msg_decode(buf_bytes(&arrival->bytes), &msg);
    CHECK(err == OK); /* the sender is one of ours */
    msg_print(&msg, text, sizeof text);
    trace(world, "%s < %s from %s", process_name(world, to), text, process_name(world, from));
    if (to == world->region_count)
        return step_coord(world,
                          (struct coord_event){.type = COORD_MESSAGE, .peer = from, .msg = &msg});
    struct node_event event = {.type = NODE_MESSAGE};
    event.peer = from;
    event.msg = &msg;
    return step_node(world, to, event);
}

static enum err persisted(struct world *world, const struct happening *happening)
{
    size_t process = happening->process;
    disk_sync(&world->processes[process].disk, happening->op);
    if (process == world->region_count)
        return step_coord(world,
                          (struct coord_event){.type = COORD_PERSISTED, .op = happening->op});
    return step_node(world, process,
                     (struct node_event){.type = NODE_PERSISTED, .op = happening->op});
}

/* A handler ends: what it wrote goes first, then its answer. */
static enum err done(struct world *world, struct happening *happening)
{
    struct instance *instance =
        find_instance(&world->processes[happening->process], happening->writes);
    struct node_event event = {.type = NODE_DONE};
    enum err err = OK;
    if (instance)
        err = wrote_storage(world, happening->process, instance);
    if (!err && instance)
        err = say_number(&happening->bytes, instance->stored);
    event.done.run = happening->run;
    event.done.outcome = (struct outcome){.kind = OUTCOME_RESPONSE,
                                          .head = BYTES_LITERAL("200"),
                                          .body = buf_bytes(&happening->bytes)};
    return err ? err : step_node(world, happening->process, event);
}

static enum err happen(struct world *world, struct happening *happening)
{
    const struct process *process = &world->processes[happening->process];
    if (!world_is_up(world, happening->process) || process->boot != happening->boot)
        return OK;
    switch (happening->kind) {
    case HAPPEN_UP:
        return happening->epoch == wire(world, happening->process, happening->peer)->epoch
                   ? bring_up(world, happening->process, happening->peer)
                   : OK;
    case HAPPEN_MESSAGE: return deliver(world, happening);
    case HAPPEN_PERSISTED: return persisted(world, happening);
    case HAPPEN_DONE: return done(world, happening);
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
        return step_coord(world, (struct coord_event){.type = COORD_TIMEOUT});
    return step_node(world, process, (struct node_event){.type = NODE_TIMEOUT});
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
            if (stats.calls || stats.visits || stats.runs || stats.held)
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

static enum err restore(struct world *world, size_t index)
{
    struct process *process = &world->processes[index];
    enum err err = OK;
    for (size_t i = 0; !err && i < process->disk.count; i++) {
        const struct disk_record *record = &process->disk.records[i];
        if (!disk_is_current(&process->disk, i))
            continue;
        if (process->coord)
            err = coord_restore(process->coord, buf_bytes(&record->value));
        else if (record->table == NODE_META)
            err = node_restore(process->node, NODE_META, buf_bytes(&record->key),
                               buf_bytes(&record->value));
    }
    for (size_t i = 0; !err && process->node && i < process->disk.count; i++) {
        const struct disk_record *record = &process->disk.records[i];
        if ((record->table == NODE_HOMES || record->table == NODE_CACHE) &&
            disk_is_current(&process->disk, i))
            err = node_restore(process->node, (enum node_table)record->table,
                               buf_bytes(&record->key), buf_bytes(&record->value));
    }
    return err;
}

static enum err create_core(struct world *world, size_t index)
{
    struct process *process = &world->processes[index];
    if (index == world->region_count) {
        struct coord_config config = {.topology = world->config.topology,
                                      .policy = &place_policies[0],
                                      .check = world->config.check,
                                      .boot = process->boot,
                                      .seed = world->config.seed,
                                      .pending_count_max = 100000};
        memcpy(config.incarnation, process->incarnation, CLUSTER_ID_BYTES);
        return coord_create(&config, &process->coord);
    }
    struct node_config config = {.topology = world->config.topology,
                                 .region = index,
                                 .policy = &place_policies[0],
                                 .boot = process->boot,
                                 .spaces = space_names,
                                 .space_count = 1,
                                 .limits = world->config.limits};
    memcpy(config.incarnation, process->incarnation, CLUSTER_ID_BYTES);
    return node_create(&config, &process->node);
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
    enum err err = create_core(world, index);
    if (!err)
        err = restore(world, index);
    trace(world, "%s starts, boot %" PRIu64, process_name(world, index),
          world->processes[index].boot);
    for (size_t peer = 0; !err && peer < world->process_count; peer++)
        err = plan_up(world, index, peer);
    return err;
}

void world_crash(struct world *world, size_t index)
{
    struct process *process = &world->processes[index];
    trace(world, "%s crashes", process_name(world, index));
    coord_destroy(process->coord);
    node_destroy(process->node);
    process->coord = NULL;
    process->node = NULL;
    process->instance_count = 0;
    disk_crash(&process->disk);
    for (size_t peer = 0; peer < world->process_count; peer++)
        if (peer != index)
            bring_down(world, index, peer);
}

void world_wipe(struct world *world, size_t index)
{
    CHECK(!world_is_up(world, index));
    trace(world, "%s loses its data", process_name(world, index));
    disk_finish(&world->processes[index].disk);
    draw_incarnation(world, index);
}

void world_cut(struct world *world, size_t a, size_t b)
{
    trace(world, "cut %s %s", process_name(world, a), process_name(world, b));
    wire(world, a, b)->cut = wire(world, b, a)->cut = true;
    bring_down(world, a, b);
}

enum err world_heal(struct world *world, size_t a, size_t b)
{
    trace(world, "heal %s %s", process_name(world, a), process_name(world, b));
    wire(world, a, b)->cut = wire(world, b, a)->cut = false;
    return plan_up(world, a, b);
}

/* ---- calls and looks ---- */

enum err world_call(struct world *world, size_t region, uint64_t token,
                    const struct object_ref *object, enum hint hint, struct bytes head,
                    struct bytes body)
{
    struct node_event event = {.type = NODE_CALL};
    event.call = (struct node_call){
        .token = token, .object = *object, .hint = hint, .head = head, .body = body};
    trace(world, "%s calls %02x%02x", process_name(world, region), object->id.bytes[0],
          object->id.bytes[1]);
    return step_node(world, region, event);
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
    id_keys_derive(cluster_key, bytes_of(space_name), JURISDICTION_NONE, &world->keys);
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
