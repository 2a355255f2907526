#ifndef TERRELLA_PROTO_LINK_H
#define TERRELLA_PROTO_LINK_H

#include "common/bytes.h"
#include "common/delay.h"
#include "common/err.h"
#include "common/limits.h"

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

/* Links between the processes of a cluster: authenticated, delayed, first-in first-out, cuttable.
 * Built on nng push/pull over TCP: each process listens on one PULL socket and dials one PUSH
 * socket for each peer. Messages are opaque here.
 *
 * - Each pipe opens with a HELLO under the cluster's key that proves, by the peer's fresh nonce,
 *   who speaks and in which boot it lives; a replayed, foreign or garbled one closes the pipe and
 *   is counted. HELLO and probes are not delayed: they stand outside the modelled Earth.
 * - Every message waits at the sender for the link's one-way delay plus jitter, in order.
 * - A link is up from the moment both sides have proven themselves to each other until its
 *   pipe is lost, the peer is silent for too long while it is being probed, or it boots anew.
 *   Messages queued for a peer are dropped when the link goes down: links never send twice.
 * - A cut, of one direction or both, is as in a real network: short ones delay, long ones lose.
 * - Two lanes a link: control messages overtake those that carry bodies, never the reverse.
 *   Within a lane order is kept. */

enum link_lane { LINK_CONTROL, LINK_BULK };

struct link_peer {
    char code[24];     /* name in HELLO and in logs: a region's code or "coordinator" */
    const char *url;   /* "tcp://127.0.0.1:9001" */
    uint64_t delay_us; /* one-way, before jitter */
};

struct link_config {
    const char *code; /* this process's own, as its peers list it */
    const char *url;  /* where this process listens */
    uint64_t boot;    /* this process's boot number, at least 1 */
    uint8_t cluster_id[CLUSTER_ID_BYTES];
    uint8_t cluster_key[KEY_BYTES];
    const struct link_peer *peers; /* peer_count of them; peers are called by index below */
    size_t peer_count;
    struct jitter jitter;
    uint64_t seed;              /* for the jitter */
    uint64_t probe_interval_us; /* how often a silent peer is probed */
    uint64_t probe_timeout_us;  /* silence after which a probed peer is given up */
    size_t queue_bytes_max;     /* for each peer and lane; then link_send refuses */
};

/* What the links tell their owner, always from the loop, never from within a call to link_*. */
struct link_events {
    /* The peer is there, in boot `boot`; also when it comes back in a new boot (a down comes
     * first). */
    void (*on_up)(void *owner, size_t peer, uint64_t boot);
    /* The peer is lost: what was sent since may or may not have arrived. */
    void (*on_down)(void *owner, size_t peer);
    /* A whole message from a peer that is up; `message` is borrowed during the call. */
    void (*on_message)(void *owner, size_t peer, struct bytes message);
    /* A pipe was refused, for the log; may be NULL. `code` is the peer's, NULL: it never proved
     * one. */
    void (*on_reject)(void *owner, const char *code, const char *why);
};

struct links;

/* Listen, and dial every peer. What `config` points to is copied. sodium_init comes first.
 * Errors: ERR_BUSY (the port is taken), ERR_INVALID (a URL, a code), ERR_IO, ERR_MEMORY. */
MUST_USE enum err links_open(uv_loop_t *loop, const struct link_config *config,
                             const struct link_events *events, void *owner,
                             struct links **ret_links, struct errmsg *reterr_why);

/* Queue one message of 1 to MESSAGE_BYTES_MAX bytes (copied). It leaves after the link's delay, at
 * the earliest at the end of this turn of the loop. Each counts for 32 bytes more than its size.
 * Errors: ERR_FULL (queue bound), ERR_NOT_FOUND (the link is down), ERR_INVALID (size), ERR_MEMORY.
 */
MUST_USE enum err links_send(struct links *links, size_t peer, enum link_lane lane,
                             struct bytes message);

/* Take the link down, to come up anew: after a message that could not be queued, so that both ends
 * know that something was lost. on_down comes at the end of the turn. */
void links_reset(struct links *links, size_t peer);

/* Close the pipes of this peer, which sent bytes that the codec refuses; counted as garbage. The
 * link goes down (and on_down comes) at the end of the turn; nothing more is delivered or sent. */
void links_reject(struct links *links, size_t peer);

/* Change the way to a peer: extra one-way delay, and whether it is cut. What is sent on a way that
 * is cut is held back, probes as well, so that after probe_timeout_us of silence the link goes down
 * at both ends and does not come up while the cut lasts. A cut that is healed sooner has only
 * delayed: what was held leaves in order. That a pipe was closed is noticed across a cut. */
void links_disturb(struct links *links, size_t peer, uint64_t extra_delay_us, bool cut);

struct link_stats {
    bool up;
    uint64_t peer_boot;
    uint64_t sent_messages, sent_bytes, received_messages, received_bytes;
    uint64_t frames_sent; /* that carried them; HELLO and probes are not counted anywhere here */
};
struct link_stats links_stats(const struct links *links, size_t peer);

/* Pipes closed for garbage, failed HELLOs or oversize, since the start. One that announces a
 * message of more than twice what is good is closed by nng itself, which does not tell why: not
 * counted. */
uint64_t links_rejected_count(const struct links *links);

/* Stop all traffic and callbacks. nng sockets are kept for the life of the process (closing them
 * has races in this version), so a process that is done calls this, then leaves by _exit. */
void links_stop(struct links *links);

#endif
