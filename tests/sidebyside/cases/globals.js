// Everything else that is global.
import * as h from "../worker/helpers.js";

export const globals = {
  compressionstream: () => h.tried(() => new CompressionStream()),
  "compressionstream-zstd": () => h.tried(() => new CompressionStream("zstd")),
  "decompressionstream-brotli": () => h.tried(() => new DecompressionStream("brotli")),
  "response-stream-hello-world-pipethrough-gzip-bytes": () =>
    new Response(h.stream("hello ", "world").pipeThrough(new CompressionStream("gzip"))).bytes(),
  "response-stream-hello-world-pipethrough-deflate": () =>
    new Response(h.stream("hello ", "world").pipeThrough(new CompressionStream("deflate"))).bytes(),
  "response-stream-hello-world-pipethrough-deflate-raw": () =>
    new Response(h.stream("hello ", "world").pipeThrough(new CompressionStream("deflate-raw"))).bytes(),
  "response-stream-hello-world-pipethrough-gzip-text": () =>
    new Response(
      h.stream("hello ", "world").pipeThrough(new CompressionStream("gzip")).pipeThrough(new DecompressionStream("gzip")),
    ).text(),
  "response-stream-junk-pipethrough-decompressionstream": () =>
    new Response(h.stream("junk").pipeThrough(new DecompressionStream("gzip"))).text(),
  "response-stream-junk-pipethrough-decompressionstream-2": () =>
    new Response(h.stream("junk").pipeThrough(new DecompressionStream("deflate"))).text(),
  "response-stream-0x1f-0x8b-8-pipethrough-gzip-text": () =>
    new Response(h.stream(new Uint8Array([0x1f, 0x8b, 8])).pipeThrough(new DecompressionStream("gzip"))).text(),
  "z-response-stream-hello-pipethrough-gzip-bytes-text": async () => {
    const z = await new Response(h.stream("hello").pipeThrough(new CompressionStream("gzip"))).bytes();
    return new Response(h.stream(z, "trailing").pipeThrough(new DecompressionStream("gzip"))).text();
  },
  "z-response-stream-hello-pipethrough-gzip-bytes-text-2": async () => {
    const z = await new Response(h.stream("hello").pipeThrough(new CompressionStream("gzip"))).bytes();
    return new Response(h.stream(new Uint8Array([...z, 1, 2])).pipeThrough(new DecompressionStream("gzip"))).text();
  },
  "z-response-stream-hello-pipethrough-gzip-bytes-6": async () => {
    const z = await new Response(h.stream("hello").pipeThrough(new CompressionStream("gzip"))).bytes();
    z[z.length - 6] ^= 1;
    return new Response(h.stream(z).pipeThrough(new DecompressionStream("gzip"))).text();
  },
  "response-stream-pipethrough-decompressionstream-gzip": () =>
    new Response(h.stream().pipeThrough(new DecompressionStream("gzip"))).text(),
  "response-readablestream-enqueue-str-close-gzip-text": () =>
    new Response(
      new ReadableStream({
        start(c) {
          c.enqueue("str");
          c.close();
        },
      }).pipeThrough(new CompressionStream("gzip")),
    ).text(),
  "response-readablestream-enqueue-close-pipethrough": () =>
    new Response(
      new ReadableStream({
        start(c) {
          c.enqueue(5);
          c.close();
        },
      }).pipeThrough(new CompressionStream("gzip")),
    ).text(),
  "prototype-tostring-call-compressionstream-gzip": () =>
    Object.prototype.toString.call(new CompressionStream("gzip")) + (new CompressionStream("gzip") instanceof TransformStream),
  "urlpattern-pathname-exec-groups": () => new URLPattern({ pathname: "/a/:b" }).exec("http://h/a/x").pathname.groups,
  "urlpattern-test": () => new URLPattern("/a/:b", "http://h").test("http://h/a/x"),
  "urlpattern-pathname-test": () => new URLPattern({ pathname: "/a/*" }).test({ pathname: "/a/b/c" }),
  "urlpattern-pathname": () => new URLPattern({ pathname: "(" }),
  "protocol-hostname-pathname-search-hash-port-username": () =>
    ((p) => [p.protocol, p.hostname, p.pathname, p.search, p.hash, p.port, p.username, p.hasRegExpGroups])(
      new URLPattern("http://*.example.com/:x(\\d+)"),
    ),
  "urlpattern-pathname-ignorecase-test": () => new URLPattern({ pathname: "/A" }, { ignoreCase: true }).test("http://h/a"),
  "urlpattern-test-anything": () => new URLPattern().test("http://anything/"),
  "latin1-utf8-utf-16-sjis-ascii-user-defined-macintosh": () =>
    [
      "latin1",
      "utf8",
      "UTF-16",
      "sjis",
      " ascii ",
      "x-user-defined",
      "macintosh",
      "koi8-u",
      "iso-8859-8-i",
      "gb2312",
      "big5-hkscs",
      "csisolatin1",
      "windows-31j",
      "x-mac-cyrillic",
      "ibm866",
      "windows-874",
      "iso-2022-jp",
      "hz-gb-2312",
      "replacement",
      "iso-10646-ucs-2",
      "logical",
      "euc-kr",
      "nope",
      "",
    ].map((l) => h.tried(() => new TextDecoder(l).encoding)),
  "textdecoder-shift-jis-decode-0x82-0xa0-0x41-0x81": () => new TextDecoder("shift_jis").decode(new Uint8Array([0x82, 0xa0, 0x41, 0x81])),
  "textdecoder-euc-jp-decode-0xa4-0xa2": () => new TextDecoder("euc-jp").decode(new Uint8Array([0xa4, 0xa2])),
  "d-decode-0x82-stream-0xa0-textdecoder-shift-jis": () =>
    ((d) => d.decode(new Uint8Array([0x82]), { stream: true }) + "|" + d.decode(new Uint8Array([0xa0])))(new TextDecoder("shift_jis")),
  "d-decode-0xf0-0x9f-stream-0x98-0x80-textdecoder": () =>
    ((d) => d.decode(new Uint8Array([0xf0, 0x9f]), { stream: true }) + "|" + d.decode(new Uint8Array([0x98, 0x80])))(new TextDecoder()),
  "textdecoder-utf-8-fatal-decode-0xff": () => h.tried(() => new TextDecoder("utf-8", { fatal: true }).decode(new Uint8Array([0xff]))),
  "textdecoder-utf-16le-fatal-decode-0xff": () =>
    h.tried(() => new TextDecoder("utf-16le", { fatal: true }).decode(new Uint8Array([0xff]))),
  "textdecoder-shift-jis-fatal-decode-0x81": () =>
    h.tried(() => new TextDecoder("shift_jis", { fatal: true }).decode(new Uint8Array([0x81]))),
  "textdecoder-utf-16be-decode-65-0xd8": () => new TextDecoder("utf-16be").decode(new Uint8Array([0, 65, 0xd8, 0])),
  "textdecoder-utf-8-ignorebom-decode-0xef-0xbb-0xbf-65": () =>
    new TextDecoder("utf-8", { ignoreBOM: true }).decode(new Uint8Array([0xef, 0xbb, 0xbf, 65])).length,
  "textdecoder-encoding": () => new TextDecoder(undefined).encoding,
  "textdecoder-encoding-2": () => h.tried(() => new TextDecoder(null).encoding),
  "textdecoder-utf-8": () => h.tried(() => new TextDecoder("utf-8", 5)),
  "textdecoder-decode": () => h.tried(() => new TextDecoder().decode("x")),
  "textdecoder-decode-2": () => new TextDecoder().decode(),
  "textdecoder-decode-arraybuffer": () => new TextDecoder().decode(new ArrayBuffer(0)),
  "textencoder-encode": () => new TextEncoder().encode(),
  "textencoder-encode-2": () => new TextEncoder().encode(null),
  "textencoder-encode-ud800x": () => new TextEncoder().encode("\ud800x"),
  "textencoder-encodeinto-llo-6": () => new TextEncoder().encodeInto("héllo😀", new Uint8Array(6)),
  "textencoder-encodeinto": () => h.tried(() => new TextEncoder().encodeInto("x")),
  "textencoder-encodeinto-2": () => h.tried(() => new TextEncoder().encodeInto("x", [])),
  performance: () => Object.keys(performance),
  "typeof-performance-now-timeorigin-mark-measure-json": () => [
    typeof performance.now(),
    performance.timeOrigin,
    typeof performance.mark,
    typeof performance.measure,
    typeof performance.getEntries,
    typeof performance.toJSON,
    JSON.stringify(performance.toJSON()),
  ],
  "m-entrytype-duration-detail-performance-mark": () =>
    ((m) => [m.name, m.entryType, m.duration, m.detail, m.constructor.name, Object.keys(m)])(performance.mark("x", { detail: { a: 1 } })),
  "caches-default": () => h.tried(() => caches.default),
  "caches-open": () => caches.open("x").then((c) => c.constructor.name),
  origin: () => h.tried(() => origin),
  cloudflare: () => Cloudflare && Object.keys(Cloudflare),
  "got-addeventlistener-zz-push-type-dispatchevent": () => {
    let got = [];
    addEventListener("zz", (e) => got.push(e.type));
    dispatchEvent(new Event("zz"));
    return got;
  },
  "got-addeventlistener-error-push-message-reporterror": () => {
    let got = [];
    addEventListener("error", (e) => {
      got.push(e.constructor.name, e.message, e.error?.message);
      e.preventDefault();
    });
    reportError(new RangeError("q"));
    return got;
  },
  reporterror: () => reportError(),
  "errorevent-message-m-error": () => new ErrorEvent("x", { message: "m", error: 5 }).message,
  "messageevent-data": () => h.tried(() => new MessageEvent("x", { data: 5 }).data),
  "bubbles-cancelable-composed-event": () =>
    ((e) => [e.bubbles, e.cancelable, e.composed])(new Event("x", { bubbles: true, cancelable: true, composed: true })),
  event: () => h.tried(() => new Event()),
  "customevent-detail": () => new CustomEvent("x", { detail: 5 }).detail,
  "t1-got-push-target-currenttarget-eventphase-event": () =>
    ((t1) => {
      const got = [];
      const f = (e) => got.push(e.target === t1, e.currentTarget === t1, e.eventPhase);
      t1.addEventListener("a", f);
      t1.addEventListener("a", f);
      t1.dispatchEvent(new Event("a"));
      t1.removeEventListener("a", f);
      t1.dispatchEvent(new Event("a"));
      return got;
    })(new EventTarget()),
  "t1-got-addeventlistener-handleevent-push-type-once": () =>
    ((t1) => {
      const got = [];
      t1.addEventListener(
        "a",
        {
          handleEvent(e) {
            got.push(e.type);
          },
        },
        { once: true },
      );
      t1.dispatchEvent(new Event("a"));
      t1.dispatchEvent(new Event("a"));
      return got;
    })(new EventTarget()),
  "t1-addeventlistener-throw-rangeerror-q-dispatchevent": () =>
    ((t1) => {
      t1.addEventListener("a", () => {
        throw new RangeError("q");
      });
      return h.tried(() => t1.dispatchEvent(new Event("a")));
    })(new EventTarget()),
  "t1-got-addeventlistener-push-dispatchevent-event": () =>
    ((t1) => {
      const got = [];
      t1.addEventListener("a", (e) => {
        got.push(1);
        e.stopImmediatePropagation();
      });
      t1.addEventListener("a", (e) => got.push(2));
      t1.dispatchEvent(new Event("a"));
      return got;
    })(new EventTarget()),
  "t1-abortcontroller-got-addeventlistener-push-signal": () =>
    ((t1) => {
      const c = new AbortController();
      const got = [];
      t1.addEventListener("a", () => got.push(1), { signal: c.signal });
      c.abort();
      t1.dispatchEvent(new Event("a"));
      return got;
    })(new EventTarget()),
  "eventtarget-addeventlistener": () => h.tried(() => new EventTarget().addEventListener("a", 5)),
  "eventtarget-addeventlistener-2": () => h.tried(() => new EventTarget().addEventListener("a", null)),
  "eventtarget-addeventlistener-3": () => h.tried(() => new EventTarget().addEventListener("a")),
  "eventtarget-dispatchevent": () => h.tried(() => new EventTarget().dispatchEvent({})),
  "got-signal-onabort-push-type-target-abort-aborted": () =>
    ((c) => {
      const got = [];
      c.signal.onabort = (e) => got.push(e.type, e.target === c.signal);
      c.abort();
      c.abort();
      return [got, c.signal.aborted, c.signal.reason];
    })(new AbortController()),
  "abort-why-signal-reason-throwifaborted": () =>
    ((c) => {
      c.abort("why");
      return [c.signal.reason, h.tried(() => c.signal.throwIfAborted())];
    })(new AbortController()),
  "abortsignal-abort-reason": () => AbortSignal.abort().reason,
  "abortsignal-abort-reason-2": () => AbortSignal.abort(5).reason,
  "abortsignal-timeout-promise-onabort-aborted-reason": async () => {
    const s = AbortSignal.timeout(5);
    await new Promise((r) => (s.onabort = r));
    return [s.aborted, s.reason];
  },
  "abortcontroller-abortsignal-any-signal-before-abort": () => {
    const a = new AbortController(),
      b = new AbortController();
    const s = AbortSignal.any([a.signal, b.signal]);
    const before = s.aborted;
    b.abort("x");
    return [before, s.aborted, s.reason];
  },
  "abortsignal-any-abort-q-reason": () => AbortSignal.any([AbortSignal.abort("q")]).reason,
  "abortsignal-any-aborted": () => AbortSignal.any([]).aborted,
  "abortsignal-any": () => h.tried(() => AbortSignal.any(5)),
  abortsignal: () => h.tried(() => new AbortSignal()),
  "abortsignal-timeout": () => h.tried(() => AbortSignal.timeout(-1)),
  "abortsignal-timeout-2": () => h.tried(() => AbortSignal.timeout()),
  "scheduler-wait": () => scheduler.wait(1),
  "scheduler-wait-2": () => scheduler.wait(),
  "promise-settimeout-6": () => (async () => new Promise((r) => setTimeout((a, b) => r([a, b]), 1, 5, 6)))(),
  "n-promise-i-setinterval-clearinterval": async () => {
    let n = 0;
    await new Promise((r) => {
      const i = setInterval(() => {
        if (++n === 3) {
          clearInterval(i);
          r();
        }
      }, 1);
    });
    return n;
  },
  "o-settimeout-push-queuemicrotask-m-promise-resolve": async () => {
    const o = [];
    setTimeout(() => o.push("t"), 0);
    queueMicrotask(() => o.push("m"));
    Promise.resolve().then(() => o.push("p"));
    await scheduler.wait(5);
    return o;
  },
  cleartimeout: () => clearTimeout("x"),
  "cleartimeout-2": () => clearTimeout(undefined),
  queuemicrotask: () => h.tried(() => queueMicrotask(5)),
  "structuredclone-1n-date-g-get": () => structuredClone(new Map([[1, { a: [1n, new Date(5), /x/g] }]])).get(1).a,
  structuredclone: () => h.tried(() => structuredClone(() => 1)),
  "structuredclone-symbol": () => h.tried(() => structuredClone(Symbol())),
  "structuredclone-transfer-bytelength-arraybuffer": () =>
    ((a) => [structuredClone(a, { transfer: [a] }).byteLength, a.byteLength])(new ArrayBuffer(4)),
  "structuredclone-rangeerror-q": () => structuredClone(new RangeError("q")),
  "structuredclone-domexception-m-aborterror": () => structuredClone(new DOMException("m", "AbortError")),
  "o-self-structuredclone": () =>
    ((o) => {
      o.self = o;
      const c = structuredClone(o);
      return [c.self === c, c !== o];
    })({}),
  "structuredclone-2": () => h.tried(() => structuredClone()),
  "structuredclone-class": () =>
    structuredClone(
      new (class X {
        a = 1;
      })(),
    ).constructor.name,
  "atob-agk-btoa-hi": () => [
    atob("aGk="),
    atob(" aGk "),
    btoa("hi"),
    h.tried(() => atob("a")),
    h.tried(() => btoa("é€")),
    h.tried(() => atob()),
  ],
  "domexception-m-aborterror": () => new DOMException("m", "AbortError"),
  "domexception-message": () => new DOMException().message,
  "console-log-table-group-groupend-dir-dirxml-count": () => [
    console.log(),
    console.table([1]),
    console.group("x"),
    console.groupEnd(),
    console.dir({}),
    console.dirxml({}),
    console.count(),
    console.timeLog(),
    console.timeEnd(),
    console.assert(false),
    console.trace(),
    console.clear(),
    console.timeStamp?.(),
  ],
};
