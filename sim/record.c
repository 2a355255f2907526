#include "sim/record.h"

#include "proto/print.h"
#include "sim/plan_text.h"

#include <inttypes.h>
#include <string.h>

/* ---- JSON ---- */

/* One line is one object. Text from people (names of objects, refusals) is made harmless here. */
static void put_text(struct record *record, const char *key, struct bytes text)
{
    fprintf(record->file, ",\"%s\":\"", key);
    for (size_t i = 0; i < text.size; i++) {
        uint8_t byte = ((const uint8_t *)text.data)[i];
        if (byte == '"' || byte == '\\' || byte == '<' || byte < 0x20 || byte >= 0x7f)
            fprintf(record->file, "\\u%04x", byte);
        else
            fputc(byte, record->file);
    }
    fputc('"', record->file);
}

static void put_id(struct record *record, const struct object_id *id)
{
    enum { shown_bytes = 6 };
    fputs(",\"id\":\"", record->file);
    for (size_t i = 0; i < shown_bytes; i++)
        fprintf(record->file, "%02x", id->bytes[i]);
    fputc('"', record->file);
}

static void put_number(struct record *record, const char *key, uint64_t number)
{
    fprintf(record->file, ",\"%s\":%" PRIu64, key, number);
}

static void begin(struct record *record, uint64_t now_us, const char *is, size_t process)
{
    fprintf(record->file, "{\"us\":%" PRIu64 ",\"is\":\"%s\"", now_us, is);
    if (process != SIZE_MAX)
        put_number(record, "at", process);
}

static void end(struct record *record)
{
    fputs("}\n", record->file);
    record->count++;
}

/* ---- lines ---- */

void record_begin(struct record *record, FILE *file, const struct topology *topology,
                  const char *title)
{
    *record = (struct record){.file = file};
    fputs("{\"terrella\":\"record\",\"version\":1", file);
    put_text(record, "title", bytes_of(title));
    fputs(",\"processes\":[", file);
    for (size_t i = 0; i < topology->region_count; i++)
        fprintf(file, "\"%s\",", topology->regions[i].code);
    fputs("\"coord\"]}\n", file);
}

void record_name(struct record *record, const struct object_id *id, const char *name)
{
    fputs("{\"is\":\"object\"", record->file);
    put_id(record, id);
    put_text(record, "name", bytes_of(name));
    end(record);
}

/* Where a message belongs: the object, or the call that its FETCH named it with. Numbers of calls
 * are those of the calling process. */
static void put_subject(struct record *record, const struct msg *msg, size_t from, size_t to)
{
    uint64_t call = 0;
    bool by_caller = true;
    switch (msg->type) {
    case MSG_JOIN:
    case MSG_WELCOME:
    case MSG_REFUSED: return;
    case MSG_CLAIM: put_id(record, &msg->claim.object.id); return;
    case MSG_PLACED: put_id(record, &msg->placed.id); return;
    case MSG_LOCATE: put_id(record, &msg->locate.id); return;
    case MSG_LOCATED: put_id(record, &msg->located.id); return;
    case MSG_FETCH:
        put_id(record, &msg->fetch.object.id);
        call = msg->fetch.call;
        break;
    case MSG_REPLY:
        call = msg->reply.call;
        by_caller = false;
        break;
    case MSG_BODY:
        call = msg->body.call;
        by_caller = msg->body.direction == BODY_OF_REQUEST;
        break;
    case MSG_CREDIT:
        call = msg->credit.call;
        by_caller = msg->credit.direction == BODY_OF_REPLY;
        break;
    case MSG_CANCEL:
        call = msg->cancel.call;
        by_caller = msg->cancel.direction == BODY_OF_REPLY;
        break;
    }
    put_number(record, "call", call);
    put_number(record, "caller", by_caller ? from : to);
}

void record_tell(struct record *record, const struct told *told)
{
    char text[256];
    switch (told->kind) {
    case TOLD_SENT:
        msg_print(told->msg, text, sizeof text);
        begin(record, told->now_us, "send", told->process);
        put_number(record, "to", told->peer);
        put_number(record, "message", told->message);
        put_text(record, "type", bytes_of(msg_type_name(told->msg->type)));
        put_subject(record, told->msg, told->process, told->peer);
        put_text(record, "text", bytes_of(text));
        break;
    case TOLD_ARRIVED:
        begin(record, told->now_us, "arrive", told->process);
        put_number(record, "message", told->message);
        break;
    case TOLD_LOST:
        begin(record, told->now_us, "lost", told->process);
        put_number(record, "message", told->message);
        break;
    case TOLD_ENDED:
        begin(record, told->now_us, "end", told->process);
        put_number(record, "run", told->run);
        break;
    case TOLD_NOTE:
        begin(record, told->now_us, "note", told->process);
        put_text(record, "text", bytes_of(told->text));
        break;
    }
    end(record);
}

static void put_answer(struct record *record, const struct outcome *outcome)
{
    char text[96];
    switch (outcome->kind) {
    case OUTCOME_RESPONSE:
        snprintf(text, sizeof text, "%.*s", outcome->body.size < 40 ? (int)outcome->body.size : 40,
                 outcome->body.size ? (const char *)outcome->body.data : "");
        break;
    case OUTCOME_THROWN: snprintf(text, sizeof text, "it threw"); break;
    case OUTCOME_FAILED:
        snprintf(text, sizeof text, "%s %s%s", fail_name(outcome->fail), outcome->region,
                 fail_retryable(outcome->fail) ? ", retryable" : "");
        break;
    }
    fprintf(record->file, ",\"ok\":%s", outcome->kind == OUTCOME_RESPONSE ? "true" : "false");
    put_text(record, "text", bytes_of(text));
}

