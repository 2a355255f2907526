#ifndef TERRELLA_PROTO_LINK_INTERNAL_H
#define TERRELLA_PROTO_LINK_INTERNAL_H

#include "common/alarm.h"
#include "common/heap.h"
#include "common/table.h"
#include "proto/handshake.h"
#include "proto/link.h"
#include "proto/link_dial.h"
#include "proto/link_feed.h"
#include "proto/link_lead.h"
#include "proto/link_queue.h"

#include <nng/nng.h>
#include <stdatomic.h>

/* What the files of the link share: link.c opens, stops and turns; link_in.c receives frames from
 * the pipes that others dialled; link_out.c sends frames on those dialled here; link_session.c is
 * the life of one link between the two. All of it runs in the loop but for link_feed.c. */

/* A pipe that somebody dialled to us. */
struct in_pipe {
    uint32_t id;
    struct link *link;           /* whom it is proven to speak for; NULL: a stranger yet */
    bool closed;                 /* by us; its end is still to be told */
    uint64_t deadline_us;        /* of a stranger */
    struct in_pipe *prev, *next; /* strangers, the first to expire first */
    UT_hash_handle hh;
};

/* One peer. */
struct link {
    struct links *links;
    size_t index;
    char code[LINK_CODE_BYTES];
    uint64_t delay_us, extra_delay_us;
    bool cut;
    struct rng rng;

    char *url;
    struct link_dial *dial; /* NULL: to be opened at redial_us */
    uint64_t dial_backoff_us, redial_us;
    bool crowded;  /* batches wait for an echo */
    bool blocked;  /* the socket takes no frame until it says so */
    nng_msg *held; /* the frame that it did not take */

    uint32_t out_pipe, in_pipe; /* 0: none; in_pipe is the proven one */
    uint32_t heard_pipe;        /* by which the handshake heard the peer's nonce */
    struct handshake handshake;
    struct hello said; /* the latest HELLO sent on out_pipe */
    bool hello_due, probe_due, echo_due;
    bool up, doomed;                      /* doomed: goes down at the end of the turn */
    uint64_t retry_interval_us, retry_us; /* of the HELLO while the link is not up */
    uint64_t heard_us, probed_us;         /* probed_us is 0 unless a sign of life is awaited */

    bool echo_awaited;      /* one probe at a time is under way */
    uint64_t probe_left_us; /* when it left, and what had left before it */
    uint64_t probe_left_bytes;
    uint64_t left_bytes, arrived_bytes; /* of batches: handed to nng; echoed, so surely there */
    struct link_lead lead;

    struct link_queue queue;
    struct heap_item release, tick;
    bool dirty; /* has something to do at the end of the turn */
    struct link *next_dirty;
    struct link_stats stats;
};

struct links {
    uv_loop_t *loop;
    struct link_events events;
    void *owner;
    struct hello_scope scope;
    struct jitter jitter;
    uint64_t probe_interval_us, probe_timeout_us;

    nng_socket pull;
    uv_poll_t pull_poll;
    uv_prepare_t prepare;
    struct link_feed feed;
    struct alarm_clock *alarm;

    struct link *peers;
    size_t peer_count;
    struct link *dirty;
    struct link_lateness lateness;
    struct heap releases, ticks; /* over the peers' items of these names */
    struct in_pipe *in_pipes;    /* by id */
    struct in_pipe *strangers;
    size_t stranger_count;
    uint64_t rejected_count;
    bool stopped;
};

/* Put a deadline into its heap, or take it out when it is UINT64_MAX. */
void link_set_deadline(struct heap *heap, struct heap_item *item, uint64_t deadline_us);

/* --- link_in.c --- */

/* Handle what has arrived. False: there is more, and the loop will be back for it. */
bool link_in_drain(struct links *links);

/* Close the pipe and count it; the link it speaks for goes down. */
void link_in_refuse(struct links *links, struct in_pipe *in, const char *why);

/* Close it, for no fault of its own. */
void link_in_close(struct links *links, struct in_pipe *in);

/* It speaks for `link` from now on. */
void link_in_prove(struct links *links, struct in_pipe *in, struct link *link);

struct in_pipe *link_in_find(struct links *links, uint32_t pipe);

/* Refuse the strangers that had their time to say who they are. */
void link_in_expire(struct links *links, uint64_t now_us);

/* --- link_out.c --- */

/* Send all that is due, as far as the socket takes it, and set the release deadline of the rest. */
void link_out_flush(struct link *link, uint64_t now_us);

/* Forget all that waits to be sent. */
void link_out_clear(struct link *link);

/* Have the link flushed at the end of this turn. */
void link_mark_dirty(struct link *link);

/* --- link_session.c --- */

/* The pipe that we dialled is there, or gone. */
void link_session_dialled(struct link *link, uint32_t pipe);
void link_session_lost(struct link *link, uint32_t pipe);

void link_session_hear(struct link *link, struct in_pipe *in, const struct hello *hello);

/* Close both pipes, drop what waits, tell the owner if the link was up; then all begins anew. */
void link_session_down(struct link *link);

/* What to say now to the peer: across a cut it is never accepted, so the link does not come up. */
struct hello link_session_hello(const struct link *link);

/* The way to the peer is not cut any more: a link that is not up is dialled anew at once. */
void link_session_healed(struct link *link);

/* Dial for the first time. Errors: those of link_dial_open. */
MUST_USE enum err link_session_start(struct link *link, struct errmsg *reterr_why);

/* Ask for an echo, unless one is awaited. */
void link_session_probe(struct link *link);

/* Here it is. */
void link_session_echo(struct link *link);

/* Say HELLO again, probe, or give up. */
void link_session_tick(struct link *link, uint64_t now_us);

#endif
