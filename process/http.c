#include "process/http.h"
#include "common/check.h"
#include "process/http_connection.h"

#include <stdlib.h>
#include <utlist.h>

enum {
    SPARE_EXCHANGES_MAX = 256,
    BACKLOG = 1024,
    LINGER_MS = 2000,
};

const struct http_limits http_limits_default = {
    .head_bytes_max = 64 << 10,
    .body_bytes_max = 100 << 20,
    .connection_count_max = 4096,
    .pipeline_count_max = 64,
    .head_timeout_ms = 60000,
    .body_timeout_ms = 60000,
    .write_timeout_ms = 60000,
    .half_close_ms = 100,
};

/* Exchanges. */

static void exchange_destroy(struct http_exchange *exchange)
{
    http_message_finish(&exchange->message);
    buf_finish(&exchange->answer);
    free(exchange);
}

struct http_exchange *http_exchange_take(struct http_server *server)
{
    struct http_exchange *exchange = server->spare;
    if (exchange) {
        DL_DELETE(server->spare, exchange);
        server->spare_count--;
    } else if (!(exchange = calloc(1, sizeof *exchange)))
        return NULL;
    exchange->server = server;
    server->alive_count++;
    return exchange;
}

void http_exchange_drop(struct http_exchange *exchange)
{
    struct http_server *server = exchange->server;
    if (server->closing || server->spare_count >= SPARE_EXCHANGES_MAX)
        exchange_destroy(exchange);
    else {
        http_message_clear(&exchange->message);
        buf_finish(&exchange->answer);
        exchange->connection = NULL;
        exchange->data = NULL;
        exchange->answered = exchange->handed = exchange->flowing = exchange->chunked = false;
        exchange->untaken_bytes = exchange->undrained_bytes = 0;
        exchange->rest_bytes = 0;
        DL_PREPEND(server->spare, exchange);
        server->spare_count++;
    }
    http_server_lost(server);
}

const struct http_request *http_request_of(const struct http_exchange *exchange)
{
    return &exchange->message.request;
}

void http_set_data(struct http_exchange *exchange, void *data)
{
    exchange->data = data;
}

void *http_data(const struct http_exchange *exchange)
{
    return exchange->data;
}

/* Answers. */

static const char *date_now(struct http_server *server)
{
    time_t now = time(NULL);
    if (now != server->date_s) {
        server->date_s = now;
        http_print_date(now, server->date);
    }
    return server->date;
}

/* Its body would have to be asked for, and will not be: the connection ends. */
static bool is_uninvited(const struct http_exchange *exchange)
{
    return exchange->connection->receiving == exchange && exchange->message.wants_continue;
}

void http_print(struct http_exchange *exchange, const struct http_response *response,
                struct buf *out)
{
    const struct http_message *message = &exchange->message;
    const struct http_answer_style style = {
        .bodiless = bytes_equal(message->request.method, BYTES_LITERAL("HEAD")),
        .keep_alive = message->keep_alive && !is_uninvited(exchange),
        .old = message->old,
        .date = date_now(exchange->server)};
    if (http_write(out, response, &style) != OK)
        exchange->connection->failed = true;
}

static void on_idle(uv_idle_t *idle);

/* Give a connection a turn on the loop's next round, if it is not in one. */
static void mark(struct http_connection *connection)
{
    struct http_server *server = connection->server;
    if (connection->in_turn || connection->marked || connection->closing)
        return;
    connection->marked = true;
    DL_APPEND2(server->marked, connection, marked_prev, marked_next);
    uv_idle_start(&server->idle, on_idle);
}

/* Where the next bytes of an answer go: straight out, unless earlier requests wait for theirs. */
static struct buf *place_of(struct http_exchange *exchange)
{
    struct http_connection *connection = exchange->connection;
    return connection->queue == exchange ? &connection->out : &exchange->answer;
}

static void end_answer(struct http_exchange *exchange)
{
    struct http_connection *connection = exchange->connection;
    CHECK(!exchange->answered);
    exchange->answered = true;
    exchange->server->stats.answers++;
    if (!connection) {
        http_exchange_drop(exchange);
        return;
    }
    if (connection->queue == exchange)
        http_connection_advance(connection);
    mark(connection);
}

void http_answer(struct http_exchange *exchange, const struct http_response *response)
{
    if (exchange->connection)
        http_print(exchange, response, place_of(exchange));
    end_answer(exchange);
}

