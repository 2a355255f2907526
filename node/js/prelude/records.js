import { alarmOf, setAlarmOf } from "./alarms.js";
import { VALUE_BYTES_MAX, VALUE_BYTES_MAX_SQLITE } from "./size.js";

// What an object has stored, as texts by key. `Records` are what the node holds; a `Layer` lies above them, or above
// another, and holds changes back until it is kept: that is a transaction.

/** Code points in order are UTF-8 bytes in order; code units are not, where surrogates are met. */
export function byBytes(a, b) {
  const length = Math.min(a.length, b.length);
  let i = 0;
  while (i < length && a.charCodeAt(i) === b.charCodeAt(i)) i++;
  if (i === length) return a.length - b.length;
  if (i > 0 && (a.charCodeAt(i - 1) & 0xfc00) === 0xd800) i--; // within a pair, of one of them at least
  return a.codePointAt(i) - b.codePointAt(i);
}

export class Records {
  #instance;
  #id;
  constructor(instance, id) {
    this.#instance = instance;
    this.#id = id;
    this.valueBytesMax = native.sqlIsOn(instance) ? VALUE_BYTES_MAX_SQLITE : VALUE_BYTES_MAX;
  }
  /** Throws unless it can be put. */
  check(key) {
    native.storagePut(this.#instance, key, undefined, true);
  }
  get(key) {
    return native.storageGet(this.#instance, key);
  }
  put(key, text) {
    native.storagePut(this.#instance, key, text, false);
  }
  /** Whether it was there. */
  delete(key) {
    return native.storageDelete(this.#instance, key);
  }
  clear() {
    native.storageClear(this.#instance);
    this.setAlarm(null);
  }
  /** When it is due; null: none is set. */
  getAlarm() {
    return alarmOf(this.#id);
  }
  setAlarm(dueMs) {
    setAlarmOf(this.#id, dueMs);
  }
  /** [key, text] pairs with start <= key < end that begin with `prefix`, at most `limit`; undefined: no such bound. */
  list({ start, end, prefix, reverse, limit }) {
    const flat = native.storageList(this.#instance, start, end, prefix, reverse, limit);
    const pairs = [];
    for (let i = 0; i < flat.length; i += 2) pairs.push([flat[i], flat[i + 1]]);
    return pairs;
  }
}

export class Layer {
  #alarm = undefined; // as for setAlarm, once that was called
  #changes = new Map(); // key -> text, or null: deleted
  constructor(below) {
    this.below = below;
    this.valueBytesMax = below.valueBytesMax;
  }
  check(key) {
    this.below.check(key);
  }
  get(key) {
    const text = this.#changes.get(key);
    return text === undefined ? this.below.get(key) : (text ?? undefined);
  }
  put(key, text) {
    this.check(key);
    this.#changes.set(key, text);
  }
  delete(key) {
    const found = this.get(key) !== undefined;
    if (found) this.#changes.set(key, null);
    return found;
  }
  clear() {
    throw new Error("Cannot call deleteAll() within a transaction");
  }
  getAlarm() {
    return this.#alarm === undefined ? this.below.getAlarm() : this.#alarm;
  }
  setAlarm(dueMs) {
    this.#alarm = dueMs;
  }
  list(bounds) {
    const { start, end, prefix, reverse, limit } = bounds;
    const within = (key) => (start === undefined || byBytes(key, start) >= 0) && (end === undefined || byBytes(key, end) < 0) && key.startsWith(prefix ?? "");
    // Each change hides one record below at most.
    const pairs = new Map(this.below.list({ ...bounds, limit: limit === undefined ? undefined : limit + this.#changes.size }));
    for (const [key, text] of this.#changes) {
      if (text === null) pairs.delete(key);
      else if (within(key)) pairs.set(key, text);
    }
    const sorted = [...pairs].sort(([a], [b]) => (reverse ? byBytes(b, a) : byBytes(a, b)));
    return limit === undefined ? sorted : sorted.slice(0, limit);
  }
  /** Make all changes below: all of them, or none and an error. Returns what undoes it. */
  keep() {
    const before = [];
    let alarmBefore = () => {};
    const undo = () => {
      before.forEach(([key, text]) => set(this.below, key, text));
      alarmBefore();
    };
    try {
      for (const [key, text] of this.#changes) {
        before.push([key, this.below.get(key)]);
        set(this.below, key, text ?? undefined);
      }
      if (this.#alarm !== undefined) {
        const dueMs = this.below.getAlarm();
        alarmBefore = () => this.below.setAlarm(dueMs);
        this.below.setAlarm(this.#alarm);
      }
    } catch (error) {
      undo();
      throw error;
    }
    return undo;
  }
}

function set(records, key, text) {
  if (text === undefined) records.delete(key);
  else records.put(key, text);
}
