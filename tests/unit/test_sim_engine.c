#include "experiment/sim_engine.h"
#include "tests/lib/temp_dir.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Two regions, 200 ms apart, without jitter and with disks that take no time: every latency can be
 * told by hand. The coordinator stands in LHR and checks for 100 ms; handlers take 5 ms. */

enum { LHR, SYD };

static const char pattern[] =
    "{\"format\":1,\"experiment\":\"test\",\"seed\":7,\"topology\":{\"name\":\"two\","
    "\"time_scale\":1,\"regions\":[{\"code\":\"LHR\",\"city\":\"London\",\"country\":\"GB\","
    "\"lat\":51,\"lon\":0,\"hint\":\"weur\",\"hosts\":true,\"jurisdictions\":[]},"
    "{\"code\":\"SYD\",\"city\":\"Sydney\",\"country\":\"AU\",\"lat\":-34,\"lon\":151,"
    "\"hint\":\"oc\",\"hosts\":true,\"jurisdictions\":[]}],\"rtt_ms\":[[0,200],[200,0]],"
    "\"jitter\":{\"kind\":\"none\"}},\"coordinator\":{\"region\":\"LHR\","
    "\"check\":{\"kind\":\"fixed\",\"ms\":100}%s},\"policy\":{%s},\"cache\":{%s},"
    "\"workload\":{\"duration_s\":100,\"arrivals\":{\"rate_per_s\":10},\"objects\":{%s},"
    "\"service\":{\"kind\":\"fixed\",\"ms\":5}},\"faults\":[%s],"
    "\"engine\":{\"kind\":\"sim\",\"disk_ms\":0}}";

static const char nearest[] = "\"name\":\"nearest\"";
static const char in_sydney[] = "\"count\":200,\"region_weights\":{\"SYD\":1}";

struct experiment {
    const char *coordinator, *policy, *cache, *objects, *faults;
};

static struct sim_outcome outcome;
static struct input input;

static void write_input(const struct experiment *experiment, const char *path)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, pattern, experiment->coordinator ? experiment->coordinator : "",
            experiment->policy ? experiment->policy : nearest,
            experiment->cache ? experiment->cache : "",
            experiment->objects ? experiment->objects : in_sydney,
            experiment->faults ? experiment->faults : "");
    assert_int_equal(fclose(file), 0);
}

static void run(void **state, struct experiment experiment)
{
    char path[512];
    struct errmsg why = {0};
    snprintf(path, sizeof path, "%s/input.json", (const char *)*state);
    write_input(&experiment, path);
    if (input_read(path, &input, &why) || sim_engine_run(&input, NULL, &outcome, &why))
        fail_msg("%s", why.text);
}

static void end(void)
{
    measure_destroy(outcome.measure);
    free(outcome.faults_at_us);
    input_finish(&input);
}

static const struct access_measure *found(size_t region, enum access access)
{
    return outcome.measure->regions[region].accesses[access];
}

static uint64_t count_of(size_t region, enum access access)
{
    return found(region, access) ? found(region, access)->latency.total : 0;
}

/* All of this kind took as long, those apart that joined another's claim. */
static void assert_takes(size_t region, enum access access, uint64_t us)
{
    const struct access_measure *measure = found(region, access);
    assert_non_null(measure);
    assert_int_equal(measure->latency.max_us, us);
    assert_in_range(histogram_quantile_us(&measure->latency, 0.5), us - us / 100, us);
}

static void what_is_made_in_a_region_waits_for_nobody(void **state)
{
    run(state, (struct experiment){.objects = "\"count\":200,\"unique_share\":1,"
                                              "\"region_weights\":{\"SYD\":1}"});
    assert_takes(SYD, ACCESS_UNIQUE_FIRST, 5000);
    assert_takes(SYD, ACCESS_CACHED_LOCAL, 5000);
    assert_int_equal(count_of(SYD, ACCESS_UNIQUE_FIRST) + count_of(SYD, ACCESS_CACHED_LOCAL),
                     outcome.measure->requests);
    assert_int_equal(outcome.measure->claims[0].total, 0);
    assert_int_equal(outcome.measure->local_waits_for_nobody.checked, outcome.measure->requests);
    assert_int_equal(outcome.measure->local_waits_for_nobody.broken, 0);
    assert_int_equal(measure_pair(outcome.measure, SYD, LHR)->messages, 0);
    end();
}

