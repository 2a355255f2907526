#include "node/js/engine.h"

#include "node/js/value.h"

#include <sodium.h>

static const struct id_keys *keys_of(const struct js *js, JSContextRef context, JSValueRef space,
                                     JSValueRef jurisdiction)
{
    uint64_t space_index = value_number(context, space);
    uint64_t jurisdiction_index = value_number(context, jurisdiction);
    CHECK(space_index < js->config.space_count && jurisdiction_index < JURISDICTION_COUNT);
    return &js->config.spaces[space_index].keys[jurisdiction_index];
}

static JSValueRef id_value(JSContextRef context, const struct object_id *id)
{
    char text[ID_TEXT_BYTES];
    id_print(id, text);
    return value_of_ascii(context, text);
}

/* idFromName(space, jurisdiction, name): 64 digits. */
NATIVE(native_idFromName)
{
    (void)function, (void)self, (void)count;
    struct js *js = engine_here;
    js->text.size = 0;
    if (value_to_text(context, values[2], LONE_KEPT, &js->text, exception))
        return JSValueMakeUndefined(context);
    struct object_id id =
        id_from_name(keys_of(js, context, values[0], values[1]), buf_bytes(&js->text));
    return id_value(context, &id);
}

/* idUnique(space, jurisdiction): 64 digits; undefined while there is no birth number. */
NATIVE(native_idUnique)
{
    (void)function, (void)self, (void)count, (void)exception;
    struct js *js = engine_here;
    if (js->birth_number == 0)
        return JSValueMakeUndefined(context);
    uint8_t random[ID_RANDOM_BYTES];
    randombytes_buf(random, sizeof random);
    struct object_id id =
        id_unique(keys_of(js, context, values[0], values[1]), js->birth_number, random);
    return id_value(context, &id);
}

/* idVerify(space, digits): kind + 4 * jurisdiction, trying every jurisdiction; 0 for an id that is
 * not of this namespace; undefined when it is no id at all. */
NATIVE(native_idVerify)
{
    (void)function, (void)self, (void)count;
    struct js *js = engine_here;
    struct object_id id;
    js->text.size = 0;
    if (value_to_text(context, values[1], LONE_REPLACED, &js->text, exception) ||
        !id_parse(buf_bytes(&js->text), &id))
        return JSValueMakeUndefined(context);
    int verdict = 0;
    for (int jurisdiction = 0; jurisdiction < JURISDICTION_COUNT; jurisdiction++) {
        JSValueRef index = JSValueMakeNumber(context, jurisdiction);
        enum id_kind kind = id_verify(keys_of(js, context, values[0], index), &id);
        if (kind != ID_FOREIGN)
            verdict = (int)kind + 4 * jurisdiction;
    }
    return JSValueMakeNumber(context, verdict);
}
