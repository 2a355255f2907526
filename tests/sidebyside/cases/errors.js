// What the caller sees when the object's code fails.
import { engineText, object } from "./kinds.js";

const throwing = (make) =>
  object(() => {
    throw make();
  });

class CustomError extends Error {
  name = "CustomError";
  code = 42;
}

class NameOnPrototype extends RangeError {}
NameOnPrototype.prototype.name = "NameOnPrototype";

class Plain extends Error {}

const returning = (make) => object(make);

const broken = (space, name = undefined) => async (t) => {
  const one = t.stub(space, name?.(t));
  const first = await t.attempt(() => one.fetch("http://object.example/"));
  const again = await t.attempt(async () => (await one.fetch("http://object.example/")).text());
  const anew = t.env[space].get(one.id);
  const fresh = await t.attempt(async () => (await anew.fetch("http://object.example/")).text());
  return { first, again, fresh };
};

const aborting = (...reason) => ({
  worker: async (t) => {
    const one = t.stub();
    const first = await t.attempt(() => t.ask(one, "/abort"));
    const again = await t.attempt(async () => (await t.ask(one, "/")).text());
    const fresh = await t.attempt(async () => (await t.ask(t.env.THING.get(one.id), "/")).text());
    return { first, again, fresh };
  },
  object: (thing, request) => {
    thing.notes.push("call");
    if (request.url.endsWith("/abort")) thing.state.abort(...reason);
    return new Response(`calls ${thing.notes.length}`);
  },
});

