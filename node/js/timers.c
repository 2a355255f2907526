#include "node/js/engine.h"

#include "node/js/value.h"

#include <stdlib.h>

/* The heap's deadlines are the loop's milliseconds here. */

static void arm(struct js *js)
{
    uint64_t deadline_ms = heap_deadline_us(&js->timer_heap);
    uint64_t now_ms = uv_now(js->loop);
    if (deadline_ms == UINT64_MAX)
        pump_set_timer(js->pump, UINT64_MAX);
    else
        pump_set_timer(js->pump, deadline_ms > now_ms ? deadline_ms - now_ms : 0);
}

/* The run of a Worker that a timer belongs to; NULL: it is an object's, or the run has ended. */
static struct run *run_of(struct js *js, const struct timer *timer)
{
    return timer->owner.instance ? NULL : run_find(js, timer->owner.run);
}

static void timer_remove(struct js *js, struct timer *timer)
{
    struct run *run = run_of(js, timer);
    if (run)
        run->timer_count--;
    JSValueUnprotect(timer->script->context, timer->callback);
    heap_remove(&js->timer_heap, &timer->item);
    HASH_DEL(js->timers, timer);
    free(timer);
}

/* timerSet(delay_ms, callback, nobodys): call it once; the number is for timerClear. `nobodys`: it outlives the turn's
 * owner. */
NATIVE(native_timerSet)
{
    (void)function, (void)self;
    struct js *js = engine_here;
    bool nobodys = count > 2 && JSValueToBoolean(context, values[2]);
    struct timer *timer = calloc(1, sizeof *timer);
    uv_update_time(js->loop); /* script may have run for long */
    uint64_t deadline_ms = uv_now(js->loop) + value_number(context, values[0]);
    if (!timer || heap_add(&js->timer_heap, &timer->item, deadline_ms)) {
        free(timer);
        return value_throw(context, "RangeError", "Too many timers.", exception);
    }
    timer->timer = ++js->next_timer;
    timer->owner = nobodys ? (struct owner){0} : js->turn_owner;
    timer->script = script_of(context);
    timer->callback = JSValueToObject(context, values[1], NULL);
    JSValueProtect(timer->script->context, timer->callback);
    HASH_ADD(hh, js->timers, timer, sizeof timer->timer, timer);
    struct run *run = run_of(js, timer);
    if (run)
        run->timer_count++;
    arm(js);
    return JSValueMakeNumber(context, (double)timer->timer);
}

NATIVE(native_timerClear)
{
    (void)function, (void)self, (void)count, (void)exception;
    struct js *js = engine_here;
    uint64_t number = value_number(context, values[0]);
    struct timer *timer;
    HASH_FIND(hh, js->timers, &number, sizeof number, timer);
    if (timer) {
        timer_remove(js, timer);
        arm(js);
    }
    return JSValueMakeUndefined(context);
}

void timers_drop(struct js *js, struct owner owner)
{
    struct timer *timer, *next;
    if (!js->timers)
        return;
    HASH_ITER (hh, js->timers, timer, next) {
        if (owner.instance ? timer->owner.instance == owner.instance
                           : timer->owner.instance == 0 && timer->owner.run == owner.run)
            timer_remove(js, timer);
    }
    arm(js);
}

void timers_finish(struct js *js)
{
    struct timer *timer, *next;
    HASH_ITER (hh, js->timers, timer, next) {
        timer_remove(js, timer);
    }
    heap_finish(&js->timer_heap);
}

static void fire(struct js *js, struct timer *timer)
{
    struct script *script = timer->script;
    turn_begin(script, timer->owner);
    JSValueRef callback = timer->callback;
    timer_remove(js, timer);
    turn_call(script, ENTRY_timer, 1, &callback);
    turn_end(script);
}

void timers_fire(struct js *js)
{
    uint64_t now_ms = uv_now(js->loop);
    uint64_t last = js->next_timer; /* what is set meanwhile waits for the loop's next turn */
    while (heap_deadline_us(&js->timer_heap) <= now_ms) {
        struct timer *timer = HEAP_OWNER(heap_first(&js->timer_heap), struct timer, item);
        if (timer->timer > last)
            break;
        fire(js, timer);
    }
    arm(js);
}
