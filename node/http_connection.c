#include "node/http_connection.h"
#include "common/check.h"

#include <stdlib.h>
#include <utlist.h>

enum {
    OUT_BYTES_MAX = 1 << 20,     /* of answers not yet written; then reading stops */
    DISCARD_BYTES_MAX = 1 << 20, /* of a body that an answer has made needless; then it is over */
    KEPT_BYTES_MAX = 16 << 10,   /* larger buffers are not kept when they are empty */
};

static void on_connection_closed(uv_handle_t *handle)
{
    struct http_connection *connection = handle->data;
    struct http_server *server = connection->server;
    buf_finish(&connection->in);
    buf_finish(&connection->out);
    buf_finish(&connection->writing);
    if (connection->counted)
        server->stats.open_connections--;
    free(connection);
    http_server_lost(server);
}

/* Whether its owner has it and has not answered. */
static bool is_queued(const struct http_connection *connection,
                      const struct http_exchange *exchange)
{
    const struct http_exchange *queued;
    DL_FOREACH (connection->queue, queued)
        if (queued == exchange)
            return true;
    return false;
}

void http_connection_close(struct http_connection *connection, bool gone)
{
    struct http_server *server = connection->server;
    if (connection->closing)
        return;
    connection->closing = true;
    http_be_patient(connection, PATIENCE_NONE, false);
    if (connection->marked)
        DL_DELETE2(server->marked, connection, marked_prev, marked_next);
    if (connection->counted)
        DL_DELETE(server->connections, connection);
    if (connection->receiving && !is_queued(connection, connection->receiving))
        http_exchange_drop(connection->receiving);
    connection->receiving = NULL;
    uv_close((uv_handle_t *)&connection->tcp, on_connection_closed);
    while (connection->queue) {
        struct http_exchange *exchange = connection->queue;
        DL_DELETE(connection->queue, exchange);
        exchange->connection = NULL;
        if (exchange->answered)
            http_exchange_drop(exchange);
        else if (gone && server->on_gone)
            server->on_gone(server->owner, exchange);
    }
}

static bool may_take(const struct http_connection *connection)
{
    if (connection->closing || connection->failed)
        return false;
    if (connection->receiving && connection->receiving->handed) /* the rest of its body */
        return connection->receiving->untaken_bytes < HTTP_WINDOW_BYTES;
    return !connection->last &&
           connection->queue_count < connection->server->limits.pipeline_count_max &&
           connection->out.size + connection->writing.size < OUT_BYTES_MAX;
}

/* Tell a client that waits with its body to send it, once all earlier answers are out. */
static void invite_body(struct http_connection *connection)
{
    struct http_exchange *receiving = connection->receiving;
    struct bytes invitation = BYTES_LITERAL("HTTP/1.1 100 Continue\r\n\r\n");
    bool its_turn = !connection->queue || connection->queue == receiving;
    if (!its_turn || !receiving || !receiving->message.wants_continue)
        return;
    receiving->message.wants_continue = false;
    if (receiving->message.body.size == 0 && !connection->last &&
        buf_append(&connection->out, invitation.data, invitation.size) != OK)
        connection->failed = true;
}

/* The answer of the request that is coming in is complete, its body is not: the rest is for nobody.
 * Who waits to be invited is told to stop by the end of the connection. */
static void leave_body(struct http_connection *connection)
{
    connection->receiving->untaken_bytes = 0;
    connection->discarded_bytes = 0;
    if (!connection->receiving->message.wants_continue && !connection->last)
        return;
    connection->last = true;
    http_exchange_drop(connection->receiving);
    connection->receiving = NULL;
    buf_finish(&connection->in);
}

void http_connection_advance(struct http_connection *connection)
{
    struct http_exchange *exchange;
    while ((exchange = connection->queue) && exchange->answered) {
        if (buf_append(&connection->out, exchange->answer.data, exchange->answer.size) != OK)
            connection->failed = true;
        DL_DELETE(connection->queue, exchange);
        connection->queue_count--;
        if (exchange == connection->receiving)
            leave_body(connection);
        else
            http_exchange_drop(exchange);
    }
    if (exchange && exchange->flowing) { /* what has been written of it so far, then straight out */
        if (buf_append(&connection->out, exchange->answer.data, exchange->answer.size) != OK)
            connection->failed = true;
        exchange->answer.size = 0;
    }
    invite_body(connection);
}

