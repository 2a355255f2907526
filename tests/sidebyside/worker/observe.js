// Turns any value, or anything thrown, into plain JSON that two engines can be compared by.
// Nothing engine-specific may get in: no stacks, no positions, only enumerable own properties.

const ERROR_TYPES = [EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError, AggregateError, Error];
const LONG = 200;

function typeOfError(error) {
  const prototype = Object.getPrototypeOf(error);
  const exact = ERROR_TYPES.find((type) => type.prototype === prototype);
  if (exact) return exact.name;
  return `other, a ${ERROR_TYPES.find((type) => error instanceof type).name}`;
}

export function isError(value) {
  return value instanceof Error || Object.prototype.toString.call(value) === "[object Error]";
}

function observeError(error, depth) {
  const seen = { type: error instanceof Error ? typeOfError(error) : "no Error" };
  seen.name = String(error.name);
  seen.message = observe(error.message, depth + 1);
  for (const key of Object.keys(error).sort()) {
    if (!["name", "message", "stack"].includes(key)) seen[`own ${key}`] = observe(error[key], depth + 1);
  }
  // A DOMException has its code as its own or by its class.
  if (typeof error.code === "number") seen["own code"] = error.code;
  if (Object.hasOwn(error, "cause") && !("own cause" in seen)) seen["own cause"] = observe(error.cause, depth + 1);
  if (Object.hasOwn(error, "errors") && !("own errors" in seen)) seen["own errors"] = observe(error.errors, depth + 1);
  return seen;
}

function observeBytes(bytes) {
  let sum = 0;
  for (const byte of bytes) sum = (sum * 31 + byte) >>> 0;
  const hex = Array.from(bytes.subarray(0, 32), (byte) => byte.toString(16).padStart(2, "0")).join("");
  return { bytes: bytes.length, start: hex, sum };
}

function observeObject(value, depth) {
  if (depth > 6) return "(deep)";
  if (isError(value)) return { error: observeError(value, depth) };
  if (Array.isArray(value)) return value.map((item) => observe(item, depth + 1));
  if (value instanceof Date) return { date: String(value.getTime()) };
  if (value instanceof RegExp) return { regexp: String(value) };
  if (value instanceof Map) {
    return { map: [...value].map(([key, item]) => [observe(key, depth + 1), observe(item, depth + 1)]) };
  }
  if (value instanceof Set) return { set: [...value].map((item) => observe(item, depth + 1)) };
  if (value instanceof ArrayBuffer) return { arrayBuffer: observeBytes(new Uint8Array(value)) };
  if (ArrayBuffer.isView(value)) {
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    return { [value.constructor.name]: observeBytes(bytes) };
  }
  const seen = {};
  for (const key of Object.keys(value)) seen[key] = observe(value[key], depth + 1);
  return seen;
}

export function observe(value, depth = 0) {
  switch (typeof value) {
    case "string":
      return value.length <= LONG ? value : { string: value.length, start: value.slice(0, 40), end: value.slice(-20) };
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0) ? value : { number: Object.is(value, -0) ? "-0" : String(value) };
    case "undefined":
      return { undefined: true };
    case "bigint":
      return { bigint: String(value) };
    case "symbol":
    case "function":
      return { [typeof value]: true };
    case "object":
      return value === null ? null : observeObject(value, depth);
    default:
      return value;
  }
}

// What was thrown: an error as such, anything else by its value.
export function observeThrown(thrown) {
  return isError(thrown) ? observeError(thrown, 0) : { "not an error": observe(thrown) };
}

// Run something that may throw or reject; the observation says which.
export async function attempt(action) {
  let value;
  try {
    value = action();
  } catch (thrown) {
    return { threw: observeThrown(thrown) };
  }
  if (typeof value?.then !== "function") return observe(value);
  try {
    return observe(await value);
  } catch (thrown) {
    return { rejected: observeThrown(thrown) };
  }
}

export async function observeResponse(response) {
  const body = new Uint8Array(await response.arrayBuffer());
  let text = "";
  for (const byte of body.subarray(0, LONG + 1)) text += String.fromCharCode(byte);
  const seen = { status: response.status, headers: observe([...response.headers].filter(([name]) => name !== "date")) };
  if (body.length > LONG || /[^\n -~]/.test(text)) seen.body = observeBytes(body);
  else seen.body = text;
  return seen;
}
