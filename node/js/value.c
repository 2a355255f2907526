#include "node/js/value.h"

#include <stdlib.h>
#include <string.h>
#include <unicode/utf16.h>
#include <unicode/utf8.h>

enum { SHORT_BYTES_MAX = 4096 };

/* Text that JSStringCreateWithUTF8CString takes unharmed. */
static bool is_ascii(struct bytes text)
{
    const uint8_t *data = text.data;
    for (size_t i = 0; i < text.size; i++) {
        if (data[i] == 0 || data[i] >= 0x80) {
            return false;
        }
    }
    return true;
}

static JSValueRef take_string(JSContextRef context, JSStringRef string)
{
    JSValueRef value = JSValueMakeString(context, string);
    JSStringRelease(string);
    return value;
}

JSValueRef value_of_ascii(JSContextRef context, const char *text)
{
    return take_string(context, JSStringCreateWithUTF8CString(text));
}

static JSStringRef string_of_short_ascii(struct bytes text)
{
    char terminated[SHORT_BYTES_MAX + 1];
    memcpy(terminated, text.data, text.size);
    terminated[text.size] = 0;
    return JSStringCreateWithUTF8CString(terminated);
}

/* A surrogate that was kept as three bytes: ED A0..BF xx. */
static bool is_kept_surrogate(const uint8_t *data, size_t left)
{
    return left >= 3 && data[0] == 0xed && data[1] >= 0xa0 && data[1] <= 0xbf &&
           (data[2] & 0xc0) == 0x80;
}

static size_t decode_units(struct bytes text, enum lone_surrogate lone, UChar *ret_units)
{
    const uint8_t *data = text.data;
    size_t unit_count = 0, place = 0;
    while (place < text.size) {
        if (lone == LONE_KEPT && is_kept_surrogate(data + place, text.size - place)) {
            ret_units[unit_count++] =
                (UChar)(0xd000 | (data[place + 1] & 0x3f) << 6 | (data[place + 2] & 0x3f));
            place += 3;
            continue;
        }
        UChar32 point;
        U8_NEXT(data, place, text.size, point);
        if (point < 0) {
            point = 0xfffd;
        }
        U16_APPEND_UNSAFE(ret_units, unit_count, point);
    }
    return unit_count;
}

JSStringRef string_of_text(struct bytes text, enum lone_surrogate lone)
{
    if (text.size == 0)
        return JSStringCreateWithUTF8CString("");
    if (text.size <= SHORT_BYTES_MAX && is_ascii(text))
        return string_of_short_ascii(text);
    /* Never more units than bytes. */
    UChar *units = malloc(text.size * sizeof *units);
    if (!units)
        return NULL;
    size_t unit_count = decode_units(text, lone, units);
    JSStringRef string = JSStringCreateWithCharacters((const JSChar *)units, unit_count);
    free(units);
    return string;
}

JSValueRef value_of_text(JSContextRef context, struct bytes text, enum lone_surrogate lone)
{
    JSStringRef string = string_of_text(text, lone);
    return string ? take_string(context, string) : NULL;
}

/* How many units at the start of `units` are ASCII, written to `out`. Heads of requests are nothing else;
 * steps of a fixed size become a few vector instructions. */
static size_t copy_ascii(const JSChar *restrict units, size_t unit_count, uint8_t *restrict out)
{
    enum { STEP = 16 };
    size_t place = 0;
    while (unit_count - place >= STEP) {
        unsigned seen = 0;
        for (size_t i = 0; i < STEP; i++)
            seen |= units[place + i];
        if (seen >= 0x80)
            break;
        for (size_t i = 0; i < STEP; i++)
            out[place + i] = (uint8_t)units[place + i];
        place += STEP;
    }
    for (; place < unit_count && units[place] < 0x80; place++)
        out[place] = (uint8_t)units[place];
    return place;
}

static enum err append_units(const JSChar *units, size_t unit_count, enum lone_surrogate lone,
                             struct buf *buf)
{
    uint8_t *out = buf_reserve(buf, 3 * unit_count);
    if (!out) {
        return unit_count ? ERR_MEMORY : OK;
    }
    size_t place = copy_ascii(units, unit_count, out), size = place;
    while (place < unit_count) {
        UChar32 point;
        U16_NEXT(units, place, unit_count, point);
        if (U_IS_SURROGATE(point) && lone == LONE_REPLACED) {
            point = 0xfffd;
        }
        U8_APPEND_UNSAFE(out, size, point);
    }
    buf->size += size;
    return OK;
}

/* The engine's own conversion goes byte by byte and can be trusted with ASCII only, else it may have cut
 * or replaced something. But it needs no copy of UTF-16, which is what a few bytes cost otherwise. */
static bool append_short_ascii(JSStringRef string, struct buf *buf)
{
    enum { SHORT_UNITS_MAX = 40 };
    size_t length = JSStringGetLength(string);
    uint8_t *out = length <= SHORT_UNITS_MAX ? buf_reserve(buf, 3 * length + 1) : NULL;
    if (!out || JSStringGetUTF8CString(string, (char *)out, 3 * length + 1) != length + 1) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        if (out[i] >= 0x80) {
            return false;
        }
    }
    buf->size += length;
    return true;
}

