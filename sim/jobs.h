#ifndef TERRELLA_SIM_JOBS_H
#define TERRELLA_SIM_JOBS_H

#include <stdint.h>

/* Spreads seeds over processes of their own, so that all cores are busy, and a seed that crashes is
 * a seed that failed. */

/* Plays one seed in a process of its own; what it prints goes out as whole lines. 0: all is well. */
typedef int jobs_function(void *owner, uint64_t seed);

enum { JOBS_CRASHED = -1, JOBS_NO_PROCESS = -2 };

/* Run `count` seeds from `first` on, `job_count` at a time. At the first that fails, all others are
 * ended. Returns 0, or what the failed one returned, or JOBS_CRASHED; `ret_seed` is its seed. */
int jobs_run(uint64_t first, uint64_t count, unsigned job_count, jobs_function *run, void *owner,
             uint64_t *ret_seed);

#endif
