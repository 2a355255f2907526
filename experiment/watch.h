#ifndef TERRELLA_EXPERIMENT_WATCH_H
#define TERRELLA_EXPERIMENT_WATCH_H

#include "experiment/input.h"
#include "experiment/measure.h"
#include "sim/world.h"

/* Looks on at a light world and makes a sample of each request, from what leaves and enters the
 * cores: when its home was known, when it ran there, when the reply left. Nothing of it is told by
 * the cores themselves, so they stay as they are in production.
 *
 * Objects go by number here. Ids carry it in the open, and no MAC: the cores take ids as opaque. */

struct watch;

/* All is borrowed. Errors: ERR_MEMORY. */
MUST_USE enum err watch_create(const struct input *input, const struct world_config *config,
                               struct measure *measure, struct watch **ret_watch);

/* NULL is fine. */
void watch_destroy(struct watch *watch);

/* The world to look at, whose time `start_us` is the experiment's beginning. */
void watch_begin(struct watch *watch, struct world *world, uint64_t start_us);

/* The next call in the world is this request's, which was meant to begin at request->at_us. */
void watch_expect(struct watch *watch, const struct request *request);

/* A request that no node would take. Errors: ERR_MEMORY. */
MUST_USE enum err watch_refused(struct watch *watch, const struct request *request);

/* For world_events. An error, ERR_MEMORY, shows in watch_error. */
void watch_see(struct watch *watch, const struct seen *seen);
enum err watch_error(const struct watch *watch);

/* The id of a request's object. A unique one is born where it is first asked for in a region that
 * has joined; false: it has not. */
bool watch_object(struct watch *watch, const struct request *request,
                  struct object_ref *ret_object);

/* The object of an id. */
uint64_t watch_number(const struct object_id *id);

/* A node has gone, with what it may not have written down, and who waits for it hears of it: their requests have failed.
 * Errors: ERR_MEMORY. */
enum err watch_lost(struct watch *watch, size_t region);

/* Those who were never answered have failed; and what is only known at the end is noted.
 * Errors: ERR_MEMORY. */
MUST_USE enum err watch_end(struct watch *watch);

#endif
