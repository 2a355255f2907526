#include "common/check.h"
#include "coordinator/core/state.h"

#include <stdlib.h>

/* Who is first, decided once. */

static void send_placed(struct coord *coord, size_t peer, const struct object_id *id,
                        uint16_t home_number, enum fail fail)
{
    coord_send(coord, peer,
               (struct msg){.type = MSG_PLACED,
                            .placed = {.id = *id,
                                       .home_number = home_number,
                                       .fail = fail,
                                       .log = log_durable(coord)}});
}

/* A claim that comes again, after a lost link, is answered once. */
static enum err wait_for(struct creation *creation, size_t peer)
{
    for (size_t i = 0; i < creation->waiting_count; i++)
        if (creation->waiting[i] == peer)
            return OK;
    size_t *waiting =
        realloc(creation->waiting, (creation->waiting_count + 1) * sizeof *creation->waiting);
    if (!waiting)
        return ERR_MEMORY;
    creation->waiting = waiting;
    creation->waiting[creation->waiting_count++] = peer;
    return OK;
}

/* Only regions with a birth number can be named as a home. */
static uint16_t choose_home(const struct coord *coord, size_t peer, const struct msg_claim *claim,
                            enum fail *ret_fail)
{
    const struct topology *topology = coord->config.topology;
    struct place_request request = {.region = peer,
                                    .hint = claim->hint,
                                    .jurisdiction = claim->object.jurisdiction,
                                    .id = claim->object.id};
    bool usable[REGION_COUNT_MAX];
    for (size_t i = 0; i < topology->region_count; i++)
        usable[i] = coord->peers[i].current_number != 0;
    size_t home = place_choose(coord->config.policy, topology, &request, usable);
    if (home != REGION_NONE)
        return coord->peers[home].current_number;
    /* Nobody may host it at all, or those who may have not joined yet. */
    bool impossible = place_choose(coord->config.policy, topology, &request, NULL) == REGION_NONE;
    *ret_fail = impossible ? FAIL_JURISDICTION : FAIL_BUSY;
    return 0;
}

static enum err record_claim(struct coord *coord, const struct object_id *id, uint16_t home_number)
{
    uint8_t head = RECORD_CLAIM, home[2] = {(uint8_t)(home_number >> 8), (uint8_t)home_number};
    enum err err = buf_append(&coord->record, &head, 1);
    if (!err)
        err = buf_append(&coord->record, id->bytes, sizeof id->bytes);
    return err ? err : buf_append(&coord->record, home, sizeof home);
}

static enum err create(struct coord *coord, size_t peer, const struct object_id *id,
                       uint16_t home_number)
{
    struct creation *creation = malloc(sizeof *creation);
    if (!creation)
        return ERR_MEMORY;
    *creation = (struct creation){.id = *id, .home_number = home_number};
    enum err err = wait_for(creation, peer);
    if (!err)
        err = log_reserve(coord);
    if (!err)
        err = record_claim(coord, id, home_number);
    if (!err)
        TABLE_ADD(hh, coord->creations, id, creation, &err);
    if (err) {
        coord->record.size = 0;
        free(creation->waiting);
        free(creation);
        return err;
    }
    creation->check_until_us = coord->now_us + delay_draw(&coord->config.check, &coord->rng);
    creation->op = log_append(coord);
    DL_APPEND(coord->undurable, creation);
    return OK;
}

enum err coord_on_claim(struct coord *coord, size_t peer, const struct msg_claim *claim)
{
    const struct object_id *id = &claim->object.id;
    if (!coord->peers[peer].joined_number || claim->object.kind != ID_NAMED) {
        coord->dropped_count++;
        return OK;
    }
    enum err err = outbox_reserve(&coord->outbox, 1);
    if (err)
        return err;

    uint16_t home_number = homes_find(&coord->homes, id);
    if (home_number) { /* decided before: the answer never changes */
        send_placed(coord, peer, id, home_number, FAIL_NONE);
        return OK;
    }
    struct creation *creation;
    HASH_FIND(hh, coord->creations, id, sizeof *id, creation);
    if (creation)
        return wait_for(creation, peer);

    enum fail fail = FAIL_BUSY;
    if (HASH_COUNT(coord->creations) < coord->config.pending_count_max)
        home_number = choose_home(coord, peer, claim, &fail);
    if (home_number)
        return create(coord, peer, id, home_number);
    send_placed(coord, peer, id, 0, fail);
    return OK;
}

/* Those who wait or, when homes are pushed, everybody. */
static void tell_home(struct coord *coord, const struct creation *creation)
{
    size_t count =
        coord->config.push ? coord->config.topology->region_count : creation->waiting_count;
    for (size_t i = 0; i < count; i++) {
        size_t peer = coord->config.push ? i : creation->waiting[i];
        if (coord->peers[peer].joined_number)
            send_placed(coord, peer, &creation->id, creation->home_number, FAIL_NONE);
    }
}

/* Its record is durable and its check is over: from now on it is simply known. */
static enum err finish(struct coord *coord, struct creation *creation)
{
    enum err err =
        outbox_reserve(&coord->outbox, coord->config.push ? coord->config.topology->region_count
                                                          : creation->waiting_count);
    if (!err)
        err = homes_add(&coord->homes, &creation->id, creation->home_number);
    if (err)
        return err;
    tell_home(coord, creation);
    heap_remove(&coord->checks, &creation->check);
    HASH_DEL(coord->creations, creation);
    free(creation->waiting);
    free(creation);
    return OK;
}

enum err coord_release_creations(struct coord *coord)
{
    while (coord->undurable && coord->undurable->op <= coord->durable_op) {
        struct creation *creation = coord->undurable;
        enum err err = heap_add(&coord->checks, &creation->check, creation->check_until_us);
        if (err)
            return err;
        DL_DELETE(coord->undurable, creation);
    }
    while (heap_deadline_us(&coord->checks) <= coord->now_us) {
        enum err err =
            finish(coord, HEAP_OWNER(heap_first(&coord->checks), struct creation, check));
        if (err)
            return err;
    }
    return OK;
}
