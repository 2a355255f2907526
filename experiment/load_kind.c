#include "experiment/load_kind.h"

#include "common/grow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A request that asked the coordinator. */
struct ask {
    struct sample sample;
    uint64_t begun_us;   /* when it asked */
    uint64_t found_us;   /* when it was told */
    uint64_t arrived_us; /* when its claim was with the coordinator; as all that shared the claim */
    uint64_t placed_us;  /* when the coordinator answered */
};

struct load_kinds {
    const struct input *input;
    const struct topology *topology;
    struct measure *measure;
    uint8_t *told; /* bit object * region count + region */
    bool *forgets; /* by region: what it knew may be lost with its process */
    struct ask *asks;
    size_t ask_count, ask_capacity;
    uint16_t *birth_regions; /* of unique objects, plus one; 0: not born */
};

/* ---- the header ---- */

/* After `name;dur=` and `desc="`; false when it is not there. */
static bool read_entry(const char *text, const char *name, double *ret_ms, char ret_desc[64])
{
    const char *at = strstr(text, name);
    return at && sscanf(at + strlen(name), ";dur=%lf;desc=\"%63[^\"]\"", ret_ms, ret_desc) == 2;
}

static size_t process_named(const struct topology *topology, const char *name)
{
    if (strcmp(name, "the coordinator") == 0)
        return topology->region_count;
    return topology_find(topology, bytes_of(name));
}

bool load_timing_read(const struct topology *topology, struct bytes text, double time_scale,
                      struct load_timing *ret_timing)
{
    char line[512], arbiter[64], home[64];
    double find_ms, fetch_ms;
    if (text.size == 0 || text.size >= sizeof line)
        return false;
    memcpy(line, text.data, text.size);
    line[text.size] = 0;
    if (!read_entry(line, "find", &find_ms, arbiter) || !read_entry(line, "fetch", &fetch_ms, home))
        return false;
    if (!(find_ms >= 0 && find_ms < 1e9 && fetch_ms >= 0 && fetch_ms < 1e9) ||
        strncmp(arbiter, "asked ", 6) != 0)
        return false;
    *ret_timing = (struct load_timing){.find_us = (uint64_t)(find_ms * 1000 / time_scale),
                                       .fetch_us = (uint64_t)(fetch_ms * 1000 / time_scale),
                                       .arbiter = process_named(topology, arbiter + 6),
                                       .home = topology_find(topology, bytes_of(home))};
    return ret_timing->home != REGION_NONE;
}

/* ---- what a region knows ---- */

static size_t told_bit(const struct load_kinds *kinds, const struct request *request)
{
    return (size_t)request->object * kinds->topology->region_count + request->region;
}

bool load_kinds_told(const struct load_kinds *kinds, const struct request *request)
{
    size_t bit = told_bit(kinds, request);
    return kinds->told[bit / 8] >> bit % 8 & 1;
}

static void set_told(struct load_kinds *kinds, const struct request *request)
{
    size_t bit = told_bit(kinds, request);
    kinds->told[bit / 8] |= (uint8_t)(1u << bit % 8);
}

/* I8: what is made and used in one region waits for nobody elsewhere. */
static void check_local(struct load_kinds *kinds, const struct request *request,
                        const struct load_timing *timing, bool asked)
{
    const struct input *input = kinds->input;
    if (!request->unique || request->hint != HINT_NONE ||
        request->jurisdiction != JURISDICTION_NONE || input->policy != POLICY_TABLE ||
        input->config.policy != &place_policies[0])
        return;
    if (request->first)
        kinds->birth_regions[request->object] = (uint16_t)(request->region + 1);
    if (kinds->birth_regions[request->object] != request->region + 1 ||
        !kinds->topology->regions[request->region].hosts)
        return;
    kinds->measure->local_waits_for_nobody.checked++;
    kinds->measure->local_waits_for_nobody.broken += asked || timing->home != request->region;
}

/* I10: who knows a home does not ask for it again. Only looked at where there is room for all. */
static void check_known(struct load_kinds *kinds, const struct request *request, bool asked,
                        bool told)
{
    const struct input *input = kinds->input;
    if (!told || !input->cache || kinds->forgets[request->region] ||
        input->config.limits.cache_entry_count_max < input->workload.object_count)
        return;
    kinds->measure->known_is_not_asked.checked++;
    kinds->measure->known_is_not_asked.broken += asked;
}

