#include "node/js/engine.h"

#include "node/js/value.h"

#include <stdlib.h>
#include <string.h>

/* Bodies that flow: what has come for code that reads, and who writes. JavaScript takes what has
 * come when it wants it, and is asked for more when there is room (prelude/transport.js). */

enum { CHUNK_BYTES_MAX = 64 << 10 };

/* A body that code of ours reads. */
struct incoming {
    uint64_t key;
    struct body_end end;
    struct owner owner;
    struct script *script;
    struct buf data; /* what has come */
    size_t read;     /* of that */
    bool last, broken;
    struct buf why;     /* broken: the error as JSON, or with `fail` its message */
    enum fail fail;     /* broken: not by an error of the writer's code */
    JSObjectRef waiter; /* protected; called once there is something to read. NULL: nobody waits */
    UT_hash_handle hh;
};

/* A body that code of ours writes. */
struct outgoing {
    uint64_t key;
    struct body_end end;
    struct owner owner;
    struct script *script;
    JSObjectRef writer; /* protected; called with how much may be written, or that nobody reads */
    bool pulled;        /* nothing may be written before */
    bool dead;          /* its code has ended before that */
    struct outcome fate;
    struct buf fate_head;
    UT_hash_handle hh;
};

/* Both kinds of numbers in one table. */
static uint64_t key_of(struct body_end end)
{
    return end.number << 1 | (end.side == BODY_OF_RUN);
}

static struct incoming *incoming_find(struct js *js, struct body_end end)
{
    struct incoming *incoming;
    uint64_t key = key_of(end);
    HASH_FIND(hh, js->incoming, &key, sizeof key, incoming);
    return incoming;
}

static struct outgoing *outgoing_find(struct js *js, struct body_end end)
{
    struct outgoing *outgoing;
    uint64_t key = key_of(end);
    HASH_FIND(hh, js->outgoing, &key, sizeof key, outgoing);
    return outgoing;
}

static bool owned(struct owner one, struct owner by)
{
    return by.instance ? one.instance == by.instance : one.instance == 0 && one.run == by.run;
}

/* The end that two arguments of a native function name. */
static struct body_end end_of_values(JSContextRef context, const JSValueRef values[])
{
    return (struct body_end){.side = value_number(context, values[0]) ? BODY_OF_RUN : BODY_OF_CALL,
                             .number = value_number(context, values[1])};
}

/* Call a function of transport.js, within a turn. */
static void notify(struct script *script, JSObjectRef function, JSValueRef one, JSValueRef two)
{
    JSValueRef values[] = {function, one, two};
    turn_call(script, ENTRY_notify, 3, values);
}

static JSValueRef error_value(struct script *script, struct bytes why, enum fail fail)
{
    JSContextRef context = script->context;
    JSValueRef values[] = {value_of_text(context, why, LONE_REPLACED),
                           JSValueMakeBoolean(context, fail != FAIL_NONE),
                           JSValueMakeBoolean(context, fail_retryable(fail)),
                           JSValueMakeBoolean(context, fail_overloaded(fail))};
    JSValueRef exception = NULL;
    JSValueRef error = JSObjectCallAsFunction(context, script->entries[ENTRY_bodyError], NULL, 4,
                                              values, &exception);
    return error ? error : exception;
}

/* ---- reading ---- */

void incoming_open(struct script *script, struct body_end end, struct owner owner,
                   struct bytes first)
{
    struct js *js = script->js;
    struct incoming *incoming = calloc(1, sizeof *incoming);
    CHECK(incoming);
    *incoming = (struct incoming){.key = key_of(end), .end = end, .owner = owner, .script = script};
    CHECK(buf_append(&incoming->data, first.data, first.size) == OK);
    HASH_ADD(hh, js->incoming, key, sizeof incoming->key, incoming);
    run_has_bodies(js, owner);
}

static void incoming_free(struct js *js, struct incoming *incoming)
{
    if (incoming->waiter)
        JSValueUnprotect(incoming->script->context, incoming->waiter);
    HASH_DEL(js->incoming, incoming);
    buf_finish(&incoming->data);
    buf_finish(&incoming->why);
    free(incoming);
}

static void tell_taken(struct js *js, struct body_end end, uint64_t bytes)
{
    struct body_pull pull = {.end = end, .bytes = bytes};
    js->events.on_pull(js->owner, &pull);
}

