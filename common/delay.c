#include "common/delay.h"

#include <math.h>

/* The longest delay there is: a day. A lognormal draw has no bound of its own. */
static const double DELAY_US_MAX = 86400e6;

static uint64_t whole_us(double us)
{
    if (!(us > 0)) /* not a number counts as none */
        return 0;
    return (uint64_t)(fmin(us, DELAY_US_MAX) + 0.5);
}

static double uniform(double low, double high, struct rng *rng)
{
    return low + (high - low) * rng_unit(rng);
}

/* exp(mu + sigma * normal) has the mean exp(mu + sigma^2 / 2). */
static double lognormal(double mean, double sigma, struct rng *rng)
{
    return mean * exp(sigma * rng_normal(rng) - sigma * sigma / 2);
}

static double draw_us(const struct delay *delay, struct rng *rng)
{
    switch (delay->kind) {
    case DELAY_NONE: return 0;
    case DELAY_FIXED: return delay->low_us;
    case DELAY_UNIFORM: return uniform(delay->low_us, delay->high_us, rng);
    case DELAY_LOGNORMAL: return lognormal(delay->mean_us, delay->sigma, rng);
    }
    return 0;
}

uint64_t delay_draw(const struct delay *delay, struct rng *rng)
{
    return whole_us(draw_us(delay, rng));
}

uint64_t jitter_draw(const struct jitter *jitter, struct rng *rng)
{
    double us = draw_us(&jitter->delay, rng);
    if (jitter->spike_probability > 0 && rng_unit(rng) < jitter->spike_probability)
        us += uniform(jitter->spike_low_us, jitter->spike_high_us, rng);
    return whole_us(us);
}
