import { isJson, packStored, unpackStored } from "./pack.js";
import { define, illegalUnless, tag, wrongArgument } from "./shared.js";
import { decodeText } from "./text.js";
import { VALUE_BYTES_MAX, VALUE_BYTES_SLACK, storedSize } from "./size.js";

const PAIRS_MAX = 128, KEY_BYTES_MAX = 2048;
function optionsOf(options, method, index, type) {
  if (options !== undefined && options !== null && typeof options !== "object") {
    throw wrongArgument(method, "DurableObjectStorage", index, type);
  }
  return options ?? {};
}

function checkCount(count) {
  if (count > PAIRS_MAX) throw new RangeError(`Maximum number of key value pairs is ${PAIRS_MAX}. ${count} pairs were provided.`);
}

// No value takes more than so many times the length of its JSON: shorter JSON need not be measured.
const GROWTH_MAX = 4;

function packChecked(value) {
  const text = packStored(value);
  if (isJson(text) && text.length * GROWTH_MAX <= VALUE_BYTES_MAX) return text;
  const size = storedSize(value);
  if (size <= VALUE_BYTES_MAX + VALUE_BYTES_SLACK) return text;
  throw new RangeError(`Values cannot be larger than ${VALUE_BYTES_MAX} bytes. A value of size ${size} was provided.`);
}

// What a key or a name reads back as: UTF-8 has no lone surrogates, so each of their bytes is one that is no text.
function shownKey(key) {
  return key.isWellFormed() ? key : decodeText(new Uint8Array(native.encode(key, true)));
}

function notThere(name) {
  return () => {
    throw new Error(`ctx.storage.${name}() is not part of this simulator yet.`);
  };
}

// Each method does its work at once and answers with a settled promise: nothing waits for the
// disk here, because the node holds back whatever depends on a write until it is durable.
function settled(work) {
  try {
    return Promise.resolve(work());
  } catch (error) {
    return Promise.reject(error);
  }
}

export class DurableObjectStorage {
  #instance;
  constructor(token, instance) {
    illegalUnless(token);
    this.#instance = instance;
  }
  #getOne(key) {
    const text = native.storageGet(this.#instance, `${key}`);
    return text === undefined ? undefined : unpackStored(text);
  }
  get(keys, options) {
    return settled(() => {
      if (arguments.length === 0) throw wrongArgument("get", "DurableObjectStorage", 1, "string or Array");
      optionsOf(options, "get", 2, "GetOptions");
      if (!Array.isArray(keys)) return this.#getOne(keys);
      checkCount(keys.length);
      const found = new Map();
      for (const key of keys.map(String).sort(byBytes)) {
        if (native.byteLength(key) > KEY_BYTES_MAX) continue; // nothing is stored there
        const value = this.#getOne(key);
        if (value !== undefined) found.set(shownKey(key), value);
      }
      return found;
    });
  }
  put(key, value, options) {
    return settled(() => {
      if (arguments.length === 0) throw wrongArgument("put", "DurableObjectStorage", 1, "string or object");
      const many = typeof key === "object" && key !== null && !Array.isArray(key) && (arguments.length < 2 || typeof value === "object");
      optionsOf(many ? value : options, "put", many ? 2 : 3, "PutOptions");
      if (!many && value === undefined) throw new TypeError("put() called with undefined value.");
      const pairs = many ? Object.entries(key).filter((pair) => pair[1] !== undefined) : [[key, value]];
      checkCount(pairs.length);
      const packed = pairs.map(([name, one]) => [`${name}`, packChecked(one)]);
      // All or nothing: what a limit refuses must not leave half of it behind.
      if (packed.length > 1) for (const [name, text] of packed) native.storagePut(this.#instance, name, text, true);
      for (const [name, text] of packed) native.storagePut(this.#instance, name, text, false);
    });
  }
  /** Throws at once where the others reject, as workerd's does. */
  delete(keys, options) {
    if (arguments.length === 0) throw wrongArgument("delete", "DurableObjectStorage", 1, "string or Array");
    optionsOf(options, "delete", 2, "PutOptions");
    if (!Array.isArray(keys)) return Promise.resolve(native.storageDelete(this.#instance, `${keys}`));
    checkCount(keys.length);
    return Promise.resolve(keys.filter((key) => native.storageDelete(this.#instance, `${key}`)).length);
  }
  deleteAll(options) {
    return settled(() => {
      optionsOf(options, "deleteAll", 1, "PutOptions");
      native.storageClear(this.#instance);
    });
  }
  list(options) {
    return settled(() => {
      let { start, startAfter, end, prefix, reverse, limit } = optionsOf(options, "list", 1, "ListOptions");
      if (start !== undefined && startAfter !== undefined) throw new TypeError("list() cannot be called with both start and startAfter values.");
      if (limit !== undefined && !(Number(limit) >= 1)) throw new TypeError("List limit must be positive.");
      if (startAfter !== undefined) start = `${startAfter}\0`; // the next key in the order of bytes
      const text = (value) => (value === undefined || value === null ? undefined : `${value}`);
      const flat = native.storageList(this.#instance, text(start), text(end), text(prefix), Boolean(reverse), limit === undefined ? undefined : Math.floor(limit));
      const found = new Map();
      for (let i = 0; i < flat.length; i += 2) found.set(flat[i], unpackStored(flat[i + 1]));
      return found;
    });
  }
  /** There are no alarms yet, so none is ever set. */
  getAlarm() {
    return Promise.resolve(null);
  }
  deleteAlarm() {
    return Promise.resolve();
  }
  /** Answers leave only when what they depend on is durable, so there is nothing to wait for. */
  sync() {
    return Promise.resolve();
  }
  static {
    for (const name of ["transaction", "transactionSync", "setAlarm", "getCurrentBookmark", "getBookmarkForTime", "onNextSessionRestoreBookmark"]) {
      DurableObjectStorage.prototype[name] = notThere(name);
    }
  }
}
tag(DurableObjectStorage);
define({ DurableObjectStorage });

// Code points in order are UTF-8 bytes in order; code units are not, where surrogates are met.
function byBytes(a, b) {
  if (a === b) return 0;
  const one = [...a], other = [...b];
  for (let i = 0; i < one.length && i < other.length; i++) {
    if (one[i] !== other[i]) return one[i].codePointAt(0) - other[i].codePointAt(0);
  }
  return one.length - other.length;
}
