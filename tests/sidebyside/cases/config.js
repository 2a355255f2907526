// What a Worker finds of its configuration: vars of all types, several bindings of one class.

const names = ["GREETING", "EMPTY", "NUMBER", "FLAG", "LIST", "TABLE"];

export const config = {
  "types": ({ env }) => names.map((name) => typeof env[name]),
  "values": ({ env }) => names.map((name) => env[name]),
  "lists": ({ env }) => [Array.isArray(env.LIST), env.LIST.length, Object.isFrozen(env.LIST)],
  "tables": ({ env }) => [Object.getPrototypeOf(env.TABLE) === Object.prototype, Object.isFrozen(env.TABLE), Object.keys(env.TABLE)],
  "the-same-table": ({ env }) => env.TABLE === env.TABLE,
  "a-table-can-be-changed": ({ env, nonce }) => {
    env.TABLE.inner.note = nonce;
    const { note } = env.TABLE.inner;
    delete env.TABLE.inner.note;
    return note;
  },
  "a-var-can-be-set": ({ env }) => {
    env.NOTE = 1;
    const seen = [env.NOTE, "NOTE" in env];
    delete env.NOTE;
    return [...seen, "NOTE" in env];
  },
  "descriptor": ({ env }) => Object.getOwnPropertyDescriptor(env, "GREETING"),
  "in": ({ env }) => ["GREETING" in env, "NOT_THERE" in env, Object.hasOwn(env, "THING")],
  "imported": async ({ env }) => {
    const { env: imported } = await import("cloudflare:workers"); // Node reads this file as well
    return [names.map((name) => imported[name] === env[name]), typeof imported.THING.idFromName];
  },
  "in-an-object": {
    object: (thing) => Response.json(["THING", "NOT_THERE", ...names].map((name) => [name in thing.env, typeof thing.env[name]])),
  },
  "one-class-twice-one-id": ({ env }) => String(env.THING.idFromName("x")) === String(env.AGAIN.idFromName("x")),
  "one-class-twice-ids-are-equal": ({ env }) => env.THING.idFromName("x").equals(env.AGAIN.idFromName("x")),
  "one-class-twice-ids-are-taken": ({ env }) => String(env.AGAIN.get(env.THING.idFromName("x")).id) === String(env.THING.idFromName("x")),
  "one-class-twice-one-object": {
    worker: async (t) => {
      const name = t.name();
      const count = async (space) => (await t.ask(t.stub(space, name))).text();
      return [await count("THING"), await count("AGAIN"), await count("THING")];
    },
    object: (thing) => new Response(String((thing.seen = (thing.seen ?? 0) + 1))),
  },
};
