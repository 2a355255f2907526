#ifndef TERRELLA_EXPERIMENT_WORKLOAD_H
#define TERRELLA_EXPERIMENT_WORKLOAD_H

#include "common/delay.h"
#include "common/topology.h"

#include <stdbool.h>
#include <stdint.h>

/* What the users of an experiment do: an endless, seeded stream of requests in the order of time.
 * The simulator and the load generator take the very same stream. Pure; its memory does not grow
 * with the number of requests, and what belongs to an object (its kind, where its users are) follows
 * from its number by hashing, so there is no table of objects but one bit for each unique one.
 *
 * Time is the model's, in microseconds from the beginning. */

enum arrival_kind { ARRIVAL_POISSON, ARRIVAL_BURST, ARRIVAL_DAILY };

struct arrivals {
    enum arrival_kind kind;
    double rate_per_s; /* of all regions together; daily: if it were noon everywhere */
    double burst_factor;
    uint64_t burst_us, burst_every_us;
    uint64_t day_us;
    double day_low; /* of the busiest hour's rate, at the quietest */
};

enum popularity_kind { POPULARITY_UNIFORM, POPULARITY_ZIPF, POPULARITY_HOT };

struct popularity {
    enum popularity_kind kind;
    double exponent; /* zipf, above 0: the object of rank k is used as 1 / k^exponent */
    uint64_t hot_count;
    double hot_share; /* hot: of all requests, spread evenly over hot_count objects */
};

enum users_kind { USERS_HOME, USERS_SEVERAL, USERS_WORLD, USERS_TRAVEL };

struct users {
    enum users_kind kind;
    double
        home_share; /* home, travel: of an object's requests from its market, others from anywhere */
    uint64_t market_count;    /* several: an object has so many markets, used alike */
    uint64_t travel_every_us; /* travel: the market moves that often */
};

struct workload_config {
    uint64_t seed;
    uint64_t duration_us;
    uint64_t request_count_max; /* 0: as many as come */
    struct arrivals arrivals;
    uint64_t object_count; /* over the whole duration; not 0 */
    uint64_t life_us;      /* an object is used for so long after its birth; births are spread
                              evenly. 0: all are there from the beginning to the end */
    double unique_share;   /* of the objects */
    struct popularity popularity;
    struct users users;
    size_t region_count;          /* 1 to 300 */
    const double *region_weights; /* where users are; borrowed for the life of the workload */
    const double *region_lons;    /* degrees east, for the local time of day; borrowed */
    enum hint hint;               /* of every request */
    const enum hint
        *market_hints; /* not NULL: the hint of the object's market, by region; borrowed */
    enum jurisdiction jurisdiction;
    uint32_t request_bytes, response_bytes;
    struct delay service;
    double write_share;
};

struct request {
    uint64_t at_us;
    size_t region;
    uint64_t object; /* below object_count */
    bool unique;
    bool first; /* only of a unique one: this request makes it, in `region` */
    bool writes;
    enum hint hint;
    enum jurisdiction jurisdiction;
    uint32_t request_bytes, response_bytes;
    uint64_t service_us;
};

struct workload;

/* Errors: ERR_MEMORY. */
MUST_USE enum err workload_create(const struct workload_config *config,
                                  struct workload **ret_workload);

/* The next request; false when the stream has ended. */
bool workload_next(struct workload *workload, struct request *ret_request);

/* The market of an object at a time: where its users at home are (the first one, with several;
 * REGION_NONE for users all over the world). */
size_t workload_market(const struct workload *workload, uint64_t object, uint64_t at_us);

/* The share of an object's requests that come from each region, on average over its life, into
 * region_count places. */
void workload_expected_users(const struct workload *workload, uint64_t object, double *ret_shares);

/* NULL is fine. */
void workload_destroy(struct workload *workload);

#endif