export const errors = {
  "Error": throwing(() => new Error("oops")),
  "EvalError": throwing(() => new EvalError("oops")),
  "RangeError": throwing(() => new RangeError("oops")),
  "ReferenceError": throwing(() => new ReferenceError("oops")),
  "SyntaxError": throwing(() => new SyntaxError("oops")),
  "TypeError": throwing(() => new TypeError("oops")),
  "URIError": throwing(() => new URIError("oops")),
  "AggregateError": throwing(() => new AggregateError([new Error("a"), 5], "many")),
  "DOMException": throwing(() => new DOMException("oops", "NotFoundError")),
  "AbortError": throwing(() => new DOMException("oops", "AbortError")),
  "no-message": throwing(() => new Error()),
  "empty-message": throwing(() => new Error("")),
  "unicode-message": throwing(() => new Error("é😀\ud800")),
  "long-message": throwing(() => new Error("m".repeat(20000))),
  "longer-message": throwing(() => new Error("m".repeat(100000))),
  "newline-message": throwing(() => new Error("one\ntwo")),
  "message-like-a-name": throwing(() => new Error("TypeError: not really")),
  "message-with-prefix": throwing(() => new Error("remote.jsg.Error: x")),
  "custom-class": throwing(() => new CustomError("oops")),
  "custom-class-without-name": throwing(() => new Plain("oops")),
  "name-on-prototype": throwing(() => new NameOnPrototype("oops")),
  "own-name": throwing(() => Object.assign(new Error("oops"), { name: "MyError" })),
  "own-name-empty": throwing(() => Object.assign(new Error("oops"), { name: "" })),
  "own-name-number": throwing(() => Object.assign(new Error("oops"), { name: 5 })),
  "own-name-of-a-builtin": throwing(() => Object.assign(new Error("oops"), { name: "TypeError" })),
  "own-message-number": throwing(() => Object.assign(new Error("oops"), { message: 5 })),
  "own-properties": throwing(() => Object.assign(new Error("oops"), { code: "E1", count: 3, list: [1, "2"], deep: { a: null } })),
  "own-property-undefined": throwing(() => Object.assign(new Error("oops"), { code: undefined })),
  "own-property-bigint": throwing(() => Object.assign(new Error("oops"), { code: 5n })),
  "own-property-date": throwing(() => Object.assign(new Error("oops"), { when: new Date(0) })),
  "own-property-map": throwing(() => Object.assign(new Error("oops"), { map: new Map([[1, 2]]) })),
  "own-property-bytes": throwing(() => Object.assign(new Error("oops"), { data: new Uint8Array([1, 2]) })),
  "own-property-error": throwing(() => Object.assign(new Error("oops"), { inner: new TypeError("inner") })),
  "own-property-function": throwing(() => Object.assign(new Error("oops"), { run() {}, code: 5 })),
  "own-property-symbol-key": throwing(() => Object.assign(new Error("oops"), { [Symbol("x")]: 1, code: 5 })),
  "own-property-getter": throwing(() => Object.defineProperty(new Error("oops"), "code", { enumerable: true, get: () => 7 })),
  "own-property-hidden": throwing(() => Object.defineProperty(new Error("oops"), "code", { enumerable: false, value: 7 })),
  "own-property-cycle": throwing(() => {
    const error = new Error("oops");
    error.self = error;
    return error;
  }),
  "own-remote": throwing(() => Object.assign(new Error("oops"), { remote: false })),
  "own-retryable": throwing(() => Object.assign(new Error("oops"), { retryable: true, overloaded: true })),
  "own-durableObjectReset": throwing(() => Object.assign(new Error("oops"), { durableObjectReset: true })),
  "own-property-of-own-errors": throwing(() => Object.assign(new Error("oops"), { list: [Object.assign(new TypeError("inner"), { code: 5 })], map: new Map([[1, new RangeError("deep")]]) })),
  "own-property-instance": throwing(() => Object.assign(new Error("oops"), { when: new (class Point { x = 1; })() })),
  "own-property-url": throwing(() => Object.assign(new Error("oops"), { url: new URL("http://object.example/"), code: 5 })),
  "own-property-getter-throws": throwing(() =>
    Object.defineProperty(new Error("oops"), "code", {
      enumerable: true,
      get() {
        throw new Error("inside");
      },
    }),
  ),
  "own-name-null": throwing(() => Object.assign(new Error("oops"), { name: null })),
  "own-name-object": throwing(() => Object.assign(new TypeError("oops"), { name: { toString: () => "MyError" } })),
  "own-stack": throwing(() => Object.assign(new Error("oops"), { stack: "mine" })),
  "no-message-at-all": throwing(() => {
    const error = new Error("oops");
    delete error.message;
    return error;
  }),
  "custom-class-with-function": throwing(() => Object.assign(new CustomError("oops"), { run() {} })),
  "aggregate-with-function": throwing(() => Object.assign(new AggregateError([new Error("a")], "many"), { run() {} })),
  "DOMException-with-property": throwing(() => Object.assign(new DOMException("oops", "AbortError"), { extra: 1 })),
  "cause-error": throwing(() => new Error("oops", { cause: new TypeError("deep") })),
  "cause-string": throwing(() => new Error("oops", { cause: "why" })),
  "cause-undefined": throwing(() => new Error("oops", { cause: undefined })),
  "cause-chain": throwing(() => new Error("a", { cause: new Error("b", { cause: new RangeError("c") }) })),
  "string": throwing(() => "just text"),
  "string-empty": throwing(() => ""),
  "undefined": throwing(() => undefined),
  "null": throwing(() => null),
  "number": throwing(() => 42),
  "boolean": throwing(() => false),
  "bigint": throwing(() => 42n),
  "symbol": throwing(() => Symbol("sign")),
  "object": throwing(() => ({ code: 5, text: "x" })),
  "object-with-message": throwing(() => ({ name: "Fake", message: "not an error" })),
  "object-with-toString": throwing(() => ({ toString: () => "by toString" })),
  "object-without-prototype": throwing(() => Object.create(null)),
  "array": throwing(() => [1, 2]),
  "function": throwing(() => () => 5),
  "date": throwing(() => new Date(0)),
  "response": engineText(throwing(() => new Response("thrown"))),
  "object-frozen": throwing(() => Object.freeze({ code: 5 })),
  "own-overloaded-number": throwing(() => Object.assign(new Error("oops"), { overloaded: 5, retryable: "yes" })),
  "own-retryable-text": throwing(() => Object.assign(new Error("oops"), { retryable: "yes" })),
  "own-retryable-falsy": throwing(() => Object.assign(new Error("oops"), { retryable: 0, overloaded: null })),
  "own-retryable-beside-a-function": throwing(() => Object.assign(new Error("oops"), { retryable: 1, run() {} })),
  "own-index": throwing(() => Object.assign(new Error("oops"), { 0: "zero", 4294967294: "last", 4294967295: "none", "01": "text" })),
  "object-own-overloaded": throwing(() => ({ overloaded: 5, retryable: "yes" })),
  "object-own-remote": throwing(() => ({ remote: 5 })),
  "object-rich": throwing(() => ({ when: new Date(0), nothing: undefined, big: 5n })),
  "object-cycle": {
    worker: async (t) => {
      try {
        await t.ask(t.stub());
      } catch (thrown) {
        return [thrown.code, thrown.list[0] === thrown, thrown.remote];
      }
    },
    object: () => {
      const object = { code: 5 };
      object.list = [object];
      throw object;
    },
  },
  "object-with-function": throwing(() => ({ code: 5, run() {} })),
  "object-with-tag": throwing(() => ({ [Symbol.toStringTag]: "Tagged", toString: () => "x" })),
  "instance": throwing(() => new (class Point { x = 1; })()),
  "instance-with-function": throwing(() => new (class Point { run = () => 5; })()),
  "map": throwing(() => new Map([[1, 2]])),
  "bytes": throwing(() => new Uint8Array([1, 2])),
  "promise": throwing(() => Promise.resolve(5)),
  "weakmap": throwing(() => new WeakMap()),
  "url": throwing(() => new URL("http://object.example/")),
  "frozen": throwing(() => Object.freeze(new Error("oops"))),
  "by-the-engine-type": engineText(object(() => null.x)),
  "by-the-engine-reference-name": {
    worker: async (t) => {
      try {
        await t.ask(t.stub());
      } catch (thrown) {
        return [thrown.name, thrown instanceof ReferenceError, thrown.remote];
      }
    },
    object: () => notDefinedAnywhere,
  },
  "by-the-engine-stack-overflow": {
    worker: async (t) => {
      try {
        await t.ask(t.stub());
      } catch (thrown) {
        return [thrown.name, thrown.remote];
      }
    },
    object: () => {
      const deeper = () => deeper() + 1;
      return deeper();
    },
  },
  "rejected": object(() => Promise.reject(new RangeError("later"))),
  "rejected-after-await": object(async () => {
    await null;
    throw new RangeError("later");
  }),
  "rejected-after-timer": object(() => new Promise((resolve, reject) => setTimeout(() => reject(new RangeError("later")), 5))),
  "rejected-string": object(() => Promise.reject("text")),
  "rejected-undefined": object(() => Promise.reject()),
  "returns-undefined": returning(() => undefined),
  "returns-null": returning(() => null),
  "returns-string": returning(() => "text"),
  "returns-object": returning(() => ({ status: 200 })),
  "returns-promise-of-string": returning(async () => "text"),
  "returns-thenable": returning(() => ({ then: (resolve) => resolve(new Response("then")) })),
  "returns-constructor": returning(() => Response),
  "is-an-error-of-the-caller": {
    worker: async (t) => {
      try {
        await t.ask(t.stub());
      } catch (thrown) {
        return [thrown instanceof TypeError, thrown instanceof Error, Object.prototype.toString.call(thrown), String(thrown)];
      }
    },
    object: () => {
      throw new TypeError("oops");
    },
  },
  "stack-tells-nothing-of-the-object": {
    worker: async (t) => {
      try {
        await t.ask(t.stub());
      } catch (thrown) {
        return [typeof thrown.stack, /errors\.js|secretPlace/.test(thrown.stack ?? "")];
      }
    },
    object: function secretPlace() {
      throw new TypeError("oops");
    },
  },
  "remote-is-own": {
    worker: async (t) => {
      try {
        await t.ask(t.stub());
      } catch (thrown) {
        return [Object.hasOwn(thrown, "remote"), thrown.remote, thrown.retryable, thrown.durableObjectReset, thrown.overloaded];
      }
    },
    object: () => {
      throw new Error("oops");
    },
  },
  "remote-through-two-objects": {
    worker: async (t) => t.ask(t.stub(), "/outer", { headers: { "x-name": t.name() } }),
    object: async (thing, request) => {
      if (!request.headers.get("x-name")) throw Object.assign(new RangeError("deep"), { code: 1 });
      const inner = thing.env.THING.get(thing.env.THING.idFromName(request.headers.get("x-name")));
      return inner.fetch("http://object.example/", { headers: { "x-case": request.headers.get("x-case") } });
    },
  },
  "instance-survives-a-throw": {
    worker: async (t) => {
      const one = t.stub();
      const first = await t.attempt(() => t.ask(one, "/throw"));
      return { first, next: await (await t.ask(one)).text() };
    },
    object: (thing, request) => {
      thing.notes.push("call");
      if (request.url.endsWith("/throw")) throw new Error("oops");
      return new Response(`calls ${thing.notes.length}`);
    },
  },
  "no-fetch-handler": async (t) => t.stub("NO_FETCH").fetch("http://object.example/"),
  "plain-class": async (t) => (await t.stub("PLAIN").fetch("http://object.example/")).json(),
  "constructor-throws": broken("BAD_CONSTRUCTOR"),
  "constructor-throws-once": broken("BAD_CONSTRUCTOR", (t) => `once-${t.name()}`),
  "blockConcurrencyWhile-fails": broken("BAD_START"),
  "abort": aborting(),
  "abort-with-text": aborting("my reason"),
  "abort-with-error": aborting(Object.assign(new TypeError("my error"), { code: 5 })),
  "abort-with-undefined": aborting(undefined),
  "abort-with-number": aborting(5),
  "abort-does-not-return": {
    worker: async (t) => {
      const one = t.stub();
      await t.attempt(() => t.ask(one, "/abort"));
      return (await t.ask(t.env.THING.get(one.id), "/")).json();
    },
    object: async (thing, request) => {
      if (request.url.endsWith("/abort")) {
        await thing.state.storage.put("before", 1);
        await thing.state.storage.sync();
        thing.state.abort();
        await thing.state.storage.put("after", 1);
      }
      return Response.json([...(await thing.state.storage.list()).keys()]);
    },
  },
  "abort-reaches-others-in-flight": {
    worker: async (t) => {
      const one = t.stub();
      const waiting = t.attempt(() => t.ask(one, "/wait"));
      const aborting = t.attempt(() => t.ask(one, "/abort"));
      return [await waiting, await aborting];
    },
    object: (thing, request) => {
      if (request.url.endsWith("/wait")) return new Promise(() => setTimeout(() => {}, 5000));
      thing.state.abort("enough");
    },
  },
  "blockConcurrencyWhile-later-fails": {
    worker: async (t) => {
      const one = t.stub();
      const first = await t.attempt(() => t.ask(one, "/fail"));
      const again = await t.attempt(async () => (await t.ask(one)).text());
      const fresh = await t.attempt(async () => (await t.ask(t.env.THING.get(one.id))).text());
      return { first, again, fresh };
    },
    object: async (thing, request) => {
      if (request.url.endsWith("/fail")) {
        await thing.state.blockConcurrencyWhile(async () => {
          throw new RangeError("inside");
        });
      }
      return new Response("fine");
    },
  },
  "blockConcurrencyWhile-value": {
    worker: async (t) => (await t.ask(t.stub())).text(),
    object: async (thing) => new Response(await thing.state.blockConcurrencyWhile(async () => "inside")),
  },
};
