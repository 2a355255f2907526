// ctx.storage: get, put, delete, list and their limits. All but a few run inside the object.
import { engineText, inside } from "./kinds.js";

// Keep a value and look at what comes back.
const kept = (make) =>
  inside(async ({ state }) => {
    const value = make();
    await state.storage.put("key", value);
    return state.storage.get("key");
  });

const key = (value) =>
  inside(async ({ state }) => {
    await state.storage.put(value, 1);
    return [...(await state.storage.list()).keys()];
  });

const call = (action) => inside(({ state }) => action(state.storage));

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// An object that counts in storage how often it was asked, with something between get and put.
const count = (between) => async ({ state }) => {
  const value = ((await state.storage.get("count")) ?? 0) + 1;
  if (between) await between();
  await state.storage.put("count", value);
  return new Response(String(value));
};

// What it says to many who ask at once.
const answersOf = (t, asked) => {
  const one = t.stub();
  return Promise.all(Array.from({ length: asked }, async () => Number(await (await t.ask(one)).text())));
};

const LETTERS = { a: 1, b: 2, "b/1": 3, "b/2": 4, c: 5, "é": 6, "😀": 7, "\uffff": 8 };

const listed = (options) =>
  inside(async ({ state }) => {
    await state.storage.put(LETTERS);
    return state.storage.list(options);
  });

const many = (count) => Object.fromEntries(Array.from({ length: count }, (unused, index) => [`k${index}`, index]));

// How large a value is said to be depends on the engine's serialiser.
const tooLarge = (action) =>
  call((s) =>
    action(s).catch((thrown) => {
      thrown.message = thrown.message.replace(/size \d{6} /, "size N ");
      throw thrown;
    }),
  );

// A value of the storage's own format whose size is known: bytes need few more than their number.
const sized = (length) => new Uint8Array(length);

