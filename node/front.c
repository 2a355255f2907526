#include "common/log.h"
#include "node/request_id.h"
#include "node/route.h"
#include "node/shell.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Users' requests: which Worker, its run, its answer. */

enum { HEADER_COUNT_MAX = 256 };

static bool has_header(const struct http_request *request, const char *name)
{
    for (size_t i = 0; i < request->header_count; i++)
        if (request->headers[i].name.size == strlen(name) &&
            strncasecmp(request->headers[i].name.data, name, strlen(name)) == 0)
            return true;
    return false;
}

static void answer_text(struct http_exchange *exchange, unsigned status, const char *text)
{
    http_answer(exchange, &(struct http_response){.status = status, .body = bytes_of(text)});
}

static enum err print_url(struct buf *url, const struct http_request *request)
{
    struct bytes host = request->host.size ? request->host : BYTES_LITERAL("localhost");
    enum err err = buf_append(url, "http://", 7);
    if (!err)
        err = buf_append(url, host.data, host.size);
    return err ? err : buf_append(url, request->target.data, request->target.size);
}

void front_on_request(void *owner, struct http_exchange *exchange)
{
    struct shell *shell = owner;
    const struct http_request *request = http_request_of(exchange);
    struct front_request *front = calloc(1, sizeof *front);
    struct buf url = {0};
    shell->request_count++;
    if (!front || print_url(&url, request)) {
        free(front);
        buf_finish(&url);
        answer_text(exchange, 503, "Out of memory.\n");
        return;
    }
    uint64_t number = ++shell->last_run;
    bool named = has_header(request, "cf-connecting-ip");
    *front = (struct front_request){
        .run = FRONT_RUN | number,
        .request_id = request_id_make(shell->process.config.region, number),
        .worker = route_pick(&shell->process.config, request->host, request->target),
        .exchange = exchange,
        .begun_us = alarm_now_us(),
        .timing = has_header(request, "terrella-timing")};
    HASH_ADD(hh, shell->front_requests, run, sizeof front->run, front);
    DL_APPEND(shell->front_order, front);
    struct js_http http = {.request_id = front->request_id,
                           .method = request->method,
                           .url = buf_bytes(&url),
                           .client = named ? (struct bytes){0} : request->client,
                           .headers = request->headers,
                           .header_count = request->header_count,
                           .body = request->body,
                           .rest_bytes = request->rest_bytes};
    front->received = request->rest_bytes == 0;
    http_set_data(exchange, front);
    js_run_worker(shell->js, front->worker, front->run, &http);
    buf_finish(&url);
}

void front_finish(struct shell *shell, struct front_request *front)
{
    HASH_DELETE(hh, shell->front_requests, front); /* NOLINT(clang-analyzer-core.*) */
    if (!front->flowing)
        DL_DELETE(shell->front_order, front);
    buf_finish(&front->timing_text);
    free(front);
}

/* A Server-Timing header (W3C Server Timing) for the client that asked for it. */
static void add_timing(struct front_request *front, struct http_header *headers, size_t *count)
{
    char total[64];
    int size =
        snprintf(total, sizeof total, "%sworker;dur=%.3f", front->timing_text.size ? ", " : "",
                 (double)(alarm_now_us() - front->begun_us) / 1000);
    if (!front->timing || buf_append(&front->timing_text, total, (size_t)size))
        return;
    headers[(*count)++] = (struct http_header){.name = BYTES_LITERAL("server-timing"),
                                               .value = buf_bytes(&front->timing_text)};
}

/* 500, and where to look for the reason: who asked for times is told what the logs call the request. */
static void answer_failed(const struct shell *shell, const struct front_request *front,
                          const char *type, struct bytes text)
{
    struct http_header headers[2];
    struct http_response response = {.status = 500, .headers = headers, .body = text};
    char name[REQUEST_TEXT_BYTES], timing[REQUEST_TEXT_BYTES + 20];
    if (type)
        headers[response.header_count++] =
            (struct http_header){.name = BYTES_LITERAL("content-type"), .value = bytes_of(type)};
    if (front->timing) {
        request_print(&shell->process.config.topology, front->request_id, name);
        snprintf(timing, sizeof timing, "request;desc=\"%s\"", name);
        headers[response.header_count++] =
            (struct http_header){.name = BYTES_LITERAL("server-timing"), .value = bytes_of(timing)};
    }
    http_answer(front->exchange, &response);
}

static void answer_response(struct shell *shell, struct front_request *front,
                            const struct outcome *outcome)
{
    struct http_header headers[HEADER_COUNT_MAX + 1];
    struct http_response response = {
        .headers = headers, .body = outcome->body, .rest_bytes = outcome->rest_bytes};
    uint64_t run = front->run;
    if (js_response_head(outcome->head, &response.status, &response.reason, headers,
                         HEADER_COUNT_MAX, &response.header_count)) {
        answer_failed(shell, front, NULL,
                      BYTES_LITERAL("The Worker's response has too many headers.\n"));
        front_finish(shell, front);
        if (outcome->rest_bytes)
            front_cancel_soon(shell, run);
        return;
    }
    if (front->timing)
        add_timing(front, headers, &response.header_count);
    if (outcome->rest_bytes) {
        front_flow(shell, front, &response);
        return;
    }
    http_answer(front->exchange, &response);
    front_finish(shell, front);
}

