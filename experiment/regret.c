#include "experiment/regret.h"

#include "common/check.h"

#include <math.h>
#include <stdlib.h>

struct regret {
    const struct topology *topology;
    enum jurisdiction jurisdiction;
    uint64_t object_count, one_in, place_count;
    uint32_t *counts; /* region_count for each place */
    uint16_t *homes;  /* region index plus one; 0: not known */
};

enum err regret_create(const struct topology *topology, enum jurisdiction jurisdiction,
                       uint64_t object_count, size_t memory_max, struct regret **ret_regret)
{
    struct regret *regret = calloc(1, sizeof *regret);
    if (!regret)
        return ERR_MEMORY;
    uint64_t bytes = object_count * (topology->region_count * sizeof(uint32_t) + sizeof(uint16_t));
    *regret = (struct regret){.topology = topology,
                              .jurisdiction = jurisdiction,
                              .object_count = object_count,
                              .one_in = bytes / memory_max + 1};
    regret->place_count = object_count / regret->one_in + 1;
    regret->counts =
        calloc((size_t)regret->place_count * topology->region_count, sizeof *regret->counts);
    regret->homes = calloc((size_t)regret->place_count, sizeof *regret->homes);
    if (!regret->counts || !regret->homes) {
        regret_destroy(regret);
        return ERR_MEMORY;
    }
    *ret_regret = regret;
    return OK;
}

/* Of each run of one_in numbers, one: which, by SplitMix64's finish. */
size_t regret_place(const struct regret *regret, uint64_t object)
{
    CHECK(object < regret->object_count);
    uint64_t place = object / regret->one_in;
    if (regret->one_in == 1)
        return (size_t)place;
    uint64_t z = (place ^ place >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (z ^ z >> 31) % regret->one_in == object % regret->one_in ? (size_t)place : SIZE_MAX;
}

uint64_t regret_place_count(const struct regret *regret)
{
    return regret->place_count;
}

void regret_add(struct regret *regret, uint64_t object, size_t region, size_t home)
{
    size_t place = regret_place(regret, object);
    if (place == SIZE_MAX)
        return;
    regret->counts[place * regret->topology->region_count + region]++;
    regret->homes[place] = (uint16_t)(home + 1);
}

static double mean_us(const struct topology *topology, const uint32_t *counts, size_t home)
{
    double sum = 0, total = 0;
    for (size_t i = 0; i < topology->region_count; i++) {
        if (!counts[i])
            continue;
        sum += (double)counts[i] * topology_rtt_us(topology, i, home);
        total += counts[i];
    }
    return sum / total;
}

static bool may_host(const struct regret *regret, size_t region)
{
    const struct region *host = &regret->topology->regions[region];
    return host->hosts && (regret->jurisdiction == JURISDICTION_NONE ||
                           host->jurisdictions & 1u << regret->jurisdiction);
}

static double best_us(const struct regret *regret, const uint32_t *counts, double actual_us)
{
    double best = actual_us;
    for (size_t i = 0; i < regret->topology->region_count; i++)
        if (may_host(regret, i))
            best = fmin(best, mean_us(regret->topology, counts, i));
    return best;
}

void regret_sum(const struct regret *regret, struct regret_result *ret_result)
{
    double best_sum = 0, actual_sum = 0;
    *ret_result = (struct regret_result){.one_in = regret->one_in};
    for (size_t place = 0; place < regret->place_count; place++) {
        const uint32_t *counts = regret->counts + place * regret->topology->region_count;
        if (!regret->homes[place])
            continue;
        double actual = mean_us(regret->topology, counts, regret->homes[place] - 1u);
        double best = best_us(regret, counts, actual);
        ret_result->object_count++;
        actual_sum += actual;
        best_sum += best;
        histogram_add(&ret_result->histogram, (uint64_t)llround(actual - best));
    }
    if (ret_result->object_count) {
        ret_result->best_mean_us = best_sum / (double)ret_result->object_count;
        ret_result->actual_mean_us = actual_sum / (double)ret_result->object_count;
    }
}

void regret_destroy(struct regret *regret)
{
    if (!regret)
        return;
    free(regret->counts);
    free(regret->homes);
    free(regret);
}
