#include "common/check.h"
#include "sim/parcel.h"
#include "sim/world_internal.h"

#include <stdlib.h>

/* Links: delay and jitter from the topology, order within a lane, cuts and holds. */

/* After so much silence a peer is given up. */
#define GIVE_UP_US (UINT64_C(5) * 1000 * 1000)

struct wire *world_wire(struct world *world, size_t from, size_t to)
{
    return &world->wires[from * world->process_count + to];
}

/* ---- messages ---- */

static size_t coordinator_region(const struct world *world, size_t shard)
{
    return world->config.shard_count ? world->config.shards[shard]
                                     : world->config.topology->coordinator_region;
}

size_t world_shard(const struct world_config *config, const struct object_id *id)
{
    /* Bytes of a MAC, as good as random. */
    return config->shard_count ? (size_t)(id->bytes[14] << 8 | id->bytes[15]) % config->shard_count
                               : 0;
}

/* Which shard a message to or from the coordinator goes to or comes from. */
static size_t shard_of(const struct world *world, const struct msg *msg)
{
    switch (msg->type) {
    case MSG_CLAIM: return world_shard(&world->config, &msg->claim.object.id);
    case MSG_PLACED: return world_shard(&world->config, &msg->placed.id);
    case MSG_LOCATE: return world_shard(&world->config, &msg->locate.id);
    case MSG_LOCATED: return world_shard(&world->config, &msg->located.id);
    case MSG_JOIN:
    case MSG_WELCOME:
    case MSG_REFUSED:
    case MSG_FETCH:
    case MSG_REPLY:
    case MSG_BODY:
    case MSG_CREDIT:
    case MSG_CANCEL: return 0;
    }
    return 0;
}

static uint64_t one_way_us(struct world *world, size_t from, size_t to, size_t shard)
{
    const struct topology *topology = world->config.topology;
    size_t a = from == world->region_count ? coordinator_region(world, shard) : from;
    size_t b = to == world->region_count ? coordinator_region(world, shard) : to;
    uint64_t way_us =
        topology_rtt_us(topology, a, b) / 2 + jitter_draw(&topology->jitter, &world->jitter_rng);
    if (world->jitter_us)
        way_us += rng_below(&world->fault_rng, world->jitter_us);
    return way_us + world_wire(world, from, to)->more_us;
}

/* The shards' wires are in order each for itself; only that of the first one, which also hears of
 * joining, needs to be. */
static uint64_t arrival_us(struct world *world, size_t from, size_t to, bool bulk, size_t shard)
{
    uint64_t *last_us = &world_wire(world, from, to)->last_us[bulk ? LANE_BULK : LANE_CONTROL];
    uint64_t at_us = world->now_us + one_way_us(world, from, to, shard);
    if (shard > 0)
        return at_us;
    if (at_us < *last_us)
        at_us = *last_us;
    *last_us = at_us;
    return at_us;
}

static struct happening *plan_message(struct world *world, size_t from, size_t to,
                                      const struct msg *msg)
{
    bool bulk = msg_carries_body(msg->type);
    size_t shard = world->config.shard_count ? shard_of(world, msg) : 0;
    struct happening *arrival =
        world_plan(world, HAPPEN_MESSAGE, to, arrival_us(world, from, to, bulk, shard));
    if (!arrival)
        return NULL;
    arrival->peer = from;
    arrival->epoch = world_wire(world, from, to)->epoch;
    arrival->bulk = bulk;
    return parcel_pack(msg, world->config.light, &arrival->bytes) ? NULL : arrival;
}

static enum err repeat(struct world *world, size_t from, size_t to, const struct msg *msg,
                       uint64_t message)
{
    struct wire *wire = world_wire(world, from, to);
    if (!wire->repeat || msg->type == MSG_BODY || msg->type == MSG_CREDIT)
        return OK;
    wire->repeat = false;
    struct happening *again = plan_message(world, from, to, msg);
    if (again)
        again->message = message;
    return again ? OK : ERR_MEMORY;
}

