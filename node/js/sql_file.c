#include "node/js/sql_file.h"

#include "common/check.h"

#include <string.h>
#include <unistd.h>

static const char vfs_name[] = "terrella";

enum { PAGE_KEY_BYTES = OBJECT_ID_BYTES + 4 };

struct file {
    sqlite3_file base; /* first: SQLite knows no more */
    struct sql_place place;
    uint32_t page_count;
    struct buf page; /* scratch */
};

/* SQLite hands a name on, and no pointer. */
static _Thread_local const struct sql_place *opening;

static struct bytes page_key(const struct object_id *id, uint32_t page, uint8_t key[PAGE_KEY_BYTES])
{
    memcpy(key, id->bytes, OBJECT_ID_BYTES);
    for (size_t i = 0; i < 4; i++)
        key[OBJECT_ID_BYTES + i] = (uint8_t)(page >> (24 - 8 * i));
    return (struct bytes){key, PAGE_KEY_BYTES};
}

static uint32_t page_of_key(struct bytes key)
{
    const uint8_t *data = key.data;
    uint32_t page = 0;
    for (size_t i = OBJECT_ID_BYTES; i < PAGE_KEY_BYTES; i++)
        page = page << 8 | data[i];
    return page;
}

static bool note_last(void *owner, struct bytes key, struct bytes value)
{
    uint32_t *page_count = owner;
    (void)value;
    *page_count = page_of_key(key) + 1;
    return false;
}

static enum err count_pages(const struct sql_place *place, uint32_t *ret_count)
{
    uint8_t first[PAGE_KEY_BYTES], end[PAGE_KEY_BYTES];
    *ret_count = 0;
    return store_scan(place->store, place->table, page_key(&place->id, 0, first),
                      page_key(&place->id, UINT32_MAX, end), true, note_last, ret_count);
}

/* ---- a file ---- */

static int code_of(enum err err, int otherwise)
{
    if (err == ERR_MEMORY)
        return SQLITE_IOERR_NOMEM;
    if (err == ERR_FULL)
        return SQLITE_FULL;
    return err ? otherwise : SQLITE_OK;
}

static int file_close(sqlite3_file *base)
{
    buf_finish(&((struct file *)base)->page);
    return SQLITE_OK;
}

/* Leaves the page in file->page, of SQL_PAGE_BYTES. */
static enum err load(struct file *file, uint32_t page)
{
    uint8_t key[PAGE_KEY_BYTES];
    enum err err = store_get(file->place.store, file->place.table,
                             page_key(&file->place.id, page, key), &file->page);
    return !err && file->page.size != SQL_PAGE_BYTES ? ERR_CORRUPT : err;
}

static int file_read(sqlite3_file *base, void *into, int size, sqlite3_int64 offset)
{
    struct file *file = (struct file *)base;
    uint32_t page = (uint32_t)(offset / SQL_PAGE_BYTES);
    size_t start = (size_t)(offset % SQL_PAGE_BYTES);
    if (start + (size_t)size > SQL_PAGE_BYTES)
        return SQLITE_IOERR_READ;
    if (page >= file->page_count) {
        memset(into, 0, (size_t)size);
        return SQLITE_IOERR_SHORT_READ;
    }
    enum err err = load(file, page);
    if (!err)
        memcpy(into, file->page.data + start, (size_t)size);
    return code_of(err, SQLITE_IOERR_READ);
}

static int file_write(sqlite3_file *base, const void *data, int size, sqlite3_int64 offset)
{
    struct file *file = (struct file *)base;
    uint32_t page = (uint32_t)(offset / SQL_PAGE_BYTES);
    uint8_t key[PAGE_KEY_BYTES];
    if (size != SQL_PAGE_BYTES || offset % SQL_PAGE_BYTES)
        return SQLITE_IOERR_WRITE;
    enum err err =
        store_put(file->place.store, file->place.table, page_key(&file->place.id, page, key),
                  (struct bytes){data, SQL_PAGE_BYTES});
    if (!err && page >= file->page_count)
        file->page_count = page + 1;
    /* A commit that found no room is undone, page by page; those that were not reached are as they were. */
    if (err == ERR_FULL && page < file->page_count && load(file, page) == OK &&
        memcmp(file->page.data, data, SQL_PAGE_BYTES) == 0)
        return SQLITE_OK;
    *file->place.wrote |= err == OK;
    return code_of(err, SQLITE_IOERR_WRITE);
}

static int file_truncate(sqlite3_file *base, sqlite3_int64 size)
{
    struct file *file = (struct file *)base;
    uint32_t count = (uint32_t)((size + SQL_PAGE_BYTES - 1) / SQL_PAGE_BYTES);
    while (file->page_count > count) {
        uint8_t key[PAGE_KEY_BYTES];
        enum err err = store_delete(file->place.store, file->place.table,
                                    page_key(&file->place.id, file->page_count - 1, key));
        if (err)
            return code_of(err, SQLITE_IOERR_TRUNCATE);
        file->page_count--;
        *file->place.wrote = true;
    }
    return SQLITE_OK;
}

static int file_size(sqlite3_file *base, sqlite3_int64 *ret_size)
{
    *ret_size = (sqlite3_int64)((struct file *)base)->page_count * SQL_PAGE_BYTES;
    return SQLITE_OK;
}