static void cancel_incoming(struct js *js, struct incoming *incoming)
{
    struct body_pull pull = {.end = incoming->end, .cancel = true};
    bool over = incoming->broken || (incoming->last && incoming->read == incoming->data.size);
    incoming_free(js, incoming);
    if (!over)
        js->events.on_pull(js->owner, &pull);
}

/* Code that waits hears that there is nothing any more, if it still can hear. */
void incoming_drop(struct js *js, struct body_end end)
{
    struct incoming *incoming = incoming_find(js, end);
    if (!incoming)
        return;
    JSContextRef context = incoming->script->context;
    JSObjectRef waiter = incoming->waiter;
    struct script *script = incoming->script;
    incoming->waiter = NULL;
    cancel_incoming(js, incoming);
    if (!waiter)
        return;
    JSValueUnprotect(context, waiter);
    JSValueRef none = JSValueMakeUndefined(context);
    if (js->turn_depth)
        notify(script, waiter, none, none);
}

static JSValueRef throw_broken(JSContextRef context, struct js *js, struct incoming *incoming,
                               JSValueRef *exception)
{
    *exception = error_value(incoming->script, buf_bytes(&incoming->why), incoming->fail);
    incoming_free(js, incoming);
    return JSValueMakeUndefined(context);
}

/* bodyRead(side, number, waiter): what has come, as an ArrayBuffer; null at the end; undefined when
 * there is nothing yet: then waiter() is called once there is. */
NATIVE(native_bodyRead)
{
    (void)function, (void)self, (void)count;
    struct js *js = engine_here;
    struct incoming *incoming = incoming_find(js, end_of_values(context, values));
    if (!incoming)
        return value_throw(context, "TypeError",
                           "Can't read from request stream after response has been sent.",
                           exception);
    size_t size = incoming->data.size - incoming->read;
    if (incoming->broken)
        return throw_broken(context, js, incoming, exception);
    if (size == 0 && incoming->last) {
        incoming_free(js, incoming);
        return JSValueMakeNull(context);
    }
    if (size == 0) {
        if (!incoming->waiter) {
            incoming->waiter = JSValueToObject(context, values[2], NULL);
            JSValueProtect(context, incoming->waiter);
            incoming->owner.section = js->turn_owner.section;
        }
        return JSValueMakeUndefined(context);
    }
    if (size > CHUNK_BYTES_MAX)
        size = CHUNK_BYTES_MAX;
    JSValueRef chunk = value_of_bytes(
        context, (struct bytes){.data = incoming->data.data + incoming->read, .size = size});
    incoming->read += size;
    if (incoming->read == incoming->data.size) {
        buf_finish(&incoming->data); /* a body that waits for its writer holds nothing */
        incoming->read = 0;
    }
    tell_taken(js, incoming->end, size);
    return chunk;
}

/* bodyCancel(side, number): nobody reads on. */
NATIVE(native_bodyCancel)
{
    (void)function, (void)self, (void)count, (void)exception;
    struct js *js = engine_here;
    struct body_end end = end_of_values(context, values);
    incoming_drop(js, end);
    if (end.side == BODY_OF_CALL) /* then nobody wants its request either */
        outgoing_cancel(js, end, FAIL_NONE, (struct bytes){0});
    return JSValueMakeUndefined(context);
}

void js_part(struct js *js, const struct body_part *part, struct bytes message)
{
    struct incoming *incoming = incoming_find(js, part->end);
    if (!incoming || incoming->last || incoming->broken)
        return; /* nobody reads on */
    if (part->step == BODY_BROKEN) {
        buf_finish(&incoming->data);
        incoming->read = 0;
        incoming->broken = true;
        incoming->fail = part->fail;
        struct bytes why = part->fail ? message : part->bytes;
        CHECK(buf_append(&incoming->why, why.data, why.size) == OK);
    } else {
        incoming->last = part->step == BODY_LAST;
        CHECK(buf_append(&incoming->data, part->bytes.data, part->bytes.size) == OK);
    }
    /* A reply that is over takes no more of its request. */
    bool request_over = part->end.side == BODY_OF_CALL && part->step != BODY_MORE;
    struct script *script = incoming->script;
    struct owner owner = incoming->owner;
    JSObjectRef waiter = incoming->waiter;
    if (!waiter && !request_over)
        return;
    incoming->waiter = NULL;
    turn_begin(script, owner);
    if (request_over)
        outgoing_cancel(js, part->end, part->fail, message);
    if (waiter) {
        JSValueUnprotect(script->context, waiter);
        JSValueRef none = JSValueMakeUndefined(script->context);
        notify(script, waiter, none, none);
    }
    turn_end(script);
}

