#include "proto/handshake.h"

#include "common/check.h"
#include "proto/frame.h"

#include <sodium.h>
#include <string.h>

enum {
    AT_VERSION = 1,
    AT_CLUSTER = 2,
    AT_FROM = AT_CLUSTER + CLUSTER_ID_BYTES,
    AT_TO = AT_FROM + LINK_CODE_BYTES,
    AT_BOOT = AT_TO + LINK_CODE_BYTES,
    AT_NONCE = AT_BOOT + 8,
    AT_ANSWER = AT_NONCE + NONCE_BYTES,
    AT_ACCEPTED = AT_ANSWER + NONCE_BYTES,
    AT_MAC = AT_ACCEPTED + 1,
};

_Static_assert(AT_MAC + crypto_auth_hmacsha256_BYTES == HELLO_BYTES, "the layout of a HELLO");
_Static_assert(KEY_BYTES == crypto_auth_hmacsha256_KEYBYTES, "keys are HMAC keys");

static const char mac_domain[] = "terrella link hello";

static void put_code(void *at, const char *code)
{
    CHECK(code[0] != 0 && strlen(code) < LINK_CODE_BYTES);
    /* Not a mistake of strncpy's: here the rest is to be zeroes. */
    strncpy(at, code, LINK_CODE_BYTES);
}

/* Exactly one spelling of each code: zeroes after the first zero. */
static bool get_code(const uint8_t *at, char *ret_code)
{
    size_t size = strnlen((const char *)at, LINK_CODE_BYTES);
    if (size == 0 || size == LINK_CODE_BYTES)
        return false;
    for (size_t i = size; i < LINK_CODE_BYTES; i++) {
        if (at[i] != 0)
            return false;
    }
    memcpy(ret_code, at, LINK_CODE_BYTES);
    return true;
}

static void put_u64(uint8_t *at, uint64_t value)
{
    for (int i = 7; i >= 0; i--, value >>= 8)
        at[i] = (uint8_t)value;
}

static uint64_t get_u64(const uint8_t *at)
{
    uint64_t value = 0;
    for (int i = 0; i < 8; i++)
        value = value << 8 | at[i];
    return value;
}

void hello_scope_init(struct hello_scope *scope, const uint8_t *cluster_id,
                      const uint8_t *cluster_key, const char *code, uint64_t boot)
{
    CHECK(boot > 0);
    *scope = (struct hello_scope){.boot = boot};
    memcpy(scope->cluster_id, cluster_id, CLUSTER_ID_BYTES);
    put_code(scope->code, code);
    crypto_auth_hmacsha256(scope->mac_key, (const uint8_t *)mac_domain, sizeof mac_domain - 1,
                           cluster_key);
}

void hello_encode(const struct hello_scope *scope, const struct hello *hello,
                  uint8_t ret_frame[HELLO_BYTES])
{
    ret_frame[0] = FRAME_HELLO;
    ret_frame[AT_VERSION] = HELLO_VERSION;
    memcpy(ret_frame + AT_CLUSTER, scope->cluster_id, CLUSTER_ID_BYTES);
    put_code(ret_frame + AT_FROM, scope->code);
    put_code(ret_frame + AT_TO, hello->code);
    put_u64(ret_frame + AT_BOOT, scope->boot);
    memcpy(ret_frame + AT_NONCE, hello->nonce, NONCE_BYTES);
    memcpy(ret_frame + AT_ANSWER, hello->answer, NONCE_BYTES);
    ret_frame[AT_ACCEPTED] = hello->accepted;
    crypto_auth_hmacsha256(ret_frame + AT_MAC, ret_frame, AT_MAC, scope->mac_key);
}

const char *hello_verdict_text(enum hello_verdict verdict)
{
    switch (verdict) {
    case HELLO_GOOD: return "a good HELLO";
    case HELLO_MALFORMED: return "a malformed HELLO";
    case HELLO_FOREIGN: return "a HELLO of another cluster";
    case HELLO_FORGED: return "a HELLO under another key";
    case HELLO_MISDIRECTED: return "a HELLO for another process";
    }
    return "a HELLO of no kind";
}

enum hello_verdict hello_decode(const struct hello_scope *scope, struct bytes frame,
                                struct hello *ret_hello)
{
    const uint8_t *at = frame.data;
    if (frame.size != HELLO_BYTES || at[0] != FRAME_HELLO || at[AT_VERSION] != HELLO_VERSION)
        return HELLO_MALFORMED;
    if (memcmp(at + AT_CLUSTER, scope->cluster_id, CLUSTER_ID_BYTES) != 0)
        return HELLO_FOREIGN;
    if (crypto_auth_hmacsha256_verify(at + AT_MAC, at, AT_MAC, scope->mac_key) != 0)
        return HELLO_FORGED;
    struct hello hello = {.boot = get_u64(at + AT_BOOT), .accepted = at[AT_ACCEPTED] == 1};
    char to[LINK_CODE_BYTES];
    memcpy(hello.nonce, at + AT_NONCE, NONCE_BYTES);
    memcpy(hello.answer, at + AT_ANSWER, NONCE_BYTES);
    if (!get_code(at + AT_FROM, hello.code) || !get_code(at + AT_TO, to) || hello.boot == 0 ||
        sodium_is_zero(hello.nonce, NONCE_BYTES) || at[AT_ACCEPTED] > 1)
        return HELLO_MALFORMED;
    if (strcmp(to, scope->code) != 0)
        return HELLO_MISDIRECTED;
    *ret_hello = hello;
    return HELLO_GOOD;
}

bool hello_answers(const struct hello *hello)
{
    return !sodium_is_zero(hello->answer, NONCE_BYTES);
}

void handshake_begin(struct handshake *handshake, const uint8_t nonce[NONCE_BYTES])
{
    CHECK(!sodium_is_zero(nonce, NONCE_BYTES));
    CHECK(!handshake->proven);
    handshake->begun = true;
    memcpy(handshake->nonce, nonce, NONCE_BYTES);
}

void handshake_unhear(struct handshake *handshake)
{
    CHECK(!handshake->proven);
    handshake->heard = false;
}

struct hello handshake_say(const struct handshake *handshake, const char *code)
{
    CHECK(handshake->begun);
    struct hello hello = {.accepted = handshake->proven};
    memcpy(hello.code, code, strnlen(code, LINK_CODE_BYTES - 1));
    memcpy(hello.nonce, handshake->nonce, NONCE_BYTES);
    if (handshake->heard)
        memcpy(hello.answer, handshake->peer_nonce, NONCE_BYTES);
    return hello;
}

enum handshake_step handshake_hear(struct handshake *handshake, const struct hello *hello)
{
    bool answers_us = handshake->begun && memcmp(hello->answer, handshake->nonce, NONCE_BYTES) == 0;
    if (handshake->proven && (!answers_us || hello->boot != handshake->peer_boot ||
                              memcmp(hello->nonce, handshake->peer_nonce, NONCE_BYTES) != 0))
        return HANDSHAKE_REFUSED;
    handshake->heard = true;
    handshake->peer_boot = hello->boot;
    memcpy(handshake->peer_nonce, hello->nonce, NONCE_BYTES);
    if (!answers_us)
        return HANDSHAKE_NOTED;
    handshake->proven = true;
    handshake->accepted = handshake->accepted || hello->accepted;
    return handshake->accepted ? HANDSHAKE_UP : HANDSHAKE_PROVEN;
}
