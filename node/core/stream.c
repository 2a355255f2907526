#include "node/core/state.h"

#include <stdlib.h>

/* Bodies that flow between callers and objects. Each of the two ends of a body is in this process or
 * at a peer; what comes from one end goes on to the other at once, and only its size is kept. */

static bool caller_here(const struct exchange *exchange)
{
    return !exchange->is_visit;
}

static bool home_here(const struct exchange *exchange)
{
    return exchange->home_here;
}

static bool writer_here(const struct exchange *exchange, enum body_direction direction)
{
    return direction == BODY_OF_REQUEST ? caller_here(exchange) : home_here(exchange);
}

static bool reader_here(const struct exchange *exchange, enum body_direction direction)
{
    return direction == BODY_OF_REQUEST ? home_here(exchange) : caller_here(exchange);
}

static struct body_end call_end(const struct exchange *exchange)
{
    return (struct body_end){.side = BODY_OF_CALL, .number = exchange->token};
}

static struct body_end run_end(const struct exchange *exchange)
{
    return (struct body_end){.side = BODY_OF_RUN, .number = exchange->run};
}

static struct body_end writer_end(const struct exchange *exchange, enum body_direction direction)
{
    return direction == BODY_OF_REQUEST ? call_end(exchange) : run_end(exchange);
}

static struct body_end reader_end(const struct exchange *exchange, enum body_direction direction)
{
    return direction == BODY_OF_REQUEST ? run_end(exchange) : call_end(exchange);
}

static struct flow *flow_of(struct exchange *exchange, enum body_direction direction)
{
    return direction == BODY_OF_REQUEST ? &exchange->request : &exchange->reply;
}

static void set_region(char region[REGION_CODE_BYTES_MAX + 1], const char *code)
{
    for (size_t i = 0; i < REGION_CODE_BYTES_MAX && code[i]; i++)
        region[i] = code[i];
}

static size_t room_bytes(const struct node *node)
{
    uint64_t limit_bytes = node->config.limits.body_buffer_bytes_max;
    return node->buffered_bytes < limit_bytes ? (size_t)(limit_bytes - node->buffered_bytes) : 0;
}

bool stream_has_room(const struct node *node, size_t bytes)
{
    return bytes <= room_bytes(node);
}

/* How far a writer may be ahead of a reader in this process: less when much waits to be read. */
static uint64_t window_bytes(const struct node *node, const struct exchange *exchange)
{
    uint64_t free_bytes = room_bytes(node);
    bool near = caller_here(exchange) && home_here(exchange);
    uint64_t window_bytes = near ? BODY_NEAR_BYTES : BODY_WINDOW_BYTES;
    if (free_bytes / 16 < window_bytes)
        window_bytes = free_bytes / 16;
    return window_bytes < BODY_PART_BYTES_MAX ? BODY_PART_BYTES_MAX : window_bytes;
}

/* ---- telling the other end ---- */

static enum err send_body(struct node *node, const struct exchange *exchange,
                          const struct msg_body *body)
{
    return output_send(node, exchange->peer, (struct msg){.type = MSG_BODY, .body = *body});
}

/* In messages of their size; room for all comes first, so that either all leave or none. */
static enum err send_parts(struct node *node, const struct exchange *exchange,
                           enum body_direction direction, const struct body_part *part)
{
    struct msg_body body = {.call = exchange->number, .direction = direction};
    struct bytes rest = part->bytes;
    size_t most = part->step == BODY_BROKEN ? HEAD_BYTES_MAX : BODY_PART_BYTES_MAX;
    enum err err = outbox_reserve(&node->outbox, rest.size / most + 1);
    while (!err && rest.size > most) {
        body.step = BODY_MORE;
        body.part = (struct bytes){.data = rest.data, .size = most};
        rest = (struct bytes){.data = (const uint8_t *)rest.data + most, .size = rest.size - most};
        err = send_body(node, exchange, &body);
    }
    body.step = part->step;
    body.fail = part->fail;
    body.part = rest;
    return err ? err : send_body(node, exchange, &body);
}

static enum err tell_reader(struct node *node, const struct exchange *exchange,
                            enum body_direction direction, const struct body_part *part)
{
    struct body_part told = *part;
    if (!reader_here(exchange, direction))
        return send_parts(node, exchange, direction, part);
    told.end = reader_end(exchange, direction);
    return output_part(node, &told);
}

static enum err tell_writer(struct node *node, const struct exchange *exchange,
                            enum body_direction direction, const struct body_pull *pull)
{
    struct body_pull told = *pull;
    if (writer_here(exchange, direction)) {
        told.end = writer_end(exchange, direction);
        return output_pull(node, &told);
    }
    struct msg msg = {
        .type = MSG_CREDIT,
        .credit = {.call = exchange->number, .direction = direction, .bytes = pull->bytes}};
    if (pull->cancel)
        msg = (struct msg){
            .type = MSG_CANCEL,
            .cancel = {.call = exchange->number, .direction = direction, .fail = pull->fail}};
    return output_send(node, exchange->peer, msg);
}

