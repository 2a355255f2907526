#include "experiment/input.h"

#include "common/config_parts.h"

#include <errno.h>
#include <math.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double S_MAX = 1e9, COUNT_MAX = 1e12;

static const char *const fault_names[FAULT_KIND_COUNT] = {
    [FAULT_KILL] = "kill",   [FAULT_RESTART] = "restart", [FAULT_CUT] = "cut",
    [FAULT_HEAL] = "heal",   [FAULT_PAUSE] = "pause",     [FAULT_RESUME] = "resume",
    [FAULT_DELAY] = "delay",
};

const char *fault_name(enum fault_kind kind)
{
    return fault_names[kind];
}

/* ---- fields that may be left out ---- */

static double number_or(struct config_reader *reader, const struct json_at *object, const char *key,
                        double min, double max, double fallback)
{
    return reader_has(object, key) ? reader_number(reader, object, key, min, max) : fallback;
}

static uint64_t us_or(struct config_reader *reader, const struct json_at *object, const char *key,
                      double fallback_s)
{
    return (uint64_t)llround(number_or(reader, object, key, 0, S_MAX, fallback_s) * 1e6);
}

static uint64_t count_or(struct config_reader *reader, const struct json_at *object,
                         const char *key, uint64_t fallback)
{
    return (uint64_t)number_or(reader, object, key, 0, COUNT_MAX, (double)fallback);
}

static const char *text_or(struct config_reader *reader, const struct json_at *object,
                           const char *key, const char *fallback)
{
    return reader_has(object, key) ? reader_text(reader, object, key, 0, TEXT_BYTES_MAX) : fallback;
}

/* The place of a text among `words`, ended by NULL; 0 after a mistake. */
static size_t choice_or(struct config_reader *reader, const struct json_at *object, const char *key,
                        const char *const *words)
{
    const char *word = text_or(reader, object, key, words[0]);
    char all[256] = "";
    for (size_t i = 0; word && words[i]; i++) {
        if (strcmp(words[i], word) == 0)
            return i;
        strncat(all, i ? ", " : "", sizeof all - strlen(all) - 1);
        strncat(all, words[i], sizeof all - strlen(all) - 1);
    }
    if (word)
        reader_mistake(reader, JSON_FIELD(object, key), "\"%.40s\" is none of %s", word, all);
    return 0;
}

static size_t region_named(struct config_reader *reader, const struct json_at *at, const char *code,
                           const struct topology *topology)
{
    size_t region = code ? topology_find(topology, bytes_of(code)) : REGION_NONE;
    if (code && region == REGION_NONE && topology->region_count)
        reader_mistake(reader, at, "\"%.40s\" is none of the topology's regions", code);
    return region == REGION_NONE ? 0 : region;
}

/* ---- the cluster ---- */

/* Where a region listens is not known to experiments, and what is there is not used. */
static void fill_urls(json_t *document)
{
    size_t index;
    json_t *region;
    json_t *regions = json_object_get(json_object_get(document, "topology"), "regions");
    json_array_foreach(regions, index,
                       region) if (json_is_object(region) && !json_object_get(region, "url"))
        json_object_set_new(region, "url", json_string("tcp://127.0.0.1:1"));
}

static void read_places(struct config_reader *reader, const json_t *document, struct input *input)
{
    size_t count = input->config.topology.region_count;
    const json_t *regions = json_object_get(json_object_get(document, "topology"), "regions");
    input->lats = reader_array(reader, count, sizeof *input->lats);
    input->lons = reader_array(reader, count, sizeof *input->lons);
    for (size_t i = 0; i < count && !reader->memory_out; i++) {
        const json_t *region = json_array_get(regions, i);
        input->lats[i] = json_number_value(json_object_get(region, "lat"));
        input->lons[i] = json_number_value(json_object_get(region, "lon"));
    }
}

