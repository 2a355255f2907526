/* The books of one body. */
#include "node/core/flow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { WINDOW = 1000 };

static void a_writer_is_a_window_ahead_at_most(void **state)
{
    (void)state;
    struct flow flow = {0};
    flow_begin(&flow, WINDOW, 100, BODY_REST_UNKNOWN, 1);
    assert_int_equal(flow.untaken_bytes, 100);
    assert_true(flow_accept(&flow, 900, false, 2));
    assert_false(flow_accept(&flow, 1, false, 3));
    assert_int_equal(flow_grant(&flow, WINDOW), 0); /* nothing was taken */
    assert_int_equal(flow_take(&flow, 400, 4), 400);
    assert_int_equal(flow_grant(&flow, WINDOW), 0); /* not worth it */
    assert_int_equal(flow_take(&flow, 100, 5), 100);
    assert_int_equal(flow_grant(&flow, WINDOW), 500);
    assert_int_equal(flow_grant(&flow, WINDOW), 0);
    assert_true(flow_accept(&flow, 500, false, 6));
    assert_int_equal(flow.untaken_bytes, 1000);
}

/* When the window has become smaller, nothing is granted until the writer is less ahead. */
static void a_smaller_window_grants_less(void **state)
{
    (void)state;
    struct flow flow = {0};
    flow_begin(&flow, WINDOW, 0, BODY_REST_UNKNOWN, 1);
    assert_true(flow_accept(&flow, 1000, false, 1));
    flow_take(&flow, 700, 2);
    assert_int_equal(flow_grant(&flow, WINDOW / 5), 0);
    flow_take(&flow, 200, 2);
    assert_int_equal(flow_grant(&flow, WINDOW / 5), 100);
}

static void what_was_announced_is_what_comes(void **state)
{
    (void)state;
    struct flow flow = {0};
    flow_begin(&flow, WINDOW, 10, 20, 1);
    assert_false(flow_accept(&flow, 21, false, 1)); /* too much */
    assert_true(flow_accept(&flow, 15, false, 1));
    assert_false(flow_accept(&flow, 4, true, 1)); /* too little */
    assert_true(flow_accept(&flow, 5, true, 1));
    assert_int_equal(flow.state, FLOW_WRITTEN);
    assert_int_equal(flow_grant(&flow, WINDOW), 0); /* nobody writes on */
    assert_int_equal(flow_take(&flow, 29, 2), 29);
    assert_int_equal(flow.state, FLOW_WRITTEN);
    assert_int_equal(flow_take(&flow, 5, 3), 1); /* there was no more */
    assert_int_equal(flow.state, FLOW_NONE);
}

static void an_end_without_bytes(void **state)
{
    (void)state;
    struct flow flow = {0};
    flow_begin(&flow, WINDOW, 0, BODY_REST_UNKNOWN, 1);
    assert_true(flow_accept(&flow, 0, true, 1));
    assert_int_equal(flow.state, FLOW_NONE);
}

/* What nobody reads is old from the moment at which the first of it came. */
static void waiting_begins_with_the_first_byte(void **state)
{
    (void)state;
    struct flow flow = {0};
    flow_begin(&flow, WINDOW, 0, BODY_REST_UNKNOWN, 1);
    assert_true(flow_accept(&flow, 10, false, 50));
    assert_true(flow_accept(&flow, 10, false, 60));
    assert_int_equal(flow.moved_us, 50);
    flow_take(&flow, 5, 70);
    assert_int_equal(flow.moved_us, 70);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_writer_is_a_window_ahead_at_most),
        cmocka_unit_test(a_smaller_window_grants_less),
        cmocka_unit_test(what_was_announced_is_what_comes),
        cmocka_unit_test(an_end_without_bytes),
        cmocka_unit_test(waiting_begins_with_the_first_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
