#include "common/heap.h"

#include "common/check.h"

#include <stdlib.h>

enum { CHILDREN = 4 };

static bool earlier(const struct heap_entry *a, const struct heap_entry *b)
{
    return a->deadline_us != b->deadline_us ? a->deadline_us < b->deadline_us : a->order < b->order;
}

static void put(struct heap *heap, size_t index, struct heap_entry entry)
{
    heap->entries[index] = entry;
    entry.item->place = index + 1;
}

static void sift_up(struct heap *heap, size_t index, struct heap_entry entry)
{
    while (index > 0 && earlier(&entry, &heap->entries[(index - 1) / CHILDREN])) {
        put(heap, index, heap->entries[(index - 1) / CHILDREN]);
        index = (index - 1) / CHILDREN;
    }
    put(heap, index, entry);
}

static size_t earliest_child(const struct heap *heap, size_t index)
{
    size_t first = CHILDREN * index + 1, end = first + CHILDREN, best = first;
    if (end > heap->count)
        end = heap->count;
    for (size_t child = first + 1; child < end; child++)
        if (earlier(&heap->entries[child], &heap->entries[best]))
            best = child;
    return best;
}

static void sift_down(struct heap *heap, size_t index, struct heap_entry entry)
{
    while (CHILDREN * index + 1 < heap->count) {
        size_t child = earliest_child(heap, index);
        if (!earlier(&heap->entries[child], &entry))
            break;
        put(heap, index, heap->entries[child]);
        index = child;
    }
    put(heap, index, entry);
}

enum err heap_add(struct heap *heap, struct heap_item *item, uint64_t deadline_us)
{
    CHECK(item->place == 0);
    if (heap->count == heap->capacity) {
        size_t capacity = heap->capacity ? 2 * heap->capacity : 16;
        struct heap_entry *entries = realloc(heap->entries, capacity * sizeof *entries);
        if (!entries)
            return ERR_MEMORY;
        heap->entries = entries;
        heap->capacity = capacity;
    }
    item->deadline_us = deadline_us;
    item->order = heap->order++;
    struct heap_entry entry = {.deadline_us = deadline_us, .order = item->order, .item = item};
    sift_up(heap, heap->count++, entry);
    return OK;
}

void heap_remove(struct heap *heap, struct heap_item *item)
{
    if (item->place == 0)
        return;
    size_t index = item->place - 1;
    struct heap_entry last = heap->entries[--heap->count];
    item->place = 0;
    if (last.item == item)
        return;
    if (index > 0 && earlier(&last, &heap->entries[(index - 1) / CHILDREN]))
        sift_up(heap, index, last);
    else
        sift_down(heap, index, last);
}

struct heap_item *heap_first(const struct heap *heap)
{
    return heap->count ? heap->entries[0].item : NULL;
}

uint64_t heap_deadline_us(const struct heap *heap)
{
    return heap->count ? heap->entries[0].deadline_us : UINT64_MAX;
}

void heap_finish(struct heap *heap)
{
    free(heap->entries);
    *heap = (struct heap){0};
}
