#include "common/topology.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* A world of one line: a region stands at `place`, and the round trip between two of them is
 * their distance in milliseconds. */
struct site {
    const char *code;
    enum hint hint;
    bool hosts;
    uint32_t jurisdictions;
    int place;
};

#define IN(jurisdiction) (1u << JURISDICTION_##jurisdiction)

static const struct site sites[] = {
    {"SJC", HINT_WNAM, true, IN(US), 0},
    {"IAD", HINT_ENAM, true, IN(US) | IN(FEDRAMP) | IN(FEDRAMP_HIGH), 60},
    {"ORD", HINT_ENAM, true, IN(US) | IN(FEDRAMP), 45},
    {"GRU", HINT_SAM, false, 0, 100},
    {"LHR", HINT_WEUR, true, 0, 140},
    {"CDG", HINT_WEUR, true, IN(EU), 145},
    {"WAW", HINT_EEUR, true, IN(EU), 165},
    {"JNB", HINT_AFR, false, 0, 200},
    {"DXB", HINT_ME, false, 0, 230},
    {"SIN", HINT_APAC, true, 0, 300},
    {"NRT", HINT_APAC_NE, true, 0, 360},
    {"CGK", HINT_APAC_SE, false, 0, 310},
    {"SYD", HINT_OC, true, 0, 400},
    {"FRA", HINT_EEUR, false, IN(EU), 150}, /* entry-only, though the rules of the EU hold there */
};
enum { SITE_COUNT = sizeof sites / sizeof sites[0] };

static struct topology world;

static int build_world(void **state)
{
    (void)state;
    if (topology_init(&world, SITE_COUNT))
        return -1;
    for (size_t i = 0; i < SITE_COUNT; i++) {
        struct region *region = &world.regions[i];
        strcpy(region->code, sites[i].code);
        region->hint = sites[i].hint;
        region->hosts = sites[i].hosts;
        region->jurisdictions = sites[i].jurisdictions;
        for (size_t k = 0; k < SITE_COUNT; k++) {
            int distance = sites[i].place - sites[k].place;
            world.rtt_us[i * SITE_COUNT + k] =
                (uint32_t)(distance < 0 ? -distance : distance) * 1000;
        }
    }
    world.coordinator_region = topology_find(&world, bytes_of("IAD"));
    return 0;
}

static int end_world(void **state)
{
    (void)state;
    topology_finish(&world);
    topology_finish(&world);
    return 0;
}

static const char *code_at(size_t region)
{
    return region == REGION_NONE ? "none" : world.regions[region].code;
}

static const char *placed_at(const char *policy, const char *from, enum hint hint,
                             enum jurisdiction jurisdiction)
{
    struct place_request request = {
        topology_find(&world, bytes_of(from)), hint, jurisdiction, {{0}}};
    return code_at(place_choose(place_policy_find(policy), &world, &request, NULL));
}

static const char *nearest(const char *from, enum hint hint, enum jurisdiction jurisdiction)
{
    return placed_at("nearest", from, hint, jurisdiction);
}

