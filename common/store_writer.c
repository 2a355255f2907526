#include "common/store_internal.h"

#include <errno.h>

/* The writer: one batch is one transaction, fully synced. */

#define PAUSE_NS_MIN (UINT64_C(10) * 1000 * 1000)
#define PAUSE_NS_MAX (UINT64_C(1000) * 1000 * 1000)

static int write_record(MDB_txn *txn, MDB_dbi dbi, struct store_record *record, unsigned put_flags)
{
    MDB_val key = {.mv_data = record->bytes, .mv_size = record->key_size};
    MDB_val value = {.mv_data = record->bytes + record->key_size, .mv_size = record->value_size};
    if (!record->deleted)
        return mdb_put(txn, dbi, &key, &value, put_flags);
    int code = mdb_del(txn, dbi, &key, NULL);
    return code == MDB_NOTFOUND ? 0 : code;
}

static int commit_batch(struct store *store, const struct store_batch *batch)
{
    MDB_txn *txn;
    if (!store->env)
        return MDB_PANIC;
    int code = mdb_txn_begin(store->env, NULL, 0, &txn);
    if (code != 0)
        return code;
    /* After a failure the disk may hold the numbers already, and MDB_APPEND would refuse them. */
    bool first_attempt = atomic_load(&store->failing_attempts) == 0;
    for (size_t i = 0; i < store->table_count; i++) {
        unsigned put_flags = store->tables[i].appended && first_attempt ? MDB_APPEND : 0;
        struct store_record *record = batch->tables[i];
        for (; record && code == 0; record = record->hh.next)
            code = write_record(txn, store->dbis[i], record, put_flags);
    }
    if (code == 0 && atomic_load(&store->disk_full))
        code = ENOSPC;
    if (code == 0)
        return store->commit(store->commit_owner, txn);
    mdb_txn_abort(txn);
    return code;
}

static void tell(struct store *store)
{
    uv_cond_broadcast(&store->changed);
    uv_async_send(&store->async);
}

/* Count a failed attempt and wait a little, or give up. Returns with the state that comes next. */
static enum store_writer_state fail(struct store *store, int code)
{
    uint64_t attempts = atomic_fetch_add(&store->failing_attempts, 1) + 1;
    store->last_error = code;
    if (!store->stopping) {
        uint64_t pause_ns = attempts < 8 ? PAUSE_NS_MIN << (attempts - 1) : PAUSE_NS_MAX;
        uv_async_send(&store->async);
        uv_cond_timedwait(&store->changed, &store->mutex, pause_ns);
        /* A failed write of LMDB's meta page leaves an environment that refuses all. */
        return code == MDB_PANIC ? STORE_WRITER_NEEDS_ENV : STORE_WRITER_BUSY;
    }
    store->gave_up = true;
    return STORE_WRITER_DONE;
}

static enum store_writer_state attempt(struct store *store)
{
    int code = store->service_error;
    store->service_error = 0;
    if (code == 0) {
        const struct store_batch *batch = store->in_flight;
        uv_mutex_unlock(&store->mutex);
        code = commit_batch(store, batch);
        uv_mutex_lock(&store->mutex);
        if (code == MDB_MAP_FULL)
            return STORE_WRITER_NEEDS_MAP;
    }
    if (code != 0)
        return fail(store, code);
    atomic_store(&store->failing_attempts, 0);
    return STORE_WRITER_DONE;
}

void store_writer_run(void *argument)
{
    struct store *store = argument;
    uv_mutex_lock(&store->mutex);
    while (store->state != STORE_WRITER_QUIT) {
        if (store->state == STORE_WRITER_BUSY) {
            store->state = attempt(store);
            if (store->state != STORE_WRITER_BUSY)
                tell(store);
        } else {
            uv_cond_wait(&store->changed, &store->mutex);
        }
    }
    uv_mutex_unlock(&store->mutex);
}
