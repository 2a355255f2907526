#include "common/check.h"
#include "node/core/state.h"

#include <stdlib.h>

/* A stub fetch of local code, from its beginning to its answer. It is sent at most once, and it
 * ends by its deadline, whatever happens. */

#define TO(state) (1u << (state))
static const unsigned moves[] = {
    [CALL_NEW] = TO(CALL_GATED) | TO(CALL_CLAIMING) | TO(CALL_WAITING) | TO(CALL_SENT) |
                 TO(CALL_RUNNING) | TO(CALL_ENDED),
    [CALL_GATED] =
        TO(CALL_CLAIMING) | TO(CALL_WAITING) | TO(CALL_SENT) | TO(CALL_RUNNING) | TO(CALL_ENDED),
    [CALL_CLAIMING] = TO(CALL_WAITING) | TO(CALL_SENT) | TO(CALL_RUNNING) | TO(CALL_ENDED),
    [CALL_WAITING] = TO(CALL_SENT) | TO(CALL_ENDED),
    [CALL_SENT] = TO(CALL_FLOWING) | TO(CALL_ENDED),
    [CALL_RUNNING] = TO(CALL_HELD) | TO(CALL_FLOWING) | TO(CALL_ENDED),
    [CALL_HELD] = TO(CALL_FLOWING) | TO(CALL_ENDED),
    [CALL_FLOWING] = TO(CALL_ENDED),
    [CALL_ENDED] = 0,
};

static void move(struct call *call, enum call_state state)
{
    CHECK(moves[call->state] & TO(state));
    call->state = state;
}

/* Whether the peer that the call waits for can be reached. */
static bool reachable(const struct node *node, const struct call *call)
{
    if (call->state == CALL_CLAIMING)
        return claim_can_ask(node, call->peer);
    return call->state != CALL_WAITING;
}

void call_rearm(struct node *node, struct call *call)
{
    const struct node_limits *limits = &node->config.limits;
    uint64_t patience_us = node->now_us + limits->peer_wait_us;
    uint64_t end_us = call->deadline_us;
    if (!reachable(node, call) && patience_us < end_us)
        end_us = patience_us;
    if (call->state == CALL_FLOWING) /* the next look at its bodies */
        end_us = node->now_us + limits->body_stall_us;
    if (call->timer.place && call->timer.deadline_us == end_us)
        return;
    heap_remove(&node->call_timers, &call->timer);
    enum err err = heap_add(&node->call_timers, &call->timer, end_us);
    CHECK(err == OK); /* it had a place before */
}

void call_free(struct call *call)
{
    buf_finish(&call->kept);
    buf_finish(&call->outcome_kept);
    stream_free(&call->exchange);
    free(call);
}

/* Out of the list that belongs to the call's state. */
static void leave_list(struct node *node, struct call *call)
{
    if (call->state == CALL_CLAIMING && call->claim)
        claim_leave(node, call);
    if (call->state == CALL_WAITING)
        DL_DELETE(node->peers[call->peer].waiting, call);
    bool sent = call->state == CALL_SENT || call->state == CALL_FLOWING;
    if (sent && call->exchange.peer != REGION_NONE) {
        DL_DELETE(node->peers[call->peer].sent, call);
        HASH_DELETE(hh_sent, node->sent_calls, call);
    }
}

/* Out of everything; the memory stays until the next step, because the output borrows from it. */
static void end_call(struct node *node, struct call *call)
{
    leave_list(node, call);
    if (call->exchange.run)
        object_abandon(node, call->exchange.run);
    if (call->state == CALL_FLOWING)
        node->flowing_count--;
    stream_drop(node, &call->exchange);
    gate_drop(node, &call->held);
    heap_remove(&node->call_timers, &call->timer);
    HASH_DELETE(hh, node->calls, call);
    move(call, CALL_ENDED);
    DL_APPEND(node->ended_calls, call);
}

void call_over(struct node *node, struct call *call)
{
    end_call(node, call);
}

struct call *call_find_token(struct node *node, uint64_t token)
{
    struct call *call;
    HASH_FIND(hh, node->calls, &token, sizeof token, call);
    return call;
}

static enum err answer_call(struct node *node, struct call *call, const struct outcome *outcome)
{
    struct node_answer output = {.token = call->exchange.token,
                                 .request_id = call->request_id,
                                 .outcome = *outcome,
                                 .begun_us = call->begun_us,
                                 .routed_us = call->routed_us,
                                 .home = call->home,
                                 .arbiter = call->arbiter};
    enum err err = output_reserve(node, 0);
    if (!err)
        err = output_answer(node, &output);
    if (!err && outcome->rest_bytes == 0) {
        end_call(node, call);
        return OK;
    }
    if (!err)
        err = stream_begin_reply(node, &call->exchange, outcome->body.size, outcome->rest_bytes);
    if (err)
        return err;
    move(call, CALL_FLOWING);
    node->flowing_count++;
    call_rearm(node, call);
    return OK;
}

