#include "node/js/engine.h"

#include "node/js/head.h"
#include "node/js/value.h"

#include <stdlib.h>
#include <string.h>

struct run *run_find(struct js *js, uint64_t number)
{
    struct run *run;
    HASH_FIND(hh, js->runs, &number, sizeof number, run);
    return run;
}

struct instance *instance_find(struct js *js, uint64_t number)
{
    struct instance *instance;
    HASH_FIND(hh, js->instances, &number, sizeof number, instance);
    return instance;
}

struct owner run_owner(const struct run *run)
{
    return (struct owner){
        .run = run->run, .instance = run->instance, .request_id = run->request_id};
}

static void run_add(struct script *script, struct owner owner)
{
    struct run *run = calloc(1, sizeof *run);
    CHECK(run);
    *run = (struct run){.run = owner.run,
                        .instance = owner.instance,
                        .request_id = owner.request_id,
                        .script = script};
    HASH_ADD(hh, script->js->runs, run, sizeof run->run, run);
}

static struct body_end end_of(uint64_t run)
{
    return (struct body_end){.side = BODY_OF_RUN, .number = run};
}

static void run_remove(struct js *js, struct run *run)
{
    uint64_t number = run->run;
    bool has_timers = run->timer_count > 0, has_bodies = run->has_bodies;
    bool worker = run->instance == 0;
    HASH_DEL(js->runs, run);
    free(run);
    if (worker && has_timers)
        timers_drop(js, (struct owner){.run = number});
    if (has_bodies)
        incoming_drop(js, end_of(number));
    if (worker && has_bodies)
        bodies_drop(js, (struct owner){.run = number}, NULL);
}

void run_has_bodies(struct js *js, struct owner owner)
{
    struct run *run = run_find(js, owner.run);
    if (run)
        run->has_bodies = true;
}

void run_settle(struct js *js, uint64_t number)
{
    struct run *run = run_find(js, number);
    if (run && run->answered && !run->waits && !(run->has_bodies && outgoing_flows(js, number)))
        run_remove(js, run);
}

void run_deserted(struct js *js, uint64_t number)
{
    struct run *run = run_find(js, number);
    if (!run || run->instance || run->waits)
        return;
    calls_drop(js, (struct owner){.run = number});
    run_remove(js, run);
}

void instance_wrote(struct instance *instance)
{
    struct js *js = instance->script->js;
    if (instance->wrote)
        return;
    instance->wrote = true;
    instance->next_wrote = js->wrote;
    js->wrote = instance;
}

void tell_wrote(struct js *js)
{
    while (js->wrote) {
        struct instance *instance = js->wrote;
        js->wrote = instance->next_wrote;
        instance->wrote = false;
        js->events.on_wrote(js->owner, instance->instance);
    }
}

/* gateOpened(instance): a run that waits for it may start, in a turn of its own. */
NATIVE(native_gateOpened)
{
    (void)function, (void)self, (void)count, (void)exception;
    struct js *js = engine_here;
    struct instance *instance = instance_find(js, value_number(context, values[0]));
    if (instance && !instance->gate_opened) {
        instance->gate_opened = true;
        instance->next_opened = js->opened;
        js->opened = instance;
    }
    return JSValueMakeUndefined(context);
}

static void unlink_opened(struct js *js, struct instance *instance)
{
    struct instance **place = &js->opened;
    while (*place && *place != instance)
        place = &(*place)->next_opened;
    if (*place)
        *place = instance->next_opened;
}

/* Tell that a run ended; what the outcome points to is borrowed. With `keep` something of it may
 * go on. */
static void end_run(struct js *js, struct run *run, const struct outcome *outcome, bool keep)
{
    uint64_t number = run->run;
    bool told = run->answered;
    run->answered = true;
    if (!told) {
        tell_wrote(js);
        js->events.on_done(js->owner, number, outcome);
    }
    if (run->has_bodies && !outcome->rest_bytes)
        incoming_drop(js, end_of(number)); /* whose whole answer has gone reads no more */
    if (keep)
        run_settle(js, number);
    else
        run_remove(js, run);
}

/* done(run, head, body, rest, writer): a Response. With `rest` bytes to follow (negative: nobody knows how
 * many) `writer` is asked for them. */
