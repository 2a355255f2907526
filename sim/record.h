#ifndef TERRELLA_SIM_RECORD_H
#define TERRELLA_SIM_RECORD_H

#include "common/topology.h"
#include "sim/plan.h"
#include "sim/seen.h"
#include "sim/told.h"

#include <stdio.h>

/* Writes what happens in a world as JSON lines (docs/EXPLAIN.md), one for each thing, as it happens:
 * nothing is kept but the file. What was recorded can be drawn: sim/explain.h. Everything written is
 * ASCII without "<", so a record can stand in a page as it is. */

struct record {
    FILE *file;     /* borrowed */
    uint64_t count; /* lines after the first */
};

/* Write the first line: the processes, and what is said above the picture, such as "seed 7". */
void record_begin(struct record *record, FILE *file, const struct topology *topology,
                  const char *title);

/* People call this object by that name. */
void record_name(struct record *record, const struct object_id *id, const char *name);

/* Hand in what is seen, told and done, in its order. */
void record_see(struct record *record, const struct seen *seen);
void record_tell(struct record *record, const struct told *told);
void record_step(struct record *record, uint64_t now_us, const struct plan *plan,
                 const struct step *step);

/* A promise is broken: what the checker says. `id` and `process` are those of its object and where it came
 * to light; NULL and SIZE_MAX: not known. */
void record_broken(struct record *record, uint64_t now_us, const char *text,
                   const struct object_id *id, size_t process);

#endif
