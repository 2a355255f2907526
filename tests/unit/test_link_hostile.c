#include "common/check.h"
#include "proto/frame.h"
#include "proto/handshake.h"
#include "tests/lib/link_side.h"
#include "tests/lib/raw_push.h"

#include <nng/nng.h>
#include <nng/protocol/pipeline0/pull.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* What somebody can do who reaches the port: with any bytes, with recorded frames, and even with
 * the key. ONE and TWO are true processes and stay up, THREE is played by hand. */

static nng_socket pull;
static int stranger; /* a connection to ONE */

static int set_up(void **state)
{
    (void)state;
    sides_begin();
    side_know(&one, &two, 0);
    side_know(&one, &three, 0);
    side_know(&two, &one, 0);
    one.config.probe_timeout_us = 1500000; /* for strangers too: time enough on a busy machine */
    side_open(&one);
    side_open(&two);
    AWAIT(one.seen[0].up && two.seen[0].up);
    stranger = raw_push_open(one.url);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    close(stranger);
    return sides_end();
}

static void send_raw(const void *data, size_t size)
{
    CHECK(raw_push_send(stranger, data, size));
}

static void reconnect(void)
{
    close(stranger);
    stranger = raw_push_open(one.url);
}

/* TWO has noticed nothing of it all. */
static void assert_good_peer_works(void)
{
    assert_int_equal(one.seen[0].down_count + two.seen[0].down_count, 0);
    unsigned count = one.seen[0].message_count;
    side_send(&two, 0, LINK_CONTROL, "as ever");
    AWAIT(one.seen[0].message_count == count + 1);
}

/* --- strangers --- */

static void frames_before_a_hello_close_the_pipe(void **state)
{
    (void)state;
    static const struct bytes frames[] = {
        {"", 0},   {"\2", 1},         {"\3", 1},       {"\4\0\0\0\1x", 6},
        {"\1", 1}, {"\1\1 hello", 8}, {"\x47 E T", 6},
    };
    for (size_t i = 0; i < sizeof frames / sizeof *frames; i++) {
        send_raw(frames[i].data, frames[i].size);
        AWAIT(links_rejected_count(one.links) == i + 1);
        raw_push_await_close(stranger);
        reconnect();
    }
    assert_good_peer_works();
}

static void random_frames_close_the_pipe(void **state)
{
    (void)state;
    struct rng rng;
    rng_init(&rng, 20260101);
    for (unsigned i = 0; i < 100; i++) {
        uint8_t bytes[HELLO_BYTES];
        for (size_t at = 0; at < sizeof bytes; at++)
            bytes[at] = (uint8_t)rng_next(&rng);
        bytes[0] = (uint8_t)(i % 6);
        bytes[1] = HELLO_VERSION;
        send_raw(bytes, i % 2 ? sizeof bytes : rng_below(&rng, sizeof bytes));
        AWAIT(links_rejected_count(one.links) == i + 1);
        reconnect();
    }
    assert_good_peer_works();
}

static void an_oversize_frame_closes_the_pipe(void **state)
{
    (void)state;
    uint8_t *large = calloc(1, FRAME_SIZE_COUNTED_MAX);
    large[0] = FRAME_BATCH;
    send_raw(large, FRAME_SIZE_COUNTED_MAX);
    AWAIT(links_rejected_count(one.links) == 1);
    raw_push_await_close(stranger);
    free(large);
    assert_good_peer_works();
}

static void an_announcement_beyond_all_bounds_closes_the_pipe(void **state)
{
    (void)state;
    static const unsigned long long announced[] = {FRAME_SIZE_COUNTED_MAX + 1, 1ull << 40,
                                                   1ull << 63, ~0ull};
    for (size_t i = 0; i < sizeof announced / sizeof *announced; i++) {
        (void)raw_push_announce(stranger, announced[i], "x", 1);
        raw_push_await_close(stranger);
        reconnect();
    }
    assert_good_peer_works();
}

static void who_leaves_in_the_middle_is_forgotten(void **state)
{
    (void)state;
    for (int i = 0; i < 50; i++) {
        (void)raw_push_announce(stranger, HELLO_BYTES, "\1\1", (size_t)i % 3);
        reconnect();
    }
    assert_good_peer_works();
    assert_int_equal(links_rejected_count(one.links), 0);
}

static void silence_is_not_borne_for_ever(void **state)
{
    (void)state;
    AWAIT(links_rejected_count(one.links) == 1);
    assert_string_equal(one.rejected, "?: a pipe that did not prove who speaks\n");
    assert_good_peer_works();
}

static void a_crowd_of_strangers_is_bounded(void **state)
{
    (void)state;
    enum { COUNT = 100 };
    int crowd[COUNT];
    for (int i = 0; i < COUNT; i++)
        crowd[i] = raw_push_open(one.url);
    AWAIT(strstr(one.rejected, "too many pipes"));
    assert_good_peer_works();
    for (int i = 0; i < COUNT; i++)
        close(crowd[i]);
}

/* --- somebody who has the key: THREE by hand --- */

static struct hello_scope three_scope;
static struct handshake handshake;