/* ---- writing ---- */

void outgoing_open(struct script *script, struct body_end end, struct owner owner,
                   JSValueRef writer)
{
    struct js *js = script->js;
    struct outgoing *outgoing = calloc(1, sizeof *outgoing);
    CHECK(outgoing);
    *outgoing = (struct outgoing){.key = key_of(end), .end = end, .owner = owner, .script = script};
    outgoing->writer = JSValueToObject(script->context, writer, NULL);
    JSValueProtect(script->context, outgoing->writer);
    HASH_ADD(hh, js->outgoing, key, sizeof outgoing->key, outgoing);
    run_has_bodies(js, owner);
}

static void outgoing_silence(struct outgoing *outgoing)
{
    if (outgoing->writer)
        JSValueUnprotect(outgoing->script->context, outgoing->writer);
    outgoing->writer = NULL;
}

static void outgoing_free(struct js *js, struct outgoing *outgoing)
{
    outgoing_silence(outgoing);
    HASH_DEL(js->outgoing, outgoing);
    buf_finish(&outgoing->fate_head);
    free(outgoing);
}

static void tell_part(struct js *js, struct body_end end, enum body_step step, struct bytes bytes)
{
    struct body_part part = {.end = end, .step = step, .bytes = bytes};
    tell_wrote(js);
    js->events.on_part(js->owner, &part);
}

/* A response that has left completely: its run may be over, and its request surely is. */
static void written(struct js *js, struct body_end end)
{
    struct outgoing *outgoing = outgoing_find(js, end);
    if (outgoing)
        outgoing_free(js, outgoing);
    if (end.side == BODY_OF_RUN) {
        incoming_drop(js, end);
        run_settle(js, end.number);
    }
}

/* bodyWrite(side, number, bytes, last): as many as were pulled. */
NATIVE(native_bodyWrite)
{
    (void)function, (void)self, (void)count, (void)exception;
    struct js *js = engine_here;
    struct body_end end = end_of_values(context, values);
    struct bytes bytes = {0};
    bool last = JSValueToBoolean(context, values[3]);
    if (!outgoing_find(js, end))
        return JSValueMakeUndefined(context);
    value_bytes(context, values[2], &bytes);
    if (bytes.size || last)
        tell_part(js, end, last ? BODY_LAST : BODY_MORE, bytes);
    if (last)
        written(js, end);
    return JSValueMakeUndefined(context);
}

/* bodyBreak(side, number, head): an error of the code that writes. */
NATIVE(native_bodyBreak)
{
    (void)function, (void)self, (void)count;
    struct js *js = engine_here;
    struct body_end end = end_of_values(context, values);
    if (!outgoing_find(js, end))
        return JSValueMakeUndefined(context);
    js->head.size = 0;
    if (value_to_text(context, values[2], LONE_REPLACED, &js->head, exception))
        js->head.size = 0;
    tell_part(js, end, BODY_BROKEN, buf_bytes(&js->head));
    written(js, end);
    return JSValueMakeUndefined(context);
}

void outgoing_cancel(struct js *js, struct body_end end, enum fail fail, struct bytes message)
{
    struct outgoing *outgoing = outgoing_find(js, end);
    if (!outgoing)
        return;
    struct script *script = outgoing->script;
    JSContextRef context = script->context;
    JSObjectRef writer = outgoing->writer;
    outgoing->writer = NULL;
    outgoing_free(js, outgoing);
    if (!writer)
        return;
    /* Who writes a response learns no more than that. Who writes a request that an answer has made
     * needless hears what workerd says, which is retryable. */
    JSValueRef reason = JSValueMakeUndefined(context);
    if (end.side == BODY_OF_CALL)
        reason = fail ? error_value(script, message, fail)
                      : error_value(script, BYTES_LITERAL("Network connection lost."), FAIL_BUSY);
    JSValueUnprotect(context, writer);
    notify(script, writer, JSValueMakeUndefined(context), reason);
}

