/* How connections live and end. The server and its clients share one loop and speak over
 * loopback sockets. */

#include "tests/lib/http_world.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BIG_BYTES = 16 << 20, SHORT_MS = 30 };

static void keeps_a_connection_alive(void **state)
{
    struct world *world = *state;
    struct client client;
    client_open(&client, world, "GET /a?b=c HTTP/1.1\r\nHost: localhost:1\r\nX-One:  1 \r\n\r\n");
    AWAIT(world, got_text(&client, "]"));
    assert_non_null(strstr(got(&client), "HTTP/1.1 200 OK\r\nDate: "));
    assert_non_null(strstr(got(&client), " GMT\r\nContent-Length: 60\r\n\r\n"));
    assert_true(got_text(&client, "[GET /a?b=c host=localhost:1 Host=localhost:1 X-One=1 body=]"));
    client_send(&client, "\r\nPOST /two HTTP/1.1\r\nHost:\r\nContent-Length: 3\r\n\r\nabc");
    AWAIT(world, got_text(&client, "[POST /two host= Host= Content-Length=3 body=abc]"));
    assert_false(client.ended);
    struct http_stats stats = http_stats(world->server);
    assert_int_equal(stats.requests, 2);
    assert_int_equal(stats.answers, 2);
    assert_int_equal(stats.refused, 0);
    assert_int_equal(stats.open_connections, 1);
    client_close(&client);
    AWAIT(world, http_stats(world->server).open_connections == 0);
}

