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

export function tag(constructor, name = constructor.name) {
  Object.defineProperty(constructor.prototype, Symbol.toStringTag, { value: name, configurable: true });
}

/** ToString, with workerd's words for what has none. */
export function toText(value) {
  if (typeof value === "symbol") throw new TypeError("Cannot convert a Symbol value to a string");
  return `${value}`;
}
