// Readers, writers, pipes and transforms: the Streams Standard.
import * as h from "../worker/helpers.js";

export const streamsClasses = {
  "stream-getreader-pipeto-writablestream": () => {
    const s = h.stream("a");
    s.getReader();
    return s.pipeTo(new WritableStream()).catch((e) => e);
  },
  "stream-writablestream-getwriter-pipeto": () => {
    const s = h.stream("a");
    const w = new WritableStream();
    w.getWriter();
    return s.pipeTo(w).catch((e) => e);
  },
  "stream-getreader-pipethrough-transformstream": () => {
    const s = h.stream("a");
    s.getReader();
    return h.tried(() => s.pipeThrough(new TransformStream()));
  },
  "stream-pipeto": () => {
    const s = h.stream("a");
    return s.pipeTo(5).catch((e) => e);
  },
  "writablestream-getwriter-abort": () => {
    const w = new WritableStream();
    w.getWriter();
    return w.abort().catch((e) => e);
  },
  "writablestream-getwriter-close": () => {
    const w = new WritableStream();
    w.getWriter();
    return w.close().catch((e) => e);
  },
  "writablestream-getwriter-close-2": async () => {
    const w = new WritableStream().getWriter();
    await w.close();
    return w.close().catch((e) => e);
  },
  "writablestream-getwriter-close-3": async () => {
    const w = new WritableStream().getWriter();
    w.close();
    return w.close().catch((e) => e);
  },
  "writablestream-getwriter-close-write": async () => {
    const w = new WritableStream().getWriter();
    w.close();
    return w.write(1).catch((e) => e);
  },
  "writablestream-getwriter-releaselock-write-close": async () => {
    const w = new WritableStream().getWriter();
    w.releaseLock();
    return [
      await w.write(1).catch((e) => e),
      await w.close().catch((e) => e),
      await w.closed.catch((e) => e),
      await w.ready.catch((e) => e),
      h.tried(() => w.desiredSize),
    ];
  },
  "stream-getreader-releaselock-read-closed-cancel": async () => {
    const r = h.stream("a").getReader();
    r.releaseLock();
    return [await r.read().catch((e) => e), await r.closed.catch((e) => e), await r.cancel().catch((e) => e)];
  },
  "stream-getreader-read-releaselock": async () => {
    const r = h.stream("a").getReader();
    const p = r.read();
    r.releaseLock();
    return p.catch((e) => e);
  },
  "readablestream-getreader-read-releaselock": async () => {
    const r = new ReadableStream().getReader();
    const p = r.read();
    r.releaseLock();
    return p.catch((e) => e);
  },
  "readablestream-pull-throw-rangeerror-getreader-read": async () => {
    const s = new ReadableStream({
      pull() {
        throw new RangeError("p");
      },
    });
    return s
      .getReader()
      .read()
      .catch((e) => e);
  },
  "readablestream-desiredsize-enqueue-close": async () => {
    let c;
    const s = new ReadableStream({
      start(x) {
        c = x;
      },
    });
    return [c.desiredSize, c.enqueue(1), c.desiredSize, c.close(), c.desiredSize];
  },
  "readablestream-type-bytes-enqueue-byobrequest": async () => {
    let c;
    const s = new ReadableStream({
      start(x) {
        c = x;
      },
      type: "bytes",
    });
    return [h.tried(() => c.enqueue("x")), h.tried(() => c.enqueue(new Uint8Array(0))), c.byobRequest, c.desiredSize];
  },
  "readablestream-type-bytes-pull-enqueue-close-mode": async () => {
    const s = new ReadableStream({
      type: "bytes",
      pull(c) {
        c.enqueue(new Uint8Array([1, 2, 3]));
        c.close();
      },
    });
    const r = s.getReader({ mode: "byob" });
    return [await r.read(new Uint8Array(2)), await r.read(new Uint8Array(2)), await r.read(new Uint8Array(2))];
  },
  "readablestream-type-bytes-pull-enqueue-close-mode-2": async () => {
    const s = new ReadableStream({
      type: "bytes",
      pull(c) {
        c.enqueue(new Uint8Array([1, 2, 3]));
        c.close();
      },
    });
    const r = s.getReader({ mode: "byob" });
    return [await r.read(new Uint8Array(0)).catch((e) => e), await r.read("x").catch((e) => e), await r.read().catch((e) => e)];
  },
  "readablestream-type-bytes-pull-enqueue-close-mode-3": async () => {
    const s = new ReadableStream({
      type: "bytes",
      pull(c) {
        c.enqueue(new Uint8Array([1, 2, 3, 4]));
        c.close();
      },
    });
    const r = s.getReader({ mode: "byob" });
    return r.read(new Uint16Array(2));
  },
  "readablestream-type-bytes-autoallocatechunksize-pull": async () => {
    const s = new ReadableStream({
      type: "bytes",
      autoAllocateChunkSize: 4,
      pull(c) {
        const v = c.byobRequest.view;
        v[0] = 9;
        c.byobRequest.respond(1);
      },
    });
    return s.getReader().read();
  },
  "out-transformstream-transform-enqueue-flush-end-all": async () => {
    const out = [];
    const s = new TransformStream({
      transform(x, c) {
        c.enqueue(x * 2);
      },
      flush(c) {
        c.enqueue("end");
      },
    });
    const w = s.writable.getWriter();
    w.write(1);
    w.write(2);
    w.close();
    return h.all(s.readable);
  },
  "transformstream-transform-throw-rangeerror-writable": async () => {
    const s = new TransformStream({
      transform() {
        throw new RangeError("t");
      },
    });
    const w = s.writable.getWriter();
    const p = w.write(1).catch((e) => e);
    return [
      await s.readable
        .getReader()
        .read()
        .catch((e) => e),
      await p,
    ];
  },
  "transformstream-transform-terminate-writable-write": async () => {
    const s = new TransformStream({
      transform(x, c) {
        c.terminate();
      },
    });
    const w = s.writable.getWriter();
    const p = w.write(1).catch((e) => e);
    return [await s.readable.getReader().read(), await p, await w.write(2).catch((e) => e)];
  },
  "transformstream-writable-getwriter-write-close-all": async () => {
    const s = new TransformStream();
    const w = s.writable.getWriter();
    w.write("a");
    w.close();
    return h.all(s.readable);
  },
  "transformstream-writable-getwriter-abort-rangeerror": async () => {
    const s = new TransformStream();
    const w = s.writable.getWriter();
    w.abort(new RangeError("ab"));
    return s.readable
      .getReader()
      .read()
      .catch((e) => e);
  },
  "transformstream-writable-getwriter-readable-cancel": async () => {
    const s = new TransformStream();
    const w = s.writable.getWriter();
    await s.readable.cancel(new RangeError("ca"));
    return w.write(1).catch((e) => e);
  },
  "log-readablestream-enqueue-cancel-push-break-locked": async () => {
    const log = [];
    const s = new ReadableStream({
      start(c) {
        c.enqueue(1);
        c.enqueue(2);
        c.enqueue(3);
      },
      cancel(r) {
        log.push("cancel", r);
      },
    });
    for await (const x of s) {
      log.push(x);
      if (x === 2) break;
    }
    return [log, s.locked];
  },
  "log-readablestream-enqueue-close-cancel-push-values": async () => {
    const log = [];
    const s = new ReadableStream({
      start(c) {
        c.enqueue(1);
        c.enqueue(2);
        c.close();
      },
      cancel(r) {
        log.push("cancel", r);
      },
    });
    for await (const x of s.values({ preventCancel: true })) {
      log.push(x);
      break;
    }
    return [log, s.locked];
  },
  "log-readablestream-error-rangeerror-src-abort-push": async () => {
    const log = [];
    const s = new ReadableStream({
      start(c) {
        c.error(new RangeError("src"));
      },
    });
    const w = new WritableStream({
      abort(r) {
        log.push("abort", r);
      },
    });
    return [await s.pipeTo(w).catch((e) => e), log];
  },
  "log-readablestream-pull-enqueue-cancel-push-write": async () => {
    const log = [];
    const s = new ReadableStream({
      pull(c) {
        c.enqueue(1);
      },
      cancel(r) {
        log.push("cancel", r);
      },
    });
    const w = new WritableStream({
      write() {
        throw new RangeError("dst");
      },
    });
    return [await s.pipeTo(w).catch((e) => e), log];
  },
  "log-writablestream-close-push-stream-pipeto-locked": async () => {
    const log = [];
    const w = new WritableStream({
      close() {
        log.push("close");
      },
    });
    await h.stream("a").pipeTo(w, { preventClose: true });
    return [log, w.locked];
  },
  "readablestream-enqueue-close-tee-all-y": async () => {
    const [a, b] = new ReadableStream({
      start(c) {
        c.enqueue({ x: 1 });
        c.close();
      },
    }).tee();
    const [x] = await h.all(a),
      [y] = await h.all(b);
    return x === y;
  },
  "response-abc-body-tee-text": async () => {
    const [a, b] = new Response("abc").body.tee();
    return [await new Response(a).text(), await new Response(b).text()];
  },
  "stream-y-tee-cancel-response-text": async () => {
    const [a, b] = h.stream("x", "y").tee();
    a.cancel("A");
    return [await new Response(b).text()];
  },
  "countqueuingstrategy-highwatermark-size": () => new CountQueuingStrategy({ highWaterMark: 5 }).size(),
  "bytelengthqueuingstrategy-highwatermark-size": () => new ByteLengthQueuingStrategy({ highWaterMark: 5 }).size(new Uint8Array(3)),
  "all-readablestream-from-promise-resolve": () => h.all(ReadableStream.from(["a", Promise.resolve("b")])),
  "all-readablestream-from-function-yield": () =>
    h.all(
      ReadableStream.from(
        (async function* () {
          yield 1;
          yield 2;
        })(),
      ),
    ),
  "readablestream-from": () => h.tried(() => ReadableStream.from(5)),
  "readable-writable-identitytransformstream-getwriter": async () => {
    const { readable, writable } = new IdentityTransformStream();
    const w = writable.getWriter();
    await w.abort(new RangeError("a"));
    return readable
      .getReader()
      .read()
      .catch((e) => e);
  },
  "readable-writable-fixedlengthstream-response-write": async () => {
    const { readable, writable } = new FixedLengthStream(3);
    const r = new Response(readable);
    const w = writable.getWriter();
    w.write(h.enc("abc"));
    w.close();
    return [[...r.headers], await r.text()];
  },
  "readable-writable-identitytransformstream-stream-one": async () => {
    const { readable, writable } = new IdentityTransformStream();
    h.stream("one", "two").pipeTo(writable);
    return new Response(readable).text();
  },
  "response-readablestream-pull-enqueue-text": async () => {
    const r = new Response(
      new ReadableStream({
        pull(c) {
          c.enqueue("x");
        },
      }),
    );
    return r.text().catch((e) => e);
  },
  "response-readablestream-enqueue-enc-close-json": async () => {
    const r = new Response(
      new ReadableStream({
        start(c) {
          c.enqueue(h.enc('{"a":1}'));
          c.close();
        },
      }),
    );
    return r.json();
  },
  "request-method-post-body-stream-text-bodyused": async () => {
    const r = new Request("http://h/", { method: "POST", body: h.stream("s") });
    return [await r.text(), r.bodyUsed];
  },
  "response-abc-body-rd-getreader-mode-byob-read-10-y": async () => {
    const s = new Response("abc").body;
    const rd = s.getReader({ mode: "byob" });
    const x = await rd.read(new Uint8Array(10));
    const y = await rd.read(new Uint8Array(3));
    return [x, y];
  },
  "textdecoderstream-shift-jis-writable-getwriter-write": async () => {
    const s = new TextDecoderStream("shift_jis");
    const w = s.writable.getWriter();
    w.write(new Uint8Array([0x82]));
    w.write(new Uint8Array([0xa0]));
    w.close();
    return [s.encoding, s.fatal, s.ignoreBOM, await h.all(s.readable)];
  },
  "textdecoderstream-utf-8-fatal-writable-getwriter-all": async () => {
    const s = new TextDecoderStream("utf-8", { fatal: true });
    const w = s.writable.getWriter();
    w.write(new Uint8Array([0xff])).catch(() => 0);
    return h.all(s.readable).catch((e) => e);
  },
  "textdecoderstream-nope": () => h.tried(() => new TextDecoderStream("nope")),
  "textencoderstream-writable-getwriter-write-close": async () => {
    const s = new TextEncoderStream();
    const w = s.writable.getWriter();
    w.write(5);
    w.write(null);
    w.close();
    return [s.encoding, await new Response(s.readable).text()];
  },
};
