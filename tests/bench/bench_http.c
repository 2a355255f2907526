/* A server that says hello, for `wrk -t1 -c32 http://127.0.0.1:PORT/`. With --later each answer
 * is given on a later round of the loop, as most real ones are. Stops on SIGINT or SIGTERM. */

#include "process/http.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WAITING_MAX = 1 << 16 };

static struct http_exchange *waiting[WAITING_MAX];
static size_t waiting_count;
static uv_async_t later;

static void answer(struct http_exchange *exchange)
{
    const struct http_header type = {.name = BYTES_LITERAL("Content-Type"),
                                     .value = BYTES_LITERAL("text/plain")};
    http_answer(exchange, &(struct http_response){.status = 200,
                                                  .headers = &type,
                                                  .header_count = 1,
                                                  .body = BYTES_LITERAL("Hello, world!")});
}

static void on_request(void *owner, struct http_exchange *exchange)
{
    if (!owner || waiting_count == WAITING_MAX) {
        answer(exchange);
        return;
    }
    waiting[waiting_count++] = exchange;
    uv_async_send(&later);
}

static void on_later(uv_async_t *async)
{
    (void)async;
    while (waiting_count > 0)
        answer(waiting[--waiting_count]);
}

static void on_signal(uv_signal_t *handle, int number)
{
    (void)number;
    struct http_server *server = handle->data;
    struct http_stats stats = http_stats(server);
    printf("%llu requests, %llu answers, %llu refused\n", (unsigned long long)stats.requests,
           (unsigned long long)stats.answers, (unsigned long long)stats.refused);
    uv_stop(handle->loop);
}

int main(int argc, char **argv)
{
    uv_loop_t *loop = uv_default_loop();
    struct http_server *server;
    struct errmsg why = {0};
    bool answer_later = argc > 2 && strcmp(argv[2], "--later") == 0;
    uint16_t port = argc > 1 ? (uint16_t)atoi(argv[1]) : 0;
    signal(SIGPIPE, SIG_IGN);
    if (http_open(loop, "127.0.0.1", port, &http_limits_default, on_request, NULL,
                  answer_later ? &later : NULL, &server, &why) != OK) {
        fprintf(stderr, "%s\n", why.text);
        return 1;
    }
    uv_signal_t interrupt, terminate;
    uv_async_init(loop, &later, on_later);
    uv_signal_init(loop, &interrupt);
    uv_signal_init(loop, &terminate);
    interrupt.data = terminate.data = server;
    uv_signal_start(&interrupt, on_signal, SIGINT);
    uv_signal_start(&terminate, on_signal, SIGTERM);
    printf("port %u\n", http_port(server));
    fflush(stdout);
    return uv_run(loop, UV_RUN_DEFAULT) < 0;
}
