#include "common/check.h"
#include "sim/bodies.h"
#include "sim/observe.h"
#include "sim/world_internal.h"

#include <string.h>

/* A process: the production core and its disk. Outputs are performed in the order in which the
 * production shells perform them; the process may be doomed after each part. */

static const char *const space_names[] = {WORLD_SPACE_NAME};

/* ---- the disk ---- */

enum err process_plan_persisted(struct world *world, size_t index, uint64_t op)
{
    struct process *process = &world->processes[index];
    uint64_t takes_us =
        process->disk_state == DISK_SLOW ? process->disk_slow_us : world->config.disk_us;
    uint64_t at_us = world->now_us + takes_us;
    if (at_us < process->persisted_us)
        at_us = process->persisted_us;
    process->persisted_us = at_us;
    struct happening *done = world_plan(world, HAPPEN_PERSISTED, index, at_us);
    if (!done)
        return ERR_MEMORY;
    done->op = op;
    return OK;
}

enum err process_persisted(struct world *world, const struct happening *happening)
{
    size_t index = happening->process;
    struct process *process = &world->processes[index];
    bool fails = process->disk_state == DISK_FULL || process->disk_state == DISK_FAILING;
    if (happening->op <= process->durable_op) /* a newer one, tried again, has taken it along */
        return OK;
    if (fails)
        process->stuck_op = happening->op;
    if (process->disk_state != DISK_FULL) {
        enum err err = disk_sync(&process->disk, happening->op);
        if (err)
            return err;
    }
    if (fails || process_reached(world, index, MOMENT_COMMIT, 0))
        return OK;
    process->durable_op = happening->op;
    enum err err =
        index == world->region_count
            ? process_step_coord(world,
                                 (struct coord_event){.type = COORD_PERSISTED, .op = happening->op})
            : process_step_node(world, index,
                                (struct node_event){.type = NODE_PERSISTED, .op = happening->op});
    if (!err)
        process_reached(world, index, MOMENT_PERSISTED, 0);
    return err;
}

enum err world_set_disk(struct world *world, size_t index, enum disk_state state, uint64_t slow_us)
{
    static const char *const words[] = {"is well", "is slow", "is full", "fails"};
    struct process *process = &world->processes[index];
    world_trace(world, "%s: the disk %s", world_process_name(world, index), words[state]);
    process->disk_state = state;
    process->disk_slow_us = slow_us;
    life_note_trouble(world, index);
    uint64_t op = process->stuck_op;
    if (!op || state == DISK_FULL || state == DISK_FAILING || !world_is_up(world, index))
        return OK;
    process->stuck_op = 0;
    return process_plan_persisted(world, index, op);
}

/* ---- the coordinator ---- */

static enum err write_coord(struct world *world, const struct coord_output *output)
{
    enum err err = world->config.diskless
                       ? OK
                       : disk_write(&world->processes[world->region_count].disk, 0,
                                    (struct bytes){0}, output->record, output->op);
    return err ? err : process_plan_persisted(world, world->region_count, output->op);
}

static void note(struct world *world, size_t process, const char *text)
{
    if (!text)
        return;
    world_trace(world, "%s notes: %s", world_process_name(world, process), text);
    world_tell(world, (struct told){.kind = TOLD_NOTE, .process = process, .text = text});
}

static enum err send_all(struct world *world, size_t process, const struct outgoing *sends,
                         size_t count)
{
    for (size_t i = 0; i < count; i++) {
        enum err err = world_send(world, process, &sends[i]);
        if (err || process_reached(world, process, MOMENT_SENT, sends[i].msg.type))
            return err;
    }
    return OK;
}

static enum err perform_coord(struct world *world, const struct coord_output *output)
{
    size_t index = world->region_count;
    note(world, index, output->note);
    if (output->op) {
        enum err err = write_coord(world, output);
        if (err || process_reached(world, index, MOMENT_WRITE, 0))
            return err;
    }
    return send_all(world, index, output->sends, output->send_count);
}

enum err process_step_coord(struct world *world, struct coord_event event)
{
    size_t index = world->region_count;
    struct coord_output output;
    if (!process_is_alive(world, index))
        return OK;
    world->event_count++;
    event.now_us = clock_now_us(world, index);
    enum err step_err = coord_step(world->processes[index].coord, &event, &output);
    const struct coord_event nothing = {.type = COORD_TIMEOUT, .now_us = event.now_us};
    observe_coord(world, step_err ? &nothing : &event, &output);
    enum err err = perform_coord(world, &output);
    if (!err && step_err) /* memory was short: what was output holds, and the event comes again */
        return process_step_coord(world, event);
    return err ? err : clock_set_alarm(world, index);
}

/* ---- a node ---- */

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

static enum err write_node(struct world *world, size_t region, const struct node_output *output)
{
    enum err err = OK;
    for (size_t i = 0; !err && !world->config.diskless && i < output->write_count; i++) {
        const struct node_write *write = &output->writes[i];
        err = disk_write(&world->processes[region].disk, (size_t)write->table, write->key,
                         write->value, output->op);
    }
    if (!err && output->op)
        err = process_plan_persisted(world, region, output->op);
    return err;
}

static enum err perform_inside(struct world *world, size_t region, const struct node_output *output)
{
    enum err err = OK;
    for (size_t i = 0; i < output->stop_count; i++)
        objects_stop(world, region, output->stops[i]);
    for (size_t i = 0; !err && i < output->answer_count; i++)
        err = objects_answer(world, region, &output->answers[i]);
    for (size_t i = 0; i < output->located_count; i++)
        trace_located(world, region, &output->located[i]);
    for (size_t i = 0; !err && i < output->run_count; i++) {
        err = objects_run(world, region, &output->runs[i]);
        if (err || process_reached(world, region, MOMENT_RUN, 0))
            return err;
    }
    for (size_t i = 0; !err && i < output->part_count; i++)
        err = bodies_on_part(world, region, &output->parts[i]);
    for (size_t i = 0; !err && i < output->pull_count; i++)
        err = bodies_on_pull(world, region, &output->pulls[i]);
    return err;
}

