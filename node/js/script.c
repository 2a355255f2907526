#include "node/js/engine.h"

#include "common/file.h"
#include "node/js/prelude.h"
#include "node/js/value.h"

#include <stdio.h>
#include <string.h>

/* How a Worker's script comes to run: its global context, the prelude in it, then the bundle. */

static const struct {
    const char *name;
    JSObjectCallAsFunctionCallback function;
} natives[] = {
#define X(name) {#name, native_##name},
    NATIVE_LIST(X)
#undef X
};

static void set_property(JSContextRef context, JSObjectRef object, const char *name,
                         JSValueRef value)
{
    JSStringRef property = JSStringCreateWithUTF8CString(name);
    JSObjectSetProperty(context, object, property, value, kJSPropertyAttributeNone, NULL);
    JSStringRelease(property);
}

static JSValueRef get_property(JSContextRef context, JSObjectRef object, const char *name)
{
    JSStringRef property = JSStringCreateWithUTF8CString(name);
    JSValueRef value = JSObjectGetProperty(context, object, property, NULL);
    JSStringRelease(property);
    return value;
}

static void make_natives(struct script *script)
{
    JSContextRef context = script->context;
    script->native = JSObjectMake(context, NULL, NULL);
    JSValueProtect(context, script->native);
    for (size_t i = 0; i < sizeof natives / sizeof natives[0]; i++) {
        JSStringRef name = JSStringCreateWithUTF8CString(natives[i].name);
        JSObjectRef function = JSObjectMakeFunctionWithCallback(context, name, natives[i].function);
        JSObjectSetProperty(context, script->native, name, function, kJSPropertyAttributeNone,
                            NULL);
        JSStringRelease(name);
    }
}

static JSObjectRef make_binding(JSContextRef context, const struct js_binding *binding)
{
    JSObjectRef object = JSObjectMake(context, NULL, NULL);
    struct bytes name = bytes_of(binding->name);
    set_property(context, object, "name", value_of_text(context, name, LONE_REPLACED));
    set_property(context, object, "space", JSValueMakeNumber(context, (double)binding->space));
    return object;
}

/* What the prelude must know of its Worker. */
static JSValueRef make_setup(struct script *script)
{
    const struct js_config *config = &script->js->config;
    const struct js_worker *worker = &config->workers[script->worker];
    JSContextRef context = script->context;
    JSObjectRef setup = JSObjectMake(context, NULL, NULL);
    const struct {
        const char *name, *text;
    } texts[] = {{"colo", config->region_code},   {"city", config->city},
                 {"country", config->country},    {"worker", worker->name},
                 {"bundle", worker->bundle_path}, {"vars", worker->vars_json}};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct bytes text = bytes_of(texts[i].text ? texts[i].text : "");
        set_property(context, setup, texts[i].name, value_of_text(context, text, LONE_REPLACED));
    }
    JSObjectRef bindings = JSObjectMakeArray(context, 0, NULL, NULL);
    for (size_t i = 0; i < worker->binding_count; i++)
        JSObjectSetPropertyAtIndex(context, bindings, (unsigned)i,
                                   make_binding(context, &worker->bindings[i]), NULL);
    set_property(context, setup, "bindings", bindings);
    set_property(context, setup, "bodyBytesMax",
                 JSValueMakeNumber(context, (double)config->body_bytes_max));
    set_property(context, setup, "blockLimitMs",
                 JSValueMakeNumber(context, (double)config->block_limit_ms));
    JSObjectRef classes = JSObjectMake(context, NULL, NULL); /* namespace -> class name */
    for (size_t i = 0; i < config->space_count; i++) {
        if (config->spaces[i].worker != script->worker)
            continue;
        struct bytes name = bytes_of(config->spaces[i].class_name);
        JSObjectSetPropertyAtIndex(context, classes, (unsigned)i,
                                   value_of_text(context, name, LONE_REPLACED), NULL);
    }
    set_property(context, setup, "classes", classes);
    return setup;
}

static enum err evaluate(struct script *script, struct bytes text, const char *url,
                         JSValueRef *ret_value, struct errmsg *reterr_why)
{
    JSContextRef context = script->context;
    JSStringRef source = string_of_text(text, LONE_REPLACED);
    JSStringRef source_url = string_of_text(bytes_of(url), LONE_REPLACED);
    if (!source || !source_url)
        return ERR_MEMORY;
    JSValueRef exception = NULL;
    JSValueRef value = JSEvaluateScript(context, source, NULL, source_url, 1, &exception);
    JSStringRelease(source);
    JSStringRelease(source_url);
    if (exception) {
        struct buf why = {0};
        if (value_to_text(context, exception, LONE_REPLACED, &why, &exception))
            why.size = 0;
        enum err err = err_say(ERR_SCRIPT, reterr_why, "%s: %.*s", url, (int)why.size,
                               why.data ? (const char *)why.data : "");
        buf_finish(&why);
        return err;
    }
    *ret_value = value;
    return OK;
}

static const char *prelude_find(struct bytes name)
{
    for (const struct prelude_file *file = prelude_files; file->name; file++)
        if (bytes_equal(bytes_of(file->name), name))
            return file->text;
    return NULL;
}

