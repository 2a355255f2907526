import * as polyfill from "web-streams-polyfill";
import { DOMException } from "../exception.js";
import { tag, wrongConstruct } from "../shared.js";
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

polyfill.ReadableStreamBYOBReader.prototype.readAtLeast = function readAtLeast(count, view) {
  return this.read(view, { min: count });
};

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

/** A class whose two sides are those of another TransformStream. */
class Sides extends TransformStream {
  #sides;
  constructor(transformer) {
    super();
    this.#sides = new TransformStream(transformer);
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
    super({
      transform(chunk, controller) {
        const text = high + String(chunk);
        high = /[\ud800-\udbff]$/.test(text) ? text.at(-1) : "";
        const bytes = encodeText(high ? text.slice(0, -1) : text);
        if (bytes.length) controller.enqueue(bytes);
      },
      flush(controller) {
        if (high) controller.enqueue(encodeText(high));
      },
    });
  }
  get encoding() {
    return "utf-8";
  }
}
tag(TextEncoderStream);

export class TextDecoderStream extends Sides {
  #decoder;
  constructor(label, options) {
    const decoder = new TextDecoder(label, options);
    super({
      transform(chunk, controller) {
        const text = decoder.decode(chunk, { stream: true });
        if (text) controller.enqueue(text);
      },
      flush(controller) {
        const text = decoder.decode();
        if (text) controller.enqueue(text);
      },
    });
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

function presser(name, count, format, compresses) {
  if (count === 0) throw wrongConstruct(name, 1, "string");
  const index = FORMATS.indexOf(String(format));
  if (index < 0) throw new TypeError("The compression format must be either 'deflate', 'deflate-raw' or 'gzip'.");
  const press = native.pressOpen(index, compresses);
  const push = (bytes, last, controller) => {
    for (let left = bytes.length; left >= 0; left = native.pressLeft(press)) {
      const out = native.press(press, bytes.subarray(bytes.length - left), last);
      if (typeof out === "number") throw new TypeError(WRONG[out]);
      if (out.byteLength) controller.enqueue(new Uint8Array(out));
    }
  };
  return {
    transform(chunk, controller) {
      if (typeof chunk !== "string" && !isBytes(chunk)) throw new TypeError(NOT_BYTES_ONLY);
      push(typeof chunk === "string" ? encodeText(chunk) : bytesOf(chunk), false, controller);
    },
    flush: (controller) => push(new Uint8Array(0), true, controller),
  };
}

export class CompressionStream extends Sides {
  constructor(format) {
    super(presser("CompressionStream", arguments.length, format, true));
  }
}
tag(CompressionStream);

export class DecompressionStream extends Sides {
  constructor(format) {
    super(presser("DecompressionStream", arguments.length, format, false));
  }
}
tag(DecompressionStream);
