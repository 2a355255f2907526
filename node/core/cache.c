#include "node/core/state.h"

#include <stdlib.h>
#include <string.h>

/* Homes elsewhere, remembered: bounded, the least recently used one is forgotten first. */

static struct bytes id_bytes(const struct object_id *id)
{
    return (struct bytes){.data = id->bytes, .size = sizeof id->bytes};
}

uint16_t cache_find(struct node *node, const struct object_id *id)
{
    struct cache_entry *entry;
    HASH_FIND(hh, node->cache, id, sizeof *id, entry);
    if (!entry)
        return 0;
    DL_DELETE(node->cache_order, entry);
    DL_APPEND(node->cache_order, entry);
    return entry->home_number;
}

static enum err insert(struct node *node, const struct object_id *id, uint16_t home_number)
{
    struct cache_entry *entry = malloc(sizeof *entry);
    if (!entry)
        return ERR_MEMORY;
    *entry = (struct cache_entry){.id = *id, .home_number = home_number};
    enum err err;
    TABLE_ADD(hh, node->cache, id, entry, &err);
    if (err) {
        free(entry);
        return err;
    }
    DL_APPEND(node->cache_order, entry);
    return OK;
}

static void forget(struct node *node, struct cache_entry *entry)
{
    HASH_DELETE(hh, node->cache, entry); /* NOLINT(clang-analyzer-core.NullDereference) */
    DL_DELETE(node->cache_order, entry);
    free(entry);
}

enum err cache_add(struct node *node, const struct object_id *id, uint16_t home_number)
{
    size_t entry_count_max = node->config.limits.cache_entry_count_max;
    if (entry_count_max == 0 || cache_find(node, id))
        return OK;
    while (HASH_COUNT(node->cache) >= entry_count_max) {
        struct cache_entry *oldest = node->cache_order;
        enum err err = output_write(node, NODE_CACHE, id_bytes(&oldest->id), (struct bytes){0});
        if (err)
            return err;
        forget(node, oldest);
        node->evicted_count++;
    }
    uint8_t value[2] = {(uint8_t)(home_number >> 8), (uint8_t)home_number};
    enum err err = output_write(node, NODE_CACHE, id_bytes(id),
                                (struct bytes){.data = value, .size = sizeof value});
    return err ? err : insert(node, id, home_number);
}

enum err cache_restore(struct node *node, struct bytes key, struct bytes value)
{
    struct object_id id;
    if (key.size != sizeof id.bytes || value.size != 2)
        return ERR_CORRUPT;
    memcpy(id.bytes, key.data, sizeof id.bytes);
    const uint8_t *home = value.data;
    uint16_t home_number = (uint16_t)(home[0] << 8 | home[1]);
    if (home_number == 0)
        return ERR_CORRUPT;
    /* The bound may be lower than in the last run: what is over stays on disk, unused. */
    if (HASH_COUNT(node->cache) >= node->config.limits.cache_entry_count_max)
        return OK;
    return insert(node, &id, home_number);
}
