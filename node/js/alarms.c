#include "node/js/engine.h"

#include "node/js/value.h"

#include <string.h>

/* Records of alarms that are set, which prelude/alarms.js keeps: under the object's id the unique key of
 * its namespace, a zero, and the prelude's own text. A renamed class keeps them, a deleted one loses them. */

static JSValueRef fail(JSContextRef context, enum err err, JSValueRef *exception)
{
    return value_throw(context, "Error",
                       err == ERR_FULL ? "The node's storage failed: too much waits to be written."
                                       : "The node's storage failed.",
                       exception);
}

/* alarmPut(space, digits, text): text undefined deletes it. */
NATIVE(native_alarmPut)
{
    (void)function, (void)self, (void)count;
    struct js *js = engine_here;
    struct instance *instance = instance_find(js, js->turn_owner.instance);
    const char *unique_key = js->config.spaces[value_number(context, values[0])].unique_key;
    struct object_id id;
    js->text.size = js->body.size = 0;
    if (value_to_text(context, values[1], LONE_REPLACED, &js->text, exception))
        return JSValueMakeUndefined(context);
    CHECK(id_parse(buf_bytes(&js->text), &id));
    struct bytes key = {id.bytes, OBJECT_ID_BYTES};
    enum err err;
    if (JSValueIsUndefined(context, values[2]))
        err = store_delete(js->config.store, js->config.alarm_table, key);
    else {
        err = buf_append(&js->body, unique_key, strlen(unique_key) + 1);
        if (!err)
            err = value_to_text(context, values[2], LONE_KEPT, &js->body, exception);
        if (!err)
            err = store_put(js->config.store, js->config.alarm_table, key, buf_bytes(&js->body));
    }
    if (err)
        return err == ERR_SCRIPT ? JSValueMakeUndefined(context) : fail(context, err, exception);
    if (instance)
        instance_wrote(instance);
    return JSValueMakeUndefined(context);
}

struct listing {
    JSContextRef context;
    struct script *script;
    JSObjectRef array;
    unsigned count;
};

static void add(struct listing *listing, JSValueRef value)
{
    JSObjectSetPropertyAtIndex(listing->context, listing->array, listing->count++, value, NULL);
}

static bool list_one(void *owner, struct bytes key, struct bytes value)
{
    struct listing *listing = owner;
    const struct js_config *config = &listing->script->js->config;
    const char *text = value.data;
    const char *end = memchr(text, 0, value.size);
    struct object_id id;
    char digits[ID_TEXT_BYTES];
    if (!end || key.size != OBJECT_ID_BYTES)
        return true; /* somebody else's */
    memcpy(id.bytes, key.data, OBJECT_ID_BYTES);
    id_print(&id, digits);
    for (size_t i = 0; i < config->space_count; i++) {
        const struct js_namespace *space = &config->spaces[i];
        if (space->worker != listing->script->worker || strcmp(space->unique_key, text) != 0)
            continue;
        size_t start = (size_t)(end - text) + 1;
        struct bytes rest = {end + 1, value.size - start};
        add(listing, JSValueMakeNumber(listing->context, (double)i));
        add(listing, value_of_ascii(listing->context, digits));
        add(listing, value_of_text(listing->context, rest, LONE_KEPT));
    }
    return true;
}

/* alarmList(): of this Worker's classes, flat: space, digits, text. */
NATIVE(native_alarmList)
{
    (void)function, (void)self, (void)count, (void)values;
    struct js *js = engine_here;
    struct listing listing = {.context = context,
                              .script = script_of(context),
                              .array = JSObjectMakeArray(context, 0, NULL, NULL)};
    enum err err = store_scan(js->config.store, js->config.alarm_table, (struct bytes){0},
                              (struct bytes){0}, false, list_one, &listing);
    return err ? fail(context, err, exception) : listing.array;
}
