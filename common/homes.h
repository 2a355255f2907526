#ifndef TERRELLA_COMMON_HOMES_H
#define TERRELLA_COMMON_HOMES_H

#include "common/id.h"

#include <stddef.h>
#include <stdint.h>

/* Which node is an object's home, for ever: a compact hash table that only grows. It holds the
 * decisions of an arbiter and, at a node, the objects placed there. A million entries take less
 * than 80 MB. Nothing is ever removed or changed: homes do not move.
 *
 * Zeroed memory is an empty table. Who wants it safe from somebody who makes ids that collide on
 * purpose sets `hash_key` to random bytes before the first entry; the key changes nothing else. */

struct home_entry {
    struct object_id id;
    uint16_t home_number; /* birth number of the home; 0 marks a free slot */
};

enum { HOMES_KEY_BYTES = 16 };

struct homes {
    struct home_entry *slots; /* capacity of them, a power of two */
    size_t count, capacity;
    uint8_t hash_key[HOMES_KEY_BYTES];
};

/* The home's birth number; 0 when the id is not known. */
uint16_t homes_find(const struct homes *homes, const struct object_id *id);

/* Add an id that is not there yet, with its home's birth number, which is not 0.
 * Errors: ERR_MEMORY, nothing changed. */
MUST_USE enum err homes_add(struct homes *homes, const struct object_id *id, uint16_t home_number);

/* Free the memory; zeroed memory is fine. */
void homes_finish(struct homes *homes);

#endif
