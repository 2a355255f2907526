#ifndef TERRELLA_COMMON_ALARM_H
#define TERRELLA_COMMON_ALARM_H

#include "common/err.h"

#include <stdint.h>
#include <uv.h>

/* A timer of microsecond resolution (a timerfd in the libuv loop), because uv_timer_t counts
 * whole milliseconds. One shot; armed again at will. */

struct alarm_clock;

typedef void alarm_function(void *owner);

/* Make an alarm that calls `on_alarm(owner)` from the loop. Errors: ERR_MEMORY, ERR_IO. */
MUST_USE enum err alarm_open(uv_loop_t *loop, alarm_function *on_alarm, void *owner,
                             struct alarm_clock **ret_alarm);

/* Fire at `deadline_us` on the clock of alarm_now_us; UINT64_MAX: never. Replaces what was set;
 * setting the same deadline again costs nothing. A deadline in the past fires in the loop's next
 * turn. Only an alarm that is set keeps the loop alive. */
void alarm_set(struct alarm_clock *alarm, uint64_t deadline_us);

/* Stop and free, once libuv is done with the handle. NULL is fine. */
void alarm_close(struct alarm_clock *alarm);

/* CLOCK_MONOTONIC in microseconds. */
uint64_t alarm_now_us(void);

#endif
