import { defineLazy, hostName, lazy } from "./shared.js";

// Streams are a lazy part: their classes are made when one of them is first touched.

const NAMES = [
  "ReadableStream", "ReadableStreamDefaultReader", "ReadableStreamBYOBReader", "ReadableStreamDefaultController",
  "ReadableByteStreamController", "ReadableStreamBYOBRequest", "WritableStream", "WritableStreamDefaultWriter",
  "WritableStreamDefaultController", "TransformStream", "TransformStreamDefaultController", "ByteLengthQueuingStrategy",
  "CountQueuingStrategy", "IdentityTransformStream", "FixedLengthStream", "TextEncoderStream", "TextDecoderStream",
  "CompressionStream", "DecompressionStream",
];
for (const name of NAMES) defineLazy(name, () => lazy("streams")[name]);

export function isReadable(value) {
  return typeof value === "object" && value !== null && hostName(value) === "ReadableStream";
}

/** A stream of bytes. `pull(controller)` is asked for one part at a time; `cancel(reason)` ends it. */
export function byteStream(source) {
  return new (lazy("streams").ReadableStream)({ ...source, type: "bytes" }, { highWaterMark: 0 });
}

/** How many bytes the stream will give, when that is known; else undefined. */
export function streamLength(stream) {
  return lazy("streams").lengths.get(stream);
}
