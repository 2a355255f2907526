#include "common/rng.h"
#include "tests/lib/store_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the store does while all goes well. Failures: test_store_faults.c; a second process:
 * test_store_process.c. */

static void test_put_get_delete(void **state)
{
    struct fixture *fixture = *state;
    assert_string_equal(get(fixture, "a"), "-");
    put(fixture, "a", "1");
    put(fixture, "b", "");
    assert_string_equal(get(fixture, "a"), "1");
    settle(fixture);
    assert_string_equal(get(fixture, "a"), "1");
    assert_string_equal(get(fixture, "b"), "");
    put(fixture, "a", "replaced");
    put(fixture, "a", "2");
    drop(fixture, "b");
    drop(fixture, "never there");
    assert_string_equal(get(fixture, "a"), "2");
    assert_string_equal(get(fixture, "b"), "-");
    settle(fixture);
    assert_string_equal(get(fixture, "a"), "2");
    assert_string_equal(get(fixture, "b"), "-");
    assert_int_equal(store_stats(fixture->store).failing_attempts, 0);
    assert_int_equal(store_stats(fixture->store).commits, 2);
    assert_int_equal(store_stats(fixture->store).records, 5);
}

static void test_tables_are_apart(void **state)
{
    struct fixture *fixture = *state;
    put(fixture, "a", "1");
    assert_int_equal(store_put(fixture->store, TABLE_OTHER, bytes_of("a"), bytes_of("other")), OK);
    assert_string_equal(get(fixture, "a"), "1");
    settle(fixture);
    assert_string_equal(get(fixture, "a"), "1");
    assert_string_equal(list_all(fixture), "a=1");
}

static void test_keys_out_of_bounds_are_refused(void **state)
{
    struct fixture *fixture = *state;
    static char long_key[513];
    memset(long_key, 'k', 512);
    assert_int_equal(
        store_put(fixture->store, TABLE_SORTED, (struct bytes){long_key, 512}, bytes_of("")),
        ERR_INVALID);
    assert_int_equal(store_put(fixture->store, TABLE_SORTED, bytes_of(""), bytes_of("")),
                     ERR_INVALID);
    assert_int_equal(store_delete(fixture->store, TABLE_SORTED, bytes_of("")), ERR_INVALID);
    assert_string_equal(get(fixture, ""), "-");
    assert_string_equal(get(fixture, long_key), "-");
    assert_int_equal(
        store_put(fixture->store, TABLE_SORTED, (struct bytes){long_key, 511}, bytes_of("1")), OK);
    settle(fixture);
    long_key[511] = 0;
    assert_string_equal(get(fixture, long_key), "1");
    assert_string_equal(list(fixture, long_key, "", false, 1) + 511, "=1");
}

static void test_a_batch_is_bounded(void **state)
{
    struct fixture *fixture = *state;
    struct bytes large = {.data = calloc(1, 40 << 20), .size = 40 << 20};
    assert_non_null(large.data);
    assert_int_equal(store_put(fixture->store, TABLE_SORTED, bytes_of("a"), large), OK);
    assert_int_equal(store_put(fixture->store, TABLE_SORTED, bytes_of("b"), large), ERR_FULL);
    /* The one that it replaces does not count. */
    assert_int_equal(store_put(fixture->store, TABLE_SORTED, bytes_of("a"), large), OK);
    assert_string_equal(get(fixture, "b"), "-");
    settle(fixture);
    assert_int_equal(store_put(fixture->store, TABLE_SORTED, bytes_of("b"), large), OK);
    settle(fixture);
    assert_int_equal(store_get(fixture->store, TABLE_SORTED, bytes_of("b"), &fixture->value), OK);
    assert_int_equal(fixture->value.size, large.size);
    free((void *)large.data);
}

/* Records of the cores must find room when storage has taken all that it may. */
static void test_a_yielding_table_is_refused_first(void **state)
{
    struct fixture *fixture = *state;
    struct bytes large = {.data = calloc(1, 40 << 20), .size = 40 << 20};
    assert_non_null(large.data);
    assert_int_equal(store_put(fixture->store, TABLE_OTHER, bytes_of("a"), large), OK);
    assert_int_equal(store_put(fixture->store, TABLE_OTHER, bytes_of("b"), bytes_of("1")),
                     ERR_FULL);
    assert_int_equal(store_put(fixture->store, TABLE_SORTED, bytes_of("b"), bytes_of("1")), OK);
    settle(fixture);
    assert_int_equal(store_put(fixture->store, TABLE_OTHER, bytes_of("b"), bytes_of("1")), OK);
    settle(fixture);
    free((void *)large.data);
}

