#include "proto/handshake.h"

#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t cluster_id[CLUSTER_ID_BYTES] = "cluster one...";
static const uint8_t other_id[CLUSTER_ID_BYTES] = "cluster two...";
static const uint8_t cluster_key[KEY_BYTES] = "a key of thirty-two bytes......";
static const uint8_t other_key[KEY_BYTES] = "another key of so many bytes...";

static const uint8_t nonce_a[NONCE_BYTES] = "nonce of a";
static const uint8_t nonce_b[NONCE_BYTES] = "nonce of b";
static const uint8_t nonce_old[NONCE_BYTES] = "nonce of yore";

static struct hello_scope scope_of(const char *code, uint64_t boot)
{
    struct hello_scope scope;
    hello_scope_init(&scope, cluster_id, cluster_key, code, boot);
    return scope;
}

static struct hello some_hello(const char *to)
{
    struct hello hello = {.accepted = true};
    strcpy(hello.code, to);
    memcpy(hello.nonce, nonce_a, NONCE_BYTES);
    memcpy(hello.answer, nonce_b, NONCE_BYTES);
    return hello;
}

static struct bytes frame_of(const uint8_t *frame)
{
    return (struct bytes){frame, HELLO_BYTES};
}

static void a_hello_arrives_as_it_was_said(void **state)
{
    (void)state;
    struct hello_scope syd = scope_of("SYD", 0x0102030405060708), lhr = scope_of("LHR", 9);
    struct hello hello = some_hello("LHR"), heard;
    uint8_t frame[HELLO_BYTES];
    hello_encode(&syd, &hello, frame);
    assert_int_equal(hello_decode(&lhr, frame_of(frame), &heard), HELLO_GOOD);
    assert_string_equal(heard.code, "SYD");
    assert_int_equal(heard.boot, 0x0102030405060708);
    assert_memory_equal(heard.nonce, nonce_a, NONCE_BYTES);
    assert_memory_equal(heard.answer, nonce_b, NONCE_BYTES);
    assert_true(heard.accepted);
    assert_true(hello_answers(&heard));
}

