#include "common/check.h"
#include "common/grow.h"
#include "proto/codec.h"
#include "sim/world_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* A process: the production core, its disk, and the simulated objects that it hosts. */

static const char *const space_names[] = {WORLD_SPACE_NAME};

static enum err plan_persisted(struct world *world, size_t process, uint64_t op)
{
    struct happening *done =
        world_plan(world, HAPPEN_PERSISTED, process, world->now_us + world->config.disk_us);
    if (!done)
        return ERR_MEMORY;
    done->op = op;
    return OK;
}

/* ---- steps ---- */

enum err process_step_coord(struct world *world, struct coord_event event)
{
    struct process *process = &world->processes[world->region_count];
    struct coord_output output;
    event.now_us = world->now_us;
    enum err err = coord_step(process->coord, &event, &output);
    if (output.note)
        world_trace(world, "coord notes: %s", output.note);
    for (size_t i = 0; !err && i < output.send_count; i++)
        err = world_send(world, world->region_count, &output.sends[i]);
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
        world_plan(world, HAPPEN_DONE, region, world->now_us + world->config.service_us);
    if (!done || !instance)
        return ERR_MEMORY;
    done->run = run->run;
    done->instance = run->instance;
    world_trace(world, "%s runs %02x%02x, instance %" PRIu64 ", run %" PRIu64,
                world_process_name(world, region), run->object.id.bytes[0], run->object.id.bytes[1],
                run->instance, run->run);
    if (world->events.run)
        world->events.run(world->owner,
                          &(struct world_run_seen){
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
    done->writes = bytes_equal(run->head, BYTES_LITERAL("write"));
    done->breaks = bytes_equal(run->head, BYTES_LITERAL("abort"));
    return say_number(&done->bytes, instance->run_count);
}

static void stop_instance(struct world *world, size_t region, uint64_t number)
{
    struct process *process = &world->processes[region];
    struct instance *instance = find_instance(process, number);
    world_trace(world, "%s drops instance %" PRIu64, world_process_name(world, region), number);
    if (instance)
        *instance = process->instances[--process->instance_count];
}

static void trace_located(struct world *world, size_t region, const struct node_located *located)
{
    const char *name = world_process_name(world, region);
    if (located->fail)
        world_trace(world, "%s cannot tell: %s %s", name, fail_name(located->fail), located->code);
    else if (located->home_number)
        world_trace(world, "%s finds it in %s, at %u", name, located->code, located->home_number);
    else
        world_trace(world, "%s finds it nowhere: not placed yet", name);
}

static enum err perform(struct world *world, size_t region, const struct node_output *output)
{
    struct process *process = &world->processes[region];
    enum err err = OK;
    if (output->note)
        world_trace(world, "%s notes: %s", world_process_name(world, region), output->note);
    for (size_t i = 0; !err && i < output->write_count; i++)
        err = disk_write(&process->disk, (int)output->writes[i].table,
                         output->writes[i].table == NODE_HOMES, output->writes[i].key,
                         output->writes[i].value, output->op);
    if (!err && output->op)
        err = plan_persisted(world, region, output->op);
    for (size_t i = 0; !err && i < output->send_count; i++)
        err = world_send(world, region, &output->sends[i]);
    for (size_t i = 0; !err && i < output->run_count; i++)
        err = run_object(world, region, &output->runs[i]);
    for (size_t i = 0; !err && i < output->stop_count; i++)
        stop_instance(world, region, output->stops[i]);
    for (size_t i = 0; !err && i < output->answer_count; i++)
        if (world->events.answer)
            world->events.answer(world->owner, output->answers[i].token,
                                 &output->answers[i].outcome);
    for (size_t i = 0; !err && i < output->located_count; i++)
        trace_located(world, region, &output->located[i]);
    return err;
}

enum err process_step_node(struct world *world, size_t region, struct node_event event)
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

/* ---- what happens ---- */

enum err process_deliver(struct world *world, const struct happening *arrival)
{
    size_t to = arrival->process, from = arrival->peer;
    struct msg msg;
    char text[256];
    if (arrival->epoch != world_wire(world, from, to)->epoch || !world_is_up(world, to))
        return OK;
    enum err err = msg_decode(buf_bytes(&arrival->bytes), &msg);
    CHECK(err == OK); /* the sender is one of ours */
    msg_print(&msg, text, sizeof text);
    world_trace(world, "%s < %s from %s", world_process_name(world, to), text,
                world_process_name(world, from));
    if (to == world->region_count)
        return process_step_coord(
            world, (struct coord_event){.type = COORD_MESSAGE, .peer = from, .msg = &msg});
    struct node_event event = {.type = NODE_MESSAGE};
    event.peer = from;
    event.msg = &msg;
    return process_step_node(world, to, event);
}

enum err process_persisted(struct world *world, const struct happening *happening)
{
    size_t process = happening->process;
    disk_sync(&world->processes[process].disk, happening->op);
    if (process == world->region_count)
        return process_step_coord(
            world, (struct coord_event){.type = COORD_PERSISTED, .op = happening->op});
    return process_step_node(world, process,
                             (struct node_event){.type = NODE_PERSISTED, .op = happening->op});
}

enum err process_done(struct world *world, struct happening *happening)
{
    struct process *process = &world->processes[happening->process];
    struct instance *instance = find_instance(process, happening->instance);
    enum err err = OK;
    if (instance && happening->writes) {
        err = wrote_storage(world, happening->process, instance);
        if (!err)
            err = say_number(&happening->bytes, instance->stored);
    }
    bool broken = !instance || happening->breaks;
    if (!err && instance && happening->breaks) {
        struct node_event event = {.type = NODE_BROKEN};
        event.instance = happening->instance;
        stop_instance(world, happening->process, happening->instance);
        err = process_step_node(world, happening->process, event);
    }
    struct node_event event = {.type = NODE_DONE};
    event.done.run = happening->run;
    event.done.outcome = (struct outcome){.kind = broken ? OUTCOME_THROWN : OUTCOME_RESPONSE,
                                          .head = BYTES_LITERAL("200"),
                                          .body = buf_bytes(&happening->bytes)};
    return err ? err : process_step_node(world, happening->process, event);
}

/* ---- processes ---- */

enum err process_restore(struct world *world, size_t index)
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

enum err process_create_core(struct world *world, size_t index)
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
