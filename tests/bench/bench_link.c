#include "common/alarm.h"
#include "common/check.h"
#include "proto/link.h"
#include "tests/lib/free_url.h"

#include <signal.h>
#include <sodium.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Two processes on one machine and the link between them: how far the one-way delay is from the
 * configured one, and how many messages of 100 bytes make the round trip in a second.
 *
 *     bench_link [seconds for each row]
 *
 * The other process is this program again: bench_link --echo OWN-URL PEER-URL DELAY-US. */

enum { SAMPLE_COUNT_MAX = 100000, MESSAGE_BYTES = 100, SAMPLE_PAUSE_MS = 7 };

struct payload {
    uint64_t sent_us, received_us; /* CLOCK_MONOTONIC is the same for both processes */
    uint8_t filler[MESSAGE_BYTES - 16];
};

struct bench {
    uv_loop_t loop;
    uv_timer_t timer;
    struct links *links;
    bool echo;
    uint64_t delay_us, end_us, outstanding_count;
    uint64_t answered_count;
    double errors_us[SAMPLE_COUNT_MAX];
    size_t sample_count;
};

static struct bench bench;

static void send_payload(const struct payload *payload)
{
    CHECK(links_send(bench.links, 0, LINK_CONTROL, (struct bytes){payload, sizeof *payload}) == OK);
}

static void send_sample(uv_timer_t *timer)
{
    (void)timer;
    send_payload(&(struct payload){.sent_us = alarm_now_us()});
    if (alarm_now_us() >= bench.end_us)
        uv_timer_stop(&bench.timer);
}

static void on_up(void *owner, size_t peer, uint64_t boot)
{
    (void)owner;
    (void)peer;
    (void)boot;
    if (bench.echo)
        return;
    for (uint64_t i = 0; i < bench.outstanding_count; i++)
        send_payload(&(struct payload){.sent_us = alarm_now_us()});
    if (bench.outstanding_count == 0)
        uv_timer_start(&bench.timer, send_sample, 100, SAMPLE_PAUSE_MS);
}

static void on_down(void *owner, size_t peer)
{
    (void)owner;
    (void)peer;
    if (bench.echo)
        _exit(0);
}

static void on_echo(const struct payload *payload)
{
    bench.answered_count++;
    if (bench.outstanding_count > 0) {
        if (alarm_now_us() < bench.end_us)
            send_payload(payload);
        else
            uv_stop(&bench.loop);
        return;
    }
    uint64_t took_us = payload->received_us - payload->sent_us;
    if (bench.sample_count < SAMPLE_COUNT_MAX)
        bench.errors_us[bench.sample_count++] = (double)took_us - (double)bench.delay_us;
    if (!uv_is_active((uv_handle_t *)&bench.timer))
        uv_stop(&bench.loop);
}

static void on_message(void *owner, size_t peer, struct bytes message)
{
    (void)owner;
    (void)peer;
    struct payload payload;
    CHECK(message.size == sizeof payload);
    memcpy(&payload, message.data, sizeof payload);
    if (bench.echo) {
        payload.received_us = alarm_now_us();
        send_payload(&payload);
    } else {
        on_echo(&payload);
    }
}

