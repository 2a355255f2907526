#include "common/check.h"
#include "coordinator/core/state.h"

#include <stdlib.h>
#include <string.h>

enum err coord_create(const struct coord_config *config, struct coord **ret_coord)
{
    struct coord *coord = calloc(1, sizeof *coord);
    if (!coord)
        return ERR_MEMORY;
    coord->config = *config;
    rng_init(&coord->rng, config->seed);
    coord->peers = calloc(config->topology->region_count, sizeof *coord->peers);
    if (!coord->peers) {
        free(coord);
        return ERR_MEMORY;
    }
    /* Drawn at random and told to few: nobody can choose ids that collide. */
    memcpy(coord->homes.hash_key, config->incarnation, sizeof coord->homes.hash_key);
    *ret_coord = coord;
    return OK;
}

void coord_destroy(struct coord *coord)
{
    if (!coord)
        return;
    struct creation *creation, *next;
    HASH_ITER (hh, coord->creations, creation, next) {
        HASH_DEL(coord->creations, creation);
        free(creation->waiting);
        free(creation);
    }
    heap_finish(&coord->checks);
    homes_finish(&coord->homes);
    free(coord->hashes);
    buf_finish(&coord->births_string);
    buf_finish(&coord->record);
    outbox_finish(&coord->outbox);
    free(coord->births);
    free(coord->peers);
    free(coord);
}

void coord_send(struct coord *coord, size_t peer, struct msg msg)
{
    msg.from_boot = coord->config.boot;
    msg.to_boot = coord->peers[peer].boot;
    outbox_add(&coord->outbox, peer, &msg);
}

static enum err on_message(struct coord *coord, size_t peer, const struct msg *msg)
{
    if (msg->to_boot != coord->config.boot || msg->from_boot != coord->peers[peer].boot) {
        coord->dropped_count++;
        return OK;
    }
    switch (msg->type) {
    case MSG_JOIN: return coord_on_join(coord, peer, &msg->join);
    case MSG_CLAIM: return coord_on_claim(coord, peer, &msg->claim);
    case MSG_LOCATE: return coord_on_locate(coord, peer, &msg->locate);
    case MSG_WELCOME:
    case MSG_REFUSED:
    case MSG_PLACED:
    case MSG_LOCATED:
    case MSG_FETCH:
    case MSG_REPLY:
    case MSG_BODY:
    case MSG_CREDIT:
    case MSG_CANCEL: coord->dropped_count++; return OK;
    }
    return OK;
}

/* Whatever the peer said in another boot, or over a lost link, it has to say again. */
static void set_boot(struct coord_peer *peer, uint64_t boot)
{
    peer->boot = boot;
    peer->joining_number = 0;
    peer->joined_number = 0;
}

static enum err on_event(struct coord *coord, const struct coord_event *event)
{
    enum err err;
    switch (event->type) {
    case COORD_PEER_UP: set_boot(&coord->peers[event->peer], event->boot); return OK;
    case COORD_PEER_DOWN: set_boot(&coord->peers[event->peer], 0); return OK;
    case COORD_MESSAGE: return on_message(coord, event->peer, event->msg);
    case COORD_PERSISTED:
        CHECK(event->op >= coord->durable_op && event->op <= coord->last_op);
        coord->durable_op = event->op;
        err = coord_release_joins(coord);
        return err ? err : coord_release_creations(coord);
    case COORD_TIMEOUT:
        err = coord_release_joins(coord); /* what found no memory when it became durable */
        return err ? err : coord_release_creations(coord);
    }
    return OK;
}

enum err coord_step(struct coord *coord, const struct coord_event *event,
                    struct coord_output *ret_output)
{
    CHECK(event->now_us >= coord->now_us);
    coord->now_us = event->now_us;
    coord->outbox.count = 0;
    coord->record.size = 0;
    coord->note.text[0] = 0;

    enum err err = on_event(coord, event);
    *ret_output = (struct coord_output){
        .sends = coord->outbox.items,
        .send_count = coord->outbox.count,
        .note = coord->note.text[0] ? coord->note.text : NULL,
    };
    if (coord->record.size) {
        ret_output->record = buf_bytes(&coord->record);
        ret_output->op = coord->last_op;
    }
    return err;
}

/* Something durable that found no memory waits to be released. */
static bool is_overdue(const struct coord *coord)
{
    size_t next = coord->births_in_string;
    return coord->welcome_due || (coord->join_op && coord->join_op <= coord->durable_op) ||
           (next < coord->birth_count && coord->births[next].op <= coord->durable_op) ||
           (coord->undurable && coord->undurable->op <= coord->durable_op);
}

uint64_t coord_deadline_us(const struct coord *coord)
{
    if (is_overdue(coord))
        return coord->now_us;
    return heap_deadline_us(&coord->checks);
}

struct coord_stats coord_stats(const struct coord *coord)
{
    return (struct coord_stats){
        .seq = log_durable(coord).seq,
        .claims = coord->homes.count,
        .births = coord->births_in_string,
        .pending = HASH_COUNT(coord->creations),
        .dropped = coord->dropped_count,
    };
}

bool coord_joined(const struct coord *coord, size_t peer, uint16_t *ret_number)
{
    *ret_number = coord->peers[peer].current_number;
    return coord->peers[peer].joined_number != 0;
}
