/* Which requests are understood and how, which are refused, and what answers look like. */

#include "tests/lib/http_world.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static void takes_chunks_in_any_pieces(void **state)
{
    static const char request[] =
        "POST /c HTTP/1.1\r\nHost: a\r\ntransfer-encoding: Chunked\r\n\r\n"
        "3\r\nabc\r\n00A;x=\"y\"\r\n0123456789\r\n0\r\nTrailer: t\r\nHost: evil\r\n\r\n";
    struct world *world = *state;
    struct client client;
    for (size_t piece = 1; piece < 80; piece += 7) {
        client_connect(&client, world);
        client_read(&client);
        for (size_t at = 0; at < strlen(request); at += piece) {
            size_t left = strlen(request) - at;
            client_send_bytes(&client, request + at, left < piece ? left : piece);
            uv_run(&world->loop, UV_RUN_NOWAIT);
        }
        AWAIT(world,
              got_text(&client,
                       "[POST /c host=a Host=a transfer-encoding=Chunked body=abc0123456789]"));
        client_close(&client);
    }
}

static void leaves_out_bodies(void **state)
{
    struct world *world = *state;
    struct client client;
    world->hold = true;
    client_open(&client, world,
                "HEAD / HTTP/1.1\r\nHost: a\r\n\r\nHEAD / HTTP/1.1\r\nHost: a\r\n\r\n"
                "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
    AWAIT(world, world->held_count == 4);
    struct http_header length = {BYTES_LITERAL("content-length"), BYTES_LITERAL("77")};
    answer_text(world->held[0], 200, "seven..");
    http_answer(world->held[1],
                &(struct http_response){.status = 200, .headers = &length, .header_count = 1});
    answer_text(world->held[2], 204, "nothing");
    answer_text(world->held[3], 304, "nothing");
    AWAIT(world, got_text(&client, " 304 Not Modified") && got_count(&client, "\r\n\r\n") == 4);
    assert_true(got_text(&client, "Content-Length: 7\r\n\r\nHTTP"));
    assert_true(got_text(&client, "Content-Length: 77\r\n\r\nHTTP"));
    assert_int_equal(got_count(&client, "Content-Length"), 2);
    assert_int_equal(got_count(&client, "nothing") + got_count(&client, "seven"), 0);
    client_close(&client);
}

static void understands_targets(void **state)
{
    static const struct {
        const char *request, *understood;
    } cases[] = {
        {"GET http://b:2/p?q", "[GET /p?q host=b:2"},
        {"GET HTTPS://b/", "[GET / host=b"},
        {"GET http://b", "[GET / host=b"},
        {"GET http://b?q", "[GET /?q host=b"},
        {"GET http://[::1]:80?q=/x", "[GET /?q=/x host=[::1]:80"},
        {"OPTIONS *", "[OPTIONS * host=a"},
        {"OPTIONS http://b", "[OPTIONS * host=b"},
        {"GET //x//y", "[GET //x//y host=a"},
        {"GET /%zz?a?b", "[GET /%zz?a?b host=a"},
        {"PATCH /x", "[PATCH /x host=a"},
    };
    struct world *world = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct client client;
        char request[256];
        snprintf(request, sizeof request,
                 "%s HTTP/1.1\r\nHost: a\r\nConnection: close\r\nKeep-Alive: timeout=5\r\n\r\n",
                 cases[i].request);
        exchange_texts(world, request, &client);
        if (!got_text(&client, cases[i].understood) ||
            !got_text(&client, " Host=a Connection=close Keep-Alive=timeout=5 body=]"))
            fail_msg("%s: %s", cases[i].request, got(&client));
        client_close(&client);
    }
    struct client client;
    client_open(&client, world,
                "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
                "GET /next HTTP/1.1\r\nHost: a\r\n\r\n");
    AWAIT(world, got_text(&client, "[GET /next"));
    assert_true(
        got_text(&client, "[GET /chat host=a Host=a Connection=Upgrade Upgrade=websocket body=]"));
    client_close(&client);
}

