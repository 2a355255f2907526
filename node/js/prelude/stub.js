import { describe } from "./describe.js";
import { unpackThrown } from "./errors.js";
import { settle } from "./gate.js";
import { isRequest, packRequest, Request } from "./request.js";
import { everyMethod } from "./rpc.js";
import { disposable, packRpc, readRpc } from "./rpc-values.js";
import { isRedirect, markRedirected, responseOfHead } from "./response.js";
import { illegalUnless, initOf, illegalInvocation, tag, wrongArgument } from "./shared.js";
import { bareUrl, httpUrl, sentUrl } from "./url.js";
import { Incoming, OF_CALL, outgoing, received } from "./transport.js";
import { dataResponse, isDataUrl } from "./data.js";

const REDIRECTS_MAX = 20, HINTS_MAX = 16;
const ONE_TIME_BODY =
  "A request with a one-time-use body (it was initialized from a stream, not a buffer) encountered a redirect requiring the body to be retransmitted. To avoid this error in the future, construct this request from a buffer-like body initializer.";
const pending = new Map(); // number of a call -> who waits for its answer

function bodySize(body) {
  if (typeof body === "string") return /[^\0-\x7f]/.test(body) ? native.byteLength(body) : body.length;
  return body.byteLength;
}

function packedHead(parts, body, rest) {
  const { method, url, cf, headers } = parts;
  const size = body === null || body === undefined ? (rest ?? -1) : bodySize(body);
  const length = size >= 0 && !/\ncontent-length\n/.test(headers) ? `\ncontent-length\n${size}` : "";
  return `${method}\n${url}\n${cf}\nmanual${headers}${length}`;
}

/** The body can be sent once more. */
const isBuffer = (body) => body === null || typeof body === "string" || ArrayBuffer.isView(body) || body instanceof ArrayBuffer;

/** Where a redirect leads: new parts, or null when the Response is for the caller. */
function redirected(parts, response) {
  if (parts.redirect !== "follow" || !isRedirect(response.status)) return null;
  const location = response.headers.get("location");
  if (location === null) return null;
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
  if (!isBuffer(next.body)) throw new TypeError(ONE_TIME_BODY);
  return next;
}

class Waiting {
  constructor(stub, parts, resolve, reject) {
    this.stub = stub;
    this.parts = parts;
    this.resolve = resolve;
    this.reject = reject;
    this.call = 0;
    this.incoming = null; // the Response's body, once it is under way
    if (parts.signal) this.#watch(parts.signal);
  }
  #watch(signal) {
    this.onAbort = () => {
      const { reason } = signal;
      const error = reason instanceof Error ? reason : new Error(describe(reason));
      if (this.incoming) this.incoming.abort(error);
      if (!pending.delete(this.call)) return;
      native.callAbort(this.call);
      this.reject(error);
    };
    signal.addEventListener("abort", this.onAbort, { once: true });
  }
  /** Nothing is left that could be aborted. */
  over() {
    this.parts.signal?.removeEventListener("abort", this.onAbort);
  }
}

const LANES = `${Math.random()}-`; // of this context alone
let lastLane = 0;

const OF_METHOD = { signal: null }; // parts of a call of a method

function answerCall(waiting, head, source) {
  try {
    const value = readRpc(source, Number(head.slice("value\n".length)));
    if (value instanceof Promise) value.then((later) => waiting.resolve(disposable(later)), waiting.reject);
    else settle(waiting.resolve, disposable(value));
  } catch (error) {
    settle(waiting.reject, error);
  }
}

const wrongInit = () => wrongArgument("fetch", "Fetcher", 2, "RequestInitializerDict or Request");

function plainParts(input) {
  return { method: "GET", url: sentUrl(httpUrl(input)), cf: "", headers: "", body: null, redirect: "follow", signal: null, plain: true };
}

const idProperty = { __proto__: null, value: null, enumerable: true, configurable: true, writable: false };

