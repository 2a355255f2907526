import { INTERNAL, tag, wrongArgument } from "../shared.js";
import { bytesOf, decodeText, encodeText, isBytes } from "../text.js";
import { exportJwk } from "./parts/jwk.js";
import { CryptoKey, failed, innerOf, refuse } from "./parts/key.js";
import { ecdh, ecdsa, ed25519, rsa, x25519 } from "./parts/pairs.js";
import { cbc, ctr, gcm, hkdf, hmac, pbkdf2 } from "./parts/secret.js";

// crypto.subtle, but for digest(). What each algorithm is able to do is one entry of ALGORITHMS; the mathematics is in
// ../../subtle.c and ../../keys.c. A secret key is its bytes, a private one PKCS#8, a public one SubjectPublicKeyInfo.

const USAGES = ["encrypt", "decrypt", "sign", "verify", "deriveKey", "deriveBits", "wrapKey", "unwrapKey"];

const ALGORITHMS = {
  HMAC: hmac, "AES-GCM": gcm, "AES-CBC": cbc, "AES-CTR": ctr, PBKDF2: pbkdf2, HKDF: hkdf, ECDSA: ecdsa, ECDH: ecdh,
  Ed25519: ed25519, X25519: x25519, "RSASSA-PKCS1-v1_5": rsa("RSASSA-PKCS1-v1_5", false), "RSA-PSS": rsa("RSA-PSS", true),
};

function normal(algorithm, what) {
  const given = typeof algorithm === "object" && algorithm !== null ? algorithm : { name: String(algorithm) };
  const wanted = String(given.name).toUpperCase();
  const name = Object.keys(ALGORITHMS).find((one) => one.toUpperCase() === wanted);
  if (!name || (what && !ALGORITHMS[name][what.can])) {
    throw refuse("NotSupportedError", `Unrecognized ${what?.text ?? "algorithm"} "${given.name}" requested.`);
  }
  return { ...given, name };
}

function cleanUsages(usages, allowed, text) {
  const list = [...usages].map(String);
  const unknown = list.find((usage) => !allowed.includes(usage));
  if (unknown !== undefined) throw refuse("SyntaxError", `${text} with invalid usage "${unknown}".`);
  return USAGES.filter((usage) => list.includes(usage));
}

function makeKey(type, data, algorithm, extractable, usages) {
  if (type !== "public" && usages.length === 0) throw refuse("SyntaxError", "Secret/private CryptoKeys must have at least one usage.");
  return new CryptoKey(INTERNAL, { data, type, algorithm, extractable: Boolean(extractable), usages });
}

function importKey(format, data, algorithm, extractable, usages) {
  const types = ["string", "BufferSource or JsonWebKey", "string or ImportKeyAlgorithm", "boolean", "Array"];
  const missing = [format, data, algorithm, extractable, usages].indexOf(undefined);
  if (missing >= 0) throw wrongArgument("importKey", "SubtleCrypto", missing + 1, types[missing]);
  if (typeof usages?.[Symbol.iterator] !== "function") throw wrongArgument("importKey", "SubtleCrypto", 5, types[4]);
  algorithm = normal(algorithm, { can: "import", text: "key import algorithm" });
  format = String(format);
  if (!["raw", "jwk", "pkcs8", "spki"].includes(format)) throw refuse("NotSupportedError", `Unrecognized key import format "${format}".`);
  if (!isBytes(data) && (typeof data !== "object" || data === null)) throw wrongArgument("importKey", "SubtleCrypto", 2, "BufferSource or JsonWebKey");
  if (format === "jwk" && isBytes(data)) throw new TypeError('Import data provided for "jwk" import format must be a JsonWebKey.');
  if (format !== "jwk" && !isBytes(data)) throw new TypeError(`Import data provided for "${format}" import format must be a buffer source.`);
  const kind = ALGORITHMS[algorithm.name];
  const isSecret = Boolean(kind.usages);
  const words = (type) => `Attempt to import ${type} ${algorithm.name} key`;
  if (isSecret) cleanUsages(usages, kind.usages, words("secret"));
  const key = kind.import(format, format === "jwk" ? data : bytesOf(data), algorithm, Boolean(extractable));
  const allowed = kind.usages ?? (key.type === "private" ? kind.privateUsages : kind.publicUsages);
  return makeKey(key.type, key.data, key.algorithm, extractable, cleanUsages(usages, allowed, words(key.type)));
}

function generateKey(algorithm, extractable, usages) {
  algorithm = normal(algorithm, { can: algorithmCan(algorithm), text: "key generation algorithm" });
  const kind = ALGORITHMS[algorithm.name];
  const text = `Attempt to generate ${algorithm.name} key`;
  if (kind.generate) {
    const allowed = cleanUsages(usages, kind.usages, text);
    const made = kind.generate(algorithm);
    return makeKey("secret", made.data, made.algorithm, extractable, allowed);
  }
  const list = cleanUsages(usages, [...kind.privateUsages, ...kind.publicUsages], text);
  const forPrivate = list.filter((usage) => kind.privateUsages.includes(usage));
  if (forPrivate.length === 0) throw refuse("SyntaxError", "Attempt to generate asymmetric keys with no valid private key usages.");
  const made = kind.pair(algorithm);
  const data = new Uint8Array(made.data);
  const publicData = new Uint8Array(native.keyConvert(data, true, false));
  return {
    publicKey: makeKey("public", publicData, made.algorithm, true, list.filter((usage) => kind.publicUsages.includes(usage))),
    privateKey: makeKey("private", data, made.algorithm, extractable, forPrivate),
  };
}

