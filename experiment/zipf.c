#include "experiment/zipf.h"

#include <math.h>

/* The integral of x^-exponent, and its inverse; near exponent 1 both turn into log and exp. */
static double integral(double exponent, double x)
{
    double log_x = log(x), power = (1 - exponent) * log_x;
    return fabs(power) > 1e-8 ? expm1(power) / (1 - exponent) : log_x * (1 + power / 2);
}

static double inverse(double exponent, double y)
{
    double power = y * (1 - exponent);
    if (power < -1)
        power = -1; /* only by rounding */
    return fabs(power) > 1e-8 ? exp(log1p(power) / (1 - exponent)) : exp(y * (1 - power / 2));
}

void zipf_init(struct zipf *zipf, uint64_t count, double exponent)
{
    *zipf = (struct zipf){.exponent = exponent, .count = count};
    zipf->low = integral(exponent, 1.5) - 1;
    zipf->high = integral(exponent, (double)count + 0.5);
    zipf->squeeze = 2 - inverse(exponent, integral(exponent, 2.5) - pow(2, -exponent));
}

uint64_t zipf_draw(const struct zipf *zipf, struct rng *rng)
{
    for (;;) {
        double u = zipf->high + rng_unit(rng) * (zipf->low - zipf->high);
        double x = inverse(zipf->exponent, u);
        double rank = floor(x + 0.5);
        if (rank < 1)
            rank = 1;
        if (rank > (double)zipf->count)
            rank = (double)zipf->count;
        if (rank - x <= zipf->squeeze ||
            u >= integral(zipf->exponent, rank + 0.5) - pow(rank, -zipf->exponent))
            return (uint64_t)rank;
    }
}
