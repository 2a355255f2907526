import { Body, checkUnused, extractBody, hasBody, moveSource, shareSource, takeSource } from "./body.js";
import { Headers, headersOfInit, headersOfPacked, packHeaders } from "./headers.js";
import { define, initOf, INTERNAL, tag, wrongConstruct } from "./shared.js";
import { signalOf } from "./transport.js";
import { httpUrl, sentUrl } from "./url.js";

const METHODS = new Set(
  ("GET HEAD POST PUT DELETE PATCH PURGE OPTIONS TRACE COPY LOCK MKCOL MOVE PROPFIND PROPPATCH SEARCH UNLOCK ACL REPORT " +
    "MKACTIVITY CHECKOUT MERGE M-SEARCH NOTIFY SUBSCRIBE UNSUBSCRIBE QUERY BAN").split(" "),
);
const HERE = JSON.stringify({ colo: setup.colo, city: setup.city || undefined, country: setup.country || undefined });

function cleanMethod(method) {
  const upper = String(method).toUpperCase();
  if (!METHODS.has(upper)) throw new TypeError(`Invalid HTTP method string: ${method}`);
  return upper;
}

function cleanRedirect(redirect) {
  if (redirect === "follow" || redirect === "manual") return redirect;
  throw new TypeError(
    'Invalid redirect value, must be one of "follow" or "manual" ("error" won\'t be implemented since it does not make sense at the edge; use "manual" and check the response status code).',
  );
}

function cleanSignal(signal) {
  if (signal === null || signal === undefined) return null;
  if (!(signal instanceof AbortSignal)) {
    throw new TypeError("Incorrect type for the 'signal' field on 'RequestInitializerDict': the provided value is not of type 'AbortSignal'.");
  }
  return signal;
}

function cleanCf(cf) {
  if (typeof cf === "object" && cf !== null) return cf;
  throw new TypeError("Incorrect type for the 'cf' field on 'RequestInitializerDict': the provided value is not of type 'Object'.");
}

function cleanCache(cache) {
  if (cache === "no-store" || cache === "no-cache") return cache;
  throw new TypeError(`Unsupported cache mode: ${cache}`);
}

function checkIntegrity(integrity) {
  if (integrity === undefined || String(integrity) === "") return;
  throw new TypeError("Subrequest integrity checking is not implemented. The integrity option must be either undefined or an empty string.");
}

/** What a request is when it travels: { head, body, redirect, signal, url, method }. Takes its body. */
export let packRequest;
/** Whether it is one, and no Proxy of one. */
export let isRequest;

export class Request extends Body {
  #method = "GET";
  #url;
  #headers = null;
  #packed = "";
  #cf; // JSON, or the user's object
  #redirect = "follow";
  #signal = null;
  #cache = undefined;
  #run = 0; // whose request it is, while it has no signal of its own

  constructor(input, init, body, run = 0) {
    if (input === INTERNAL) {
      super(body);
      this.#run = run;
      const url = init.indexOf("\n") + 1, cf = init.indexOf("\n", url) + 1;
      if (url === 0) return; // a clone, which is filled in
      this.#method = init.slice(0, url - 1);
      this.#url = init.slice(url, cf - 1);
      const redirect = init.indexOf("\n", cf) + 1, headers = init.indexOf("\n", redirect) + 1;
      this.#cf = redirect - cf > 1 ? init.slice(cf, redirect - 1) : HERE;
      this.#redirect = headers ? init.slice(redirect, headers - 1) : init.slice(redirect);
      if (headers) this.#packed = init.slice(headers);
      return;
    }
    if (arguments.length === 0) throw wrongConstruct("Request", 1, "Request or string");
    init = initOf(init, () => wrongConstruct("Request", 2, "RequestInitializerDict or Request"));
    const from = isRequest(input) ? input : null;
    const given = init.body ?? null;
    const moved = from && given === null && hasBody(from);
    if (moved) checkUnused(from);
    const [source, type] = extractBody(given);
    super(source);
    if (from) this.#copy(from);
    else this.#url = httpUrl(input);
    if (init.method !== undefined) this.#method = cleanMethod(init.method);
    if (init.headers !== undefined) this.#headers = headersOfInit(init.headers, "RequestInitializerDict");
    if (init.redirect !== undefined) this.#redirect = cleanRedirect(init.redirect);
    if (init.signal !== undefined) this.#signal = cleanSignal(init.signal);
    if (init.cf !== undefined) this.#cf = cleanCf(init.cf);
    if (init.cache !== undefined) this.#cache = cleanCache(init.cache);
    checkIntegrity(init.integrity);
    if ((given !== null || moved) && (this.#method === "GET" || this.#method === "HEAD")) {
      throw new TypeError("Request with a GET or HEAD method cannot have a body.");
    }
    if (type && !this.headers.has("content-type")) this.headers.set("content-type", type);
    if (moved) moveSource(this, from);
  }
  #copy(from) {
    this.#method = from.#method;
    this.#url = from.#url;
    this.#headers = new Headers(from.headers);
    this.#cf = from.#cf;
    this.#redirect = from.#redirect;
    this.#signal = from.#signal;
    this.#run = from.#run;
  }
  get method() {
    return this.#method;
  }
  get url() {
    return this.#url;
  }
  get headers() {
    this.#headers ??= this.#packed ? headersOfPacked(this.#packed, true) : new Headers();
    return this.#headers;
  }
  get redirect() {
    return this.#redirect;
  }
  get signal() {
    this.#signal ??= this.#run ? signalOf(this.#run) : new AbortController().signal;
    return this.#signal;
  }
  get cf() {
    if (typeof this.#cf === "string") this.#cf = JSON.parse(this.#cf);
    return this.#cf;
  }
  get cache() {
    return this.#cache;
  }
  get integrity() {
    return "";
  }
  get keepalive() {
    return false;
  }
  clone() {
    const copy = new Request(INTERNAL, "", hasBody(this) ? shareSource(this) : null);
    copy.#copy(this);
    return copy;
  }

  static {
    isRequest = (value) => typeof value === "object" && value !== null && #method in value;
    packRequest = (request) => {
      const url = sentUrl(request.#url);
      const cf = request.#cf === undefined ? "" : typeof request.#cf === "string" ? request.#cf : JSON.stringify(request.#cf);
      const rest = request.#headers ? packHeaders(request.#headers) : request.#packed ? "\n" + request.#packed : "";
      const body = hasBody(request) ? takeSource(request) : null;
      return { method: request.#method, url, cf: cf ?? "", headers: rest, body, redirect: request.#redirect, signal: request.#signal };
    };
  }
}
tag(Request);
define({ Request });