/* ---- requests ---- */

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* A way takes what the topology says; all that was longer, and is not the handler's, is waiting. */
static void split(const struct load_kinds *kinds, const struct request *request,
                  const struct load_timing *timing, bool decided, struct sample *sample)
{
    uint64_t *parts = sample->parts_us, known_us = 0;
    if (decided)
        parts[PART_CLAIM] = timing->find_us;
    parts[PART_SERVICE] = least(request->service_us, timing->fetch_us);
    if (timing->home != request->region)
        parts[PART_FORWARD] =
            least(timing->fetch_us - parts[PART_SERVICE],
                  topology_rtt_us(kinds->topology, request->region, timing->home));
    for (enum part part = PART_CLAIM; part < PART_COUNT; part++)
        known_us += parts[part];
    parts[PART_QUEUE] = sample->latency_us > known_us ? sample->latency_us - known_us : 0;
}

static enum err keep_ask(struct load_kinds *kinds, const struct sample *sample,
                         const struct load_timing *timing)
{
    enum err err =
        grow(&kinds->asks, &kinds->ask_capacity, kinds->ask_count + 1, sizeof *kinds->asks);
    uint64_t after_us = timing->find_us + timing->fetch_us;
    uint64_t before_us = sample->latency_us > after_us ? sample->latency_us - after_us : 0;
    if (err)
        return err;
    /* All but the two legs that the node tells of came before: the way to the node and its queue. */
    uint64_t begun_us = sample->at_us + before_us;
    kinds->asks[kinds->ask_count++] = (struct ask){
        .sample = *sample, .begun_us = begun_us, .found_us = begun_us + timing->find_us};
    return OK;
}

enum err load_kinds_answered(struct load_kinds *kinds, const struct request *request,
                             const struct load_timing *timing, uint64_t latency_us, bool told)
{
    bool asked = timing->arbiter != REGION_NONE && timing->arbiter != request->region;
    struct sample sample = {.at_us = request->at_us,
                            .latency_us = latency_us,
                            .object = request->object,
                            .region = request->region,
                            .home = timing->home,
                            .access = request->first                    ? ACCESS_UNIQUE_FIRST
                                      : asked                           ? ACCESS_UNCACHED
                                      : timing->home == request->region ? ACCESS_CACHED_LOCAL
                                                                        : ACCESS_CACHED_REMOTE};
    split(kinds, request, timing, asked || request->first, &sample);
    check_local(kinds, request, timing, asked);
    check_known(kinds, request, asked, told);
    set_told(kinds, request);
    if (request->at_us >= kinds->measure->config.warmup_us) {
        struct region_measure *region = &kinds->measure->regions[request->region];
        region->misses += asked;
        region->hits += sample.access == ACCESS_CACHED_REMOTE;
    }
    if (timing->arbiter == kinds->topology->region_count)
        return keep_ask(kinds, &sample, timing);
    return measure_request(kinds->measure, &sample);
}

enum err load_kinds_failed(struct load_kinds *kinds, const struct request *request,
                           uint64_t latency_us)
{
    struct sample sample = {.at_us = request->at_us,
                            .latency_us = latency_us,
                            .object = request->object,
                            .region = request->region,
                            .home = REGION_NONE,
                            .access = ACCESS_FAILED};
    return measure_request(kinds->measure, &sample);
}

/* ---- who asked the coordinator ---- */

