/* Where workerd has its own words and ways, which code may lean on; tests/sidebyside compares many
 * more of them with workerd itself. */

#include "common/limits.h"
#include "tests/lib/js_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct world world;

static int open_lab(void **state)
{
    static const struct world_options lab = {.bundle = "eval",
                                             .classes = {"Lab", "Bare", "Plain", "Failing"}};
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

/* A row of a table of code that the Worker runs and what it must answer. */
struct row {
    const char *code, *expected;
};

static void check_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *answer = world_post(&world, "/", rows[i].code);
        if (strcmp(answer, rows[i].expected) != 0)
            fail_msg("%s\n  gave     %s\n  expected %s", rows[i].code, answer, rows[i].expected);
    }
}

#define CHECK_ROWS(rows) check_rows(rows, sizeof(rows) / sizeof(rows)[0])

/* An object throws this, and its caller looks at what it catches, as `e`. */
#define THROWN(thrown, look) "object(`(() => { throw " thrown " })()`).catch((e) => " look ")"
#define OWN(own)             "Object.assign(new Error(\"oops\"), " own ")"

static void test_own_properties_of_errors(void **state)
{
    static const struct row rows[] = {
        {THROWN(OWN("{code: undefined}"), "['code' in e, e.code === undefined]"), "[true,true]"},
        {THROWN(OWN("{code: 5n}"), "typeof e.code + e.code"), "bigint5"},
        {THROWN(OWN("{when: new Date(7)}"), "e.when.getTime()"), "7"},
        {THROWN(OWN("{map: new Map([[1, new Set([2])]])}"), "[...e.map.get(1)]"), "[2]"},
        {THROWN(OWN("{data: new Uint8Array([1, 2])}"), "e.data.constructor.name + e.data"),
         "Uint8Array1,2"},
        {THROWN("Object.defineProperty(new Error(\"x\"), \"code\", {value: 7})", "Object.keys(e)"),
         "[\"code\",\"remote\"]"},
        {THROWN(OWN("{list: [Object.assign(new TypeError(\"in\"), {code: 5})]}"),
                "show(e.list[0])"),
         "TypeError TypeError: in code=5"},
        {THROWN("new Error(\"x\", {cause: undefined})", "Object.keys(e)"),
         "[\"cause\",\"remote\"]"},
        {THROWN("new AggregateError([new RangeError(\"a\"), 5], \"many\")",
                "[show(e.errors[0]), e.errors[1]]"),
         "[\"RangeError RangeError: a\",5]"},
        /* What cannot travel takes all own properties with it. */
        {THROWN(OWN("{run() {}, code: 5}"), "show(e)"), "Error Error: oops remote=true"},
        {THROWN("(() => { const e = new RangeError(\"x\"); e.self = e; return e; })()", "show(e)"),
         "RangeError RangeError: x remote=true"},
        {THROWN(OWN("{name: \"Mine\", run() {}}"), "show(e)"),
         "Error Error: Mine: oops remote=true"},
        {THROWN(OWN("{message: 5}"), "show(e)"), "Error Error:  remote=true"},
        {THROWN(OWN("{stack: \"mine\"}"), "e.stack"), "Error: oops"},
    };
    (void)state;
    CHECK_ROWS(rows);
}

static void test_names_of_errors(void **state)
{
    static const struct row rows[] = {
        {THROWN(OWN("{name: \"TypeError\"}"), "show(e)"), "TypeError TypeError: oops remote=true"},
        {THROWN("(() => { class E extends RangeError {} E.prototype.name = \"Mine\"; return new "
                "E(\"x\"); })()",
                "show(e)"),
         "Error Mine: x name=\"Mine\" remote=true"},
        {THROWN(OWN("{name: null}"), "show(e)"), "Error null: oops name=null remote=true"},
        {THROWN(OWN("{name: \"\"}"), "show(e)"), "Error : oops name=\"\" remote=true"},
        {THROWN(OWN("{name: \"__proto__\"}"), "show(e)"),
         "Error __proto__: oops name=\"__proto__\" remote=true"},
    };
    (void)state;
    CHECK_ROWS(rows);
}

