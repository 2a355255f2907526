#include "common/grow.h"
#include "coordinator/core/state.h"

#include <string.h>

/* Who belongs to the cluster, and under which birth number. */

static void send_welcome(struct coord *coord, size_t peer, uint16_t number)
{
    struct msg msg = {.type = MSG_WELCOME,
                      .welcome = {.number = number,
                                  .seq = coord_durable_seq(coord),
                                  .births = buf_bytes(&coord->births_string)}};
    memcpy(msg.welcome.incarnation, coord->config.incarnation, CLUSTER_ID_BYTES);
    coord_send(coord, peer, msg);
    coord->peers[peer].joined_number = number;
}

static void refuse(struct coord *coord, size_t peer, const char *why)
{
    coord->peers[peer].joined_number = 0;
    coord_send(coord, peer, (struct msg){.type = MSG_REFUSED, .refused = {.why = bytes_of(why)}});
}

/* An outdated coordinator refuses those who had joined before it knew as well. */
static void refuse_all(struct coord *coord, size_t joining, const char *why)
{
    err_say(OK, &coord->note, "refused the node of region %s: %s",
            coord->config.topology->regions[joining].code, why);
    refuse(coord, joining, why);
    for (size_t peer = 0; coord->outdated && peer < coord->config.topology->region_count; peer++)
        if (coord->peers[peer].joined_number)
            refuse(coord, peer, why);
}

/* The data directory that joins, by what was drawn when it was made. */
static struct coord_birth *find_birth(struct coord *coord, const struct msg_join *join)
{
    for (size_t i = 0; i < coord->birth_count; i++)
        if (memcmp(coord->births[i].incarnation, join->incarnation, CLUSTER_ID_BYTES) == 0)
            return &coord->births[i];
    return NULL;
}

static const struct coord_birth *newest_birth(const struct coord *coord, const char *code)
{
    for (size_t i = coord->birth_count; i > 0; i--)
        if (strcmp(coord->births[i - 1].birth.code, code) == 0)
            return &coord->births[i - 1];
    return NULL;
}

static bool is_zero(const uint8_t incarnation[CLUSTER_ID_BYTES])
{
    static const uint8_t zero[CLUSTER_ID_BYTES];
    return memcmp(incarnation, zero, CLUSTER_ID_BYTES) == 0;
}

/* Why the node cannot join; NULL when it can. */
static const char *objection(struct coord *coord, size_t peer, const struct msg_join *join,
                             const struct coord_birth *birth)
{
    if (strcmp(join->code, coord->config.topology->regions[peer].code) != 0)
        return "it calls itself by the code of another region";
    if (!is_zero(join->seen_incarnation) &&
        memcmp(join->seen_incarnation, coord->config.incarnation, CLUSTER_ID_BYTES) != 0)
        return "it belongs to a coordinator whose data was another: this coordinator's data is new "
               "or from another cluster; bring the old data back, or start all afresh";
    if (join->seen_seq > coord->seq)
        coord->outdated = true; /* for good: growing past the node would only hide it */
    if (coord->outdated)
        return "a node has seen more decisions than this coordinator remembers: the coordinator's "
               "data is older; bring the newest data back, or start all afresh";
    if (join->number != 0 && (!birth || birth->birth.number != join->number))
        return "its birth number was not given by this coordinator to this data directory";
    if (birth && strcmp(birth->birth.code, join->code) != 0)
        return "its data directory belongs to another region";
    if (birth && birth != newest_birth(coord, join->code))
        return "its data directory was replaced by a newer one of the same region, which has "
               "another birth number";
    return NULL;
}

static enum err record_birth(struct coord *coord, const struct birth *birth,
                             const uint8_t incarnation[CLUSTER_ID_BYTES])
{
    uint8_t kind = RECORD_BIRTH;
    enum err err = buf_append(&coord->record, &kind, 1);
    if (!err)
        err = buf_append(&coord->record, incarnation, CLUSTER_ID_BYTES);
    return err ? err : birth_append(&coord->record, birth);
}

/* Make room for one more birth. */
enum err coord_reserve_birth(struct coord *coord)
{
    return grow(&coord->births, &coord->birth_capacity, coord->birth_count + 1,
                sizeof *coord->births);
}

static enum err give_birth(struct coord *coord, size_t peer, const struct msg_join *join)
{
    struct coord_birth birth = {.birth.number = (uint16_t)(coord->birth_count + 1),
                                .op = coord->last_op + 1};
    memcpy(birth.birth.code, join->code, sizeof birth.birth.code);
    memcpy(birth.incarnation, join->incarnation, CLUSTER_ID_BYTES);
    enum err err = coord_reserve_birth(coord);
    if (!err)
        err = record_birth(coord, &birth.birth, birth.incarnation);
    if (err) {
        coord->record.size = 0;
        return err;
    }
    coord->births[coord->birth_count++] = birth;
    coord->peers[peer].joining_number = birth.birth.number;
    coord->last_op++;
    coord->seq++;
    return OK;
}

enum err coord_on_join(struct coord *coord, size_t peer, const struct msg_join *join)
{
    enum err err = outbox_reserve(&coord->outbox, coord->config.topology->region_count + 1);
    if (err)
        return err;
    struct coord_birth *birth = find_birth(coord, join);
    const char *why = objection(coord, peer, join, birth);
    if (!why && !birth && coord->birth_count == BIRTH_NUMBER_MAX)
        why = "all birth numbers are used up";
    if (why) {
        refuse_all(coord, peer, why);
        return OK;
    }
    if (!birth)
        return give_birth(coord, peer, join); /* the welcome follows when it is durable */
    if (birth->op == 0)
        send_welcome(coord, peer, birth->birth.number);
    else
        coord->peers[peer].joining_number = birth->birth.number;
    return OK;
}

/* Take one more birth into what everybody is told. */
static enum err publish(struct coord *coord, struct coord_birth *birth)
{
    enum err err = birth_append(&coord->births_string, &birth->birth);
    if (err)
        return err;
    birth->op = 0;
    coord->births_in_string++;
    coord->welcome_due = true;
    size_t region = topology_find(coord->config.topology, bytes_of(birth->birth.code));
    if (region == REGION_NONE) /* of another run's topology */
        return OK;
    struct coord_peer *peer = &coord->peers[region];
    peer->current_number = birth->birth.number;
    if (peer->joining_number == birth->birth.number)
        peer->joined_number = birth->birth.number;
    return OK;
}

/* Births become durable in order; then everybody who has joined learns of them. */
enum err coord_release_births(struct coord *coord)
{
    while (coord->births_in_string < coord->birth_count &&
           coord->births[coord->births_in_string].op <= coord->durable_op) {
        enum err err = publish(coord, &coord->births[coord->births_in_string]);
        if (err)
            return err;
    }
    size_t region_count = coord->config.topology->region_count;
    if (!coord->welcome_due)
        return OK;
    enum err err = outbox_reserve(&coord->outbox, region_count);
    if (err)
        return err;
    coord->welcome_due = false;
    for (size_t peer = 0; peer < region_count; peer++)
        if (coord->peers[peer].joined_number)
            send_welcome(coord, peer, coord->peers[peer].joined_number);
    return OK;
}
