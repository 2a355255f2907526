#include "tests/lib/js_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct world_options hello = {
    .bundle = "hello", .classes = {"Counter"}, .vars = "{\"GREETING\":\"hi\"}"};
static const struct world_options lab = {.bundle = "eval",
                                         .classes = {"Lab", "Bare", "Plain", "Failing"},
                                         .vars = "{\"GREETING\":\"hi\",\"DEEP\":{\"a\":[1]}}",
                                         .cpu_limit_us = 400000};
static struct world world;

static int open_lab(void **state)
{
    (void)state;
    world_open(&world, &lab);
    return 0;
}

static int close_world(void **state)
{
    (void)state;
    world_close(&world);
    return 0;
}

/* What the Worker answers when it runs `code`. */
static const char *eval(const char *code)
{
    return world_post(&world, "/", code);
}

/* A row of a table of code and what it must give. */
struct row {
    const char *code, *expected;
};

static void check_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *answer = eval(rows[i].code);
        if (strcmp(answer, rows[i].expected) != 0)
            fail_msg("%s\n  gave     %s\n  expected %s", rows[i].code, answer, rows[i].expected);
    }
}

#define CHECK_ROWS(rows) check_rows(rows, sizeof(rows) / sizeof(rows)[0])

/* What is run beforehand, so that a first request need not wait, tells nobody anything. */
static void test_warming_is_not_seen(void **state)
{
    const struct world_options options = {.bundle = "eval", .classes = {"Lab"}};
    (void)state;
    world_open(&world, &options);
    struct js_stats stats = js_stats(world.js);
    assert_string_equal(world.trace, "");
    assert_int_equal(stats.runs + stats.instances + stats.calls + stats.bodies, 0);
    assert_int_equal(world.event_count, 0);
    world_close(&world);
}

static void test_hello(void **state)
{
    (void)state;
    world_open(&world, &hello);
    assert_string_equal(world_get(&world, "/hello"), "hello");
    assert_int_equal(world.status, 200);
    assert_string_equal(world.head, "200\nOK\ncontent-type\ntext/plain;charset=UTF-8");
    assert_int_equal(js_stats(world.js).runs, 0);
    assert_true(js_stats(world.js).resident_bytes > 1000000);
    world_close(&world);
}

static void test_object_lives_until_stopped(void **state)
{
    (void)state;
    world_open(&world, &hello);
    assert_string_equal(world_get(&world, "/count"), "1 a /count");
    assert_string_equal(world_get(&world, "/count"), "2 a /count");
    assert_int_equal(js_stats(world.js).instances, 1);
    assert_string_equal(world.trace, "call done done call done done");
    world_evict(&world);
    assert_int_equal(js_stats(world.js).instances, 0);
    assert_string_equal(world_get(&world, "/count"), "1 a /count");
    world_close(&world);
}

static void load_fails(const char *bundle, const char *const classes[2], const char *expected)
{
    struct world_options options = {
        .bundle = bundle, .classes = {classes[0], classes[1]}, .cpu_limit_us = 100000};
    assert_int_equal(world_try_open(&world, &options), ERR_SCRIPT);
    if (strcmp(world.why.text, expected) != 0)
        fail_msg("%s\n  expected %s", world.why.text, expected);
    world_close(&world);
}

static void test_scripts_that_do_not_load(void **state)
{
    (void)state;
    load_fails("missing", (const char *const[2]){"Counter", "Nope"},
               "Worker test: Error: Your Worker depends on the following Durable Objects, which "
               "are not exported in your entrypoint file: Counter, Nope.");
    load_fails(
        "broken", (const char *const[2]){NULL},
        "Worker test: TypeError: table[\"nothing\"] is not a function. (In 'table[\"nothing\"]()', "
        "'table[\"nothing\"]' is undefined)\n    at load (broken.ts:4:18)\n"
        "    at broken.ts:7:1");
    load_fails("endless", (const char *const[2]){NULL},
               "Worker test: its top level does not end: it runs too long or awaits something "
               "that never comes");
    load_fails("stuck", (const char *const[2]){NULL},
               "Worker test: its top level does not end: it runs too long or awaits something "
               "that never comes");
}

static void test_top_level_await(void **state)
{
    (void)state;
    world_open(&world, &(struct world_options){.bundle = "late"});
    assert_string_equal(world_get(&world, "/"), "late");
    world_close(&world);
}

static void test_request(void **state)
{
    static const struct row rows[] = {
        {"request.method + ' ' + request.url", "POST http://test.localhost:8701/"},
        {"request.cf", "{\"colo\":\"SYD\",\"city\":\"Sydney\",\"country\":\"AU\"}"},
        {"[...request.headers]", "[[\"accept\",\"*/*\"],[\"host\",\"test.localhost:8701\"],"
                                 "[\"user-agent\",\"test\"]]"},
        {"request.bodyUsed", "true"},
        {"request.text()", "TypeError TypeError: Body has already been used. It can only be used "
                           "once. Use tee() first if you need to read it twice."},
        {"env.GREETING + env.DEEP.a[0]", "hi1"},
        {"new Request('http://h/a b?q=\xc3\xa9').url", "http://h/a%20b?q=%C3%A9"},
        {"new Request('/x')", "TypeError TypeError: Invalid URL: /x"},
        {"new Request('http://h', {method: 'FOO'})",
         "TypeError TypeError: Invalid HTTP method string: FOO"},
        {"fetch('http://example.com/')",
         "TypeError TypeError: fetch(\"http://example.com/\"): nothing leaves the simulator. A "
         "Worker here reaches Durable Objects, by stub.fetch(), and nothing else."},
    };
    (void)state;
    CHECK_ROWS(rows);
}

