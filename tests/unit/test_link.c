#include "common/alarm.h"
#include "common/check.h"
#include "tests/lib/link_side.h"

#include <setjmp.h>
#include <signal.h>
#include <sodium.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* Up to three ends in this process, and where a process must die, one in another: this program
 * started again as `test_link --child CODE URL PEER-CODE PEER-URL BOOT`, which sends all back. */

static pid_t child;

static int set_up(void **state)
{
    (void)state;
    sides_begin();
    return 0;
}

static void end_child(void)
{
    if (child == 0)
        return;
    kill(child, SIGKILL);
    CHECK(waitpid(child, NULL, 0) == child);
    child = 0;
}

static int tear_down(void **state)
{
    (void)state;
    end_child();
    return sides_end();
}

static bool up(const struct side *a, const struct side *b)
{
    return a->seen[0].up && b->seen[0].up;
}

static void know_each_other(uint64_t delay_us)
{
    side_know(&one, &two, delay_us);
    side_know(&two, &one, delay_us);
}

/* No cut of these tests lasts so long that the link is lost. */
static void be_patient(void)
{
    one.config.probe_timeout_us = two.config.probe_timeout_us = 60 * 1000 * 1000;
}

static void open_both(void)
{
    side_open(&one);
    side_open(&two);
    AWAIT(up(&one, &two));
}

static void start_child(uint64_t boot)
{
    char boot_text[24];
    snprintf(boot_text, sizeof boot_text, "%llu", (unsigned long long)boot);
    const char *arguments[] = {"test_link", "--child", "TWO",     two.url,
                               "ONE",       one.url,   boot_text, NULL};
    CHECK(posix_spawn(&child, "/proc/self/exe", NULL, NULL, (char *const *)(uintptr_t)arguments,
                      environ) == 0);
}

static void open_one_and_child(void)
{
    know_each_other(0);
    side_open(&one);
    start_child(11);
    AWAIT(one.seen[0].up);
}

/* --- what links are for --- */

static void two_come_up_and_talk(void **state)
{
    (void)state;
    know_each_other(0);
    one.config.boot = 7;
    two.config.boot = UINT64_MAX;
    open_both();
    assert_true(two.seen[0].boot == 7);
    assert_true(one.seen[0].boot == UINT64_MAX);
    side_send(&one, 0, LINK_CONTROL, "hello ");
    side_send(&one, 0, LINK_CONTROL, "there");
    side_send(&two, 0, LINK_BULK, "oh, hi");
    AWAIT(two.seen[0].message_count == 2 && one.seen[0].message_count == 1);
    assert_true(side_heard(&two, 0, "hello there"));
    assert_true(side_heard(&one, 0, "oh, hi"));
    struct link_stats stats = links_stats(one.links, 0);
    assert_true(stats.up);
    assert_int_equal(stats.sent_messages, 2);
    assert_int_equal(stats.sent_bytes, 11);
    assert_int_equal(stats.frames_sent, 1); /* one turn, one frame */
    assert_int_equal(stats.received_messages, 1);
    assert_int_equal(stats.received_bytes, 6);
    assert_int_equal(links_rejected_count(one.links) + links_rejected_count(two.links), 0);
}

static void three_know_who_speaks(void **state)
{
    (void)state;
    side_know(&one, &two, 0);
    side_know(&one, &three, 0);
    side_know(&two, &three, 0);
    side_know(&two, &one, 0);
    side_know(&three, &one, 0);
    side_know(&three, &two, 0);
    side_open(&one);
    side_open(&two);
    side_open(&three);
    AWAIT(one.seen[0].up && one.seen[1].up && two.seen[0].up && two.seen[1].up &&
          three.seen[0].up && three.seen[1].up);
    side_send(&one, 1, LINK_CONTROL, "one to three");
    side_send(&two, 0, LINK_CONTROL, "two to three");
    AWAIT(three.seen[0].message_count + three.seen[1].message_count == 2);
    assert_true(side_heard(&three, 0, "one to three"));
    assert_true(side_heard(&three, 1, "two to three"));
}

