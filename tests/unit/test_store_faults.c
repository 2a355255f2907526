#include "tests/lib/store_fixture.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* Commits that fail, maps that are full, directories that cannot be opened. */

static void test_a_failing_commit_is_tried_again(void **state)
{
    struct fixture *fixture = *state;
    fixture->failure_code = ENOSPC;
    atomic_store(&fixture->failures_left, 3);
    put(fixture, "a", "1");
    append(fixture, "x");
    mark(fixture);
    while (store_stats(fixture->store).failing_attempts == 0)
        uv_run(&fixture->loop, UV_RUN_ONCE);
    assert_int_equal(fixture->mark_count, 0);
    assert_string_equal(get(fixture, "a"), "1");
    put(fixture, "b", "2");
    settle(fixture);
    assert_int_equal(fixture->mark_count, 1);
    assert_int_equal(store_stats(fixture->store).failing_attempts, 0);
    reopen(fixture);
    assert_string_equal(list_all(fixture), "a=1 b=2");
    assert_string_equal(list_appended(fixture), "1=x");
}

static void test_a_disk_that_is_said_to_be_full(void **state)
{
    struct fixture *fixture = *state;
    put(fixture, "a", "1");
    settle(fixture);
    store_fill_disk(fixture->store, true);
    put(fixture, "a", "2");
    append(fixture, "x");
    mark(fixture);
    while (store_stats(fixture->store).failing_attempts < 3)
        uv_run(&fixture->loop, UV_RUN_ONCE);
    assert_int_equal(fixture->mark_count, 0);
    assert_string_equal(get(fixture, "a"), "2");
    assert_string_equal(list_appended(fixture), "");
    store_fill_disk(fixture->store, false);
    settle(fixture);
    assert_int_equal(fixture->mark_count, 1);
    assert_int_equal(store_stats(fixture->store).failing_attempts, 0);
    store_fill_disk(fixture->store, true);
    put(fixture, "a", "3");
    reopen(fixture);
    assert_string_equal(list_all(fixture), "a=2");
    assert_string_equal(list_appended(fixture), "1=x");
}

/* The kernel refuses what LMDB writes beyond the limit, as it does on a full disk. */
static void test_a_full_disk_is_survived(void **state)
{
    struct fixture *fixture = *state;
    struct rlimit before, tight;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    tight = before;
    tight.rlim_cur = 200000;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);

    struct bytes large = {.data = calloc(1, 1 << 20), .size = 1 << 20};
    assert_int_equal(store_put(fixture->store, TABLE_SORTED, bytes_of("large"), large), OK);
    append(fixture, "x");
    mark(fixture);
    while (store_stats(fixture->store).failing_attempts < 2)
        uv_run(&fixture->loop, UV_RUN_ONCE);
    assert_int_equal(fixture->mark_count, 0);
    assert_string_equal(list_appended(fixture), "");
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    settle(fixture);
    assert_int_equal(fixture->mark_count, 1);
    reopen(fixture);
    assert_int_equal(store_get(fixture->store, TABLE_SORTED, bytes_of("large"), &fixture->value),
                     OK);
    assert_int_equal(fixture->value.size, large.size);
    assert_string_equal(list_appended(fixture), "1=x");
    free((void *)large.data);
}

/* After an I/O error nobody knows what is on the disk; here, all of it. */
static void test_a_commit_that_worked_but_failed_is_repeated_safely(void **state)
{
    struct fixture *fixture = *state;
    fixture->failure_code = EIO;
    fixture->fail_after_commit = true;
    atomic_store(&fixture->failures_left, 1);
    put(fixture, "a", "1");
    append(fixture, "x");
    append(fixture, "y");
    mark(fixture);
    settle(fixture);
    assert_int_equal(fixture->mark_count, 1);
    append(fixture, "z");
    settle(fixture);
    assert_string_equal(list_appended(fixture), "1=x 2=y 3=z");
    assert_string_equal(list_all(fixture), "a=1");
}

static void test_a_broken_environment_is_opened_again(void **state)
{
    struct fixture *fixture = *state;
    put(fixture, "a", "1");
    settle(fixture);
    assert_string_equal(get(fixture, "a"), "1");                            /* there is a reader */
    assert_int_equal(mdb_env_set_userctx(fixture->store->env, fixture), 0); /* this one is broken */
    put(fixture, "b", "2");
    append(fixture, "x");
    mark(fixture);
    settle(fixture);
    assert_int_equal(fixture->mark_count, 1);
    assert_int_equal(store_stats(fixture->store).failing_attempts, 0);
    assert_string_equal(list_all(fixture), "a=1 b=2");
    assert_string_equal(list_appended(fixture), "1=x");
}

static void test_close_gives_a_failing_commit_up(void **state)
{
    struct fixture *fixture = *state;
    put(fixture, "a", "1");
    settle(fixture);
    fixture->fail_when_closing = true;
    put(fixture, "a", "2");
    uv_run(&fixture->loop, UV_RUN_NOWAIT);
    put(fixture, "b", "3");
    close_store(fixture);
    open_store(fixture);
    assert_string_equal(list_all(fixture), "a=1"); /* and never b without a */
}