static void read_coordinator(struct config_reader *reader, const struct json_at *root,
                             struct input *input)
{
    static const char *const keys[] = {"region", "check", "count", "regions", "url", NULL};
    struct topology *topology = &input->config.topology;
    struct json_at at = reader_object(reader, root, "coordinator");
    reader_known(reader, &at, keys);
    struct json_at check = reader_object(reader, &at, "check");
    input->config.check = config_read_delay(reader, &check);
    size_t count = (size_t)number_or(reader, &at, "count", 1, REGION_COUNT_MAX, 1);
    input->coordinators = reader_array(reader, count, sizeof *input->coordinators);
    if (reader->memory_out)
        return;
    input->coordinator_count = count;
    if (reader_has(&at, "region"))
        input->coordinators[0] =
            region_named(reader, JSON_FIELD(&at, "region"),
                         reader_text(reader, &at, "region", 1, REGION_CODE_BYTES_MAX), topology);
    struct json_at list = {0};
    if (count > 1 || reader_has(&at, "regions"))
        list = reader_list(reader, &at, "regions");
    if (list.value && reader_count(&list) != count)
        reader_mistake(reader, &list, "must have as many regions as count says, %zu", count);
    for (size_t i = 0; i < count && i < reader_count(&list); i++) {
        struct json_at item = reader_item(&list, i);
        input->coordinators[i] =
            region_named(reader, &item, json_string_value(item.value), topology);
    }
    topology->coordinator_region = input->coordinators[0];
}

static void read_policy(struct config_reader *reader, const struct json_at *root,
                        struct input *input)
{
    static const char *const keys[] = {"name", "region", NULL};
    static const char *const words[] = {"nearest", "hint",   "centre", "coordinator",
                                        "random",  "pinned", NULL};
    if (!reader_has(root, "policy")) {
        input->config.policy = &place_policies[0];
        return;
    }
    struct json_at at = reader_object(reader, root, "policy");
    reader_known(reader, &at, keys);
    const char *name = words[choice_or(reader, &at, "name", words)];
    input->config.policy = place_policy_find(name);
    if (!input->config.policy) /* a hint is obeyed by all of them */
        input->config.policy = &place_policies[0];
    if (strcmp(name, "centre") == 0)
        input->policy = POLICY_CENTRE;
    if (strcmp(name, "pinned") == 0) {
        input->policy = POLICY_PINNED;
        input->pin.region = region_named(
            reader, JSON_FIELD(&at, "region"),
            reader_text(reader, &at, "region", 1, REGION_CODE_BYTES_MAX), &input->config.topology);
    }
    if (strcmp(name, "hint") == 0) /* unless the workload says otherwise */
        input->workload.market_hints = input->market_hints;
}

static void read_cache(struct config_reader *reader, const struct json_at *root,
                       struct input *input)
{
    static const char *const keys[] = {"on", "entry_count_max", "fill", NULL};
    static const char *const fills[] = {"pull", "push", NULL};
    uint64_t *max = &input->config.limits.cache_entry_count_max;
    input->cache = true;
    if (!reader_has(root, "cache"))
        return;
    struct json_at at = reader_object(reader, root, "cache");
    reader_known(reader, &at, keys);
    if (reader_has(&at, "on"))
        input->cache = reader_bool(reader, &at, "on");
    *max = input->cache ? count_or(reader, &at, "entry_count_max", *max) : 0;
    input->push = choice_or(reader, &at, "fill", fills) == 1;
}

/* ---- the users ---- */

static void read_arrivals(struct config_reader *reader, const struct json_at *workload,
                          struct arrivals *ret_arrivals)
{
    static const char *const keys[] = {"kind",          "rate_per_s", "burst_factor", "burst_s",
                                       "burst_every_s", "day_s",      "day_low",      NULL};
    static const char *const kinds[] = {"poisson", "burst", "daily", NULL};
    struct json_at at = reader_object(reader, workload, "arrivals");
    reader_known(reader, &at, keys);
    *ret_arrivals =
        (struct arrivals){.kind = (enum arrival_kind)choice_or(reader, &at, "kind", kinds),
                          .rate_per_s = reader_number(reader, &at, "rate_per_s", 1e-6, 1e9),
                          .burst_factor = number_or(reader, &at, "burst_factor", 1, 1e6, 10),
                          .burst_us = us_or(reader, &at, "burst_s", 5),
                          .burst_every_us = us_or(reader, &at, "burst_every_s", 60),
                          .day_us = us_or(reader, &at, "day_s", 86400),
                          .day_low = number_or(reader, &at, "day_low", 0, 1, 0.2)};
    if (ret_arrivals->burst_every_us == 0 || ret_arrivals->day_us == 0)
        reader_mistake(reader, &at, "burst_every_s and day_s must be more than nothing");
}

