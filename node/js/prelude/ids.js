import { illegalUnless, INTERNAL, legal, tag, toText, wrongArgument } from "./shared.js";
import { DurableObject } from "./stub.js";
import { decodeText } from "./text.js";

// In the order of enum jurisdiction and enum hint.
const JURISDICTIONS = [undefined, "eu", "us", "fedramp", "fedramp-high"];
const HINTS = ["", "wnam", "enam", "sam", "weur", "eeur", "apac", "apac-ne", "apac-se", "oc", "afr", "me"];
const NAMED = 1, UNIQUE = 2, KIND_COUNT = 4;
const NAMES_MAX = 2000, NAME_LENGTH_MAX = 100; // what a namespace remembers

/** As names are shown: each byte of a lone surrogate is one that is no text. */
function shownName(name) {
  return name === undefined || name.isWellFormed() ? name : decodeText(new Uint8Array(native.encode(name, true)));
}

function optionsOf(options, method, index, type) {
  if (options === undefined || options === null) return {};
  if (typeof options !== "object" && typeof options !== "function") throw wrongArgument(method, "DurableObjectNamespace", index, type);
  return options;
}

function jurisdictionOf(name) {
  if (name === undefined || name === null) return 0;
  const index = JURISDICTIONS.indexOf(toText(name));
  if (index > 0) return index;
  throw new TypeError(`Invalid jurisdiction "${name}": it must be one of ${JURISDICTIONS.slice(1).join(", ")}.`);
}

function hintOf(hint) {
  if (hint === undefined || hint === null) return 0;
  const index = HINTS.indexOf(toText(hint));
  if (index > 0) return index;
  throw new TypeError(`Invalid locationHint "${hint}": it must be one of ${HINTS.slice(1).join(", ")}.`);
}

/** What an id stands for. One for a name may serve many ids. */
class Known {
  constructor(space, digits, kind, jurisdiction, name) {
    this.space = space;
    this.digits = digits;
    this.kind = kind;
    this.jurisdiction = jurisdiction;
    this.target = (space * KIND_COUNT + kind) * JURISDICTIONS.length + jurisdiction; // for native.call
    this.tail = name === undefined ? "" : `\0${name}`;
    this.lastUrl = this.lastText = undefined;
    this.property = { __proto__: null, value: shownName(name), enumerable: true, configurable: true, writable: false };
  }
  /** For native.call: a GET without headers. The same URL tends to come again. */
  plainText(url) {
    if (url !== this.lastUrl) {
      this.lastUrl = url;
      this.lastText = `${this.digits}GET\n${url}\n\nmanual${this.tail}`;
    }
    return this.lastText;
  }
}

/** What is known of an id; null for what is none. */
export let idOf;