/* ---- ends ---- */

static void close_flow(struct node *node, struct flow *flow)
{
    node->buffered_bytes -= flow->untaken_bytes;
    *flow = (struct flow){0};
}

static void drop_held(struct node *node, struct held_part *part)
{
    gate_drop(node, &part->held);
    node->buffered_bytes -= part->kept.size;
    DL_DELETE(part->exchange->held, part);
    DL_APPEND(node->ended_parts, part);
}

void stream_drop(struct node *node, struct exchange *exchange)
{
    while (exchange->held)
        drop_held(node, exchange->held);
    close_flow(node, &exchange->request);
    close_flow(node, &exchange->reply);
}

void stream_free(struct exchange *exchange)
{
    while (exchange->held) {
        struct held_part *part = exchange->held;
        DL_DELETE(exchange->held, part);
        held_part_free(part);
    }
}

void held_part_free(struct held_part *part)
{
    buf_finish(&part->kept);
    free(part);
}

static void end_exchange(struct node *node, struct exchange *exchange)
{
    if (exchange->is_visit)
        visit_over(node, HEAP_OWNER(exchange, struct visit, exchange));
    else
        call_over(node, HEAP_OWNER(exchange, struct call, exchange));
}

void stream_run_ended(struct node *node, struct exchange *exchange)
{
    exchange->run = 0;
    close_flow(node, &exchange->request);
}

/* The reply has been written to its end: the handler's work is done, and nobody reads its request
 * any more. The exchange goes on until the reply is taken. */
static void reply_written(struct node *node, struct exchange *exchange)
{
    if (exchange->run)
        object_abandon(node, exchange->run);
    stream_run_ended(node, exchange);
    if (exchange->reply.state == FLOW_NONE)
        end_exchange(node, exchange);
}

/* One body ends in the middle, for reader and writer. */
static enum err cut_flow(struct node *node, struct exchange *exchange,
                         enum body_direction direction, enum fail fail, const char *region)
{
    struct flow *flow = flow_of(exchange, direction);
    struct body_part part = {.step = BODY_BROKEN, .fail = fail};
    struct body_pull pull = {.cancel = true, .fail = fail};
    set_region(part.region, region);
    set_region(pull.region, region);
    enum err err = output_reserve(node, 2);
    if (!err)
        err = tell_reader(node, exchange, direction, &part);
    if (!err && flow->state == FLOW_OPEN)
        err = tell_writer(node, exchange, direction, &pull);
    if (err)
        return err;
    close_flow(node, flow);
    if (direction == BODY_OF_REPLY)
        reply_written(node, exchange);
    return OK;
}

enum err stream_cut(struct node *node, struct exchange *exchange, enum fail fail,
                    const char *region)
{
    struct body_part part = {.step = BODY_BROKEN, .fail = fail ? fail : FAIL_CONNECTION_LOST};
    struct body_pull pull = {.cancel = true, .fail = fail};
    set_region(part.region, region);
    set_region(pull.region, region);
    enum err err = output_reserve(node, 0);
    if (!err && exchange->run && exchange->request.state != FLOW_NONE) {
        part.end = run_end(exchange);
        err = output_part(node, &part);
    }
    if (!err && exchange->run) { /* even without a body: its caller has gone */
        pull.end = run_end(exchange);
        err = output_pull(node, &pull);
    }
    if (!err && caller_here(exchange) && exchange->reply.state == FLOW_OPEN) {
        part.end = call_end(exchange);
        err = output_part(node, &part);
    }
    return err;
}

enum err stream_look(struct node *node, struct exchange *exchange)
{
    const char *here = peer_code(node, node->config.region);
    enum body_direction directions[] = {BODY_OF_REQUEST, BODY_OF_REPLY}; /* a reply ends all */
    for (size_t i = 0; i < sizeof directions / sizeof *directions; i++) {
        const struct flow *flow = flow_of(exchange, directions[i]);
        if (flow->state == FLOW_NONE || !flow->untaken_bytes ||
            !reader_here(exchange, directions[i]) ||
            node->now_us - flow->moved_us < node->config.limits.body_stall_us)
            continue;
        enum err err = cut_flow(node, exchange, directions[i], FAIL_STALLED, here);
        if (err)
            return err;
    }
    return OK;
}

/* ---- beginnings ---- */