static void refuses_what_is_wrong(void **state)
{
    static const struct {
        unsigned status;
        const char *request;
    } cases[] = {
        {400, "GET / HTTP/1.1\r\n\r\n"},
        {400, "GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n"},
        {400, "GET / HTTP/1.1\r\nHost: a b\r\n\r\n"},
        {400, "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"},
        {400, "GET / HTTP/1.1\r\nHost: u@b\r\n\r\n"},
        {400, "GET / HTTP/1.1\r\nHost : a\r\n\r\n"},
        {400, "GET / HTTP/1.1\r\nHost\t: a\r\n\r\n"},
        {400, "GET / HTTP/1.1\r\nHost: a\r\nX y: 1\r\n\r\n"},
        {400, "GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n"},
        {400, "GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n"},
        {400, "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n folded\r\n\r\n"},
        {400, "GET / HTTP/1.1\r\n Host: a\r\n\r\n"},
        {400, "GET / HTTP/1.1\nHost: a\n\n"},
        {400, "GET / HTTP/1.1\r\nHost: a\n\r\n"},
        {400, "GET / HTTP/1.1\r\nHost: a\r\n\n"},
        {400, "GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n"},
        {400, "GET / HTTP/1.1\r\nHost: a\r\nX:\rContent-Length: 1\r\n\r\n"},
        {400, "GET / HTTP/1.1\r\nHost: a\r\nX: \x01\r\n\r\n"},
        {400,
         "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"},
        {400,
         "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n"},
        {400, "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n"},
        {400, "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1,1\r\n\r\n"},
        {400, "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n"},
        {400, "GET / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n"},
        {400, "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n"},
        {400, "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n"},
        {400,
         "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n"},
        {400, "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n"},
        {501, "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"},
        {400, "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
        {417, "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: wonders\r\n\r\n"},
        {400, "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"},
        {400, "GET /  HTTP/1.1\r\nHost: a\r\n\r\n"},
        {400, "GET / HTTP/1.1 \r\nHost: a\r\n\r\n"},
        {400, "GET /\r\n\r\n"},
        {400, "GET / HTTP/11\r\n\r\n"},
        {505, "GET / HTTP/1.2\r\nHost: a\r\n\r\n"},
        {505, "GET / HTTP/2.0\r\nHost: a\r\n\r\n"},
        {505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
        {400, "DESCRIBE rtsp://a/b RTSP/1.0\r\nHost: a\r\n\r\n"},
        {400, "GET * HTTP/1.1\r\nHost: a\r\n\r\n"},
        {400, "OPTIONS *x HTTP/1.1\r\nHost: a\r\n\r\n"},
        {400, "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n"},
        {400, "GET /\xc3\xbc HTTP/1.1\r\nHost: a\r\n\r\n"},
        {400, "GET a HTTP/1.1\r\nHost: a\r\n\r\n"},
        {400, "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n"},
        {400, "GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n"},
        {400, "GET http://u:p@a/x HTTP/1.1\r\nHost: a\r\n\r\n"},
        {501, "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n"},
        {501, "BREW /pot HTTP/1.1\r\nHost: a\r\n\r\n"},
        {400, "\x16\x03\x01\x02"},
        {400, "\n"},
        {400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n"},
        {400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\nx\r\n0\r\n\r\n"},
        {400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxy\r\n"},
        {400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\n"},
        {400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
              "fffffffffffffffff\r\n"},
        {413, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n7d1\r\n"},
        {413, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2001\r\n\r\n"},
        {413, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2001\r\nExpect: 100-continue\r\n\r\n"},
    };
    struct world *world = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct client client;
        char expected[32], filler[2048];
        client_open(&client, world, cases[i].request);
        if (strstr(cases[i].request, "7d1")) {
            memset(filler, 'x', sizeof filler);
            client_send_bytes(&client, filler, sizeof filler);
        }
        AWAIT(world, client.ended);
        snprintf(expected, sizeof expected, "HTTP/1.1 %u ", cases[i].status);
        if (strncmp(got(&client), expected, strlen(expected)) != 0 ||
            !got_text(&client, "Connection: close\r\n") ||
            !got_text(&client, "Content-Type: text/plain"))
            fail_msg("%u expected for %s\nbut: %s", cases[i].status, cases[i].request,
                     got(&client));
        client_close(&client);
    }
    /* Not to be written as a string. */
    static const char nul[] = "GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n";
    struct client client;
    client_connect(&client, world);
    client_read(&client);
    client_send_bytes(&client, nul, sizeof nul - 1);
    AWAIT(world, client.ended);
    assert_true(got_text(&client, "HTTP/1.1 400 "));
    client_close(&client);
    assert_int_equal(http_stats(world->server).requests, 0);
    assert_int_equal(http_stats(world->server).refused, sizeof cases / sizeof *cases + 1);
}

static void bounds_sizes(void **state)
{
    struct world *world = *state;
    struct client client;
    char filler[4001];
    memset(filler, 'x', sizeof filler - 1);
    filler[sizeof filler - 1] = 0;

    client_open(&client, world, "GET /");
    client_send(&client, filler);
    AWAIT(world, client.ended);
    assert_true(got_text(&client, "HTTP/1.1 414 URI Too Long"));
    client_close(&client);

    client_open(&client, world, "GET / HTTP/1.1\r\nHost: a\r\nX: ");
    client_send(&client, filler);
    AWAIT(world, client.ended);
    assert_true(got_text(&client, "HTTP/1.1 431 "));
    client_close(&client);

    /* Chunks of nothing but extension or trailer. */
    client_open(&client, world,
                "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;a=");
    client_send(&client, filler);
    AWAIT(world, client.ended);
    assert_true(got_text(&client, "HTTP/1.1 413 "));
    client_close(&client);

    /* Just small enough. */
    client_open(&client, world, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2000\r\n\r\n");
    client_send_bytes(&client, filler, 2000);
    AWAIT(world, got_text(&client, "x]"));
    client_close(&client);
}

static void keeps_headers_from_breaking_out(void **state)
{
    struct world *world = *state;
    struct client client;
    world->hold = true;
    client_open(&client, world, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    AWAIT(world, world->held_count == 1);
    const struct http_header headers[] = {
        {BYTES_LITERAL("X-Good"), BYTES_LITERAL("one")},
        {BYTES_LITERAL("X-Bad"), BYTES_LITERAL("a\r\nX-Split: 1")},
        {BYTES_LITERAL("X Bad"), BYTES_LITERAL("a")},
        {BYTES_LITERAL(""), BYTES_LITERAL("a")},
        {BYTES_LITERAL("connection"), BYTES_LITERAL("keep-alive")},
        {BYTES_LITERAL("CONTENT-LENGTH"), BYTES_LITERAL("1")},
        {BYTES_LITERAL("Transfer-Encoding"), BYTES_LITERAL("chunked")},
        {BYTES_LITERAL("date"), BYTES_LITERAL("never")},
        {BYTES_LITERAL("Set-Cookie"), BYTES_LITERAL("a")},
        {BYTES_LITERAL("Set-Cookie"), BYTES_LITERAL("b")},
    };
    http_answer(world->held[0], &(struct http_response){.status = 999,
                                                        .reason = BYTES_LITERAL("a\r\nb"),
                                                        .headers = headers,
                                                        .header_count = 10,
                                                        .body = BYTES_LITERAL("xyz")});
    AWAIT(world, client.ended);
    assert_true(got_text(&client, "HTTP/1.1 500 Internal Server Error\r\n"));
    assert_true(got_text(&client, "Content-Length: 3\r\nConnection: close\r\nX-Good: one\r\n"
                                  "Set-Cookie: a\r\nSet-Cookie: b\r\n\r\nxyz"));
    client_close(&client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(takes_chunks_in_any_pieces),
        WORLD_TEST(leaves_out_bodies),
        WORLD_TEST(understands_targets),
        WORLD_TEST(refuses_what_is_wrong),
        WORLD_TEST(bounds_sizes),
        WORLD_TEST(keeps_headers_from_breaking_out),
    };
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
