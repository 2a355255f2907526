#include "sim/history.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What is seen becomes lines; proof/ reads them (tests/python/test_history.py has the format). */

struct fixture {
    struct topology topology;
    struct history history;
    FILE *file;
    char *text;
    size_t size;
};

enum { LHR, SYD, COORDINATOR, REGION_COUNT = 2 };

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    assert_int_equal(topology_init(&fixture->topology, REGION_COUNT), OK);
    strcpy(fixture->topology.regions[LHR].code, "LHR");
    strcpy(fixture->topology.regions[SYD].code, "SYD");
    fixture->topology.regions[LHR].hosts = true;
    fixture->file = open_memstream(&fixture->text, &fixture->size);
    assert_non_null(fixture->file);
    history_begin(&fixture->history, fixture->file, &fixture->topology, 30 * 1000 * 1000);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    history_finish(&fixture->history);
    fclose(fixture->file);
    free(fixture->text);
    topology_finish(&fixture->topology);
    free(fixture);
    return 0;
}

static void see(struct fixture *fixture, uint64_t now_us, size_t process, struct seen seen)
{
    seen.now_us = now_us;
    seen.process = process;
    history_see(&fixture->history, &seen);
}

static void call(struct fixture *fixture, uint64_t now_us, size_t region, uint64_t token,
                 bool writes)
{
    struct seen seen = {.kind = SEEN_CALLED};
    seen.call = (struct seen_call){.token = token, .writes = writes};
    memset(seen.call.object.id.bytes, 0xab, OBJECT_ID_BYTES);
    see(fixture, now_us, region, seen);
}

static void run(struct fixture *fixture, uint64_t now_us, size_t home, uint64_t token)
{
    struct seen seen = {.kind = SEEN_RUN};
    seen.run = (struct seen_run){.token = token, .instance = 7};
    see(fixture, now_us, home, seen);
}

static void answer(struct fixture *fixture, uint64_t now_us, size_t region, uint64_t token,
                   const struct outcome *outcome)
{
    struct seen seen = {.kind = SEEN_ANSWERED};
    seen.answer.token = token;
    seen.answer.outcome = outcome;
    see(fixture, now_us, region, seen);
}

/* The lines after the first, in which ID stands for the object's. */
static void expect(struct fixture *fixture, const char *wanted)
{
    fflush(fixture->file);
    char id[2 * OBJECT_ID_BYTES + 1];
    uint8_t bytes[OBJECT_ID_BYTES];
    memset(bytes, 0xab, sizeof bytes);
    hex_print((struct bytes){.data = bytes, .size = sizeof bytes}, id);
    char *rest = strchr(fixture->text, '\n') + 1;
    for (char *at = strstr(rest, id); at; at = strstr(rest, id)) {
        memcpy(at, "ID", 2);
        memmove(at + 2, at + 2 * OBJECT_ID_BYTES, strlen(at + 2 * OBJECT_ID_BYTES) + 1);
    }
    assert_string_equal(rest, wanted);
}

static void test_the_first_line_tells_what_holds(void **state)
{
    struct fixture *fixture = *state;
    fflush(fixture->file);
    assert_string_equal(fixture->text,
                        "{\"index\":0,\"time\":0,\"type\":\"info\",\"process\":\"nemesis\",\"f\":"
                        "\"begin\",\"value\":{\"deadline_ms\":30000.000,\"allowance_ms\":0,"
                        "\"finals\":false,\"hosts\":[\"LHR\"]}}\n");
}

