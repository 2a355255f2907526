#include "common/homes.h"

#include "common/check.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { CAPACITY_FIRST = 64 };

_Static_assert(HOMES_KEY_BYTES == crypto_shorthash_KEYBYTES, "the key is SipHash's");

/* Where the id is, or the free slot where it belongs; the table has at least one free slot. */
static size_t slot_of(const struct homes *homes, const struct object_id *id)
{
    uint64_t hash;
    crypto_shorthash((uint8_t *)&hash, id->bytes, OBJECT_ID_BYTES, homes->hash_key);
    size_t index = (size_t)hash & (homes->capacity - 1);
    while (homes->slots[index].home_number != 0 &&
           memcmp(homes->slots[index].id.bytes, id->bytes, OBJECT_ID_BYTES) != 0)
        index = (index + 1) & (homes->capacity - 1);
    return index;
}

static enum err grow(struct homes *homes)
{
    struct homes larger = *homes;
    larger.capacity = homes->capacity ? 2 * homes->capacity : CAPACITY_FIRST;
    larger.slots = calloc(larger.capacity, sizeof *larger.slots);
    if (!larger.slots)
        return ERR_MEMORY;
    for (size_t i = 0; i < homes->capacity; i++)
        if (homes->slots[i].home_number != 0)
            larger.slots[slot_of(&larger, &homes->slots[i].id)] = homes->slots[i];
    free(homes->slots);
    *homes = larger;
    return OK;
}

uint16_t homes_find(const struct homes *homes, const struct object_id *id)
{
    return homes->capacity ? homes->slots[slot_of(homes, id)].home_number : 0;
}

enum err homes_add(struct homes *homes, const struct object_id *id, uint16_t home_number)
{
    CHECK(home_number != 0);
    /* A quarter stays free: runs of taken slots stay short. */
    if (homes->count >= homes->capacity / 4 * 3) {
        enum err err = grow(homes);
        if (err)
            return err;
    }
    struct home_entry *slot = &homes->slots[slot_of(homes, id)];
    CHECK(slot->home_number == 0); /* a home never changes */
    *slot = (struct home_entry){.id = *id, .home_number = home_number};
    homes->count++;
    return OK;
}

void homes_finish(struct homes *homes)
{
    free(homes->slots);
    *homes = (struct homes){0};
}
