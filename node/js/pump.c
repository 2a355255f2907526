#include "node/js/pump.h"

#include "node/js/engine.h"

#include <glib.h>
#include <stdlib.h>

enum {
    POLL_COUNT_MAX = 8,
    COLLECT_DELAY_MS = 500,
    COLLECT_TURNS_MIN = 500, /* fewer make too little garbage */
};

struct poll {
    uv_poll_t handle;
    struct pump *pump;
    int fd;
    bool open;
    gushort seen;
};

struct pump {
    struct js *js;
    GMainContext *context;
    uv_loop_t *loop;
    uv_prepare_t prepare;
    uv_check_t check;
    uv_timer_t glib_timer, script_timer, collect_timer;
    struct poll polls[POLL_COUNT_MAX];
    GPollFD fds[POLL_COUNT_MAX];
    int fd_count, priority;
    bool collect_armed;
    uint64_t turns, turns_seen, turns_collected;
    int open_handles;
};

static void on_poll(uv_poll_t *handle, int status, int events)
{
    struct poll *poll = handle->data;
    (void)status;
    poll->seen =
        (gushort)((events & UV_READABLE ? G_IO_IN : 0) | (events & UV_WRITABLE ? G_IO_OUT : 0));
}

static void on_glib_timer(uv_timer_t *timer)
{
    (void)timer; /* it only wakes the loop */
}

/* One uv_poll for each descriptor that GLib waits for: in practice a single eventfd. */
static void follow_fds(struct pump *pump)
{
    for (int i = 0; i < POLL_COUNT_MAX; i++) {
        struct poll *poll = &pump->polls[i];
        bool wanted = i < pump->fd_count;
        if (wanted && poll->open && poll->fd == pump->fds[i].fd)
            continue;
        if (poll->open && poll->fd >= 0)
            uv_poll_stop(&poll->handle);
        poll->fd = -1;
        if (!wanted || poll->open) /* a handle serves one descriptor for its life */
            continue;
        if (uv_poll_init(pump->loop, &poll->handle, pump->fds[i].fd))
            continue;
        poll->open = true;
        poll->fd = pump->fds[i].fd;
        poll->handle.data = poll;
        poll->pump = pump;
        pump->open_handles++;
        uv_poll_start(&poll->handle, UV_READABLE, on_poll);
        uv_unref((uv_handle_t *)&poll->handle);
    }
}

static void on_prepare(uv_prepare_t *handle)
{
    struct pump *pump = handle->data;
    int timeout_ms = -1;
    g_main_context_prepare(pump->context, &pump->priority);
    pump->fd_count =
        g_main_context_query(pump->context, pump->priority, &timeout_ms, pump->fds, POLL_COUNT_MAX);
    if (pump->fd_count > POLL_COUNT_MAX)
        pump->fd_count = POLL_COUNT_MAX;
    follow_fds(pump);
    if (timeout_ms >= 0) {
        uv_timer_start(&pump->glib_timer, on_glib_timer, (uint64_t)timeout_ms, 0);
        uv_unref((uv_handle_t *)&pump->glib_timer);
    } else if (uv_is_active((uv_handle_t *)&pump->glib_timer)) {
        uv_timer_stop(&pump->glib_timer);
    }
}

static void on_check(uv_check_t *handle)
{
    struct pump *pump = handle->data;
    for (int i = 0; i < pump->fd_count; i++) {
        pump->fds[i].revents = pump->polls[i].seen;
        pump->polls[i].seen = 0;
    }
    if (g_main_context_check(pump->context, pump->priority, pump->fds, pump->fd_count))
        g_main_context_dispatch(pump->context);
}

void pump_dispatch(struct pump *pump)
{
    while (g_main_context_iteration(pump->context, FALSE))
        ;
}

static void on_script_timer(uv_timer_t *timer)
{
    struct pump *pump = timer->data;
    timers_fire(pump->js);
}

void pump_set_timer(struct pump *pump, uint64_t delay_ms)
{
    if (delay_ms == UINT64_MAX)
        uv_timer_stop(&pump->script_timer);
    else
        uv_timer_start(&pump->script_timer, on_script_timer, delay_ms, 0);
}

static void on_collect(uv_timer_t *timer)
{
    struct pump *pump = timer->data;
    if (pump->turns != pump->turns_seen) {
        pump->turns_seen = pump->turns;
        return;
    }
    uv_timer_stop(timer);
    pump->collect_armed = false;
    pump->turns_collected = pump->turns;
    JSSynchronousGarbageCollectForDebugging(pump->js->scripts[0].context);
}

void pump_turned(struct pump *pump)
{
    pump->turns++;
    if (!pump->collect_armed && pump->turns - pump->turns_collected >= COLLECT_TURNS_MIN)
        pump_collect_soon(pump);
}

void pump_collect_soon(struct pump *pump)
{
    pump->collect_armed = true;
    uv_timer_start(&pump->collect_timer, on_collect, COLLECT_DELAY_MS, COLLECT_DELAY_MS);
    uv_unref((uv_handle_t *)&pump->collect_timer);
}

enum err pump_open(uv_loop_t *loop, struct js *js, struct pump **ret_pump)
{
    struct pump *pump = calloc(1, sizeof *pump);
    if (!pump)
        return ERR_MEMORY;
    pump->loop = loop;
    pump->js = js;
    pump->context = g_main_context_new();
    g_main_context_acquire(pump->context);
    g_main_context_push_thread_default(pump->context);
    JSDisableGCTimer();
    uv_prepare_init(loop, &pump->prepare);
    uv_check_init(loop, &pump->check);
    uv_timer_init(loop, &pump->glib_timer);
    uv_timer_init(loop, &pump->script_timer);
    uv_timer_init(loop, &pump->collect_timer);
    pump->open_handles = 5;
    pump->prepare.data = pump->check.data = pump->glib_timer.data = pump->script_timer.data =
        pump->collect_timer.data = pump;
    uv_prepare_start(&pump->prepare, on_prepare);
    uv_check_start(&pump->check, on_check);
    uv_unref((uv_handle_t *)&pump->prepare);
    uv_unref((uv_handle_t *)&pump->check);
    *ret_pump = pump;
    return OK;
}

static void handle_closed(struct pump *pump)
{
    if (--pump->open_handles > 0)
        return;
    g_main_context_unref(pump->context);
    free(pump);
}

static void on_closed(uv_handle_t *handle)
{
    handle_closed(handle->data);
}

static void on_poll_closed(uv_handle_t *handle)
{
    handle_closed(((struct poll *)handle->data)->pump);
}

void pump_close(struct pump *pump)
{
    if (!pump)
        return;
    g_main_context_pop_thread_default(pump->context);
    g_main_context_release(pump->context);
    for (int i = 0; i < POLL_COUNT_MAX; i++)
        if (pump->polls[i].open)
            uv_close((uv_handle_t *)&pump->polls[i].handle, on_poll_closed);
    uv_close((uv_handle_t *)&pump->prepare, on_closed);
    uv_close((uv_handle_t *)&pump->check, on_closed);
    uv_close((uv_handle_t *)&pump->glib_timer, on_closed);
    uv_close((uv_handle_t *)&pump->script_timer, on_closed);
    uv_close((uv_handle_t *)&pump->collect_timer, on_closed);
}
