#include "experiment/measure.h"

#include <stdlib.h>

enum {
    ROW_COUNT_MAX = 240,
    PAIR_REGIONS_MAX = 64, /* with more, pairs have no histograms: they would not fit */
};
#define REGRET_BYTES_USUAL ((size_t)256 << 20)

const char *access_name(enum access access)
{
    static const char *const names[] = {"unique_first",  "name_first", "cached_local",
                                        "cached_remote", "uncached",   "failed"};
    return names[access];
}

const char *part_name(enum part part)
{
    static const char *const names[] = {"queue", "claim", "check", "forward", "service"};
    return names[part];
}

/* The shortest row that people like to read and of which not too many are needed. */
static uint64_t row_us(uint64_t duration_us)
{
    static const double seconds[] = {0.1, 0.2, 0.5, 1,   2,   5,    10,   20,
                                     30,  60,  120, 300, 600, 1200, 1800, 3600};
    for (size_t i = 0; i < sizeof seconds / sizeof *seconds; i++)
        if (duration_us / (uint64_t)(seconds[i] * 1e6) < ROW_COUNT_MAX)
            return (uint64_t)(seconds[i] * 1e6);
    return duration_us / (ROW_COUNT_MAX - 1) + 1;
}

enum err measure_create(const struct measure_config *config, struct measure **ret_measure)
{
    size_t count = config->topology->region_count;
    struct measure *measure = calloc(1, sizeof *measure);
    if (!measure)
        return ERR_MEMORY;
    measure->config = *config;
    measure->region_count = count;
    measure->row_us = row_us(config->duration_us);
    measure->row_count = (size_t)(config->duration_us / measure->row_us) + 1;
    measure->regions = calloc(count, sizeof *measure->regions);
    measure->pairs = calloc((count + 1) * (count + 1), sizeof *measure->pairs);
    measure->claims = calloc(config->coordinator_count, sizeof *measure->claims);
    measure->rows = calloc(measure->row_count, sizeof *measure->rows);
    enum err err =
        measure->regions && measure->pairs && measure->claims && measure->rows ? OK : ERR_MEMORY;
    for (size_t i = 0; !err && i < measure->row_count; i++)
        if (!(measure->rows[i].by_region = calloc(count, sizeof(uint64_t))))
            err = ERR_MEMORY;
    if (!err)
        err =
            regret_create(config->topology, config->jurisdiction, config->object_count,
                          config->regret_bytes_max ? config->regret_bytes_max : REGRET_BYTES_USUAL,
                          &measure->regret);
    if (err)
        measure_destroy(measure);
    else
        *ret_measure = measure;
    return err;
}

void measure_destroy(struct measure *measure)
{
    if (!measure)
        return;
    size_t count = measure->region_count;
    for (size_t i = 0; measure->regions && i < count; i++)
        for (size_t kind = 0; kind < ACCESS_COUNT; kind++)
            free(measure->regions[i].accesses[kind]);
    for (size_t i = 0; measure->pairs && i < (count + 1) * (count + 1); i++)
        free(measure->pairs[i].latency);
    for (size_t i = 0; measure->rows && i < measure->row_count; i++)
        free(measure->rows[i].by_region);
    regret_destroy(measure->regret);
    free(measure->regions);
    free(measure->pairs);
    free(measure->claims);
    free(measure->rows);
    free(measure);
}

/* What comes after the end belongs to the last row. */
static struct timeline_row *row_at(struct measure *measure, uint64_t at_us)
{
    size_t index = (size_t)(at_us / measure->row_us);
    return &measure->rows[index < measure->row_count ? index : measure->row_count - 1];
}

struct pair_measure *measure_pair(const struct measure *measure, size_t from, size_t to)
{
    return &measure->pairs[from * (measure->region_count + 1) + to];
}

static enum err add_access(struct measure *measure, const struct sample *sample)
{
    struct access_measure **access = &measure->regions[sample->region].accesses[sample->access];
    if (!*access && !(*access = calloc(1, sizeof **access)))
        return ERR_MEMORY;
    histogram_add(&(*access)->latency, sample->latency_us);
    for (size_t i = 0; i < PART_COUNT; i++)
        (*access)->parts_us[i] += sample->parts_us[i];
    return OK;
}

static enum err add_pair(struct measure *measure, const struct sample *sample)
{
    struct pair_measure *pair = measure_pair(measure, sample->region, sample->home);
    pair->requests++;
    pair->latency_sum_us += sample->latency_us;
    if (measure->region_count > PAIR_REGIONS_MAX)
        return OK;
    if (!pair->latency && !(pair->latency = calloc(1, sizeof *pair->latency)))
        return ERR_MEMORY;
    histogram_add(pair->latency, sample->latency_us);
    return OK;
}

static void add_row(struct measure *measure, const struct sample *sample)
{
    struct timeline_row *row = row_at(measure, sample->at_us);
    row->requests++;
    row->by_region[sample->region]++;
    if (sample->access == ACCESS_FAILED)
        row->failed++;
    else
        histogram_add(&row->latency, sample->latency_us);
}

enum err measure_request(struct measure *measure, const struct sample *sample)
{
    bool answered = sample->access != ACCESS_FAILED && sample->home != REGION_NONE;
    if (answered)
        regret_add(measure->regret, sample->object, sample->region, sample->home);
    if (sample->at_us < measure->config.warmup_us)
        return OK;
    measure->requests++;
    measure->failed += sample->access == ACCESS_FAILED;
    measure->regions[sample->region].requests++;
    add_row(measure, sample);
    enum err err = add_access(measure, sample);
    if (err || !answered)
        return err;
    measure->regions[sample->home].hosted_requests++;
    return add_pair(measure, sample);
}

void measure_message(struct measure *measure, uint64_t at_us, size_t from, size_t to,
                     uint64_t bytes)
{
    if (at_us < measure->config.warmup_us)
        return;
    struct pair_measure *pair = measure_pair(measure, from, to);
    pair->messages++;
    pair->bytes += bytes;
    row_at(measure, at_us)->moved_bytes += bytes;
}

void measure_claim(struct measure *measure, uint64_t at_us, size_t coordinator)
{
    if (at_us < measure->config.warmup_us)
        return;
    struct rate *rate = &measure->claims[coordinator];
    uint64_t second = at_us / 1000000;
    row_at(measure, at_us)->claims++;
    rate->total++;
    rate->in_second = second == rate->second ? rate->in_second + 1 : 1;
    rate->second = second;
    if (rate->in_second > rate->peak_per_s)
        rate->peak_per_s = rate->in_second;
}
