#include "proto/link.h"

#include "common/check.h"
#include "proto/frame.h"
#include "proto/link_hangup.h"
#include "proto/link_internal.h"

#include <nng/protocol/pipeline0/pull.h>
#include <nng/protocol/pipeline0/push.h>
#include <string.h>

void link_set_deadline(struct heap *heap, struct heap_item *item, uint64_t deadline_us)
{
    if (item->place && item->deadline_us == deadline_us)
        return;
    heap_remove(heap, item);
    /* links_open has made room for all peers at once. */
    if (deadline_us != UINT64_MAX)
        CHECK(heap_add(heap, item, deadline_us) == OK);
}

/* --- turns of the loop --- */

static void on_arrival(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    (void)link_in_drain(poll->data);
}

static void on_pipe_events(uv_async_t *async)
{
    (void)link_in_drain(async->data);
}

static uint64_t stranger_deadline_us(const struct links *links)
{
    return links->strangers ? links->strangers->deadline_us : UINT64_MAX;
}

static uint64_t earlier(uint64_t a_us, uint64_t b_us)
{
    return a_us < b_us ? a_us : b_us;
}

static void on_turn_end(uv_prepare_t *prepare)
{
    struct links *links = prepare->data;
    for (struct link *link; !links->stopped && (link = links->dirty);) {
        links->dirty = link->next_dirty;
        link->dirty = false;
        if (link->doomed)
            link_session_down(link);
        else
            link_out_flush(link, alarm_now_us());
    }
    if (links->stopped)
        return;
    uint64_t deadline_us =
        earlier(heap_deadline_us(&links->releases), heap_deadline_us(&links->ticks));
    alarm_set(links->alarm, earlier(deadline_us, stranger_deadline_us(links)));
}

static void release_due(struct links *links, uint64_t now_us)
{
    while (heap_deadline_us(&links->releases) <= now_us)
        link_out_flush(HEAP_OWNER(heap_first(&links->releases), struct link, release), now_us);
}

static void tick_due(struct links *links, uint64_t now_us)
{
    while (!links->stopped && heap_deadline_us(&links->ticks) <= now_us)
        link_session_tick(HEAP_OWNER(heap_first(&links->ticks), struct link, tick), now_us);
    if (!links->stopped)
        link_in_expire(links, now_us);
}

static void on_alarm(void *data)
{
    struct links *links = data;
    uint64_t now_us = alarm_now_us();
    uint64_t due_us = heap_deadline_us(&links->releases);
    if (due_us <= now_us)
        link_late_add(&links->lateness, now_us - due_us);
    release_due(links, now_us);
    if (earlier(heap_deadline_us(&links->ticks), stranger_deadline_us(links)) > now_us)
        return;
    /* Whoever has spoken while this process was busy is neither silent nor late. */
    if (link_in_drain(links))
        tick_due(links, now_us);
}

/* --- opening --- */

static enum err watch_arrivals(struct links *links, struct errmsg *reterr_why)
{
    int fd, code = nng_socket_get_int(links->pull, NNG_OPT_RECVFD, &fd);
    if (code != 0)
        return err_say(link_nng_err(code), reterr_why, "link: %s", nng_strerror(code));
    int status = uv_poll_init(links->loop, &links->pull_poll, fd);
    if (status != 0)
        return err_say(ERR_IO, reterr_why, "link: %s", uv_strerror(status));
    links->pull_poll.data = links;
    CHECK(uv_poll_start(&links->pull_poll, UV_READABLE, on_arrival) == 0);
    return OK;
}

static enum err listen_on(struct links *links, const char *url, struct errmsg *reterr_why)
{
    int code = nng_pull0_open(&links->pull);
    if (code != 0)
        return err_say(link_nng_err(code), reterr_why, "link: %s", nng_strerror(code));
    /* Up to twice what is good arrives here, to be counted; nng closes the pipe beyond that. */
    if ((code = nng_socket_set_size(links->pull, NNG_OPT_RECVMAXSZ, FRAME_SIZE_COUNTED_MAX)) == 0 &&
        (code = link_feed_watch_listener(&links->feed, links->pull)) == 0)
        code = nng_listen(links->pull, url, NULL, 0);
    if (code == 0)
        return OK;
    nng_close(links->pull);
    return err_say(link_nng_err(code), reterr_why, "link: cannot listen on %s: %s", url,
                   nng_strerror(code));
}