NATIVE(native_done)
{
    (void)function, (void)self;
    struct js *js = engine_here;
    struct run *run = run_find(js, value_number(context, values[0]));
    if (!run || run->answered)
        return JSValueMakeUndefined(context);
    js->head.size = js->body.size = 0;
    struct outcome outcome = {.kind = OUTCOME_RESPONSE, .head = BYTES_LITERAL(HEAD_OF_TEXT)};
    if (!JSValueIsUndefined(context, values[1])) {
        if (value_to_text(context, values[1], LONE_REPLACED, &js->head, exception))
            return value_throw(context, "RangeError", "The Response is too large.", exception);
        outcome.head = buf_bytes(&js->head);
    }
    if (value_to_body(context, values[2], &js->body))
        return value_throw(context, "RangeError", "The Response is too large.", exception);
    outcome.body = buf_bytes(&js->body);
    outcome.rest_bytes = count > 3 ? value_rest(context, values[3]) : 0;
    if (outcome.rest_bytes)
        outgoing_open(run->script, end_of(run->run), run_owner(run), values[4]);
    end_run(js, run, &outcome, true);
    return JSValueMakeUndefined(context);
}

/* thrown(run, head, page): an error that nobody caught, and what a browser is shown of it. */
NATIVE(native_thrown)
{
    (void)function, (void)self;
    struct js *js = engine_here;
    struct run *run = run_find(js, value_number(context, values[0]));
    if (!run || run->answered)
        return JSValueMakeUndefined(context);
    js->head.size = 0;
    if (value_to_text(context, values[1], LONE_REPLACED, &js->head, exception))
        js->head.size = 0;
    js->body.size = 0;
    if (count > 2 && value_to_body(context, values[2], &js->body))
        js->body.size = 0;
    struct outcome outcome = {
        .kind = OUTCOME_THROWN, .head = buf_bytes(&js->head), .body = buf_bytes(&js->body)};
    end_run(js, run, &outcome, true);
    return JSValueMakeUndefined(context);
}

/* runWaits(run, waits): its waitUntil() has promises that have not settled, or no more. */
NATIVE(native_runWaits)
{
    (void)function, (void)self, (void)count, (void)exception;
    struct run *run = run_find(engine_here, value_number(context, values[0]));
    if (!run)
        return JSValueMakeUndefined(context);
    run->waits = JSValueToBoolean(context, values[1]);
    run_settle(engine_here, run->run);
    return JSValueMakeUndefined(context);
}

/* Take an instance out of C's books. With an outcome its runs end with it, else silently. */
static void instance_remove(struct js *js, struct instance *instance, const struct outcome *outcome)
{
    uint64_t number = instance->instance;
    tell_wrote(js);
    unlink_opened(js, instance);
    timers_drop(js, (struct owner){.instance = number});
    HASH_DEL(js->instances, instance);
    sql_close(instance);
    free(instance->name);
    free(instance);
    if (outcome)
        js->events.on_broken(js->owner, number);
    bodies_drop(js, (struct owner){.instance = number}, outcome);
    struct run *run, *next;
    HASH_ITER (hh, js->runs, run, next) {
        if (run->instance != number)
            continue;
        if (outcome)
            end_run(js, run, outcome, false);
        else
            run_remove(js, run);
    }
}

/* broken(instance, head): it cannot go on; its runs end with that error. */
NATIVE(native_broken)
{
    (void)function, (void)self, (void)count;
    struct js *js = engine_here;
    struct instance *instance = instance_find(js, value_number(context, values[0]));
    if (!instance)
        return JSValueMakeUndefined(context);
    js->head.size = 0;
    if (value_to_text(context, values[1], LONE_REPLACED, &js->head, exception))
        js->head.size = 0;
    struct outcome outcome = {.kind = OUTCOME_THROWN, .head = buf_bytes(&js->head)};
    instance_remove(js, instance, &outcome);
    return JSValueMakeUndefined(context);
}

static void forget_instance(struct script *script, uint64_t instance)
{
    turn_begin(script, (struct owner){0});
    JSValueRef value = JSValueMakeNumber(script->context, (double)instance);
    turn_call(script, ENTRY_forget, 1, &value);
    turn_end(script);
}

