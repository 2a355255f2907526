#include "node/js/engine.h"

#include "node/js/value.h"

#include <glib.h>
#include <sodium.h>

/* random(bytes): fill a view or buffer with secure random bytes. */
NATIVE(native_random)
{
    (void)function, (void)self, (void)count, (void)exception;
    struct bytes bytes;
    if (value_bytes(context, values[0], &bytes) && bytes.size)
        randombytes_buf((void *)(uintptr_t)bytes.data, bytes.size);
    return JSValueMakeUndefined(context);
}

/* In the order in which prelude/crypto.js lists their names. */
static const GChecksumType digests[] = {G_CHECKSUM_SHA1, G_CHECKSUM_SHA256, G_CHECKSUM_SHA384,
                                        G_CHECKSUM_SHA512, G_CHECKSUM_MD5};

/* digest(index, bytes): an ArrayBuffer. */
NATIVE(native_digest)
{
    (void)function, (void)self, (void)count;
    struct bytes bytes;
    uint64_t index = value_number(context, values[0]);
    if (!value_bytes(context, values[1], &bytes) || index >= sizeof digests / sizeof digests[0])
        return value_throw(context, "TypeError", "Expected bytes.", exception);
    uint8_t digest[64];
    gsize size = sizeof digest;
    GChecksum *checksum = g_checksum_new(digests[index]);
    g_checksum_update(checksum, bytes.data ? bytes.data : (const guchar *)"", (gssize)bytes.size);
    g_checksum_get_digest(checksum, digest, &size);
    g_checksum_free(checksum);
    return value_of_bytes(context, (struct bytes){digest, size});
}

static void free_digest(JSObjectRef object)
{
    GChecksum *digest = JSObjectGetPrivate(object);
    if (digest)
        g_checksum_free(digest);
}

/* digestOpen(index of its kind) */
NATIVE(native_digestOpen)
{
    (void)function, (void)self, (void)count, (void)exception;
    return value_of_state(context, "Digest", free_digest,
                          g_checksum_new(digests[value_number(context, values[0])]));
}

/* digestAdd(object, bytes) */
NATIVE(native_digestAdd)
{
    (void)function, (void)self, (void)count, (void)exception;
    struct bytes bytes;
    if (value_bytes(context, values[1], &bytes) && bytes.size)
        g_checksum_update(JSObjectGetPrivate(JSValueToObject(context, values[0], NULL)), bytes.data,
                          (gssize)bytes.size);
    return JSValueMakeUndefined(context);
}

/* digestEnd(object): an ArrayBuffer. */
NATIVE(native_digestEnd)
{
    (void)function, (void)self, (void)count, (void)exception;
    uint8_t digest[64];
    gsize size = sizeof digest;
    g_checksum_get_digest(JSObjectGetPrivate(JSValueToObject(context, values[0], NULL)), digest,
                          &size);
    return value_of_bytes(context, (struct bytes){digest, size});
}

/* sameBytes(one, other): whether two of the same length are equal, always in the same time. */
NATIVE(native_sameBytes)
{
    (void)function, (void)self, (void)count, (void)exception;
    struct bytes one, other;
    bool same = value_bytes(context, values[0], &one) && value_bytes(context, values[1], &other) &&
                one.size == other.size &&
                (one.size == 0 || sodium_memcmp(one.data, other.data, one.size) == 0);
    return JSValueMakeBoolean(context, same);
}
