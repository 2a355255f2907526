#include "experiment/watch.h"

#include "common/check.h"
#include "common/table.h"
#include "proto/codec.h"

#include <stdlib.h>
#include <string.h>

/* A request under way. */
struct open {
    uint64_t token; /* 0: free */
    struct request request;
    uint64_t called_us, routed_us, run_us, replied_us; /* world time; 0: not yet */
    uint64_t check_us;
    size_t home;
    bool asked, first; /* an arbiter was asked; the name was not placed before */
    bool known;        /* when it began, the region had been told the home */
};

/* A claim on its way: what the coordinator did with it travels beside its PLACED. */
struct asked_key {
    uint64_t region, object;
};
struct asked {
    struct asked_key key;
    uint64_t arrived_us, left_us; /* the claim, and its answer, at the coordinator */
    uint64_t step;
    bool first;
    UT_hash_handle hh;
};

struct watch {
    const struct input *input;
    const struct world_config *config;
    struct measure *measure;
    struct world *world;
    uint64_t start_us;
    size_t region_count; /* and the coordinator's index */
    enum err err;

    struct request next;
    struct open *opens; /* by token, modulo the capacity, a power of two */
    size_t open_capacity;
    struct asked *asked;

    uint16_t *birth_numbers, *birth_regions; /* of unique objects; 0: not born */
    uint8_t *told; /* bit region * place count + place: the region knows the home for certain */
    bool *crowded; /* the region's cache may have forgotten something */

    size_t base_bytes[MSG_TYPE_COUNT]; /* of an encoded message without what it points to */

    /* The present step. */
    uint64_t step;
    bool placed;          /* it began with a PLACED */
    struct asked placing; /* which was about this */
};

enum { OPENS_FIRST = 1 << 12 };

/* ---- ids ---- */

