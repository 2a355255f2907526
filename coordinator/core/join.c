#include "common/grow.h"
#include "coordinator/core/state.h"

#include <string.h>

/* Who belongs to the cluster, and under which birth number. */

static void send_welcome(struct coord *coord, size_t peer, uint16_t number)
{
    struct msg msg = {.type = MSG_WELCOME,
                      .welcome = {.number = number,
                                  .log = log_durable(coord),
                                  .births = buf_bytes(&coord->births_string)}};
    memcpy(msg.welcome.incarnation, coord->config.incarnation, CLUSTER_ID_BYTES);
    coord_send(coord, peer, msg);
    coord->peers[peer].joining_number = 0;
    coord->peers[peer].joined_number = number;
}

static void refuse(struct coord *coord, size_t peer, const struct msg_refused *refused)
{
    coord->peers[peer].joining_number = coord->peers[peer].joined_number = 0;
    coord_send(coord, peer, (struct msg){.type = MSG_REFUSED, .refused = *refused});
}

/* An outdated coordinator refuses those who had joined before it knew as well. */
static void refuse_all(struct coord *coord, size_t joining, const struct msg_refused *refused)
{
    err_say(OK, &coord->note, "refused the node of region %s: %.*s",
            coord->config.topology->regions[joining].code, (int)refused->why.size,
            (const char *)refused->why.data);
    refuse(coord, joining, refused);
    for (size_t peer = 0; coord->outdated.text[0] && peer < coord->config.topology->region_count;
         peer++)
        if (coord->peers[peer].joined_number || coord->peers[peer].joining_number)
            refuse(coord, peer, refused);
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

/* Why the data of the node must not be used any more; NULL: it may. */
static const char *find_outdated(const struct coord *coord, size_t peer,
                                 const struct msg_join *join, const struct coord_birth *birth)
{
    if (!birth || strcmp(birth->birth.code, join->code) != 0)
        return NULL;
    if (birth != newest_birth(coord, join->code))
        return "its data directory was replaced by a newer one of the same region, which has "
               "another birth number; bring the newest data back";
    uint64_t boot = coord->peers[peer].boot, starts_ago = boot - birth->newest.boot;
    if (boot >= birth->newest.boot &&
        (starts_ago >= LIFE_COUNT || join->lives.of[starts_ago] == birth->newest.life))
        return NULL;
    return "its data directory is an older copy: it has started again since the copy was made, and "
           "what "
           "it wrote then is missing; bring the newest data back, or remove the directory: the "
           "node "
           "joins as a new one then, and what lived there is lost";
}

/* For good: others would believe what is decided now. */
static void become_outdated(struct coord *coord, const struct msg_join *join)
{
    if (join->seen.seq > coord->seq)
        err_say(
            OK, &coord->outdated,
            "the node of region %s has seen more decisions than this coordinator remembers: the "
            "coordinator's data is older; bring the newest data back, or start all afresh",
            join->code);
    else
        err_say(
            OK, &coord->outdated,
            "the node of region %s has seen other decisions than this coordinator made: the "
            "coordinator's data was put back from an older copy, and has grown since; bring the "
            "newest data back, and remove the directories of nodes that have seen other "
            "decisions than those, or start all afresh",
            join->code);
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
    if (!log_agrees(coord, join->seen))
        become_outdated(coord, join);
    if (coord->outdated.text[0])
        return coord->outdated.text;
    if (join->number != 0 && (!birth || birth->birth.number != join->number))
        return "its birth number was not given by this coordinator to this data directory";
    if (birth && strcmp(birth->birth.code, join->code) != 0)
        return "its data directory belongs to another region";
    return NULL;
}

/* ---- records ---- */

static enum err append_life(struct buf *record, struct coord_life life)
{
    uint8_t bytes[LIFE_BYTES];
    for (int i = 0; i < 8; i++) {
        bytes[i] = (uint8_t)(life.boot >> (56 - 8 * i));
        bytes[8 + i] = (uint8_t)(life.life >> (56 - 8 * i));
    }
    return buf_append(record, bytes, sizeof bytes);
}

struct coord_life life_read(const uint8_t bytes[LIFE_BYTES])
{
    struct coord_life life = {0};
    for (int i = 0; i < 8; i++) {
        life.boot = life.boot << 8 | bytes[i];
        life.life = life.life << 8 | bytes[8 + i];
    }
    return life;
}

static enum err record_birth(struct coord *coord, const struct coord_birth *birth)
{
    uint8_t kind = RECORD_BIRTH;
    enum err err = buf_append(&coord->record, &kind, 1);
    if (!err)
        err = buf_append(&coord->record, birth->incarnation, CLUSTER_ID_BYTES);
    if (!err)
        err = append_life(&coord->record, birth->newest);
    return err ? err : birth_append(&coord->record, &birth->birth);
}

static enum err record_life(struct coord *coord, uint16_t number, struct coord_life life)
{
    uint8_t head[] = {RECORD_LIFE, (uint8_t)(number >> 8), (uint8_t)number};
    enum err err = buf_append(&coord->record, head, sizeof head);
    return err ? err : append_life(&coord->record, life);
}

/* ---- joining ---- */

/* The welcome follows when all that is known of the node is durable. */
static void join_later(struct coord *coord, size_t peer, const struct coord_birth *birth)
{
    coord->peers[peer].joining_number = birth->birth.number;
    if (coord->join_op == 0 || birth->op < coord->join_op)
        coord->join_op = birth->op;
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
                                .newest = {coord->peers[peer].boot, join->lives.of[0]}};
    memcpy(birth.birth.code, join->code, sizeof birth.birth.code);
    memcpy(birth.incarnation, join->incarnation, CLUSTER_ID_BYTES);
    enum err err = coord_reserve_birth(coord);
    if (!err)
        err = log_reserve(coord);
    if (!err)
        err = record_birth(coord, &birth);
    if (err) {
        coord->record.size = 0;
        return err;
    }
    birth.op = log_append(coord);
    coord->births[coord->birth_count++] = birth;
    join_later(coord, peer, &birth);
    return OK;
}

