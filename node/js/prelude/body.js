import { untilOpen } from "./gate.js";
import { defineLazy, hostName, lazy, toText } from "./shared.js";
import { byteStream, isReadable } from "./streams.js";
import { Incoming, joined, TOO_MUCH } from "./transport.js";
import { bytesOf, decodeText, encodeBody, isBytes } from "./text.js";

// A body is nothing, text, bytes, what comes from elsewhere (an Incoming), or a stream. All but the last become a
// stream only when user code looks at `body`.

for (const name of ["Blob", "File", "FormData"]) defineLazy(name, () => lazy("forms")[name]);

const plain = new WeakMap(); // a stream made of one of the others -> that
const USED = "Body has already been used. It can only be used once. Use tee() first if you need to read it twice.";
const LOCKED = "This ReadableStream is currently locked to a reader.";

function streamOf(source) {
  if (source instanceof Incoming) return source.stream();
  return byteStream({
    pull(controller) {
      const bytes = asBytes(source);
      if (bytes.length) controller.enqueue(bytes);
      controller.close();
      controller.byobRequest?.respond(0);
    },
  });
}

const isDisturbed = (stream) => lazy("streams").isDisturbed(stream);

/** All bytes of a stream, for user code. */
async function readAll(stream) {
  const reader = stream.getReader();
  const chunks = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (!isBytes(value)) throw new TypeError("This ReadableStream did not return bytes.");
    const bytes = bytesOf(value);
    chunks.push(bytes);
    size += bytes.length;
    if (size > setup.bodyBytesMax) {
      reader.cancel().catch(() => {});
      throw new TypeError(TOO_MUCH);
    }
  }
  return joined(chunks, size);
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

function extractStream(stream) {
  if (isDisturbed(stream)) throw new TypeError("This ReadableStream is disturbed (has already been read from), and cannot be used as a body.");
  if (stream.locked) throw new TypeError("This ReadableStream is locked to a reader, and cannot be used as a body.");
  return stream;
}

/** Body and default content type of what user code gave: [source, type]. */
export function extractBody(init) {
  if (init === null || init === undefined) return [null, null];
  if (typeof init === "string") return [init, "text/plain;charset=UTF-8"];
  if (init instanceof Incoming) return [init, null];
  if (isBytes(init)) return [bytesOf(init).slice(), null];
  if (init instanceof URLSearchParams) return [init.toString(), "application/x-www-form-urlencoded;charset=UTF-8"];
  if (typeof init === "object") {
    switch (hostName(init)) {
      case "ReadableStream":
        return [extractStream(init), null];
      case "Blob":
      case "File":
        return [lazy("forms").blobBytes(init), init.type || null];
      case "FormData":
        return lazy("forms").packForm(init);
    }
    if (isIterable(init)) return [ReadableStream.from(bytesOfEach(init)), null];
  }
  return [toText(init), "text/plain;charset=UTF-8"];
}

/** Take the body to be sent. Marks it used. */
export let takeSource;
/** Give the same body to `other` as well: its source. */
export let shareSource;
/** Move the body of `from` into a new one. */
export let moveSource;
/** Throws unless the body can be given to a new Request. */
export let checkUnused;
export let hasBody;
/** Make an empty body none at all; false when it is not empty. */
export let dropEmpty;

export class Body {
  #source;
  #stream = null; // of the source, once there is one
  #used = false; // taken, while there was none

  constructor(source) {
    this.#source = source;
    if (source !== null && typeof source === "object" && isReadable(source)) this.#stream = source;
  }
  get bodyUsed() {
    return this.#used || (this.#stream !== null && isDisturbed(this.#stream));
  }
  get body() {
    if (this.#source === null) return null;
    if (!this.#stream) {
      this.#stream = streamOf(this.#source);
      plain.set(this.#stream, this.#source);
      if (this.#used) lazy("streams").useUp(this.#stream);
    }
    return this.#stream;
  }
  /** The source, for one use. */
  #take() {
    if (this.#source === null) return null;
    if (this.bodyUsed) throw new TypeError(USED);
    if (!this.#stream) {
      this.#used = true;
      return this.#source;
    }
    if (this.#stream.locked) throw new TypeError(LOCKED);
    const source = plain.get(this.#stream);
    if (source === undefined) return this.#stream;
    lazy("streams").useUp(this.#stream);
    return source;
  }
  #consume(convert) {
    try {
      const source = this.#take();
      const opened = untilOpen();
      if (opened) return opened.then(() => new Body(source).#consume(convert));
      if (source instanceof Incoming) return source.readAll().then(convert);
      return isReadable(source) ? readAll(source).then(convert) : Promise.resolve(convert(source));
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
  blob() {
    return this.#consume((source) => lazy("forms").blobOf(asBytes(source), this.headers.get("content-type")));
  }
  formData() {
    return this.#consume((source) => lazy("forms").formParser(this.headers.get("content-type"))(asBytes(source)));
  }

  static {
    takeSource = (body) => body.#take();
    moveSource = (body, from) => {
      body.#source = from.#take();
      body.#stream = isReadable(body.#source) ? body.#source : null;
      if (body.#stream) from.#used = true;
    };
    checkUnused = (body) => {
      if (body.bodyUsed || body.#stream?.locked) throw new TypeError("Cannot reconstruct a Request with a used body.");
    };
    shareSource = (body) => {
      if (body.bodyUsed || body.#stream?.locked) throw new TypeError("This ReadableStream is currently locked to a reader,");
      const source = body.#stream ? plain.get(body.#stream) : body.#source;
      if (source instanceof Incoming) {
        const [one, other] = lazy("streams").teeBody(body.body);
        body.#source = body.#stream = one;
        return other;
      }
      if (source !== undefined) {
        if (body.#stream) lazy("streams").useUp(body.#stream);
        body.#source = source;
        body.#stream = null;
        return source;
      }
      const [one, other] = lazy("streams").teeBody(body.#stream);
      body.#source = body.#stream = one;
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
