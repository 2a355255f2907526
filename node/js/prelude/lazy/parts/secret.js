import { failed, hashName, need, needBytes, opensslHash, refuse } from "./key.js";
import { importJwk } from "./jwk.js";

// Keys that are bytes: for signing (HMAC), encrypting (AES) and deriving (PBKDF2, HKDF).

const BLOCK_BITS = { MD5: 512, "SHA-1": 512, "SHA-256": 512, "SHA-384": 1024, "SHA-512": 1024 };
const ITERATIONS_MAX = 1_000_000; // half a second: nothing stops it on the way

const randomBytes = (count) => {
  const bytes = new Uint8Array(count);
  native.random(bytes);
  return bytes;
};

function secretOf(format, data, name, extractable) {
  if (format === "raw") return data.slice();
  if (format === "jwk") return importJwk.secret(data, name, extractable);
  throw refuse("NotSupportedError", `Unrecognized key import format "${format}".`);
}

export const hmac = {
  usages: ["sign", "verify"],
  import(format, data, algorithm, extractable) {
    const hash = hashName(need(algorithm, "hash"));
    if (format === "jwk") importJwk.checkHmac(data, hash);
    const bytes = secretOf(format, data, "HMAC", extractable);
    const bits = bytes.length * 8, length = algorithm.length ?? bits;
    if (length === 0 || length > bits || length <= bits - 8) {
      throw refuse("DataError", `Imported HMAC key length (${length}) must be a non-zero value up to 7 bits less than, and no greater than, the bit length of the raw key data (${bits}).`);
    }
    return { type: "secret", data: bytes, algorithm: { name: "HMAC", hash: { name: hash }, length } };
  },
  length: (algorithm) => algorithm.length ?? BLOCK_BITS[hashName(need(algorithm, "hash"))],
  generate(algorithm) {
    const hash = hashName(need(algorithm, "hash")), length = this.length(algorithm);
    return { data: randomBytes(Math.ceil(length / 8)), algorithm: { name: "HMAC", hash: { name: hash }, length } };
  },
  sign: (key, _, data) => native.hmac(opensslHash(key.algorithm.hash.name), key.data, data),
  verify(key, _, signature, data) {
    return native.sameBytes(this.sign(key, _, data), signature);
  },
};

const AES_BITS = [128, 192, 256];

const aes = (mode, more) => ({
  usages: ["encrypt", "decrypt", "wrapKey", "unwrapKey"],
  import(format, data, { name }, extractable) {
    const bytes = secretOf(format, data, name, extractable);
    const length = bytes.length * 8;
    if (!AES_BITS.includes(length)) throw refuse("DataError", `Imported AES key length must be 128, 192, or 256 bits but provided ${length}.`);
    return { type: "secret", data: bytes, algorithm: { name, length } };
  },
  length: (algorithm) => need(algorithm, "length"),
  generate({ name, ...algorithm }) {
    const length = need(algorithm, "length");
    if (!AES_BITS.includes(length)) throw refuse("OperationError", `Generated AES key length must be 128, 192, or 256 bits but requested ${length}.`);
    return { data: randomBytes(length / 8), algorithm: { name, length } };
  },
  run(encrypt, key, iv, data, additional, tagBytes) {
    return native.cipher(`AES-${key.algorithm.length}-${mode}`, encrypt, key.data, iv, data, additional, tagBytes);
  },
  ...more,
});

const FAILED =
  "Decryption failed. This could be due to a ciphertext authentication failure, bad padding, incorrect CryptoKey, or another algorithm-specific reason.";

export const gcm = aes("GCM", {
  parameters(algorithm) {
    const iv = needBytes(algorithm, "iv"), tag = algorithm.tagLength ?? 128;
    if (iv.length === 0) throw refuse("OperationError", "AES-GCM IV must not be empty.");
    if (![32, 64, 96, 104, 112, 120, 128].includes(tag)) throw refuse("OperationError", `Invalid AES-GCM tag length ${tag}.`);
    const additional = algorithm.additionalData === undefined ? undefined : needBytes(algorithm, "additionalData");
    return { iv, tag, additional };
  },
  encrypt(key, algorithm, data) {
    const { iv, tag, additional } = this.parameters(algorithm);
    return this.run(true, key, iv, data, additional, tag / 8);
  },
  decrypt(key, algorithm, data) {
    const { iv, tag, additional } = this.parameters(algorithm);
    if (data.length * 8 < tag) {
      throw refuse("OperationError", `Ciphertext length of ${data.length * 8} bits must be greater than or equal to the size of the AES-GCM tag length of ${tag} bits.`);
    }
    const size = data.length - tag / 8;
    return this.run(false, key, iv, data, additional, tag / 8) ?? failed(`${FAILED} Input length was ${size}, output length expected to be ${size} for AES-GCM`);
  },
});