static enum err begin_flow(struct node *node, struct exchange *exchange,
                           enum body_direction direction, size_t first_bytes, uint64_t rest_bytes)
{
    struct flow *flow = flow_of(exchange, direction);
    bool near = caller_here(exchange) && home_here(exchange);
    uint64_t window = near ? BODY_NEAR_BYTES : BODY_WINDOW_BYTES;
    struct body_pull pull = {.bytes = window - first_bytes};
    if (rest_bytes == 0)
        return OK;
    /* A peer knows without being told that it may begin. */
    enum err err =
        writer_here(exchange, direction) ? tell_writer(node, exchange, direction, &pull) : OK;
    if (err)
        return err;
    bool counts = reader_here(exchange, direction);
    flow_begin(flow, window, counts ? first_bytes : 0, rest_bytes, node->now_us);
    node->buffered_bytes += flow->untaken_bytes;
    return OK;
}

enum err stream_begin_request(struct node *node, struct exchange *exchange, size_t first_bytes,
                              uint64_t rest_bytes)
{
    return begin_flow(node, exchange, BODY_OF_REQUEST, first_bytes, rest_bytes);
}

enum err stream_begin_reply(struct node *node, struct exchange *exchange, size_t first_bytes,
                            uint64_t rest_bytes)
{
    return begin_flow(node, exchange, BODY_OF_REPLY, first_bytes, rest_bytes);
}

/* ---- parts ---- */

/* Whether a reader in this process gets it; else it has been cut. */
static enum err admit(struct node *node, struct exchange *exchange, enum body_direction direction,
                      const struct body_part *part, bool *ret_admitted)
{
    struct flow *flow = flow_of(exchange, direction), before = *flow;
    const char *here = peer_code(node, node->config.region);
    enum fail fail = FAIL_NONE;
    *ret_admitted = true;
    if (part->step == BODY_BROKEN)
        return OK;
    if (!stream_has_room(node, part->bytes.size))
        fail = FAIL_CONGESTED;
    else if (!flow_accept(flow, part->bytes.size, part->step == BODY_LAST, node->now_us))
        fail = FAIL_CONNECTION_LOST; /* more, or less, than was agreed */
    *ret_admitted = fail == FAIL_NONE;
    if (fail)
        return cut_flow(node, exchange, direction, fail, here);
    enum err err = tell_reader(node, exchange, direction, part);
    if (err)
        *flow = before;
    else
        node->buffered_bytes += part->bytes.size;
    return err;
}

/* A part goes on from its writer to its reader. */
static enum err pass_part(struct node *node, struct exchange *exchange,
                          enum body_direction direction, const struct body_part *part)
{
    struct flow *flow = flow_of(exchange, direction);
    bool here = reader_here(exchange, direction), admitted = true;
    if (flow->state != FLOW_OPEN)
        return OK; /* it has been cut meanwhile */
    /* What is told cannot fail from here on, so nothing is told in part. */
    enum err err = output_reserve(node, part->bytes.size / BODY_PART_BYTES_MAX + 2);
    if (!err && here)
        err = admit(node, exchange, direction, part, &admitted);
    if (err || !admitted)
        return err;
    if (!here || part->step == BODY_BROKEN) {
        err = tell_reader(node, exchange, direction, part);
        if (err)
            return err;
        if (part->step != BODY_MORE)
            close_flow(node, flow);
    }
    if (part->step != BODY_MORE && direction == BODY_OF_REPLY)
        reply_written(node, exchange);
    return OK;
}

static enum err hold_part(struct node *node, struct exchange *exchange,
                          enum body_direction direction, const struct body_part *part,
                          uint64_t after_op)
{
    if (!stream_has_room(node, part->bytes.size))
        return cut_flow(node, exchange, direction, FAIL_CONGESTED,
                        peer_code(node, node->config.region));
    struct held_part *held = calloc(1, sizeof *held);
    enum err err = held ? buf_append(&held->kept, part->bytes.data, part->bytes.size) : ERR_MEMORY;
    if (err) {
        free(held);
        return err;
    }
    held->exchange = exchange;
    held->direction = direction;
    held->part = *part;
    held->part.bytes.data = held->kept.data;
    if (exchange->held && exchange->held->prev->held.after_op > after_op)
        after_op = exchange->held->prev->held.after_op; /* they keep their order */
    DL_APPEND(exchange->held, held);
    node->buffered_bytes += held->kept.size;
    gate_hold(node, &held->held, HELD_PART, after_op);
    return OK;
}

enum err stream_on_part(struct node *node, const struct body_part *part)
{
    struct exchange *exchange;
    uint64_t after_op = 0;
    enum body_direction direction =
        part->end.side == BODY_OF_CALL ? BODY_OF_REQUEST : BODY_OF_REPLY;
    if (direction == BODY_OF_REQUEST) {
        struct call *call = call_find_token(node, part->end.number);
        exchange = call ? &call->exchange : NULL;
        after_op = call ? object_op(node, call->exchange.from_instance) : 0;
    } else {
        exchange = object_exchange(node, part->end.number, &after_op);
    }
    if (!exchange || flow_of(exchange, direction)->state != FLOW_OPEN)
        return OK; /* it was cut a moment ago */
    if (after_op > node->durable_op || exchange->held)
        return hold_part(node, exchange, direction, part, after_op);
    return pass_part(node, exchange, direction, part);
}

