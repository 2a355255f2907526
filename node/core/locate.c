#include "node/core/state.h"

#include <stdlib.h>

/* Where an object lives, for people: asks its arbiter without creating anything. */

static enum err fail_lookup(struct node *node, uint64_t token, enum fail fail, const char *code)
{
    return output_located(node, &(struct node_located){.token = token, .fail = fail, .code = code});
}

static enum err found(struct node *node, uint64_t token, uint16_t home_number)
{
    return output_located(node, &(struct node_located){.token = token,
                                                       .home_number = home_number,
                                                       .code = node_birth_code(node, home_number)});
}

static void end_lookup(struct node *node, struct lookup *lookup)
{
    heap_remove(&node->lookup_timers, &lookup->timer);
    HASH_DELETE(hh, node->lookups, lookup);
    free(lookup);
}

static enum err ask(struct node *node, uint64_t token, const struct object_id *id, size_t peer)
{
    struct lookup *lookup = malloc(sizeof *lookup);
    if (!lookup)
        return ERR_MEMORY;
    *lookup = (struct lookup){.number = ++node->last_call, .token = token, .peer = peer};
    enum err err = heap_add(&node->lookup_timers, &lookup->timer,
                            node->now_us + node->config.limits.fetch_deadline_us);
    if (!err)
        TABLE_ADD(hh, node->lookups, number, lookup, &err);
    if (err) {
        heap_remove(&node->lookup_timers, &lookup->timer);
        free(lookup);
        return err;
    }
    err = output_send(
        node, peer,
        (struct msg){.type = MSG_LOCATE, .locate = {.call = lookup->number, .id = *id}});
    if (err)
        end_lookup(node, lookup);
    return err;
}

enum err locate_begin(struct node *node, uint64_t token, const struct object_ref *object)
{
    uint16_t known = claim_known(node, &object->id);
    if (known)
        return found(node, token, known);
    size_t arbiter = node->coordinator;
    if (object->kind == ID_UNIQUE) {
        uint16_t number = id_birth_number(&object->id);
        if (number == node->number)
            return found(node, token, 0);
        arbiter = membership_region(node, number);
        if (arbiter == REGION_NONE)
            return fail_lookup(node, token, FAIL_BIRTH_LOST, node_birth_code(node, number));
    }
    if (!claim_can_ask(node, arbiter))
        return fail_lookup(node, token,
                           arbiter == node->coordinator ? FAIL_COORDINATOR_UNREACHABLE
                                                        : FAIL_ARBITER_UNREACHABLE,
                           peer_code(node, arbiter));
    return ask(node, token, &object->id, arbiter);
}

enum err locate_on_locate(struct node *node, size_t peer, const struct msg_locate *locate)
{
    return output_send(
        node, peer,
        (struct msg){.type = MSG_LOCATED,
                     .located = {.call = locate->call,
                                 .id = locate->id,
                                 .home_number = homes_find(&node->homes, &locate->id)}});
}

enum err locate_on_located(struct node *node, size_t peer, const struct msg_located *located)
{
    struct lookup *lookup;
    HASH_FIND(hh, node->lookups, &located->call, sizeof located->call, lookup);
    if (!lookup || lookup->peer != peer) {
        node->dropped_count++;
        return OK;
    }
    enum err err = found(node, lookup->token, located->home_number);
    if (!err)
        end_lookup(node, lookup);
    return err;
}

enum err locate_peer_down(struct node *node, size_t peer)
{
    struct lookup *lookup, *next;
    HASH_ITER (hh, node->lookups, lookup, next) {
        if (lookup->peer != peer)
            continue;
        enum err err =
            fail_lookup(node, lookup->token, FAIL_ARBITER_UNREACHABLE, peer_code(node, peer));
        if (err)
            return err;
        end_lookup(node, lookup);
    }
    return OK;
}

enum err locate_timeouts(struct node *node)
{
    while (heap_deadline_us(&node->lookup_timers) <= node->now_us) {
        struct lookup *lookup = HEAP_OWNER(heap_first(&node->lookup_timers), struct lookup, timer);
        enum err err =
            fail_lookup(node, lookup->token, FAIL_DEADLINE, peer_code(node, lookup->peer));
        if (err)
            return err;
        end_lookup(node, lookup);
    }
    return OK;
}
