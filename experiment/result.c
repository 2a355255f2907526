#include "experiment/result.h"

#include <math.h>
#include <sys/resource.h>

/* A value that could not be made, for want of memory, becomes NULL, and so does the document that
 * should have held it: jansson's setters pass that on, and the end finds out. */

static json_t *whole(uint64_t number)
{
    return json_integer((json_int_t)number);
}

/* To a thousandth, which is more than anything here is worth, and shorter to read. */
static json_t *real(double number)
{
    return json_real(round(number * 1000) / 1000);
}

static const char *code_of(const struct result *result, size_t process)
{
    const struct topology *topology = &result->input->config.topology;
    return process == topology->region_count ? "coordinator" : topology->regions[process].code;
}

static json_t *histogram_json(const struct histogram *histogram)
{
    json_t *list = json_array();
    for (size_t i = 0; i < HISTOGRAM_BUCKET_COUNT; i++)
        if (histogram->counts[i])
            json_array_append_new(
                list, json_pack("[oo]", whole(histogram_upper_us(i)), whole(histogram->counts[i])));
    return list;
}

static json_t *regions_json(const struct result *result)
{
    json_t *list = json_array();
    const struct config *config = &result->input->config;
    for (size_t i = 0; i < config->topology.region_count; i++) {
        const struct region *region = &config->topology.regions[i];
        const struct region_measure *measure = &result->measure->regions[i];
        json_array_append_new(
            list,
            json_pack("{ss ss ss so so ss sb so so so}", "code", region->code, "city",
                      config->cities[i], "country", config->countries[i], "lat",
                      json_real(result->input->lats[i]), "lon", json_real(result->input->lons[i]),
                      "hint", hint_name(region->hint), "hosts", region->hosts, "objects",
                      whole(measure->objects), "requests", whole(measure->requests),
                      "hosted_requests", whole(measure->hosted_requests)));
    }
    return list;
}

static json_t *rtt_json(const struct topology *topology)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < topology->region_count; i++) {
        json_t *row = json_array();
        for (size_t j = 0; j < topology->region_count; j++)
            json_array_append_new(row, real(topology_rtt_us(topology, i, j) / 1000.0));
        json_array_append_new(rows, row);
    }
    return rows;
}

static json_t *coordinator_json(const struct result *result)
{
    const struct measure *measure = result->measure;
    const struct input *input = result->input;
    json_t *shards = json_array();
    uint64_t total = 0, peak = 0;
    for (size_t i = 0; i < input->coordinator_count; i++) {
        const struct rate *rate = &measure->claims[i];
        total += rate->total;
        peak += rate->peak_per_s;
        json_array_append_new(shards, json_pack("{ss so so}", "region",
                                                code_of(result, input->coordinators[i]), "claims",
                                                whole(rate->total), "peak_claims_per_s",
                                                whole(rate->peak_per_s)));
    }
    return json_pack("{ss so so so so so}", "region", code_of(result, input->coordinators[0]),
                     "claims", whole(total), "locates", whole(measure->locates),
                     "peak_claims_per_s", whole(peak), "pending_max", whole(measure->pending_max),
                     "shards", shards);
}

static json_t *access_json(const struct result *result, size_t region, enum access access)
{
    const struct access_measure *measure = result->measure->regions[region].accesses[access];
    const struct histogram *latency = &measure->latency;
    json_t *parts = json_object();
    for (enum part part = 0; part < PART_COUNT; part++)
        json_object_set_new(parts, part_name(part),
                            real((double)measure->parts_us[part] / (double)latency->total));
    return json_pack("{ss ss so so so so so}", "region", code_of(result, region), "kind",
                     access_name(access), "count", whole(latency->total), "mean_us",
                     real(histogram_mean_us(latency)), "max_us", whole(latency->max_us),
                     "histogram", histogram_json(latency), "parts_us", parts);
}

