#include "node/js/subtle.h"

#include "node/js/engine.h"

#include <string.h>

/* What crypto.subtle asks of OpenSSL for secret keys, which are bytes; keys.c has the others. What
 * OpenSSL refuses is null; prelude/lazy/subtle.js knows what that means. */

enum { DIGEST_SIZE_MAX = 64, TAG_SIZE_MAX = 16 };

JSValueRef no_library(JSContextRef context, JSValueRef *exception)
{
    return value_throw(context, "Error", "libcrypto.so.3 (OpenSSL) is not installed.", exception);
}

void name_of(JSContextRef context, JSValueRef value, char ret_name[NAME_SIZE])
{
    ret_name[0] = 0;
    if (!JSValueIsString(context, value))
        return;
    struct buf text = {0};
    if (value_to_text(context, value, LONE_REPLACED, &text, NULL) == OK) {
        size_t size = text.size < NAME_SIZE ? text.size : NAME_SIZE - 1;
        memcpy(ret_name, text.data ? (const char *)text.data : "", size);
        ret_name[size] = 0;
    }
    buf_finish(&text);
}

struct bytes bytes_or_none(JSContextRef context, JSValueRef value)
{
    static const uint8_t none[1];
    struct bytes bytes;
    return value_bytes(context, value, &bytes) && bytes.size ? bytes : (struct bytes){none, 0};
}

const EVP_MD *digest_of(JSContextRef context, JSValueRef value)
{
    char name[NAME_SIZE];
    name_of(context, value, name);
    return name[0] ? openssl()->EVP_get_digestbyname(name) : NULL;
}

JSValueRef bytes_or_null(JSContextRef context, bool good, const struct buf *buf)
{
    if (!good)
        openssl()->ERR_clear_error();
    return good ? value_of_bytes(context, buf_bytes(buf)) : JSValueMakeNull(context);
}

/* hmac(digest, key, data) */
NATIVE(native_hmac)
{
    (void)function, (void)self, (void)count;
    const struct openssl *ssl = openssl();
    if (!ssl)
        return no_library(context, exception);
    struct bytes key = bytes_or_none(context, values[1]), data = bytes_or_none(context, values[2]);
    uint8_t mac[DIGEST_SIZE_MAX];
    unsigned size = 0;
    if (!ssl->HMAC(digest_of(context, values[0]), key.data, (int)key.size, data.data, data.size,
                   mac, &size))
        return JSValueMakeNull(context);
    return value_of_bytes(context, (struct bytes){mac, size});
}

/* pbkdf2(digest, password, salt, iterations, byte count) */
NATIVE(native_pbkdf2)
{
    (void)function, (void)self, (void)count;
    const struct openssl *ssl = openssl();
    if (!ssl)
        return no_library(context, exception);
    struct bytes password = bytes_or_none(context, values[1]);
    struct bytes salt = bytes_or_none(context, values[2]);
    size_t size = value_number(context, values[4]);
    struct buf key = {0};
    uint8_t *place = buf_reserve(&key, size + 1);
    bool good =
        place && ssl->PKCS5_PBKDF2_HMAC(password.data, (int)password.size, salt.data,
                                        (int)salt.size, (int)value_number(context, values[3]),
                                        digest_of(context, values[0]), (int)size, place);
    key.size = size;
    JSValueRef value = bytes_or_null(context, good, &key);
    buf_finish(&key);
    return value;
}

