// What runs when in an object: order of events, the input gate, blockConcurrencyWhile, waitUntil.

// Ask one object several paths at once, then /list: what it noted, in the order in which it did.
const noting = (paths, object) => ({
  worker: async (t) => {
    const one = t.stub();
    const answers = await Promise.all(paths.map((path) => t.attempt(async () => (await t.ask(one, path)).text())));
    return { answers, notes: await (await t.ask(t.env.THING.get(one.id), "/list")).text() };
  },
  object: (thing, request) => {
    const path = new URL(request.url).pathname;
    if (path === "/list") return new Response(thing.notes.join(" "));
    return object(thing, path.slice(1), request);
  },
});

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const done = () => new Response("done");

// An object's own way to another object of the same case.
const other = (thing, request, name) =>
  thing.env.THING.get(thing.env.THING.idFromName(name)).fetch(`http://object.example/other`, { headers: { "x-case": request.headers.get("x-case") } });

const blocking = (make) => ({
  worker: async (t) => (await t.ask(t.stub())).json(),
  object: async (thing) => Response.json(await make(thing)),
});

// What comes of a call whose handler fails in blockConcurrencyWhile, and of the next ones.
const failing = (make) => ({
  worker: async (t) => {
    const one = t.stub();
    const first = await t.attempt(async () => (await t.ask(one, "/fail")).text());
    const again = await t.attempt(async () => (await t.ask(one)).text());
    const fresh = await t.attempt(async () => (await t.ask(t.env.THING.get(one.id))).text());
    return { first, again, fresh };
  },
  object: (thing, request) => {
    thing.notes.push("call");
    return request.url.endsWith("/fail") ? make(thing) : new Response(`calls ${thing.notes.length}`);
  },
});

async function increment(thing, between) {
  const value = (await thing.state.storage.get("count")) ?? 0;
  await between?.();
  await thing.state.storage.put("count", value + 1);
  return done();
}

const counting = (count, between) => ({
  worker: async (t) => {
    const one = t.stub();
    await Promise.all(Array.from({ length: count }, () => t.ask(one, "/add")));
    return (await t.ask(one, "/list")).json();
  },
  object: async (thing, request) =>
    request.url.endsWith("/add") ? increment(thing, between) : Response.json(await thing.state.storage.get("count")),
});

