#include "tests/lib/link_side.h"

#include "common/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uv_loop_t loop;
struct side one, two, three;

/* A connection that nng has in hand when the process ends is known only to its threads. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libnng";
}

static void on_up(void *owner, size_t peer, uint64_t boot)
{
    struct side *side = owner;
    CHECK(!side->seen[peer].up);
    side->seen[peer].up = true;
    side->seen[peer].boot = boot;
    side->seen[peer].up_count++;
}

static void on_down(void *owner, size_t peer)
{
    struct side *side = owner;
    CHECK(side->seen[peer].up);
    side->seen[peer].up = false;
    side->seen[peer].down_count++;
}

static void on_message(void *owner, size_t peer, struct bytes message)
{
    struct side *side = owner;
    CHECK(side->seen[peer].up);
    side->seen[peer].message_count++;
    CHECK(buf_append(&side->seen[peer].text, message.data, message.size) == OK);
    if (side->rejects_all)
        links_reject(side->links, peer);
    if (side->echoes)
        CHECK(links_send(side->links, peer, LINK_CONTROL, message) == OK);
}

static void on_reject(void *owner, const char *code, const char *why)
{
    struct side *side = owner;
    size_t used = strlen(side->rejected);
    snprintf(side->rejected + used, sizeof side->rejected - used, "%s: %s\n", code ? code : "?",
             why);
}

void side_init(struct side *side, const char *code)
{
    *side = (struct side){.config = {.code = code,
                                     .boot = 1,
                                     .cluster_id = "cluster one",
                                     .cluster_key = "the cluster's key",
                                     .probe_interval_us = 50000,
                                     .probe_timeout_us = 400000,
                                     .queue_bytes_max = 8 << 20}};
    free_url(side->url);
}

void side_know(struct side *side, const struct side *peer, uint64_t delay_us)
{
    struct link_peer *known = &side->peers[side->config.peer_count++];
    CHECK(side->config.peer_count <= SIDE_PEERS_MAX);
    *known = (struct link_peer){.url = peer->url, .delay_us = delay_us};
    snprintf(known->code, sizeof known->code, "%s", peer->config.code);
}

void side_open(struct side *side)
{
    static const struct link_events events = {on_up, on_down, on_message, on_reject};
    struct errmsg why = {0};
    side->config.peers = side->peers;
    side->config.url = side->url;
    if (links_open(&loop, &side->config, &events, side, &side->links, &why) != OK) {
        fprintf(stderr, "%s\n", why.text);
        abort();
    }
}

void side_send(struct side *side, size_t peer, enum link_lane lane, const char *text)
{
    CHECK(links_send(side->links, peer, lane, bytes_of(text)) == OK);
}

bool side_heard(const struct side *side, size_t peer, const char *text)
{
    return bytes_equal(buf_bytes(&side->seen[peer].text), bytes_of(text));
}

void side_stop(struct side *side)
{
    if (side->links)
        links_stop(side->links);
    for (size_t i = 0; i < SIDE_PEERS_MAX; i++)
        buf_finish(&side->seen[i].text);
}

/* ---- those of a test ---- */

static uv_timer_t watchdog;

static void on_hang(uv_timer_t *timer)
{
    (void)timer;
    fprintf(stderr, "nothing happened for 20 s; refused: one: %s two: %s\n", one.rejected,
            two.rejected);
    abort();
}

void sides_watch(bool on)
{
    if (on)
        uv_timer_start(&watchdog, on_hang, 20000, 0);
    else
        uv_timer_stop(&watchdog);
}

void sides_begin(void)
{
    CHECK(uv_loop_init(&loop) == 0);
    CHECK(uv_timer_init(&loop, &watchdog) == 0);
    side_init(&one, "ONE");
    side_init(&two, "TWO");
    side_init(&three, "THREE");
}

int sides_end(void)
{
    side_stop(&one);
    side_stop(&two);
    side_stop(&three);
    uv_close((uv_handle_t *)&watchdog, NULL);
    while (uv_run(&loop, UV_RUN_DEFAULT) != 0)
        continue;
    return uv_loop_close(&loop);
}