static void hold_back(struct world *world, struct wire *wire, struct happening *arrival)
{
    heap_remove(&world->happenings, &arrival->item);
    DL_APPEND(wire->waiting, arrival);
}

enum err world_send(struct world *world, size_t from, const struct outgoing *outgoing)
{
    size_t to = outgoing->peer;
    struct wire *wire = world_wire(world, from, to);
    uint64_t message = ++world->message_count;
    world_tell(world, (struct told){.kind = TOLD_SENT,
                                    .process = from,
                                    .peer = to,
                                    .message = message,
                                    .msg = &outgoing->msg});
    if (!wire->up) {
        if (world_traced(world)) {
            char text[256];
            msg_print(&outgoing->msg, text, sizeof text);
            world_trace(world, "%s > %s  lost: the link is down", world_process_name(world, from),
                        text);
        }
        world_tell(world, (struct told){
                              .kind = TOLD_LOST, .process = from, .peer = to, .message = message});
        return OK;
    }
    struct happening *arrival = plan_message(world, from, to, &outgoing->msg);
    if (!arrival)
        return ERR_MEMORY;
    arrival->message = message;
    if (!world->config.light)
        world_mix_bytes(world, buf_bytes(&arrival->bytes));
    if (wire->held || wire->cut_way) {
        hold_back(world, wire, arrival);
        return OK;
    }
    return repeat(world, from, to, &outgoing->msg, message);
}

/* It was under way when the link was lost. Its bytes may come up again later. */
static void lose(struct world *world, struct happening *arrival)
{
    struct wire *wire = world_wire(world, arrival->peer, arrival->process);
    world_tell(world, (struct told){.kind = TOLD_LOST,
                                    .process = arrival->peer,
                                    .peer = arrival->process,
                                    .message = arrival->message});
    struct buf swapped = wire->stale;
    wire->stale = arrival->bytes;
    arrival->bytes = swapped;
}

static enum err hear(struct world *world, size_t to, size_t from, const struct msg *msg,
                     uint64_t message)
{
    if (world_traced(world)) {
        char text[256];
        msg_print(msg, text, sizeof text);
        world_trace(world, "%s < %s from %s", world_process_name(world, to), text,
                    world_process_name(world, from));
    }
    world_tell(
        world,
        (struct told){
            .kind = TOLD_ARRIVED, .process = to, .peer = from, .message = message, .msg = msg});
    return process_hear(world, to, from, msg);
}

enum err network_deliver(struct world *world, struct happening *arrival)
{
    size_t to = arrival->process, from = arrival->peer;
    const struct process *process = &world->processes[to];
    bool lost = !arrival->arrived && arrival->epoch != world_wire(world, from, to)->epoch;
    if (lost || !process_is_alive(world, to) || process->lives.of[0] != arrival->life) {
        lose(world, arrival);
        return OK;
    }
    struct msg room;
    return hear(world, to, from, parcel_open(&arrival->bytes, world->config.light, &room),
                arrival->message);
}

/* ---- up and down ---- */

static bool can_come_up(struct world *world, size_t a, size_t b)
{
    const struct wire *there = world_wire(world, a, b), *back = world_wire(world, b, a);
    size_t coordinator = world->region_count;
    bool alone = world->processes[a].alone || world->processes[b].alone;
    return a != b && (!alone || a == coordinator || b == coordinator) &&
           process_is_alive(world, a) && process_is_alive(world, b) &&
           !world->processes[a].stopped && !world->processes[b].stopped && !there->cut &&
           !back->cut && !there->cut_way && !back->cut_way && !there->up && !there->told_up &&
           !back->told_up;
}

