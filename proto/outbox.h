#ifndef TERRELLA_PROTO_OUTBOX_H
#define TERRELLA_PROTO_OUTBOX_H

#include "proto/msg.h"

/* The messages that one step of a core wants sent, in order. Peers are named by the index of
 * their region; the coordinator's index is the region count. */

struct outgoing {
    size_t peer;
    struct msg msg;
};

struct outbox {
    struct outgoing *items;
    size_t count, capacity;
};

/* Make sure that `count` more messages can be added. Errors: ERR_MEMORY. */
MUST_USE enum err outbox_reserve(struct outbox *outbox, size_t count);

/* Add one; space was reserved. */
void outbox_add(struct outbox *outbox, size_t peer, const struct msg *msg);

void outbox_finish(struct outbox *outbox);

#endif