/* What the owner was told of, and now cannot go on. */
static void take_back(struct http_connection *connection, struct http_exchange *exchange)
{
    struct http_server *server = connection->server;
    DL_DELETE(connection->queue, exchange);
    connection->queue_count--;
    exchange->connection = NULL;
    if (server->on_gone)
        server->on_gone(server->owner, exchange);
}

/* Answer the request that is coming in, or might have, by ourselves, and take no other. */
static void refuse(struct http_connection *connection, unsigned status, const char *why)
{
    struct http_exchange *exchange = connection->receiving;
    const struct http_header type = {.name = BYTES_LITERAL("Content-Type"),
                                     .value = BYTES_LITERAL("text/plain; charset=utf-8")};
    char text[256];
    int size = snprintf(text, sizeof text, "%s\n", why);
    bool handed = exchange && exchange->handed;
    connection->last = true;
    connection->receiving = NULL;
    buf_finish(&connection->in);
    connection->server->stats.refused++;
    if (handed && (exchange->flowing || !is_queued(connection, exchange))) {
        if (!is_queued(connection, exchange))
            http_exchange_drop(exchange); /* it was answered long ago */
        connection->failed = true;        /* its answer cannot be taken back */
        return;
    }
    if (handed) {
        take_back(connection, exchange);
        exchange = NULL;
    }
    if (!exchange && !(exchange = http_exchange_take(connection->server))) {
        connection->failed = true;
        return;
    }
    CHECK(size > 0 && (size_t)size < sizeof text);
    exchange->connection = connection;
    exchange->message.keep_alive = false;
    exchange->answered = true;
    DL_APPEND(connection->queue, exchange);
    connection->queue_count++;
    http_print(exchange,
               &(struct http_response){.status = status,
                                       .headers = &type,
                                       .header_count = 1,
                                       .body = {.data = text, .size = (size_t)size}},
               &exchange->answer);
    http_connection_advance(connection);
}

/* Give a request to the owner: whole, or with the beginning of its body. */
static void hand_over(struct http_connection *connection, struct http_exchange *exchange)
{
    struct http_server *server = connection->server;
    connection->stirred = true;
    if (!exchange->message.keep_alive)
        connection->last = true;
    DL_APPEND(connection->queue, exchange);
    connection->queue_count++;
    server->stats.requests++;
    server->on_request(server->owner, exchange);
}

static void hand_over_whole(struct http_connection *connection)
{
    struct http_exchange *exchange = connection->receiving;
    connection->receiving = NULL;
    hand_over(connection, exchange);
}

static void hand_over_head(struct http_connection *connection)
{
    struct http_message *message = &connection->receiving->message;
    message->request.body = buf_bytes(&message->body);
    message->request.rest_bytes = http_rest_bytes(&connection->parser);
    connection->receiving->handed = true;
    connection->receiving->untaken_bytes = message->body.size;
    hand_over(connection, connection->receiving);
    if (connection->receiving)
        connection->receiving->message.body.size = 0;
}

/* More of the body of a request that its owner has, or has answered already. */
static void hand_over_part(struct http_connection *connection, bool last)
{
    struct http_server *server = connection->server;
    struct http_exchange *exchange = connection->receiving;
    struct bytes part = buf_bytes(&exchange->message.body);
    bool queued = is_queued(connection, exchange);
    exchange->message.body.size = 0;
    connection->stirred = true;
    if (last)
        connection->receiving = NULL;
    if (queued && (part.size || last)) {
        exchange->untaken_bytes += part.size;
        server->on_body(server->owner, exchange, part, last);
    }
    if (queued)
        return;
    connection->discarded_bytes += part.size;
    if (!last && connection->discarded_bytes <= DISCARD_BYTES_MAX)
        return;
    http_exchange_drop(exchange);
    if (!last) {
        connection->receiving = NULL;
        connection->last = true;
    }
}

static void take_more(struct http_connection *connection)
{
    struct http_exchange *exchange = connection->receiving;
    bool flows = connection->server->limits.bodies_flow && connection->parser.in_body;
    if (flows && exchange->handed)
        hand_over_part(connection, false);
    else if (flows)
        hand_over_head(connection);
    invite_body(connection);
}

static void take_last(struct http_connection *connection)
{
    if (connection->receiving->handed)
        hand_over_part(connection, true);
    else
        hand_over_whole(connection);
}