static void test_response(void **state)
{
    static const struct row rows[] = {
        {"Response.json({a: [1, '\xe2\x82\xac']})", "{\"a\":[1,\"\xe2\x82\xac\"]}"},
        {"new Response(new Uint8Array([104, 105]))", "hi"},
        {"new Response(new URLSearchParams({a: 'b c'}))", "a=b+c"},
        {"new Response('lone \\ud800.')", "lone \xed\xa0\x80."}, /* as workerd does */
        {"new Response(new Response('streamed').body)", "streamed"},
        {"new Response(new ReadableStream({async start(c) { await scheduler.wait(1); "
         "c.enqueue(new Uint8Array([111, 107])); c.close(); }}))",
         "ok"},
        {"new Response('x', {status: 600})",
         "RangeError RangeError: Responses may only be constructed with status codes in the range "
         "200 to 599, inclusive."},
        {"Response.redirect('http://h/x', 303).headers.get('location')", "http://h/x"},
        {"new Headers({'a b': 'c'})", "TypeError TypeError: Invalid header name."},
        {"new Headers([['set-cookie', 'a'], ['Set-Cookie', 'b']]).getSetCookie()", "[\"a\",\"b\"]"},
        {"[...new Headers([['z', '1'], ['A', '2'], ['a', '3']])]",
         "[[\"a\",\"2, 3\"],[\"z\",\"1\"]]"},
        {"request.headers.set('a', 'b')", "TypeError TypeError: Can't modify immutable headers."},
        {"new Response(await new Response('x').clone().arrayBuffer())", "x"},
    };
    (void)state;
    CHECK_ROWS(rows);
    eval("new Response('teapot', {status: 418, statusText: 'Teapot', headers: {'X-A': "
         "'\xc3\xa9'}})");
    assert_int_equal(world.status, 418);
    assert_string_equal(world.head,
                        "418\nTeapot\nx-a\n\xc3\xa9\ncontent-type\ntext/plain;charset=UTF-8");
    eval("new Response(new Uint8Array(100000).fill(7))");
    assert_int_equal(world.text_size, 100000);
    assert_int_equal(world.text[99999], 7);
    /* Bytes that are no text, and zeroes, arrive as they are. */
    eval("new Response(new Uint8Array([0, 255, 0, 128]))");
    assert_int_equal(world.text_size, 4);
    assert_memory_equal(world.text, "\0\377\0\200", 4);
}

static void test_ids(void **state)
{
    static const struct row rows[] = {
        {"env.LAB.idFromName()", "TypeError TypeError: Failed to execute 'idFromName' on "
                                 "'DurableObjectNamespace': parameter 1 is not of type 'string'."},
        {"env.LAB.idFromString('zz')",
         "TypeError TypeError: Invalid Durable Object ID: must be 64 hex digits"},
        {"env.LAB.idFromString('00'.repeat(32))",
         "TypeError TypeError: Durable Object ID is not valid for this namespace."},
        {"env.LAB.idFromString(env.BARE.idFromName('a').toString())",
         "TypeError TypeError: Durable Object ID is not valid for this namespace."},
        {"env.LAB.get(env.BARE.idFromName('a'))",
         "TypeError TypeError: Durable Object ID is not valid for this namespace."},
        {"env.LAB.get({})", "TypeError TypeError: Failed to execute 'get' on "
                            "'DurableObjectNamespace': parameter 1 is not of type "
                            "'DurableObjectId'."},
        {"[env.LAB.idFromName('foo'), env.LAB.newUniqueId()]", "[{\"name\":\"foo\"},{}]"},
        {"[env.LAB.idFromName('a').equals(env.LAB.idFromName('a')), "
         "env.LAB.idFromName('a').equals(env.BARE.idFromName('a'))]",
         "[true,false]"},
        {"(() => { const id = env.LAB.newUniqueId(); return [id.toString().length, "
         "id.equals(env.LAB.idFromString(id.toString().toUpperCase())), "
         "id.equals(env.LAB.newUniqueId())]; })()",
         "[64,true,false]"},
        {"env.LAB.newUniqueId({jurisdiction: 'eu'}).jurisdiction", "eu"},
        {"env.LAB.idFromString(env.LAB.jurisdiction('us').idFromName('a').toString()).jurisdiction",
         "us"},
        {"env.LAB.jurisdiction('eu').get(env.LAB.idFromName('a'))",
         "TypeError TypeError: get called on jurisdictional subnamespace with an ID from a "
         "different jurisdiction"},
        {"env.LAB.jurisdiction('mars')", "TypeError TypeError: Invalid jurisdiction \"mars\": it "
                                         "must be one of eu, us, fedramp, fedramp-high."},
        {"env.LAB.getByName('a', {locationHint: 'mars'})",
         "TypeError TypeError: Invalid locationHint \"mars\": it must be one of wnam, enam, sam, "
         "weur, eeur, apac, apac-ne, apac-se, oc, afr, me."},
        {"env.LAB.getByName('a').name + env.LAB.getByName('b').id.name", "ab"},
        {"object('ctx.id.name + [ctx.id.name.length]', '\\ud800 \\0 \xc3\xa9')",
         "\xef\xbf\xbd \\0 \xc3\xa9"}, /* replaced below: NUL cuts */
        {"object('ctx.id.name.codePointAt(0) + [ctx.id.name.length]', '\\ud800 \\0\xc3\xa9')",
         "655336"}, /* each byte of a lone surrogate is one U+FFFD */
        {"object('ctx.id.name === \"\"', '')", "true"},
    };
    (void)state;
    check_rows(rows, 15);
    check_rows(rows + 16, 2);
}

