import { isJson, packStored, unpackStored } from "./pack.js";
import { byBytes, Layer } from "./records.js";
import { wrongArgument } from "./shared.js";
import { decodeText } from "./text.js";
import { VALUE_BYTES_SLACK, storedSize } from "./size.js";

// What storage and transactions have in common. Each works on records, for arguments as the user gave them; `name` is
// the class that is told in errors.

const ALARM_MS_MAX = Date.UTC(2190, 0) - 1;
const PAIRS_MAX = 128, KEY_BYTES_MAX = 2048;

export function notThere(name) {
  return () => {
    throw new Error(`ctx.storage.${name}() is not part of this simulator yet.`);
  };
}

// Each method does its work at once and answers with a settled promise: nothing waits for the
// disk here, because the node holds back whatever depends on a write until it is durable.
export function settled(work) {
  try {
    return Promise.resolve(work());
  } catch (error) {
    return Promise.reject(error);
  }
}

function optionsOf(options, method, name, index, type) {
  if (options !== undefined && options !== null && typeof options !== "object") throw wrongArgument(method, name, index, type);
  return options ?? {};
}

function checkCount(count) {
  if (count > PAIRS_MAX) throw new RangeError(`Maximum number of key value pairs is ${PAIRS_MAX}. ${count} pairs were provided.`);
}

// No value takes more than so many times the length of its JSON: shorter JSON need not be measured.
const GROWTH_MAX = 4;

function packChecked(value, { valueBytesMax }) {
  const text = packStored(value);
  if (isJson(text) && text.length * GROWTH_MAX <= valueBytesMax) return text;
  const size = storedSize(value);
  if (size <= valueBytesMax + VALUE_BYTES_SLACK) return text;
  throw new RangeError(`Values cannot be larger than ${valueBytesMax} bytes. A value of size ${size} was provided.`);
}

// What a key or a name reads back as: UTF-8 has no lone surrogates, so each of their bytes is one that is no text.
function shownKey(key) {
  return key.isWellFormed() ? key : decodeText(new Uint8Array(native.encode(key, true)));
}

function getOne(records, key) {
  const text = records.get(`${key}`);
  return text === undefined ? undefined : unpackStored(text);
}

export function get(records, name, args) {
  const [keys, options] = args;
  if (args.length === 0) throw wrongArgument("get", name, 1, "string or Array");
  optionsOf(options, "get", name, 2, "GetOptions");
  if (!Array.isArray(keys)) return getOne(records, keys);
  checkCount(keys.length);
  const found = new Map();
  for (const key of keys.map(String).sort(byBytes)) {
    if (native.byteLength(key) > KEY_BYTES_MAX) continue; // nothing is stored there
    const value = getOne(records, key);
    if (value !== undefined) found.set(shownKey(key), value);
  }
  return found;
}

export function put(records, name, args) {
  const [key, value, options] = args;
  if (args.length === 0) throw wrongArgument("put", name, 1, "string or object");
  const many = typeof key === "object" && key !== null && !Array.isArray(key) && (args.length < 2 || typeof value === "object");
  optionsOf(many ? value : options, "put", name, many ? 2 : 3, "PutOptions");
  if (!many) {
    if (value === undefined) throw new TypeError("put() called with undefined value.");
    return records.put(`${key}`, packChecked(value, records));
  }
  const pairs = Object.entries(key).filter((pair) => pair[1] !== undefined);
  checkCount(pairs.length);
  // All or nothing: what a limit refuses must not leave half of it behind.
  const layer = new Layer(records);
  for (const [one, its] of pairs) layer.put(one, packChecked(its, records));
  layer.keep();
}

export function remove(records, name, args) {
  const [keys, options] = args;
  if (args.length === 0) throw wrongArgument("delete", name, 1, "string or Array");
  optionsOf(options, "delete", name, 2, "PutOptions");
  if (!Array.isArray(keys)) return records.delete(`${keys}`);
  checkCount(keys.length);
  return keys.filter((key) => records.delete(`${key}`)).length;
}

const textOf = (value) => (value === undefined || value === null ? undefined : `${value}`);

export function list(records, name, args) {
  let { start, startAfter, end, prefix, reverse, limit } = optionsOf(args[0], "list", name, 1, "ListOptions");
  if (start !== undefined && startAfter !== undefined) throw new TypeError("list() cannot be called with both start and startAfter values.");
  if (limit !== undefined && !(Number(limit) >= 1)) throw new TypeError("List limit must be positive.");
  if (startAfter !== undefined) start = `${startAfter}\0`; // the next key in the order of bytes
  const bounds = { start: textOf(start), end: textOf(end), prefix: textOf(prefix), reverse: Boolean(reverse) };
  if (limit !== undefined) bounds.limit = Math.floor(limit);
  return new Map(records.list(bounds).map(([key, text]) => [shownKey(key), unpackStored(text)]));
}

export function clear(records, name, args) {
  optionsOf(args[0], "deleteAll", name, 1, "PutOptions");
  records.clear();
}

export function getAlarm(records, name, args) {
  optionsOf(args[0], "getAlarm", name, 1, "GetAlarmOptions");
  return records.getAlarm();
}

export function setAlarm(records, name, args, hasAlarm) {
  const [time, options] = args;
  if (typeof time !== "number" && !(time instanceof Date)) throw wrongArgument("setAlarm", name, 1, "date");
  const dueMs = Math.trunc(Number(time));
  if (!Number.isFinite(dueMs)) throw new TypeError("The value cannot be converted because it is not a valid Date.");
  if (Math.abs(dueMs) > ALARM_MS_MAX) throw new TypeError("This API doesn't support dates after 2189.");
  optionsOf(options, "setAlarm", name, 2, "SetAlarmOptions");
  if (dueMs <= 0) throw new TypeError("setAlarm() cannot be called with an alarm time <= 0");
  if (!hasAlarm()) throw new TypeError("Your Durable Object class must have an alarm() handler in order to call setAlarm()");
  records.setAlarm(dueMs);
}

export function deleteAlarm(records, name, args) {
  optionsOf(args[0], "deleteAlarm", name, 1, "SetAlarmOptions");
  records.setAlarm(null);
}
