#include "node/js/sql.h"

#include "node/js/limits.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { OPS_PER_LOOK = 5000 }; /* of SQLite's virtual machine */

struct code {
    int code;
    const char *name;
};

static const struct code codes[] = {
#define CODE(name)           \
    {                        \
        SQLITE_##name, #name \
    }
    CODE(ERROR),
    CODE(INTERNAL),
    CODE(PERM),
    CODE(ABORT),
    CODE(BUSY),
    CODE(LOCKED),
    CODE(NOMEM),
    CODE(READONLY),
    CODE(INTERRUPT),
    CODE(IOERR),
    CODE(CORRUPT),
    CODE(NOTFOUND),
    CODE(FULL),
    CODE(CANTOPEN),
    CODE(PROTOCOL),
    CODE(EMPTY),
    CODE(SCHEMA),
    CODE(TOOBIG),
    CODE(CONSTRAINT),
    CODE(MISMATCH),
    CODE(MISUSE),
    CODE(NOLFS),
    CODE(AUTH),
    CODE(FORMAT),
    CODE(RANGE),
    CODE(NOTADB),
    CODE(CONSTRAINT_CHECK),
    CODE(CONSTRAINT_COMMITHOOK),
    CODE(CONSTRAINT_FOREIGNKEY),
    CODE(CONSTRAINT_FUNCTION),
    CODE(CONSTRAINT_NOTNULL),
    CODE(CONSTRAINT_PRIMARYKEY),
    CODE(CONSTRAINT_TRIGGER),
    CODE(CONSTRAINT_UNIQUE),
    CODE(CONSTRAINT_VTAB),
    CODE(CONSTRAINT_ROWID),
    CODE(CONSTRAINT_PINNED),
    CODE(CONSTRAINT_DATATYPE),
    CODE(ABORT_ROLLBACK),
    CODE(CORRUPT_VTAB),
    CODE(CORRUPT_INDEX),
    CODE(IOERR_READ),
    CODE(IOERR_WRITE),
    CODE(IOERR_NOMEM),
    CODE(IOERR_TRUNCATE),
    CODE(ERROR_MISSING_COLLSEQ),
    CODE(ERROR_RETRY),
    CODE(ERROR_SNAPSHOT),
    CODE(LOCKED_VTAB),
#undef CODE
};

static const char *name_of(int code)
{
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (codes[i].code == code)
            return codes[i].name;
    return "ERROR";
}

static const char no_transactions[] =
    "To execute a transaction, please use the state.storage.transaction() or "
    "state.storage.transactionSync() APIs instead of the SQL BEGIN TRANSACTION or SAVEPOINT "
    "statements. The JavaScript API is safer because it will automatically roll back on "
    "exceptions, and because it interacts correctly with Durable Objects' automatic atomic write "
    "coalescing.";

void sql_error_text(const struct sql *sql, char ret_text[SQL_ERROR_BYTES])
{
    int code = sqlite3_extended_errcode(sql->db), offset = sqlite3_error_offset(sql->db);
    char place[32] = "", extended[64] = "";
    if (sql->refused) {
        snprintf(ret_text, SQL_ERROR_BYTES, "%s", no_transactions);
        return;
    }
    if (offset >= 0)
        snprintf(place, sizeof place, " at offset %d", offset);
    if (code > 0xff)
        snprintf(extended, sizeof extended, " (extended: SQLITE_%s)", name_of(code));
    snprintf(ret_text, SQL_ERROR_BYTES, "%.500s%s: SQLITE_%s%s", sqlite3_errmsg(sql->db), place,
             name_of(code & 0xff), extended);
}

static bool is_among(const char *const *list, const char *name)
{
    for (; *list; list++)
        if (strcasecmp(*list, name) == 0)
            return true;
    return false;
}

/* `value` NULL: it is only read. */
static bool may_pragma(const char *name, const char *value)
{
    static const char *const any[] = {"case_sensitive_like",
                                      "data_version",
                                      "defer_foreign_keys",
                                      "foreign_key_check",
                                      "foreign_key_list",
                                      "foreign_keys",
                                      "index_info",
                                      "index_list",
                                      "index_xinfo",
                                      "legacy_alter_table",
                                      "optimize",
                                      "quick_check",
                                      "recursive_triggers",
                                      "table_info",
                                      "table_list",
                                      "table_xinfo",
                                      "reverse_unordered_selects",
                                      "ignore_check_constraints",
                                      NULL};
    static const char *const read[] = {"page_count", "page_size", NULL};
    return is_among(any, name) || (!value && is_among(read, name));
}

