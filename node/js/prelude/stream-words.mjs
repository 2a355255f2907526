// What errors of streams say, in the library's words and in workerd's. build.mjs puts the one for the other.
const READER_RELEASED = "This ReadableStream reader has been released.";
const WRITER_RELEASED = "This WritableStream writer has been released.";
const READER_LOCKED = "This ReadableStream is currently locked to a reader.";
const WRITER_LOCKED = "This WritableStream is currently locked to a writer.";
const CLOSED = "This WritableStream has been closed.";

export const streamWords = [
  ['"Cannot "+e+" a stream using a released reader"', JSON.stringify(READER_RELEASED)],
  ['"Cannot "+e+" a stream using a released writer"', JSON.stringify(WRITER_RELEASED)],
  ["`The stream (in ${t} state) is not in the writable state and cannot be closed`", JSON.stringify(CLOSED)],
  ["This stream has already been locked for exclusive reading by another reader", READER_LOCKED],
  ["This stream has already been locked for exclusive writing by another writer", WRITER_LOCKED],
  ["Cannot cancel a stream that already has a reader", READER_LOCKED],
  ["Cannot abort a stream that already has a writer", WRITER_LOCKED],
  ["Cannot close a stream that already has a writer", WRITER_LOCKED],
  ["ReadableStream.prototype.pipeTo cannot be used on a locked ReadableStream", READER_LOCKED],
  ["ReadableStream.prototype.pipeTo cannot be used on a locked WritableStream", "This WritableStream is currently locked to a writer"],
  ["ReadableStream.prototype.pipeThrough cannot be used on a locked ReadableStream", READER_LOCKED],
  ["ReadableStream.prototype.pipeThrough cannot be used on a locked WritableStream", "This WritableStream is currently locked to a writer"],
  ["ReadableStream.prototype.pipeTo's first argument must be a WritableStream", "Failed to execute 'pipeTo' on 'ReadableStream': parameter 1 is not of type 'WritableStream'."],
  ["Cannot construct a ReadableStreamBYOBReader for a stream not constructed with a byte source", "This ReadableStream does not support BYOB reads."],
  ["Reader was released and can no longer be used to monitor the stream's closedness", READER_RELEASED],
  ['"Reader was released"', JSON.stringify(READER_RELEASED)],
  ["Writer was released and can no longer be used to monitor the stream's closedness", WRITER_RELEASED],
  ["The stream is closing or closed and cannot be written to", CLOSED],
  ["Cannot close an already-closing stream", CLOSED],
  ["The stream is not in a state that permits enqueue", "Unable to enqueue"],
  ["The stream is not in a state that permits close", "This ReadableStream is closed."],
  ["TransformStream terminated", "The transform stream has been terminated"],
  ["chunk must be an array buffer view", "Failed to execute 'enqueue' on 'ReadableByteStreamController': parameter 1 is not of type 'BufferSource'."],
  ["chunk must have non-zero byteLength", "Cannot enqueue a zero-length ArrayBuffer."],
  ["view must have non-zero byteLength", 'You must call read() on a \\"byob\\" reader with a positive-sized TypedArray object.'],
  ["view must be an array buffer view", "Failed to execute 'read' on 'ReadableStreamBYOBReader': parameter 1 is not of type 'ArrayBufferView'."],
  ["The object is not iterable", "Failed to execute 'from' on 'ReadableStream': parameter 1 is not of type 'AsyncGenerator'."],
];