static void closes_when_told(void **state)
{
    struct world *world = *state;
    struct client client;
    exchange_texts(world, "GET / HTTP/1.0\r\n\r\n", &client);
    assert_true(got_text(&client, "Connection: close\r\n"));
    assert_true(got_text(&client, "[GET / host= body=]"));
    client_close(&client);
    exchange_texts(world,
                   "GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n"
                   "GET /not-taken HTTP/1.1\r\nHost: a\r\n\r\n",
                   &client);
    assert_true(got_text(&client, "Connection: close\r\n"));
    assert_int_equal(got_count(&client, "HTTP/1.1"), 1);
    client_close(&client);
    client_open(&client, world, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    AWAIT(world, got_text(&client, "]"));
    assert_true(got_text(&client, "Connection: keep-alive\r\n"));
    client_send(&client, "GET / HTTP/1.0\r\n\r\n");
    AWAIT(world, client.ended);
    client_close(&client);
}

static void answers_in_the_order_of_requests(void **state)
{
    struct world *world = *state;
    struct client client;
    world->hold = true;
    client_open(&client, world,
                "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n"
                "POST /3 HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx"
                "bad\r\n\r\n");
    AWAIT(world, world->held_count == 3);
    answer_echo(world->held[2]);
    answer_echo(world->held[1]);
    uv_run(&world->loop, UV_RUN_NOWAIT);
    uv_run(&world->loop, UV_RUN_NOWAIT);
    assert_int_equal(client.got.size, 0);
    answer_echo(world->held[0]);
    AWAIT(world, client.ended);
    const char *one = strstr(got(&client), "[GET /1"), *two = strstr(got(&client), "[GET /2"),
               *three = strstr(got(&client), "[POST /3"), *bad = strstr(got(&client), " 400 ");
    assert_true(one && two && three && bad && one < two && two < three && three < bad);
    assert_int_equal(http_stats(world->server).refused, 1);
    client_close(&client);
}

static void invites_bodies(void **state)
{
    static const char head[] =
        "POST /e HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n";
    struct world *world = *state;
    struct client client;
    client_open(&client, world, head);
    AWAIT(world, got_text(&client, "HTTP/1.1 100 Continue\r\n\r\n"));
    client_send(&client, "hi");
    AWAIT(world, got_text(&client,
                          "[POST /e host=a Host=a Content-Length=2 Expect=100-continue body=hi]"));
    assert_int_equal(got_count(&client, " 100 "), 1);
    client_close(&client);

    /* The invitation must not overtake the answer to an earlier request. */
    world->hold = true;
    client_open(&client, world, "GET /first HTTP/1.1\r\nHost: a\r\n\r\n");
    client_send(&client, head);
    AWAIT(world, world->held_count == 1);
    for (int i = 0; i < 5; i++)
        uv_run(&world->loop, UV_RUN_NOWAIT);
    assert_int_equal(client.got.size, 0);
    release(world);
    AWAIT(world, got_text(&client, " 100 Continue"));
    assert_true(strstr(got(&client), "[GET /first") < strstr(got(&client), " 100 "));
    client_send(&client, "hi");
    AWAIT(world, world->held_count == 1);
    release(world);
    AWAIT(world, got_text(&client, "body=hi]"));
    client_close(&client);
}

static void bounds_connections(void **state)
{
    struct world world;
    struct client clients[3];
    struct http_limits limits = test_limits();
    (void)state;
    limits.connection_count_max = 2;
    world_open(&world, &limits);
    for (size_t i = 0; i < 2; i++) {
        client_open(&clients[i], &world, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        AWAIT(&world, got_text(&clients[i], "]"));
    }
    client_connect(&clients[2], &world);
    client_read(&clients[2]);
    AWAIT(&world, clients[2].ended);
    client_close(&clients[2]);
    client_close(&clients[0]);
    AWAIT(&world, http_stats(world.server).open_connections == 1);
    client_open(&clients[2], &world, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    AWAIT(&world, got_text(&clients[2], "]"));
    client_close(&clients[1]);
    client_close(&clients[2]);
    world_close(&world);
}

static void on_paused(uv_timer_t *timer)
{
    (void)timer;
}

static void loses_patience_with_slow_requests(void **state)
{
    struct world world;
    struct client client;
    struct http_limits limits = test_limits();
    (void)state;
    limits.head_timeout_ms = limits.body_timeout_ms = SHORT_MS;
    world_open(&world, &limits);

    expect_end(&world, "GET / HT", "HTTP/1.1 408 Request Timeout");

    client_connect(&client, &world);
    client_read(&client);
    AWAIT(&world, client.ended);
    assert_int_equal(client.got.size, 0);
    client_close(&client);

    client_open(&client, &world, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    AWAIT(&world, client.ended);
    assert_true(got_text(&client, "]") && got_count(&client, "HTTP/1.1 ") == 1);
    client_close(&client);

    expect_end(&world, "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc",
               "HTTP/1.1 408 Request Timeout");

    /* An owner that takes its time is nobody's fault. */
    uv_timer_t pause;
    uv_timer_init(&world.loop, &pause);
    world.hold = true;
    client_open(&client, &world, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    AWAIT(&world, world.held_count == 1);
    uv_timer_start(&pause, on_paused, 4 * SHORT_MS, 0);
    AWAIT(&world, !uv_is_active((uv_handle_t *)&pause));
    release(&world);
    AWAIT(&world, got_text(&client, "]"));
    uv_close((uv_handle_t *)&pause, NULL);
    client_close(&client);
    world_close(&world);
}

static void loses_patience_with_slow_readers(void **state)
{
    struct world world;
    struct client client;
    struct http_limits limits = test_limits();
    (void)state;
    limits.write_timeout_ms = SHORT_MS;
    world_open(&world, &limits);
    world.hold = true;
    client_connect(&client, &world);
    client_send(&client, "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
    AWAIT(&world, world.held_count == 2);
    void *big = calloc(1, BIG_BYTES);
    http_answer(world.held[0], &(struct http_response){.status = 200, .body = {big, BIG_BYTES}});
    AWAIT(&world, world.gone_count == 1);
    answer_echo(world.held[1]);
    AWAIT(&world, http_stats(world.server).open_connections == 0);
    free(big);
    client_close(&client);
    world_close(&world);
}

static void writes_large_answers(void **state)
{
    struct world *world = *state;
    struct client client;
    world->hold = true;
    client_open(&client, world,
                "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
    AWAIT(world, world->held_count == 2);
    char *big = malloc(BIG_BYTES);
    for (size_t i = 0; i < BIG_BYTES; i++)
        big[i] = (char)('a' + i % 23);
    http_answer(world->held[0], &(struct http_response){.status = 200, .body = {big, BIG_BYTES}});
    answer_text(world->held[1], 200, "the end");
    AWAIT(world, client.got.size > BIG_BYTES &&
                     memcmp(client.got.data + client.got.size - 7, "the end", 7) == 0);
    const char *body = strstr(got(&client), "\r\n\r\n") + 4;
    assert_memory_equal(body, big, BIG_BYTES);
    assert_memory_equal(body + BIG_BYTES, "HTTP/1.1 200 OK", 15);
    free(big);
    client_close(&client);
}

static void stops_reading_when_requests_wait(void **state)
{
    struct world world;
    struct client client;
    struct http_limits limits = test_limits();
    char request[64];
    (void)state;
    limits.pipeline_count_max = 2;
    world_open(&world, &limits);
    world.hold = true;
    client_connect(&client, &world);
    client_read(&client);
    for (int i = 0; i < 6; i++) {
        snprintf(request, sizeof request, "GET /%d HTTP/1.1\r\nHost: a\r\n\r\n", i);
        client_send(&client, request);
    }
    client_shut(&client);
    AWAIT(&world, world.held_count == 2);
    for (int i = 0; i < 10; i++)
        uv_run(&world.loop, UV_RUN_NOWAIT);
    assert_int_equal(world.held_count, 2);
    for (int i = 0; i < 3; i++) {
        release(&world);
        AWAIT(&world, i == 2 ? client.ended : world.held_count == 2);
    }
    assert_int_equal(got_count(&client, "HTTP/1.1 200"), 6);
    assert_true(strstr(got(&client), "/4") < strstr(got(&client), "/5"));
    client_close(&client);
    world_close(&world);
}

static void serves_half_closed_clients(void **state)
{
    struct world *world = *state;
    struct client client;
    world->hold = true;
    client_open(&client, world, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    client_shut(&client);
    AWAIT(world, world->held_count == 1);
    for (int i = 0; i < 5; i++)
        uv_run(&world->loop, UV_RUN_NOWAIT);
    release(world);
    AWAIT(world, client.ended);
    assert_true(got_text(&client, "[GET / host=a Host=a body=]"));
    assert_int_equal(world->gone_count, 0);
    client_close(&client);

    client_open(&client, world, "GET / HTTP/1.1\r\nHo");
    client_shut(&client);
    AWAIT(world, client.ended);
    assert_true(got_text(&client, "HTTP/1.1 400 "));
    client_close(&client);
}

static void lets_the_client_read_a_refusal(void **state)
{
    struct world *world = *state;
    struct client client;
    client_connect(&client, world);
    client_send(&client, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 16777216\r\n\r\n");
    void *big = calloc(1, BIG_BYTES);
    client_send_bytes(&client, big, BIG_BYTES);
    AWAIT(world, uv_stream_get_write_queue_size((uv_stream_t *)&client.tcp) == 0);
    assert_false(client.unsent);
    client_read(&client);
    AWAIT(world, client.ended);
    assert_false(client.reset);
    assert_true(got_text(&client, "HTTP/1.1 413 "));
    free(big);
    client_close(&client);
}

static void tells_when_the_client_has_gone(void **state)
{
    struct world *world = *state;
    struct client client;
    world->hold = true;
    client_open(&client, world,
                "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n"
                "GET /3 HTTP/1.1\r\nHost: a\r\n\r\n");
    AWAIT(world, world->held_count == 3);
    answer_echo(world->held[1]);
    uv_tcp_close_reset(&client.tcp, on_client_closed);
    AWAIT(world, client.closed && world->gone_count == 2);
    buf_finish(&client.got);
    assert_memory_equal(http_request_of(world->held[2])->target.data, "/3", 2);
    answer_echo(world->held[0]);
    answer_echo(world->held[2]);
    assert_int_equal(http_stats(world->server).answers, 3);
}

/* In good order: there is nothing but its end to see. */
static void tells_when_the_client_has_closed(void **state)
{
    struct world world;
    struct client client;
    struct http_limits limits = test_limits();
    (void)state;
    limits.half_close_ms = 0;
    world_open(&world, &limits);
    world.hold = true;
    client_open(&client, &world, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    AWAIT(&world, world.held_count == 1);
    client_shut(&client);
    AWAIT(&world, world.gone_count == 1);
    release(&world);
    AWAIT(&world, client.ended);
    assert_int_equal(client.got.size, 0);
    client_close(&client);
    world_close(&world);
}

static void waits_for_answers_when_closing(void **state)
{
    struct world world;
    struct client client;
    struct http_limits limits = test_limits();
    (void)state;
    world_open(&world, &limits);
    world.hold = true;
    client_open(&client, &world, "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET");
    AWAIT(&world, world.held_count == 1);
    http_close(world.server, on_server_closed);
    AWAIT(&world, client.ended);
    for (int i = 0; i < 5; i++)
        uv_run(&world.loop, UV_RUN_NOWAIT);
    assert_false(world.closed);
    assert_int_equal(world.gone_count, 0);
    release(&world);
    assert_true(world.closed);
    client_close(&client);
    world_close_loop(&world);
}

/* An owner that closes the server in the middle of a request, and only then answers. */
static void close_and_answer(void *owner, struct http_exchange *exchange)
{
    struct http_server **server = owner;
    http_close(*server, NULL);
    *server = NULL;
    answer_echo(exchange);
}

static void can_be_closed_by_a_request(void **state)
{
    struct world world;
    struct client client;
    struct http_limits limits = test_limits();
    struct http_server *server = NULL;
    (void)state;
    world_open(&world, &limits);
    assert_int_equal(http_open(&world.loop, "127.0.0.1", 0, &limits, close_and_answer, NULL,
                               &server, &server, NULL),
                     OK);
    struct http_server *other = world.server;
    world.server = server;
    client_open(&client, &world,
                "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\nGET");
    AWAIT(&world, client.ended);
    assert_null(server);
    client_close(&client);
    world.server = other;
    world_close(&world);
}

static void on_prepare(uv_prepare_t *prepare)
{
    struct world *world = prepare->data;
    release(world);
}

static void writes_answers_from_any_phase_of_the_loop(void **state)
{
    struct world *world = *state;
    struct client client;
    static uv_prepare_t prepare; /* is closed with the world */
    world->hold = true;
    uv_prepare_init(&world->loop, &prepare);
    prepare.data = world;
    uv_prepare_start(&prepare, on_prepare);
    for (int i = 0; i < 3; i++) {
        client_open(&client, world, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        AWAIT(world, got_text(&client, "]"));
        client_close(&client);
    }
    uv_close((uv_handle_t *)&prepare, NULL);
}

static void no_request(void *owner, struct http_exchange *exchange)
{
    (void)owner;
    (void)exchange;
    fail();
}

static void says_why_it_cannot_listen(void **state)
{
    struct world world;
    struct http_limits limits = test_limits();
    struct http_server *server = NULL;
    struct errmsg why = {0};
    (void)state;
    world_open(&world, &limits);
    assert_int_equal(http_open(&world.loop, "127.0.0.1", http_port(world.server), &limits,
                               no_request, NULL, NULL, &server, &why),
                     ERR_BUSY);
    assert_non_null(strstr(why.text, "127.0.0.1:"));
    assert_int_equal(
        http_open(&world.loop, "nowhere", 0, &limits, no_request, NULL, NULL, &server, &why),
        ERR_INVALID);
    assert_int_equal(
        http_open(&world.loop, "192.0.2.1", 0, &limits, no_request, NULL, NULL, &server, NULL),
        ERR_IO);
    assert_null(server);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(keeps_a_connection_alive),
        WORLD_TEST(closes_when_told),
        WORLD_TEST(answers_in_the_order_of_requests),
        WORLD_TEST(invites_bodies),
        cmocka_unit_test(bounds_connections),
        cmocka_unit_test(loses_patience_with_slow_requests),
        cmocka_unit_test(loses_patience_with_slow_readers),
        WORLD_TEST(writes_large_answers),
        cmocka_unit_test(stops_reading_when_requests_wait),
        WORLD_TEST(serves_half_closed_clients),
        WORLD_TEST(lets_the_client_read_a_refusal),
        WORLD_TEST(tells_when_the_client_has_gone),
        cmocka_unit_test(tells_when_the_client_has_closed),
        cmocka_unit_test(waits_for_answers_when_closing),
        cmocka_unit_test(can_be_closed_by_a_request),
        WORLD_TEST(writes_answers_from_any_phase_of_the_loop),
        cmocka_unit_test(says_why_it_cannot_listen),
    };
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
