#include "common/check.h"
#include "proto/frame.h"
#include "proto/link_hangup.h"
#include "proto/link_internal.h"

#include <string.h>
#include <utlist.h>

enum {
    FRAMES_A_TURN_MAX = 256,   /* then others in the loop get their turn */
    STRANGER_COUNT_SPARE = 64, /* beside two for each peer */
};

struct in_pipe *link_in_find(struct links *links, uint32_t pipe)
{
    struct in_pipe *in;
    HASH_FIND(hh, links->in_pipes, &pipe, sizeof pipe, in);
    return in;
}

static void no_longer_stranger(struct links *links, struct in_pipe *in)
{
    if (in->link || in->closed)
        return;
    DL_DELETE(links->strangers, in);
    links->stranger_count--;
}

void link_in_close(struct links *links, struct in_pipe *in)
{
    if (in->closed)
        return;
    no_longer_stranger(links, in);
    in->link = NULL;
    in->closed = true;
    link_hang_up(in->id);
}

static void count_rejected(struct links *links, const char *who, const char *why)
{
    links->rejected_count++;
    if (links->events.on_reject)
        links->events.on_reject(links->owner, who, why);
}

void link_in_refuse(struct links *links, struct in_pipe *in, const char *why)
{
    struct link *link = in->link;
    link_in_close(links, in);
    if (link)
        link_session_down(link);
    count_rejected(links, link ? link->code : NULL, why);
}

void link_in_prove(struct links *links, struct in_pipe *in, struct link *link)
{
    CHECK(!in->link && !in->closed);
    no_longer_stranger(links, in);
    in->link = link;
}

static void pipe_arrived(struct links *links, uint32_t pipe)
{
    if (link_in_find(links, pipe))
        return; /* its first frame was here sooner */
    struct in_pipe *in = calloc(1, sizeof *in);
    CHECK(in);
    in->id = pipe;
    in->deadline_us = alarm_now_us() + links->probe_timeout_us;
    HASH_ADD(hh, links->in_pipes, id, sizeof in->id, in);
    DL_APPEND(links->strangers, in);
    if (++links->stranger_count > 2 * links->peer_count + STRANGER_COUNT_SPARE)
        link_in_refuse(links, in, "too many pipes that do not say who they are");
}

static void pipe_left(struct links *links, uint32_t pipe)
{
    struct in_pipe *in = link_in_find(links, pipe);
    if (!in)
        return;
    if (in->link) {
        link_session_down(in->link);
    } else {
        no_longer_stranger(links, in);
    }
    for (size_t i = 0; i < links->peer_count; i++) {
        struct link *link = &links->peers[i];
        if (link->heard_pipe == pipe && !link->in_pipe) {
            handshake_unhear(&link->handshake);
            link->heard_pipe = 0;
        }
    }
    HASH_DEL(links->in_pipes, in);
    free(in);
}

void link_in_expire(struct links *links, uint64_t now_us)
{
    while (links->strangers && links->strangers->deadline_us <= now_us)
        link_in_refuse(links, links->strangers, "a pipe that did not prove who speaks");
}

static struct link *find_peer(struct links *links, const char *code)
{
    for (size_t i = 0; i < links->peer_count; i++) {
        if (strcmp(links->peers[i].code, code) == 0)
            return &links->peers[i];
    }
    return NULL;
}

static void handle_hello(struct links *links, struct in_pipe *in, struct bytes frame)
{
    struct hello hello;
    enum hello_verdict verdict = hello_decode(&links->scope, frame, &hello);
    if (verdict != HELLO_GOOD) {
        link_in_refuse(links, in, hello_verdict_text(verdict));
        return;
    }
    struct link *link = find_peer(links, hello.code);
    if (!link || (in->link && in->link != link)) {
        link_in_refuse(links, in, "a HELLO of a process that is no peer here");
        return;
    }
    link_session_hear(link, in, &hello);
}

/* The owner may do anything in on_message, so each message asks anew. */
static bool may_deliver(const struct link *link, const struct in_pipe *in)
{
    return in->link == link && link->up && !link->doomed && !link->links->stopped;
}

static void handle_batch(struct link *link, struct in_pipe *in, struct bytes frame)
{
    struct links *links = link->links;
    struct bytes message;
    for (size_t place = 0; may_deliver(link, in) && frame_next(frame, &place, &message);) {
        link->stats.received_messages++;
        link->stats.received_bytes += message.size;
        links->events.on_message(links->owner, link->index, message);
    }
}

static void handle_frame(struct links *links, struct in_pipe *in, struct bytes frame)
{
    struct link *link = in->link;
    enum frame_kind kind;
    if (!frame_check(frame, &kind)) {
        link_in_refuse(links, in, "bytes that are no frame");
        return;
    }
    if (link) {
        link->heard_us = alarm_now_us();
        link->probed_us = 0;
    }
    if (kind == FRAME_HELLO) {
        handle_hello(links, in, frame);
        return;
    }
    if (!link || !link->up) {
        link_in_refuse(links, in, "a frame before its HELLO");
        return;
    }
    switch (kind) {
    case FRAME_HELLO: break;
    case FRAME_PROBE:
        link->echo_due = true;
        link_mark_dirty(link);
        break;
    case FRAME_ECHO: link_session_echo(link); break;
    case FRAME_BATCH: handle_batch(link, in, frame); break;
    }
}

static void take_events(struct links *links)
{
    struct pipe_event event;
    while (!links->stopped && link_feed_take(&links->feed, &event)) {
        if (event.claim && event.came)
            link_session_dialled(event.claim->owner, event.pipe);
        else if (event.claim)
            link_session_lost(event.claim->owner, event.pipe);
        else if (event.came)
            pipe_arrived(links, event.pipe);
        else
            pipe_left(links, event.pipe);
    }
}

bool link_in_drain(struct links *links)
{
    take_events(links);
    for (int count = 0; count < FRAMES_A_TURN_MAX; count++) {
        nng_msg *message;
        if (links->stopped || nng_recvmsg(links->pull, &message, NNG_FLAG_NONBLOCK) != 0)
            return true;
        uint32_t pipe = (uint32_t)nng_pipe_id(nng_msg_get_pipe(message));
        pipe_arrived(links, pipe);
        struct in_pipe *in = link_in_find(links, pipe);
        if (!in->closed)
            handle_frame(links, in, (struct bytes){nng_msg_body(message), nng_msg_len(message)});
        nng_msg_free(message);
    }
    return false;
}