enum err stream_released(struct node *node, struct held_part *held)
{
    struct exchange *exchange = held->exchange;
    struct body_part part = held->part;
    enum body_direction direction = held->direction;
    DL_DELETE(exchange->held, held);
    node->buffered_bytes -= held->kept.size;
    enum err err = pass_part(node, exchange, direction, &part);
    if (err) {
        DL_PREPEND(exchange->held, held);
        node->buffered_bytes += held->kept.size;
    } else {
        DL_APPEND(node->ended_parts, held); /* the output borrows from it */
    }
    return err;
}

static struct exchange *find_exchange(struct node *node, size_t peer, uint64_t number,
                                      bool is_visit)
{
    struct visit *visit = is_visit ? visit_find(node, peer, number) : NULL;
    struct call *call = is_visit ? NULL : call_find(node, peer, number);
    if (!visit && !call)
        node->dropped_count++; /* it has ended here while this was under way */
    return visit ? &visit->exchange : call ? &call->exchange : NULL;
}

enum err stream_on_body(struct node *node, size_t peer, const struct msg_body *body)
{
    struct exchange *exchange =
        find_exchange(node, peer, body->call, body->direction == BODY_OF_REQUEST);
    struct body_part part = {.step = body->step, .fail = body->fail, .bytes = body->part};
    if (!exchange)
        return OK;
    set_region(part.region, peer_code(node, peer));
    return pass_part(node, exchange, body->direction, &part);
}

/* ---- pulls ---- */

/* The reader of one body reads on no more, of its own will. */
static enum err cancel_flow(struct node *node, struct exchange *exchange,
                            enum body_direction direction, const struct body_pull *pull)
{
    struct flow *flow = flow_of(exchange, direction);
    enum err err = flow->state == FLOW_OPEN ? tell_writer(node, exchange, direction, pull) : OK;
    if (!err)
        close_flow(node, flow);
    return err;
}

static enum err take(struct node *node, struct exchange *exchange, enum body_direction direction,
                     uint64_t bytes)
{
    struct flow *flow = flow_of(exchange, direction);
    if (flow->state == FLOW_NONE)
        return OK;
    node->buffered_bytes -= flow_take(flow, bytes, node->now_us);
    struct body_pull pull = {.bytes = flow_grant(flow, window_bytes(node, exchange))};
    enum err err = pull.bytes ? tell_writer(node, exchange, direction, &pull) : OK;
    if (err) { /* the next one makes up for it */
        flow->credit_bytes -= pull.bytes;
        return OK;
    }
    if (flow->state == FLOW_NONE && direction == BODY_OF_REPLY)
        end_exchange(node, exchange);
    return OK;
}

enum err stream_on_pull(struct node *node, const struct body_pull *pull)
{
    if (pull->end.side == BODY_OF_RUN) {
        uint64_t op;
        struct exchange *exchange = object_exchange(node, pull->end.number, &op);
        if (!exchange)
            return OK;
        return pull->cancel ? cancel_flow(node, exchange, BODY_OF_REQUEST, pull)
                            : take(node, exchange, BODY_OF_REQUEST, pull->bytes);
    }
    struct call *call = call_find_token(node, pull->end.number);
    if (!call)
        return OK;
    return pull->cancel ? call_abort(node, call)
                        : take(node, &call->exchange, BODY_OF_REPLY, pull->bytes);
}

enum err stream_on_credit(struct node *node, size_t peer, const struct msg_credit *credit)
{
    bool is_visit = credit->direction == BODY_OF_REPLY;
    struct exchange *exchange = find_exchange(node, peer, credit->call, is_visit);
    struct body_pull pull = {.bytes = credit->bytes};
    if (!exchange || flow_of(exchange, credit->direction)->state != FLOW_OPEN)
        return OK;
    return tell_writer(node, exchange, credit->direction, &pull);
}

enum err stream_on_cancel(struct node *node, size_t peer, const struct msg_cancel *cancel)
{
    bool is_visit = cancel->direction == BODY_OF_REPLY;
    struct exchange *exchange = find_exchange(node, peer, cancel->call, is_visit);
    struct body_pull pull = {.cancel = true, .fail = cancel->fail};
    if (!exchange)
        return OK;
    set_region(pull.region, peer_code(node, peer));
    if (is_visit)
        return visit_abort(node, HEAP_OWNER(exchange, struct visit, exchange), cancel->fail);
    return cancel_flow(node, exchange, BODY_OF_REQUEST, &pull);
}
