#include "node/js/engine.h"

#include "node/js/openssl.h"
#include "node/js/value.h"

#include <stdlib.h>
#include <string.h>

/* What crypto.subtle asks of OpenSSL. Keys come as bytes: secret ones as they are, the others as
 * PKCS#8 (private) or SubjectPublicKeyInfo. What OpenSSL refuses is null; prelude/lazy/subtle.js
 * knows what that means. */

enum {
    NAME_SIZE = 64,
    DIGEST_SIZE_MAX = 64,
    TAG_SIZE_MAX = 16,
    EC_SIZE_MAX = 66,
    KEY_SIZE_MAX = 8192
};

static JSValueRef no_library(JSContextRef context, JSValueRef *exception)
{
    return value_throw(context, "Error", "libcrypto.so.3 (OpenSSL) is not installed.", exception);
}

/* A short name, cut when it is longer than any that is known. */
static void name_of(JSContextRef context, JSValueRef value, char ret_name[NAME_SIZE])
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

static struct bytes bytes_or_none(JSContextRef context, JSValueRef value)
{
    static const uint8_t none[1];
    struct bytes bytes;
    return value_bytes(context, value, &bytes) && bytes.size ? bytes : (struct bytes){none, 0};
}

static const EVP_MD *digest_of(JSContextRef context, JSValueRef value)
{
    char name[NAME_SIZE];
    name_of(context, value, name);
    return name[0] ? openssl()->EVP_get_digestbyname(name) : NULL;
}

static JSValueRef bytes_or_null(JSContextRef context, bool good, const struct buf *buf)
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

static EVP_PKEY *key_of(const struct openssl *ssl, struct bytes der, bool is_private)
{
    const uint8_t *place = der.data;
    return is_private ? ssl->d2i_AutoPrivateKey(NULL, &place, (long)der.size)
                      : ssl->d2i_PUBKEY(NULL, &place, (long)der.size);
}

/* DER of a key, as keys come. Takes the key. */
static JSValueRef der_of(JSContextRef context, EVP_PKEY *key, bool is_private)
{
    const struct openssl *ssl = openssl();
    uint8_t *der = NULL;
    int size = -1;
    if (key && is_private) {
        PKCS8_PRIV_KEY_INFO *info = ssl->EVP_PKEY2PKCS8(key);
        size = info ? ssl->i2d_PKCS8_PRIV_KEY_INFO(info, &der) : -1;
        ssl->PKCS8_PRIV_KEY_INFO_free(info);
    } else if (key) {
        size = ssl->i2d_PUBKEY(key, &der);
    }
    JSValueRef value = JSValueMakeNull(context);
    if (size > 0)
        value = value_of_bytes(context, (struct bytes){der, (size_t)size});
    else
        ssl->ERR_clear_error();
    ssl->CRYPTO_free(der, __FILE__, __LINE__);
    ssl->EVP_PKEY_free(key);
    return value;
}

/* keyGenerate(type, group or bits): PKCS#8. */
NATIVE(native_keyGenerate)
{
    (void)function, (void)self, (void)count;
    const struct openssl *ssl = openssl();
    if (!ssl)
        return no_library(context, exception);
    char type[NAME_SIZE], group[NAME_SIZE];
    name_of(context, values[0], type);
    name_of(context, values[1], group);
    EVP_PKEY *key;
    if (group[0])
        key = ssl->EVP_PKEY_Q_keygen(NULL, NULL, type, group);
    else if (JSValueIsNumber(context, values[1]))
        key = ssl->EVP_PKEY_Q_keygen(NULL, NULL, type, (size_t)value_number(context, values[1]));
    else
        key = ssl->EVP_PKEY_Q_keygen(NULL, NULL, type);
    return der_of(context, key, true);
}

/* keyConvert(der, private in, private out): the same key, checked, or its public half. */
NATIVE(native_keyConvert)
{
    (void)function, (void)self, (void)count;
    const struct openssl *ssl = openssl();
    if (!ssl)
        return no_library(context, exception);
    EVP_PKEY *key =
        key_of(ssl, bytes_or_none(context, values[0]), JSValueToBoolean(context, values[1]));
    return der_of(context, key, JSValueToBoolean(context, values[2]));
}

/* Parts of keys have OpenSSL's names after what they are: "s" text, "o" bytes, "b" a number. */
static bool push_part(const struct openssl *ssl, OSSL_PARAM_BLD *parts, const char *name,
                      JSContextRef context, JSValueRef value, BIGNUM **ret_number)
{
    if (name[0] == 's') {
        char text[NAME_SIZE];
        name_of(context, value, text);
        return ssl->OSSL_PARAM_BLD_push_utf8_string(parts, name + 1, text, 0);
    }
    struct bytes bytes = bytes_or_none(context, value);
    if (name[0] == 'o')
        return ssl->OSSL_PARAM_BLD_push_octet_string(parts, name + 1, bytes.data, bytes.size);
    *ret_number = ssl->BN_bin2bn(bytes.data, (int)bytes.size, NULL);
    return ssl->OSSL_PARAM_BLD_push_BN(parts, name + 1, *ret_number);
}