static struct outcome failed_outcome(enum fail fail, const char *region)
{
    struct outcome outcome = {.kind = OUTCOME_FAILED, .fail = fail};
    for (size_t i = 0; i < REGION_CODE_BYTES_MAX && region[i]; i++)
        outcome.region[i] = region[i];
    return outcome;
}

enum err call_fail(struct node *node, struct call *call, enum fail fail, const char *region)
{
    struct outcome outcome = failed_outcome(fail, region);
    enum err err = output_reserve(node, 0);
    if (!err && call->exchange.run) /* it runs here, unheard from now on */
        err = stream_cut(node, &call->exchange, FAIL_NONE, region);
    return err ? err : answer_call(node, call, &outcome);
}

/* The event's memory goes when the step returns: a call that stays needs its own copy. */
static enum err keep_request(struct call *call)
{
    struct bytes *parts[] = {&call->name, &call->head, &call->body};
    if (call->kept.data)
        return OK;
    if (!buf_reserve(&call->kept, call->name.size + call->head.size + call->body.size + 1))
        return ERR_MEMORY;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        size_t start = call->kept.size;
        if (!parts[i]->data)
            continue;
        enum err err = buf_append(&call->kept, parts[i]->data, parts[i]->size);
        CHECK(err == OK); /* reserved */
        parts[i]->data = call->kept.data + start;
    }
    return OK;
}

/* ---- the way to the object ---- */

enum err call_begin(struct node *node, const struct node_call *request)
{
    const struct node_limits *limits = &node->config.limits;
    const char *here = peer_code(node, node->config.region);
    enum fail fail = FAIL_NONE;
    if (HASH_COUNT(node->calls) >= limits->call_count_max || gate_is_crowded(node))
        fail = FAIL_BUSY;
    else if (request->body.size > BODY_PART_BYTES_MAX || request->head.size > HEAD_BYTES_MAX)
        fail = FAIL_TOO_LARGE;
    if (fail) {
        struct node_answer output = {.token = request->token,
                                     .request_id = request->request_id,
                                     .outcome = failed_outcome(fail, here),
                                     .begun_us = node->now_us,
                                     .home = REGION_NONE,
                                     .arbiter = REGION_NONE};
        return output_answer(node, &output);
    }

    struct call *call = malloc(sizeof *call);
    if (!call)
        return ERR_MEMORY;
    *call = (struct call){.state = CALL_NEW,
                          .exchange = {.number = ++node->last_call,
                                       .peer = REGION_NONE,
                                       .token = request->token,
                                       .from_instance = request->from_instance},
                          .space = request->space,
                          .object = request->object,
                          .hint = request->hint,
                          .request_id = request->request_id,
                          .name = request->name,
                          .head = request->head,
                          .body = request->body,
                          .rest_bytes = request->rest_bytes,
                          .begun_us = node->now_us,
                          .home = REGION_NONE,
                          .arbiter = REGION_NONE,
                          .deadline_us = node->now_us + limits->fetch_deadline_us};
    enum err err = heap_add(&node->call_timers, &call->timer, call->deadline_us);
    if (err) {
        free(call);
        return err;
    }
    TABLE_ADD(hh, node->calls, exchange.token, call, &err);
    if (err) {
        heap_remove(&node->call_timers, &call->timer);
        free(call);
        return err;
    }

    uint64_t after_op = node->shut ? SHUT_OP : object_op(node, request->from_instance);
    if (after_op > node->durable_op) {
        err = keep_request(call);
        if (!err) {
            move(call, CALL_GATED);
            gate_hold(node, &call->held, HELD_CALL_START, after_op);
        }
    } else {
        err = claim_route(node, call);
    }
    if (err)
        end_call(node, call);
    return err;
}

enum err call_await_claim(struct node *node, struct call *call, struct claim *claim)
{
    enum err err = keep_request(call);
    if (err)
        return err;
    move(call, CALL_CLAIMING);
    call->peer = call->arbiter = claim->arbiter;
    call->claim = claim;
    DL_APPEND(claim->calls, call);
    call_rearm(node, call);
    return OK;
}

