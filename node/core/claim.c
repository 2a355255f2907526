#include "common/grow.h"
#include "node/core/state.h"

#include <stdlib.h>
#include <string.h>

/* Where is an object's home? Every id has one arbiter, which the id itself tells: the coordinator
 * for a name-derived id, the node of its birth for a unique one. This file asks it, once for each
 * id however many calls wait, and is the arbiter of the unique ids born here. */

uint16_t claim_known(struct node *node, const struct object_id *id)
{
    uint16_t home_number = homes_find(&node->homes, id);
    return home_number ? home_number : cache_find(node, id);
}

bool claim_can_ask(const struct node *node, size_t arbiter)
{
    if (arbiter == node->config.region)
        return true;
    return node->peers[arbiter].boot != 0 && (arbiter != node->coordinator || node->joined);
}

static struct claim *find_claim(const struct node *node, const struct object_id *id)
{
    struct claim *claim;
    HASH_FIND(hh, node->claims, id, sizeof *id, claim);
    return claim;
}

static struct claim *create_claim(struct node *node, const struct object_ref *object,
                                  enum hint hint, size_t arbiter)
{
    struct claim *claim = malloc(sizeof *claim);
    if (!claim)
        return NULL;
    *claim = (struct claim){.id = object->id, .arbiter = arbiter, .hint = hint, .object = *object};
    enum err err;
    TABLE_ADD(hh, node->claims, id, claim, &err);
    if (err) {
        free(claim);
        return NULL;
    }
    return claim;
}

void claim_free(struct claim *claim)
{
    free(claim->peers);
    free(claim);
}

static void end_claim(struct node *node, struct claim *claim)
{
    gate_drop(node, &claim->held);
    HASH_DELETE(hh, node->claims, claim);
    claim_free(claim);
}

/* The claim stays when its last call leaves after it was sent: the answer is worth remembering. */
static void drop_if_pointless(struct node *node, struct claim *claim)
{
    if (!claim->calls && !claim->sent && !claim->decided_number)
        end_claim(node, claim);
}

static void detach(struct call *call)
{
    DL_DELETE(call->claim->calls, call);
    call->claim = NULL;
}

/* The oldest call of a claim that is decided: on to `home_number`, or 0 to its end as `fail`. It
 * stays where it is when memory is short. */
static enum err settle_call(struct node *node, struct claim *claim, uint16_t home_number,
                            enum fail fail)
{
    struct call *call = claim->calls;
    detach(call);
    enum err err = home_number ? call_deliver(node, call, home_number)
                               : call_fail(node, call, fail, peer_code(node, claim->arbiter));
    if (err) {
        call->claim = claim;
        DL_PREPEND(claim->calls, call);
    }
    return err;
}

void claim_leave(struct node *node, struct call *call)
{
    struct claim *claim = call->claim;
    detach(call);
    drop_if_pointless(node, claim);
}

static enum err ask(struct node *node, struct claim *claim)
{
    if (claim->sent || !claim_can_ask(node, claim->arbiter))
        return OK;
    enum err err = output_send(
        node, claim->arbiter,
        (struct msg){.type = MSG_CLAIM, .claim = {.object = claim->object, .hint = claim->hint}});
    claim->sent = err == OK;
    return err;
}

/* ---- being the arbiter ---- */

static uint16_t choose_home(const struct node *node, const struct claim *claim, size_t region,
                            enum fail *ret_fail)
{
    const struct topology *topology = node->config.topology;
    struct place_request request = {.region = region,
                                    .hint = claim->hint,
                                    .jurisdiction = claim->object.jurisdiction,
                                    .id = claim->id};
    bool usable[REGION_COUNT_MAX];
    for (size_t i = 0; i < topology->region_count; i++)
        usable[i] = node->peers[i].current_number != 0;
    size_t home = place_choose(node->config.policy, topology, &request, usable);
    if (home != REGION_NONE)
        return node->peers[home].current_number;
    bool impossible = place_choose(node->config.policy, topology, &request, NULL) == REGION_NONE;
    *ret_fail = impossible ? FAIL_JURISDICTION : FAIL_BUSY;
    return 0;
}

/* Decide for the first time, for a first use in `region`. A home elsewhere is told to nobody, and
 * a home here answers nobody, before the record is durable. */
