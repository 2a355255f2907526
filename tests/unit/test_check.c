#include "tests/lib/seen_history.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* Each checker meets a history that is well, and one that differs from it where the promise is
 * broken. */

static struct seen_history history;

static int begin(void **state)
{
    (void)state;
    seen_history_begin(&history, 100);
    return 0;
}

static int begin_with_small_cache(void **state)
{
    (void)state;
    seen_history_begin(&history, 2);
    return 0;
}

static int end(void **state)
{
    (void)state;
    seen_history_end(&history);
    return 0;
}

/* LHR calls a named object for the first time, and the coordinator places it in IAD. */
static uint64_t first_call(struct object_ref object, bool writes)
{
    uint64_t token = see_called(&history, LHR, object, HINT_NONE, writes);
    see_claim_sent(&history, LHR, COORDINATOR, object, HINT_NONE);
    see_claim_arrived(&history, COORDINATOR, LHR, object, HINT_NONE);
    see_record(&history, COORDINATOR, 1, object, 1);
    see_durable(&history, COORDINATOR, 1);
    see_placed_sent(&history, COORDINATOR, LHR, object, 1);
    see_placed_arrived(&history, LHR, COORDINATOR, object, 1);
    see_written(&history, LHR, 1); /* what it has learned */
    see_fetch_sent(&history, LHR, IAD, object, 1);
    return token;
}

/* It runs in IAD, in its first instance, which had no writes before. */
static void first_run(struct object_ref object, uint64_t token)
{
    see_stepped(&history, IAD);
    see_record(&history, IAD, 1, object, 1);
    see_run(&history, IAD, token, object, 1, 0);
}

/* IAD makes and uses a unique object. */
static void use_unique(struct object_ref object)
{
    see_made(&history, IAD, object);
    uint64_t token = see_called(&history, IAD, object, HINT_NONE, false);
    see_record(&history, IAD, 1, object, 1);
    see_run(&history, IAD, token, object, 1, 0);
    see_durable(&history, IAD, 1);
    see_response(&history, IAD, token, "1");
}

static void a_good_history_is_well(void **state)
{
    (void)state;
    uint64_t token = first_call(named_object(1), true);
    first_run(named_object(1), token);
    see_durable(&history, IAD, 1);
    see_stepped(&history, LHR);
    see_response(&history, LHR, token, "1");
    use_unique(unique_object(1, 2));
    see_crashed(&history, IAD);
    see_started(&history, IAD);
    token = see_called(&history, LHR, named_object(1), HINT_NONE, false);
    see_fetch_sent(&history, LHR, IAD, named_object(1), 1);
    see_run(&history, IAD, token, named_object(1), 1, 1);
    see_response(&history, LHR, token, "1");
    expect_well(&history);
    checker_finish_history(history.checker);
    expect_well(&history);
    struct checker_stats stats = checker_stats(history.checker);
    assert_int_equal(stats.calls, 3);
    assert_int_equal(stats.answered, 3);
    assert_int_equal(stats.runs, 3);
    assert_int_equal(stats.objects, 2);
}

/* ---- I1 ---- */

static void two_answers_of_the_arbiter(void **state)
{
    (void)state;
    first_call(named_object(1), false);
    expect_well(&history);
    see_placed_sent(&history, COORDINATOR, GRU, named_object(1), 2);
    expect_broken(&history, "I1");
    assert_true(checker_broken_safety(history.checker));
}

static void a_decision_nobody_heard_of_may_change(void **state)
{
    (void)state;
    see_claim_arrived(&history, COORDINATOR, LHR, named_object(1), HINT_NONE);
    see_record(&history, COORDINATOR, 1, named_object(1), 1);
    see_crashed(&history, COORDINATOR);
    see_started(&history, COORDINATOR);
    see_claim_arrived(&history, COORDINATOR, GRU, named_object(1), HINT_NONE);
    see_record(&history, COORDINATOR, 1, named_object(1), 2);
    see_placed_sent(&history, COORDINATOR, GRU, named_object(1), 2);
    expect_well(&history);
}

