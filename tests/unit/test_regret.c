#include "experiment/regret.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* Round trips in milliseconds: A-B 100, A-C 200, B-C 150. C hosts nothing, only B is in the EU. */
enum { A, B, C, REGIONS };

static struct topology world;

static int set_up(void **state)
{
    static const uint32_t rtt_ms[REGIONS][REGIONS] = {{0, 100, 200}, {100, 0, 150}, {200, 150, 0}};
    (void)state;
    if (topology_init(&world, REGIONS))
        return -1;
    for (size_t i = 0; i < REGIONS; i++)
        for (size_t j = 0; j < REGIONS; j++)
            world.rtt_us[i * REGIONS + j] = rtt_ms[i][j] * 1000;
    world.regions[A].hosts = world.regions[B].hosts = true;
    world.regions[B].jurisdictions = 1u << JURISDICTION_EU;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    topology_finish(&world);
    return 0;
}

static struct regret *begin(enum jurisdiction jurisdiction, uint64_t objects, size_t memory)
{
    struct regret *regret;
    assert_int_equal(regret_create(&world, jurisdiction, objects, memory, &regret), OK);
    return regret;
}

static void add(struct regret *regret, uint64_t object, size_t region, size_t home, int times)
{
    for (int i = 0; i < times; i++)
        regret_add(regret, object, region, home);
}

static void it_is_the_distance_beyond_the_best_home(void **state)
{
    (void)state;
    static struct regret_result sum;
    struct regret *regret = begin(JURISDICTION_NONE, 10, 1 << 20);
    /* One user in A, three in C. At A: 600 / 4 = 150 ms. At B: (100 + 450) / 4 = 137.5 ms. */
    add(regret, 3, A, A, 1);
    add(regret, 3, C, A, 3);
    /* All in B, and at home there. */
    add(regret, 4, B, B, 7);
    regret_sum(regret, &sum);
    assert_int_equal(sum.object_count, 2);
    assert_int_equal(sum.one_in, 1);
    assert_true(sum.actual_mean_us == 75000);
    assert_true(sum.best_mean_us == 68750);
    assert_int_equal(sum.histogram.max_us, 12500);
    assert_int_equal(histogram_quantile_us(&sum.histogram, 0.5), 0);
    regret_destroy(regret);
}

static void the_best_home_obeys_the_jurisdiction(void **state)
{
    (void)state;
    static struct regret_result sum;
    struct regret *regret = begin(JURISDICTION_EU, 10, 1 << 20);
    add(regret, 0, A, B, 5); /* A would be nearer, and is not allowed */
    regret_sum(regret, &sum);
    assert_true(sum.actual_mean_us == 100000 && sum.best_mean_us == 100000);
    regret_destroy(regret);
}

static void with_too_many_objects_some_stand_for_all(void **state)
{
    (void)state;
    enum { OBJECTS = 100000 };
    static struct regret_result sum;
    struct regret *regret = begin(JURISDICTION_NONE, OBJECTS, OBJECTS);
    for (uint64_t object = 0; object < OBJECTS; object++)
        regret_add(regret, object, object % 2 ? A : B, A);
    regret_sum(regret, &sum);
    assert_in_range(sum.one_in, 10, 20);
    assert_in_range(sum.object_count, OBJECTS / sum.one_in - 1, OBJECTS / sum.one_in + 1);
    assert_in_range((uint64_t)sum.actual_mean_us, 45000, 55000); /* half of them, 100 ms each */
    assert_true(sum.best_mean_us == 0);
    regret_destroy(regret);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_the_distance_beyond_the_best_home),
        cmocka_unit_test(the_best_home_obeys_the_jurisdiction),
        cmocka_unit_test(with_too_many_objects_some_stand_for_all),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