static void test_not_joined(void **state)
{
    struct world_options options = lab;
    (void)state;
    options.not_joined = true;
    world_open(&world, &options);
    assert_string_equal(eval("env.LAB.newUniqueId()"),
                        "Error Error: Region SYD has not joined the cluster yet, so it cannot make "
                        "unique ids. Try again once the coordinator can be reached. "
                        "retryable=true");
    js_set_birth_number(world.js, 3);
    assert_string_equal(eval("env.LAB.newUniqueId().toString().slice(0, 4)"), "0003");
    world_close(&world);
}

static void test_hint_and_reference_travel(void **state)
{
    (void)state;
    world.fail_calls = FAIL_HOME_UNREACHABLE;
    uint64_t run = world_start(&world, "POST", "/",
                               "env.LAB.jurisdiction('eu').getByName('n', {locationHint: 'me'})"
                               ".fetch('http://h/')");
    assert_int_equal(world.event_count, 1);
    const struct js_call *call = &world.events[0].call;
    assert_int_equal(call->hint, HINT_ME);
    assert_int_equal(call->object.jurisdiction, JURISDICTION_EU);
    assert_int_equal(call->object.kind, ID_NAMED);
    assert_int_equal(call->from_instance, 0);
    assert_int_equal(call->name.size, 1);
    assert_memory_equal(call->name.data, "n", 1);
    world_await(&world, run);
    assert_string_equal(world.text, "Error Error: the region is away retryable=true");
    world.fail_calls = FAIL_OVERLOADED;
    assert_string_equal(eval("object('1')"), "Error Error: the region is away overloaded=true");
}

static void test_calls(void **state)
{
    static const struct row rows[] = {
        {"object('new Response(request.method + request.url + [...request.headers])')",
         "POSThttp://h/content-length,65,content-type,text/plain;charset=UTF-8"},
        {"env.LAB.getByName('a').fetch('/x')", "TypeError TypeError: Invalid URL: /x"},
        {"env.LAB.getByName('a').fetch('ftp://x/')",
         "TypeError TypeError: Fetch API cannot load: ftp://x/"},
        {"env.LAB.getByName('a').fetch()",
         "TypeError TypeError: Failed to execute 'fetch' on 'Fetcher': parameter 1 is not of type "
         "'Request or string'."},
        {"env.LAB.getByName('a').fetch(new Request('http://h/', {method: 'POST', body: "
         "new TextEncoder().encode('request.method')}), {method: 'PUT'})",
         "PUT"},
        {"env.LAB.getByName('a').fetch('http://h/', {method: 'POST', body: "
         "new TextEncoder().encode('request.url').buffer})",
         "http://h/"},
        {"env.LAB.getByName('a').fetch('http://u:p@h/x?y#z', {method: 'POST', body: "
         "'request.url'})",
         "http://h/x?y"},
        {"env.LAB.getByName('a').fetch('http://h/', {method: 'POST', body: 'request.cf.colo', "
         "cf: {colo: 'XXX'}})",
         "XXX"},
        {"object('request.cf.colo')", "SYD"},
        {"env.PLAIN.getByName('a').fetch('http://h/')", "plain"},
        {"object('env.LAB.getByName(\"other\").fetch(\"http://h\", {method: \"POST\", body: "
         "\"ctx.id.name\"})')",
         "other"},
        {"object('Response.redirect(\"http://h/\" , 303)')", "{}"},
        {"env.LAB.getByName('a').fetch('http://h/', {method: 'POST', body: 'request.method === "
         "\"POST\" ? Response.redirect(\"http://h/\", 307) : 1'}).catch((e) => e.message.slice(0, "
         "40))",
         "Too many redirects.http://h/, http://h/,"},
        {"env.LAB.getByName('a').fetch('http://h/', {signal: AbortSignal.abort(new Error('no'))})",
         "Error Error: no"},
        {"(() => { const c = new AbortController(); const p = env.FAILING.getByName('q').fetch("
         "'http://h/', {signal: c.signal}); c.abort(new Error('stop')); return p; })()",
         "Error Error: stop"},
    };
    (void)state;
    CHECK_ROWS(rows);
    while (js_stats(world.js).calls) { /* the aborted one is answered as well */
        uv_run(&world.loop, UV_RUN_ONCE);
        world_settle(&world);
    }
}

/* Heads that come again are kept as strings: those of one length share a place. */
static void test_heads_come_again(void **state)
{
    (void)state;
    assert_string_equal(
        eval("(async () => { let text = ''; for (const path of 'aaabbbababccca') { const answer = "
             "await env.LAB.getByName('x').fetch('http://h/' + path, {method: 'POST', body: "
             "'new Response(null, {status: 404, headers: {at: request.url.slice(-1)}})'}); "
             "text += answer.headers.get('at'); } return text; })()"),
        "aaabbbababccca");
    assert_string_equal(
        eval("(async () => { let text = ''; for (const path of 'aaabbbababccca') text += await "
             "env.FAILING.getByName(path).fetch('http://h/' + path).then((r) => r.url.slice(-1)); "
             "return text; })()"),
        "aaabbbababccca");
}