/* require("whatwg-url"): the exports of a part of the prelude that most Workers do not need. */
NATIVE(native_require)
{
    (void)function, (void)self, (void)count;
    struct script *script = script_of(context);
    struct buf name = {0};
    if (value_to_text(context, values[0], LONE_REPLACED, &name, exception))
        return JSValueMakeUndefined(context);
    const char *text = prelude_find(buf_bytes(&name));
    char url[64];
    snprintf(url, sizeof url, "terrella:%.*s", (int)name.size, (const char *)name.data);
    buf_finish(&name);
    CHECK(text);
    JSValueRef factory = NULL;
    struct errmsg why = {0};
    if (evaluate(script, bytes_of(text), url, &factory, &why))
        return value_throw(context, "Error", why.text, exception);
    JSValueRef native = script->native;
    return JSObjectCallAsFunction(context, JSValueToObject(context, factory, NULL), NULL, 1,
                                  &native, exception);
}

static enum err load_prelude(struct script *script, struct errmsg *reterr_why)
{
    JSContextRef context = script->context;
    JSValueRef factory = NULL, exception = NULL;
    enum err err = evaluate(script, bytes_of(prelude_find(BYTES_LITERAL("main"))), "terrella:main",
                            &factory, reterr_why);
    if (err)
        return err;
    JSValueRef values[] = {script->native, make_setup(script)};
    JSValueRef entries = JSObjectCallAsFunction(context, JSValueToObject(context, factory, NULL),
                                                NULL, 2, values, &exception);
    if (exception) {
        struct buf text = {0};
        if (value_to_text(context, exception, LONE_REPLACED, &text, &exception))
            text.size = 0;
        err = err_say(ERR_SCRIPT, reterr_why, "prelude: %.*s", (int)text.size, (char *)text.data);
        buf_finish(&text);
        return err;
    }
    JSObjectRef object = JSValueToObject(context, entries, NULL);
    for (size_t i = 0; i < ENTRY_COUNT; i++) {
        script->entries[i] =
            JSValueToObject(context, get_property(context, object, entry_names[i]), NULL);
        CHECK(script->entries[i]);
        JSValueProtect(context, script->entries[i]);
    }
    JSGlobalContextSetUnhandledRejectionCallback(script->context, script->entries[ENTRY_rejected],
                                                 &exception);
    return OK;
}

/* The text of the bundle's source map; empty when there is none. */
NATIVE(native_sourceMap)
{
    (void)function, (void)self, (void)count, (void)values, (void)exception;
    struct script *script = script_of(context);
    char path[4096];
    snprintf(path, sizeof path, "%s.map", script->js->config.workers[script->worker].bundle_path);
    struct buf text = {0};
    if (file_read(path, SIZE_MAX, &text, NULL))
        text.size = 0;
    JSValueRef value = value_of_text(context, buf_bytes(&text), LONE_REPLACED);
    buf_finish(&text);
    return value;
}

/* loaded(why): the bundle's top level has run; `why` says what went wrong, if anything. */
NATIVE(native_loaded)
{
    (void)function, (void)self, (void)count;
    struct script *script = script_of(context);
    bool failed = !JSValueIsUndefined(context, values[0]);
    script->state = failed ? SCRIPT_FAILED : SCRIPT_READY;
    if (failed && value_to_text(context, values[0], LONE_REPLACED, &script->failure, exception))
        script->failure.size = 0;
    return JSValueMakeUndefined(context);
}

/* Top-level awaits may need microtasks (done by turn_end) or the engine's own threads
 * (WebAssembly). */
static void await_load(struct script *script)
{
    enum { PUMP_COUNT_MAX = 500 };
    for (int i = 0; script->state == SCRIPT_LOADING && i < PUMP_COUNT_MAX; i++) {
        pump_dispatch(script->js->pump);
        uv_sleep(1);
    }
}

static enum err load_bundle(struct script *script, struct errmsg *reterr_why)
{
    const struct js_worker *worker = &script->js->config.workers[script->worker];
    struct buf text = {0};
    enum err err = file_read(worker->bundle_path, SIZE_MAX, &text, reterr_why);
    if (err) {
        buf_finish(&text);
        return err_prefix(err, reterr_why, "Worker %s", worker->name);
    }
    script->state = SCRIPT_LOADING;
    turn_begin(script, (struct owner){0});
    JSValueRef function = NULL;
    err = evaluate(script, buf_bytes(&text), worker->bundle_path, &function, reterr_why);
    if (err == OK)
        turn_call(script, ENTRY_load, 1, &function);
    turn_end(script);
    buf_finish(&text);
    if (err)
        return err_prefix(err, reterr_why, "Worker %s", worker->name);
    if (script->state == SCRIPT_LOADING)
        await_load(script);
    if (script->state == SCRIPT_READY)
        return OK;
    if (script->state == SCRIPT_LOADING)
        return err_say(ERR_SCRIPT, reterr_why,
                       "Worker %s: its top level does not end: it runs too long or awaits "
                       "something that never comes",
                       worker->name);
    return err_say(ERR_SCRIPT, reterr_why, "Worker %s: %.*s", worker->name,
                   (int)script->failure.size, (const char *)script->failure.data);
}

enum err script_open(struct js *js, size_t worker, struct errmsg *reterr_why)
{
    struct script *script = &js->scripts[worker];
    *script = (struct script){.js = js, .worker = worker};
    script->context = JSGlobalContextCreateInGroup(js->group, NULL);
    if (!script->context)
        return ERR_MEMORY;
    if (!js->watch) { /* it wants a context to exist */
        enum err err = watch_open(js->group, js->config.memory_limit_bytes, &js->watch);
        if (err)
            return err_say(err, reterr_why, "cannot start the thread that stops endless code");
    }
    make_natives(script);
    enum err err = load_prelude(script, reterr_why);
    return err ? err : load_bundle(script, reterr_why);
}