/* Cut bytes into requests, as far as more may be taken; returns how many bytes were used. */
static size_t take_requests(struct http_connection *connection, const char *data, size_t size)
{
    size_t used = 0;
    while (used < size && may_take(connection)) {
        size_t taken = 0;
        if (!connection->receiving) {
            connection->receiving = http_exchange_take(connection->server);
            if (!connection->receiving) {
                connection->failed = true;
                break;
            }
            connection->receiving->connection = connection;
        }
        enum http_parse result = http_parse(&connection->parser, &connection->receiving->message,
                                            data + used, size - used, &taken);
        used += taken;
        switch (result) {
        case HTTP_PARSE_MORE:
            take_more(connection);
            return connection->last && !connection->receiving ? size : used;
        case HTTP_PARSE_DONE: take_last(connection); break;
        case HTTP_PARSE_REFUSED:
            refuse(connection, connection->parser.refusal.status, connection->parser.refusal.why);
            return size;
        }
    }
    return connection->last && !connection->receiving ? size : used;
}

static void on_written(uv_write_t *write, int status)
{
    struct http_connection *connection = write->data;
    buf_finish(&connection->writing);
    if (connection->closing)
        return;
    if (status < 0)
        http_connection_close(connection, true);
    else
        http_connection_turn(connection);
}

static void empty(struct buf *buf)
{
    if (buf->capacity > KEPT_BYTES_MAX)
        buf_finish(buf);
    buf->size = 0;
}

/* Write what has gathered: at once what the socket takes, the rest by libuv. */
static void flush(struct http_connection *connection)
{
    struct buf *out = &connection->out;
    if (connection->closing || connection->writing.size > 0 || out->size == 0)
        return;
    uv_stream_t *stream = (uv_stream_t *)&connection->tcp;
    uv_buf_t part = {.base = (char *)out->data, .len = out->size};
    int written = uv_try_write(stream, &part, 1);
    if (written == UV_EAGAIN)
        written = 0;
    if (written >= 0 && (size_t)written == out->size) {
        empty(out);
        return;
    }
    if (written >= 0) {
        connection->writing = *out;
        *out = (struct buf){0};
        connection->stirred = true;
        part.base = (char *)connection->writing.data + written;
        part.len = connection->writing.size - (size_t)written;
        connection->write.data = connection;
        written = uv_write(&connection->write, stream, &part, 1, on_written);
    }
    if (written < 0)
        http_connection_close(connection, true);
}

static void on_shut(uv_shutdown_t *shutdown, int status)
{
    struct http_connection *connection = shutdown->handle->data;
    if (status < 0 && !connection->closing)
        http_connection_close(connection, true);
}

/* All answers are written. Closing at once would make the kernel reset the connection when bytes
 * are unread, and the client might lose the answer: so only our side ends, for a while. */
static void end_answers(struct http_connection *connection)
{
    uv_stream_t *stream = (uv_stream_t *)&connection->tcp;
    bool shut_before = connection->shut;
    connection->shut = true;
    if (connection->ended ||
        (!shut_before && uv_shutdown(&connection->shutdown, stream, on_shut) != 0))
        http_connection_close(connection, true);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *ret_buffer)
{
    struct http_connection *connection = handle->data;
    (void)suggested;
    *ret_buffer = uv_buf_init(connection->server->read_buffer, HTTP_READ_BYTES);
}

static void take_read(struct http_connection *connection, const char *data, size_t size)
{
    if (connection->last && !connection->receiving)
        return; /* whatever comes after the last request is nobody's */
    if (connection->parser.in_body)
        connection->stirred = true;
    connection->in_turn = true;
    size_t used = connection->in.size == 0 ? take_requests(connection, data, size) : 0;
    if (used < size && buf_append(&connection->in, data + used, size - used) != OK)
        connection->failed = true;
    connection->in_turn = false;
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    struct http_connection *connection = stream->data;
    if (size == 0)
        return;
    if (size == UV_EOF) {
        connection->ended = true;
        connection->reading = false;
        uv_read_stop(stream);
    } else if (size < 0) {
        http_connection_close(connection, true);
        return;
    } else
        take_read(connection, buffer->base, (size_t)size);
    http_connection_turn(connection);
}

