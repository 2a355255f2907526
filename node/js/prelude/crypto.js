import { DOMException } from "./exception.js";
import { define, illegalUnless, INTERNAL, tag, wrongArgument } from "./shared.js";
import { bytesOf, isBytes } from "./text.js";

const DIGESTS = ["SHA-1", "SHA-256", "SHA-384", "SHA-512", "MD5"]; // in the order of ../crypto.c
const RANDOM_BYTES_MAX = 65536;
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

class SubtleCrypto {
  constructor(token) {
    illegalUnless(token);
  }
  async digest(algorithm, data) {
    const name = String(typeof algorithm === "object" && algorithm !== null ? algorithm.name : algorithm).toUpperCase();
    const index = DIGESTS.indexOf(name);
    if (index < 0) throw new DOMException("Unrecognized or unimplemented digest algorithm requested.", "NotSupportedError");
    if (!isBytes(data)) throw wrongArgument("digest", "SubtleCrypto", 2, "BufferSource");
    return native.digest(index, bytesOf(data));
  }
}
tag(SubtleCrypto);

class Crypto {
  #subtle = new SubtleCrypto(INTERNAL);
  constructor(token) {
    illegalUnless(token);
  }
  get subtle() {
    return this.#subtle;
  }
  getRandomValues(array) {
    if (!ArrayBuffer.isView(array)) throw wrongArgument("getRandomValues", "Crypto", 1, "ArrayBufferView");
    if (array instanceof Float32Array || array instanceof Float64Array || array instanceof DataView) {
      throw new DOMException("ArrayBufferView argument to getRandomValues() must be an integer-typed view.", "TypeMismatchError");
    }
    if (array.byteLength > RANDOM_BYTES_MAX) {
      throw new DOMException(`getRandomValues() only accepts buffers of size <= 64K but provided ${array.byteLength} bytes.`, "QuotaExceededError");
    }
    native.random(array);
    return array;
  }
  randomUUID() {
    const bytes = new Uint8Array(16);
    native.random(bytes);
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const digits = Array.from(bytes, (byte) => HEX[byte]).join("");
    return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-${digits.slice(12, 16)}-${digits.slice(16, 20)}-${digits.slice(20)}`;
  }
}
tag(Crypto);
define({ Crypto, SubtleCrypto });
globalThis.crypto = new Crypto(INTERNAL);