static void see_call(struct record *record, const struct seen *seen)
{
    char text[96];
    snprintf(text, sizeof text, "%s%s%s%s%s", seen->call.writes ? "write" : "read",
             seen->call.hint ? ", hint " : "", hint_name(seen->call.hint),
             seen->call.object.jurisdiction ? ", jurisdiction " : "",
             jurisdiction_name(seen->call.object.jurisdiction));
    begin(record, seen->now_us, "call", seen->process);
    put_number(record, "token", seen->call.token);
    put_id(record, &seen->call.object.id);
    put_text(record, "text", bytes_of(text));
    end(record);
}

static void see_run(struct record *record, const struct seen *seen)
{
    char text[96];
    snprintf(text, sizeof text, "instance %" PRIu64 ", written %" PRIu64 " times",
             seen->run.instance, seen->run.stored);
    begin(record, seen->now_us, "run", seen->process);
    put_number(record, "run", seen->run.run);
    put_id(record, &seen->run.id);
    if (seen->run.token)
        put_number(record, "token", seen->run.token);
    fprintf(record->file, ",\"fresh\":%s", seen->run.fresh ? "true" : "false");
    put_text(record, "text", bytes_of(text));
    end(record);
}

static void see_record(struct record *record, const struct seen *seen)
{
    char text[64];
    snprintf(text, sizeof text, "its home has birth number %u", seen->record.home_number);
    begin(record, seen->now_us, "home", seen->process);
    put_id(record, &seen->record.id);
    put_text(record, "text", bytes_of(text));
    end(record);
}

/* A line with one number, or none. */
static void see_plain(struct record *record, const struct seen *seen, const char *is,
                      const char *key, uint64_t number)
{
    begin(record, seen->now_us, is, seen->process);
    if (key)
        put_number(record, key, number);
    end(record);
}

void record_see(struct record *record, const struct seen *seen)
{
    switch (seen->kind) {
    case SEEN_STARTED: see_plain(record, seen, "start", NULL, 0); return;
    case SEEN_CRASHED: see_plain(record, seen, "crash", NULL, 0); return;
    case SEEN_CALLED: see_call(record, seen); return;
    case SEEN_RUN: see_run(record, seen); return;
    case SEEN_RECORD: see_record(record, seen); return;
    case SEEN_WRITTEN: see_plain(record, seen, "write", "op", seen->op); return;
    case SEEN_DURABLE: see_plain(record, seen, "durable", "op", seen->op); return;
    case SEEN_JOINED: see_plain(record, seen, "join", "number", seen->number); return;
    case SEEN_ANSWERED:
        begin(record, seen->now_us, "answer", seen->process);
        put_number(record, "token", seen->answer.token);
        put_answer(record, seen->answer.outcome);
        end(record);
        return;
    case SEEN_MADE:
    case SEEN_COMPARED:
    case SEEN_DROPPED:
    case SEEN_STEPPED:
    case SEEN_LINK:
    case SEEN_WIPED:    /* told by its step */
    case SEEN_RESTORED: /* the same */
    case SEEN_TROUBLED: /* the same */
    case SEEN_WELL:     /* the same */
    case SEEN_SENT:     /* told as an arrow */
    case SEEN_ARRIVED: /* the same */ return;
    }
}

/* What the page calls a fault, or NULL when a step is none, or is seen otherwise. */
static const char *fault_word(const struct step *step)
{
    switch (step->kind) {
    case STEP_WIPE: return "wipe";
    case STEP_BACKUP: return "other";
    case STEP_RESTORE:
    case STEP_NEWEST: return "other";
    case STEP_TWIN: return "other";
    case STEP_STOP: return "stop";
    case STEP_WAKE: return "wake";
    case STEP_CUT:
    case STEP_CUT_WAY: return "cut";
    case STEP_HOLD: return "hold";
    case STEP_HEAL: return "heal";
    case STEP_HEAL_ALL: return "heal all";
    case STEP_DELAY:
    case STEP_JITTER: return "delay";
    case STEP_REPEAT:
    case STEP_STALE: return "other";
    case STEP_DISK: return step->disk == DISK_WELL ? "disk well" : "disk";
    case STEP_CLOCK:
    case STEP_JUMP: return "clock";
    case STEP_CRASH_AT: return "other";
    case STEP_START: /* these are seen */
    case STEP_CRASH:
    case STEP_UNIQUE:
    case STEP_CALL:
    case STEP_LOCATE:
    case STEP_RUN:
    case STEP_SETTLE:
    case STEP_STATS:
    case STEP_KIND_COUNT: return NULL;
    }
    return NULL;
}

static bool about_link(const struct step *step)
{
    return step->kind == STEP_CUT || step->kind == STEP_CUT_WAY || step->kind == STEP_HOLD ||
           step->kind == STEP_HEAL || step->kind == STEP_DELAY || step->kind == STEP_REPEAT ||
           step->kind == STEP_STALE;
}

void record_step(struct record *record, uint64_t now_us, const struct plan *plan,
                 const struct step *step)
{
    const char *word = fault_word(step);
    struct step told = *step;
    char text[256];
    if (!word)
        return;
    told.at_us = 0; /* the line has the time */
    step_print(plan, &told, text, sizeof text);
    begin(record, now_us, "fault", step->process == STEP_ALL ? SIZE_MAX : step->process);
    if (about_link(step))
        put_number(record, "peer", step->peer);
    put_text(record, "word", bytes_of(word));
    put_text(record, "text", bytes_of(text));
    end(record);
}

void record_broken(struct record *record, uint64_t now_us, const char *text,
                   const struct object_id *id, size_t process)
{
    begin(record, now_us, "broken", process);
    if (id)
        put_id(record, id);
    put_text(record, "text", bytes_of(text));
    end(record);
}
