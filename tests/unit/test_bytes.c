#include "common/bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void spans_compare_by_content(void **state)
{
    (void)state;
    assert_true(bytes_equal(bytes_of("abc"), BYTES_LITERAL("abc")));
    assert_false(bytes_equal(bytes_of("abc"), bytes_of("abd")));
    assert_false(bytes_equal(bytes_of("abc"), bytes_of("ab")));
    assert_true(bytes_equal((struct bytes){0}, bytes_of("")));
    assert_true(bytes_equal((struct bytes){0}, (struct bytes){0}));
    assert_int_equal(BYTES_LITERAL("a\0b").size, 3);
}

static void a_buffer_grows_and_keeps_its_content(void **state)
{
    (void)state;
    struct buf buf = {0};
    for (int i = 0; i < 10000; i++) {
        uint8_t byte = (uint8_t)i;
        assert_int_equal(buf_append(&buf, &byte, 1), OK);
    }
    assert_int_equal(buf.size, 10000);
    for (int i = 0; i < 10000; i++)
        assert_int_equal(buf.data[i], (uint8_t)i);
    assert_ptr_equal(buf_bytes(&buf).data, buf.data);
    assert_int_equal(buf_bytes(&buf).size, 10000);
    buf_finish(&buf);
    assert_null(buf.data);
    assert_int_equal(buf.size, 0);
    buf_finish(&buf);
}

static void appending_nothing_is_fine(void **state)
{
    (void)state;
    struct buf buf = {0};
    assert_int_equal(buf_append(&buf, NULL, 0), OK);
    assert_int_equal(buf.size, 0);
    buf_consume(&buf, 0);
    assert_non_null(buf_reserve(&buf, 0)); /* NULL would mean that memory is out */
    buf_finish(&buf);
}

static void reserved_room_is_used_by_adding_to_the_size(void **state)
{
    (void)state;
    struct buf buf = {0};
    assert_int_equal(buf_append(&buf, "ab", 2), OK);
    uint8_t *end = buf_reserve(&buf, 1000);
    assert_non_null(end);
    assert_ptr_equal(end, buf.data + 2);
    memset(end, 'c', 1000);
    assert_int_equal(buf.size, 2);
    buf.size += 1000;
    assert_memory_equal(buf.data, "abcc", 4);
    buf_finish(&buf);
}

static void consuming_moves_the_rest_to_the_front(void **state)
{
    (void)state;
    struct buf buf = {0};
    assert_int_equal(buf_append(&buf, "hello world", 11), OK);
    buf_consume(&buf, 6);
    assert_true(bytes_equal(buf_bytes(&buf), bytes_of("world")));
    buf_consume(&buf, 5);
    assert_int_equal(buf.size, 0);
    buf_finish(&buf);
}

static void impossible_sizes_are_refused_and_change_nothing(void **state)
{
    (void)state;
    struct buf buf = {0};
    assert_int_equal(buf_append(&buf, "ab", 2), OK);
    assert_null(buf_reserve(&buf, SIZE_MAX));
    assert_null(buf_reserve(&buf, SIZE_MAX / 2));
    assert_int_equal(buf_append(&buf, "x", SIZE_MAX - 1), ERR_MEMORY);
    assert_true(bytes_equal(buf_bytes(&buf), bytes_of("ab")));
    buf_finish(&buf);
}

static void hex_goes_both_ways(void **state)
{
    (void)state;
    const uint8_t bytes[] = {0x00, 0x01, 0x7f, 0x80, 0xab, 0xff};
    char text[2 * sizeof bytes + 1];
    uint8_t back[sizeof bytes] = {0};
    hex_print((struct bytes){bytes, sizeof bytes}, text);
    assert_string_equal(text, "00017f80abff");
    assert_true(hex_parse(bytes_of(text), back, sizeof back));
    assert_memory_equal(back, bytes, sizeof bytes);
    assert_true(hex_parse(bytes_of("00017F80ABFF"), back, sizeof back));
    assert_memory_equal(back, bytes, sizeof bytes);
}

static void anything_else_is_no_hex(void **state)
{
    (void)state;
    uint8_t bytes[2];
    assert_false(hex_parse(bytes_of(""), bytes, 2));
    assert_false(hex_parse(bytes_of("000"), bytes, 2));
    assert_false(hex_parse(bytes_of("00000"), bytes, 2));
    for (int character = 0; character < 256; character++) {
        char text[4] = {'0', '0', '0', (char)character};
        bool digit = character != 0 && strchr("0123456789abcdefABCDEF", character);
        assert_int_equal(hex_parse((struct bytes){text, 4}, bytes, 2), digit);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spans_compare_by_content),
        cmocka_unit_test(a_buffer_grows_and_keeps_its_content),
        cmocka_unit_test(appending_nothing_is_fine),
        cmocka_unit_test(reserved_room_is_used_by_adding_to_the_size),
        cmocka_unit_test(consuming_moves_the_rest_to_the_front),
        cmocka_unit_test(impossible_sizes_are_refused_and_change_nothing),
        cmocka_unit_test(hex_goes_both_ways),
        cmocka_unit_test(anything_else_is_no_hex),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
