import { define, INTERNAL, tag, toText, wrongArgument, wrongConstruct } from "./shared.js";

const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const PLAIN_VALUE = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

function cleanName(name) {
  name = toText(name);
  if (!NAME.test(name)) throw new TypeError("Invalid header name.");
  return name.toLowerCase();
}

function cleanValue(value) {
  value = toText(value);
  if (PLAIN_VALUE.test(value)) return value;
  value = value.replace(/^[\t\n\r ]+|[\t\n\r ]+$/g, "");
  if (/[\0\r\n]/.test(value)) throw new TypeError("Invalid header value.");
  return value;
}

function* each(map, pick) {
  for (const name of [...map.keys()].sort()) {
    const value = map.get(name);
    if (Array.isArray(value)) for (const one of value) yield pick(name, one);
    else yield pick(name, value);
  }
}

function isInit(init) {
  return init !== null && (typeof init === "object" || typeof init === "function");
}

/** Headers of a dictionary's `headers`. */
export function headersOfInit(init, dictionary) {
  if (isInit(init)) return new Headers(init);
  throw new TypeError(`Incorrect type for the 'headers' field on '${dictionary}': the provided value is not of type 'Headers or Sequence or object'.`);
}

/** From lines of a packed head; read when they are first asked for. */
export let headersOfPacked;
/** Lines for a packed head, each after LF: "\nname\nvalue...". */
export let packHeaders;
/** Nobody may change them any more. */
export let fixHeaders;

export class Headers {
  #map = null; // name -> value; set-cookie -> array of values
  #packed = "";
  #fixed = false;

  constructor(init) {
    if (init === INTERNAL) return; // what is packed stands for them
    if (init === undefined) {
      this.#map = new Map();
      return;
    }
    if (!isInit(init)) throw wrongConstruct("Headers", 1, "Headers or Sequence or object");
    this.#map = new Map();
    if (#map in init) this.#copy(init);
    else if (typeof init[Symbol.iterator] === "function") this.#addPairs(init);
    else for (const name of Object.keys(init)) this.#add(cleanName(name), cleanValue(init[name]));
  }
  #copy(other) {
    for (const [name, value] of other.#values) this.#map.set(name, Array.isArray(value) ? [...value] : value);
  }
  #addPairs(pairs) {
    for (const pair of pairs) {
      if (typeof pair !== "object") throw new TypeError("Incorrect type: the provided value is not of type 'Sequence'.");
      const [name, value, ...rest] = pair;
      if (rest.length || pair.length === 0 || [...pair].length !== 2) {
        throw new TypeError("To initialize a Headers object from a sequence, each inner sequence must have exactly two elements.");
      }
      this.#add(cleanName(name), cleanValue(value));
    }
  }
  #add(name, value) {
    const old = this.#map.get(name);
    if (name === "set-cookie") old ? old.push(value) : this.#map.set(name, [value]);
    else this.#map.set(name, old === undefined ? value : `${old}, ${value}`);
  }
  get #values() {
    if (!this.#map) {
      this.#map = new Map();
      const lines = this.#packed.split("\n");
      for (let i = 0; i + 1 < lines.length; i += 2) this.#add(lines[i], lines[i + 1]);
    }
    return this.#map;
  }
  #changing() {
    if (this.#fixed) throw new TypeError("Can't modify immutable headers.");
    return this.#values;
  }

  get(name) {
    if (arguments.length < 1) throw wrongArgument("get", "Headers", 1, "string");
    const value = this.#values.get(cleanName(name));
    return value === undefined ? null : Array.isArray(value) ? value.join(", ") : value;
  }
  getAll(name) {
    if (cleanName(name) !== "set-cookie") {
      throw new TypeError('getAll() can only be used with the header name "Set-Cookie".');
    }
    return this.getSetCookie();
  }
  getSetCookie() {
    return [...(this.#values.get("set-cookie") ?? [])];
  }
  has(name) {
    if (arguments.length < 1) throw wrongArgument("has", "Headers", 1, "string");
    return this.#values.has(cleanName(name));
  }
  set(name, value) {
    if (arguments.length < 2) throw wrongArgument("set", "Headers", arguments.length + 1, "string");
    const map = this.#changing();
    name = cleanName(name);
    value = cleanValue(value);
    map.set(name, name === "set-cookie" ? [value] : value);
  }
  append(name, value) {
    if (arguments.length < 2) throw wrongArgument("append", "Headers", arguments.length + 1, "string");
    this.#changing();
    this.#add(cleanName(name), cleanValue(value));
  }
  delete(name) {
    if (arguments.length < 1) throw wrongArgument("delete", "Headers", 1, "string");
    this.#changing().delete(cleanName(name));
  }
  forEach(callback, self) {
    if (typeof callback !== "function") throw wrongArgument("forEach", "Headers", 1, "function");
    for (const [name, value] of this) callback.call(self, value, name, this);
  }
  entries() {
    return each(this.#values, (name, value) => [name, value]);
  }
  keys() {
    return each(this.#values, (name) => name);
  }
  values() {
    return each(this.#values, (_, value) => value);
  }
  [Symbol.iterator]() {
    return this.entries();
  }

  static {
    headersOfPacked = (packed, fixed) => {
      const headers = new Headers(INTERNAL);
      headers.#packed = packed;
      headers.#fixed = fixed;
      return headers;
    };
    packHeaders = (headers) => {
      if (!headers.#map) return headers.#packed ? "\n" + headers.#packed : "";
      let packed = "";
      for (const [name, value] of headers.#map) {
        if (Array.isArray(value)) for (const one of value) packed += `\n${name}\n${one}`;
        else packed += `\n${name}\n${value}`;
      }
      return packed;
    };
    fixHeaders = (headers) => {
      headers.#fixed = true;
    };
  }
}
tag(Headers);
define({ Headers });
