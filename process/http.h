#ifndef TERRELLA_PROCESS_HTTP_H
#define TERRELLA_PROCESS_HTTP_H

#include "common/bytes.h"
#include "common/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

/* HTTP/1.1 on a loopback port: llhttp on libuv. Keep-alive, pipelining (answers in order),
 * chunked bodies, limits on sizes and on the patience with slow clients. Used for users' requests
 * and for the status port of node and coordinator; it knows nothing of what requests mean. */

struct http_header {
    struct bytes name;  /* as sent; compare without regard to case */
    struct bytes value; /* without white space at the ends */
};

/* One request. Everything is borrowed until it is answered. */
struct http_request {
    struct bytes method; /* "GET" */
    struct bytes target; /* as sent: "/path?query" (absolute-form is reduced to this form, its
                            authority to `host`) */
    struct bytes host;   /* authority: "localhost:8701"; empty when none was given */
    struct bytes client; /* address: "127.0.0.1"; in the call of on_request only */
    const struct http_header *headers; /* all, as they came */
    size_t header_count;
    struct bytes body; /* whole; with `bodies_flow` what has come with the head, in the call only */
    uint64_t rest_bytes; /* that are still to come, by on_body; HTTP_REST_UNKNOWN; 0: none */
};

#define HTTP_REST_UNKNOWN UINT64_MAX

/* A request waiting for its answer. Stays valid until http_answer is called, also when the
 * client has gone; the answer then falls on deaf ears. */
struct http_exchange;

struct http_response {
    unsigned status;     /* 200 to 599; others are sent as 500 */
    struct bytes reason; /* empty: the usual one */
    /* Content-Length, Connection, Date and Transfer-Encoding are the server's business: ignored
     * here (a Content-Length is honoured for HEAD). */
    const struct http_header *headers;
    size_t header_count;
    struct bytes body;
    uint64_t rest_bytes; /* that follow by http_answer_part; HTTP_REST_UNKNOWN; 0: none */
};

/* Answer once, now or at any later time; everything is copied. No body is sent to HEAD and with
 * statuses 204 and 304. Headers whose name is no token or whose value would end the line are left
 * out. What is answered outside of on_request leaves on the loop's next round, in one write for
 * each connection. */
void http_answer(struct http_exchange *exchange, const struct http_response *response);

/* Begin to answer, with a body that follows in parts. False: no body goes out (to HEAD, and with
 * statuses 204 and 304); then this was all. */
bool http_answer_head(struct http_exchange *exchange, const struct http_response *response);

/* The next part, copied; with `last` the answer ends. False: it does not keep to the length that was
 * announced, and the answer broke off. Who writes no more than HTTP_WINDOW_BYTES ahead of on_drain fills nobody's
 * memory. */
bool http_answer_part(struct http_exchange *exchange, struct bytes part, bool last);

/* The answer ends in the middle: the connection is closed, so that the client sees it. */
void http_answer_break(struct http_exchange *exchange);

enum { HTTP_WINDOW_BYTES = 64 << 10 };

/* The request of an exchange that is not answered yet, borrowed. */
const struct http_request *http_request_of(const struct http_exchange *exchange);

/* Something of the owner's to find again with the exchange. NULL at first. */
void http_set_data(struct http_exchange *exchange, void *data);
void *http_data(const struct http_exchange *exchange);

typedef void http_request_function(void *owner, struct http_exchange *exchange);

/* The client of an exchange that is not answered yet, or not to its end, has gone: it closed or
 * reset the connection, or its time to read earlier answers was over. The owner still answers it,
 * here or later. */
typedef void http_gone_function(void *owner, struct http_exchange *exchange);

/* With `bodies_flow`, for an exchange that is not answered to its end. A part of the request's body has
 * come, borrowed during the call; with `last` it is complete. The client is kept from sending more
 * than HTTP_WINDOW_BYTES before http_took. */
typedef void http_body_function(void *owner, struct http_exchange *exchange, struct bytes part,
                                bool last);

/* So many bytes of the answer's parts have left for the client. */
typedef void http_drain_function(void *owner, struct http_exchange *exchange, size_t bytes);

struct http_limits {
    size_t head_bytes_max; /* request line and headers: else 431 (414 for the request line) */
    size_t body_bytes_max; /* else 413; not with `bodies_flow` */
    bool bodies_flow;      /* requests are handed over at their heads, and bodies as they come */
    size_t connection_count_max; /* further ones are closed at once */
    size_t pipeline_count_max;   /* requests of one connection that wait for answers; then reading
                                    stops */
    uint64_t head_timeout_ms;  /* from the first byte of a request to the end of its head, and idle
                                  time between requests: closed (408 if a request had begun) */
    uint64_t body_timeout_ms;  /* silence in the middle of a body: 408 */
    uint64_t write_timeout_ms; /* a client that does not read its answer */
    /* TCP does not tell a client that has closed from one that has ended its own side only: who does so
     * within this time after its request still wants the answer, and later it has gone. */
    uint64_t half_close_ms;
};

/* Generous defaults: 64 KB head, 100 MB body, 4096 connections, 64 pipelined, 60 s, 60 s, 60 s,
 * 100 ms. */
extern const struct http_limits http_limits_default;

struct http_server;

/* Listen on `host` (an IPv4 address) and `port`; port 0 takes any free one. `on_gone` may be NULL.
 * The process must ignore SIGPIPE. After an error the loop still has handles that close on its
 * next round. Errors: ERR_BUSY (port taken), ERR_INVALID (host), ERR_IO, ERR_MEMORY. */
MUST_USE enum err http_open(uv_loop_t *loop, const char *host, uint16_t port,
                            const struct http_limits *limits, http_request_function *on_request,
                            http_gone_function *on_gone, void *owner,
                            struct http_server **ret_server, struct errmsg *reterr_why);

/* For a server with `bodies_flow`, right after http_open. */
void http_on_flow(struct http_server *server, http_body_function *on_body,
                  http_drain_function *on_drain);

/* So much of a request's body has been used up: the client may send more. */
void http_took(struct http_exchange *exchange, size_t bytes);

/* The port that is listened on. */
uint16_t http_port(const struct http_server *server);

struct http_stats {
    uint64_t requests, answers, refused; /* refused: answered 4xx by the server itself */
    size_t open_connections;
};
struct http_stats http_stats(const struct http_server *server);

/* Stop listening and close every connection, without on_gone. Exchanges that are open must still
 * be answered, to be freed. `on_closed` (may be NULL) follows when nothing of the server is left:
 * from the loop, or from inside the last http_answer. */
void http_close(struct http_server *server, void (*on_closed)(void *owner));

#endif
