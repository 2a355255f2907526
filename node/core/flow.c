#include "node/core/flow.h"

#include "common/check.h"

size_t flow_first_part(size_t body_size)
{
    return body_size < BODY_PART_BYTES_MAX ? body_size : BODY_PART_BYTES_MAX;
}

enum err outflow_begin(struct outflow *flow, struct bytes body)
{
    size_t first = flow_first_part(body.size);
    flow->credit_bytes = BODY_WINDOW_BYTES - first;
    if (first == body.size)
        return OK;
    return buf_append(&flow->rest, (const uint8_t *)body.data + first, body.size - first);
}

bool outflow_next(struct outflow *flow, struct bytes *ret_part)
{
    size_t size = flow->rest.size - flow->sent;
    if (size > BODY_PART_BYTES_MAX)
        size = BODY_PART_BYTES_MAX;
    if (size > flow->credit_bytes)
        size = (size_t)flow->credit_bytes;
    if (size == 0)
        return false;
    *ret_part = (struct bytes){.data = flow->rest.data + flow->sent, .size = size};
    flow->sent += size;
    flow->credit_bytes -= size;
    return true;
}

void outflow_credit(struct outflow *flow, uint64_t bytes)
{
    /* A peer that grants more than it received gains nothing but our memory's contents, early. */
    uint64_t room = UINT64_MAX - flow->credit_bytes;
    flow->credit_bytes += bytes < room ? bytes : room;
}

bool outflow_ended(const struct outflow *flow)
{
    return flow->sent == flow->rest.size;
}

void outflow_finish(struct outflow *flow)
{
    buf_finish(&flow->rest);
    *flow = (struct outflow){0};
}

enum err inflow_begin(struct inflow *flow, uint64_t expected_bytes, struct bytes part)
{
    CHECK(flow->data.size == 0);
    flow->expected_bytes = expected_bytes;
    uint64_t credit;
    return inflow_add(flow, part, &credit);
}

enum err inflow_add(struct inflow *flow, struct bytes part, uint64_t *ret_credit)
{
    *ret_credit = 0;
    if (part.size > flow->expected_bytes - flow->data.size)
        return ERR_INVALID;
    enum err err = buf_append(&flow->data, part.data, part.size);
    if (err)
        return err;
    flow->ungranted_bytes += part.size;
    if (flow->ungranted_bytes >= BODY_WINDOW_BYTES / 2 && !inflow_complete(flow)) {
        *ret_credit = flow->ungranted_bytes;
        flow->ungranted_bytes = 0;
    }
    return OK;
}

bool inflow_complete(const struct inflow *flow)
{
    return flow->data.size == flow->expected_bytes;
}

void inflow_finish(struct inflow *flow)
{
    buf_finish(&flow->data);
    *flow = (struct inflow){0};
}
