#include "proto/link_feed.h"

#include "common/check.h"

#include <stdlib.h>
#include <string.h>

enum err link_feed_open(struct link_feed *feed, uv_loop_t *loop, uv_async_cb on_events)
{
    CHECK(pthread_mutex_init(&feed->mutex, NULL) == 0);
    return uv_async_init(loop, &feed->async, on_events) == 0 ? OK : ERR_IO;
}

static bool add(struct link_feed *feed, struct pipe_event event)
{
    pthread_mutex_lock(&feed->mutex);
    bool running = !feed->stopped;
    if (running) {
        if (feed->count == feed->capacity) {
            feed->capacity = feed->capacity ? 2 * feed->capacity : 16;
            feed->events = realloc(feed->events, feed->capacity * sizeof *feed->events);
            /* A loss that the loop never hears of would leave a dead link up for ever. */
            CHECK(feed->events);
        }
        feed->events[feed->count++] = event;
        uv_async_send(&feed->async);
    }
    pthread_mutex_unlock(&feed->mutex);
    return running;
}

bool link_feed_take(struct link_feed *feed, struct pipe_event *ret_event)
{
    pthread_mutex_lock(&feed->mutex);
    bool some = feed->count > 0;
    if (some) {
        *ret_event = feed->events[0];
        memmove(feed->events, feed->events + 1, --feed->count * sizeof *feed->events);
    }
    pthread_mutex_unlock(&feed->mutex);
    return some;
}

void link_feed_stop(struct link_feed *feed, uv_close_cb on_closed)
{
    pthread_mutex_lock(&feed->mutex);
    feed->stopped = true;
    free(feed->events);
    feed->events = NULL;
    feed->count = feed->capacity = 0;
    pthread_mutex_unlock(&feed->mutex);
    uv_close((uv_handle_t *)&feed->async, on_closed);
}

static void on_listener_pipe(nng_pipe pipe, nng_pipe_ev what, void *data)
{
    bool came = what == NNG_PIPE_EV_ADD_PRE;
    struct pipe_event event = {.pipe = (uint32_t)nng_pipe_id(pipe), .came = came};
    if (!add(data, event) && came)
        nng_pipe_close(pipe);
}

static void on_dialer_pipe(nng_pipe pipe, nng_pipe_ev what, void *data)
{
    struct pipe_claim *claim = data;
    bool came = what == NNG_PIPE_EV_ADD_PRE;
    struct pipe_event event = {claim, (uint32_t)nng_pipe_id(pipe), came};
    unsigned none = 0;
    if (came) {
        if (!atomic_compare_exchange_strong(&claim->pipe, &none, event.pipe) ||
            !add(claim->feed, event))
            nng_pipe_close(pipe);
    } else if (atomic_load(&claim->pipe) == event.pipe) {
        pthread_mutex_lock(&claim->sending);
        claim->gone = true;
        pthread_mutex_unlock(&claim->sending);
        (void)add(claim->feed, event);
    }
}

/* nng frees a pipe only after it has told that it is gone, so within the mutex it is still there. */
int link_feed_send(struct pipe_claim *claim, nng_socket socket, nng_msg *message)
{
    pthread_mutex_lock(&claim->sending);
    int code = claim->gone ? NNG_ECLOSED : nng_sendmsg(socket, message, NNG_FLAG_NONBLOCK);
    pthread_mutex_unlock(&claim->sending);
    return code;
}

/* To close a pipe is safe before it has started. Told before a pipe starts, not after: only then
 * the coming surely precedes the going. */
static int watch(nng_socket socket, nng_pipe_cb on_pipe, void *data)
{
    int code = nng_pipe_notify(socket, NNG_PIPE_EV_ADD_PRE, on_pipe, data);
    return code ? code : nng_pipe_notify(socket, NNG_PIPE_EV_REM_POST, on_pipe, data);
}

int link_feed_watch_listener(struct link_feed *feed, nng_socket socket)
{
    return watch(socket, on_listener_pipe, feed);
}

int link_feed_watch_dialer(struct pipe_claim *claim, nng_socket socket)
{
    return watch(socket, on_dialer_pipe, claim);
}