static void a_run_elsewhere(void **state)
{
    (void)state;
    uint64_t token = first_call(named_object(1), false);
    see_run(&history, LHR, token, named_object(1), 1, 0);
    expect_broken(&history, "I1");
}

static void an_answer_of_somebody_else(void **state)
{
    (void)state;
    see_called(&history, LHR, unique_object(1, 1), HINT_NONE, false);
    see_placed_sent(&history, LHR, GRU, unique_object(1, 1), 2);
    expect_broken(&history, "I1");
}

/* ---- I2 ---- */

static void two_instances_in_one_process(void **state)
{
    (void)state;
    see_run(&history, IAD, 0, named_object(1), 1, 0);
    see_dropped(&history, IAD, named_object(1), 1);
    see_run(&history, IAD, 0, named_object(1), 2, 0);
    expect_well(&history);
    see_run(&history, IAD, 0, named_object(1), 3, 0);
    expect_broken(&history, "I2");
}

static void two_instances_in_two_processes(void **state)
{
    (void)state;
    see_run(&history, IAD, 0, named_object(1), 1, 0);
    see_crashed(&history, IAD);
    see_run(&history, LHR, 0, named_object(1), 1, 0);
    see_started(&history, IAD);
    expect_well(&history);
    see_run(&history, IAD, 0, named_object(1), 1, 0);
    expect_broken(&history, "I2");
}

/* ---- I3 ---- */

static void a_second_run(void **state)
{
    (void)state;
    uint64_t token = first_call(named_object(1), false);
    first_run(named_object(1), token);
    expect_well(&history);
    see_run(&history, IAD, token, named_object(1), 1, 0);
    expect_broken(&history, "I3");
}

static void said_not_to_have_run_and_ran(void **state)
{
    (void)state;
    uint64_t token = first_call(named_object(1), false);
    first_run(named_object(1), token);
    see_failure(&history, LHR, token, FAIL_HOME_UNREACHABLE);
    expect_broken(&history, "I3");
}

static void said_not_to_have_run_and_runs_later(void **state)
{
    (void)state;
    uint64_t lost = first_call(named_object(1), false);
    see_failure(&history, LHR, lost, FAIL_CONNECTION_LOST);
    first_run(named_object(1), lost);
    expect_well(&history);
    uint64_t token = see_called(&history, LHR, named_object(1), HINT_NONE, false);
    see_failure(&history, LHR, token, FAIL_HOME_UNREACHABLE);
    see_run(&history, IAD, token, named_object(1), 1, 0);
    expect_broken(&history, "I3");
}

static void a_response_without_a_run(void **state)
{
    (void)state;
    uint64_t token = first_call(named_object(1), false);
    see_response(&history, LHR, token, "1");
    expect_broken(&history, "I3");
}

static void a_message_of_another_boot(void **state)
{
    (void)state;
    struct msg msg = {.type = MSG_FETCH, .from_boot = 1, .to_boot = 1};
    see_message(&history, SEEN_SENT, IAD, LHR, &msg);
    see_message(&history, SEEN_SENT, LHR, IAD, &msg);
    see_message(&history, SEEN_ARRIVED, IAD, LHR, &msg);
    see_run(&history, IAD, 0, named_object(1), 1, 0);
    msg.to_boot = 2;
    see_message(&history, SEEN_ARRIVED, IAD, LHR, &msg);
    expect_well(&history);
    see_run(&history, IAD, 0, named_object(1), 1, 0);
    expect_broken(&history, "I3");
}

/* ---- I4 ---- */

static void an_answer_too_many(void **state)
{
    (void)state;
    uint64_t token = first_call(named_object(1), false);
    see_failure(&history, LHR, token, FAIL_CONNECTION_LOST);
    expect_well(&history);
    see_failure(&history, LHR, token, FAIL_CONNECTION_LOST);
    expect_broken(&history, "I4");
    assert_true(checker_broken_safety(history.checker));
}

static void a_call_past_its_deadline(void **state)
{
    (void)state;
    see_called(&history, LHR, named_object(1), HINT_NONE, false);
    history.now_us += 9999000;
    see_stepped(&history, LHR);
    expect_well(&history);
    history.now_us += 3000;
    see_stepped(&history, LHR);
    expect_broken(&history, "I4");
    assert_false(checker_broken_safety(history.checker));
}

