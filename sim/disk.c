#include "sim/disk.h"

#include "common/grow.h"
#include "common/table.h"

#include <stdlib.h>
#include <string.h>

/* A key of the node's or of the world's: an id, or a short word. */
struct record_key {
    uint32_t size;
    uint8_t bytes[40];
};

struct disk_record {
    struct record_key key;
    struct buf value;
    UT_hash_handle hh;
};

static struct record_key key_of(struct bytes key)
{
    struct record_key made;
    CHECK(key.size <= sizeof made.bytes);
    memset(&made, 0, sizeof made); /* it is hashed as a whole */
    made.size = (uint32_t)key.size;
    memcpy(made.bytes, key.data, key.size);
    return made;
}

static struct disk_record *find(const struct disk_table *table, const struct record_key *key)
{
    struct disk_record *record;
    HASH_FIND(hh, table->records, key, sizeof *key, record);
    return record;
}

/* ---- writing ---- */

static void write_finish(struct disk_write *write)
{
    buf_finish(&write->key);
    buf_finish(&write->value);
}

/* The front of the list is emptied by syncs: move up before there is need for more room. */
static enum err make_room(struct disk *disk)
{
    if (disk->first_write > 0 && disk->first_write + disk->write_count == disk->write_capacity) {
        memmove(disk->writes, disk->writes + disk->first_write,
                disk->write_count * sizeof *disk->writes);
        disk->first_write = 0;
    }
    return grow(&disk->writes, &disk->write_capacity, disk->first_write + disk->write_count + 1,
                sizeof *disk->writes);
}

enum err disk_write(struct disk *disk, size_t table, struct bytes key, struct bytes value,
                    uint64_t op)
{
    struct disk_write write = {.table = table, .deleted = !value.data, .op = op};
    enum err err = make_room(disk);
    if (!err && key.data)
        err = buf_append(&write.key, key.data, key.size);
    if (!err && value.data)
        err = buf_append(&write.value, value.data, value.size);
    if (err) {
        write_finish(&write);
        return err;
    }
    disk->writes[disk->first_write + disk->write_count++] = write;
    return OK;
}

static enum err append(struct disk_table *table, struct bytes value)
{
    uint32_t size = (uint32_t)value.size;
    if (!buf_reserve(&table->appended, sizeof size + size))
        return ERR_MEMORY;
    enum err err = buf_append(&table->appended, &size, sizeof size);
    return err ? err : buf_append(&table->appended, value.data, size);
}

static enum err visit_appended(const struct disk_table *table, size_t number,
                               disk_visit_function *visit, void *owner)
{
    enum err err = OK;
    uint32_t size;
    for (size_t at = 0; !err && at < table->appended.size; at += sizeof size + size) {
        const uint8_t *record = table->appended.data + at;
        memcpy(&size, record, sizeof size);
        err = visit(owner, number, (struct bytes){0},
                    (struct bytes){.data = record + sizeof size, .size = size});
    }
    return err;
}

static void forget(struct disk_table *table, struct disk_record *record)
{
    HASH_DEL(table->records, record);
    buf_finish(&record->value);
    free(record);
}

static enum err put(struct disk_table *table, const struct record_key *key, struct bytes value)
{
    struct disk_record *record = find(table, key);
    if (!record) {
        record = calloc(1, sizeof *record);
        if (!record)
            return ERR_MEMORY;
        record->key = *key;
        HASH_ADD(hh, table->records, key, sizeof record->key, record);
    }
    record->value.size = 0;
    return buf_append(&record->value, value.data, value.size);
}

static enum err apply(struct disk *disk, const struct disk_write *write)
{
    struct disk_table *table = &disk->tables[write->table];
    struct bytes value = buf_bytes(&write->value);
    disk->version++;
    if (write->key.size == 0)
        return append(table, value);
    struct record_key key = key_of(buf_bytes(&write->key));
    if (!write->deleted)
        return put(table, &key, value);
    struct disk_record *record = find(table, &key);
    if (record)
        forget(table, record);
    return OK;
}

