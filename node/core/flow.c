#include "node/core/flow.h"

#include "common/check.h"

void flow_begin(struct flow *flow, uint64_t window_bytes, size_t first_bytes, uint64_t rest_bytes,
                uint64_t now_us)
{
    CHECK(flow->state == FLOW_NONE && first_bytes <= window_bytes);
    *flow = (struct flow){.state = FLOW_OPEN,
                          .rest_bytes = rest_bytes,
                          .credit_bytes = window_bytes - first_bytes,
                          .untaken_bytes = first_bytes,
                          .moved_us = now_us};
}

bool flow_accept(struct flow *flow, size_t part_bytes, bool last, uint64_t now_us)
{
    bool announced = flow->rest_bytes != BODY_REST_UNKNOWN;
    if (part_bytes > flow->credit_bytes || (announced && part_bytes > flow->rest_bytes) ||
        (announced && last && part_bytes != flow->rest_bytes))
        return false;
    if (announced)
        flow->rest_bytes -= part_bytes;
    if (flow->untaken_bytes == 0)
        flow->moved_us = now_us;
    flow->credit_bytes -= part_bytes;
    flow->untaken_bytes += part_bytes;
    if (last)
        flow->state = flow->untaken_bytes ? FLOW_WRITTEN : FLOW_NONE;
    return true;
}

uint64_t flow_take(struct flow *flow, uint64_t bytes, uint64_t now_us)
{
    if (bytes > flow->untaken_bytes)
        bytes = flow->untaken_bytes;
    flow->untaken_bytes -= bytes;
    flow->moved_us = now_us;
    if (flow->state == FLOW_WRITTEN && flow->untaken_bytes == 0)
        flow->state = FLOW_NONE;
    return bytes;
}

uint64_t flow_grant(struct flow *flow, uint64_t window_bytes)
{
    uint64_t ahead_bytes = flow->credit_bytes + flow->untaken_bytes;
    if (flow->state != FLOW_OPEN || ahead_bytes > window_bytes / 2)
        return 0;
    uint64_t grant_bytes = window_bytes - ahead_bytes;
    flow->credit_bytes += grant_bytes;
    return grant_bytes;
}