static bool may_call(const char *name)
{
    static const char *const denied[] = {"fts3_tokenizer",
                                         "load_extension",
                                         "soundex",
                                         "sqlite_compileoption_get",
                                         "sqlite_compileoption_used",
                                         "sqlite_log",
                                         "sqlite_offset",
                                         "sqlite_source_id",
                                         "sqlite_version",
                                         NULL};
    return !is_among(denied, name);
}

static bool may_touch(const char *table)
{
    static const char *const denied[] = {"bytecode",    "dbstat",      "sqlite_dbpage",
                                         "sqlite_stmt", "tables_used", NULL};
    return !table || (strncasecmp(table, "_cf_", 4) != 0 && !is_among(denied, table));
}

static bool may_load(const char *module)
{
    static const char *const allowed[] = {"fts5", "fts5vocab", "rtree", "rtree_i32", NULL};
    return module && is_among(allowed, module);
}

/* sqlite3_set_authorizer tells what a statement will do while it is prepared. */
static bool may(struct sql *sql, int action, const char *first, const char *second)
{
    switch (action) {
    case SQLITE_TRANSACTION:
    case SQLITE_SAVEPOINT: sql->refused = true; return false;
    case SQLITE_ATTACH:
    case SQLITE_DETACH:
    case SQLITE_CREATE_TEMP_INDEX:
    case SQLITE_CREATE_TEMP_TABLE:
    case SQLITE_CREATE_TEMP_TRIGGER:
    case SQLITE_CREATE_TEMP_VIEW: return false;
    case SQLITE_PRAGMA: return may_pragma(first, second);
    case SQLITE_FUNCTION: return may_call(second);
    case SQLITE_CREATE_VTABLE: return may_touch(first) && may_load(second);
    case SQLITE_CREATE_INDEX:
    case SQLITE_CREATE_TRIGGER:
    case SQLITE_DROP_INDEX:
    case SQLITE_DROP_TRIGGER: return may_touch(first) && may_touch(second);
    case SQLITE_ALTER_TABLE: return may_touch(second);
    case SQLITE_CREATE_TABLE:
    case SQLITE_CREATE_VIEW:
    case SQLITE_DELETE:
    case SQLITE_DROP_TABLE:
    case SQLITE_DROP_VIEW:
    case SQLITE_DROP_VTABLE:
    case SQLITE_INSERT:
    case SQLITE_READ:
    case SQLITE_UPDATE: return may_touch(first);
    default: return true;
    }
}

static int authorize(void *owner, int action, const char *first, const char *second,
                     const char *database, const char *trigger)
{
    struct sql *sql = owner;
    (void)database, (void)trigger;
    return sql->inside || may(sql, action, first, second) ? SQLITE_OK : SQLITE_DENY;
}

static int look(void *owner)
{
    return watch_is_stopping(owner);
}

void sql_guard(struct sql *sql, const struct watch *watch)
{
    static const struct {
        int limit, value;
    } limits[] = {{SQLITE_LIMIT_SQL_LENGTH, 100000},   {SQLITE_LIMIT_COLUMN, 100},
                  {SQLITE_LIMIT_EXPR_DEPTH, 100},      {SQLITE_LIMIT_COMPOUND_SELECT, 5},
                  {SQLITE_LIMIT_VARIABLE_NUMBER, 100}, {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 50},
                  {SQLITE_LIMIT_TRIGGER_DEPTH, 10},    {SQLITE_LIMIT_ATTACHED, 0},
                  {SQLITE_LIMIT_WORKER_THREADS, 0}};
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        sqlite3_limit(sql->db, limits[i].limit, limits[i].value);
    sqlite3_extended_result_codes(sql->db, 1);
    sqlite3_db_config(sql->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_set_authorizer(sql->db, authorize, sql);
    sqlite3_progress_handler(sql->db, OPS_PER_LOOK, look, (void *)(uintptr_t)watch);
}