static void each_single_changed_bit_is_refused(void **state)
{
    (void)state;
    struct hello_scope syd = scope_of("SYD", 1), lhr = scope_of("LHR", 1);
    struct hello hello = some_hello("LHR"), heard;
    uint8_t frame[HELLO_BYTES];
    hello_encode(&syd, &hello, frame);
    for (size_t bit = 0; bit < 8 * HELLO_BYTES; bit++) {
        frame[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_not_equal(hello_decode(&lhr, frame_of(frame), &heard), HELLO_GOOD);
        frame[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_int_equal(hello_decode(&lhr, frame_of(frame), &heard), HELLO_GOOD);
}

static void other_sizes_are_refused(void **state)
{
    (void)state;
    struct hello_scope syd = scope_of("SYD", 1), lhr = scope_of("LHR", 1);
    struct hello hello = some_hello("LHR"), heard;
    uint8_t frame[HELLO_BYTES + 1] = {0};
    hello_encode(&syd, &hello, frame);
    for (size_t size = 0; size <= sizeof frame; size++) {
        enum hello_verdict expected = size == HELLO_BYTES ? HELLO_GOOD : HELLO_MALFORMED;
        assert_int_equal(hello_decode(&lhr, (struct bytes){frame, size}, &heard), expected);
    }
}

static void each_refusal_has_its_name(void **state)
{
    (void)state;
    struct hello_scope syd = scope_of("SYD", 1), lhr = scope_of("LHR", 1), stranger;
    struct hello hello = some_hello("LHR"), heard;
    uint8_t frame[HELLO_BYTES];

    hello_scope_init(&stranger, other_id, cluster_key, "SYD", 1);
    hello_encode(&stranger, &hello, frame);
    assert_int_equal(hello_decode(&lhr, frame_of(frame), &heard), HELLO_FOREIGN);

    hello_scope_init(&stranger, cluster_id, other_key, "SYD", 1);
    hello_encode(&stranger, &hello, frame);
    assert_int_equal(hello_decode(&lhr, frame_of(frame), &heard), HELLO_FORGED);

    hello = some_hello("FRA");
    hello_encode(&syd, &hello, frame);
    assert_int_equal(hello_decode(&lhr, frame_of(frame), &heard), HELLO_MISDIRECTED);
}

/* Codes have one spelling only, and a nonce of zeroes is none: even somebody with the key cannot
 * say them. */
static void under_the_right_key_nonsense_is_still_refused(void **state)
{
    (void)state;
    struct hello_scope syd = scope_of("SYD", 1), lhr = scope_of("LHR", 1);
    struct hello hello = some_hello("LHR"), heard;
    enum { AT_FROM = 2 + CLUSTER_ID_BYTES, AT_BOOT = AT_FROM + 2 * LINK_CODE_BYTES };
    const struct {
        size_t at, size;
        uint8_t value;
    } nonsense[] = {
        {AT_FROM, LINK_CODE_BYTES, 'A'},         /* no end */
        {AT_FROM, 1, 0},                         /* empty, and not only zeroes */
        {AT_FROM + LINK_CODE_BYTES - 1, 1, 'A'}, /* something behind the end */
        {AT_BOOT, 8, 0},                         /* no boot */
        {AT_BOOT + 8, NONCE_BYTES, 0},           /* no nonce */
        {HELLO_BYTES - 32 - 1, 1, 2},            /* neither yes nor no */
    };
    for (size_t i = 0; i < sizeof nonsense / sizeof *nonsense; i++) {
        uint8_t frame[HELLO_BYTES];
        hello_encode(&syd, &hello, frame);
        memset(frame + nonsense[i].at, nonsense[i].value, nonsense[i].size);
        crypto_auth_hmacsha256(frame + HELLO_BYTES - 32, frame, HELLO_BYTES - 32, syd.mac_key);
        assert_int_equal(hello_decode(&lhr, frame_of(frame), &heard), HELLO_MALFORMED);
    }
}

/* What one side says, as the other side hears it. */
static enum handshake_step tell(const struct handshake *from, uint64_t boot, struct handshake *to)
{
    struct hello hello = handshake_say(from, "ANY");
    hello.boot = boot;
    return handshake_hear(to, &hello);
}

static void both_sides_come_up(void **state)
{
    (void)state;
    struct handshake a = {0}, b = {0};
    handshake_begin(&a, nonce_a);
    assert_int_equal(tell(&a, 1, &b), HANDSHAKE_NOTED); /* b has not dialled yet */
    handshake_begin(&b, nonce_b);
    assert_int_equal(tell(&b, 2, &a), HANDSHAKE_PROVEN);
    assert_int_equal(tell(&a, 1, &b), HANDSHAKE_UP);
    assert_int_equal(tell(&b, 2, &a), HANDSHAKE_UP);
    assert_int_equal(a.peer_boot, 2);
    assert_int_equal(b.peer_boot, 1);
    assert_int_equal(tell(&b, 2, &a), HANDSHAKE_UP); /* to say it again is no harm */
}

static void a_record_of_another_session_proves_nothing(void **state)
{
    (void)state;
    struct handshake a = {0}, b = {0};
    handshake_begin(&a, nonce_old);
    handshake_begin(&b, nonce_b);
    tell(&a, 1, &b);
    struct hello record = handshake_say(&b, "A"); /* answers nonce_old */
    record.boot = 2;
    a = (struct handshake){0};
    handshake_begin(&a, nonce_a);
    assert_true(hello_answers(&record));
    assert_int_equal(handshake_hear(&a, &record), HANDSHAKE_NOTED);
    assert_false(a.proven);
    /* And the true peer still gets through. */
    assert_int_equal(tell(&a, 1, &b), HANDSHAKE_PROVEN);
    assert_int_equal(tell(&b, 2, &a), HANDSHAKE_UP);
}

static void a_proven_pipe_keeps_its_session(void **state)
{
    (void)state;
    struct handshake a = {0}, b = {0};
    handshake_begin(&a, nonce_a);
    handshake_begin(&b, nonce_b);
    tell(&a, 1, &b);
    assert_int_equal(tell(&b, 2, &a), HANDSHAKE_PROVEN);
    assert_int_equal(tell(&b, 3, &a), HANDSHAKE_REFUSED); /* another boot */
    memcpy(b.nonce, nonce_old, NONCE_BYTES);
    assert_int_equal(tell(&b, 2, &a), HANDSHAKE_REFUSED); /* another nonce */
    memcpy(b.nonce, nonce_b, NONCE_BYTES);
    memcpy(b.peer_nonce, nonce_old, NONCE_BYTES);
    assert_int_equal(tell(&b, 2, &a), HANDSHAKE_REFUSED); /* no answer any more */
}

static void nothing_answers_before_a_pipe_is_dialled(void **state)
{
    (void)state;
    struct handshake a = {0};
    struct hello hello = some_hello("A");
    memset(hello.answer, 0, NONCE_BYTES);
    assert_int_equal(handshake_hear(&a, &hello), HANDSHAKE_NOTED);
    handshake_unhear(&a);
    handshake_begin(&a, nonce_a);
    struct hello said = handshake_say(&a, "B");
    assert_false(hello_answers(&said));
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hello_arrives_as_it_was_said),
        cmocka_unit_test(each_single_changed_bit_is_refused),
        cmocka_unit_test(other_sizes_are_refused),
        cmocka_unit_test(each_refusal_has_its_name),
        cmocka_unit_test(under_the_right_key_nonsense_is_still_refused),
        cmocka_unit_test(both_sides_come_up),
        cmocka_unit_test(a_record_of_another_session_proves_nothing),
        cmocka_unit_test(a_proven_pipe_keeps_its_session),
        cmocka_unit_test(nothing_answers_before_a_pipe_is_dialled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
