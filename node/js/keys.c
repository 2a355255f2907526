#include "node/js/engine.h"

#include "node/js/subtle.h"

/* What crypto.subtle asks of OpenSSL for pairs of keys. A key comes as PKCS#8 (private) or
 * SubjectPublicKeyInfo; what OpenSSL refuses is null. */

enum { EC_SIZE_MAX = 66, KEY_SIZE_MAX = 8192 };

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

/* A part of a key. Its name is OpenSSL's after what it is: "s" text, "o" bytes, "b" a number. The
 * library reads it when all parts are there. */
struct part {
    char name[NAME_SIZE], text[NAME_SIZE];
    BIGNUM *number;
};

static bool push_part(const struct openssl *ssl, OSSL_PARAM_BLD *parts, struct part *part,
                      JSContextRef context, JSValueRef value)
{
    if (part->name[0] == 's') {
        name_of(context, value, part->text);
        return ssl->OSSL_PARAM_BLD_push_utf8_string(parts, part->name + 1, part->text, 0);
    }
    struct bytes bytes = bytes_or_none(context, value);
    if (part->name[0] == 'o')
        return ssl->OSSL_PARAM_BLD_push_octet_string(parts, part->name + 1, bytes.data, bytes.size);
    part->number = ssl->BN_bin2bn(bytes.data, (int)bytes.size, NULL);
    return ssl->OSSL_PARAM_BLD_push_BN(parts, part->name + 1, part->number);
}

/* keyOf(type, private, name, value, name, value ...): DER of a key with these parts. */
NATIVE(native_keyOf)
{
    (void)function, (void)self;
    enum { PART_COUNT_MAX = 10 };
    const struct openssl *ssl = openssl();
    if (!ssl)
        return no_library(context, exception);
    char type[NAME_SIZE];
    struct part list[PART_COUNT_MAX] = {0};
    name_of(context, values[0], type);
    bool is_private = JSValueToBoolean(context, values[1]);
    OSSL_PARAM_BLD *parts = ssl->OSSL_PARAM_BLD_new();
    bool good = parts != NULL;
    for (size_t i = 0; good && 2 * i + 3 < count && i < PART_COUNT_MAX; i++) {
        name_of(context, values[2 * i + 2], list[i].name);
        good = push_part(ssl, parts, &list[i], context, values[2 * i + 3]);
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
        ssl->BN_free(list[i].number);
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