static void a_call_without_an_end(void **state)
{
    (void)state;
    see_called(&history, GRU, named_object(1), HINT_NONE, false);
    see_crashed(&history, GRU); /* whoever died hears nothing */
    see_called(&history, LHR, named_object(1), HINT_NONE, false);
    expect_well(&history);
    checker_finish_history(history.checker);
    expect_broken(&history, "I4");
    assert_false(checker_broken_safety(history.checker));
}

static void many_calls_are_forgotten(void **state)
{
    (void)state;
    enum { call_count = 100000 };
    uint64_t waiting = see_called(&history, GRU, named_object(1), HINT_NONE, false);
    for (size_t i = 0; i < call_count; i++) {
        uint64_t token = see_called(&history, LHR, named_object(2), HINT_NONE, false);
        see_failure(&history, LHR, token, FAIL_BUSY);
    }
    see_failure(&history, GRU, waiting, FAIL_BUSY);
    checker_finish_history(history.checker);
    expect_well(&history);
    assert_int_equal(checker_stats(history.checker).failed, call_count + 1);
}

/* ---- I5 ---- */

static void an_id_made_twice(void **state)
{
    (void)state;
    see_made(&history, IAD, unique_object(1, 1));
    see_made(&history, IAD, unique_object(1, 2));
    expect_well(&history);
    see_made(&history, LHR, unique_object(1, 1));
    expect_broken(&history, "I5");
}

static void a_birth_number_given_twice(void **state)
{
    (void)state;
    see_joined(&history, IAD, 1);
    see_crashed(&history, IAD);
    see_wiped(&history, IAD);
    see_started(&history, IAD);
    expect_well(&history);
    see_joined(&history, IAD, 1);
    expect_broken(&history, "I5");
}

static void a_node_with_two_numbers(void **state)
{
    (void)state;
    see_joined(&history, IAD, 4);
    expect_broken(&history, "I5");
}

/* ---- I6 ---- */

static void a_write_that_is_gone(void **state)
{
    (void)state;
    uint64_t token = first_call(named_object(1), true);
    first_run(named_object(1), token);
    see_response(&history, LHR, token, "1");
    see_crashed(&history, IAD);
    see_started(&history, IAD);
    expect_well(&history);
    see_run(&history, IAD, 0, named_object(1), 1, 0);
    expect_broken(&history, "I6");
}

static void a_write_that_was_only_read(void **state)
{
    (void)state;
    uint64_t token = first_call(named_object(1), false);
    see_run(&history, IAD, token, named_object(1), 1, 5);
    see_response(&history, LHR, token, "whatever");
    see_crashed(&history, IAD);
    see_started(&history, IAD);
    see_run(&history, IAD, 0, named_object(1), 1, 4);
    expect_broken(&history, "I6");
}

static void a_write_nobody_heard_of_may_go(void **state)
{
    (void)state;
    uint64_t token = first_call(named_object(1), true);
    first_run(named_object(1), token);
    see_crashed(&history, IAD);
    see_failure(&history, LHR, token, FAIL_CONNECTION_LOST);
    see_started(&history, IAD);
    see_run(&history, IAD, 0, named_object(1), 1, 0);
    expect_well(&history);
}

/* ---- I7 ---- */

static void a_unique_id_that_needs_others(void **state)
{
    (void)state;
    uint64_t token = see_called(&history, IAD, unique_object(1, 1), HINT_NONE, false);
    see_failure(&history, IAD, token, FAIL_COORDINATOR_UNREACHABLE);
    expect_broken(&history, "I7");
}

static void a_known_home_that_needs_others(void **state)
{
    (void)state;
    uint64_t token = first_call(named_object(1), false);
    first_run(named_object(1), token);
    see_durable(&history, IAD, 1);
    see_response(&history, LHR, token, "1");
    see_crashed(&history, IAD);
    see_crashed(&history, COORDINATOR);
    see_started(&history, IAD);
    /* LHR is not its home, and IAD did not know the second one before. */
    token = see_called(&history, LHR, named_object(1), HINT_NONE, false);
    see_failure(&history, LHR, token, FAIL_HOME_UNREACHABLE);
    token = see_called(&history, IAD, named_object(2), HINT_NONE, false);
    see_failure(&history, IAD, token, FAIL_COORDINATOR_UNREACHABLE);
    expect_well(&history);
    token = see_called(&history, IAD, named_object(1), HINT_NONE, false);
    see_failure(&history, IAD, token, FAIL_NOT_JOINED);
    expect_broken(&history, "I7");
}

