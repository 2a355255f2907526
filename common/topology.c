#include "common/topology.h"

#include "common/check.h"

#include <stdlib.h>

static const char *const hint_names[HINT_COUNT] = {
    [HINT_NONE] = "",     [HINT_WNAM] = "wnam",       [HINT_ENAM] = "enam",
    [HINT_SAM] = "sam",   [HINT_WEUR] = "weur",       [HINT_EEUR] = "eeur",
    [HINT_APAC] = "apac", [HINT_APAC_NE] = "apac-ne", [HINT_APAC_SE] = "apac-se",
    [HINT_OC] = "oc",     [HINT_AFR] = "afr",         [HINT_ME] = "me",
};

const char *hint_name(enum hint hint)
{
    CHECK(hint < HINT_COUNT);
    return hint_names[hint];
}

bool hint_parse(struct bytes name, enum hint *ret_hint)
{
    for (int i = HINT_NONE + 1; i < HINT_COUNT; i++)
        if (bytes_equal(name, bytes_of(hint_names[i]))) {
            *ret_hint = (enum hint)i;
            return true;
        }
    return false;
}

enum err topology_init(struct topology *topology, size_t region_count)
{
    CHECK(region_count > 0 && region_count <= REGION_COUNT_MAX);
    *topology = (struct topology){
        .regions = calloc(region_count, sizeof *topology->regions),
        .region_count = region_count,
        .rtt_us = calloc(region_count * region_count, sizeof *topology->rtt_us),
    };
    if (!topology->regions || !topology->rtt_us) {
        topology_finish(topology);
        return ERR_MEMORY;
    }
    return OK;
}

void topology_finish(struct topology *topology)
{
    free(topology->regions);
    free(topology->rtt_us);
    *topology = (struct topology){0};
}

size_t topology_find(const struct topology *topology, struct bytes code)
{
    for (size_t i = 0; i < topology->region_count; i++)
        if (bytes_equal(bytes_of(topology->regions[i].code), code))
            return i;
    return REGION_NONE;
}

uint32_t topology_rtt_us(const struct topology *topology, size_t from, size_t to)
{
    CHECK(from < topology->region_count && to < topology->region_count);
    return topology->rtt_us[from * topology->region_count + to];
}
