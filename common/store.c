#include "common/store_internal.h"

#include "common/check.h"
#include "common/limits.h"
#include "common/log.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { KEY_BYTES_MAX = 511 }; /* LMDB's */

/* ---- The turn's end: hand the batch over */

static void on_awake(uv_idle_t *awake)
{
    (void)awake; /* it only keeps the loop from blocking before the turn's end */
}

void store_stay_awake(struct store *store)
{
    if (!uv_is_active((uv_handle_t *)&store->awake))
        CHECK(uv_idle_start(&store->awake, on_awake) == 0);
}

/* Caller holds the mutex. */
static void set_state(struct store *store, enum store_writer_state state)
{
    store->state = state;
    uv_cond_broadcast(&store->changed);
}

/* Caller holds the mutex; the writer is idle. */
static void hand_over(struct store *store)
{
    store->in_flight = store->filling;
    store->filling = &store->batches[store->in_flight == &store->batches[0]];
    set_state(store, STORE_WRITER_BUSY);
}

/* Runs just before the loop waits for events: one turn is what happens between two waits. */
static void on_turn_end(uv_prepare_t *turn_end)
{
    struct store *store = turn_end->data;
    uv_idle_stop(&store->awake);
    store_env_read_end(store);
    if (store->in_flight)
        return;
    if (store->filling->record_count > 0) {
        uv_mutex_lock(&store->mutex);
        hand_over(store);
        uv_mutex_unlock(&store->mutex);
        uv_ref((uv_handle_t *)&store->async);
    } else if (store->filling->mark != 0) {
        uint64_t mark = store->filling->mark;
        store->filling->mark = 0;
        store->on_durable(store->owner, mark);
    }
}

/* ---- The writer's news */

/* Caller holds the mutex. Do what the writer asks for; it has no transaction open meanwhile. */
static void serve_writer(struct store *store)
{
    if (store->state == STORE_WRITER_NEEDS_MAP) {
        store->service_error = store_env_grow(store);
    } else if (store->state == STORE_WRITER_NEEDS_ENV) {
        store_env_close(store);
        store->service_error = store_env_open(store);
    } else {
        return;
    }
    set_state(store, STORE_WRITER_BUSY);
}

static void log_health(struct store *store, uint64_t failing_attempts, int last_error)
{
    if (failing_attempts > 0 && !store->failure_logged)
        log_line(LOG_ERROR, "cannot write to %s: %s; trying again until it works", store->path,
                 mdb_strerror(last_error));
    if (failing_attempts == 0 && store->failure_logged)
        log_line(LOG_INFO, "writing to %s works again", store->path);
    store->failure_logged = failing_attempts > 0;
}

/* The batch in flight is durable. */
static void retire(struct store *store)
{
    struct store_batch *batch = store->in_flight;
    uint64_t mark = batch->mark;
    store_env_read_end(store); /* the snapshot may be older than what leaves the memory now */
    store->commits++;
    store->records += batch->record_count;
    store_batch_clear(batch);
    store->in_flight = NULL;
    uv_unref((uv_handle_t *)&store->async);
    if (store->filling->record_count > 0 || store->filling->mark != 0)
        store_stay_awake(store);
    if (mark != 0)
        store->on_durable(store->owner, mark); /* last: it may close the store */
}

static void on_writer_news(uv_async_t *async)
{
    struct store *store = async->data;
    uv_mutex_lock(&store->mutex);
    serve_writer(store);
    bool done = store->state == STORE_WRITER_DONE;
    if (done)
        set_state(store, STORE_WRITER_IDLE);
    int last_error = store->last_error;
    uv_mutex_unlock(&store->mutex);

    log_health(store, atomic_load(&store->failing_attempts), last_error);
    if (done)
        retire(store);
}

/* ---- Opening */

static int commit_transaction(void *owner, MDB_txn *txn)
{
    (void)owner;
    return mdb_txn_commit(txn);
}

static void store_free(struct store *store)
{
    store_env_close(store);
    for (size_t i = 0; i < 2; i++)
        store_batch_finish(&store->batches[i]);
    for (size_t i = 0; store->tables && i < store->table_count; i++)
        free((char *)store->tables[i].name);
    free(store->tables);
    free(store->last_numbers);
    free(store->dbis);
    if (store->lock_fd >= 0)
        close(store->lock_fd);
    free(store->path);
    free(store);
}

static struct store *store_allocate(const struct store_config *config)
{
    struct store *store = calloc(1, sizeof *store);
    if (!store)
        return NULL;
    store->lock_fd = -1;
    store->commit = commit_transaction;
    store->map_bytes = config->map_bytes;
    store->table_count = config->table_count;
    store->filling = &store->batches[0];
    store->path = strdup(config->path);
    store->tables = calloc(config->table_count, sizeof *store->tables);
    store->last_numbers = calloc(config->table_count, sizeof *store->last_numbers);
    store->dbis = calloc(config->table_count, sizeof *store->dbis);
    if (!store->path || !store->tables || !store->last_numbers || !store->dbis)
        goto failed;
    for (size_t i = 0; i < 2; i++)
        if (store_batch_init(&store->batches[i], config->table_count) != OK)
            goto failed;
    for (size_t i = 0; i < config->table_count; i++) {
        store->tables[i].appended = config->tables[i].appended;
        store->tables[i].yields = config->tables[i].yields;
        store->tables[i].name = strdup(config->tables[i].name);
        if (!store->tables[i].name)
            goto failed;
    }
    return store;

failed:
    store_free(store);
    return NULL;
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct store *store = handle->data;
    if (--store->handle_count > 0)
        return;
    uv_cond_destroy(&store->changed);
    uv_mutex_destroy(&store->mutex);
    store_free(store);
}

