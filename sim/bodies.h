#ifndef TERRELLA_SIM_BODIES_H
#define TERRELLA_SIM_BODIES_H

#include "sim/world_internal.h"

/* The bodies that simulated Workers and objects write and read in parts. A writer writes what it is
 * pulled for, a reader takes whatever comes; both a moment later, as code would. */

/* Write `rest` once it is pulled. `instance` is whose handler writes; 0: a call. */
enum err bodies_write(struct world *world, size_t region, struct body_end end, uint64_t instance,
                      struct bytes rest);

/* Gather a body of which `first` has come. `instance` is whose handler reads; 0: a call. */
enum err bodies_read(struct world *world, size_t region, struct body_end end, uint64_t instance,
                     struct bytes first);

/* What the core tells about them. A body that has come to its end is given to the objects. */
enum err bodies_on_part(struct world *world, size_t region, const struct body_part *part);
enum err bodies_on_pull(struct world *world, size_t region, const struct body_pull *pull);

/* The moment has come to write, or to say what was taken. */
enum err bodies_go_on(struct world *world, const struct happening *happening);

/* A call or run is over. */
void bodies_end(struct world *world, size_t region, struct body_end end);

/* An instance breaks, with what it was writing. */
enum err bodies_break(struct world *world, size_t region, uint64_t instance);

/* The process has died. */
void bodies_forget(struct process *process);

#endif
