#include "experiment/histogram.h"
#include "experiment/workload.h"
#include "experiment/zipf.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* ---- the histogram ---- */

static void test_every_value_is_within_one_part_of_128(void **state)
{
    (void)state;
    for (uint64_t value_us = 0; value_us < (1ull << 31); value_us += 1 + value_us / 300) {
        static struct histogram histogram;
        memset(&histogram, 0, sizeof histogram);
        histogram_add(&histogram, value_us);
        histogram_add(&histogram, (1ull << 32) - 1);
        uint64_t found_us = histogram_quantile_us(&histogram, 0.5);
        assert_true(found_us >= value_us);
        assert_true(found_us - value_us <= value_us / HISTOGRAM_STEPS);
    }
}

static void test_quantiles_are_ranks(void **state)
{
    (void)state;
    static struct histogram all;
    for (uint64_t i = 1; i <= 100; i++)
        histogram_add(&all, i);
    assert_int_equal(histogram_quantile_us(&all, 0.5), 50);
    assert_int_equal(histogram_quantile_us(&all, 0.99), 99);
    assert_int_equal(histogram_quantile_us(&all, 1), 100);
    assert_true(histogram_mean_us(&all) == 50.5);
}

static void test_what_is_too_long_counts_as_the_longest(void **state)
{
    (void)state;
    static struct histogram histogram;
    histogram_add(&histogram, UINT64_MAX / 2);
    assert_int_equal(histogram.counts[HISTOGRAM_BUCKET_COUNT - 1], 1);
    assert_int_equal(histogram_quantile_us(&histogram, 0),
                     histogram_upper_us(HISTOGRAM_BUCKET_COUNT - 1));
}

/* ---- ranks ---- */

static void test_zipf_follows_its_law(void **state)
{
    (void)state;
    enum { RANKS = 1000, DRAWS = 400000 };
    static const double exponents[] = {0.6, 1.0, 1.4};
    for (size_t e = 0; e < 3; e++) {
        struct zipf zipf;
        struct rng rng;
        rng_init(&rng, 5);
        zipf_init(&zipf, RANKS, exponents[e]);
        static uint32_t counts[RANKS + 1];
        memset(counts, 0, sizeof counts);
        for (size_t i = 0; i < DRAWS; i++) {
            uint64_t rank = zipf_draw(&zipf, &rng);
            assert_in_range(rank, 1, RANKS);
            counts[rank]++;
        }
        double total = 0;
        for (size_t rank = 1; rank <= RANKS; rank++)
            total += pow((double)rank, -exponents[e]);
        for (size_t rank = 1; rank <= RANKS; rank *= 3) {
            double expected = DRAWS * pow((double)rank, -exponents[e]) / total;
            assert_true(fabs(counts[rank] - expected) < 5 * sqrt(expected) + 1);
        }
    }
}

/* ---- the stream ---- */

static const double weights[] = {1, 2, 1};
static const double lons[] = {0, 120, -120};

static struct workload_config plain(void)
{
    return (struct workload_config){.seed = 3,
                                    .duration_us = 100000000,
                                    .arrivals = {.kind = ARRIVAL_POISSON, .rate_per_s = 1000},
                                    .object_count = 500,
                                    .unique_share = 0.25,
                                    .users = {.kind = USERS_HOME, .home_share = 0.9},
                                    .region_count = 3,
                                    .region_weights = weights,
                                    .region_lons = lons,
                                    .request_bytes = 10,
                                    .write_share = 0.5,
                                    .service = {.kind = DELAY_FIXED, .low_us = 700}};
}

static struct workload *begin(const struct workload_config *config)
{
    struct workload *workload;
    assert_int_equal(workload_create(config, &workload), OK);
    return workload;
}

static void assert_about(double value, double expected, double spread)
{
    if (fabs(value - expected) > spread)
        fail_msg("%g is not within %g of %g", value, spread, expected);
}

static void test_rates_and_shares(void **state)
{
    (void)state;
    struct workload_config config = plain();
    struct workload *workload = begin(&config);
    struct request request;
    uint64_t count = 0, last_us = 0, writes = 0, uniques = 0, regions[3] = {0}, home = 0;
    while (workload_next(workload, &request)) {
        assert_true(request.at_us >= last_us && request.at_us < config.duration_us);
        assert_true(request.object < config.object_count);
        assert_int_equal(request.service_us, 700);
        last_us = request.at_us;
        count++;
        writes += request.writes;
        uniques += request.unique;
        regions[request.region]++;
        home += request.region == workload_market(workload, request.object, 0);
    }
    workload_destroy(workload);
    double n = (double)count;
    assert_about(n, 100000, 5 * sqrt(100000));
    assert_about((double)writes / n, 0.5, 0.01);
    assert_about((double)uniques / n, 0.25, 0.08);  /* of 500 objects */
    assert_about((double)regions[1] / n, 0.5, 0.1); /* the same */
    assert_about((double)home / n, 0.9 + 0.1 * 0.375,
                 0.01); /* some of the rest are at home by chance */
}

static void test_the_same_seed_gives_the_same_stream(void **state)
{
    (void)state;
    struct workload_config config = plain();
    config.popularity = (struct popularity){.kind = POPULARITY_ZIPF, .exponent = 1};
    config.request_count_max = 1000;
    struct workload *a = begin(&config), *b = begin(&config);
    config.seed++;
    struct workload *c = begin(&config);
    struct request x, y = {0}, z = {0};
    size_t count = 0, different = 0;
    while (workload_next(a, &x)) {
        assert_true(workload_next(b, &y));
        assert_true(workload_next(c, &z));
        assert_true(x.at_us == y.at_us && x.object == y.object && x.region == y.region &&
                    x.first == y.first);
        different += x.at_us != z.at_us;
        count++;
    }
    assert_int_equal(count, 1000);
    assert_true(different > 900);
    workload_destroy(a);
    workload_destroy(b);
    workload_destroy(c);
}