static void test_thrown(void **state)
{
    static const struct row rows[] = {
        {"object('(() => { throw new TypeError(\"bad\") })()')",
         "TypeError TypeError: bad remote=true"},
        {"object('(() => { throw \"str\" })()')", "Error Error: str remote=true"},
        {"object('(() => { throw undefined })()')", "Error Error: undefined remote=true"},
        {"object('(() => { throw {a: 1} })()')", "not an Error: {\"a\":1,\"remote\":true}"},
        {"object('(() => { const e = new Error(\"bad\"); e.name = \"Foo\"; e.extra = 1; throw e "
         "})()')",
         "Error Foo: bad name=\"Foo\" extra=1 remote=true"},
        {"object('(() => { throw new Error(\"x\", {cause: new RangeError(\"y\")}) })()')"
         ".catch((e) => show(e.cause))",
         "RangeError RangeError: y"},
        {"object('(() => { throw new DOMException(\"x\", \"AbortError\") })()')",
         "DOMException AbortError: x remote=true"},
        {"object('(() => { throw new Error(\"x\") })()').catch((e) => e.stack)", "Error: x"},
        {"object('({raw: [5]})')", "TypeError TypeError: Incorrect type for Promise: the Promise "
                                   "did not resolve to 'Response'. remote=true"},
        {"env.BARE.getByName('a').fetch('http://h/')",
         "Error Error: Handler does not export a fetch() function. remote=true"},
        {"env.FAILING.getByName('throw').fetch('http://h/')",
         "RangeError RangeError: no luck remote=true durableObjectReset=true"},
        {"env.FAILING.getByName('block').fetch('http://h/')",
         "SyntaxError SyntaxError: blocked remote=true durableObjectReset=true"},
        {"env.FAILING.getByName('fine').fetch('http://h/')", "ready true"},
        {"object('ctx.abort()')",
         "Error Error: Application called abort() to reset Durable Object. remote=true "
         "durableObjectReset=true"},
        {"object('ctx.abort(new TypeError(\"why\"))')",
         "Error Error: TypeError: why remote=true durableObjectReset=true"},
        {"(async () => { const stub = env.LAB.getByName('b'); const go = (body) => stub.fetch("
         "'http://h/', {method: 'POST', body}).then((r) => r.text(), show); return [await "
         "go('ctx.abort(5)'), await go('1'), await env.LAB.getByName('b').fetch('http://h/', "
         "{method: 'POST', body: '3'}).then((r) => r.text())]; })()",
         "[\"Error Error: 5 remote=true durableObjectReset=true\",\"Error Error: 5 "
         "durableObjectReset=true\",\"3\"]"},
    };
    (void)state;
    CHECK_ROWS(rows);
}

static void test_broken_ends_all_runs(void **state)
{
    (void)state;
    world_start(&world, "POST", "/",
                "object('scheduler.wait(100000)').catch((e) => { "
                "globalThis.first = show(e); })");
    world_settle(&world);
    world.trace[0] = 0;
    assert_string_equal(eval("object('ctx.abort(1)').catch(() => 'aborted')"), "aborted");
    assert_string_equal(world.trace, "call broken done done done done");
    assert_string_equal(eval("globalThis.first"),
                        "Error Error: 1 remote=true durableObjectReset=true");
    assert_int_equal(js_stats(world.js).runs, 0);
    assert_int_equal(js_stats(world.js).instances, 0);
}

static void test_uncaught_in_the_worker(void **state)
{
    struct buf text = {0};
    (void)state;
    world_open(&world, &lab);
    world_post(&world, "/throw", "(() => { throw new TypeError('oh \xc3\xa9') })()");
    assert_int_equal(world.kind, OUTCOME_THROWN);
    assert_int_equal(js_thrown_text(bytes_of(world.head), &text), OK);
    assert_int_equal(buf_append(&text, "", 1), OK);
    assert_non_null(strstr((char *)text.data, "TypeError: oh \xc3\xa9\n    at "));
    assert_non_null(strstr((char *)text.data, "eval.js:"));
    buf_finish(&text);
    assert_int_equal(js_thrown_text(BYTES_LITERAL("no json"), &text), ERR_INVALID);
    world_close(&world);
}

