#ifndef TERRELLA_NODE_JS_LIMITS_H
#define TERRELLA_NODE_JS_LIMITS_H

#include "common/err.h"
#include "node/js/jsc.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Stops script that does not end. A thread of its own looks every few milliseconds whether the same
 * turn is still on; if so it adds up the processor time that the turn uses, for as long as script
 * takes a signal now and then, and knows the memory that is resident. Beyond a limit it interrupts the turn by a signal, whose handler arms the engine's
 * own execution limit, and that one ends the script where it stands. The engine's limit alone would
 * not do: it starts anew with each microtask, and costs a system call each.
 *
 * The thread sleeps while nothing runs. */

struct watch;

enum watch_stop { WATCH_NONE, WATCH_TIME, WATCH_MEMORY };

/* For the calling thread, which is the one that runs script, in contexts of `group`, the first of
 * which exists already. Errors: ERR_MEMORY, ERR_IO. */
MUST_USE enum err watch_open(JSContextGroupRef group, size_t memory_limit_bytes,
                             struct watch **ret_watch);

/* A turn begins that may use so much processor time. */
void watch_enter(struct watch *watch, uint64_t cpu_limit_us);

/* It has ended. Says whether and why it was stopped. */
enum watch_stop watch_leave(struct watch *watch);

/* Whether the turn that is on is to be stopped: code that is no script looks for itself. */
bool watch_is_stopping(const struct watch *watch);

/* Resident memory of the process. */
size_t watch_resident_bytes(const struct watch *watch);

/* Join the thread and free. NULL is fine. */
void watch_close(struct watch *watch);

#endif