/* A later life of data that is known. */
static enum err begin_life(struct coord *coord, size_t peer, struct coord_birth *birth,
                           struct coord_life life)
{
    enum err err = log_reserve(coord);
    if (!err)
        err = record_life(coord, birth->birth.number, life);
    if (err) {
        coord->record.size = 0;
        return err;
    }
    birth->newest = life;
    birth->op = log_append(coord);
    join_later(coord, peer, birth);
    return OK;
}

enum err coord_on_join(struct coord *coord, size_t peer, const struct msg_join *join)
{
    enum err err = outbox_reserve(&coord->outbox, coord->config.topology->region_count + 1);
    if (err)
        return err;
    struct coord_birth *birth = find_birth(coord, join);
    const char *outdated = find_outdated(coord, peer, join, birth);
    const char *why = outdated ? outdated : objection(coord, peer, join, birth);
    if (!why && !birth && coord->birth_count == BIRTH_NUMBER_MAX)
        why = "all birth numbers are used up";
    if (why) {
        refuse_all(coord, peer,
                   &(struct msg_refused){.outdated = outdated != NULL, .why = bytes_of(why)});
        return OK;
    }
    if (!birth)
        return give_birth(coord, peer, join);
    if (coord->peers[peer].boot > birth->newest.boot)
        return begin_life(coord, peer, birth,
                          (struct coord_life){coord->peers[peer].boot, join->lives.of[0]});
    if (birth->op <= coord->durable_op)
        send_welcome(coord, peer, birth->birth.number);
    else
        join_later(coord, peer, birth);
    return OK;
}

/* Take one more birth into what everybody is told. */
static enum err publish(struct coord *coord, struct coord_birth *birth)
{
    enum err err = birth_append(&coord->births_string, &birth->birth);
    if (err)
        return err;
    coord->births_in_string++;
    coord->welcome_due = true;
    size_t region = topology_find(coord->config.topology, bytes_of(birth->birth.code));
    if (region != REGION_NONE) /* else of another run's topology */
        coord->peers[region].current_number = birth->birth.number;
    return OK;
}

/* Those whose records are durable have joined, and hear so; all who have hear of a new birth. */
static void welcome(struct coord *coord)
{
    coord->join_op = 0;
    for (size_t i = 0; i < coord->config.topology->region_count; i++) {
        struct coord_peer *peer = &coord->peers[i];
        uint16_t number = peer->joining_number;
        bool ready = number && number <= coord->births_in_string &&
                     coord->births[number - 1].op <= coord->durable_op;
        if (ready || (coord->welcome_due && peer->joined_number))
            send_welcome(coord, i, ready ? number : peer->joined_number);
        else if (number)
            join_later(coord, i, &coord->births[number - 1]);
    }
    coord->welcome_due = false;
}

/* Births become durable in order; then everybody who has joined learns of them. */
enum err coord_release_joins(struct coord *coord)
{
    while (coord->births_in_string < coord->birth_count &&
           coord->births[coord->births_in_string].op <= coord->durable_op) {
        enum err err = publish(coord, &coord->births[coord->births_in_string]);
        if (err)
            return err;
    }
    if (!coord->welcome_due && !(coord->join_op && coord->join_op <= coord->durable_op))
        return OK;
    enum err err = outbox_reserve(&coord->outbox, coord->config.topology->region_count);
    if (!err)
        welcome(coord);
    return err;
}