static bool is_head(const struct http_exchange *exchange)
{
    return bytes_equal(exchange->message.request.method, BYTES_LITERAL("HEAD"));
}

bool http_answer_head(struct http_exchange *exchange, const struct http_response *response)
{
    bool unknown = response->rest_bytes == HTTP_REST_UNKNOWN;
    if (unknown && exchange->message.old)
        exchange->message.keep_alive = false; /* the end of the connection is that of the body */
    if (!http_has_body(response->status, is_head(exchange))) {
        http_answer(exchange, response);
        return false;
    }
    exchange->flowing = true;
    exchange->chunked = unknown && !exchange->message.old;
    exchange->rest_bytes = response->rest_bytes;
    exchange->undrained_bytes = response->body.size;
    if (!exchange->connection)
        return true;
    if (!exchange->message.keep_alive)
        exchange->connection->last = true;
    http_print(exchange, response, place_of(exchange));
    mark(exchange->connection);
    return true;
}

bool http_answer_part(struct http_exchange *exchange, struct bytes part, bool last)
{
    struct http_connection *connection = exchange->connection;
    CHECK(exchange->flowing && !exchange->answered);
    if (exchange->rest_bytes != HTTP_REST_UNKNOWN) {
        if (part.size > exchange->rest_bytes || (last && part.size < exchange->rest_bytes)) {
            http_answer_break(exchange);
            return false;
        }
        exchange->rest_bytes -= part.size;
    }
    enum err err = OK;
    if (connection) {
        struct buf *out = place_of(exchange);
        if (part.size)
            err = exchange->chunked ? http_write_chunk(out, part)
                                    : buf_append(out, part.data, part.size);
        if (!err && last && exchange->chunked)
            err = http_write_end(out);
        exchange->undrained_bytes += part.size;
        connection->failed = connection->failed || err != OK;
    }
    if (last)
        end_answer(exchange);
    else if (connection)
        mark(connection);
    return true;
}

void http_answer_break(struct http_exchange *exchange)
{
    if (exchange->connection)
        exchange->connection->failed = true;
    end_answer(exchange);
}

void http_took(struct http_exchange *exchange, size_t bytes)
{
    exchange->untaken_bytes -= bytes < exchange->untaken_bytes ? bytes : exchange->untaken_bytes;
    if (exchange->connection)
        mark(exchange->connection);
}

void http_on_flow(struct http_server *server, http_body_function *on_body,
                  http_drain_function *on_drain)
{
    server->on_body = on_body;
    server->on_drain = on_drain;
}

static void on_idle(uv_idle_t *idle)
{
    struct http_server *server = idle->data;
    while (server->marked) {
        struct http_connection *connection = server->marked;
        DL_DELETE2(server->marked, connection, marked_prev, marked_next);
        connection->marked = false;
        http_connection_turn(connection);
    }
    uv_idle_stop(idle);
}

/* Patience: each kind has one length, so a list in the order of arrival is in the order of
 * deadlines, and one timer for the earliest serves all. */

static uint64_t patience_ms(const struct http_server *server, enum patience patience)
{
    switch (patience) {
    case PATIENCE_IDLE:
    case PATIENCE_HEAD: return server->limits.head_timeout_ms;
    case PATIENCE_BODY: return server->limits.body_timeout_ms;
    case PATIENCE_WRITE: return server->limits.write_timeout_ms;
    case PATIENCE_LINGER:
        return server->limits.head_timeout_ms < LINGER_MS ? server->limits.head_timeout_ms
                                                          : LINGER_MS;
    case PATIENCE_NONE:
    case PATIENCE_COUNT: break;
    }
    return UINT64_MAX;
}

static void on_timer(uv_timer_t *timer);

static void arm_timer(struct http_server *server, uint64_t deadline_ms)
{
    uint64_t now_ms = uv_now(server->loop);
    if (server->closing || deadline_ms >= server->timer_due_ms)
        return;
    server->timer_due_ms = deadline_ms;
    uv_timer_start(&server->timer, on_timer, deadline_ms > now_ms ? deadline_ms - now_ms : 0, 0);
}

static void on_timer(uv_timer_t *timer)
{
    struct http_server *server = timer->data;
    uint64_t now_ms = uv_now(server->loop);
    server->timer_due_ms = UINT64_MAX;
    for (size_t i = 0; i < PATIENCE_COUNT; i++) {
        while (server->patient[i] && server->patient[i]->deadline_ms <= now_ms)
            http_connection_expire(server->patient[i]);
        if (server->patient[i])
            arm_timer(server, server->patient[i]->deadline_ms);
    }
}

