import { define, initOf, lazy, tag, toText, wrongArgument, wrongConstruct } from "./shared.js";

const UTF8_LABELS = new Set(["utf-8", "utf8", "unicode-1-1-utf-8"]);

export function bytesOf(input) {
  if (input instanceof Uint8Array) return input;
  if (ArrayBuffer.isView(input)) return new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
  return new Uint8Array(input);
}

export function isBytes(value) {
  return value instanceof ArrayBuffer || ArrayBuffer.isView(value) ||
    (typeof SharedArrayBuffer === "function" && value instanceof SharedArrayBuffer);
}

export function encodeText(text) {
  return new Uint8Array(native.encode(text));
}

/** The same for bodies, in which a lone surrogate is three bytes of its own, as in workerd. */
export function encodeBody(text) {
  return new Uint8Array(native.encode(text, true));
}

/** UTF-8 to text; a byte order mark is dropped. */
export function decodeText(bytes) {
  const text = native.decode(bytes, false);
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

class TextEncoder {
  get encoding() {
    return "utf-8";
  }
  encode(text = "") {
    return encodeText(toText(text));
  }
  encodeInto(source, destination) {
    if (!(destination instanceof Uint8Array)) throw wrongArgument("encodeInto", "TextEncoder", 2, "Uint8Array");
    const text = toText(source);
    let bytes = encodeText(text), read = text.length;
    if (bytes.length > destination.length) {
      bytes = bytes.subarray(0, destination.length - incompleteTail(bytes.subarray(0, destination.length)));
      read = decodeWhole(bytes).length;
    }
    destination.set(bytes);
    return { read, written: bytes.length };
  }
}

const decodeWhole = (bytes) => native.decode(bytes, false);

// What the second byte may be, where that is less than 0x80 to 0xbf.
const SECOND = { 0xe0: [0xa0, 0xbf], 0xed: [0x80, 0x9f], 0xf0: [0x90, 0xbf], 0xf4: [0x80, 0x8f] };

/** How many bytes at the end are the beginning of a character that may go on. */
function incompleteTail(bytes) {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const lead = bytes[bytes.length - back];
    if (lead < 0x80) return 0;
    if (lead < 0xc0) continue;
    const size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || size <= back) return 0;
    const [from, to] = SECOND[lead] ?? [0x80, 0xbf], second = bytes[bytes.length - back + 1];
    return back === 1 || (second >= from && second <= to) ? back : 0;
  }
  return 0;
}

class TextDecoder {
  #encoding = "utf-8";
  #decoder = null; // of what is not UTF-8
  #fatal;
  #ignoreBOM;
  #pending = null;
  #begun = false;
  constructor(label = "utf-8", options = undefined) {
    options = initOf(options, () => wrongConstruct("TextDecoder", 2, "ConstructorOptions"));
    this.#fatal = Boolean(options.fatal);
    this.#ignoreBOM = Boolean(options.ignoreBOM);
    const cleaned = toText(label).replace(/^[\t\n\f\r ]+|[\t\n\f\r ]+$/g, "").toLowerCase();
    if (UTF8_LABELS.has(cleaned)) return;
    const known = lazy("encodings").find(cleaned);
    if (!known) throw new RangeError(`"${label}" is not a valid encoding.`);
    this.#encoding = known.name;
    if (known.name !== "utf-8") this.#decoder = known.open(this.#fatal);
  }
  get encoding() {
    return this.#encoding;
  }
  get fatal() {
    return this.#fatal;
  }
  get ignoreBOM() {
    return this.#ignoreBOM;
  }
  decode(input, options = undefined) {
    if (input !== undefined && !isBytes(input)) throw wrongArgument("decode", "TextDecoder", 1, "Array");
    const bytes = input === undefined ? new Uint8Array(0) : bytesOf(input);
    const stream = Boolean(options?.stream);
    const whole = this.#decoder ? this.#decoder(bytes, !stream) : this.#decodeUtf8(bytes, stream);
    if (whole === null) throw new TypeError("Failed to decode input.");
    const marked = !this.#begun && !this.#ignoreBOM && whole.charCodeAt(0) === 0xfeff;
    this.#begun = stream && (this.#begun || whole.length > 0);
    return marked ? whole.slice(1) : whole;
  }
  #decodeUtf8(bytes, stream) {
    if (this.#pending) {
      const joined = new Uint8Array(this.#pending.length + bytes.length);
      joined.set(this.#pending);
      joined.set(bytes, this.#pending.length);
      bytes = joined;
      this.#pending = null;
    }
    if (stream) {
      const tail = incompleteTail(bytes);
      if (tail) this.#pending = bytes.slice(bytes.length - tail);
      bytes = bytes.subarray(0, bytes.length - tail);
    }
    return bytes.length ? native.decode(bytes, this.#fatal) : "";
  }
}
tag(TextEncoder);
tag(TextDecoder);
define({ TextEncoder, TextDecoder });
