#include "common/check.h"
#include "node/core/state.h"

#include <stdlib.h>

/* A fetch from another region, from its arrival to its reply. It runs at most once: calls of one
 * boot arrive in ascending order, so what is not higher than the last one is a repeat. */

void visit_free(struct visit *visit)
{
    buf_finish(&visit->kept);
    inflow_finish(&visit->request);
    buf_finish(&visit->reply_kept);
    outflow_finish(&visit->reply);
    free(visit);
}

/* The memory stays until the next step, because the output borrows from it. */
static void end_visit(struct node *node, struct visit *visit)
{
    if (visit->state == VISIT_RUNNING)
        object_abandon(node, visit->run);
    gate_drop(node, &visit->held);
    heap_remove(&node->visit_timers, &visit->timer);
    HASH_DELETE(hh, node->visits, visit);
    HASH_ADD(hh, node->ended_visits, key, sizeof visit->key, visit);
}

static enum err send_refusal(struct node *node, size_t peer, uint64_t call, enum fail fail)
{
    return output_send(node, peer,
                       (struct msg){.type = MSG_REPLY,
                                    .reply = {.call = call, .kind = OUTCOME_FAILED, .fail = fail}});
}

static enum err send_reply_parts(struct node *node, struct visit *visit)
{
    struct bytes part;
    while (outflow_next(&visit->reply, &part)) {
        enum err err = output_send(
            node, (size_t)visit->key.peer,
            (struct msg){
                .type = MSG_BODY,
                .body = {.call = visit->key.call, .direction = BODY_OF_REPLY, .part = part}});
        if (err)
            return err;
    }
    if (outflow_ended(&visit->reply))
        end_visit(node, visit);
    return OK;
}

static enum err reply_visit(struct node *node, struct visit *visit, const struct outcome *outcome)
{
    size_t peer = (size_t)visit->key.peer;
    enum fail fail = outcome->kind == OUTCOME_FAILED ? outcome->fail : FAIL_NONE;
    if (outcome->head.size > HEAD_BYTES_MAX ||
        outcome->body.size > node->config.limits.body_bytes_max)
        fail = FAIL_TOO_LARGE;
    visit->state = VISIT_REPLYING;
    if (fail) {
        enum err err = send_refusal(node, peer, visit->key.call, fail);
        if (!err)
            end_visit(node, visit);
        return err;
    }
    struct bytes first = {.data = outcome->body.data, .size = flow_first_part(outcome->body.size)};
    enum err err = outflow_begin(&visit->reply, outcome->body);
    if (!err)
        err = output_send(node, peer,
                          (struct msg){.type = MSG_REPLY,
                                       .reply = {.call = visit->key.call,
                                                 .kind = outcome->kind,
                                                 .head = outcome->head,
                                                 .body_size = outcome->body.size,
                                                 .body = first}});
    return err ? err : send_reply_parts(node, visit);
}

