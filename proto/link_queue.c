#include "proto/link_queue.h"

#include "proto/frame.h"

#include <stdlib.h>
#include <string.h>

struct link_item {
    struct link_item *next;
    uint64_t release_us;
    size_t size;
    uint8_t data[];
};

_Static_assert(LINK_ITEM_OVERHEAD_BYTES >= sizeof(struct link_item), "what a message costs");

void link_queue_init(struct link_queue *queue, size_t bytes_max)
{
    *queue = (struct link_queue){.bytes_max = bytes_max};
}

static uint64_t later(uint64_t a_us, uint64_t b_us)
{
    return a_us > b_us ? a_us : b_us;
}

enum err link_queue_add(struct link_queue *queue, enum link_lane lane_name, struct bytes message,
                        uint64_t release_us)
{
    struct link_queue_lane *lane = &queue->lanes[lane_name];
    size_t cost = LINK_ITEM_OVERHEAD_BYTES + message.size;
    if (lane->bytes > queue->bytes_max || cost > queue->bytes_max - lane->bytes)
        return ERR_FULL;
    struct link_item *item = malloc(sizeof *item + message.size);
    if (!item)
        return ERR_MEMORY;
    release_us = later(release_us, lane->release_us);
    if (lane_name == LINK_BULK)
        release_us = later(release_us, queue->lanes[LINK_CONTROL].release_us);
    *item = (struct link_item){.release_us = release_us, .size = message.size};
    memcpy(item->data, message.data, message.size);
    if (lane->last)
        lane->last->next = item;
    else
        lane->first = item;
    lane->last = item;
    lane->bytes += cost;
    lane->release_us = release_us;
    return OK;
}

uint64_t link_queue_release_us(const struct link_queue *queue)
{
    uint64_t earliest_us = UINT64_MAX;
    for (int i = 0; i < 2; i++) {
        const struct link_item *first = queue->lanes[i].first;
        if (first && first->release_us < earliest_us)
            earliest_us = first->release_us;
    }
    return earliest_us;
}

size_t link_queue_frame_size(const struct link_queue *queue, uint64_t now_us)
{
    size_t size = 0;
    for (int i = 0; i < 2; i++) {
        const struct link_item *item = queue->lanes[i].first;
        for (; item && item->release_us <= now_us; item = item->next) {
            size_t grown = frame_grown(size, item->size);
            if (grown == 0)
                return size;
            size = grown;
        }
    }
    return size;
}

static void drop_first(struct link_queue_lane *lane)
{
    struct link_item *item = lane->first;
    lane->first = item->next;
    if (!lane->first)
        lane->last = NULL;
    lane->bytes -= LINK_ITEM_OVERHEAD_BYTES + item->size;
    free(item);
}

size_t link_queue_take_frame(struct link_queue *queue, uint64_t now_us, uint8_t *ret_frame)
{
    size_t size = 0, count = 0;
    for (int i = 0; i < 2; i++) {
        struct link_queue_lane *lane = &queue->lanes[i];
        for (; lane->first && lane->first->release_us <= now_us; drop_first(lane), count++) {
            struct bytes message = {.data = lane->first->data, .size = lane->first->size};
            if (frame_grown(size, message.size) == 0)
                return count;
            size = frame_put(ret_frame, size, message);
        }
    }
    return count;
}

void link_queue_clear(struct link_queue *queue)
{
    for (int i = 0; i < 2; i++) {
        while (queue->lanes[i].first)
            drop_first(&queue->lanes[i]);
        queue->lanes[i].release_us = 0;
    }
}