export const storage = {
  "get-missing": call((s) => s.get("nothing")),
  "get-nothing": call((s) => s.get()),
  "get-undefined": call((s) => s.get(undefined)),
  "get-null": call((s) => s.get(null)),
  "get-symbol": engineText(call((s) => s.get(Symbol("x")))),
  "get-many": call(async (s) => {
    await s.put({ a: 1, c: 3 });
    return s.get(["c", "b", "a", "c"]);
  }),
  "get-many-none": call((s) => s.get([])),
  "get-many-128": call(async (s) => (await s.get(Object.keys(many(128)))).size),
  "get-many-129": call((s) => s.get(Object.keys(many(129)))),
  "get-gives-a-promise": call((s) => s.get("x") instanceof Promise),
  "put-gives": call((s) => s.put("x", 1)),
  "put-nothing": call((s) => s.put()),
  "put-key-only": call((s) => s.put("x")),
  "put-undefined": call((s) => s.put("x", undefined)),
  "put-undefined-in-object": call(async (s) => {
    await s.put({ a: undefined, b: 1 });
    return s.list();
  }),
  "put-object": call(async (s) => {
    await s.put({ b: 2, a: 1 });
    return s.list();
  }),
  "put-empty-object": call((s) => s.put({})),
  "put-null": call((s) => s.put(null)),
  "put-array": call(async (s) => {
    await s.put(["x", "y"]);
    return s.list();
  }),
  "put-128": call(async (s) => {
    await s.put(many(128));
    return (await s.list()).size;
  }),
  "put-129": call((s) => s.put(many(129))),
  "put-129-leaves-nothing": call(async (s) => {
    await s.put(many(129)).catch(() => {});
    return (await s.list()).size;
  }),
  "put-one-too-large-leaves-nothing": call(async (s) => {
    await s.put({ a: 1, x: sized(140000) }).catch(() => {});
    return (await s.list()).size;
  }),
  "put-overwrites": call(async (s) => {
    await s.put("a", 1);
    await s.put("a", 2);
    return s.get("a");
  }),
  "put-not-awaited": call(async (s) => {
    s.put("a", 1);
    return s.get("a");
  }),
  "put-copies": call(async (s) => {
    const value = { a: 1 };
    const done = s.put("x", value);
    value.a = 2;
    await done;
    return s.get("x");
  }),
  "get-copies": call(async (s) => {
    await s.put("x", { a: 1 });
    (await s.get("x")).a = 2;
    return s.get("x");
  }),
  "options-ignored": call(async (s) => {
    await s.put("x", 1, { allowUnconfirmed: true, allowConcurrency: true, noCache: true });
    return s.get("x", { allowConcurrency: true, noCache: true });
  }),
  "delete-there": call(async (s) => {
    await s.put("a", 1);
    return [await s.delete("a"), await s.get("a")];
  }),
  "delete-missing": call((s) => s.delete("a")),
  "delete-nothing": call((s) => s.delete()),
  "delete-many": call(async (s) => {
    await s.put({ a: 1, b: 2, c: 3 });
    return [await s.delete(["a", "c", "z"]), await s.list()];
  }),
  "delete-many-none": call((s) => s.delete([])),
  "delete-129": call((s) => s.delete(Object.keys(many(129)))),
  "deleteAll": call(async (s) => {
    await s.put({ a: 1, b: 2 });
    const gives = await s.deleteAll();
    return [gives === undefined, (await s.list()).size];
  }),
  "key-undefined": key(undefined),
  "key-5": call(async (s) => {
    await s.put(5, 1);
    return [await s.get("5"), [...(await s.list()).keys()]];
  }),
  "key-true": key(true),
  "key-empty": key(""),
  "key-nul": key("a\0b"),
  "key-unicode": key("é😀"),
  "key-lone-surrogate": key("\ud800"),
  "key-2048": call(async (s) => {
    await s.put("k".repeat(2048), 1);
    return s.get("k".repeat(2048));
  }),
  "key-2049-put": call((s) => s.put("k".repeat(2049), 1)),
  "key-2049-get": call((s) => s.get("k".repeat(2049))),
  "key-2049-delete": call((s) => s.delete("k".repeat(2049))),
  "key-2049-in-object": call((s) => s.put({ ["k".repeat(2049)]: 1 })),
  "key-2049-in-get-many": call((s) => s.get(["a", "k".repeat(2049)])),
  "key-2049-in-bytes": call((s) => s.put("é".repeat(1025), 1)),
  "key-2048-in-bytes": call((s) => s.put("é".repeat(1024), 1)),
  "value-largest": call(async (s) => {
    // Somewhere just below 131072 bytes lies the largest array of bytes.
    await s.put("x", sized(131072 - 20));
    return (await s.get("x")).length;
  }),
  "value-limit": call(async (s) => {
    // 131072 bytes, give or take what a serialiser adds.
    let fits = 131000;
    let refused = 140000;
    while (refused - fits > 1) {
      const middle = (fits + refused) >> 1;
      const refusal = await s.put("x", sized(middle)).catch((thrown) => thrown);
      if (refusal) refused = middle;
      else fits = middle;
    }
    return fits >= 131052 && refused <= 131072 + 128 ? "as documented" : fits;
  }),
  "value-too-large": tooLarge((s) => s.put("x", sized(131200))),
  "value-too-large-text": tooLarge((s) => s.put("x", "t".repeat(140000))),
  "value-too-large-wide-text": tooLarge((s) => s.put("x", "ключ".repeat(20000))),
  "value-too-large-in-object": tooLarge((s) => s.put({ x: sized(131200) })),
  "value-limit-text": call(async (s) => {
    await s.put("x", "t".repeat(131072));
    return (await s.get("x")).length;
  }),
  "value-limit-bytes": call(async (s) => {
    await s.put("x", sized(131072));
    return (await s.get("x")).length;
  }),
  "value-sizes": call(async (s) => {
    const sizes = [];
    for (const value of [
      sized(131372),
      sized(131372).buffer,
      "\u043a".repeat(131072),
      Array(70000).fill(1),
      Array(20000).fill(1.5),
      Array(40000).fill("ab"),
      Array(40000).fill(-70000),
      Array(30000).fill(2 ** 30),
      Array.from({ length: 20000 }, () => ({ a: 1 })),
      new Map(Array.from({ length: 30000 }, (unused, index) => [index, index])),
      new Set(Array.from({ length: 70000 }, (unused, index) => index)),
      Object.fromEntries(Array.from({ length: 20000 }, (unused, index) => [`key${index}`, index])),
      Array.from({ length: 20000 }, () => new Date(0)),
      Array.from({ length: 20000 }, () => 5n),
      Array.from({ length: 20000 }, () => new Uint8Array(1)),
      Array(70000).fill({}),
    ]) {
      sizes.push(await s.put("x", value).then(() => "fits", ({ message }) => Number(/size (\d+)/.exec(message)[1])));
    }
    return sizes;
  }),
  "value-text": kept(() => "text"),
  "value-text-empty": kept(() => ""),
  "value-text-unicode": kept(() => "é😀\ud800"),
  "value-number": kept(() => 1.5),
  "value-minus-zero": kept(() => -0),
  "value-NaN": kept(() => NaN),
  "value-infinity": kept(() => -Infinity),
  "value-large-number": kept(() => 2 ** 60),
  "value-bigint": kept(() => -(10n ** 40n)),
  "value-true": kept(() => true),
  "value-null": kept(() => null),
  "value-date": kept(() => new Date(123456)),
  "value-bad-date": kept(() => new Date(NaN)),
  "value-regexp": kept(() => /a+/gi),
  "value-array": kept(() => [1, "2", null, [3]]),
  "value-sparse-array": call(async (s) => {
    const sparse = [1];
    sparse[3] = 4;
    await s.put("x", sparse);
    const back = await s.get("x");
    return [back.length, 1 in back, back[3]];
  }),
  "value-object": kept(() => ({ a: { b: [{ c: undefined }] } })),
  "value-map": kept(() => new Map([["a", new Map([[1, { x: 2 }]])]])),
  "value-set": kept(() => new Set([1, "a", null])),
  "value-bytes": kept(() => new Uint8Array([0, 255, 7])),
  "value-buffer": kept(() => new Uint8Array([1, 2, 3]).buffer),
  "value-float-array": kept(() => new Float64Array([1.5, -2])),
  "value-view-with-offset": kept(() => new Uint8Array([1, 2, 3, 4]).subarray(1, 3)),
  "value-DataView": kept(() => new DataView(new Uint8Array([1, 2, 3]).buffer, 1)),
  "value-error": kept(() => new RangeError("kept")),
  "value-boxed": call(async (s) => {
    await s.put("x", new Number(5));
    const back = await s.get("x");
    return [typeof back, Number(back)];
  }),
  "value-cycle": call(async (s) => {
    const value = {};
    value.self = value;
    await s.put("x", value);
    const back = await s.get("x");
    return back.self === back;
  }),
  "value-shared-reference": call(async (s) => {
    const part = { a: 1 };
    await s.put("x", [part, part]);
    const back = await s.get("x");
    return back[0] === back[1];
  }),
  "value-class-instance": call(async (s) => {
    class Point {
      x = 1;
      length() {
        return 5;
      }
    }
    await s.put("x", new Point());
    const back = await s.get("x");
    return [back.x, back.constructor.name];
  }),
  "value-getter": kept(() => ({
    get a() {
      return 5;
    },
  })),
  "value-getter-throws": kept(() => ({
    get a() {
      throw new RangeError("mine");
    },
  })),
  "value-function": engineText(kept(() => () => 5)),
  "value-function-inside": engineText(kept(() => ({ run: () => 5 }))),
  "value-symbol": engineText(kept(() => Symbol("x"))),
  "value-promise": engineText(kept(() => Promise.resolve(5))),
  "value-weakmap": engineText(kept(() => new WeakMap())),
  "list-empty": call((s) => s.list()),
  "list-is-a-map": call(async (s) => (await s.list()) instanceof Map),
  "list-order": listed(),
  "list-reverse": listed({ reverse: true }),
  "list-prefix": listed({ prefix: "b" }),
  "list-prefix-empty": listed({ prefix: "" }),
  "list-prefix-unicode": listed({ prefix: "é" }),
  "list-prefix-reverse-limit": listed({ prefix: "b", reverse: true, limit: 2 }),
  "list-start": listed({ start: "b/1" }),
  "list-startAfter": listed({ startAfter: "b/1" }),
  "list-end": listed({ end: "b/2" }),
  "list-start-end": listed({ start: "b", end: "c" }),
  "list-start-end-reverse": listed({ start: "b", end: "c", reverse: true }),
  "list-start-beyond-end": listed({ start: "c", end: "b" }),
  "list-start-is-end": listed({ start: "b", end: "b" }),
  "list-start-and-startAfter": listed({ start: "a", startAfter: "b" }),
  "list-prefix-and-start": listed({ prefix: "b/", start: "b/2" }),
  "list-prefix-and-start-before": listed({ prefix: "b/", start: "a" }),
  "list-prefix-and-end": listed({ prefix: "b", end: "b/2" }),
  "list-limit": listed({ limit: 2 }),
  "list-limit-1-reverse": listed({ limit: 1, reverse: true }),
  "list-limit-0": listed({ limit: 0 }),
  "list-limit-negative": listed({ limit: -1 }),
  "list-limit-fraction": listed({ limit: 1.9 }),
  "list-limit-text": listed({ limit: "2" }),
  "list-limit-NaN": listed({ limit: NaN }),
  "list-options-null": listed(null),
  "list-options-text": listed("b"),
  "list-unknown-option": listed({ colour: "red" }),
  "list-1000": call(async (s) => {
    for (let batch = 0; batch < 10; batch++) {
      await s.put(Object.fromEntries(Array.from({ length: 100 }, (unused, index) => [`k${batch * 100 + index}`, index])));
    }
    return (await s.list()).size;
  }),
  "list-sees-unfinished-puts": call(async (s) => {
    s.put("a", 1);
    s.put("b", 2);
    s.delete("a");
    return s.list();
  }),
  "sync": call((s) => s.sync()),
  "alarm-none": call((s) => s.getAlarm()),
  "kept-between-requests": {
    worker: async (t) => {
      const one = t.stub();
      await t.ask(one, "/put");
      return (await t.ask(one, "/get")).json();
    },
    object: async (thing, request) => {
      if (request.url.endsWith("/put")) {
        await thing.state.storage.put("a", { kept: [1] });
        return new Response("");
      }
      return Response.json(await thing.state.storage.get("a"));
    },
  },
  "kept-after-abort": {
    worker: async (t) => {
      const one = t.stub();
      await t.ask(one, "/put");
      await t.attempt(() => t.ask(one, "/abort"));
      return (await t.ask(t.env.THING.get(one.id), "/get")).json();
    },
    object: async (thing, request) => {
      const path = new URL(request.url).pathname;
      if (path === "/put") await thing.state.storage.put("a", 1);
      if (path === "/abort") thing.state.abort();
      return Response.json({ a: await thing.state.storage.get("a") });
    },
  },
  "kept-apart": {
    worker: async (t) => {
      const first = await (await t.ask(t.stub())).text();
      const second = await (await t.ask(t.stub())).text();
      return [first, second];
    },
    object: count(),
  },
  "get-and-put-are-atomic": { worker: async (t) => new Set(await answersOf(t, 50)).size, object: count() },
  "get-microtask-put-is-atomic": { worker: async (t) => new Set(await answersOf(t, 50)).size, object: count(() => null) },
  "a-timer-lets-others-in": { worker: async (t) => Math.max(...(await answersOf(t, 10))) < 10, object: count(() => pause(20)) },
  "blockConcurrencyWhile-keeps-others-out": {
    worker: async (t) => new Set(await answersOf(t, 10)).size,
    object: (thing) => thing.state.blockConcurrencyWhile(() => count(() => pause(2))(thing)),
  },
};
