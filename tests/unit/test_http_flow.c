/* Bodies that flow through the server, in and out. */
#include "tests/lib/http_world.h"

#include <stdlib.h>
#include <string.h>

/* What the owner was told; one exchange at a time. */
static struct {
    struct buf body;
    bool last;
    size_t drained;
} seen;

static void on_body(void *owner, struct http_exchange *exchange, struct bytes part, bool last)
{
    (void)owner;
    (void)exchange;
    assert_int_equal(buf_append(&seen.body, part.data, part.size), OK);
    seen.last = last;
}

static void on_drain(void *owner, struct http_exchange *exchange, size_t bytes)
{
    (void)owner;
    (void)exchange;
    seen.drained += bytes;
}

static void open_flowing(struct world *world)
{
    struct http_limits limits = test_limits();
    limits.bodies_flow = true;
    limits.body_bytes_max = 1; /* does not count */
    buf_finish(&seen.body);
    memset(&seen, 0, sizeof seen);
    world_open(world, &limits);
    world->hold = true;
    http_on_flow(world->server, on_body, on_drain);
}

static void close_flowing(struct world *world, struct client *client)
{
    client_close(client);
    AWAIT(world, http_stats(world->server).open_connections == 0);
    world_close(world);
    buf_finish(&seen.body);
}

static struct http_response response_of(uint64_t rest_bytes)
{
    return (struct http_response){.status = 200, .rest_bytes = rest_bytes};
}

