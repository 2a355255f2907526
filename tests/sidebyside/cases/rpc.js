// Methods of objects, called on their stubs.

import { drawing, value } from "./thrown.js";

const on = (action) => (t) => action(t.stub("METHODS"), t);

const echo = (value) => on((one) => one.echo(value()));

class Unsent {
  x = 1;
}

// The id of the object that threw is another one for each run.
const withoutId = (action) => on(async (one, t) => {
  const seen = await t.attempt(() => action(one, t));
  const id = seen.rejected?.["own durableObjectId"];
  if (id !== undefined) seen.rejected["own durableObjectId"] = id === String(one.id) ? "its own" : id;
  return seen;
});

const order = (bytes) => on(async (one) => {
  const calls = [];
  for (let i = 0; i < 8; i++) calls.push(one.note(i % 2 ? i : "b".repeat(bytes)));
  return [await Promise.all(calls), await one.noted()];
});

const text = (response) => response.text();

const drawn = (seed) => on((one) => one.all(...Array.from({ length: 3 }, (_, i) => value({ ...drawing(100 * seed + i), sendable: true }, 3))));

export const rpc = {
  // Calling
  "method": on((one) => one.add(1, 2)),
  "async-method": on((one) => one.later("x")),
  "inherited": on((one) => one.inherited()),
  "overridden": on((one) => one.overridden()),
  "uses-private": on((one) => one.secret()),
  "no-value": on((one) => one.nothing()),
  "thenable-result": on((one) => one.thenable()),
  "no-arguments": on((one) => one.count()),
  "undefined-arguments": on((one) => one.count(undefined, undefined)),
  "many-arguments": on((one) => one.count(...Array(300).fill(1))),
  "odd-name": on((one) => one["odd name"]()),
  "index": on((one) => typeof one[5]),
  "detached": on((one) => {
    const { add } = one;
    return add(2, 3);
  }),
  "like-handlers": on((one) => Promise.all([one.scheduled(), one.queue()])),
  "like-a-map": on((one) => Promise.all([one.get(), one.put(), one.delete()])),
  "beside-fetch": on(async (one) => [await one.add(1, 1), await text(await one.fetch("http://object.example/x"))]),
  "from-an-object": on((one, t) => one.through(t.name(), "add", 3, 4)),
  "calls-itself": on((one) => one.countDown(3)),
  "unique-id": ({ env, options }) => env.METHODS.get(env.METHODS.newUniqueId(), options).add(5, 6),
  "two-stubs": async (t) => {
    const name = t.name();
    await t.stub("METHODS", name).note(1);
    return t.stub("METHODS", name).noted();
  },

  // What cannot be called
  "no-such-method": on((one) => one.nope()),
  "no-class-extended": (t) => t.stub("PLAIN").fetchIt(),
  "no-class-extended-property": (t) => t.stub("PLAIN").seen,
  "no-fetch-but-methods": (t) => t.stub("NO_FETCH").nope(),
  "own-property": on((one) => one.own),
  "own-function": on((one) => one.arrow()),
  "private": on((one) => one["#secret"]()),
  "static": on((one) => one.ofTheClass()),
  "context": on((one) => one.ctx),
  "environment": on((one) => one.env.anything()),
  "not-a-function": on((one) => one.getter()),
  "reserved": on((one, t) => Promise.all(["dup", "alarm", "webSocketMessage", "webSocketClose", "webSocketError"].map((name) => t.attempt(() => one[name]())))),
  "call-and-apply": on((one, t) => Promise.all(["call", "apply", "bind"].map((name) => t.attempt(() => one.add[name](null, 1, 2))))),
  "constructor-fails": (t) => t.stub("BAD_CONSTRUCTOR").anything(),
  "start-fails": (t) => t.stub("BAD_START").anything(),

  // Properties
  "getter": on((one) => one.getter),
  "getter-throws": on((one) => one.throwing),
  "getter-undefined": on((one) => one.missing),
  "getter-null": on((one) => one.none),
  "setter": on((one) => one.setter),
  "nested": on((one) => one.tree.leaf.n),
  "nested-object": on((one) => one.tree.leaf),
  "nested-undefined": on((one) => one.tree.none),
  "nested-missing": on((one) => one.tree.nope),
  "nested-method": on((one) => one.tree.self()),
  "nested-no-method": on((one) => one.tree.leaf()),
  "nested-array": on((one) => one.tree.list.length),
  "nested-date": on((one) => one.tree.when.getTime()),
  "nested-in-nothing": on((one) => one.none.x),
  "member-of-a-result": on((one) => one.echo({ a: { b: 7 } }).a.b),
  "member-missing": withoutId((one) => one.echo({ a: 1 }).b),
  "member-of-nothing": withoutId((one) => one.nothing().x),
  "member-called": withoutId((one) => one.echo({ a: { b: 7 } }).a.b()),
  "member-of-an-error": withoutId((one) => one.boom("first").a.b),

  // What stubs, methods and their promises look like
  "types": on((one) => [typeof one.add, typeof one.add(1, 1), typeof one.then, typeof one.fetch, typeof one[Symbol.iterator]]),
  "tags": on((one) => [one.add, one.add(1, 1)].map((value) => [Object.prototype.toString.call(value), value.constructor.name, String(value)])),
  "no-promise": on((one) => one.add(1, 1) instanceof Promise),
  "own-keys": on((one) => [Object.keys(one), Reflect.ownKeys(one.add), Reflect.ownKeys(one.add(1, 1))]),
  "in": on((one) => ["add", "nope", "fetch", "then", "id"].map((name) => name in one)),
  "name-and-id": on((one) => [typeof one.name, one.id.name === one.name]),
  "of-every-object": on((one) => [one.hasOwnProperty("x"), one.toString(), one.valueOf() === one, one.constructor.name]),
  "json": on((one) => Object.keys(JSON.parse(JSON.stringify(one)))),
  "assigned": on((one) => {
    one.add = () => "assigned";
    return one.add();
  }),
  "then-catch-finally": on(async (one) => [
    await one.add(1, 1).then((sum) => sum * 10), await one.boom("x").catch((error) => error.message), await one.add(2, 2).finally(() => 5),
    await one.getter.then((value) => `${value}!`), await one.throwing.catch((error) => error.message),
  ]),
  "all": on((one) => Promise.all([one.add(1, 2), one.getter, one.later(3)])),
  "all-settled": on(async (one) => (await Promise.allSettled([one.boom("x"), one.add(1, 2)])).map(({ status }) => status)),
  "returned-from-async": on(async (one) => (async () => one)().then((same) => same === one)),
  "disposed": on(async (one) => {
    const result = await one.echo({ a: 1 });
    return [result[Symbol.dispose](), result.a];
  }),
  "dispose": on(async (one) => {
    const kinds = [{}, [], new Map(), new Date(0), 5, null];
    return Promise.all(kinds.map(async (kind) => typeof (await one.echo(kind))?.[Symbol.dispose]));
  }),

  // Values
  "echo-simple": on((one) => one.all(1, "ä", null, undefined, true, 5n, NaN, -0, Infinity, "\ud800", "a\0b\n")),
  "echo-undefined": echo(() => undefined),
  "echo-trees": echo(() => ({ a: [1, { b: [] }], "c d": "e", "": null })),
  "echo-proto": on(async (one) => Object.keys(await one.echo(JSON.parse('{"__proto__": {"x": 1}, "toJSON": 1, "constructor": 2}')))),
  "echo-date": echo(() => new Date(7)),
  "echo-regexp": echo(() => /a+\/b/gi),
  "echo-map": echo(() => new Map([[1, { a: 1 }], ["k", new Set([NaN])]])),
  "echo-bytes": on((one) => one.all(new Uint8Array([1, 2]), new ArrayBuffer(3), new Float64Array([1.5]), new DataView(new ArrayBuffer(1)))),
  "echo-part-of-bytes": on(async (one) => {
    const part = await one.echo(new Uint8Array([1, 2, 3, 4]).subarray(1, 3));
    return [part, part.byteOffset, part.buffer.byteLength];
  }),
  "echo-error": echo(() => Object.assign(new TypeError("m", { cause: "c" }), { code: 5 })),
  "echo-error-named": echo(() => Object.assign(new Error("m"), { name: "Custom" })),
  "echo-error-of-a-class": echo(() => new (class Own extends RangeError {})("m")),
  "echo-errors": echo(() => new AggregateError([new RangeError("one")], "all")),
  "echo-exception": echo(() => new DOMException("m", "AbortError")),
  "echo-cycle": on(async (one) => {
    const cycle = {};
    cycle.cycle = cycle;
    const seen = await one.echo(cycle);
    return seen.cycle === seen;
  }),
  "echo-shared": on(async (one) => {
    const shared = {};
    const [first, second] = await one.all(shared, shared);
    return first === second;
  }),
  "echo-sparse": on(async (one) => {
    const seen = await one.echo([1, , 3]);
    return [seen.length, 1 in seen];
  }),
  "echo-boxed": on((one) => one.about(Object("x"))),
  "echo-subclass": on(async (one) => (await one.echo(new (class extends Map {})([[1, 2]]))).constructor.name),
  "echo-getter": echo(() => ({ get a() { return 5; } })),
  "echo-getter-throws": echo(() => ({ get a() { throw new RangeError("in a getter"); } })),
  "echo-symbol-key": echo(() => ({ [Symbol("x")]: 1, b: 2 })),
  "echo-hidden": echo(() => Object.defineProperty({ b: 1 }, "hidden", { value: 2 })),
  "echo-result": on(async (one) => one.echo(await one.echo({ a: new Date(1) }))),
  "echo-long": on(async (one) => (await one.echo("é".repeat(300_000))).length),
  "echo-long-bytes": on(async (one) => (await one.echo(new Uint8Array(200_000).fill(7))).every((byte) => byte === 7)),
  "too-long": echo(() => "x".repeat((32 << 20) + 1)),
  "refused-class": echo(() => new Unsent()),
  "refused-deep": echo(() => [{ a: new Unsent() }]),
  "refused-bare": echo(() => Object.create(null)),
  "refused-symbol": echo(() => Symbol("s")),
  "refused-weak": echo(() => new WeakMap()),
  "refused-promise": echo(() => Promise.resolve(1)),
  "refused-url": echo(() => new URL("http://a.example/")),
  "refused-params": echo(() => new URLSearchParams("a=b")),
  "refused-form": echo(() => new FormData()),
  "refused-id": on((one) => one.echo(one.id)),
  "refused-namespace": on((one, { env }) => one.echo(env.METHODS)),
  "refused-event": echo(() => new Event("x")),
  "refused-result-class": on((one) => one.mine()),
  "refused-result-bare": on((one) => one.bare()),
  "refused-result-symbol": on((one) => one.symbol()),
  "refused-result-weak": on((one) => one.weak()),
  "refused-result-promise": on((one) => one.promises()),

  // Errors
  "throws": withoutId((one) => one.boom("oops")),
  "throws-later": withoutId((one) => one.laterBoom()),
  "throws-text": withoutId((one) => one.throws("text")),
  "throws-nothing": withoutId((one) => one.throws(undefined)),
  "throws-object": on(async (one) => {
    const thrown = await one.throws({ a: 1 }).catch((error) => error);
    return [thrown.a, thrown.remote, thrown.durableObjectId === String(one.id), thrown instanceof Error];
  }),
  "throws-class": withoutId((one) => one.throwsMine()),
  "throws-symbol": withoutId((one) => one.throwsSymbol()),
  "throws-uncloneable": withoutId((one) => one.throwsUncloneable()),
  "throws-exception": withoutId((one) => one.throws(new DOMException("m", "DataError"))),
  "throws-errors": withoutId((one) => one.throws(new AggregateError([1], "m"))),
  "throws-retryable": withoutId((one) => one.throws(Object.assign(new Error("m"), { retryable: true, overloaded: true }))),
  "throws-through": withoutId((one, t) => one.through(t.name(), "boom", "deep")),
  "throws-and-goes-on": on(async (one) => {
    await one.boom("x").catch(() => {});
    return one.add(1, 1);
  }),
  "abort": on((one) => one.abort()),
  "abort-then-call": on(async (one, t) => [await t.attempt(() => one.abort()), await t.attempt(() => one.add(1, 1))]),
  "abort-then-new-stub": async (t) => {
    const name = t.name();
    await t.stub("METHODS", name).abort().catch(() => {});
    return t.stub("METHODS", name).add(1, 1);
  },
  "section-fails": on((one) => one.failedSection()),

  // Order and gates
  "in-order": order(10),
  "in-order-with-long-arguments": order(200_000),
  "in-order-with-long-results": on(async (one) => (await Promise.all([300_000, 1, 200_000, 2].map((size) => one.echo("x".repeat(size))))).map(({ length }) => length)),
  "increments": on(async (one) => [await Promise.all([one.increment(), one.increment(2), one.increment()]), await one.increment(10)]),
  "section": on(async (one) => [await Promise.all([one.section(), one.note("after")]), await one.noted()]),
  "section-and-long-arguments": on(async (one) => [await Promise.all([one.section(), one.note("b".repeat(200_000)), one.note(2)]), await one.noted()]),
  "not-awaited": on(async (one) => {
    one.note(1);
    return one.noted();
  }),

  // The Web API's values
  "headers": on(async (one) => {
    const headers = await one.echo(new Headers([["set-cookie", "a"], ["set-cookie", "b"], ["x", "y"]]));
    headers.set("x", "z");
    return [...headers];
  }),
  "response": on(async (one) => {
    const response = await one.response("text", { status: 202, statusText: "Fine", headers: { a: "b" } });
    response.headers.set("c", "d");
    return [response instanceof Response, response.status, response.statusText, response.url, [...response.headers], await response.text()];
  }),
  "response-plain": on(async (one) => {
    const response = await one.response("text");
    return [response.status, [...response.headers], await response.text()];
  }),
  "response-empty": on(async (one) => {
    const response = await one.response(null, { status: 204 });
    return [response.status, response.body, await response.text()];
  }),
  "response-flows": on(async (one) => {
    const response = await one.flowing(20);
    return [response.headers.get("flows"), await response.text()];
  }),
  "response-long": on(async (one) => (await (await one.response("é".repeat(200_000))).text()).length),
  "response-passed-on": { raw: async (t) => t.stub("METHODS").flowing(5) },
  "two-responses": on(async (one) => {
    const [first, { two }] = await one.twoResponses();
    return [await two.text(), await first.text()];
  }),
  "response-used": on(async (one) => {
    const response = new Response("x");
    await response.text();
    return one.echo(response);
  }),
  "response-locked": on((one) => {
    const response = new Response("x");
    response.body.getReader();
    return one.echo(response);
  }),
  "request": on((one) => one.requestSeen(new Request("http://a.example/b?c", { method: "PUT", body: "text", headers: { a: "b" }, redirect: "manual" }))),
  "request-get": on((one) => one.requestSeen(new Request("http://a.example/"))),
  "request-flows": on((one) => {
    const { readable, writable } = new IdentityTransformStream();
    const writer = writable.getWriter();
    writer.write(new TextEncoder().encode("some")).then(() => writer.close());
    return one.requestSeen(new Request("http://a.example/", { method: "POST", body: readable }));
  }),
  "request-to-response": on(async (one) => {
    const response = await one.handle(new Request("http://a.example/", { method: "POST", body: "b".repeat(100_000), headers: { "content-type": "text/x" } }));
    return [response.status, response.headers.get("content-type"), (await response.text()).length];
  }),
  "stream": on(async (one) => new Response(await one.stream()).text()),
  "stream-argument": on((one) => one.readStream(new Response("given").body)),
  "stream-locked": on((one) => {
    const { body } = new Response("x");
    body.getReader();
    return one.readStream(body);
  }),
  "blob": on(async (one) => {
    const blob = await one.echo(new Blob(["abc"], { type: "a/b" }));
    return [blob.size, blob.type, await blob.text()];
  }),

  // Values drawn from a seed
  ...Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`drawn-${i}`, drawn(i + 1)])),
};
