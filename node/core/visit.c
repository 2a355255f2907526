#include "common/check.h"
#include "node/core/state.h"

#include <stdlib.h>

/* A fetch from another region, from its arrival to its reply. It runs at most once: calls of one
 * boot arrive in ascending order, so what is not higher than the last one is a repeat. */

void visit_free(struct visit *visit)
{
    buf_finish(&visit->outcome_kept);
    stream_free(&visit->exchange);
    free(visit);
}

/* The memory stays until the next step, because the output borrows from it. */
static void end_visit(struct node *node, struct visit *visit)
{
    if (visit->exchange.run)
        object_abandon(node, visit->exchange.run);
    if (visit->state == VISIT_FLOWING)
        node->flowing_count--;
    stream_drop(node, &visit->exchange);
    gate_drop(node, &visit->held);
    heap_remove(&node->visit_timers, &visit->timer);
    HASH_DELETE(hh, node->visits, visit);
    DL_APPEND(node->ended_visits, visit);
}

void visit_over(struct node *node, struct visit *visit)
{
    end_visit(node, visit);
}

enum err visit_abort(struct node *node, struct visit *visit, enum fail fail)
{
    size_t peer = (size_t)visit->key.peer;
    enum err err = stream_cut(node, &visit->exchange, fail, peer_code(node, peer));
    if (!err)
        end_visit(node, visit);
    return err;
}

static enum err send_refusal(struct node *node, size_t peer, uint64_t call, enum fail fail)
{
    return output_send(node, peer,
                       (struct msg){.type = MSG_REPLY,
                                    .reply = {.call = call, .kind = OUTCOME_FAILED, .fail = fail}});
}

static void look_later(struct node *node, struct visit *visit)
{
    heap_remove(&node->visit_timers, &visit->timer);
    enum err err = heap_add(&node->visit_timers, &visit->timer,
                            node->now_us + node->config.limits.body_stall_us);
    CHECK(err == OK); /* it had a place before */
}

static enum err reply_visit(struct node *node, struct visit *visit, const struct outcome *outcome)
{
    size_t peer = (size_t)visit->key.peer;
    enum fail fail = outcome->kind == OUTCOME_FAILED ? outcome->fail : FAIL_NONE;
    if (outcome->head.size > HEAD_BYTES_MAX || outcome->body.size > BODY_PART_BYTES_MAX)
        fail = FAIL_TOO_LARGE;
    if (fail) {
        enum err err = output_reserve(node, 1);
        if (!err)
            err = send_refusal(node, peer, visit->key.call, fail);
        return err ? err : visit_abort(node, visit, fail);
    }
    enum err err = output_reserve(node, 1);
    if (!err)
        err = output_send(node, peer,
                          (struct msg){.type = MSG_REPLY,
                                       .reply = {.call = visit->key.call,
                                                 .kind = outcome->kind,
                                                 .head = outcome->head,
                                                 .body = outcome->body,
                                                 .rest_bytes = outcome->rest_bytes}});
    if (!err)
        err = stream_begin_reply(node, &visit->exchange, outcome->body.size, outcome->rest_bytes);
    if (err)
        return err;
    if (outcome->rest_bytes == 0) {
        end_visit(node, visit);
        return OK;
    }
    visit->state = VISIT_FLOWING;
    node->flowing_count++;
    look_later(node, visit);
    return OK;
}

enum err visit_done(struct node *node, struct visit *visit, const struct outcome *outcome,
                    uint64_t after_op)
{
    if (after_op <= node->durable_op)
        return reply_visit(node, visit, outcome);
    visit->outcome = *outcome;
    enum err err = gate_keep(&visit->outcome, &visit->outcome_kept);
    if (err)
        return err;
    visit->state = VISIT_HELD;
    gate_hold(node, &visit->held, HELD_VISIT_REPLY, after_op);
    return OK;
}

enum err visit_released(struct node *node, struct visit *visit)
{
    return reply_visit(node, visit, &visit->outcome);
}

/* ---- arrival ---- */

static enum err run_visit(struct node *node, struct visit *visit, const struct msg_fetch *fetch,
                          size_t space)
{
    struct node_run request = {.space = space,
                               .object = fetch->object,
                               .request_id = fetch->request_id,
                               .name = fetch->name,
                               .head = fetch->head,
                               .body = fetch->body,
                               .rest_bytes = fetch->rest_bytes};
    enum fail fail = FAIL_NONE;
    enum err err = output_reserve(node, 1);
    if (!err)
        err = object_run(node, &request, NULL, visit, &visit->exchange.run, &fail);
    if (!err && !fail)
        err = stream_begin_request(node, &visit->exchange, fetch->body.size, fetch->rest_bytes);
    if (err || !fail)
        return err;
    struct outcome outcome = {.kind = OUTCOME_FAILED, .fail = fail};
    return reply_visit(node, visit, &outcome);
}

