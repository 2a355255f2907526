#include "experiment/load_kind.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* Two regions 100 ms apart; the coordinator stands in the first. */
enum { AAA, BBB, REGION_COUNT, OBJECT_COUNT = 10, MS = 1000 };

static struct input input;
static struct measure *measure;
static struct load_kinds *kinds;

static int open_kinds(void **state)
{
    (void)state;
    struct topology *topology = &input.config.topology;
    assert_int_equal(topology_init(topology, REGION_COUNT), OK);
    strcpy(topology->regions[AAA].code, "AAA");
    strcpy(topology->regions[BBB].code, "BBB");
    topology->regions[AAA].hosts = topology->regions[BBB].hosts = true;
    topology->rtt_us[AAA * REGION_COUNT + BBB] = topology->rtt_us[BBB * REGION_COUNT + AAA] =
        100 * MS;
    input.config.policy = &place_policies[0];
    input.config.limits.cache_entry_count_max = OBJECT_COUNT;
    input.workload.object_count = OBJECT_COUNT;
    input.cache = true;
    struct measure_config config = {.topology = topology,
                                    .duration_us = 1000 * MS,
                                    .object_count = OBJECT_COUNT,
                                    .coordinator_count = 1};
    assert_int_equal(measure_create(&config, &measure), OK);
    assert_int_equal(load_kinds_create(&input, measure, &kinds), OK);
    return 0;
}

static int close_kinds(void **state)
{
    (void)state;
    load_kinds_destroy(kinds);
    measure_destroy(measure);
    topology_finish(&input.config.topology);
    input = (struct input){0};
    return 0;
}

/* ---- the header ---- */

static bool reads(const char *text, struct load_timing *ret_timing)
{
    struct bytes bytes = {.data = text, .size = strlen(text)};
    return load_timing_read(&input.config.topology, bytes, 0.5, ret_timing);
}

static void test_what_a_node_says_is_read(void **state)
{
    (void)state;
    struct load_timing timing;
    assert_true(
        reads("find;dur=50.000;desc=\"asked the coordinator\", fetch;dur=1.250;desc=\"BBB\", "
              "worker;dur=52.000",
              &timing));
    assert_int_equal(timing.find_us, 100 * MS);
    assert_int_equal(timing.fetch_us, 2500);
    assert_int_equal(timing.arbiter, REGION_COUNT);
    assert_int_equal(timing.home, BBB);
    assert_true(reads(
        "find;dur=0.001;desc=\"asked nobody, it was known\", fetch;dur=0;desc=\"AAA\"", &timing));
    assert_true(timing.arbiter == REGION_NONE);
}

static void test_anything_else_is_not(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "worker;dur=1.000",
        "find;dur=1.0;desc=\"asked BBB\"",
        "find;dur=x;desc=\"asked BBB\", fetch;dur=1;desc=\"AAA\"",
        "find;dur=-1;desc=\"asked BBB\", fetch;dur=1;desc=\"AAA\"",
        "find;dur=1;desc=\"told by BBB\", fetch;dur=1;desc=\"AAA\"",
        "find;dur=1;desc=\"asked BBB\", fetch;dur=1;desc=\"nowhere\"",
        "find;dur=1;desc=\"asked BBB\", fetch;dur=nan;desc=\"AAA\"",
        "find;dur=1e300;desc=\"asked BBB\", fetch;dur=1;desc=\"AAA\"",
    };
    struct load_timing timing;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_false(reads(texts[i], &timing));
    char all[2000];
    memset(all, 'f', sizeof all - 1);
    all[sizeof all - 1] = 0;
    assert_false(reads(all, &timing));
}

/* ---- kinds ---- */

static void answer(uint64_t at_ms, size_t region, uint64_t object, size_t arbiter, size_t home,
                   uint64_t find_ms, uint64_t fetch_ms)
{
    struct request request = {.at_us = at_ms * MS, .region = region, .object = object};
    struct load_timing timing = {
        .find_us = find_ms * MS, .fetch_us = fetch_ms * MS, .arbiter = arbiter, .home = home};
    assert_int_equal(load_kinds_answered(kinds, &request, &timing, (find_ms + fetch_ms) * MS,
                                         load_kinds_told(kinds, &request)),
                     OK);
}

