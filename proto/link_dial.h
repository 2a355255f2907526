#ifndef TERRELLA_PROTO_LINK_DIAL_H
#define TERRELLA_PROTO_LINK_DIAL_H

#include "proto/link_feed.h"

#include <nng/nng.h>
#include <uv.h>

/* One attempt to reach a peer: a PUSH socket with one dialer, good for one single pipe. When that
 * pipe is lost, so is the attempt. nng 1.5.2 may keep a lost pipe in the list of those ready to
 * send, when it is lost just as a frame has left or while it starts, and the next frame would then go
 * into freed memory; and nng dials again maybe before the loop has heard of the loss. With a new
 * socket for each pipe nothing meant for one ever leaves by another; and link_feed_send hands over
 * nothing once nng has told that the pipe is gone, which it does before it frees it. */

struct link_dial {
    nng_socket push;
    nng_dialer dialer;
    uv_poll_t writable; /* data: the owner; readable means that the socket takes a frame */
    struct pipe_claim claim;
};

/* Dial until there is a pipe, then tell the feed so; the claim's owner is `owner`.
 * Errors: ERR_INVALID (the URL), ERR_MEMORY, ERR_IO. */
MUST_USE enum err link_dial_open(struct link_feed *feed, uv_loop_t *loop, const char *url,
                                 void *owner, struct link_dial **ret_dial,
                                 struct errmsg *reterr_why);

/* Close after the loss of the pipe has been told, and free once libuv is done with it. */
void link_dial_close(struct link_dial *dial);

/* Leave the loop, and let nng keep the socket for the rest of the process's life. */
void link_dial_abandon(struct link_dial *dial);

/* nng's codes as ours. */
enum err link_nng_err(int code);

#endif