/* As the shell ends: what it writes is the last that it does. */
static enum err end_outdated(struct world *world, size_t region, const struct node_output *output)
{
    struct process *process = &world->processes[region];
    bool writes = process->disk_state == DISK_WELL || process->disk_state == DISK_SLOW;
    enum err err = write_node(world, region, output);
    if (!err && writes)
        err = disk_sync(&process->disk, output->op);
    world_trace(world, "%s ends: its data is an older copy", world_process_name(world, region));
    process->doomed = world->doom = true;
    return err;
}

static enum err perform_node(struct world *world, size_t region, const struct node_output *output)
{
    note(world, region, output->note);
    if (output->outdated)
        return end_outdated(world, region, output);
    enum err err = write_node(world, region, output);
    if (err || (output->op && process_reached(world, region, MOMENT_WRITE, 0)))
        return err;
    err = send_all(world, region, output->sends, output->send_count);
    if (err || world->processes[region].doomed)
        return err;
    return perform_inside(world, region, output);
}

/* Tell the core that an instance wrote; the record goes with the operation that it gives. */
static enum err write_storage(struct world *world, size_t region, uint64_t number, uint64_t op)
{
    struct process *process = &world->processes[region];
    struct instance *instance;
    HASH_FIND(hh, process->instances, &number, sizeof number, instance);
    CHECK(instance != NULL);
    instance->stored++;
    return disk_write(&process->disk, TABLE_STORAGE,
                      (struct bytes){.data = instance->id.bytes, .size = sizeof instance->id.bytes},
                      (struct bytes){.data = &instance->stored, .size = sizeof instance->stored},
                      op);
}

enum err process_step_node(struct world *world, size_t region, struct node_event event)
{
    struct node_output output;
    if (!process_is_alive(world, region))
        return OK;
    world->event_count++;
    event.now_us = clock_now_us(world, region);
    enum err step_err = node_step(world->processes[region].node, &event, &output);
    enum err err = OK;
    const struct node_event nothing = {.type = NODE_TIMEOUT, .now_us = event.now_us};
    if (output.outdated)
        output = (struct node_output){.outdated = true,
                                      .note = output.note,
                                      .writes = output.writes,
                                      .write_count = output.write_count,
                                      .op = output.op};
    observe_node(world, region, step_err ? &nothing : &event, &output);
    if (event.type == NODE_WROTE && !world->config.light)
        err = write_storage(world, region, event.instance, output.op);
    if (!err)
        err = perform_node(world, region, &output);
    if (!err && world->processes[region].alone && node_is_open(world->processes[region].node))
        err = life_open(world, region);
    if (!err && step_err) /* memory was short: what was output holds, and the event comes again */
        return process_step_node(world, region, event);
    return err ? err : clock_set_alarm(world, region);
}

/* ---- what happens ---- */

enum err process_timeout(struct world *world, size_t process)
{
    return process == world->region_count
               ? process_step_coord(world, (struct coord_event){.type = COORD_TIMEOUT})
               : process_step_node(world, process, (struct node_event){.type = NODE_TIMEOUT});
}

enum err process_hear(struct world *world, size_t process, size_t peer, const struct msg *msg)
{
    if (process == world->region_count)
        return process_step_coord(
            world, (struct coord_event){.type = COORD_MESSAGE, .peer = peer, .msg = msg});
    struct node_event event = {.type = NODE_MESSAGE};
    event.peer = peer;
    event.msg = msg;
    return process_step_node(world, process, event);
}

/* ---- processes ---- */

static enum err restore_coord(void *owner, size_t table, struct bytes key, struct bytes value)
{
    (void)table;
    (void)key;
    return coord_restore(owner, value);
}

static enum err restore_node(void *owner, size_t table, struct bytes key, struct bytes value)
{
    return node_restore(owner, (enum node_table)table, key, value);
}

enum err process_restore(struct world *world, size_t index)
{
    struct process *process = &world->processes[index];
    if (process->coord)
        return disk_visit(&process->disk, 0, restore_coord, process->coord);
    enum err err = disk_visit(&process->disk, NODE_META, restore_node, process->node);
    if (!err)
        err = disk_visit(&process->disk, NODE_HOMES, restore_node, process->node);
    return err ? err : disk_visit(&process->disk, NODE_CACHE, restore_node, process->node);
}

enum err process_create_core(struct world *world, size_t index)
{
    struct process *process = &world->processes[index];
    const struct place_policy *policy =
        world->config.policy ? world->config.policy : &place_policies[0];
    if (index == world->region_count) {
        struct coord_config config = {.topology = world->config.topology,
                                      .policy = policy,
                                      .push = world->config.push,
                                      .check = world->config.check,
                                      .boot = process->boot,
                                      .seed = world->config.seed,
                                      .pending_count_max = 100000};
        memcpy(config.incarnation, process->incarnation, CLUSTER_ID_BYTES);
        return coord_create(&config, &process->coord);
    }
    struct node_config config = {.topology = world->config.topology,
                                 .region = index,
                                 .policy = policy,
                                 .now_us = clock_now_us(world, index),
                                 .boot = process->boot,
                                 .lives = process->lives,
                                 .spaces = space_names,
                                 .space_count = 1,
                                 .limits = world->config.limits};
    memcpy(config.incarnation, process->incarnation, CLUSTER_ID_BYTES);
    return node_create(&config, &process->node);
}
