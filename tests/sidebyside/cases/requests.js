// What of a request reaches the object.

const echo = (init, url = "http://object.example/") => (t) => t.echo(url, typeof init === "function" ? init() : init);

const headers = (value) => async (t) => {
  const seen = await t.echo("http://object.example/", { headers: typeof value === "function" ? value() : value });
  return seen.headers;
};

const method = (name, body) => async (t) => (await t.echo("http://object.example/", { method: name, body })).method;

const post = (body, more = {}) => async (t) => {
  const value = typeof body === "function" ? body() : body;
  const seen = await t.echo("http://object.example/", { method: "POST", body: value, ...more });
  const type = seen.headers.find(([name]) => name === "content-type")?.[1];
  const length = seen.headers.find(([name]) => name === "content-length")?.[1];
  return { body: seen.body, type, length };
};

function bytes(length) {
  const made = new Uint8Array(length);
  for (let index = 0; index < length; index++) made[index] = (index * 7 + (index >> 8)) & 255;
  return made;
}

function streamOf(...chunks) {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk));
      controller.close();
    },
  });
}

export const requests = {
  "plain": echo(undefined),
  "method-post": method("POST"),
  "method-put": method("PUT", "x"),
  "method-delete": method("DELETE"),
  "method-patch": method("PATCH", "x"),
  "method-options": method("OPTIONS"),
  "method-lower-get": method("get"),
  "method-lower-post": method("post"),
  "method-lower-patch": method("patch", "x"),
  "method-mixed": method("DeLeTe"),
  "method-unknown": method("BREW"),
  "method-propfind": method("PROPFIND"),
  "method-trace": method("TRACE"),
  "method-connect": method("CONNECT"),
  "method-empty": method(""),
  "method-space": method("GET IT"),
  "method-undefined": method(undefined),
  "method-null": method(null),
  "method-number": method(5),
  "method-head": async (t) => {
    const response = await t.stub("ECHO").fetch("http://object.example/", { method: "HEAD" });
    return [response.status, await response.text()];
  },
  "get-with-body": method("GET", "x"),
  "head-with-body": method("HEAD", "x"),
  "get-with-empty-body": method("GET", ""),
  "get-with-null-body": method("GET", null),
  // All that the client sent, in the Worker and in an object; cf-connecting-ip is of the network before workerd.
  "headers-of-the-client": async (t) => {
    const seen = (pairs) => [...pairs].filter(([name]) => name !== "cf-connecting-ip")
      .map(([name, value]) => [name, name === "host" ? value.replace(/:\d+$/, ":PORT") : value]);
    return { worker: seen(t.request.headers), object: seen((await t.echo(t.request)).headers) };
  },
  "proxy-of-a-request": (t) => t.stub("ECHO").fetch(new Proxy(new Request("http://object.example/"), {})),
  "request-of-a-proxy": () => new Request(new Proxy(new Request("http://object.example/"), {})),
  "headers-object": headers({ "X-One": "1", "x-two": "2" }),
  "headers-pairs": headers([["b", "2"], ["a", "1"], ["B", "3"]]),
  "headers-Headers": headers(() => new Headers({ a: "1" })),
  "headers-map": headers(() => new Map([["a", "1"]])),
  "headers-casing": headers({ "X-WeIrD-CaSiNg": "MiXeD Value" }),
  "headers-order": headers([["z", "1"], ["y", "2"], ["x", "3"]]),
  "headers-trimmed": headers({ a: "  \t x y \t " }),
  "headers-inner-spaces": headers({ a: "x   y" }),
  "headers-empty-value": headers({ a: "" }),
  "headers-number-value": headers({ a: 5 }),
  "headers-null-value": headers({ a: null }),
  "headers-undefined-value": headers({ a: undefined }),
  "headers-duplicates": headers([["a", "1"], ["A", "2"], ["a", "3"]]),
  "headers-cookie-twice": headers([["cookie", "a=1"], ["cookie", "b=2"]]),
  "headers-set-cookie": headers([["set-cookie", "a=1"], ["set-cookie", "b=2"]]),
  "headers-latin1": headers({ a: "caf\u00e9" }),
  "headers-unicode": headers({ a: "ключ" }),
  "headers-emoji": headers({ a: "😀" }),
  "headers-newline": headers({ a: "x\ny" }),
  "headers-carriage-return": headers({ a: "x\ry" }),
  "headers-nul": headers({ a: "x\0y" }),
  "headers-control": headers({ a: "x\x01y" }),
  "headers-name-empty": headers({ "": "x" }),
  "headers-name-space": headers({ "a b": "x" }),
  "headers-name-colon": headers({ "a:b": "x" }),
  "headers-name-unicode": headers({ "é": "x" }),
  "headers-name-symbols": headers({ "!#$%&'*+-.^_`|~1": "x" }),
  "headers-odd-pair": headers([["a"]]),
  "headers-string": headers("a: b"),
  "headers-number": headers(5),
  "headers-null": headers(null),
  "headers-host": headers({ host: "elsewhere.example" }),
  "headers-connection": headers({ connection: "close", "keep-alive": "5" }),
  "headers-content-length-lie": async (t) =>
    (await t.echo("http://object.example/", { method: "POST", body: "abc", headers: { "content-length": "2" } })).body,
  "headers-transfer-encoding": headers({ "transfer-encoding": "gzip" }),
  "headers-large": async (t) => {
    const seen = await t.echo("http://object.example/", { headers: { a: "v".repeat(20000) } });
    return seen.headers.find(([name]) => name === "a")[1].length;
  },
  "headers-many": async (t) => {
    const many = Object.fromEntries(Array.from({ length: 200 }, (unused, index) => [`x-${index}`, String(index)]));
    return (await t.echo("http://object.example/", { headers: many })).headers.length;
  },
  "headers-user-agent": headers({ "user-agent": "me", accept: "*/*", "accept-encoding": "br" }),
  "body-text": post("hello"),
  "body-unicode": post("é😀"),
  "body-lone-surrogate": post("\ud800"),
  "body-empty": post(""),
  "body-null": post(null),
  "body-undefined": post(undefined),
  "body-number": post(5),
  "body-object": post({}),
  "body-array": post([1, 2]),
  "body-Uint8Array": post(() => bytes(300)),
  "body-ArrayBuffer": post(() => bytes(300).buffer),
  "body-view-with-offset": post(() => bytes(300).subarray(100, 110)),
  "body-DataView": post(() => new DataView(bytes(300).buffer, 7, 5)),
  "body-Uint16Array": post(() => new Uint16Array([1, 2, 65535])),
  "body-every-byte": post(() => Uint8Array.from({ length: 256 }, (unused, index) => index)),
  "body-1-MiB": post(() => bytes(1 << 20)),
  "body-3-MiB": post(() => bytes(3 << 20)),
  "body-text-1-MiB": post("x".repeat(1 << 20)),
  "body-URLSearchParams": post(() => new URLSearchParams({ a: "1 2", b: "é" })),
  "body-stream": post(() => streamOf("one", "two")),
  "body-own-type": post("{}", { headers: { "content-type": "application/json" } }),
  "request-object": async (t) => t.echo(new Request("http://object.example/r", { method: "PUT", body: "b", headers: { a: "1" } })),
  "request-object-and-init": async (t) => {
    const request = new Request("http://object.example/r", { method: "PUT", body: "b", headers: { a: "1" } });
    return t.echo(request, { method: "POST", headers: { b: "2" } });
  },
  "request-object-used": async (t) => {
    const request = new Request("http://object.example/r", { method: "PUT", body: "b" });
    await request.text();
    return t.echo(request);
  },
  "request-object-marks-body-used": async (t) => {
    const request = new Request("http://object.example/r", { method: "PUT", body: "b" });
    const before = request.bodyUsed;
    await t.echo(request);
    return [before, request.bodyUsed];
  },
  "request-clone": async (t) => {
    const request = new Request("http://object.example/r", { method: "PUT", body: "b" });
    const copy = request.clone();
    return [(await t.echo(request)).body, (await t.echo(copy)).body];
  },
  "request-of-the-worker": async (t) => (await t.echo(new Request("http://object.example/w", t.request))).method,
  "seen-by-the-object": {
    worker: async (t) => (await t.ask(t.stub(), "/p?q=1", { method: "POST", body: "b" })).json(),
    object: async (thing, request) =>
      Response.json({
        isRequest: request instanceof Request,
        body: request.body instanceof ReadableStream,
        used: [request.bodyUsed, await request.text(), request.bodyUsed],
        cf: typeof request.cf,
        signal: typeof request.signal,
        redirect: request.redirect,
      }),
  },
  "cf-colo-reaches-the-object": {
    worker: async (t) => (await t.ask(t.stub(), "/", { cf: { colo: "XXX", mine: { deep: [1] } } })).json(),
    object: (thing, request) => Response.json({ colo: request.cf?.colo, mine: request.cf?.mine }),
  },
  "no-body": {
    worker: async (t) => (await t.ask(t.stub())).json(),
    object: async (thing, request) => Response.json([request.body, await request.text()]),
  },
  "body-read-twice": {
    worker: async (t) => (await t.ask(t.stub(), "/", { method: "POST", body: "x" })).text(),
    object: async (thing, request) => {
      await request.text();
      return new Response(await request.text());
    },
  },
  "body-not-read": {
    worker: async (t) => (await t.ask(t.stub(), "/", { method: "POST", body: "x".repeat(300000) })).text(),
    object: () => new Response("did not look"),
  },
  "body-bad-json": {
    worker: async (t) => (await t.ask(t.stub(), "/", { method: "POST", body: "{oops" })).text(),
    object: async (thing, request) => {
      try {
        return Response.json(await request.json());
      } catch (thrown) {
        return new Response(thrown.name);
      }
    },
  },
  "headers-in-the-object-are-guarded": {
    worker: async (t) => (await t.ask(t.stub())).text(),
    object: (thing, request) => {
      try {
        request.headers.set("a", "1");
      } catch (thrown) {
        return new Response(`${thrown.name}: ${thrown.message}`);
      }
      return new Response("set");
    },
  },
};
