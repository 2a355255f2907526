/* Messages survive the way through bytes, and no bytes do harm. */
#include "proto/codec.h"
#include "proto/print.h"

#include "common/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct object_ref an_object = {
    .id = {{0x5f, 0x61, 0x7b}}, .kind = ID_UNIQUE, .jurisdiction = JURISDICTION_EU};

/* One message of every type, with every kind of field filled. */
static struct msg example(enum msg_type type)
{
    struct msg msg = {.type = type, .from_boot = 7, .to_boot = UINT64_MAX};
    switch (type) {
    case MSG_JOIN:
        msg.join = (struct msg_join){.code = "SYD",
                                     .incarnation = {1},
                                     .lives = {{1ull << 63, 5}},
                                     .number = 65535,
                                     .seen = {1ull << 40, 77}};
        break;
    case MSG_WELCOME:
        msg.welcome = (struct msg_welcome){.number = 2,
                                           .incarnation = {9},
                                           .log = {300, 1ull << 50},
                                           .births = BYTES_LITERAL("\0\1\3SYD")};
        break;
    case MSG_REFUSED:
        msg.refused = (struct msg_refused){.outdated = true, .why = BYTES_LITERAL("no")};
        break;
    case MSG_CLAIM: msg.claim = (struct msg_claim){.object = an_object, .hint = HINT_ME}; break;
    case MSG_PLACED:
        msg.placed = (struct msg_placed){.id = an_object.id, .home_number = 3, .log = {128, 129}};
        break;
    case MSG_LOCATE: msg.locate = (struct msg_locate){.call = 5, .id = an_object.id}; break;
    case MSG_LOCATED:
        msg.located = (struct msg_located){.call = 5, .id = an_object.id, .home_number = 0};
        break;
    case MSG_FETCH:
        msg.fetch = (struct msg_fetch){.call = 200,
                                       .home_number = 4,
                                       .object = an_object,
                                       .space = BYTES_LITERAL("counter-Counter"),
                                       .name = BYTES_LITERAL("a\0b"),
                                       .budget_us = 30000000,
                                       .request_id = UINT64_C(3) << 48 | 17,
                                       .head = BYTES_LITERAL("GET"),
                                       .body = BYTES_LITERAL("body"),
                                       .rest_bytes = 70000};
        break;
    case MSG_REPLY:
        msg.reply = (struct msg_reply){.call = 200,
                                       .kind = OUTCOME_RESPONSE,
                                       .head = BYTES_LITERAL("200"),
                                       .body = BYTES_LITERAL("ok"),
                                       .rest_bytes = BODY_REST_UNKNOWN};
        break;
    case MSG_BODY:
        msg.body = (struct msg_body){.call = 200,
                                     .direction = BODY_OF_REPLY,
                                     .step = BODY_LAST,
                                     .part = BYTES_LITERAL("part")};
        break;
    case MSG_CREDIT:
        msg.credit =
            (struct msg_credit){.call = 200, .direction = BODY_OF_REQUEST, .bytes = 1 << 19};
        break;
    case MSG_CANCEL:
        msg.cancel = (struct msg_cancel){
            .call = 200, .direction = BODY_OF_REPLY, .fail = FAIL_CONNECTION_LOST};
        break;
    }
    return msg;
}

static struct buf encode(const struct msg *msg)
{
    struct buf bytes = {0};
    assert_int_equal(msg_encode(msg, &bytes), OK);
    return bytes;
}

/* Encoded again, a decoded message gives the same bytes: nothing was lost. */
static void test_every_message_survives(void **state)
{
    (void)state;
    for (int type = MSG_JOIN; type < MSG_TYPE_COUNT; type++) {
        struct msg msg = example((enum msg_type)type), decoded;
        struct buf first = encode(&msg);
        assert_int_equal(msg_decode(buf_bytes(&first), &decoded), OK);
        assert_int_equal(decoded.type, type);
        assert_true(decoded.from_boot == 7 && decoded.to_boot == UINT64_MAX);
        struct buf second = encode(&decoded);
        assert_true(bytes_equal(buf_bytes(&first), buf_bytes(&second)));
        buf_finish(&first);
        buf_finish(&second);
    }
}

static void test_fields_arrive(void **state)
{
    (void)state;
    struct msg msg = example(MSG_FETCH), decoded;
    struct buf bytes = encode(&msg);
    assert_int_equal(msg_decode(buf_bytes(&bytes), &decoded), OK);
    assert_int_equal(decoded.fetch.call, 200);
    assert_int_equal(decoded.fetch.object.jurisdiction, JURISDICTION_EU);
    assert_true(bytes_equal(decoded.fetch.name, BYTES_LITERAL("a\0b")));
    assert_int_equal(decoded.fetch.rest_bytes, 70000);
    assert_int_equal(decoded.fetch.request_id, UINT64_C(3) << 48 | 17);
    buf_finish(&bytes);

    msg.fetch.name = (struct bytes){0}; /* not known, which is not the same as empty */
    bytes = encode(&msg);
    assert_int_equal(msg_decode(buf_bytes(&bytes), &decoded), OK);
    assert_null(decoded.fetch.name.data);
    buf_finish(&bytes);

    msg.fetch.name = BYTES_LITERAL("");
    bytes = encode(&msg);
    assert_int_equal(msg_decode(buf_bytes(&bytes), &decoded), OK);
    assert_non_null(decoded.fetch.name.data);
    assert_int_equal(decoded.fetch.name.size, 0);
    buf_finish(&bytes);
}

