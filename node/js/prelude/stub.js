import { unpackThrown } from "./errors.js";
import { Request, packRequest } from "./request.js";
import { isRedirect, markRedirected, responseOfHead } from "./response.js";
import { illegalUnless, initOf, illegalInvocation, tag, wrongArgument } from "./shared.js";
import { bareUrl, httpUrl, sentUrl } from "./url.js";
import { dataResponse, isDataUrl } from "./data.js";

const REDIRECTS_MAX = 20, HINTS_MAX = 16;
const pending = new Map(); // number of a call -> who waits for its answer

function bodySize(body) {
  if (typeof body === "string") return /[^\0-\x7f]/.test(body) ? native.byteLength(body) : body.length;
  return body.byteLength;
}

function packedHead(parts) {
  const { method, url, cf, headers, body, streamed } = parts;
  const length = body !== null && body !== undefined && !streamed && !/\ncontent-length\n/.test(headers) ? `\ncontent-length\n${bodySize(body)}` : "";
  return `${method}\n${url}\n${cf}\nmanual${headers}${length}`;
}

/** Where a redirect leads: new parts, or null when the Response is for the caller. */
function redirected(parts, response) {
  const location = response.headers.get("location");
  if (parts.redirect !== "follow" || !isRedirect(response.status) || location === null) return null;
  const trail = [...(parts.trail ?? []), parts.url];
  if (trail.length > REDIRECTS_MAX) throw new TypeError(`Too many redirects.${trail.join(", ")}`);
  const target = URL.parse(location, parts.url);
  if (!target) throw new TypeError("Invalid Location header; unable to follow redirect.");
  const next = { ...parts, trail, url: bareUrl(target.href) };
  const dropsBody = response.status === 303 ? parts.method !== "GET" && parts.method !== "HEAD" : response.status <= 302 && parts.method === "POST";
  if (dropsBody) {
    next.method = "GET";
    next.body = null;
    next.headers = parts.headers.replace(/\n(?:content-(?:length|type|encoding|language|location))\n[^\n]*/g, "");
  }
  return next;
}

class Waiting {
  constructor(stub, parts, resolve, reject) {
    this.stub = stub;
    this.parts = parts;
    this.resolve = resolve;
    this.reject = reject;
  }
}

const wrongInit = () => wrongArgument("fetch", "Fetcher", 2, "RequestInitializerDict or Request");

function plainParts(input) {
  return { method: "GET", url: sentUrl(httpUrl(input)), cf: "", headers: "", body: null, redirect: "follow", signal: null, plain: true };
}

/** The class that user code sees of a stub; workerd calls it so. */
export class DurableObject {
  #id;
  #known;
  #hint;
  #broken = null; // the error that it was reset with, packed
  constructor(token, id, known, hint) {
    illegalUnless(token);
    this.#id = id;
    this.#known = known;
    this.#hint = hint;
  }
  get id() {
    return this.#id;
  }
  get name() {
    return this.#id.name;
  }
  toJSON() {
    return { name: this.name, id: this.#id };
  }
  fetch(input, init) {
    if (!isStub(this)) return Promise.reject(illegalInvocation());
    if (arguments.length === 0) {
      return Promise.reject(new TypeError("Failed to execute 'fetch' on 'Fetcher': parameter 1 is not of type 'Request or string'."));
    }
    try {
      if (isDataUrl(input)) return Promise.resolve(dataResponse(input));
      const parts = init === undefined && !(input instanceof Request) ? plainParts(input) : packRequest(new Request(input, initOf(init, wrongInit)));
      if (this.#broken) throw unpackThrown(this.#broken, false).value;
      if (parts.signal?.aborted) throw parts.signal.reason;
      if (parts.body instanceof Promise) {
        return parts.body.then((body) => new Promise((resolve, reject) => this.#send({ ...parts, body, streamed: true }, resolve, reject)));
      }
      return new Promise((resolve, reject) => this.#send(parts, resolve, reject));
    } catch (error) {
      return Promise.reject(error);
    }
  }
  #send(parts, resolve, reject) {
    const known = this.#known;
    const text = parts.plain ? known.plainText(parts.url) : `${known.digits}${packedHead(parts)}${known.tail}`;
    const call = native.call(known.target * HINTS_MAX + this.#hint, text, parts.body);
    pending.set(call, new Waiting(this, parts, resolve, reject));
    parts.signal?.addEventListener("abort", () => {
      if (pending.delete(call)) reject(parts.signal.reason);
    }, { once: true });
  }
  static isStub(value) {
    return typeof value === "object" && value !== null && #known in value;
  }
  static answer(call, thrown, head, body) {
    const waiting = pending.get(call);
    if (!waiting) return;
    pending.delete(call);
    if (thrown) {
      const { value, reset } = unpackThrown(head);
      if (reset) waiting.stub.#broken = head;
      waiting.reject(value);
      return;
    }
    const { parts, stub } = waiting;
    try {
      const response = responseOfHead(head, parts.method === "HEAD" ? null : body, parts.url);
      const next = redirected(parts, response);
      if (next) stub.#send(next, waiting.resolve, waiting.reject);
      else waiting.resolve(parts.trail ? markRedirected(response) : response);
    } catch (error) {
      waiting.reject(error);
    }
  }
}
tag(DurableObject);

export const answer = DurableObject.answer;
const isStub = DurableObject.isStub;
delete DurableObject.answer;
delete DurableObject.isStub;

export function fail(call, message, retryable, overloaded) {
  const waiting = pending.get(call);
  if (!waiting) return;
  pending.delete(call);
  const error = new Error(message);
  if (retryable) error.retryable = true;
  if (overloaded) error.overloaded = true;
  waiting.reject(error);
}

export function forgetCall(call) {
  pending.delete(call);
}