static void read_popularity(struct config_reader *reader, const struct json_at *objects,
                            struct popularity *ret_popularity)
{
    static const char *const keys[] = {"kind", "exponent", "hot_count", "hot_share", NULL};
    static const char *const kinds[] = {"uniform", "zipf", "hot", NULL};
    if (!reader_has(objects, "popularity"))
        return;
    struct json_at at = reader_object(reader, objects, "popularity");
    reader_known(reader, &at, keys);
    *ret_popularity = (struct popularity){
        .kind = (enum popularity_kind)choice_or(reader, &at, "kind", kinds),
        .exponent = number_or(reader, &at, "exponent", 1e-3, 10, 1),
        .hot_count = (uint64_t)number_or(reader, &at, "hot_count", 1, COUNT_MAX, 10),
        .hot_share = number_or(reader, &at, "hot_share", 0, 1, 0.9)};
}

static void read_users(struct config_reader *reader, const struct json_at *objects,
                       struct users *ret_users)
{
    static const char *const keys[] = {"kind", "home_share", "market_count", "travel_every_s",
                                       NULL};
    static const char *const kinds[] = {"home", "several", "world", "travel", NULL};
    struct json_at at = {0};
    if (reader_has(objects, "users"))
        at = reader_object(reader, objects, "users");
    reader_known(reader, &at, keys);
    *ret_users =
        (struct users){.kind = (enum users_kind)choice_or(reader, &at, "kind", kinds),
                       .home_share = number_or(reader, &at, "home_share", 0, 1, 0.9),
                       .market_count = (uint64_t)number_or(reader, &at, "market_count", 1, 1000, 3),
                       .travel_every_us = us_or(reader, &at, "travel_every_s", 600)};
    if (ret_users->travel_every_us == 0)
        reader_mistake(reader, JSON_FIELD(&at, "travel_every_s"), "must be more than nothing");
}

static void read_weights(struct config_reader *reader, const struct json_at *objects,
                         struct input *input)
{
    const char *code;
    json_t *value;
    double total = 0;
    size_t count = input->config.topology.region_count;
    input->weights = reader_array(reader, count, sizeof *input->weights);
    if (reader->memory_out)
        return;
    bool given = reader_has(objects, "region_weights");
    for (size_t i = 0; i < count && !given; i++)
        input->weights[i] = 1;
    if (!given)
        return;
    struct json_at at = reader_object(reader, objects, "region_weights");
    json_object_foreach((json_t *)(uintptr_t)at.value, code, value)
    {
        size_t region = topology_find(&input->config.topology, bytes_of(code));
        if (region == REGION_NONE || !json_is_number(value) || json_number_value(value) < 0)
            reader_mistake(reader, JSON_FIELD(&at, code),
                           "must be a region's code, and its weight at least 0");
        else
            total += input->weights[region] = json_number_value(value);
    }
    if (!(total > 0) && count)
        reader_mistake(reader, &at, "some region must have users");
}

static void read_hint(struct config_reader *reader, const struct json_at *objects,
                      struct input *input)
{
    const char *hint = text_or(reader, objects, "hint", "none");
    if (!hint || strcmp(hint, "none") == 0)
        return;
    if (strcmp(hint, "market") == 0) {
        input->workload.market_hints = input->market_hints;
        return;
    }
    input->workload.market_hints = NULL;
    if (!hint_parse(bytes_of(hint), &input->workload.hint))
        reader_mistake(reader, JSON_FIELD(objects, "hint"),
                       "\"%.40s\" is no location hint, market or none", hint);
}

