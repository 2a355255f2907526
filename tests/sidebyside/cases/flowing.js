// Bodies that flow between Worker and object, in the way of the reader's pace and to whatever end.

const LARGE = 300_000;

const bytes = (text) => new TextEncoder().encode(text);

/** A stream of these chunks; an Error among them is thrown in its place. */
function streamOf(chunks, notes = []) {
  const left = [...chunks];
  return new ReadableStream({
    pull(controller) {
      if (left.length === 0) return controller.close();
      const next = left.shift();
      if (next instanceof Error) throw next;
      controller.enqueue(typeof next === "string" ? bytes(next) : next);
    },
    cancel: (reason) => void notes.push(["cancelled", told(reason)]),
  });
}

/** A stream that never ends, and is slow enough for whatever shall happen meanwhile. */
function endless(notes) {
  return new ReadableStream({
    async pull(controller) {
      await scheduler.wait(5);
      controller.enqueue(new Uint8Array(1000));
    },
    cancel: (reason) => void notes.push(["cancelled", told(reason)]),
  });
}

const large = () => Array.from({ length: 30 }, (_, i) => new Uint8Array(LARGE / 30).fill(65 + i));

/** What there is to compare of an error, without its stack. */
function told(error) {
  if (!(error instanceof Error)) return error === undefined ? "undefined" : error;
  const { name, message, retryable, remote, detail } = error;
  return { type: error.constructor.name, name, message, retryable, remote, detail };
}

async function attemptTo(action) {
  try {
    return await action();
  } catch (error) {
    return { failed: told(error) };
  }
}

/** Length and content, in short. */
async function sum(body) {
  const all = new Uint8Array(await new Response(body).arrayBuffer());
  return [all.length, all.reduce((value, byte) => (value * 31 + byte) % 1_000_003, 7)];
}

/** What the object has noted, once there are as many of it. */
async function notesOf(t, stub, count) {
  for (let i = 0; i < 200; i++) {
    const notes = await (await t.ask(stub, "/look")).json();
    if (notes.length >= count) return notes;
    await scheduler.wait(20);
  }
  return "nothing was noted";
}

/** An object that can be looked at; `answer` is its work. */
const noting = (answer) => (thing, request) =>
  new URL(request.url).pathname === "/look" ? Response.json(thing.notes) : answer(thing, request);

const noteAbort = (thing, request) =>
  request.signal.addEventListener("abort", () => thing.notes.push(["aborted", told(request.signal.reason)]));

const send = (body, read) => ({
  worker: async (t) => (await t.ask(t.stub(), "/", { method: "POST", body: body(t) })).json(),
  object: async (_thing, request) => Response.json(await read(request)),
});

const receive = (read, answer) => ({
  worker: async (t) => read(await t.ask(t.stub()), t),
  object: answer,
});

const sumOf = (request) => sum(request.body);
const text = (response) => attemptTo(() => response.text());

/** Reads to the end, or to the error: how many bytes, and how it ended. */
async function readThrough(response) {
  const reader = response.body.getReader();
  const ended = await attemptTo(async () => {
    while (!(await reader.read()).done);
    return "done";
  });
  return [response.status, ended];
}

const wait = (thing, request) => {
  noteAbort(thing, request);
  thing.notes.push(["began", request.signal.aborted]);
  return scheduler.wait(15_000).then(() => new Response("late"));
};

const abortBefore = (abort) => ({
  worker: async (t) => {
    const controller = new AbortController(), stub = t.stub();
    const answer = attemptTo(() => t.ask(stub, "/", { signal: controller.signal }));
    await notesOf(t, stub, 1);
    abort(controller);
    return [await answer, await notesOf(t, stub, 2)];
  },
  object: noting(wait),
});

