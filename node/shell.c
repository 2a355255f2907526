#include "node/shell.h"

#include "common/check.h"
#include "common/log.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- the queue ---- */

struct queued {
    struct queued *next;
    struct node_event event;
    uint8_t bytes[];
};

/* Copy one span behind the event. */
static struct bytes place(struct bytes from, uint8_t **next)
{
    if (!from.data)
        return from;
    if (from.size) /* memcpy wants no NULL, and an empty span may be anything */
        memcpy(*next, from.data, from.size);
    struct bytes copy = {.data = *next, .size = from.size};
    *next += from.size;
    return copy;
}

static size_t bytes_needed(const struct node_event *event)
{
    if (event->type == NODE_CALL)
        return event->call.name.size + event->call.head.size + event->call.body.size;
    if (event->type == NODE_DONE)
        return event->done.outcome.head.size + event->done.outcome.body.size;
    if (event->type == NODE_PART)
        return event->part.bytes.size;
    return 0;
}

/* Nothing to do: that it is started keeps the loop from waiting. */
void shell_on_more(uv_idle_t *more)
{
    (void)more;
}

void shell_queue(struct shell *shell, const struct node_event *event)
{
    CHECK(event->type != NODE_MESSAGE); /* decoded messages are stepped at once */
    struct queued *queued = malloc(sizeof *queued + bytes_needed(event));
    CHECK(queued != NULL);
    *queued = (struct queued){.event = *event};
    uint8_t *next = queued->bytes;
    if (event->type == NODE_CALL) {
        queued->event.call.name = place(event->call.name, &next);
        queued->event.call.head = place(event->call.head, &next);
        queued->event.call.body = place(event->call.body, &next);
    } else if (event->type == NODE_DONE) {
        queued->event.done.outcome.head = place(event->done.outcome.head, &next);
        queued->event.done.outcome.body = place(event->done.outcome.body, &next);
    } else if (event->type == NODE_PART) {
        queued->event.part.bytes = place(event->part.bytes, &next);
    }
    if (shell->queue_last)
        shell->queue_last->next = queued;
    else
        shell->queue = queued;
    shell->queue_last = queued;
    uv_idle_start(&shell->more, shell_on_more);
}

/* ---- performing ---- */

static void end_outdated(struct shell *shell)
{
    store_close(shell->process.store);
    log_line(LOG_ERROR, "%s: %s", shell->process.config.data_path, node_refusal(shell->node));
    _exit(1);
}

static void write_record(struct shell *shell, const struct node_write *write)
{
    enum err err = write->table == NODE_HOMES
                       ? store_append(shell->process.store, write->table, write->value)
                   : write->value.data
                       ? store_put(shell->process.store, write->table, write->key, write->value)
                       : store_delete(shell->process.store, write->table, write->key);
    if (err)
        process_die("cannot keep a record", err);
}

static void start_run(struct shell *shell, const struct node_run *run)
{
    struct js_object object = {.space = run->space,
                               .object = run->object,
                               .name = run->name,
                               .request_id = run->request_id};
    js_run_object(shell->js, run->instance, &object, run->run, run->head, run->body,
                  run->rest_bytes);
}

static void answer_call(struct shell *shell, const struct node_answer *answer)
{
    char text[512] = "";
    if (answer->outcome.kind == OUTCOME_FAILED)
        fail_print(answer->outcome.fail, shell_peer_code(shell, shell->process.config.region),
                   answer->outcome.region, text, sizeof text);
    front_note_answer(shell, answer);
    js_answer(shell->js, answer->token, &answer->outcome, bytes_of(text));
}

/* What the reader or writer of a body hears of a failure. */
static struct bytes failure_text(struct shell *shell, enum body_side side, enum fail fail,
                                 const char *region, char *text, size_t text_bytes)
{
    if (fail == FAIL_NONE)
        return (struct bytes){0};
    if (side == BODY_OF_RUN && (fail == FAIL_CONNECTION_LOST || fail == FAIL_DEADLINE))
        return BYTES_LITERAL("Network connection lost."); /* the other texts are for callers */
    fail_print(fail, shell_peer_code(shell, shell->process.config.region), region, text,
               text_bytes);
    return bytes_of(text);
}

static void pass_part(struct shell *shell, const struct body_part *part)
{
    char text[512];
    js_part(shell->js, part,
            failure_text(shell, part->end.side, part->fail, part->region, text, sizeof text));
}

static void pass_pull(struct shell *shell, const struct body_pull *pull)
{
    char text[512];
    js_pull(shell->js, pull,
            failure_text(shell, pull->end.side, pull->fail, pull->region, text, sizeof text));
}

static void perform(struct shell *shell, const struct node_output *output)
{
    if (output->note)
        log_line(LOG_WARN, "%s", output->note);
    for (size_t i = 0; i < output->write_count; i++)
        write_record(shell, &output->writes[i]);
    if (output->outdated)
        end_outdated(shell);
    if (output->op)
        process_mark(&shell->process, output->op);
    for (size_t i = 0; i < output->send_count; i++)
        (void)process_send(&shell->process, output->sends[i].peer, &output->sends[i].msg);
    if (output->joined_number) {
        log_line(LOG_INFO, "joined the cluster under birth number %u", output->joined_number);
        js_set_birth_number(shell->js, output->joined_number);
        shell->ready = true;
    }
    for (size_t i = 0; i < output->stop_count; i++)
        js_stop_instance(shell->js, output->stops[i]);
    for (size_t i = 0; i < output->answer_count; i++)
        answer_call(shell, &output->answers[i]);
    for (size_t i = 0; i < output->located_count; i++)
        admin_on_located(shell, &output->located[i]);
    for (size_t i = 0; i < output->run_count; i++)
        start_run(shell, &output->runs[i]);
    for (size_t i = 0; i < output->part_count; i++)
        pass_part(shell, &output->parts[i]);
    for (size_t i = 0; i < output->pull_count; i++)
        pass_pull(shell, &output->pulls[i]);
}

