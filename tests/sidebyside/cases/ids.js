// Good ids: names, text forms, comparison, inspection.

const HEX = /^[0-9a-f]{64}$/;

const named = (name) => ({ env }) => {
  const id = env.THING.idFromName(name);
  return { id: id.toString(), name: id.name, again: env.THING.idFromName(name).equals(id) };
};

const unique = (action) => ({ env }) => action(env.THING.newUniqueId(), env);

export const ids = {
  "name-foo": named("foo"),
  "name-empty": named(""),
  "name-space": named(" "),
  "name-newline": named("a\nb\r\n"),
  "name-case-matters": ({ env }) => env.THING.idFromName("Foo").equals(env.THING.idFromName("foo")),
  "name-nul": named("\0"),
  "name-nul-inside": named("a\0b"),
  "name-latin1": named("é"),
  "name-combining": named("e\u0301"),
  "name-cyrillic": named("ключ"),
  "name-emoji": named("😀"),
  "name-bom": named("\ufeffx"),
  "name-non-character": named("\uffff"),
  "name-lone-high": named("\ud800"),
  "name-lone-low": named("\udc00"),
  "name-lone-high-inside": named("a\udbffb"),
  "name-low-before-high": named("\udc00\ud800"),
  "name-two-highs-and-low": named("\ud83d\ud83d\ude00"),
  "name-replacement-differs": ({ env }) => env.THING.idFromName("\ud800").equals(env.THING.idFromName("\ufffd")),
  "name-31-bytes": named("x".repeat(31)),
  "name-64-bytes": named("x".repeat(64)),
  "name-65-bytes": named("x".repeat(65)),
  "name-100-KiB": named("y".repeat(100 << 10)),
  "name-1-MiB": named("z".repeat(1 << 20)),
  "name-1-MiB-wide": named("é".repeat(1 << 19)),
  "name-like-an-id": named("0".repeat(64)),
  "name-undefined": named(undefined),
  "name-null": named(null),
  "name-5": named(5),
  "name-minus-zero": named(-0),
  "name-NaN": named(NaN),
  "name-true": named(true),
  "name-bigint": named(10n ** 30n),
  "name-object": named({}),
  "name-array": named([1, [2, 3]]),
  "name-toString": named({ toString: () => "foo" }),
  "name-valueOf": named({ valueOf: () => "foo" }),
  "name-toPrimitive": named({ [Symbol.toPrimitive]: (hint) => `by ${hint}` }),
  "name-String-object": named(new String("foo")),
  "name-of-an-id": ({ env }) => {
    const id = env.THING.idFromName("foo");
    return env.THING.idFromName(id).equals(env.THING.idFromName(String(id)));
  },
  "name-extra-arguments": ({ env }) => String(env.THING.idFromName("foo", "bar", 3)),
  "name-other-namespace": ({ env }) => String(env.OTHER.idFromName("foo")),
  "name-two-namespaces-differ": ({ env }) => env.OTHER.idFromName("foo").equals(env.THING.idFromName("foo")),
  "from-string": ({ env }) => {
    const id = env.THING.idFromName("foo");
    const parsed = env.THING.idFromString(id.toString());
    return { id: parsed.toString(), equal: [parsed.equals(id), id.equals(parsed)], same: parsed === id, name: parsed.name };
  },
  "from-string-upper-case": ({ env }) => {
    const id = env.THING.idFromName("foo");
    return env.THING.idFromString(id.toString().toUpperCase()).toString() === id.toString();
  },
  "from-string-mixed-case": ({ env }) => {
    const text = env.THING.idFromName("foo").toString();
    return String(env.THING.idFromString(text.slice(0, 32).toUpperCase() + text.slice(32))) === text;
  },
  "from-string-of-an-id": ({ env }) => {
    const id = env.THING.idFromName("foo");
    return env.THING.idFromString(id).equals(id);
  },
  "from-string-of-an-object": ({ env }) => {
    const id = env.THING.idFromName("foo");
    return env.THING.idFromString({ toString: () => id.toString() }).equals(id);
  },
  "unique-text": unique((id) => HEX.test(id.toString())),
  "unique-name": unique((id) => id.name),
  "unique-parses": unique((id, env) => env.THING.idFromString(id.toString()).equals(id)),
  "unique-upper-case-parses": unique((id, env) => env.THING.idFromString(String(id).toUpperCase()).equals(id)),
  "unique-differ": ({ env }) => {
    const texts = new Set();
    for (let count = 0; count < 1000; count++) texts.add(env.THING.newUniqueId().toString());
    return texts.size;
  },
  "unique-differ-in-bits": ({ env }) => {
    // At least 112 random bits: no 30 hex digits in a row of the first 32 may be shared by two.
    const starts = new Set();
    for (let count = 0; count < 100; count++) starts.add(env.THING.newUniqueId().toString().slice(4, 32));
    return starts.size;
  },
  "unique-options-undefined": ({ env }) => HEX.test(String(env.THING.newUniqueId(undefined))),
  "unique-options-null": ({ env }) => HEX.test(String(env.THING.newUniqueId(null))),
  "unique-options-empty": ({ env }) => HEX.test(String(env.THING.newUniqueId({}))),
  "unique-options-unknown": ({ env }) => HEX.test(String(env.THING.newUniqueId({ colour: "red" }))),
  "unique-jurisdiction-undefined": ({ env }) => HEX.test(String(env.THING.newUniqueId({ jurisdiction: undefined }))),
  "equals-itself": ({ env }) => {
    const id = env.THING.idFromName("foo");
    return id.equals(id);
  },
  "equals-other-name": ({ env }) => env.THING.idFromName("foo").equals(env.THING.idFromName("bar")),
  "equals-unique": unique((id, env) => [id.equals(env.THING.newUniqueId()), id.equals(id)]),
  "equals-ignores-name": ({ env }) => {
    const id = env.THING.idFromName("foo");
    return id.equals(env.THING.idFromString(String(id)));
  },
  "json-of-a-named-id": ({ env }) => JSON.stringify({ id: env.THING.idFromName("foo") }),
  "json-of-a-unique-id": unique((id) => JSON.stringify({ id })),
  "json-of-a-parsed-id": ({ env }) => JSON.stringify(env.THING.idFromString(String(env.THING.idFromName("foo")))),
  "text-forms": ({ env }) => {
    const id = env.THING.idFromName("foo");
    return [`${id}`, id + "", String(id), [id].join()].map((text) => text === id.toString());
  },
  "tag": unique((id) => Object.prototype.toString.call(id)),
  "type": unique((id) => [typeof id, id.constructor.name]),
  "own-keys-named": ({ env }) => Object.keys(env.THING.idFromName("foo")),
  "own-keys-unique": unique((id) => Object.keys(id)),
  "prototype-keys": unique((id) => Object.getOwnPropertyNames(Object.getPrototypeOf(id)).sort()),
  "name-is-in": ({ env }) => {
    const id = env.THING.idFromName("foo");
    return ["name" in id, "name" in env.THING.newUniqueId(), Object.hasOwn(id, "name")];
  },
  "name-cannot-be-set": ({ env }) => {
    const id = env.THING.idFromName("foo");
    try {
      id.name = "bar";
    } catch (thrown) {
      return [id.name, thrown.name];
    }
    return [id.name, "no error"];
  },
  "may-carry-properties": unique((id) => {
    id.colour = "red";
    return id.colour;
  }),
  "as-map-key": ({ env }) => new Map([[env.THING.idFromName("foo"), 1]]).has(env.THING.idFromName("foo")),
  "strict-equality": ({ env }) => env.THING.idFromName("foo") === env.THING.idFromName("foo"),
  "name-survives-get": ({ env }) => env.THING.get(env.THING.idFromName("foo")).id.name,
  "inside-a-named-object": {
    worker: async (t) => {
      const stub = t.stub();
      const seen = await (await t.ask(stub)).json();
      return { sameId: seen.id === String(stub.id), name: seen.name };
    },
    object: (thing) => Response.json({ id: String(thing.state.id), name: thing.state.id.name }),
  },
  "inside-lone-surrogate": {
    worker: async (t) => (await t.ask(t.env.THING.get(t.env.THING.idFromName(`\ud800${t.name()}`), t.options))).json(),
    object: (thing) => Response.json(thing.state.id.name),
  },
  "inside-a-unique-object": {
    worker: async (t) => {
      const id = t.env.THING.newUniqueId();
      const seen = await (await t.ask(t.env.THING.get(id, t.options))).json();
      return { same: seen.id === String(id), hasName: "name" in seen };
    },
    object: (thing) => Response.json({ id: String(thing.state.id), name: thing.state.id.name }),
  },
  "inside-reached-by-text-first": {
    worker: async (t) => {
      const named = t.env.THING.idFromName(t.name());
      const parsed = t.env.THING.idFromString(String(named));
      const first = await (await t.ask(t.env.THING.get(parsed, t.options))).json();
      const second = await (await t.ask(t.env.THING.get(named, t.options))).json();
      return { first, second };
    },
    object: (thing) => Response.json({ name: thing.state.id.name ?? null }),
  },
  "inside-id-equals": {
    worker: async (t) => (await t.ask(t.stub("THING", t.name()), "/", { headers: { "x-name": `${t.nonce}-${t.case}-0` } })).json(),
    object: (thing, request) => {
      const made = thing.env.THING.idFromName(request.headers.get("x-name"));
      return Response.json([made.equals(thing.state.id), thing.state.id.equals(made), String(made) === String(thing.state.id)]);
    },
  },
};