static void a_name_waits_for_the_way_and_the_check(void **state)
{
    run(state, (struct experiment){0});
    assert_takes(SYD, ACCESS_NAME_FIRST, 200000 + 100000 + 5000);
    assert_takes(SYD, ACCESS_CACHED_LOCAL, 5000);
    const struct access_measure *first = found(SYD, ACCESS_NAME_FIRST);
    uint64_t sum_us = 0;
    for (enum part part = 0; part < PART_COUNT; part++)
        sum_us += first->parts_us[part];
    assert_int_equal(sum_us, first->latency.sum_us);
    assert_int_equal(first->parts_us[PART_SERVICE], 5000 * first->latency.total);
    assert_int_equal(first->parts_us[PART_QUEUE], 0);
    assert_int_equal(first->parts_us[PART_FORWARD], 0);
    assert_int_equal(outcome.measure->regions[SYD].objects, outcome.measure->claims[0].total);
    assert_int_equal(outcome.measure->known_is_not_asked.broken, 0);
    assert_true(outcome.measure->known_is_not_asked.checked > 700);
    end();
}

static void a_home_far_away_costs_its_distance_and_is_regretted(void **state)
{
    static struct regret_result regret;
    run(state, (struct experiment){.policy = "\"name\":\"pinned\",\"region\":\"LHR\""});
    assert_takes(SYD, ACCESS_NAME_FIRST, 200000 + 100000 + 200000 + 5000);
    assert_takes(SYD, ACCESS_CACHED_REMOTE, 205000);
    assert_int_equal(outcome.measure->regions[SYD].hits, count_of(SYD, ACCESS_CACHED_REMOTE));
    assert_int_equal(outcome.measure->regions[LHR].hosted_requests, outcome.measure->requests);
    regret_sum(outcome.measure->regret, &regret);
    assert_true(regret.actual_mean_us == 200000 && regret.best_mean_us == 0);
    end();
}

static void who_knows_the_users_places_best(void **state)
{
    static struct regret_result regret;
    /* Nearly all from Sydney, but some are first asked for in London. */
    run(state, (struct experiment){.policy = "\"name\":\"centre\"",
                                   .objects = "\"count\":50,\"users\":{\"kind\":\"world\"},"
                                              "\"region_weights\":{\"SYD\":9,\"LHR\":1}"});
    assert_int_equal(outcome.measure->regions[LHR].objects, 0);
    assert_true(outcome.measure->regions[SYD].objects > 45);
    regret_sum(outcome.measure->regret, &regret);
    assert_true(regret.actual_mean_us - regret.best_mean_us < 1000);
    end();
}

static void without_a_cache_the_arbiter_is_asked_each_time(void **state)
{
    run(state, (struct experiment){.policy = "\"name\":\"pinned\",\"region\":\"LHR\"",
                                   .cache = "\"on\":false"});
    assert_takes(SYD, ACCESS_UNCACHED, 200000 + 200000 + 5000);
    assert_int_equal(count_of(SYD, ACCESS_CACHED_REMOTE), 0);
    end();
}

static void what_is_pushed_need_not_be_asked_for(void **state)
{
    static const char both[] = "\"count\":50,\"users\":{\"kind\":\"world\"}";
    run(state, (struct experiment){.objects = both});
    uint64_t pulled = count_of(SYD, ACCESS_UNCACHED) + count_of(LHR, ACCESS_UNCACHED);
    uint64_t messages = measure_pair(outcome.measure, 2, SYD)->messages;
    end();
    run(state, (struct experiment){.objects = both, .cache = "\"fill\":\"push\""});
    uint64_t pushed = count_of(SYD, ACCESS_UNCACHED) + count_of(LHR, ACCESS_UNCACHED);
    assert_true(pulled > 30);
    assert_true(pushed < pulled / 10); /* only who asks while PLACED is on its way */
    assert_true(measure_pair(outcome.measure, 2, SYD)->messages >= messages);
    assert_int_equal(outcome.measure->known_is_not_asked.broken, 0);
    end();
}

static void a_shard_nearby_saves_the_way(void **state)
{
    run(state, (struct experiment){.coordinator = ",\"count\":2,\"regions\":[\"LHR\",\"SYD\"]"});
    const struct histogram *latency = &found(SYD, ACCESS_NAME_FIRST)->latency;
    assert_in_range(histogram_quantile_us(latency, 0.2), 105000, 106000);
    assert_in_range(histogram_quantile_us(latency, 0.8), 302000, 308000);
    assert_true(outcome.measure->claims[0].total > 50 && outcome.measure->claims[1].total > 50);
    end();
}