static enum err check_codes(const struct link_config *config, struct errmsg *reterr_why)
{
    for (size_t i = 0; i <= config->peer_count; i++) {
        const char *code = i ? config->peers[i - 1].code : config->code;
        size_t size = strnlen(code, LINK_CODE_BYTES);
        if (size == 0 || size == LINK_CODE_BYTES)
            return err_say(ERR_INVALID, reterr_why, "link: a code has 1 to %d bytes",
                           LINK_CODE_BYTES - 1);
    }
    return OK;
}

static void init_link(struct links *links, const struct link_config *config, size_t index,
                      struct rng *rng)
{
    struct link *link = &links->peers[index];
    const struct link_peer *peer = &config->peers[index];
    *link = (struct link){.links = links,
                          .index = index,
                          .delay_us = peer->delay_us,
                          .rng = rng_fork(rng, index),
                          .url = strdup(peer->url)};
    memcpy(link->code, peer->code, strlen(peer->code));
    link_queue_init(&link->queue, config->queue_bytes_max);
}

/* Each heap once holds an item of every peer, so that adding one never fails later. */
static enum err check_memory(struct links *links)
{
    for (size_t i = 0; i < links->peer_count; i++) {
        if (!links->peers[i].url || heap_add(&links->releases, &links->peers[i].release, 0) != OK ||
            heap_add(&links->ticks, &links->peers[i].tick, 0) != OK)
            return ERR_MEMORY;
    }
    for (size_t i = 0; i < links->peer_count; i++) {
        heap_remove(&links->releases, &links->peers[i].release);
        heap_remove(&links->ticks, &links->peers[i].tick);
    }
    return OK;
}

/* NULL when memory is out. */
static struct links *make_links(uv_loop_t *loop, const struct link_config *config,
                                const struct link_events *events, void *owner)
{
    struct links *links = calloc(1, sizeof *links);
    struct link *peers = calloc(config->peer_count + 1, sizeof *peers);
    if (!links || !peers) {
        free(links);
        free(peers);
        return NULL;
    }
    *links = (struct links){.loop = loop,
                            .events = *events,
                            .owner = owner,
                            .jitter = config->jitter,
                            .probe_interval_us = config->probe_interval_us,
                            .probe_timeout_us = config->probe_timeout_us,
                            .peers = peers,
                            .peer_count = config->peer_count};
    hello_scope_init(&links->scope, config->cluster_id, config->cluster_key, config->code,
                     config->boot);
    struct rng rng;
    rng_init(&rng, config->seed);
    for (size_t i = 0; i < config->peer_count; i++)
        init_link(links, config, i, &rng);
    return links;
}

static void free_links(struct links *links)
{
    heap_finish(&links->releases);
    heap_finish(&links->ticks);
    for (size_t i = 0; i < links->peer_count; i++)
        free(links->peers[i].url);
    free(links->peers);
    free(links);
}

static void on_unopened(uv_handle_t *async)
{
    free_links(async->data);
}

static enum err start(struct links *links, struct errmsg *reterr_why)
{
    enum err err = alarm_open(links->loop, on_alarm, links, &links->alarm);
    if (err != OK)
        return err_say(err, reterr_why, "link: no timer: %s", err_text(err));
    CHECK(uv_prepare_init(links->loop, &links->prepare) == 0);
    links->prepare.data = links;
    CHECK(uv_prepare_start(&links->prepare, on_turn_end) == 0);
    err = watch_arrivals(links, reterr_why);
    for (size_t i = 0; err == OK && i < links->peer_count; i++) {
        err = link_session_start(&links->peers[i], reterr_why);
        if (err != OK)
            err_prefix(err, reterr_why, "link to %s", links->peers[i].code);
    }
    return err;
}