export const semantics = {
  "increments-do-not-get-lost": counting(20),
  "increments-with-microtasks": counting(10, async () => {
    for (let turn = 0; turn < 50; turn++) await null;
  }),
  "a-timer-lets-others-in": counting(5, () => pause(20)),
  "a-get-keeps-others-out": noting(["/a", "/b", "/c"], async (thing, path) => {
    thing.notes.push(`${path}1`);
    await thing.state.storage.get("x");
    thing.notes.push(`${path}2`);
    await thing.state.storage.put("x", path);
    thing.notes.push(`${path}3`);
    return done();
  }),
  "a-fetch-lets-others-in": noting(["/a", "/b"], async (thing, path, request) => {
    if (path === "other") return pause(30).then(done);
    thing.notes.push(`${path}1`);
    if (path === "a") await other(thing, request, `${thing.state.id.name}-other`);
    thing.notes.push(`${path}2`);
    return done();
  }),
  "a-long-timer-lets-others-in": noting(["/a", "/b"], async (thing, path) => {
    thing.notes.push(`${path}1`);
    if (path === "a") await pause(50);
    thing.notes.push(`${path}2`);
    return done();
  }),
  "timers-in-their-order": blocking(async () => {
    const seen = [];
    setTimeout(() => seen.push("20"), 20);
    setTimeout(() => seen.push("1"), 1);
    setTimeout(() => seen.push("again 1"), 1);
    queueMicrotask(() => seen.push("microtask"));
    seen.push("at once");
    await pause(50);
    return seen;
  }),
  "reads-its-own-writes": blocking(async (thing) => {
    const { storage } = thing.state;
    storage.put("a", 1);
    const one = storage.get("a");
    storage.put("a", 2);
    storage.delete("b");
    storage.put("b", 3);
    return [await one, await storage.get("a"), [...(await storage.list()).keys()]];
  }),
  "writes-in-one-go-are-atomic-for-others": noting(["/a", "/b"], async (thing, path) => {
    const { storage } = thing.state;
    if (path === "a") {
      storage.put("x", 1);
      storage.put("y", 1);
    } else {
      thing.notes.push(JSON.stringify([await storage.get("x"), await storage.get("y")]));
    }
    return done();
  }),
  "constructed-once-for-many": {
    worker: async (t) => {
      const one = t.stub();
      const answers = await Promise.all(Array.from({ length: 10 }, () => t.ask(one).then((answer) => answer.text())));
      return answers.map(Number).sort((a, b) => a - b);
    },
    object: (thing) => {
      thing.notes.push("call");
      return new Response(String(thing.notes.length));
    },
  },
  "circle-of-two": {
    worker: async (t) => (await t.ask(t.stub(), "/3", { headers: { "x-name": t.name() } })).text(),
    object: async (thing, request) => {
      const left = Number(new URL(request.url).pathname.slice(1));
      thing.notes.push(left);
      if (left === 0) return new Response(`${thing.notes}`);
      const back = thing.state.id.name;
      const next = thing.env.THING.get(thing.env.THING.idFromName(request.headers.get("x-name")));
      const answer = await next.fetch(`http://object.example/${left - 1}`, { headers: { "x-case": request.headers.get("x-case"), "x-name": back } });
      return new Response(`${await answer.text()} < ${thing.notes}`);
    },
  },
  "calls-itself-deep": {
    worker: async (t) => (await t.ask(t.stub(), "/10")).text(),
    object: async (thing, request) => {
      const left = Number(new URL(request.url).pathname.slice(1));
      if (left === 0) return new Response("bottom");
      const own = thing.env.THING.get(thing.state.id);
      return own.fetch(`http://object.example/${left - 1}`, { headers: { "x-case": request.headers.get("x-case") } });
    },
  },
  "error-through-a-circle": {
    worker: async (t) => t.ask(t.stub(), "/outer"),
    object: async (thing, request) => {
      if (request.url.endsWith("/inner")) throw Object.assign(new RangeError("inner"), { code: 3 });
      const own = thing.env.THING.get(thing.state.id);
      return own.fetch("http://object.example/inner", { headers: { "x-case": request.headers.get("x-case") } });
    },
  },
  "caught-and-thrown-on": {
    worker: async (t) => t.ask(t.stub(), "/", { headers: { "x-name": t.name() } }),
    object: async (thing, request) => {
      const name = request.headers.get("x-name");
      if (!name) throw Object.assign(new TypeError("deep"), { code: 1 });
      try {
        return await other(thing, request, name);
      } catch (error) {
        throw new Error(`${error.message} of ${error.remote}`, { cause: error });
      }
    },
  },
  "block-keeps-others-out": noting(["/a", "/b"], async (thing, path) => {
    thing.notes.push(`${path}1`);
    if (path === "a") {
      await thing.state.blockConcurrencyWhile(async () => {
        await pause(40);
        thing.notes.push("inside");
      });
    }
    thing.notes.push(`${path}2`);
    return done();
  }),
  "block-not-awaited": noting(["/a", "/b"], async (thing, path) => {
    thing.notes.push(`${path}1`);
    if (path === "a") {
      thing.state.blockConcurrencyWhile(async () => {
        await pause(40);
        thing.notes.push("inside");
      });
    }
    return done();
  }),
  "block-twice": noting(["/a", "/b"], async (thing, path) => {
    if (path === "a") {
      const { state } = thing;
      await Promise.all([
        state.blockConcurrencyWhile(async () => {
          thing.notes.push("one begins");
          await pause(20);
          thing.notes.push("one ends");
        }),
        state.blockConcurrencyWhile(async () => {
          thing.notes.push("two begins");
          await pause(20);
          thing.notes.push("two ends");
        }),
      ]);
    }
    thing.notes.push(path);
    return done();
  }),
  "block-within-block": blocking((thing) =>
    thing.state.blockConcurrencyWhile(async () => {
      const inner = await thing.state.blockConcurrencyWhile(async () => {
        await pause(5);
        return "inner";
      });
      return ["outer", inner];
    }),
  ),
  "block-begins-when": blocking(async (thing) => {
    const seen = ["before"];
    const promise = thing.state.blockConcurrencyWhile(async () => seen.push("inside"));
    seen.push("after");
    await promise;
    return seen;
  }),
  "block-uses-storage": blocking((thing) =>
    thing.state.blockConcurrencyWhile(async () => {
      await thing.state.storage.put("a", 1);
      await pause(5);
      return thing.state.storage.get("a");
    }),
  ),
  "block-holds-timers-of-others": noting(["/a"], async (thing) => {
    setTimeout(() => thing.notes.push("timer"), 5);
    await pause(1);
    await thing.state.blockConcurrencyWhile(async () => {
      await pause(40);
      thing.notes.push("inside");
    });
    await pause(20);
    return done();
  }),
  "block-holds-answers-of-others": noting(["/a", "/b"], async (thing, path, request) => {
    if (path === "other") return pause(5).then(done);
    if (path === "a") {
      await other(thing, request, `${thing.state.id.name}-other`);
      thing.notes.push("answered");
    } else {
      await thing.state.blockConcurrencyWhile(async () => {
        await other(thing, request, `${thing.state.id.name}-other`);
        await pause(60);
        thing.notes.push("inside");
      });
    }
    return done();
  }),
  "block-fetches": blocking((thing) =>
    thing.state.blockConcurrencyWhile(async () => {
      const inner = thing.env.OTHER.get(thing.env.OTHER.idFromName("inner of a block"));
      return (await inner.fetch("http://object.example/")).text();
    }),
  ),
  "block-one-after-another": noting(["/a", "/b", "/c"], async (thing, path) => {
    await thing.state.blockConcurrencyWhile(async () => {
      thing.notes.push(`${path}1`);
      await pause(5);
      await thing.state.storage.put("x", path);
      thing.notes.push(`${path}2`);
    });
    return done();
  }),
  "block-gives-undefined": blocking(async (thing) => String(await thing.state.blockConcurrencyWhile(async () => {}))),
  "block-no-promise": failing(async (thing) => new Response(String(await thing.state.blockConcurrencyWhile(() => 5)))),
  "block-nothing": failing((thing) => thing.state.blockConcurrencyWhile()),
  "block-no-function": failing((thing) => thing.state.blockConcurrencyWhile(5)),
  "block-throws": failing((thing) =>
    thing.state.blockConcurrencyWhile(() => {
      throw new RangeError("at once");
    }),
  ),
  "block-rejects-with-text": failing((thing) => thing.state.blockConcurrencyWhile(async () => Promise.reject("text"))),
  "block-rejects-with-properties": failing((thing) =>
    thing.state.blockConcurrencyWhile(async () => {
      throw Object.assign(new TypeError("inside"), { code: 5 });
    }),
  ),
  "block-error-cannot-be-caught": failing(async (thing) => {
    try {
      await thing.state.blockConcurrencyWhile(async () => {
        throw new RangeError("inside");
      });
    } catch {
      return new Response("caught");
    }
  }),
  "abort-cannot-be-caught": failing(async (thing) => {
    try {
      thing.state.abort("enough");
    } catch {
      return new Response("caught");
    }
  }),
  "abort-stops-what-was-to-come": {
    worker: async (t) => {
      const one = t.stub(), name = t.name();
      const first = await t.attempt(() => t.ask(one, "/abort", { headers: { "x-name": name } }));
      await pause(60);
      return { first, log: await (await t.ask(t.stub("THING", name), "/log")).text() };
    },
    object: async (thing, request) => {
      const path = new URL(request.url).pathname, name = request.headers.get("x-name");
      if (path === "/log") return new Response(thing.notes.join(" "));
      if (path === "/other") return new Response(String(thing.notes.push("told")));
      setTimeout(() => other(thing, request, name), 10);
      thing.state.abort("enough");
    },
  },
  "waitUntil-goes-on-after-the-answer": {
    worker: async (t) => {
      const one = t.stub();
      const first = await (await t.ask(one, "/first")).text();
      await pause(60);
      return [first, await (await t.ask(one, "/list")).text()];
    },
    object: (thing, request) => {
      if (request.url.endsWith("/list")) return new Response(thing.notes.join(" "));
      thing.state.waitUntil(pause(10).then(() => thing.notes.push("late")));
      return done();
    },
  },
  "waitUntil-may-fail": failing((thing) => {
    thing.state.waitUntil(Promise.reject(new Error("nobody sees it")));
    return done();
  }),
  "waitUntil-no-promise": blocking((thing) => String(thing.state.waitUntil(5))),
  "waitUntil-nothing": failing((thing) => thing.state.waitUntil()),
  "work-goes-on-after-the-answer": {
    worker: async (t) => {
      const one = t.stub();
      await t.ask(one, "/first");
      await pause(60);
      return (await t.ask(one, "/list")).text();
    },
    object: async (thing, request) => {
      if (request.url.endsWith("/list")) return new Response(String(await thing.state.storage.get("late")));
      setTimeout(() => thing.state.storage.put("late", "written"), 10);
      return done();
    },
  },
  "unhandled-rejection-harms-nobody": failing((thing) => {
    Promise.reject(new Error("nobody sees it"));
    return done();
  }),
  "throw-in-a-timer-harms-nobody": failing(async (thing) => {
    setTimeout(() => {
      throw new Error("nobody sees it");
    }, 1);
    await pause(20);
    return done();
  }),
  "answers-of-another": {
    worker: async (t) => (await t.ask(t.stub(), "/", { headers: { "x-name": t.name() } })).text(),
    object: async (thing, request) => {
      const name = request.headers.get("x-name");
      return name ? other(thing, request, name) : new Response("of another", { status: 201 });
    },
  },
  "answers-may-overtake": {
    worker: async (t) => {
      const one = t.stub();
      const order = [];
      await Promise.all(["/slow", "/quick"].map((path) => t.ask(one, path).then(() => order.push(path))));
      return order;
    },
    object: async (thing, request) => {
      if (request.url.endsWith("/slow")) await pause(80);
      return done();
    },
  },
  "many-objects-at-once": {
    worker: async (t) => {
      const answers = await Promise.all(Array.from({ length: 30 }, () => t.ask(t.stub()).then((answer) => answer.text())));
      return answers.every((text) => text === "done");
    },
    object: done,
  },
  "state-shows": blocking((thing) => {
    const { state } = thing;
    return [state.id === state.id, state.storage === state.storage, typeof state.props, Object.prototype.toString.call(state), state.constructor.name];
  }),
  "storage-shows": blocking(({ state }) => [Object.prototype.toString.call(state.storage), state.storage.constructor.name]),
};
