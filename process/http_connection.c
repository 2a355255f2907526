#include "process/http_connection.h"
#include "common/check.h"

#include <stdlib.h>
#include <utlist.h>

/* The socket of a connection: reading, writing, patience, its beginning and end. */

enum { KEPT_BYTES_MAX = 16 << 10 }; /* larger buffers are not kept when they are empty */

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
    if (connection->receiving && !http_is_queued(connection, connection->receiving))
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
    size_t used = connection->in.size == 0 ? http_take_requests(connection, data, size) : 0;
    if (used < size && buf_append(&connection->in, data + used, size - used) != OK)
        connection->failed = true;
    connection->in_turn = false;
}

/* Whether a client that has ended its side waits for no answer any more. */
static bool has_left(const struct http_connection *connection)
{
    const struct http_server *server = connection->server;
    return connection->queue && !connection->receiving && connection->in.size == 0 &&
           uv_now(server->loop) - connection->handed_ms >= server->limits.half_close_ms;
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
    }
    if (size > 0)
        take_read(connection, buffer->base, (size_t)size);
    else if (size != UV_EOF || has_left(connection)) {
        http_connection_close(connection, true);
        return;
    }
    http_connection_turn(connection);
}

/* Read on, unless what was read cannot be taken. */
static void adjust_reading(struct http_connection *connection)
{
    bool wanted = !connection->ended &&
                  ((connection->last && !connection->receiving) || http_may_take(connection));
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
    if (!http_may_take(connection))
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
        http_turn_away(connection, 400, "the request ends in the middle");
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
            size_t used = http_take_requests(connection, (const char *)connection->in.data,
                                             connection->in.size);
            buf_consume(&connection->in, used < connection->in.size ? used : connection->in.size);
            if (connection->in.size == 0)
                empty(&connection->in);
        }
        blocked = !http_may_take(connection);
        if (connection->ended && !blocked)
            take_end(connection);
        flush(connection);
    } while (blocked && connection->in.size > 0 && http_may_take(connection));
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
    case PATIENCE_HEAD:
        http_turn_away(connection, 408, "the head of the request took too long");
        break;
    case PATIENCE_BODY:
        http_turn_away(connection, 408, "the body of the request took too long");
        break;
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

static void name_client(struct http_connection *connection)
{
    struct sockaddr_in address;
    int size = sizeof address;
    if (uv_tcp_getpeername(&connection->tcp, (struct sockaddr *)&address, &size) == 0)
        uv_ip4_name(&address, connection->client, sizeof connection->client);
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
    name_client(connection);
    http_connection_turn(connection);
}