static void read_objects(struct config_reader *reader, const struct json_at *workload,
                         struct input *input)
{
    static const char *const keys[] = {
        "count",  "unique_share",       "popularity", "users",        "region_weights",
        "life_s", "fetches_per_object", "hint",       "jurisdiction", NULL};
    struct workload_config *config = &input->workload;
    struct json_at at = reader_object(reader, workload, "objects");
    reader_known(reader, &at, keys);
    config->object_count = reader_integer(reader, &at, "count", 1, UINT64_C(1) << 32);
    config->unique_share = number_or(reader, &at, "unique_share", 0, 1, 0);
    read_popularity(reader, &at, &config->popularity);
    read_users(reader, &at, &config->users);
    read_weights(reader, &at, input);
    config->life_us = us_or(reader, &at, "life_s", 0);
    double fetches = number_or(reader, &at, "fetches_per_object", 0, COUNT_MAX, 0);
    if (fetches > 0 && config->arrivals.rate_per_s > 0)
        config->duration_us = (uint64_t)llround((double)config->object_count * fetches /
                                                config->arrivals.rate_per_s * 1e6);
    read_hint(reader, &at, input);
    const char *word = text_or(reader, &at, "jurisdiction", "none");
    if (word && strcmp(word, "none") != 0 &&
        !jurisdiction_parse(bytes_of(word), &config->jurisdiction))
        reader_mistake(reader, JSON_FIELD(&at, "jurisdiction"), "\"%.40s\" is no jurisdiction",
                       word);
}

static void read_workload(struct config_reader *reader, const struct json_at *root,
                          struct input *input)
{
    static const char *const keys[] = {
        "duration_s",     "warmup_s", "requests_max",        "arrivals", "objects", "request_bytes",
        "response_bytes", "service",  "storage_write_share", NULL};
    struct workload_config *config = &input->workload;
    struct json_at at = reader_object(reader, root, "workload");
    reader_known(reader, &at, keys);
    config->seed = input->seed;
    config->duration_us = us_or(reader, &at, "duration_s", 60);
    config->request_count_max = count_or(reader, &at, "requests_max", 0);
    input->warmup_us = us_or(reader, &at, "warmup_s", 0);
    read_arrivals(reader, &at, &config->arrivals);
    read_objects(reader, &at, input);
    uint64_t most = input->config.limits.body_bytes_max;
    config->request_bytes = (uint32_t)number_or(reader, &at, "request_bytes", 0, (double)most, 0);
    config->response_bytes = (uint32_t)number_or(reader, &at, "response_bytes", 0, (double)most, 0);
    if (reader_has(&at, "service")) {
        struct json_at service = reader_object(reader, &at, "service");
        config->service = config_read_delay(reader, &service);
    }
    config->write_share = number_or(reader, &at, "storage_write_share", 0, 1, 0);
    config->region_count = input->config.topology.region_count;
    config->region_weights = input->weights;
    config->region_lons = input->lons;
    if (config->duration_us == 0)
        reader_mistake(reader, JSON_FIELD(&at, "duration_s"), "must be more than nothing");
}

/* ---- faults ---- */

static size_t read_process(struct config_reader *reader, const struct json_at *object,
                           const char *key, const struct topology *topology)
{
    const char *code = reader_text(reader, object, key, 1, TEXT_BYTES_MAX);
    if (code && strcmp(code, "coordinator") == 0)
        return topology->region_count;
    return region_named(reader, JSON_FIELD(object, key), code, topology);
}

static void read_fault(struct config_reader *reader, const struct json_at *at,
                       const struct topology *topology, struct fault *ret_fault)
{
    static const char *const keys[] = {"at_s", "what", "region", "other", "oneway", "ms", NULL};
    const char *names[FAULT_KIND_COUNT + 1] = {0};
    memcpy(names, fault_names, sizeof fault_names);
    reader_known(reader, at, keys);
    *ret_fault = (struct fault){
        .at_us = us_or(reader, at, "at_s", 0),
        .kind = (enum fault_kind)choice_or(reader, at, "what", names),
        .process = read_process(reader, at, "region", topology),
        .other =
            reader_has(at, "other") ? read_process(reader, at, "other", topology) : REGION_NONE,
        .oneway = reader_has(at, "oneway") && reader_bool(reader, at, "oneway"),
        .more_us = reader_has(at, "ms") ? (uint64_t)llround(reader_us(reader, at, "ms", 0)) : 0};
}

static int by_time(const void *a, const void *b)
{
    const struct fault *one = a, *other = b;
    return one->at_us < other->at_us ? -1 : one->at_us > other->at_us;
}

