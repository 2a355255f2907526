#ifndef TERRELLA_PROTO_LINK_LEAD_H
#define TERRELLA_PROTO_LINK_LEAD_H

#include <stddef.h>
#include <stdint.h>

/* The timer is late as well, by how long a sleeping process takes to wake: an average that moves
 * by an eighth with each release. What is late by more than the bound was held up, and does not
 * count. Zeroed memory is a clock not seen to be late. */

enum { LEAD_LATE_US_MAX = 250 };

struct link_lateness {
    uint64_t eighths_us; /* eight times the average */
};

void link_late_add(struct link_lateness *lateness, uint64_t late_us);

uint64_t link_late_us(const struct link_lateness *lateness);

/* How much sooner a delayed message leaves, because the real way to the peer takes time as well:
 * system calls and the waking of threads, some 0.1 to 0.2 ms on one machine. Pure.
 *
 * Measured by probes and their echoes, which are not delayed. The quickest of the latest counts, so
 * that a process that was busy once does not make messages arrive before their time. */

enum { LEAD_SAMPLE_COUNT = 8, LEAD_US_MAX = 500, LEAD_ROUND_TRIP_US_MAX = 2 * LEAD_US_MAX };

struct link_lead {
    uint32_t round_trips_us[LEAD_SAMPLE_COUNT];
    size_t count; /* ever added */
};

void link_lead_add(struct link_lead *lead, uint64_t round_trip_us);

/* At most LEAD_US_MAX; 0 while nothing is known. */
uint64_t link_lead_us(const struct link_lead *lead);

#endif
