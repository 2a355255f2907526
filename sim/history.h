#ifndef TERRELLA_SIM_HISTORY_H
#define TERRELLA_SIM_HISTORY_H

#include "common/topology.h"
#include "sim/seen.h"

#include <stdio.h>

/* Writes what the Workers of a world did and saw as a history of operations (docs/HISTORIES.md), which
 * scripts/check-history judges apart from the simulator. Each call that writes is an "add" to a
 * counter, done by a process of its own; other calls are left out. Only calls under way are kept. */

struct history_call;

struct history {
    FILE *file; /* borrowed; its owner looks at ferror() */
    const struct topology *topology;
    uint64_t line_count;
    struct history_call *calls; /* under way, by token */
    uint32_t boots[REGION_COUNT_MAX + 1];
};

/* Write the first line. `topology` is borrowed until history_finish. */
void history_begin(struct history *history, FILE *file, const struct topology *topology,
                   uint64_t fetch_deadline_us);

/* Hand in what is seen, in its order. Stops the process when there is no memory. */
void history_see(struct history *history, const struct seen *seen);

/* Free what is kept. Calls under way stay without an end. */
void history_finish(struct history *history);

#endif
