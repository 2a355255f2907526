#include "node/js/sql.h"

#include "node/js/engine.h"
#include "node/js/sql_file.h"
#include "node/js/value.h"

#include <stdlib.h>
#include <string.h>

/* ctx.storage.sql. A statement runs to its end within the call, and its rows are handed over as one list. */

static struct sql_place place_of(struct instance *instance, bool *wrote)
{
    const struct js_config *config = &instance->script->js->config;
    return (struct sql_place){config->store, config->sql_table, instance->id, wrote};
}

static void fail(JSContextRef context, const struct sql *sql, JSValueRef *exception)
{
    char text[SQL_ERROR_BYTES];
    sql_error_text(sql, text);
    value_throw(context, "Error", text, exception);
}

/* The instance's database, opened when it is first used. NULL: *exception is set. */
static struct sql *open_sql(JSContextRef context, struct instance *instance, JSValueRef *exception)
{
    if (instance->sql)
        return instance->sql;
    struct sql *sql = calloc(1, sizeof *sql);
    struct sql_place place = {0};
    enum err err = ERR_MEMORY;
    if (sql) {
        place = place_of(instance, &sql->wrote);
        err = sql_file_open(&place, &sql->db);
    }
    if (err) {
        free(sql);
        value_throw(context, "Error",
                    err == ERR_MEMORY ? "The database cannot be opened: out of memory."
                                      : "The database cannot be read from the node's storage.",
                    exception);
        return NULL;
    }
    sql_guard(sql, instance->script->js->watch);
    return instance->sql = sql;
}

void sql_close(struct instance *instance)
{
    if (!instance->sql)
        return;
    sqlite3_close(instance->sql->db);
    free(instance->sql);
    instance->sql = NULL;
}

enum err sql_clear(struct instance *instance)
{
    bool wrote = false;
    struct sql_place place = place_of(instance, &wrote);
    sql_close(instance);
    enum err err = sql_file_delete(&place);
    if (wrote)
        instance_wrote(instance);
    return err;
}

static void tell(struct instance *instance)
{
    if (instance->sql->wrote)
        instance_wrote(instance);
    instance->sql->wrote = false;
}

static bool run_own(struct sql *sql, const char *text)
{
    sql->inside = true;
    int code = sqlite3_exec(sql->db, text, NULL, NULL, NULL);
    sql->inside = false;
    return code == SQLITE_OK;
}

/* Let SQLite know of transactions that have begun. */
static bool deepen(struct sql *sql, uint64_t depth)
{
    for (; sql->depth < depth; sql->depth++)
        if (!run_own(sql, "SAVEPOINT layer"))
            return false;
    return true;
}

/* ---- one statement ---- */

static bool bind_value(JSContextRef context, sqlite3_stmt *statement, int index, JSValueRef value)
{
    struct buf *text = &engine_here->text;
    struct bytes bytes;
    int code;
    if (JSValueIsNull(context, value))
        code = sqlite3_bind_null(statement, index);
    else if (JSValueIsNumber(context, value))
        code = sqlite3_bind_double(statement, index, JSValueToNumber(context, value, NULL));
    else if (value_bytes(context, value, &bytes))
        code = sqlite3_bind_blob64(statement, index, bytes.size ? bytes.data : "", bytes.size,
                                   SQLITE_TRANSIENT);
    else {
        text->size = 0;
        if (value_to_text(context, value, LONE_KEPT, text, NULL))
            return false;
        code = sqlite3_bind_text64(statement, index, text->size ? (const char *)text->data : "",
                                   text->size, SQLITE_TRANSIENT, SQLITE_UTF8);
    }
    return code == SQLITE_OK;
}

