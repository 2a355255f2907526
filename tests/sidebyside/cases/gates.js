// What waits while blockConcurrencyWhile() is on: beginnings, answers, parts of bodies, aborts.
import * as h from "../worker/helpers.js";

const sleep = (ms) => scheduler.wait(ms);

const BLOCK = "/block";

/** Objects that note what happens to them. "/block" shuts the gate until the object of x-gate is told "/open"; "/list" tells
 * the notes. The worker is given a stub that shuts the same gate with each request, and open(). */
const noting = (worker, paths) => ({
  worker: async (t) => {
    const one = t.stub(), gate = t.name();
    const ask = (path, init) => t.ask(one, path, { ...init, headers: { "x-gate": gate } });
    const open = async () => {
      await sleep(40); // for what may have been sent to arrive
      await t.ask(t.stub("THING", gate), "/open");
    };
    const seen = await worker({ t, ask, open });
    return [seen, await (await ask("/list")).json()];
  },
  object: async (thing, request) => {
    const path = new URL(request.url).pathname;
    if (path === "/list") return Response.json(thing.notes);
    if (path === "/open") thing.opened = true;
    if (path === "/open" || path === "/opened") return Response.json(Boolean(thing.opened));
    if (path === BLOCK) return blockUntilOpen(thing, request).then(() => new Response("blocked"));
    return paths[path](thing, request);
  },
});

function blockUntilOpen(thing, request) {
  const gate = thing.env.THING.get(thing.env.THING.idFromName(request.headers.get("x-gate")));
  const headers = { "x-case": request.headers.get("x-case") };
  return thing.state.blockConcurrencyWhile(async () => {
    thing.notes.push("shut");
    while (!(await (await gate.fetch("http://object.example/opened", { headers })).json())) await sleep(5);
    thing.notes.push("open");
  });
}

const block = (thing, ms) =>
  thing.state.blockConcurrencyWhile(async () => {
    thing.notes.push("shut");
    await sleep(ms);
    thing.notes.push("open");
  });

/** Ask for the notes until there are as many of them. */
async function untilNoted(ask, count) {
  while ((await (await ask("/list")).json()).length < count) await sleep(5);
}

/** The handler shuts the gate, does not wait for it, and goes on with this. */
const goingOn = (action, init) => noting(async ({ ask }) => (await ask("/do", init)).text(), {
  "/do": async (thing, request) => {
    block(thing, 60);
    return new Response(await action(thing, request));
  },
});

const body = (text) => ({ method: "POST", body: text });

async function readParts(thing, stream) {
  for await (const part of stream) thing.notes.push(h.dec(part));
}

const lateFailure = (make) => ({
  worker: async (t) => {
    const one = t.stub();
    const first = await t.attempt(async () => (await t.ask(one, "/fail")).text());
    const again = await t.attempt(async () => (await t.ask(one)).text());
    return [first, again];
  },
  object: (thing, request) => {
    if (!request.url.endsWith("/fail")) return new Response("fine");
    thing.state.blockConcurrencyWhile(async () => {
      await sleep(300);
      throw new TypeError("late");
    });
    return make();
  },
});

/** A call is aborted while it waits for the gate. */
const aborted = (init) => noting(
  async ({ t, ask, open }) => {
    const controller = new AbortController();
    const others = [ask(BLOCK), ask("/before")];
    const call = t.attempt(() => ask("/call", { ...init, signal: controller.signal }));
    others.push(ask("/after"));
    await sleep(40);
    controller.abort(new RangeError("mine"));
    const seen = await call;
    await open();
    await Promise.all(others);
    return seen;
  },
  Object.fromEntries(["/before", "/call", "/after"].map((path) => [path, (thing) => new Response(String(thing.notes.push(path)))])),
);

