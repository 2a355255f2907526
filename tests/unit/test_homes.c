#include "common/homes.h"

#include "common/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* The id numbered `number`; a different one for each number. */
static struct object_id id_numbered(uint64_t number)
{
    struct object_id id;
    struct rng rng;
    rng_init(&rng, number);
    memcpy(id.bytes, rng.state, sizeof id.bytes);
    return id;
}

static uint16_t home_of(uint64_t number)
{
    return (uint16_t)(1 + number % 65535);
}

static void an_empty_table_knows_nobody(void **state)
{
    (void)state;
    struct homes homes = {0};
    struct object_id id = id_numbered(1);
    assert_int_equal(homes_find(&homes, &id), 0);
    homes_finish(&homes);
    assert_int_equal(homes_find(&homes, &id), 0);
}

static void what_was_added_is_found_for_ever(void **state)
{
    (void)state;
    enum { COUNT = 100000 };
    struct homes homes = {0};
    for (uint64_t i = 0; i < COUNT; i++) {
        struct object_id id = id_numbered(i);
        assert_int_equal(homes_find(&homes, &id), 0);
        assert_int_equal(homes_add(&homes, &id, home_of(i)), OK);
        assert_int_equal(homes_find(&homes, &id), home_of(i));
    }
    assert_int_equal(homes.count, COUNT);
    for (uint64_t i = 0; i < COUNT; i++) {
        struct object_id id = id_numbered(i), absent = id_numbered(COUNT + i);
        assert_int_equal(homes_find(&homes, &id), home_of(i));
        assert_int_equal(homes_find(&homes, &absent), 0);
    }
    homes_finish(&homes);
}

/* Ids that differ in one byte only, at each place in turn. */
static void every_byte_of_an_id_counts(void **state)
{
    (void)state;
    struct homes homes = {0};
    for (int place = 0; place < OBJECT_ID_BYTES; place++)
        for (int value = 1; value < 256; value++) {
            struct object_id id = {{0}};
            id.bytes[place] = (uint8_t)value;
            assert_int_equal(homes_add(&homes, &id, (uint16_t)(place * 256 + value)), OK);
        }
    for (int place = 0; place < OBJECT_ID_BYTES; place++)
        for (int value = 1; value < 256; value++) {
            struct object_id id = {{0}};
            id.bytes[place] = (uint8_t)value;
            assert_int_equal(homes_find(&homes, &id), place * 256 + value);
        }
    struct object_id zero = {{0}};
    assert_int_equal(homes_find(&homes, &zero), 0);
    homes_finish(&homes);
}

/* How many slots a search for the taken slot at `index` looks at, less the first, cannot exceed
 * the run of taken slots before it. */
static size_t longest_run(const struct homes *homes)
{
    size_t longest = 0, run = 0;
    for (size_t i = 0; i < homes->capacity; i++) {
        run = homes->slots[i].home_number ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    return longest;
}

static void ids_alike_in_all_but_a_counter_spread(void **state)
{
    (void)state;
    struct homes homes = {.hash_key = "sixteen of bytes"};
    for (uint32_t i = 0; i < 50000; i++) {
        struct object_id id = {{0}};
        memcpy(id.bytes + 12, &i, sizeof i);
        assert_int_equal(homes_add(&homes, &id, 1), OK);
    }
    assert_in_range(longest_run(&homes), 1, 500);
    assert_string_not_equal((const char *)homes.hash_key, ""); /* it survives growing */
    homes_finish(&homes);
}

static void a_million_entries_take_less_than_80_mb(void **state)
{
    (void)state;
    struct homes homes = {0};
    for (uint64_t i = 0; i < 1000000; i++) {
        struct object_id id = id_numbered(i);
        assert_int_equal(homes_add(&homes, &id, home_of(i)), OK);
    }
    assert_in_range(homes.capacity * sizeof *homes.slots, 1, 80000000);
    homes_finish(&homes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_table_knows_nobody),
        cmocka_unit_test(what_was_added_is_found_for_ever),
        cmocka_unit_test(every_byte_of_an_id_counts),
        cmocka_unit_test(ids_alike_in_all_but_a_counter_spread),
        cmocka_unit_test(a_million_entries_take_less_than_80_mb),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
