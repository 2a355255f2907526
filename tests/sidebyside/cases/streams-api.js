// Streams as bodies, and the classes that Workers have besides the standard.
import * as h from "../worker/helpers.js";

export const streamsApi = {
  "typeof-readablestreambyobreader-readablestream": () => typeof ReadableStreamBYOBReader + new ReadableStream().constructor.name,
  "response-stream-text": () => new Response(h.stream("a", "b")).text(),
  "prototype-tostring-call-readablestream": () => Object.prototype.toString.call(new ReadableStream()),
  "readable-writable-identitytransformstream-getwriter": () => {
    const { readable, writable } = new IdentityTransformStream();
    const w = writable.getWriter();
    w.write(h.enc("hello"));
    w.close();
    return new Response(readable).text();
  },
  "readable-writable-fixedlengthstream-getwriter-write": () => {
    const { readable, writable } = new FixedLengthStream(5);
    const w = writable.getWriter();
    w.write(h.enc("hello"));
    w.close();
    return new Response(readable).text();
  },
  fixedlengthstream: () => new FixedLengthStream(),
  "fixedlengthstream-2": () => new FixedLengthStream(-1),
  "fixedlengthstream-instanceof-identitytransformstream": () => new FixedLengthStream("5") instanceof IdentityTransformStream,
  "identitytransformstream-instanceof-transformstream": () => new IdentityTransformStream() instanceof TransformStream,
  "all-stream-pipethrough-textdecoderstream": () => h.all(h.stream("é😀").pipeThrough(new TextDecoderStream())),
  "all-readablestream-enqueue-ud83d-ude00x-ud800-close": () =>
    h.all(
      new ReadableStream({
        start(c) {
          c.enqueue("\ud83d");
          c.enqueue("\ude00x\ud800");
          c.close();
        },
      }).pipeThrough(new TextEncoderStream()),
    ),
  "stream-getreader": () => {
    const s = h.stream("a");
    s.getReader();
    return s.getReader();
  },
  "stream-getreader-tee": () => {
    const s = h.stream("a");
    s.getReader();
    return s.tee();
  },
  "stream-getreader-cancel": () => {
    const s = h.stream("a");
    s.getReader();
    return s.cancel().catch((e) => e);
  },
  "stream-getreader-releaselock-read": () => {
    const s = h.stream("a");
    const r = s.getReader();
    r.releaseLock();
    return r.read().catch((e) => e);
  },
  "stream-getreader-mode-byob": () => {
    const s = h.stream("a");
    return s.getReader({ mode: "byob" });
  },
  "response-abc-body-getreader-mode-byob-read": () => {
    const s = new Response("abc").body;
    const r = s.getReader({ mode: "byob" });
    return r.read(new Uint8Array(2));
  },
  "response-abc-body-getreader-mode-byob-readatleast-10": () => {
    const s = new Response("abc").body;
    const r = s.getReader({ mode: "byob" });
    return r.readAtLeast(2, new Uint8Array(10));
  },
  "readablestream-type-bytes-pull-v-byobrequest-view": () => {
    const s = new ReadableStream({
      type: "bytes",
      pull(c) {
        const v = c.byobRequest.view;
        v[0] = 1;
        c.byobRequest.respond(1);
      },
    });
    const r = s.getReader({ mode: "byob" });
    return r.read(new Uint8Array(2));
  },
  "all-readablestream-from": () => h.all(ReadableStream.from([1, 2, 3])),
  "stream-tee-promise-all": () => {
    const [a, b] = h.stream("a", "b").tee();
    return Promise.all([h.all(a), h.all(b)]);
  },
  "out-stream-pipeto-writablestream-write-push": async () => {
    const out = [];
    await h.stream("a", "b").pipeTo(
      new WritableStream({
        write(c) {
          out.push(c);
        },
      }),
    );
    return out;
  },
  "writablestream-getwriter": () => {
    const s = new WritableStream();
    s.getWriter();
    return s.getWriter();
  },
  "writablestream-write-throw-rangeerror-no-getwriter": async () => {
    const s = new WritableStream({
      write() {
        throw new RangeError("no");
      },
    });
    const w = s.getWriter();
    const a = await w.write(1).catch((e) => e);
    const b = await w.write(2).catch((e) => e);
    return [a, b];
  },
  "writablestream-getwriter-close-write": async () => {
    const s = new WritableStream();
    const w = s.getWriter();
    await w.close();
    return w.write(1).catch((e) => e);
  },
  "readablestream-error-rangeerror-response-text": async () => {
    const s = new ReadableStream({
      start(c) {
        c.error(new RangeError("x"));
      },
    });
    return new Response(s).text();
  },
  "readablestream-enqueue-close-response-text": async () => {
    const s = new ReadableStream({
      start(c) {
        c.enqueue(5);
        c.close();
      },
    });
    return new Response(s).text();
  },
  "readablestream-enqueue-text-close-response": async () => {
    const s = new ReadableStream({
      start(c) {
        c.enqueue("text");
        c.close();
      },
    });
    return new Response(s).text();
  },
  "readablestream-close-enqueue": async () => {
    let e;
    new ReadableStream({
      start(c) {
        c.close();
        e = h.tried(() => c.enqueue(1));
      },
    });
    return e;
  },
  "readablestream-close": async () => {
    let e;
    new ReadableStream({
      start(c) {
        c.close();
        e = h.tried(() => c.close());
      },
    });
    return e;
  },
  "response-abc-body-push": async () => {
    const r = new Response("abc").body;
    const a = [];
    for await (const x of r) a.push(x);
    return a;
  },
  "response-abc-reader-body-getreader-bodyused-text": async () => {
    const r = new Response("abc");
    const reader = r.body.getReader();
    return [r.bodyUsed, await r.text().catch((e) => e)];
  },
  "response-abc-reader-body-getreader-read-bodyused": async () => {
    const r = new Response("abc");
    const reader = r.body.getReader();
    await reader.read();
    return [r.bodyUsed, await reader.read(), await r.text().catch((e) => e)];
  },
  "response-abc-reader-body-getreader-read-releaselock": async () => {
    const r = new Response("abc");
    const reader = r.body.getReader();
    await reader.read();
    reader.releaseLock();
    return [r.bodyUsed, await r.text().catch((e) => e)];
  },
  "response-abc-body-cancel-bodyused-text": async () => {
    const r = new Response("abc");
    await r.body.cancel();
    return [r.bodyUsed, await r.text().catch((e) => e)];
  },
  "response-abc-text-bodyused-body-locked-getreader": async () => {
    const r = new Response("abc");
    r.text();
    return [r.bodyUsed, r.body.locked, h.tried(() => r.body.getReader()), h.tried(() => r.clone()), await r.text().catch((e) => e)];
  },
  "response-stream-text-bodyused-body-locked-clone": async () => {
    const r = new Response(h.stream("x"));
    await r.text();
    return [r.bodyUsed, r.body.locked, h.tried(() => r.clone()), await r.text().catch((e) => e)];
  },
  "stream-getreader-response": async () => {
    const s = h.stream("x");
    s.getReader();
    return h.tried(() => new Response(s));
  },
  "stream-getreader-read-releaselock-response": async () => {
    const s = h.stream("x");
    const r = s.getReader();
    await r.read();
    r.releaseLock();
    return h.tried(() => new Response(s));
  },
  "stream-response-text": async () => {
    const s = h.stream("x");
    await new Response(s).text();
    return h.tried(() => new Response(s));
  },
  "stream-response-text-instanceof-error": async () => {
    const s = h.stream("x");
    const a = new Response(s),
      b = h.tried(() => new Response(s));
    return [await a.text(), b instanceof Error ? b : await b.text().catch((e) => e)];
  },
};