static void a_home_that_was_not_durable_may_be_asked_for(void **state)
{
    (void)state;
    uint64_t token = first_call(named_object(1), false);
    first_run(named_object(1), token);
    see_crashed(&history, IAD);
    see_failure(&history, LHR, token, FAIL_CONNECTION_LOST);
    see_started(&history, IAD);
    token = see_called(&history, IAD, named_object(1), HINT_NONE, false);
    see_failure(&history, IAD, token, FAIL_COORDINATOR_UNREACHABLE);
    expect_well(&history);
}

/* ---- I8 ---- */

static void a_unique_id_that_is_asked_for(void **state)
{
    (void)state;
    use_unique(unique_object(1, 1));
    see_called(&history, LHR, unique_object(1, 1), HINT_NONE, false);
    see_claim_sent(&history, LHR, IAD, unique_object(1, 1), HINT_NONE);
    expect_well(&history);
    see_called(&history, IAD, unique_object(1, 2), HINT_NONE, false);
    see_claim_sent(&history, IAD, COORDINATOR, unique_object(1, 2), HINT_NONE);
    expect_broken(&history, "I8");
}

static void a_message_for_a_local_call(void **state)
{
    (void)state;
    struct msg msg = {.type = MSG_LOCATE};
    struct seen sent = {.kind = SEEN_SENT, .process = IAD};
    see_called(&history, IAD, unique_object(1, 1), HINT_NONE, false);
    sent.peer = COORDINATOR;
    sent.msg = &msg;
    checker_see(history.checker, &sent);
    expect_broken(&history, "I8");
}

/* ---- I9 ---- */

static void an_entry_only_region_that_hosts(void **state)
{
    (void)state;
    see_run(&history, GRU, 0, named_object(1), 1, 0);
    expect_broken(&history, "I9");
}

static void a_jurisdiction_that_is_left(void **state)
{
    (void)state;
    struct object_ref object = named_object(1);
    object.jurisdiction = JURISDICTION_EU;
    uint64_t token = see_called(&history, LHR, object, HINT_NONE, false);
    see_run(&history, LHR, token, object, 1, 0);
    expect_well(&history);
    object = named_object(2);
    object.jurisdiction = JURISDICTION_EU;
    token = see_called(&history, LHR, object, HINT_NONE, false);
    see_run(&history, IAD, token, object, 1, 0);
    expect_broken(&history, "I9");
}

static void a_jurisdiction_refused_for_nothing(void **state)
{
    (void)state;
    struct object_ref object = named_object(1);
    object.jurisdiction = JURISDICTION_FEDRAMP;
    uint64_t token = see_called(&history, LHR, object, HINT_NONE, false);
    see_failure(&history, LHR, token, FAIL_JURISDICTION);
    expect_well(&history);
    object = named_object(2);
    object.jurisdiction = JURISDICTION_US;
    token = see_called(&history, LHR, object, HINT_NONE, false);
    see_failure(&history, LHR, token, FAIL_JURISDICTION);
    expect_broken(&history, "I9");
}

static void a_hint_that_is_not_met(void **state)
{
    (void)state;
    see_claim_arrived(&history, COORDINATOR, LHR, named_object(1), HINT_OC); /* nobody is there */
    see_record(&history, COORDINATOR, 1, named_object(1), 2);
    see_claim_arrived(&history, COORDINATOR, LHR, named_object(2), HINT_ENAM);
    see_record(&history, COORDINATOR, 2, named_object(2), 1);
    see_called(&history, IAD, unique_object(1, 3), HINT_WEUR, false);
    see_record(&history, IAD, 1, unique_object(1, 3), 2);
    expect_well(&history);
    see_claim_arrived(&history, COORDINATOR, LHR, named_object(4), HINT_ENAM);
    see_record(&history, COORDINATOR, 3, named_object(4), 2);
    expect_broken(&history, "I9");
}

