#define TABLE_CAN_RUN_OUT
#include "common/store_batch.h"

#include "common/limits.h"

#include <stdlib.h>
#include <string.h>

enum err store_batch_init(struct store_batch *batch, size_t table_count)
{
    *batch = (struct store_batch){.table_count = table_count};
    batch->tables = calloc(table_count, sizeof *batch->tables);
    return batch->tables ? OK : ERR_MEMORY;
}

void store_batch_finish(struct store_batch *batch)
{
    if (batch->tables)
        store_batch_clear(batch);
    free(batch->tables);
    *batch = (struct store_batch){0};
}

void store_batch_clear(struct store_batch *batch)
{
    for (size_t table = 0; table < batch->table_count; table++) {
        struct store_record *record = batch->tables[table];
        HASH_CLEAR(hh, batch->tables[table]);
        while (record) {
            struct store_record *next = record->hh.next;
            free(record);
            record = next;
        }
    }
    batch->record_count = 0;
    batch->byte_count = 0;
    batch->mark = 0;
}

static size_t record_bytes(size_t key_size, size_t value_size)
{
    return sizeof(struct store_record) + key_size + value_size;
}

static struct store_record *record_create(struct bytes key, const struct bytes *value)
{
    size_t value_size = value ? value->size : 0;
    struct store_record *record = malloc(record_bytes(key.size, value_size));
    if (!record)
        return NULL;
    *record = (struct store_record){
        .key_size = key.size, .value_size = value_size, .deleted = value == NULL};
    memcpy(record->bytes, key.data, key.size);
    if (value_size > 0)
        memcpy(record->bytes + key.size, value->data, value_size);
    return record;
}

enum err store_batch_put(struct store_batch *batch, size_t table, struct bytes key,
                         const struct bytes *value)
{
    struct store_record **head = &batch->tables[table], *old;
    unsigned hash;
    HASH_VALUE(key.data, key.size, hash);
    HASH_FIND_BYHASHVALUE(hh, *head, key.data, key.size, hash, old);

    size_t value_size = value ? value->size : 0;
    size_t freed = old ? record_bytes(old->key_size, old->value_size) : 0;
    if (value_size > STORE_BATCH_BYTES_MAX ||
        batch->byte_count - freed + record_bytes(key.size, value_size) > STORE_BATCH_BYTES_MAX)
        return ERR_FULL;
    struct store_record *record = record_create(key, value);
    if (!record)
        return ERR_MEMORY;

    /* The new one goes in before the old one leaves: then a failure changes nothing. */
    HASH_ADD_KEYPTR_BYHASHVALUE(hh, *head, record->bytes, key.size, hash, record);
    if (!record->hh.tbl) {
        free(record);
        return ERR_MEMORY;
    }
    if (old) {
        HASH_DELETE(hh, *head, old);
        free(old);
        batch->record_count--;
    }
    batch->record_count++;
    batch->byte_count += record_bytes(key.size, value_size) - freed;
    return OK;
}

const struct store_record *store_batch_find(const struct store_batch *batch, size_t table,
                                            struct bytes key)
{
    struct store_record *record;
    HASH_FIND(hh, batch->tables[table], key.data, key.size, record);
    return record;
}
