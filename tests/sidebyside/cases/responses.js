// What of an object's Response reaches its caller.
import { object } from "./kinds.js";

const status = (code, body = null) => object(() => new Response(body, { status: code }));

const headers = (value) => object(() => new Response("x", { headers: typeof value === "function" ? value() : value }));

const hops = (init, limit = 1) => ({
  worker: async (t) => {
    const response = await t.ask(t.stub(), "/0", init);
    const { status, headers, redirected, url } = response;
    return { status, location: headers.get("location"), text: await response.text(), redirected, url };
  },
  object: (thing, request) => {
    const hop = Number(new URL(request.url).pathname.slice(1));
    if (hop >= limit) return new Response(`at ${request.url} by ${request.method}`);
    return new Response(null, { status: 302, headers: { location: `/${hop + 1}` } });
  },
});

const moved = (code, location, init = undefined) => ({
  worker: async (t) => {
    const response = await t.ask(t.stub(), "/start", init);
    return [response.status, await response.text(), response.redirected];
  },
  object: async (thing, request) => {
    if (!request.url.endsWith("/start")) return new Response(`${request.method} ${request.url} ${await request.text()}`);
    return new Response(null, { status: code, headers: location === undefined ? {} : { location } });
  },
});

function bytes(length) {
  const made = new Uint8Array(length);
  for (let index = 0; index < length; index++) made[index] = (index * 11 + (index >> 8)) & 255;
  return made;
}

