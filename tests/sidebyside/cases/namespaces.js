// Bindings and what namespaces offer beside ids: get, getByName, jurisdiction.

import { engineText } from "./kinds.js";

const called = (action) => (t) => action(t.env.THING, t.env, t);

const get = (argument) => called((space, env) => typeof space.get(typeof argument === "function" ? argument(env) : argument));

const options = (value) => called((space) => typeof space.get(space.idFromName("foo"), value).fetch);

const mine = {
  get locationHint() {
    throw new RangeError("mine");
  },
};

export const namespaces = {
  "tag": called((space) => Object.prototype.toString.call(space)),
  "type": called((space) => [typeof space, space.constructor.name]),
  "own-keys": called((space) => Object.keys(space)),
  "methods": called((space) => {
    const wanted = ["newUniqueId", "idFromName", "idFromString", "get", "getByName", "jurisdiction"];
    return wanted.map((name) => typeof space[name]);
  }),
  "env-keys": called((space, env) => Object.keys(env).sort()),
  "vars": called((space, env) => env.GREETING),
  "missing-binding": called((space, env) => env.NOT_THERE),
  "same-binding-twice": called((space, env) => space === env.THING),
  "json": called((space) => JSON.stringify(space)),
  "not-a-global": () => [typeof DurableObjectNamespace, typeof DurableObjectStub],
  "get": called((space) => typeof space.get(space.idFromName("foo")).fetch),
  "get-makes-new-stubs": called((space) => {
    const id = space.idFromName("foo");
    return space.get(id) === space.get(id);
  }),
  "get-nothing": called((space) => space.get()),
  "get-undefined": get(undefined),
  "get-null": get(null),
  "get-string": get("foo"),
  "get-id-text": get((env) => String(env.THING.idFromName("foo"))),
  "get-number": get(5),
  "get-object": get({}),
  "get-lookalike": get((env) => ({ toString: () => String(env.THING.idFromName("foo")), name: "foo" })),
  "get-stub": get((env) => env.THING.get(env.THING.idFromName("foo"))),
  "get-namespace": get((env) => env.THING),
  "get-foreign-named-id": get((env) => env.OTHER.idFromName("foo")),
  "get-foreign-unique-id": get((env) => env.OTHER.newUniqueId()),
  "get-detached": called((space) => {
    const { get: detached } = space;
    return typeof detached(space.idFromName("foo"));
  }),
  "get-options-undefined": options(undefined),
  "get-options-null": options(null),
  "get-options-empty": options({}),
  "get-options-string": options("weur"),
  "get-options-number": options(5),
  "get-options-hint": options({ locationHint: "weur" }),
  "get-options-hint-undefined": options({ locationHint: undefined }),
  "get-options-hint-null": options({ locationHint: null }),
  "get-options-hint-number": options({ locationHint: 5 }),
  "get-options-hint-empty": options({ locationHint: "" }),
  "get-options-hint-unknown": options({ locationHint: "moon" }),
  "get-options-hint-throws": options(mine),
  "get-options-unknown": options({ colour: "red" }),
  "get-by-name": called((space) => {
    const stub = space.getByName("foo");
    return [String(stub.id), stub.id.name, stub.name];
  }),
  "get-by-name-nothing": called((space) => space.getByName()),
  "get-by-name-undefined": called((space) => space.getByName(undefined).name),
  "get-by-name-null": called((space) => space.getByName(null).name),
  "get-by-name-5": called((space) => space.getByName(5).name),
  "get-by-name-empty": called((space) => space.getByName("").name),
  "get-by-name-symbol": engineText(called((space) => space.getByName(Symbol("x")))),
  "get-by-name-id": called((space) => space.getByName(space.idFromName("foo")).name),
  "get-by-name-hint": called((space) => space.getByName("foo", { locationHint: "weur" }).name),
  "get-by-name-options-string": called((space) => space.getByName("foo", "weur").name),
  "get-by-name-same-object": {
    worker: async (t) => {
      const name = t.name();
      await t.ask(t.env.THING.getByName(name, t.options));
      return (await t.ask(t.env.THING.get(t.env.THING.idFromName(name)))).text();
    },
    object: (thing) => {
      thing.notes.push("call");
      return new Response(`${thing.state.id.name} ${thing.notes.length}`);
    },
  },
  "jurisdiction-eu": called((space) => typeof space.jurisdiction("eu").idFromName),
  "jurisdiction-fedramp": called((space) => typeof space.jurisdiction("fedramp").idFromName),
  "jurisdiction-unknown": called((space) => typeof space.jurisdiction("moon")),
  "jurisdiction-nothing": called((space) => typeof space.jurisdiction()),
  "jurisdiction-undefined": called((space) => typeof space.jurisdiction(undefined)),
  "jurisdiction-null": called((space) => typeof space.jurisdiction(null)),
  "jurisdiction-number": called((space) => typeof space.jurisdiction(5)),
  "jurisdiction-ids-differ": called((space) => space.jurisdiction("eu").idFromName("foo").equals(space.idFromName("foo"))),
  "jurisdiction-unique": called((space) => space.newUniqueId({ jurisdiction: "eu" }).toString().length),
  "two-namespaces-two-objects": async (t) => {
    const name = t.name();
    const other = await t.stub("OTHER", name).fetch("http://x.example/");
    return [await other.text(), (await t.echo()).method];
  },
};