static void thousands_arrive_in_order(void **state)
{
    (void)state;
    know_each_other(0);
    open_both();
    enum { COUNT = 20000 };
    struct buf expected = {0};
    for (int i = 0; i < COUNT; i++) {
        char text[16];
        snprintf(text, sizeof text, "%d ", i);
        side_send(&one, 0, LINK_BULK, text);
        assert_int_equal(buf_append(&expected, text, strlen(text)), OK);
    }
    AWAIT(two.seen[0].message_count == COUNT);
    assert_true(bytes_equal(buf_bytes(&two.seen[0].text), buf_bytes(&expected)));
    buf_finish(&expected);
}

static void the_largest_message_passes_and_a_larger_one_is_refused(void **state)
{
    (void)state;
    know_each_other(0);
    open_both();
    uint8_t *large = calloc(1, MESSAGE_BYTES_MAX + 1);
    large[MESSAGE_BYTES_MAX - 1] = 'x';
    struct bytes message = {large, MESSAGE_BYTES_MAX + 1};
    assert_int_equal(links_send(one.links, 0, LINK_BULK, message), ERR_INVALID);
    message.size = 0;
    assert_int_equal(links_send(one.links, 0, LINK_BULK, message), ERR_INVALID);
    message.size = MESSAGE_BYTES_MAX;
    for (int i = 0; i < 3; i++)
        assert_int_equal(links_send(one.links, 0, LINK_BULK, message), OK);
    AWAIT(two.seen[0].message_count == 3);
    assert_int_equal(two.seen[0].text.size, 3 * MESSAGE_BYTES_MAX);
    assert_memory_equal(two.seen[0].text.data + MESSAGE_BYTES_MAX, large, MESSAGE_BYTES_MAX);
    assert_int_equal(links_rejected_count(two.links), 0);
    free(large);
}

/* --- delays and disturbances --- */

static void the_nearer_peer_hears_first(void **state)
{
    (void)state;
    side_know(&one, &two, 300000);
    side_know(&one, &three, 5000);
    side_know(&two, &one, 0);
    side_know(&three, &one, 0);
    side_open(&one);
    side_open(&two);
    side_open(&three);
    AWAIT(one.seen[0].up && one.seen[1].up && up(&two, &three));
    uint64_t start_us = alarm_now_us();
    side_send(&one, 0, LINK_CONTROL, "far");
    side_send(&one, 1, LINK_CONTROL, "near");
    AWAIT(three.seen[0].message_count == 1);
    assert_int_equal(two.seen[0].message_count, 0);
    AWAIT(two.seen[0].message_count == 1);
    assert_in_range(alarm_now_us() - start_us, 299000, 20000000);
}

static void jitter_does_not_change_the_order(void **state)
{
    (void)state;
    know_each_other(1000);
    one.config.jitter.delay =
        (struct delay){.kind = DELAY_UNIFORM, .low_us = 0, .high_us = 5 * 1000};
    open_both();
    for (int i = 0; i < 26; i++)
        side_send(&one, 0, LINK_CONTROL, (char[]){(char)('a' + i), 0});
    AWAIT(two.seen[0].message_count == 26);
    assert_true(side_heard(&two, 0, "abcdefghijklmnopqrstuvwxyz"));
}

static void a_cut_holds_messages_and_control_overtakes_bulk(void **state)
{
    (void)state;
    know_each_other(0);
    be_patient();
    open_both();
    links_disturb(one.links, 0, 0, true);
    side_send(&one, 0, LINK_BULK, "body ");
    side_send(&one, 0, LINK_BULK, "part ");
    side_send(&one, 0, LINK_CONTROL, "claim ");
    side_send(&two, 0, LINK_CONTROL, "the other way is open");
    AWAIT(one.seen[0].message_count == 1);
    assert_int_equal(two.seen[0].message_count, 0);
    links_disturb(one.links, 0, 0, false);
    AWAIT(two.seen[0].message_count == 3);
    assert_true(side_heard(&two, 0, "claim body part "));
    assert_int_equal(one.seen[0].down_count + two.seen[0].down_count, 0);
}