static void test_each_unique_object_is_made_once(void **state)
{
    (void)state;
    struct workload_config config = plain();
    struct workload *workload = begin(&config);
    static bool made[500];
    memset(made, 0, sizeof made);
    struct request request;
    while (workload_next(workload, &request)) {
        assert_false(request.first && made[request.object]);
        made[request.object] |= request.first;
        assert_true(!request.unique || made[request.object]);
    }
    workload_destroy(workload);
}

static void test_a_day_goes_round_the_earth(void **state)
{
    (void)state;
    struct workload_config config = plain();
    config.arrivals = (struct arrivals){
        .kind = ARRIVAL_DAILY, .rate_per_s = 5000, .day_us = 24000000, .day_low = 0};
    config.duration_us = 24000000; /* an hour lasts a second */
    config.users = (struct users){.kind = USERS_WORLD};
    struct workload *workload = begin(&config);
    struct request request;
    uint64_t counts[3][24] = {{0}};
    while (workload_next(workload, &request))
        counts[request.region][request.at_us / 1000000]++;
    workload_destroy(workload);
    /* 14 o'clock at longitudes 0, 120 and -120 is 14, 6 and 22 o'clock at longitude 0. */
    static const size_t top[] = {14, 6, 22};
    for (size_t i = 0; i < 3; i++)
        for (size_t hour = 0; hour < 24; hour++)
            assert_true(counts[i][hour] < counts[i][top[i]] * 1.15);
    for (size_t i = 0; i < 3; i++)
        assert_true(counts[i][(top[i] + 12) % 24] * 10 < counts[i][top[i]]);
}

static void test_bursts(void **state)
{
    (void)state;
    struct workload_config config = plain();
    config.arrivals = (struct arrivals){.kind = ARRIVAL_BURST,
                                        .rate_per_s = 1000,
                                        .burst_factor = 10,
                                        .burst_us = 1000000,
                                        .burst_every_us = 10000000};
    struct workload *workload = begin(&config);
    struct request request;
    double in = 0, out = 0;
    while (workload_next(workload, &request))
        *(request.at_us % 10000000 < 1000000 ? &in : &out) += 1;
    workload_destroy(workload);
    assert_about(in / 10, 10000, 500); /* ten bursts of a second */
    assert_about(out / 90, 1000, 50);
}

static void test_objects_live_and_end(void **state)
{
    (void)state;
    struct workload_config config = plain();
    config.life_us = 10000000;
    config.object_count = 10000; /* 100 are born each second */
    struct workload *workload = begin(&config);
    struct request request;
    while (workload_next(workload, &request)) {
        double birth_us = (double)request.object * 10000;
        assert_true((double)request.at_us - birth_us >= -10000);
        assert_true((double)request.at_us - birth_us <= 10020000);
    }
    workload_destroy(workload);
}

static void test_travelling_objects_move_their_market(void **state)
{
    (void)state;
    struct workload_config config = plain();
    config.users =
        (struct users){.kind = USERS_TRAVEL, .home_share = 1, .travel_every_us = 10000000};
    struct workload *workload = begin(&config);
    struct request request;
    while (workload_next(workload, &request))
        assert_int_equal(request.region, workload_market(workload, request.object, request.at_us));
    size_t moved = 0;
    for (uint64_t object = 0; object < 500; object++)
        moved +=
            workload_market(workload, object, 0) != workload_market(workload, object, 10000000);
    assert_true(moved > 200);
    workload_destroy(workload);
}

static void test_expected_users_are_those_that_come(void **state)
{
    (void)state;
    static const struct users kinds[] = {
        {.kind = USERS_HOME, .home_share = 0.7},
        {.kind = USERS_SEVERAL, .market_count = 3},
        {.kind = USERS_WORLD},
        {.kind = USERS_TRAVEL, .home_share = 0.8, .travel_every_us = 20000000}};
    for (size_t k = 0; k < 4; k++) {
        struct workload_config config = plain();
        config.users = kinds[k];
        config.object_count = 1;
        struct workload *workload = begin(&config);
        struct request request;
        double counts[3] = {0}, total = 0, expected[3];
        while (workload_next(workload, &request)) {
            counts[request.region] += 1;
            total += 1;
        }
        workload_expected_users(workload, 0, expected);
        for (size_t i = 0; i < 3; i++) /* travelling: the last stay is cut short */
            assert_about(counts[i] / total, expected[i],
                         kinds[k].kind == USERS_TRAVEL ? 0.15 : 0.02);
        workload_destroy(workload);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_value_is_within_one_part_of_128),
        cmocka_unit_test(test_quantiles_are_ranks),
        cmocka_unit_test(test_what_is_too_long_counts_as_the_longest),
        cmocka_unit_test(test_zipf_follows_its_law),
        cmocka_unit_test(test_rates_and_shares),
        cmocka_unit_test(test_the_same_seed_gives_the_same_stream),
        cmocka_unit_test(test_each_unique_object_is_made_once),
        cmocka_unit_test(test_a_day_goes_round_the_earth),
        cmocka_unit_test(test_bursts),
        cmocka_unit_test(test_objects_live_and_end),
        cmocka_unit_test(test_travelling_objects_move_their_market),
        cmocka_unit_test(test_expected_users_are_those_that_come),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
