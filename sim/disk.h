#ifndef TERRELLA_SIM_DISK_H
#define TERRELLA_SIM_DISK_H

#include "common/bytes.h"

#include <stdbool.h>
#include <stdint.h>

/* A simulated disk: records in the order of their writing. Those up to `durable_count` survive a
 * crash. Later records with the same table and key replace earlier ones when read back. */

struct disk_record {
    int table;
    bool appended; /* no key: all of them are kept */
    struct buf key;
    struct buf value;
    bool deleted;
    uint64_t op;
};

struct disk {
    struct disk_record *records;
    size_t count, capacity, durable_count;
};

/* Errors: ERR_MEMORY. */
MUST_USE enum err disk_write(struct disk *disk, int table, bool appended, struct bytes key,
                             struct bytes value, uint64_t op);

/* What belongs to operations up to `op` is durable now. */
void disk_sync(struct disk *disk, uint64_t op);

/* Lose what is not durable; operation numbers begin anew. */
void disk_crash(struct disk *disk);

/* Whether record `index` is what a reader finds: not deleted, not replaced by a later one. */
bool disk_is_current(const struct disk *disk, size_t index);

void disk_finish(struct disk *disk);

#endif
