import "./text.js";
import { define, lazy, tag } from "./shared.js";
import searchParams from "whatwg-url/lib/URLSearchParams.js";
import { wrapperForImpl } from "whatwg-url/lib/utils.js";

searchParams.install(globalThis, ["Worker"]);

// A URL that is its own normal form: nothing to lower, encode, resolve or drop. Everything else
// goes to whatwg-url, which is loaded when it is first needed and takes 50 times as long.
// No group repeats, because the engine does not compile patterns in which one does. A host that ends in
// a number is an IPv4 address in one of many spellings; the usual one is plain as well.
const BYTE = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";
const PLAIN = /^https?:\/\/(?:[a-z0-9.-]*\.)?[a-z][a-z0-9-]*(?::[1-9][0-9]*)?$/;
const PLAIN_V4 = new RegExp(`^https?:\\/\\/${BYTE}\\.${BYTE}\\.${BYTE}\\.${BYTE}(?::[1-9][0-9]*)?$`);
const REST = new RegExp(
  "^\\/[A-Za-z0-9\\-._~!$&'()*+,;=:@/%\\[\\]|]*" +
    "(?:\\?[A-Za-z0-9\\-._~!$&()*+,;=:@/?%\\[\\]|{}]+)?(?:#[A-Za-z0-9\\-._~!$&'()*+,;=:@/?%\\[\\]|{}]+)?$",
);
const DOTS = /\/(?:\.|%2e){1,2}(?:[/?#]|$)/i;

/** A plain URL and where its parts are. */
class Plain {
  constructor(given, text, host, port, path, query, hash) {
    this.given = given;
    this.text = text;
    this.hostStart = host;
    this.portStart = port; // where ":" is, or the path
    this.pathStart = path;
    this.queryStart = query; // where "?" is, or the fragment
    this.hashStart = hash; // where "#" is, or the end
  }
  get protocol() {
    return this.text.slice(0, this.hostStart - 2);
  }
  get host() {
    return this.text.slice(this.hostStart, this.pathStart);
  }
  get hostname() {
    return this.text.slice(this.hostStart, this.portStart);
  }
  get port() {
    return this.text.slice(this.portStart + 1, this.pathStart);
  }
  get pathname() {
    return this.text.slice(this.pathStart, this.queryStart);
  }
  get search() {
    return this.text.slice(this.queryStart, this.hashStart);
  }
  get hash() {
    return this.text.slice(this.hashStart);
  }
}

/** Where the port begins in a plain origin (its end, when there is none); -1 when it is not plain. */
function portOfPlain(origin, host) {
  if ((!PLAIN.test(origin) && !PLAIN_V4.test(origin)) || origin.includes("xn--")) return -1;
  const port = origin.indexOf(":", host);
  if (port < 0) return origin.length;
  const number = Number(origin.slice(port + 1));
  return number > 65535 || number === (host === 7 ? 80 : 443) ? -1 : port;
}

let lastOrigin, lastPort; // few origins are met, and mostly one

function parseNew(given) {
  const host = given.charCodeAt(4) === 58 ? 7 : 8; // after "http://", "https://"
  let path = given.indexOf("/", host);
  const text = path < 0 ? `${given}/` : given;
  if (path < 0) path = given.length;
  const origin = text.slice(0, path);
  if (origin !== lastOrigin) {
    const port = portOfPlain(origin, host);
    if (port < 0) return null;
    lastOrigin = origin;
    lastPort = port;
  }
  if (!REST.test(text.slice(path)) || ((text.includes("/.") || text.includes("%2")) && DOTS.test(text))) return null;
  let hash = text.indexOf("#", path);
  if (hash < 0) hash = text.length;
  let query = text.indexOf("?", path);
  if (query < 0 || query > hash) query = hash;
  return new Plain(given, text, host, lastPort, path, query, hash);
}

const KEPT_COUNT = 64, KEPT_LENGTH_MAX = 256; // what was parsed lately, by length: the same comes again and again
const kept = new Array(KEPT_COUNT).fill(new Plain(null, "", 0, 0, 0, 0, 0));

function parsePlain(text) {
  const place = text.length % KEPT_COUNT;
  const found = kept[place];
  if (found.given === text) return found;
  const plain = parseNew(text);
  if (plain && text.length <= KEPT_LENGTH_MAX) kept[place] = plain;
  return plain;
}

function parseFull(text, base) {
  const { URL: Full } = lazy("whatwg-url");
  return Full.parse(text, base);
}

class URL {
  #plain;
  #full = null;
  #params = null;
  constructor(url, base) {
    if (arguments.length === 0) throw new TypeError("Failed to construct 'URL': constructor parameter 1 is not of type 'string'.");
    const text = String(url);
    this.#plain = base === undefined ? parsePlain(text) : null;
    if (this.#plain) return;
    this.#full = parseFull(text, base === undefined ? undefined : String(base));
    if (!this.#full) throw new TypeError("Invalid URL string.");
  }
  #change() {
    if (!this.#full) {
      this.#full = parseFull(this.href);
      this.#plain = null;
    }
    return this.#full;
  }
  get href() {
    return this.#plain ? this.#plain.text : this.#full.href;
  }
  set href(value) {
    try {
      this.#change().href = value;
    } catch {
      throw new TypeError("Invalid URL string.");
    }
    this.#refreshParams();
  }
  get origin() {
    return this.#plain ? `${this.#plain.protocol}//${this.#plain.host}` : this.#full.origin;
  }
  get search() {
    return this.#plain ? this.#plain.search : this.#full.search;
  }
  set search(value) {
    this.#change().search = value;
    this.#refreshParams();
  }
  get searchParams() {
    if (!this.#params) {
      this.#params = searchParams.createImpl(globalThis, [this.search.slice(1)], { doNotStripQMark: true });
      const change = (query) => (this.#change().search = query ?? "");
      this.#params._url = { _url: { set query(query) { change(query); } } };
    }
    return wrapperForImpl(this.#params);
  }
  #refreshParams() {
    if (!this.#params) return;
    this.#params._list.splice(0);
    for (const pair of new URLSearchParams(this.search.slice(1))) this.#params._list.push(pair);
  }
  toString() {
    return this.href;
  }
  toJSON() {
    return this.href;
  }
  static canParse(url, base) {
    return parsePlain(String(url)) !== null || parseFull(String(url), base === undefined ? undefined : String(base)) !== null;
  }
  static parse(url, base) {
    return URL.canParse(url, base) ? new URL(url, base) : null;
  }

  static {
    for (const name of ["protocol", "host", "hostname", "port", "pathname", "hash"]) {
      Object.defineProperty(URL.prototype, name, {
        get() {
          return this.#plain ? this.#plain[name] : this.#full[name];
        },
        set(value) {
          this.#change()[name] = value;
        },
        configurable: true,
        enumerable: true,
      });
    }
    for (const name of ["username", "password"]) {
      Object.defineProperty(URL.prototype, name, {
        get() {
          return this.#plain ? "" : this.#full[name];
        },
        set(value) {
          this.#change()[name] = value;
        },
        configurable: true,
        enumerable: true,
      });
    }
  }
}
for (const name of ["href", "origin", "search", "searchParams", "toString", "toJSON"]) {
  Object.defineProperty(URL.prototype, name, { ...Object.getOwnPropertyDescriptor(URL.prototype, name), enumerable: true });
}
tag(URL);
tag(URLSearchParams);
define({ URL });

const HTTP = /^https?:/;

/** The normal form of an absolute http URL, as fetch() wants it. */
export function httpUrl(input) {
  const text = String(input);
  const plain = parsePlain(text);
  const full = plain ? null : parseFull(text);
  if (!plain && !full) throw new TypeError(`Invalid URL: ${text}`);
  return plain ? plain.text : full.href;
}

let lastUrl, lastSent;

/** What of it travels to an object: no credentials, no fragment. */
export function sentUrl(url) {
  if (url === lastUrl) return lastSent;
  if (!HTTP.test(url)) throw new TypeError(`Fetch API cannot load: ${url}`);
  lastUrl = url;
  lastSent = bareUrl(url);
  return lastSent;
}

export function bareUrl(url) {
  const hash = url.indexOf("#");
  if (hash >= 0) url = url.slice(0, hash);
  const slash = url.indexOf("/", 8);
  const at = url.lastIndexOf("@", slash);
  return at >= 0 ? url.slice(0, url.indexOf("/") + 2) + url.slice(at + 1) : url;
}

export { URL };