static void regions_are_found_by_code(void **state)
{
    (void)state;
    assert_int_equal(topology_find(&world, bytes_of("SJC")), 0);
    assert_int_equal(topology_find(&world, bytes_of("FRA")), SITE_COUNT - 1);
    const char *const wrong[] = {"", "SJ", "SJCX", "sjc", "XXX"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_true(topology_find(&world, bytes_of(wrong[i])) == REGION_NONE);
    assert_true(topology_find(&world, BYTES_LITERAL("SJC\0")) == REGION_NONE);
    assert_int_equal(topology_rtt_us(&world, 0, 1), 60000);
}

static void hints_have_names(void **state)
{
    (void)state;
    enum hint hint;
    assert_string_equal(hint_name(HINT_NONE), "");
    assert_string_equal(hint_name(HINT_APAC_NE), "apac-ne");
    for (int i = 1; i < HINT_COUNT; i++) {
        assert_true(hint_parse(bytes_of(hint_name((enum hint)i)), &hint));
        assert_int_equal(hint, i);
    }
    const char *const wrong[] = {"", "apac-", "WNAM", "na", "wnam "};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(hint_parse(bytes_of(wrong[i]), &hint));
}

static void policies_are_a_table(void **state)
{
    (void)state;
    assert_string_equal(place_policies[0].name, "nearest");
    size_t count = 0;
    for (const struct place_policy *policy = place_policies; policy->name; policy++, count++) {
        assert_ptr_equal(place_policy_find(policy->name), policy);
    }
    assert_int_equal(count, 3);
    assert_null(place_policy_find("farthest"));
    assert_null(place_policy_find(""));
}

static void without_a_hint_the_nearest_host_wins(void **state)
{
    (void)state;
    for (size_t i = 0; i < SITE_COUNT; i++)
        if (sites[i].hosts)
            assert_string_equal(nearest(sites[i].code, HINT_NONE, JURISDICTION_NONE),
                                sites[i].code);
    assert_string_equal(nearest("JNB", HINT_NONE, JURISDICTION_NONE), "WAW");
    assert_string_equal(nearest("CGK", HINT_NONE, JURISDICTION_NONE), "SIN");
    assert_string_equal(nearest("FRA", HINT_NONE, JURISDICTION_NONE), "CDG");
}

static void ties_go_to_the_region_listed_first(void **state)
{
    (void)state;
    /* GRU is 40 ms from IAD and from LHR. */
    assert_string_equal(nearest("GRU", HINT_NONE, JURISDICTION_NONE), "IAD");
}

static void a_hint_names_the_group(void **state)
{
    (void)state;
    static const struct {
        enum hint hint;
        const char *from_syd, *from_sjc;
    } cases[] = {
        {HINT_WNAM, "SJC", "SJC"},
        {HINT_ENAM, "IAD", "ORD"},
        {HINT_WEUR, "CDG", "LHR"},
        {HINT_EEUR, "WAW", "WAW"},
        {HINT_APAC, "NRT", "SIN"}, /* apac-ne is in apac as well */
        {HINT_APAC_NE, "NRT", "NRT"},
        {HINT_OC, "SYD", "SYD"},
        /* groups that host nothing, and who stands in for them */
        {HINT_SAM, "IAD", "ORD"},
        {HINT_AFR, "CDG", "LHR"},
        {HINT_ME, "WAW", "WAW"},
        {HINT_APAC_SE, "NRT", "SIN"},
    };
    assert_int_equal(sizeof cases / sizeof cases[0], HINT_COUNT - 1);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_string_equal(nearest("SYD", cases[i].hint, JURISDICTION_NONE), cases[i].from_syd);
        assert_string_equal(nearest("SJC", cases[i].hint, JURISDICTION_NONE), cases[i].from_sjc);
    }
}

static void a_group_that_hosts_needs_no_stand_in(void **state)
{
    (void)state;
    size_t gru = topology_find(&world, bytes_of("GRU"));
    world.regions[gru].hosts = true;
    assert_string_equal(nearest("SYD", HINT_SAM, JURISDICTION_NONE), "GRU");
    world.regions[gru].hosts = false;
}

static void a_jurisdiction_is_a_command(void **state)
{
    (void)state;
    assert_string_equal(nearest("SYD", HINT_NONE, JURISDICTION_EU), "WAW");
    assert_string_equal(nearest("SJC", HINT_NONE, JURISDICTION_EU), "CDG");
    assert_string_equal(nearest("FRA", HINT_NONE, JURISDICTION_EU), "CDG"); /* entry-only */
    assert_string_equal(nearest("SYD", HINT_NONE, JURISDICTION_US), "IAD");
    assert_string_equal(nearest("SJC", HINT_NONE, JURISDICTION_FEDRAMP), "ORD");
    assert_string_equal(nearest("SJC", HINT_NONE, JURISDICTION_FEDRAMP_HIGH), "IAD");
}

static void a_jurisdiction_beats_a_hint(void **state)
{
    (void)state;
    assert_string_equal(nearest("SYD", HINT_WEUR, JURISDICTION_EU), "CDG"); /* both can be met */
    assert_string_equal(nearest("SYD", HINT_OC, JURISDICTION_EU), "WAW");  /* the hint is dropped */
    assert_string_equal(nearest("SYD", HINT_AFR, JURISDICTION_EU), "CDG"); /* weur stands in */
    assert_string_equal(nearest("SYD", HINT_AFR, JURISDICTION_US), "IAD"); /* dropped as well */
}