static void test_a_full_map_grows(void **state)
{
    struct fixture *fixture = *state;
    struct buf value = {0};
    assert_non_null(buf_reserve(&value, 10000));
    memset(value.data, 'v', value.size = 10000);
    for (int round = 0; round < 10; round++) {
        for (int i = 0; i < 30; i++) {
            char key[32];
            snprintf(key, sizeof key, "%02d-%02d", round, i);
            assert_int_equal(
                store_put(fixture->store, TABLE_SORTED, bytes_of(key), buf_bytes(&value)), OK);
        }
        mark(fixture);
        while (fixture->mark_count < (size_t)round + 1) {
            /* With a snapshot open whenever the writer asks for a larger map. */
            uv_run(&fixture->loop, UV_RUN_ONCE);
            get(fixture, "00-00");
        }
    }
    assert_true(fixture->store->map_bytes >= 3000000);
    assert_int_equal(store_stats(fixture->store).failing_attempts, 0);
    reopen(fixture);
    for (int round = 0; round < 10; round++) {
        char key[16];
        snprintf(key, sizeof key, "%02d-29", round);
        assert_int_equal(store_get(fixture->store, TABLE_SORTED, bytes_of(key), &fixture->value),
                         OK);
        assert_true(bytes_equal(buf_bytes(&fixture->value), buf_bytes(&value)));
    }
    buf_finish(&value);
}

static void test_close_grows_a_full_map(void **state)
{
    struct fixture *fixture = *state;
    struct bytes value = {.data = calloc(1, 1 << 20), .size = 1 << 20};
    assert_int_equal(store_put(fixture->store, TABLE_SORTED, bytes_of("a"), value), OK);
    reopen(fixture);
    assert_int_equal(store_get(fixture->store, TABLE_SORTED, bytes_of("a"), &fixture->value), OK);
    assert_int_equal(fixture->value.size, value.size);
    free((void *)value.data);
}

static void test_a_map_too_small_for_the_tables_grows(void **state)
{
    struct fixture *fixture = *state;
    enum { MANY = 300 };
    static struct store_table many[MANY];
    static char names[MANY][400];
    close_store(fixture);
    for (int i = 0; i < MANY; i++) {
        snprintf(names[i], sizeof names[i], "%0390d", i);
        many[i].name = names[i];
    }
    struct store_config config = {
        .path = fixture->path, .tables = many, .table_count = MANY, .map_bytes = 1};
    struct errmsg why = {0};
    enum err err = store_open(&fixture->loop, &config, on_durable, fixture, &fixture->store, &why);
    assert_string_equal(why.text, "");
    assert_int_equal(err, OK);
}

/* ---- Opening */

static enum err try_open(struct fixture *fixture, const char *path, struct errmsg *reterr_why)
{
    struct store *store;
    struct store_config config = {
        .path = path, .tables = fixture_tables, .table_count = TABLE_COUNT};
    enum err err = store_open(&fixture->loop, &config, on_durable, fixture, &store, reterr_why);
    if (err == OK)
        store_close(store);
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
    return err;
}

static void test_open_says_what_is_wrong(void **state)
{
    struct fixture *fixture = *state;
    struct errmsg why = {0};
    char path[512], pid[32];
    snprintf(pid, sizeof pid, "process %ld", (long)getpid());
    assert_int_equal(try_open(fixture, fixture->path, &why), ERR_BUSY);
    assert_non_null(strstr(why.text, fixture->path));
    assert_non_null(strstr(why.text, pid));

    snprintf(path, sizeof path, "%s/no/such", fixture->path);
    assert_int_equal(try_open(fixture, path, &why), ERR_IO);
    assert_non_null(strstr(why.text, path));

    snprintf(path, sizeof path, "%s/garbage", fixture->path);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/garbage/data.mdb", fixture->path);
    FILE *file = fopen(path, "w");
    for (int i = 0; i < 100000; i++)
        fputc(i * 7, file);
    fclose(file);
    snprintf(path, sizeof path, "%s/garbage", fixture->path);
    assert_int_equal(try_open(fixture, path, &why), ERR_CORRUPT);
    assert_non_null(strstr(why.text, path));
}

static void test_open_makes_a_private_directory(void **state)
{
    struct fixture *fixture = *state;
    char path[512];
    struct stat status;
    snprintf(path, sizeof path, "%s/new", fixture->path);
    assert_int_equal(try_open(fixture, path, NULL), OK);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0700);
    assert_int_equal(try_open(fixture, path, NULL), OK); /* closed means unlocked */
}

static void test_a_table_does_not_change_its_kind(void **state)
{
    struct fixture *fixture = *state;
    close_store(fixture);
    struct store_table other_kind = {.name = "sorted", .appended = true};
    struct store_config config = {.path = fixture->path, .tables = &other_kind, .table_count = 1};
    assert_int_equal(
        store_open(&fixture->loop, &config, on_durable, fixture, &fixture->store, NULL),
        ERR_CORRUPT);
    store_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(test_a_failing_commit_is_tried_again),
        STORY(test_a_disk_that_is_said_to_be_full),
        STORY(test_a_full_disk_is_survived),
        STORY(test_a_commit_that_worked_but_failed_is_repeated_safely),
        STORY(test_a_broken_environment_is_opened_again),
        STORY(test_close_gives_a_failing_commit_up),
        STORY_SMALL_MAP(test_a_full_map_grows),
        STORY_SMALL_MAP(test_close_grows_a_full_map),
        STORY(test_a_map_too_small_for_the_tables_grows),
        STORY(test_open_says_what_is_wrong),
        STORY(test_open_makes_a_private_directory),
        STORY(test_a_table_does_not_change_its_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
