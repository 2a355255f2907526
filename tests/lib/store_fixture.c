#include "tests/lib/store_fixture.h"

#include "tests/lib/temp_dir.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

const struct store_table fixture_tables[TABLE_COUNT] = {
    [TABLE_SORTED] = {.name = "sorted"},
    [TABLE_LOG] = {.name = "log", .appended = true},
    [TABLE_OTHER] = {.name = "other", .yields = true},
};

void on_durable(void *owner, uint64_t mark)
{
    struct fixture *fixture = owner;
    fixture->marks[fixture->mark_count++ % 64] = mark;
}

static void wait_for_close(struct store *store)
{
    uv_mutex_lock(&store->mutex);
    while (!store->stopping)
        uv_cond_wait(&store->changed, &store->mutex);
    uv_mutex_unlock(&store->mutex);
}

static int commit_with_faults(void *owner, MDB_txn *txn)
{
    struct fixture *fixture = owner;
    if (atomic_load(&fixture->gated)) {
        uv_sem_post(&fixture->entered);
        uv_sem_wait(&fixture->gate);
    }
    if (fixture->fail_when_closing) {
        wait_for_close(fixture->store);
        fixture->fail_when_closing = false;
        mdb_txn_abort(txn);
        return ENOSPC;
    }
    if (mdb_env_get_userctx(mdb_txn_env(txn)) == fixture) {
        mdb_txn_abort(txn);
        return MDB_PANIC;
    }
    if (atomic_load(&fixture->failures_left) == 0)
        return mdb_txn_commit(txn);
    atomic_fetch_sub(&fixture->failures_left, 1);
    if (fixture->fail_after_commit)
        assert_int_equal(mdb_txn_commit(txn), 0);
    else
        mdb_txn_abort(txn);
    return fixture->failure_code;
}

void open_store(struct fixture *fixture)
{
    struct store_config config = {.path = fixture->path,
                                  .tables = fixture_tables,
                                  .table_count = TABLE_COUNT,
                                  .map_bytes = fixture->map_bytes};
    struct errmsg why = {0};
    if (store_open(&fixture->loop, &config, on_durable, fixture, &fixture->store, &why) != OK)
        fail_msg("%s", why.text);
    fixture->store->commit = commit_with_faults;
    fixture->store->commit_owner = fixture;
}

void close_store(struct fixture *fixture)
{
    store_close(fixture->store);
    fixture->store = NULL;
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
}

void reopen(struct fixture *fixture)
{
    close_store(fixture);
    open_store(fixture);
}

static int set_up_with_map(void **state, size_t map_bytes)
{
    static struct fixture fixture;
    fixture = (struct fixture){.path = temp_dir_make(), .map_bytes = map_bytes};
    assert_int_equal(uv_loop_init(&fixture.loop), 0);
    assert_int_equal(uv_sem_init(&fixture.gate, 0), 0);
    assert_int_equal(uv_sem_init(&fixture.entered, 0), 0);
    open_store(&fixture);
    *state = &fixture;
    return 0;
}

int set_up(void **state)
{
    return set_up_with_map(state, 0);
}

int set_up_small_map(void **state)
{
    return set_up_with_map(state, 1);
}

int tear_down(void **state)
{
    struct fixture *fixture = *state;
    close_store(fixture);
    uv_sem_destroy(&fixture->gate);
    uv_sem_destroy(&fixture->entered);
    buf_finish(&fixture->value);
    temp_dir_remove(fixture->path);
    return uv_loop_close(&fixture->loop);
}

void put(struct fixture *fixture, const char *key, const char *value)
{
    assert_int_equal(store_put(fixture->store, TABLE_SORTED, bytes_of(key), bytes_of(value)), OK);
}

void drop(struct fixture *fixture, const char *key)
{
    assert_int_equal(store_delete(fixture->store, TABLE_SORTED, bytes_of(key)), OK);
}

const char *get(struct fixture *fixture, const char *key)
{
    enum err err = store_get(fixture->store, TABLE_SORTED, bytes_of(key), &fixture->value);
    if (err == ERR_NOT_FOUND)
        return "-";
    assert_int_equal(err, OK);
    assert_int_equal(buf_append(&fixture->value, "", 1), OK);
    return (const char *)fixture->value.data;
}

struct listing {
    char text[4096];
    size_t left; /* visits */
};

static bool list_one(void *owner, struct bytes key, struct bytes value)
{
    struct listing *listing = owner;
    size_t used = strlen(listing->text);
    snprintf(listing->text + used, sizeof listing->text - used, "%s%.*s=%.*s", used ? " " : "",
             (int)key.size, (const char *)key.data, (int)value.size, (const char *)value.data);
    return --listing->left > 0;
}

const char *list(struct fixture *fixture, const char *first, const char *end, bool backwards,
                 size_t count_max)
{
    static struct listing listing;
    listing = (struct listing){.left = count_max};
    assert_int_equal(store_scan(fixture->store, TABLE_SORTED, bytes_of(first), bytes_of(end),
                                backwards, list_one, &listing),
                     OK);
    return listing.text;
}

const char *list_all(struct fixture *fixture)
{
    return list(fixture, "", "", false, SIZE_MAX);
}

void begin_commit(struct fixture *fixture)
{
    atomic_store(&fixture->gated, true);
    uv_run(&fixture->loop, UV_RUN_NOWAIT);
    uv_sem_wait(&fixture->entered);
}

void let_commits_go(struct fixture *fixture)
{
    atomic_store(&fixture->gated, false);
    uv_sem_post(&fixture->gate);
}

void settle(struct fixture *fixture)
{
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
}

void mark(struct fixture *fixture)
{
    assert_int_equal(store_mark(fixture->store, ++fixture->next_mark), OK);
}

static bool list_numbered(void *owner, struct bytes key, struct bytes value)
{
    struct listing *listing = owner;
    uint64_t number;
    assert_int_equal(key.size, sizeof number);
    memcpy(&number, key.data, sizeof number);
    size_t used = strlen(listing->text);
    snprintf(listing->text + used, sizeof listing->text - used, "%s%u=%.*s", used ? " " : "",
             (unsigned)number, (int)value.size, (const char *)value.data);
    return --listing->left > 0;
}

const char *list_appended(struct fixture *fixture)
{
    static struct listing listing;
    listing = (struct listing){.left = 100};
    assert_int_equal(store_scan_appended(fixture->store, TABLE_LOG, list_numbered, &listing), OK);
    return listing.text;
}

void append(struct fixture *fixture, const char *value)
{
    assert_int_equal(store_append(fixture->store, TABLE_LOG, bytes_of(value)), OK);
}
