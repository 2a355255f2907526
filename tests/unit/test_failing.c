#include "sim/failing.h"
#include "sim/plan_text.h"
#include "sim/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Real runs that break: faults in a plan which says that there are none, so that no call may fail. */

static struct plan keep_seed(uint64_t seed, bool calm)
{
    struct random_options options = {.seed = seed, .step_count = 300};
    struct plan plan, kept;
    assert_int_equal(random_plan(&options, &plan), OK);
    plan.calm = calm;
    struct random_source source = random_source(&options, &plan);
    enum err err = failing_keep(&plan, &source.source, &kept);
    plan_finish(&plan);
    assert_int_equal(err, calm ? OK : ERR_NOT_FOUND);
    return calm ? kept : (struct plan){0};
}

static struct run_result play(const struct plan *plan)
{
    static const struct run_events nobody;
    struct run_result result;
    struct plan_source source = plan_source(plan);
    assert_int_equal(run_plan(plan, &source.source, true, &nobody, &result), OK);
    return result;
}

static void what_breaks_is_kept(void **state)
{
    (void)state;
    struct plan plan = keep_seed(1, true);
    struct run_result result = play(&plan);
    assert_string_equal(plan.invariant, "I4");
    assert_int_equal(plan.expectation, EXPECT_BROKEN);
    assert_memory_equal(result.broken.text, "I4 ", 3);
    assert_true(plan.step_count > 0 && plan.step_count <= 300);
    plan_finish(&plan);
}

static void what_holds_is_no_failure(void **state)
{
    (void)state;
    keep_seed(1, false);
}

static void a_shrunk_plan_breaks_the_same_also_as_text(void **state)
{
    (void)state;
    struct plan plan = keep_seed(1, true), again = keep_seed(1, true), read;
    struct buf text = {0}, other = {0};
    struct errmsg why = {0};
    size_t before = plan.step_count;
    assert_int_equal(failing_shrink(&plan, 2000, NULL, NULL, NULL), OK);
    assert_true(plan.step_count < before && plan.step_count < 10);
    assert_memory_equal(play(&plan).broken.text, "I4 ", 3);

    assert_int_equal(plan_write(&plan, &text), OK);
    assert_int_equal(buf_append(&text, "", 1), OK);
    assert_int_equal(plan_read((char *)text.data, &read, &why), OK);
    assert_int_equal(play(&read).hash, play(&plan).hash);
    assert_memory_equal(play(&read).broken.text, "I4 ", 3);

    assert_int_equal(failing_shrink(&again, 2000, NULL, NULL, NULL), OK);
    assert_int_equal(plan_write(&again, &other), OK);
    assert_int_equal(buf_append(&other, "", 1), OK);
    assert_string_equal((char *)text.data, (char *)other.data); /* always the same way */
    plan_finish(&plan);
    plan_finish(&again);
    plan_finish(&read);
    buf_finish(&text);
    buf_finish(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_breaks_is_kept),
        cmocka_unit_test(what_holds_is_no_failure),
        cmocka_unit_test(a_shrunk_plan_breaks_the_same_also_as_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
