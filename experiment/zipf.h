#ifndef TERRELLA_EXPERIMENT_ZIPF_H
#define TERRELLA_EXPERIMENT_ZIPF_H

#include "common/rng.h"

/* Ranks from 1 to `count` drawn with probability proportional to 1 / rank^exponent, in constant
 * time and memory. Source: W. Hoermann, G. Derflinger, "Rejection-inversion to generate variates
 * from monotone discrete distributions", ACM TOMACS 6(3), 1996. */

struct zipf {
    double exponent; /* above 0 */
    uint64_t count;
    double low, high, squeeze; /* the integral's ends; below `squeeze` no second look is needed */
};

void zipf_init(struct zipf *zipf, uint64_t count, double exponent);
uint64_t zipf_draw(const struct zipf *zipf, struct rng *rng);

#endif