static void test_storage(void **state)
{
    static const struct row rows[] = {
        {"object('ctx.storage.put(\"a\", {x: [1, null, \"\xc3\xa9\"]})').then((r) => typeof r)",
         "string"},
        {"object('ctx.storage.get(\"a\")')", "{\"x\":[1,null,\"\xc3\xa9\"]}"},
        {"object('ctx.storage.get(\"nope\").then(String)')", "undefined"},
        {"object('ctx.storage.put({b: 2, c: 3}).then(() => ctx.storage.get([\"c\", \"b\", "
         "\"nope\"]))"
         ".then((m) => [...m])')",
         "[[\"b\",2],[\"c\",3]]"},
        {"object('ctx.storage.list().then((m) => [...m.keys()])')", "[\"a\",\"b\",\"c\"]"},
        {"object('ctx.storage.list({start: \"b\"}).then((m) => [...m.keys()])')", "[\"b\",\"c\"]"},
        {"object('ctx.storage.list({startAfter: \"b\"}).then((m) => [...m.keys()])')", "[\"c\"]"},
        {"object('ctx.storage.list({end: \"c\", reverse: true}).then((m) => [...m.keys()])')",
         "[\"b\",\"a\"]"},
        {"object('ctx.storage.list({reverse: true, limit: 1}).then((m) => [...m.keys()])')",
         "[\"c\"]"},
        {"object('ctx.storage.list({prefix: \"b\"}).then((m) => [...m])')", "[[\"b\",2]]"},
        {"object('ctx.storage.list().then((m) => m.size)', 'other')", "0"},
        {"object('ctx.storage.delete(\"a\")')", "true"},
        {"object('ctx.storage.delete(\"a\")')", "false"},
        {"object('ctx.storage.delete([\"a\", \"b\"])')", "1"},
        {"object('ctx.storage.put(\"m\", new Map([[1, new Set([new Date(0), 5n])]])).then(() => "
         "ctx.storage.get(\"m\")).then((m) => [...m.get(1)].map((x) => x instanceof Date ? "
         "x.getTime() : typeof x))')",
         "[0,\"bigint\"]"},
        {"object('(() => { const o = {b: new Uint8Array([1, 2])}; o.self = o; return "
         "ctx.storage.put(\"o\", o).then(() => ctx.storage.get(\"o\")).then((p) => p.self === p && "
         "p.b[1]); })()')",
         "2"},
        {"object('ctx.storage.put(\"f\", () => 1)')",
         "DOMException DataCloneError: () => 1 could not be cloned. remote=true"},
        {"object('ctx.storage.put(\"k\".repeat(2049), 1)')",
         "RangeError RangeError: Keys cannot be larger than 2048 bytes. A key of size 2049 was "
         "provided. remote=true"},
        {"object('ctx.storage.put(\"k\", \"x\".repeat(140000))')",
         "RangeError RangeError: Values cannot be larger than 131072 bytes. A value of size 140006 "
         "was provided. remote=true"},
        {"object('ctx.storage.put({z: 1, y: \"x\".repeat(140000)}).catch(() => "
         "ctx.storage.get(\"z\").then(String))')",
         "undefined"},
        {"object('ctx.storage.get(Array(129).fill(\"a\"))')",
         "RangeError RangeError: Maximum number of key value pairs is 128. 129 pairs were provided."
         " remote=true"},
        {"object('ctx.storage.deleteAll().then(() => ctx.storage.list()).then((m) => m.size)')",
         "0"},
        /* Keys beyond what the store takes keep their order, among themselves and others. */
        {"object('(async () => { const keys = [\"k\".repeat(440), \"k\".repeat(441), "
         "\"k\".repeat(2048), \"k\".repeat(440) + \"a\", \"k\".repeat(440) + \"z\", \"ka\", \"l\"];"
         " for (const key of keys) await ctx.storage.put(key, key.length); const sorted = "
         "keys.slice().sort(); const all = [...await ctx.storage.list()]; const back = [...await "
         "ctx.storage.list({reverse: true})]; const some = [...await ctx.storage.list({startAfter: "
         "\"k\".repeat(440) + \"a\", limit: 2})]; return [all.every(([k, v], i) => k === sorted[i] "
         "&& v === k.length), back.reverse().every(([k], i) => k === sorted[i]), all.length, "
         "some.map(([k, v]) => v)]; })()')",
         "[true,true,7,[441,2048]]"},
        {"object('ctx.storage.list({prefix: \"k\".repeat(441)}).then((m) => m.size)')", "2"},
        {"object('ctx.storage.list({end: \"k\".repeat(441)}).then((m) => m.size)')", "3"},
        {"object('ctx.storage.put(\"\\\\ud800\", 1).then(() => ctx.storage.list()).then((m) => "
         "[...m.keys()].at(-1).charCodeAt(0))')",
         "65533"}, /* as workerd shows it */
    };
    (void)state;
    CHECK_ROWS(rows);
}

/* What a transaction changes is kept as a whole, or not at all; the figures are those of storage in SQLite. */
static void test_transactions(void **state)
{
    static const struct row rows[] = {
        {"object('ctx.storage.put({a: 1, b: 2}).then(() => ctx.storage.transaction(async (t) => { "
         "await t.put(\"c\", 3); await scheduler.wait(1); await ctx.storage.delete(\"a\"); "
         "})).then("
         "() => ctx.storage.list()).then((m) => [...m])')",
         "[[\"b\",2],[\"c\",3]]"},
        {"object('ctx.storage.transaction(async (t) => { await ctx.storage.put(\"b\", 9); "
         "t.rollback(); return ctx.storage.get(\"b\"); })')",
         "2"},
        {"object('(async () => { await ctx.storage.transaction(async (t) => { await t.put(\"n1\", "
         "1);"
         " await ctx.storage.transaction(async (u) => { await t.put(\"n2\", 2); u.rollback(); }); "
         "});"
         " return [...(await ctx.storage.list({prefix: \"n\"})).keys()]; })()')",
         "[\"n1\"]"},
        {"object('(async () => { await ctx.storage.transaction(async (t) => { await "
         "ctx.storage.transaction((u) => u.put(\"m\", 2)); t.rollback(); }); return "
         "(await ctx.storage.list({prefix: \"m\"})).size; })()')",
         "0"},
        {"object('(async () => { const inner = []; await ctx.storage.transaction(async () => { "
         "inner.push(ctx.storage.transaction(async (u) => { await u.put(\"p\", 1); await "
         "scheduler.wait(2); await u.put(\"q\", 2); })); }); await inner[0]; return [...(await "
         "ctx.storage.get([\"p\", \"q\"])).values()]; })()')",
         "[1,2]"}, /* the outer one, which ends first, keeps what the inner one has done */
        {"object('(() => { const s = ctx.storage; try { s.transactionSync(() => { s.put(\"b\", 7); "
         "s.delete(\"c\"); throw new Error(\"no\"); }); } catch {} return s.list({end: \"d\"}); "
         "})().then((m) => [...m])')",
         "[[\"b\",2],[\"c\",3]]"},
        {"object('ctx.storage.transactionSync(() => ctx.storage.deleteAll()).catch((e) => "
         "e.message)')",
         "Cannot call deleteAll() within a transaction"},
        /* The order is that of bytes, also beyond what the store takes as a key. */
        {"object('(async () => { const keys = [\"\\uffff\", \"\\u{1f600}\", \"\\ue000\", \"z\","
         " \"k\".repeat(500), \"k\".repeat(499)]; const s = ctx.storage; await s.deleteAll(); "
         "const "
         "order = async () => [...(await s.list()).keys()].map((k) => keys.indexOf(k)); return "
         "s.transaction(async (t) => { for (const k of keys) await t.put(k, 1); const within = "
         "await "
         "order(); await s.transaction(() => {}); return within; }).then(async (within) => "
         "[within, await order()]); })()')",
         "[[5,4,3,2,0,1],[5,4,3,2,0,1]]"},
        /* A transaction of an object that is reset leaves nothing behind. */
        {"object('ctx.storage.transaction(async (t) => { await t.put(\"gone\", 1); ctx.abort(); "
         "})').catch((e) => e.message)",
         "Application called abort() to reset Durable Object."},
        {"object('ctx.storage.get(\"gone\").then(String)')", "undefined"},
    };
    (void)state;
    CHECK_ROWS(rows);
}

