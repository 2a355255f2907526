#include "sim/disk.h"

#include "common/grow.h"

#include <stdlib.h>

static void record_finish(struct disk_record *record)
{
    buf_finish(&record->key);
    buf_finish(&record->value);
}

enum err disk_write(struct disk *disk, int table, bool appended, struct bytes key,
                    struct bytes value, uint64_t op)
{
    struct disk_record record = {
        .table = table, .appended = appended, .deleted = !value.data, .op = op};
    enum err err = grow(&disk->records, &disk->capacity, disk->count + 1, sizeof *disk->records);
    if (!err)
        err = buf_append(&record.key, key.data, key.size);
    if (!err)
        err = buf_append(&record.value, value.data, value.size);
    if (err) {
        record_finish(&record);
        return err;
    }
    disk->records[disk->count++] = record;
    return OK;
}

void disk_sync(struct disk *disk, uint64_t op)
{
    while (disk->durable_count < disk->count && disk->records[disk->durable_count].op <= op)
        disk->durable_count++;
}

void disk_crash(struct disk *disk)
{
    while (disk->count > disk->durable_count)
        record_finish(&disk->records[--disk->count]);
    for (size_t i = 0; i < disk->count; i++)
        disk->records[i].op = 0;
}

bool disk_is_current(const struct disk *disk, size_t index)
{
    const struct disk_record *record = &disk->records[index];
    if (record->appended)
        return true;
    for (size_t i = index + 1; i < disk->count; i++)
        if (disk->records[i].table == record->table && !disk->records[i].appended &&
            bytes_equal(buf_bytes(&disk->records[i].key), buf_bytes(&record->key)))
            return false;
    return !record->deleted;
}

void disk_finish(struct disk *disk)
{
    while (disk->count > 0)
        record_finish(&disk->records[--disk->count]);
    free(disk->records);
    *disk = (struct disk){0};
}