static enum err decide(struct node *node, struct claim *claim, size_t region, enum fail *ret_fail)
{
    uint8_t record[OBJECT_ID_BYTES + 2];
    uint16_t home_number = choose_home(node, claim, region, ret_fail);
    if (!home_number)
        return OK;
    memcpy(record, claim->id.bytes, OBJECT_ID_BYTES);
    record[OBJECT_ID_BYTES] = (uint8_t)(home_number >> 8);
    record[OBJECT_ID_BYTES + 1] = (uint8_t)home_number;
    enum err err = home_number == node->number ? object_pin(node, &claim->id, 0) : OK;
    if (!err)
        err = output_write(node, NODE_HOMES, (struct bytes){0},
                           (struct bytes){.data = record, .size = sizeof record});
    if (err)
        return err;
    claim->decided_number = home_number;
    gate_hold(node, &claim->held, HELD_CLAIM, output_op(node));
    return home_number == node->number ? object_pin(node, &claim->id, output_op(node)) : OK;
}

static enum err send_placed(struct node *node, size_t peer, const struct object_id *id,
                            uint16_t home_number, enum fail fail)
{
    if (!node->peers[peer].boot)
        return OK;
    return output_send(
        node, peer,
        (struct msg){.type = MSG_PLACED,
                     .placed = {.id = *id, .home_number = home_number, .fail = fail}});
}

/* The record of a decision is durable: now it is known. */
enum err claim_released(struct node *node, struct claim *claim)
{
    uint16_t home_number = claim->decided_number;
    enum err err = output_reserve(node, claim->peer_count);
    if (!err && !homes_find(&node->homes, &claim->id)) {
        err = homes_add(&node->homes, &claim->id, home_number);
        node->decided_count += !err;
        node->hosted_count += !err && home_number == node->number;
    }
    for (size_t i = 0; !err && i < claim->peer_count; i++)
        err = send_placed(node, claim->peers[i], &claim->id, home_number, FAIL_NONE);
    while (!err && claim->calls)
        err = settle_call(node, claim, home_number, FAIL_NONE);
    if (!err)
        end_claim(node, claim);
    return err;
}

/* Remember whom to answer, each region once. */
static enum err add_peer(struct claim *claim, size_t peer)
{
    for (size_t i = 0; i < claim->peer_count; i++)
        if (claim->peers[i] == peer)
            return OK;
    enum err err =
        grow(&claim->peers, &claim->peer_capacity, claim->peer_count + 1, sizeof *claim->peers);
    if (!err)
        claim->peers[claim->peer_count++] = peer;
    return err;
}

enum err claim_on_claim(struct node *node, size_t peer, const struct msg_claim *msg)
{
    const struct object_id *id = &msg->object.id;
    if (msg->object.kind != ID_UNIQUE || peer == node->coordinator) {
        node->dropped_count++;
        return OK;
    }
    if (id_birth_number(id) != node->number) /* it may have forgotten its number in a crash */
        return send_placed(node, peer, id, 0, node->number ? FAIL_BIRTH_LOST : FAIL_BUSY);
    uint16_t home_number = homes_find(&node->homes, id);
    if (home_number) /* decided before: the answer never changes */
        return send_placed(node, peer, id, home_number, FAIL_NONE);

    struct claim *claim = find_claim(node, id);
    enum fail fail = FAIL_NONE;
    enum err err = OK;
    if (!claim && gate_is_crowded(node))
        return send_placed(node, peer, id, 0, FAIL_BUSY);
    if (!claim) {
        claim = create_claim(node, &msg->object, msg->hint, node->config.region);
        if (!claim)
            return ERR_MEMORY;
        err = decide(node, claim, peer, &fail);
        if (err || fail) {
            end_claim(node, claim);
            return err ? err : send_placed(node, peer, id, 0, fail);
        }
    }
    return add_peer(claim, peer);
}

/* ---- asking ---- */

/* The peer that decides, or why nobody can. */
static size_t find_arbiter(const struct node *node, const struct object_ref *object,
                           enum fail *ret_fail)
{
    if (object->kind == ID_NAMED) {
        *ret_fail = node->refused ? FAIL_COORDINATOR_REFUSED : FAIL_NONE;
        return node->coordinator;
    }
    uint16_t number = id_birth_number(&object->id);
    size_t region = number == node->number ? node->config.region : membership_region(node, number);
    *ret_fail = region != REGION_NONE        ? FAIL_NONE
                : number > node->birth_count ? FAIL_BUSY /* younger than our last WELCOME */
                                             : FAIL_BIRTH_LOST;
    return region;
}