/* keyOf(type, private, name, value, name, value ...): DER of a key with these parts. */
NATIVE(native_keyOf)
{
    (void)function, (void)self;
    enum { PART_COUNT_MAX = 10 };
    const struct openssl *ssl = openssl();
    if (!ssl)
        return no_library(context, exception);
    char type[NAME_SIZE], names[PART_COUNT_MAX][NAME_SIZE];
    BIGNUM *numbers[PART_COUNT_MAX] = {0};
    name_of(context, values[0], type);
    bool is_private = JSValueToBoolean(context, values[1]);
    OSSL_PARAM_BLD *parts = ssl->OSSL_PARAM_BLD_new();
    bool good = parts != NULL;
    for (size_t i = 0; good && 2 * i + 3 < count && i < PART_COUNT_MAX; i++) {
        name_of(context, values[2 * i + 2], names[i]);
        good = push_part(ssl, parts, names[i], context, values[2 * i + 3], &numbers[i]);
    }
    OSSL_PARAM *params = good ? ssl->OSSL_PARAM_BLD_to_param(parts) : NULL;
    EVP_PKEY_CTX *maker = ssl->EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    EVP_PKEY *key = NULL;
    if (params && maker && ssl->EVP_PKEY_fromdata_init(maker) > 0)
        (void)ssl->EVP_PKEY_fromdata(maker, &key,
                                     is_private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, params);
    ssl->EVP_PKEY_CTX_free(maker);
    ssl->OSSL_PARAM_free(params);
    ssl->OSSL_PARAM_BLD_free(parts);
    for (size_t i = 0; i < PART_COUNT_MAX; i++)
        ssl->BN_free(numbers[i]);
    return der_of(context, key, is_private);
}

/* keyPart(der, private, name): text or bytes; null when the key has no such part. */
NATIVE(native_keyPart)
{
    (void)function, (void)self, (void)count;
    const struct openssl *ssl = openssl();
    if (!ssl)
        return no_library(context, exception);
    char name[NAME_SIZE], text[NAME_SIZE];
    name_of(context, values[2], name);
    EVP_PKEY *key =
        key_of(ssl, bytes_or_none(context, values[0]), JSValueToBoolean(context, values[1]));
    uint8_t part[KEY_SIZE_MAX / 8];
    size_t size = 0;
    JSValueRef value = JSValueMakeNull(context);
    BIGNUM *number = NULL;
    if (key && name[0] == 's' &&
        ssl->EVP_PKEY_get_utf8_string_param(key, name + 1, text, sizeof text, &size))
        value = value_of_ascii(context, text);
    else if (key && name[0] == 'o' &&
             ssl->EVP_PKEY_get_octet_string_param(key, name + 1, part, sizeof part, &size))
        value = value_of_bytes(context, (struct bytes){part, size});
    else if (key && name[0] == 'b' && ssl->EVP_PKEY_get_bn_param(key, name + 1, &number) &&
             ssl->BN_num_bits(number) <= KEY_SIZE_MAX)
        value = value_of_bytes(context, (struct bytes){part, (size_t)ssl->BN_bn2bin(number, part)});
    ssl->BN_free(number);
    ssl->EVP_PKEY_free(key);
    ssl->ERR_clear_error();
    return value;
}

/* A signature of two numbers, from DER into `size` bytes each. */
static bool flat_signature(const struct openssl *ssl, const struct buf *der, size_t size,
                           struct buf *out)
{
    const uint8_t *place = der->data;
    ECDSA_SIG *pair = ssl->d2i_ECDSA_SIG(NULL, &place, (long)der->size);
    uint8_t *both = buf_reserve(out, 2 * size);
    const BIGNUM *r = NULL, *s = NULL;
    if (pair)
        ssl->ECDSA_SIG_get0(pair, &r, &s);
    bool good = pair && both && ssl->BN_bn2binpad(r, both, (int)size) > 0 &&
                ssl->BN_bn2binpad(s, both + size, (int)size) > 0;
    out->size = 2 * size;
    ssl->ECDSA_SIG_free(pair);
    return good;
}

static bool der_signature(const struct openssl *ssl, struct bytes flat, struct buf *out)
{
    const uint8_t *data = flat.data;
    int half = (int)(flat.size / 2);
    ECDSA_SIG *pair = ssl->ECDSA_SIG_new();
    BIGNUM *r = ssl->BN_bin2bn(data, half, NULL), *s = ssl->BN_bin2bn(data + half, half, NULL);
    uint8_t *der = NULL;
    bool good = pair && r && s && ssl->ECDSA_SIG_set0(pair, r, s);
    int size = good ? ssl->i2d_ECDSA_SIG(pair, &der) : 0;
    good = good && size > 0 && buf_append(out, der, (size_t)size) == OK;
    ssl->CRYPTO_free(der, __FILE__, __LINE__);
    ssl->ECDSA_SIG_free(pair);
    return good;
}

