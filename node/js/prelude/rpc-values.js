import { checkUnused } from "./body.js";
import { DOMException } from "./exception.js";
import { Headers, headersOfPacked, packHeaders } from "./headers.js";
import { isPlain, PLAIN, RICH, unpackStored } from "./pack.js";
import { Request, packRequest } from "./request.js";
import { deliverResponse, responseOfHead } from "./response.js";
import { hostName, INTERNAL, lazy } from "./shared.js";
import { storedSize } from "./size.js";
import { streamLength } from "./streams.js";
import { chunksOf, Incoming } from "./transport.js";
import { bytesOf, decodeText, encodeBody, isBytes } from "./text.js";

// Arguments and results of RPC as they travel: text, as for storage, and behind it the bytes of a stream, if there is one among
// them. Bodies whose bytes are known are a part of the text.

const VALUE_BYTES_MAX = 32 << 20;
const LOCKED = "The ReadableStream has been locked to a reader.";
const ONE_STREAM = "Only one stream, or body that is one, can travel with an RPC call or its result here; see docs/WORKERS.md.";

// No value takes more than so many times the length of its JSON: shorter JSON need not be measured.
const GROWTH_MAX = 4;

function checkSize(value, text) {
  if (text.length * GROWTH_MAX <= VALUE_BYTES_MAX) return;
  const size = storedSize(value);
  if (size > VALUE_BYTES_MAX) throw new Error(`Serialized RPC arguments or return values are limited to 32MiB, but the size of this value was: ${size} bytes.`);
}

/** Packs classes of the Web API as [name, parts...], and gives false for all else. Streams go into `streams`. */
function hostPacker(streams) {
  const packSource = (source) => {
    if (source === null || typeof source === "string") return source;
    if (isBytes(source)) return bytesOf(source);
    if (streams.length) throw new DOMException(ONE_STREAM, "DataCloneError");
    streams.push(source);
    return true;
  };
  const checkFree = (value) => {
    try {
      checkUnused(value);
    } catch {
      throw new TypeError(LOCKED);
    }
  };
  const packers = {
    Headers: (value) => [packHeaders(value)],
    Response(value) {
      checkFree(value);
      let parts;
      deliverResponse(value, (head, source) => (parts = [head, packSource(source)]));
      return parts;
    },
    Request(value) {
      checkFree(value);
      const { method, url, cf, headers, body, redirect } = packRequest(value);
      return [`${method}\n${url}\n${cf}\n${redirect}${headers}`, packSource(body)];
    },
    ReadableStream(value) {
      if (value.locked) throw new TypeError(LOCKED);
      return [packSource(value)];
    },
    Blob: (value) => [bytesOf(lazy("forms").blobBytes(value)), value.type],
    File: (value) => [bytesOf(lazy("forms").blobBytes(value)), value.type, value.name, value.lastModified],
  };
  return (value) => {
    const name = typeof value === "object" && value !== null ? hostName(value) : undefined;
    return name !== undefined && Object.hasOwn(packers, name) && [name, ...packers[name](value)];
  };
}

function hostMaker(stream) {
  const bodyOf = (packed) => (packed === true ? stream : packed);
  const makers = {
    Headers: (packed) => new Headers(headersOfPacked(packed.slice(1), false)),
    Response: (head, body) => responseOfHead(head, bodyOf(body), "", false),
    Request: (head, body) => new Request(new Request(INTERNAL, head, bodyOf(body))),
    ReadableStream: (packed) => bodyOf(packed).stream(),
    Blob: (bytes, type) => new (lazy("forms").Blob)([bytes], { type }),
    File: (bytes, type, name, lastModified) => new (lazy("forms").File)([bytes], name, { type, lastModified }),
  };
  return ([name, ...parts]) => makers[name](...parts);
}

/** A value to be sent: [source for outgoing(), bytes of it before the stream's; 0: there is no stream]. Throws what user code
 * is to be told. */
export function packRpc(value) {
  if (value === undefined) return [null, 0];
  if (isPlain(value, new Set(), 0, false)) {
    const text = PLAIN + JSON.stringify(value);
    checkSize(value, text);
    return [text, 0];
  }
  const streams = [];
  const text = RICH + lazy("clone").stringifyRpc(value, hostName, hostPacker(streams));
  checkSize(value, text);
  if (streams.length === 0) return [text, 0];
  const start = encodeBody(text);
  return [new Led(start, streams[0]), start.length];
}

function unpackRpc(text, stream) {
  return text[0] === RICH ? lazy("clone").parseRpc(text.slice(1), hostMaker(stream)) : unpackStored(text);
}

/** What packRpc() packed, of what received() gave; a promise where it is still to come. */
export function readRpc(source, startBytes) {
  if (source === null) return undefined;
  if (typeof source === "string") return unpackRpc(source);
  if (!(source instanceof Incoming)) return unpackRpc(decodeText(source));
  return startBytes ? readStart(source, startBytes) : source.readAll().then((bytes) => unpackRpc(decodeText(bytes)));
}

async function readStart(source, startBytes) {
  const start = new Uint8Array(startBytes);
  for (let place = 0; place < startBytes; ) {
    const chunk = await source.next();
    if (!chunk) throw new TypeError("The arguments or the result of an RPC call ended too early.");
    const part = chunk.subarray(0, startBytes - place);
    start.set(part, place);
    place += part.length;
    if (place === startBytes) return unpackRpc(decodeText(start), new Led(chunk.subarray(part.length), source, startBytes));
  }
}

/** A body with bytes at its front. */
class Led extends Incoming {
  #first;
  #rest;
  /** `source` has given `taken` bytes already. */
  constructor(first, source, taken = 0) {
    const size = source instanceof Incoming ? source.size : streamLength(source);
    super(undefined, undefined, size === undefined ? -1 : taken ? size - taken : first.length + size);
    this.#first = first.length ? first : null;
    this.#rest = source instanceof Incoming ? source : chunksOf(source);
  }
  next() {
    const first = this.#first;
    if (!first) return this.#rest.next();
    this.#first = null;
    return first;
  }
  cancel(reason) {
    this.#first = null;
    this.#rest.cancel(reason);
  }
  abort(error) {
    this.#first = null;
    this.#rest.abort(error);
  }
}

/** What a call gave, for user code: objects can be disposed of, which does nothing. */
export function disposable(value) {
  if (typeof value === "object" && value !== null) Object.defineProperty(value, Symbol.dispose, { value() {}, writable: true, configurable: true, enumerable: false });
  return value;
}
