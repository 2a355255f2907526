#include "common/config_parts.h"

#include <math.h>
#include <string.h>

static const double RTT_MS_MAX = 4e6; /* what fits into topology.rtt_us */

/* Delays. */

static const struct delay_form {
    const char *name;
    enum delay_kind kind;
    const char *keys[9]; /* what the object may hold; the last ones are a jitter's alone */
} delay_forms[] = {
#define SPIKES "spike_probability", "spike_low_ms", "spike_high_ms"
    {"none", DELAY_NONE, {"kind", SPIKES}},
    {"fixed", DELAY_FIXED, {"kind", "ms", SPIKES}},
    {"uniform", DELAY_UNIFORM, {"kind", "low_ms", "high_ms", SPIKES}},
    {"lognormal", DELAY_LOGNORMAL, {"kind", "mean_ms", "sigma", SPIKES}},
#undef SPIKES
};

enum { SPIKE_KEY_COUNT = 3 };

static const struct delay_form *read_delay_form(struct config_reader *reader,
                                                const struct json_at *object)
{
    const char *name = reader_text(reader, object, "kind", 0, TEXT_BYTES_MAX);
    for (size_t i = 0; name && i < sizeof delay_forms / sizeof delay_forms[0]; i++)
        if (strcmp(delay_forms[i].name, name) == 0)
            return &delay_forms[i];
    if (name)
        reader_mistake(reader, JSON_FIELD(object, "kind"),
                       "\"%.40s\" is not none, fixed, uniform or lognormal", name);
    return NULL;
}

static void check_delay_keys(struct config_reader *reader, const struct json_at *object,
                             const struct delay_form *form, bool jitter)
{
    const char *keys[sizeof form->keys / sizeof form->keys[0]];
    memcpy(keys, form->keys, sizeof keys);
    size_t count = 0;
    while (keys[count])
        count++;
    if (!jitter)
        keys[count - SPIKE_KEY_COUNT] = NULL;
    reader_known(reader, object, keys);
}

/* Two bounds in order. */
static void read_range_us(struct config_reader *reader, const struct json_at *object,
                          const char *low_key, const char *high_key, double *ret_low_us,
                          double *ret_high_us)
{
    *ret_low_us = reader_us(reader, object, low_key, 0);
    *ret_high_us = reader_us(reader, object, high_key, 0);
    if (json_is_number(json_object_get(object->value, high_key)) && *ret_low_us > *ret_high_us)
        reader_mistake(reader, JSON_FIELD(object, high_key), "must not be less than %s", low_key);
}

static struct delay read_delay(struct config_reader *reader, const struct json_at *object,
                               bool jitter)
{
    struct delay delay = {0};
    const struct delay_form *form = read_delay_form(reader, object);
    if (!form)
        return delay;
    check_delay_keys(reader, object, form, jitter);
    delay.kind = form->kind;
    switch (delay.kind) {
    case DELAY_NONE: break;
    case DELAY_FIXED: delay.low_us = reader_us(reader, object, "ms", 0); break;
    case DELAY_UNIFORM:
        read_range_us(reader, object, "low_ms", "high_ms", &delay.low_us, &delay.high_us);
        break;
    case DELAY_LOGNORMAL:
        delay.mean_us = reader_us(reader, object, "mean_ms", 0);
        delay.sigma = reader_number(reader, object, "sigma", 0, 10);
        break;
    }
    return delay;
}

struct delay config_read_delay(struct config_reader *reader, const struct json_at *object)
{
    return read_delay(reader, object, false);
}

static struct jitter read_jitter(struct config_reader *reader, const struct json_at *object)
{
    struct jitter jitter = {.delay = read_delay(reader, object, true)};
    if (reader_has(object, "spike_probability") || reader_has(object, "spike_low_ms") ||
        reader_has(object, "spike_high_ms")) {
        jitter.spike_probability = reader_number(reader, object, "spike_probability", 0, 1);
        read_range_us(reader, object, "spike_low_ms", "spike_high_ms", &jitter.spike_low_us,
                      &jitter.spike_high_us);
    }
    return jitter;
}

/* Regions and round trips. */

