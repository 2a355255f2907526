// What the files of the prelude share: who may construct what, and errors in workerd's words.

/** First argument of constructors that user code must not call. */
export const INTERNAL = Symbol("internal");

export function illegalUnless(token) {
  if (token !== INTERNAL) throw new TypeError("Illegal constructor");
}

export function wrongArgument(method, on, index, type) {
  return new TypeError(`Failed to execute '${method}' on '${on}': parameter ${index} is not of type '${type}'.`);
}

export function wrongConstruct(name, index, type) {
  return new TypeError(`Failed to construct '${name}': constructor parameter ${index} is not of type '${type}'.`);
}

/** Define globals as classes and functions are: not enumerable, replaceable. */
export function define(values) {
  for (const [name, value] of Object.entries(values)) {
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });
  }
}

/** A global that is made when it is first touched. */
export function defineLazy(name, make) {
  Object.defineProperty(globalThis, name, {
    configurable: true,
    enumerable: false,
    get() {
      const value = make();
      define({ [name]: value });
      return value;
    },
    set(value) {
      define({ [name]: value });
    },
  });
}

const parts = new Map();

/** A part of the prelude that most Workers do not need. */
export function lazy(name) {
  let part = parts.get(name);
  if (!part) parts.set(name, (part = native.require(name)));
  return part;
}

const hosts = new Map(); // prototype -> name, of the classes that are not JavaScript's own

/** What structured cloning calls an object of ours; undefined for others. */
export function hostName(value) {
  for (let proto = Object.getPrototypeOf(value); proto; proto = Object.getPrototypeOf(proto)) {
    const name = hosts.get(proto);
    if (name) return name;
  }
  return undefined;
}

export function tag(constructor, name = constructor.name) {
  hosts.set(constructor.prototype, name);
  Object.defineProperty(constructor.prototype, Symbol.toStringTag, { value: name, configurable: true });
}

const ILLEGAL = "Illegal invocation: function called with incorrect `this` reference. See https://developers.cloudflare.com/workers/observability/errors/#illegal-invocation-errors for details.";

/** For methods: whether `this` is what it should be. */
export function legal(condition) {
  if (!condition) throw illegalInvocation();
}

export function illegalInvocation() {
  return new TypeError(ILLEGAL);
}

/** An init of a constructor or method: nothing, or an object. `refuse` makes the error. */
export function initOf(init, refuse) {
  if (init === undefined || init === null) return {};
  if (typeof init !== "object" && typeof init !== "function") throw refuse();
  return init;
}

/** ToString, with workerd's words for what has none. */
export function toText(value) {
  if (typeof value === "symbol") throw new TypeError("Cannot convert a Symbol value to a string");
  return `${value}`;
}
