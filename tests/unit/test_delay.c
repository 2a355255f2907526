#include "common/delay.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

enum { DRAWS = 100001 };

static int by_size(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

struct sample {
    double mean_us, median_us, min_us, max_us;
};

static struct sample sample_of(uint64_t *draws)
{
    double sum = 0;
    for (size_t i = 0; i < DRAWS; i++)
        sum += (double)draws[i];
    qsort(draws, DRAWS, sizeof *draws, by_size);
    return (struct sample){sum / DRAWS, (double)draws[DRAWS / 2], (double)draws[0],
                           (double)draws[DRAWS - 1]};
}

static uint64_t draws_us[DRAWS];

static struct sample draw_delays(struct delay delay)
{
    struct rng rng;
    rng_init(&rng, 11);
    for (size_t i = 0; i < DRAWS; i++)
        draws_us[i] = delay_draw(&delay, &rng);
    return sample_of(draws_us);
}

static void assert_near(double value, double expected, double share)
{
    if (fabs(value - expected) > share * expected)
        fail_msg("%g is not within %g %% of %g", value, share * 100, expected);
}

static void none_and_fixed_need_no_chance(void **state)
{
    (void)state;
    struct rng rng, untouched;
    rng_init(&rng, 1);
    untouched = rng;
    assert_int_equal(delay_draw(&(struct delay){.kind = DELAY_NONE, .low_us = 5}, &rng), 0);
    assert_int_equal(delay_draw(&(struct delay){.kind = DELAY_FIXED, .low_us = 229600}, &rng),
                     229600);
    assert_int_equal(delay_draw(&(struct delay){.kind = DELAY_FIXED, .low_us = 0.6}, &rng), 1);
    assert_memory_equal(&rng, &untouched, sizeof rng);
}

static void uniform_fills_its_range(void **state)
{
    (void)state;
    struct sample sample =
        draw_delays((struct delay){.kind = DELAY_UNIFORM, .low_us = 1000, .high_us = 3000});
    assert_near(sample.mean_us, 2000, 0.01);
    assert_near(sample.median_us, 2000, 0.01);
    assert_true(sample.min_us >= 1000 && sample.min_us < 1005);
    assert_true(sample.max_us <= 3000 && sample.max_us > 2995);
}

static void lognormal_has_the_mean_it_is_given(void **state)
{
    (void)state;
    double sigma = 0.9;
    struct sample sample =
        draw_delays((struct delay){.kind = DELAY_LOGNORMAL, .mean_us = 200000, .sigma = sigma});
    assert_near(sample.mean_us, 200000, 0.01);
    assert_near(sample.median_us, 200000 * exp(-sigma * sigma / 2), 0.01);
    /* One standard deviation below the median holds 15.87 % of all. */
    assert_near((double)draws_us[DRAWS * 1587 / 10000], sample.median_us * exp(-sigma), 0.02);
    assert_near((double)draws_us[DRAWS * 8413 / 10000], sample.median_us * exp(sigma), 0.02);
}

static void absurd_parameters_give_a_bounded_delay(void **state)
{
    (void)state;
    struct rng rng;
    rng_init(&rng, 1);
    const double day_us = 86400e6;
    struct delay delays[] = {
        {.kind = DELAY_FIXED, .low_us = 1e300},
        {.kind = DELAY_FIXED, .low_us = -5},
        {.kind = DELAY_FIXED, .low_us = NAN},
        {.kind = DELAY_UNIFORM, .low_us = -INFINITY, .high_us = INFINITY},
        {.kind = DELAY_LOGNORMAL, .mean_us = 1e300, .sigma = 100},
        {.kind = DELAY_LOGNORMAL, .mean_us = 0, .sigma = 1},
    };
    for (size_t i = 0; i < sizeof delays / sizeof delays[0]; i++)
        for (int draw = 0; draw < 100; draw++)
            assert_true((double)delay_draw(&delays[i], &rng) <= day_us);
    assert_true((double)delay_draw(&delays[0], &rng) == day_us);
    assert_int_equal(delay_draw(&delays[1], &rng), 0);
    assert_int_equal(delay_draw(&delays[2], &rng), 0);
    assert_int_equal(delay_draw(&delays[5], &rng), 0);
}

static void spikes_come_as_often_as_they_should(void **state)
{
    (void)state;
    struct jitter jitter = {
        .delay = {.kind = DELAY_FIXED, .low_us = 100},
        .spike_probability = 0.1,
        .spike_low_us = 5000,
        .spike_high_us = 50000,
    };
    struct rng rng;
    rng_init(&rng, 13);
    size_t spikes = 0;
    double spike_sum_us = 0;
    for (size_t i = 0; i < DRAWS; i++) {
        uint64_t us = jitter_draw(&jitter, &rng);
        if (us == 100)
            continue;
        assert_in_range(us, 5100, 50100);
        spikes++;
        spike_sum_us += (double)us - 100;
    }
    assert_near((double)spikes / DRAWS, 0.1, 0.05);
    assert_near(spike_sum_us / (double)spikes, 27500, 0.02);

    jitter.spike_probability = 0;
    for (size_t i = 0; i < 1000; i++)
        assert_int_equal(jitter_draw(&jitter, &rng), 100);
    jitter.spike_probability = 1;
    for (size_t i = 0; i < 1000; i++)
        assert_in_range(jitter_draw(&jitter, &rng), 5100, 50100);
}

static void a_seed_replays_its_delays(void **state)
{
    (void)state;
    struct jitter jitter = {.delay = {.kind = DELAY_LOGNORMAL, .mean_us = 200, .sigma = 0.9},
                            .spike_probability = 0.01,
                            .spike_low_us = 5000,
                            .spike_high_us = 50000};
    struct rng a, b;
    rng_init(&a, 99);
    rng_init(&b, 99);
    for (int i = 0; i < 10000; i++)
        assert_true(jitter_draw(&jitter, &a) == jitter_draw(&jitter, &b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(none_and_fixed_need_no_chance),
        cmocka_unit_test(uniform_fills_its_range),
        cmocka_unit_test(lognormal_has_the_mean_it_is_given),
        cmocka_unit_test(absurd_parameters_give_a_bounded_delay),
        cmocka_unit_test(spikes_come_as_often_as_they_should),
        cmocka_unit_test(a_seed_replays_its_delays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
