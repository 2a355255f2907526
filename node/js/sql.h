#ifndef TERRELLA_NODE_JS_SQL_H
#define TERRELLA_NODE_JS_SQL_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

/* What SQL of a Durable Object may do, and how it is told that it may not. */

struct watch;

/* An object's database while it is in use. */
struct sql {
    sqlite3 *db;
    uint64_t depth; /* of the transactions of the storage API that SQLite knows of */
    bool wrote;     /* pages, not yet told to the node */
    bool inside;    /* the statement is our own: it may begin and end transactions */
    bool refused;   /* the statement wanted to */
};

/* Set the documented limits of a new connection, and what it may touch. A statement is interrupted
 * once its turn is to be stopped. Source: https://developers.cloudflare.com/durable-objects/platform/limits/
 * and what workerd answers. */
void sql_guard(struct sql *sql, const struct watch *watch);

enum { SQL_ERROR_BYTES = 640 };

/* The Error's message for what the database has just failed with, as workerd words it. */
void sql_error_text(const struct sql *sql, char ret_text[SQL_ERROR_BYTES]);

#endif
