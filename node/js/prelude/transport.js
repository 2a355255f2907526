import { errorText, packThrown, unpackThrown, userStack } from "./errors.js";
import { DOMException } from "./exception.js";
import { untilOpen, whenOpen } from "./gate.js";
import { lazy } from "./shared.js";
import { byteStream, streamLength } from "./streams.js";
import { bytesOf, encodeBody, isBytes } from "./text.js";

// How bodies come and go. Small ones of known bytes travel with their heads. Of others only the
// head goes, and parts follow as they are made and read, asked for from the reader's end. A body belongs
// to a call or a run: `side` and `number` name it for C (../stream.c).

export const OF_CALL = 0, OF_RUN = 1;
const WARN = 1;
const WHOLE_BYTES_MAX = 48 << 10; // BODY_PART_BYTES_MAX of common/limits.h
const NOT_BYTES = [
  "This TransformStream is being used as a byte stream, but received an object of non-ArrayBuffer/ArrayBufferView type on its writable side.",
  "Draining read encountered a value that cannot be converted to bytes",
]; // of a request, of a response

/** What reading a whole body of more than setup.bodyBytesMax says. */
export const TOO_MUCH = "Memory limit exceeded before EOF.";

/** A body that comes. */
export class Incoming {
  #side;
  #number;
  #error = null;
  #over = false;
  #stop = null; // rejects the read that waits
  constructor(side, number, size) {
    this.#side = side;
    this.#number = number;
    this.size = size < 0 ? undefined : size;
  }
  /** The next part, as a promise or at once; null at the end. */
  next() {
    if (this.#error) throw this.#error;
    if (this.#over) return null;
    const opened = untilOpen();
    if (opened) return opened.then(() => this.next());
    let chunk;
    const ready = {};
    const promise = new Promise((resolve, reject) => Object.assign(ready, { resolve, reject }));
    try {
      chunk = native.bodyRead(this.#side, this.#number, ready.resolve);
    } catch (error) {
      throw (this.#error = error);
    }
    if (chunk === undefined) {
      this.#stop = ready.reject;
      return promise.then(() => this.next());
    }
    this.#over = chunk === null;
    return chunk && new Uint8Array(chunk);
  }
  cancel() {
    if (this.#over) return;
    this.#over = true;
    native.bodyCancel(this.#side, this.#number);
  }
  /** Read no more, because of `error`. */
  abort(error) {
    if (this.#over || this.#error) return;
    native.bodyCancel(this.#side, this.#number);
    this.#error = error;
    this.#stop?.(error);
  }
  async readAll() {
    const chunks = [];
    let size = 0;
    for (let chunk = await this.next(); chunk; chunk = await this.next()) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > setup.bodyBytesMax) {
        this.cancel();
        throw new TypeError(TOO_MUCH);
      }
    }
    return joined(chunks, size);
  }
  /** What user code sees of it. */
  stream() {
    const stream = byteStream({
      pull: async (controller) => {
        const chunk = await this.next();
        if (chunk) return controller.enqueue(chunk);
        controller.close();
        controller.byobRequest?.respond(0);
      },
      cancel: () => this.cancel(),
    });
    if (this.size !== undefined) lazy("streams").lengths.set(stream, this.size);
    return stream;
  }
}

export function joined(chunks, size) {
  if (chunks.length === 1) return chunks[0];
  const all = new Uint8Array(size);
  let place = 0;
  for (const chunk of chunks) {
    all.set(chunk, place);
    place += chunk.length;
  }
  return all;
}

/** A body from C: whole, or to come. */
export function received(side, number, body, rest) {
  return rest === undefined ? body : new Incoming(side, number, rest);
}

/** How a source is sent: [body, rest, writer, start]. Whole, or nothing yet, how long it will be (negative:
 * nobody knows), what C calls, and start(side, number), to be called when the body has its number. */
export function outgoing(side, source) {
  if (source === null || source === undefined) return [null];
  if (typeof source === "string") {
    if (source.length <= WHOLE_BYTES_MAX / 3) return [source];
    source = encodeBody(source);
  }
  if (isBytes(source)) {
    if (source.byteLength <= WHOLE_BYTES_MAX) return [source];
    return sent(oneChunk(bytesOf(source)), source.byteLength);
  }
  if (source instanceof Incoming) return sent(source, source.size ?? -1);
  return sent(chunksOf(source, NOT_BYTES[side]), streamLength(source) ?? -1);
}

function sent(chunks, size) {
  const writer = new Writer(chunks);
  return [null, size || -1, (bytes, reason) => writer.heard(bytes, reason), (side, number) => writer.start(side, number)];
}

function oneChunk(bytes) {
  return {
    next() {
      const chunk = bytes;
      bytes = null;
      return chunk;
    },
    cancel() {},
  };
}

/** What a stream gives, as the chunks of a body. */
export function chunksOf(stream, notBytes = NOT_BYTES[0]) {
  const reader = stream.getReader();
  return {
    async next() {
      const { done, value } = await reader.read();
      if (done) return null;
      if (typeof value === "string") return encodeBody(value);
      if (isBytes(value)) return bytesOf(value);
      const error = new TypeError(notBytes);
      reader.cancel(error).catch(() => {});
      throw error;
    },
    cancel: (reason) => void reader.cancel(reason).catch(() => {}),
  };
}

/** Moves chunks out as they are asked for. */
class Writer {
  #chunks;
  #side;
  #number;
  #credit = 0;
  #wake = null;
  #over = false;
  constructor(chunks) {
    this.#chunks = chunks;
  }
  /** C says: so many bytes more, or nobody reads on. */
  heard(bytes, reason) {
    if (bytes === undefined) {
      this.#over = true;
      this.#chunks.cancel(reason);
    } else this.#credit += bytes;
    this.#wake?.();
  }
  start(side, number) {
    this.#side = side;
    this.#number = number;
    this.#run();
  }
  #asked() {
    return new Promise((resolve) => (this.#wake = resolve));
  }
  async #run() {
    try {
      while (!this.#over) {
        if (this.#credit === 0) await this.#asked();
        else await this.#move();
      }
    } catch (error) {
      this.#failed(error);
    }
    if (this.#side === OF_RUN) forgetSignal(this.#number);
  }
  #failed(error) {
    if (!this.#over) {
      if (this.#side === OF_RUN) native.log(WARN, `uncaught in a response's body: ${errorText(error)}\n${userStack(error)}`.trimEnd());
      native.bodyBreak(this.#side, this.#number, packThrown(error));
    }
  }
  /** One chunk, which may be larger than what is asked for. */
  async #move() {
    let chunk = this.#chunks.next();
    if (chunk instanceof Promise) chunk = await chunk;
    if (this.#over) return;
    if (chunk === null) {
      this.#over = true;
      native.bodyWrite(this.#side, this.#number, undefined, true);
      return;
    }
    for (let place = 0; place < chunk.length && !this.#over; ) {
      if (this.#credit === 0) {
        await this.#asked();
        continue;
      }
      const end = Math.min(chunk.length, place + this.#credit);
      this.#credit -= end - place;
      native.bodyWrite(this.#side, this.#number, chunk.subarray(place, end), false);
      place = end;
    }
  }
}

/** C has something to tell to one of the above. */
export function notify(listener, bytes, reason) {
  whenOpen(() => listener(bytes, reason));
}

/** The Error of a body that ends in the middle: what the other end's code threw, or what the cluster says. */
export function bodyError(why, failed, retryable, overloaded) {
  if (!failed) return unpackThrown(why).value;
  const error = new Error(why);
  if (retryable) error.retryable = true;
  if (overloaded) error.overloaded = true;
  return error;
}

const controllers = new Map(); // number of a run -> of its request.signal, once somebody has looked at it

/** request.signal of a run: it aborts when the caller goes before it has the whole response. */
export function signalOf(run) {
  if (!controllers.has(run)) controllers.set(run, new AbortController());
  return controllers.get(run).signal;
}

export function forgetSignal(run) {
  if (controllers.size) controllers.delete(run);
}

/** The caller of a run has gone: its signal aborts, if anybody has looked at it. */
export function abortSignal(run) {
  const controller = controllers.get(run);
  controllers.delete(run);
  if (controller) whenOpen(() => controller.abort(Object.assign(new DOMException("The client has disconnected", "AbortError"), { retryable: true })));
}

/** The response of a run, but for what it waits for. */
export function deliver(run, head, source) {
  if (typeof source === "string" && source.length <= WHOLE_BYTES_MAX / 3) {
    native.done(run, head, source);
    forgetSignal(run);
    return;
  }
  const [body, rest, writer, start] = outgoing(OF_RUN, source);
  native.done(run, head, body, rest, writer);
  if (start) start(OF_RUN, run);
  else forgetSignal(run);
}
