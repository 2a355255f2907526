#ifndef TERRELLA_NODE_JS_PUMP_H
#define TERRELLA_NODE_JS_PUMP_H

#include "common/err.h"

#include <stdint.h>
#include <uv.h>

/* What the engine wants from the loop: its GLib work done, its timers fired, and garbage collected
 * when nothing else is going on. The engine posts work to the GLib context that was the thread's
 * default when its first context was made, so that one is opened first. */

struct js;
struct pump;

/* Errors: ERR_MEMORY, ERR_IO. */
MUST_USE enum err pump_open(uv_loop_t *loop, struct js *js, struct pump **ret_pump);

/* Call timers_fire() in so many milliseconds; UINT64_MAX: never. Keeps the loop alive meanwhile. */
void pump_set_timer(struct pump *pump, uint64_t delay_ms);

/* A turn has ended: there may be garbage. */
void pump_turned(struct pump *pump);

/* Collect garbage once the engine has been idle for a moment. */
void pump_collect_soon(struct pump *pump);

/* Do GLib work that waits, now. */
void pump_dispatch(struct pump *pump);

/* Stop, and free once libuv is done with the handles. NULL is fine. */
void pump_close(struct pump *pump);

#endif