enum err value_to_text(JSContextRef context, JSValueRef value, enum lone_surrogate lone,
                       struct buf *buf, JSValueRef *exception)
{
    JSStringRef string = JSValueToStringCopy(context, value, exception);
    if (!string) {
        return ERR_SCRIPT;
    }
    enum err err = OK;
    if (!append_short_ascii(string, buf)) {
        err = append_units(JSStringGetCharactersPtr(string), JSStringGetLength(string), lone, buf);
    }
    JSStringRelease(string);
    return err;
}

static void free_bytes(void *bytes, void *unused)
{
    (void)unused;
    free(bytes);
}

JSValueRef value_of_bytes(JSContextRef context, struct bytes bytes)
{
    void *copy = malloc(bytes.size ? bytes.size : 1);
    if (!copy) {
        return NULL;
    }
    if (bytes.size) {
        memcpy(copy, bytes.data, bytes.size);
    }
    return JSObjectMakeArrayBufferWithBytesNoCopy(context, copy, bytes.size, free_bytes, NULL,
                                                  NULL);
}

/* Null when empty, a string when short and ASCII, else an ArrayBuffer with a copy. */
static JSValueRef value_of_body(JSContextRef context, struct bytes body)
{
    if (body.size == 0) {
        return JSValueMakeNull(context);
    }
    if (body.size <= SHORT_BYTES_MAX && is_ascii(body))
        return take_string(context, string_of_short_ascii(body));
    return value_of_bytes(context, body);
}

JSValueRef value_of_start(JSContextRef context, struct bytes body, uint64_t rest_bytes)
{
    return rest_bytes ? JSValueMakeNull(context) : value_of_body(context, body);
}

JSValueRef value_of_rest(JSContextRef context, struct bytes body, uint64_t rest_bytes)
{
    if (rest_bytes == 0)
        return JSValueMakeUndefined(context);
    return JSValueMakeNumber(
        context, rest_bytes == BODY_REST_UNKNOWN ? -1 : (double)(body.size + rest_bytes));
}

uint64_t value_rest(JSContextRef context, JSValueRef value)
{
    if (JSValueIsUndefined(context, value))
        return 0;
    double number = JSValueToNumber(context, value, NULL);
    return number >= 0 && number <= 9007199254740991.0 ? (uint64_t)number : BODY_REST_UNKNOWN;
}

bool value_bytes(JSContextRef context, JSValueRef value, struct bytes *ret_bytes)
{
    JSTypedArrayType type = JSValueGetTypedArrayType(context, value, NULL);
    if (type == kJSTypedArrayTypeNone) {
        return false;
    }
    JSObjectRef object = JSValueToObject(context, value, NULL);
    if (type == kJSTypedArrayTypeArrayBuffer) {
        *ret_bytes = (struct bytes){JSObjectGetArrayBufferBytesPtr(context, object, NULL),
                                    JSObjectGetArrayBufferByteLength(context, object, NULL)};
        return true;
    }
    uint8_t *start = JSObjectGetTypedArrayBytesPtr(context, object, NULL);
    size_t offset = JSObjectGetTypedArrayByteOffset(context, object, NULL);
    *ret_bytes = (struct bytes){start ? start + offset : NULL,
                                JSObjectGetTypedArrayByteLength(context, object, NULL)};
    return true;
}

enum err value_to_body(JSContextRef context, JSValueRef value, struct buf *buf)
{
    if (JSValueIsNull(context, value) || JSValueIsUndefined(context, value)) {
        return OK;
    }
    if (JSValueIsString(context, value)) {
        return value_to_text(context, value, LONE_KEPT, buf, NULL);
    }
    struct bytes bytes;
    if (!value_bytes(context, value, &bytes)) {
        return ERR_INVALID;
    }
    return bytes.size ? buf_append(buf, bytes.data, bytes.size) : OK;
}

uint64_t value_number(JSContextRef context, JSValueRef value)
{
    double number = JSValueToNumber(context, value, NULL);
    return number >= 0 && number <= 9007199254740991.0 ? (uint64_t)number : 0;
}

JSValueRef value_throw(JSContextRef context, const char *name, const char *message,
                       JSValueRef *exception)
{
    JSStringRef property = JSStringCreateWithUTF8CString(name);
    JSValueRef constructor =
        JSObjectGetProperty(context, JSContextGetGlobalObject(context), property, NULL);
    JSStringRelease(property);
    JSValueRef text = value_of_ascii(context, message);
    *exception = JSObjectCallAsConstructor(context, JSValueToObject(context, constructor, NULL), 1,
                                           &text, NULL);
    return JSValueMakeUndefined(context);
}

JSValueRef value_of_state(JSContextRef context, const char *name,
                          JSObjectFinalizeCallback free_state, void *state)
{
    JSClassDefinition definition = kJSClassDefinitionEmpty;
    definition.className = name;
    definition.finalize = free_state;
    JSClassRef class = JSClassCreate(&definition);
    JSObjectRef object = JSObjectMake(context, class, state);
    JSClassRelease(class);
    return object;
}
