#ifndef TERRELLA_COMMON_TOPOLOGY_H
#define TERRELLA_COMMON_TOPOLOGY_H

#include "common/delay.h"
#include "common/id.h"
#include "common/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The modelled Earth: regions, the round trips between them, and place(), the one pure function
 * that decides where an object is created. Distances are given; where they come from (a model or
 * a measured matrix) is not known here. */

enum hint {
    HINT_NONE = 0,
    HINT_WNAM = 1,
    HINT_ENAM = 2,
    HINT_SAM = 3,
    HINT_WEUR = 4,
    HINT_EEUR = 5,
    HINT_APAC = 6,
    HINT_APAC_NE = 7,
    HINT_APAC_SE = 8,
    HINT_OC = 9,
    HINT_AFR = 10,
    HINT_ME = 11,
    HINT_COUNT = 12,
};

/* "wnam", ..., "apac-ne", ...; "" for none. */
const char *hint_name(enum hint hint);

/* Find a hint by name; false for anything else, also for "". */
bool hint_parse(struct bytes name, enum hint *ret_hint);

struct region {
    char code[REGION_CODE_BYTES_MAX + 1];
    enum hint hint;         /* the group it belongs to; apac-ne and apac-se are in apac as well */
    bool hosts;             /* false: entry-only */
    uint32_t jurisdictions; /* bit 1u << jurisdiction for each one whose rules it meets */
};

struct topology {
    struct region *regions; /* region_count of them */
    size_t region_count;
    size_t coordinator_region; /* index of the region in which the coordinator stands */
    uint32_t *rtt_us; /* region_count x region_count, row by row; the diagonal is within a region */
    struct jitter jitter; /* added to each one-way delay */
};

#define REGION_NONE SIZE_MAX

/* Allocate for `region_count` regions, all zero. Errors: ERR_MEMORY. */
MUST_USE enum err topology_init(struct topology *topology, size_t region_count);

/* Free what the topology owns; zeroed memory is fine. */
void topology_finish(struct topology *topology);

/* Index of the region with this code; REGION_NONE when there is none. */
size_t topology_find(const struct topology *topology, struct bytes code);

uint32_t topology_rtt_us(const struct topology *topology, size_t from, size_t to);

/* What place() is asked. */
struct place_request {
    size_t region; /* where the first use comes from: an index of the topology */
    enum hint hint;
    enum jurisdiction jurisdiction;
    struct object_id id; /* only for policies that spread objects by id */
};

/* A policy: the home for a first use. `usable`, when not NULL, says region by region whether it
 * can be a home at all (it has a node that has ever joined the cluster).
 * Returns a region's index, or REGION_NONE when no usable host obeys the jurisdiction. Pure. */
typedef size_t place_function(const struct topology *topology, const struct place_request *request,
                              const bool *usable, const void *context);

struct place_policy {
    const char *name;
    place_function *place;
    const void *context; /* what `place` knows beside; NULL for those of the table below */
};

size_t place_choose(const struct place_policy *policy, const struct topology *topology,
                    const struct place_request *request, const bool *usable);

/* All policies, ended by one without a name. The first, "nearest", is the default:
 * the host with the smallest round trip from the request region among those that the
 * jurisdiction allows and, if any, that belong to the hinted group. A hinted group without hosts
 * is stood in for by the group that the real network uses (sam: enam, afr: weur, me: eeur,
 * apac-ne and apac-se: apac), then the hint is dropped. Ties go to the request region itself, then to the region listed first. */
extern const struct place_policy place_policies[];

/* Two more, for policies with a context, to see what a choice is worth: */

/* Always the same region, where the candidates allow it, or the nearest to it. */
struct place_pin {
    size_t region;
};
place_function place_pinned; /* context: struct place_pin */

/* The candidate with the smallest mean round trip to the users that the object will have. No real
 * arbiter knows them. */
struct place_demand {
    /* The share of the object's requests that comes from each region. */
    void (*tell)(const void *owner, const struct object_id *id, double *ret_shares);
    const void *owner;
};
place_function place_centre; /* context: struct place_demand */

/* Find a policy by name; NULL when there is none. */
const struct place_policy *place_policy_find(const char *name);

#endif
