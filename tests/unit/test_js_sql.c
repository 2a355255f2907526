#include "tests/lib/js_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What ctx.storage.sql means for the engine: whose writes, what is undone, what is stopped. What it answers:
 * tests/sidebyside/cases/sql.js. */

static const struct world_options with_sqlite = {
    .bundle = "eval", .classes = {"Lab"}, .cpu_limit_us = 300000, .sqlite = true};
static struct world world;

static int open_world(void **state)
{
    (void)state;
    world_open(&world, &with_sqlite);
    return 0;
}

static int close_world(void **state)
{
    (void)state;
    world_close(&world);
    return 0;
}

/* Each text is JavaScript for an object, in which `q` runs SQL and gives the rows' first values. */
static const char *in_object(const char *code)
{
    static char text[4096];
    int size = snprintf(text, sizeof text,
                        "object(`(async () => { const s = ctx.storage, q = (...a) => "
                        "s.sql.exec(...a).raw().toArray().map((r) => r[0]); return %s; })()"
                        ".catch((e) => e.message)`)",
                        code);
    assert_in_range(size, 1, sizeof text - 1);
    return world_post(&world, "/", text);
}

#define ABORTED                                                                     \
    "Error Error: Application called abort() to reset Durable Object. remote=true " \
    "durableObjectReset=true"
#define GIVES(code, expected) assert_string_equal(in_object(code), expected)

static void test_outlives_instances(void **state)
{
    (void)state;
    GIVES("q('CREATE TABLE t(a); INSERT INTO t VALUES (1), (2)')", "[]");
    world_evict(&world);
    GIVES("q('SELECT a FROM t')", "[1,2]");
    GIVES("q('INSERT INTO t VALUES (3) RETURNING a')", "[3]");
    GIVES("ctx.abort()", ABORTED);
    GIVES("q('SELECT a FROM t')", "[1,2,3]");
}

static void test_writes_are_told_first(void **state)
{
    (void)state;
    world.trace[0] = 0;
    GIVES("q('CREATE TABLE t(a)')", "[]");
    assert_string_equal(world.trace, "call wrote done done");
    world.trace[0] = 0;
    GIVES("q('SELECT * FROM t')", "[]");
    assert_string_equal(world.trace, "call done done");
    world.trace[0] = 0;
    GIVES("s.transactionSync(() => q('INSERT INTO t VALUES (0)'))", "[]");
    assert_string_equal(world.trace, "call wrote done done");
    world.trace[0] = 0;
    GIVES("(q('INSERT INTO t VALUES (1)'), await env.LAB.getByName('y').fetch('http://h/', "
          "{method: 'POST', body: '1'}), "
          "q('DELETE FROM t'))",
          "[]");
    assert_string_equal(world.trace, "call wrote call done wrote done done");
}

static void test_an_open_transaction_is_undone(void **state)
{
    (void)state;
    GIVES("(q('CREATE TABLE t(a)'), s.kv.put('k', 1))", "");
    GIVES("s.transaction(async () => { q('INSERT INTO t VALUES (1)'); s.kv.put('k', 2); await "
          "scheduler.wait(1); q('INSERT INTO t VALUES (2)'); ctx.abort(); })",
          ABORTED);
    GIVES("[q('SELECT a FROM t'), s.kv.get('k')]", "[[],1]");
}

/* Whatever fails at its end undoes all of it: rows and keys. */
static void test_a_transaction_ends_as_a_whole(void **state)
{
    (void)state;
    GIVES("q('CREATE TABLE p(a PRIMARY KEY); CREATE TABLE f(a REFERENCES p DEFERRABLE INITIALLY "
          "DEFERRED)')",
          "[]");
    GIVES("s.transactionSync(() => { s.kv.put('k', 1); q('INSERT INTO f VALUES (7)'); })",
          "FOREIGN KEY constraint failed: SQLITE_CONSTRAINT (extended: "
          "SQLITE_CONSTRAINT_FOREIGNKEY)");
    GIVES("[q('SELECT a FROM f'), s.kv.get('k') === undefined]", "[[],true]");
    GIVES("s.transactionSync(() => { q('INSERT INTO f VALUES (7)'); q('INSERT INTO p VALUES (7)'); "
          "return q('SELECT a FROM f'); })",
          "[7]");
    GIVES("q('PRAGMA foreign_key_check')", "[]");
}

static void test_all_is_deleted(void **state)
{
    (void)state;
    GIVES("(q('CREATE TABLE t(a); INSERT INTO t VALUES (zeroblob(50000))'), await s.deleteAll(), "
          "q('SELECT count(*) FROM sqlite_schema'))",
          "[0]");
    world_evict(&world);
    GIVES("[q('SELECT count(*) FROM sqlite_schema'), s.sql.databaseSize]", "[[0],0]");
}

/* The statement is interrupted, and then the code: it may still say so, or not. */
static void check_stopped(const char *answer)
{
    if (strcmp(answer, "interrupted: SQLITE_INTERRUPT") != 0 &&
        strcmp(answer, "Error Error: the code was stopped") != 0)
        fail_msg("%s", answer);
}

static void test_endless_sql_is_stopped(void **state)
{
    (void)state;
    GIVES("q('CREATE TABLE t(a)')", "[]");
    const char *answer = in_object("q('INSERT INTO t WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL "
                                   "SELECT x + 1 FROM n) SELECT x FROM n')");
    check_stopped(answer);
    GIVES("q('SELECT count(*) FROM t')", "[0]");
}

static void test_a_loop_of_statements_is_stopped(void **state)
{
    (void)state;
    const char *answer = in_object("(() => { for (;;) try { q('SELECT 1'); } catch {} })()");
    check_stopped(answer);
    GIVES("q('SELECT 1')", "[1]");
}

static void test_many_databases(void **state)
{
    (void)state;
    assert_string_equal(
        world_post(&world, "/",
                   "(async () => { let sum = 0; for (let round = 0; round < 2; round++) for (let i "
                   "= 0; i < 200; i++) sum += Number(await object('(ctx.storage.sql.exec(\"CREATE "
                   "TABLE IF NOT EXISTS t(a); INSERT INTO t VALUES (1)\"), "
                   "ctx.storage.sql.exec(\"SELECT count(*) n FROM t\").one().n)', `o${i}`)); "
                   "return sum; })()"),
        "600");
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, open_world, close_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_WORLD(test_outlives_instances),
        IN_WORLD(test_writes_are_told_first),
        IN_WORLD(test_an_open_transaction_is_undone),
        IN_WORLD(test_a_transaction_ends_as_a_whole),
        IN_WORLD(test_all_is_deleted),
        IN_WORLD(test_endless_sql_is_stopped),
        IN_WORLD(test_a_loop_of_statements_is_stopped),
        IN_WORLD(test_many_databases),
    };
    world_prepare();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
