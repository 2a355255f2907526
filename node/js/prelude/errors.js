import { DOMException } from "./exception.js";
import { lazy } from "./shared.js";

const CONSTRUCTORS = { Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError, AggregateError, DOMException };
const OF_THE_ENGINE = new Set(["message", "stack", "line", "column", "sourceURL"]);
const DEPTH_MAX = 8;

let map;

/** Stack lines of user code, by its own files: "    at name (file:line:column)". */
export function userStack(error) {
  const lines = [];
  for (const line of String(error?.stack ?? "").split("\n")) {
    const match = /^(.*?)@?([^@]*):(\d+):(\d+)$/.exec(line);
    if (!match) continue;
    const [, name, file, row, column] = match;
    if (file.startsWith("terrella:")) continue;
    const place = file === setup.bundle ? originalPlace(Number(row), Number(column)) : `${file}:${row}:${column}`;
    if (!place) continue; // a line that scripts/bundle has put there
    lines.push(name ? `    at ${name.replace(/^async /, "async ")} (${place})` : `    at ${place}`);
  }
  return lines.join("\n");
}

function originalPlace(line, column) {
  try {
    map ??= lazy("sourcemap").open(native.sourceMap());
    return map(line, column);
  } catch {
    return `${setup.worker}:${line}:${column}`;
  }
}

/** One line for people. */
export function errorText(error) {
  if (error instanceof Error) return error.message === "" ? String(error.name) : `${error.name}: ${error.message}`;
  try {
    return typeof error === "object" && error !== null ? JSON.stringify(error) : String(error);
  } catch {
    return String(error);
  }
}

function packValue(value, depth) {
  if (value instanceof Error && depth < DEPTH_MAX) return { error: packError(value, depth + 1) };
  if (Array.isArray(value) && value.some((one) => one instanceof Error)) return { list: value.map((one) => packValue(one, depth + 1)) };
  const json = JSON.stringify(value); // throws for what has no JSON
  return json === undefined ? null : { json: JSON.parse(json) };
}

function ownProperties(error, depth) {
  const own = {};
  const names = Object.keys(error);
  for (const name of ["name", "cause", "errors"]) if (Object.hasOwn(error, name) && !names.includes(name)) names.push(name);
  for (const name of names) {
    if (OF_THE_ENGINE.has(name)) continue;
    try {
      const packed = packValue(error[name], depth);
      if (packed) own[name] = packed;
    } catch {
      // a property that cannot travel stays behind
    }
  }
  return own;
}

function constructorOf(error) {
  for (let proto = Object.getPrototypeOf(error); proto; proto = Object.getPrototypeOf(proto)) {
    const name = Object.hasOwn(proto, "constructor") ? proto.constructor?.name : undefined;
    if (name && CONSTRUCTORS[name] === proto.constructor) return name;
  }
  return "Error";
}

function packError(error, depth) {
  const constructor = constructorOf(error);
  const own = constructor === "DOMException" ? { name: { json: error.name } } : ownProperties(error, depth);
  return { constructor, message: String(error.message), own };
}

function packAny(thrown) {
  if (thrown instanceof Error) return { error: packError(thrown, 0) };
  if (typeof thrown === "object" && thrown !== null) {
    try {
      return packValue(thrown, 0) ?? { text: String(thrown) };
    } catch {
      // falls through: only its text can travel
    }
  }
  return { text: String(thrown) };
}

/** The head of OUTCOME_THROWN. `extra` are own properties for the caller; the stack is for the log here. */
export function packThrown(thrown, extra = {}, withStack = false) {
  let packed;
  try {
    packed = packAny(thrown);
  } catch {
    packed = { text: "An error that cannot be shown was thrown." };
  }
  if (Object.keys(extra).length) packed.extra = extra;
  packed.text ??= errorText(thrown);
  if (withStack) packed.stack = userStack(thrown);
  return JSON.stringify(packed);
}

function unpackValue(packed) {
  if (packed.error) return unpackError(packed.error);
  if (packed.list) return packed.list.map((one) => one && unpackValue(one));
  return packed.json;
}

function unpackError({ constructor, message, own }) {
  let error;
  if (constructor === "DOMException") error = new DOMException(message, own.name?.json);
  else if (constructor === "AggregateError") error = new AggregateError(own.errors?.list?.map(unpackValue) ?? own.errors?.json ?? [], message);
  else error = new (CONSTRUCTORS[constructor] ?? Error)(message);
  for (const [name, packed] of Object.entries(own)) {
    if (name === "errors" || (constructor === "DOMException" && name === "name")) continue;
    const hidden = name === "name" || name === "cause";
    Object.defineProperty(error, name, { value: unpackValue(packed), writable: true, configurable: true, enumerable: !hidden });
  }
  for (const name of ["line", "column", "sourceURL"]) delete error[name]; // where it was rebuilt is nobody's business
  Object.defineProperty(error, "stack", { value: errorText(error), writable: true, configurable: true, enumerable: false });
  return error;
}

/** What the calling Worker catches: { value, reset }. */
export function unpackThrown(head, remote = true) {
  const packed = JSON.parse(head);
  if (!packed.error && packed.json !== undefined) return { value: packed.json, reset: false };
  const error = packed.error ? unpackError(packed.error) : unpackError({ constructor: "Error", message: packed.text, own: {} });
  if (remote) error.remote = true;
  Object.assign(error, packed.extra);
  return { value: error, reset: Boolean(packed.extra?.durableObjectReset) };
}