enum err links_open(uv_loop_t *loop, const struct link_config *config,
                    const struct link_events *events, void *owner, struct links **ret_links,
                    struct errmsg *reterr_why)
{
    enum err err = check_codes(config, reterr_why);
    if (err != OK)
        return err;
    struct links *links = make_links(loop, config, events, owner);
    if (!links)
        return err_say(ERR_MEMORY, reterr_why, "link: %s", err_text(ERR_MEMORY));
    if ((err = check_memory(links)) != OK ||
        (err = link_feed_open(&links->feed, loop, on_pipe_events)) != OK) {
        free_links(links);
        return err_say(err, reterr_why, "link: %s", err_text(err));
    }
    links->feed.async.data = links;
    if ((err = listen_on(links, config->url, reterr_why)) != OK) {
        link_feed_stop(&links->feed, on_unopened);
        return err;
    }
    if ((err = start(links, reterr_why)) != OK) {
        links_stop(links);
        return err;
    }
    *ret_links = links;
    return OK;
}

/* --- the rest of the interface --- */

static struct link *peer_at(const struct links *links, size_t peer)
{
    CHECK(peer < links->peer_count);
    return &links->peers[peer];
}

enum err links_send(struct links *links, size_t peer, enum link_lane lane, struct bytes message)
{
    struct link *link = peer_at(links, peer);
    if (message.size == 0 || message.size > MESSAGE_BYTES_MAX)
        return ERR_INVALID;
    if (!link->up || link->doomed || links->stopped)
        return ERR_NOT_FOUND;
    uint64_t delay_us =
        link->delay_us + link->extra_delay_us + jitter_draw(&links->jitter, &link->rng);
    uint64_t lead_us =
        earlier(link_lead_us(&link->lead) + link_late_us(&links->lateness), delay_us);
    uint64_t release_us = alarm_now_us() + delay_us - lead_us;
    enum err err = link_queue_add(&link->queue, lane, message, release_us);
    if (err == OK)
        link_mark_dirty(link);
    return err;
}

void links_reset(struct links *links, size_t peer)
{
    struct link *link = peer_at(links, peer);
    if (!link->up || link->doomed)
        return;
    link->doomed = true;
    link_mark_dirty(link);
}

void links_reject(struct links *links, size_t peer)
{
    struct link *link = peer_at(links, peer);
    if (link->up && !link->doomed)
        links->rejected_count++;
    links_reset(links, peer);
}

void links_disturb(struct links *links, size_t peer, uint64_t extra_delay_us, bool cut)
{
    struct link *link = peer_at(links, peer);
    link->extra_delay_us = extra_delay_us;
    if (link->cut && !cut)
        link_session_healed(link);
    link->cut = cut;
    link_mark_dirty(link);
}

struct link_stats links_stats(const struct links *links, size_t peer)
{
    return peer_at(links, peer)->stats;
}

uint64_t links_rejected_count(const struct links *links)
{
    return links->rejected_count;
}

static void close_handle(void *data)
{
    uv_handle_t *handle = data;
    if (handle->type != UV_UNKNOWN_HANDLE)
        uv_close(handle, NULL);
}

void links_stop(struct links *links)
{
    if (links->stopped)
        return;
    links->stopped = true;
    link_feed_stop(&links->feed, NULL);
    alarm_close(links->alarm);
    close_handle(&links->prepare);
    close_handle(&links->pull_poll);
    for (struct in_pipe *in = links->in_pipes; in; in = in->hh.next)
        link_in_close(links, in);
    for (size_t i = 0; i < links->peer_count; i++) {
        struct link *link = &links->peers[i];
        link->up = link->stats.up = false;
        link_out_clear(link);
        if (link->out_pipe)
            link_hang_up(link->out_pipe);
        if (link->dial)
            link_dial_abandon(link->dial);
    }
}
