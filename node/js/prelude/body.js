import { defineLazy, lazy } from "./shared.js";
import { bytesOf, decodeText, encodeBody, isBytes } from "./text.js";

// Whole bodies: text, bytes, or nothing. A stream is what user code sees of one, or gives as one.

const sources = new WeakMap(); // a stream made by a body -> that body

for (const name of ["ReadableStream", "WritableStream", "TransformStream", "ByteLengthQueuingStrategy", "CountQueuingStrategy"]) {
  defineLazy(name, () => lazy("streams")[name]);
}

function isStream(value) {
  return typeof value === "object" && value !== null && typeof value.getReader === "function";
}

async function readAll(stream) {
  const reader = stream.getReader();
  const chunks = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (typeof value !== "string" && !isBytes(value)) {
      throw new TypeError("This TransformStream is being used as a byte stream, but received an object of non-ArrayBuffer/ArrayBufferView type on its writable side.");
    }
    const bytes = typeof value === "string" ? encodeBody(value) : bytesOf(value);
    chunks.push(bytes);
    size += bytes.length;
  }
  const all = new Uint8Array(size);
  let place = 0;
  for (const chunk of chunks) {
    all.set(chunk, place);
    place += chunk.length;
  }
  return all;
}

async function* bytesOfEach(values) {
  for await (const value of values) {
    if (!isBytes(value)) throw new TypeError("This ReadableStream did not return bytes.");
    yield value;
  }
}

function isIterable(value) {
  if (typeof value !== "object" || value instanceof String) return false;
  return typeof value[Symbol.iterator] === "function" || typeof value[Symbol.asyncIterator] === "function";
}

/** Body and default content type of what user code gave: [source, type]. */
export function extractBody(init) {
  if (init === null || init === undefined) return [null, null];
  if (typeof init === "string") return [init, "text/plain;charset=UTF-8"];
  if (isBytes(init)) return [bytesOf(init).slice(), null];
  if (init instanceof URLSearchParams) return [init.toString(), "application/x-www-form-urlencoded;charset=UTF-8"];
  if (isStream(init)) {
    const body = sources.get(init);
    return [body && !init.locked ? takeSource(body) : init, null];
  }
  if (isIterable(init)) return [ReadableStream.from(bytesOfEach(init)), null];
  return [String(init), "text/plain;charset=UTF-8"];
}

/** Take the body as it is, to be sent: null, text, bytes, or a promise of bytes. Marks it used. */
export let takeSource;
/** Give the same body to `other` as well. */
export let shareSource;
export let hasBody;
/** Make an empty body none at all; false when it is not empty. */
export let dropEmpty;

export class Body {
  #source;
  #used = false;
  #stream = null;

  constructor(source) {
    this.#source = source;
  }
  get bodyUsed() {
    return this.#used;
  }
  get body() {
    if (this.#source === null) return null;
    if (!this.#stream) this.#stream = isStream(this.#source) ? this.#source : this.#makeStream();
    return this.#stream;
  }
  #makeStream() {
    const stream = new ReadableStream(
      {
        pull: (controller) => {
          const bytes = this.#takeBytes();
          if (bytes.length) controller.enqueue(bytes);
          controller.close();
        },
      },
      { highWaterMark: 0 },
    );
    sources.set(stream, this);
    return stream;
  }
  #take() {
    if (this.#source === null) return null;
    if (this.#used || this.#stream?.locked) {
      throw new TypeError("Body has already been used. It can only be used once. Use tee() first if you need to read it twice.");
    }
    this.#used = true;
    return isStream(this.#source) ? readAll(this.#source) : this.#source;
  }
  #takeBytes() {
    this.#used = true;
    const source = this.#source;
    return typeof source === "string" ? encodeBody(source) : bytesOf(source).slice();
  }
  #consume(convert) {
    try {
      const source = this.#take();
      return source instanceof Promise ? source.then(convert) : Promise.resolve(convert(source));
    } catch (error) {
      return Promise.reject(error);
    }
  }
  text() {
    return this.#consume(asText);
  }
  json() {
    return this.#consume((source) => JSON.parse(asText(source)));
  }
  bytes() {
    return this.#consume(asBytes);
  }
  arrayBuffer() {
    return this.#consume((source) => asBytes(source).buffer);
  }

  static {
    takeSource = (body) => body.#take();
    shareSource = (body, name) => {
      if (body.#used || body.#stream?.locked) {
        throw new TypeError(name === "clone" ? "This ReadableStream is currently locked to a reader," : "Cannot reconstruct a Request with a used body.");
      }
      if (!isStream(body.#source)) return body.#source;
      const [one, other] = body.#source.tee();
      body.#source = one;
      body.#stream = null;
      return other;
    };
    hasBody = (body) => body.#source !== null;
    dropEmpty = (body) => {
      const empty = body.#source.length === 0; // of text or bytes; streams have no length
      if (empty) body.#source = null;
      return empty;
    };
  }
}

function asText(source) {
  if (source === null) return "";
  if (typeof source !== "string") return decodeText(source);
  if (!source.isWellFormed()) return decodeText(encodeBody(source));
  return source.charCodeAt(0) === 0xfeff ? source.slice(1) : source;
}

function asBytes(source) {
  return source === null ? new Uint8Array(0) : typeof source === "string" ? encodeBody(source) : bytesOf(source).slice();
}
