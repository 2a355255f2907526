#include "tests/lib/js_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Methods called on stubs: what tests/sidebyside cannot ask, because workerd answers otherwise or has no such
 * failure. */

static struct world world;

static int open_world(void **state)
{
    (void)state;
    world_open(&world, &(struct world_options){.bundle = "rpc", .classes = {"Methods"}});
    return 0;
}

static int close_world(void **state)
{
    (void)state;
    world_close(&world);
    return 0;
}

static void check(const char *code, const char *expected)
{
    const char *answer = world_post(&world, "/", code);
    if (strcmp(answer, expected) != 0)
        fail_msg("%s\n  gave     %s\n  expected %s", code, answer, expected);
}

#define REFUSED(what)                    \
    "DOMException DataCloneError: " what \
    " cannot travel by RPC in the simulator yet; see docs/WORKERS.md, \"Not there\"."

static void test_what_does_not_travel(void **state)
{
    (void)state;
    check("stub.echo(() => 1)", REFUSED("Functions and RpcTargets"));
    check("stub.echo({ a: [new Target()] })", REFUSED("Functions and RpcTargets"));
    check("stub.echo(class {})", REFUSED("Functions and RpcTargets"));
    check("stub.echo(stub)", REFUSED("Stubs"));
    check("stub.echo(stub.note)", REFUSED("Functions and RpcTargets"));
    check("stub.run('() => 1')", REFUSED("Functions and RpcTargets") " remote=true");
    check("stub.run('new Target()').hi()", REFUSED("Functions and RpcTargets") " remote=true");
    check("stub.note", REFUSED("Functions and RpcTargets") " remote=true");
    check(
        "stub.echo([stream(), new Response(stream())])",
        "DOMException DataCloneError: Only one stream, or body that is one, can travel with an RPC "
        "call or its result here; see docs/WORKERS.md.");
    check("stub.echo(Object.assign(new Error('x'), { f() {} }))",
          REFUSED("Functions and RpcTargets"));
}

static void test_no_fetch_is_a_call(void **state)
{
    (void)state;
    check("stub.fetch('http://h/', { method: 'call' })",
          "TypeError TypeError: Invalid HTTP method string: call");
    check("stub.fetch('http://h/', { method: '' })",
          "TypeError TypeError: Invalid HTTP method string: ");
    /* What no HTTP server lets through. */
    world_await(&world, world_start(&world, "", "/forward", NULL));
    assert_string_equal(world.text, "fetch  http://test.localhost:8701/forward");
    world_await(&world, world_start(&world, "\ncall\n[\"noted\"]\n\n0", "/forward", NULL));
    assert_string_equal(world.text,
                        "fetch  call [\"noted\"]  0 http://test.localhost:8701/forward");
}

static void test_the_cluster_fails(void **state)
{
    (void)state;
    world.fail_calls = FAIL_HOME_UNREACHABLE;
    check("stub.noted()", "Error Error: the region is away retryable=true");
    check("stub.getter", "Error Error: the region is away retryable=true");
    check("stub.echo('x'.repeat(100000))", "Error Error: the region is away retryable=true");
    world.fail_calls = FAIL_OVERLOADED;
    check("stub.noted()", "Error Error: the region is away overloaded=true");
    world.fail_calls = FAIL_NONE;
    check("stub.echo('x'.repeat(100000)).then(({ length }) => length)", "100000");
}

/* A call as another node sends it: its arguments now, or so many bytes later. */
static uint64_t start_note(const char *lane, const char *args, uint64_t rest_bytes)
{
    uint64_t run = ++world.next_number;
    char head[128];
    snprintf(head, sizeof head, "\ncall\n[\"note\"]\n%s\n0", lane);
    struct js_object object = {.object = {.id = world.instances[0].id, .kind = ID_NAMED}};
    world.object_runs[world.object_run_count].run = run;
    world.object_runs[world.object_run_count++].call = UINT64_MAX; /* of nobody here */
    js_run_object(world.js, world.instances[0].number, &object, run, bytes_of(head), bytes_of(args),
                  rest_bytes);
    world_settle(&world);
    return run;
}

static struct body_end end_of(uint64_t run)
{
    return (struct body_end){.side = BODY_OF_RUN, .number = run};
}

static void send_part(uint64_t run, const char *text, enum body_step step)
{
    const struct body_part part = {.end = end_of(run),
                                   .step = step,
                                   .bytes = bytes_of(text),
                                   .fail = step == BODY_BROKEN ? FAIL_CONNECTION_LOST : FAIL_NONE};
    js_part(world.js, &part, BYTES_LITERAL("the connection is lost"));
    world_settle(&world);
}

static void test_calls_of_a_stub_wait_for_arguments(void **state)
{
    (void)state;
    check("stub.noted()", "");
    uint64_t slow = start_note("lane", "", 100);
    start_note("lane", "J[2]", 0);
    check("stub.noted()", ""); /* of another stub */
    start_note("other", "J[3]", 0);
    check("stub.noted()", "3");
    send_part(slow, "J[", BODY_MORE);
    check("stub.noted()", "3");
    send_part(slow, "1]", BODY_LAST);
    check("stub.noted()", "3 1 2");
    start_note("lane", "J[4]", 0);
    check("stub.noted()", "3 1 2 4");
    assert_int_equal(js_stats(world.js).runs, 0);
}

static void test_arguments_that_never_come(void **state)
{
    (void)state;
    check("stub.noted()", "");
    uint64_t gone = start_note("lane", "", 100), broken = start_note("lane", "", 100);
    start_note("lane", "J[2]", 0);
    send_part(broken, "J[", BODY_MORE);
    send_part(broken, "", BODY_BROKEN);
    check("stub.noted()", "");
    js_pull(world.js, &(struct body_pull){.end = end_of(gone), .cancel = true}, (struct bytes){0});
    world_settle(&world);
    check("stub.noted()", "2");
    assert_int_equal(js_stats(world.js).runs, 0);
    assert_int_equal(js_stats(world.js).bodies, 0);
}

static void test_arguments_and_a_section(void **state)
{
    (void)state;
    check("stub.noted()", "");
    uint64_t slow = start_note("lane", "", 100);
    check("(stub.run('self.ctx.blockConcurrencyWhile(() => new Promise((resolve) => { "
          "globalThis.open = resolve; }))'), 'begun')",
          "begun");
    send_part(slow, "J[1]", BODY_LAST);
    start_note("lane", "J[2]", 0);
    check("(globalThis.open(), 'opened')", "opened");
    check("stub.noted()", "1 2");
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, open_world, close_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_WORLD(test_what_does_not_travel),      IN_WORLD(test_no_fetch_is_a_call),
        IN_WORLD(test_the_cluster_fails),         IN_WORLD(test_calls_of_a_stub_wait_for_arguments),
        IN_WORLD(test_arguments_that_never_come), IN_WORLD(test_arguments_and_a_section),
    };
    world_prepare();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