static void test_thrown_objects(void **state)
{
    static const struct row rows[] = {
        {THROWN("({a: 1})", "show(e)"), "not an Error: {\"a\":1,\"remote\":true}"},
        {THROWN("new Date(0)", "[e instanceof Date, e.getTime(), e.remote]"), "[true,0,true]"},
        {THROWN("(() => { const o = {}; o.self = o; return o; })()", "e.self === e"), "true"},
        {THROWN("({run() {}})", "show(e)"), "Error Error: #<Object> remote=true"},
        {THROWN("({toString: () => \"x\"})", "show(e)"),
         "Error Error: [object Object] remote=true"},
        {THROWN("new Response(\"x\")", "show(e)"), "Error Error: #<Response> remote=true"},
        {THROWN("Promise.resolve()", "show(e)"), "Error Error: #<Promise> remote=true"},
        {THROWN("(() => 5)", "show(e)"), "Error Error: () => 5 remote=true"},
        {THROWN("Symbol(\"s\")", "show(e)"), "Error Error: Symbol(s) remote=true"},
        {THROWN("Object.create(null, {[Symbol.toPrimitive]: {get() { throw 1; }}})",
                "typeof e + e.remote"),
         "objecttrue"},
    };
    (void)state;
    CHECK_ROWS(rows);
}

/* They must fit a head, whose size is the same for objects near and far. */
static void test_long_errors(void **state)
{
    static const struct row rows[] = {
        {THROWN("new Error(\"m\".repeat(100000))", "e.message.length"), "100000"},
        {THROWN("Object.assign(new TypeError(\"m\"), {code: \"x\".repeat(200000)})", "show(e)"),
         "TypeError TypeError: m remote=true"},
        {THROWN("new Error(\"m\".repeat(1000000))", "e.message.slice(-4)"), "m..."},
        {THROWN("new Error(\"\\\\ud800\".repeat(60000))", "e.message.slice(-3)"), "..."},
    };
    (void)state;
    CHECK_ROWS(rows);
    world_post(&world, "/throw", "(() => { throw new Error('\\u0001'.repeat(1000000)) })()");
    assert_int_equal(world.kind, OUTCOME_THROWN);
    assert_true(strlen(world.head) <= HEAD_BYTES_MAX);
}

static void test_what_is_no_response(void **state)
{
    static const struct row rows[] = {
        {"object('({raw: [5]})').catch((e) => e.message)",
         "Incorrect type for Promise: the Promise did not resolve to 'Response'."},
        {"object('({raw: [Response.error()]})').catch((e) => e.message)",
         "Return value from serve handler must not be an error response (like Response.error())"},
        {"object('(self.fetch = () => 5, 1)').then(() => object('1')).catch((e) => e.message)",
         "Callback returned incorrect type; expected 'Promise'"},
    };
    (void)state;
    CHECK_ROWS(rows);
}

static void test_responses(void **state)
{
    static const struct row rows[] = {
        {"object('new Response(null, {status: 404})', 'a').then(() => "
         "env.LAB.getByName('a').fetch('http://h/', {method: 'POST', body: 'new Response(null, "
         "{status: 404})'})).then((r) => new Response(r.statusText))",
         "Not Found"},
        {"new Response('x', {status: 200.7}).status", "200"},
        {"new Response('', {status: 204}).body", "null"},
        {"new Response('x', {status: 204})",
         "TypeError TypeError: Response with null body status (101, 204, 205, or 304) cannot have "
         "a body."},
        {"Response.json(undefined).text()", "undefined"},
        {"new Response('x', {headers: null})",
         "TypeError TypeError: Incorrect type for the 'headers' field on 'InitializerDict': the "
         "provided value is not of type 'Headers or Sequence or object'."},
        {"new Response('x', 'y')",
         "TypeError TypeError: Failed to construct 'Response': constructor parameter 2 is not of "
         "type 'InitializerDict or Response'."},
        {"new Response([1, 2]).text()",
         "TypeError TypeError: This ReadableStream did not return bytes."},
        {"new Response([new Uint8Array([104]), new Uint8Array([105])]).text()", "hi"},
        {"new Response('\\ud800').text().then((t) => [t.length, t.charCodeAt(0)])", "[3,65533]"},
    };
    (void)state;
    CHECK_ROWS(rows);
}

#define LAB "env.LAB.getByName('a')"

