#include "node/js/engine.h"

#include "node/js/value.h"

#include <inttypes.h>
#include <stdlib.h>

_Thread_local struct js *engine_here;

const char *const entry_names[ENTRY_COUNT] = {
#define X(name) #name,
    ENTRY_LIST(X)
#undef X
};

struct script *script_of(JSContextRef context)
{
    struct js *js = engine_here;
    JSGlobalContextRef global = JSContextGetGlobalContext(context);
    if (js->turn_script && js->turn_script->context == global)
        return js->turn_script;
    for (size_t i = 0; i < js->config.worker_count; i++)
        if (js->scripts[i].context == global)
            return &js->scripts[i];
    CHECK(!"a context of this engine");
    return NULL;
}

/* What the engine throws in place of code that it stops. */
#define TERMINATED "JavaScript execution terminated."

void turn_begin(struct script *script, struct owner owner)
{
    struct js *js = script->js;
    CHECK(js->turn_depth == 0);
    js->turn_depth++;
    js->turn_owner = owner;
    js->turn_script = script;
    watch_enter(js->watch, js->config.workers[script->worker].cpu_limit_us);
    JSLock(script->context);
}

void turn_call(struct script *script, enum entry entry, size_t count, const JSValueRef *values)
{
    JSValueRef exception = NULL;
    JSObjectCallAsFunction(script->context, script->entries[entry], NULL, count, values,
                           &exception);
    if (!exception)
        return;
    struct buf text = {0};
    if (value_to_text(script->context, exception, LONE_REPLACED, &text, &exception))
        text.size = 0;
    script->js->turn_cut = bytes_equal(buf_bytes(&text), BYTES_LITERAL(TERMINATED)) || !text.size;
    if (!script->js->turn_cut)
        log_owner(LOG_ERROR, script, script->js->turn_owner, "%s failed: %.*s", entry_names[entry],
                  (int)text.size, (const char *)text.data);
    buf_finish(&text);
}

/* A request to stop may be left over when script ended by itself meanwhile; it must not hit the
 * next turn. */
static void soak_stop(struct script *script)
{
    enum { TRY_COUNT_MAX = 100 };
    JSStringRef nothing = JSStringCreateWithUTF8CString("0");
    for (int i = 0; i < TRY_COUNT_MAX; i++)
        if (JSEvaluateScript(script->context, nothing, NULL, NULL, 1, NULL))
            break;
    JSStringRelease(nothing);
}

static void log_stopped(struct script *script, struct owner owner, enum watch_stop stop)
{
    const struct js_config *config = &script->js->config;
    enum { MEGABYTE = 1 << 20 };
    if (stop == WATCH_TIME)
        log_owner(LOG_WARN, script, owner,
                  "code stopped: it ran for more than %" PRIu64 " ms without a pause",
                  config->workers[script->worker].cpu_limit_us / 1000);
    else if (stop == WATCH_MEMORY)
        log_owner(
            LOG_WARN, script, owner,
            "code stopped: with it the process grew to %zu MB, beyond memory_bytes_max (%zu MB)",
            watch_resident_bytes(script->js->watch) / MEGABYTE,
            config->memory_limit_bytes / MEGABYTE);
    else
        log_owner(LOG_WARN, script, owner, "code stopped: the engine gave it up");
}

static void turn_leave(struct script *script)
{
    struct js *js = script->js;
    struct owner owner = js->turn_owner;
    JSUnlock(script->context);
    enum watch_stop stop = watch_leave(js->watch);
    bool stopped = stop != WATCH_NONE || js->turn_cut;
    tell_wrote(js);
    js->turn_depth--;
    js->turn_owner = (struct owner){0};
    js->turn_script = NULL;
    js->turn_cut = false;
    if (stopped) {
        soak_stop(script);
        log_stopped(script, owner, stop);
        stop_owner(js, owner);
        if (stop == WATCH_MEMORY) {
            JSSynchronousGarbageCollectForDebugging(script->context);
            pump_collect_soon(js->pump); /* what the stack still seemed to hold */
        }
    }
    pump_turned(js->pump);
}

/* Start runs that waited for an instance's constructor or blockConcurrencyWhile(), each in a turn
 * of its own. */
static void release_gates(struct js *js)
{
    while (js->opened) {
        struct instance *instance = js->opened;
        js->opened = instance->next_opened;
        instance->gate_opened = false;
        struct script *script = instance->script;
        turn_begin(script, (struct owner){.instance = instance->instance});
        JSValueRef number = JSValueMakeNumber(script->context, (double)instance->instance);
        turn_call(script, ENTRY_release, 1, &number);
        turn_leave(script);
    }
}

void turn_end(struct script *script)
{
    turn_leave(script);
    release_gates(script->js);
}

void js_set_birth_number(struct js *js, uint16_t birth_number)
{
    js->birth_number = birth_number;
}

enum err js_open(uv_loop_t *loop, const struct js_config *config, const struct js_events *events,
                 void *owner, struct js **ret_js, struct errmsg *reterr_why)
{
    CHECK(!engine_here);
    struct js *js = calloc(1, sizeof *js);
    if (!js)
        return ERR_MEMORY;
    *js = (struct js){.config = *config, .events = *events, .owner = owner, .loop = loop};
    engine_here = js;
    js->loading = true;
    js->scripts = calloc(config->worker_count + 1, sizeof *js->scripts);
    enum err err = js->scripts ? pump_open(loop, js, &js->pump) : ERR_MEMORY;
    if (err == OK) {
        js->group = JSContextGroupCreate();
        for (size_t i = 0; i < config->worker_count && err == OK; i++)
            err = script_open(js, i, reterr_why);
    }
    js->loading = false;
    if (err) {
        js_close(js);
        return err;
    }
    *ret_js = js;
    return OK;
}

struct js_stats js_stats(const struct js *js)
{
    return (struct js_stats){.instances = HASH_COUNT(js->instances),
                             .runs = HASH_COUNT(js->runs),
                             .calls = HASH_COUNT(js->calls),
                             .bodies = bodies_count(js),
                             .resident_bytes = js->watch ? watch_resident_bytes(js->watch) : 0};
}

#define FREE_ALL(type, head)               \
    do {                                   \
        struct type *item, *next;          \
        HASH_ITER (hh, head, item, next) { \
            HASH_DEL(head, item);          \
            free(item);                    \
        }                                  \
    } while (0)

static void free_instances(struct js *js)
{
    struct instance *instance, *next;
    HASH_ITER (hh, js->instances, instance, next) {
        HASH_DEL(js->instances, instance);
        sql_close(instance);
        free(instance->name);
        free(instance);
    }
}

void js_close(struct js *js)
{
    if (!js)
        return;
    watch_close(js->watch);
    FREE_ALL(run, js->runs);
    free_instances(js);
    FREE_ALL(call, js->calls);
    bodies_finish(js);
    timers_finish(js);
    if (js->scripts && js->scripts[0].context)
        recent_finish(&js->recent, js->scripts[0].context);
    for (size_t i = 0; js->scripts && i < js->config.worker_count; i++) {
        struct script *script = &js->scripts[i];
        buf_finish(&script->failure);
        if (script->context)
            JSGlobalContextRelease(script->context);
    }
    if (js->group)
        JSContextGroupRelease(js->group);
    pump_close(js->pump);
    buf_finish(&js->head);
    buf_finish(&js->body);
    buf_finish(&js->text);
    free(js->scripts);
    free(js);
    engine_here = NULL;
}