/* Only one direction is cut, but without answers the other one is of no use either. */
static void a_long_cut_loses_the_link_and_what_it_held(void **state)
{
    (void)state;
    know_each_other(0);
    open_both();
    links_disturb(one.links, 0, 0, true);
    side_send(&one, 0, LINK_CONTROL, "held ");
    AWAIT(!one.seen[0].up && !two.seen[0].up);
    uint64_t until_us = alarm_now_us() + 3 * one.config.probe_timeout_us;
    AWAIT(alarm_now_us() > until_us); /* the HELLOs that are tried wake the loop */
    assert_true(!one.seen[0].up && !two.seen[0].up);
    links_disturb(one.links, 0, 0, false);
    AWAIT(up(&one, &two));
    side_send(&one, 0, LINK_CONTROL, "after");
    side_send(&two, 0, LINK_CONTROL, "here too");
    AWAIT(two.seen[0].message_count == 1 && one.seen[0].message_count == 1);
    assert_true(side_heard(&two, 0, "after"));
    assert_int_equal(one.seen[0].down_count + two.seen[0].down_count, 2);
    assert_int_equal(links_rejected_count(one.links) + links_rejected_count(two.links), 0);
}

static void a_link_that_is_cut_from_the_start_comes_up_later(void **state)
{
    (void)state;
    know_each_other(0);
    side_open(&one);
    links_disturb(one.links, 0, 0, true);
    side_open(&two);
    uint64_t until_us = alarm_now_us() + 3 * one.config.probe_timeout_us;
    AWAIT(alarm_now_us() > until_us);
    assert_true(!one.seen[0].up && !two.seen[0].up);
    links_disturb(one.links, 0, 0, false);
    AWAIT(up(&one, &two));
    side_send(&one, 0, LINK_CONTROL, "x");
    AWAIT(two.seen[0].message_count == 1);
    assert_int_equal(links_rejected_count(one.links) + links_rejected_count(two.links), 0);
}

static void an_extra_delay_that_ends_changes_no_order(void **state)
{
    (void)state;
    know_each_other(0);
    open_both();
    links_disturb(one.links, 0, 40 * 1000, false);
    side_send(&one, 0, LINK_CONTROL, "slow ");
    links_disturb(one.links, 0, 0, false);
    side_send(&one, 0, LINK_CONTROL, "quick ");
    AWAIT(two.seen[0].message_count == 2);
    assert_true(side_heard(&two, 0, "slow quick "));
}

static void a_queue_has_its_bound(void **state)
{
    (void)state;
    know_each_other(0);
    one.config.queue_bytes_max = 1000;
    be_patient();
    open_both();
    links_disturb(one.links, 0, 0, true);
    unsigned count = 0;
    while (links_send(one.links, 0, LINK_BULK, BYTES_LITERAL("0123456789")) == OK)
        count++;
    assert_in_range(count, 10, 100);
    assert_int_equal(links_send(one.links, 0, LINK_BULK, BYTES_LITERAL("0123456789")), ERR_FULL);
    side_send(&one, 0, LINK_CONTROL, "another lane");
    links_disturb(one.links, 0, 0, false);
    AWAIT(two.seen[0].message_count == count + 1);
    side_send(&one, 0, LINK_BULK, "and room again");
    AWAIT(two.seen[0].message_count == count + 2);
}

/* --- peers that go --- */

