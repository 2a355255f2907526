#ifndef TERRELLA_EXPERIMENT_HISTOGRAM_H
#define TERRELLA_EXPERIMENT_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

/* Counts of durations in buckets whose width grows with the duration, so that every quantile is
 * known to within 1/128 of itself, from 1 us to 71 minutes, in a fixed 25 KB.
 *
 * Exact up to 128 us; from there each power of two is cut into 128 equal buckets. What is longer
 * counts as the longest. The idea is that of Gil Tene's HdrHistogram. Zeroed memory is empty. */

enum {
    HISTOGRAM_STEPS = 128, /* buckets for each power of two */
    HISTOGRAM_POWER_MAX = 32,
    HISTOGRAM_BUCKET_COUNT = (HISTOGRAM_POWER_MAX - 6) * HISTOGRAM_STEPS,
};

struct histogram {
    uint64_t counts[HISTOGRAM_BUCKET_COUNT];
    uint64_t total, sum_us, max_us;
};

void histogram_add(struct histogram *histogram, uint64_t value_us);

/* The least upper bound of a bucket at or below which the share `quantile` (0 to 1) of all lies; 0
 * when there are none. Never more than the greatest value that was added. */
uint64_t histogram_quantile_us(const struct histogram *histogram, double quantile);

double histogram_mean_us(const struct histogram *histogram);

/* The greatest value that bucket `index` holds. */
uint64_t histogram_upper_us(size_t index);

#endif