/* The store sees to durability, and there is nobody to lock out. */
static int file_sync(sqlite3_file *base, int flags)
{
    (void)base, (void)flags;
    return SQLITE_OK;
}

static int file_lock(sqlite3_file *base, int level)
{
    (void)base, (void)level;
    return SQLITE_OK;
}

static int file_is_reserved(sqlite3_file *base, int *ret_reserved)
{
    (void)base;
    *ret_reserved = 0;
    return SQLITE_OK;
}

static int file_control(sqlite3_file *base, int op, void *argument)
{
    (void)base, (void)op, (void)argument;
    return SQLITE_NOTFOUND;
}

static int file_sector_bytes(sqlite3_file *base)
{
    (void)base;
    return SQL_PAGE_BYTES;
}

static int file_characteristics(sqlite3_file *base)
{
    (void)base;
    return SQLITE_IOCAP_SAFE_APPEND | SQLITE_IOCAP_SEQUENTIAL | SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static const sqlite3_io_methods methods = {.iVersion = 1,
                                           .xClose = file_close,
                                           .xRead = file_read,
                                           .xWrite = file_write,
                                           .xTruncate = file_truncate,
                                           .xSync = file_sync,
                                           .xFileSize = file_size,
                                           .xLock = file_lock,
                                           .xUnlock = file_lock,
                                           .xCheckReservedLock = file_is_reserved,
                                           .xFileControl = file_control,
                                           .xSectorSize = file_sector_bytes,
                                           .xDeviceCharacteristics = file_characteristics};

/* ---- the "file system": the one database that is being opened ---- */

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *base, int flags,
                    int *ret_flags)
{
    struct file *file = (struct file *)base;
    (void)vfs, (void)name;
    base->pMethods = NULL;
    if (!(flags & SQLITE_OPEN_MAIN_DB) || !opening)
        return SQLITE_CANTOPEN;
    *file = (struct file){.place = *opening};
    enum err err = count_pages(&file->place, &file->page_count);
    if (err)
        return code_of(err, SQLITE_CANTOPEN);
    base->pMethods = &methods;
    if (ret_flags)
        *ret_flags = flags;
    return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
    (void)vfs, (void)name, (void)sync;
    return SQLITE_OK;
}

static int vfs_access(sqlite3_vfs *vfs, const char *name, int flags, int *ret_yes)
{
    (void)vfs, (void)name, (void)flags;
    *ret_yes = 0;
    return SQLITE_OK;
}

static int vfs_full_name(sqlite3_vfs *vfs, const char *name, int size, char *ret_name)
{
    (void)vfs;
    sqlite3_snprintf(size, ret_name, "%s", name);
    return SQLITE_OK;
}

static enum err start_sqlite(void)
{
    static bool started;
    static sqlite3_vfs vfs;
    if (started)
        return OK;
    /* No pages beforehand for each connection: there may be thousands, most of them small. */
    (void)sqlite3_config(SQLITE_CONFIG_PAGECACHE, NULL, 0, 0);
    const sqlite3_vfs *system = sqlite3_vfs_find(NULL);
    if (!system)
        return ERR_MEMORY;
    vfs = (sqlite3_vfs){.iVersion = 2,
                        .szOsFile = sizeof(struct file),
                        .mxPathname = 64,
                        .zName = vfs_name,
                        .xOpen = vfs_open,
                        .xDelete = vfs_delete,
                        .xAccess = vfs_access,
                        .xFullPathname = vfs_full_name,
                        .xRandomness = system->xRandomness,
                        .xSleep = system->xSleep,
                        .xCurrentTime = system->xCurrentTime,
                        .xCurrentTimeInt64 = system->xCurrentTimeInt64};
    started = sqlite3_vfs_register(&vfs, 0) == SQLITE_OK;
    return started ? OK : ERR_MEMORY;
}

enum err sql_file_open(const struct sql_place *place, sqlite3 **ret_db)
{
    static const char settings[] = "PRAGMA journal_mode = MEMORY; PRAGMA cache_spill = OFF;"
                                   "PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = OFF;"
                                   "PRAGMA temp_store = MEMORY; PRAGMA foreign_keys = ON;";
    enum err err = start_sqlite();
    if (err)
        return err;
    opening = place;
    sqlite3 *db = NULL;
    int code = sqlite3_open_v2(
        "object", &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, vfs_name);
    if (code == SQLITE_OK)
        code = sqlite3_exec(db, settings, NULL, NULL, NULL);
    opening = NULL;
    if (code == SQLITE_OK) {
        *ret_db = db;
        return OK;
    }
    sqlite3_close(db);
    return (code & 0xff) == SQLITE_NOMEM || code == SQLITE_IOERR_NOMEM ? ERR_MEMORY : ERR_IO;
}

enum err sql_file_delete(const struct sql_place *place)
{
    uint32_t page_count;
    enum err err = count_pages(place, &page_count);
    for (uint32_t page = 0; page < page_count && !err; page++) {
        uint8_t key[PAGE_KEY_BYTES];
        err = store_delete(place->store, place->table, page_key(&place->id, page, key));
        *place->wrote = true;
    }
    return err;
}

uint64_t sql_file_bytes(sqlite3 *db)
{
    sqlite3_file *base = NULL;
    CHECK(sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &base) == SQLITE_OK);
    return (uint64_t)((struct file *)base)->page_count * SQL_PAGE_BYTES;
}