enum err disk_sync(struct disk *disk, uint64_t op)
{
    while (disk->write_count > 0 && disk->writes[disk->first_write].op <= op) {
        enum err err = apply(disk, &disk->writes[disk->first_write]);
        if (err)
            return err;
        write_finish(&disk->writes[disk->first_write++]);
        disk->write_count--;
    }
    if (disk->write_count == 0)
        disk->first_write = 0;
    return OK;
}

void disk_crash(struct disk *disk)
{
    while (disk->write_count > 0)
        write_finish(&disk->writes[disk->first_write + --disk->write_count]);
    disk->first_write = 0;
}

/* ---- reading ---- */

struct bytes disk_read(const struct disk *disk, size_t table, struct bytes key)
{
    for (size_t i = disk->write_count; i > 0; i--) {
        const struct disk_write *write = &disk->writes[disk->first_write + i - 1];
        if (write->table == table && bytes_equal(buf_bytes(&write->key), key))
            return write->deleted ? (struct bytes){0} : buf_bytes(&write->value);
    }
    struct record_key wanted = key_of(key);
    const struct disk_record *record = find(&disk->tables[table], &wanted);
    return record ? buf_bytes(&record->value) : (struct bytes){0};
}

enum err disk_visit(const struct disk *disk, size_t number, disk_visit_function *visit, void *owner)
{
    const struct disk_table *table = &disk->tables[number];
    enum err err = visit_appended(table, number, visit, owner);
    for (const struct disk_record *record = table->records; !err && record;
         record = record->hh.next)
        err = visit(owner, number,
                    (struct bytes){.data = record->key.bytes, .size = record->key.size},
                    buf_bytes(&record->value));
    return err;
}

static enum err copy_table(const struct disk_table *table, struct disk_table *copy)
{
    enum err err = buf_append(&copy->appended, table->appended.data, table->appended.size);
    for (const struct disk_record *record = table->records; !err && record;
         record = record->hh.next)
        err = put(copy, &record->key, buf_bytes(&record->value));
    return err;
}

/* The next of the appended records; false: there is none. */
static bool next_appended(const struct disk_table *table, size_t *at, struct bytes *ret_value)
{
    uint32_t size;
    if (*at >= table->appended.size)
        return false;
    memcpy(&size, table->appended.data + *at, sizeof size);
    *ret_value = (struct bytes){.data = table->appended.data + *at + sizeof size, .size = size};
    *at += sizeof size + size;
    return true;
}

uint64_t disk_common(const struct disk *disk, const struct disk *other, size_t table)
{
    size_t at = 0, other_at = 0, written = 0;
    struct bytes value, other_value;
    for (uint64_t count = 0;; count++) {
        if (!next_appended(&other->tables[table], &other_at, &other_value))
            return count;
        if (!next_appended(&disk->tables[table], &at, &value)) {
            if (written == disk->write_count)
                return count;
            value = buf_bytes(&disk->writes[disk->first_write + written++].value);
        }
        if (!bytes_equal(value, other_value))
            return count;
    }
}

enum err disk_copy(const struct disk *disk, struct disk *ret_copy)
{
    enum err err = OK;
    *ret_copy = (struct disk){.version = disk->version};
    for (size_t i = 0; !err && i < DISK_TABLE_COUNT; i++)
        err = copy_table(&disk->tables[i], &ret_copy->tables[i]);
    return err;
}

static void finish_table(struct disk_table *table)
{
    struct disk_record *record, *next;
    HASH_ITER (hh, table->records, record, next)
        forget(table, record);
    buf_finish(&table->appended);
}

void disk_finish(struct disk *disk)
{
    disk_crash(disk);
    for (size_t i = 0; i < DISK_TABLE_COUNT; i++)
        finish_table(&disk->tables[i]);
    free(disk->writes);
    *disk = (struct disk){0};
}
