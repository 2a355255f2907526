#ifndef TERRELLA_PROTO_LINK_QUEUE_H
#define TERRELLA_PROTO_LINK_QUEUE_H

#include "common/bytes.h"
#include "common/err.h"
#include "proto/link.h"

#include <stdint.h>

/* The messages that wait at the sender of one link, each until its release time. Pure: the
 * caller brings the time.
 *
 * Within a lane messages are released in the order in which they came. A bulk message is not
 * released before any control message that came before it, so bodies never overtake what
 * announces them; among messages that are due, control ones leave first. */

struct link_item;

struct link_queue_lane {
    struct link_item *first, *last;
    size_t bytes;        /* held, LINK_ITEM_OVERHEAD_BYTES for each message included */
    uint64_t release_us; /* of the latest message ever added */
};

struct link_queue {
    struct link_queue_lane lanes[2]; /* by enum link_lane */
    size_t bytes_max;                /* for each lane */
};

enum { LINK_ITEM_OVERHEAD_BYTES = 32 };

void link_queue_init(struct link_queue *queue, size_t bytes_max);

/* Copy a message in, to be released at `release_us` or when order allows.
 * Errors: ERR_FULL (bytes_max), ERR_MEMORY; then nothing has changed. */
MUST_USE enum err link_queue_add(struct link_queue *queue, enum link_lane lane,
                                 struct bytes message, uint64_t release_us);

/* When the next message is due; UINT64_MAX when there is none. */
uint64_t link_queue_release_us(const struct link_queue *queue);

/* The size of the next frame: all that is due at `now_us`, as far as it fits. 0: nothing is due. */
size_t link_queue_frame_size(const struct link_queue *queue, uint64_t now_us);

/* Take that frame's messages out; `ret_frame` has room for link_queue_frame_size at the same
 * `now_us`. Returns the number of messages. */
size_t link_queue_take_frame(struct link_queue *queue, uint64_t now_us, uint8_t *ret_frame);

/* Drop all messages, and with them the order they were held in. */
void link_queue_clear(struct link_queue *queue);

#endif
