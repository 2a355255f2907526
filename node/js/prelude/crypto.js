import { DOMException } from "./exception.js";
import { define, defineLazy, illegalUnless, INTERNAL, lazy, tag, wrongArgument } from "./shared.js";
import { bytesOf, isBytes } from "./text.js";

const DIGESTS = ["SHA-1", "SHA-256", "SHA-384", "SHA-512", "MD5"]; // in the order of ../crypto.c
const RANDOM_BYTES_MAX = 65536;
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

function digestIndex(algorithm) {
  const name = String(typeof algorithm === "object" && algorithm !== null ? algorithm.name : algorithm).toUpperCase();
  const index = DIGESTS.indexOf(name);
  if (index < 0) throw new DOMException("Unrecognized or unimplemented digest algorithm requested.", "NotSupportedError");
  return index;
}

class SubtleCrypto {
  constructor(token) {
    illegalUnless(token);
  }
  async digest(algorithm, data) {
    const index = digestIndex(algorithm);
    if (!isBytes(data)) throw wrongArgument("digest", "SubtleCrypto", 2, "BufferSource");
    return native.digest(index, bytesOf(data));
  }
  timingSafeEqual(one, other) {
    if (!isBytes(one)) throw wrongArgument("timingSafeEqual", "SubtleCrypto", 1, "BufferSource");
    if (!isBytes(other)) throw wrongArgument("timingSafeEqual", "SubtleCrypto", 2, "BufferSource");
    if (one.byteLength !== other.byteLength) throw new TypeError("Input buffers must have the same byte length.");
    return native.sameBytes(bytesOf(one), bytesOf(other));
  }
}
for (const name of ["importKey", "generateKey", "exportKey", "encrypt", "decrypt", "sign", "verify", "deriveBits", "deriveKey", "wrapKey", "unwrapKey"]) {
  const method = { async [name](...values) {
    return lazy("subtle").methods[name](...values);
  } }[name];
  Object.defineProperty(SubtleCrypto.prototype, name, { value: method, writable: true, configurable: true });
}
tag(SubtleCrypto);
defineLazy("CryptoKey", () => lazy("subtle").CryptoKey);

let DigestStream;

class Crypto {
  #subtle = new SubtleCrypto(INTERNAL);
  constructor(token) {
    illegalUnless(token);
  }
  get subtle() {
    return this.#subtle;
  }
  get DigestStream() {
    DigestStream ??= lazy("subtle").digestStream((algorithm) => native.digestOpen(digestIndex(algorithm)), WritableStream);
    return DigestStream;
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