static void test_newer_wins_while_a_batch_is_in_flight(void **state)
{
    struct fixture *fixture = *state;
    put(fixture, "a", "1");
    put(fixture, "b", "1");
    put(fixture, "c", "1");
    settle(fixture);
    put(fixture, "a", "2");
    put(fixture, "a", "3");
    drop(fixture, "b");
    put(fixture, "d", "3");
    begin_commit(fixture);
    assert_string_equal(list_all(fixture), "a=3 c=1 d=3");
    put(fixture, "a", "4");
    put(fixture, "b", "4");
    drop(fixture, "c");
    drop(fixture, "d");
    assert_string_equal(get(fixture, "a"), "4");
    assert_string_equal(get(fixture, "b"), "4");
    assert_string_equal(get(fixture, "c"), "-");
    assert_string_equal(get(fixture, "d"), "-");
    assert_string_equal(list_all(fixture), "a=4 b=4");
    let_commits_go(fixture);
    settle(fixture);
    assert_string_equal(list_all(fixture), "a=4 b=4");
    reopen(fixture);
    assert_string_equal(list_all(fixture), "a=4 b=4");
}

/* Between a read and the end of its turn, the batch in flight may become durable and leave the
 * memory; the snapshot of that read does not have it. */
static void test_a_snapshot_does_not_hide_what_became_durable(void **state)
{
    struct fixture *fixture = *state;
    put(fixture, "a", "1");
    begin_commit(fixture);
    assert_string_equal(get(fixture, "b"), "-"); /* opens the snapshot */
    let_commits_go(fixture);
    uv_mutex_lock(&fixture->store->mutex);
    while (fixture->store->state != STORE_WRITER_DONE)
        uv_cond_wait(&fixture->store->changed, &fixture->store->mutex);
    uv_mutex_unlock(&fixture->store->mutex);
    fixture->store->async.async_cb(&fixture->store->async);
    assert_null(fixture->store->in_flight);
    assert_string_equal(get(fixture, "a"), "1");
}

static void test_no_snapshot_is_open_between_turns(void **state)
{
    struct fixture *fixture = *state;
    assert_string_equal(get(fixture, "a"), "-");
    assert_true(fixture->store->reading);
    uv_run(&fixture->loop, UV_RUN_NOWAIT);
    assert_false(fixture->store->reading);
}

static void test_scan_ranges(void **state)
{
    struct fixture *fixture = *state;
    put(fixture, "b", "1");
    put(fixture, "d", "1");
    settle(fixture);
    put(fixture, "a", "2");
    put(fixture, "c", "2");
    put(fixture, "e", "2");
    assert_string_equal(list(fixture, "", "", false, SIZE_MAX), "a=2 b=1 c=2 d=1 e=2");
    assert_string_equal(list(fixture, "", "", true, SIZE_MAX), "e=2 d=1 c=2 b=1 a=2");
    assert_string_equal(list(fixture, "b", "d", false, SIZE_MAX), "b=1 c=2");
    assert_string_equal(list(fixture, "b", "d", true, SIZE_MAX), "c=2 b=1");
    assert_string_equal(list(fixture, "bb", "", false, 2), "c=2 d=1");
    assert_string_equal(list(fixture, "", "cc", true, 2), "c=2 b=1");
    assert_string_equal(list(fixture, "d", "b", false, SIZE_MAX), "");
    assert_string_equal(list(fixture, "d", "b", true, SIZE_MAX), "");
    assert_string_equal(list(fixture, "f", "", false, SIZE_MAX), "");
    assert_string_equal(list(fixture, "", "a", true, SIZE_MAX), "");
}

/* Random puts, deletes and turns of the loop; every read is compared with a plain array. */
static void test_agrees_with_a_model(void **state)
{
    struct fixture *fixture = *state;
    enum { KEY_COUNT = 40 };
    int model[KEY_COUNT] = {0}; /* 0: not there */
    struct rng rng;
    rng_init(&rng, 20260101);
    for (int round = 1; round <= 3000; round++) {
        char key[8], value[16], first[8], end[8], expected[4096] = "";
        uint64_t key_number = rng_below(&rng, KEY_COUNT), choice = rng_below(&rng, 10);
        snprintf(key, sizeof key, "k%02u", (unsigned)key_number);
        snprintf(value, sizeof value, "%d", round);
        if (choice < 5) {
            put(fixture, key, value);
            model[key_number] = round;
        } else if (choice < 7) {
            drop(fixture, key);
            model[key_number] = 0;
        } else if (choice < 8) {
            uv_run(&fixture->loop, UV_RUN_NOWAIT);
        } else if (choice == 8 && round % 8 == 0) {
            settle(fixture);
        } else if (choice == 9 && round % 32 == 0) {
            reopen(fixture);
        }
        snprintf(value, sizeof value, "%d", model[key_number]);
        assert_string_equal(get(fixture, key), model[key_number] ? value : "-");

        unsigned low = (unsigned)rng_below(&rng, KEY_COUNT),
                 high = low + (unsigned)rng_below(&rng, 20);
        bool backwards = rng_below(&rng, 2);
        for (unsigned i = low; i < high && i < KEY_COUNT; i++) {
            unsigned at = backwards ? (high < KEY_COUNT ? high : KEY_COUNT) - 1 - (i - low) : i;
            size_t used = strlen(expected);
            if (model[at])
                snprintf(expected + used, sizeof expected - used, "%sk%02u=%d", used ? " " : "", at,
                         model[at]);
        }
        snprintf(first, sizeof first, "k%02u", low);
        snprintf(end, sizeof end, "k%02u", high);
        assert_string_equal(list(fixture, first, end, backwards, SIZE_MAX), expected);
    }
}

