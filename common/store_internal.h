#ifndef TERRELLA_COMMON_STORE_INTERNAL_H
#define TERRELLA_COMMON_STORE_INTERNAL_H

#include "common/store.h"
#include "common/store_batch.h"

#include <lmdb.h>
#include <stdatomic.h>

/* What the files of the store share; tests include it to make commits fail.
 *
 *     loop thread                                writer thread (store_writer.c)
 *     put -> filling                             waits
 *     turn ends: filling becomes in_flight  -->  commits, again and again until it works
 *     reads filling, in_flight, LMDB             (in need of a larger map or a new environment:
 *     collects: on_durable               <--      asks the loop thread, because of its readers)
 *
 * Whatever the two share is under `mutex`, except: the environment, which the loop thread changes
 * only when the writer has asked for it and waits, and the batch in flight, which nobody changes.
 */

/* Who may go on. Changed under `mutex`, told by `changed` to the writer and to store_close, and
 * by `async` to the loop. */
enum store_writer_state {
    STORE_WRITER_IDLE,
    STORE_WRITER_BUSY,
    STORE_WRITER_NEEDS_MAP, /* the map is full: the loop thread makes it larger, then BUSY */
    STORE_WRITER_NEEDS_ENV, /* LMDB gave the environment up: the loop thread opens it again */
    STORE_WRITER_DONE,      /* the batch is durable, or given up; the loop thread makes it IDLE */
    STORE_WRITER_QUIT,
};

/* As mdb_txn_commit: ends the transaction whatever it returns. */
typedef int store_commit_function(void *owner, MDB_txn *txn);

struct store {
    char *path;
    int lock_fd;
    store_durable_function *on_durable;
    void *owner;

    size_t table_count;
    struct store_table *tables; /* with names of their own */
    uint64_t *last_numbers;     /* of appended tables, by table */

    MDB_env *env; /* NULL when it could not be opened again */
    MDB_dbi *dbis;
    size_t map_bytes;
    MDB_txn *read_txn; /* NULL before the first read; otherwise reset, or `reading` */
    bool reading;      /* a snapshot is open, never longer than until the turn ends */
    bool scanning;

    uv_async_t async;
    uv_prepare_t turn_end;
    uv_idle_t awake; /* active when something waits for the turn's end: the loop must not block */
    unsigned handle_count;

    struct store_batch batches[2];
    struct store_batch *filling, *in_flight; /* in_flight: NULL while the writer is idle */
    uint64_t last_mark;

    uv_thread_t thread;
    uv_mutex_t mutex;
    uv_cond_t changed;
    enum store_writer_state state;
    bool stopping;     /* a commit that fails from now on is given up */
    bool gave_up;      /* one was */
    int service_error; /* LMDB's code when the loop thread could not do what was asked */
    int last_error;    /* LMDB's code of the last failed attempt */

    store_commit_function
        *commit; /* called by the writer; a test may replace it before its first put */
    void *commit_owner;

    uint64_t commits, records;
    _Atomic uint64_t failing_attempts;
    _Atomic bool disk_full; /* a fault that was asked for */
    bool failure_logged;
};

/* store_lock.c: take the directory, made when missing. Errors: ERR_BUSY, ERR_IO. */
MUST_USE enum err store_lock(const char *path, int *ret_lock_fd, struct errmsg *reterr_why);

/* store_env.c, loop thread only. All return LMDB's code, 0 when it worked; store_env_error turns
 * such a code into the program's. */
enum err store_env_error(int code);

/* Open or create environment and tables, and learn the last numbers. After a failure env is NULL.
 */
int store_env_open(struct store *store);

/* Close what is open; NULL is fine. */
void store_env_close(struct store *store);

/* Double the map. */
int store_env_grow(struct store *store);

/* Open a snapshot of what is durable unless this turn has one. */
int store_env_read(struct store *store);

/* Let the snapshot go. */
void store_env_read_end(struct store *store);

/* store_writer.c: the thread's function; the argument is the store. */
void store_writer_run(void *argument);

/* store.c: make sure that the turn ends before the loop blocks. */
void store_stay_awake(struct store *store);

#endif
