#include "node/core/state.h"

/* What waits for the disk: nothing that was computed from state leaves before the newest write
 * that could have shaped it is durable. */

void gate_hold(struct node *node, struct held *held, enum held_kind kind, uint64_t after_op)
{
    held->kind = kind;
    held->after_op = after_op;
    node->held_count++;
    /* Nearly always the newest; equal ones keep their order. */
    struct held *before = node->held_list ? node->held_list->prev : NULL;
    while (before && before->after_op > after_op)
        before = before == node->held_list ? NULL : before->prev;
    if (before)
        DL_APPEND_ELEM(node->held_list, before, held);
    else
        DL_PREPEND(node->held_list, held);
}

bool gate_is_crowded(const struct node *node)
{
    return node->disk_behind || node->held_count >= node->config.limits.call_count_max;
}

void gate_drop(struct node *node, struct held *held)
{
    if (!held->after_op)
        return;
    DL_DELETE(node->held_list, held);
    held->after_op = 0;
    node->held_count--;
}

static enum err release(struct node *node, struct held *held)
{
    switch (held->kind) {
    case HELD_CALL_START:
    case HELD_CALL_ANSWER: return call_released(node, HEAP_OWNER(held, struct call, held));
    case HELD_VISIT_REPLY: return visit_released(node, HEAP_OWNER(held, struct visit, held));
    case HELD_PART: return stream_released(node, HEAP_OWNER(held, struct held_part, held));
    case HELD_CLAIM: return claim_released(node, HEAP_OWNER(held, struct claim, held));
    }
    return OK;
}

enum err gate_release(struct node *node)
{
    while (node->held_list && node->held_list->after_op <= node->durable_op) {
        struct held *held = node->held_list;
        uint64_t after_op = held->after_op;
        gate_drop(node, held);
        enum err err = release(node, held);
        if (err) { /* it is still there, and goes first at the next chance */
            held->after_op = after_op;
            node->held_count++;
            DL_PREPEND(node->held_list, held);
            return err;
        }
    }
    return OK;
}

enum err gate_keep(struct outcome *outcome, struct buf *kept)
{
    kept->size = 0; /* it may be tried again */
    enum err err = buf_append(kept, outcome->head.data, outcome->head.size);
    if (!err)
        err = buf_append(kept, outcome->body.data, outcome->body.size);
    if (err)
        return err;
    outcome->head.data = kept->data;
    if (outcome->body.size)
        outcome->body.data = kept->data + outcome->head.size;
    return OK;
}