static void a_region_that_is_lost_fails_and_comes_back(void **state)
{
    run(state,
        (struct experiment){.faults = "{\"at_s\":40,\"what\":\"kill\",\"region\":\"SYD\"},"
                                      "{\"at_s\":60,\"what\":\"restart\",\"region\":\"SYD\"}"});
    const struct measure *measure = outcome.measure;
    assert_int_equal(outcome.faults_at_us[0], 40000000);
    for (size_t i = 0; i < measure->row_count; i++) {
        uint64_t from_us = i * measure->row_us;
        const struct timeline_row *row = &measure->rows[i];
        if (from_us < 39000000 || from_us > 62000000)
            assert_int_equal(row->failed, 0);
        if (from_us >= 40000000 && from_us + measure->row_us <= 60000000)
            assert_int_equal(row->failed, row->requests);
    }
    end();
}

static void those_under_way_fail_when_their_region_is_lost(void **state)
{
    char faults[1024];
    size_t size = 0;
    for (int i = 1; i <= 9; i++)
        size += (size_t)snprintf(faults + size, sizeof faults - size,
                                 "%s{\"at_s\":%d,\"what\":\"kill\",\"region\":\"SYD\"},"
                                 "{\"at_s\":%d,\"what\":\"restart\",\"region\":\"SYD\"}",
                                 i > 1 ? "," : "", 10 * i, 10 * i + 1);
    run(state, (struct experiment){.objects = "\"count\":50,\"users\":{\"kind\":\"world\"}",
                                   .faults = faults});
    const struct histogram *failed = &found(SYD, ACCESS_FAILED)->latency;
    assert_in_range(failed->max_us, 1, 400000); /* of some, and not until the end of the run */
    end();
}

static void the_same_input_measures_the_same(void **state)
{
    struct experiment experiment = {
        .objects = "\"count\":50,\"unique_share\":0.3,\"users\":{\"kind\":\"world\"}"};
    run(state, experiment);
    uint64_t event_count = outcome.event_count, simulated_us = outcome.simulated_us;
    uint64_t sum_us = found(SYD, ACCESS_CACHED_REMOTE)->latency.sum_us;
    end();
    run(state, experiment);
    assert_int_equal(outcome.event_count, event_count);
    assert_int_equal(outcome.simulated_us, simulated_us);
    assert_int_equal(found(SYD, ACCESS_CACHED_REMOTE)->latency.sum_us, sum_us);
    end();
}

static void every_mistake_is_told(void **state)
{
    char path[512];
    struct errmsg why = {0};
    struct experiment wrong = {.policy = "\"name\":\"best\"",
                               .cache = "\"filled\":1",
                               .objects = "\"count\":0",
                               .faults = "{\"what\":\"burn\",\"region\":\"XXX\"}"};
    snprintf(path, sizeof path, "%s/input.json", (const char *)*state);
    write_input(&wrong, path);
    assert_int_equal(input_read(path, &input, &why), ERR_INVALID);
    static const char *const told[] = {"policy.name: \"best\" is none of nearest, hint",
                                       "cache.filled", "workload.objects.count", "faults[0].what",
                                       "faults[0].region"};
    for (size_t i = 0; i < sizeof told / sizeof *told; i++)
        if (!strstr(why.text, told[i]))
            fail_msg("nothing about %s in: %s", told[i], why.text);
}

static int set_up(void **state)
{
    *state = temp_dir_make();
    return *state ? 0 : -1;
}

static int tear_down(void **state)
{
    temp_dir_remove(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_made_in_a_region_waits_for_nobody),
        cmocka_unit_test(a_name_waits_for_the_way_and_the_check),
        cmocka_unit_test(a_home_far_away_costs_its_distance_and_is_regretted),
        cmocka_unit_test(who_knows_the_users_places_best),
        cmocka_unit_test(without_a_cache_the_arbiter_is_asked_each_time),
        cmocka_unit_test(what_is_pushed_need_not_be_asked_for),
        cmocka_unit_test(a_shard_nearby_saves_the_way),
        cmocka_unit_test(a_region_that_is_lost_fails_and_comes_back),
        cmocka_unit_test(those_under_way_fail_when_their_region_is_lost),
        cmocka_unit_test(the_same_input_measures_the_same),
        cmocka_unit_test(every_mistake_is_told),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
