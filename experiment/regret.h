#ifndef TERRELLA_EXPERIMENT_REGRET_H
#define TERRELLA_EXPERIMENT_REGRET_H

#include "common/topology.h"
#include "experiment/histogram.h"

/* Placement regret: what the distance to its home cost an object's users on average, against the
 * best single home for the very requests that came. Only round trips count, so nothing but the
 * choice of the region is judged.
 *
 * Exact for each object that is looked at. Where a count for each object and region would take too
 * much memory, only one object in so many is looked at, chosen by a hash of its number. */

struct regret;

struct regret_result {
    uint64_t object_count; /* looked at, with requests */
    uint64_t one_in;
    double best_mean_us, actual_mean_us; /* over objects */
    struct histogram histogram;          /* of the differences */
};

/* `topology` is borrowed. A best home must host and obey `jurisdiction`. `memory_max` is in bytes.
 * Errors: ERR_MEMORY. */
MUST_USE enum err regret_create(const struct topology *topology, enum jurisdiction jurisdiction,
                                uint64_t object_count, size_t memory_max,
                                struct regret **ret_regret);

/* A request from `region` was answered by `home`, where the object lives. */
void regret_add(struct regret *regret, uint64_t object, size_t region, size_t home);

/* Which of those that are looked at the object is, below object_count / one_in + 1; SIZE_MAX: it is
 * not looked at. */
size_t regret_place(const struct regret *regret, uint64_t object);
uint64_t regret_place_count(const struct regret *regret);

void regret_sum(const struct regret *regret, struct regret_result *ret_result);

/* NULL is fine. */
void regret_destroy(struct regret *regret);

#endif
