import { errorText, userStack } from "./errors.js";

const ERROR = 0, WARN = 1, INFO = 2, DEBUG = 3; // enum log_level
const DEPTH_MAX = 6;

function show(value, depth, seen) {
  switch (typeof value) {
    case "string":
      return depth === 0 ? value : JSON.stringify(value);
    case "function":
      return `[Function: ${value.name || "(anonymous)"}]`;
    case "bigint":
      return `${value}n`;
    case "object":
      break;
    default:
      return String(value);
  }
  if (value === null) return "null";
  if (value instanceof Error) return [errorText(value), userStack(value)].filter(Boolean).join("\n");
  if (value instanceof Date || value instanceof RegExp || value instanceof URL) return depth ? String(value) : String(value);
  if (seen.includes(value)) return "[Circular]";
  if (depth > DEPTH_MAX) return "[Object]";
  return showObject(value, depth + 1, [...seen, value]);
}

function showObject(value, depth, seen) {
  const name = value.constructor?.name;
  const label = name && name !== "Object" && name !== "Array" ? name + " " : "";
  const inner = (one) => show(one, depth, seen);
  if (value instanceof Map) return `Map(${value.size}) { ${[...value].map(([key, one]) => `${inner(key)} => ${inner(one)}`).join(", ")} }`;
  if (value instanceof Set) return `Set(${value.size}) { ${[...value].map(inner).join(", ")} }`;
  if (value instanceof Headers) return `Headers { ${[...value].map(([key, one]) => `${key}: ${inner(one)}`).join(", ")} }`;
  if (value instanceof ArrayBuffer) return `ArrayBuffer(${value.byteLength})`;
  if (Array.isArray(value) || ArrayBuffer.isView(value)) {
    const items = value instanceof DataView ? [] : Array.prototype.slice.call(value, 0, 100).map(inner);
    return `${label}[${items.join(", ")}${value.length > 100 ? ", ..." : ""}]`;
  }
  const fields = Object.keys(value).map((key) => `${key}: ${inner(value[key])}`);
  return fields.length ? `${label}{ ${fields.join(", ")} }` : `${label}{}`;
}

function text(values) {
  try {
    return values.map((value) => show(value, 0, [])).join(" ");
  } catch (error) {
    return `(cannot be shown: ${errorText(error)})`;
  }
}

const counts = new Map(), times = new Map();

globalThis.console = {
  log: (...values) => native.log(INFO, text(values)),
  info: (...values) => native.log(INFO, text(values)),
  warn: (...values) => native.log(WARN, text(values)),
  error: (...values) => native.log(ERROR, text(values)),
  debug: (...values) => native.log(DEBUG, text(values)),
  trace: (...values) => native.log(INFO, `${text(values)}\n${userStack(new Error())}`),
  dir: (value) => native.log(INFO, text([value])),
  table: (value) => native.log(INFO, text([value])),
  group: (...values) => native.log(INFO, text(values)),
  groupCollapsed: (...values) => native.log(INFO, text(values)),
  groupEnd: () => {},
  assert: (condition, ...values) => condition || native.log(ERROR, `Assertion failed: ${text(values)}`),
  count: (label = "default") => {
    counts.set(label, (counts.get(label) ?? 0) + 1);
    native.log(INFO, `${label}: ${counts.get(label)}`);
  },
  countReset: (label = "default") => counts.delete(label),
  time: (label = "default") => times.set(label, Date.now()),
  timeLog: (label = "default", ...values) => native.log(INFO, `${label}: ${Date.now() - times.get(label)} ms ${text(values)}`),
  timeEnd: (label = "default") => {
    native.log(INFO, `${label}: ${Date.now() - times.get(label)} ms`);
    times.delete(label);
  },
};