export const responses = {
  "text": object(() => new Response("hello")),
  "no-body": object(() => new Response()),
  "null-body": object(() => new Response(null)),
  "undefined-body": object(() => new Response(undefined)),
  "empty-body": object(() => new Response("")),
  "unicode-body": object(() => new Response("é😀")),
  "number-body": object(() => new Response(5)),
  "object-body": object(() => new Response({})),
  "bytes-body": object(() => new Response(bytes(300))),
  "buffer-body": object(() => new Response(bytes(5).buffer)),
  "1-MiB": object(() => new Response(bytes(1 << 20))),
  "3-MiB": object(() => new Response(bytes(3 << 20))),
  "text-1-MiB": object(() => new Response("x".repeat(1 << 20))),
  "stream": object(() => {
    const text = new TextEncoder();
    return new Response(
      new ReadableStream({
        async start(controller) {
          for (const part of ["one ", "two ", "three"]) {
            await null;
            controller.enqueue(text.encode(part));
          }
          controller.close();
        },
      }),
    );
  }),
  "stream-fails-at-once": object(
    () =>
      new Response(
        new ReadableStream({
          start(controller) {
            controller.error(new RangeError("mine"));
          },
        }),
      ),
  ),
  "URLSearchParams-body": object(() => new Response(new URLSearchParams({ a: "1" }))),
  "json": object(() => Response.json({ a: [1, null] })),
  "json-undefined": object(() => Response.json(undefined)),
  "json-status": object(() => Response.json({}, { status: 418, headers: { a: "1" } })),
  "json-own-type": object(() => Response.json({}, { headers: { "content-type": "text/x" } })),
  "async-handler": object(async () => new Response("later")),
  "timer-handler": object(() => new Promise((resolve) => setTimeout(() => resolve(new Response("later")), 5))),
  "status-200": status(200, "x"),
  "status-201": status(201, "x"),
  "status-204": status(204),
  "status-205": status(205),
  "status-304": status(304),
  "status-299": status(299, "x"),
  "status-400": status(400, "x"),
  "status-404": status(404, "x"),
  "status-418": status(418, "x"),
  "status-500": status(500, "x"),
  "status-599": status(599, "x"),
  "status-199": status(199, "x"),
  "status-100": status(100, "x"),
  "status-101": status(101),
  "status-600": status(600, "x"),
  "status-0": status(0),
  "status-minus-1": status(-1),
  "status-text": status("200", "x"),
  "status-word": status("ok", "x"),
  "status-NaN": status(NaN, "x"),
  "status-fraction": status(200.7, "x"),
  "status-null": status(null, "x"),
  "status-undefined": status(undefined, "x"),
  "status-204-with-body": status(204, "x"),
  "status-205-with-body": status(205, "x"),
  "status-304-with-body": status(304, "x"),
  "status-204-with-empty-body": status(204, ""),
  "status-text-own": {
    worker: async (t) => (await t.ask(t.stub())).statusText,
    object: () => new Response("x", { status: 404, statusText: "Not Here" }),
  },
  "status-text-default": {
    worker: async (t) => (await t.ask(t.stub())).statusText,
    object: () => new Response("x", { status: 404 }),
  },
  "status-texts-default": {
    worker: async (t) => {
      const one = t.stub();
      const texts = [];
      for (const code of [200, 204, 209, 299, 302, 306, 418, 420, 451, 509, 511, 599]) {
        texts.push((await t.ask(one, `/${code}`, { redirect: "manual" })).statusText);
      }
      return texts;
    },
    object: (thing, request) => new Response(null, { status: Number(new URL(request.url).pathname.slice(1)) }),
  },
  "init-string": object(() => new Response("x", "y")),
  "headers-null": headers(null),
  "headers-string": headers("x"),
  "status-out-of-range": status(2 ** 32 + 200, "x"),
  "array-body-of-numbers": object(async () => new Response(await new Response([1, 2]).text())),
  "array-body-of-bytes": object(() => new Response([bytes(2), bytes(3)])),
  "lone-surrogate-body": object(() => new Response("\ud800x")),
  "lone-surrogate-read-back": object(async () => Response.json([...(await new Response("\ud800x").text())].map((one) => one.codePointAt(0)))),
  "error-response": object(() => Response.error()),
  "headers": headers({ "X-One": "1", b: "2" }),
  "headers-casing": headers({ "X-WeIrD": "VaLuE" }),
  "headers-duplicates": headers([["a", "1"], ["A", "2"]]),
  "headers-set-cookie": headers([["set-cookie", "a=1; Path=/"], ["Set-Cookie", "b=2, c"], ["a", "1"]]),
  "headers-getSetCookie": {
    worker: async (t) => (await t.ask(t.stub())).headers.getSetCookie(),
    object: () => new Response("", { headers: [["set-cookie", "a=1"], ["set-cookie", "b=2"]] }),
  },
  "headers-get-set-cookie": {
    worker: async (t) => (await t.ask(t.stub())).headers.get("set-cookie"),
    object: () => new Response("", { headers: [["set-cookie", "a=1"], ["set-cookie", "b=2"]] }),
  },
  "headers-latin1": headers({ a: "caf\u00e9" }),
  "headers-unicode": headers({ a: "ключ" }),
  "headers-newline": headers({ a: "x\ny" }),
  "headers-content-length-lie": headers({ "content-length": "77" }),
  "headers-content-type": headers({ "content-type": "Text/HTML; Charset=x" }),
  "headers-location-without-redirect": headers({ location: "/elsewhere" }),
  "headers-appended": object(() => {
    const response = new Response("x");
    response.headers.append("a", "1");
    response.headers.append("a", "2");
    response.headers.delete("content-type");
    return response;
  }),
  "headers-of-the-caller-are-guarded": {
    worker: async (t) => {
      const response = await t.ask(t.stub());
      response.headers.set("a", "1");
      return response.headers.get("a");
    },
    object: () => new Response("x"),
  },
  "headers-of-a-copy": {
    worker: async (t) => {
      const copy = new Response((await t.ask(t.stub())).body, { status: 201, headers: { b: "2" } });
      return t.observeResponse(copy);
    },
    object: () => new Response("x", { headers: { a: "1" } }),
  },
  "copy-of-a-response": {
    worker: async (t) => {
      const response = await t.ask(t.stub());
      const copy = new Response(response.body, response);
      copy.headers.set("b", "2");
      return t.observeResponse(copy);
    },
    object: () => new Response("x", { status: 202, headers: { a: "1" } }),
  },
  "clone": {
    worker: async (t) => {
      const response = await t.ask(t.stub());
      const copy = response.clone();
      return [await response.text(), await copy.text()];
    },
    object: () => new Response("x".repeat(20)),
  },
  "read-twice": {
    worker: async (t) => {
      const response = await t.ask(t.stub());
      await response.text();
      return response.text();
    },
    object: () => new Response("x"),
  },
  "read-as-json": {
    worker: async (t) => (await t.ask(t.stub())).json(),
    object: () => new Response('{"a":1}'),
  },
  "read-as-bytes": {
    worker: async (t) => (await t.ask(t.stub())).bytes(),
    object: () => new Response("abc"),
  },
  "read-bom": {
    worker: async (t) => (await (await t.ask(t.stub())).text()).length,
    object: () => new Response("\ufeffabc"),
  },
  "read-invalid-utf8": {
    worker: async (t) => (await t.ask(t.stub())).text(),
    object: () => new Response(new Uint8Array([0x61, 0xff, 0xc3, 0x62])),
  },
  "url-of-a-response": {
    worker: async (t) => (await t.ask(t.stub(), "/u")).url,
    object: () => new Response("x"),
  },
  "redirect-followed": hops(undefined),
  "redirect-manual": hops({ redirect: "manual" }),
  "redirect-error": hops({ redirect: "error" }),
  "redirect-five-hops": hops(undefined, 5),
  "redirect-twenty-hops": hops(undefined, 20),
  "redirect-for-ever": hops(undefined, Infinity),
  "redirect-301-post": moved(301, "/next", { method: "POST", body: "b" }),
  "redirect-302-post": moved(302, "/next", { method: "POST", body: "b" }),
  "redirect-303-put": moved(303, "/next", { method: "PUT", body: "b" }),
  "redirect-307-post": moved(307, "/next", { method: "POST", body: "b" }),
  "redirect-308-post": moved(308, "/next", { method: "POST", body: "b" }),
  "redirect-300": moved(300, "/next"),
  "redirect-304": moved(304, "/next"),
  "redirect-without-location": moved(302, undefined),
  "redirect-to-another-host": moved(302, "https://elsewhere.example/x"),
  "redirect-to-a-bad-url": moved(302, "http://a b/"),
  "redirect-to-ftp": moved(302, "ftp://elsewhere.example/"),
  "redirect-made-by-Response.redirect": {
    worker: async (t) => (await t.ask(t.stub(), "/", { redirect: "manual" })).headers.get("location"),
    object: () => Response.redirect("http://object.example/é", 301),
  },
  "Response.redirect-bad-status": object(() => Response.redirect("http://object.example/", 200)),
  "Response.redirect-relative": object(() => Response.redirect("/x")),
  "same-response-twice": {
    worker: async (t) => {
      const one = t.stub();
      await (await t.ask(one)).text();
      return (await t.ask(one)).text();
    },
    object: (thing) => {
      thing.kept ??= new Response("kept");
      return thing.kept;
    },
  },
  "response-already-read": object(async () => {
    const response = new Response("x");
    await response.text();
    return response;
  }),
  "proxy-of-a-response": { object: () => new Proxy(new Response("x"), {}) },
  "response-of-the-request-body": {
    worker: async (t) => (await t.ask(t.stub(), "/", { method: "POST", body: "through" })).text(),
    object: (thing, request) => new Response(request.body),
  },
  "raw-response-of-an-object": {
    raw: (t) => t.ask(t.stub()),
    object: () => new Response("from afar", { status: 203, headers: [["x-one", "1"], ["set-cookie", "a=1"], ["set-cookie", "b=2"]] }),
  },
  "raw-text": { raw: () => new Response("hello") },
  "raw-empty": { raw: () => new Response(null) },
  "raw-204": { raw: () => new Response(null, { status: 204 }) },
  "raw-304": { raw: () => new Response(null, { status: 304, headers: { etag: '"x"' } }) },
  "raw-404-own-text": { raw: () => new Response("no", { status: 404, statusText: "Not Here" }) },
  "raw-599": { raw: () => new Response("x", { status: 599 }) },
  "raw-redirect": { raw: () => Response.redirect("http://elsewhere.example/", 302) },
  "raw-headers": { raw: () => new Response("x", { headers: [["X-WeIrD", "V"], ["a", "1"], ["a", "2"]] }) },
  "raw-latin1-header": { raw: () => new Response("x", { headers: { a: "caf\u00e9" } }) },
  "raw-bytes": { raw: () => new Response(bytes(1000)) },
  "raw-json": { raw: () => Response.json({ a: 1 }) },
  "raw-throws": {
    raw: () => {
      throw new RangeError("mine");
    },
  },
  "raw-object-throws": {
    raw: (t) => t.ask(t.stub()),
    object: () => {
      throw new RangeError("mine");
    },
  },
  "raw-no-response": { raw: () => "text" },
  "raw-undefined": { raw: () => undefined },
};