static const struct access_measure *of(size_t region, enum access access)
{
    return measure->regions[region].accesses[access];
}

static uint64_t count_of(size_t region, enum access access)
{
    return of(region, access) ? of(region, access)->latency.total : 0;
}

/* A name is claimed in B at 0, is with the coordinator at 50, and placed at 80 after a check of 30. In
 * A, who asks at 60 waits for the same check; who asks at 90 does not, though he is answered sooner. */
static void test_first_is_who_waited_for_the_check(void **state)
{
    (void)state;
    answer(90, AAA, 3, REGION_COUNT, BBB, 0, 100);
    answer(0, BBB, 3, REGION_COUNT, BBB, 130, 0);
    answer(10, BBB, 3, REGION_COUNT, BBB, 120, 0);
    answer(60, AAA, 3, REGION_COUNT, BBB, 20, 100);
    assert_int_equal(load_kinds_end(kinds), OK);
    assert_int_equal(count_of(BBB, ACCESS_NAME_FIRST), 2);
    assert_int_equal(count_of(AAA, ACCESS_NAME_FIRST), 1);
    assert_int_equal(count_of(AAA, ACCESS_UNCACHED), 1);
    assert_int_equal(of(BBB, ACCESS_NAME_FIRST)->parts_us[PART_CHECK], 60 * MS);
    assert_int_equal(of(BBB, ACCESS_NAME_FIRST)->parts_us[PART_CLAIM], (100 + 90) * MS);
    assert_int_equal(of(AAA, ACCESS_NAME_FIRST)->parts_us[PART_CHECK], 20 * MS);
    assert_int_equal(of(AAA, ACCESS_NAME_FIRST)->parts_us[PART_FORWARD], 100 * MS);
    assert_int_equal(measure->claims[0].total, 3); /* two of B shared one */
    assert_int_equal(measure->pending_max, 2);
}

static void test_what_is_known_is_not_asked(void **state)
{
    (void)state;
    answer(0, AAA, 1, REGION_NONE, AAA, 0, 5);
    answer(1, AAA, 2, REGION_NONE, BBB, 0, 105);
    answer(2, AAA, 2, REGION_NONE, BBB, 0, 105);
    answer(3, AAA, 2, BBB, BBB, 100, 105);
    assert_int_equal(load_kinds_end(kinds), OK);
    assert_int_equal(count_of(AAA, ACCESS_CACHED_LOCAL), 1);
    assert_int_equal(count_of(AAA, ACCESS_CACHED_REMOTE), 2);
    assert_int_equal(count_of(AAA, ACCESS_UNCACHED), 1);
    assert_int_equal(measure->known_is_not_asked.checked, 2);
    assert_int_equal(measure->known_is_not_asked.broken, 1);
}

static void test_unique_ones_stay(void **state)
{
    (void)state;
    struct request request = {.region = BBB, .object = 4, .unique = true, .first = true};
    struct load_timing timing = {.arbiter = REGION_NONE, .home = BBB};
    assert_int_equal(load_kinds_answered(kinds, &request, &timing, MS, false), OK);
    request.first = false;
    timing.home = AAA;
    assert_int_equal(load_kinds_answered(kinds, &request, &timing, MS, true), OK);
    assert_int_equal(load_kinds_failed(kinds, &request, MS), OK);
    assert_int_equal(count_of(BBB, ACCESS_UNIQUE_FIRST), 1);
    assert_int_equal(count_of(BBB, ACCESS_FAILED), 1);
    assert_int_equal(measure->local_waits_for_nobody.checked, 2);
    assert_int_equal(measure->local_waits_for_nobody.broken, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_a_node_says_is_read, open_kinds, close_kinds),
        cmocka_unit_test_setup_teardown(test_anything_else_is_not, open_kinds, close_kinds),
        cmocka_unit_test_setup_teardown(test_first_is_who_waited_for_the_check, open_kinds,
                                        close_kinds),
        cmocka_unit_test_setup_teardown(test_what_is_known_is_not_asked, open_kinds, close_kinds),
        cmocka_unit_test_setup_teardown(test_unique_ones_stay, open_kinds, close_kinds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