/* `salt_size`: of RSA-PSS; less than 0 for other kinds. */
static bool set_padding(const struct openssl *ssl, EVP_PKEY_CTX *details, double salt_size)
{
    return salt_size < 0 ||
           (ssl->EVP_PKEY_CTX_set_rsa_padding(details, RSA_PKCS1_PSS_PADDING) > 0 &&
            ssl->EVP_PKEY_CTX_set_rsa_pss_saltlen(details, (int)salt_size) > 0);
}

static double number_or(JSContextRef context, JSValueRef value, double otherwise)
{
    return JSValueIsNumber(context, value) ? JSValueToNumber(context, value, NULL) : otherwise;
}

/* sign(der, digest or undefined, data, bytes of each number of ECDSA, bytes of PSS's salt) */
NATIVE(native_sign)
{
    (void)function, (void)self, (void)count;
    const struct openssl *ssl = openssl();
    if (!ssl)
        return no_library(context, exception);
    EVP_PKEY *key = key_of(ssl, bytes_or_none(context, values[0]), true);
    struct bytes data = bytes_or_none(context, values[2]);
    double half = number_or(context, values[3], 0);
    EVP_MD_CTX *signing = ssl->EVP_MD_CTX_new();
    EVP_PKEY_CTX *details = NULL;
    struct buf signature = {0}, flat = {0};
    size_t size = 0;
    bool good =
        key && signing &&
        ssl->EVP_DigestSignInit(signing, &details, digest_of(context, values[1]), NULL, key) > 0 &&
        set_padding(ssl, details, number_or(context, values[4], -1)) &&
        ssl->EVP_DigestSign(signing, NULL, &size, data.data, data.size) > 0 &&
        buf_reserve(&signature, size) &&
        ssl->EVP_DigestSign(signing, signature.data, &size, data.data, data.size) > 0;
    signature.size = size;
    if (good && half > 0)
        good = half <= EC_SIZE_MAX && flat_signature(ssl, &signature, (size_t)half, &flat);
    JSValueRef value = bytes_or_null(context, good, half > 0 ? &flat : &signature);
    ssl->EVP_MD_CTX_free(signing);
    ssl->EVP_PKEY_free(key);
    buf_finish(&signature);
    buf_finish(&flat);
    return value;
}

/* verify(der, digest or undefined, data, bytes of each number of ECDSA, salt, signature): boolean */
NATIVE(native_verify)
{
    (void)function, (void)self, (void)count;
    const struct openssl *ssl = openssl();
    if (!ssl)
        return no_library(context, exception);
    EVP_PKEY *key = key_of(ssl, bytes_or_none(context, values[0]), false);
    struct bytes data = bytes_or_none(context, values[2]),
                 signature = bytes_or_none(context, values[5]);
    double half = number_or(context, values[3], 0);
    EVP_MD_CTX *verifying = ssl->EVP_MD_CTX_new();
    EVP_PKEY_CTX *details = NULL;
    struct buf der = {0};
    bool good = key && verifying &&
                ssl->EVP_DigestVerifyInit(verifying, &details, digest_of(context, values[1]), NULL,
                                          key) > 0 &&
                set_padding(ssl, details, number_or(context, values[4], -1));
    if (good && half > 0) {
        good = signature.size == 2 * (size_t)half && der_signature(ssl, signature, &der);
        signature = buf_bytes(&der);
    }
    good = good && ssl->EVP_DigestVerify(verifying, signature.data, signature.size, data.data,
                                         data.size) > 0;
    if (!good)
        ssl->ERR_clear_error();
    ssl->EVP_MD_CTX_free(verifying);
    ssl->EVP_PKEY_free(key);
    buf_finish(&der);
    return JSValueMakeBoolean(context, good);
}

/* agree(private der, public der): the secret that both have. */
NATIVE(native_agree)
{
    (void)function, (void)self, (void)count;
    const struct openssl *ssl = openssl();
    if (!ssl)
        return no_library(context, exception);
    EVP_PKEY *mine = key_of(ssl, bytes_or_none(context, values[0]), true);
    EVP_PKEY *theirs = key_of(ssl, bytes_or_none(context, values[1]), false);
    EVP_PKEY_CTX *agreement = mine ? ssl->EVP_PKEY_CTX_new(mine, NULL) : NULL;
    struct buf secret = {0};
    size_t size = EC_SIZE_MAX;
    bool good = theirs && agreement && ssl->EVP_PKEY_derive_init(agreement) > 0 &&
                ssl->EVP_PKEY_derive_set_peer(agreement, theirs) > 0 &&
                buf_reserve(&secret, size) &&
                ssl->EVP_PKEY_derive(agreement, secret.data, &size) > 0;
    secret.size = size;
    JSValueRef value = bytes_or_null(context, good, &secret);
    ssl->EVP_PKEY_CTX_free(agreement);
    ssl->EVP_PKEY_free(mine);
    ssl->EVP_PKEY_free(theirs);
    buf_finish(&secret);
    return value;
}
