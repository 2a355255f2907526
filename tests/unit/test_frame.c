#include "common/rng.h"
#include "proto/frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Check bytes at the end of an allocation of their own, so that a sanitizer sees any step beyond.
 */
static bool check_exactly(const void *data, size_t size, enum frame_kind *ret_kind)
{
    uint8_t *copy = malloc(size ? size : 1);
    memcpy(copy, data, size);
    struct bytes frame = {copy, size}, message;
    bool good = frame_check(frame, ret_kind);
    if (good && *ret_kind == FRAME_BATCH) {
        size_t total = FRAME_HEAD_BYTES;
        for (size_t place = 0; frame_next(frame, &place, &message);)
            total += FRAME_ITEM_HEAD_BYTES + message.size;
        assert_int_equal(total, size);
    }
    free(copy);
    return good;
}

static void messages_come_out_as_they_went_in(void **state)
{
    (void)state;
    uint8_t frame[100];
    size_t size = frame_put(frame, 0, BYTES_LITERAL("one"));
    assert_int_equal(size, frame_grown(0, 3));
    assert_int_equal(frame_grown(size, 4), 1 + 4 + 3 + 4 + 4);
    size = frame_put(frame, size, BYTES_LITERAL("four"));
    size = frame_put(frame, size, BYTES_LITERAL("x"));
    static const uint8_t expected[] = "\x04\0\0\0\3one\0\0\0\4four\0\0\0\1x";
    assert_int_equal(size, sizeof expected - 1);
    assert_memory_equal(frame, expected, size);

    enum frame_kind kind;
    struct bytes whole = {frame, size}, message;
    assert_true(frame_check(whole, &kind));
    assert_int_equal(kind, FRAME_BATCH);
    size_t place = 0;
    assert_true(frame_next(whole, &place, &message));
    assert_true(bytes_equal(message, BYTES_LITERAL("one")));
    assert_true(frame_next(whole, &place, &message));
    assert_true(bytes_equal(message, BYTES_LITERAL("four")));
    assert_true(frame_next(whole, &place, &message));
    assert_true(bytes_equal(message, BYTES_LITERAL("x")));
    assert_false(frame_next(whole, &place, &message));
}

static void a_frame_has_its_bound_and_a_larger_message_travels_alone(void **state)
{
    (void)state;
    size_t head = FRAME_HEAD_BYTES + FRAME_ITEM_HEAD_BYTES;
    assert_int_equal(frame_grown(100, FRAME_BYTES_MAX - 100 - FRAME_ITEM_HEAD_BYTES),
                     FRAME_BYTES_MAX);
    assert_int_equal(frame_grown(100, FRAME_BYTES_MAX - 100 - FRAME_ITEM_HEAD_BYTES + 1), 0);
    assert_int_equal(frame_grown(0, MESSAGE_BYTES_MAX), head + MESSAGE_BYTES_MAX);
    assert_int_equal(frame_grown(head + MESSAGE_BYTES_MAX, 1), 0);

    uint8_t *frame = calloc(1, FRAME_SIZE_MAX + 10);
    uint8_t *message = calloc(1, MESSAGE_BYTES_MAX);
    enum frame_kind kind;
    size_t size = frame_put(frame, 0, (struct bytes){message, MESSAGE_BYTES_MAX});
    assert_int_equal(size, FRAME_SIZE_MAX);
    assert_true(frame_check((struct bytes){frame, size}, &kind));
    assert_false(frame_check((struct bytes){frame, size + 1}, &kind));
    size = frame_put(frame, 0, (struct bytes){message, FRAME_BYTES_MAX});
    assert_true(frame_check((struct bytes){frame, size}, &kind));
    size = frame_put(frame, size, (struct bytes){message, 1});
    assert_false(frame_check((struct bytes){frame, size}, &kind)); /* not alone */
    free(message);
    free(frame);
}

static void hostile_frames_are_refused(void **state)
{
    (void)state;
#define HOSTILE(text)          \
    {                          \
        text, sizeof(text) - 1 \
    }
    static const struct {
        const char *data;
        size_t size;
    } frames[] = {
        HOSTILE(""),
        HOSTILE("\0"),
        HOSTILE("\5"),
        HOSTILE("\xff"),
        HOSTILE("\2x"), /* a probe has nothing to say */
        HOSTILE("\3\0"),
        HOSTILE("\4"), /* no message */
        HOSTILE("\4\0"),
        HOSTILE("\4\0\0\0"),
        HOSTILE("\4\0\0\0\0"), /* an empty message */
        HOSTILE("\4\0\0\0\1"), /* cut off */
        HOSTILE("\4\0\0\0\2x"),
        HOSTILE("\4\0\0\0\1xy"), /* left over */
        HOSTILE("\4\0\0\0\1x\0\0\0"),
        HOSTILE("\4\0\0\0\1x\0\0\0\0"),
        HOSTILE("\4\xff\xff\xff\xffx"), /* lengths beyond all bounds */
        HOSTILE("\4\x7f\xff\xff\xffx"),
        HOSTILE("\4\xff\xff\xff\xfbx"),
        HOSTILE("\4\0\0\0\1x\xff\xff\xff\xff"),
    };
    for (size_t i = 0; i < sizeof frames / sizeof *frames; i++) {
        enum frame_kind kind = FRAME_HELLO;
        assert_false(check_exactly(frames[i].data, frames[i].size, &kind));
        assert_int_equal(kind, FRAME_HELLO);
    }
}

static void short_frames_are_what_they_say(void **state)
{
    (void)state;
    enum frame_kind kind;
    assert_true(check_exactly("\1whatever", 9, &kind));
    assert_int_equal(kind, FRAME_HELLO);
    assert_true(check_exactly("\2", 1, &kind));
    assert_int_equal(kind, FRAME_PROBE);
    assert_true(check_exactly("\3", 1, &kind));
    assert_int_equal(kind, FRAME_ECHO);
}

static void any_bytes_are_safe(void **state)
{
    (void)state;
    struct rng rng;
    rng_init(&rng, 4711);
    size_t good_count = 0;
    for (int round = 0; round < 200000; round++) {
        uint8_t bytes[40];
        size_t size = rng_below(&rng, sizeof bytes + 1);
        for (size_t i = 0; i < size; i++) /* mostly small numbers: near to what is good */
            bytes[i] = (uint8_t)(rng_below(&rng, 3) ? 0 : rng_below(&rng, 12));
        if (size > 0 && rng_below(&rng, 2))
            bytes[0] = FRAME_BATCH;
        enum frame_kind kind;
        good_count += check_exactly(bytes, size, &kind);
    }
    assert_in_range(good_count, 100, 199900); /* both happened */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_come_out_as_they_went_in),
        cmocka_unit_test(a_frame_has_its_bound_and_a_larger_message_travels_alone),
        cmocka_unit_test(hostile_frames_are_refused),
        cmocka_unit_test(short_frames_are_what_they_say),
        cmocka_unit_test(any_bytes_are_safe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