/** The class that user code sees of a stub; workerd calls it so. */
export class DurableObject {
  #known;
  #hint;
  #broken = null; // the error that it was reset with, packed
  #lane = ""; // keeps calls in order, once one had arguments that came later than itself
  constructor(token, id, known, hint) {
    illegalUnless(token);
    Object.defineProperty(this, "name", known.property);
    idProperty.value = id;
    Object.defineProperty(this, "id", idProperty);
    this.#known = known;
    this.#hint = hint;
  }
  fetch(input, init) {
    if (!isStub(this)) return Promise.reject(illegalInvocation());
    if (arguments.length === 0) {
      return Promise.reject(new TypeError("Failed to execute 'fetch' on 'Fetcher': parameter 1 is not of type 'Request or string'."));
    }
    try {
      if (isDataUrl(input)) return Promise.resolve(dataResponse(input));
      const parts = init === undefined && !isRequest(input) ? plainParts(input) : packRequest(new Request(input, initOf(init, wrongInit)));
      if (this.#broken) throw unpackThrown(this.#broken, false).value;
      if (parts.signal?.aborted) throw parts.signal.reason;
      return new Promise((resolve, reject) => this.#send(parts, resolve, reject));
    } catch (error) {
      return Promise.reject(error);
    }
  }
  #send(parts, resolve, reject) {
    const known = this.#known, target = known.target * HINTS_MAX + this.#hint;
    const waiting = new Waiting(this, parts, resolve, reject);
    if (parts.plain) {
      waiting.call = native.call(target, known.plainText(parts.url), null);
      pending.set(waiting.call, waiting);
      return;
    }
    const [body, rest, writer, start] = outgoing(OF_CALL, parts.body);
    const text = `${known.digits}${packedHead(parts, body, rest)}${known.tail}`;
    waiting.call = native.call(target, text, body, rest, writer);
    pending.set(waiting.call, waiting);
    start?.(OF_CALL, waiting.call);
  }
  /** Call a method with `args`, or read a property: see rpc.js. */
  #ask(path, args) {
    return new Promise((resolve, reject) => {
      if (this.#broken) throw unpackThrown(this.#broken, false).value;
      const known = this.#known, target = known.target * HINTS_MAX + this.#hint;
      const [source, startBytes] = packRpc(args?.length ? args : undefined);
      const [body, rest, writer, start] = outgoing(OF_CALL, source);
      if (rest !== undefined) this.#lane ||= `${LANES}${++lastLane}`;
      const head = `\n${args ? "call" : "read"}\n${JSON.stringify(path)}\n${this.#lane}\n${startBytes}`;
      const waiting = new Waiting(this, OF_METHOD, resolve, reject);
      waiting.call = native.call(target, `${known.digits}${head}${known.tail}`, body, rest, writer);
      pending.set(waiting.call, waiting);
      start?.(OF_CALL, waiting.call);
    });
  }
  /** Call alarm() with this. No other code can make such a head. */
  #wake(info) {
    return new Promise((resolve, reject) => {
      const known = this.#known, waiting = new Waiting(this, OF_METHOD, resolve, reject);
      waiting.call = native.call(known.target * HINTS_MAX, `${known.digits}\nalarm\n${JSON.stringify(info)}\n\n0${known.tail}`, null);
      pending.set(waiting.call, waiting);
    });
  }
  static wake(stub, info) {
    return stub.#wake(info);
  }
  static ask(stub, path, args) {
    return isStub(stub) ? stub.#ask(path, args) : Promise.reject(illegalInvocation());
  }
  static isStub(value) {
    return typeof value === "object" && value !== null && #known in value;
  }
  static answer(call, thrown, head, body, rest) {
    const waiting = pending.get(call);
    const source = received(OF_CALL, call, body, rest);
    if (!waiting) {
      if (rest !== undefined) source.cancel();
      return;
    }
    pending.delete(call);
    if (rest === undefined) waiting.over();
    else waiting.incoming = source;
    if (thrown) {
      const { value, reset } = unpackThrown(head);
      if (reset) waiting.stub.#broken = head;
      if (reset && waiting.parts === OF_METHOD) delete value.remote;
      settle(waiting.reject, value);
      return;
    }
    const { parts, stub } = waiting;
    if (parts === OF_METHOD) return answerCall(waiting, head, source);
    try {
      const none = parts.method === "HEAD";
      const response = responseOfHead(head, none ? null : source, parts.url);
      const next = redirected(parts, response);
      if ((next || none) && source instanceof Incoming) source.cancel();
      if (next) stub.#send(next, waiting.resolve, waiting.reject);
      else settle(waiting.resolve, parts.trail ? markRedirected(response) : response);
    } catch (error) {
      waiting.incoming?.cancel();
      settle(waiting.reject, error);
    }
  }
}
tag(DurableObject);

export const answer = DurableObject.answer;
export const wake = DurableObject.wake;
const isStub = DurableObject.isStub;
Object.setPrototypeOf(DurableObject.prototype, everyMethod(DurableObject.ask));
delete DurableObject.answer;
delete DurableObject.ask;
delete DurableObject.wake;
delete DurableObject.isStub;

export function fail(call, message, retryable, overloaded) {
  const waiting = pending.get(call);
  if (!waiting) return;
  pending.delete(call);
  waiting.over();
  const error = new Error(message);
  if (retryable) error.retryable = true;
  if (overloaded) error.overloaded = true;
  settle(waiting.reject, error);
}

export function forgetCall(call) {
  pending.delete(call);
}
