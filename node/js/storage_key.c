#include "node/js/storage_key.h"

#include <sodium.h>
#include <string.h>

static void set(struct storage_key *key, const struct object_id *id, struct bytes start)
{
    memcpy(key->data, id->bytes, OBJECT_ID_BYTES);
    key->size = OBJECT_ID_BYTES;
    size_t size = start.size < STORAGE_SHORT_BYTES_MAX ? start.size : STORAGE_SHORT_BYTES_MAX;
    if (size)
        memcpy(key->data + key->size, start.data, size);
    key->size += size;
}

void storage_key_make(const struct object_id *id, struct bytes key, struct storage_key *ret_key)
{
    set(ret_key, id, key);
    if (key.size <= STORAGE_SHORT_BYTES_MAX)
        return;
    crypto_hash_sha256(ret_key->data + ret_key->size, key.data, key.size);
    ret_key->size += crypto_hash_sha256_BYTES;
}

void storage_key_first(const struct object_id *id, struct bytes first, struct storage_key *ret_key)
{
    set(ret_key, id, first);
}

void storage_key_end(const struct object_id *id, struct bytes end, struct storage_key *ret_key)
{
    set(ret_key, id, end);
    if (end.data && end.size > STORAGE_SHORT_BYTES_MAX) {
        memset(ret_key->data + ret_key->size, 0xff, crypto_hash_sha256_BYTES + 1);
        ret_key->size += crypto_hash_sha256_BYTES + 1;
    }
    if (end.data)
        return;
    while (ret_key->size && ret_key->data[ret_key->size - 1] == 0xff)
        ret_key->size--;
    if (ret_key->size)
        ret_key->data[ret_key->size - 1]++;
}

enum err storage_pack_key(struct bytes key, struct buf *buf)
{
    uint32_t size = (uint32_t)key.size;
    if (key.size <= STORAGE_SHORT_BYTES_MAX) /* the record's own key has it all */
        return OK;
    enum err err = buf_append(buf, &size, sizeof size);
    return err ? err : buf_append(buf, key.data, key.size);
}

bool storage_unpack(struct bytes record_key, struct bytes record, struct bytes *ret_key,
                    struct bytes *ret_value)
{
    const uint8_t *data = record.data;
    uint32_t size;
    if (record_key.size < OBJECT_ID_BYTES)
        return false;
    if (record_key.size <= OBJECT_ID_BYTES + STORAGE_SHORT_BYTES_MAX) {
        *ret_key = (struct bytes){(const uint8_t *)record_key.data + OBJECT_ID_BYTES,
                                  record_key.size - OBJECT_ID_BYTES};
        *ret_value = record;
        return true;
    }
    if (record.size < sizeof size)
        return false;
    memcpy(&size, data, sizeof size);
    if (size > record.size - sizeof size)
        return false;
    *ret_key = (struct bytes){data + sizeof size, size};
    *ret_value = (struct bytes){data + sizeof size + size, record.size - sizeof size - size};
    return true;
}

bool storage_same_group(struct bytes record_key, struct bytes other)
{
    size_t start = OBJECT_ID_BYTES + STORAGE_SHORT_BYTES_MAX;
    return record_key.size > start && other.size > start &&
           memcmp(record_key.data, other.data, start) == 0;
}

int storage_compare(struct bytes a, struct bytes b)
{
    size_t size = a.size < b.size ? a.size : b.size;
    int order = size ? memcmp(a.data, b.data, size) : 0;
    return order ? order : (a.size > b.size) - (a.size < b.size);
}