static void test_stubs(void **state)
{
    static const struct row rows[] = {
        {LAB ".fetch('http://h/', 'POST')",
         "TypeError TypeError: Failed to execute 'fetch' on 'Fetcher': parameter 2 is not of type "
         "'RequestInitializerDict or Request'."},
        {LAB ".fetch('http://h/', {headers: 5})",
         "TypeError TypeError: Incorrect type for the 'headers' field on 'RequestInitializerDict': "
         "the provided value is not of type 'Headers or Sequence or object'."},
        {LAB ".fetch('data:text/x;base64,aGk=').then(async (r) => [r.headers.get('content-type'), "
             "await r.text()])",
         "[\"text/x\",\"hi\"]"},
        {"(() => { const { fetch } = " LAB "; return fetch('http://h/'); })().catch((e) => "
         "e.message.slice(0, 18))",
         "Illegal invocation"},
        {"JSON.stringify(" LAB ")", "{\"name\":\"a\",\"id\":{\"name\":\"a\"}}"},
        {LAB ".fetch('http://h/', {method: 'POST', body: 'new Response(null, {status: 302, "
             "headers: {location: \"http://a b/\"}})'})",
         "TypeError TypeError: Invalid Location header; unable to follow redirect."},
        {LAB ".fetch('http://h/', {method: 'HEAD'}).then((r) => r.body)", "null"},
        {LAB ".fetch('http://h/', {method: 'POST', body: new ReadableStream({start(c) { "
             "c.enqueue(new TextEncoder().encode('[...request.headers]')); c.close(); }})})",
         "[]"},
    };
    (void)state;
    CHECK_ROWS(rows);
}