void stop_owner(struct js *js, struct owner owner)
{
    struct outcome outcome = {.kind = OUTCOME_FAILED, .fail = FAIL_CODE_STOPPED};
    strncpy(outcome.region, js->config.region_code, sizeof outcome.region - 1);
    struct instance *instance = owner.instance ? instance_find(js, owner.instance) : NULL;
    if (instance) {
        struct script *script = instance->script;
        instance_remove(js, instance, &outcome);
        forget_instance(script, owner.instance);
        return;
    }
    struct run *run = owner.instance ? NULL : run_find(js, owner.run);
    if (!run)
        return;
    bodies_drop(js, owner, &outcome);
    end_run(js, run, &outcome, false);
}

void js_run_worker(struct js *js, size_t worker, uint64_t run, const struct js_http *request)
{
    CHECK(worker < js->config.worker_count);
    struct script *script = &js->scripts[worker];
    struct owner owner = {.run = run, .request_id = request->request_id};
    run_add(script, owner);
    js->head.size = 0;
    CHECK(head_pack_request(request, &js->head) == OK);
    turn_begin(script, owner);
    if (request->rest_bytes)
        incoming_open(script, end_of(run), owner, request->body);
    JSContextRef context = script->context;
    JSValueRef values[] = {JSValueMakeNumber(context, (double)run),
                           recent_value(&js->recent, context, buf_bytes(&js->head)),
                           value_of_start(context, request->body, request->rest_bytes),
                           value_of_rest(context, request->body, request->rest_bytes)};
    turn_call(script, ENTRY_runWorker, 4, values);
    turn_end(script);
}

static void construct(struct script *script, uint64_t number, const struct js_object *object)
{
    struct js *js = script->js;
    JSContextRef context = script->context;
    struct instance *instance = calloc(1, sizeof *instance);
    CHECK(instance);
    *instance = (struct instance){
        .instance = number, .script = script, .id = object->object.id, .space = object->space};
    if (object->name.data)
        instance->name = log_name(object->name);
    HASH_ADD(hh, js->instances, instance, sizeof instance->instance, instance);
    char id_text[ID_TEXT_BYTES];
    id_print(&object->object.id, id_text);
    JSValueRef name = object->name.data ? value_of_text(context, object->name, LONE_KEPT)
                                        : JSValueMakeUndefined(context);
    JSValueRef values[] = {JSValueMakeNumber(context, (double)number),
                           JSValueMakeNumber(context, (double)object->space),
                           value_of_ascii(context, id_text),
                           name,
                           JSValueMakeNumber(context, object->object.kind),
                           JSValueMakeNumber(context, object->object.jurisdiction)};
    turn_call(script, ENTRY_construct, 6, values);
}

void js_run_object(struct js *js, uint64_t instance, const struct js_object *object, uint64_t run,
                   struct bytes head, struct bytes body, uint64_t rest_bytes)
{
    CHECK(object->space < js->config.space_count);
    struct script *script = &js->scripts[js->config.spaces[object->space].worker];
    JSContextRef context = script->context;
    /* Numbers ascend. One that is unknown and not new broke a moment ago, and its owner has yet to
     * hear of it: made again, the object would live twice. */
    if (!instance_find(js, instance) && instance <= js->newest_instance) {
        struct outcome outcome = {.kind = OUTCOME_FAILED, .fail = FAIL_BUSY};
        strncpy(outcome.region, js->config.region_code, sizeof outcome.region - 1);
        js->events.on_done(js->owner, run, &outcome);
        return;
    }
    if (instance > js->newest_instance)
        js->newest_instance = instance;
    struct owner owner = {.run = run, .instance = instance, .request_id = object->request_id};
    run_add(script, owner);
    turn_begin(script, owner);
    if (!instance_find(js, instance))
        construct(script, instance, object);
    if (rest_bytes)
        incoming_open(script, end_of(run), owner, body);
    JSValueRef values[] = {
        JSValueMakeNumber(context, (double)instance), JSValueMakeNumber(context, (double)run),
        recent_value(&js->recent, context, head), value_of_start(context, body, rest_bytes),
        value_of_rest(context, body, rest_bytes)};
    turn_call(script, ENTRY_runObject, 5, values);
    turn_end(script);
}

void js_stop_instance(struct js *js, uint64_t number)
{
    struct instance *instance = instance_find(js, number);
    if (!instance)
        return;
    struct script *script = instance->script;
    instance_remove(js, instance, NULL);
    forget_instance(script, number);
}
