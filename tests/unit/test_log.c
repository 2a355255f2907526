#include "common/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* Standard error goes into a pipe while `capturing`. */
static int saved_stderr, pipe_fds[2];

static void capture_begin(void)
{
    assert_int_equal(pipe(pipe_fds), 0);
    saved_stderr = dup(STDERR_FILENO);
    dup2(pipe_fds[1], STDERR_FILENO);
    close(pipe_fds[1]);
}

static void capture_end(char *ret_text, size_t size)
{
    dup2(saved_stderr, STDERR_FILENO);
    close(saved_stderr);
    ssize_t got = read(pipe_fds[0], ret_text, size - 1);
    ret_text[got > 0 ? got : 0] = 0;
    close(pipe_fds[0]);
}

static void test_line_has_time_level_source_and_text(void **state)
{
    (void)state;
    char text[512], rest[256];
    int year, month, day, hour, minute, second, millisecond;
    capture_begin();
    log_init("SYD", LOG_INFO);
    log_line(LOG_WARN, "peer %s is gone", "LHR");
    capture_end(text, sizeof text);
    assert_int_equal(sscanf(text, "{\"time\":\"%4d-%2d-%2dT%2d:%2d:%2d.%3dZ\"%255[^\n]", &year,
                            &month, &day, &hour, &minute, &second, &millisecond, rest),
                     8);
    assert_string_equal(rest,
                        ",\"from\":\"SYD\",\"level\":\"warn\",\"text\":\"peer LHR is gone\"}");
    assert_int_equal(text[strlen(text) - 1], '\n');
    assert_true(year >= 2024 && month >= 1 && month <= 12 && second <= 60);
}

static void test_what_a_line_is_about(void **state)
{
    (void)state;
    char text[1024];
    capture_begin();
    log_init("SYD", LOG_INFO);
    const struct log_about about = {.worker = "shop",
                                    .class_name = "Cart",
                                    .object = "0a0b",
                                    .name = "a \"b\"",
                                    .request = "LHR-7"};
    log_write(LOG_ERROR, &about, BYTES_LITERAL("a\0b"));
    capture_end(text, sizeof text);
    assert_non_null(strstr(text,
                           "\"worker\":\"shop\",\"class\":\"Cart\",\"object\":\"0a0b\",\"name\":"
                           "\"a \\\"b\\\"\",\"request\":\"LHR-7\",\"text\":\"a\\u0000b\"}\n"));
}

static void test_less_important_lines_are_left_out(void **state)
{
    (void)state;
    char text[512];
    capture_begin();
    log_init("SYD", LOG_WARN);
    log_line(LOG_DEBUG, "one");
    log_line(LOG_INFO, "two");
    log_line(LOG_WARN, "three");
    log_line(LOG_ERROR, "four");
    capture_end(text, sizeof text);
    assert_null(strstr(text, "one"));
    assert_null(strstr(text, "two"));
    assert_non_null(strstr(text, "three"));
    assert_non_null(strstr(text, "four"));
}

static void test_every_text_becomes_one_line_of_json(void **state)
{
    (void)state;
    char text[512];
    capture_begin();
    log_init("SYD", LOG_INFO);
    log_line(LOG_INFO, "%s",
             "a\nb\x1b[31mc\r\x7f\"\\"
             "d\xc3\xa9\xff\xc3");
    capture_end(text, sizeof text);
    assert_non_null(strstr(text, "\"a\\nb\\u001b[31mc\\u000d\\u007f\\\"\\\\"
                                 "d\xc3\xa9\\ufffd\\ufffd\"}\n"));
    assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
}

static void test_long_text_is_cut_to_one_line(void **state)
{
    (void)state;
    static char long_text[100000], text[60000];
    memset(long_text, 1, sizeof long_text - 1); /* each byte is escaped to six */
    capture_begin();
    log_init("a source whose name is much longer than any name of a region should ever be",
             LOG_INFO);
    log_line(LOG_INFO, "%s", long_text);
    capture_end(text, sizeof text);
    assert_true(strlen(text) > 40000 && strlen(text) < 50000);
    assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_line_has_time_level_source_and_text),
        cmocka_unit_test(test_less_important_lines_are_left_out),
        cmocka_unit_test(test_what_a_line_is_about),
        cmocka_unit_test(test_every_text_becomes_one_line_of_json),
        cmocka_unit_test(test_long_text_is_cut_to_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
