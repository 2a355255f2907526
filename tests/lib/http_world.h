#ifndef TERRELLA_TESTS_LIB_HTTP_WORLD_H
#define TERRELLA_TESTS_LIB_HTTP_WORLD_H

#include "process/http.h"

/* cmocka needs these before it. */
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* A server and clients of it in one loop. The server answers what it understood, "[GET / host=a
 * body=]", or holds requests for the test to answer. */

enum { HELD_MAX = 16 };

struct world {
    uv_loop_t loop;
    uv_timer_t watchdog; /* only catches hangs */
    struct http_server *server;
    struct http_exchange *held[HELD_MAX];
    size_t held_count, gone_count;
    bool hold; /* keep requests for the test to answer */
    bool closed;
};

struct client {
    uv_tcp_t tcp;
    uv_connect_t connect;
    struct world *world;
    struct buf got; /* with a zero behind */
    bool connected, ended, reset, closed;
    bool unsent; /* the server did not take what was sent */
};

/* Run the loop until something is so. A watchdog aborts the test when that takes very long. */
#define AWAIT(world, condition)                  \
    do {                                         \
        while (!(condition))                     \
            uv_run(&(world)->loop, UV_RUN_ONCE); \
    } while (0)

/* Small sizes, and times too long to matter. */
struct http_limits test_limits(void);

void world_open(struct world *world, const struct http_limits *limits);

/* Close the server and the loop; clients must be closed before. */
void world_close(struct world *world);

/* A test whose state is a world with test_limits(). */
#define WORLD_TEST(test) cmocka_unit_test_setup_teardown(test, world_setup, world_teardown)
int world_setup(void **state);
int world_teardown(void **state);

/* Close the loop of a world whose server is closed. */
void world_close_loop(struct world *world);

/* Answer all that is held. */
void release(struct world *world);

/* Answer what was understood of a request, or a text. */
void answer_echo(struct http_exchange *exchange);
void answer_text(struct http_exchange *exchange, unsigned status, const char *text);

/* For http_close: sets `closed` of the world. */
void on_server_closed(void *owner);

/* Connect; the client reads only after client_read. */
void client_connect(struct client *client, struct world *world);
void client_read(struct client *client);
void client_send_bytes(struct client *client, const void *data, size_t size);
void client_send(struct client *client, const char *text);

/* Connect, read and send a text. */
void client_open(struct client *client, struct world *world, const char *text);

/* Open, and gather all that comes back until the server closes. */
void exchange_texts(struct world *world, const char *request, struct client *ret_client);

/* Send a request; what comes back until the server closes contains `expected`. */
void expect_end(struct world *world, const char *request, const char *expected);

/* End the client's side; it goes on reading. */
void client_shut(struct client *client);
void client_close(struct client *client);

/* For uv_close of a client: sets `closed`. */
void on_client_closed(uv_handle_t *handle);

/* All that came so far, whether a text is in it, and how often. */
const char *got(const struct client *client);
bool got_text(const struct client *client, const char *text);
size_t got_count(const struct client *client, const char *text);

#endif
