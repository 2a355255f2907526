/* Plays a scenario: a plan (sim/plan_text.h), and the trace that it must give, or what is to come of
 * it.
 *
 *   scenario FILE             exit 0 when all is as the file says, else 1 and the difference
 *   scenario --update FILE    rewrite the file with the trace that came out
 *
 * A file has the plan and then, after a line "----", the expected trace. One that says what it
 * expects needs no trace; then, after its last step, all faults end and every call has to. */
#include "common/file.h"
#include "sim/plan_text.h"
#include "sim/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(enum err err, const struct errmsg *why)
{
    if (err) {
        fprintf(stderr, "scenario: %s\n", why->text[0] ? why->text : err_text(err));
        exit(2);
    }
}

static void on_trace(void *owner, uint64_t now_us, const char *line)
{
    static const struct errmsg nothing;
    char text[640];
    int size = snprintf(text, sizeof text, "[%8.1f] %s\n", (double)now_us / 1000, line);
    must(buf_append(owner, text, (size_t)size), &nothing);
}

/* The first line that differs, for people. */
static int compare(const char *path, const char *expected, const char *actual)
{
    int line = 1;
    const char *expected_line = expected, *actual_line = actual;
    if (strcmp(expected, actual) == 0)
        return 0;
    for (size_t i = 0; expected[i] == actual[i] && expected[i]; i++)
        if (expected[i] == '\n') {
            line++;
            expected_line = expected + i + 1;
            actual_line = actual + i + 1;
        }
    fprintf(stderr, "%s: trace line %d differs\n  expected: %.*s\n  came out: %.*s\n", path, line,
            (int)strcspn(expected_line, "\n"), expected_line, (int)strcspn(actual_line, "\n"),
            actual_line);
    return 1;
}

/* 0 when the promises are kept, or broken, as the plan says. */
static int judge(const char *path, const struct plan *plan, const struct run_result *result)
{
    static const char *const words[] = {[EXPECT_NOTHING] = "all well",
                                        [EXPECT_WELL] = "all well",
                                        [EXPECT_LIMIT] = "a limit",
                                        [EXPECT_BROKEN] = "broken"};
    const char *broken = result->broken.text;
    size_t size = strlen(plan->invariant);
    enum expectation came = *broken                 ? EXPECT_BROKEN
                            : result->checked.limit ? EXPECT_LIMIT
                                                    : EXPECT_WELL;
    bool named = strncmp(broken, plan->invariant, size) == 0 && broken[size] == ' ';
    if (came == plan->expectation && (came != EXPECT_BROKEN || named))
        return 0;
    if (came == EXPECT_WELL && plan->expectation == EXPECT_NOTHING)
        return 0;
    fprintf(stderr, "%s: expected %s %s; came out: %s\n", path, words[plan->expectation],
            plan->invariant, *broken ? broken : words[came]);
    return 1;
}

static void update(const char *path, const char *commands, size_t command_size,
                   const struct buf *trace)
{
    struct errmsg why = {0};
    struct buf text = {0};
    enum err err = buf_append(&text, commands, command_size);
    if (!err)
        err = buf_append(&text, "----\n", strlen("----\n"));
    if (!err)
        err = buf_append(&text, trace->data, trace->size - 1);
    must(err ? err : file_write(path, buf_bytes(&text), &why), &why);
    buf_finish(&text);
}

int main(int argument_count, char **arguments)
{
    bool updating = argument_count == 3 && strcmp(arguments[1], "--update") == 0;
    if (argument_count != 2 && !updating) {
        fprintf(stderr, "usage: scenario [--update] FILE\n");
        return 2;
    }
    const char *path = arguments[argument_count - 1];
    struct errmsg why = {0};
    struct buf text = {0}, trace = {0};
    struct plan plan;
    struct run_result result;
    struct run_events events = {.trace = on_trace, .owner = &trace};
    must(file_read(path, SIZE_MAX, &text, &why), &why);
    must(buf_append(&text, "", 1), &why);
    must(plan_read((char *)text.data, &plan, &why), &why);
    struct plan_source source = plan_source(&plan);
    must(run_plan(&plan, &source.source, plan.expectation != EXPECT_NOTHING, &events, &result),
         &why);
    must(buf_append(&trace, "", 1), &why);

    int status = judge(path, &plan, &result);
    const char *divider = strstr((char *)text.data, "----\n");
    if (updating)
        update(path, (char *)text.data,
               divider ? (size_t)(divider - (char *)text.data) : text.size - 1, &trace);
    else if (divider || plan.expectation == EXPECT_NOTHING)
        status |= compare(path, divider ? divider + strlen("----\n") : "", (char *)trace.data);
    plan_finish(&plan);
    buf_finish(&trace);
    buf_finish(&text);
    return status;
}
