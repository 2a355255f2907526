#include "common/store_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define MAP_BYTES_DEFAULT ((size_t)16 << 30)
#define MAP_BYTES_MIN     ((size_t)64 << 10)

enum err store_env_error(int code)
{
    switch (code) {
    case 0: return OK;
    case MDB_NOTFOUND: return ERR_NOT_FOUND;
    case ENOMEM: return ERR_MEMORY;
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
    case MDB_VERSION_MISMATCH:
    case MDB_INCOMPATIBLE: return ERR_CORRUPT;
    default: return ERR_IO; /* not an enum: any errno may come */
    }
}

static int find_last_number(MDB_txn *txn, MDB_dbi dbi, uint64_t *ret_number)
{
    MDB_cursor *cursor;
    MDB_val key, value;
    int code = mdb_cursor_open(txn, dbi, &cursor);
    if (code != 0)
        return code;
    code = mdb_cursor_get(cursor, &key, &value, MDB_LAST);
    if (code == 0 && key.mv_size == sizeof *ret_number)
        memcpy(ret_number, key.mv_data, sizeof *ret_number);
    else if (code == 0)
        code = MDB_CORRUPTED;
    else if (code == MDB_NOTFOUND)
        code = 0;
    mdb_cursor_close(cursor);
    return code;
}

static int open_tables(struct store *store)
{
    MDB_txn *txn;
    int code = mdb_txn_begin(store->env, NULL, 0, &txn);
    if (code != 0)
        return code;
    for (size_t i = 0; i < store->table_count && code == 0; i++) {
        const struct store_table *table = &store->tables[i];
        unsigned flags = MDB_CREATE | (table->appended ? MDB_INTEGERKEY : 0), stored_flags;
        code = mdb_dbi_open(txn, table->name, flags, &store->dbis[i]);
        if (code == 0)
            code = mdb_dbi_flags(txn, store->dbis[i], &stored_flags);
        if (code == 0 && ((stored_flags ^ flags) & MDB_INTEGERKEY))
            code = MDB_INCOMPATIBLE; /* it was made as the other kind of table */
        /* Numbers that are given but not yet stored count as well: never go back. */
        uint64_t last_number = 0;
        if (code == 0 && table->appended)
            code = find_last_number(txn, store->dbis[i], &last_number);
        if (code == 0 && last_number > store->last_numbers[i])
            store->last_numbers[i] = last_number;
    }
    if (code == 0)
        return mdb_txn_commit(txn);
    mdb_txn_abort(txn);
    return code;
}

/* New files are lost in a power failure until their directory is synced. */
static int sync_directory(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return errno;
    int code = fsync(fd) == 0 ? 0 : errno;
    close(fd);
    return code;
}

int store_env_open(struct store *store)
{
    if (store->map_bytes == 0)
        store->map_bytes = MAP_BYTES_DEFAULT;
    if (store->map_bytes < MAP_BYTES_MIN)
        store->map_bytes = MAP_BYTES_MIN;
    int code = mdb_env_create(&store->env);
    if (code != 0) {
        store->env = NULL;
        return code;
    }
    /* Without MDB_NOTLS a second store on this thread would be in the way of the first. */
    if ((code = mdb_env_set_maxdbs(store->env, (MDB_dbi)store->table_count)) == 0 &&
        (code = mdb_env_set_mapsize(store->env, store->map_bytes)) == 0 &&
        (code = mdb_env_open(store->env, store->path, MDB_NOTLS, 0600)) == 0 &&
        (code = mdb_reader_check(store->env, NULL)) == 0) {
        code = open_tables(store);
        while (code == MDB_MAP_FULL && (code = store_env_grow(store)) == 0)
            code = open_tables(store);
        if (code == 0)
            code = sync_directory(store->path);
    }
    if (code != 0)
        store_env_close(store);
    return code;
}

void store_env_close(struct store *store)
{
    if (store->read_txn)
        mdb_txn_abort(store->read_txn);
    store->read_txn = NULL;
    store->reading = false;
    if (store->env)
        mdb_env_close(store->env);
    store->env = NULL;
}

int store_env_grow(struct store *store)
{
    MDB_envinfo info;
    store_env_read_end(store); /* a larger map may lie elsewhere */
    int code = mdb_env_info(store->env, &info);
    if (code == 0)
        code = mdb_env_set_mapsize(store->env, 2 * info.me_mapsize);
    if (code == 0)
        store->map_bytes = 2 * info.me_mapsize;
    return code;
}

int store_env_read(struct store *store)
{
    if (store->reading)
        return 0;
    if (!store->env)
        return EIO;
    int code;
    if (store->read_txn)
        code = mdb_txn_renew(store->read_txn);
    else
        code = mdb_txn_begin(store->env, NULL, MDB_RDONLY, &store->read_txn);
    if (code != 0)
        return code;
    store->reading = true;
    store_stay_awake(store);
    return 0;
}

void store_env_read_end(struct store *store)
{
    if (store->reading)
        mdb_txn_reset(store->read_txn);
    store->reading = false;
}