static void a_new_boot_gets_nothing_meant_for_the_old_one(void **state)
{
    (void)state;
    open_one_and_child();
    assert_int_equal(one.seen[0].boot, 11);
    side_send(&one, 0, LINK_CONTROL, "first ");
    AWAIT(side_heard(&one, 0, "first "));
    links_disturb(one.links, 0, 0, true);
    side_send(&one, 0, LINK_CONTROL, "held ");
    end_child();
    AWAIT(!one.seen[0].up);
    assert_int_equal(links_send(one.links, 0, LINK_CONTROL, BYTES_LITERAL("x")), ERR_NOT_FOUND);
    links_disturb(one.links, 0, 0, false);
    start_child(12);
    AWAIT(one.seen[0].up);
    assert_int_equal(one.seen[0].boot, 12);
    side_send(&one, 0, LINK_CONTROL, "second ");
    AWAIT(one.seen[0].message_count == 2);
    assert_true(side_heard(&one, 0, "first second "));
    assert_int_equal(one.seen[0].down_count, 1);
    assert_int_equal(links_rejected_count(one.links), 0);
}

static void many_kills_in_full_traffic_leave_no_trace(void **state)
{
    (void)state;
    open_one_and_child();
    for (uint64_t boot = 12; boot < 22; boot++) {
        unsigned count = one.seen[0].message_count + 100;
        for (int i = 0; i < 2000; i++)
            side_send(&one, 0, LINK_CONTROL, "a message of some thirty bytes ");
        AWAIT(one.seen[0].message_count >= count);
        end_child();
        AWAIT(!one.seen[0].up);
        start_child(boot);
        AWAIT(one.seen[0].up);
        assert_int_equal(one.seen[0].boot, boot);
    }
    unsigned count = one.seen[0].message_count;
    side_send(&one, 0, LINK_CONTROL, "still there?");
    AWAIT(one.seen[0].message_count > count);
    assert_int_equal(one.seen[0].message_count, count + 1);
    assert_string_equal(one.rejected, "");
}

static void a_silent_peer_is_given_up_and_taken_back(void **state)
{
    (void)state;
    open_one_and_child();
    kill(child, SIGSTOP);
    AWAIT(!one.seen[0].up);
    kill(child, SIGCONT);
    AWAIT(one.seen[0].up);
    assert_int_equal(one.seen[0].boot, 11);
    side_send(&one, 0, LINK_CONTROL, "back");
    AWAIT(side_heard(&one, 0, "back"));
}

static void an_idle_link_stays_up_by_few_probes(void **state)
{
    (void)state;
    know_each_other(0);
    open_both();
    uint64_t until_us = alarm_now_us() + 3 * one.config.probe_timeout_us;
    unsigned turn_count = 0;
    AWAIT((turn_count++, alarm_now_us() > until_us));
    assert_int_equal(one.seen[0].down_count + two.seen[0].down_count, 0);
    /* 24 intervals for two ends: some turns for each, and no busy loop. */
    assert_in_range(turn_count, 10, 1000);
}

/* --- peers that are not --- */

static void another_key_is_refused(void **state)
{
    (void)state;
    know_each_other(0);
    side_know(&one, &three, 0);
    side_know(&three, &one, 0);
    two.config.cluster_key[0] ^= 1;
    side_open(&one);
    side_open(&two);
    side_open(&three);
    AWAIT(links_rejected_count(one.links) >= 3 && links_rejected_count(two.links) >= 3);
    assert_non_null(strstr(one.rejected, "?: a HELLO under another key\n"));
    AWAIT(one.seen[1].up && three.seen[0].up);
    assert_int_equal(one.seen[0].up_count + two.seen[0].up_count, 0);
}

static void another_cluster_is_refused(void **state)
{
    (void)state;
    know_each_other(0);
    two.config.cluster_id[3] ^= 1;
    side_open(&one);
    side_open(&two);
    AWAIT(links_rejected_count(one.links) >= 3 && links_rejected_count(two.links) >= 3);
    assert_non_null(strstr(one.rejected, "?: a HELLO of another cluster\n"));
    assert_int_equal(one.seen[0].up_count + two.seen[0].up_count, 0);
}

