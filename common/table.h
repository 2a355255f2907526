#ifndef TERRELLA_COMMON_TABLE_H
#define TERRELLA_COMMON_TABLE_H

#include "common/check.h"

#include <stdint.h>
#include <string.h>

/* uthash and utlist as this project uses them: tables that iterate in the order of insertion, so
 * that runs replay. An item that finds no memory for its table's few bytes stops the process, with
 * HASH_ADD; who defines TABLE_CAN_RUN_OUT before this header, as the cores do, uses TABLE_ADD. */

#define HASH_NONFATAL_OOM 1
#ifdef TABLE_CAN_RUN_OUT
#define uthash_nonfatal_oom(item) ((void)0)
#else
#define uthash_nonfatal_oom(item) CHECK(!"memory for a table")
#endif

/* Quicker than uthash's own for our keys, which are ids and numbers: eight bytes at a time, each
 * mixed as xxHash's finish does. No more than uthash's is it a defence against keys that are chosen
 * to collide; common/homes.h is. */
static inline unsigned table_hash(const void *key, size_t size)
{
    const uint8_t *at = key;
    uint64_t hash = size * UINT64_C(0x9e3779b97f4a7c15), word;
    for (; size >= sizeof word; size -= sizeof word, at += sizeof word) {
        memcpy(&word, at, sizeof word);
        hash = (hash ^ word) * UINT64_C(0xc2b2ae3d27d4eb4f);
        hash ^= hash >> 32;
    }
    for (; size > 0; size--)
        hash = (hash ^ *at++) * UINT64_C(0x9e3779b97f4a7c15);
    hash = (hash ^ hash >> 29) * UINT64_C(0x9e3779b97f4a7c15);
    return (unsigned)(hash >> 32);
}
#define HASH_FUNCTION(key, size, hash) ((hash) = table_hash((key), (size)))

#include <uthash.h>
#include <utlist.h>

#ifdef TABLE_CAN_RUN_OUT
#include "common/err.h"

/* As HASH_ADD, by the item's own field. Sets *reterr to OK, or to ERR_MEMORY: the item is in no
 * table then. */
#define TABLE_ADD(hh, head, field, item, reterr)              \
    do {                                                      \
        HASH_ADD(hh, head, field, sizeof(item)->field, item); \
        *(reterr) = (item)->hh.tbl ? OK : ERR_MEMORY;         \
    } while (0)
#endif

#endif