static uint64_t mix(uint64_t z)
{
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

uint64_t watch_number(const struct object_id *id)
{
    uint64_t number;
    memcpy(&number, id->bytes + 2, sizeof number);
    return number;
}

/* Birth number or not, the object's number, and what looks like a MAC. */
static struct object_id make_id(uint64_t object, uint64_t seed, uint16_t birth_number)
{
    struct object_id id;
    id.bytes[0] = (uint8_t)(birth_number >> 8);
    id.bytes[1] = (uint8_t)birth_number;
    memcpy(id.bytes + 2, &object, sizeof object);
    uint64_t state = mix(object + seed * 0x9e3779b97f4a7c15u);
    for (size_t at = 10; at < OBJECT_ID_BYTES; at += sizeof state) {
        size_t left = OBJECT_ID_BYTES - at;
        state = mix(state + 0x9e3779b97f4a7c15u);
        memcpy(id.bytes + at, &state, left < sizeof state ? left : sizeof state);
    }
    return id;
}

bool watch_object(struct watch *watch, const struct request *request, struct object_ref *ret_object)
{
    uint16_t number = 0;
    if (request->unique) {
        uint16_t *birth_number = &watch->birth_numbers[request->object];
        const struct node *node = world_node(watch->world, request->region);
        if (!*birth_number && (!node || !node_number(node)))
            return false;
        if (!*birth_number) {
            *birth_number = node_number(node);
            watch->birth_regions[request->object] = (uint16_t)(request->region + 1);
        }
        number = *birth_number;
    }
    *ret_object = (struct object_ref){.id = make_id(request->object, watch->config->seed, number),
                                      .kind = request->unique ? ID_UNIQUE : ID_NAMED,
                                      .jurisdiction = request->jurisdiction};
    return true;
}

/* ---- requests under way ---- */

static uint64_t now_us(const struct watch *watch)
{
    return world_now_us(watch->world);
}

static struct open *open_of(struct watch *watch, uint64_t token)
{
    struct open *open = &watch->opens[token & (watch->open_capacity - 1)];
    return open->token == token ? open : NULL;
}

static enum err make_room(struct watch *watch)
{
    size_t capacity = 2 * watch->open_capacity;
    struct open *opens = calloc(capacity, sizeof *opens);
    if (!opens)
        return ERR_MEMORY;
    for (size_t i = 0; i < watch->open_capacity; i++)
        if (watch->opens[i].token)
            opens[watch->opens[i].token & (capacity - 1)] = watch->opens[i];
    free(watch->opens);
    watch->opens = opens;
    watch->open_capacity = capacity;
    return OK;
}

/* Where it is noted that a region has been told an object's home; NULL: not for this object. */
static uint8_t *told_of(const struct watch *watch, const struct request *request, uint8_t *ret_bit)
{
    size_t place = regret_place(watch->measure->regret, request->object);
    if (place == SIZE_MAX)
        return NULL;
    uint64_t index = request->region * regret_place_count(watch->measure->regret) + place;
    *ret_bit = (uint8_t)(1u << index % 8);
    return &watch->told[index / 8];
}

static bool is_told(const struct watch *watch, const struct request *request)
{
    uint8_t bit;
    const uint8_t *byte = told_of(watch, request, &bit);
    return byte && *byte & bit;
}

static void set_told(struct watch *watch, const struct request *request)
{
    uint8_t bit, *byte = told_of(watch, request, &bit);
    if (byte)
        *byte |= bit;
}

static enum err begin(struct watch *watch, uint64_t token)
{
    while (watch->opens[token & (watch->open_capacity - 1)].token) {
        enum err err = make_room(watch);
        if (err)
            return err;
    }
    watch->opens[token & (watch->open_capacity - 1)] =
        (struct open){.token = token,
                      .request = watch->next,
                      .called_us = now_us(watch),
                      .known = is_told(watch, &watch->next),
                      .home = REGION_NONE};
    return OK;
}

/* ---- what a request was ---- */

static enum access access_of(const struct open *open)
{
    if (open->request.unique && open->request.first)
        return ACCESS_UNIQUE_FIRST;
    if (open->asked)
        return open->first ? ACCESS_NAME_FIRST : ACCESS_UNCACHED;
    return open->home == open->request.region ? ACCESS_CACHED_LOCAL : ACCESS_CACHED_REMOTE;
}

/* What is left when the parts that are known are taken off is waiting. */
static void split(const struct watch *watch, const struct open *open, struct sample *sample)
{
    uint64_t *parts = sample->parts_us, end_us = now_us(watch), known_us = 0;
    bool remote = open->home != open->request.region;
    bool decided = open->asked || open->request.first;
    if (decided) {
        parts[PART_CHECK] = open->check_us;
        parts[PART_CLAIM] = open->routed_us - open->called_us - open->check_us;
    }
    if (remote)
        parts[PART_FORWARD] = open->run_us - open->routed_us + end_us - open->replied_us;
    parts[PART_SERVICE] = open->request.service_us;
    for (enum part part = PART_CLAIM; part < PART_COUNT; part++)
        known_us += parts[part];
    parts[PART_QUEUE] = sample->latency_us > known_us ? sample->latency_us - known_us : 0;
}

/* I8: what is made and used in one region waits for nobody elsewhere. */
static void check_local(struct watch *watch, const struct open *open)
{
    const struct request *request = &open->request;
    const struct input *input = watch->input;
    bool at_birth = request->unique && request->hint == HINT_NONE &&
                    request->jurisdiction == JURISDICTION_NONE &&
                    watch->birth_regions[request->object] == request->region + 1 &&
                    input->config.topology.regions[request->region].hosts &&
                    input->policy == POLICY_TABLE && input->config.policy == &place_policies[0];
    if (!at_birth)
        return;
    watch->measure->local_waits_for_nobody.checked++;
    watch->measure->local_waits_for_nobody.broken += open->asked || open->home != request->region;
}

/* I10: who knows a home does not ask for it again, while the cache has room. */
static void check_known(struct watch *watch, const struct open *open)
{
    enum { look_each = 256 };
    size_t region = open->request.region;
    if (!watch->input->cache || watch->crowded[region])
        return;
    struct region_measure *measure = &watch->measure->regions[region];
    if (open->asked || measure->requests % look_each == 0)
        watch->crowded[region] = node_stats(world_node(watch->world, region)).evicted > 0;
    if (watch->crowded[region])
        return;
    watch->measure->known_is_not_asked.checked += open->known;
    watch->measure->known_is_not_asked.broken += open->known && open->asked;
}

static enum err finish(struct watch *watch, struct open *open, const struct outcome *outcome)
{
    const struct request *request = &open->request;
    bool answered = outcome->kind == OUTCOME_RESPONSE;
    struct sample sample = {.at_us = request->at_us,
                            .latency_us = now_us(watch) - watch->start_us - request->at_us,
                            .object = request->object,
                            .region = request->region,
                            .home = open->home,
                            .access = answered ? access_of(open) : ACCESS_FAILED};
    if (answered) {
        struct region_measure *region = &watch->measure->regions[request->region];
        split(watch, open, &sample);
        check_local(watch, open);
        check_known(watch, open);
        set_told(watch, request);
        if (request->at_us >= watch->measure->config.warmup_us) {
            region->misses += open->asked;
            region->hits += sample.access == ACCESS_CACHED_REMOTE;
        }
    }
    open->token = 0;
    return measure_request(watch->measure, &sample);
}

enum err watch_refused(struct watch *watch, const struct request *request)
{
    struct sample sample = {.at_us = request->at_us,
                            .latency_us = now_us(watch) - watch->start_us - request->at_us,
                            .object = request->object,
                            .region = request->region,
                            .home = REGION_NONE,
                            .access = ACCESS_FAILED};
    return measure_request(watch->measure, &sample);
}

/* ---- claims ---- */

static struct asked *find_asked(const struct watch *watch, size_t region, uint64_t object)
{
    struct asked_key key = {.region = region, .object = object};
    struct asked *asked;
    HASH_FIND(hh, watch->asked, &key, sizeof key, asked);
    return asked;
}

static enum err claim_arrived(struct watch *watch, size_t region, const struct object_id *id)
{
    uint64_t object = watch_number(id), pending;
    struct asked *asked = find_asked(watch, region, object);
    measure_claim(watch->measure, now_us(watch) - watch->start_us, world_shard(watch->config, id));
    pending = coord_stats(world_coord(watch->world)).pending + 1;
    if (pending > watch->measure->pending_max)
        watch->measure->pending_max = pending;
    if (!asked) {
        asked = malloc(sizeof *asked);
        if (!asked)
            return ERR_MEMORY;
        *asked = (struct asked){.key = {.region = region, .object = object}};
        HASH_ADD(hh, watch->asked, key, sizeof asked->key, asked);
    }
    asked->arrived_us = now_us(watch);
    asked->step = watch->step;
    return OK;
}

static void placed_leaves(struct watch *watch, size_t region, const struct object_id *id)
{
    struct asked *asked = find_asked(watch, region, watch_number(id));
    if (!asked)
        return;
    asked->left_us = now_us(watch);
    asked->first = asked->step != watch->step; /* what is known is answered at once */
}

/* Calls that go on in this step were waiting for it. */
static void placed_arrived(struct watch *watch, size_t region, const struct object_id *id)
{
    struct asked *asked = find_asked(watch, region, watch_number(id));
    watch->placed = true;
    watch->placing = (struct asked){0};
    if (!asked)
        return;
    watch->placing = *asked;
    HASH_DEL(watch->asked, asked);
    free(asked);
}

static void route(struct watch *watch, uint64_t token, size_t home)
{
    struct open *open = open_of(watch, token);
    if (!open || open->routed_us)
        return;
    open->routed_us = now_us(watch);
    open->home = home;
    open->asked = watch->placed;
    open->first = watch->placed && watch->placing.first;
    /* A call may have joined a claim that was under way. */
    const struct asked *placing = &watch->placing;
    uint64_t from_us =
        open->called_us > placing->arrived_us ? open->called_us : placing->arrived_us;
    open->check_us = watch->placed && placing->left_us > from_us ? placing->left_us - from_us : 0;
}

/* ---- messages ---- */

static size_t payload_bytes(const struct msg *msg)
{
    switch (msg->type) {
    case MSG_WELCOME: return msg->welcome.births.size;
    case MSG_REFUSED: return msg->refused.why.size;
    case MSG_FETCH:
        return msg->fetch.space.size + msg->fetch.name.size + msg->fetch.head.size +
               msg->fetch.body.size;
    case MSG_REPLY: return msg->reply.head.size + msg->reply.body.size;
    case MSG_BODY: return msg->body.part.size;
    case MSG_JOIN:
    case MSG_CLAIM:
    case MSG_PLACED:
    case MSG_LOCATE:
    case MSG_LOCATED:
    case MSG_CREDIT:
    case MSG_CANCEL: break;
    }
    return 0;
}

/* As encoded, but for the width of a number here and there: the first of its type is the model. */
static uint64_t message_bytes(struct watch *watch, const struct msg *msg)
{
    size_t payload = payload_bytes(msg), *base = &watch->base_bytes[msg->type];
    struct buf encoded = {0};
    if (!*base) {
        if (msg_encode(msg, &encoded))
            watch->err = ERR_MEMORY;
        else
            *base = encoded.size - payload;
        buf_finish(&encoded);
    }
    return *base + payload;
}

static void see_sent(struct watch *watch, const struct seen *seen)
{
    const struct msg *msg = seen->msg;
    measure_message(watch->measure, now_us(watch) - watch->start_us, seen->process, seen->peer,
                    message_bytes(watch, msg));
    if (msg->type == MSG_FETCH)
        route(watch, world_token(msg->fetch.head), seen->peer);
    if (msg->type == MSG_PLACED && seen->process == watch->region_count)
        placed_leaves(watch, seen->peer, &msg->placed.id);
    if (msg->type == MSG_REPLY && msg->reply.kind == OUTCOME_RESPONSE) {
        struct open *open = open_of(watch, world_token(msg->reply.head));
        if (open)
            open->replied_us = now_us(watch);
    }
}

static enum err see_arrived(struct watch *watch, const struct seen *seen)
{
    const struct msg *msg = seen->msg;
    if (msg->type == MSG_PLACED)
        placed_arrived(watch, seen->process, &msg->placed.id);
    if (msg->type == MSG_CLAIM && seen->process == watch->region_count)
        return claim_arrived(watch, seen->peer, &msg->claim.object.id);
    return OK;
}

static void see_run(struct watch *watch, const struct seen *seen)
{
    route(watch, seen->run.token, seen->process);
    struct open *open = open_of(watch, seen->run.token);
    if (open)
        open->run_us = now_us(watch);
}

void watch_see(struct watch *watch, const struct seen *seen)
{
    struct open *open;
    enum err err = OK;
    if (!watch->world) /* nobody has called yet: the cluster comes up */
        return;
    switch (seen->kind) {
    case SEEN_CALLED:
    case SEEN_ARRIVED:
    case SEEN_LINK:
    case SEEN_DURABLE:
    case SEEN_STEPPED:
        watch->step++;
        watch->placed = false;
        if (seen->kind == SEEN_CALLED)
            err = begin(watch, seen->call.token);
        if (seen->kind == SEEN_ARRIVED)
            err = see_arrived(watch, seen);
        break;
    case SEEN_SENT: see_sent(watch, seen); break;
    case SEEN_RUN: see_run(watch, seen); break;
    case SEEN_ANSWERED:
        open = open_of(watch, seen->answer.token);
        if (open)
            err = finish(watch, open, seen->answer.outcome);
        break;
    case SEEN_STARTED:
    case SEEN_CRASHED:
    case SEEN_WIPED:
    case SEEN_COMPARED:
    case SEEN_RESTORED:
    case SEEN_TROUBLED:
    case SEEN_WELL:
    case SEEN_MADE:
    case SEEN_WRITTEN:
    case SEEN_RECORD:
    case SEEN_DROPPED:
    case SEEN_JOINED: break;
    }
    if (err)
        watch->err = err;
}

enum err watch_error(const struct watch *watch)
{
    return watch->err;
}

/* ---- life ---- */

enum err watch_create(const struct input *input, const struct world_config *config,
                      struct measure *measure, struct watch **ret_watch)
{
    struct watch *watch = calloc(1, sizeof *watch);
    if (!watch)
        return ERR_MEMORY;
    size_t object_count = (size_t)input->workload.object_count;
    *watch = (struct watch){.input = input,
                            .config = config,
                            .measure = measure,
                            .region_count = input->config.topology.region_count,
                            .open_capacity = OPENS_FIRST};
    watch->opens = calloc(watch->open_capacity, sizeof *watch->opens);
    watch->told =
        calloc((size_t)regret_place_count(measure->regret) * watch->region_count / 8 + 1, 1);
    watch->crowded = calloc(watch->region_count, sizeof *watch->crowded);
    if (input->workload.unique_share > 0) {
        watch->birth_numbers = calloc(object_count, sizeof *watch->birth_numbers);
        watch->birth_regions = calloc(object_count, sizeof *watch->birth_regions);
    }
    bool births = watch->birth_numbers && watch->birth_regions;
    if (!watch->opens || !watch->told || !watch->crowded ||
        (input->workload.unique_share > 0 && !births)) {
        watch_destroy(watch);
        return ERR_MEMORY;
    }
    *ret_watch = watch;
    return OK;
}

void watch_destroy(struct watch *watch)
{
    if (!watch)
        return;
    struct asked *asked, *next;
    HASH_ITER (hh, watch->asked, asked, next) {
        HASH_DEL(watch->asked, asked);
        free(asked);
    }
    free(watch->opens);
    free(watch->told);
    free(watch->crowded);
    free(watch->birth_numbers);
    free(watch->birth_regions);
    free(watch);
}

void watch_begin(struct watch *watch, struct world *world, uint64_t start_us)
{
    watch->world = world;
    watch->start_us = start_us;
}

void watch_expect(struct watch *watch, const struct request *request)
{
    watch->next = *request;
}

static void note_node(struct watch *watch, size_t region)
{
    const struct node *node = world_node(watch->world, region);
    struct region_measure *measure = &watch->measure->regions[region];
    if (!node)
        return;
    struct node_stats stats = node_stats(node);
    measure->objects = stats.objects;
    measure->evictions += stats.evicted;
}

/* Nobody will answer those under way any more: of one region, or of all. */
static enum err give_up(struct watch *watch, size_t region)
{
    static const struct outcome nothing = {.kind = OUTCOME_FAILED, .fail = FAIL_CONNECTION_LOST};
    enum err err = OK;
    for (size_t i = 0; !err && i < watch->open_capacity; i++) {
        struct open *open = &watch->opens[i];
        if (open->token && (region == REGION_NONE || open->request.region == region))
            err = finish(watch, open, &nothing);
    }
    return err;
}

enum err watch_lost(struct watch *watch, size_t region)
{
    note_node(watch, region);
    watch->crowded[region] = true;
    return give_up(watch, region);
}

enum err watch_end(struct watch *watch)
{
    enum err err = give_up(watch, REGION_NONE);
    for (size_t i = 0; i < watch->region_count; i++)
        note_node(watch, i);
    return err;
}
