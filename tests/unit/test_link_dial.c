#include "proto/link_dial.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* A peer that hangs up while frames are being sent to it. nng may then keep a freed pipe in its
 * list; meson sets MALLOC_PERTURB_, so whoever sends into that crashes. */

enum { ROUND_COUNT = 150, SENDS_AFTERWARDS = 50, FRAME_BYTES = 100, BYTES_READ_MAX = 3000 };

/* Says that it is a PULL socket, reads some of what comes, and hangs up; again and again. */
static void *hang_up(void *data)
{
    static const char greeting[8] = {0, 'S', 'P', 0, 0, 0x51, 0, 0};
    char junk[BYTES_READ_MAX];
    int listener = *(int *)data, fd;
    for (size_t round = 0; (fd = accept(listener, NULL, NULL)) >= 0; round++) {
        size_t left =
            write(fd, greeting, sizeof greeting) < 0 ? 0 : 8 + round * 379 % BYTES_READ_MAX;
        ssize_t got = 1;
        for (; left > 0 && got > 0; left -= (size_t)got) {
            got = read(fd, junk, left < sizeof junk ? left : sizeof junk);
            if (got < 0)
                break;
        }
        close(fd);
    }
    return NULL;
}

static int listen_somewhere(char *ret_url, size_t url_bytes)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, size), 0);
    assert_int_equal(listen(fd, 100), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &size), 0);
    snprintf(ret_url, url_bytes, "tcp://127.0.0.1:%d", ntohs(at.sin_port));
    return fd;
}

static int send_frame(struct link_dial *dial)
{
    nng_msg *message;
    assert_int_equal(nng_msg_alloc(&message, FRAME_BYTES), 0);
    int code = link_feed_send(&dial->claim, dial->push, message);
    if (code)
        nng_msg_free(message);
    return code;
}

static void on_events(uv_async_t *async)
{
    (void)async;
}

static struct pipe_event when_told(struct link_feed *feed)
{
    struct pipe_event event;
    while (!link_feed_take(feed, &event))
        sched_yield();
    return event;
}

static void test_nothing_is_sent_into_a_pipe_that_is_gone(void **state)
{
    (void)state;
    static struct link_feed feed; /* outlives nng's sockets */
    char url[64];
    pthread_t peer;
    int listener = listen_somewhere(url, sizeof url);
    uv_loop_t *loop = uv_default_loop();
    assert_int_equal(link_feed_open(&feed, loop, on_events), OK);
    assert_int_equal(pthread_create(&peer, NULL, hang_up, &listener), 0);
    for (int round = 0; round < ROUND_COUNT; round++) {
        struct link_dial *dial;
        struct pipe_event event;
        assert_int_equal(link_dial_open(&feed, loop, url, NULL, &dial, NULL), OK);
        assert_true(when_told(&feed).came);
        while (!link_feed_take(&feed, &event)) {
            (void)send_frame(dial);
            sched_yield();
        }
        assert_false(event.came);
        for (int i = 0; i < SENDS_AFTERWARDS; i++)
            assert_int_equal(send_frame(dial), NNG_ECLOSED);
        link_dial_close(dial);
        uv_run(loop, UV_RUN_NOWAIT);
    }
    shutdown(listener, SHUT_RDWR);
    pthread_join(peer, NULL);
    close(listener);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_is_sent_into_a_pipe_that_is_gone),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    fflush(stdout);
    _exit(failed); /* nng's threads and sockets end with the process */
}