/* A writer whose code had ended before anybody was ready to read. */
static void tell_fate(struct js *js, struct outgoing *outgoing)
{
    struct body_part part = {.end = outgoing->end,
                             .step = BODY_BROKEN,
                             .bytes = buf_bytes(&outgoing->fate_head),
                             .fail = outgoing->fate.fail};
    memcpy(part.region, outgoing->fate.region, sizeof part.region);
    js->events.on_part(js->owner, &part);
}

static void caller_gone(struct js *js, const struct body_end end)
{
    struct run *run = run_find(js, end.number);
    struct outgoing *outgoing = outgoing_find(js, end);
    if (!run && outgoing)
        outgoing_free(js, outgoing); /* its code has ended, and nobody asks how any more */
    if (!run)
        return;
    struct script *script = outgoing ? outgoing->script : run->script;
    turn_begin(script, run_owner(run));
    outgoing_cancel(js, end, FAIL_NONE, (struct bytes){0});
    JSValueRef number = JSValueMakeNumber(script->context, (double)end.number);
    turn_call(script, ENTRY_gone, 1, &number);
    turn_end(script);
    run_deserted(js, end.number);
}

void js_pull(struct js *js, const struct body_pull *pull, struct bytes message)
{
    struct outgoing *outgoing = outgoing_find(js, pull->end);
    if (pull->cancel && pull->end.side == BODY_OF_RUN) {
        caller_gone(js, pull->end);
        return;
    }
    if (!outgoing)
        return;
    outgoing->pulled = true;
    if (outgoing->dead) {
        if (!pull->cancel)
            tell_fate(js, outgoing);
        outgoing_free(js, outgoing);
        return;
    }
    struct script *script = outgoing->script;
    struct owner owner = outgoing->owner;
    turn_begin(script, owner);
    if (pull->cancel) {
        outgoing_cancel(js, pull->end, pull->fail, message);
    } else {
        JSValueRef bytes = JSValueMakeNumber(script->context, (double)pull->bytes);
        notify(script, outgoing->writer, bytes, JSValueMakeUndefined(script->context));
    }
    turn_end(script);
}

bool outgoing_flows(struct js *js, uint64_t run)
{
    return js->outgoing &&
           outgoing_find(js, (struct body_end){.side = BODY_OF_RUN, .number = run}) != NULL;
}

/* ---- ends ---- */

/* What an owner wrote ends with `fate`: at once, or when somebody is ready to hear it. */
static void kill_outgoing(struct js *js, struct outgoing *outgoing, const struct outcome *fate)
{
    outgoing->fate.fail = fate ? fate->fail : FAIL_CONNECTION_LOST;
    strncpy(outgoing->fate.region, js->config.region_code, REGION_CODE_BYTES_MAX);
    if (fate && fate->kind == OUTCOME_THROWN)
        CHECK(buf_append(&outgoing->fate_head, fate->head.data, fate->head.size) == OK);
    if (outgoing->pulled) {
        tell_fate(js, outgoing);
        outgoing_free(js, outgoing);
    } else if (outgoing->end.side == BODY_OF_CALL) {
        struct body_pull pull = {.end = outgoing->end, .cancel = true};
        outgoing_free(js, outgoing);
        js->events.on_pull(js->owner, &pull); /* the call itself has nobody who waits for it */
    } else {
        outgoing_silence(outgoing);
        outgoing->dead = true;
    }
}

void bodies_drop(struct js *js, struct owner owner, const struct outcome *fate)
{
    struct incoming *incoming, *next_incoming;
    if (js->incoming)
        HASH_ITER (hh, js->incoming, incoming, next_incoming) {
            if (owned(incoming->owner, owner))
                cancel_incoming(js, incoming);
        }
    struct outgoing *outgoing, *next_outgoing;
    if (js->outgoing)
        HASH_ITER (hh, js->outgoing, outgoing, next_outgoing) {
            if (owned(outgoing->owner, owner) && !outgoing->dead)
                kill_outgoing(js, outgoing, fate);
        }
}

void bodies_finish(struct js *js)
{
    struct incoming *incoming, *next_incoming;
    HASH_ITER (hh, js->incoming, incoming, next_incoming) {
        incoming_free(js, incoming);
    }
    struct outgoing *outgoing, *next_outgoing;
    HASH_ITER (hh, js->outgoing, outgoing, next_outgoing) {
        outgoing_free(js, outgoing);
    }
}

size_t bodies_count(const struct js *js)
{
    return HASH_COUNT(js->incoming) + HASH_COUNT(js->outgoing);
}
