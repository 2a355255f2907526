#include "proto/link_lead.h"

void link_lead_add(struct link_lead *lead, uint64_t round_trip_us)
{
    uint64_t most_us = LEAD_ROUND_TRIP_US_MAX;
    lead->round_trips_us[lead->count++ % LEAD_SAMPLE_COUNT] =
        (uint32_t)(round_trip_us < most_us ? round_trip_us : most_us);
}

uint64_t link_lead_us(const struct link_lead *lead)
{
    size_t count = lead->count < LEAD_SAMPLE_COUNT ? lead->count : LEAD_SAMPLE_COUNT;
    uint64_t quickest_us = count ? LEAD_ROUND_TRIP_US_MAX : 0;
    for (size_t i = 0; i < count; i++) {
        if (lead->round_trips_us[i] < quickest_us)
            quickest_us = lead->round_trips_us[i];
    }
    return quickest_us / 2;
}

void link_late_add(struct link_lateness *lateness, uint64_t late_us)
{
    if (late_us <= LEAD_LATE_US_MAX)
        lateness->eighths_us += late_us - lateness->eighths_us / 8;
}

uint64_t link_late_us(const struct link_lateness *lateness)
{
    return lateness->eighths_us / 8;
}
