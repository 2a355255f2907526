#include "common/grow.h"
#include "node/core/state.h"

/* What a step wants done. */

enum err output_reserve(struct node *node, size_t send_count)
{
    enum err err = outbox_reserve(&node->outbox, send_count);
    if (!err)
        err = grow(&node->answers, &node->answer_capacity, node->answer_count + 1,
                   sizeof *node->answers);
    if (!err)
        err = grow(&node->parts, &node->part_capacity, node->part_count + 2, sizeof *node->parts);
    return err ? err
               : grow(&node->pulls, &node->pull_capacity, node->pull_count + 2,
                      sizeof *node->pulls);
}

enum err output_reserve_writes(struct node *node, size_t size)
{
    enum err err =
        grow(&node->writes, &node->write_capacity, node->write_count + 2, sizeof *node->writes);
    return err || buf_reserve(&node->written, size) ? err : ERR_MEMORY;
}

enum err output_send(struct node *node, size_t peer, struct msg msg)
{
    enum err err = outbox_reserve(&node->outbox, 1);
    if (err)
        return err;
    msg.from_boot = node->config.boot;
    msg.to_boot = node->peers[peer].boot;
    outbox_add(&node->outbox, peer, &msg);
    node->sent[msg.type]++;
    return OK;
}

uint64_t output_op(struct node *node)
{
    if (!node->step_op)
        node->step_op = ++node->last_op;
    return node->step_op;
}

/* Keys and values move while `written` grows, so they are kept as offsets until the step ends. */
enum err output_write(struct node *node, enum node_table table, struct bytes key,
                      struct bytes value)
{
    size_t start = node->written.size;
    enum err err =
        grow(&node->writes, &node->write_capacity, node->write_count + 1, sizeof *node->writes);
    if (!err)
        err = buf_append(&node->written, key.data, key.size);
    if (!err)
        err = buf_append(&node->written, value.data, value.size);
    if (err) {
        node->written.size = start;
        return err;
    }
    node->writes[node->write_count++] =
        (struct node_write){.table = table,
                            .key = {.size = key.size},
                            .value = {.data = value.data, .size = value.size}};
    output_op(node);
    return OK;
}

enum err output_run(struct node *node, const struct node_run *run)
{
    enum err err =
        grow(&node->run_list, &node->run_capacity, node->run_count + 1, sizeof *node->run_list);
    if (!err)
        node->run_list[node->run_count++] = *run;
    return err;
}

enum err output_stop(struct node *node, uint64_t instance)
{
    enum err err =
        grow(&node->stops, &node->stop_capacity, node->stop_count + 1, sizeof *node->stops);
    if (!err)
        node->stops[node->stop_count++] = instance;
    return err;
}

enum err output_answer(struct node *node, const struct node_answer *answer)
{
    enum err err =
        grow(&node->answers, &node->answer_capacity, node->answer_count + 1, sizeof *node->answers);
    if (!err)
        node->answers[node->answer_count++] = *answer;
    return err;
}

enum err output_part(struct node *node, const struct body_part *part)
{
    enum err err =
        grow(&node->parts, &node->part_capacity, node->part_count + 1, sizeof *node->parts);
    if (!err)
        node->parts[node->part_count++] = *part;
    return err;
}

enum err output_pull(struct node *node, const struct body_pull *pull)
{
    enum err err =
        grow(&node->pulls, &node->pull_capacity, node->pull_count + 1, sizeof *node->pulls);
    if (!err)
        node->pulls[node->pull_count++] = *pull;
    return err;
}

enum err output_located(struct node *node, const struct node_located *located)
{
    enum err err = grow(&node->located, &node->located_capacity, node->located_count + 1,
                        sizeof *node->located);
    if (!err)
        node->located[node->located_count++] = *located;
    return err;
}
