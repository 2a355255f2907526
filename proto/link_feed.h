#ifndef TERRELLA_PROTO_LINK_FEED_H
#define TERRELLA_PROTO_LINK_FEED_H

#include "common/err.h"

#include <nng/nng.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

/* The coming and going of pipes, which nng tells from threads of its own, handed over to the loop
 * in order. The memory of a feed must outlive nng's sockets: that is, the process. */

struct pipe_claim;

struct pipe_event {
    struct pipe_claim *claim; /* of the peer that was dialled; NULL: the pipe was dialled to us */
    uint32_t pipe;
    bool came; /* or went */
};

struct link_feed {
    pthread_mutex_t mutex;
    struct pipe_event *events; /* these four belong to the mutex */
    size_t count, capacity;
    bool stopped;
    uv_async_t async;
};

/* The one pipe that a socket that dials may have. nng dials again when it is lost, maybe before the
 * loop has heard of that; such a further pipe is closed before it starts. */
struct pipe_claim {
    struct link_feed *feed;
    void *owner;
    atomic_uint pipe;        /* 0: it is still to come */
    pthread_mutex_t sending; /* held while a frame is handed to nng, and while `gone` is set */
    bool gone;               /* the pipe; its memory stays until this is set, and no longer */
};

/* `on_events` is called in the loop after pipes have come or gone. Errors: ERR_IO. */
MUST_USE enum err link_feed_open(struct link_feed *feed, uv_loop_t *loop, uv_async_cb on_events);

/* Take the next event out; false when there is none. Loop only. */
bool link_feed_take(struct link_feed *feed, struct pipe_event *ret_event);

/* No event and no new pipe from now on. `on_closed` may be NULL; it gets the async handle. */
void link_feed_stop(struct link_feed *feed, uv_close_cb on_closed);

/* Watch the pipes of a socket that listens. Returns nng's code. */
int link_feed_watch_listener(struct link_feed *feed, nng_socket socket);

/* Hand a frame to the socket that dials, unless its pipe has gone: nng would put it into freed memory
 * (see proto/link_dial.h). Returns nng's code; NNG_ECLOSED: gone. */
int link_feed_send(struct pipe_claim *claim, nng_socket socket, nng_msg *message);

/* Watch the pipes of a socket that dials; claim->feed and ->owner are set. Returns nng's code. */
int link_feed_watch_dialer(struct pipe_claim *claim, nng_socket socket);

#endif
