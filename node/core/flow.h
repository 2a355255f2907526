#ifndef TERRELLA_NODE_CORE_FLOW_H
#define TERRELLA_NODE_CORE_FLOW_H

#include "common/limits.h"
#include "proto/body.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The books of one body on its way through this node. Where its reader is in this process, they tell
 * what the writer may still send and what the reader has not taken: the sum of both is never more
 * than a window, wherever the bytes are at the moment. Where the reader is elsewhere, its node
 * keeps these books, and only the state counts here. */

enum flow_state {
    FLOW_NONE,    /* there is no body, or it is over */
    FLOW_OPEN,    /* the writer writes */
    FLOW_WRITTEN, /* all has come; the reader has not taken all of it */
};

struct flow {
    enum flow_state state;
    uint64_t rest_bytes;    /* still to come; BODY_REST_UNKNOWN */
    uint64_t credit_bytes;  /* the writer may send so many without being told */
    uint64_t untaken_bytes; /* have come, and wait for the reader */
    uint64_t moved_us;      /* when the reader took something, or the first of these came */
};

/* A body begins; `first_bytes` of it have come with its head. */
void flow_begin(struct flow *flow, uint64_t window_bytes, size_t first_bytes, uint64_t rest_bytes,
                uint64_t now_us);

/* Whether a part keeps to what was granted and announced; then it is in the books. */
bool flow_accept(struct flow *flow, size_t part_bytes, bool last, uint64_t now_us);

/* The reader took something: how much of it was waiting. */
uint64_t flow_take(struct flow *flow, uint64_t bytes, uint64_t now_us);

/* What to grant to the writer now, so that it may be a window ahead of the reader; 0: it is not worth
 * a message yet. It counts as granted. */
uint64_t flow_grant(struct flow *flow, uint64_t window_bytes);

#endif