static void test_storage_outlives_instances(void **state)
{
    (void)state;
    eval("object('ctx.storage.put(\"a\", 41)')");
    world_evict(&world);
    assert_string_equal(eval("object('ctx.storage.get(\"a\")')"), "41");
}

static void await_alarm(const char *code, const char *expected)
{
    while (strcmp(eval(code), expected) != 0)
        uv_run(&world.loop, UV_RUN_ONCE);
}

static void test_alarms(void **state)
{
    (void)state;
    world.trace[0] = 0;
    eval("object('ctx.storage.setAlarm(Date.now() + 20)')");
    assert_string_equal(world.trace, "call wrote done done");
    world_evict(&world); /* it needs no instance to ring */
    await_alarm("object('ctx.storage.get(\"rang\").then((i) => i && [i.retryCount, i.isRetry])')",
                "[0,false]");
    await_alarm("object('ctx.storage.getAlarm()')", "null");
    eval("object('ctx.storage.delete(\"rang\")')");
    eval("object('ctx.storage.setAlarm(Date.now() + 20).then(() => ctx.storage.deleteAlarm())')");
    assert_string_equal(eval("object('ctx.storage.getAlarm()')"), "null");
    eval("object('ctx.storage.setAlarm(1)', 'other')"); /* long ago */
    await_alarm("object('ctx.storage.get(\"rang\").then((i) => i && i.scheduledTime)', 'other')",
                "1");
    assert_string_equal(eval("object('ctx.storage.get(\"rang\").then(String)')"), "undefined");
}

static void test_writes_are_told_first(void **state)
{
    (void)state;
    world.trace[0] = 0;
    eval("object('(async () => { await ctx.storage.put(\"a\", 1); await ctx.storage.put(\"b\", 2); "
         "return 1; })()')");
    assert_string_equal(world.trace, "call wrote done done");
    world.trace[0] = 0;
    eval("object('(async () => { ctx.storage.put(\"a\", 2); await env.PLAIN.getByName(\"p\")"
         ".fetch(\"http://h/\"); await scheduler.wait(1); ctx.storage.delete(\"a\"); return 1; "
         "})()')");
    assert_string_equal(world.trace, "call wrote call done wrote done done");
    world.trace[0] = 0;
    eval("object('ctx.storage.get(\"a\").then(String)')");
    assert_string_equal(world.trace, "call done done");
}

static void test_timers(void **state)
{
    static const struct row rows[] = {
        {"new Promise((resolve) => setTimeout((a, b) => resolve(a + b), 1, 'x', 'y'))", "xy"},
        {"new Promise((resolve) => { let n = 0; const t = setInterval(() => { if (++n === 3) { "
         "clearInterval(t); resolve(n); } }, 1); })",
         "3"},
        {"new Promise((resolve) => { const t = setTimeout(() => resolve('late'), 1); "
         "clearTimeout(t); setTimeout(() => resolve('cleared'), 2); })",
         "cleared"},
        {"(async () => { const order = []; setTimeout(() => order.push('c'), 2); setTimeout(() => "
         "order.push('b'), 1); queueMicrotask(() => order.push('a')); await scheduler.wait(4); "
         "return order.join(''); })()",
         "abc"},
        {"setTimeout('x')", "TypeError TypeError: Failed to execute 'setTimeout' on "
                            "'ServiceWorkerGlobalScope': parameter 1 is not of type 'function'."},
    };
    (void)state;
    CHECK_ROWS(rows);
}

static void test_wait_until(void **state)
{
    (void)state;
    assert_string_equal(eval("(ctx.waitUntil(scheduler.wait(3).then(() => { globalThis.seen = 1; "
                             "})), 'early')"),
                        "early");
    assert_int_equal(js_stats(world.js).runs, 1);
    while (js_stats(world.js).runs)
        uv_run(&world.loop, UV_RUN_ONCE);
    assert_string_equal(eval("globalThis.seen"), "1");
    /* Without it a timer ends with the run that set it. */
    eval("(setTimeout(() => { globalThis.seen = 2; }, 1), 'done')");
    assert_string_equal(eval("scheduler.wait(3).then(() => globalThis.seen)"), "1");
}

static void test_blocked_runs_wait(void **state)
{
    (void)state;
    assert_string_equal(
        eval("Promise.all([object('ctx.blockConcurrencyWhile(async () => { await scheduler.wait(5);"
             " self.n = 1; })'), object('self.n'), object('self.n += 1')])"),
        "[\"\",\"1\",\"2\"]");
}

static void test_blocked_for_too_long(void **state)
{
    const struct world_options options = {
        .bundle = "eval", .classes = {"Lab"}, .block_limit_ms = 20};
    (void)state;
    world_open(&world, &options);
    const char *answer =
        eval("(async () => { const one = env.LAB.getByName('x'), other = env.LAB.getByName('x'),"
             " ask = (stub, body) => stub.fetch('http://h/', { method: 'POST', body })"
             ".then((response) => response.text(), show);"
             "const all = [ask(one, 'ctx.blockConcurrencyWhile(() => new Promise(() => {}))'), "
             "ask(other, 'self.n = 1')];"
             "return [...await Promise.all(all), await ask(one, '1'), await "
             "ask(env.LAB.getByName('x'), '[self.n]')].join(' | '); })()");
#define TOO_LONG                                                                               \
    "Error Error: A call to blockConcurrencyWhile() in a Durable Object waited for too long. " \
    "The call was canceled and the Durable Object was reset."
    assert_string_equal(answer,
                        TOO_LONG " overloaded=true remote=true durableObjectReset=true | " TOO_LONG
                                 " overloaded=true remote=true durableObjectReset=true | " TOO_LONG
                                 " overloaded=true durableObjectReset=true | [null]");
    world_close(&world);
}

