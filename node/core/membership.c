#include "common/grow.h"
#include "node/core/state.h"

#include <string.h>

/* Who belongs to the cluster: the links that are up, this node's birth number, and whose number
 * is whose. The coordinator tells it in WELCOME; it is written down, so that a node that starts
 * while the coordinator is away still knows. */

/* Keys in NODE_META. */
static const char identity_key[] = "identity", births_key[] = "births", outdated_key[] = "outdated";

/* The number, the coordinator's incarnation, its log's mark. */
enum { IDENTITY_BYTES = 2 + CLUSTER_ID_BYTES + 16 };

static enum err write_identity(struct node *node)
{
    uint8_t value[IDENTITY_BYTES], *mark = value + 2 + CLUSTER_ID_BYTES;
    value[0] = (uint8_t)(node->number >> 8);
    value[1] = (uint8_t)node->number;
    memcpy(value + 2, node->seen_incarnation, CLUSTER_ID_BYTES);
    for (int i = 0; i < 8; i++) {
        mark[i] = (uint8_t)(node->seen.seq >> (56 - 8 * i));
        mark[8 + i] = (uint8_t)(node->seen.hash >> (56 - 8 * i));
    }
    return output_write(node, NODE_META, bytes_of(identity_key),
                        (struct bytes){.data = value, .size = sizeof value});
}

static enum err restore_identity(struct node *node, struct bytes value)
{
    const uint8_t *data = value.data;
    if (value.size != IDENTITY_BYTES)
        return ERR_CORRUPT;
    const uint8_t *mark = data + 2 + CLUSTER_ID_BYTES;
    node->number = (uint16_t)(data[0] << 8 | data[1]);
    memcpy(node->seen_incarnation, data + 2, CLUSTER_ID_BYTES);
    node->seen = (struct log_mark){0};
    for (int i = 0; i < 8; i++) {
        node->seen.seq = node->seen.seq << 8 | mark[i];
        node->seen.hash = node->seen.hash << 8 | mark[8 + i];
    }
    node->shut = node->number != 0;
    node->last_op = SHUT_OP;
    return OK;
}

enum err membership_open(struct node *node)
{
    if (!node->shut)
        return OK;
    node->shut = false;
    node->durable_op = SHUT_OP; /* no other one has begun */
    return gate_release(node);
}

uint64_t membership_deadline_us(const struct node *node)
{
    return node->shut ? node->config.now_us + node->config.limits.peer_wait_us : UINT64_MAX;
}

/* Numbers ascend, so the last one of a region is its newest. */
static enum err adopt_births(struct node *node, struct bytes string)
{
    struct birth birth;
    struct bytes rest = string;
    uint16_t last = 0;
    while (birth_next(&rest, &birth)) {
        if (birth.number <= last)
            return ERR_INVALID;
        last = birth.number;
    }
    if (rest.size)
        return ERR_INVALID;
    enum err err = grow(&node->births, &node->birth_capacity, last, sizeof *node->births);
    if (err)
        return err;
    if (last)
        memset(node->births, 0, last * sizeof *node->births);
    node->birth_count = last;
    for (rest = string; birth_next(&rest, &birth);) {
        node->births[birth.number - 1] = birth;
        size_t region = topology_find(node->config.topology, bytes_of(birth.code));
        if (region != REGION_NONE)
            node->peers[region].current_number = birth.number;
    }
    return OK;
}

static void copy_text(struct bytes text, struct errmsg *ret_text)
{
    size_t size = text.size < sizeof ret_text->text ? text.size : sizeof ret_text->text - 1;
    memcpy(ret_text->text, text.data, size);
    ret_text->text[size] = 0;
}

enum err membership_restore(struct node *node, struct bytes key, struct bytes value)
{
    if (bytes_equal(key, bytes_of(identity_key)))
        return restore_identity(node, value);
    if (bytes_equal(key, bytes_of(births_key))) {
        enum err err = adopt_births(node, value);
        return err == ERR_INVALID ? ERR_CORRUPT : err;
    }
    if (bytes_equal(key, bytes_of(outdated_key))) {
        node->outdated = node->refused = true;
        copy_text(value, &node->refusal);
    }
    return OK; /* the shell keeps things of its own in this table */
}

const char *peer_code(const struct node *node, size_t peer)
{
    const struct topology *topology = node->config.topology;
    return topology->regions[peer == node->coordinator ? topology->coordinator_region : peer].code;
}

