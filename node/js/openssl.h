#ifndef TERRELLA_NODE_JS_OPENSSL_H
#define TERRELLA_NODE_JS_OPENSSL_H

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

/* What is used of OpenSSL's libcrypto. It is loaded when a script first needs it: most never do,
 * and a node at rest would be 1.4 MB larger. */
/* clang-format off */
#define OPENSSL_LIST(X)                                                                        \
    X(BN_bin2bn) X(BN_bn2bin) X(BN_bn2binpad) X(BN_free) X(BN_num_bits)                        \
    X(ECDSA_SIG_free) X(ECDSA_SIG_get0) X(ECDSA_SIG_new) X(ECDSA_SIG_set0)                     \
    X(d2i_ECDSA_SIG) X(i2d_ECDSA_SIG)                                                          \
    X(d2i_AutoPrivateKey) X(d2i_PUBKEY) X(i2d_PUBKEY)                                          \
    X(EVP_PKEY2PKCS8) X(i2d_PKCS8_PRIV_KEY_INFO) X(PKCS8_PRIV_KEY_INFO_free)                   \
    X(ERR_clear_error) X(CRYPTO_free)                                                          \
    X(EVP_CIPHER_CTX_ctrl) X(EVP_CIPHER_CTX_free) X(EVP_CIPHER_CTX_new) X(EVP_CipherFinal_ex)  \
    X(EVP_CipherInit_ex) X(EVP_CipherUpdate) X(EVP_get_cipherbyname) X(EVP_get_digestbyname)   \
    X(EVP_DigestSign) X(EVP_DigestSignInit) X(EVP_DigestVerify) X(EVP_DigestVerifyInit)        \
    X(EVP_MD_CTX_free) X(EVP_MD_CTX_new)                                                       \
    X(EVP_KDF_CTX_free) X(EVP_KDF_CTX_new) X(EVP_KDF_derive) X(EVP_KDF_fetch) X(EVP_KDF_free)  \
    X(EVP_PKEY_CTX_free) X(EVP_PKEY_CTX_new) X(EVP_PKEY_CTX_new_from_name)                     \
    X(EVP_PKEY_CTX_set_rsa_padding) X(EVP_PKEY_CTX_set_rsa_pss_saltlen)                        \
    X(EVP_PKEY_Q_keygen) X(EVP_PKEY_free) X(EVP_PKEY_fromdata) X(EVP_PKEY_fromdata_init)       \
    X(EVP_PKEY_derive) X(EVP_PKEY_derive_init) X(EVP_PKEY_derive_set_peer)                     \
    X(EVP_PKEY_get_bn_param) X(EVP_PKEY_get_octet_string_param)                                \
    X(EVP_PKEY_get_utf8_string_param)                                                          \
    X(HMAC) X(PKCS5_PBKDF2_HMAC)                                                               \
    X(OSSL_PARAM_BLD_free) X(OSSL_PARAM_BLD_new) X(OSSL_PARAM_BLD_push_BN)                     \
    X(OSSL_PARAM_BLD_push_octet_string) X(OSSL_PARAM_BLD_push_utf8_string)                     \
    X(OSSL_PARAM_BLD_to_param) X(OSSL_PARAM_construct_end)                                     \
    X(OSSL_PARAM_construct_octet_string) X(OSSL_PARAM_construct_utf8_string) X(OSSL_PARAM_free)
/* clang-format on */

struct openssl {
#define X(name) __typeof__(name) *name;
    OPENSSL_LIST(X)
#undef X
};

/* Its functions, for as long as the process lives; NULL where the library is not installed. */
const struct openssl *openssl(void);

#endif
