#include "sim/plan_reader.h"

#include <stdlib.h>

/* What the cluster is: its regions, distances, limits, and what is expected of the run. */

static enum err read_jurisdictions(struct plan_reader *reader, size_t from, uint32_t *ret_bits)
{
    *ret_bits = 0;
    for (size_t i = from; i < reader->word_count; i++) {
        enum jurisdiction jurisdiction;
        if (!jurisdiction_parse(bytes_of(reader->words[i]), &jurisdiction))
            return plan_complain(reader, "no such jurisdiction", reader->words[i]);
        *ret_bits |= 1u << jurisdiction;
    }
    return OK;
}

static enum err on_region(struct plan_reader *reader)
{
    if (reader->region_count == PLAN_REGIONS_MAX)
        return plan_complain(reader, "too many regions", reader->words[1]);
    struct region *region = &reader->regions[reader->region_count];
    char **words = reader->words;
    *region = (struct region){.hosts = true};
    if (strlen(words[1]) > REGION_CODE_BYTES_MAX || word_is(words[1], "coord"))
        return plan_complain(reader, "not a region's code", words[1]);
    strcpy(region->code, words[1]);
    if (!word_is(words[2], "none") && !hint_parse(bytes_of(words[2]), &region->hint))
        return plan_complain(reader, "no such hint", words[2]);
    size_t next = 3;
    if (next < reader->word_count && word_is(words[next], "entry-only"))
        region->hosts = false, next++;
    if (next < reader->word_count && !word_is(words[next], "in"))
        return plan_complain(reader, "unknown word", words[next]);
    reader->rtt_us[reader->region_count * PLAN_REGIONS_MAX + reader->region_count] = 500;
    reader->region_count++;
    return read_jurisdictions(reader, next + 1, &region->jurisdictions);
}

static enum err on_rtt(struct plan_reader *reader)
{
    uint16_t a, b;
    uint64_t us = 0;
    enum err err = plan_read_region(reader, reader->words[1], &a);
    if (!err)
        err = plan_read_region(reader, reader->words[2], &b);
    if (!err)
        err = plan_read_ms(reader, reader->words[3], &us);
    if (!err)
        reader->rtt_us[a * PLAN_REGIONS_MAX + b] = reader->rtt_us[b * PLAN_REGIONS_MAX + a] =
            (uint32_t)us;
    return err;
}

static enum err on_coordinator(struct plan_reader *reader)
{
    uint16_t region = 0;
    uint64_t low_us = 0, high_us = 0;
    struct delay *check = &reader->plan->config.check;
    enum err err = plan_read_region(reader, reader->words[1], &region);
    reader->coordinator_region = region;
    if (!err && reader->word_count > 2)
        err = plan_read_ms(reader, reader->words[2], &low_us);
    if (!err && reader->word_count > 3)
        err = plan_read_ms(reader, reader->words[3], &high_us);
    if (reader->word_count > 3)
        *check = (struct delay){
            .kind = DELAY_UNIFORM, .low_us = (double)low_us, .high_us = (double)high_us};
    else if (reader->word_count > 2)
        *check = (struct delay){.kind = DELAY_FIXED, .low_us = (double)low_us};
    return err;
}

static enum err read_fraction(struct plan_reader *reader, const char *word, double *ret_number)
{
    char *end;
    *ret_number = strtod(word, &end);
    return end == word || *end || !(*ret_number >= 0 && *ret_number <= 10)
               ? plan_complain(reader, "not a number from 0 to 10", word)
               : OK;
}

static enum err on_jitter_mean(struct plan_reader *reader)
{
    uint64_t us = 0;
    double sigma = 1;
    enum err err = plan_read_ms(reader, reader->words[1], &us);
    if (!err && reader->word_count > 2)
        err = read_fraction(reader, reader->words[2], &sigma);
    reader->plan->topology.jitter.delay =
        (struct delay){.kind = DELAY_LOGNORMAL, .mean_us = (double)us, .sigma = sigma};
    return err;
}

static enum err on_jitter_spikes(struct plan_reader *reader)
{
    struct jitter *jitter = &reader->plan->topology.jitter;
    uint64_t low_us = 0, high_us = 0;
    enum err err = read_fraction(reader, reader->words[1], &jitter->spike_probability);
    if (!err)
        err = plan_read_ms(reader, reader->words[2], &low_us);
    if (!err)
        err = plan_read_ms(reader, reader->words[3], &high_us);
    jitter->spike_low_us = (double)low_us;
    jitter->spike_high_us = (double)high_us;
    return err;
}

static enum err on_push(struct plan_reader *reader)
{
    reader->plan->config.push = true;
    return OK;
}

static enum err on_limits(struct plan_reader *reader)
{
    const char *word = reader->words[1], *value = reader->words[2];
    uint64_t *us = plan_limit_us(reader->plan, word);
    size_t *count = plan_limit_count(reader->plan, word);
    uint64_t number = 0;
    if (us)
        return plan_read_ms(reader, value, us);
    if (!count)
        return plan_complain(reader, "unknown limit", word);
    enum err err = plan_read_number(reader, value, &number);
    *count = (size_t)number;
    return err;
}

static enum err on_seed(struct plan_reader *reader)
{
    return plan_read_number(reader, reader->words[1], &reader->plan->config.seed);
}

static enum err on_object(struct plan_reader *reader)
{
    uint16_t number;
    enum err err = plan_read_object(reader, reader->words[1], &number);
    if (err)
        return err;
    struct plan_object *object = &reader->plan->objects[number];
    for (size_t i = 2; i < reader->word_count; i++)
        if (word_is(reader->words[i], "unique"))
            object->unique = true;
        else if (!word_is(reader->words[i], "in") || ++i == reader->word_count ||
                 !jurisdiction_parse(bytes_of(reader->words[i]), &object->jurisdiction))
            return plan_complain(reader, "[unique] [in JURISDICTION]", reader->words[1]);
    return OK;
}

static enum err on_calm(struct plan_reader *reader)
{
    reader->plan->calm = true;
    return OK;
}

static enum err on_expect(struct plan_reader *reader)
{
    const char *what = reader->words[2];
    if (word_is(reader->words[1], "all") && word_is(what, "well")) {
        reader->plan->expectation = EXPECT_WELL;
        return OK;
    }
    if (word_is(reader->words[1], "a") && word_is(what, "limit")) {
        reader->plan->expectation = EXPECT_LIMIT;
        return OK;
    }
    if (!word_is(reader->words[1], "broken") || strlen(what) >= sizeof reader->plan->invariant)
        return plan_complain(reader, "all well, a limit, or broken and an invariant", what);
    reader->plan->expectation = EXPECT_BROKEN;
    strcpy(reader->plan->invariant, what);
    return OK;
}

const struct plan_command plan_cluster_commands[] = {
    {"region", 3, on_region, 0},
    {"rtt", 4, on_rtt, 0},
    {"coordinator", 2, on_coordinator, 0},
    {"jitter_mean", 2, on_jitter_mean, 0},
    {"jitter_spikes", 4, on_jitter_spikes, 0},
    {"limits", 3, on_limits, 0},
    {"push", 1, on_push, 0},
    {"seed", 2, on_seed, 0},
    {"object", 2, on_object, 0},
    {"calm", 1, on_calm, 0},
    {"expect", 3, on_expect, 0},
    {0},
};