static void stopped(const char *code)
{
    const char *answer = eval(code);
    if (strcmp(answer, "FAILED CODE_STOPPED") != 0)
        fail_msg("%s\n  gave %s", code, answer);
    assert_string_equal(eval("1 + 1"), "2");
}

static void test_endless_code_is_stopped(void **state)
{
    (void)state;
    world_start(&world, "POST", "/",
                "scheduler.wait(1500).then(() => { globalThis.other = 'alive'; })");
    stopped("(() => { for (;;); })()");
    stopped("(() => { for (;;) { try { for (;;); } finally { continue; } } })()");
    stopped("(async () => { for (;;) await null; })()");
    stopped("/(a+)+b/.test('a'.repeat(40))");
    stopped("scheduler.wait(1).then(() => { for (;;); })");
    stopped("(() => { const step = () => Promise.resolve().then(step); return step(); })()");
    assert_string_equal(eval("(async () => { while (!globalThis.other) await scheduler.wait(1); "
                             "return other; })()"),
                        "alive");
}

/* The engine can be made to abort by two of its timers at once: see on_interrupt() in limits.c. */
static void test_endless_code_is_stopped_often(void **state)
{
    struct world_options options = lab;
    (void)state;
    options.cpu_limit_us = 8000;
    world_open(&world, &options);
    for (int i = 0; i < 40; i++) {
        stopped("(async () => { for (;;) await null; })()");
        stopped("(() => { const step = () => Promise.resolve().then(step); return step(); })()");
    }
    world_close(&world);
}

static void test_endless_object_is_broken(void **state)
{
    (void)state;
    eval("object('self.mark = 1')");
    world.trace[0] = 0;
    assert_string_equal(eval("object('(() => { for (;;); })()')"),
                        "Error Error: the code was stopped");
    assert_string_equal(world.trace, "call broken done done");
    assert_string_equal(eval("object('String(self.mark)')"), "undefined");
}

static void test_memory_hog_is_stopped(void **state)
{
    struct world_options options = lab;
    (void)state;
    options.memory_limit_bytes = 300u << 20;
    options.cpu_limit_us = 30000000;
    world_open(&world, &options);
    stopped("(() => { const hoard = []; for (;;) hoard.push(new Array(1000).fill(1.5)); })()");
    stopped("(async () => { const hoard = []; for (;;) { hoard.push(new Uint8Array(1 << 20).fill(1)"
            "); await null; } })()");
    world_close(&world);
}

