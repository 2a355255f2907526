#include "node/js/recent.h"

#include "node/js/value.h"

/* Texts of one length are often of one kind, which differ somewhere in the middle or at the end. */
static size_t place_of(struct bytes text)
{
    const uint8_t *data = text.data;
    if (text.size == 0)
        return 0;
    return (text.size + 7u * data[text.size / 2] + 13u * data[text.size - 1]) % RECENT_COUNT;
}

JSValueRef recent_value(struct recent *recent, JSContextRef context, struct bytes text)
{
    size_t place = place_of(text);
    struct buf *known = &recent->places[place].text;
    JSValueRef *kept = &recent->places[place].value;
    if (text.size > RECENT_BYTES_MAX)
        return value_of_text(context, text, LONE_REPLACED);
    bool again = bytes_equal(buf_bytes(known), text);
    if (again && *kept)
        return *kept;
    JSValueRef value = value_of_text(context, text, LONE_REPLACED);
    if (again && value) {
        JSValueProtect(context, value);
        *kept = value;
        return value;
    }
    if (*kept)
        JSValueUnprotect(context, *kept);
    *kept = NULL;
    known->size = 0;
    if (buf_append(known, text.data, text.size))
        known->size = 0;
    return value;
}

void recent_finish(struct recent *recent, JSContextRef context)
{
    for (size_t i = 0; i < RECENT_COUNT; i++) {
        if (recent->places[i].value)
            JSValueUnprotect(context, recent->places[i].value);
        buf_finish(&recent->places[i].text);
    }
}
