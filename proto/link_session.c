#include "common/check.h"
#include "proto/link_hangup.h"
#include "proto/link_internal.h"

#include <sodium.h>
#include <string.h>

enum {
    RETRY_FIRST_US = 25 * 1000,
    RETRY_LAST_US = 800 * 1000,
    CALIBRATION_COUNT = 4,               /* probes of a link that is new, for its lead */
    CALIBRATION_INTERVAL_US = 20 * 1000, /* apart: a process at rest answers more slowly */
    DIAL_BACKOFF_FIRST_US = 10 * 1000,
    DIAL_BACKOFF_LAST_US = 1000 * 1000,
};

static void set_tick(struct link *link)
{
    uint64_t deadline_us = UINT64_MAX;
    if (!link->dial)
        deadline_us = link->redial_us;
    else if (link->up && link->probed_us)
        deadline_us = link->probed_us + link->links->probe_timeout_us;
    else if (link->up && link->lead.count < CALIBRATION_COUNT)
        deadline_us = link->probe_left_us + CALIBRATION_INTERVAL_US;
    else if (link->up)
        deadline_us = link->heard_us + link->links->probe_interval_us;
    else if (link->out_pipe)
        deadline_us = link->retry_us;
    link_set_deadline(&link->links->ticks, &link->tick, deadline_us);
}

static void say_hello(struct link *link, uint64_t now_us)
{
    link->hello_due = true;
    link->retry_us = now_us + link->retry_interval_us;
    link_mark_dirty(link);
    set_tick(link);
}

void link_session_dialled(struct link *link, uint32_t pipe)
{
    uint8_t nonce[NONCE_BYTES];
    do
        randombytes_buf(nonce, sizeof nonce);
    while (sodium_is_zero(nonce, sizeof nonce));
    CHECK(!link->out_pipe && !link->up);
    link->out_pipe = pipe;
    link->retry_interval_us = RETRY_FIRST_US;
    handshake_begin(&link->handshake, nonce);
    say_hello(link, alarm_now_us());
}

enum err link_session_start(struct link *link, struct errmsg *reterr_why)
{
    link->dial_backoff_us = DIAL_BACKOFF_FIRST_US;
    return link_dial_open(&link->links->feed, link->links->loop, link->url, link, &link->dial,
                          reterr_why);
}

static void redial(struct link *link, uint64_t now_us)
{
    enum err err =
        link_dial_open(&link->links->feed, link->links->loop, link->url, link, &link->dial, NULL);
    if (err != OK) /* memory or descriptors are short; maybe not for long */
        link->redial_us = now_us + DIAL_BACKOFF_LAST_US;
    set_tick(link);
}

/* A peer that hangs up before the link is up, because it knows another key maybe, is not dialled
 * again and again in a hurry. */
static void slow_down(struct link *link, bool was_up)
{
    uint64_t backoff_us = was_up ? DIAL_BACKOFF_FIRST_US : 2 * link->dial_backoff_us;
    link->dial_backoff_us = backoff_us < DIAL_BACKOFF_LAST_US ? backoff_us : DIAL_BACKOFF_LAST_US;
}

void link_session_lost(struct link *link, uint32_t pipe)
{
    if (link->out_pipe == pipe)
        link_session_down(link);
    link_dial_close(link->dial);
    link->dial = NULL;
    link->redial_us = alarm_now_us() + link->dial_backoff_us;
    set_tick(link);
}

void link_session_down(struct link *link)
{
    struct links *links = link->links;
    bool was_up = link->up;
    struct in_pipe *in = link_in_find(links, link->in_pipe);
    if (in)
        link_in_close(links, in);
    if (link->out_pipe) {
        link_hang_up(link->out_pipe);
        slow_down(link, was_up);
    }
    link->out_pipe = link->in_pipe = link->heard_pipe = 0;
    link->up = link->stats.up = link->doomed = false;
    link->handshake = (struct handshake){0};
    link->said = (struct hello){0};
    link_out_clear(link);
    set_tick(link);
    if (was_up)
        links->events.on_down(links->owner, link->index);
}