static void open_links(const char *code, const char *url, const char *peer_code,
                       const char *peer_url)
{
    struct link_peer peer = {.url = peer_url, .delay_us = bench.delay_us};
    snprintf(peer.code, sizeof peer.code, "%s", peer_code);
    struct link_config config = {.code = code,
                                 .url = url,
                                 .boot = 1,
                                 .peers = &peer,
                                 .peer_count = 1,
                                 .probe_interval_us = 500000,
                                 .probe_timeout_us = 5000000,
                                 .queue_bytes_max = 64 << 20};
    static const struct link_events events = {on_up, on_down, on_message, NULL};
    struct errmsg why = {0};
    if (links_open(&bench.loop, &config, &events, NULL, &bench.links, &why) != OK) {
        fprintf(stderr, "%s\n", why.text);
        exit(1);
    }
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double percentile(double part)
{
    return bench.errors_us[(size_t)(part * (double)(bench.sample_count - 1))];
}

/* posix_spawn, because nng aborts in a process that was forked from one that uses it. */
static pid_t start_self(const char *const *arguments)
{
    pid_t pid;
    CHECK(posix_spawn(&pid, "/proc/self/exe", NULL, NULL, (char *const *)(uintptr_t)arguments,
                      environ) == 0);
    return pid;
}

static pid_t start_echo(const char *url, const char *peer_url)
{
    char delay_text[32];
    snprintf(delay_text, sizeof delay_text, "%llu", (unsigned long long)bench.delay_us);
    const char *arguments[] = {"bench_link", "--echo", url, peer_url, delay_text, NULL};
    return start_self(arguments);
}

/* One row in a process of its own, because nng's sockets stay for its life. */
static void run_row(double seconds)
{
    char own_url[FREE_URL_BYTES], peer_url[FREE_URL_BYTES];
    free_url(own_url);
    free_url(peer_url);
    pid_t echo = start_echo(peer_url, own_url);
    uv_timer_init(&bench.loop, &bench.timer);
    bench.end_us = alarm_now_us() + (uint64_t)(seconds * 1e6) + 100000;
    open_links("ONE", own_url, "TWO", peer_url);
    uint64_t start_us = alarm_now_us();
    uv_run(&bench.loop, UV_RUN_DEFAULT);
    double took_s = (double)(alarm_now_us() - start_us) / 1e6;
    if (bench.outstanding_count > 0) {
        struct link_stats stats = links_stats(bench.links, 0);
        printf("outstanding %4llu: %9.0f round trips/s, %6.1f messages a frame\n",
               (unsigned long long)bench.outstanding_count, (double)bench.answered_count / took_s,
               (double)stats.sent_messages / (double)stats.frames_sent);
    } else {
        qsort(bench.errors_us, bench.sample_count, sizeof bench.errors_us[0], compare);
        printf("delay %5.1f ms: measured minus configured p1 %+.3f, p50 %+.3f, p99 %+.3f, max "
               "%+.3f ms "
               "(%zu messages)\n",
               (double)bench.delay_us / 1e3, percentile(0.01) / 1e3, percentile(0.5) / 1e3,
               percentile(0.99) / 1e3, percentile(1) / 1e3, bench.sample_count);
    }
    fflush(stdout);
    kill(echo, SIGKILL);
    _exit(0);
}

static void start_row(const char *seconds, const char *delay_us, const char *outstanding_count)
{
    const char *arguments[] = {"bench_link", "--row", seconds, delay_us, outstanding_count, NULL};
    pid_t pid = start_self(arguments);
    int status;
    CHECK(waitpid(pid, &status, 0) == pid);
    CHECK(status == 0);
}

int main(int argument_count, char **arguments)
{
    CHECK(sodium_init() >= 0);
    CHECK(uv_loop_init(&bench.loop) == 0);
    if (argument_count == 5 && strcmp(arguments[1], "--echo") == 0) {
        bench.echo = true;
        bench.delay_us = strtoull(arguments[4], NULL, 10);
        open_links("TWO", arguments[2], "ONE", arguments[3]);
        uv_run(&bench.loop, UV_RUN_DEFAULT);
        return 0;
    }
    if (argument_count == 5 && strcmp(arguments[1], "--row") == 0) {
        bench.delay_us = strtoull(arguments[3], NULL, 10);
        bench.outstanding_count = strtoull(arguments[4], NULL, 10);
        run_row(strtod(arguments[2], NULL));
    }
    const char *seconds = argument_count > 1 ? arguments[1] : "3";
    const char *delays_us[] = {"0", "1000", "10000", "100000"};
    for (size_t i = 0; i < sizeof delays_us / sizeof *delays_us; i++)
        start_row(seconds, delays_us[i], "0");
    start_row(seconds, "0", "1");
    start_row(seconds, "0", "64");
    start_row(seconds, "0", "1024");
    return 0;
}