static void close_handles(struct store *store)
{
    uv_close((uv_handle_t *)&store->async, on_handle_closed);
    uv_close((uv_handle_t *)&store->turn_end, on_handle_closed);
    uv_close((uv_handle_t *)&store->awake, on_handle_closed);
}

static enum err start_handles(struct store *store, uv_loop_t *loop)
{
    if (uv_async_init(loop, &store->async, on_writer_news) != 0)
        return ERR_IO;
    uv_prepare_init(loop, &store->turn_end);
    uv_idle_init(loop, &store->awake);
    store->async.data = store->turn_end.data = store->awake.data = store;
    store->handle_count = 3;
    uv_prepare_start(&store->turn_end, on_turn_end);
    /* The loop may end when nothing is on its way to the disk. */
    uv_unref((uv_handle_t *)&store->turn_end);
    uv_unref((uv_handle_t *)&store->async);
    return OK;
}

enum err store_open(uv_loop_t *loop, const struct store_config *config,
                    store_durable_function *on_durable, void *owner, struct store **ret_store,
                    struct errmsg *reterr_why)
{
    CHECK(config->table_count > 0);
    struct store *store = store_allocate(config);
    if (!store)
        return err_say(ERR_MEMORY, reterr_why, "out of memory");
    store->on_durable = on_durable;
    store->owner = owner;

    enum err err = store_lock(store->path, &store->lock_fd, reterr_why);
    if (err == OK) {
        int code = store_env_open(store);
        if (code != 0)
            err = err_say(store_env_error(code), reterr_why, "cannot open the store in %s: %s",
                          store->path, mdb_strerror(code));
    }
    if (err == OK && start_handles(store, loop) != OK)
        err = err_say(ERR_IO, reterr_why, "cannot watch the store's writer");
    if (err != OK) {
        store_free(store);
        return err;
    }
    CHECK(uv_mutex_init(&store->mutex) == 0 && uv_cond_init(&store->changed) == 0);
    if (uv_thread_create(&store->thread, store_writer_run, store) != 0) {
        close_handles(store);
        return err_say(ERR_MEMORY, reterr_why, "cannot start the store's writer");
    }
    *ret_store = store;
    return OK;
}

/* ---- Writing */

bool store_is_behind(const struct store *store)
{
    return store->filling->byte_count > STORE_BATCH_BYTES_MAX / 2;
}

static enum err put(struct store *store, size_t table, struct bytes key, const struct bytes *value)
{
    CHECK(!store->scanning);
    if (store->tables[table].yields && store_is_behind(store))
        return ERR_FULL;
    enum err err = store_batch_put(store->filling, table, key, value);
    if (err == OK)
        store_stay_awake(store);
    return err;
}

static enum err put_sorted(struct store *store, size_t table, struct bytes key,
                           const struct bytes *value)
{
    CHECK(table < store->table_count && !store->tables[table].appended);
    if (key.size == 0 || key.size > KEY_BYTES_MAX)
        return ERR_INVALID;
    return put(store, table, key, value);
}

enum err store_put(struct store *store, size_t table, struct bytes key, struct bytes value)
{
    return put_sorted(store, table, key, &value);
}

enum err store_delete(struct store *store, size_t table, struct bytes key)
{
    return put_sorted(store, table, key, NULL);
}

enum err store_append(struct store *store, size_t table, struct bytes value)
{
    CHECK(table < store->table_count && store->tables[table].appended);
    uint64_t number = store->last_numbers[table] + 1;
    enum err err = put(store, table, (struct bytes){&number, sizeof number}, &value);
    if (err == OK)
        store->last_numbers[table] = number;
    return err;
}

enum err store_mark(struct store *store, uint64_t mark)
{
    CHECK(mark > store->last_mark);
    store->last_mark = mark;
    store->filling->mark = mark;
    store_stay_awake(store);
    return OK;
}

/* ---- The end */

/* Caller holds the mutex. */
static void wait_until_idle(struct store *store)
{
    while (store->state != STORE_WRITER_DONE && store->state != STORE_WRITER_IDLE) {
        serve_writer(store);
        uv_cond_wait(&store->changed, &store->mutex);
    }
    store->state = STORE_WRITER_IDLE;
}

void store_close(struct store *store)
{
    if (!store)
        return;
    uv_mutex_lock(&store->mutex);
    store->stopping = true;
    uv_cond_broadcast(&store->changed);
    wait_until_idle(store);
    if (!store->gave_up && store->filling->record_count > 0) {
        hand_over(store);
        wait_until_idle(store);
    }
    set_state(store, STORE_WRITER_QUIT);
    uv_mutex_unlock(&store->mutex);
    CHECK(uv_thread_join(&store->thread) == 0);

    if (store->gave_up)
        log_line(LOG_ERROR, "closed %s without its last records: %s", store->path,
                 mdb_strerror(store->last_error));
    store_env_close(store);
    close(store->lock_fd); /* now, not when the handles are closed: the directory is free */
    store->lock_fd = -1;
    close_handles(store);
}

void store_fill_disk(struct store *store, bool full)
{
    uv_mutex_lock(&store->mutex);
    atomic_store(&store->disk_full, full);
    uv_cond_broadcast(&store->changed); /* the writer does not sit its pause out */
    uv_mutex_unlock(&store->mutex);
}

struct store_stats store_stats(const struct store *store)
{
    return (struct store_stats){.commits = store->commits,
                                .records = store->records,
                                .failing_attempts = atomic_load(&store->failing_attempts)};
}
