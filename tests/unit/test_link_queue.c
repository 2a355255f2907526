#include "proto/frame.h"
#include "proto/link_lead.h"
#include "proto/link_queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static enum err add(struct link_queue *queue, enum link_lane lane, const char *text,
                    uint64_t release_us)
{
    return link_queue_add(queue, lane, bytes_of(text), release_us);
}

/* The messages of the next frame, each followed by a space. */
static const char *frame_text(struct link_queue *queue, uint64_t now_us)
{
    static char text[200];
    text[0] = 0;
    size_t size = link_queue_frame_size(queue, now_us);
    uint8_t *data = malloc(size + 1);
    size_t count = link_queue_take_frame(queue, now_us, data);
    struct bytes frame = {data, size}, message;
    for (size_t place = 0; size && frame_next(frame, &place, &message); count--) {
        strncat(text, message.data, message.size);
        strcat(text, " ");
    }
    assert_int_equal(count, 0);
    free(data);
    return text;
}

static int set_up(void **state)
{
    static struct link_queue queue;
    link_queue_init(&queue, 1000);
    *state = &queue;
    return 0;
}

static int tear_down(void **state)
{
    link_queue_clear(*state);
    return 0;
}

static void messages_wait_for_their_time(void **state)
{
    struct link_queue *queue = *state;
    assert_int_equal(link_queue_release_us(queue), UINT64_MAX);
    assert_int_equal(add(queue, LINK_CONTROL, "a", 100), OK);
    assert_int_equal(add(queue, LINK_CONTROL, "b", 150), OK);
    assert_int_equal(link_queue_release_us(queue), 100);
    assert_string_equal(frame_text(queue, 99), "");
    assert_string_equal(frame_text(queue, 100), "a ");
    assert_int_equal(link_queue_release_us(queue), 150);
    assert_string_equal(frame_text(queue, 1000), "b ");
    assert_int_equal(link_queue_release_us(queue), UINT64_MAX);
}

static void a_lane_keeps_its_order_whatever_the_jitter(void **state)
{
    struct link_queue *queue = *state;
    assert_int_equal(add(queue, LINK_BULK, "slow", 300), OK);
    assert_int_equal(add(queue, LINK_BULK, "quick", 200), OK);
    assert_string_equal(frame_text(queue, 299), "");
    assert_string_equal(frame_text(queue, 300), "slow quick ");
    assert_int_equal(add(queue, LINK_BULK, "later", 10), OK); /* also after those that left */
    assert_int_equal(link_queue_release_us(queue), 300);
}

static void control_overtakes_bulk_but_never_the_reverse(void **state)
{
    struct link_queue *queue = *state;
    assert_int_equal(add(queue, LINK_BULK, "body", 100), OK);
    assert_int_equal(add(queue, LINK_CONTROL, "claim", 100), OK);
    assert_string_equal(frame_text(queue, 100), "claim body ");
    assert_int_equal(add(queue, LINK_CONTROL, "head", 500), OK);
    assert_int_equal(add(queue, LINK_BULK, "part", 400), OK);
    assert_int_equal(link_queue_release_us(queue), 500);
    assert_string_equal(frame_text(queue, 499), "");
    assert_string_equal(frame_text(queue, 500), "head part ");
}

static void each_lane_has_its_bound(void **state)
{
    struct link_queue *queue = *state;
    char text[469] = {0}; /* with the overhead two of them fill a lane */
    memset(text, 'x', sizeof text - 1);
    assert_int_equal(add(queue, LINK_BULK, text, 0), OK);
    assert_int_equal(add(queue, LINK_BULK, text, 0), OK);
    assert_int_equal(add(queue, LINK_BULK, "x", 0), ERR_FULL);
    assert_int_equal(add(queue, LINK_CONTROL, text, 0), OK);
    link_queue_clear(queue);
    assert_int_equal(link_queue_release_us(queue), UINT64_MAX);
    assert_int_equal(add(queue, LINK_BULK, text, 0), OK);
}

static void a_frame_takes_what_fits(void **state)
{
    struct link_queue *queue = *state;
    link_queue_init(queue, 1 << 20);
    static uint8_t large[FRAME_BYTES_MAX];
    struct bytes part = {large, FRAME_BYTES_MAX / 4}, whole = {large, FRAME_BYTES_MAX};
    for (int i = 0; i < 5; i++)
        assert_int_equal(link_queue_add(queue, LINK_BULK, part, 0), OK);
    assert_int_equal(link_queue_add(queue, LINK_BULK, whole, 0), OK);
    assert_int_equal(add(queue, LINK_BULK, "tail", 0), OK);
    static uint8_t frame[2 * FRAME_BYTES_MAX];
    static const size_t counts[] = {3, 2, 1, 1, 0};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        assert_int_equal(link_queue_take_frame(queue, 0, frame), counts[i]);
}

static void the_timer_s_lateness_is_averaged(void **state)
{
    (void)state;
    struct link_lateness lateness = {0};
    assert_int_equal(link_late_us(&lateness), 0);
    for (int i = 0; i < 100; i++)
        link_late_add(&lateness, 80);
    assert_in_range(link_late_us(&lateness), 72, 80);
    link_late_add(&lateness, 5000); /* held up by something else */
    assert_in_range(link_late_us(&lateness), 72, 80);
}

static void the_quickest_of_the_latest_probes_sets_the_lead(void **state)
{
    (void)state;
    struct link_lead lead = {0};
    assert_int_equal(link_lead_us(&lead), 0);
    link_lead_add(&lead, 300);
    link_lead_add(&lead, 200);
    link_lead_add(&lead, 900);
    assert_int_equal(link_lead_us(&lead), 100);
    for (int i = 0; i < LEAD_SAMPLE_COUNT; i++)
        link_lead_add(&lead, 250);
    assert_int_equal(link_lead_us(&lead), 125);
    for (int i = 0; i < LEAD_SAMPLE_COUNT; i++)
        link_lead_add(&lead, UINT64_MAX);
    assert_int_equal(link_lead_us(&lead), LEAD_US_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(messages_wait_for_their_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_lane_keeps_its_order_whatever_the_jitter, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(control_overtakes_bulk_but_never_the_reverse, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(each_lane_has_its_bound, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_frame_takes_what_fits, set_up, tear_down),
        cmocka_unit_test(the_timer_s_lateness_is_averaged),
        cmocka_unit_test(the_quickest_of_the_latest_probes_sets_the_lead),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
