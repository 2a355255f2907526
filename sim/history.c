#include "sim/history.h"

#include "common/check.h"
#include "common/table.h"
#include "proto/fail.h"

#include <inttypes.h>
#include <stdlib.h>

enum { INSTANCE_BYTES = 64 };

struct history_call {
    uint64_t token;
    size_t region; /* the caller's */
    struct object_id id;
    size_t home; /* where it ran; meaningless before */
    char instance[INSTANCE_BYTES];
    char boot[INSTANCE_BYTES];
    UT_hash_handle hh;
};

/* The start of a line, up to its type. */
static void begin_line(struct history *history, uint64_t now_us, const char *type)
{
    fprintf(history->file, "{\"index\":%" PRIu64 ",\"time\":%" PRIu64 ",\"type\":\"%s\"",
            history->line_count++, now_us * 1000, type);
}

static const char *process_code(const struct history *history, size_t process)
{
    return process == history->topology->region_count ? "coordinator"
                                                      : history->topology->regions[process].code;
}

void history_begin(struct history *history, FILE *file, const struct topology *topology,
                   uint64_t fetch_deadline_us)
{
    const char *comma = "";
    *history = (struct history){.file = file, .topology = topology};
    begin_line(history, 0, "info");
    fprintf(file,
            ",\"process\":\"nemesis\",\"f\":\"begin\",\"value\":{\"deadline_ms\":%.3f,"
            "\"allowance_ms\":0,\"finals\":false,\"hosts\":[",
            (double)fetch_deadline_us / 1000);
    for (size_t i = 0; i < topology->region_count; i++) {
        if (!topology->regions[i].hosts)
            continue;
        fprintf(file, "%s\"%s\"", comma, topology->regions[i].code);
        comma = ",";
    }
    fputs("]}}\n", file);
}

/* A line of the call's, without its end. */
static void call_line(struct history *history, uint64_t now_us, const struct history_call *call,
                      const char *type)
{
    char id[2 * OBJECT_ID_BYTES + 1];
    hex_print((struct bytes){.data = call->id.bytes, .size = OBJECT_ID_BYTES}, id);
    begin_line(history, now_us, type);
    fprintf(history->file,
            ",\"process\":\"call-%" PRIu64 "\",\"region\":\"%s\",\"f\":\"add\",\"object\":\"%s\"",
            call->token, process_code(history, call->region), id);
}

static void forget_call(struct history *history, struct history_call *call)
{
    HASH_DEL(history->calls, call);
    free(call);
}

static struct history_call *find_call(struct history *history, uint64_t token)
{
    struct history_call *call;
    HASH_FIND(hh, history->calls, &token, sizeof token, call);
    return call;
}

static void see_called(struct history *history, const struct seen *seen)
{
    if (!seen->call.writes || find_call(history, seen->call.token))
        return;
    struct history_call *call = calloc(1, sizeof *call);
    CHECK(call); /* a simulator without memory has nothing to say */
    call->token = seen->call.token;
    call->region = seen->process;
    call->id = seen->call.object.id;
    HASH_ADD(hh, history->calls, token, sizeof call->token, call);
    call_line(history, seen->now_us, call, "invoke");
    fputs(",\"value\":1}\n", history->file);
}

static void see_run(struct history *history, const struct seen *seen)
{
    struct history_call *call = find_call(history, seen->run.token);
    if (!call)
        return;
    const char *code = process_code(history, seen->process);
    uint32_t boot = history->boots[seen->process];
    call->home = seen->process;
    snprintf(call->boot, sizeof call->boot, "%s.%" PRIu32, code, boot);
    snprintf(call->instance, sizeof call->instance, "%s.%" PRIu32 ".%" PRIu64, code, boot,
             seen->run.instance);
}

/* What an object that was written answers: how often it was, in digits. */
static bool is_count(struct bytes body)
{
    const char *text = body.data;
    for (size_t i = 0; i < body.size; i++)
        if (text[i] < '0' || text[i] > '9')
            return false;
    return body.size > 0 && body.size < 20;
}

static void see_answered(struct history *history, const struct seen *seen)
{
    const struct outcome *outcome = seen->answer.outcome;
    struct history_call *call = find_call(history, seen->answer.token);
    if (!call)
        return;
    bool failed = outcome->kind == OUTCOME_FAILED;
    if (outcome->kind == OUTCOME_RESPONSE && is_count(outcome->body)) {
        call_line(history, seen->now_us, call, "ok");
        fprintf(history->file,
                ",\"value\":%.*s,\"home\":\"%s\",\"instance\":\"%s\",\"boot\":\"%s\"}\n",
                (int)outcome->body.size, (const char *)outcome->body.data,
                process_code(history, call->home), call->instance, call->boot);
    } else {
        bool sure = failed && (fail_retryable(outcome->fail) || fail_overloaded(outcome->fail));
        call_line(history, seen->now_us, call, sure ? "fail" : "info");
        fprintf(history->file, ",\"error\":\"%s\"}\n",
                failed ? fail_name(outcome->fail) : "thrown");
    }
    forget_call(history, call);
}

/* A fault, or its end; the calls of a process that died end with it. */
static void see_life(struct history *history, const struct seen *seen, const char *f)
{
    begin_line(history, seen->now_us, "info");
    fprintf(history->file, ",\"process\":\"nemesis\",\"f\":\"%s\",\"value\":\"%s\"}\n", f,
            process_code(history, seen->process));
    struct history_call *call, *next;
    HASH_ITER (hh, history->calls, call, next) {
        if (seen->kind != SEEN_CRASHED || call->region != seen->process)
            continue;
        call_line(history, seen->now_us, call, "info");
        fputs(",\"error\":\"the caller died\"}\n", history->file);
        forget_call(history, call);
    }
}

void history_see(struct history *history, const struct seen *seen)
{
    switch (seen->kind) {
    case SEEN_STARTED:
        if (history->boots[seen->process]++)
            see_life(history, seen, "restart");
        return;
    case SEEN_CRASHED: see_life(history, seen, "kill"); return;
    case SEEN_RESTORED: see_life(history, seen, "restore"); return;
    case SEEN_WIPED: see_life(history, seen, "wipe"); return;
    case SEEN_TROUBLED: see_life(history, seen, "pause"); return;
    case SEEN_WELL: see_life(history, seen, "resume"); return;
    case SEEN_CALLED: see_called(history, seen); return;
    case SEEN_RUN: see_run(history, seen); return;
    case SEEN_ANSWERED: see_answered(history, seen); return;
    case SEEN_MADE:
    case SEEN_COMPARED:
    case SEEN_ARRIVED:
    case SEEN_LINK:
    case SEEN_DURABLE:
    case SEEN_STEPPED:
    case SEEN_WRITTEN:
    case SEEN_RECORD:
    case SEEN_SENT:
    case SEEN_DROPPED:
    case SEEN_JOINED: return;
    }
}

void history_finish(struct history *history)
{
    struct history_call *call, *next;
    HASH_ITER (hh, history->calls, call, next)
        forget_call(history, call);
}
