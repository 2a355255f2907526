#include "experiment/input_parts.h"

#include <math.h>
#include <string.h>

/* What users do. */

static void read_arrivals(struct config_reader *reader, const struct json_at *workload,
                          struct arrivals *ret_arrivals)
{
    static const char *const keys[] = {"kind",          "rate_per_s", "burst_factor", "burst_s",
                                       "burst_every_s", "day_s",      "day_low",      NULL};
    static const char *const kinds[] = {"poisson", "burst", "daily", NULL};
    struct json_at at = reader_object(reader, workload, "arrivals");
    reader_known(reader, &at, keys);
    *ret_arrivals =
        (struct arrivals){.kind = (enum arrival_kind)input_choice_or(reader, &at, "kind", kinds),
                          .rate_per_s = reader_number(reader, &at, "rate_per_s", 1e-6, 1e9),
                          .burst_factor = input_number_or(reader, &at, "burst_factor", 1, 1e6, 10),
                          .burst_us = input_us_or(reader, &at, "burst_s", 5),
                          .burst_every_us = input_us_or(reader, &at, "burst_every_s", 60),
                          .day_us = input_us_or(reader, &at, "day_s", 86400),
                          .day_low = input_number_or(reader, &at, "day_low", 0, 1, 0.2)};
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
        .kind = (enum popularity_kind)input_choice_or(reader, &at, "kind", kinds),
        .exponent = input_number_or(reader, &at, "exponent", 1e-3, 10, 1),
        .hot_count = (uint64_t)input_number_or(reader, &at, "hot_count", 1, INPUT_COUNT_MAX, 10),
        .hot_share = input_number_or(reader, &at, "hot_share", 0, 1, 0.9)};
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
    *ret_users = (struct users){
        .kind = (enum users_kind)input_choice_or(reader, &at, "kind", kinds),
        .home_share = input_number_or(reader, &at, "home_share", 0, 1, 0.9),
        .market_count = (uint64_t)input_number_or(reader, &at, "market_count", 1, 1000, 3),
        .travel_every_us = input_us_or(reader, &at, "travel_every_s", 600)};
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
    const char *hint = input_text_or(reader, objects, "hint", "none");
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
    config->unique_share = input_number_or(reader, &at, "unique_share", 0, 1, 0);
    read_popularity(reader, &at, &config->popularity);
    read_users(reader, &at, &config->users);
    read_weights(reader, &at, input);
    config->life_us = input_us_or(reader, &at, "life_s", 0);
    double fetches = input_number_or(reader, &at, "fetches_per_object", 0, INPUT_COUNT_MAX, 0);
    if (fetches > 0 && config->arrivals.rate_per_s > 0)
        config->duration_us = (uint64_t)llround((double)config->object_count * fetches /
                                                config->arrivals.rate_per_s * 1e6);
    read_hint(reader, &at, input);
    const char *word = input_text_or(reader, &at, "jurisdiction", "none");
    if (word && strcmp(word, "none") != 0 &&
        !jurisdiction_parse(bytes_of(word), &config->jurisdiction))
        reader_mistake(reader, JSON_FIELD(&at, "jurisdiction"), "\"%.40s\" is no jurisdiction",
                       word);
}

void input_read_workload(struct config_reader *reader, const struct json_at *root,
                         struct input *input)
{
    static const char *const keys[] = {
        "duration_s",     "warmup_s", "requests_max",        "arrivals", "objects", "request_bytes",
        "response_bytes", "service",  "storage_write_share", NULL};
    struct workload_config *config = &input->workload;
    struct json_at at = reader_object(reader, root, "workload");
    reader_known(reader, &at, keys);
    config->seed = input->seed;
    config->duration_us = input_us_or(reader, &at, "duration_s", 60);
    config->request_count_max = input_count_or(reader, &at, "requests_max", 0);
    input->warmup_us = input_us_or(reader, &at, "warmup_s", 0);
    read_arrivals(reader, &at, &config->arrivals);
    read_objects(reader, &at, input);
    uint64_t most = input->config.limits.body_bytes_max;
    config->request_bytes =
        (uint32_t)input_number_or(reader, &at, "request_bytes", 0, (double)most, 0);
    config->response_bytes =
        (uint32_t)input_number_or(reader, &at, "response_bytes", 0, (double)most, 0);
    if (reader_has(&at, "service")) {
        struct json_at service = reader_object(reader, &at, "service");
        config->service = config_read_delay(reader, &service);
    }
    config->write_share = input_number_or(reader, &at, "storage_write_share", 0, 1, 0);
    config->region_count = input->config.topology.region_count;
    config->region_weights = input->weights;
    config->region_lons = input->lons;
    if (config->duration_us == 0)
        reader_mistake(reader, JSON_FIELD(&at, "duration_s"), "must be more than nothing");
}
