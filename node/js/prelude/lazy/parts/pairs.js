import { CryptoKey, failed, hashName, innerOf, need, needBytes, opensslHash, refuse, wrongField } from "./key.js";
import { importJwk } from "./jwk.js";

// Pairs of keys, private and public: elliptic curves and RSA.

const CURVE_BYTES = { "P-256": 32, "P-384": 48, "P-521": 66 };

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

export const ecdsa = elliptic("ECDSA", ["verify"], ["sign"], {
  sign: (key, algorithm, data) => native.sign(key.data, callHash(algorithm), data, CURVE_BYTES[key.algorithm.namedCurve]),
  verify: (key, algorithm, signature, data) =>
    native.verify(key.data, callHash(algorithm), data, CURVE_BYTES[key.algorithm.namedCurve], undefined, signature),
});

function agree(key, algorithm, length) {
  const given = need(algorithm, "public", "derivedKeyParams");
  if (!(given instanceof CryptoKey)) throw wrongField("public", "DeriveKeyAlgorithm", "CryptoKey");
  const other = innerOf(given, "deriveBits", 1);
  if (other.type !== "public") throw refuse("InvalidAccessError", "The provided key has type \"private\", not \"public\"");
  const mine = key.algorithm.namedCurve, theirs = other.algorithm.namedCurve;
  if (mine !== theirs) throw refuse("InvalidAccessError", `Private key for derivation is using curve "${mine}" while public key is using "${theirs}".`);
  const secret = native.agree(key.data, other.data) ?? failed("Failed to derive a shared secret.");
  if (length === null || length === undefined) return secret;
  if (length > secret.byteLength * 8) throw refuse("OperationError", `Derived key length (${length} bits) is too long (should be at most ${secret.byteLength * 8} bits).`);
  return secret.slice(0, Math.ceil(length / 8));
}

export const ecdh = elliptic("ECDH", [], ["deriveKey", "deriveBits"], { derive: agree });

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
      if (data.length !== 32) throw refuse("DataError", `${name} raw keys must be exactly 32-bytes (provided ${data.length}).`);
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

export const ed25519 = edwards("Ed25519", ["verify"], ["sign"], {
  sign: (key, _, data) => native.sign(key.data, undefined, data),
  verify: (key, _, signature, data) => native.verify(key.data, undefined, data, undefined, undefined, signature),
});

export const x25519 = edwards("X25519", [], ["deriveKey", "deriveBits"], { derive: agree });

const RSA_BITS_MAX = 4096;

export const rsa = (name, salted) => ({
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
    const exponent = needBytes(algorithm, "publicExponent").reduce((number, byte) => number * 256 + byte, 0);
    if (exponent !== 3 && exponent !== 65537) throw refuse("OperationError", `The "publicExponent" must be either 3 or 65537, but got ${exponent}.`);
    if (!(bits >= 256 && bits <= RSA_BITS_MAX && bits % 8 === 0)) throw refuse("OperationError", `The modulus length must be between 256 and ${RSA_BITS_MAX} and a multiple of 8; requested ${bits}.`);
    const data = native.keyGenerate("RSA", bits);
    return { data, algorithm: this.describe({ type: "private", data }, hash) };
  },
  sign: (key, algorithm, data) => native.sign(key.data, opensslHash(key.algorithm.hash.name), data, undefined, salted ? need(algorithm, "saltLength") : undefined),
  verify: (key, algorithm, signature, data) =>
    native.verify(key.data, opensslHash(key.algorithm.hash.name), data, undefined, salted ? need(algorithm, "saltLength") : undefined, signature),
});
