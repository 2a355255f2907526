#include "common/check.h"
#include "proto/codec.h"
#include "sim/world_internal.h"

#include <stdlib.h>

/* Links: delay and jitter from the topology, order within a lane, cuts. */

struct wire *world_wire(struct world *world, size_t from, size_t to)
{
    return &world->wires[from * world->process_count + to];
}

static uint64_t one_way_us(struct world *world, size_t from, size_t to)
{
    const struct topology *topology = world->config.topology;
    size_t a = from == world->region_count ? topology->coordinator_region : from;
    size_t b = to == world->region_count ? topology->coordinator_region : to;
    return topology_rtt_us(topology, a, b) / 2 + jitter_draw(&topology->jitter, &world->jitter_rng);
}

enum err world_send(struct world *world, size_t from, const struct outgoing *outgoing)
{
    struct wire *to = world_wire(world, from, outgoing->peer);
    char text[256];
    msg_print(&outgoing->msg, text, sizeof text);
    if (!to->up) {
        world_trace(world, "%s > %s  lost: the link is down", world_process_name(world, from),
                    text);
        return OK;
    }
    uint64_t *last_us =
        &to->last_us[msg_carries_body(outgoing->msg.type) ? LANE_BULK : LANE_CONTROL];
    uint64_t at_us = world->now_us + one_way_us(world, from, outgoing->peer);
    if (at_us < *last_us)
        at_us = *last_us;
    *last_us = at_us;
    struct happening *arrival = world_plan(world, HAPPEN_MESSAGE, outgoing->peer, at_us);
    if (!arrival)
        return ERR_MEMORY;
    arrival->peer = from;
    arrival->epoch = to->epoch;
    return msg_encode(&outgoing->msg, &arrival->bytes);
}

enum err network_plan_up(struct world *world, size_t a, size_t b)
{
    enum { handshake_us = 1000 };
    if (a == b || !world_is_up(world, a) || !world_is_up(world, b) ||
        world_wire(world, a, b)->cut || world_wire(world, b, a)->cut || world_wire(world, a, b)->up)
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
    if (!world_is_up(world, process))
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
    if (world_wire(world, a, b)->cut || world_wire(world, a, b)->up || !world_is_up(world, b))
        return OK;
    world_wire(world, a, b)->up = world_wire(world, b, a)->up = true;
    world_wire(world, a, b)->last_us[LANE_CONTROL] = world_wire(world, a, b)->last_us[LANE_BULK] =
        0;
    world_wire(world, b, a)->last_us[LANE_CONTROL] = world_wire(world, b, a)->last_us[LANE_BULK] =
        0;
    enum err err = tell(world, a, b, true);
    return err ? err : tell(world, b, a, true);
}

void network_bring_down(struct world *world, size_t a, size_t b)
{
    bool was_up = world_wire(world, a, b)->up;
    world_wire(world, a, b)->up = world_wire(world, b, a)->up = false;
    world_wire(world, a, b)->epoch++;
    world_wire(world, b, a)->epoch++;
    if (!was_up)
        return;
    enum err err = tell(world, a, b, false);
    if (!err)
        err = tell(world, b, a, false);
    CHECK(err == OK);
}
