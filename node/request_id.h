#ifndef TERRELLA_NODE_REQUEST_ID_H
#define TERRELLA_NODE_REQUEST_ID_H

#include "common/topology.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>

/* How a user's request is called in the logs of all regions that it reaches: by the region that took
 * it and its number there in that boot, "SYD-17". Kept as one number: the region's index plus one in
 * the upper 16 bits, then its number. 0 is no request. */

enum { REQUEST_REGION_SHIFT = 48, REQUEST_TEXT_BYTES = REGION_CODE_BYTES_MAX + 24 };

static inline uint64_t request_id_make(size_t region, uint64_t number)
{
    return (uint64_t)(region + 1) << REQUEST_REGION_SHIFT |
           (number & ((UINT64_C(1) << REQUEST_REGION_SHIFT) - 1));
}

/* `topology` may be NULL, and a region that it does not have shows as "?". */
static inline void request_print(const struct topology *topology, uint64_t request_id,
                                 char ret_text[REQUEST_TEXT_BYTES])
{
    size_t region = (size_t)(request_id >> REQUEST_REGION_SHIFT) - 1;
    snprintf(ret_text, REQUEST_TEXT_BYTES, "%s-%" PRIu64,
             topology && region < topology->region_count ? topology->regions[region].code : "?",
             request_id & ((UINT64_C(1) << REQUEST_REGION_SHIFT) - 1));
}

#endif
