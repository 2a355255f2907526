#include "node/js/engine.h"

#include "node/js/value.h"

#include <stdlib.h>
#include <unicode/ucnv.h>
#include <unicode/ucnv_cb.h>
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

static void free_converter(JSObjectRef object)
{
    UConverter *converter = JSObjectGetPrivate(object);
    if (converter)
        ucnv_close(converter);
}

/* What cannot be decoded becomes U+FFFD; ICU's own function makes U+001A of some of it. */
static void replace_malformed(const void *user, UConverterToUnicodeArgs *args, const char *units,
                              int32_t unit_count, UConverterCallbackReason reason, UErrorCode *code)
{
    static const UChar replacement = 0xfffd;
    (void)user, (void)units, (void)unit_count;
    if (reason > UCNV_IRREGULAR)
        return;
    *code = U_ZERO_ERROR;
    ucnv_cbToUWriteUChars(args, &replacement, 1, 0, code);
}

/* decoderOpen(name, fatal): for what is not UTF-8, by a name that ICU knows; undefined when it does
 * not. */
NATIVE(native_decoderOpen)
{
    (void)function, (void)self, (void)count;
    struct js *js = engine_here;
    js->text.size = 0;
    if (value_to_text(context, values[0], LONE_REPLACED, &js->text, exception) ||
        buf_append(&js->text, "", 1))
        return JSValueMakeUndefined(context);
    UErrorCode code = U_ZERO_ERROR;
    UConverter *converter = ucnv_open((const char *)js->text.data, &code);
    bool fatal = JSValueToBoolean(context, values[1]);
    if (U_SUCCESS(code))
        ucnv_setToUCallBack(converter, fatal ? UCNV_TO_U_CALLBACK_STOP : replace_malformed, NULL,
                            NULL, NULL, &code);
    return U_SUCCESS(code) ? value_of_state(context, "Decoder", free_converter, converter)
                           : JSValueMakeUndefined(context);
}

/* decoderPush(decoder, bytes, last): text; null when it is not well formed and that is fatal. */
NATIVE(native_decoderPush)
{
    (void)function, (void)self, (void)count;
    UConverter *converter = JSObjectGetPrivate(JSValueToObject(context, values[0], NULL));
    struct bytes bytes;
    if (!value_bytes(context, values[1], &bytes))
        return value_throw(context, "TypeError", "Expected bytes.", exception);
    enum { UNITS_BEFORE = 32 }; /* for what was begun by earlier bytes */
    size_t unit_max = 2 * bytes.size + UNITS_BEFORE;
    UChar *units = malloc(unit_max * sizeof *units);
    if (!units)
        return value_throw(context, "Error", "out of memory", exception);
    UErrorCode code = U_ZERO_ERROR;
    UChar *to = units;
    const char *from = bytes.data, *end = from ? from + bytes.size : NULL;
    bool last = JSValueToBoolean(context, values[2]);
    ucnv_toUnicode(converter, &to, units + unit_max, &from, end, NULL, last, &code);
    JSValueRef value = JSValueMakeNull(context);
    if (U_SUCCESS(code)) {
        JSStringRef text =
            JSStringCreateWithCharacters((const JSChar *)units, (size_t)(to - units));
        value = JSValueMakeString(context, text);
        JSStringRelease(text);
    }
    if (last || U_FAILURE(code))
        ucnv_resetToUnicode(converter);
    free(units);
    return value;
}

/* decode(bytes, fatal): a string of UTF-8; null when it is not well formed and `fatal` is true. */
NATIVE(native_decode)
{
    (void)function, (void)self, (void)count;
    struct bytes bytes;
    if (!value_bytes(context, values[0], &bytes))
        return value_throw(context, "TypeError", "Expected bytes.", exception);
    bool fatal = JSValueToBoolean(context, values[1]);
    return fatal && !is_utf8(bytes) ? JSValueMakeNull(context)
                                    : value_of_text(context, bytes, LONE_REPLACED);
}