/* A unique id born here, used here for the first time. */
static enum err decide_for_call(struct node *node, struct call *call)
{
    enum fail fail = FAIL_NONE;
    struct claim *claim = create_claim(node, &call->object, call->hint, node->config.region);
    if (!claim)
        return ERR_MEMORY;
    enum err err = decide(node, claim, node->config.region, &fail);
    if (err || fail) {
        end_claim(node, claim);
        return err ? err : call_fail(node, call, fail, peer_code(node, node->config.region));
    }
    return claim_route(node, call);
}

static enum err join_claim(struct node *node, struct call *call, struct claim *claim)
{
    /* Decided to live here, not durable yet: it may run, and its answers wait for the record. */
    if (claim->decided_number == node->number && node->number)
        return call_deliver(node, call, claim->decided_number);
    enum err err = output_reserve(node, 1);
    if (!err)
        err = call_await_claim(node, call, claim);
    if (err) {
        drop_if_pointless(node, claim);
        return err;
    }
    return claim->decided_number ? OK : ask(node, claim);
}

enum err claim_route(struct node *node, struct call *call)
{
    uint16_t home_number = claim_known(node, &call->object.id);
    if (home_number)
        return call_deliver(node, call, home_number);
    struct claim *claim = find_claim(node, &call->object.id);
    if (claim)
        return join_claim(node, call, claim);

    enum fail fail;
    size_t arbiter = find_arbiter(node, &call->object, &fail);
    if (fail == FAIL_BIRTH_LOST)
        return call_fail(node, call, fail,
                         node_birth_code(node, id_birth_number(&call->object.id)));
    if (fail)
        return call_fail(node, call, fail,
                         peer_code(node, fail == FAIL_BUSY ? node->config.region : arbiter));
    if (arbiter == node->config.region)
        return decide_for_call(node, call);
    claim = create_claim(node, &call->object, call->hint, arbiter);
    return claim ? join_claim(node, call, claim) : ERR_MEMORY;
}

/* Whatever the arbiter says holds for ever. */
static enum err learn_home(struct node *node, size_t peer, const struct msg_placed *placed)
{
    enum err err = OK;
    if (peer == node->coordinator)
        err = membership_saw(node, placed->log);
    if (!err && placed->home_number == node->number && !homes_find(&node->homes, &placed->id))
        err = object_settle(node, &placed->id);
    else if (!err && placed->home_number && placed->home_number != node->number)
        err = cache_add(node, &placed->id, placed->home_number);
    return err;
}

enum err claim_settled(struct node *node, const struct object_id *id)
{
    struct claim *claim = find_claim(node, id);
    enum err err = OK;
    if (!claim || claim->decided_number)
        return OK;
    while (!err && claim->calls)
        err = settle_call(node, claim, node->number, FAIL_NONE);
    if (!err)
        drop_if_pointless(node, claim);
    return err;
}

enum err claim_on_placed(struct node *node, size_t peer, const struct msg_placed *placed)
{
    struct claim *claim = find_claim(node, &placed->id);
    bool told_unasked = !claim && peer == node->coordinator && node->joined && placed->home_number;
    if (told_unasked) /* the coordinator pushes homes */
        return learn_home(node, peer, placed);
    if (!claim || claim->arbiter != peer || !claim->sent) {
        node->dropped_count++;
        return OK;
    }
    enum err err = learn_home(node, peer, placed);
    while (!err && claim->calls)
        err = settle_call(node, claim, placed->home_number, placed->fail);
    if (!err)
        end_claim(node, claim);
    return err;
}

enum err claim_peer_up(struct node *node, size_t peer)
{
    struct claim *claim, *next;
    HASH_ITER (hh, node->claims, claim, next) {
        if (claim->arbiter != peer)
            continue;
        enum err err = ask(node, claim);
        if (err)
            return err;
        struct call *call;
        DL_FOREACH (claim->calls, call)
            call_rearm(node, call);
    }
    return OK;
}

/* What was asked over the lost link is asked again over the next one: claims may be repeated. */
void claim_peer_down(struct node *node, size_t peer)
{
    struct claim *claim, *next;
    HASH_ITER (hh, node->claims, claim, next) {
        if (claim->arbiter != peer)
            continue;
        claim->sent = false;
        struct call *call;
        DL_FOREACH (claim->calls, call)
            call_rearm(node, call);
        drop_if_pointless(node, claim);
    }
}

enum err claim_coordinator_refused(struct node *node)
{
    struct claim *claim, *next;
    HASH_ITER (hh, node->claims, claim, next) {
        if (claim->arbiter != node->coordinator)
            continue;
        while (claim->calls) {
            enum err err = settle_call(node, claim, 0, FAIL_COORDINATOR_REFUSED);
            if (err)
                return err;
        }
        end_claim(node, claim);
    }
    return OK;
}
