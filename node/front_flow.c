#include "common/check.h"
#include "node/shell.h"

#include <stdlib.h>

/* Bodies of users' requests and their answers, between HTTP and engine. */

static struct body_end end_of(uint64_t run)
{
    return (struct body_end){.side = BODY_OF_RUN, .number = run};
}

static struct front_request *find(struct shell *shell, uint64_t run)
{
    struct front_request *front;
    HASH_FIND(hh, shell->front_requests, &run, sizeof run, front);
    return front;
}

/* ---- the request ---- */

void front_on_body(void *owner, struct http_exchange *exchange, struct bytes part, bool last)
{
    struct shell *shell = owner;
    struct front_request *front = http_data(exchange);
    if (front->deaf) { /* nobody reads it */
        http_took(exchange, part.size);
        return;
    }
    front->received = last;
    struct body_part arrived = {
        .end = end_of(front->run), .step = last ? BODY_LAST : BODY_MORE, .bytes = part};
    js_part(shell->js, &arrived, (struct bytes){0});
}

void front_on_pull(struct shell *shell, const struct body_pull *pull)
{
    struct front_request *front = find(shell, pull->end.number);
    if (!front)
        return;
    front->deaf = front->deaf || pull->cancel;
    http_took(front->exchange, pull->cancel ? SIZE_MAX : (size_t)pull->bytes);
}

/* ---- the answer ---- */

/* What the engine must be told once it is not telling something itself. */
static void pull_soon(struct shell *shell, uint64_t run, uint64_t bytes)
{
    struct front_pull *pull = malloc(sizeof *pull);
    CHECK(pull);
    *pull = (struct front_pull){.pull = {.end = end_of(run), .bytes = bytes, .cancel = bytes == 0}};
    DL_APPEND(shell->front_pulls, pull);
    uv_idle_start(&shell->more, shell_on_more);
}

void front_cancel_soon(struct shell *shell, uint64_t run)
{
    pull_soon(shell, run, 0);
}

void front_flow(struct shell *shell, struct front_request *front,
                const struct http_response *response)
{
    uint64_t run = front->run;
    if (http_answer_head(front->exchange, response)) {
        front->flowing = true;
        DL_DELETE(shell->front_order, front);
        pull_soon(shell, run, HTTP_WINDOW_BYTES);
        return;
    }
    front_finish(shell, front);
    front_cancel_soon(shell, run);
}

void front_work(struct shell *shell)
{
    while (shell->front_pulls) {
        struct front_pull *pull = shell->front_pulls;
        DL_DELETE(shell->front_pulls, pull);
        js_pull(shell->js, &pull->pull, (struct bytes){0});
        free(pull);
    }
}

void front_on_part(struct shell *shell, const struct body_part *part)
{
    struct front_request *front = find(shell, part->end.number);
    bool last = part->step == BODY_LAST, whole = true;
    if (!front || !front->flowing)
        return;
    if (part->step == BODY_BROKEN)
        http_answer_break(front->exchange);
    else
        whole = http_answer_part(front->exchange, part->bytes, last);
    if (!whole)
        front_cancel_soon(shell, front->run);
    if (!whole || part->step != BODY_MORE)
        front_finish(shell, front);
}

void front_on_drain(void *owner, struct http_exchange *exchange, size_t bytes)
{
    struct shell *shell = owner;
    struct front_request *front = http_data(exchange);
    struct body_pull pull = {.end = end_of(front->run), .bytes = bytes};
    js_pull(shell->js, &pull, (struct bytes){0});
}

/* ---- the client has gone ---- */

void front_on_gone(void *owner, struct http_exchange *exchange)
{
    struct shell *shell = owner;
    struct front_request *front = http_data(exchange);
    uint64_t run = front->run;
    bool received = front->received, flowing = front->flowing;
    front_finish(shell, front);
    if (flowing)
        http_answer_break(exchange);
    else
        http_answer(exchange, &(struct http_response){.status = 500}); /* to nobody */
    front_desert(shell, run, received);
}

void front_desert(struct shell *shell, uint64_t run, bool received)
{
    struct body_part broken = {
        .end = end_of(run), .step = BODY_BROKEN, .fail = FAIL_CONNECTION_LOST};
    struct body_pull pull = {.end = end_of(run), .cancel = true};
    if (!received)
        js_part(shell->js, &broken, BYTES_LITERAL("Network connection lost."));
    js_pull(shell->js, &pull, (struct bytes){0});
}
