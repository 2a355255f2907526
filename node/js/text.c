#include "node/js/engine.h"

#include "node/js/value.h"

#include <stdlib.h>
#include <unicode/ucnv.h>
#include <unicode/ustring.h>
#include <unicode/utf8.h>

/* encode(text, kept): an ArrayBuffer with its UTF-8; with `kept` lone surrogates are three bytes. */
NATIVE(native_encode)
{
    (void)function, (void)self;
    struct js *js = engine_here;
    js->text.size = 0;
    enum lone_surrogate lone =
        count > 1 && JSValueToBoolean(context, values[1]) ? LONE_KEPT : LONE_REPLACED;
    if (value_to_text(context, values[0], lone, &js->text, exception))
        return JSValueMakeUndefined(context);
    return value_of_bytes(context, buf_bytes(&js->text));
}

/* byteLength(body): what it takes on the wire. */
NATIVE(native_byteLength)
{
    (void)function, (void)self, (void)count, (void)exception;
    struct js *js = engine_here;
    js->text.size = 0;
    if (value_to_body(context, values[0], &js->text))
        js->text.size = 0;
    return JSValueMakeNumber(context, (double)js->text.size);
}

static bool is_utf8(struct bytes bytes)
{
    const uint8_t *data = bytes.data;
    for (size_t place = 0; place < bytes.size;) {
        UChar32 point;
        U8_NEXT(data, place, bytes.size, point);
        if (point < 0)
            return false;
    }
    return true;
}

/* Everything but UTF-8, by ICU's converters. */
static JSValueRef decode_other(JSContextRef context, struct bytes bytes, const char *encoding,
                               bool fatal)
{
    UErrorCode code = U_ZERO_ERROR;
    UConverter *converter = ucnv_open(encoding, &code);
    size_t unit_max = 2 * bytes.size + 2;
    UChar *units = malloc(unit_max * sizeof *units);
    JSValueRef value = JSValueMakeNull(context);
    if (U_SUCCESS(code) && fatal)
        ucnv_setToUCallBack(converter, UCNV_TO_U_CALLBACK_STOP, NULL, NULL, NULL, &code);
    if (units && U_SUCCESS(code)) {
        int32_t unit_count = ucnv_toUChars(converter, units, (int32_t)unit_max, bytes.data,
                                           (int32_t)bytes.size, &code);
        if (U_SUCCESS(code)) {
            JSStringRef text =
                JSStringCreateWithCharacters((const JSChar *)units, (size_t)unit_count);
            value = JSValueMakeString(context, text);
            JSStringRelease(text);
        }
    }
    free(units);
    if (converter)
        ucnv_close(converter);
    return value;
}

/* decode(bytes, encoding, fatal): a string; null when it is not well formed and `fatal` is true.
 * `encoding`: undefined for UTF-8, else a name that ICU knows. */
NATIVE(native_decode)
{
    (void)function, (void)self, (void)count;
    struct js *js = engine_here;
    struct bytes bytes;
    if (!value_bytes(context, values[0], &bytes))
        return value_throw(context, "TypeError", "Expected bytes.", exception);
    bool fatal = JSValueToBoolean(context, values[2]);
    if (JSValueIsUndefined(context, values[1]))
        return fatal && !is_utf8(bytes) ? JSValueMakeNull(context)
                                        : value_of_text(context, bytes, LONE_REPLACED);
    js->text.size = 0;
    if (value_to_text(context, values[1], LONE_REPLACED, &js->text, exception) ||
        buf_append(&js->text, "", 1))
        return JSValueMakeUndefined(context);
    return decode_other(context, bytes, (const char *)js->text.data, fatal);
}