static size_t find_space(const struct node *node, struct bytes name)
{
    size_t space = 0;
    while (space < node->config.space_count &&
           !bytes_equal(name, bytes_of(node->config.spaces[space])))
        space++;
    return space;
}

/* Why the fetch cannot be taken; FAIL_NONE when it can. */
static enum fail objection(struct node *node, const struct msg_fetch *fetch)
{
    const struct object_id *id = &fetch->object.id;
    if (fetch->home_number != node->number || node->number == 0)
        return FAIL_HOME_GONE; /* it was meant for a node that lived here before */
    if (fetch->object.kind == ID_UNIQUE && id_birth_number(id) == node->number &&
        homes_find(&node->homes, id) != node->number)
        return FAIL_HOME_GONE; /* this node is its arbiter, and has not said so */
    if (find_space(node, fetch->space) == node->config.space_count)
        return FAIL_NAMESPACE_UNKNOWN;
    if (fetch->rest_bytes && !stream_has_room(node, fetch->body.size))
        return FAIL_CONGESTED;
    if (HASH_COUNT(node->visits) >= node->config.limits.call_count_max || gate_is_crowded(node))
        return FAIL_BUSY;
    return FAIL_NONE;
}

static enum err accept(struct node *node, size_t peer, const struct msg_fetch *fetch)
{
    struct visit *visit = malloc(sizeof *visit);
    if (!visit)
        return ERR_MEMORY;
    *visit = (struct visit){
        .state = VISIT_RUNNING,
        .key = {.peer = peer, .call = fetch->call},
        .exchange = {.is_visit = true, .number = fetch->call, .peer = peer, .home_here = true},
    };
    uint64_t budget_us = node->config.limits.fetch_deadline_us;
    if (fetch->budget_us < budget_us)
        budget_us = fetch->budget_us;
    enum err err = heap_add(&node->visit_timers, &visit->timer, node->now_us + budget_us);
    if (err) {
        free(visit);
        return err;
    }
    TABLE_ADD(hh, node->visits, key, visit, &err);
    if (err) {
        heap_remove(&node->visit_timers, &visit->timer);
        free(visit);
        return err;
    }
    if (!homes_find(&node->homes, &fetch->object.id)) {
        err = object_settle(node, &fetch->object.id);
        if (!err)
            err = claim_settled(node, &fetch->object.id);
    }
    if (!err)
        err = run_visit(node, visit, fetch, find_space(node, fetch->space));
    if (err)
        end_visit(node, visit);
    return err;
}

enum err visit_on_fetch(struct node *node, size_t peer, const struct msg_fetch *fetch)
{
    if (fetch->call <= node->peers[peer].highest_call) { /* a repeat */
        node->dropped_count++;
        return OK;
    }
    enum fail fail = objection(node, fetch);
    enum err err = fail ? send_refusal(node, peer, fetch->call, fail) : accept(node, peer, fetch);
    if (!err)
        node->peers[peer].highest_call = fetch->call;
    return err;
}

struct visit *visit_find(struct node *node, size_t peer, uint64_t number)
{
    struct visit_key key = {.call = number, .peer = peer};
    struct visit *visit;
    HASH_FIND(hh, node->visits, &key, sizeof key, visit); /* NOLINT(clang-analyzer-core.*) */
    return visit;
}

/* ---- links and time ---- */

/* Nobody can be told any more; what runs goes on, unheard. */
enum err visit_peer_down(struct node *node, size_t peer)
{
    struct visit *visit, *next;
    HASH_ITER (hh, node->visits, visit, next) {
        enum err err =
            visit->key.peer == peer ? visit_abort(node, visit, FAIL_CONNECTION_LOST) : OK;
        if (err)
            return err;
    }
    return OK;
}

/* The caller ends at the same deadline by itself. */
enum err visit_timeouts(struct node *node)
{
    while (heap_deadline_us(&node->visit_timers) <= node->now_us) {
        struct visit *visit = HEAP_OWNER(heap_first(&node->visit_timers), struct visit, timer);
        enum err err;
        if (visit->state == VISIT_FLOWING) {
            look_later(node, visit);
            err = stream_look(node, &visit->exchange);
        } else {
            err = visit_abort(node, visit, FAIL_DEADLINE);
        }
        if (err)
            return err;
    }
    return OK;
}
