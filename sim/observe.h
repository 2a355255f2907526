#ifndef TERRELLA_SIM_OBSERVE_H
#define TERRELLA_SIM_OBSERVE_H

#include "sim/world_internal.h"

/* Tells a world's onlooker what is seen (sim/seen.h); nothing when there is none. */

/* STARTED, CRASHED, WIPED, TROUBLED, WELL. */
void observe_life(struct world *world, enum seen_kind kind, size_t process);
void observe_restored(struct world *world, size_t process, bool older);
void observe_made(struct world *world, size_t region, const struct object_id *id);

/* A core has taken an event; nothing of the output has been done yet. */
void observe_coord(struct world *world, const struct coord_event *event,
                   const struct coord_output *output);
void observe_node(struct world *world, size_t region, const struct node_event *event,
                  const struct node_output *output);

/* A handler begins; an instance has gone. */
void observe_run(struct world *world, size_t region, const struct node_run *run, bool fresh,
                 uint64_t stored);
void observe_dropped(struct world *world, size_t region, const struct object_id *id,
                     uint64_t instance);

#endif