static void hands_over_bodies_as_they_come(void **state)
{
    struct world world;
    struct client client;
    (void)state;
    open_flowing(&world);
    client_open(&client, &world, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc");
    AWAIT(&world, world.held_count == 1);
    const struct http_request *request = http_request_of(world.held[0]);
    assert_int_equal(request->rest_bytes, 6);
    client_send(&client, "def");
    AWAIT(&world, seen.body.size == 3);
    assert_false(seen.last);
    client_send(&client, "ghi");
    AWAIT(&world, seen.last);
    assert_memory_equal(seen.body.data, "defghi", 6);
    answer_text(world.held[0], 200, "well");
    AWAIT(&world, got_text(&client, "well"));
    world.held_count = 0;
    /* A small one is whole, as ever. */
    client_send(&client, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nxyz");
    AWAIT(&world, world.held_count == 1);
    request = http_request_of(world.held[0]);
    assert_int_equal(request->rest_bytes, 0);
    assert_true(bytes_equal(request->body, BYTES_LITERAL("xyz")));
    release(&world);
    close_flowing(&world, &client);
}

static void stops_reading_what_is_not_used_up(void **state)
{
    enum { BODY_BYTES = 16 << 20 };
    struct world world;
    struct client client;
    char *body = malloc(BODY_BYTES);
    (void)state;
    open_flowing(&world);
    memset(body, 'x', BODY_BYTES);
    client_open(&client, &world, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 16777216\r\n\r\n");
    AWAIT(&world, world.held_count == 1);
    client_send_bytes(&client, body, BODY_BYTES);
    AWAIT(&world, seen.body.size >= HTTP_WINDOW_BYTES);
    for (int i = 0; i < 100; i++)
        uv_run(&world.loop, UV_RUN_NOWAIT);
    assert_true(seen.body.size <= 2 * HTTP_WINDOW_BYTES + (64 << 10));
    while (!seen.last) {
        http_took(world.held[0], SIZE_MAX);
        uv_run(&world.loop, UV_RUN_ONCE);
    }
    assert_int_equal(seen.body.size, BODY_BYTES);
    answer_text(world.held[0], 200, "well");
    AWAIT(&world, got_text(&client, "well"));
    world.held_count = 0;
    free(body);
    close_flowing(&world, &client);
}

static void answers_in_chunks(void **state)
{
    struct world world;
    struct client client;
    struct http_response response = response_of(HTTP_REST_UNKNOWN);
    (void)state;
    open_flowing(&world);
    client_open(&client, &world,
                "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
    AWAIT(&world, world.held_count == 2);
    /* The second one has to wait for its turn. */
    assert_true(http_answer_head(world.held[1], &response));
    assert_true(http_answer_part(world.held[1], BYTES_LITERAL("two"), false));
    assert_true(http_answer_head(world.held[0], &response));
    assert_true(http_answer_part(world.held[0], BYTES_LITERAL("one"), false));
    AWAIT(&world, got_text(&client, "Transfer-Encoding: chunked\r\n\r\n3\r\none\r\n"));
    AWAIT(&world, seen.drained == 3);
    assert_false(got_text(&client, "two"));
    assert_true(http_answer_part(world.held[0], (struct bytes){0}, true));
    AWAIT(&world, got_text(&client, "0\r\n\r\nHTTP/1.1 200 OK"));
    AWAIT(&world, got_text(&client, "3\r\ntwo\r\n"));
    assert_true(http_answer_part(world.held[1], BYTES_LITERAL("!"), true));
    AWAIT(&world, got_text(&client, "1\r\n!\r\n0\r\n\r\n"));
    world.held_count = 0;
    close_flowing(&world, &client);
}

static void keeps_to_what_was_announced(void **state)
{
    struct world world;
    struct client client;
    struct http_response response = response_of(5);
    (void)state;
    open_flowing(&world);
    client_open(&client, &world, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    AWAIT(&world, world.held_count == 1);
    assert_true(http_answer_head(world.held[0], &response));
    assert_true(http_answer_part(world.held[0], BYTES_LITERAL("abcde"), true));
    AWAIT(&world, got_text(&client, "Content-Length: 5\r\n\r\nabcde"));
    world.held_count = 0;
    client_send(&client, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    AWAIT(&world, world.held_count == 1);
    assert_true(http_answer_head(world.held[0], &response));
    assert_false(http_answer_part(world.held[0], BYTES_LITERAL("abc"), true)); /* too little */
    AWAIT(&world, client.ended);
    world.held_count = 0;
    close_flowing(&world, &client);
}

static void shows_that_an_answer_broke_off(void **state)
{
    struct world world;
    struct client client;
    struct http_response response = response_of(HTTP_REST_UNKNOWN);
    (void)state;
    open_flowing(&world);
    client_open(&client, &world, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    AWAIT(&world, world.held_count == 1);
    assert_true(http_answer_head(world.held[0], &response));
    assert_true(http_answer_part(world.held[0], BYTES_LITERAL("abc"), false));
    AWAIT(&world, got_text(&client, "abc"));
    http_answer_break(world.held[0]);
    AWAIT(&world, client.ended);
    assert_false(got_text(&client, "0\r\n\r\n"));
    world.held_count = 0;
    close_flowing(&world, &client);
}

static void sends_no_body_where_none_belongs(void **state)
{
    struct world world;
    struct client client;
    struct http_response response = response_of(HTTP_REST_UNKNOWN);
    (void)state;
    open_flowing(&world);
    client_open(&client, &world, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
    AWAIT(&world, world.held_count == 1);
    assert_false(http_answer_head(world.held[0], &response));
    AWAIT(&world, got_text(&client, "\r\n\r\n"));
    world.held_count = 0;
    close_flowing(&world, &client);
}

/* To HTTP/1.0 the end of the connection is the end of the body. */
static void answers_old_clients_without_chunks(void **state)
{
    struct world world;
    struct client client;
    struct http_response response = response_of(HTTP_REST_UNKNOWN);
    (void)state;
    open_flowing(&world);
    client_open(&client, &world, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    AWAIT(&world, world.held_count == 1);
    assert_true(http_answer_head(world.held[0], &response));
    assert_true(http_answer_part(world.held[0], BYTES_LITERAL("abc"), false));
    assert_true(http_answer_part(world.held[0], BYTES_LITERAL("def"), true));
    AWAIT(&world, client.ended);
    assert_true(got_text(&client, "Connection: close\r\n\r\nabcdef"));
    world.held_count = 0;
    close_flowing(&world, &client);
}

static void passes_over_a_body_that_is_not_wanted(void **state)
{
    struct world world;
    struct client client;
    (void)state;
    open_flowing(&world);
    client_open(&client, &world, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\nabc");
    AWAIT(&world, world.held_count == 1);
    answer_text(world.held[0], 200, "early");
    AWAIT(&world, got_text(&client, "early"));
    world.held_count = 0;
    client_send(&client, "defghGET /next HTTP/1.1\r\nHost: a\r\n\r\n");
    AWAIT(&world, world.held_count == 1);
    assert_int_equal(seen.body.size, 0);
    release(&world);
    AWAIT(&world, got_text(&client, "[GET /next"));
    close_flowing(&world, &client);
}

/* It waits for the answer before it; its owner has done with it. */
static void passes_over_the_body_of_an_answer_that_waits(void **state)
{
    static const char *const ends[] = {"3\r\ndef\r\n0\r\n\r\nGET /next HTTP/1.1\r\nHost: a\r\n\r\n",
                                       "zz\r\n"}; /* no chunk */
    (void)state;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        struct world world;
        struct client client;
        bool breaks = i == 1;
        open_flowing(&world);
        client_open(&client, &world,
                    "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n"
                    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
        AWAIT(&world, world.held_count == 2);
        answer_text(world.held[1], 200, "early");
        world.held_count = 1;
        client_send(&client, ends[i]);
        if (breaks)
            AWAIT(&world, http_stats(world.server).refused == 1);
        else
            AWAIT(&world, world.held_count == 2);
        assert_int_equal(seen.body.size, 0);
        assert_int_equal(world.gone_count, 0);
        release(&world);
        AWAIT(&world, breaks ? client.ended : got_text(&client, "[GET /next"));
        assert_true(got_text(&client, "[GET /slow"));
        assert_true(got_text(&client, "early"));
        close_flowing(&world, &client);
    }
}

static void does_not_wait_for_a_body_that_was_not_invited(void **state)
{
    struct world world;
    struct client client;
    (void)state;
    open_flowing(&world);
    world.hold = false; /* answers at once, without having read */
    client_open(&client, &world,
                "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 8\r\n\r\n");
    AWAIT(&world, client.ended);
    assert_true(got_text(&client, "Connection: close\r\n"));
    assert_false(got_text(&client, "100 Continue"));
    close_flowing(&world, &client);
}

static void tells_of_clients_that_are_lost(void **state)
{
    static const char *const ends[] = {"", "zz\r\n"}; /* the end of the connection; no chunk */
    (void)state;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        struct world world;
        struct client client;
        open_flowing(&world);
        client_open(&client, &world,
                    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
        AWAIT(&world, world.held_count == 1);
        if (*ends[i])
            client_send(&client, ends[i]);
        else
            client_shut(&client);
        AWAIT(&world, world.gone_count == 1);
        answer_text(world.held[0], 200, "to nobody");
        world.held_count = 0;
        AWAIT(&world, client.ended);
        assert_true(got_text(&client, "HTTP/1.1 400 "));
        assert_false(got_text(&client, "to nobody"));
        close_flowing(&world, &client);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hands_over_bodies_as_they_come),
        cmocka_unit_test(stops_reading_what_is_not_used_up),
        cmocka_unit_test(answers_in_chunks),
        cmocka_unit_test(keeps_to_what_was_announced),
        cmocka_unit_test(shows_that_an_answer_broke_off),
        cmocka_unit_test(sends_no_body_where_none_belongs),
        cmocka_unit_test(answers_old_clients_without_chunks),
        cmocka_unit_test(passes_over_a_body_that_is_not_wanted),
        cmocka_unit_test(passes_over_the_body_of_an_answer_that_waits),
        cmocka_unit_test(does_not_wait_for_a_body_that_was_not_invited),
        cmocka_unit_test(tells_of_clients_that_are_lost),
    };
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
