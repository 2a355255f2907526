#include "common/file.h"
#include "experiment/input_parts.h"

#include <math.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

static const double S_MAX = 1e9;

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

double input_number_or(struct config_reader *reader, const struct json_at *object, const char *key,
                       double min, double max, double fallback)
{
    return reader_has(object, key) ? reader_number(reader, object, key, min, max) : fallback;
}

uint64_t input_us_or(struct config_reader *reader, const struct json_at *object, const char *key,
                     double fallback_s)
{
    return (uint64_t)llround(input_number_or(reader, object, key, 0, S_MAX, fallback_s) * 1e6);
}

uint64_t input_count_or(struct config_reader *reader, const struct json_at *object, const char *key,
                        uint64_t fallback)
{
    return (uint64_t)input_number_or(reader, object, key, 0, INPUT_COUNT_MAX, (double)fallback);
}

const char *input_text_or(struct config_reader *reader, const struct json_at *object,
                          const char *key, const char *fallback)
{
    return reader_has(object, key) ? reader_text(reader, object, key, 0, TEXT_BYTES_MAX) : fallback;
}

size_t input_choice_or(struct config_reader *reader, const struct json_at *object, const char *key,
                       const char *const *words)
{
    const char *word = input_text_or(reader, object, key, words[0]);
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

/* ---- the cluster ---- */

static size_t region_named(struct config_reader *reader, const struct json_at *at, const char *code,
                           const struct topology *topology)
{
    size_t region = code ? topology_find(topology, bytes_of(code)) : REGION_NONE;
    if (code && region == REGION_NONE && topology->region_count)
        reader_mistake(reader, at, "\"%.40s\" is none of the topology's regions", code);
    return region == REGION_NONE ? 0 : region;
}

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
    size_t count = (size_t)input_number_or(reader, &at, "count", 1, REGION_COUNT_MAX, 1);
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
    const char *name = words[input_choice_or(reader, &at, "name", words)];
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
    *max = input->cache ? input_count_or(reader, &at, "entry_count_max", *max) : 0;
    input->push = input_choice_or(reader, &at, "fill", fills) == 1;
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
        .at_us = input_us_or(reader, at, "at_s", 0),
        .kind = (enum fault_kind)input_choice_or(reader, at, "what", names),
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
    input->variant = input_text_or(reader, root, "variant", "");
    input->commit = input_text_or(reader, root, "commit", "");
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
    input_read_workload(reader, root, input);
    read_faults(reader, root, input);
    struct json_at engine = {0};
    if (reader_has(root, "engine"))
        engine = reader_object(reader, root, "engine");
    input->disk_us =
        (uint64_t)llround(input_number_or(reader, &engine, "disk_ms", 0, 1e6, 1) * 1000);
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
    enum err err = file_read(path, SIZE_MAX, &text, reterr_why);
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

struct measure_config input_measure_config(const struct input *input)
{
    return (struct measure_config){.topology = &input->config.topology,
                                   .duration_us = input->workload.duration_us,
                                   .warmup_us = input->warmup_us,
                                   .object_count = input->workload.object_count,
                                   .jurisdiction = input->workload.jurisdiction,
                                   .coordinator_count = input->coordinator_count};
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
