import * as polyfill from "web-streams-polyfill";
import { DOMException } from "../exception.js";
import { initOf, tag, toText, wrongConstruct } from "../shared.js";
import { bytesOf, encodeText, isBytes } from "../text.js";

// The classes of the Streams Standard, and those that Workers have besides.

const { ReadableStream, TransformStream, WritableStream } = polyfill;

for (const constructor of Object.values(polyfill)) tag(constructor);

export * from "web-streams-polyfill";

/** Streams whose number of bytes is known. */
export const lengths = new WeakMap();

/** Whether it was ever read from or cancelled; the library has no other way to ask. */
export function isDisturbed(stream) {
  return stream._disturbed;
}

/** Make it as one that was read to its end. */
export function useUp(stream) {
  stream.getReader();
  stream._disturbed = true;
}

/** Both streams that go on from here, of the same length. */
export function teeBody(stream) {
  const both = stream.tee();
  if (lengths.has(stream)) for (const one of both) lengths.set(one, lengths.get(stream));
  return both;
}

const tee = ReadableStream.prototype.tee;
Object.defineProperty(ReadableStream.prototype, "tee", {
  value: { tee() {
    if (this.locked) throw new TypeError("This ReadableStream is currently locked to a reader,");
    return tee.call(this);
  } }.tee,
});

const { prototype: byob } = polyfill.ReadableStreamBYOBReader;
const readOnce = byob.read;

function checkMinimum(min, size) {
  if (!(min >= 1)) throw new TypeError(`Requested invalid minimum number of bytes to read (${min}).`);
  if (min > size) throw new TypeError(`Minimum bytes to read (${min}) exceeds size of buffer (${size}).`);
}

/** At least so many bytes, or what there is until the end. */
async function readMin(reader, view, min) {
  const { byteOffset, byteLength } = view; // it is taken with its buffer
  let { buffer } = view, filled = 0;
  while (filled < min) {
    const { value, done } = await readOnce.call(reader, new Uint8Array(buffer, byteOffset + filled, byteLength - filled));
    if (value === undefined) return { value, done };
    ({ buffer } = value);
    if (done) break;
    filled += value.byteLength;
  }
  return { value: new view.constructor(buffer, byteOffset, filled), done: filled === 0 };
}

Object.assign(byob, {
  read: { read(view, options) {
    const bytes = view?.BYTES_PER_ELEMENT === 1 ? Number(options?.min ?? 1) : 1;
    if (bytes === 1) return readOnce.call(this, view, options);
    return this.readAtLeast(bytes, view);
  } }.read,
  async readAtLeast(count, view) {
    checkMinimum(count, view.byteLength);
    return view.BYTES_PER_ELEMENT === 1 ? readMin(this, view, count) : readOnce.call(this, view, { min: count });
  },
});

const NOT_BYTES =
  "This TransformStream is being used as a byte stream, but received an object of non-ArrayBuffer/ArrayBufferView type on its writable side.";

/** Bytes go from one side to the other, and a write ends when its bytes were asked for. */
class Pipe {
  #controller;
  #asked = null; // settles the write that waits for a reader
  #wanted = false;
  constructor(length, strategy) {
    this.left = length;
    this.readable = new ReadableStream(
      {
        type: "bytes",
        start: (controller) => void (this.#controller = controller),
        pull: () => this.#pull(),
        cancel: (reason) => this.#end(reason),
      },
      { highWaterMark: 0 },
    );
    this.writable = new WritableStream(
      {
        start: (controller) => void (this.#writer = controller),
        write: (chunk) => this.#write(chunk),
        close: () => this.#close(),
        abort: (reason) => this.#controller.error(reason),
      },
      strategy,
    );
  }
  #writer;
  #pull() {
    this.#wanted = true;
    this.#asked?.();
  }
  #end(reason) {
    this.#writer.error(reason);
    this.#asked?.();
  }
  async #write(chunk) {
    if (typeof chunk !== "string" && !isBytes(chunk)) throw this.#fail(new TypeError(NOT_BYTES));
    const bytes = typeof chunk === "string" ? encodeText(chunk) : bytesOf(chunk).slice();
    if (this.left !== undefined) {
      if (bytes.length > this.left) throw this.#fail(new TypeError("Attempt to write too many bytes through a FixedLengthStream."));
      this.left -= bytes.length;
    }
    if (bytes.length === 0) return;
    if (!this.#wanted) await new Promise((resolve) => (this.#asked = resolve));
    this.#asked = null;
    this.#wanted = false;
    this.#controller.enqueue(bytes);
  }
  #close() {
    if (this.left) throw this.#fail(new TypeError("FixedLengthStream did not see all expected bytes before close()."));
    this.#controller.close();
    this.#controller.byobRequest?.respond(0);
  }
  #fail(error) {
    this.#controller.error(error);
    return error;
  }
}

export class IdentityTransformStream extends TransformStream {
  #pipe;
  constructor(strategy = undefined, length = undefined) {
    super();
    this.#pipe = new Pipe(length, strategy);
  }
  get readable() {
    return this.#pipe.readable;
  }
  get writable() {
    return this.#pipe.writable;
  }
}
tag(IdentityTransformStream);

