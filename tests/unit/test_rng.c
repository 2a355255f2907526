#include "common/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void it_is_xoshiro256_star_star(void **state)
{
    (void)state;
    /* The published generator's first numbers from the state 1, 2, 3, 4. */
    const uint64_t expected[] = {11520u, 0u, 1509978240u, 1215971899390074240u};
    struct rng rng = {{1, 2, 3, 4}};
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        assert_true(rng_next(&rng) == expected[i]);
}

static void the_seed_passes_through_split_mix(void **state)
{
    (void)state;
    /* The published SplitMix64 numbers for the seed 1234567. */
    const uint64_t expected[4] = {6457827717110365317u, 3203168211198807973u, 9817491932198370423u,
                                  4593380528125082431u};
    struct rng rng;
    rng_init(&rng, 1234567);
    assert_memory_equal(rng.state, expected, sizeof expected);
}

static void the_same_seed_gives_the_same_numbers(void **state)
{
    (void)state;
    struct rng a, b, other;
    rng_init(&a, 42);
    rng_init(&b, 42);
    rng_init(&other, 43);
    int same = 0;
    for (int i = 0; i < 1000; i++) {
        uint64_t number = rng_next(&a);
        assert_true(number == rng_next(&b));
        same += number == rng_next(&other);
    }
    assert_int_equal(same, 0);
}

static void forks_differ_by_purpose_and_move_the_parent_by_one(void **state)
{
    (void)state;
    struct rng parent, twin;
    rng_init(&parent, 7);
    twin = parent;
    struct rng delays = rng_fork(&parent, 1), twin_faults = rng_fork(&twin, 2);
    assert_memory_equal(&parent, &twin, sizeof parent);
    assert_true(rng_next(&delays) != rng_next(&twin_faults));

    struct rng replay, again;
    rng_init(&replay, 7);
    again = rng_fork(&replay, 1);
    rng_next(&again);
    assert_memory_equal(&again, &delays, sizeof again);
}

static void below_stays_below_and_reaches_all(void **state)
{
    (void)state;
    enum { BOUND = 7, DRAWS = 70000 };
    int counts[BOUND] = {0};
    struct rng rng;
    rng_init(&rng, 3);
    for (int i = 0; i < DRAWS; i++) {
        uint64_t number = rng_below(&rng, BOUND);
        assert_true(number < BOUND);
        counts[number]++;
    }
    for (int i = 0; i < BOUND; i++)
        assert_in_range(counts[i], DRAWS / BOUND * 95 / 100, DRAWS / BOUND * 105 / 100);
    for (int i = 0; i < 100; i++) {
        assert_true(rng_below(&rng, 1) == 0);
        assert_true(rng_below(&rng, UINT64_MAX) < UINT64_MAX);
        assert_true(rng_below(&rng, (UINT64_C(1) << 63) + 1) <= UINT64_C(1) << 63);
    }
}

static void unit_and_normal_have_the_moments_they_should(void **state)
{
    (void)state;
    enum { DRAWS = 200000 };
    double unit_sum = 0, normal_sum = 0, square_sum = 0;
    int beyond_two = 0;
    struct rng rng;
    rng_init(&rng, 5);
    for (int i = 0; i < DRAWS; i++) {
        double unit = rng_unit(&rng), normal = rng_normal(&rng);
        assert_true(unit >= 0 && unit < 1);
        assert_true(isfinite(normal));
        unit_sum += unit;
        normal_sum += normal;
        square_sum += normal * normal;
        beyond_two += fabs(normal) > 2;
    }
    assert_true(fabs(unit_sum / DRAWS - 0.5) < 0.005);
    assert_true(fabs(normal_sum / DRAWS) < 0.01);
    assert_true(fabs(square_sum / DRAWS - 1) < 0.02);
    assert_true(fabs((double)beyond_two / DRAWS - 0.0455) < 0.003);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_xoshiro256_star_star),
        cmocka_unit_test(the_seed_passes_through_split_mix),
        cmocka_unit_test(the_same_seed_gives_the_same_numbers),
        cmocka_unit_test(forks_differ_by_purpose_and_move_the_parent_by_one),
        cmocka_unit_test(below_stays_below_and_reaches_all),
        cmocka_unit_test(unit_and_normal_have_the_moments_they_should),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