static void test_web_api(void **state)
{
    static const struct row rows[] = {
        {"new URL('../b?x=1#y', 'http://user@H:80/a/c').href", "http://user@h/b?x=1#y"},
        {"(() => { const u = new URL('http://h/p?a=1'); u.searchParams.append('b', '2 3'); "
         "u.pathname = '/q'; return [u.href, u.searchParams.get('a'), u.search]; })()",
         "[\"http://h/q?a=1&b=2+3\",\"1\",\"?a=1&b=2+3\"]"},
        {"['http://h', 'http://h/?', 'http://h:80/', 'http://1.2.3.4/', 'http://0x7f.1/', "
         "'https://\xc3\xa4.de/\xc3\xbc', 'http://h/a/./b'].map((u) => new URL(u).href)",
         "[\"http://h/\",\"http://h/?\",\"http://h/\",\"http://1.2.3.4/\",\"http://127.0.0.1/\","
         "\"https://xn--4ca.de/%C3%BC\",\"http://h/a/b\"]"},
        /* One origin after the other, and the same URL again. */
        {"['http://h:1/a', 'http://h:2/a', 'http://h:1/a', 'http://h:1/b', 'http://i:1/a', "
         "'http://h:1'].map((text) => { const u = new URL(text); u.pathname += 'x'; const v = new "
         "URL(text); return v.host + v.port + v.pathname; })",
         "[\"h:11/a\",\"h:22/a\",\"h:11/a\",\"h:11/b\",\"i:11/a\",\"h:11/\"]"},
        {"['http://h:80/a', 'http://h:65536/', 'http://h/a', 'http://h:80/a'].map((text) => "
         "URL.parse(text)?.href)",
         "[\"http://h/a\",null,\"http://h/a\",\"http://h/a\"]"},
        {"URL.canParse('x') + new URL('x')", "TypeError TypeError: Invalid URL string."},
        {"[...new TextEncoder().encode('\xe2\x82\xac')]", "[226,130,172]"},
        {"(() => { const odd = {'': [], '\\0': [0], '\\xe9': [195, 169], '\\u20ac': [226, 130, "
         "172], "
         "'\\ud83d\\ude00': [240, 159, 152, 128], '\\ud83d': [239, 191, 189]}; for (let n = 0; n < "
         "60; "
         "n++) for (let p = 0; p <= n; p++) for (const [text, bytes] of Object.entries(odd)) { "
         "const "
         "got = new TextEncoder().encode('a'.repeat(p) + text + 'b'.repeat(n - p)), want = "
         "[...Array(p).fill(97), ...bytes, ...Array(n - p).fill(98)]; if (got.join() !== "
         "want.join()) "
         "return [n, p, text]; } return 'as it should be'; })()",
         "as it should be"},
        {"new TextDecoder().decode(new Uint8Array([239, 187, 191, 226, 130, 172, 255]))",
         "\xe2\x82\xac\xef\xbf\xbd"},
        {"new TextDecoder('utf-16le').decode(new Uint8Array([0x3d, 0xd8, 0, 0xde]))",
         "\xf0\x9f\x98\x80"},
        {"(() => { const d = new TextDecoder(); return d.decode(new Uint8Array([226, 130]), "
         "{stream: true}) + d.decode(new Uint8Array([172])); })()",
         "\xe2\x82\xac"},
        {"new TextDecoder('utf-8', {fatal: true}).decode(new Uint8Array([255]))",
         "TypeError TypeError: Failed to decode input."},
        {"crypto.subtle.digest('SHA-256', new TextEncoder().encode('abc')).then((d) => "
         "new Uint8Array(d).toHex())",
         "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"crypto.subtle.digest('SHA-1', new Uint8Array(0)).then((d) => new Uint8Array(d).toHex())",
         "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
        {"/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test("
         "crypto.randomUUID())",
         "true"},
        {"crypto.getRandomValues(new Uint8Array(new ArrayBuffer(8), 4)).buffer.slice(0, 4)"
         ".byteLength",
         "4"},
        {"(() => { const b = new Uint8Array(64); crypto.getRandomValues(b.subarray(32)); return "
         "[b.slice(0, 32).every((x) => x === 0), b.slice(32).some((x) => x)]; })()",
         "[true,true]"},
        {"atob('YQ==') + btoa('\xc3\xa9')", "a6Q=="},
        {"structuredClone(new Map([[1, {d: new Date(5)}]])).get(1).d.getTime()", "5"},
        {"structuredClone(() => 1)", "DOMException DataCloneError: () => 1 could not be cloned."},
        {"(() => { const c = new AbortController(); let n = 0; c.signal.addEventListener('abort', "
         "() => n++); c.abort(); c.abort(); return [n, c.signal.aborted, c.signal.reason.name]; "
         "})()",
         "[1,true,\"AbortError\"]"},
        {"navigator.userAgent + typeof performance.now() + typeof self",
         "Cloudflare-Workersnumberobject"},
    };
    (void)state;
    CHECK_ROWS(rows);
}

/* Nobody tells the reader that the request is over, so the answer has to end its reading. */
static void test_an_early_answer_ends_the_reading(void **state)
{
    (void)state;
    struct js_stats before = js_stats(world.js);
    struct js_http request = {.request_id = 1,
                              .method = BYTES_LITERAL("PATCH"),
                              .url = BYTES_LITERAL("http://h/"),
                              .body = BYTES_LITERAL("x"),
                              .rest_bytes = BODY_REST_UNKNOWN};
    js_run_worker(world.js, 0, ++world.next_number, &request);
    world_settle(&world);
    assert_int_equal(js_stats(world.js).runs, before.runs);
    assert_int_equal(js_stats(world.js).bodies, before.bodies);
}

static void test_answers_after_stop_are_ignored(void **state)
{
    (void)state;
    world_start(&world, "POST", "/", "object('env.PLAIN.getByName(\"p\").fetch(\"http://h/\")')");
    struct world_event first = world.events[0];
    assert_int_equal(first.kind, WORLD_CALL);
    world_settle(&world);
    struct outcome outcome = {.kind = OUTCOME_RESPONSE, .head = BYTES_LITERAL("200\n")};
    js_answer(world.js, 999999, &outcome, (struct bytes){0});
    js_stop_instance(world.js, 999999);
    assert_int_equal(js_stats(world.js).calls, 0);
}

static void test_bad_heads(void **state)
{
    static const char *const bad[] = {"",      "abc\n",       "200",           "99\n",
                                      "700\n", "200\n\nname", "200\n\n\nvalue"};
    unsigned status;
    struct bytes reason;
    size_t count;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(
            js_response_head(bytes_of(bad[i]), &status, &reason, NULL, 0, &count) || i > 4, true);
}

#define IN_LAB(test) cmocka_unit_test_setup_teardown(test, open_lab, close_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_warming_is_not_seen),
        cmocka_unit_test(test_hello),
        cmocka_unit_test(test_object_lives_until_stopped),
        cmocka_unit_test(test_scripts_that_do_not_load),
        cmocka_unit_test(test_top_level_await),
        cmocka_unit_test(test_not_joined),
        IN_LAB(test_request),
        IN_LAB(test_response),
        IN_LAB(test_ids),
        IN_LAB(test_hint_and_reference_travel),
        IN_LAB(test_calls),
        IN_LAB(test_heads_come_again),
        IN_LAB(test_thrown),
        IN_LAB(test_broken_ends_all_runs),
        cmocka_unit_test(test_uncaught_in_the_worker),
        IN_LAB(test_storage),
        IN_LAB(test_transactions),
        IN_LAB(test_storage_outlives_instances),
        IN_LAB(test_alarms),
        IN_LAB(test_writes_are_told_first),
        IN_LAB(test_timers),
        IN_LAB(test_wait_until),
        IN_LAB(test_blocked_runs_wait),
        cmocka_unit_test(test_blocked_for_too_long),
        IN_LAB(test_endless_code_is_stopped),
        cmocka_unit_test(test_endless_code_is_stopped_often),
        IN_LAB(test_endless_object_is_broken),
        IN_LAB(test_web_api),
        IN_LAB(test_an_early_answer_ends_the_reading),
        IN_LAB(test_answers_after_stop_are_ignored),
        cmocka_unit_test(test_bad_heads),
        cmocka_unit_test(
            test_memory_hog_is_stopped), /* last: its memory stays resident for a while */
    };
    world_prepare();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