export class DurableObjectId {
  #known;
  constructor(token, known) {
    illegalUnless(token);
    this.#known = known;
    this.jurisdiction = JURISDICTIONS[known.jurisdiction];
    Object.defineProperty(this, "name", known.property);
  }
  toString() {
    legal(typeof this === "object" && this !== null && #known in this);
    return this.#known.digits;
  }
  equals(other) {
    legal(typeof this === "object" && this !== null && #known in this);
    const known = idOf(other);
    if (!known) throw wrongArgument("equals", "DurableObjectId", 1, "DurableObjectId");
    return this.#known.digits === known.digits;
  }

  static {
    idOf = (id) => {
      if (typeof id !== "object") return null;
      // What inherits from an id counts as one.
      while (id !== null && !(#known in id)) id = Object.getPrototypeOf(id);
      return id && id.#known;
    };
  }
}
tag(DurableObjectId);

export function makeId(space, digits, kind, jurisdiction, name) {
  return new DurableObjectId(INTERNAL, new Known(space, digits, kind, jurisdiction, name));
}

export class DurableObjectNamespace {
  #names = new Map(); // name -> what is known of its id
  #space;
  #jurisdiction;
  constructor(token, space, jurisdiction) {
    illegalUnless(token);
    this.#space = space;
    this.#jurisdiction = jurisdiction;
  }
  /** Three hashes each time add up: names come again. */
  #knownOf(name) {
    let known = this.#names.get(name);
    if (known !== undefined) return known;
    known = new Known(this.#space, native.idFromName(this.#space, this.#jurisdiction, name), NAMED, this.#jurisdiction, name);
    if (this.#names.size >= NAMES_MAX) this.#names.clear();
    if (name.length <= NAME_LENGTH_MAX) this.#names.set(name, known);
    return known;
  }
  idFromName(name) {
    legal(typeof this === "object" && this !== null && #space in this);
    if (arguments.length === 0) throw wrongArgument("idFromName", "DurableObjectNamespace", 1, "string");
    name = toText(name);
    return new DurableObjectId(INTERNAL, this.#knownOf(name));
  }
  idFromString(text) {
    legal(typeof this === "object" && this !== null && #space in this);
    if (arguments.length === 0) throw wrongArgument("idFromString", "DurableObjectNamespace", 1, "string");
    text = toText(text);
    const verdict = native.idVerify(this.#space, text);
    if (verdict === undefined) throw new TypeError("Invalid Durable Object ID: must be 64 hex digits");
    const kind = verdict % 4, jurisdiction = Math.floor(verdict / 4);
    if (kind === 0 || (this.#jurisdiction && jurisdiction !== this.#jurisdiction)) {
      throw new TypeError("Durable Object ID is not valid for this namespace.");
    }
    return makeId(this.#space, text.toLowerCase(), kind, jurisdiction, undefined);
  }
  newUniqueId(options) {
    legal(typeof this === "object" && this !== null && #space in this);
    let jurisdiction = jurisdictionOf(optionsOf(options, "newUniqueId", 1, "NewUniqueIdOptions").jurisdiction);
    if (this.#jurisdiction && jurisdiction && jurisdiction !== this.#jurisdiction) {
      throw new TypeError(`This namespace is bound to jurisdiction "${JURISDICTIONS[this.#jurisdiction]}"; it cannot make an id for "${JURISDICTIONS[jurisdiction]}".`);
    }
    jurisdiction ||= this.#jurisdiction;
    const digits = native.idUnique(this.#space, jurisdiction);
    if (digits === undefined) {
      const error = new Error(`Region ${setup.colo} has not joined the cluster yet, so it cannot make unique ids. Try again once the coordinator can be reached.`);
      error.retryable = true;
      throw error;
    }
    return makeId(this.#space, digits, UNIQUE, jurisdiction, undefined);
  }
  get(id, options) {
    legal(typeof this === "object" && this !== null && #space in this);
    const known = idOf(id);
    if (!known) throw wrongArgument("get", "DurableObjectNamespace", 1, "DurableObjectId");
    const hint = hintOf(optionsOf(options, "get", 2, "GetDurableObjectOptions").locationHint);
    if (known.space !== this.#space) throw new TypeError("Durable Object ID is not valid for this namespace.");
    if (this.#jurisdiction && known.jurisdiction !== this.#jurisdiction) {
      throw new TypeError("get called on jurisdictional subnamespace with an ID from a different jurisdiction");
    }
    return new DurableObject(INTERNAL, id, known, hint);
  }
  getByName(name, options) {
    legal(typeof this === "object" && this !== null && #space in this);
    if (arguments.length === 0) throw wrongArgument("getByName", "DurableObjectNamespace", 1, "string");
    const hint = hintOf(optionsOf(options, "getByName", 2, "GetDurableObjectOptions").locationHint);
    const id = this.idFromName(name);
    return new DurableObject(INTERNAL, id, idOf(id), hint);
  }
  jurisdiction(name) {
    legal(typeof this === "object" && this !== null && #space in this);
    return new DurableObjectNamespace(INTERNAL, this.#space, jurisdictionOf(name));
  }
}
tag(DurableObjectNamespace);