static json_t *latency_json(const struct result *result)
{
    json_t *list = json_array();
    for (size_t i = 0; i < result->measure->region_count; i++)
        for (enum access access = 0; access < ACCESS_COUNT; access++)
            if (result->measure->regions[i].accesses[access])
                json_array_append_new(list, access_json(result, i, access));
    return list;
}

static json_t *pair_json(const struct result *result, size_t from, size_t to)
{
    const struct pair_measure *pair = measure_pair(result->measure, from, to);
    json_t *object = json_pack("{ss ss so so so}", "from", code_of(result, from), "to",
                               code_of(result, to), "messages", whole(pair->messages), "bytes",
                               whole(pair->bytes), "requests", whole(pair->requests));
    if (pair->requests)
        json_object_set_new(object, "mean_us",
                            real((double)pair->latency_sum_us / (double)pair->requests));
    if (pair->latency) {
        json_object_set_new(object, "p50_us", whole(histogram_quantile_us(pair->latency, 0.5)));
        json_object_set_new(object, "p99_us", whole(histogram_quantile_us(pair->latency, 0.99)));
    }
    return object;
}

static json_t *pairs_json(const struct result *result)
{
    json_t *list = json_array();
    for (size_t from = 0; from <= result->measure->region_count; from++)
        for (size_t to = 0; to <= result->measure->region_count; to++) {
            const struct pair_measure *pair = measure_pair(result->measure, from, to);
            if (pair->messages || pair->requests)
                json_array_append_new(list, pair_json(result, from, to));
        }
    return list;
}

static json_t *cache_json(const struct result *result)
{
    uint64_t hits = 0, misses = 0, evictions = 0;
    json_t *list = json_array();
    for (size_t i = 0; i < result->measure->region_count; i++) {
        const struct region_measure *region = &result->measure->regions[i];
        hits += region->hits;
        misses += region->misses;
        evictions += region->evictions;
        json_array_append_new(list, json_pack("{ss so so so}", "region", code_of(result, i), "hits",
                                              whole(region->hits), "misses", whole(region->misses),
                                              "evictions", whole(region->evictions)));
    }
    return json_pack("{so so so so}", "hits", whole(hits), "misses", whole(misses), "evictions",
                     whole(evictions), "by_region", list);
}

static json_t *regret_json(const struct result *result)
{
    static struct regret_result sum;
    regret_sum(result->measure->regret, &sum);
    return json_pack("{so so so so so so so so}", "objects", whole(sum.object_count), "one_in",
                     whole(sum.one_in), "mean_us", real(sum.actual_mean_us - sum.best_mean_us),
                     "p50_us", whole(histogram_quantile_us(&sum.histogram, 0.5)), "p99_us",
                     whole(histogram_quantile_us(&sum.histogram, 0.99)), "histogram",
                     histogram_json(&sum.histogram), "best_mean_us", real(sum.best_mean_us),
                     "actual_mean_us", real(sum.actual_mean_us));
}

static json_t *row_json(const struct measure *measure, size_t index)
{
    const struct timeline_row *row = &measure->rows[index];
    json_t *by_region = json_array();
    for (size_t i = 0; i < measure->region_count; i++)
        json_array_append_new(by_region, whole(row->by_region[i]));
    return json_pack(
        "{so so so so so so so so}", "at_s", real((double)index * (double)measure->row_us / 1e6),
        "requests", whole(row->requests), "failed", whole(row->failed), "p50_us",
        whole(histogram_quantile_us(&row->latency, 0.5)), "p99_us",
        whole(histogram_quantile_us(&row->latency, 0.99)), "claims", whole(row->claims),
        "by_region", by_region, "moved_bytes", whole(row->moved_bytes));
}

/* The last row is only there for what ended late. */
static json_t *timeline_json(const struct measure *measure)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < measure->row_count; i++) {
        bool late = i + 1 == measure->row_count && i > 0;
        if (!late || measure->rows[i].requests)
            json_array_append_new(rows, row_json(measure, i));
    }
    return json_pack("{so so}", "bucket_s", real((double)measure->row_us / 1e6), "rows", rows);
}

