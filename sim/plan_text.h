#ifndef TERRELLA_SIM_PLAN_TEXT_H
#define TERRELLA_SIM_PLAN_TEXT_H

#include "sim/plan.h"

/* A plan as text: the language of tests/scenario/. One command a line, # begins a comment.
 *
 *   region CODE HINT [entry-only] [in JURISDICTION]...    declare a region
 *   rtt CODE CODE MS                 round trip between two (0.5 within one, unless given)
 *   coordinator CODE [CHECK_MS [MAX_MS]]    where it stands, and its check: fixed, or between two
 *   jitter_mean MS [SIGMA]           lognormal jitter on every way
 *   jitter_spikes PROBABILITY MS MS  a further delay now and then, between two
 *   limits WORD VALUE                deadline_ms, wait_ms, idle_ms, cache, runs, calls, service_ms,
 *                                    disk_ms
 *   push                             the coordinator tells everybody of each new home
 *   seed NUMBER                      of the delays and the ids
 *   object NAME [unique] [in JURISDICTION]    what a later NAME means; else a name-derived id
 *   calm                             no call may fail
 *   expect all well | expect a limit | expect broken I1
 *
 *   [at MS] STEP                     no earlier than then; else at once
 *
 *   start [NAME...]                  start processes ("coord" is the coordinator), or all
 *   crash NAME [keeping OPS]         kill it; so many unacknowledged operations survive
 *   crash NAME after write|commit|persisted|run|done|sent TYPE    when that happens next
 *   wipe NAME | backup NAME | restore NAME    the disk of a dead one; a copy of a disk
 *   newest NAME                      after a restore: it dies, and what the copy replaced is back
 *   twin NAME                        a second process on the same data
 *   stop NAME | suspend NAME | wake NAME    SIGSTOP; the same with its clock; and on it goes
 *   cut A B | cut A->B | hold A->B | heal A B | heal all
 *   delay A->B MS | jitter MS        more from now on
 *   repeat A->B | stale A->B         the next message twice; one of an earlier boot
 *   disk NAME well|slow MS|full|failing
 *   clock NAME PPM | jump NAME MS    a clock that is too fast (or slow); that jumps ahead
 *   unique NAME REGION               make a unique id and call it NAME
 *   call REGION NAME [hint H] [write|throw|abort|never|body BYTES|ask NAME...] [slow MS]
 *                                    a Worker calls the object
 *   locate REGION NAME               ask where the object lives, without making it
 *   run MS | settle                  let time pass; until nothing is pending
 *   stats REGION                     print counters
 */

/* Read a whole plan, up to a line "----" or the end, into `ret_plan` (uninitialised; finish it also
 * after an error). Errors: ERR_INVALID with the line in `reterr_why`, ERR_MEMORY. */
MUST_USE enum err plan_read(const char *text, struct plan *ret_plan, struct errmsg *reterr_why);

/* Write it in the same language. Times keep their microseconds. Errors: ERR_MEMORY. */
MUST_USE enum err plan_write(const struct plan *plan, struct buf *text);

/* One step as such a line, without a newline. */
void step_print(const struct plan *plan, const struct step *step, char *ret_text,
                size_t text_bytes);

#endif
