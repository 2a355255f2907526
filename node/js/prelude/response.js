import { Body, extractBody, dropEmpty, hasBody, shareSource, takeSource } from "./body.js";
import { Headers, fixHeaders, headersOfInit, headersOfPacked, packHeaders } from "./headers.js";
import { define, initOf, INTERNAL, tag, wrongArgument, wrongConstruct } from "./shared.js";
import { statusName } from "./status.js";

const NO_BODY = new Set([101, 204, 205, 304]);
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

const TEXT = "content-type\ntext/plain;charset=UTF-8"; // with status 200 the head of most Responses: undefined stands for it

export function isRedirect(status) {
  return REDIRECTS.has(status);
}

function cleanStatus(status) {
  const number = Math.trunc(Number(status));
  if (number >= 200 && number <= 599) return number;
  if (Math.abs(number) >= 2 ** 31 && Number.isFinite(number)) {
    throw new TypeError("Value out of range. Must be between -2147483648 and 2147483647 (inclusive).");
  }
  throw new RangeError("Responses may only be constructed with status codes in the range 200 to 599, inclusive.");
}

function cleanStatusText(text) {
  text = String(text);
  if (/[^\t\x20-\x7e\x80-\xff]/.test(text)) throw new TypeError("Invalid statusText");
  return text;
}

/** Hand a Response over: deliver(head, source). */
export let deliverResponse;
/** Whether it is one, and no Proxy of one. */
export let isResponse;
/** A Response of a head and a body from elsewhere; `fixed`: nobody may change its headers. */
export let responseOfHead;
export let markRedirected;

export class Response extends Body {
  #status = 200;
  #statusText = "";
  #headers = null;
  #packed = ""; // headers that are not unpacked yet
  #fixed = false;
  #url = "";
  #redirected = false;
  #type = "default";
  #cf;

  constructor(body, init) {
    if (init === INTERNAL) {
      super(body);
      return;
    }
    if (typeof body === "string") {
      super(body);
      this.#packed = TEXT;
      if (init === undefined) return;
    } else {
      const [source, type] = extractBody(body);
      super(source);
      if (type) this.#packed = `content-type\n${type}`;
      if (init === undefined) return;
    }
    this.#init(initOf(init, () => wrongConstruct("Response", 2, "InitializerDict or Response")));
  }
  #init(init) {
    if (init.status !== undefined) this.#status = cleanStatus(init.status);
    if (NO_BODY.has(this.#status) && hasBody(this)) {
      if (!dropEmpty(this)) throw new TypeError("Response with null body status (101, 204, 205, or 304) cannot have a body.");
      this.#packed = ""; // the type of a body that is none
    }
    if (init.statusText !== undefined) this.#statusText = cleanStatusText(init.statusText);
    if (init.headers !== undefined) {
      const type = this.#packed;
      this.#packed = "";
      this.#headers = headersOfInit(init.headers, "InitializerDict");
      if (type && !this.#headers.has("content-type")) this.#headers.set("content-type", type.slice(13));
    }
    if (init.cf !== undefined) this.#cf = init.cf;
    if (init.encodeBody !== undefined && init.encodeBody !== "manual" && init.encodeBody !== "automatic") {
      throw new TypeError(`encodeBody: unexpected value: ${init.encodeBody}`);
    }
    if (init.webSocket !== undefined && init.webSocket !== null) {
      throw new TypeError("Incorrect type for the 'webSocket' field on 'InitializerDict': the provided value is not of type 'WebSocket'.");
    }
  }
  get status() {
    return this.#status;
  }
  get statusText() {
    return this.#statusText;
  }
  get ok() {
    return this.#status >= 200 && this.#status <= 299;
  }
  get headers() {
    if (!this.#headers) {
      this.#headers = headersOfPacked(this.#packed, this.#fixed);
      this.#packed = "";
    }
    return this.#headers;
  }
  get url() {
    return this.#url;
  }
  get redirected() {
    return this.#redirected;
  }
  get type() {
    return this.#type;
  }
  get cf() {
    return this.#cf;
  }
  get webSocket() {
    return null;
  }
  clone() {
    const result = new Response(hasBody(this) ? bytesOfBuffer(shareSource(this)) : null, INTERNAL);
    result.#status = this.#status;
    result.#statusText = this.#statusText;
    result.#headers = new Headers(this.headers);
    result.#packed = "";
    result.#url = this.#url;
    result.#redirected = this.#redirected;
    result.#type = this.#type;
    result.#cf = this.#cf;
    return result;
  }

  static json(data, init) {
    if (arguments.length === 0) throw wrongArgument("json", "Response", 1, "Value");
    init = initOf(init, () => wrongArgument("json", "Response", 2, "InitializerDict or Response"));
    const headers = init.headers === undefined ? new Headers() : headersOfInit(init.headers, "InitializerDict");
    if (!headers.has("content-type")) headers.set("content-type", "application/json");
    const { status, statusText, cf } = init;
    return new Response(String(JSON.stringify(data)), { status, statusText, cf, headers });
  }
  static redirect(url, status = 302) {
    if (arguments.length === 0) throw wrongArgument("redirect", "Response", 1, "string");
    const target = URL.parse(url);
    if (!target) throw new TypeError(`Unable to parse URL: ${url}`);
    if (!REDIRECTS.has(Number(status))) {
      throw new RangeError(`${Math.trunc(Number(status)) | 0} is not a redirect status code. It must be one of: 301, 302, 303, 307, or 308.`);
    }
    const response = new Response(null, { status, headers: { location: target.href } });
    fixHeaders(response.headers);
    return response;
  }
  static error() {
    const response = new Response(null);
    response.#status = 0;
    response.#type = "error";
    return response;
  }

  #unpackHead(head) {
    const text = head.indexOf("\n") + 1, headers = head.indexOf("\n", text) + 1;
    this.#status = Number(head.slice(0, text - 1));
    this.#statusText = headers ? head.slice(text, headers - 1) : head.slice(text);
    this.#packed = headers ? head.slice(headers) : "";
  }
  #packHead() {
    if (this.#packed === TEXT && this.#status === 200 && (this.#statusText === "" || this.#statusText === "OK")) return undefined;
    const rest = this.#headers ? packHeaders(this.#headers) : this.#packed ? "\n" + this.#packed : "";
    return `${this.#status}\n${this.#statusText || statusName(this.#status)}${rest}`;
  }

  static {
    isResponse = (value) => typeof value === "object" && value !== null && #status in value;
    deliverResponse = (response, deliver) => {
      if (response.#status === 0) throw new TypeError("Return value from serve handler must not be an error response (like Response.error())");
      const head = response.#packHead();
      deliver(head, takeSource(response));
    };
    responseOfHead = (head, body, url, fixed = true) => {
      const response = new Response(bytesOfBuffer(body), INTERNAL);
      if (head === undefined) {
        response.#statusText = "OK";
        response.#packed = TEXT;
      } else response.#unpackHead(head);
      response.#fixed = fixed;
      response.#url = url;
      return response;
    };
    markRedirected = (response) => {
      response.#redirected = true;
      return response;
    };
  }
}

/** A body from C, as a Body takes it: bytes of ours need no copy. */
function bytesOfBuffer(source) {
  return source instanceof ArrayBuffer ? new Uint8Array(source) : source;
}

tag(Response);
define({ Response });