/* A line about a request: what happened, and the end of it, which may be long. */
static void log_request(const struct shell *shell, const struct front_request *front,
                        const char *what, struct bytes more)
{
    enum { TARGET_BYTES_MAX = 500 };
    char text[LOG_TEXT_BYTES_MAX], name[REQUEST_TEXT_BYTES];
    const struct http_request *request = http_request_of(front->exchange);
    size_t target_size = request->target.size;
    if (target_size > TARGET_BYTES_MAX)
        target_size = TARGET_BYTES_MAX;
    request_print(&shell->process.config.topology, front->request_id, name);
    struct log_about about = {.worker = shell->process.config.workers[front->worker].name,
                              .request = name};
    snprintf(text, sizeof text, "%.*s %.*s: %s%.*s", (int)request->method.size,
             (const char *)request->method.data, (int)target_size,
             (const char *)request->target.data, what, (int)more.size, (const char *)more.data);
    log_write(LOG_ERROR, &about, bytes_of(text));
}

static void answer_thrown(const struct shell *shell, const struct front_request *front,
                          const struct outcome *outcome)
{
    struct buf text = {0};
    if (js_thrown_text(outcome->head, &text) == OK)
        log_request(shell, front, "uncaught ", buf_bytes(&text));
    buf_finish(&text);
    if (outcome->body.size)
        answer_failed(shell, front, "text/html; charset=utf-8", outcome->body);
    else
        answer_failed(shell, front, NULL, BYTES_LITERAL("Internal Server Error"));
}

void front_on_done(struct shell *shell, uint64_t run, const struct outcome *outcome)
{
    struct front_request *front;
    HASH_FIND(hh, shell->front_requests, &run, sizeof run, front);
    if (!front) { /* it was given up */
        if (outcome->rest_bytes)
            front_cancel_soon(shell, run);
        return;
    }
    switch (outcome->kind) {
    case OUTCOME_RESPONSE: answer_response(shell, front, outcome); return;
    case OUTCOME_THROWN: answer_thrown(shell, front, outcome); break;
    case OUTCOME_FAILED:
        log_request(shell, front, "stopped: CPU time or memory limit exceeded", (struct bytes){0});
        answer_failed(
            shell, front, NULL,
            BYTES_LITERAL("The Worker was stopped: it exceeded its CPU time or memory limit.\n"));
        break;
    }
    front_finish(shell, front);
}

/* Requests wait as long as a stub fetch may take twice; a Worker that is silent then never speaks.
 */
void front_sweep(uv_timer_t *timer)
{
    struct shell *shell = timer->data;
    uint64_t patience_us = 2 * shell->process.config.limits.fetch_deadline_us;
    while (shell->front_order && shell->front_order->begun_us + patience_us <= alarm_now_us()) {
        struct front_request *front = shell->front_order;
        log_request(shell, front, "no answer in time", (struct bytes){0});
        answer_failed(shell, front, NULL, BYTES_LITERAL("The Worker gave no answer in time.\n"));
        uint64_t run = front->run;
        bool received = front->received;
        front_finish(shell, front);
        front_desert(shell, run, received);
    }
}

/* Of the calls that a request has led to, the Worker's own and those of objects in this region. */
void front_note_answer(struct shell *shell, const struct node_answer *answer)
{
    struct front_request *front;
    char text[256];
    uint64_t run = FRONT_RUN | (answer->request_id & ((UINT64_C(1) << REQUEST_REGION_SHIFT) - 1));
    HASH_FIND(hh, shell->front_requests, &run, sizeof run, front);
    if (!front || !front->timing || front->request_id != answer->request_id)
        return;
    uint64_t now_us = alarm_now_us();
    uint64_t routed_us = answer->routed_us ? answer->routed_us : now_us;
    const char *arbiter =
        answer->arbiter == shell->process.config.topology.region_count ? "the coordinator"
        : answer->arbiter == REGION_NONE                               ? "nobody, it was known"
                                         : shell_peer_code(shell, answer->arbiter);
    int size =
        snprintf(text, sizeof text, "%sfind;dur=%.3f;desc=\"asked %s\", fetch;dur=%.3f;desc=\"%s\"",
                 front->timing_text.size ? ", " : "", (double)(routed_us - answer->begun_us) / 1000,
                 arbiter, (double)(now_us - routed_us) / 1000,
                 answer->home == REGION_NONE ? "nowhere" : shell_peer_code(shell, answer->home));
    if (buf_append(&front->timing_text, text, (size_t)size))
        front->timing_text.size = 0;
}