function algorithmCan(algorithm) {
  const name = String(algorithm?.name ?? algorithm).toUpperCase();
  const kind = Object.entries(ALGORITHMS).find(([one]) => one.toUpperCase() === name)?.[1];
  return kind?.generate ? "generate" : "pair";
}

function exportKey(format, key) {
  const { data, type, algorithm, extractable, usages } = innerOf(key, "exportKey", 2);
  if (!extractable) throw refuse("InvalidAccessError", `Attempt to export non-extractable ${algorithm.name} key.`);
  const kind = ALGORITHMS[algorithm.name];
  if (format === "jwk") return exportJwk(data, type, algorithm, extractable, usages);
  const known = kind.usages ? ["raw"] : kind.raw ? ["raw", "spki", "pkcs8"] : ["spki", "pkcs8"];
  if (!known.includes(format)) throw refuse("NotSupportedError", `Unimplemented key export format "${format}".`);
  if (format === "raw" && kind.raw) {
    if (type !== "public") throw refuse("InvalidAccessError", kind.rawPublicOnly);
    return kind.raw({ data });
  }
  const wanted = { spki: "public", pkcs8: "private", raw: "secret" }[format];
  if (type !== wanted) throw refuse("InvalidAccessError", `Asymmetric ${format} export requires ${wanted} key (not "${type}").`);
  return data.slice().buffer;
}

/** The key of a call, after what all calls check. */
function keyFor(method, usage, algorithm, key, index) {
  const inner = innerOf(key, method, index);
  const wanted = normal(algorithm);
  if (wanted.name !== inner.algorithm.name) {
    throw refuse("InvalidAccessError", `Requested algorithm "${wanted.name}" does not match this CryptoKey's algorithm "${inner.algorithm.name}".`);
  }
  if (!inner.usages.includes(usage)) throw refuse("InvalidAccessError", `Requested key usage "${usage}" does not match any usage listed in this CryptoKey.`);
  return { inner, wanted, kind: ALGORITHMS[wanted.name] };
}

function needData(method, index, data) {
  if (!isBytes(data)) throw wrongArgument(method, "SubtleCrypto", index, "BufferSource");
  return bytesOf(data);
}

function crypt(method, usage, algorithm, key, data) {
  const bytes = needData(method, 3, data);
  const { inner, wanted, kind } = keyFor(method, usage, algorithm, key, 2);
  return kind[method](inner, wanted, bytes);
}

function deriveBits(usage, algorithm, key, length) {
  const { inner, wanted, kind } = keyFor(usage, usage, algorithm, key, 2);
  return kind.derive(inner, wanted, length);
}

export const methods = {
  importKey,
  generateKey,
  exportKey,
  encrypt: (algorithm, key, data) => crypt("encrypt", "encrypt", algorithm, key, data),
  decrypt: (algorithm, key, data) => crypt("decrypt", "decrypt", algorithm, key, data),
  sign(algorithm, key, data) {
    if (algorithm === undefined) throw wrongArgument("sign", "SubtleCrypto", 1, "string or SignAlgorithm");
    const bytes = needData("sign", 3, data);
    const { inner, wanted, kind } = keyFor("sign", "sign", algorithm, key, 2);
    return kind.sign(inner, wanted, bytes) ?? failed("Signing failed.");
  },
  verify(algorithm, key, signature, data) {
    const given = needData("verify", 3, signature), bytes = needData("verify", 4, data);
    const { inner, wanted, kind } = keyFor("verify", "verify", algorithm, key, 2);
    return kind.verify(inner, wanted, given, bytes);
  },
  deriveBits: (algorithm, key, length) => deriveBits("deriveBits", algorithm, key, length),
  deriveKey(algorithm, key, derived, extractable, usages) {
    derived = normal(derived, { can: "length", text: "key derivation algorithm" });
    const length = ALGORITHMS[derived.name].length(derived);
    return importKey("raw", deriveBits("deriveKey", algorithm, key, length), derived, extractable, usages);
  },
  wrapKey(format, key, wrapping, algorithm) {
    const exported = exportKey(format, key);
    const bytes = format === "jwk" ? encodeText(JSON.stringify(exported)) : exported;
    return crypt("encrypt", "wrapKey", algorithm, wrapping, bytes);
  },
  unwrapKey(format, wrapped, unwrapping, algorithm, keyAlgorithm, extractable, usages) {
    const bytes = crypt("decrypt", "unwrapKey", algorithm, unwrapping, wrapped);
    return importKey(format, format === "jwk" ? JSON.parse(decodeText(new Uint8Array(bytes))) : bytes, keyAlgorithm, extractable, usages);
  },
};

/** A stream of bytes that counts and digests them. */
export function digestStream(open, WritableStream) {
  class DigestStream extends WritableStream {
    #state;
    constructor(algorithm) {
      const digest = open(algorithm);
      const state = { bytes: 0n };
      state.digest = new Promise((resolve, reject) => Object.assign(state, { resolve, reject }));
      state.digest.catch(() => {});
      super({
        write(chunk) {
          if (typeof chunk !== "string" && !isBytes(chunk)) {
            const error = new TypeError("DigestStream is a byte stream but received an object of non-ArrayBuffer/ArrayBufferView/string type on its writable side.");
            state.reject(error);
            throw error;
          }
          const bytes = typeof chunk === "string" ? encodeText(chunk) : bytesOf(chunk);
          state.bytes += BigInt(bytes.length);
          native.digestAdd(digest, bytes);
        },
        close: () => state.resolve(native.digestEnd(digest)),
        abort: (reason) => state.reject(reason),
      });
      this.#state = state;
    }
    get digest() {
      return this.#state.digest;
    }
    get bytesWritten() {
      return this.#state.bytes;
    }
  }
  tag(DigestStream);
  return DigestStream;
}

export { CryptoKey };