export class FixedLengthStream extends IdentityTransformStream {
  constructor(length, strategy) {
    if (arguments.length === 0) throw wrongConstruct("FixedLengthStream", 1, "bigint");
    const number = Number(length);
    if (number < 0) throw new TypeError("The value cannot be converted because it is negative and this API expects a positive bigint.");
    if (!Number.isInteger(number)) throw new TypeError("The value cannot be converted because it is not an integer.");
    if (number > Number.MAX_SAFE_INTEGER) throw new TypeError("FixedLengthStream requires an integer expectedLength less than 2^53.");
    super(strategy, number);
    lengths.set(this.readable, number);
  }
}
tag(FixedLengthStream);

/** A class whose two sides are those of something else. */
class Sides extends TransformStream {
  #sides;
  constructor(sides) {
    super();
    this.#sides = sides;
  }
  get readable() {
    return this.#sides.readable;
  }
  get writable() {
    return this.#sides.writable;
  }
}

export class TextEncoderStream extends Sides {
  constructor() {
    let high = ""; // the first half of a pair that was cut in two
    super(new TransformStream({
      transform(chunk, controller) {
        const text = high + toText(chunk);
        high = /[\ud800-\udbff]$/.test(text) ? text.at(-1) : "";
        const bytes = encodeText(high ? text.slice(0, -1) : text);
        if (bytes.length) controller.enqueue(bytes);
      },
      flush(controller) {
        if (high) controller.enqueue(encodeText(high));
      },
    }));
  }
  get encoding() {
    return "utf-8";
  }
}
tag(TextEncoderStream);

const NO_BUFFER = "This TransformStream is being used as a byte stream, but received a value that is not a BufferSource.";

export class TextDecoderStream extends Sides {
  #decoder;
  constructor(label, options) {
    if (options !== undefined) {
      const { fatal = true, ignoreBOM } = initOf(options, () => wrongConstruct("TextDecoderStream", 2, "TextDecoderStreamInit"));
      options = { fatal, ignoreBOM };
    }
    const decoder = new TextDecoder(label, options);
    super(new TransformStream({
      transform(chunk, controller) {
        if (!isBytes(chunk)) throw new TypeError(NO_BUFFER);
        const text = decoder.decode(chunk, { stream: true });
        if (text) controller.enqueue(text);
      },
      flush(controller) {
        const text = decoder.decode();
        if (text) controller.enqueue(text);
      },
    }));
    this.#decoder = decoder;
  }
  get encoding() {
    return this.#decoder.encoding;
  }
  get fatal() {
    return this.#decoder.fatal;
  }
  get ignoreBOM() {
    return this.#decoder.ignoreBOM;
  }
}
tag(TextDecoderStream);

const FORMATS = ["gzip", "deflate", "deflate-raw"]; // in the order of ../../press.c
const NOT_BYTES_ONLY = "This WritableStream only supports writing byte types.";
const WRONG = [
  undefined, "Decompression failed.", "Trailing bytes after end of compressed data", "Called close() on a decompression stream with incomplete data",
];

const AHEAD_BYTES_MAX = 16 << 20;

/** The two sides of a stream that presses. As in workerd a write does not wait for a reader, unless there is a lot to read. */
class Press {
  #press;
  #controller;
  #writer;
  #wake = null; // settles the write that waits for a reader
  constructor(name, count, format, compresses) {
    if (count === 0) throw wrongConstruct(name, 1, "string");
    const index = FORMATS.indexOf(String(format));
    if (index < 0) throw new TypeError("The compression format must be either 'deflate', 'deflate-raw' or 'gzip'.");
    this.#press = native.pressOpen(index, compresses);
    this.readable = new ReadableStream(
      {
        type: "bytes",
        start: (controller) => void (this.#controller = controller),
        pull: () => this.#wake?.(),
        cancel: (reason) => this.#cancelled(reason),
      },
      { highWaterMark: AHEAD_BYTES_MAX },
    );
    this.writable = new WritableStream({
      start: (controller) => void (this.#writer = controller),
      write: (chunk) => this.#write(chunk),
      close: () => this.#close(),
      abort: (reason) => this.#controller.error(reason),
    });
  }
  #cancelled(reason) {
    this.#writer.error(reason);
    this.#wake?.();
  }
  #push(bytes, last) {
    try {
      for (let left = bytes.length; left >= 0; left = native.pressLeft(this.#press)) {
        const out = native.press(this.#press, bytes.subarray(bytes.length - left), last);
        if (typeof out === "number") throw new TypeError(WRONG[out]);
        if (out.byteLength) this.#controller.enqueue(new Uint8Array(out));
      }
    } catch (error) {
      this.#controller.error(error);
      throw error;
    }
  }
  async #write(chunk) {
    if (typeof chunk !== "string" && !isBytes(chunk)) {
      const error = new TypeError(NOT_BYTES_ONLY);
      this.#controller.error(error);
      throw error;
    }
    this.#push(typeof chunk === "string" ? encodeText(chunk) : bytesOf(chunk), false);
    if (this.#controller.desiredSize <= 0) await new Promise((resolve) => (this.#wake = resolve));
  }
  #close() {
    this.#push(new Uint8Array(0), true);
    this.#controller.close();
    this.#controller.byobRequest?.respond(0);
  }
}

export class CompressionStream extends Sides {
  constructor(format) {
    super(new Press("CompressionStream", arguments.length, format, true));
  }
}
tag(CompressionStream);

export class DecompressionStream extends Sides {
  constructor(format) {
    super(new Press("DecompressionStream", arguments.length, format, false));
  }
}
tag(DecompressionStream);