static void somebody_not_listed_is_refused(void **state)
{
    (void)state;
    side_know(&one, &three, 0);
    side_know(&two, &one, 0); /* but one does not know two */
    side_open(&one);
    side_open(&two);
    AWAIT(links_rejected_count(one.links) >= 1);
    assert_non_null(strstr(one.rejected, "no peer here"));
    assert_int_equal(two.seen[0].up_count, 0);
}

static void a_codec_that_rejects_starts_the_link_anew(void **state)
{
    (void)state;
    know_each_other(0);
    open_both();
    two.rejects_all = true;
    side_send(&one, 0, LINK_CONTROL, "bad ");
    side_send(&one, 0, LINK_CONTROL, "in the same frame ");
    AWAIT(two.seen[0].down_count == 1 && one.seen[0].down_count == 1);
    assert_true(side_heard(&two, 0, "bad "));
    assert_int_equal(links_rejected_count(two.links), 1);
    two.rejects_all = false;
    AWAIT(up(&one, &two));
    side_send(&one, 0, LINK_CONTROL, "good");
    AWAIT(two.seen[0].message_count == 2);
}

static void a_taken_port_is_said(void **state)
{
    (void)state;
    side_open(&one);
    struct errmsg why = {0};
    struct links *links;
    static const struct link_events events = {0};
    assert_int_equal(links_open(&loop, &one.config, &events, NULL, &links, &why), ERR_BUSY);
    assert_non_null(strstr(why.text, one.url));
    struct link_config config = one.config;
    config.url = "nonsense";
    assert_int_not_equal(links_open(&loop, &config, &events, NULL, &links, &why), OK);
    assert_non_null(strstr(why.text, "nonsense"));
}

static int child_main(char **arguments)
{
    CHECK(uv_loop_init(&loop) == 0);
    side_init(&two, arguments[0]);
    side_init(&one, arguments[2]);
    snprintf(two.url, sizeof two.url, "%s", arguments[1]);
    snprintf(one.url, sizeof one.url, "%s", arguments[3]);
    two.config.boot = strtoull(arguments[4], NULL, 10);
    two.echoes = true;
    side_know(&two, &one, 0);
    side_open(&two);
    return uv_run(&loop, UV_RUN_DEFAULT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argument_count, char **arguments)
{
    CHECK(sodium_init() >= 0);
    if (argument_count == 7 && strcmp(arguments[1], "--child") == 0)
        return child_main(arguments + 2);
    const struct CMUnitTest tests[] = {
        TEST(two_come_up_and_talk),
        TEST(three_know_who_speaks),
        TEST(thousands_arrive_in_order),
        TEST(the_largest_message_passes_and_a_larger_one_is_refused),
        TEST(the_nearer_peer_hears_first),
        TEST(jitter_does_not_change_the_order),
        TEST(a_cut_holds_messages_and_control_overtakes_bulk),
        TEST(a_long_cut_loses_the_link_and_what_it_held),
        TEST(a_link_that_is_cut_from_the_start_comes_up_later),
        TEST(an_extra_delay_that_ends_changes_no_order),
        TEST(a_queue_has_its_bound),
        TEST(a_new_boot_gets_nothing_meant_for_the_old_one),
        TEST(many_kills_in_full_traffic_leave_no_trace),
        TEST(a_silent_peer_is_given_up_and_taken_back),
        TEST(an_idle_link_stays_up_by_few_probes),
        TEST(another_key_is_refused),
        TEST(another_cluster_is_refused),
        TEST(somebody_not_listed_is_refused),
        TEST(a_codec_that_rejects_starts_the_link_anew),
        TEST(a_taken_port_is_said),
    };
    int failed_count = cmocka_run_group_tests(tests, NULL, NULL);
    fflush(NULL);
    return failed_count;
}