export const cbc = aes("CBC", {
  parameters(algorithm) {
    const iv = needBytes(algorithm, "iv");
    if (iv.length !== 16) throw refuse("OperationError", `AES-CBC IV must be 16 bytes long (provided ${iv.length} bytes).`);
    return iv;
  },
  encrypt(key, algorithm, data) {
    return this.run(true, key, this.parameters(algorithm), data);
  },
  decrypt(key, algorithm, data) {
    return this.run(false, key, this.parameters(algorithm), data) ?? failed(`${FAILED} Input length was ${data.length}, output length expected to be 0 for AES-CBC`);
  },
});

export const ctr = aes("CTR", {
  crypt(key, algorithm, data) {
    const counter = needBytes(algorithm, "counter"), length = need(algorithm, "length");
    if (counter.length !== 16) throw refuse("OperationError", `Counter must have length of 16 bytes (provided ${counter.length}).`);
    if (!(length >= 1 && length <= 128)) throw refuse("OperationError", `Invalid counter of ${length} bits length provided.`);
    return this.blocks(key, counter, length, data);
  },
  /** The counter is the last `length` bits: where it wraps, the rest must not count on. */
  blocks(key, counter, length, data) {
    const number = BigInt(`0x${counter.toHex()}`), size = 1n << BigInt(length);
    const low = number % size, left = size - low, blocks = BigInt(Math.ceil(data.length / 16));
    if (blocks > size) throw refuse("OperationError", "Counter block values will repeat.");
    if (blocks <= left) return this.run(true, key, counter, data);
    const cut = Number(left) * 16, again = Uint8Array.fromHex((number - low).toString(16).padStart(32, "0"));
    const all = new Uint8Array(data.length);
    all.set(new Uint8Array(this.run(true, key, counter, data.subarray(0, cut))));
    all.set(new Uint8Array(this.run(true, key, again, data.subarray(cut))), cut);
    return all.buffer;
  },
  encrypt(key, algorithm, data) {
    return this.crypt(key, algorithm, data);
  },
  decrypt(key, algorithm, data) {
    return this.crypt(key, algorithm, data);
  },
});

function wholeBytes(name, length) {
  if (length === null || length === undefined) throw refuse("OperationError", `${name} cannot derive a key with null length.`);
  if (length % 8) throw refuse("OperationError", `${name} requires a derived key length that is a multiple of eight (requested ${length}).`);
  return length / 8;
}

const derivation = (name, derive) => ({
  usages: ["deriveKey", "deriveBits"],
  import(format, data, algorithm, extractable) {
    if (extractable) throw refuse("SyntaxError", `${name} key cannot be extractable.`);
    if (format !== "raw") throw refuse("NotSupportedError", `${name} only supports raw key import.`);
    return { type: "secret", data: data.slice(), algorithm: { name } };
  },
  derive,
});

export const pbkdf2 = derivation("PBKDF2", (key, algorithm, length) => {
  const hash = hashName(need(algorithm, "hash")), iterations = need(algorithm, "iterations"), salt = needBytes(algorithm, "salt", "DeriveKeyAlgorithm");
  if (!(iterations > 0)) throw refuse("OperationError", `PBKDF2 requires a positive iteration count (requested ${iterations}).`);
  if (iterations > ITERATIONS_MAX) throw refuse("NotSupportedError", `PBKDF2 iteration counts above ${ITERATIONS_MAX} are not supported (requested ${iterations}).`);
  return native.pbkdf2(opensslHash(hash), key.data, salt, iterations, wholeBytes("PBKDF2", length));
});

export const hkdf = derivation("HKDF", (key, algorithm, length) => {
  const hash = hashName(need(algorithm, "hash")), salt = needBytes(algorithm, "salt", "DeriveKeyAlgorithm"), info = needBytes(algorithm, "info", "DeriveKeyAlgorithm");
  const size = wholeBytes("HKDF", length);
  if (size === 0) return new ArrayBuffer(0);
  return native.hkdf(opensslHash(hash), key.data, salt, info, size) ?? failed("HKDF deriveBits failed.");
});
