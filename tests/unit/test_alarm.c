#include "common/alarm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct fixture {
    uv_loop_t loop;
    struct alarm_clock *alarm;
    unsigned fired_count;
    uint64_t fired_us;  /* the last time */
    uint64_t repeat_us; /* set again this much later, from the callback */
    unsigned repeat_count;
};

static void on_alarm(void *owner)
{
    struct fixture *fixture = owner;
    fixture->fired_count++;
    fixture->fired_us = alarm_now_us();
    if (fixture->repeat_count > 0) {
        fixture->repeat_count--;
        alarm_set(fixture->alarm, fixture->fired_us + fixture->repeat_us);
    }
}

static int set_up(void **state)
{
    static struct fixture fixture;
    fixture = (struct fixture){0};
    assert_int_equal(uv_loop_init(&fixture.loop), 0);
    assert_int_equal(alarm_open(&fixture.loop, on_alarm, &fixture, &fixture.alarm), OK);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    alarm_close(fixture->alarm);
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
    return uv_loop_close(&fixture->loop);
}

static void test_fires_once_and_not_early(void **state)
{
    struct fixture *fixture = *state;
    uint64_t deadline_us = alarm_now_us() + 1500;
    alarm_set(fixture->alarm, deadline_us);
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
    assert_int_equal(fixture->fired_count, 1);
    assert_true(fixture->fired_us >= deadline_us);
}

static void test_past_deadline_fires_in_the_next_turn(void **state)
{
    struct fixture *fixture = *state;
    alarm_set(fixture->alarm, 0);
    assert_int_equal(fixture->fired_count, 0);
    uv_run(&fixture->loop, UV_RUN_ONCE);
    assert_int_equal(fixture->fired_count, 1);
    alarm_set(fixture->alarm, alarm_now_us() - 1000);
    uv_run(&fixture->loop, UV_RUN_ONCE);
    assert_int_equal(fixture->fired_count, 2);
}

static void test_never_does_not_keep_the_loop_alive(void **state)
{
    struct fixture *fixture = *state;
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
    alarm_set(fixture->alarm, alarm_now_us() + 1000000000);
    assert_true(uv_loop_alive(&fixture->loop));
    alarm_set(fixture->alarm, UINT64_MAX);
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
    assert_int_equal(fixture->fired_count, 0);
}

static void test_a_later_deadline_replaces_one_that_has_passed(void **state)
{
    struct fixture *fixture = *state;
    alarm_set(fixture->alarm, 1); /* has expired in the kernel already */
    uint64_t deadline_us = alarm_now_us() + 3000;
    alarm_set(fixture->alarm, deadline_us);
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
    assert_int_equal(fixture->fired_count, 1);
    assert_true(fixture->fired_us >= deadline_us);
}

static void test_an_earlier_deadline_replaces_a_later_one(void **state)
{
    struct fixture *fixture = *state;
    alarm_set(fixture->alarm, alarm_now_us() + UINT64_C(3600) * 1000000);
    alarm_set(fixture->alarm, alarm_now_us() + 100);
    uv_run(&fixture->loop, UV_RUN_DEFAULT); /* an hour if it were not replaced */
    assert_int_equal(fixture->fired_count, 1);
}

static void test_is_set_again_from_its_callback(void **state)
{
    struct fixture *fixture = *state;
    fixture->repeat_us = 50;
    fixture->repeat_count = 99;
    uint64_t start_us = alarm_now_us();
    alarm_set(fixture->alarm, start_us);
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
    assert_int_equal(fixture->fired_count, 100);
    assert_true(fixture->fired_us >= start_us + 99 * 50);
}

static void test_the_same_deadline_fires_again_when_set_again(void **state)
{
    struct fixture *fixture = *state;
    uint64_t deadline_us = alarm_now_us();
    for (unsigned i = 1; i <= 2; i++) {
        alarm_set(fixture->alarm, deadline_us);
        alarm_set(fixture->alarm, deadline_us);
        uv_run(&fixture->loop, UV_RUN_DEFAULT);
        assert_int_equal(fixture->fired_count, i);
    }
}

struct pair {
    struct alarm_clock *alarms[2];
    uint64_t deadline_us; /* what the first to fire gives to the other */
    unsigned fired_count;
    uint64_t last_fired_us;
};

static void on_pair(void *owner)
{
    struct pair *pair = owner;
    pair->last_fired_us = alarm_now_us();
    if (pair->fired_count++ > 0)
        return;
    pair->deadline_us = pair->last_fired_us + 2000;
    alarm_set(pair->alarms[0], pair->deadline_us);
    alarm_set(pair->alarms[1], pair->deadline_us);
}

/* The kernel has reported both at once; the first to run puts both off. */
static void test_a_reported_alarm_can_still_be_put_off(void **state)
{
    struct fixture *fixture = *state;
    struct pair pair = {0};
    for (int i = 0; i < 2; i++) {
        assert_int_equal(alarm_open(&fixture->loop, on_pair, &pair, &pair.alarms[i]), OK);
        alarm_set(pair.alarms[i], 1);
    }
    uv_run(&fixture->loop, UV_RUN_ONCE);
    assert_int_equal(pair.fired_count, 1);
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
    assert_int_equal(pair.fired_count, 3);
    assert_true(pair.last_fired_us >= pair.deadline_us);
    alarm_close(pair.alarms[0]);
    alarm_close(pair.alarms[1]);
}

int main(void)
{
    alarm_close(NULL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_fires_once_and_not_early, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_past_deadline_fires_in_the_next_turn, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_never_does_not_keep_the_loop_alive, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_later_deadline_replaces_one_that_has_passed, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_an_earlier_deadline_replaces_a_later_one, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_is_set_again_from_its_callback, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_same_deadline_fires_again_when_set_again, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_reported_alarm_can_still_be_put_off, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
