#include "common/check.h"
#include "process/http_connection.h"

#include <stdio.h>
#include <utlist.h>

/* What has come becomes requests, which go to the owner. */

enum {
    OUT_BYTES_MAX = 1 << 20,     /* of answers not yet written; then reading stops */
    DISCARD_BYTES_MAX = 1 << 20, /* of a body that an answer has made needless; then it is over */
};

bool http_is_queued(const struct http_connection *connection, const struct http_exchange *exchange)
{
    const struct http_exchange *queued;
    DL_FOREACH (connection->queue, queued)
        if (queued == exchange)
            return true;
    return false;
}

bool http_may_take(const struct http_connection *connection)
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

void http_turn_away(struct http_connection *connection, unsigned status, const char *why)
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
    if (handed && exchange->answered && http_is_queued(connection, exchange))
        return; /* its answer waits for its turn, and is the last */
    if (handed && (exchange->flowing || !http_is_queued(connection, exchange))) {
        if (!http_is_queued(connection, exchange))
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
    connection->handed_ms = uv_now(server->loop);
    if (!exchange->message.keep_alive)
        connection->last = true;
    DL_APPEND(connection->queue, exchange);
    connection->queue_count++;
    server->stats.requests++;
    exchange->message.request.client = bytes_of(connection->client);
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
    bool queued = http_is_queued(connection, exchange);
    exchange->message.body.size = 0;
    connection->stirred = true;
    if (last) {
        connection->receiving = NULL;
        connection->handed_ms = uv_now(server->loop);
    }
    if (queued && !exchange->answered && (part.size || last)) {
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

size_t http_take_requests(struct http_connection *connection, const char *data, size_t size)
{
    size_t used = 0;
    while (used < size && http_may_take(connection)) {
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
            http_turn_away(connection, connection->parser.refusal.status,
                           connection->parser.refusal.why);
            return size;
        }
    }
    return connection->last && !connection->receiving ? size : used;
}