enum err visit_done(struct node *node, struct visit *visit, const struct outcome *outcome,
                    uint64_t after_op)
{
    if (after_op <= node->durable_op)
        return reply_visit(node, visit, outcome);
    visit->outcome = *outcome;
    enum err err = gate_keep(&visit->outcome, &visit->reply_kept);
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

static enum err run_visit(struct node *node, struct visit *visit, struct bytes body)
{
    struct node_run request = {.space = visit->space,
                               .object = visit->object,
                               .name = visit->name,
                               .head = visit->head,
                               .body = body};
    enum fail fail;
    enum err err = object_run(node, &request, NULL, visit, &visit->run, &fail);
    if (err)
        return err;
    if (fail) {
        struct outcome outcome = {.kind = OUTCOME_FAILED, .fail = fail};
        return reply_visit(node, visit, &outcome);
    }
    visit->state = VISIT_RUNNING;
    return OK;
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
    if (fetch->body_size > node->config.limits.body_bytes_max)
        return FAIL_TOO_LARGE;
    if (HASH_COUNT(node->visits) >= node->config.limits.call_count_max || gate_is_crowded(node))
        return FAIL_BUSY;
    return FAIL_NONE;
}

/* Keep what the rest of the body has to be waited for with. */
static enum err keep_fetch(struct visit *visit, const struct msg_fetch *fetch)
{
    enum err err = buf_append(&visit->kept, fetch->head.data, fetch->head.size);
    if (!err)
        err = buf_append(&visit->kept, fetch->name.data, fetch->name.size);
    visit->head.data = visit->kept.data;
    if (visit->name.data)
        visit->name.data = visit->kept.data + fetch->head.size;
    return err ? err : inflow_begin(&visit->request, fetch->body_size, fetch->body);
}

static enum err accept(struct node *node, size_t peer, const struct msg_fetch *fetch)
{
    struct visit *visit = calloc(1, sizeof *visit);
    if (!visit)
        return ERR_MEMORY;
    *visit = (struct visit){.state = VISIT_RECEIVING,
                            .key = {.peer = peer, .call = fetch->call},
                            .space = find_space(node, fetch->space),
                            .object = fetch->object,
                            .name = fetch->name,
                            .head = fetch->head};
    uint64_t budget_us = node->config.limits.fetch_deadline_us;
    if (fetch->budget_us < budget_us)
        budget_us = fetch->budget_us;
    enum err err = heap_add(&node->visit_timers, &visit->timer, node->now_us + budget_us);
    if (err) {
        free(visit);
        return err;
    }
    HASH_ADD(hh, node->visits, key, sizeof visit->key, visit);
    if (!homes_find(&node->homes, &fetch->object.id))
        err = object_settle(node, &fetch->object.id);
    if (!err)
        err = fetch->body.size == fetch->body_size ? run_visit(node, visit, fetch->body)
                                                   : keep_fetch(visit, fetch);
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
    node->peers[peer].highest_call = fetch->call;
    enum fail fail = objection(node, fetch);
    return fail ? send_refusal(node, peer, fetch->call, fail) : accept(node, peer, fetch);
}

static struct visit *find_visit(struct node *node, size_t peer, uint64_t call)
{
    struct visit_key key = {.call = call, .peer = peer};
    struct visit *visit;
    HASH_FIND(hh, node->visits, &key, sizeof key, visit); /* NOLINT(clang-analyzer-core.*) */
    if (!visit)
        node->dropped_count++;
    return visit;
}

enum err visit_on_body(struct node *node, size_t peer, const struct msg_body *body)
{
    uint64_t credit;
    struct visit *visit = find_visit(node, peer, body->call);
    if (!visit || visit->state != VISIT_RECEIVING)
        return OK;
    enum err err = inflow_add(&visit->request, body->part, &credit);
    if (err == ERR_INVALID) {
        struct outcome outcome = {.kind = OUTCOME_FAILED, .fail = FAIL_TOO_LARGE};
        return reply_visit(node, visit, &outcome);
    }
    if (!err && credit)
        err = output_send(node, peer,
                          (struct msg){.type = MSG_CREDIT,
                                       .credit = {.call = visit->key.call,
                                                  .direction = BODY_OF_REQUEST,
                                                  .bytes = credit}});
    if (err || !inflow_complete(&visit->request))
        return err;
    return run_visit(node, visit, buf_bytes(&visit->request.data));
}

enum err visit_on_credit(struct node *node, size_t peer, const struct msg_credit *credit)
{
    struct visit *visit = find_visit(node, peer, credit->call);
    if (!visit || visit->state != VISIT_REPLYING)
        return OK;
    outflow_credit(&visit->reply, credit->bytes);
    return send_reply_parts(node, visit);
}

/* ---- links and time ---- */

/* Nobody can be told any more; what runs goes on, unheard. */
void visit_peer_down(struct node *node, size_t peer)
{
    struct visit *visit, *next;
    HASH_ITER (hh, node->visits, visit, next) {
        if (visit->key.peer == peer)
            end_visit(node, visit);
    }
}

/* The caller ends at the same deadline by itself. */
void visit_timeouts(struct node *node)
{
    while (heap_deadline_us(&node->visit_timers) <= node->now_us)
        end_visit(node, HEAP_OWNER(heap_first(&node->visit_timers), struct visit, timer));
}