static void read_faults(struct config_reader *reader, const struct json_at *root,
                        struct input *input)
{
    if (!reader_has(root, "faults"))
        return;
    struct json_at list = reader_list(reader, root, "faults");
    size_t count = reader_count(&list);
    input->faults = reader_array(reader, count, sizeof *input->faults);
    if (reader->memory_out || count == 0)
        return;
    input->fault_count = count;
    for (size_t i = 0; i < count; i++) {
        struct json_at at = reader_object_item(reader, &list, i);
        read_fault(reader, &at, &input->config.topology, &input->faults[i]);
    }
    qsort(input->faults, count, sizeof *input->faults, by_time);
}

/* ---- all of it ---- */

static void read_root(struct config_reader *reader, const struct json_at *root, struct input *input)
{
    static const char *const keys[] = {"format",   "experiment",  "variant", "seed",   "commit",
                                       "topology", "coordinator", "limits",  "policy", "cache",
                                       "workload", "faults",      "engine",  NULL};
    reader_known(reader, root, keys);
    (void)reader_integer(reader, root, "format", 1, 1);
    input->experiment = reader_text(reader, root, "experiment", 0, TEXT_BYTES_MAX);
    input->variant = text_or(reader, root, "variant", "");
    input->commit = text_or(reader, root, "commit", "");
    input->seed = reader_integer(reader, root, "seed", 0, INT64_MAX);
    config_read_topology(reader, root, &input->config);
    read_places(reader, input->document, input);
    size_t count = input->config.topology.region_count;
    input->market_hints = reader_array(reader, count, sizeof *input->market_hints);
    for (size_t i = 0; i < count && !reader->memory_out; i++)
        input->market_hints[i] = input->config.topology.regions[i].hint;
    config_read_limits(reader, root, &input->config.limits);
    read_coordinator(reader, root, input);
    read_policy(reader, root, input);
    read_cache(reader, root, input);
    read_workload(reader, root, input);
    read_faults(reader, root, input);
    struct json_at engine = {0};
    if (reader_has(root, "engine"))
        engine = reader_object(reader, root, "engine");
    input->disk_us = (uint64_t)llround(number_or(reader, &engine, "disk_ms", 0, 1e6, 1) * 1000);
}

static enum err read_text(const char *path, struct buf *ret_text, struct errmsg *reterr_why)
{
    enum { step = 64 << 10 };
    FILE *file = fopen(path, "re");
    if (!file)
        return err_say(ERR_IO, reterr_why, "%.200s: %s", path, strerror(errno));
    enum err err = OK;
    while (!err && !feof(file)) {
        uint8_t *end = buf_reserve(ret_text, step);
        if (end)
            ret_text->size += fread(end, 1, step, file);
        if (!end || ferror(file))
            err = err_say(end ? ERR_IO : ERR_MEMORY, reterr_why, "%.200s: cannot be read", path);
    }
    fclose(file);
    return err;
}

static void note_digest(struct bytes text, char ret_hex[65])
{
    uint8_t digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(digest, text.data, text.size);
    hex_print((struct bytes){.data = digest, .size = sizeof digest}, ret_hex);
}

enum err input_read(const char *path, struct input *ret_input, struct errmsg *reterr_why)
{
    struct buf text = {0};
    json_error_t error;
    *ret_input = (struct input){0};
    enum err err = read_text(path, &text, reterr_why);
    if (!err) {
        note_digest(buf_bytes(&text), ret_input->sha256);
        ret_input->document =
            json_loadb((const char *)text.data, text.size, JSON_REJECT_DUPLICATES, &error);
        if (!ret_input->document)
            err = err_say(ERR_INVALID, reterr_why, "%.200s:%d:%d: %s", path, error.line,
                          error.column, error.text);
    }
    buf_finish(&text);
    if (!err) {
        struct config_reader reader = {0};
        fill_urls(ret_input->document);
        struct json_at root = {.value = json_is_object(ret_input->document) ? ret_input->document
                                                                            : NULL};
        if (root.value)
            read_root(&reader, &root, ret_input);
        else
            reader_mistake(&reader, &root, "must be an object");
        err = reader_verdict(&reader, path, reterr_why);
        reader_finish(&reader);
    }
    if (err)
        input_finish(ret_input);
    return err;
}

void input_finish(struct input *input)
{
    config_finish(&input->config);
    free(input->lats);
    free(input->lons);
    free(input->coordinators);
    free(input->weights);
    free(input->market_hints);
    free(input->faults);
    json_decref(input->document);
    *input = (struct input){0};
}