/* Cut anywhere, or with something behind it, a message is refused. */
static void test_lengths_are_checked(void **state)
{
    (void)state;
    for (int type = MSG_JOIN; type < MSG_TYPE_COUNT; type++) {
        struct msg msg = example((enum msg_type)type), decoded;
        struct buf bytes = encode(&msg);
        for (size_t size = 0; size < bytes.size; size++) {
            void *exact = malloc(size + 1); /* so that a sanitizer sees a step too far */
            memcpy(exact, bytes.data, size);
            exact = realloc(exact, size ? size : 1);
            assert_int_equal(msg_decode((struct bytes){.data = exact, .size = size}, &decoded),
                             ERR_INVALID);
            free(exact);
        }
        assert_int_equal(buf_append(&bytes, "", 1), OK);
        assert_int_equal(msg_decode(buf_bytes(&bytes), &decoded), ERR_INVALID);
        buf_finish(&bytes);
    }
}

static void refuse(struct msg msg)
{
    struct buf bytes = {0};
    struct msg decoded;
    if (msg_encode(&msg, &bytes) == OK)
        assert_int_equal(msg_decode(buf_bytes(&bytes), &decoded), ERR_INVALID);
    buf_finish(&bytes);
}

static void test_senseless_values_are_refused(void **state)
{
    (void)state;
    struct msg msg = example(MSG_CLAIM);
    msg.claim.hint = HINT_COUNT;
    refuse(msg);
    msg = example(MSG_CLAIM);
    msg.claim.object.kind = ID_FOREIGN;
    refuse(msg);
    msg = example(MSG_CLAIM);
    msg.claim.object.jurisdiction = JURISDICTION_COUNT;
    refuse(msg);
    msg = example(MSG_PLACED);
    msg.placed.home_number = 0; /* no home, and no reason */
    refuse(msg);
    msg = example(MSG_PLACED);
    msg.placed.fail = FAIL_BUSY; /* a home, and a reason */
    refuse(msg);
    msg = example(MSG_REPLY);
    msg.reply.kind = OUTCOME_FAILED;
    refuse(msg);
    msg = example(MSG_REPLY);
    msg.reply.fail = (enum fail)200;
    refuse(msg);
    msg = example(MSG_BODY);
    msg.body.step = BODY_MORE;
    msg.body.part.size = 0; /* neither bytes nor an end */
    refuse(msg);
    msg = example(MSG_BODY);
    msg.body.fail = FAIL_DEADLINE; /* a failure, and no break */
    refuse(msg);
    msg = example(MSG_BODY);
    msg.body.step = (enum body_step)4;
    refuse(msg);
    msg = example(MSG_CANCEL);
    msg.cancel.direction = (enum body_direction)3;
    refuse(msg);
    msg = example(MSG_WELCOME);
    msg.welcome.number = 0;
    refuse(msg);
    msg = example(MSG_JOIN);
    msg.join.code[0] = 0;
    refuse(msg);
    msg = example(MSG_BODY);
    msg.body.direction = (enum body_direction)0;
    refuse(msg);
}

/* Flipped bytes decode to something or are refused, and whatever decodes can be printed. */
static void test_any_bytes_are_safe(void **state)
{
    (void)state;
    struct rng rng;
    char text[256];
    rng_init(&rng, 1);
    for (int round = 0; round < 20000; round++) {
        struct msg msg = example((enum msg_type)(1 + rng_below(&rng, MSG_TYPE_COUNT - 1)));
        struct msg decoded;
        struct buf bytes = encode(&msg);
        for (uint64_t flips = 1 + rng_below(&rng, 4); flips > 0; flips--)
            bytes.data[rng_below(&rng, bytes.size)] = (uint8_t)rng_next(&rng);
        if (msg_decode(buf_bytes(&bytes), &decoded) == OK)
            msg_print(&decoded, text, sizeof text);
        buf_finish(&bytes);
    }
}

static void test_births_come_apart(void **state)
{
    (void)state;
    struct buf string = {0};
    struct birth birth;
    assert_int_equal(birth_append(&string, &(struct birth){.number = 1, .code = "SYD"}), OK);
    assert_int_equal(birth_append(&string, &(struct birth){.number = 999, .code = "LHR"}), OK);
    struct bytes rest = buf_bytes(&string);
    assert_true(birth_next(&rest, &birth));
    assert_string_equal(birth.code, "SYD");
    assert_true(birth_next(&rest, &birth));
    assert_int_equal(birth.number, 999);
    assert_false(birth_next(&rest, &birth));
    assert_int_equal(rest.size, 0);

    rest = (struct bytes){.data = string.data, .size = string.size - 1};
    assert_true(birth_next(&rest, &birth));
    assert_false(birth_next(&rest, &birth));
    assert_int_not_equal(rest.size, 0);
    buf_finish(&string);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_message_survives),
                                       cmocka_unit_test(test_fields_arrive),
                                       cmocka_unit_test(test_lengths_are_checked),
                                       cmocka_unit_test(test_senseless_values_are_refused),
                                       cmocka_unit_test(test_any_bytes_are_safe),
                                       cmocka_unit_test(test_births_come_apart)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