static void test_a_write_is_an_add(void **state)
{
    struct fixture *fixture = *state;
    struct outcome outcome = {.kind = OUTCOME_RESPONSE, .body = BYTES_LITERAL("12")};
    see(fixture, 0, LHR, (struct seen){.kind = SEEN_STARTED});
    call(fixture, 5, SYD, 1, true);
    call(fixture, 6, SYD, 2, false);
    run(fixture, 7, LHR, 1);
    answer(fixture, 9, SYD, 1, &outcome);
    answer(fixture, 9, SYD, 2, &outcome);
    expect(fixture,
           "{\"index\":1,\"time\":5000,\"type\":\"invoke\",\"process\":\"call-1\",\"region\":"
           "\"SYD\",\"f\":\"add\",\"object\":\"ID\",\"value\":1}\n"
           "{\"index\":2,\"time\":9000,\"type\":\"ok\",\"process\":\"call-1\",\"region\":\"SYD\","
           "\"f\":\"add\",\"object\":\"ID\",\"value\":12,\"home\":\"LHR\",\"instance\":\"LHR.1.7\","
           "\"boot\":\"LHR.1\"}\n");
}

static void test_ends_without_an_answer(void **state)
{
    struct fixture *fixture = *state;
    const struct {
        struct outcome outcome;
        const char *end;
    } rows[] = {
        {{.kind = OUTCOME_FAILED, .fail = FAIL_HOME_UNREACHABLE}, "\"type\":\"fail\""},
        {{.kind = OUTCOME_FAILED, .fail = FAIL_OVERLOADED}, "\"type\":\"fail\""},
        {{.kind = OUTCOME_FAILED, .fail = FAIL_CONNECTION_LOST}, "\"type\":\"info\""},
        {{.kind = OUTCOME_THROWN}, "\"error\":\"thrown\""},
        {{.kind = OUTCOME_RESPONSE, .body = BYTES_LITERAL("no count")}, "\"type\":\"info\""},
        {{.kind = OUTCOME_RESPONSE}, "\"type\":\"info\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        call(fixture, i, SYD, i + 1, true);
        answer(fixture, i, SYD, i + 1, &rows[i].outcome);
        fflush(fixture->file);
        const char *last = fixture->text + fixture->size - 1;
        while (last[-1] != '\n')
            last--;
        assert_non_null(strstr(last, rows[i].end));
    }
}

static void test_the_calls_of_a_process_end_with_it(void **state)
{
    struct fixture *fixture = *state;
    see(fixture, 0, SYD, (struct seen){.kind = SEEN_STARTED});
    call(fixture, 1, SYD, 1, true);
    see(fixture, 2, LHR, (struct seen){.kind = SEEN_CRASHED});
    see(fixture, 3, SYD, (struct seen){.kind = SEEN_CRASHED});
    see(fixture, 4, SYD, (struct seen){.kind = SEEN_STARTED});
    see(fixture, 5, COORDINATOR, (struct seen){.kind = SEEN_TROUBLED});
    expect(fixture,
           "{\"index\":1,\"time\":1000,\"type\":\"invoke\",\"process\":\"call-1\",\"region\":"
           "\"SYD\",\"f\":\"add\",\"object\":\"ID\",\"value\":1}\n"
           "{\"index\":2,\"time\":2000,\"type\":\"info\",\"process\":\"nemesis\",\"f\":\"kill\","
           "\"value\":\"LHR\"}\n"
           "{\"index\":3,\"time\":3000,\"type\":\"info\",\"process\":\"nemesis\",\"f\":\"kill\","
           "\"value\":\"SYD\"}\n"
           "{\"index\":4,\"time\":3000,\"type\":\"info\",\"process\":\"call-1\",\"region\":\"SYD\","
           "\"f\":\"add\",\"object\":\"ID\",\"error\":\"the caller died\"}\n"
           "{\"index\":5,\"time\":4000,\"type\":\"info\",\"process\":\"nemesis\",\"f\":\"restart\","
           "\"value\":\"SYD\"}\n"
           "{\"index\":6,\"time\":5000,\"type\":\"info\",\"process\":\"nemesis\",\"f\":\"pause\","
           "\"value\":\"coordinator\"}\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_first_line_tells_what_holds, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_write_is_an_add, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ends_without_an_answer, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_calls_of_a_process_end_with_it, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
