#include "experiment/histogram.h"

#include <math.h>

static size_t bucket_of(uint64_t value_us)
{
    if (value_us < HISTOGRAM_STEPS)
        return (size_t)value_us;
    if (value_us >> HISTOGRAM_POWER_MAX)
        return HISTOGRAM_BUCKET_COUNT - 1;
    /* 128..255 are the second row of 128 buckets, 256..511 the third, and so on. */
    unsigned power = 63u - (unsigned)__builtin_clzll(value_us);
    return (size_t)(power - 6) * HISTOGRAM_STEPS +
           (size_t)((value_us >> (power - 7)) - HISTOGRAM_STEPS);
}

uint64_t histogram_upper_us(size_t index)
{
    size_t row = index / HISTOGRAM_STEPS, step = index % HISTOGRAM_STEPS;
    return row == 0 ? step : ((uint64_t)(HISTOGRAM_STEPS + step + 1) << (row - 1)) - 1;
}

void histogram_add(struct histogram *histogram, uint64_t value_us)
{
    histogram->counts[bucket_of(value_us)]++;
    histogram->total++;
    histogram->sum_us += value_us;
    if (value_us > histogram->max_us)
        histogram->max_us = value_us;
}

uint64_t histogram_quantile_us(const struct histogram *histogram, double quantile)
{
    uint64_t rank = (uint64_t)ceil(quantile * (double)histogram->total), seen = 0;
    for (size_t i = 0; i < HISTOGRAM_BUCKET_COUNT; i++) {
        seen += histogram->counts[i];
        if (seen > 0 && seen >= rank) {
            uint64_t upper_us = histogram_upper_us(i);
            return upper_us < histogram->max_us ? upper_us : histogram->max_us;
        }
    }
    return 0;
}

double histogram_mean_us(const struct histogram *histogram)
{
    return histogram->total ? (double)histogram->sum_us / (double)histogram->total : 0;
}
