// What Request, Response and Headers make of their arguments.
import * as h from "../worker/helpers.js";

export const fetchApi = {
  "request-cache-no-store": () => h.tried(() => new Request("http://h/", { cache: "no-store" }).cache),
  "request-cache-reload": () => h.tried(() => new Request("http://h/", { cache: "reload" })),
  "request-cache-default": () => h.tried(() => new Request("http://h/", { cache: "default" })),
  "request-cache": () => h.tried(() => new Request("http://h/", { cache: "x" })),
  "request-cache-no": () => h.tried(() => new Request("http://h/", { cache: "no-cache" }).cache),
  "request-cache-2": () => h.tried(() => new Request("http://h/", { cache: undefined }).cache),
  "request-cache-3": () => h.tried(() => new Request("http://h/", { cache: null }).cache),
  "credentials-mode-referrer-referrerpolicy-destination": () =>
    ((r) => [
      r.credentials,
      r.mode,
      r.referrer,
      r.referrerPolicy,
      r.destination,
      r.integrity,
      r.keepalive,
      r.duplex,
      r.cache,
      r.fetcher,
      r.isReloadNavigation,
    ])(new Request("http://h/", { credentials: "include", mode: "cors", referrer: "x", integrity: "x", keepalive: true, duplex: "half" })),
  "request-redirect-error": () => h.tried(() => new Request("http://h/", { redirect: "error" })),
  "request-redirect": () => h.tried(() => new Request("http://h/", { redirect: "x" })),
  "request-redirect-2": () => h.tried(() => new Request("http://h/", { redirect: null })),
  "request-redirect-manual": () => h.tried(() => new Request("http://h/", { redirect: "manual" }).redirect),
  "request-signal": () => h.tried(() => new Request("http://h/", { signal: 5 })),
  "request-signal-2": () => h.tried(() => new Request("http://h/", { signal: null }).signal),
  "signal-aborted-request": () => ((r) => [r.signal.constructor.name, r.signal === r.signal, r.signal.aborted])(new Request("http://h/")),
  "request-signal-before-aborted-abort-reason": () =>
    ((c) => {
      const r = new Request("http://h/", { signal: c.signal });
      const before = [r.signal === c.signal, r.signal.aborted];
      c.abort("x");
      return [before, r.signal.aborted, r.signal.reason];
    })(new AbortController()),
  "request-signal-q-clone-z-abort-aborted": () =>
    ((c) => {
      const r = new Request("http://h/", { signal: c.signal });
      const q = r.clone();
      const z = new Request(r);
      c.abort("x");
      return [q.signal.aborted, z.signal.aborted];
    })(new AbortController()),
  "request-signal-abortsignal-abort-q-aborted-reason": () => {
    const r = new Request("http://h/", { signal: AbortSignal.abort("q") });
    return [r.signal.aborted, r.signal.reason];
  },
  "request-signal-abortsignal-abort-q-aborted": () => {
    const r = new Request(new Request("http://h/", { signal: AbortSignal.abort("q") }), { signal: null });
    return [r.signal.aborted];
  },
  request: () => h.tried(() => new Request("/x")),
  "request-2": () => h.tried(() => new Request("")),
  "request-url": () => h.tried(() => new Request("http://user:pw@h/x#frag").url),
  "request-ftp-url": () => h.tried(() => new Request("ftp://h/").url),
  "request-data-text-plain-hi-url": () => h.tried(() => new Request("data:text/plain,hi").url),
  "request-url-2": () => h.tried(() => new Request(new URL("http://h/a b")).url),
  "request-tostring-url": () =>
    h.tried(
      () =>
        new Request({
          toString() {
            return "http://h/";
          },
        }).url,
    ),
  "request-3": () => h.tried(() => new Request(5)),
  "request-4": () => h.tried(() => new Request()),
  "request-5": () => h.tried(() => new Request("http://h/", 5)),
  "request-method": () => h.tried(() => new Request("http://h/", null).method),
  "request-method-connect": () => h.tried(() => new Request("http://h/", { method: "connect" }).method),
  "request-method-y": () => h.tried(() => new Request("http://h/", { method: "x y" }).method),
  "request-method-patch": () => h.tried(() => new Request("http://h/", { method: "patch" }).method),
  "request-body": () => h.tried(() => new Request("http://h/", { body: "x" })),
  "request-method-get-body": () => h.tried(() => new Request("http://h/", { method: "GET", body: null }).body),
  "request-method-post-body-headers-q-put-get-text-type": async () => {
    const r = new Request("http://h/", { method: "POST", body: "x", headers: { a: "b" } });
    const q = new Request(r, { method: "PUT" });
    return [q.method, q.headers.get("a"), await q.text(), r.bodyUsed, q.headers.get("content-type")];
  },
  "request-method-post-body-headers-q-d": async () => {
    const r = new Request("http://h/", { method: "POST", body: "x", headers: { a: "b" } });
    const q = new Request(r, { headers: { c: "d" } });
    return [[...q.headers]];
  },
  "request-method-post-body-q-other-url-text-bodyused": async () => {
    const r = new Request("http://h/a", { method: "POST", body: "x" });
    const q = new Request("http://other/", r);
    return [q.url, q.method, await q.text(), r.bodyUsed];
  },
  "request-method-post-body-get": async () => {
    const r = new Request("http://h/a", { method: "POST", body: "x" });
    return h.tried(() => new Request(r, { method: "GET" }));
  },
  "request-cf": () => h.tried(() => new Request("http://h/", { cf: { a: 1 } }).cf),
  "request-cf-2": () => h.tried(() => new Request("http://h/", { cf: 5 })),
  "request-cf-3": () => h.tried(() => new Request("http://h/").cf),
  "json-stringify-request": () => JSON.stringify(new Request("http://h/")),
  "request-6": () => Object.keys(new Request("http://h/")),
  "prototype-tostring-call-request": () => Object.prototype.toString.call(new Request("http://h/")),
  "request-headers-get": () => new Request("http://h/", { headers: new Headers({ a: "1" }) }).headers.get("a"),
  "request-headers": () => h.tried(() => new Request("http://h/", { headers: 5 })),
  "response-status-99": () => h.tried(() => new Response("x", { status: 99 })),
  "response-status-101": () => h.tried(() => new Response("x", { status: 101 })),
  "response-status-101-2": () => h.tried(() => new Response(null, { status: 101 })),
  "response-status-600": () => h.tried(() => new Response("x", { status: 600 })),
  "response-status-201": () => h.tried(() => new Response("x", { status: "201" }).status),
  "response-status-nan": () => h.tried(() => new Response("x", { status: NaN })),
  "response-status": () => h.tried(() => new Response("x", { status: null })),
  "response-status-2": () => h.tried(() => new Response("x", { status: undefined }).status),
  "204-205-304-response-status-body": () =>
    [204, 205, 304].map((s) => [
      h.tried(() => new Response("x", { status: s })),
      new Response(null, { status: s }).status,
      h.tried(() => new Response("", { status: s }).body),
    ]),
  "response-statustext": () => h.tried(() => new Response("x", { statusText: "é" }).statusText),
  "response-statustext-n": () => h.tried(() => new Response("x", { statusText: "\n" })),
  "response-statustext-2": () => h.tried(() => new Response("x", { statusText: null }).statusText),
  "status-statustext-ok-type-url-redirected-headers-get": () =>
    ((r) => [r.status, r.statusText, r.ok, r.type, r.url, r.redirected, r.headers.get("content-type"), r.webSocket, r.cf, r.encodeBody])(
      new Response("x"),
    ),
  "response-encodebody-manual-status": () => h.tried(() => new Response("x", { encodeBody: "manual" }).status),
  "response-encodebody-zzz": () => h.tried(() => new Response("x", { encodeBody: "zzz" })),
  "response-websocket": () => h.tried(() => new Response("x", { webSocket: 5 })),
  "response-cf": () => h.tried(() => new Response("x", { cf: { a: 1 } }).cf),
  "status-headers-get-content-type-response-json": () => ((r) => [r.status, r.headers.get("content-type")])(Response.json({ a: 1 })),
  "response-json-status-201-headers-content-type-y-text": () =>
    Response.json({ a: 1 }, { status: 201, headers: { "content-type": "x/y" } }).text(),
  "response-json": () => h.tried(() => Response.json(() => 1)),
  "response-json-2": () => h.tried(() => Response.json()),
  "response-json-3": () => h.tried(() => Response.json({}, 5)),
  "status-headers-get-location-response-redirect": () => ((r) => [r.status, r.headers.get("location")])(Response.redirect("http://h/a b")),
  "response-redirect": () => h.tried(() => Response.redirect("/x")),
  "response-redirect-200": () => h.tried(() => Response.redirect("http://h/", 200)),
  "response-redirect-308-status": () => h.tried(() => Response.redirect("http://h/", 308).status),
  "response-redirect-2": () => h.tried(() => Response.redirect()),
  "status-type-ok-headers-response-error": () => ((r) => [r.status, r.type, r.ok, [...r.headers]])(Response.error()),
  "response-redirect-headers-set": () => h.tried(() => Response.redirect("http://h/").headers.set("a", "b")),
  "headers-append-set-cookie-get-getsetcookie-getall": () =>
    ((r) => {
      r.headers.append("set-cookie", "a=1");
      r.headers.append("set-cookie", "b=2, c");
      return [[...r.headers], r.headers.get("set-cookie"), r.headers.getSetCookie(), r.headers.getAll("set-cookie")];
    })(new Response()),
  "headers-getall": () => h.tried(() => new Headers().getAll("a")),
  "response-y-status-201-headers": () => new Response("x", new Response("y", { status: 201, headers: { a: "b" } })).status,
  "response-y-status-201-headers-2": () => [...new Response("x", new Response("y", { status: 201, headers: { a: "b" } })).headers],
  "get-has-headers": () => ((h) => [h.get("A"), h.has("a"), [...h.keys()]])(new Headers({ A: "1", B: "2" })),
  headers: () => h.tried(() => new Headers({ "a b": "x" })),
  "headers-ny": () => h.tried(() => new Headers({ a: "x\ny" })),
  "headers-2": () => h.tried(() => new Headers([["a"]])),
  "headers-3": () => h.tried(() => new Headers("x")),
  "headers-4": () => h.tried(() => new Headers(null)),
  "set-append-delete-get-zz-headers": () =>
    ((h) => {
      h.set("a", "1");
      h.append("a", "2");
      h.delete("b");
      return [h.get("a"), h.get("zz"), [...h]];
    })(new Headers({ b: "x" })),
  "o-foreach-v-push-headers-y": () =>
    ((h) => {
      const o = [];
      h.forEach((v, k, x) => o.push(k, v, x === h));
      return o;
    })(new Headers({ b: "x", a: "y" })),
  "headers-get": () => h.tried(() => new Headers().get()),
  "headers-set": () => h.tried(() => new Headers().set("a")),
  "get-headers": () => ((h) => [h.get("a"), h.get("b")])(new Headers({ a: "  x  ", b: "é" })),
  "typeof-headers-entries": () => typeof new Headers().entries().map,
};