static void send_hello(const struct hello *hello, uint8_t ret_frame[HELLO_BYTES])
{
    hello_encode(&three_scope, hello, ret_frame);
    send_raw(ret_frame, HELLO_BYTES);
}

/* Hear the next HELLO that ONE says to THREE's port. */
static void hear_one(void)
{
    nng_msg *message = NULL;
    AWAIT(nng_recvmsg(pull, &message, NNG_FLAG_NONBLOCK) == 0);
    struct hello hello;
    struct bytes frame = {nng_msg_body(message), nng_msg_len(message)};
    if (hello_decode(&three_scope, frame, &hello) == HELLO_GOOD)
        (void)handshake_hear(&handshake, &hello);
    nng_msg_free(message);
}

/* Do all that a true THREE would; the frame that proved it stays in `ret_proof`. */
static void come_up_as_three(uint8_t ret_proof[HELLO_BYTES])
{
    static const uint8_t nonce[NONCE_BYTES] = "three's";
    hello_scope_init(&three_scope, one.config.cluster_id, one.config.cluster_key, "THREE", 33);
    handshake = (struct handshake){0};
    handshake_begin(&handshake, nonce);
    CHECK(nng_pull0_open(&pull) == 0);
    CHECK(nng_listen(pull, three.url, NULL, 0) == 0);
    while (!handshake.heard)
        hear_one();
    reconnect();
    struct hello hello = handshake_say(&handshake, "ONE");
    send_hello(&hello, ret_proof);
    while (!handshake.accepted)
        hear_one();
    hello = handshake_say(&handshake, "ONE");
    send_hello(&hello, ret_proof);
    AWAIT(one.seen[1].up);
    assert_true(one.seen[1].boot == 33);
}

static void garbage_of_a_proven_peer_takes_its_link_down(void **state)
{
    (void)state;
    uint8_t proof[HELLO_BYTES];
    come_up_as_three(proof);
    send_raw("\4\0\0\0\2hi\0\0\0\3oho", 14);
    AWAIT(one.seen[1].message_count == 2);
    send_raw("\4\0\0\0\2hi\0\0\0\4oho", 14); /* not even its good part is delivered */
    AWAIT(!one.seen[1].up);
    assert_int_equal(one.seen[1].message_count, 2);
    assert_string_equal(one.rejected, "THREE: bytes that are no frame\n");
    assert_good_peer_works();
}

static void a_proven_pipe_cannot_become_another(void **state)
{
    (void)state;
    uint8_t proof[HELLO_BYTES];
    come_up_as_three(proof);
    struct hello hello = handshake_say(&handshake, "ONE");
    three_scope.boot = 34;
    send_hello(&hello, proof);
    AWAIT(!one.seen[1].up);
    assert_string_equal(one.rejected, "THREE: a HELLO of another session\n");
    assert_good_peer_works();
}

static void a_record_is_refused_while_its_link_is_up(void **state)
{
    (void)state;
    uint8_t proof[HELLO_BYTES];
    come_up_as_three(proof);
    int thief = raw_push_open(one.url);
    CHECK(raw_push_send(thief, proof, sizeof proof));
    AWAIT(links_rejected_count(one.links) == 1);
    assert_string_equal(one.rejected, "?: a HELLO that answers no nonce of ours\n");
    assert_true(one.seen[1].up);
    assert_int_equal(one.seen[1].down_count, 0);
    send_raw("\4\0\0\0\2hi", 7); /* the true one still speaks */
    AWAIT(one.seen[1].message_count == 1);
    close(thief);
}

static void a_record_is_refused_after_its_session(void **state)
{
    (void)state;
    uint8_t proof[HELLO_BYTES];
    come_up_as_three(proof);
    send_raw("\5", 1);
    AWAIT(!one.seen[1].up);
    assert_int_equal(links_rejected_count(one.links), 1);
    reconnect();
    send_raw(proof, sizeof proof);
    send_raw("\4\0\0\0\2hi", 7);
    AWAIT(links_rejected_count(one.links) == 2);
    assert_non_null(strstr(one.rejected, "?: a frame before its HELLO\n"));
    reconnect();
    send_raw(proof, sizeof proof);
    AWAIT(links_rejected_count(one.links) == 3); /* the proof alone: until its time is up */
    assert_int_equal(one.seen[1].up_count, 1);
    assert_int_equal(one.seen[1].message_count, 0);
    assert_good_peer_works();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    CHECK(sodium_init() >= 0);
    const struct CMUnitTest tests[] = {
        TEST(frames_before_a_hello_close_the_pipe),
        TEST(random_frames_close_the_pipe),
        TEST(an_oversize_frame_closes_the_pipe),
        TEST(an_announcement_beyond_all_bounds_closes_the_pipe),
        TEST(who_leaves_in_the_middle_is_forgotten),
        TEST(silence_is_not_borne_for_ever),
        TEST(a_crowd_of_strangers_is_bounded),
        TEST(garbage_of_a_proven_peer_takes_its_link_down),
        TEST(a_proven_pipe_cannot_become_another),
        TEST(a_record_is_refused_while_its_link_is_up),
        TEST(a_record_is_refused_after_its_session),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
