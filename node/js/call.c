#include "node/js/engine.h"

#include "node/js/value.h"

#include <stdlib.h>

/* call(space, id, kind, jurisdiction, name, hint, head, body): begin a stub fetch; its number. */
NATIVE(native_call)
{
    (void)function, (void)self, (void)count;
    struct js *js = engine_here;
    struct js_call call = {.space = value_number(context, values[0]),
                           .from_instance = js->turn_owner.instance,
                           .hint = (enum hint)value_number(context, values[5])};
    call.object.kind = (enum id_kind)value_number(context, values[2]);
    call.object.jurisdiction = (enum jurisdiction)value_number(context, values[3]);
    js->head.size = js->body.size = js->text.size = 0;
    if (value_to_text(context, values[1], LONE_REPLACED, &js->text, exception) ||
        !id_parse(buf_bytes(&js->text), &call.object.id))
        return value_throw(context, "TypeError", "Invalid Durable Object ID.", exception);
    js->text.size = 0;
    bool named = !JSValueIsUndefined(context, values[4]);
    if ((named && value_to_text(context, values[4], LONE_KEPT, &js->text, exception)) ||
        value_to_text(context, values[6], LONE_REPLACED, &js->head, exception) ||
        value_to_body(context, values[7], &js->body))
        return value_throw(context, "RangeError", "The request is too large.", exception);
    if (named && buf_reserve(&js->text, 1)) /* the empty name has an address as well */
        call.name = buf_bytes(&js->text);
    call.head = buf_bytes(&js->head);
    call.body = buf_bytes(&js->body);
    struct call *waiting = calloc(1, sizeof *waiting);
    CHECK(waiting);
    *waiting = (struct call){
        .call = ++js->next_call, .owner = js->turn_owner, .script = script_of(context)};
    call.call = waiting->call;
    HASH_ADD(hh, js->calls, call, sizeof waiting->call, waiting);
    tell_wrote(js);
    js->events.on_call(js->owner, &call);
    return JSValueMakeNumber(context, (double)call.call);
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
    JSValueRef values[] = {JSValueMakeNumber(context, (double)call),
                           JSValueMakeBoolean(context, outcome->kind == OUTCOME_THROWN),
                           value_of_text(context, outcome->head, LONE_REPLACED),
                           value_of_body(context, outcome->body)};
    turn_call(script, ENTRY_answer, 4, values);
}

void js_answer(struct js *js, uint64_t number, const struct outcome *outcome, struct bytes message)
{
    struct call *call;
    HASH_FIND(hh, js->calls, &number, sizeof number, call);
    if (!call)
        return;
    struct script *script = call->script;
    struct owner owner = call->owner;
    HASH_DEL(js->calls, call);
    free(call);
    turn_begin(script, owner);
    if (owner.instance && !instance_find(js, owner.instance)) {
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