/* A call that found no memory ends here, so that its caller does not wait for ever. */
static void fail_call(struct shell *shell, uint64_t token)
{
    struct node_answer answer = {.token = token,
                                 .outcome = {.kind = OUTCOME_FAILED, .fail = FAIL_BUSY},
                                 .home = REGION_NONE,
                                 .arbiter = REGION_NONE};
    strcpy(answer.outcome.region, shell_peer_code(shell, shell->process.config.region));
    answer_call(shell, &answer);
}

static void step(struct shell *shell, struct node_event *event)
{
    struct node_output output;
    event->now_us = alarm_now_us();
    event->disk_behind = store_is_behind(shell->process.store);
    enum err err = node_step(shell->node, event, &output);
    perform(shell, &output);
    if (err) {
        log_line(LOG_ERROR, "an event was dropped: %s", err_text(err));
        if (event->type == NODE_CALL)
            fail_call(shell, event->call.token);
        if (event->type == NODE_MESSAGE || event->type == NODE_PEER_UP) /* both ends begin anew */
            process_reset_link(&shell->process, event->peer);
        if (event->type == NODE_PART)
            process_die("a body cannot go on", err);
    }
    if (shell->process.alone && node_is_open(shell->node))
        process_meet(&shell->process);
    alarm_set(shell->alarm, node_deadline_us(shell->node));
}

/* Work off what is queued now, and what that queues, up to a bound. */
static void pump(struct shell *shell)
{
    enum { EVENTS_MAX = 1000 };
    for (int count = 0; shell->queue && count < EVENTS_MAX; count++) {
        struct queued *queued = shell->queue;
        shell->queue = queued->next;
        if (!shell->queue)
            shell->queue_last = NULL;
        step(shell, &queued->event);
        free(queued);
    }
    if (!shell->queue && !shell->front_pulls)
        uv_idle_stop(&shell->more);
}

/* An event from outside: what happened before it comes first. */
static void step_next(struct shell *shell, struct node_event *event)
{
    pump(shell);
    step(shell, event);
}

/* ---- events ---- */

void shell_on_turn_end(uv_prepare_t *turn_end)
{
    front_work(turn_end->data);
    pump(turn_end->data);
}

void shell_on_up(void *owner, size_t peer, uint64_t boot)
{
    struct node_event event = {.type = NODE_PEER_UP};
    event.peer = peer;
    event.boot = boot;
    step_next(owner, &event);
}

void shell_on_down(void *owner, size_t peer)
{
    struct node_event event = {.type = NODE_PEER_DOWN};
    event.peer = peer;
    step_next(owner, &event);
}

void shell_on_message(void *owner, size_t peer, const struct msg *msg)
{
    struct node_event event = {.type = NODE_MESSAGE};
    event.peer = peer;
    event.msg = msg;
    step_next(owner, &event);
}

void shell_on_persisted(void *owner, uint64_t op)
{
    struct node_event event = {.type = NODE_PERSISTED};
    event.op = op;
    step_next(owner, &event);
}

void shell_on_alarm(void *owner)
{
    struct node_event event = {.type = NODE_TIMEOUT};
    step_next(owner, &event);
}

void shell_on_js_done(void *owner, uint64_t run, const struct outcome *outcome)
{
    struct shell *shell = owner;
    if (run & FRONT_RUN) {
        front_on_done(shell, run, outcome);
        return;
    }
    struct node_event event = {.type = NODE_DONE};
    event.done.run = run;
    event.done.outcome = *outcome;
    shell_queue(shell, &event);
}

void shell_on_js_call(void *owner, const struct js_call *call)
{
    struct node_event event = {.type = NODE_CALL};
    event.call = (struct node_call){.token = call->call,
                                    .from_instance = call->from_instance,
                                    .space = call->space,
                                    .object = call->object,
                                    .name = call->name,
                                    .hint = call->hint,
                                    .request_id = call->request_id,
                                    .head = call->head,
                                    .body = call->body,
                                    .rest_bytes = call->rest_bytes};
    shell_queue(owner, &event);
}

void shell_on_js_wrote(void *owner, uint64_t instance)
{
    struct node_event event = {.type = NODE_WROTE};
    event.instance = instance;
    shell_queue(owner, &event);
}

void shell_on_js_broken(void *owner, uint64_t instance)
{
    struct node_event event = {.type = NODE_BROKEN};
    event.instance = instance;
    shell_queue(owner, &event);
}

void shell_on_js_part(void *owner, const struct body_part *part)
{
    struct node_event event = {.type = NODE_PART};
    event.part = *part;
    if (part->end.side == BODY_OF_RUN && part->end.number & FRONT_RUN)
        front_on_part(owner, part);
    else
        shell_queue(owner, &event);
}

void shell_on_js_pull(void *owner, const struct body_pull *pull)
{
    struct node_event event = {.type = NODE_PULL};
    event.pull = *pull;
    if (pull->end.side == BODY_OF_RUN && pull->end.number & FRONT_RUN)
        front_on_pull(owner, pull);
    else
        shell_queue(owner, &event);
}

const char *shell_peer_code(const struct shell *shell, size_t peer)
{
    const struct topology *topology = &shell->process.config.topology;
    return topology->regions[peer == topology->region_count ? topology->coordinator_region : peer]
        .code;
}
