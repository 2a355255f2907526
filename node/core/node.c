#include "node/core/node.h"

#include "common/check.h"
#include "node/core/state.h"

#include <stdlib.h>
#include <string.h>

enum err node_create(const struct node_config *config, struct node **ret_node)
{
    struct node *node = calloc(1, sizeof *node);
    if (!node)
        return ERR_MEMORY;
    node->config = *config;
    node->now_us = config->now_us;
    node->coordinator = config->topology->region_count;
    node->peers = calloc(node->coordinator + 1, sizeof *node->peers);
    if (!node->peers) {
        free(node);
        return ERR_MEMORY;
    }
    /* Drawn at random and told to few: peers cannot choose ids that collide. */
    memcpy(node->homes.hash_key, config->incarnation, sizeof node->homes.hash_key);
    *ret_node = node;
    return OK;
}

/* What the last step's output borrowed. */
static void free_ended(struct node *node)
{
    struct call *call, *next_call;
    DL_FOREACH_SAFE (node->ended_calls, call, next_call)
        call_free(call);
    node->ended_calls = NULL;
    struct held_part *part, *next_part;
    DL_FOREACH_SAFE (node->ended_parts, part, next_part)
        held_part_free(part);
    node->ended_parts = NULL;
    struct visit *visit, *next_visit;
    DL_FOREACH_SAFE (node->ended_visits, visit, next_visit)
        visit_free(visit);
    node->ended_visits = NULL;
}

#define FREE_ALL(type, table, free_one)           \
    do {                                          \
        struct type *item, *next;                 \
        HASH_ITER (hh, node->table, item, next) { \
            HASH_DEL(node->table, item);          \
            free_one(item);                       \
        }                                         \
    } while (0)

void node_destroy(struct node *node)
{
    if (!node)
        return;
    free_ended(node);
    HASH_CLEAR(hh_sent, node->sent_calls);
    FREE_ALL(call, calls, call_free);
    FREE_ALL(claim, claims, claim_free);
    FREE_ALL(visit, visits, visit_free);
    FREE_ALL(run, runs, free);
    FREE_ALL(lookup, lookups, free);
    FREE_ALL(cache_entry, cache, free);
    HASH_CLEAR(hh_instance, node->instances);
    FREE_ALL(object, objects, free);
    heap_finish(&node->call_timers);
    heap_finish(&node->visit_timers);
    heap_finish(&node->lookup_timers);
    homes_finish(&node->homes);
    outbox_finish(&node->outbox);
    buf_finish(&node->written);
    free(node->writes);
    free(node->run_list);
    free(node->stops);
    free(node->answers);
    free(node->parts);
    free(node->pulls);
    free(node->located);
    free(node->births);
    free(node->peers);
    free(node);
}

static enum err restore_home(struct node *node, struct bytes value)
{
    struct object_id id;
    if (value.size != sizeof id.bytes + 2)
        return ERR_CORRUPT;
    memcpy(id.bytes, value.data, sizeof id.bytes);
    const uint8_t *home = (const uint8_t *)value.data + sizeof id.bytes;
    uint16_t home_number = (uint16_t)(home[0] << 8 | home[1]);
    if (home_number == 0 || homes_find(&node->homes, &id))
        return ERR_CORRUPT;
    enum err err = homes_add(&node->homes, &id, home_number);
    if (!err && home_number == node->number)
        node->hosted_count++;
    return err;
}

enum err node_restore(struct node *node, enum node_table table, struct bytes key,
                      struct bytes value)
{
    switch (table) {
    case NODE_META: return membership_restore(node, key, value);
    case NODE_HOMES: return restore_home(node, value);
    case NODE_CACHE: return cache_restore(node, key, value);
    }
    return ERR_CORRUPT;
}

static enum err on_message(struct node *node, size_t peer, const struct msg *msg)
{
    if (msg->to_boot != node->config.boot || node->peers[peer].boot == 0 ||
        msg->from_boot != node->peers[peer].boot) {
        node->dropped_count++; /* meant for, or left over from, another boot */
        return OK;
    }
    node->received[msg->type]++;
    bool from_coordinator = peer == node->coordinator;
    switch (msg->type) {
    case MSG_WELCOME: return from_coordinator ? membership_on_welcome(node, &msg->welcome) : OK;
    case MSG_REFUSED: return from_coordinator ? membership_on_refused(node, &msg->refused) : OK;
    case MSG_CLAIM: return claim_on_claim(node, peer, &msg->claim);
    case MSG_PLACED: return claim_on_placed(node, peer, &msg->placed);
    case MSG_LOCATE: return locate_on_locate(node, peer, &msg->locate);
    case MSG_LOCATED: return locate_on_located(node, peer, &msg->located);
    case MSG_FETCH: return from_coordinator ? OK : visit_on_fetch(node, peer, &msg->fetch);
    case MSG_REPLY: return call_on_reply(node, peer, &msg->reply);
    case MSG_BODY: return stream_on_body(node, peer, &msg->body);
    case MSG_CREDIT: return stream_on_credit(node, peer, &msg->credit);
    case MSG_CANCEL: return stream_on_cancel(node, peer, &msg->cancel);
    case MSG_JOIN: node->dropped_count++; return OK;
    }
    return OK;
}