static JSValueRef column(JSContextRef context, sqlite3_stmt *statement, int index)
{
    switch (sqlite3_column_type(statement, index)) {
    case SQLITE_INTEGER:
        return JSValueMakeNumber(context, (double)sqlite3_column_int64(statement, index));
    case SQLITE_FLOAT: return JSValueMakeNumber(context, sqlite3_column_double(statement, index));
    case SQLITE_NULL: return JSValueMakeNull(context);
    case SQLITE_BLOB: {
        const void *data = sqlite3_column_blob(statement, index);
        size_t size = (size_t)sqlite3_column_bytes(statement, index);
        return value_of_bytes(context, (struct bytes){data, size});
    }
    default: {
        const void *data = sqlite3_column_text(statement, index);
        size_t size = (size_t)sqlite3_column_bytes(statement, index);
        return value_of_text(context, (struct bytes){data, size}, LONE_REPLACED);
    }
    }
}

static void push(JSContextRef context, JSObjectRef array, unsigned index, JSValueRef value)
{
    JSObjectSetPropertyAtIndex(context, array, index, value ? value : JSValueMakeUndefined(context),
                               NULL);
}

struct result {
    JSObjectRef names, cells; /* cells: row by row */
    unsigned cell_count;
    uint64_t row_count, stepped_count;
};

/* Step to the end. False: the database says why. */
static bool run(JSContextRef context, sqlite3_stmt *statement, struct result *result)
{
    int width = sqlite3_column_count(statement), code;
    for (int i = 0; i < width; i++) {
        const char *name = sqlite3_column_name(statement, i);
        push(context, result->names, (unsigned)i,
             value_of_text(context, bytes_of(name ? name : ""), LONE_REPLACED));
    }
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        for (int i = 0; i < width; i++)
            push(context, result->cells, result->cell_count++, column(context, statement, i));
        result->row_count++;
    }
    /* A scan's steps are counted from its first row on. */
    int stepped = sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_FULLSCAN_STEP, 0);
    result->stepped_count = stepped > 0 ? (uint64_t)stepped + 1 : 0;
    return code == SQLITE_DONE;
}

static JSValueRef result_value(JSContextRef context, const struct result *result, uint64_t written)
{
    uint64_t read =
        result->stepped_count > result->row_count ? result->stepped_count : result->row_count;
    JSValueRef parts[] = {result->names, result->cells, JSValueMakeNumber(context, (double)read),
                          JSValueMakeNumber(context, (double)written)};
    return JSObjectMakeArray(context, sizeof parts / sizeof *parts, parts, NULL);
}

static struct result result_make(JSContextRef context)
{
    return (struct result){.names = JSObjectMakeArray(context, 0, NULL, NULL),
                           .cells = JSObjectMakeArray(context, 0, NULL, NULL)};
}

/* ---- a text of statements ---- */

static const char *skip_blanks(const char *text)
{
    return text + strspn(text, " \t\r\n");
}

struct statements {
    struct sql *sql;
    const char *rest, *end; /* of the text; ends with a zero */
    const JSValueRef *values;
    size_t value_count;
};

/* Bind the values to the last statement; others take none. False: *exception is set. */
static bool bind_all(JSContextRef context, const struct statements *statements,
                     sqlite3_stmt *statement, JSValueRef *exception)
{
    const char *wrong = NULL;
    size_t wanted = (size_t)sqlite3_bind_parameter_count(statement);
    if (*statements->rest && wanted > 0)
        wrong = "When executing multiple SQL statements in a single call, only the last statement "
                "can have parameters.";
    else if (!*statements->rest && wanted != statements->value_count)
        wrong = "Wrong number of parameter bindings for SQL query.";
    if (wrong) {
        value_throw(context, "Error", wrong, exception);
        return false;
    }
    for (size_t i = 0; i < wanted; i++)
        if (!bind_value(context, statement, (int)i + 1, statements->values[i])) {
            fail(context, statements->sql, exception);
            return false;
        }
    return true;
}

