#include "common/check.h"
#include "proto/frame.h"
#include "proto/link_internal.h"

enum { UNDER_WAY_BYTES_MAX = 512 << 10, PROBE_EVERY_BYTES = 128 << 10 };

void link_mark_dirty(struct link *link)
{
    if (link->dirty)
        return;
    link->dirty = true;
    link->next_dirty = link->links->dirty;
    link->links->dirty = link;
}

void link_out_clear(struct link *link)
{
    link_queue_clear(&link->queue);
    if (link->held)
        nng_msg_free(link->held);
    link->held = NULL;
    link->hello_due = link->probe_due = link->echo_due = false;
    if (link->blocked)
        uv_poll_stop(&link->dial->writable);
    link->blocked = false;
    link_set_deadline(&link->links->releases, &link->release, UINT64_MAX);
}

static enum err make_hello(struct link *link, nng_msg **ret_frame)
{
    if (nng_msg_alloc(ret_frame, HELLO_BYTES) != 0)
        return ERR_MEMORY;
    link->said = link_session_hello(link);
    hello_encode(&link->links->scope, &link->said, nng_msg_body(*ret_frame));
    link->hello_due = false;
    return OK;
}

static enum err make_signal(enum frame_kind kind, bool *due, nng_msg **ret_frame)
{
    if (nng_msg_alloc(ret_frame, FRAME_HEAD_BYTES) != 0)
        return ERR_MEMORY;
    *(uint8_t *)nng_msg_body(*ret_frame) = (uint8_t)kind;
    *due = false;
    return OK;
}

static enum err make_batch(struct link *link, size_t size, uint64_t now_us, nng_msg **ret_frame)
{
    if (nng_msg_alloc(ret_frame, size) != 0)
        return ERR_MEMORY;
    size_t count = link_queue_take_frame(&link->queue, now_us, nng_msg_body(*ret_frame));
    link->left_bytes += size;
    link->stats.frames_sent++;
    if (link->left_bytes - link->arrived_bytes >= PROBE_EVERY_BYTES)
        link_session_probe(link);
    link->stats.sent_messages += count;
    link->stats.sent_bytes += size - FRAME_HEAD_BYTES - count * FRAME_ITEM_HEAD_BYTES;
    return OK;
}

/* Not more is under way than the kernel's buffer surely takes at once, but for a single message
 * that is larger. Two reasons: what waits in a buffer cannot be overtaken by control messages; and
 * when a pipe is lost just after a part of a frame was written, nng 1.5.2 waits for the rest for
 * ever, in the one thread that removes pipes. */
static bool is_crowded(const struct link *link, size_t size)
{
    uint64_t under_way = link->left_bytes - link->arrived_bytes;
    return under_way > 0 && under_way + size > UNDER_WAY_BYTES_MAX;
}

/* The next frame to leave; NULL in `ret_frame` when nothing is due. */
static enum err make_frame(struct link *link, uint64_t now_us, nng_msg **ret_frame)
{
    *ret_frame = NULL;
    if (link->hello_due)
        return make_hello(link, ret_frame);
    if (!link->up || link->cut)
        return OK;
    if (link->probe_due) {
        link->probe_left_us = alarm_now_us();
        link->probe_left_bytes = link->left_bytes;
        return make_signal(FRAME_PROBE, &link->probe_due, ret_frame);
    }
    if (link->echo_due)
        return make_signal(FRAME_ECHO, &link->echo_due, ret_frame);
    size_t size = link_queue_frame_size(&link->queue, now_us);
    link->crowded = size > 0 && is_crowded(link, size);
    return size && !link->crowded ? make_batch(link, size, now_us, ret_frame) : OK;
}

static void doom(struct link *link)
{
    link->doomed = true;
    link_mark_dirty(link);
}

static void on_writable(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    struct link *link = poll->data;
    uv_poll_stop(&link->dial->writable);
    link->blocked = false;
    link_out_flush(link, alarm_now_us());
}

void link_out_flush(struct link *link, uint64_t now_us)
{
    while (link->out_pipe && !link->blocked && !link->doomed) {
        if (!link->held && make_frame(link, now_us, &link->held) != OK)
            doom(link);
        if (!link->held)
            break;
        int code = link_feed_send(&link->dial->claim, link->dial->push, link->held);
        if (code == 0) {
            link->held = NULL;
        } else if (code == NNG_EAGAIN) {
            link->blocked = true;
            CHECK(uv_poll_start(&link->dial->writable, UV_READABLE, on_writable) == 0);
        } else {
            doom(link);
        }
    }
    /* What is due behind a full socket leaves when the socket or an echo says so. */
    bool waits = link->up && !link->cut && !link->blocked && !link->doomed && !link->crowded;
    link_set_deadline(&link->links->releases, &link->release,
                      waits ? link_queue_release_us(&link->queue) : UINT64_MAX);
}
