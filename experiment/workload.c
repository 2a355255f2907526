#include "experiment/workload.h"

#include "common/check.h"
#include "experiment/zipf.h"

#include <math.h>
#include <stdlib.h>

/* One Poisson stream at the highest rate that can occur; what comes where or when there should be
 * less is thrown away (thinning). So bursts and days need no streams of their own. */

struct workload {
    struct workload_config config;
    struct rng arrival_rng, object_rng, region_rng, size_rng;
    struct zipf zipf;
    double *weight_sums; /* region_count of them, the last one 1 */
    uint8_t *made;       /* one bit for each object */
    uint64_t now_us, request_count;
    double rate_max_per_us;
};

/* What an object is, by its number: a hash for each purpose (SplitMix64's finish). */
enum purpose { OF_KIND, OF_MARKET };

static uint64_t hash_of(const struct workload *workload, uint64_t object, enum purpose purpose,
                        uint64_t nth)
{
    uint64_t z = workload->config.seed * 0x9e3779b97f4a7c15u + object;
    z = (z ^ ((uint64_t)purpose << 56) ^ (nth << 40)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static double unit_of(uint64_t hash)
{
    return (double)(hash >> 11) * 0x1p-53;
}

static size_t region_at(const struct workload *workload, double unit)
{
    size_t low = 0, high = workload->config.region_count - 1;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (unit < workload->weight_sums[middle])
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static size_t nth_market(const struct workload *workload, uint64_t object, uint64_t nth)
{
    return region_at(workload, unit_of(hash_of(workload, object, OF_MARKET, nth)));
}

size_t workload_market(const struct workload *workload, uint64_t object, uint64_t at_us)
{
    const struct users *users = &workload->config.users;
    switch (users->kind) {
    case USERS_HOME:
    case USERS_SEVERAL: return nth_market(workload, object, 0);
    case USERS_TRAVEL: return nth_market(workload, object, at_us / users->travel_every_us);
    case USERS_WORLD: break;
    }
    return REGION_NONE;
}

void workload_expected_users(const struct workload *workload, uint64_t object, double *ret_shares)
{
    const struct workload_config *config = &workload->config;
    double anywhere = config->users.kind == USERS_WORLD     ? 1
                      : config->users.kind == USERS_SEVERAL ? 0
                                                            : 1 - config->users.home_share;
    for (size_t i = 0; i < config->region_count; i++)
        ret_shares[i] =
            anywhere * (workload->weight_sums[i] - (i ? workload->weight_sums[i - 1] : 0));
    uint64_t market_count = 0;
    switch (config->users.kind) {
    case USERS_HOME: market_count = 1; break;
    case USERS_SEVERAL: market_count = config->users.market_count; break;
    case USERS_TRAVEL:
        market_count = config->duration_us / config->users.travel_every_us + 1;
        break;
    case USERS_WORLD: break;
    }
    for (uint64_t i = 0; i < market_count; i++)
        ret_shares[nth_market(workload, object, i)] += (1 - anywhere) / (double)market_count;
}

/* ---- when ---- */

/* How busy a region is now, from 0 to 1: the curve of a day is a cosine with its top at 14 h. */
static double day_factor(const struct workload *workload, size_t region)
{
    const struct arrivals *arrivals = &workload->config.arrivals;
    double day = (double)(workload->now_us % arrivals->day_us) / (double)arrivals->day_us;
    double local = day + workload->config.region_lons[region] / 360 - 14.0 / 24;
    return arrivals->day_low + (1 - arrivals->day_low) * (1 + cos(2 * M_PI * local)) / 2;
}

static double keep_share(const struct workload *workload, size_t region)
{
    const struct arrivals *arrivals = &workload->config.arrivals;
    switch (arrivals->kind) {
    case ARRIVAL_POISSON: break;
    case ARRIVAL_BURST:
        return workload->now_us % arrivals->burst_every_us < arrivals->burst_us
                   ? 1
                   : 1 / arrivals->burst_factor;
    case ARRIVAL_DAILY: return day_factor(workload, region);
    }
    return 1;
}

/* ---- what ---- */

static uint64_t draw_rank(struct workload *workload, uint64_t count)
{
    const struct popularity *popularity = &workload->config.popularity;
    switch (popularity->kind) {
    case POPULARITY_UNIFORM: break;
    case POPULARITY_ZIPF:
        /* Born objects come and go, their number hardly changes: one table serves, cut at the end. */
        for (;;) {
            uint64_t rank = zipf_draw(&workload->zipf, &workload->object_rng);
            if (rank <= count)
                return rank - 1;
        }
    case POPULARITY_HOT: {
        uint64_t hot_count = popularity->hot_count < count ? popularity->hot_count : count;
        if (hot_count == count || rng_unit(&workload->object_rng) < popularity->hot_share)
            return rng_below(&workload->object_rng, hot_count);
        return hot_count + rng_below(&workload->object_rng, count - hot_count);
    }
    }
    return rng_below(&workload->object_rng, count);
}

/* Objects are born in the order of their numbers; those alive now are a range of them. */
static uint64_t draw_object(struct workload *workload)
{
    const struct workload_config *config = &workload->config;
    if (config->life_us == 0)
        return draw_rank(workload, config->object_count);
    double births_per_us = (double)config->object_count / (double)config->duration_us;
    uint64_t newest = (uint64_t)(births_per_us * (double)workload->now_us);
    if (newest >= config->object_count)
        newest = config->object_count - 1;
    uint64_t alive = (uint64_t)ceil(births_per_us * (double)config->life_us);
    if (alive > newest + 1)
        alive = newest + 1;
    /* The rank must not depend on the age: mix it with the number's place in its generation. */
    uint64_t rank = draw_rank(workload, alive);
    uint64_t object = newest - newest % alive + rank;
    return object <= newest ? object : object - alive;
}

static size_t draw_region(struct workload *workload, uint64_t object)
{
    const struct users *users = &workload->config.users;
    double unit = rng_unit(&workload->region_rng);
    switch (users->kind) {
    case USERS_HOME:
    case USERS_TRAVEL:
        if (unit < users->home_share)
            return workload_market(workload, object, workload->now_us);
        break;
    case USERS_SEVERAL:
        return nth_market(workload, object, rng_below(&workload->region_rng, users->market_count));
    case USERS_WORLD: break;
    }
    return region_at(workload, rng_unit(&workload->region_rng));
}

static bool take_first(struct workload *workload, uint64_t object)
{
    uint8_t bit = (uint8_t)(1u << (object % 8));
    bool first = !(workload->made[object / 8] & bit);
    workload->made[object / 8] |= bit;
    return first;
}

static void fill(struct workload *workload, uint64_t object, size_t region, struct request *request)
{
    const struct workload_config *config = &workload->config;
    size_t market = workload_market(workload, object, workload->now_us);
    *request = (struct request){
        .at_us = workload->now_us,
        .region = region,
        .object = object,
        .unique = unit_of(hash_of(workload, object, OF_KIND, 0)) < config->unique_share,
        .writes = rng_unit(&workload->size_rng) < config->write_share,
        .hint = config->market_hints && market != REGION_NONE ? config->market_hints[market]
                                                              : config->hint,
        .jurisdiction = config->jurisdiction,
        .request_bytes = config->request_bytes,
        .response_bytes = config->response_bytes,
        .service_us = delay_draw(&config->service, &workload->size_rng)};
    request->first = request->unique && take_first(workload, object);
}

bool workload_next(struct workload *workload, struct request *ret_request)
{
    const struct workload_config *config = &workload->config;
    if (config->request_count_max && workload->request_count == config->request_count_max)
        return false;
    for (;;) {
        /* 1 - unit is never 0, so the logarithm is finite. */
        double wait_us = -log(1 - rng_unit(&workload->arrival_rng)) / workload->rate_max_per_us;
        workload->now_us += (uint64_t)(wait_us + rng_unit(&workload->arrival_rng));
        if (workload->now_us >= config->duration_us)
            return false;
        uint64_t object = draw_object(workload);
        size_t region = draw_region(workload, object);
        if (rng_unit(&workload->arrival_rng) >= keep_share(workload, region))
            continue;
        workload->request_count++;
        fill(workload, object, region, ret_request);
        return true;
    }
}

/* ---- life ---- */

enum err workload_create(const struct workload_config *config, struct workload **ret_workload)
{
    CHECK(config->object_count > 0 && config->region_count > 0);
    struct workload *workload = calloc(1, sizeof *workload);
    if (!workload)
        return ERR_MEMORY;
    struct rng rng;
    rng_init(&rng, config->seed);
    *workload = (struct workload){.config = *config,
                                  .arrival_rng = rng_fork(&rng, 1),
                                  .object_rng = rng_fork(&rng, 2),
                                  .region_rng = rng_fork(&rng, 3),
                                  .size_rng = rng_fork(&rng, 4)};
    workload->weight_sums = calloc(config->region_count, sizeof *workload->weight_sums);
    workload->made = calloc(config->object_count / 8 + 1, 1);
    if (!workload->weight_sums || !workload->made) {
        workload_destroy(workload);
        return ERR_MEMORY;
    }
    double total = 0, sum = 0;
    for (size_t i = 0; i < config->region_count; i++)
        total += config->region_weights[i];
    for (size_t i = 0; i < config->region_count; i++)
        workload->weight_sums[i] = (sum += config->region_weights[i]) / total;
    const struct arrivals *arrivals = &config->arrivals;
    workload->rate_max_per_us = arrivals->rate_per_s / 1e6;
    if (arrivals->kind == ARRIVAL_BURST)
        workload->rate_max_per_us *= arrivals->burst_factor;
    if (config->popularity.kind == POPULARITY_ZIPF)
        zipf_init(&workload->zipf, config->object_count, config->popularity.exponent);
    *ret_workload = workload;
    return OK;
}

void workload_destroy(struct workload *workload)
{
    if (!workload)
        return;
    free(workload->weight_sums);
    free(workload->made);
    free(workload);
}
