#ifndef TERRELLA_PROCESS_HTTP_CONNECTION_H
#define TERRELLA_PROCESS_HTTP_CONNECTION_H

#include "process/http.h"
#include "process/http_parse.h"
#include "process/http_write.h"

/* The inside of the server, shared by http.c (server, answers, patience), http_connection.c (the socket)
 * and http_intake.c (requests).
 *
 * A connection works in turns: what came is cut into requests, what was answered is written, then
 * it is decided whether to read on and how long to be patient. A turn follows every event of the
 * socket; an answer given at another time marks the connection, whose turn then comes on the
 * loop's next round. So all answers of a turn leave in one write. */

/* What a connection is given time for. */
enum patience {
    PATIENCE_NONE, /* the owner works, for as long as it likes */
    PATIENCE_IDLE, /* between requests */
    PATIENCE_HEAD,
    PATIENCE_BODY,
    PATIENCE_WRITE,
    PATIENCE_LINGER, /* the last answer is written; the client may read it before we close */
    PATIENCE_COUNT,
};

struct http_exchange {
    struct http_message message;
    struct http_server *server;
    struct http_connection *connection; /* NULL when the client has gone */
    void *data;
    struct buf answer; /* printed, but earlier requests of the connection are not answered yet */
    bool answered;
    bool handed;                       /* the owner has it, although its body is still coming */
    bool flowing;                      /* its answer has begun */
    bool chunked;                      /* and goes out in chunks */
    uint64_t rest_bytes;               /* of the answer, still to be written; HTTP_REST_UNKNOWN */
    size_t untaken_bytes;              /* of the request's body, handed over and not used up */
    size_t undrained_bytes;            /* of the answer's parts, not yet with the kernel */
    struct http_exchange *prev, *next; /* in the connection's queue, or the server's spare ones */
};

struct http_connection {
    uv_tcp_t tcp;
    uv_write_t write;
    uv_shutdown_t shutdown;
    struct http_server *server;
    struct http_parser parser;
    struct http_exchange
        *queue; /* whole requests in the order they came, until they are answered */
    size_t queue_count;
    struct http_exchange
        *receiving;         /* the request that is coming in; NULL between requests. Once it is
                                        handed over, in the queue as well until it is answered */
    size_t discarded_bytes; /* of its body, after it was answered */
    struct buf in;          /* read, but not yet taken by the parser */
    struct buf out;         /* to be written at the end of the turn */
    struct buf writing;     /* lent to libuv until `write` is done */
    char client[INET_ADDRSTRLEN];
    bool counted; /* among the server's connections; not so one too many */
    bool reading;
    bool ended;         /* the client has shut down its side */
    uint64_t handed_ms; /* when the last request was whole */
    bool last;          /* no request is taken any more: after the queue's answers it is over */
    bool shut;          /* our side is shut down */
    bool closing;
    bool failed; /* an answer could not be made; close */
    bool in_turn, marked;
    bool stirred; /* something happened in this turn that starts the patience anew */
    enum patience patience;
    uint64_t deadline_ms;
    size_t write_left_bytes;                               /* when patience for writing began */
    struct http_connection *prev, *next;                   /* all of the server's */
    struct http_connection *patience_prev, *patience_next; /* of the same patience */
    struct http_connection *marked_prev, *marked_next;     /* waiting for a turn */
};

enum { HTTP_READ_BYTES = 64 << 10 };

struct http_server {
    uv_loop_t *loop;
    uv_tcp_t listener;
    uv_timer_t timer; /* for the earliest deadline of all */
    uv_idle_t idle;   /* runs while connections are marked */
    struct http_limits limits;
    http_request_function *on_request;
    http_gone_function *on_gone;
    http_body_function *on_body;
    http_drain_function *on_drain;
    void (*on_closed)(void *owner);
    void *owner;
    uint16_t port;
    bool closing;
    uint64_t timer_due_ms; /* UINT64_MAX: not running */
    struct http_stats stats;
    size_t alive_count; /* handles, connections, exchanges: at zero the server goes */
    struct http_connection *connections, *marked;
    struct http_connection *patient[PATIENCE_COUNT]; /* earliest deadline first */
    struct http_exchange *spare;
    size_t spare_count;
    time_t date_s; /* of `date` */
    char date[HTTP_DATE_BYTES];
    char read_buffer[HTTP_READ_BYTES]; /* of the connection being read: taken or copied at once */
};

/* In http.c. */

/* An empty exchange; NULL when memory is out. */
struct http_exchange *http_exchange_take(struct http_server *server);

/* Give an exchange back that nobody knows any more. */
void http_exchange_drop(struct http_exchange *exchange);

/* Print the response of an exchange to `out`, or note that the connection failed. */
void http_print(struct http_exchange *exchange, const struct http_response *response,
                struct buf *out);

/* Let a connection's patience begin (anew if `restart`). */
void http_be_patient(struct http_connection *connection, enum patience patience, bool restart);

/* Count down what the server consists of. It may be gone afterwards. */
void http_server_lost(struct http_server *server);

/* In http_connection.c. */

/* Accept what the listener announced. */
void http_connection_accept(struct http_server *server);

/* Do what can be done: take requests, write answers, close. */
void http_connection_turn(struct http_connection *connection);

/* The time that `connection->patience` gave is over. */
void http_connection_expire(struct http_connection *connection);

/* Close at once. `gone`: the owner of open requests hears of it. */
void http_connection_close(struct http_connection *connection, bool gone);

/* In http_intake.c. */

/* Whether more may be taken now, of the request that is coming in or of others. */
bool http_may_take(const struct http_connection *connection);

/* Cut bytes into requests, as far as more may be taken; returns how many bytes were used. */
size_t http_take_requests(struct http_connection *connection, const char *data, size_t size);

/* Answer the request that is coming in, or might have, by ourselves, and take no other. */
void http_turn_away(struct http_connection *connection, unsigned status, const char *why);

/* Whether its owner has it and has not answered. */
bool http_is_queued(const struct http_connection *connection, const struct http_exchange *exchange);

/* The first exchange of the queue is in `out`: go on to those behind it. */
void http_connection_advance(struct http_connection *connection);

#endif
