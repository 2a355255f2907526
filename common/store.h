#ifndef TERRELLA_COMMON_STORE_H
#define TERRELLA_COMMON_STORE_H

#include "common/bytes.h"
#include "common/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

/* Durable records in LMDB, for coordinator and node alike. The loop thread puts records into a
 * batch; a writer thread commits one batch while the next one fills (group commit). What is put
 * can be read at once, from memory, before it is durable: whoever lets an answer leave waits for
 * the mark that was set after the put.
 *
 * A commit that fails (disk full, I/O error) is tried again until it succeeds or the store is
 * closed; nothing is acknowledged meanwhile. Knows nothing of what the records mean.
 *
 * One process for each data directory: even a stopped one holds the lock that store_open takes. */

struct store;

/* A table: records sorted by key, or, with `appended`, numbered by the store from 1 upwards
 * (MDB_INTEGERKEY and MDB_APPEND; keys are then the numbers and `store_append` adds). */
struct store_table {
    const char *name;
    bool appended;
    bool yields; /* its puts are refused when half of the bound waits, so that the other tables,
                    whose records must not be refused, find room */
};

struct store_config {
    const char *path;                 /* directory; made if it is missing, mode 0700 */
    const struct store_table *tables; /* table_count of them; used below by index */
    size_t table_count;
    size_t map_bytes; /* size of the map at the start; 0: 16 GB. Grows when full */
};

/* All operations up to and including `mark` are durable. Called from the loop, never from within
 * another function of the store; only the largest mark of a batch is reported, which stands for
 * the smaller ones. It may use the store, and close it. */
typedef void store_durable_function(void *owner, uint64_t mark);

/* Open or create. The store keeps the loop alive only while something is on its way to the disk.
 * Errors: ERR_BUSY (another process has the directory; `why` names its pid), ERR_IO, ERR_CORRUPT,
 * ERR_MEMORY. */
MUST_USE enum err store_open(uv_loop_t *loop, const struct store_config *config,
                             store_durable_function *on_durable, void *owner,
                             struct store **ret_store, struct errmsg *reterr_why);

/* Put one record, replacing the one with the same key (key: 1 to 511 bytes; copied, like the
 * value). Errors: ERR_MEMORY, ERR_FULL (over STORE_BATCH_BYTES_MAX wait for the writer),
 * ERR_INVALID (key size). */
MUST_USE enum err store_put(struct store *store, size_t table, struct bytes key,
                            struct bytes value);

/* Delete one record; fine when there is none. Errors: as for store_put. */
MUST_USE enum err store_delete(struct store *store, size_t table, struct bytes key);

/* Add a record under the next number. Errors: ERR_MEMORY, ERR_FULL. */
MUST_USE enum err store_append(struct store *store, size_t table, struct bytes value);

/* Report `mark` (larger than any before) through on_durable once all that was put until now is
 * durable. The batch is handed to the writer when the loop's turn ends, never in its middle, so
 * what one turn puts becomes durable as one. Errors: ERR_MEMORY. */
MUST_USE enum err store_mark(struct store *store, uint64_t mark);

/* Read one record, as last put; the value is copied into `ret_value` (cleared first).
 * Errors: ERR_NOT_FOUND, ERR_MEMORY, ERR_IO. */
MUST_USE enum err store_get(struct store *store, size_t table, struct bytes key,
                            struct buf *ret_value);

/* Return false to stop. Key and value are borrowed during the call and not aligned (memcpy
 * numbers); the callback must not touch the store. */
typedef bool store_visit_function(void *owner, struct bytes key, struct bytes value);

/* Visit the records of a sorted table with first <= key < end in key order (backwards: from the
 * end), as last put. An empty `end` means no bound. Errors: ERR_MEMORY, ERR_IO. */
MUST_USE enum err store_scan(struct store *store, size_t table, struct bytes first,
                             struct bytes end, bool backwards, store_visit_function *visit,
                             void *owner);

/* Visit all records of an appended table in order (key: 8 bytes, native uint64_t), only those
 * that are durable; meant for the start. Errors: ERR_IO, ERR_MEMORY. */
MUST_USE enum err store_scan_appended(struct store *store, size_t table,
                                      store_visit_function *visit, void *owner);

/* Counters for status: commits so far, records so far, and the failed attempts in a row
 * (0: healthy). */
struct store_stats {
    uint64_t commits, records, failing_attempts;
};
struct store_stats store_stats(const struct store *store);

/* Does so much wait for the writer that tables which yield are refused? Whoever must not be refused
 * begins nothing new then. */
bool store_is_behind(const struct store *store);

/* Let every commit fail from now on as on a full disk; or no longer, and then what waits is tried
 * at once. Reading goes on meanwhile. */
void store_fill_disk(struct store *store, bool full);

/* Commit what is left, join the writer, and let the lock go. Blocks for the last commit; when that
 * fails it is given up after one attempt, and logged. on_durable is not called any more. The memory
 * is freed in the loop's next turn, when libuv is done with the handles. NULL is fine. */
void store_close(struct store *store);

#endif
