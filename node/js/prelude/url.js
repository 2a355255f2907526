import "./text.js";
import { define, lazy, tag } from "./shared.js";
import searchParams from "whatwg-url/lib/URLSearchParams.js";
import { wrapperForImpl } from "whatwg-url/lib/utils.js";

searchParams.install(globalThis, ["Worker"]);

// A URL that is its own normal form: nothing to lower, encode, resolve or drop. Everything else
// goes to whatwg-url, which is loaded when it is first needed and takes 50 times as long.
const LABEL = "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?";
const BYTE = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";
const PLAIN = new RegExp(
  `^(https?):\\/\\/((?:${LABEL}\\.)*[a-z](?:[a-z0-9-]*[a-z0-9])?|(?:${BYTE}\\.){3}${BYTE})(?::([1-9][0-9]{0,4}))?` +
    "(\\/[A-Za-z0-9\\-._~!$&'()*+,;=:@/%\\[\\]|]*)?(\\?[A-Za-z0-9\\-._~!$&()*+,;=:@/?%\\[\\]|{}]*)?(#[A-Za-z0-9\\-._~!$&'()*+,;=:@/?%\\[\\]|{}]*)?$",
);
const DOTS = /\/(?:\.|%2e){1,2}(?:\/|$)/i;

function parsePlain(text) {
  const match = PLAIN.exec(text);
  if (!match) return null;
  const [, scheme, host, port, path = "/", query = "", hash = ""] = match;
  if ((path.length > 1 && DOTS.test(path)) || host.includes("xn--")) return null;
  if (port !== undefined && (port === (scheme === "http" ? "80" : "443") || Number(port) > 65535)) return null;
  return {
    protocol: scheme + ":",
    host: port === undefined ? host : `${host}:${port}`,
    hostname: host,
    port: port ?? "",
    pathname: path,
    search: query.length > 1 ? query : "",
    hash: hash.length > 1 ? hash : "",
    bare: query.length === 1 ? "?" : "", // "http://h/?" keeps its question mark in href
    bareHash: hash.length === 1 ? "#" : "",
  };
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
    const plain = this.#plain;
    if (!plain) return this.#full.href;
    return `${plain.protocol}//${plain.host}${plain.pathname}${plain.search}${plain.bare}${plain.hash}${plain.bareHash}`;
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
define({ URL });

const HTTP = /^https?:/;

/** The normal form of an absolute http URL, as fetch() wants it. */
export function httpUrl(input) {
  const text = String(input);
  let url;
  if (parsePlain(text)) url = text.includes("/", 8) ? text : new URL(text).href;
  else {
    const full = parseFull(text);
    if (!full) throw new TypeError(`Invalid URL: ${text}`);
    url = full.href;
  }
  return url;
}

/** What of it travels to an object: no credentials, no fragment. */
export function sentUrl(url) {
  if (!HTTP.test(url)) throw new TypeError(`Fetch API cannot load: ${url}`);
  const hash = url.indexOf("#");
  if (hash >= 0) url = url.slice(0, hash);
  const slash = url.indexOf("/", 8);
  const at = url.lastIndexOf("@", slash);
  return at >= 0 ? url.slice(0, url.indexOf("/") + 2) + url.slice(at + 1) : url;
}

export { URL };
