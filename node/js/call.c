#include "node/js/engine.h"

#include "node/js/head.h"
#include "node/js/value.h"

#include <stdlib.h>
#include <string.h>

/* Take "digits head" or "digits head NUL name" apart; all borrowed. False: the digits are none. */
static bool take_apart(struct bytes text, struct js_call *call)
{
    const char *start = text.data;
    enum { DIGITS = ID_TEXT_BYTES - 1 };
    if (text.size < DIGITS || !id_parse((struct bytes){start, DIGITS}, &call->object.id))
        return false;
    const char *head = start + DIGITS, *end = start + text.size;
    const char *nul = memchr(head, 0, (size_t)(end - head));
    call->head = (struct bytes){head, (size_t)((nul ? nul : end) - head)};
    if (nul)
        call->name = (struct bytes){nul + 1, (size_t)(end - nul - 1)};
    return true;
}

static struct body_end end_of(uint64_t call)
{
    return (struct body_end){.side = BODY_OF_CALL, .number = call};
}

/* call(target, text, body, rest, writer): begin a stub fetch; its number. `target` is space, kind,
 * jurisdiction and hint in one number, `text` is what take_apart() takes apart, `rest` and `writer` are as
 * for done(). */
NATIVE(native_call)
{
    (void)function, (void)self;
    enum { HINTS_MAX = 16, KIND_COUNT = 4 }; /* as in prelude/ids.js and stub.js */
    struct js *js = engine_here;
    uint64_t target = value_number(context, values[0]);
    uint64_t kinds = target / HINTS_MAX / JURISDICTION_COUNT;
    struct js_call call = {.from_instance = js->turn_owner.instance,
                           .hint = (enum hint)(target % HINTS_MAX),
                           .request_id = js->turn_owner.request_id};
    call.object.jurisdiction = (enum jurisdiction)(target / HINTS_MAX % JURISDICTION_COUNT);
    call.object.kind = (enum id_kind)(kinds % KIND_COUNT);
    call.space = kinds / KIND_COUNT;
    js->head.size = js->body.size = 0;
    if (value_to_text(context, values[1], LONE_KEPT, &js->head, exception) ||
        value_to_body(context, values[2], &js->body))
        return value_throw(context, "RangeError", "The request is too large.", exception);
    if (!take_apart(buf_bytes(&js->head), &call))
        return value_throw(context, "TypeError", "Invalid Durable Object ID.", exception);
    call.body = buf_bytes(&js->body);
    call.rest_bytes = count > 3 ? value_rest(context, values[3]) : 0;
    struct call *waiting = calloc(1, sizeof *waiting);
    CHECK(waiting);
    *waiting = (struct call){
        .call = ++js->next_call, .owner = js->turn_owner, .script = script_of(context)};
    call.call = waiting->call;
    HASH_ADD(hh, js->calls, call, sizeof waiting->call, waiting);
    if (call.rest_bytes)
        outgoing_open(waiting->script, end_of(call.call), waiting->owner, values[4]);
    tell_wrote(js);
    js->events.on_call(js->owner, &call);
    return JSValueMakeNumber(context, (double)call.call);
}

static void forget(struct js *js, struct call *call)
{
    HASH_DEL(js->calls, call);
    free(call);
}

/* Its caller wants no answer; the promise has been settled. */
static void abort_call(struct js *js, struct call *call)
{
    struct body_pull pull = {.end = end_of(call->call), .cancel = true};
    forget(js, call);
    js->events.on_pull(js->owner, &pull);
}

/* callAbort(call): code has lost interest. */
NATIVE(native_callAbort)
{
    (void)function, (void)self, (void)count, (void)exception;
    struct js *js = engine_here;
    uint64_t number = value_number(context, values[0]);
    struct call *call;
    HASH_FIND(hh, js->calls, &number, sizeof number, call);
    if (!call)
        return JSValueMakeUndefined(context);
    outgoing_cancel(js, end_of(number), FAIL_NONE, (struct bytes){0});
    abort_call(js, call);
    return JSValueMakeUndefined(context);
}

static struct call *first_of(struct js *js, struct owner owner)
{
    struct call *call, *next;
    HASH_ITER (hh, js->calls, call, next) {
        if (call->owner.instance == 0 && call->owner.run == owner.run)
            return call;
    }
    return NULL;
}

void calls_drop(struct js *js, struct owner owner)
{
    struct call *call;
    while ((call = first_of(js, owner))) {
        struct script *script = call->script;
        JSValueRef number = JSValueMakeNumber(script->context, (double)call->call);
        abort_call(js, call);
        turn_begin(script, owner);
        turn_call(script, ENTRY_forgetCall, 1, &number);
        turn_end(script);
    }
}

static void settle_failed(struct script *script, uint64_t call, enum fail fail,
                          struct bytes message)
{
    JSContextRef context = script->context;
    JSValueRef values[] = {JSValueMakeNumber(context, (double)call),
                           value_of_text(context, message, LONE_REPLACED),
                           JSValueMakeBoolean(context, fail_retryable(fail)),
                           JSValueMakeBoolean(context, fail_overloaded(fail))};
    turn_call(script, ENTRY_fail, 4, values);
}

static void settle(struct script *script, uint64_t call, const struct outcome *outcome)
{
    JSContextRef context = script->context;
    bool usual = bytes_equal(outcome->head, BYTES_LITERAL(HEAD_OF_TEXT));
    JSValueRef values[] = {JSValueMakeNumber(context, (double)call),
                           JSValueMakeBoolean(context, outcome->kind == OUTCOME_THROWN),
                           usual ? JSValueMakeUndefined(context)
                                 : recent_value(&script->js->recent, context, outcome->head),
                           value_of_start(context, outcome->body, outcome->rest_bytes),
                           value_of_rest(context, outcome->body, outcome->rest_bytes)};
    turn_call(script, ENTRY_answer, 5, values);
}

void js_answer(struct js *js, uint64_t number, const struct outcome *outcome, struct bytes message)
{
    struct call *call;
    HASH_FIND(hh, js->calls, &number, sizeof number, call);
    if (!call)
        return;
    struct script *script = call->script;
    struct owner owner = call->owner;
    forget(js, call);
    turn_begin(script, owner);
    if (outcome->rest_bytes)
        incoming_open(script, end_of(number), owner, outcome->body);
    else if (js->outgoing)
        outgoing_cancel(js, end_of(number), outcome->fail, message);
    if (owner.instance && !instance_find(js, owner.instance)) {
        incoming_drop(js, end_of(number));
        /* Nothing of a forgotten instance runs any more; only the books are cleared. */
        JSValueRef value = JSValueMakeNumber(script->context, (double)number);
        turn_call(script, ENTRY_forgetCall, 1, &value);
    } else if (outcome->kind == OUTCOME_FAILED) {
        settle_failed(script, number, outcome->fail, message);
    } else {
        settle(script, number, outcome);
    }
    turn_end(script);
}
