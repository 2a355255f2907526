#include "sim/observe.h"

#include <string.h>

/* ---- words for what happens ---- */

static void say(struct world *world, struct seen *seen)
{
    seen->now_us = world->now_us;
    seen->clock_us = clock_now_us(world, seen->process);
    world->events.seen(world->owner, seen);
}

void observe_life(struct world *world, enum seen_kind kind, size_t process)
{
    if (world->events.seen)
        say(world, &(struct seen){.kind = kind, .process = process});
}

/* The coordinator's disk holds its log, and nothing else. */
void observe_restored(struct world *world, size_t index, bool older)
{
    struct seen seen = {.kind = SEEN_RESTORED, .process = index};
    const struct process *process = &world->processes[index];
    seen.restored.older = older;
    seen.restored.boot = process->boot;
    seen.restored.length = process->disk.version;
    if (world->events.seen)
        say(world, &seen);
}

void observe_made(struct world *world, size_t region, const struct object_id *id)
{
    struct seen seen = {.kind = SEEN_MADE, .process = region};
    seen.id = *id;
    if (world->events.seen)
        say(world, &seen);
}

void observe_run(struct world *world, size_t region, const struct node_run *run, bool fresh,
                 uint64_t stored)
{
    struct seen seen = {.kind = SEEN_RUN, .process = region};
    if (!world->events.seen)
        return;
    seen.run = (struct seen_run){.run = run->run,
                                 .token = world_token(run->head),
                                 .id = run->object.id,
                                 .instance = run->instance,
                                 .number = node_number(world->processes[region].node),
                                 .fresh = fresh,
                                 .stored = stored};
    say(world, &seen);
}

void observe_dropped(struct world *world, size_t region, const struct object_id *id,
                     uint64_t instance)
{
    struct seen seen = {.kind = SEEN_DROPPED, .process = region};
    seen.dropped.id = *id;
    seen.dropped.instance = instance;
    if (world->events.seen)
        say(world, &seen);
}

/* ---- the steps of cores ---- */

static void see_link(struct seen *seen, size_t peer, uint64_t boot)
{
    seen->kind = SEEN_LINK;
    seen->peer = peer;
    seen->up = boot != 0;
    seen->boot = boot;
}

static void see_message(struct seen *seen, size_t peer, const struct msg *msg)
{
    seen->kind = SEEN_ARRIVED;
    seen->peer = peer;
    seen->msg = msg;
}

static void see_durable(struct seen *seen, uint64_t op)
{
    seen->kind = SEEN_DURABLE;
    seen->op = op;
}

static void see_call(struct seen *seen, const struct node_call *call)
{
    seen->kind = SEEN_CALLED;
    seen->call = (struct seen_call){.token = call->token,
                                    .object = call->object,
                                    .hint = call->hint,
                                    .nested = call->from_instance != 0,
                                    .writes = objects_writes(call->head)};
}

static void say_sends(struct world *world, struct seen seen, const struct outgoing *sends,
                      size_t send_count)
{
    seen.kind = SEEN_SENT;
    for (size_t i = 0; i < send_count; i++) {
        seen.peer = sends[i].peer;
        seen.msg = &sends[i].msg;
        say(world, &seen);
    }
}

static void say_written(struct world *world, struct seen seen, uint64_t op)
{
    seen.kind = SEEN_WRITTEN;
    seen.op = op;
    if (op)
        say(world, &seen);
}

/* A home: the id, then the birth number, as both cores write it. */
static void say_home(struct world *world, struct seen seen, struct bytes home)
{
    const uint8_t *data = home.data;
    seen.kind = SEEN_RECORD;
    memcpy(seen.record.id.bytes, data, OBJECT_ID_BYTES);
    seen.record.home_number = (uint16_t)(data[OBJECT_ID_BYTES] << 8 | data[OBJECT_ID_BYTES + 1]);
    say(world, &seen);
}

/* The two logs may go on alike after the copy, when the same node joins again. */
static void compare_logs(struct world *world)
{
    const struct process *coord = &world->processes[world->region_count];
    say(world, &(struct seen){.kind = SEEN_COMPARED,
                              .process = world->region_count,
                              .common_length = disk_common(&coord->disk, &coord->replaced, 0)});
}

void observe_coord(struct world *world, const struct coord_event *event,
                   const struct coord_output *output)
{
    enum { claim_record_bytes = 1 + OBJECT_ID_BYTES + 2 };
    struct seen seen = {.kind = SEEN_STEPPED, .process = world->region_count};
    struct seen after = seen;
    if (!world->events.seen)
        return;
    switch (event->type) {
    case COORD_PEER_UP: see_link(&seen, event->peer, event->boot); break;
    case COORD_PEER_DOWN: see_link(&seen, event->peer, 0); break;
    case COORD_MESSAGE:
        if (event->msg->type == MSG_JOIN)
            compare_logs(world);
        see_message(&seen, event->peer, event->msg);
        break;
    case COORD_PERSISTED: see_durable(&seen, event->op); break;
    case COORD_TIMEOUT: break;
    }
    say(world, &seen);
    say_written(world, after, output->op);
    const uint8_t *record = output->record.data;
    if (output->record.size == claim_record_bytes && record[0] == 'C')
        say_home(world, after, (struct bytes){.data = record + 1, .size = claim_record_bytes - 1});
    say_sends(world, after, output->sends, output->send_count);
}

static struct seen begin_node(size_t region, const struct node_event *event)
{
    struct seen seen = {.kind = SEEN_STEPPED, .process = region};
    switch (event->type) {
    case NODE_PEER_UP: see_link(&seen, event->peer, event->boot); break;
    case NODE_PEER_DOWN: see_link(&seen, event->peer, 0); break;
    case NODE_MESSAGE: see_message(&seen, event->peer, event->msg); break;
    case NODE_CALL: see_call(&seen, &event->call); break;
    case NODE_PERSISTED: see_durable(&seen, event->op); break;
    case NODE_DONE:
    case NODE_WROTE:
    case NODE_BROKEN:
    case NODE_PART:
    case NODE_PULL:
    case NODE_LOCATE:
    case NODE_TIMEOUT: break;
    }
    return seen;
}

void observe_node(struct world *world, size_t region, const struct node_event *event,
                  const struct node_output *output)
{
    struct seen after = {.process = region};
    if (!world->events.seen)
        return;
    struct seen seen = begin_node(region, event);
    say(world, &seen);
    say_written(world, after, output->op);
    for (size_t i = 0; i < output->write_count; i++)
        if (output->writes[i].table == NODE_HOMES)
            say_home(world, after, output->writes[i].value);
    if (output->joined_number) {
        struct seen joined = after;
        joined.kind = SEEN_JOINED;
        joined.number = output->joined_number;
        say(world, &joined);
    }
    say_sends(world, after, output->sends, output->send_count);
    for (size_t i = 0; i < output->answer_count; i++) {
        struct seen answered = after;
        answered.kind = SEEN_ANSWERED;
        answered.answer.token = output->answers[i].token;
        answered.answer.outcome = &output->answers[i].outcome;
        say(world, &answered);
    }
}
