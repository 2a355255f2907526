#include "common/check.h"
#include "common/topology.h"

#include <sodium.h>
#include <string.h>

/* The table of policies behind topology.h. A policy chooses among candidates; which regions are
 * candidates (jurisdiction, then hint) is the same for all of them. */

static bool in_group(enum hint region_hint, enum hint group)
{
    if (group == HINT_NONE || region_hint == group)
        return true;
    return group == HINT_APAC && (region_hint == HINT_APAC_NE || region_hint == HINT_APAC_SE);
}

static bool is_candidate(const struct topology *topology, const struct place_request *request,
                         const bool *usable, enum hint group, size_t index)
{
    const struct region *region = &topology->regions[index];
    bool allowed = request->jurisdiction == JURISDICTION_NONE ||
                   (region->jurisdictions & 1u << request->jurisdiction);
    return region->hosts && allowed && in_group(region->hint, group) && (!usable || usable[index]);
}

static size_t candidate_count(const struct topology *topology, const struct place_request *request,
                              const bool *usable, enum hint group)
{
    size_t count = 0;
    for (size_t i = 0; i < topology->region_count; i++)
        count += is_candidate(topology, request, usable, group, i);
    return count;
}

/* The group that the real network uses instead of one that hosts nothing. */
static enum hint stand_in(enum hint hint)
{
    switch (hint) {
    case HINT_SAM: return HINT_ENAM;
    case HINT_AFR: return HINT_WEUR;
    case HINT_ME: return HINT_EEUR;
    case HINT_APAC_NE:
    case HINT_APAC_SE: return HINT_APAC;
    case HINT_NONE:
    case HINT_WNAM:
    case HINT_ENAM:
    case HINT_WEUR:
    case HINT_EEUR:
    case HINT_APAC:
    case HINT_OC:
    case HINT_COUNT: break;
    }
    return HINT_NONE;
}

/* The group to choose from: the hinted one, its stand-in, or (HINT_NONE) all regions. */
static enum hint group_of(const struct topology *topology, const struct place_request *request,
                          const bool *usable)
{
    CHECK(request->region < topology->region_count);
    CHECK(request->hint < HINT_COUNT && request->jurisdiction < JURISDICTION_COUNT);
    enum hint group = request->hint;
    while (group != HINT_NONE && candidate_count(topology, request, usable, group) == 0)
        group = stand_in(group);
    return group;
}

static size_t nearest_to(const struct topology *topology, const struct place_request *request,
                         const bool *usable, size_t from)
{
    enum hint group = group_of(topology, request, usable);
    /* Where distances are scaled to nothing, the region itself is still the nearest. */
    size_t best = is_candidate(topology, request, usable, group, from) ? from : REGION_NONE;
    for (size_t i = 0; i < topology->region_count; i++)
        if (is_candidate(topology, request, usable, group, i) &&
            (best == REGION_NONE ||
             topology_rtt_us(topology, from, i) < topology_rtt_us(topology, from, best)))
            best = i;
    return best;
}

static size_t place_nearest(const struct topology *topology, const struct place_request *request,
                            const bool *usable, const void *context)
{
    (void)context;
    return nearest_to(topology, request, usable, request->region);
}

static size_t place_coordinator(const struct topology *topology,
                                const struct place_request *request, const bool *usable,
                                const void *context)
{
    (void)context;
    return nearest_to(topology, request, usable, topology->coordinator_region);
}

/* Byte by byte, so that machines of either byte order place an id alike. */
static uint64_t id_hash(const struct object_id *id)
{
    static const uint8_t key[crypto_shorthash_KEYBYTES] = {0};
    uint8_t digest[crypto_shorthash_BYTES];
    uint64_t hash = 0;
    crypto_shorthash(digest, id->bytes, OBJECT_ID_BYTES, key);
    for (size_t i = 0; i < sizeof digest; i++)
        hash = hash << 8 | digest[i];
    return hash;
}

static size_t place_random(const struct topology *topology, const struct place_request *request,
                           const bool *usable, const void *context)
{
    (void)context;
    enum hint group = group_of(topology, request, usable);
    size_t count = candidate_count(topology, request, usable, group);
    if (count == 0)
        return REGION_NONE;
    size_t chosen = id_hash(&request->id) % count, index = 0;
    for (;; index++)
        if (is_candidate(topology, request, usable, group, index) && chosen-- == 0)
            return index;
}

size_t place_pinned(const struct topology *topology, const struct place_request *request,
                    const bool *usable, const void *context)
{
    const struct place_pin *pin = context;
    return nearest_to(topology, request, usable, pin->region);
}

static double mean_rtt(const struct topology *topology, const double *shares, size_t home)
{
    double sum = 0;
    for (size_t i = 0; i < topology->region_count; i++)
        sum += shares[i] * topology_rtt_us(topology, i, home);
    return sum;
}

size_t place_centre(const struct topology *topology, const struct place_request *request,
                    const bool *usable, const void *context)
{
    const struct place_demand *demand = context;
    double shares[REGION_COUNT_MAX], best_us = 0;
    demand->tell(demand->owner, &request->id, shares);
    enum hint group = group_of(topology, request, usable);
    size_t best = REGION_NONE;
    for (size_t i = 0; i < topology->region_count; i++) {
        if (!is_candidate(topology, request, usable, group, i))
            continue;
        double us = mean_rtt(topology, shares, i);
        if (best == REGION_NONE || us < best_us) {
            best = i;
            best_us = us;
        }
    }
    return best;
}

size_t place_choose(const struct place_policy *policy, const struct topology *topology,
                    const struct place_request *request, const bool *usable)
{
    return policy->place(topology, request, usable, policy->context);
}

const struct place_policy place_policies[] = {
    {"nearest", place_nearest, NULL},         /* to the first use */
    {"coordinator", place_coordinator, NULL}, /* nearest to the coordinator */
    {"random", place_random, NULL},           /* spread evenly by the id */
    {0},
};

const struct place_policy *place_policy_find(const char *name)
{
    for (const struct place_policy *policy = place_policies; policy->name; policy++)
        if (strcmp(policy->name, name) == 0)
            return policy;
    return NULL;
}
