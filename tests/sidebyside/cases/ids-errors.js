// Bad ids and bad arguments of what makes and compares them.

import { engineText } from "./kinds.js";

const FOO = (env) => env.THING.idFromName("foo").toString();

const parse = (text) => ({ env }) => String(env.THING.idFromString(typeof text === "function" ? text(env) : text));

function flip(text, position) {
  const digit = ((parseInt(text[position], 16) + 1) % 16).toString(16);
  return text.slice(0, position) + digit + text.slice(position + 1);
}

const equals = (other) => ({ env }) => env.THING.idFromName("foo").equals(typeof other === "function" ? other(env) : other);

const called = (action) => ({ env }) => action(env.THING, env);

export const idErrors = {
  "parse-empty": parse(""),
  "parse-1-digit": parse("a"),
  "parse-63-digits": parse((env) => FOO(env).slice(1)),
  "parse-65-digits": parse((env) => FOO(env) + "0"),
  "parse-128-digits": parse((env) => FOO(env) + FOO(env)),
  "parse-32-digits": parse((env) => FOO(env).slice(32)),
  "parse-1-MiB": parse("a".repeat(1 << 20)),
  "parse-not-hex": parse("z".repeat(64)),
  "parse-one-not-hex": parse((env) => FOO(env).slice(0, 63) + "g"),
  "parse-first-not-hex": parse((env) => "g" + FOO(env).slice(1)),
  "parse-leading-space": parse((env) => " " + FOO(env)),
  "parse-trailing-space": parse((env) => FOO(env) + " "),
  "parse-space-for-a-digit": parse((env) => FOO(env).slice(0, 63) + " "),
  "parse-space-first-for-a-digit": parse((env) => " " + FOO(env).slice(1)),
  "parse-newline": parse((env) => FOO(env) + "\n"),
  "parse-nul-inside": parse((env) => FOO(env).slice(0, 63) + "\0"),
  "parse-nul-after": parse((env) => FOO(env) + "\0"),
  "parse-0x": parse((env) => "0x" + FOO(env).slice(2)),
  "parse-sign": parse((env) => "+" + FOO(env).slice(1)),
  "parse-dashes": parse((env) => FOO(env).replace(/(.{8})/, "$1-")),
  "parse-full-width-digits": parse("\uff11".repeat(64)),
  "parse-arabic-digits": parse("\u0661".repeat(64)),
  "parse-lone-surrogate": parse("\ud800".repeat(64)),
  "parse-a-name": parse("foo"),
  "parse-zeros": parse("0".repeat(64)),
  "parse-ones": parse("f".repeat(64)),
  "parse-wrong-mac-last": parse((env) => flip(FOO(env), 63)),
  "parse-wrong-mac-first": parse((env) => flip(FOO(env), 32)),
  "parse-wrong-base-last": parse((env) => flip(FOO(env), 31)),
  "parse-wrong-base-first": parse((env) => flip(FOO(env), 0)),
  "parse-halves-swapped": parse((env) => FOO(env).slice(32) + FOO(env).slice(0, 32)),
  "parse-mac-of-another": ({ env }) => {
    const other = env.THING.idFromName("bar").toString();
    return String(env.THING.idFromString(FOO(env).slice(0, 32) + other.slice(32)));
  },
  "parse-foreign-named": parse((env) => env.OTHER.idFromName("foo").toString()),
  "parse-foreign-unique": parse((env) => env.OTHER.newUniqueId().toString()),
  "parse-unique-changed-start": parse((env) => flip(env.THING.newUniqueId().toString(), 0)),
  "parse-unique-changed-middle": parse((env) => flip(env.THING.newUniqueId().toString(), 16)),
  "parse-unique-changed-mac": parse((env) => flip(env.THING.newUniqueId().toString(), 63)),
  "parse-unique-mac-of-another": ({ env }) => {
    const [one, two] = [env.THING.newUniqueId().toString(), env.THING.newUniqueId().toString()];
    return String(env.THING.idFromString(one.slice(0, 32) + two.slice(32)));
  },
  "parse-nothing": called((space) => space.idFromString()),
  "parse-undefined": parse(undefined),
  "parse-null": parse(null),
  "parse-5": parse(5),
  "parse-bigint": called((space) => space.idFromString(16n ** 63n)),
  "parse-object": parse({}),
  "parse-array": parse([]),
  "parse-symbol": engineText(parse(Symbol("foo"))),
  "parse-throwing-toString": called((space) =>
    space.idFromString({
      toString() {
        throw new RangeError("mine");
      },
    }),
  ),
  "parse-toString-of-no-string": engineText(called((space) => space.idFromString({ toString: () => ({}), valueOf: () => ({}) }))),
  "name-nothing": called((space) => space.idFromName()),
  "name-symbol": engineText(called((space) => space.idFromName(Symbol("foo")))),
  "name-throwing-toString": called((space) =>
    space.idFromName({
      toString() {
        throw new RangeError("mine");
      },
    }),
  ),
  "name-no-prototype": engineText(called((space) => space.idFromName(Object.create(null)))),
  "unique-options-string": called((space) => space.newUniqueId("eu").toString().length),
  "unique-options-number": called((space) => space.newUniqueId(5).toString().length),
  "unique-options-symbol": called((space) => space.newUniqueId(Symbol("x")).toString().length),
  "unique-jurisdiction-unknown": called((space) => space.newUniqueId({ jurisdiction: "moon" }).toString().length),
  "unique-jurisdiction-empty": called((space) => space.newUniqueId({ jurisdiction: "" }).toString().length),
  "unique-jurisdiction-null": called((space) => space.newUniqueId({ jurisdiction: null }).toString().length),
  "unique-jurisdiction-throws": called((space) =>
    space.newUniqueId({
      get jurisdiction() {
        throw new RangeError("mine");
      },
    }),
  ),
  "equals-nothing": called((space) => space.idFromName("foo").equals()),
  "equals-undefined": equals(undefined),
  "equals-null": equals(null),
  "equals-string": equals((env) => FOO(env)),
  "equals-number": equals(5),
  "equals-object": equals({}),
  "equals-lookalike": equals((env) => ({ toString: () => FOO(env), name: "foo" })),
  "equals-stub": equals((env) => env.THING.get(env.THING.idFromName("foo"))),
  "equals-namespace": equals((env) => env.THING),
  "equals-foreign-id": equals((env) => env.OTHER.idFromName("foo")),
  "equals-heir": equals((env) => Object.create(env.THING.idFromName("foo"))),
  "equals-detached": called((space) => {
    const { equals: detached } = space.idFromName("foo");
    return detached(space.idFromName("foo"));
  }),
  "toString-detached": called((space) => {
    const { toString } = space.idFromName("foo");
    return toString();
  }),
  "toString-of-something-else": called((space) => space.idFromName("foo").toString.call({})),
  "idFromName-detached": called((space) => {
    const { idFromName } = space;
    return String(idFromName("foo"));
  }),
  "idFromString-detached": called((space, env) => {
    const { idFromString } = space;
    return String(idFromString(FOO(env)));
  }),
  "newUniqueId-detached": called((space) => {
    const { newUniqueId } = space;
    return newUniqueId().toString().length;
  }),
  "idFromName-on-another-object": called((space) => String(space.idFromName.call({}, "foo"))),
  "constructor-called": called((space) => new (space.idFromName("foo").constructor)("foo")),
  "structuredClone-namespace": called((space) => structuredClone(space)),
  "structuredClone-url": called(() => structuredClone(new URL("http://object.example/"))),
  "structuredClone-inside": called((space) => structuredClone({ list: [space.idFromName("foo")] })),
  "structuredClone": called((space) => structuredClone(space.idFromName("foo"))),
  "not-a-global": () => typeof DurableObjectId,
};