static void an_impossible_jurisdiction_has_no_answer(void **state)
{
    (void)state;
    size_t iad = topology_find(&world, bytes_of("IAD"));
    world.regions[iad].hosts = false;
    for (const struct place_policy *policy = place_policies; policy->name; policy++) {
        assert_string_equal(placed_at(policy->name, "SJC", HINT_NONE, JURISDICTION_FEDRAMP_HIGH),
                            "none");
        assert_string_equal(placed_at(policy->name, "SJC", HINT_ENAM, JURISDICTION_FEDRAMP_HIGH),
                            "none");
    }
    world.regions[iad].hosts = true;
}

static void only_usable_regions_are_chosen(void **state)
{
    (void)state;
    bool usable[SITE_COUNT] = {false};
    struct place_request request = {.region = topology_find(&world, bytes_of("LHR"))};
    for (const struct place_policy *policy = place_policies; policy->name; policy++)
        assert_string_equal(code_at(place_choose(policy, &world, &request, usable)), "none");
    usable[topology_find(&world, bytes_of("SYD"))] = true;
    usable[topology_find(&world, bytes_of("GRU"))] = true; /* hosts nothing all the same */
    for (const struct place_policy *policy = place_policies; policy->name; policy++)
        assert_string_equal(code_at(place_choose(policy, &world, &request, usable)), "SYD");
    request.hint = HINT_WEUR; /* nobody usable there */
    assert_string_equal(code_at(place_choose(&place_policies[0], &world, &request, usable)), "SYD");
    request.jurisdiction = JURISDICTION_EU;
    assert_string_equal(code_at(place_choose(&place_policies[0], &world, &request, usable)),
                        "none");
}

static void the_coordinator_policy_ignores_who_asks(void **state)
{
    (void)state;
    for (size_t i = 0; i < SITE_COUNT; i++) {
        assert_string_equal(placed_at("coordinator", sites[i].code, HINT_NONE, JURISDICTION_NONE),
                            "IAD");
        assert_string_equal(placed_at("coordinator", sites[i].code, HINT_EEUR, JURISDICTION_NONE),
                            "WAW");
        assert_string_equal(placed_at("coordinator", sites[i].code, HINT_OC, JURISDICTION_EU),
                            "CDG");
    }
}

static void the_random_policy_spreads_evenly_and_obeys(void **state)
{
    (void)state;
    enum { DRAWS = 20000 };
    const struct place_policy *policy = place_policy_find("random");
    size_t counts[SITE_COUNT] = {0}, host_count = 0;
    for (size_t i = 0; i < SITE_COUNT; i++)
        host_count += sites[i].hosts;
    for (uint32_t i = 0; i < DRAWS; i++) {
        struct place_request request = {.region = i % SITE_COUNT};
        memcpy(request.id.bytes + 2, &i, sizeof i);
        size_t region = place_choose(policy, &world, &request, NULL);
        assert_true(region < SITE_COUNT);
        counts[region]++;
        request.region = 0; /* the id alone decides */
        assert_int_equal(place_choose(policy, &world, &request, NULL), region);
        request.jurisdiction = JURISDICTION_EU;
        region = place_choose(policy, &world, &request, NULL);
        assert_true(sites[region].hosts && (sites[region].jurisdictions & IN(EU)));
        request.jurisdiction = JURISDICTION_NONE;
        request.hint = HINT_SAM;
        assert_int_equal(sites[place_choose(policy, &world, &request, NULL)].hint, HINT_ENAM);
    }
    for (size_t i = 0; i < SITE_COUNT; i++)
        if (sites[i].hosts)
            assert_in_range(counts[i], DRAWS / host_count * 9 / 10, DRAWS / host_count * 11 / 10);
        else
            assert_int_equal(counts[i], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(regions_are_found_by_code),
        cmocka_unit_test(hints_have_names),
        cmocka_unit_test(policies_are_a_table),
        cmocka_unit_test(without_a_hint_the_nearest_host_wins),
        cmocka_unit_test(ties_go_to_the_region_listed_first),
        cmocka_unit_test(a_hint_names_the_group),
        cmocka_unit_test(a_group_that_hosts_needs_no_stand_in),
        cmocka_unit_test(a_jurisdiction_is_a_command),
        cmocka_unit_test(a_jurisdiction_beats_a_hint),
        cmocka_unit_test(an_impossible_jurisdiction_has_no_answer),
        cmocka_unit_test(only_usable_regions_are_chosen),
        cmocka_unit_test(the_coordinator_policy_ignores_who_asks),
        cmocka_unit_test(the_random_policy_spreads_evenly_and_obeys),
    };
    return cmocka_run_group_tests(tests, build_world, end_world);
}
