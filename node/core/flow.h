#ifndef TERRELLA_NODE_CORE_FLOW_H
#define TERRELLA_NODE_CORE_FLOW_H

#include "common/bytes.h"
#include "common/limits.h"

#include <stdbool.h>
#include <stdint.h>

/* A body in parts. The sender may be BODY_WINDOW_BYTES ahead of what the receiver has granted, so
 * two nodes that stream to each other never fill each other's memory. */

/* The part of a body that has not been sent yet. */
struct outflow {
    struct buf rest;       /* what the first message did not carry */
    size_t sent;           /* of `rest` */
    uint64_t credit_bytes; /* that may still be sent */
};

/* Size of the first part of a body, which travels with its head. */
size_t flow_first_part(size_t body_size);

/* Keep what the first part left. Errors: ERR_MEMORY. */
MUST_USE enum err outflow_begin(struct outflow *flow, struct bytes body);

/* The next part that credit allows, borrowed; false when none. It counts as sent. */
bool outflow_next(struct outflow *flow, struct bytes *ret_part);

/* The receiver granted more. */
void outflow_credit(struct outflow *flow, uint64_t bytes);

/* Everything has been sent. */
bool outflow_ended(const struct outflow *flow);

void outflow_finish(struct outflow *flow);

/* A body that is being received. */
struct inflow {
    struct buf data;
    uint64_t expected_bytes;
    uint64_t ungranted_bytes; /* received since the last credit */
};

/* Begin with the first part. Errors: ERR_MEMORY; ERR_INVALID, the part is longer than the body. */
MUST_USE enum err inflow_begin(struct inflow *flow, uint64_t expected_bytes, struct bytes part);

/* Take one part. *ret_credit is what to grant the sender now, 0 for nothing.
 * Errors: ERR_INVALID, more than was announced; ERR_MEMORY. */
MUST_USE enum err inflow_add(struct inflow *flow, struct bytes part, uint64_t *ret_credit);

bool inflow_complete(const struct inflow *flow);

void inflow_finish(struct inflow *flow);

#endif