static void a_hint_that_is_not_passed_on(void **state)
{
    (void)state;
    see_called(&history, LHR, named_object(1), HINT_ENAM, false);
    see_claim_sent(&history, LHR, COORDINATOR, named_object(1), HINT_NONE);
    expect_broken(&history, "I9");
}

/* ---- I10 ---- */

static void a_known_home_that_is_asked_for(void **state)
{
    (void)state;
    first_call(named_object(1), false);
    see_called(&history, LHR, named_object(1), HINT_NONE, false);
    see_fetch_sent(&history, LHR, IAD, named_object(1), 1);
    expect_well(&history);
    see_called(&history, LHR, named_object(1), HINT_NONE, false);
    see_claim_sent(&history, LHR, COORDINATOR, named_object(1), HINT_NONE);
    expect_broken(&history, "I10");
}

static void a_restart_that_forgets_homes(void **state)
{
    (void)state;
    first_call(named_object(1), false);
    see_crashed(&history, LHR); /* what it has learned was not durable */
    see_started(&history, LHR);
    first_call(named_object(1), false);
    see_durable(&history, LHR, 1);
    see_crashed(&history, LHR);
    see_started(&history, LHR);
    expect_well(&history);
    see_called(&history, LHR, named_object(1), HINT_NONE, false);
    see_claim_sent(&history, LHR, COORDINATOR, named_object(1), HINT_NONE);
    expect_broken(&history, "I10");
}

static void a_small_cache_may_forget(void **state)
{
    (void)state;
    first_call(named_object(1), false);
    first_call(named_object(2), false);
    first_call(named_object(3), false);
    see_called(&history, LHR, named_object(1), HINT_NONE, false);
    see_claim_sent(&history, LHR, COORDINATOR, named_object(1), HINT_NONE);
    expect_well(&history);
}

static void a_question_asked_twice(void **state)
{
    (void)state;
    see_called(&history, LHR, named_object(1), HINT_NONE, false);
    see_claim_sent(&history, LHR, COORDINATOR, named_object(1), HINT_NONE);
    see_link(&history, LHR, COORDINATOR, false);
    see_link(&history, LHR, COORDINATOR, true);
    see_claim_sent(&history, LHR, COORDINATOR, named_object(1), HINT_NONE);
    expect_well(&history);
    see_called(&history, LHR, named_object(1), HINT_NONE, false);
    see_claim_sent(&history, LHR, COORDINATOR, named_object(1), HINT_NONE);
    expect_broken(&history, "I10");
}

/* ---- older copies ---- */

/* LHR has joined in boot 2, and is started on a copy that knows of boot 1 alone. */
static void start_older_node(struct seen_history *seen)
{
    struct msg welcome = {.type = MSG_WELCOME, .from_boot = 1, .to_boot = 2, .welcome.number = 2};
    see_message(seen, SEEN_SENT, COORDINATOR, LHR, &welcome);
    see_crashed(seen, LHR);
    see_restored(seen, LHR, true, 1, 0);
    see_started(seen, LHR);
    expect_well(seen);
}

static void a_node_joins_on_an_older_copy(void **state)
{
    (void)state;
    struct msg welcome = {.type = MSG_WELCOME, .from_boot = 1, .to_boot = 2, .welcome.number = 2};
    start_older_node(&history);
    see_message(&history, SEEN_SENT, COORDINATOR, LHR, &welcome);
    expect_broken(&history, "I6");
}

static void a_node_works_on_after_it_was_told(void **state)
{
    (void)state;
    struct msg refused = {.type = MSG_REFUSED, .from_boot = 1, .to_boot = 2};
    start_older_node(&history);
    see_message(&history, SEEN_ARRIVED, LHR, COORDINATOR, &refused);
    expect_well(&history);
    see_claim_sent(&history, LHR, COORDINATOR, named_object(1), HINT_NONE);
    expect_broken(&history, "I6");
}