static enum err run_here(struct node *node, struct call *call)
{
    struct node_run run = {.space = call->space,
                           .object = call->object,
                           .request_id = call->request_id,
                           .name = call->name,
                           .head = call->head,
                           .body = call->body,
                           .rest_bytes = call->rest_bytes};
    enum fail fail = FAIL_NONE;
    enum err err = output_reserve(node, 0);
    if (!err)
        err = object_run(node, &run, call, NULL, &call->exchange.run, &fail);
    call->exchange.home_here = true;
    if (!err && !fail)
        err = stream_begin_request(node, &call->exchange, call->body.size, call->rest_bytes);
    if (err)
        return err;
    if (fail)
        return call_fail(node, call, fail, peer_code(node, node->config.region));
    move(call, CALL_RUNNING);
    call_rearm(node, call);
    return OK;
}

/* A peer takes a number that does not ascend for a repeat, and this call may have waited while
 * younger ones went out. */
static void renumber_if_overtaken(struct node *node, struct call *call)
{
    if (call->exchange.number < node->last_sent_call)
        call->exchange.number = ++node->last_call;
}

static enum err send_there(struct node *node, struct call *call)
{
    renumber_if_overtaken(node, call);
    const char *space = node->config.spaces[call->space];
    struct msg msg = {.type = MSG_FETCH,
                      .fetch = {.call = call->exchange.number,
                                .home_number = call->home_number,
                                .object = call->object,
                                .space = bytes_of(space),
                                .name = call->name,
                                .budget_us = call->deadline_us - node->now_us,
                                .request_id = call->request_id,
                                .head = call->head,
                                .body = call->body,
                                .rest_bytes = call->rest_bytes}};
    if (msg.fetch.name.size > OBJECT_NAME_BYTES_MAX)
        msg.fetch.name = (struct bytes){0};
    enum err err = output_reserve(node, 1);
    if (!err)
        TABLE_ADD(hh_sent, node->sent_calls, exchange.number, call, &err);
    if (err)
        return err;
    err = output_send(node, call->peer, msg);
    if (!err)
        err = stream_begin_request(node, &call->exchange, call->body.size, call->rest_bytes);
    CHECK(err == OK); /* reserved */
    node->last_sent_call = call->exchange.number;
    leave_list(node, call);
    call->exchange.peer = call->peer;
    move(call, CALL_SENT);
    DL_APPEND(node->peers[call->peer].sent, call);
    call_rearm(node, call);
    return OK;
}

enum err call_deliver(struct node *node, struct call *call, uint16_t home_number)
{
    size_t region = membership_region(node, home_number);
    if (region == REGION_NONE &&
        home_number > node->birth_count) /* younger than our last WELCOME */
        return call_fail(node, call, FAIL_BUSY, peer_code(node, node->config.region));
    if (region == REGION_NONE)
        return call_fail(node, call, FAIL_HOME_GONE, node_birth_code(node, home_number));
    call->routed_us = node->now_us;
    call->home = region;
    if (region == node->config.region)
        return run_here(node, call);
    call->peer = region;
    call->home_number = home_number;
    if (node->peers[region].boot)
        return send_there(node, call);
    enum err err = keep_request(call);
    if (err)
        return err;
    move(call, CALL_WAITING);
    DL_APPEND(node->peers[region].waiting, call);
    call_rearm(node, call);
    return OK;
}

/* ---- the way back ---- */

enum err call_done(struct node *node, struct call *call, const struct outcome *outcome,
                   uint64_t after_op)
{
    struct outcome complete = *outcome;
    const char *here = peer_code(node, node->config.region);
    if (complete.kind == OUTCOME_FAILED)
        complete = failed_outcome(outcome->fail, here);
    else if (outcome->head.size > HEAD_BYTES_MAX || outcome->body.size > BODY_PART_BYTES_MAX)
        return call_fail(node, call, FAIL_TOO_LARGE,
                         here); /* as it would be from any other region */
    if (after_op <= node->durable_op)
        return answer_call(node, call, &complete);
    call->outcome = complete;
    enum err err = gate_keep(&call->outcome, &call->outcome_kept);
    if (err)
        return err;
    move(call, CALL_HELD);
    gate_hold(node, &call->held, HELD_CALL_ANSWER, after_op);
    return OK;
}

enum err call_released(struct node *node, struct call *call)
{
    return call->state == CALL_GATED ? claim_route(node, call)
                                     : answer_call(node, call, &call->outcome);
}

struct call *call_find(struct node *node, size_t peer, uint64_t number)
{
    struct call *call;
    HASH_FIND(hh_sent, node->sent_calls, &number, sizeof number, call);
    return call && call->peer == peer ? call : NULL;
}

static struct call *find_sent(struct node *node, size_t peer, uint64_t number)
{
    struct call *call = call_find(node, peer, number);
    if (call && call->state == CALL_SENT)
        return call;
    node->dropped_count++; /* it may have ended at its deadline, or is answered already */
    return NULL;
}