static void test_ids(void **state)
{
    static const struct row rows[] = {
        {"[typeof DurableObjectId, typeof DurableObjectNamespace]",
         "[\"undefined\",\"undefined\"]"},
        {"(() => { 'use strict'; const id = env.LAB.idFromName('a'); try { id.name = 'b'; } catch "
         "(e) { return e.name + id.name; } return 'set'; })()",
         "TypeErrora"},
        {"(() => { const { toString } = env.LAB.idFromName('a'); return toString(); })()",
         "TypeError TypeError: Illegal invocation: function called with incorrect `this` "
         "reference. See https://developers.cloudflare.com/workers/observability/errors/"
         "#illegal-invocation-errors for details."},
        {"structuredClone([env.LAB.newUniqueId()])",
         "DOMException DataCloneError: Could not serialize object of type \"DurableObjectId\". "
         "This type does not support serialization."},
        {"env.LAB.idFromName('\\ud800').name", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        {"env.LAB.idFromName('\\ud800').equals(env.LAB.idFromName('\\ufffd'))", "false"},
        /* Names that are remembered, and more of them than are. */
        {"(() => { const text = (i) => env.LAB.idFromName(`n${i}`).toString(); const first = "
         "text(0); for (let i = 0; i < 5000; i++) text(i); return text(0) === first && text(1) "
         "!== first; })()",
         "true"},
    };
    (void)state;
    CHECK_ROWS(rows);
}

#define PUT(value) "object('ctx.storage.put(\"k\", " value ").then(() => \"fits\")').catch(show)"
#define TOO_LARGE(size)                                                         \
    "RangeError RangeError: Values cannot be larger than 131072 bytes. A value" \
    " of size " size " was provided. remote=true"

/* The limit counts bytes as V8 serialises them, and the sizes told are workerd's own. */
static void test_sizes_of_values(void **state)
{
    static const struct row rows[] = {
        {PUT("new Uint8Array(131072)"), "fits"},
        {PUT("\"x\".repeat(131072)"), "fits"},
        {PUT("\"\\u043a\".repeat(65536)"), "fits"},
        {PUT("Array(60000).fill(1)"), "fits"},
        {PUT("new Uint8Array(131372)"), TOO_LARGE("131385")},
        {PUT("\"\\u043a\".repeat(131072)"), TOO_LARGE("262150")},
        {PUT("Array(20000).fill(1.5)"), TOO_LARGE("180011")},
        {PUT("new Map(Array.from({length: 30000}, (x, i) => [i, i]))"), TOO_LARGE("223495")},
        {PUT("[new Set([\"x\".repeat(70000)]), \"x\".repeat(70000)]"), TOO_LARGE("140018")},
        {"object('ctx.storage.put([\"a\", \"b\"])')",
         "TypeError TypeError: put() called with undefined value. remote=true"},
        {"object('(() => { try { ctx.storage.delete(); } catch (e) { return e.name; } })()')",
         "TypeError"},
    };
    (void)state;
    CHECK_ROWS(rows);
}

/* What the Web API needs of C: keys, compression, encodings. `b` are bytes of text. */
#define B "const b = (text) => new TextEncoder().encode(text), s = crypto.subtle; "

static void test_keys(void **state)
{
    static const struct row rows[] = {
        {"(async () => { " B "const k = await s.importKey('raw', b('key'), {name: 'HMAC', hash: "
         "'SHA-256'}, false, ['sign', 'verify']); const m = await s.sign('HMAC', k, b('data')); "
         "return [new Uint8Array(m).toHex().slice(0, 8), await s.verify('HMAC', k, m, b('data')), "
         "await s.verify('HMAC', k, m, b('dat'))]; })()",
         "[\"5031fe3d\",true,false]"},
        {"(async () => { " B "const a = {name: 'AES-GCM', iv: new Uint8Array(12), additionalData: "
         "b('more')}; const k = await s.generateKey({name: 'AES-GCM', length: 256}, true, "
         "['encrypt', 'decrypt']); const c = await s.encrypt(a, k, b('hello')); const back = await "
         "s.decrypt(a, k, c); new Uint8Array(c)[0] ^= 1; return [c.byteLength, new "
         "TextDecoder().decode(back), await s.decrypt(a, k, c).catch((e) => e.name), await "
         "s.decrypt(a, k, new Uint8Array(3)).catch((e) => e.name)]; })()",
         "[21,\"hello\",\"OperationError\",\"OperationError\"]"},
        {"(async () => { " B "const k = await s.importKey('raw', new Uint8Array(16), 'AES-CTR', "
         "false, ['encrypt']); const a = (counter, length) => ({name: 'AES-CTR', counter, "
         "length}); "
         "const last = new Uint8Array(16).fill(255); const whole = new Uint8Array(await "
         "s.encrypt(a(last, 128), k, new Uint8Array(40))); const low = new Uint8Array(await "
         "s.encrypt(a(last, 8), k, new Uint8Array(40))); const high = last.slice(); high[15] = 0; "
         "const next = new Uint8Array(await s.encrypt(a(high, 8), k, new Uint8Array(24))); return "
         "[whole.slice(0, 16).toHex() === low.slice(0, 16).toHex(), whole.toHex() === low.toHex(), "
         "low.slice(16).toHex() === next.toHex(), await s.encrypt(a(last, 1), k, new "
         "Uint8Array(33)).catch((e) => e.name)]; })()",
         "[true,false,true,\"OperationError\"]"},
        {"(async () => { " B "const k = await s.importKey('raw', b('pw'), 'PBKDF2', false, "
         "['deriveBits']); const bits = await s.deriveBits({name: 'PBKDF2', hash: 'SHA-256', salt: "
         "b('salt'), iterations: 1000}, k, 256); return new Uint8Array(bits).toHex().slice(0, 16); "
         "})()",
         "0a38253555ce37f5"},
        {"Promise.all(['P-256', 'P-384', 'P-521'].map(async (namedCurve) => { " B
         "const a = {name: 'ECDSA', namedCurve, hash: 'SHA-512'}; const k = await s.generateKey(a, "
         "true, ['sign', 'verify']); const m = await s.sign(a, k.privateKey, b('x')); let good = "
         "await s.verify(a, k.publicKey, m, b('x')); for (const format of ['jwk', 'raw', 'spki']) "
         "{ "
         "const copy = await s.importKey(format, await s.exportKey(format, k.publicKey), a, true, "
         "['verify']); good &&= await s.verify(a, copy, m, b('x')); } for (const format of ['jwk', "
         "'pkcs8']) { const copy = await s.importKey(format, await s.exportKey(format, "
         "k.privateKey), a, true, ['sign']); good &&= await s.verify(a, k.publicKey, await "
         "s.sign(a, copy, b('x')), b('x')); } return [m.byteLength, good, await s.verify(a, "
         "k.publicKey, m, b('y')), await s.verify(a, k.publicKey, b('short'), b('x'))]; }))",
         "[[64,true,false,false],[96,true,false,false],[132,true,false,false]]"},
        {"Promise.all(['RSASSA-PKCS1-v1_5', 'RSA-PSS'].map(async (name) => { " B
         "const a = {name, hash: 'SHA-256', modulusLength: 1024, publicExponent: new "
         "Uint8Array([1, 0, 1]), saltLength: 32}; const k = await s.generateKey(a, true, ['sign', "
         "'verify']); const copy = await s.importKey('jwk', await s.exportKey('jwk', "
         "k.privateKey), "
         "a, true, ['sign']); const m = await s.sign(a, copy, b('x')); return [m.byteLength, await "
         "s.verify(a, k.publicKey, m, b('x')), await s.verify(a, k.publicKey, m, b('y'))]; }))",
         "[[128,true,false],[128,true,false]]"},
        {"(async () => { " B "const k = await s.generateKey('Ed25519', true, ['sign', 'verify']); "
         "const copy = await s.importKey('jwk', await s.exportKey('jwk', k.privateKey), 'Ed25519', "
         "true, ['sign']); return s.verify('Ed25519', k.publicKey, await s.sign('Ed25519', copy, "
         "b('x')), b('x')); })()",
         "true"},
        {"Promise.all(['ECDH', 'X25519'].map(async (name) => { " B "const a = {name, namedCurve: "
         "'P-256'}; const [one, two] = [await s.generateKey(a, true, ['deriveBits']), await "
         "s.generateKey(a, true, ['deriveBits'])]; const both = [await s.deriveBits({name, public: "
         "two.publicKey}, one.privateKey, 256), await s.deriveBits({name, public: one.publicKey}, "
         "two.privateKey, 256)]; return s.timingSafeEqual(...both); }))",
         "[true,true]"},
        {"Promise.all(['pkcs8', 'spki', 'raw'].map((format) => crypto.subtle.importKey(format, new "
         "Uint8Array(70), {name: 'ECDSA', namedCurve: 'P-256'}, true, ['sign', "
         "'verify']).catch((e) "
         "=> e.name)))",
         "[\"DataError\",\"DataError\",\"DataError\"]"},
        {"(async () => { " B "const d = new crypto.DigestStream('MD5'); const w = d.getWriter(); "
         "w.write(b('hel')); w.write('lo'); w.close(); return new Uint8Array(await "
         "d.digest).toHex(); })()",
         "5d41402abc4b2a76b9719d911017c592"},
    };
    (void)state;
    CHECK_ROWS(rows);
}

#define THROUGH(input, stream) \
    "new Response(new Response(" input ").body.pipeThrough(new " stream ")).text()"

static void test_parts_of_c(void **state)
{
    static const struct row rows[] = {
        {"Promise.all(['gzip', 'deflate', 'deflate-raw'].map(async (format) => { const text = "
         "'abc'.repeat(1000000); const small = await new Response(new "
         "Response(text).body.pipeThrough(new CompressionStream(format))).bytes(); const back = "
         "await new Response(new Response(small).body.pipeThrough(new "
         "DecompressionStream(format))).text(); return [small.length < 5000, back === text]; }))",
         "[[true,true],[true,true],[true,true]]"},
        {THROUGH("'junk'", "DecompressionStream('gzip')"),
         "TypeError TypeError: Decompression failed."},
        {THROUGH("new Uint8Array([31, 139, 8])", "DecompressionStream('gzip')"),
         "TypeError TypeError: Called close() on a decompression stream with incomplete data"},
        {THROUGH("new Uint8Array([130, 160])",
                 "TextDecoderStream('sjis')).pipeThrough(new TextEncoderStream()"),
         "\xe3\x81\x82"},
        {"(() => { const d = new TextDecoder('sjis'); return d.decode(new Uint8Array([130]), "
         "{stream: true}) + '|' + d.decode(new Uint8Array([160])); })()",
         "|\xe3\x81\x82"},
        {"new TextDecoder('iso-8859-16').decode(new Uint8Array([0xa4])) + new "
         "TextDecoder('koi8-u').decode(new Uint8Array([0xae]))",
         "\xe2\x82\xac\xd1\x9e"},
        {"new TextDecoder('replacement')",
         "RangeError RangeError: \"replacement\" is not a valid encoding."},
        {"[crypto.subtle.timingSafeEqual(new Uint8Array(2), new Uint8Array(2)), new "
         "WebAssembly.Instance(add).exports.add(2, 3)]",
         "[true,5]"},
    };
    (void)state;
    CHECK_ROWS(rows);
}

#define ABSENT(name) \
    "Error Error: " name " is not there in the simulator; see docs/WORKERS.md, \"Not there\"."

static void test_what_is_absent(void **state)
{
    static const struct row rows[] = {
        {"new WebSocketPair()", ABSENT("WebSocketPair")},
        {"new HTMLRewriter()", ABSENT("HTMLRewriter")},
        {"caches.default.match('http://h/')", ABSENT("The cache (caches)")},
        {"fetch('http://h/')",
         "TypeError TypeError: fetch(\"http://h/\"): nothing leaves the simulator. A Worker here "
         "reaches Durable Objects, by stub.fetch(), and nothing else."},
    };
    (void)state;
    CHECK_ROWS(rows);
}

#define IN_LAB(test) cmocka_unit_test_setup_teardown(test, open_lab, close_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_LAB(test_own_properties_of_errors),
        IN_LAB(test_names_of_errors),
        IN_LAB(test_thrown_objects),
        IN_LAB(test_long_errors),
        IN_LAB(test_what_is_no_response),
        IN_LAB(test_responses),
        IN_LAB(test_stubs),
        IN_LAB(test_ids),
        IN_LAB(test_sizes_of_values),
        IN_LAB(test_keys),
        IN_LAB(test_parts_of_c),
        IN_LAB(test_what_is_absent),
    };
    world_prepare();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