static json_t *faults_json(const struct result *result)
{
    json_t *list = json_array();
    for (size_t i = 0; i < result->input->fault_count; i++) {
        const struct fault *fault = &result->input->faults[i];
        uint64_t at_us = result->faults_at_us[i];
        json_t *object =
            json_pack("{so ss ss}", "at_s", real((double)fault->at_us / 1e6), "what",
                      fault_name(fault->kind), "region", code_of(result, fault->process));
        if (fault->other != REGION_NONE)
            json_object_set_new(object, "other", json_string(code_of(result, fault->other)));
        if (fault->oneway)
            json_object_set_new(object, "oneway", json_true());
        if (fault->more_us)
            json_object_set_new(object, "ms", real((double)fault->more_us / 1000));
        json_object_set_new(object, "took_effect_s",
                            at_us == UINT64_MAX ? json_null() : real((double)at_us / 1e6));
        json_array_append_new(list, object);
    }
    return list;
}

static json_t *invariant_json(const struct invariant_measure *measure)
{
    return json_pack("{so so}", "checked", whole(measure->checked), "broken",
                     whole(measure->broken));
}

static uint64_t peak_rss_bytes(void)
{
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) ? 0 : (uint64_t)usage.ru_maxrss * 1024;
}

static json_t *head_json(const struct result *result)
{
    const struct input *input = result->input;
    const struct measure *measure = result->measure;
    double share = measure->requests ? (double)measure->behind / (double)measure->requests : 0;
    return json_pack("{si ss ss so ss ss s{ss ss} so so so so so so s{so so}}", "format", 1,
                     "experiment", input->experiment, "variant", input->variant, "seed",
                     whole(input->seed), "engine", result->engine, "input_sha256", input->sha256,
                     "version", "terrella", TERRELLA_VERSION, "commit", input->commit,
                     "simulated_s", real((double)result->simulated_us / 1e6), "wall_s",
                     real(result->wall_s), "events", whole(result->event_count), "peak_rss_bytes",
                     whole(peak_rss_bytes()), "requests", whole(measure->requests), "failed",
                     whole(measure->failed), "behind", "share", real(share), "max_us",
                     whole(measure->behind_max_us));
}

enum err result_write(const struct result *result, const char *path, struct errmsg *reterr_why)
{
    const struct measure *measure = result->measure;
    json_t *document = head_json(result);
    int bad = !document;
    bad |= json_object_set_new(document, "regions", regions_json(result));
    bad |= json_object_set_new(document, "rtt_ms", rtt_json(&result->input->config.topology));
    bad |= json_object_set_new(document, "coordinator", coordinator_json(result));
    bad |= json_object_set_new(document, "latency", latency_json(result));
    bad |= json_object_set_new(document, "pairs", pairs_json(result));
    bad |= json_object_set_new(document, "cache", cache_json(result));
    bad |= json_object_set_new(document, "regret", regret_json(result));
    bad |= json_object_set_new(document, "timeline", timeline_json(measure));
    bad |= json_object_set_new(document, "faults", faults_json(result));
    bad |= json_object_set_new(document, "invariants",
                               json_pack("{so so}", "I8",
                                         invariant_json(&measure->local_waits_for_nobody), "I10",
                                         invariant_json(&measure->known_is_not_asked)));
    enum err err = OK;
    if (bad)
        err = err_say(ERR_MEMORY, reterr_why, "%.200s: %s", path, err_text(ERR_MEMORY));
    else if (json_dump_file(document, path, JSON_COMPACT | JSON_REAL_PRECISION(15)))
        err = err_say(ERR_IO, reterr_why, "%.200s: cannot be written", path);
    json_decref(document);
    return err;
}
