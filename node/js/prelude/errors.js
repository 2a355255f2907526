import { describe } from "./describe.js";
import { DOMException } from "./exception.js";
import { packStored, unpackStored } from "./pack.js";
import { lazy } from "./shared.js";
import { ERRORS, makeError, ownOf, rebuilt } from "./thrown.js";

// An error travels as JSON: { error: { type, message, own } } or { value } for other objects, with
// `extra`, what the caller is told besides. `text` and `stack` are for logs. `own` and `value` are
// packed as values of storage are; if that cannot be done, only type and message travel.

const LOG_TEXT_MAX = 2000;
export const CAUSES_MAX = 5;
const HEAD_BYTES_MAX = 128 << 10; // of what travels, see common/limits.h

let map;

/** The calls of a stack that are in user code: { name, place: { file, line, column } }. */
export function userFrames(error) {
  const frames = [], isShell = shellFinder();
  for (const line of String(error?.stack ?? "").split("\n")) {
    const match = /^(.*?)@?([^@]*):(\d+):(\d+)$/.exec(line);
    if (!match) continue;
    const [, name, file, row, column] = match;
    if (file.startsWith("terrella:")) continue;
    const at = { file, line: Number(row), column: Number(column) };
    const place = file === setup.bundle ? originalPlace(at) : at;
    if (!place) continue; // it is a line that scripts/bundle has put there
    const frame = { name, place };
    if (!isShell(frame, frames.at(-1))) frames.push(frame);
  }
  return frames;
}

/** Tells whether a frame is an async function's beginning, which the engine shows after where it is. */
function shellFinder() {
  let sources; // read at most once for a stack: they may be long
  return ({ name, place }, inner) => {
    if (!inner || inner.name !== name || inner.place.file !== place.file) return false;
    try {
      sources ??= lazy("sourcemap").sourcesOf(native.sourceMap());
      const line = sources.get(place.file).split("\n")[place.line - 1];
      return /\basync\b[^;{}]*$/.test(line.slice(0, place.column - 1));
    } catch {
      return false;
    }
  };
}

/** The same as text, by the user's own files: "    at name (file:line:column)". */
export function userStack(error) {
  return userFrames(error)
    .map(({ name, place: { file, line, column } }) => (name ? `    at ${name} (${file}:${line}:${column})` : `    at ${file}:${line}:${column}`))
    .join("\n");
}

/** No code of the user's runs for it. */
function causeOf(error) {
  return typeof error === "object" && error !== null ? Object.getOwnPropertyDescriptor(error, "cause")?.value : undefined;
}

/** Its stack, and what it was caused by, each with its own. */
export function fullStack(error) {
  const lines = [userStack(error)];
  let cause = causeOf(error);
  for (let count = 0; cause !== undefined && count < CAUSES_MAX; count++, cause = causeOf(cause)) {
    lines.push(`  [cause]: ${errorText(cause)}`, userStack(cause).replace(/^/gm, "  ").trimEnd());
  }
  return lines.filter(Boolean).join("\n");
}

function originalPlace({ line, column }) {
  try {
    map ??= lazy("sourcemap").open(native.sourceMap());
    return map(line, column);
  } catch {
    return { file: setup.worker, line, column };
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

function bareError(error) {
  const name = error instanceof DOMException ? "DOMException" : error.name;
  const type = name === "DOMException" || Object.hasOwn(ERRORS, name) ? name : "Error";
  return { type, message: typeof error.message === "string" ? error.message : "" };
}

/** A name that is no class's, if it can be known without running code; V8 puts it before the message then. */
function plainName(error) {
  for (let holder = error; holder; holder = Object.getPrototypeOf(holder)) {
    const found = Object.getOwnPropertyDescriptor(holder, "name");
    if (found) return typeof found.value === "string" && !Object.hasOwn(ERRORS, found.value) ? found.value : "";
  }
  return "";
}

function packError(error) {
  const bare = bareError(error);
  if (bare.type === "DOMException") return { ...bare, message: bare.message.replace(/\0[^]*/, ""), name: error.name };
  try {
    const own = ownOf(error);
    return own.length ? { ...bare, own: packStored(own, "stringifyThrown") } : bare;
  } catch {
    const name = plainName(error);
    return name ? { type: bare.type, message: `${name}: ${bare.message}` } : bare;
  }
}

/** What kind of failure an error says it is, whatever else of it can travel. */
function kindOf(error) {
  if (error.overloaded) return { overloaded: true };
  return error.retryable ? { retryable: true } : undefined;
}

function packAny(thrown) {
  if (thrown instanceof Error) return { error: packError(thrown), extra: kindOf(thrown) };
  const packed = { error: { type: "Error", message: describe(thrown) } };
  if (typeof thrown !== "object" || thrown === null) return packed;
  packed.extra = kindOf(thrown);
  try {
    packed.value = packStored(thrown, "stringifyThrown");
  } catch {
    // only its text can travel
  }
  return packed;
}

/** JSON of it that fits a head: from long errors the details are left out, then texts are cut. */
function fit(packed) {
  let text = JSON.stringify(packed);
  if (text.length <= HEAD_BYTES_MAX / 3) return text;
  const { error, extra, text: line, stack } = packed;
  for (let max = Infinity; native.byteLength(text) > HEAD_BYTES_MAX; max = Math.min(max, HEAD_BYTES_MAX) / 2) {
    const cut = (long) => (long?.length > max ? `${long.slice(0, max)}...` : long);
    text = JSON.stringify({ error: { type: error.type, message: cut(error.message) }, extra, text: line, stack: cut(stack) });
  }
  return text;
}

/** The head of OUTCOME_THROWN. `extra` are own properties for the caller; the stack is for the log here. */
export function packThrown(thrown, extra = undefined, withStack = false) {
  let packed;
  try {
    packed = packAny(thrown);
    packed.text = errorText(thrown).slice(0, LOG_TEXT_MAX);
    if (withStack) packed.stack = fullStack(thrown);
  } catch {
    packed = { error: { type: "Error", message: "An error that cannot be shown was thrown." } };
    packed.text = packed.error.message;
  }
  if (packed.extra || extra) packed.extra = { ...packed.extra, ...extra };
  return fit(packed);
}

function unpackError({ type, message, name, own }) {
  const error = type === "DOMException" ? new DOMException(message, name) : makeError(type, message);
  return rebuilt(error, own ? unpackStored(own) : []);
}

/** What the calling Worker catches: { value, reset }. */
export function unpackThrown(head, remote = true) {
  const packed = JSON.parse(head);
  const value = packed.value === undefined ? unpackError(packed.error) : unpackStored(packed.value);
  if (remote) value.remote = true;
  Object.assign(value, packed.extra);
  return { value, reset: Boolean(packed.extra?.durableObjectReset) };
}
