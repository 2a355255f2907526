#ifndef TERRELLA_COMMON_RNG_H
#define TERRELLA_COMMON_RNG_H

#include <stdint.h>

/* A small seeded generator for delays and experiments, never for secrets: the same seed gives
 * the same numbers on every machine. Fork one for each purpose, so that a new use of chance in
 * one place does not shift the numbers of another.
 * Source: xoshiro256** of D. Blackman and S. Vigna, seeded by SplitMix64. */

struct rng {
    uint64_t state[4];
};

void rng_init(struct rng *rng, uint64_t seed);

/* A generator of its own, determined by `rng`'s state and `purpose`; `rng` moves on by one. */
struct rng rng_fork(struct rng *rng, uint64_t purpose);

uint64_t rng_next(struct rng *rng);

/* Uniform in [0, bound); `bound` is not 0. */
uint64_t rng_below(struct rng *rng, uint64_t bound);

/* Uniform in [0, 1). */
double rng_unit(struct rng *rng);

/* Normally distributed with mean 0 and standard deviation 1. */
double rng_normal(struct rng *rng);

#endif
