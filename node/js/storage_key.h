#ifndef TERRELLA_NODE_JS_STORAGE_KEY_H
#define TERRELLA_NODE_JS_STORAGE_KEY_H

#include "common/bytes.h"
#include "common/id.h"

/* How ctx.storage's keys, of up to 2048 bytes, become keys of the store, of up to 511, so that
 * records of one object stay in the order of their keys' bytes:
 *
 *     short (up to 440 bytes)  id | key                                 value as it is
 *     long                     id | first 440 bytes | SHA-256(key)      4 bytes length | key |
 * value
 *
 * Long keys with the same first 440 bytes are neighbours, in no order; whoever lists them sorts
 * them. Pure. */

enum {
    STORAGE_KEY_BYTES_MAX = 2048,
    STORAGE_SHORT_BYTES_MAX = 440,
    STORAGE_RECORD_BYTES_MAX = 504
};

struct storage_key {
    uint8_t data[STORAGE_RECORD_BYTES_MAX + 8];
    size_t size;
};

/* The store's key of `key`. */
void storage_key_make(const struct object_id *id, struct bytes key, struct storage_key *ret_key);

/* Where a scan begins that must meet all keys from `first` on. */
void storage_key_first(const struct object_id *id, struct bytes first, struct storage_key *ret_key);

/* Where a scan ends that must meet all keys below `end`; it may meet a few more. An `end` without
 * data stands for the last of the object's keys. Size 0: no bound. */
void storage_key_end(const struct object_id *id, struct bytes end, struct storage_key *ret_key);

/* Append what precedes the value in the record that is stored under `key`. Errors: ERR_MEMORY. */
MUST_USE enum err storage_pack_key(struct bytes key, struct buf *buf);

/* Take a record apart; everything is borrowed. Returns false when it is damaged. */
bool storage_unpack(struct bytes record_key, struct bytes record, struct bytes *ret_key,
                    struct bytes *ret_value);

/* Whether two records are of long keys that begin alike. */
bool storage_same_group(struct bytes record_key, struct bytes other);

int storage_compare(struct bytes a, struct bytes b);

#endif