/* hkdf(digest, secret, salt, info, byte count) */
NATIVE(native_hkdf)
{
    (void)function, (void)self, (void)count;
    const struct openssl *ssl = openssl();
    if (!ssl)
        return no_library(context, exception);
    char digest[NAME_SIZE];
    name_of(context, values[0], digest);
    struct bytes secret = bytes_or_none(context, values[1]),
                 salt = bytes_or_none(context, values[2]);
    struct bytes info = bytes_or_none(context, values[3]);
    OSSL_PARAM params[] = {ssl->OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
                           ssl->OSSL_PARAM_construct_octet_string(
                               OSSL_KDF_PARAM_KEY, (void *)(uintptr_t)secret.data, secret.size),
                           ssl->OSSL_PARAM_construct_octet_string(
                               OSSL_KDF_PARAM_SALT, (void *)(uintptr_t)salt.data, salt.size),
                           ssl->OSSL_PARAM_construct_octet_string(
                               OSSL_KDF_PARAM_INFO, (void *)(uintptr_t)info.data, info.size),
                           ssl->OSSL_PARAM_construct_end()};
    size_t size = value_number(context, values[4]);
    struct buf key = {0};
    uint8_t *place = buf_reserve(&key, size + 1);
    EVP_KDF *kdf = ssl->EVP_KDF_fetch(NULL, "HKDF", NULL);
    EVP_KDF_CTX *derivation = ssl->EVP_KDF_CTX_new(kdf);
    bool good = place && derivation && ssl->EVP_KDF_derive(derivation, place, size, params) > 0;
    key.size = size;
    JSValueRef value = bytes_or_null(context, good, &key);
    ssl->EVP_KDF_CTX_free(derivation);
    ssl->EVP_KDF_free(kdf);
    buf_finish(&key);
    return value;
}

/* The tag of GCM comes last in what is encrypted. */
static bool run_cipher(const struct openssl *ssl, EVP_CIPHER_CTX *cipher, struct bytes more,
                       struct bytes data, int tag_size, bool encrypt, struct buf *out)
{
    int size = 0, last = 0;
    if (!encrypt && tag_size) {
        if (data.size < (size_t)tag_size)
            return false;
        data.size -= (size_t)tag_size;
        void *tag = (uint8_t *)(uintptr_t)data.data + data.size;
        if (!ssl->EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, tag_size, tag))
            return false;
    }
    uint8_t *place = buf_reserve(out, data.size + EVP_MAX_BLOCK_LENGTH + TAG_SIZE_MAX);
    if (!place ||
        (more.size && !ssl->EVP_CipherUpdate(cipher, NULL, &size, more.data, (int)more.size)) ||
        !ssl->EVP_CipherUpdate(cipher, place, &size, data.data, (int)data.size) ||
        ssl->EVP_CipherFinal_ex(cipher, place + size, &last) <= 0)
        return false;
    out->size = (size_t)size + (size_t)last;
    if (encrypt && tag_size) {
        if (!ssl->EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, tag_size, place + out->size))
            return false;
        out->size += (size_t)tag_size;
    }
    return true;
}

/* cipher(name, encrypt, key, iv, data, additional data, bytes of the tag): null when it is not
 * authentic, or its padding is wrong. */
NATIVE(native_cipher)
{
    (void)function, (void)self, (void)count;
    const struct openssl *ssl = openssl();
    if (!ssl)
        return no_library(context, exception);
    char name[NAME_SIZE];
    name_of(context, values[0], name);
    int encrypt = JSValueToBoolean(context, values[1]);
    struct bytes key = bytes_or_none(context, values[2]), iv = bytes_or_none(context, values[3]);
    int tag_size = (int)value_number(context, values[6]);
    const EVP_CIPHER *kind = ssl->EVP_get_cipherbyname(name);
    EVP_CIPHER_CTX *cipher = ssl->EVP_CIPHER_CTX_new();
    struct buf out = {0};
    bool good = kind && cipher && tag_size <= TAG_SIZE_MAX &&
                ssl->EVP_CipherInit_ex(cipher, kind, NULL, NULL, NULL, encrypt) &&
                (!tag_size ||
                 ssl->EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_IVLEN, (int)iv.size, NULL)) &&
                ssl->EVP_CipherInit_ex(cipher, NULL, NULL, key.data, iv.data, encrypt) &&
                run_cipher(ssl, cipher, bytes_or_none(context, values[5]),
                           bytes_or_none(context, values[4]), tag_size, encrypt, &out);
    JSValueRef value = bytes_or_null(context, good, &out);
    ssl->EVP_CIPHER_CTX_free(cipher);
    buf_finish(&out);
    return value;
}