static void read_code(struct config_reader *reader, const struct json_at *object,
                      const struct topology *topology, struct region *ret_region)
{
    const char *code = reader_text(reader, object, "code", 1, REGION_CODE_BYTES_MAX);
    if (!code)
        return;
    if (strspn(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != strlen(code))
        reader_mistake(reader, JSON_FIELD(object, "code"),
                       "\"%s\" must be capital letters and digits", code);
    else if (topology_find(topology, bytes_of(code)) != REGION_NONE)
        reader_mistake(reader, JSON_FIELD(object, "code"), "\"%s\" is there twice", code);
    else
        strcpy(ret_region->code, code);
}

static uint32_t read_jurisdictions(struct config_reader *reader, const struct json_at *object)
{
    uint32_t jurisdictions = 0;
    struct json_at list = reader_list(reader, object, "jurisdictions");
    for (size_t i = 0; i < reader_count(&list); i++) {
        struct json_at at = reader_item(&list, i);
        const char *name = json_string_value(at.value);
        enum jurisdiction jurisdiction;
        if (name && jurisdiction_parse(bytes_of(name), &jurisdiction))
            jurisdictions |= 1u << jurisdiction;
        else
            reader_mistake(reader, &at, "must be eu, us, fedramp or fedramp-high");
    }
    return jurisdictions;
}

static void read_region_item(struct config_reader *reader, const struct json_at *at, size_t index,
                             struct config *config)
{
    static const char *const keys[] = {"code", "city",  "country",       "lat", "lon",
                                       "hint", "hosts", "jurisdictions", "url", NULL};
    struct region *region = &config->topology.regions[index];
    reader_known(reader, at, keys);
    read_code(reader, at, &config->topology, region);
    config->cities[index] = reader_text_copy(reader, at, "city", 0, TEXT_BYTES_MAX);
    config->countries[index] = reader_text_copy(reader, at, "country", 0, TEXT_BYTES_MAX);
    (void)reader_number(reader, at, "lat", -90, 90);
    (void)reader_number(reader, at, "lon", -180, 180);
    const char *hint = reader_text(reader, at, "hint", 0, TEXT_BYTES_MAX);
    if (hint && hint[0] && !hint_parse(bytes_of(hint), &region->hint))
        reader_mistake(reader, JSON_FIELD(at, "hint"), "\"%.40s\" is no location hint", hint);
    region->hosts = reader_bool(reader, at, "hosts");
    region->jurisdictions = read_jurisdictions(reader, at);
    config->region_urls[index] = reader_url(reader, at);
}

static void read_regions(struct config_reader *reader, const struct json_at *list,
                         struct config *config)
{
    size_t count = reader_count(list);
    if (list->value && (count == 0 || count > REGION_COUNT_MAX))
        reader_mistake(reader, list, "must be 1 to %d regions, not %zu", REGION_COUNT_MAX, count);
    if (count == 0 || count > REGION_COUNT_MAX)
        return;
    config->region_urls = reader_array(reader, count, sizeof *config->region_urls);
    config->cities = reader_array(reader, count, sizeof *config->cities);
    config->countries = reader_array(reader, count, sizeof *config->countries);
    if (topology_init(&config->topology, count))
        reader->memory_out = true;
    if (reader->memory_out)
        return;
    bool hosts = false;
    for (size_t i = 0; i < count; i++) {
        struct json_at at = reader_object_item(reader, list, i);
        read_region_item(reader, &at, i, config);
        hosts |= config->topology.regions[i].hosts;
    }
    if (!hosts)
        reader_mistake(reader, list, "at least one of them must host objects");
}

static void read_rtt_row(struct config_reader *reader, const struct json_at *row, uint32_t *ret_us,
                         size_t region_count)
{
    if (!json_is_array(row->value) || reader_count(row) != region_count) {
        reader_mistake(reader, row, "must be a list of %zu numbers, one for each region",
                       region_count);
        return;
    }
    for (size_t i = 0; i < region_count; i++) {
        struct json_at at = reader_item(row, i);
        double ms = json_is_number(at.value) ? json_number_value(at.value) : -1;
        if (ms >= 0 && ms <= RTT_MS_MAX)
            ret_us[i] = (uint32_t)lround(ms * 1000);
        else
            reader_mistake(reader, &at, "must be a number from 0 to %.15g", RTT_MS_MAX);
    }
}

static void read_rtt(struct config_reader *reader, const struct json_at *list,
                     struct topology *topology)
{
    size_t count = topology->region_count;
    if (!list->value || count == 0)
        return;
    if (reader_count(list) != count) {
        reader_mistake(reader, list, "must have %zu rows, one for each region", count);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        struct json_at row = reader_item(list, i);
        read_rtt_row(reader, &row, topology->rtt_us + i * count, count);
    }
}

void config_read_topology(struct config_reader *reader, const struct json_at *root,
                          struct config *config)
{
    static const char *const keys[] = {"name", "time_scale", "regions", "rtt_ms", "jitter", NULL};
    struct json_at at = reader_object(reader, root, "topology");
    reader_known(reader, &at, keys);
    config->topology_name = reader_text_copy(reader, &at, "name", 1, TEXT_BYTES_MAX);
    config->time_scale = reader_number(reader, &at, "time_scale", 1e-6, 1e6);
    struct json_at regions = reader_list(reader, &at, "regions");
    read_regions(reader, &regions, config);
    struct json_at rtt = reader_list(reader, &at, "rtt_ms");
    if (!reader->memory_out)
        read_rtt(reader, &rtt, &config->topology);
    struct json_at jitter = reader_object(reader, &at, "jitter");
    config->topology.jitter = read_jitter(reader, &jitter);
}
