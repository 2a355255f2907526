import { define, tag } from "./shared.js";

// Labels of the Encoding Standard that are met in practice, to its name and ICU's.
const UTF8 = ["utf-8", undefined], UTF16LE = ["utf-16le", "UTF-16LE"], LATIN1 = ["windows-1252", "windows-1252"];
const ENCODINGS = {
  "utf-8": UTF8, utf8: UTF8, "unicode-1-1-utf-8": UTF8, unicode11utf8: UTF8, unicode20utf8: UTF8, "x-unicode20utf8": UTF8,
  "utf-16": UTF16LE, "utf-16le": UTF16LE, unicode: UTF16LE, "ucs-2": UTF16LE, "iso-10646-ucs-2": UTF16LE, csunicode: UTF16LE, unicodefeff: UTF16LE,
  "utf-16be": ["utf-16be", "UTF-16BE"], unicodefffe: ["utf-16be", "UTF-16BE"],
  latin1: LATIN1, "iso-8859-1": LATIN1, iso88591: LATIN1, "iso8859-1": LATIN1, ascii: LATIN1, "us-ascii": LATIN1, l1: LATIN1,
  "windows-1252": LATIN1, cp1252: LATIN1, "x-cp1252": LATIN1, cp819: LATIN1, ibm819: LATIN1, "iso_8859-1": LATIN1,
  "shift_jis": ["shift_jis", "Shift_JIS"], sjis: ["shift_jis", "Shift_JIS"], "euc-jp": ["euc-jp", "EUC-JP"], "euc-kr": ["euc-kr", "EUC-KR"],
  gbk: ["gbk", "GBK"], gb18030: ["gb18030", "GB18030"], big5: ["big5", "Big5"], "windows-1251": ["windows-1251", "windows-1251"],
  "koi8-r": ["koi8-r", "KOI8-R"], "iso-8859-2": ["iso-8859-2", "ISO-8859-2"], "iso-8859-15": ["iso-8859-15", "ISO-8859-15"],
};

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
  const text = native.decode(bytes, undefined, false);
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

class TextEncoder {
  get encoding() {
    return "utf-8";
  }
  encode(text = "") {
    return encodeText(String(text));
  }
  encodeInto(source, destination) {
    let read = 0, written = 0;
    for (const character of String(source)) {
      const bytes = encodeText(character);
      if (written + bytes.length > destination.length) break;
      destination.set(bytes, written);
      written += bytes.length;
      read += character.length;
    }
    return { read, written };
  }
}

/** How many bytes at the end are the beginning of a character that goes on. */
function incompleteTail(bytes, encoding) {
  const size = bytes.length;
  if (encoding === "utf-16le" || encoding === "utf-16be") {
    const odd = size % 2;
    const high = bytes[size - odd - (encoding === "utf-16le" ? 1 : 2)];
    return high >= 0xd8 && high <= 0xdb ? odd + 2 : odd;
  }
  if (encoding !== "utf-8") return 0;
  for (let back = 1; back <= 3 && back <= size; back++) {
    const byte = bytes[size - back];
    if (byte >= 0xc0) return byte >= 0xf0 + 8 ? 0 : (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) > back ? back : 0;
    if (byte < 0x80) return 0;
  }
  return 0;
}

class TextDecoder {
  #encoding;
  #converter;
  #fatal;
  #ignoreBOM;
  #pending = null;
  #begun = false;
  constructor(label = "utf-8", options = {}) {
    const known = ENCODINGS[String(label).trim().toLowerCase()];
    if (!known) throw new RangeError(`"${label}" is not a valid encoding.`);
    [this.#encoding, this.#converter] = known;
    this.#fatal = Boolean(options?.fatal);
    this.#ignoreBOM = Boolean(options?.ignoreBOM);
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
  decode(input, options = {}) {
    if (input !== undefined && !isBytes(input)) {
      throw new TypeError("Failed to execute 'decode' on 'TextDecoder': parameter 1 is not of type 'Array'.");
    }
    let bytes = input === undefined ? new Uint8Array(0) : bytesOf(input);
    if (this.#pending) {
      const joined = new Uint8Array(this.#pending.length + bytes.length);
      joined.set(this.#pending);
      joined.set(bytes, this.#pending.length);
      bytes = joined;
      this.#pending = null;
    }
    if (options?.stream) {
      const tail = incompleteTail(bytes, this.#encoding);
      if (tail) this.#pending = bytes.slice(bytes.length - tail);
      bytes = bytes.subarray(0, bytes.length - tail);
    }
    let text = bytes.length ? native.decode(bytes, this.#converter, this.#fatal) : "";
    if (text === null) throw new TypeError("Failed to decode input.");
    if (!this.#begun && !this.#ignoreBOM && text.charCodeAt(0) === 0xfeff) text = text.slice(1);
    this.#begun = options?.stream ? this.#begun || bytes.length > 0 : false;
    return text;
  }
}
tag(TextEncoder);
tag(TextDecoder);
define({ TextEncoder, TextDecoder });
