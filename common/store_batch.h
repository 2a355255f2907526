#ifndef TERRELLA_COMMON_STORE_BATCH_H
#define TERRELLA_COMMON_STORE_BATCH_H

#include "common/bytes.h"
#include "common/err.h"
#include "common/table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The records of one transaction to come, and, until it is durable, the place where the loop
 * thread reads them. One record for each key: a later put replaces an earlier one. While the
 * writer has a batch, both threads only read it, so it needs no lock. */

struct store_record {
    UT_hash_handle hh; /* within the batch's table, in the order of the puts */
    size_t key_size, value_size;
    bool deleted;
    _Alignas(8) uint8_t bytes[]; /* the key, then the value */
};

struct store_batch {
    struct store_record **tables; /* a hash for each table of the store */
    size_t table_count;
    size_t record_count;
    size_t byte_count; /* of memory, about */
    uint64_t mark;     /* to report once the batch is durable; 0: none */
};

/* Errors: ERR_MEMORY. */
MUST_USE enum err store_batch_init(struct store_batch *batch, size_t table_count);

/* Zeroed memory is fine. */
void store_batch_finish(struct store_batch *batch);

/* Back to no records and no mark. */
void store_batch_clear(struct store_batch *batch);

/* Put a copy of key and value, or, with `value` NULL, that the key is deleted.
 * Errors: ERR_MEMORY, ERR_FULL (over STORE_BATCH_BYTES_MAX); then nothing has changed. */
MUST_USE enum err store_batch_put(struct store_batch *batch, size_t table, struct bytes key,
                                  const struct bytes *value);

/* What the batch says about a key; NULL when it says nothing. Borrowed until the next put or clear.
 */
const struct store_record *store_batch_find(const struct store_batch *batch, size_t table,
                                            struct bytes key);

static inline struct bytes store_record_key(const struct store_record *record)
{
    return (struct bytes){.data = record->bytes, .size = record->key_size};
}

static inline struct bytes store_record_value(const struct store_record *record)
{
    return (struct bytes){.data = record->bytes + record->key_size, .size = record->value_size};
}

#endif
