#ifndef TERRELLA_COMMON_DELAY_H
#define TERRELLA_COMMON_DELAY_H

#include "common/rng.h"

#include <stdint.h>

/* Random delays: the coordinator's check and the jitter of a link. Pure: chance comes from the
 * caller's generator. */

enum delay_kind { DELAY_NONE, DELAY_FIXED, DELAY_UNIFORM, DELAY_LOGNORMAL };

struct delay {
    enum delay_kind kind;
    double low_us, high_us; /* fixed: low_us; uniform: between the two */
    double mean_us, sigma;  /* lognormal: mean of the delay itself, sigma of its logarithm */
};

/* Draw one delay in microseconds. */
uint64_t delay_draw(const struct delay *delay, struct rng *rng);

struct jitter {
    struct delay delay;       /* added to every one-way delay */
    double spike_probability; /* of a further delay, uniform between the two below */
    double spike_low_us, spike_high_us;
};

uint64_t jitter_draw(const struct jitter *jitter, struct rng *rng);

#endif
