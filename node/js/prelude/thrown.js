// Errors taken apart and put together again, as V8's serialiser does: what a name is of decides the
// class, own properties come along, stacks stay behind.

export const ERRORS = { Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError, AggregateError };

const OF_THE_ENGINE = new Set(["stack", "line", "column", "sourceURL"]);

/** V8 leaves those out. */
function isIndex(key) {
  return /^(?:0|[1-9]\d{0,9})$/.test(key) && Number(key) < 2 ** 32 - 1;
}

/** Own properties, as pairs; the name is one unless it is that of a class. */
export function ownOf(error) {
  const pairs = [];
  if (!Object.hasOwn(ERRORS, error.name)) pairs.push(["name", error.name]);
  for (const key of Object.getOwnPropertyNames(error)) {
    if (key !== "name" && key !== "message" && !OF_THE_ENGINE.has(key) && !isIndex(key)) pairs.push([key, error[key]]);
  }
  return pairs;
}

export function makeError(type, message) {
  const constructor = Object.hasOwn(ERRORS, type) ? ERRORS[type] : Error;
  const error = type === "AggregateError" ? new constructor([], message) : new constructor(message);
  delete error.errors;
  return error;
}

/** Fill in own properties. Where it was put together is nobody's business. */
export function rebuilt(error, pairs) {
  for (const name of ["line", "column", "sourceURL"]) delete error[name];
  for (const [key, value] of pairs) Object.defineProperty(error, key, { value, writable: true, configurable: true, enumerable: true });
  const stack = error.message === "" ? String(error.name) : `${error.name}: ${error.message}`;
  Object.defineProperty(error, "stack", { value: stack, writable: true, configurable: true, enumerable: false });
  return error;
}
