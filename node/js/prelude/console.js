import { errorText, userStack } from "./errors.js";

const ERROR = 0, WARN = 1, INFO = 2, DEBUG = 3; // enum log_level
const DEPTH_MAX = 6;

function showFunction(value) {
  if (!/^class\b/.test(Function.prototype.toString.call(value))) return `[Function: ${value.name || "(anonymous)"}]`;
  const parent = Object.getPrototypeOf(value).name;
  return `[class ${value.name || "(anonymous)"}${parent ? ` extends ${parent}` : ""}]`;
}

/** Message, stack, and what it was caused by. */
function showError(error, depth, seen) {
  const lines = [errorText(error), userStack(error)].filter(Boolean);
  for (const name of ["cause", "errors"]) {
    if (Object.hasOwn(error, name)) lines.push(`  [${name}]: ${show(error[name], depth + 1, seen).replaceAll("\n", "\n  ")}`);
  }
  return lines.join("\n");
}

function show(value, depth, seen) {
  switch (typeof value) {
    case "string":
      return depth === 0 ? value : JSON.stringify(value);
    case "function":
      return showFunction(value);
    case "bigint":
      return `${value}n`;
    case "number":
      return Object.is(value, -0) ? "-0" : String(value);
    case "object":
      break;
    default:
      return String(value);
  }
  if (value === null) return "null";
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString();
  if (value instanceof Date || value instanceof RegExp || value instanceof URL) return String(value);
  if (seen.includes(value)) return "[Circular]";
  if (value instanceof Error) return showError(value, depth, [...seen, value]);
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

const asNumber = (value, parse) => (typeof value === "bigint" ? `${value}n` : typeof value === "symbol" ? "NaN" : show(parse(value), 0, []));

const formats = {
  s: (value) => (typeof value === "object" && value !== null ? show(value, 1, []) : show(value, 0, [])),
  d: (value) => asNumber(value, Number),
  i: (value) => asNumber(value, (one) => Number.parseInt(one, 10)),
  f: (value) => (typeof value === "symbol" ? "NaN" : String(Number.parseFloat(value))),
  j: (value) => JSON.stringify(value),
  o: (value) => show(value, 1, []),
  O: (value) => show(value, 1, []),
  c: () => "",
};

/** The values with their format, if the first is one, filled in: https://console.spec.whatwg.org/#formatter */
function filled(values) {
  const [format, ...rest] = values;
  if (typeof format !== "string" || rest.length === 0 || !format.includes("%")) return values;
  const line = format.replace(/%([sdifjoOc%])/g, (whole, kind) => {
    if (kind === "%") return "%";
    return rest.length ? formats[kind](rest.shift()) : whole;
  });
  return [line, ...rest];
}

function text(values) {
  try {
    return filled(values).map((value) => show(value, 0, [])).join(" ");
  } catch (error) {
    return `(cannot be shown: ${errorText(error)})`;
  }
}

const counts = new Map(), times = new Map();
let indent = "";

function write(level, line) {
  native.log(level, indent ? indent + line.replaceAll("\n", `\n${indent}`) : line);
}

const at = (level) => (...values) => write(level, text(values));

/** Columns for console.table(): the keys of all rows, or those that were asked for. */
function table(data, wanted) {
  const rows = Object.entries(data instanceof Map ? Object.fromEntries(data) : data);
  const isRow = (row) => typeof row === "object" && row !== null;
  const columns = wanted ?? [...new Set(rows.flatMap(([, row]) => (isRow(row) ? Object.keys(row) : [])))];
  const plain = rows.some(([, row]) => !isRow(row));
  const cells = rows.map(([key, row]) => [key, ...columns.map((name) => (isRow(row) && name in row ? show(row[name], 1, []) : "")), ...(plain ? [isRow(row) ? "" : show(row, 1, [])] : [])]);
  cells.unshift(["(index)", ...columns, ...(plain ? ["Values"] : [])]);
  const widths = cells[0].map((_, i) => Math.max(...cells.map((row) => row[i].length)));
  return cells.map((row) => row.map((cell, i) => cell.padEnd(widths[i])).join(" | ").trimEnd()).join("\n");
}

function elapsed(label, values) {
  if (times.has(label)) write(INFO, `${label}: ${Date.now() - times.get(label)} ms ${text(values)}`.trimEnd());
  else write(WARN, `Timer '${label}' does not exist`);
}

const group = (...values) => {
  if (values.length) write(INFO, text(values));
  indent += "  ";
};

globalThis.console = {
  log: at(INFO),
  info: at(INFO),
  warn: at(WARN),
  error: at(ERROR),
  debug: at(DEBUG),
  trace: (...values) => write(INFO, `Trace: ${text(values)}\n${userStack(new Error())}`.trimEnd()),
  dir: (value) => write(INFO, text([value])),
  dirxml: at(INFO),
  table: (data, columns) => write(INFO, typeof data === "object" && data !== null ? table(data, columns) : text([data])),
  group,
  groupCollapsed: group,
  groupEnd: () => void (indent = indent.slice(2)),
  assert: (condition, ...values) => void (condition || write(ERROR, `Assertion failed${values.length ? `: ${text(values)}` : ""}`)),
  clear: () => {},
  count: (label = "default") => {
    counts.set(label, (counts.get(label) ?? 0) + 1);
    write(INFO, `${label}: ${counts.get(label)}`);
  },
  countReset: (label = "default") => void counts.delete(label),
  time: (label = "default") => void times.set(label, Date.now()),
  timeLog: (label = "default", ...values) => elapsed(label, values),
  timeEnd: (label = "default") => {
    elapsed(label, []);
    times.delete(label);
  },
  timeStamp: () => {},
  profile: () => {},
  profileEnd: () => {},
};