static int compare(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int by_claim(const void *a, const void *b)
{
    const struct ask *one = a, *other = b;
    int order = compare(one->sample.object, other->sample.object);
    if (!order)
        order = compare(one->sample.region, other->sample.region);
    return order ? order : compare(one->begun_us, other->begun_us);
}

static int by_arrival(const void *a, const void *b)
{
    const struct ask *one = a, *other = b;
    return compare(one->arrived_us, other->arrived_us);
}

static bool same_claim(const struct ask *first, const struct ask *ask)
{
    return ask->sample.object == first->sample.object &&
           ask->sample.region == first->sample.region && ask->begun_us < first->found_us;
}

/* A claim takes half of the round trip there and half of it back. Those who came while it was under
 * way had to wait for less. Returns the end of the claim that begins at `index`. */
static size_t date_claim(struct load_kinds *kinds, size_t index)
{
    struct ask *first = &kinds->asks[index];
    const struct topology *topology = kinds->topology;
    uint64_t way_us =
        topology_rtt_us(topology, first->sample.region, topology->coordinator_region) / 2;
    uint64_t arrived_us = first->begun_us + least(way_us, (first->found_us - first->begun_us) / 2);
    uint64_t placed_us = first->found_us - least(way_us, (first->found_us - first->begun_us) / 2);
    size_t end = index;
    do {
        kinds->asks[end].arrived_us = arrived_us;
        kinds->asks[end].placed_us = placed_us;
    } while (++end < kinds->ask_count && same_claim(first, &kinds->asks[end]));
    return end;
}

/* Whose claim was there before the object was placed, waited for the check: it is a first use. */
static enum err settle_object(struct load_kinds *kinds, size_t from, size_t to)
{
    uint64_t placed_us = UINT64_MAX;
    enum err err = OK;
    for (size_t i = from; i < to; i++)
        placed_us = least(placed_us, kinds->asks[i].placed_us);
    for (size_t i = from; !err && i < to; i++) {
        struct ask *ask = &kinds->asks[i];
        struct sample *sample = &ask->sample;
        uint64_t since_us = ask->begun_us > ask->arrived_us ? ask->begun_us : ask->arrived_us;
        if (ask->arrived_us <= placed_us) {
            uint64_t check_us = ask->placed_us > since_us ? ask->placed_us - since_us : 0;
            check_us = least(check_us, sample->parts_us[PART_CLAIM]);
            sample->access = ACCESS_NAME_FIRST;
            sample->parts_us[PART_CHECK] = check_us;
            sample->parts_us[PART_CLAIM] -= check_us;
        }
        err = measure_request(kinds->measure, sample);
    }
    return err;
}

/* One ask of each claim, in the order of arrival: how many a second, and how many at a time. */
static void measure_coordinator(struct load_kinds *kinds, size_t claim_count)
{
    struct measure *measure = kinds->measure;
    qsort(kinds->asks, claim_count, sizeof *kinds->asks, by_arrival);
    for (size_t i = 0, open = 0; i < claim_count; i++) {
        const struct ask *ask = &kinds->asks[i];
        measure_claim(measure, ask->arrived_us, 0);
        while (open < i && kinds->asks[open].placed_us <= ask->arrived_us)
            open++;
        if (i + 1 - open > measure->pending_max)
            measure->pending_max = i + 1 - open;
    }
}

enum err load_kinds_end(struct load_kinds *kinds)
{
    size_t claim_count = 0;
    enum err err = OK;
    if (kinds->ask_count == 0)
        return OK;
    qsort(kinds->asks, kinds->ask_count, sizeof *kinds->asks, by_claim);
    for (size_t i = 0; i < kinds->ask_count;)
        i = date_claim(kinds, i);
    for (size_t i = 0, end; !err && i < kinds->ask_count; i = end) {
        uint64_t object = kinds->asks[i].sample.object;
        for (end = i; end < kinds->ask_count && kinds->asks[end].sample.object == object;)
            end++;
        err = settle_object(kinds, i, end);
    }
    for (size_t i = 0; i < kinds->ask_count; i++) {
        bool joined = i > 0 && kinds->asks[i].sample.object == kinds->asks[i - 1].sample.object &&
                      kinds->asks[i].sample.region == kinds->asks[i - 1].sample.region &&
                      kinds->asks[i].arrived_us == kinds->asks[i - 1].arrived_us;
        if (!joined)
            kinds->asks[claim_count++] = kinds->asks[i];
    }
    measure_coordinator(kinds, claim_count);
    kinds->ask_count = 0;
    return err;
}

/* ---- life ---- */

enum err load_kinds_create(const struct input *input, struct measure *measure,
                           struct load_kinds **ret_kinds)
{
    struct load_kinds *kinds = calloc(1, sizeof *kinds);
    if (!kinds)
        return ERR_MEMORY;
    const struct topology *topology = &input->config.topology;
    size_t object_count = (size_t)input->workload.object_count;
    *kinds = (struct load_kinds){.input = input, .topology = topology, .measure = measure};
    kinds->told = calloc(object_count * topology->region_count / 8 + 1, 1);
    kinds->forgets = calloc(topology->region_count, sizeof *kinds->forgets);
    kinds->birth_regions = calloc(object_count, sizeof *kinds->birth_regions);
    if (!kinds->told || !kinds->forgets || !kinds->birth_regions) {
        load_kinds_destroy(kinds);
        return ERR_MEMORY;
    }
    for (size_t i = 0; i < input->fault_count; i++) {
        const struct fault *fault = &input->faults[i];
        bool ends = fault->kind == FAULT_KILL || fault->kind == FAULT_RESTART;
        if (ends && fault->process < topology->region_count)
            kinds->forgets[fault->process] = true;
    }
    *ret_kinds = kinds;
    return OK;
}

void load_kinds_destroy(struct load_kinds *kinds)
{
    if (!kinds)
        return;
    free(kinds->told);
    free(kinds->forgets);
    free(kinds->asks);
    free(kinds->birth_regions);
    free(kinds);
}