static enum err cancel_there(struct node *node, const struct call *call, enum fail fail)
{
    return output_send(
        node, call->peer,
        (struct msg){
            .type = MSG_CANCEL,
            .cancel = {.call = call->exchange.number, .direction = BODY_OF_REPLY, .fail = fail}});
}

enum err call_on_reply(struct node *node, size_t peer, const struct msg_reply *reply)
{
    struct call *call = find_sent(node, peer, reply->call);
    if (!call)
        return OK;
    if (reply->kind == OUTCOME_FAILED)
        return call_fail(node, call, reply->fail, peer_code(node, peer));
    if (reply->rest_bytes && !stream_has_room(node, reply->body.size)) {
        const char *here = peer_code(node, node->config.region);
        enum err err = output_reserve(node, 1);
        if (!err)
            err = cancel_there(node, call, FAIL_CONGESTED);
        return err ? err : call_fail(node, call, FAIL_CONGESTED, here);
    }
    struct outcome outcome = {.kind = reply->kind,
                              .head = reply->head,
                              .body = reply->body,
                              .rest_bytes = reply->rest_bytes};
    return answer_call(node, call, &outcome);
}

/* Its caller is not interested any more: whoever works on it hears so. */
enum err call_abort(struct node *node, struct call *call)
{
    enum err err = output_reserve(node, 1);
    bool arrived = call->state == CALL_FLOWING && call->exchange.reply.state != FLOW_OPEN;
    if (!err && call->exchange.peer != REGION_NONE && !arrived)
        err = cancel_there(node, call, FAIL_NONE);
    else if (!err && call->exchange.run)
        err = stream_cut(node, &call->exchange, FAIL_NONE, "");
    if (!err)
        end_call(node, call);
    return err;
}

/* ---- links and time ---- */

enum err call_peer_up(struct node *node, size_t peer)
{
    while (node->peers[peer].waiting) {
        enum err err = send_there(node, node->peers[peer].waiting);
        if (err)
            return err;
    }
    return OK;
}

/* Its answer has begun, and does not go on. */
static enum err break_reply(struct node *node, struct call *call, enum fail fail, const char *code)
{
    enum err err = stream_cut(node, &call->exchange, fail, code);
    if (!err)
        end_call(node, call);
    return err;
}

enum err call_peer_down(struct node *node, size_t peer)
{
    const char *code = peer_code(node, peer);
    struct call *call, *next;
    DL_FOREACH_SAFE (node->peers[peer].sent, call, next) {
        enum err err = OK;
        if (call->state == CALL_SENT)
            err = call_fail(node, call, FAIL_CONNECTION_LOST, code);
        else if (call->exchange.reply.state == FLOW_OPEN)
            err = break_reply(node, call, FAIL_CONNECTION_LOST, code);
        /* else all of the reply is here; its reader may take its time */
        if (err)
            return err;
    }
    return OK;
}

/* Why the arbiter that `call` waits for has not answered. */
static enum fail unanswered(const struct node *node, const struct call *call)
{
    if (call->peer == node->config.region) /* its own disk is too slow */
        return FAIL_BUSY;
    if (call->peer != node->coordinator)
        return FAIL_ARBITER_UNREACHABLE;
    return node->peers[call->peer].boot && !node->joined ? FAIL_NOT_JOINED
                                                         : FAIL_COORDINATOR_UNREACHABLE;
}

static enum err time_out(struct node *node, struct call *call)
{
    const char *here = peer_code(node, node->config.region);
    switch (call->state) {
    case CALL_GATED: return call_fail(node, call, FAIL_BUSY, here);
    case CALL_CLAIMING:
        return call_fail(node, call, unanswered(node, call), peer_code(node, call->peer));
    case CALL_WAITING:
        return call_fail(node, call, FAIL_HOME_UNREACHABLE, peer_code(node, call->peer));
    case CALL_SENT: return call_fail(node, call, FAIL_DEADLINE, peer_code(node, call->peer));
    case CALL_RUNNING:
    case CALL_HELD: return call_fail(node, call, FAIL_DEADLINE, here);
    case CALL_FLOWING: call_rearm(node, call); return stream_look(node, &call->exchange);
    case CALL_NEW:
    case CALL_ENDED: break;
    }
    CHECK(!"a call with a timer is under way");
    return OK;
}

enum err call_timeouts(struct node *node)
{
    while (heap_deadline_us(&node->call_timers) <= node->now_us) {
        struct call *call = HEAP_OWNER(heap_first(&node->call_timers), struct call, timer);
        enum err err = time_out(node, call);
        if (err)
            return err;
    }
    return OK;
}