void http_be_patient(struct http_connection *connection, enum patience patience, bool restart)
{
    struct http_server *server = connection->server;
    enum patience before = connection->patience;
    if (before == patience && !restart)
        return;
    if (before != PATIENCE_NONE)
        DL_DELETE2(server->patient[before], connection, patience_prev, patience_next);
    connection->patience = patience;
    if (patience == PATIENCE_NONE)
        return;
    uint64_t length_ms = patience_ms(server, patience);
    connection->deadline_ms = uv_now(server->loop) + (length_ms > 0 ? length_ms : 1);
    connection->write_left_bytes = uv_stream_get_write_queue_size((uv_stream_t *)&connection->tcp);
    DL_APPEND2(server->patient[patience], connection, patience_prev, patience_next);
    arm_timer(server, connection->deadline_ms);
}

/* The server. */

void http_server_lost(struct http_server *server)
{
    CHECK(server->alive_count > 0);
    if (--server->alive_count > 0 || !server->closing)
        return;
    void (*on_closed)(void *owner) = server->on_closed;
    void *owner = server->owner;
    free(server);
    if (on_closed)
        on_closed(owner);
}

static void on_handle_closed(uv_handle_t *handle)
{
    http_server_lost(handle->data);
}

void http_close(struct http_server *server, void (*on_closed)(void *owner))
{
    CHECK(!server->closing);
    server->closing = true;
    server->on_closed = on_closed;
    uv_close((uv_handle_t *)&server->listener, on_handle_closed);
    uv_close((uv_handle_t *)&server->timer, on_handle_closed);
    uv_close((uv_handle_t *)&server->idle, on_handle_closed);
    while (server->connections)
        http_connection_close(server->connections, false);
    while (server->spare) {
        struct http_exchange *exchange = server->spare;
        DL_DELETE(server->spare, exchange);
        exchange_destroy(exchange);
    }
}

static void on_connection(uv_stream_t *listener, int status)
{
    if (status == 0)
        http_connection_accept(listener->data);
}

static enum err listen_on(struct http_server *server, const char *host, uint16_t port,
                          struct errmsg *why)
{
    struct sockaddr_in address;
    int code = uv_ip4_addr(host, port, &address);
    if (code != 0)
        return err_say(ERR_INVALID, why, "%s is not an IPv4 address", host);
    code = uv_tcp_bind(&server->listener, (const struct sockaddr *)&address, 0);
    if (code == 0)
        code = uv_listen((uv_stream_t *)&server->listener, BACKLOG, on_connection);
    int size = sizeof address;
    if (code == 0)
        code = uv_tcp_getsockname(&server->listener, (struct sockaddr *)&address, &size);
    if (code == UV_EADDRINUSE)
        return err_say(ERR_BUSY, why, "%s:%u is in use by another process", host, port);
    if (code != 0)
        return err_say(ERR_IO, why, "cannot listen on %s:%u: %s", host, port, uv_strerror(code));
    server->port = ntohs(address.sin_port);
    return OK;
}

enum err http_open(uv_loop_t *loop, const char *host, uint16_t port,
                   const struct http_limits *limits, http_request_function *on_request,
                   http_gone_function *on_gone, void *owner, struct http_server **ret_server,
                   struct errmsg *reterr_why)
{
    struct http_server *server = calloc(1, sizeof *server);
    if (!server)
        return err_say(ERR_MEMORY, reterr_why, "no memory for the server on port %u", port);
    server->loop = loop;
    server->limits = *limits;
    server->on_request = on_request;
    server->on_gone = on_gone;
    server->owner = owner;
    server->timer_due_ms = UINT64_MAX;
    if (uv_tcp_init(loop, &server->listener) != 0) {
        free(server);
        return err_say(ERR_IO, reterr_why, "cannot make a socket for port %u", port);
    }
    uv_timer_init(loop, &server->timer);
    uv_idle_init(loop, &server->idle);
    server->listener.data = server->timer.data = server->idle.data = server;
    server->alive_count = 3;
    enum err err = listen_on(server, host, port, reterr_why);
    if (err != OK) {
        http_close(server, NULL);
        return err;
    }
    *ret_server = server;
    return OK;
}

uint16_t http_port(const struct http_server *server)
{
    return server->port;
}

struct http_stats http_stats(const struct http_server *server)
{
    return server->stats;
}
