#ifndef TERRELLA_COMMON_HEAP_H
#define TERRELLA_COMMON_HEAP_H

#include "common/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Deadlines, earliest first; equal ones in the order in which they were added, so that runs
 * replay. Intrusive: the owner embeds a `struct heap_item` and keeps its memory. */

struct heap_item {
    uint64_t deadline_us;
    uint64_t order; /* breaks ties; set by heap_add */
    size_t place;   /* index in the heap plus one; 0: in no heap */
};

/* The item's deadline and order, kept beside each other, so that few items are touched. */
struct heap_entry {
    uint64_t deadline_us, order;
    struct heap_item *item;
};

struct heap {
    struct heap_entry *entries; /* each has four children */
    size_t count, capacity;
    uint64_t order;
};

/* Add `item`, which is in no heap, with its deadline. Errors: ERR_MEMORY, nothing changed. */
MUST_USE enum err heap_add(struct heap *heap, struct heap_item *item, uint64_t deadline_us);

/* Take `item` out; nothing happens when it is in no heap. */
void heap_remove(struct heap *heap, struct heap_item *item);

/* The earliest item, borrowed; NULL when the heap is empty. */
struct heap_item *heap_first(const struct heap *heap);

/* The earliest deadline; UINT64_MAX when the heap is empty. */
uint64_t heap_deadline_us(const struct heap *heap);

/* Free the heap's own memory; the items belong to their owners. */
void heap_finish(struct heap *heap);

/* The struct that embeds an item. */
#define HEAP_OWNER(item, type, member) ((type *)(void *)((char *)(item)-offsetof(type, member)))

#endif