static void test_marks_are_reported_in_order_and_after_the_turn(void **state)
{
    struct fixture *fixture = *state;
    mark(fixture); /* nothing to wait for, but never from within the call */
    assert_int_equal(fixture->mark_count, 0);
    settle(fixture);
    assert_int_equal(fixture->mark_count, 1);
    assert_int_equal(fixture->marks[0], 1);

    put(fixture, "a", "1");
    mark(fixture);
    put(fixture, "b", "1");
    mark(fixture);
    begin_commit(fixture); /* both as one */
    mark(fixture);
    put(fixture, "c", "1");
    mark(fixture);
    uv_run(&fixture->loop, UV_RUN_NOWAIT);
    assert_int_equal(fixture->mark_count, 1); /* not durable: not reported */
    let_commits_go(fixture);
    settle(fixture);
    assert_int_equal(fixture->mark_count, 3);
    assert_int_equal(fixture->marks[1], 3);
    assert_int_equal(fixture->marks[2], 5);
}

static void test_a_mark_without_puts_waits_for_the_batch_in_flight(void **state)
{
    struct fixture *fixture = *state;
    put(fixture, "a", "1");
    begin_commit(fixture);
    mark(fixture);
    uv_run(&fixture->loop, UV_RUN_NOWAIT);
    assert_int_equal(fixture->mark_count, 0);
    let_commits_go(fixture);
    settle(fixture);
    assert_int_equal(fixture->mark_count, 1);
}

static void test_appended_records_are_numbered_across_restarts(void **state)
{
    struct fixture *fixture = *state;
    assert_string_equal(list_appended(fixture), "");
    append(fixture, "a");
    append(fixture, "b");
    settle(fixture);
    append(fixture, "c");
    assert_string_equal(list_appended(fixture), "1=a 2=b"); /* only what is durable */
    reopen(fixture);
    append(fixture, "d");
    reopen(fixture);
    assert_string_equal(list_appended(fixture), "1=a 2=b 3=c 4=d");
}

static void test_close_commits_what_is_left(void **state)
{
    struct fixture *fixture = *state;
    put(fixture, "a", "1");
    begin_commit(fixture);
    put(fixture, "a", "2");
    put(fixture, "b", "2");
    mark(fixture);
    let_commits_go(fixture);
    reopen(fixture);
    assert_int_equal(fixture->mark_count, 0);
    assert_string_equal(list_all(fixture), "a=2 b=2");
}

static void close_from_callback(void *owner, uint64_t reported)
{
    struct fixture *fixture = owner;
    on_durable(fixture, reported);
    store_close(fixture->store);
    fixture->store = NULL;
}

static void test_the_callback_may_close_the_store(void **state)
{
    struct fixture *fixture = *state;
    fixture->store->on_durable = close_from_callback;
    put(fixture, "a", "1");
    mark(fixture);
    settle(fixture);
    assert_null(fixture->store);
    open_store(fixture);
    assert_string_equal(list_all(fixture), "a=1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(test_put_get_delete),
        STORY(test_tables_are_apart),
        STORY(test_keys_out_of_bounds_are_refused),
        STORY(test_a_batch_is_bounded),
        STORY(test_a_yielding_table_is_refused_first),
        STORY(test_newer_wins_while_a_batch_is_in_flight),
        STORY(test_a_snapshot_does_not_hide_what_became_durable),
        STORY(test_no_snapshot_is_open_between_turns),
        STORY(test_scan_ranges),
        STORY(test_agrees_with_a_model),
        STORY(test_marks_are_reported_in_order_and_after_the_turn),
        STORY(test_a_mark_without_puts_waits_for_the_batch_in_flight),
        STORY(test_appended_records_are_numbered_across_restarts),
        STORY(test_close_commits_what_is_left),
        STORY(test_the_callback_may_close_the_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
