#include "node/js/engine.h"

#include "node/js/value.h"

#include <stdlib.h>
#include <zlib.h>

/* Compression of streams, part by part, by zlib. */

struct press {
    z_stream zlib;
    bool compresses, ended;
    bool more; /* the last call was enough output for one */
};

static void free_press(JSObjectRef object)
{
    struct press *press = JSObjectGetPrivate(object);
    if (press && press->compresses)
        deflateEnd(&press->zlib);
    else if (press)
        inflateEnd(&press->zlib);
    free(press);
}

/* pressOpen(format, compresses): format 0 is gzip, 1 deflate (zlib's), 2 deflate-raw. */
NATIVE(native_pressOpen)
{
    enum { MEMORY_LEVEL = 8 };
    static const int window_bits[] = {MAX_WBITS + 16, MAX_WBITS, -MAX_WBITS};
    (void)function, (void)self, (void)count;
    uint64_t format = value_number(context, values[0]);
    struct press *press = calloc(1, sizeof *press);
    if (!press || format >= sizeof window_bits / sizeof window_bits[0]) {
        free(press);
        return value_throw(context, "Error", "out of memory", exception);
    }
    press->compresses = JSValueToBoolean(context, values[1]);
    int code = press->compresses
                   ? deflateInit2(&press->zlib, Z_DEFAULT_COMPRESSION, Z_DEFLATED,
                                  window_bits[format], MEMORY_LEVEL, Z_DEFAULT_STRATEGY)
                   : inflateInit2(&press->zlib, window_bits[format]);
    if (code != Z_OK) {
        free(press);
        return value_throw(context, "Error", "out of memory", exception);
    }
    return value_of_state(context, "Press", free_press, press);
}

/* Go on until all of the input is used, or there is much output. False: the data is not what it
 * should be. */
static bool press_some(struct press *press, bool last, struct buf *out)
{
    enum { PART_SIZE = 65536, OUT_SIZE_MAX = 1 << 20 };
    int flush = last && press->compresses ? Z_FINISH : Z_NO_FLUSH;
    do {
        uint8_t *place = buf_reserve(out, PART_SIZE);
        if (!place)
            return false;
        press->zlib.next_out = place;
        press->zlib.avail_out = PART_SIZE;
        int code = press->compresses ? deflate(&press->zlib, flush) : inflate(&press->zlib, flush);
        out->size += PART_SIZE - press->zlib.avail_out;
        press->ended = code == Z_STREAM_END;
        if (code != Z_OK && code != Z_BUF_ERROR && code != Z_STREAM_END)
            return false;
        press->more = press->zlib.avail_out == 0 && !press->ended;
    } while (press->more && out->size < OUT_SIZE_MAX);
    return true;
}

/* What is wrong, if anything: 1 the data, 2 bytes after its end, 3 an end that is missing. */
static int press_bytes(struct press *press, struct bytes bytes, bool last, struct buf *out)
{
    if (bytes.size && press->ended)
        return 2;
    bool idle = press->ended || (!bytes.size && !press->compresses && !press->more);
    press->more = false;
    press->zlib.next_in = (uint8_t *)(uintptr_t)bytes.data;
    press->zlib.avail_in = (unsigned)bytes.size;
    if (!idle && !press_some(press, last, out))
        return 1;
    if (press->more)
        return 0;
    if (press->zlib.avail_in)
        return 2;
    return last && !press->ended ? 3 : 0;
}

/* press(object, bytes, last): what comes out, or a number that says what is wrong. */
NATIVE(native_press)
{
    (void)function, (void)self, (void)count, (void)exception;
    struct press *press = JSObjectGetPrivate(JSValueToObject(context, values[0], NULL));
    struct bytes bytes = {0};
    (void)value_bytes(context, values[1], &bytes);
    struct buf out = {0};
    int wrong = press_bytes(press, bytes, JSValueToBoolean(context, values[2]), &out);
    JSValueRef value =
        wrong ? JSValueMakeNumber(context, wrong) : value_of_bytes(context, buf_bytes(&out));
    buf_finish(&out);
    return value;
}

/* pressLeft(object): how many of the bytes are to be given again, because there was much output; -1
 * when all is done. */
NATIVE(native_pressLeft)
{
    (void)function, (void)self, (void)count, (void)exception;
    struct press *press = JSObjectGetPrivate(JSValueToObject(context, values[0], NULL));
    return JSValueMakeNumber(context, press->more ? (double)press->zlib.avail_in : -1);
}
