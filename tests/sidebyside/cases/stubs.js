// Stubs: what they show, and what their fetch takes.

import { engineText } from "./kinds.js";

const stub = (action) => (t) => action(t.stub(), t);

const url = (value) => async (t) => (await t.stub("ECHO").fetch(value)).json().then(({ url }) => url);

const init = (value, target = "http://object.example/") => (t) => t.echo(target, value);

const countCalls = (thing) => {
  thing.notes.push("call");
  return new Response(String(thing.notes.length));
};

// Notes the paths that it is asked for, in order; "/list" tells them.
const notePaths = (thing, request) => {
  const path = new URL(request.url).pathname;
  if (path !== "/list") thing.notes.push(path.slice(1));
  return new Response(thing.notes.join(" "));
};

export const stubs = {
  "tag": stub((one) => Object.prototype.toString.call(one)),
  "type": stub((one) => [typeof one, one.constructor.name]),
  "id": stub((one, { env }) => one.id.equals(env.THING.idFromString(String(one.id)))),
  "id-is-the-id": ({ env }) => {
    const id = env.THING.idFromName("foo");
    return env.THING.get(id).id === id;
  },
  "id-same-each-time": stub((one) => one.id === one.id),
  "name": stub((one) => one.name),
  "name-of-a-unique-id": ({ env }) => env.THING.get(env.THING.newUniqueId()).name,
  "name-of-a-parsed-id": ({ env }) => env.THING.get(env.THING.idFromString(String(env.THING.idFromName("foo")))).name,
  "id-cannot-be-set": stub((one) => {
    try {
      one.id = 5;
    } catch (thrown) {
      return thrown.name;
    }
    return typeof one.id;
  }),
  "json": ({ env }) => JSON.stringify(env.THING.get(env.THING.idFromName("foo"))),
  "json-of-a-unique-id": ({ env }) => JSON.stringify(env.THING.get(env.THING.newUniqueId())),
  "text": stub((one) => [String(one), `${one}`]),
  "own-keys": stub((one) => Object.keys(one)),
  "name-cannot-be-set": stub((one) => {
    try {
      one.name = 5;
    } catch (thrown) {
      return [thrown.name, typeof one.name];
    }
    return ["no error", typeof one.name];
  }),
  "spread": stub((one) => Object.keys({ ...one })),
  "structuredClone": stub((one) => structuredClone(one)),
  "not-a-promise": async (t) => typeof (await t.stub()).fetch,
  "fetch-gives-a-promise": stub((one, t) => {
    const promise = t.ask(one);
    promise.catch(() => {});
    return promise instanceof Promise;
  }),
  "fetch-gives-a-response": {
    worker: async (t) => {
      const response = await t.ask(t.stub());
      return [response instanceof Response, response.status, response.ok, response.statusText, response.type, response.redirected];
    },
    object: () => new Response("hi"),
  },
  "url-plain": url("http://object.example/a/b?c=d"),
  "url-https": url("https://object.example/x"),
  "url-object": url(new URL("http://object.example/y?z")),
  "url-fragment": url("http://object.example/a#frag"),
  "url-no-path": url("http://object.example"),
  "url-query-only": url("http://object.example?x"),
  "url-upper-case": url("HTTP://OBJECT.Example/Path"),
  "url-dots": url("http://object.example/a/../b/./c"),
  "url-port": url("http://object.example:8080/"),
  "url-default-port": url("http://object.example:80/"),
  "url-user": url("http://me:secret@object.example/"),
  "url-space": url("http://object.example/a b"),
  "url-escapes": url("http://object.example/%41%2f%zz"),
  "url-unicode": url("http://object.example/é/😀?ü=ö"),
  "url-idn": url("http://bücher.example/"),
  "url-ip6": url("http://[::1]/"),
  "url-ip4-short": url("http://127.1/"),
  "url-tabs": url("http://obj\tect.example/\n"),
  "url-surrounding-spaces": url("  http://object.example/  "),
  "url-backslash": url("http:\\\\object.example\\a"),
  "url-long": async (t) => (await t.echo(`http://object.example/${"a".repeat(8000)}`)).url.length,
  "url-toString": url({ toString: () => "http://object.example/mine" }),
  "url-relative": url("/foo"),
  "url-relative-no-slash": url("foo"),
  "url-empty": url(""),
  "url-no-host": url("http://"),
  "url-bad-port": url("http://object.example:99999/"),
  "url-bad-host": url("http://a b/"),
  "url-ftp": url("ftp://host.example/"),
  "url-data": async (t) => (await t.stub("ECHO").fetch("data:text/plain,hi")).text(),
  "url-data-forms": async (t) => {
    const seen = [];
    for (const data of ["data:,a%20b", "data:;base64,aGk=", "data:text/html;charset=x;base64,aGk", "data:text/plain;base64,%%", "data:TEXT/HTML,é#frag", "data:bad,x", "DATA:text/plain,hi"]) {
      const response = await t.stub("ECHO").fetch(data);
      seen.push([response.status, response.headers.get("content-type"), await response.text()]);
    }
    return seen;
  },
  "url-data-bad": async (t) => (await t.stub("ECHO").fetch("data:x")).text(),
  "url-about": url("about:blank"),
  "url-file": url("file:///etc/passwd"),
  "url-javascript": url("javascript:1"),
  "url-ws": url("ws://object.example/"),
  "url-undefined": url(undefined),
  "url-null": url(null),
  "url-number": url(5),
  "url-symbol": engineText(url(Symbol("x"))),
  "url-nothing": (t) => t.stub("ECHO").fetch(),
  "url-throws": url({
    toString() {
      throw new RangeError("mine");
    },
  }),
  "bad-url-rejects-and-does-not-throw": (t) => {
    const promise = t.stub("ECHO").fetch("/foo");
    promise.catch(() => {});
    return promise instanceof Promise;
  },
  "fetch-detached": async (t) => {
    const { fetch } = t.stub("ECHO");
    return (await fetch("http://object.example/")).status;
  },
  "init-null": init(null),
  "init-undefined": init(undefined),
  "init-string": init("POST"),
  "init-number": init(5),
  "init-unknown-member": init({ colour: "red" }),
  "init-redirect-error": init({ redirect: "error" }),
  "init-redirect-unknown": init({ redirect: "sideways" }),
  "init-cf": init({ cf: { colo: "XXX" } }),
  "init-aborted-signal": async (t) => t.echo("http://object.example/", { signal: AbortSignal.abort() }),
  "init-aborted-signal-reason": async (t) => t.echo("http://object.example/", { signal: AbortSignal.abort(new RangeError("mine")) }),
  "init-signal-wrong": init({ signal: 5 }),
  "in-order": {
    worker: async (t) => {
      const one = t.stub();
      const answers = [];
      for (let number = 0; number < 30; number++) answers.push(t.ask(one, `/${number}`));
      await Promise.all(answers);
      return (await t.ask(one, "/list")).text();
    },
    object: notePaths,
  },
  "in-order-with-bodies": {
    worker: async (t) => {
      const one = t.stub();
      const answers = [];
      for (let number = 0; number < 10; number++) {
        answers.push(t.ask(one, `/${number}`, { method: "POST", body: "b".repeat(number % 3 ? 10 : 100000) }));
      }
      await Promise.all(answers);
      return (await t.ask(one, "/list")).text();
    },
    object: notePaths,
  },
  "two-stubs-one-object": {
    worker: async (t) => {
      const name = t.name();
      await t.ask(t.stub("THING", name));
      return (await t.ask(t.stub("THING", name))).text();
    },
    object: countCalls,
  },
  "two-names-two-objects": {
    worker: async (t) => {
      await t.ask(t.stub());
      return (await t.ask(t.stub())).text();
    },
    object: countCalls,
  },
  "unique-object-keeps-state": {
    worker: async (t) => {
      const one = t.env.THING.get(t.env.THING.newUniqueId(), t.options);
      await t.ask(one);
      return (await t.ask(one)).text();
    },
    object: countCalls,
  },
  "from-an-object": {
    worker: async (t) => (await t.ask(t.stub(), "/", { headers: { "x-name": t.name() } })).text(),
    object: async (thing, request) => {
      const name = request.headers.get("x-name");
      if (!name) return new Response(`inner ${thing.state.id.name}`);
      const inner = thing.env.THING.get(thing.env.THING.idFromName(name));
      return inner.fetch("http://object.example/", { headers: { "x-case": request.headers.get("x-case") } });
    },
  },
  "object-calls-itself": {
    worker: async (t) => (await t.ask(t.stub(), "/outer")).text(),
    object: async (thing, request) => {
      if (request.url.endsWith("/inner")) return new Response("inner");
      const own = thing.env.THING.get(thing.state.id);
      const answer = await own.fetch("http://object.example/inner", { headers: { "x-case": request.headers.get("x-case") } });
      return new Response(`outer ${await answer.text()}`);
    },
  },
};
