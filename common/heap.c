#include "common/heap.h"

#include "common/check.h"

#include <stdlib.h>

static bool earlier(const struct heap_item *a, const struct heap_item *b)
{
    return a->deadline_us != b->deadline_us ? a->deadline_us < b->deadline_us : a->order < b->order;
}

static void put(struct heap *heap, size_t index, struct heap_item *item)
{
    heap->items[index] = item;
    item->place = index + 1;
}

static void sift_up(struct heap *heap, size_t index, struct heap_item *item)
{
    while (index > 0 && earlier(item, heap->items[(index - 1) / 2])) {
        put(heap, index, heap->items[(index - 1) / 2]);
        index = (index - 1) / 2;
    }
    put(heap, index, item);
}

static void sift_down(struct heap *heap, size_t index, struct heap_item *item)
{
    for (;;) {
        size_t child = 2 * index + 1;
        if (child >= heap->count)
            break;
        if (child + 1 < heap->count && earlier(heap->items[child + 1], heap->items[child]))
            child++;
        if (!earlier(heap->items[child], item))
            break;
        put(heap, index, heap->items[child]);
        index = child;
    }
    put(heap, index, item);
}

enum err heap_add(struct heap *heap, struct heap_item *item, uint64_t deadline_us)
{
    CHECK(item->place == 0);
    if (heap->count == heap->capacity) {
        size_t capacity = heap->capacity ? 2 * heap->capacity : 16;
        struct heap_item **items = realloc(heap->items, capacity * sizeof *items);
        if (!items)
            return ERR_MEMORY;
        heap->items = items;
        heap->capacity = capacity;
    }
    item->deadline_us = deadline_us;
    item->order = heap->order++;
    sift_up(heap, heap->count++, item);
    return OK;
}

void heap_remove(struct heap *heap, struct heap_item *item)
{
    if (item->place == 0)
        return;
    size_t index = item->place - 1;
    struct heap_item *last = heap->items[--heap->count];
    item->place = 0;
    if (last == item)
        return;
    if (index > 0 && earlier(last, heap->items[(index - 1) / 2]))
        sift_up(heap, index, last);
    else
        sift_down(heap, index, last);
}

struct heap_item *heap_first(const struct heap *heap)
{
    return heap->count ? heap->items[0] : NULL;
}

uint64_t heap_deadline_us(const struct heap *heap)
{
    return heap->count ? heap->items[0]->deadline_us : UINT64_MAX;
}

void heap_finish(struct heap *heap)
{
    free(heap->items);
    *heap = (struct heap){0};
}