static void a_node_that_nobody_told_is_a_limit(void **state)
{
    (void)state;
    start_older_node(&history);
    see_claim_sent(&history, LHR, COORDINATOR, named_object(1), HINT_NONE);
    expect_well(&history);
    assert_true(checker_is_over(history.checker));
}

/* LHR has seen a log of 5 records, of which the coordinator's copy holds 3. */
static void start_older_coordinator(struct seen_history *seen)
{
    struct msg placed = {.type = MSG_PLACED, .from_boot = 1, .to_boot = 1};
    placed.placed = (struct msg_placed){.id = named_object(1).id, .home_number = 2, .log = {5, 1}};
    see_message(seen, SEEN_SENT, COORDINATOR, LHR, &placed);
    see_message(seen, SEEN_ARRIVED, LHR, COORDINATOR, &placed);
    see_written(seen, LHR, 1);
    see_durable(seen, LHR, 1);
    see_crashed(seen, COORDINATOR);
    see_restored(seen, COORDINATOR, true, 1, 3);
    see_started(seen, COORDINATOR);
    expect_well(seen);
}

static void a_coordinator_goes_on_that_met_a_longer_log(void **state)
{
    (void)state;
    struct msg join = {.type = MSG_JOIN, .from_boot = 1, .to_boot = 1};
    start_older_coordinator(&history);
    see_placed_sent(&history, COORDINATOR, IAD, named_object(2), 1);
    see_message(&history, SEEN_ARRIVED, COORDINATOR, LHR, &join);
    expect_well(&history);
    see_placed_sent(&history, COORDINATOR, IAD, named_object(3), 1);
    expect_broken(&history, "I1");
}

static void a_coordinator_that_met_nobody_is_a_limit(void **state)
{
    (void)state;
    start_older_coordinator(&history);
    see_placed_sent(&history, COORDINATOR, IAD, named_object(1), 1);
    expect_well(&history);
    assert_true(checker_is_over(history.checker));
}

#define HISTORY(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        HISTORY(a_good_history_is_well),
        HISTORY(two_answers_of_the_arbiter),
        HISTORY(a_decision_nobody_heard_of_may_change),
        HISTORY(a_run_elsewhere),
        HISTORY(an_answer_of_somebody_else),
        HISTORY(two_instances_in_one_process),
        HISTORY(two_instances_in_two_processes),
        HISTORY(a_second_run),
        HISTORY(said_not_to_have_run_and_ran),
        HISTORY(said_not_to_have_run_and_runs_later),
        HISTORY(a_response_without_a_run),
        HISTORY(a_message_of_another_boot),
        HISTORY(an_answer_too_many),
        HISTORY(a_call_past_its_deadline),
        HISTORY(a_call_without_an_end),
        HISTORY(many_calls_are_forgotten),
        HISTORY(an_id_made_twice),
        HISTORY(a_birth_number_given_twice),
        HISTORY(a_node_with_two_numbers),
        HISTORY(a_write_that_is_gone),
        HISTORY(a_write_that_was_only_read),
        HISTORY(a_write_nobody_heard_of_may_go),
        HISTORY(a_unique_id_that_needs_others),
        HISTORY(a_known_home_that_needs_others),
        HISTORY(a_home_that_was_not_durable_may_be_asked_for),
        HISTORY(a_unique_id_that_is_asked_for),
        HISTORY(a_message_for_a_local_call),
        HISTORY(an_entry_only_region_that_hosts),
        HISTORY(a_jurisdiction_that_is_left),
        HISTORY(a_jurisdiction_refused_for_nothing),
        HISTORY(a_hint_that_is_not_met),
        HISTORY(a_hint_that_is_not_passed_on),
        HISTORY(a_known_home_that_is_asked_for),
        HISTORY(a_restart_that_forgets_homes),
        HISTORY(a_node_joins_on_an_older_copy),
        HISTORY(a_node_works_on_after_it_was_told),
        HISTORY(a_node_that_nobody_told_is_a_limit),
        HISTORY(a_coordinator_goes_on_that_met_a_longer_log),
        HISTORY(a_coordinator_that_met_nobody_is_a_limit),
        cmocka_unit_test_setup_teardown(a_small_cache_may_forget, begin_with_small_cache, end),
        HISTORY(a_question_asked_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