/* Read on, unless what was read cannot be taken. */
static void adjust_reading(struct http_connection *connection)
{
    bool wanted = !connection->ended &&
                  ((connection->last && !connection->receiving) || may_take(connection));
    if (wanted == connection->reading)
        return;
    connection->reading = wanted;
    if (!wanted)
        uv_read_stop((uv_stream_t *)&connection->tcp);
    else if (uv_read_start((uv_stream_t *)&connection->tcp, on_alloc, on_read) != 0)
        http_connection_close(connection, true);
}

static enum patience patience_for(const struct http_connection *connection)
{
    if (connection->shut)
        return PATIENCE_LINGER;
    if (connection->writing.size > 0)
        return PATIENCE_WRITE;
    if (!may_take(connection))
        return PATIENCE_NONE;
    if (connection->parser.in_body)
        return PATIENCE_BODY;
    if (connection->in.size > 0)
        return PATIENCE_HEAD;
    return connection->queue ? PATIENCE_NONE : PATIENCE_IDLE;
}

/* All that came was taken, and no more will come. */
static void take_end(struct http_connection *connection)
{
    if (connection->parser.in_body || connection->in.size > 0)
        refuse(connection, 400, "the request ends in the middle");
    connection->last = true;
}

/* What was written is with the kernel: who writes the answer may go on, in a turn to come. */
static void drain(struct http_connection *connection)
{
    struct http_server *server = connection->server;
    struct http_exchange *exchange = connection->queue;
    if (connection->closing || connection->out.size || connection->writing.size || !exchange ||
        !exchange->flowing || !exchange->undrained_bytes)
        return;
    size_t bytes = exchange->undrained_bytes;
    exchange->undrained_bytes = 0;
    connection->stirred = true;
    server->on_drain(server->owner, exchange, bytes);
}

void http_connection_turn(struct http_connection *connection)
{
    bool blocked;
    if (connection->closing)
        return;
    connection->in_turn = true;
    do {
        if (connection->in.size > 0) {
            size_t used =
                take_requests(connection, (const char *)connection->in.data, connection->in.size);
            buf_consume(&connection->in, used < connection->in.size ? used : connection->in.size);
            if (connection->in.size == 0)
                empty(&connection->in);
        }
        blocked = !may_take(connection);
        if (connection->ended && !blocked)
            take_end(connection);
        flush(connection);
    } while (blocked && connection->in.size > 0 && may_take(connection));
    connection->in_turn = false;
    if (connection->failed)
        http_connection_close(connection, true);
    drain(connection);
    if (!connection->closing && connection->last && !connection->queue &&
        connection->out.size == 0 && connection->writing.size == 0)
        end_answers(connection);
    if (!connection->closing)
        adjust_reading(connection);
    if (!connection->closing)
        http_be_patient(connection, patience_for(connection), connection->stirred);
    connection->stirred = false;
}

void http_connection_expire(struct http_connection *connection)
{
    size_t left_bytes = uv_stream_get_write_queue_size((uv_stream_t *)&connection->tcp);
    switch (connection->patience) {
    case PATIENCE_HEAD: refuse(connection, 408, "the head of the request took too long"); break;
    case PATIENCE_BODY: refuse(connection, 408, "the body of the request took too long"); break;
    case PATIENCE_WRITE:
        if (left_bytes < connection->write_left_bytes) {
            http_be_patient(connection, PATIENCE_WRITE, true);
            return;
        }
        http_connection_close(connection, true);
        return;
    case PATIENCE_IDLE:
    case PATIENCE_LINGER: http_connection_close(connection, true); return;
    case PATIENCE_NONE:
    case PATIENCE_COUNT: CHECK(!"a deadline without patience");
    }
    http_connection_turn(connection);
}

void http_connection_accept(struct http_server *server)
{
    struct http_connection *connection = calloc(1, sizeof *connection);
    if (!connection)
        return;
    connection->server = server;
    http_parser_init(&connection->parser, &server->limits);
    if (uv_tcp_init(server->loop, &connection->tcp) != 0) {
        free(connection);
        return;
    }
    connection->tcp.data = connection;
    server->alive_count++;
    bool room = server->stats.open_connections < server->limits.connection_count_max;
    if (uv_accept((uv_stream_t *)&server->listener, (uv_stream_t *)&connection->tcp) != 0 ||
        !room) {
        http_connection_close(connection, false);
        return;
    }
    connection->counted = true;
    server->stats.open_connections++;
    DL_APPEND(server->connections, connection);
    uv_tcp_nodelay(&connection->tcp, 1);
    http_connection_turn(connection);
}
