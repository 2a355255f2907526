#ifndef TERRELLA_NODE_JS_SQL_FILE_H
#define TERRELLA_NODE_JS_SQL_FILE_H

#include "common/err.h"
#include "common/id.h"
#include "common/store.h"

#include <sqlite3.h>

/* An object's SQLite database in the node's store: a record for each page, under the object's id and the
 * page's number. So what SQL writes is committed with all else that its turn of the loop wrote, and
 * waits for the disk, is lost and is found again as that is.
 *
 * SQLite may write pages only when it commits, not before (PRAGMA cache_spill), and keeps its journal
 * in memory: the batch of a turn holds whole transactions. Sources: https://sqlite.org/vfs.html,
 * https://sqlite.org/c3ref/io_methods.html */

enum { SQL_PAGE_BYTES = 4096 };

struct sql_place {
    struct store *store; /* borrowed until the database is closed */
    size_t table;        /* sorted, and does not yield */
    struct object_id id;
    bool *wrote; /* set when a page has been put; borrowed likewise */
};

/* Open the database that lies there; one that was never written is empty. To be closed by
 * sqlite3_close. Only one at a time for each place. Errors: ERR_MEMORY, ERR_IO. */
MUST_USE enum err sql_file_open(const struct sql_place *place, sqlite3 **ret_db);

/* Delete what lies there, while it is not open. Errors: as for store_delete. */
MUST_USE enum err sql_file_delete(const struct sql_place *place);

/* Bytes of a database that is open. */
uint64_t sql_file_bytes(sqlite3 *db);

#endif
