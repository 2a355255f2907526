#include "common/limits.h"
#include "node/js/sql_file.h"
#include "tests/lib/store_fixture.h"

#include <stdio.h>
#include <string.h>

/* SQLite databases whose pages are records of the store. */

struct world {
    struct fixture *fixture;
    struct sql_place place;
    bool wrote;
    sqlite3 *db;
};

static void open_db(struct world *world, struct fixture *fixture, uint8_t object)
{
    *world = (struct world){.fixture = fixture};
    world->place = (struct sql_place){.store = fixture->store,
                                      .table = TABLE_SORTED,
                                      .id.bytes = {object},
                                      .wrote = &world->wrote};
    assert_int_equal(sql_file_open(&world->place, &world->db), OK);
}

static void close_db(struct world *world)
{
    assert_int_equal(sqlite3_close(world->db), SQLITE_OK);
}

static void run(struct world *world, const char *text)
{
    char *why = NULL;
    if (sqlite3_exec(world->db, text, NULL, NULL, &why) != SQLITE_OK)
        fail_msg("%s: %s", text, why);
}

static int64_t number(struct world *world, const char *text)
{
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_prepare_v2(world->db, text, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int64_t value = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return value;
}

/* "ok", also of all checksums that there are: the structure of every page. */
static void check_whole(struct world *world)
{
    assert_int_equal(number(world, "SELECT count(*) FROM pragma_integrity_check "
                                   "WHERE integrity_check = 'ok'"),
                     1);
}

static void test_is_empty_at_first(void **state)
{
    struct world world;
    open_db(&world, *state, 1);
    assert_int_equal(number(&world, "SELECT count(*) FROM sqlite_schema"), 0);
    assert_int_equal(sql_file_bytes(world.db), 0);
    assert_false(world.wrote);
    assert_string_equal(list_all(*state), "");
    close_db(&world);
}

static void test_is_found_again(void **state)
{
    struct fixture *fixture = *state;
    struct world one, other;
    open_db(&one, fixture, 1);
    open_db(&other, fixture, 2);
    run(&one, "CREATE TABLE t(a, b); INSERT INTO t VALUES (1, randomblob(100000)), (2, 'x')");
    run(&other, "CREATE TABLE other(a)");
    assert_true(one.wrote);
    assert_true(sql_file_bytes(one.db) > 100000);
    assert_int_equal(sql_file_bytes(one.db) % SQL_PAGE_BYTES, 0);
    close_db(&one);
    close_db(&other);
    settle(fixture);
    reopen(fixture);
    open_db(&one, fixture, 1);
    assert_int_equal(number(&one, "SELECT sum(a) + length(b) FROM t"), 100003);
    check_whole(&one);
    close_db(&one);
    open_db(&other, fixture, 2);
    assert_int_equal(number(&other, "SELECT count(*) FROM sqlite_schema WHERE name = 'other'"), 1);
    close_db(&other);
}

static void test_nothing_is_put_before_a_commit(void **state)
{
    struct fixture *fixture = *state;
    struct world world;
    open_db(&world, fixture, 1);
    run(&world, "CREATE TABLE t(a)");
    world.wrote = false;
    run(&world, "BEGIN; INSERT INTO t SELECT randomblob(1000) FROM json_each('[1,2,3]')");
    for (int i = 0; i < 10; i++)
        run(&world, "INSERT INTO t SELECT a || 'x' FROM t");
    assert_false(world.wrote);
    run(&world, "SAVEPOINT s; DELETE FROM t; ROLLBACK TO s");
    close_db(&world); /* undone */
    assert_false(world.wrote);
    open_db(&world, fixture, 1);
    assert_int_equal(number(&world, "SELECT count(*) FROM t"), 0);
    close_db(&world);
}

static void test_shrinks(void **state)
{
    struct fixture *fixture = *state;
    struct world world;
    open_db(&world, fixture, 1);
    run(&world,
        "PRAGMA auto_vacuum = FULL; CREATE TABLE t(a); INSERT INTO t VALUES (zeroblob(200000))");
    uint64_t before = sql_file_bytes(world.db);
    run(&world, "DELETE FROM t");
    assert_true(sql_file_bytes(world.db) < before / 10);
    check_whole(&world);
    close_db(&world);
    open_db(&world, fixture, 1);
    assert_true(sql_file_bytes(world.db) < before / 10);
    close_db(&world);
}

static void test_is_deleted(void **state)
{
    struct fixture *fixture = *state;
    struct world world, other;
    open_db(&other, fixture, 2);
    run(&other, "CREATE TABLE other(a)");
    open_db(&world, fixture, 1);
    run(&world, "CREATE TABLE t(a); INSERT INTO t VALUES (zeroblob(20000))");
    close_db(&world);
    world.wrote = false;
    assert_int_equal(sql_file_delete(&world.place), OK);
    assert_true(world.wrote);
    open_db(&world, fixture, 1);
    assert_int_equal(number(&world, "SELECT count(*) FROM sqlite_schema"), 0);
    close_db(&world);
    check_whole(&other);
    assert_int_equal(number(&other, "SELECT count(*) FROM sqlite_schema"), 1);
    close_db(&other);
}

/* A commit that is larger than what may wait for the disk fails as a whole, and what was there stays
 * readable: also where some of its pages had been put. */
static void test_a_commit_without_room_is_undone(void **state)
{
    struct fixture *fixture = *state;
    struct world world;
    char text[200];
    open_db(&world, fixture, 1);
    run(&world, "CREATE TABLE t(a, b)");
    snprintf(text, sizeof text,
             "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < %d) "
             "INSERT INTO t SELECT x, zeroblob(1000000) FROM n",
             STORE_BATCH_BYTES_MAX / 1000000 / 2);
    run(&world, text);
    settle(fixture);
    run(&world, text);
    settle(fixture);
    assert_int_equal(
        sqlite3_exec(world.db, "UPDATE t SET b = randomblob(1000000)", NULL, NULL, NULL),
        SQLITE_FULL);
    check_whole(&world);
    assert_int_equal(number(&world, "SELECT count(*) FROM t WHERE b = zeroblob(1000000)"),
                     number(&world, "SELECT count(*) FROM t"));
    settle(fixture);
    run(&world, "UPDATE t SET a = a + 1");
    close_db(&world);
    settle(fixture);
    open_db(&world, fixture, 1);
    check_whole(&world);
    assert_int_equal(number(&world, "SELECT count(*) FROM t WHERE b = zeroblob(1000000)"),
                     2 * (STORE_BATCH_BYTES_MAX / 1000000 / 2));
    close_db(&world);
}

/* A record of another size than a page, as after somebody wrote into the store. */
static void test_damage_is_an_error(void **state)
{
    struct fixture *fixture = *state;
    struct world world;
    uint8_t key[OBJECT_ID_BYTES + 4] = {1};
    open_db(&world, fixture, 1);
    run(&world, "CREATE TABLE t(a)");
    close_db(&world);
    assert_int_equal(store_put(fixture->store, TABLE_SORTED, (struct bytes){key, sizeof key},
                               bytes_of("no page")),
                     OK);
    assert_int_equal(sql_file_open(&world.place, &world.db), ERR_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(test_is_empty_at_first),
        STORY(test_is_found_again),
        STORY(test_nothing_is_put_before_a_commit),
        STORY(test_shrinks),
        STORY(test_is_deleted),
        STORY(test_a_commit_without_room_is_undone),
        STORY(test_damage_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