enum err network_plan_up(struct world *world, size_t a, size_t b)
{
    enum { handshake_us = 1000 };
    if (!can_come_up(world, a, b))
        return OK;
    struct happening *up = world_plan(world, HAPPEN_UP, a, world->now_us + handshake_us);
    if (!up)
        return ERR_MEMORY;
    up->peer = b;
    up->epoch = world_wire(world, a, b)->epoch;
    return OK;
}

static enum err tell(struct world *world, size_t process, size_t peer, bool up)
{
    uint64_t boot = world->processes[peer].boot;
    world_wire(world, process, peer)->told_up = up;
    if (!process_is_alive(world, process))
        return OK;
    if (process == world->region_count)
        return process_step_coord(world,
                                  (struct coord_event){.type = up ? COORD_PEER_UP : COORD_PEER_DOWN,
                                                       .peer = peer,
                                                       .boot = up ? boot : 0});
    struct node_event event = {.type = up ? NODE_PEER_UP : NODE_PEER_DOWN};
    event.peer = peer;
    event.boot = boot;
    return process_step_node(world, process, event);
}

enum err network_bring_up(struct world *world, size_t a, size_t b)
{
    if (!can_come_up(world, a, b))
        return OK;
    struct wire *wires[] = {world_wire(world, a, b), world_wire(world, b, a)};
    for (int i = 0; i < 2; i++) {
        wires[i]->up = true;
        wires[i]->repeat = false;
        wires[i]->last_us[LANE_CONTROL] = wires[i]->last_us[LANE_BULK] = 0;
    }
    enum err err = tell(world, a, b, true);
    return err ? err : tell(world, b, a, true);
}

static void lose_waiting(struct world *world, struct wire *wire)
{
    while (wire->waiting) {
        struct happening *arrival = wire->waiting;
        DL_DELETE(wire->waiting, arrival);
        lose(world, arrival);
        world_free_happening(world, arrival);
    }
}

/* One end hears that its link is lost: now, later, or when it wakes. */
static enum err tell_down(struct world *world, size_t process, size_t peer, uint64_t later_us)
{
    if (!world_wire(world, process, peer)->told_up)
        return OK;
    if (later_us == 0 && !world->processes[process].stopped)
        return tell(world, process, peer, false);
    struct happening *down = world_plan(world, HAPPEN_DOWN, process, world->now_us + later_us);
    if (!down)
        return ERR_MEMORY;
    down->peer = peer;
    return OK;
}

enum err network_bring_down(struct world *world, size_t a, size_t b, uint64_t later_us)
{
    struct wire *wires[] = {world_wire(world, a, b), world_wire(world, b, a)};
    if (!wires[0]->up) {
        wires[0]->epoch++, wires[1]->epoch++; /* a handshake under way comes to nothing */
        return OK;
    }
    for (int i = 0; i < 2; i++) {
        wires[i]->up = false;
        wires[i]->epoch++;
        lose_waiting(world, wires[i]);
    }
    enum err err = tell_down(world, a, b, 0);
    return err ? err : tell_down(world, b, a, later_us);
}

enum err network_hear_down(struct world *world, const struct happening *happening)
{
    size_t process = happening->process, peer = happening->peer;
    if (!world_wire(world, process, peer)->told_up)
        return OK;
    enum err err = tell(world, process, peer, false);
    return err ? err : network_plan_up(world, process, peer);
}

void network_forget(struct world *world, size_t process)
{
    for (size_t peer = 0; peer < world->process_count; peer++)
        world_wire(world, process, peer)->told_up = false;
}

/* ---- giving up ---- */

enum err network_plan_give_up(struct world *world, size_t process, size_t peer)
{
    if (!world_wire(world, process, peer)->up)
        return OK;
    struct happening *happening =
        world_plan(world, HAPPEN_GIVE_UP, process, world->now_us + GIVE_UP_US);
    if (!happening)
        return ERR_MEMORY;
    happening->peer = peer;
    happening->epoch = world_wire(world, process, peer)->epoch;
    return OK;
}

