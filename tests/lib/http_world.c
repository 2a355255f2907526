#include "tests/lib/http_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HANG_MS = 20000, LONG_MS = 60000 };

struct http_limits test_limits(void)
{
    return (struct http_limits){.head_bytes_max = 1000,
                                .body_bytes_max = 2000,
                                .connection_count_max = 8,
                                .pipeline_count_max = 4,
                                .head_timeout_ms = LONG_MS,
                                .body_timeout_ms = LONG_MS,
                                .write_timeout_ms = LONG_MS,
                                .half_close_ms = LONG_MS};
}

static void on_hang(uv_timer_t *timer)
{
    (void)timer;
    fprintf(stderr, "a test waits for something that does not happen\n");
    abort();
}

/* Tell what was understood. */
void answer_echo(struct http_exchange *exchange)
{
    const struct http_request *request = http_request_of(exchange);
    char text[8192];
    int size = snprintf(text, sizeof text, "[%.*s %.*s host=%.*s", (int)request->method.size,
                        (const char *)request->method.data, (int)request->target.size,
                        (const char *)request->target.data, (int)request->host.size,
                        (const char *)request->host.data);
    for (size_t i = 0; i < request->header_count; i++)
        size += snprintf(
            text + size, sizeof text - (size_t)size, " %.*s=%.*s",
            (int)request->headers[i].name.size, (const char *)request->headers[i].name.data,
            (int)request->headers[i].value.size, (const char *)request->headers[i].value.data);
    size += snprintf(text + size, sizeof text - (size_t)size, " body=%.*s]",
                     (int)request->body.size, (const char *)request->body.data);
    http_answer(exchange, &(struct http_response){.status = 200,
                                                  .body = {.data = text, .size = (size_t)size}});
}

void answer_text(struct http_exchange *exchange, unsigned status, const char *text)
{
    http_answer(exchange, &(struct http_response){.status = status, .body = bytes_of(text)});
}

static void on_request(void *owner, struct http_exchange *exchange)
{
    struct world *world = owner;
    if (!world->hold) {
        answer_echo(exchange);
        return;
    }
    assert_true(world->held_count < HELD_MAX);
    http_set_data(exchange, world);
    world->held[world->held_count++] = exchange;
}

static void on_gone(void *owner, struct http_exchange *exchange)
{
    struct world *world = owner;
    assert_ptr_equal(http_data(exchange), world);
    world->gone_count++;
}

void on_server_closed(void *owner)
{
    ((struct world *)owner)->closed = true;
}

void world_open(struct world *world, const struct http_limits *limits)
{
    struct errmsg why = {0};
    *world = (struct world){0};
    uv_loop_init(&world->loop);
    uv_timer_init(&world->loop, &world->watchdog);
    uv_timer_start(&world->watchdog, on_hang, HANG_MS, 0);
    assert_int_equal(http_open(&world->loop, "127.0.0.1", 0, limits, on_request, on_gone, world,
                               &world->server, &why),
                     OK);
}

void world_close(struct world *world)
{
    http_close(world->server, on_server_closed);
    AWAIT(world, world->closed);
    world_close_loop(world);
}

int world_setup(void **state)
{
    static struct world world;
    struct http_limits limits = test_limits();
    world_open(&world, &limits);
    *state = &world;
    return 0;
}

int world_teardown(void **state)
{
    world_close(*state);
    return 0;
}

void world_close_loop(struct world *world)
{
    uv_close((uv_handle_t *)&world->watchdog, NULL);
    uv_run(&world->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&world->loop), 0);
}

void on_client_closed(uv_handle_t *handle)
{
    ((struct client *)handle->data)->closed = true;
}

static void on_client_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *ret_buffer)
{
    struct client *client = handle->data;
    uint8_t *room = buf_reserve(&client->got, suggested + 1);
    assert_non_null(room);
    *ret_buffer = uv_buf_init((char *)room, (unsigned)suggested);
}

static void on_client_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    struct client *client = stream->data;
    (void)buffer;
    if (size == UV_EOF)
        client->ended = true;
    else if (size < 0)
        client->reset = client->ended = true;
    else {
        client->got.size += (size_t)size;
        client->got.data[client->got.size] = 0;
    }
}

void client_read(struct client *client)
{
    uv_read_start((uv_stream_t *)&client->tcp, on_client_alloc, on_client_read);
}

static void on_client_connected(uv_connect_t *connect, int status)
{
    struct client *client = connect->data;
    assert_int_equal(status, 0);
    client->connected = true;
}

void client_connect(struct client *client, struct world *world)
{
    struct sockaddr_in address;
    *client = (struct client){.world = world};
    client->tcp.data = client->connect.data = client;
    uv_tcp_init(&world->loop, &client->tcp);
    client->tcp.data = client;
    uv_ip4_addr("127.0.0.1", http_port(world->server), &address);
    uv_tcp_connect(&client->connect, &client->tcp, (const struct sockaddr *)&address,
                   on_client_connected);
    AWAIT(world, client->connected);
}

static void on_client_written(uv_write_t *write, int status)
{
    struct client *client = write->handle->data;
    if (status < 0)
        client->unsent = true;
    free(write->data);
    free(write);
}

void client_send_bytes(struct client *client, const void *data, size_t size)
{
    uv_write_t *write = calloc(1, sizeof *write);
    write->data = malloc(size);
    memcpy(write->data, data, size);
    uv_buf_t part = uv_buf_init(write->data, (unsigned)size);
    uv_write(write, (uv_stream_t *)&client->tcp, &part, 1, on_client_written);
}

void client_send(struct client *client, const char *text)
{
    client_send_bytes(client, text, strlen(text));
}

void client_open(struct client *client, struct world *world, const char *text)
{
    client_connect(client, world);
    client_read(client);
    client_send(client, text);
}

void client_close(struct client *client)
{
    uv_close((uv_handle_t *)&client->tcp, on_client_closed);
    AWAIT(client->world, client->closed);
    buf_finish(&client->got);
}

static void on_client_shut(uv_shutdown_t *shutdown, int status)
{
    (void)status;
    free(shutdown);
}

void client_shut(struct client *client)
{
    uv_shutdown(calloc(1, sizeof(uv_shutdown_t)), (uv_stream_t *)&client->tcp, on_client_shut);
}

const char *got(const struct client *client)
{
    return client->got.data ? (const char *)client->got.data : "";
}

bool got_text(const struct client *client, const char *text)
{
    return strstr(got(client), text) != NULL;
}

size_t got_count(const struct client *client, const char *text)
{
    size_t count = 0;
    for (const char *at = got(client); (at = strstr(at, text)); at++)
        count++;
    return count;
}

void exchange_texts(struct world *world, const char *request, struct client *ret_client)
{
    client_open(ret_client, world, request);
    AWAIT(world, ret_client->ended);
    assert_false(ret_client->reset);
}

void expect_end(struct world *world, const char *request, const char *expected)
{
    struct client client;
    client_open(&client, world, request);
    AWAIT(world, client.ended);
    assert_non_null(strstr(got(&client), expected));
    client_close(&client);
}

void release(struct world *world)
{
    for (size_t i = 0; i < world->held_count; i++)
        answer_echo(world->held[i]);
    world->held_count = 0;
}