size_t membership_region(const struct node *node, uint16_t number)
{
    if (number == 0 || number > node->birth_count || node->births[number - 1].number == 0)
        return REGION_NONE;
    size_t region = topology_find(node->config.topology, bytes_of(node->births[number - 1].code));
    if (region == REGION_NONE || node->peers[region].current_number != number)
        return REGION_NONE;
    return region;
}

static enum err send_join(struct node *node)
{
    struct msg msg = {
        .type = MSG_JOIN,
        .join = {.lives = node->config.lives, .number = node->number, .seen = node->seen}};
    memcpy(msg.join.code, peer_code(node, node->config.region), sizeof msg.join.code);
    memcpy(msg.join.incarnation, node->config.incarnation, CLUSTER_ID_BYTES);
    memcpy(msg.join.seen_incarnation, node->seen_incarnation, CLUSTER_ID_BYTES);
    return output_send(node, node->coordinator, msg);
}

enum err membership_up(struct node *node, size_t peer, uint64_t boot)
{
    if (node->peers[peer].boot) {
        enum err err = membership_down(node, peer);
        if (err)
            return err;
    }
    if (node->peers[peer].last_boot != boot)
        node->peers[peer].highest_call = 0;
    node->peers[peer].boot = node->peers[peer].last_boot = boot;
    if (peer == node->coordinator) {
        node->refused = false; /* it may have got its data back */
        return send_join(node);
    }
    enum err err = call_peer_up(node, peer);
    return err ? err : claim_peer_up(node, peer);
}

enum err membership_down(struct node *node, size_t peer)
{
    node->peers[peer].boot = 0;
    if (peer == node->coordinator)
        node->joined = false;
    claim_peer_down(node, peer);
    enum err err = visit_peer_down(node, peer);
    if (!err)
        err = locate_peer_down(node, peer);
    return err ? err : call_peer_down(node, peer);
}

static enum err refuse(struct node *node, const char *who, const char *why)
{
    err_say(OK, &node->refusal, "%s: %s", who, why);
    err_say(OK, &node->note, "%s: %s", who, why);
    node->refused = true;
    node->joined = false;
    enum err err = claim_coordinator_refused(node);
    return err || node->outdated ? err : membership_open(node);
}

enum err membership_on_welcome(struct node *node, const struct msg_welcome *welcome)
{
    static const char this_node[] = "this node refused the coordinator";
    static const uint8_t zero[CLUSTER_ID_BYTES];
    if (memcmp(node->seen_incarnation, zero, sizeof zero) != 0 &&
        memcmp(node->seen_incarnation, welcome->incarnation, sizeof zero) != 0)
        return refuse(node, this_node,
                      "its data was made anew or belongs to another cluster; bring the old "
                      "data back, or start all afresh");
    if (welcome->log.seq < node->seen.seq ||
        (welcome->log.seq == node->seen.seq && welcome->log.hash != node->seen.hash))
        return refuse(node, this_node,
                      "its data is older than what this node has seen of it; bring the "
                      "newest data back, or start all afresh");
    if (node->number && node->number != welcome->number)
        return refuse(node, this_node, "it knows this node under another birth number");
    enum err err = output_reserve_writes(node, 256 + welcome->births.size);
    if (!err)
        err = adopt_births(node, welcome->births);
    if (err == ERR_INVALID) {
        node->dropped_count++;
        return OK;
    }
    if (err)
        return err;
    if (!node->joined)
        node->joined_number = welcome->number;
    node->number = welcome->number;
    memcpy(node->seen_incarnation, welcome->incarnation, CLUSTER_ID_BYTES);
    node->seen = welcome->log;
    node->joined = true;
    err = write_identity(node);
    if (!err)
        err = output_write(node, NODE_META, bytes_of(births_key), welcome->births);
    if (!err)
        err = claim_peer_up(node, node->coordinator);
    return err ? err : membership_open(node);
}

enum err membership_on_refused(struct node *node, const struct msg_refused *refused)
{
    struct errmsg why;
    copy_text(refused->why, &why);
    /* A copy that starts again and again has more boots behind it, at some time, than anybody checks. */
    if (refused->outdated) {
        enum err err = output_write(node, NODE_META, bytes_of(outdated_key), bytes_of(why.text));
        if (err)
            return err;
        node->outdated = true;
    }
    return refuse(node, "the coordinator refused this node", why.text);
}

enum err membership_saw(struct node *node, struct log_mark log)
{
    if (log.seq <= node->seen.seq)
        return OK;
    struct log_mark before = node->seen;
    node->seen = log;
    enum err err = write_identity(node);
    if (err)
        node->seen = before;
    return err;
}
