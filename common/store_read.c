#include "common/store_internal.h"

#include "common/check.h"

#include <stdlib.h>
#include <string.h>

/* Reads: what is put wins over what is in flight, and that over what LMDB holds. */

static struct bytes bytes_of_val(const MDB_val *val)
{
    return (struct bytes){.data = val->mv_data, .size = val->mv_size};
}

static const struct store_record *find_in_memory(const struct store *store, size_t table,
                                                 struct bytes key)
{
    const struct store_record *record = store_batch_find(store->filling, table, key);
    if (!record && store->in_flight)
        record = store_batch_find(store->in_flight, table, key);
    return record;
}

enum err store_get(struct store *store, size_t table, struct bytes key, struct buf *ret_value)
{
    CHECK(table < store->table_count && !store->tables[table].appended);
    ret_value->size = 0;
    const struct store_record *record = find_in_memory(store, table, key);
    if (record) {
        struct bytes value = store_record_value(record);
        return record->deleted ? ERR_NOT_FOUND : buf_append(ret_value, value.data, value.size);
    }
    int code = key.size == 0 ? MDB_NOTFOUND : store_env_read(store);
    if (code != 0)
        return store_env_error(code);
    MDB_val value, wanted = {.mv_data = (void *)key.data, .mv_size = key.size};
    code = mdb_get(store->read_txn, store->dbis[table], &wanted, &value);
    if (code != 0)
        return store_env_error(code);
    return buf_append(ret_value, value.mv_data, value.mv_size);
}

/* ---- Scans: two sorted sources, of which the smaller key goes first */

struct scan {
    struct bytes first, end;
    bool backwards;
    const struct store_record **records; /* those in memory, in the scan's order */
    size_t record_count, record_next;
    MDB_cursor *cursor;
    MDB_val key, value; /* where the cursor stands, if `in_range` */
    bool in_range;
};

static int compare_bytes(struct bytes a, struct bytes b)
{
    size_t common = a.size < b.size ? a.size : b.size;
    int order = common > 0 ? memcmp(a.data, b.data, common) : 0;
    return order != 0 ? order : (a.size > b.size) - (a.size < b.size);
}

static bool is_in_range(const struct scan *scan, struct bytes key)
{
    return compare_bytes(key, scan->first) >= 0 &&
           (scan->end.size == 0 || compare_bytes(key, scan->end) < 0);
}

static int compare_records(const void *a, const void *b)
{
    return compare_bytes(store_record_key(*(const struct store_record *const *)a),
                         store_record_key(*(const struct store_record *const *)b));
}

static int compare_records_backwards(const void *a, const void *b)
{
    return compare_records(b, a);
}

static void collect(struct scan *scan, const struct store_record *head,
                    const struct store_batch *newer, size_t table)
{
    for (; head; head = head->hh.next) {
        struct bytes key = store_record_key(head);
        if (is_in_range(scan, key) && !(newer && store_batch_find(newer, table, key)))
            scan->records[scan->record_count++] = head;
    }
}

static enum err collect_records(struct scan *scan, const struct store *store, size_t table)
{
    const struct store_record *newer = store->filling->tables[table];
    const struct store_record *older = store->in_flight ? store->in_flight->tables[table] : NULL;
    size_t count_max = (size_t)HASH_COUNT(newer) + HASH_COUNT(older);
    if (count_max == 0)
        return OK;
    scan->records = malloc(count_max * sizeof(struct store_record *));
    if (!scan->records)
        return ERR_MEMORY;
    collect(scan, newer, NULL, table);
    collect(scan, older, store->filling, table);
    qsort(scan->records, scan->record_count, sizeof(struct store_record *),
          scan->backwards ? compare_records_backwards : compare_records);
    return OK;
}

/* Take note of what an operation on the cursor gave; to run out of keys is no error. */
static int arrive(struct scan *scan, int code)
{
    scan->in_range = code == 0 && is_in_range(scan, bytes_of_val(&scan->key));
    return code == MDB_NOTFOUND ? 0 : code;
}

static int move(struct scan *scan, MDB_cursor_op op)
{
    return arrive(scan, mdb_cursor_get(scan->cursor, &scan->key, &scan->value, op));
}

static int step(struct scan *scan)
{
    return move(scan, scan->backwards ? MDB_PREV : MDB_NEXT);
}

static int seek(struct scan *scan, struct bytes key)
{
    scan->key = (MDB_val){.mv_data = (void *)key.data, .mv_size = key.size};
    return mdb_cursor_get(scan->cursor, &scan->key, &scan->value, MDB_SET_RANGE);
}

static int move_to_start(struct scan *scan)
{
    if (!scan->backwards)
        return scan->first.size == 0 ? move(scan, MDB_FIRST)
                                     : arrive(scan, seek(scan, scan->first));
    int code = scan->end.size == 0 ? MDB_NOTFOUND : seek(scan, scan->end);
    if (code == MDB_NOTFOUND)
        return move(scan, MDB_LAST); /* all keys are before the end */
    return code == 0 ? step(scan) : code;
}

/* Below 0: the cursor's key is next; above: the record's; 0: both, and the record wins. */
static int compare_sources(const struct scan *scan, const struct store_record *record)
{
    if (!record || !scan->in_range)
        return record ? 1 : -1;
    int order = compare_bytes(bytes_of_val(&scan->key), store_record_key(record));
    return scan->backwards ? -order : order;
}

static int merge(struct scan *scan, store_visit_function *visit, void *owner)
{
    int code = move_to_start(scan);
    while (code == 0 && (scan->in_range || scan->record_next < scan->record_count)) {
        const struct store_record *record =
            scan->record_next < scan->record_count ? scan->records[scan->record_next] : NULL;
        int order = compare_sources(scan, record);
        bool go_on = true;
        if (order < 0) {
            go_on = visit(owner, bytes_of_val(&scan->key), bytes_of_val(&scan->value));
        } else {
            scan->record_next++;
            if (!record->deleted)
                go_on = visit(owner, store_record_key(record), store_record_value(record));
        }
        if (!go_on)
            break;
        if (order <= 0)
            code = step(scan);
    }
    return code;
}

enum err store_scan(struct store *store, size_t table, struct bytes first, struct bytes end,
                    bool backwards, store_visit_function *visit, void *owner)
{
    CHECK(table < store->table_count && !store->tables[table].appended && !store->scanning);
    struct scan scan = {.first = first, .end = end, .backwards = backwards};
    enum err err = collect_records(&scan, store, table);
    if (err != OK)
        return err;
    int code = store_env_read(store);
    if (code == 0)
        code = mdb_cursor_open(store->read_txn, store->dbis[table], &scan.cursor);
    if (code == 0) {
        store->scanning = true;
        code = merge(&scan, visit, owner);
        store->scanning = false;
        mdb_cursor_close(scan.cursor);
    }
    free(scan.records);
    return store_env_error(code);
}

enum err store_scan_appended(struct store *store, size_t table, store_visit_function *visit,
                             void *owner)
{
    CHECK(table < store->table_count && store->tables[table].appended && !store->scanning);
    MDB_cursor *cursor;
    MDB_val key, value;
    int code = store_env_read(store);
    if (code == 0)
        code = mdb_cursor_open(store->read_txn, store->dbis[table], &cursor);
    if (code != 0)
        return store_env_error(code);
    store->scanning = true;
    while ((code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0)
        if (!visit(owner, bytes_of_val(&key), bytes_of_val(&value)))
            break;
    store->scanning = false;
    mdb_cursor_close(cursor);
    return code == MDB_NOTFOUND ? OK : store_env_error(code);
}
