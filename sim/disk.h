#ifndef TERRELLA_SIM_DISK_H
#define TERRELLA_SIM_DISK_H

#include "common/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A simulated disk: what is durable, and what was written since, in the order of writing, by
 * operation. Only the former survives a crash. Records with a key replace older ones of the same
 * table and key; those without are appended. */

struct disk_record; /* with a key, durable */

struct disk_write {
    size_t table;
    bool deleted;
    struct buf key; /* empty: appended */
    struct buf value;
    uint64_t op;
};

enum { DISK_TABLE_COUNT = 4 };

/* What is durable. */
struct disk_table {
    struct disk_record *records; /* by key */
    struct buf appended; /* one after another: the size (4 bytes, as in memory), the value */
};

struct disk {
    struct disk_table tables[DISK_TABLE_COUNT];
    uint64_t version;          /* how many writes have become durable */
    struct disk_write *writes; /* not durable: write_count of them, from first_write on */
    size_t first_write, write_count, write_capacity;
};

/* A key without data appends; a value without data deletes. Errors: ERR_MEMORY. */
MUST_USE enum err disk_write(struct disk *disk, size_t table, struct bytes key, struct bytes value,
                             uint64_t op);

/* What belongs to operations up to `op` is durable now. Errors: ERR_MEMORY. */
MUST_USE enum err disk_sync(struct disk *disk, uint64_t op);

/* Lose what is not durable. */
void disk_crash(struct disk *disk);

/* The value of a key as a reader finds it, durable or not; data NULL: none. Borrowed. */
struct bytes disk_read(const struct disk *disk, size_t table, struct bytes key);

/* Hand out all that is durable of `table`, in order. Stops at the first error, which it returns. */
typedef enum err disk_visit_function(void *owner, size_t table, struct bytes key,
                                     struct bytes value);
MUST_USE enum err disk_visit(const struct disk *disk, size_t table, disk_visit_function *visit,
                             void *owner);

/* How many records `table` of this disk, durable or not, has at its beginning in common with what is
 * durable on another, of those that were appended. */
uint64_t disk_common(const struct disk *disk, const struct disk *other, size_t table);

/* Make `ret_copy`, which is uninitialised, hold what is durable. Errors: ERR_MEMORY. */
MUST_USE enum err disk_copy(const struct disk *disk, struct disk *ret_copy);

void disk_finish(struct disk *disk);

#endif