export const gates = {
  "a-call-that-waits-is-aborted": aborted({}),
  "a-call-that-waits-with-a-body-is-aborted": aborted(body("x".repeat(200_000))),
  "an-abort-waits": noting(
    async ({ t, ask, open }) => {
      const controller = new AbortController();
      const call = t.attempt(() => ask("/call", { signal: controller.signal }));
      await untilNoted(ask, 1);
      const blocked = ask(BLOCK);
      await sleep(40);
      controller.abort(new RangeError("mine"));
      const seen = await call;
      await open();
      await blocked;
      await untilNoted(ask, 4);
      return seen;
    },
    {
      "/call": async (thing, { signal }) => {
        thing.notes.push("began");
        signal.addEventListener("abort", () => thing.notes.push(String(signal.reason)));
        await sleep(15_000);
        return new Response("x");
      },
    },
  ),
  "parts-of-a-request-wait": noting(
    async ({ ask, open }) => {
      const { readable, writable } = new TransformStream(), writer = writable.getWriter();
      const call = ask("/call", body(readable));
      writer.write(h.enc("1"));
      await untilNoted(ask, 1);
      const blocked = ask(BLOCK);
      await sleep(40);
      writer.write(h.enc("2"));
      writer.close();
      await open();
      await Promise.all([call, blocked]);
    },
    { "/call": (thing, request) => readParts(thing, request.body).then(() => new Response("read")) },
  ),
  "parts-of-an-answer-wait": noting(
    async ({ ask, open }) => {
      const call = ask("/call");
      await untilNoted(ask, 1);
      const blocked = ask(BLOCK);
      await sleep(40);
      await open();
      await Promise.all([call, blocked]);
    },
    {
      "/parts": () => new Response(new ReadableStream({
        async start(controller) {
          controller.enqueue(h.enc("1"));
          await sleep(300);
          controller.enqueue(h.enc("2"));
          controller.close();
        },
      })),
      "/call": async (thing, request) => {
        const writer = thing.env.THING.get(thing.env.THING.idFromName(`${thing.state.id.name} writes`));
        await readParts(thing, (await writer.fetch("http://object.example/parts", { headers: request.headers })).body);
        return new Response("read");
      },
    },
  ),
  "parts-for-the-section-itself": noting(
    async ({ ask }) => {
      const { readable, writable } = new TransformStream(), writer = writable.getWriter();
      const call = ask("/call", body(readable));
      writer.write(h.enc("1"));
      await sleep(40);
      const other = ask("/other");
      writer.write(h.enc("2"));
      await sleep(40);
      writer.close();
      await Promise.all([call, other]);
    },
    {
      "/call": (thing, request) => thing.state.blockConcurrencyWhile(() => readParts(thing, request.body)).then(() => new Response("read")),
      "/other": (thing) => new Response(String(thing.notes.push("other"))),
    },
  ),
  "a-cancel-waits": noting(
    async ({ ask, open }) => {
      const reader = (await ask("/call")).body.getReader();
      await reader.read();
      const blocked = ask(BLOCK);
      await sleep(40);
      await reader.cancel();
      await open();
      await blocked;
      await untilNoted(ask, 3);
    },
    {
      "/call": (thing) =>
        new Response(new ReadableStream({
          async pull(controller) {
            await sleep(10);
            controller.enqueue(h.enc("x"));
          },
          cancel: () => void thing.notes.push("cancelled"),
        })),
    },
  ),
  "an-answer-waits": goingOn((thing) => {
    thing.notes.push("done");
    return "done";
  }),
  "an-answer-is-lost-with-the-section": lateFailure(() => new Response("answer")),
  "an-error-does-not-wait": lateFailure(() => Promise.reject(new RangeError("early"))),
  "an-answer-that-streams-is-lost-with-the-section": lateFailure(() => new Response(h.stream("a", "b"))),
  "a-timer-waits": goingOn(async (thing) => {
    await null;
    await sleep(1);
    return thing.notes.push("timer");
  }),
  "a-small-body-waits": goingOn(async (thing, request) => thing.notes.push(await request.text()), body("small")),
  "a-large-body-waits": goingOn(async (thing, request) => thing.notes.push((await request.text()).length), body("x".repeat(200_000))),
  "a-response-of-its-own-waits": goingOn(async (thing) => thing.notes.push(await new Response("own").text())),
  "storage-does-not-wait": goingOn(async (thing) => {
    const { storage } = thing.state;
    await storage.put("a", 1);
    thing.notes.push(await storage.get("a"), (await storage.list()).size);
    return "done";
  }),
  "microtasks-and-digests-do-not-wait": goingOn(async (thing) => {
    for (let turn = 0; turn < 20; turn++) await null;
    thing.notes.push((await crypto.subtle.digest("SHA-1", h.enc("x"))).byteLength);
    return "done";
  }),
  "a-second-section-waits": goingOn(async (thing) => {
    await thing.state.blockConcurrencyWhile(async () => thing.notes.push("second"));
    return thing.notes.push("after");
  }),
  "what-a-section-left-behind-waits": noting(async ({ ask }) => (await ask("/do")).text(), {
    "/do": async (thing) => {
      let late;
      await thing.state.blockConcurrencyWhile(async () => {
        late = sleep(20).then(() => thing.notes.push("late"));
      });
      block(thing, 60);
      return new Response(String(await late));
    },
  }),
};