export const flowing = {
  "request-stream": send(() => streamOf(["one ", "two ", "three"]), (request) => request.text()),
  "request-stream-large": send(() => streamOf(large()), sumOf),
  "request-string-large": send(() => "abcdefghij".repeat(LARGE / 10), sumOf),
  "request-string-large-not-ascii": send(() => "äöü€".repeat(50_000), sumOf),
  "request-bytes-large": send(() => new Uint8Array(LARGE).fill(7), sumOf),
  "request-buffer-large": send(() => new ArrayBuffer(LARGE), sumOf),
  "request-stream-empty": send(() => streamOf([]), (request) => request.text()),
  "request-stream-text-chunks": send(
    () => new ReadableStream({ start: (controller) => (controller.enqueue("a"), controller.enqueue("b"), controller.close()) }),
    (request) => request.text(),
  ),
  "request-stream-headers": send(() => streamOf(["x"]), (request) => [request.headers.get("content-length"), request.headers.get("content-type")]),
  "request-string-large-headers": send(() => "x".repeat(LARGE), (request) => request.headers.get("content-length")),
  "request-json-large": send(() => JSON.stringify(Array.from({ length: 30_000 }, (_, i) => i)), async (request) => (await request.json()).length),
  "request-clone": send(() => streamOf(large()), async (request) => {
    const copy = request.clone();
    return Promise.all([sum(request.body), sum(copy.body)]);
  }),
  "request-body-used": send(() => streamOf(large()), async (request) => {
    const before = request.bodyUsed, { body } = request, same = body === request.body;
    const reader = body.getReader();
    await reader.read();
    return [before, same, body.locked, request.bodyUsed, await attemptTo(() => request.text())];
  }),
  "request-read-byob": send(() => streamOf(large()), async (request) => {
    const reader = request.body.getReader({ mode: "byob" });
    let length = 0;
    for (;;) {
      const { done, value } = await reader.read(new Uint8Array(777));
      if (done) return length;
      length += value.length;
    }
  }),
  "request-iterate": send(() => streamOf(large()), async (request) => {
    let length = 0;
    for await (const chunk of request.body) length += chunk.length;
    return length;
  }),
  "request-read-twice": send(() => streamOf(["x"]), async (request) => [await request.text(), await attemptTo(() => request.text())]),

  "request-fails": send(() => streamOf(["abc", new RangeError("boom")]), (request) => attemptTo(() => request.text())),

  "response-stream": receive(text, () => new Response(streamOf(["one ", "two ", "three"]))),
  "response-stream-large": receive((response) => sum(response.body), () => new Response(streamOf(large()))),
  "response-string-large": receive((response) => sum(response.body), () => new Response("abcdefghij".repeat(LARGE / 10))),
  "response-bytes-large": receive((response) => sum(response.body), () => new Response(new Uint8Array(LARGE).fill(9))),
  "response-stream-empty": receive(text, () => new Response(streamOf([]))),
  "response-stream-type": receive((response) => response.headers.get("content-type"), () => new Response(streamOf(["x"]))),
  "response-array-buffer": receive(async (response) => (await response.arrayBuffer()).byteLength, () => new Response(streamOf(large()))),
  "response-json": receive((response) => response.json(), () => new Response(streamOf(['{"a":', "[1,2", "]}"]))),
  "response-clone": receive(async (response) => {
    const copy = response.clone();
    return Promise.all([sum(response.body), sum(copy.body)]);
  }, () => new Response(streamOf(large()))),
  "response-tee": receive(async (response) => {
    const [one, other] = response.body.tee();
    return Promise.all([sum(one), sum(other)]);
  }, () => new Response(streamOf(large()))),
  "response-unread": {
    worker: async (t) => {
      const stub = t.stub();
      const first = await t.ask(stub);
      return [first.status, await (await t.ask(stub)).text()];
    },
    object: () => new Response(streamOf(["a", "b"])),
  },
  "response-of-a-response": receive(async (response) => sum(new Response(response.body, response).body), () => new Response(streamOf(large()))),
  "response-head-first": {
    worker: async (t) => {
      const response = await t.ask(t.stub());
      const reader = response.body.getReader();
      const first = new TextDecoder().decode((await reader.read()).value);
      await reader.cancel();
      return first;
    },
    object: () => new Response(new ReadableStream({ start: (controller) => controller.enqueue(bytes("hello")) })),
  },
  "response-to-head": {
    worker: async (t) => {
      const response = await t.ask(t.stub(), "/", { method: "HEAD" });
      return [response.status, response.headers.get("x"), response.body, await response.text()];
    },
    object: () => new Response(streamOf(large()), { headers: { x: "y" } }),
  },
  "response-through-a-transform": receive(text, () => {
    const { readable, writable } = new TransformStream();
    const writer = writable.getWriter();
    (async () => {
      for (const part of ["a", "b", "c"]) await writer.write(bytes(part));
      await writer.close();
    })();
    return new Response(readable);
  }),

  "echo": {
    worker: async (t) => sum((await t.ask(t.stub(), "/", { method: "POST", body: streamOf(large()) })).body),
    object: (_thing, request) => new Response(request.body),
  },
  "echo-transformed": {
    worker: async (t) => (await t.ask(t.stub(), "/", { method: "POST", body: streamOf(["ab", "cd"]) })).text(),
    object: (_thing, request) =>
      new Response(request.body.pipeThrough(new TransformStream({
        transform: (chunk, controller) => controller.enqueue(bytes(new TextDecoder().decode(chunk).toUpperCase())),
      }))),
  },
  "echo-one-by-one": {
    worker: async (t) => {
      const { readable, writable } = new TransformStream();
      const writer = writable.getWriter(), got = [];
      writer.write(bytes("0"));
      const reader = (await t.ask(t.stub(), "/", { method: "POST", body: readable })).body.getReader();
      for (let i = 1; i < 4; i++) {
        got.push(new TextDecoder().decode((await reader.read()).value));
        await writer.write(bytes(String(i)));
      }
      await writer.close();
      for (let next = await reader.read(); !next.done; next = await reader.read()) got.push(new TextDecoder().decode(next.value));
      return got.join("");
    },
    object: (_thing, request) => new Response(request.body),
  },

  "response-fails": receive(readThrough, () => new Response(streamOf(["abc", Object.assign(new TypeError("boom"), { detail: 5 })]))),
  "response-fails-text": receive(text, () => new Response(streamOf(["abc", new RangeError("boom")]))),
  "response-fails-later": receive(readThrough, () =>
    new Response(new ReadableStream({
      start(controller) {
        controller.enqueue(bytes("abc"));
        setTimeout(() => controller.error(new Error("later")), 30);
      },
    }))),
  "response-fails-and-others-go-on": {
    worker: async (t) => {
      const stub = t.stub();
      return [await text(await t.ask(stub, "/fail")), await text(await t.ask(stub, "/well"))];
    },
    object: (_thing, request) => new Response(streamOf(request.url.endsWith("fail") ? ["a", new Error("boom")] : ["a", "b"])),
  },
  "response-of-no-bytes": receive(readThrough, () => new Response(new ReadableStream({ pull: (controller) => controller.enqueue({ no: "bytes" }) }))),

  "reader-cancels": {
    worker: async (t) => {
      const stub = t.stub();
      const reader = (await t.ask(stub)).body.getReader();
      await reader.read();
      await reader.cancel("enough");
      return notesOf(t, stub, 2);
    },
    object: noting((thing, request) => {
      noteAbort(thing, request);
      return new Response(endless(thing.notes));
    }),
  },
  "reader-cancels-an-echo": {
    worker: async (t) => {
      const notes = [];
      const response = await t.ask(t.stub(), "/", { method: "POST", body: endless(notes) });
      const reader = response.body.getReader();
      await reader.read();
      await reader.cancel();
      for (let i = 0; notes.length === 0 && i < 200; i++) await scheduler.wait(20);
      return notes.map(([what]) => what);
    },
    object: (_thing, request) => new Response(request.body),
  },
  "object-answers-without-reading": {
    worker: async (t) => {
      const notes = [];
      const response = await t.ask(t.stub(), "/", { method: "POST", body: endless(notes) });
      const said = await response.text();
      for (let i = 0; notes.length === 0 && i < 200; i++) await scheduler.wait(20);
      return [said, notes];
    },
    object: () => new Response("early"),
  },
  "object-throws-without-reading": {
    worker: async (t) => {
      const notes = [];
      const failed = await attemptTo(() => t.ask(t.stub(), "/", { method: "POST", body: endless(notes) }));
      for (let i = 0; notes.length === 0 && i < 200; i++) await scheduler.wait(20);
      return [failed, notes];
    },
    object: () => {
      throw new Error("thrown early");
    },
  },
  "object-reads-after-answering": {
    worker: async (t) => {
      const stub = t.stub();
      const response = await t.ask(stub, "/", { method: "POST", body: endless([]) });
      return [await response.text(), await notesOf(t, stub, 1)];
    },
    object: noting((thing, request) => {
      request.text().catch((error) => thing.notes.push(told(error)));
      return new Response("early");
    }),
  },

  "abort-with-a-reason": abortBefore((controller) => controller.abort(new RangeError("my reason"))),
  "abort-with-a-string": abortBefore((controller) => controller.abort("a string")),
  "abort-without-a-reason": abortBefore((controller) => controller.abort()),
  "abort-before": (t) => attemptTo(() => t.ask(t.stub(), "/", { signal: AbortSignal.abort(new Error("before")) })),
  "abort-of-a-timeout": {
    worker: async (t) => attemptTo(() => t.ask(t.stub(), "/", { signal: AbortSignal.timeout(50) })),
    object: noting(wait),
  },
  "abort-after-the-head": {
    worker: async (t) => {
      const controller = new AbortController(), stub = t.stub();
      const response = await t.ask(stub, "/", { signal: controller.signal });
      const reader = response.body.getReader();
      await reader.read();
      controller.abort(new Error("too late"));
      return [await attemptTo(async () => {
        while (!(await reader.read()).done);
      }), await notesOf(t, stub, 2)];
    },
    object: noting((thing, request) => {
      noteAbort(thing, request);
      return new Response(endless(thing.notes));
    }),
  },
  "abort-after-the-end": {
    worker: async (t) => {
      const controller = new AbortController();
      const said = await (await t.ask(t.stub(), "/", { signal: controller.signal })).text();
      controller.abort();
      return said;
    },
    object: () => new Response("well"),
  },
  "signal-in-the-object": {
    worker: async (t) => (await t.ask(t.stub())).json(),
    object: (_thing, request) =>
      Response.json([request.signal instanceof AbortSignal, request.signal.aborted, request.signal === request.signal]),
  },
  "signal-stays-quiet": {
    worker: async (t) => {
      const stub = t.stub();
      await (await t.ask(stub)).text();
      return (await t.ask(stub, "/look")).json();
    },
    object: noting((thing, request) => {
      noteAbort(thing, request);
      return new Response(streamOf(["a", "b"]));
    }),
  },

  "redirect-with-a-stream": {
    worker: async (t) => attemptTo(() => t.ask(t.stub(), "/from", { method: "POST", body: streamOf(["x"]) })),
    object: () => new Response(null, { status: 307, headers: { location: "/to" } }),
  },
  "redirect-with-a-large-string": {
    worker: async (t) => text(await t.ask(t.stub(), "/from", { method: "POST", body: "x".repeat(LARGE) })),
    object: async (_thing, request) =>
      request.url.endsWith("/from")
        ? new Response(null, { status: 307, headers: { location: "/to" } })
        : new Response(String((await request.text()).length)),
  },

  "raw-stream": { raw: () => new Response(streamOf(["one ", "two"]), { headers: { "content-type": "text/plain" } }) },
  "raw-stream-large": { raw: () => new Response(streamOf(large())) },
  "raw-string-large": { raw: () => new Response("x".repeat(LARGE)) },
  "raw-passed-on": {
    raw: (t) => t.ask(t.stub()),
    object: () => new Response(streamOf(large()), { status: 201, headers: { x: "y" } }),
  },
  "raw-passed-on-twice": {
    raw: async (t) => new Response((await t.ask(t.stub())).body, { status: 202 }),
    object: () => new Response(streamOf(large())),
  },
};