void link_session_probe(struct link *link)
{
    if (link->echo_awaited)
        return;
    link->probe_due = link->echo_awaited = true;
    link_mark_dirty(link);
}

void link_session_echo(struct link *link)
{
    if (!link->echo_awaited || link->probe_due)
        return;
    link->echo_awaited = false;
    /* Behind other frames a probe tells nothing of the way itself. */
    if (link->probe_left_bytes == link->arrived_bytes)
        link_lead_add(&link->lead, alarm_now_us() - link->probe_left_us);
    link->arrived_bytes = link->probe_left_bytes;
    link_mark_dirty(link);
    set_tick(link);
}

/* Await a sign of life, whatever it is. */
static void await_life(struct link *link, uint64_t now_us)
{
    link->probed_us = now_us;
    link_session_probe(link);
    set_tick(link);
}

static void come_up(struct link *link, uint64_t now_us)
{
    struct links *links = link->links;
    link->up = link->stats.up = true;
    link->stats.peer_boot = link->handshake.peer_boot;
    link->heard_us = now_us;
    link->echo_awaited = false;
    link->left_bytes = link->arrived_bytes = 0;
    link->lead = (struct link_lead){0};
    await_life(link, now_us);
    links->events.on_up(links->owner, link->index, link->stats.peer_boot);
}

/* Two HELLOs that say the same, apart from the boot, which stays. */
static bool says_more(const struct hello *hello, const struct hello *said)
{
    return hello->accepted != said->accepted ||
           memcmp(hello->nonce, said->nonce, NONCE_BYTES) != 0 ||
           memcmp(hello->answer, said->answer, NONCE_BYTES) != 0;
}

struct hello link_session_hello(const struct link *link)
{
    struct hello hello = handshake_say(&link->handshake, link->code);
    hello.accepted = hello.accepted && (link->up || !link->cut);
    return hello;
}

void link_session_healed(struct link *link)
{
    if (link->up)
        return;
    link->dial_backoff_us = DIAL_BACKOFF_FIRST_US / 2; /* going down doubles it */
    link->doomed = true;
    link_mark_dirty(link);
}

void link_session_hear(struct link *link, struct in_pipe *in, const struct hello *hello)
{
    struct links *links = link->links;
    uint64_t now_us = alarm_now_us();
    if (link->in_pipe && link->in_pipe != in->id) {
        /* Either the peer has lost its session and says so again once we know, or this is a
         * record: only a record would answer a nonce. */
        if (hello_answers(hello))
            link_in_refuse(links, in, "a HELLO that answers no nonce of ours");
        return;
    }
    enum handshake_step step = handshake_hear(&link->handshake, hello);
    switch (step) {
    case HANDSHAKE_REFUSED: link_in_refuse(links, in, "a HELLO of another session"); return;
    case HANDSHAKE_NOTED: link->heard_pipe = in->id; break;
    case HANDSHAKE_PROVEN:
    case HANDSHAKE_UP:
        if (!link->in_pipe)
            link_in_prove(links, in, link);
        link->in_pipe = link->heard_pipe = in->id;
        break;
    }
    if (link->out_pipe) {
        struct hello hello_now = link_session_hello(link);
        if (says_more(&hello_now, &link->said))
            say_hello(link, now_us);
    }
    if (step == HANDSHAKE_UP && !link->up && !link->cut)
        come_up(link, now_us);
}

void link_session_tick(struct link *link, uint64_t now_us)
{
    set_tick(link); /* a sign of life has moved the deadline, maybe */
    if (link->tick.place == 0 || link->tick.deadline_us > now_us)
        return;
    if (!link->dial) {
        redial(link, now_us);
    } else if (!link->up) {
        link->retry_interval_us = 2 * link->retry_interval_us < RETRY_LAST_US
                                      ? 2 * link->retry_interval_us
                                      : RETRY_LAST_US;
        say_hello(link, now_us);
    } else if (link->probed_us == 0) {
        await_life(link, now_us);
    } else {
        link_session_down(link);
    }
}
