/* What a Worker is told when a fetch fails. */
#include "proto/fail.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const enum fail all[] = {
#define X(name, value, retryable, overloaded) name,
    FAIL_LIST(X)
#undef X
};

/* Each names the region that could not, or the one that asked, and says what to do about a retry.
 */
static void test_messages_name_regions(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        char text[512];
        fail_print(all[i], "LHR", "SYD", text, sizeof text);
        assert_true(strstr(text, "SYD") || strstr(text, "LHR"));
        assert_true(strlen(text) < sizeof text - 1);
        assert_null(strchr(text, '%'));
        assert_int_equal(fail_retryable(all[i]), strstr(text, "try again") != NULL);
    }
}

static void test_values_are_known(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        assert_true(fail_known(all[i]));
    assert_false(fail_known(FAIL_NONE));
    assert_false(fail_known(100));
    assert_false(fail_known(UINT64_MAX));
    assert_string_equal(fail_name(FAIL_DEADLINE), "DEADLINE");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_messages_name_regions),
                                       cmocka_unit_test(test_values_are_known)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