static enum err on_timeout(struct node *node)
{
    if (membership_deadline_us(node) <= node->now_us)
        return membership_open(node); /* what is due beside it comes after what this lets go */
    enum err err = visit_timeouts(node);
    if (!err)
        err = gate_release(node); /* what found no memory when it became durable */
    if (!err)
        err = call_timeouts(node);
    if (!err)
        err = locate_timeouts(node);
    return err ? err : object_timeouts(node);
}

static enum err on_event(struct node *node, const struct node_event *event)
{
    switch (event->type) {
    case NODE_PEER_UP: return membership_up(node, event->peer, event->boot);
    case NODE_PEER_DOWN: return membership_down(node, event->peer);
    case NODE_MESSAGE: return on_message(node, event->peer, event->msg);
    case NODE_CALL: return call_begin(node, &event->call);
    case NODE_DONE: return object_done(node, event->done.run, &event->done.outcome);
    case NODE_WROTE: object_wrote(node, event->instance); return OK;
    case NODE_BROKEN: object_broken(node, event->instance); return OK;
    case NODE_PART: return stream_on_part(node, &event->part);
    case NODE_PULL: return stream_on_pull(node, &event->pull);
    case NODE_LOCATE: return locate_begin(node, event->locate.token, &event->locate.object);
    case NODE_PERSISTED:
        CHECK(event->op >= node->durable_op && event->op <= node->last_op);
        node->durable_op = event->op;
        return gate_release(node);
    case NODE_TIMEOUT: return on_timeout(node);
    }
    return OK;
}

static void begin_step(struct node *node)
{
    free_ended(node);
    node->outbox.count = 0;
    node->write_count = node->run_count = node->stop_count = 0;
    node->answer_count = node->part_count = node->pull_count = node->located_count = 0;
    node->written.size = 0;
    node->step_op = 0;
    node->joined_number = 0;
    node->note.text[0] = 0;
}

/* The bytes of the writes lie one behind the other in `written`, which has stopped moving. */
static void point_writes(struct node *node)
{
    const uint8_t *next = node->written.data;
    for (size_t i = 0; i < node->write_count; i++) {
        struct node_write *write = &node->writes[i];
        write->key.data = next;
        next += write->key.size;
        if (write->value.data) {
            write->value.data = next;
            next += write->value.size;
        }
    }
}

enum err node_step(struct node *node, const struct node_event *event,
                   struct node_output *ret_output)
{
    CHECK(event->now_us >= node->now_us);
    node->now_us = event->now_us;
    node->disk_behind = event->disk_behind;
    begin_step(node);
    enum err err = on_event(node, event);
    point_writes(node);
    *ret_output = (struct node_output){
        .sends = node->outbox.items,
        .send_count = node->outbox.count,
        .writes = node->writes,
        .write_count = node->write_count,
        .op = node->step_op,
        .runs = node->run_list,
        .run_count = node->run_count,
        .stops = node->stops,
        .stop_count = node->stop_count,
        .answers = node->answers,
        .answer_count = node->answer_count,
        .parts = node->parts,
        .part_count = node->part_count,
        .pulls = node->pulls,
        .pull_count = node->pull_count,
        .located = node->located,
        .located_count = node->located_count,
        .joined_number = node->joined_number,
        .note = node->note.text[0] ? node->note.text : NULL,
        .outdated = node->outdated,
    };
    return err;
}

uint64_t node_deadline_us(const struct node *node)
{
    uint64_t deadlines[] = {
        heap_deadline_us(&node->call_timers),   heap_deadline_us(&node->visit_timers),
        heap_deadline_us(&node->lookup_timers), object_deadline_us(node),
        membership_deadline_us(node),
    };
    uint64_t earliest = UINT64_MAX;
    if (node->held_list && node->held_list->after_op <= node->durable_op)
        return node->now_us;
    for (size_t i = 0; i < sizeof deadlines / sizeof *deadlines; i++)
        if (deadlines[i] < earliest)
            earliest = deadlines[i];
    return earliest;
}

uint16_t node_number(const struct node *node)
{
    return node->number;
}

const char *node_refusal(const struct node *node)
{
    return node->refused ? node->refusal.text : NULL;
}

bool node_joined(const struct node *node)
{
    return node->joined;
}

bool node_is_outdated(const struct node *node)
{
    return node->outdated;
}

bool node_is_open(const struct node *node)
{
    return !node->shut;
}

const char *node_birth_code(const struct node *node, uint16_t number)
{
    return number && number <= node->birth_count ? node->births[number - 1].code : "";
}

struct node_stats node_stats(const struct node *node)
{
    struct node_stats stats = {
        .objects = node->hosted_count,
        .instances = HASH_CNT(hh_instance, node->instances),
        .runs = HASH_COUNT(node->runs),
        .calls = HASH_COUNT(node->calls),
        .visits = HASH_COUNT(node->visits),
        .lookups = HASH_COUNT(node->lookups),
        .cache_entries = HASH_COUNT(node->cache),
        .decided = node->decided_count,
        .evicted = node->evicted_count,
        .held = node->held_count,
        .flows = node->flowing_count,
        .buffered_bytes = node->buffered_bytes,
        .dropped = node->dropped_count,
        .seen_seq = node->seen.seq,
    };
    memcpy(stats.sent, node->sent, sizeof stats.sent);
    memcpy(stats.received, node->received, sizeof stats.received);
    return stats;
}