/* It closes its pipes; the other end sees that a moment later, if it sees anything. */
enum err network_give_up(struct world *world, const struct happening *happening)
{
    size_t process = happening->process, peer = happening->peer;
    if (happening->epoch != world_wire(world, process, peer)->epoch ||
        (!world_wire(world, peer, process)->cut_way && !world->processes[peer].stopped))
        return OK;
    world_trace(world, "%s gives up the link to %s", world_process_name(world, process),
                world_process_name(world, peer));
    return network_bring_down(world, process, peer, one_way_us(world, process, peer, 0));
}

/* ---- faults ---- */

enum err world_cut(struct world *world, size_t a, size_t b)
{
    if (a == b)
        return OK;
    world_trace(world, "cut %s %s", world_process_name(world, a), world_process_name(world, b));
    world_wire(world, a, b)->cut = world_wire(world, b, a)->cut = true;
    enum err err = network_bring_down(world, a, b, 0);
    return err ? err : life_reap(world);
}

enum err world_cut_way(struct world *world, size_t from, size_t to)
{
    if (from == to || world_wire(world, from, to)->cut_way)
        return OK;
    world_trace(world, "cut %s -> %s", world_process_name(world, from),
                world_process_name(world, to));
    world_wire(world, from, to)->cut_way = true;
    return network_plan_give_up(world, to, from);
}

void world_hold(struct world *world, size_t from, size_t to)
{
    if (from == to || world_wire(world, from, to)->held)
        return;
    world_trace(world, "hold %s -> %s", world_process_name(world, from),
                world_process_name(world, to));
    world_wire(world, from, to)->held = true;
}

static enum err release(struct world *world, size_t from, size_t to)
{
    struct wire *wire = world_wire(world, from, to);
    wire->cut = wire->cut_way = wire->held = false;
    wire->more_us = 0;
    while (wire->waiting) {
        struct happening *arrival = wire->waiting;
        DL_DELETE(wire->waiting, arrival);
        enum err err =
            world_plan_again(world, arrival, arrival_us(world, from, to, arrival->bulk, 0));
        if (err)
            return err;
    }
    return OK;
}

enum err world_heal(struct world *world, size_t a, size_t b)
{
    if (a == b)
        return OK;
    world_trace(world, "heal %s %s", world_process_name(world, a), world_process_name(world, b));
    enum err err = release(world, a, b);
    if (!err)
        err = release(world, b, a);
    return err ? err : network_plan_up(world, a, b);
}

void world_delay(struct world *world, size_t from, size_t to, uint64_t more_us)
{
    world_trace(world, "%s -> %s takes %.1f ms more", world_process_name(world, from),
                world_process_name(world, to), (double)more_us / 1000);
    world_wire(world, from, to)->more_us = more_us;
}

void world_set_jitter(struct world *world, uint64_t more_us)
{
    world_trace(world, "every way takes up to %.1f ms more", (double)more_us / 1000);
    world->jitter_us = more_us;
}

void world_repeat(struct world *world, size_t from, size_t to)
{
    world_wire(world, from, to)->repeat = true;
}

enum err world_deliver_stale(struct world *world, size_t from, size_t to)
{
    struct wire *wire = world_wire(world, from, to);
    if (world->config.light || !wire->up || !wire->told_up ||
        !world_wire(world, to, from)->told_up || !process_is_alive(world, to) ||
        world->processes[to].stopped || !wire->stale.size)
        return OK;
    struct buf bytes = wire->stale;
    wire->stale = (struct buf){0};
    enum err err = OK;
    struct msg room;
    const struct msg *msg = parcel_open(&bytes, false, &room);
    /* A link brings nothing from an earlier connection of the same two boots. */
    if (msg->from_boot != world->processes[from].boot ||
        msg->to_boot != world->processes[to].boot) {
        world_trace(world, "a message of an earlier boot arrives");
        err = hear(world, to, from, msg, ++world->message_count);
    }
    buf_finish(&bytes);
    return err ? err : life_reap(world);
}