/* Run the next statement. False: *exception is set. */
static bool run_next(JSContextRef context, struct statements *statements, struct result *result,
                     JSValueRef *exception)
{
    struct sql *sql = statements->sql;
    sqlite3_stmt *statement = NULL;
    sql->refused = false;
    if (sqlite3_prepare_v2(sql->db, statements->rest, (int)(statements->end - statements->rest),
                           &statement, &statements->rest) != SQLITE_OK) {
        fail(context, sql, exception);
        return false;
    }
    if (!statement) {
        value_throw(context, "Error", "SQL code did not contain a statement.", exception);
        return false;
    }
    statements->rest = skip_blanks(statements->rest);
    bool good = bind_all(context, statements, statement, exception);
    if (good && !sqlite3_stmt_readonly(statement) && store_is_behind(engine_here->config.store)) {
        value_throw(context, "Error", "The node's storage failed: too much waits to be written.",
                    exception);
        good = false;
    }
    if (good && !run(context, statement, result)) {
        fail(context, sql, exception);
        good = false;
    }
    sqlite3_finalize(statement);
    return good;
}

static struct instance *instance_of(JSContextRef context, JSValueRef value, JSValueRef *exception)
{
    struct instance *instance = instance_find(engine_here, value_number(context, value));
    if (!instance)
        value_throw(context, "Error", "This Durable Object was reset; its storage is not at hand.",
                    exception);
    return instance;
}

/* sqlExec(instance, depth, text, value ...): [names, cells row by row, rows read, rows written] of the last
 * statement. `depth`: how many transactions it is within. Values are null, numbers, strings and bytes. */
NATIVE(native_sqlExec)
{
    (void)function, (void)self;
    JSValueRef nothing = JSValueMakeUndefined(context);
    struct instance *instance = instance_of(context, values[0], exception);
    struct sql *sql = instance ? open_sql(context, instance, exception) : NULL;
    struct buf text = {0};
    if (!sql || value_to_text(context, values[2], LONE_REPLACED, &text, exception) ||
        buf_append(&text, "", 1)) {
        buf_finish(&text);
        return nothing;
    }
    struct statements statements = {sql, (const char *)text.data,
                                    (const char *)text.data + text.size - 1, values + 3, count - 3};
    struct result result = {0};
    int64_t before = sqlite3_total_changes64(sql->db);
    bool good = deepen(sql, value_number(context, values[1]));
    if (!good)
        fail(context, sql, exception);
    while (good) {
        before = sqlite3_total_changes64(sql->db);
        result = result_make(context);
        good = run_next(context, &statements, &result, exception);
        if (!*statements.rest)
            break;
    }
    tell(instance);
    buf_finish(&text);
    return good ? result_value(context, &result,
                               (uint64_t)(sqlite3_total_changes64(sql->db) - before))
                : nothing;
}

/* sqlEnd(instance, depth, kept): the transactions beyond `depth` have ended. */
NATIVE(native_sqlEnd)
{
    (void)function, (void)self, (void)count;
    struct instance *instance = instance_find(engine_here, value_number(context, values[0]));
    struct sql *sql = instance ? instance->sql : NULL;
    uint64_t depth = value_number(context, values[1]);
    bool kept = JSValueToBoolean(context, values[2]);
    while (sql && sql->depth > depth) {
        if (kept && !run_own(sql, "RELEASE layer")) {
            fail(context, sql, exception);
            kept = false;
        }
        if (!kept)
            (void)run_own(sql, "ROLLBACK TO layer; RELEASE layer");
        sql->depth--;
    }
    if (sql)
        tell(instance);
    return JSValueMakeUndefined(context);
}

/* sqlBytes(instance): of the database. */
NATIVE(native_sqlBytes)
{
    (void)function, (void)self, (void)count;
    struct instance *instance = instance_of(context, values[0], exception);
    struct sql *sql = instance ? open_sql(context, instance, exception) : NULL;
    return sql ? JSValueMakeNumber(context, (double)sql_file_bytes(sql->db))
               : JSValueMakeUndefined(context);
}

/* sqlIsOn(instance): whether objects of its class have a database. */
NATIVE(native_sqlIsOn)
{
    (void)function, (void)self, (void)count, (void)exception;
    struct js *js = engine_here;
    const struct instance *instance = instance_find(js, value_number(context, values[0]));
    return JSValueMakeBoolean(context, instance && js->config.spaces[instance->space].sqlite);
}
