import { DOMException } from "../exception.js";
import { illegalUnless, INTERNAL, tag, wrongArgument } from "../shared.js";
import { bytesOf, decodeText, encodeText, isBytes } from "../text.js";
import { exportJwk, importJwk } from "./parts/jwk.js";

// crypto.subtle, but for digest(). What each algorithm is able to do is one entry of ALGORITHMS; the mathematics is in
// ../../subtle.c. A secret key is its bytes, a private one PKCS#8, a public one SubjectPublicKeyInfo.

const DIGESTS = { "SHA-1": 160, "SHA-256": 256, "SHA-384": 384, "SHA-512": 512, MD5: 128 };
const BLOCK_BITS = { "SHA-1": 512, "SHA-256": 512, "SHA-384": 1024, "SHA-512": 1024 };
const CURVE_BYTES = { "P-256": 32, "P-384": 48, "P-521": 66 };
const USAGES = ["encrypt", "decrypt", "sign", "verify", "deriveKey", "deriveBits", "wrapKey", "unwrapKey"];
const ITERATIONS_MAX = 10_000_000; // what one call may take; the limit on processor time ends it before

const refuse = (name, why) => new DOMException(why, name);

/** What a key is made of: { data, type, algorithm, extractable, usages }. */
let innerOf;

export class CryptoKey {
  #inner;
  constructor(token, inner) {
    illegalUnless(token);
    this.#inner = inner;
    const { usages, algorithm, extractable, type } = inner;
    Object.assign(this, { usages, algorithm, extractable, type });
  }
  static {
    innerOf = (key, method, index) => {
      if (typeof key !== "object" || key === null || !(#inner in key)) throw wrongArgument(method, "SubtleCrypto", index, "CryptoKey");
      return key.#inner;
    };
  }
}
tag(CryptoKey);

function normal(algorithm, what) {
  const given = typeof algorithm === "object" && algorithm !== null ? algorithm : { name: String(algorithm) };
  const wanted = String(given.name).toUpperCase();
  const name = Object.keys(ALGORITHMS).find((one) => one.toUpperCase() === wanted);
  if (!name || (what && !ALGORITHMS[name][what.can])) {
    throw refuse("NotSupportedError", `Unrecognized ${what?.text ?? "algorithm"} "${given.name}" requested.`);
  }
  return { ...given, name };
}

function need(algorithm, field) {
  if (algorithm[field] === undefined) throw new TypeError(`Missing field "${field}" in "algorithm".`);
  return algorithm[field];
}

function needBytes(algorithm, field) {
  const value = need(algorithm, field);
  if (!isBytes(value)) throw new TypeError(`Incorrect type for the '${field}' field on 'Algorithm': the provided value is not of type 'BufferSource'.`);
  return bytesOf(value);
}

export function hashName(hash) {
  const name = String(typeof hash === "object" && hash !== null ? hash.name : hash).toUpperCase();
  if (!(name in DIGESTS)) throw refuse("NotSupportedError", "Unrecognized or unimplemented digest algorithm requested.");
  return name;
}

const opensslHash = (hash) => hash.replace("-", "");

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

// Secret keys

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

const hmac = {
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

const gcm = aes("GCM", {
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

function failed(why) {
  throw refuse("OperationError", why);
}

const cbc = aes("CBC", {
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

const ctr = aes("CTR", {
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

// Derivation

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

const pbkdf2 = derivation("PBKDF2", (key, algorithm, length) => {
  const hash = hashName(need(algorithm, "hash")), iterations = need(algorithm, "iterations"), salt = needBytes(algorithm, "salt");
  if (!(iterations > 0)) throw refuse("OperationError", `PBKDF2 requires a positive iteration count (requested ${iterations}).`);
  if (iterations > ITERATIONS_MAX) throw refuse("NotSupportedError", `PBKDF2 iteration counts above ${ITERATIONS_MAX} are not supported (requested ${iterations}).`);
  return native.pbkdf2(opensslHash(hash), key.data, salt, iterations, wholeBytes("PBKDF2", length));
});

const hkdf = derivation("HKDF", (key, algorithm, length) => {
  const hash = hashName(need(algorithm, "hash")), salt = needBytes(algorithm, "salt"), info = needBytes(algorithm, "info");
  const size = wholeBytes("HKDF", length);
  if (size === 0) return new ArrayBuffer(0);
  return native.hkdf(opensslHash(hash), key.data, salt, info, size) ?? failed("HKDF deriveBits failed.");
});

// Pairs of keys

const INVALID = { pkcs8: "Invalid PKCS8 input.", spki: "Invalid SPKI input." };

/** A key of DER, checked, or what is wrong with it. */
function derKey(format, data, isKind) {
  if (format !== "pkcs8" && format !== "spki") throw refuse("NotSupportedError", `Unrecognized key import format "${format}".`);
  const type = format === "pkcs8" ? "private" : "public";
  const der = native.keyConvert(data, type === "private", type === "private");
  if (!der || !isKind(new Uint8Array(der), type)) throw refuse("DataError", INVALID[format]);
  return { type, data: new Uint8Array(der) };
}

function curveOf(algorithm) {
  const name = String(need(algorithm, "namedCurve"));
  if (!(name in CURVE_BYTES)) throw refuse("NotSupportedError", `Unrecognized or unimplemented EC curve "${name}" requested.`);
  return name;
}

const GROUPS = { "P-256": ["prime256v1", "P-256"], "P-384": ["secp384r1", "P-384"], "P-521": ["secp521r1", "P-521"] };

const elliptic = (name, publicUsages, privateUsages, more) => ({
  privateUsages,
  publicUsages,
  import(format, data, algorithm, extractable) {
    const namedCurve = curveOf(algorithm);
    const key = this.read(format, data, namedCurve, extractable);
    return { ...key, algorithm: { name, namedCurve } };
  },
  read(format, data, curve, extractable) {
    if (format === "jwk") return importJwk.elliptic(data, curve, CURVE_BYTES[curve], name, extractable);
    if (format === "raw") {
      const der = native.keyOf("EC", false, "sgroup", curve, "opub", data);
      if (!der) throw refuse("DataError", "Failed to import raw EC key data: Invalid point encoding..");
      return { type: "public", data: new Uint8Array(der) };
    }
    return derKey(format, data, (der, type) => GROUPS[curve].includes(native.keyPart(der, type === "private", "sgroup")));
  },
  pair(algorithm) {
    const namedCurve = curveOf(algorithm);
    return { data: native.keyGenerate("EC", namedCurve), algorithm: { name, namedCurve } };
  },
  raw: (key) => native.keyPart(key.data, false, "opub"),
  rawPublicOnly: "Raw export of elliptic curve keys is only allowed for public keys.",
  ...more,
});

const NO_HASH =
  'Missing "hash" in AlgorithmIdentifier. (ECDSA requires that the hash algorithm be specified at call time rather than on the key. This differs from other WebCrypto algorithms for historical reasons.)';

function callHash(algorithm) {
  if (algorithm.hash === undefined) throw new TypeError(NO_HASH);
  return opensslHash(hashName(algorithm.hash));
}

const ecdsa = elliptic("ECDSA", ["verify"], ["sign"], {
  sign: (key, algorithm, data) => native.sign(key.data, callHash(algorithm), data, CURVE_BYTES[key.algorithm.namedCurve]),
  verify: (key, algorithm, signature, data) =>
    native.verify(key.data, callHash(algorithm), data, CURVE_BYTES[key.algorithm.namedCurve], undefined, signature),
});

function agree(key, algorithm, length) {
  const other = innerOf(need(algorithm, "public"), "deriveBits", 1);
  if (other.type !== "public") throw refuse("InvalidAccessError", "The provided key has type \"private\", not \"public\"");
  const secret = native.agree(key.data, other.data) ?? failed("Failed to derive a shared secret.");
  if (length === null || length === undefined) return secret;
  if (length > secret.byteLength * 8) throw refuse("OperationError", `Derived key length (${length} bits) is too long (should be at most ${secret.byteLength * 8} bits).`);
  return secret.slice(0, Math.ceil(length / 8));
}

const ecdh = elliptic("ECDH", [], ["deriveKey", "deriveBits"], { derive: agree });

const edwards = (name, publicUsages, privateUsages, more) => ({
  privateUsages,
  publicUsages,
  import(format, data, _, extractable) {
    const key = this.read(format, data, extractable);
    return { ...key, algorithm: { name } };
  },
  read(format, data, extractable) {
    if (format === "jwk") return importJwk.edwards(data, name, extractable);
    if (format === "raw") {
      const der = native.keyOf(name, false, "opub", data);
      if (!der) throw refuse("DataError", `Invalid ${name} key data.`);
      return { type: "public", data: new Uint8Array(der) };
    }
    return derKey(format, data, (der, type) => native.keyPart(der, type === "private", "opub")?.byteLength === 32);
  },
  pair: () => ({ data: native.keyGenerate(name), algorithm: { name } }),
  raw: (key) => native.keyPart(key.data, false, "opub"),
  rawPublicOnly: `Raw export of ${name} keys is only allowed for public keys.`,
  ...more,
});

const ed25519 = edwards("Ed25519", ["verify"], ["sign"], {
  sign: (key, _, data) => native.sign(key.data, undefined, data),
  verify: (key, _, signature, data) => native.verify(key.data, undefined, data, undefined, undefined, signature),
});

const x25519 = edwards("X25519", [], ["deriveKey", "deriveBits"], { derive: agree });

const RSA_BITS_MAX = 4096;

const rsa = (name, salted) => ({
  privateUsages: ["sign"],
  publicUsages: ["verify"],
  import(format, data, algorithm, extractable) {
    const hash = hashName(need(algorithm, "hash"));
    const key = format === "jwk" ? importJwk.rsa(data, name, hash, extractable) : derKey(format, data, (der, type) => native.keyPart(der, type === "private", "bn"));
    return { ...key, algorithm: this.describe(key, hash) };
  },
  describe(key, hash) {
    const isPrivate = key.type === "private";
    const modulusLength = native.keyPart(key.data, isPrivate, "bn").byteLength * 8;
    return { name, modulusLength, publicExponent: new Uint8Array(native.keyPart(key.data, isPrivate, "be")), hash: { name: hash } };
  },
  pair(algorithm) {
    const hash = hashName(need(algorithm, "hash")), bits = need(algorithm, "modulusLength");
    needBytes(algorithm, "publicExponent");
    if (!(bits >= 256 && bits <= RSA_BITS_MAX && bits % 8 === 0)) throw refuse("OperationError", `The modulus length must be between 256 and ${RSA_BITS_MAX} and a multiple of 8; requested ${bits}.`);
    const data = native.keyGenerate("RSA", bits);
    return { data, algorithm: this.describe({ type: "private", data }, hash) };
  },
  sign: (key, algorithm, data) => native.sign(key.data, opensslHash(key.algorithm.hash.name), data, undefined, salted ? need(algorithm, "saltLength") : undefined),
  verify: (key, algorithm, signature, data) =>
    native.verify(key.data, opensslHash(key.algorithm.hash.name), data, undefined, salted ? need(algorithm, "saltLength") : undefined, signature),
});

const ALGORITHMS = {
  HMAC: hmac, "AES-GCM": gcm, "AES-CBC": cbc, "AES-CTR": ctr, PBKDF2: pbkdf2, HKDF: hkdf, ECDSA: ecdsa, ECDH: ecdh,
  Ed25519: ed25519, X25519: x25519, "RSASSA-PKCS1-v1_5": rsa("RSASSA-PKCS1-v1_5", false), "RSA-PSS": rsa("RSA-PSS", true),
};

// The methods of crypto.subtle

function importKey(format, data, algorithm, extractable, usages) {
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
