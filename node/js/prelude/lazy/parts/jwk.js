import { DOMException } from "../../exception.js";

// Keys as JSON Web Keys. Part of lazy/subtle.js.

const wrong = (why) => new DOMException(why, "DataError");
const BASE64URL = { alphabet: "base64url" };
const toBase64 = (bytes) => new Uint8Array(bytes).toBase64({ ...BASE64URL, omitPadding: true });

function fromBase64(text) {
  try {
    return typeof text === "string" ? Uint8Array.fromBase64(text.replaceAll("+", "-").replaceAll("/", "_"), BASE64URL) : null;
  } catch {
    return null;
  }
}

function checkExtractable(jwk, name, extractable) {
  if (jwk.ext === false && extractable) throw wrong(`JWK ext field for "${name}" is set to false but extractable is true`);
}

function keyOf(type, isPrivate, parts, why, errorName = "OperationError") {
  const der = parts.every((part) => part !== null) ? native.keyOf(type, isPrivate, ...parts) : null;
  if (!der) throw new DOMException(why, errorName);
  return { type: isPrivate ? "private" : "public", data: new Uint8Array(der) };
}

const BITS = { "SHA-1": "1", "SHA-256": "256", "SHA-384": "384", "SHA-512": "512" };

export const importJwk = {
  checkHmac(jwk, hash) {
    if (jwk.alg !== undefined && jwk.alg !== `HS${BITS[hash]}`) {
      throw wrong(`HMAC "jwk" key import specifies "alg" that is incompatible with the hash name (encountered "${jwk.alg}", expected "HS${BITS[hash]}").`);
    }
  },
  secret(jwk, name, extractable) {
    const words = name === "HMAC" ? "HMAC" : "Symmetric";
    if (jwk.kty !== "oct") {
      throw wrong(`${words} "jwk" key import requires a JSON Web Key with Key Type parameter ${name === "HMAC" ? '("kty")' : '"kty"'} equal to "oct" (encountered "${jwk.kty}").`);
    }
    checkExtractable(jwk, name, extractable);
    const bytes = fromBase64(jwk.k);
    if (!bytes) throw wrong(`${words} "jwk" key import requires a base64Url encoding of the key`);
    return bytes;
  },
  elliptic(jwk, curve, size, name, extractable) {
    if (jwk.kty !== "EC") {
      throw wrong(`Elliptic curve "jwk" key import requires a JSON Web Key with Key Type parameter "kty" ("${jwk.kty}") equal to "EC".`);
    }
    checkExtractable(jwk, name, extractable);
    const [x, y] = [fromBase64(jwk.x), fromBase64(jwk.y)];
    const fits = x?.length <= size && y?.length <= size;
    const point = fits ? new Uint8Array(2 * size + 1) : null;
    point?.set([4]);
    point?.set(x, 1 + size - x.length);
    point?.set(y, 1 + 2 * size - y.length);
    const parts = ["sgroup", curve, "opub", point];
    if (jwk.d !== undefined) parts.push("bpriv", fromBase64(jwk.d));
    return keyOf("EC", jwk.d !== undefined, parts, 'Invalid EC key; public key coordinates "x" and "y" are invalid: Point is not on curve..');
  },
  edwards(jwk, name, extractable) {
    if (jwk.kty === "OKP" && jwk.crv !== name) throw new DOMException(`Only ${name} is supported but "${jwk.crv}" was requested.`, "NotSupportedError");
    if (jwk.kty !== "OKP") {
      throw wrong(`${name} "jwk" key import requires a JSON Web Key with Key Type parameter "kty" ("${jwk.kty}") equal to "OKP".`);
    }
    checkExtractable(jwk, name, extractable);
    const parts = ["opub", fromBase64(jwk.x)];
    if (jwk.d !== undefined) parts.push("opriv", fromBase64(jwk.d));
    return keyOf(name, jwk.d !== undefined, parts, `Invalid ${name} key in JSON Web Key.`, "DataError");
  },
  rsa(jwk, name, hash, extractable) {
    if (jwk.kty !== "RSA") {
      throw wrong(`RSASSA-PKCS1-v1_5 "jwk" key import requires a JSON Web Key with Key Type parameter "kty" ("${jwk.kty}") equal to "RSA".`);
    }
    checkExtractable(jwk, name, extractable);
    const alg = `${name === "RSA-PSS" ? "PS" : "RS"}${BITS[hash]}`;
    if (jwk.alg !== undefined && jwk.alg !== alg) {
      throw wrong(`JSON Web Key Algorithm parameter "alg" ("${jwk.alg}") does not match requested hash algorithm "${hash}".`);
    }
    const parts = ["bn", fromBase64(jwk.n), "be", fromBase64(jwk.e)];
    const isPrivate = jwk.d !== undefined;
    if (isPrivate) for (const [field, name] of RSA_PARTS) parts.push(name, fromBase64(jwk[field]));
    return keyOf("RSA", isPrivate, parts, "Invalid RSA key in JSON Web Key.", "DataError");
  },
};

const RSA_PARTS = [
  ["d", "bd"], ["p", "brsa-factor1"], ["q", "brsa-factor2"], ["dp", "brsa-exponent1"], ["dq", "brsa-exponent2"], ["qi", "brsa-coefficient1"],
];

const part = (data, type, name) => native.keyPart(data, type === "private", name);

function padded(bytes, size) {
  const all = new Uint8Array(size);
  all.set(new Uint8Array(bytes), size - bytes.byteLength);
  return all;
}

const AES = { "AES-GCM": "GCM", "AES-CBC": "CBC", "AES-CTR": "CTR" };

/** What an algorithm has besides "key_ops" and "ext". */
function fieldsOf(data, type, algorithm) {
  const { name } = algorithm;
  switch (name) {
    case "HMAC":
      if (!(algorithm.hash.name in BITS)) {
        throw new DOMException(`Unimplemented JWK key export format for key algorithm "${algorithm.hash.name}".`, "NotSupportedError");
      }
      return { kty: "oct", alg: `HS${BITS[algorithm.hash.name]}`, k: toBase64(data) };
    case "ECDSA":
    case "ECDH": {
      const point = new Uint8Array(part(data, type, "opub")), size = (point.length - 1) / 2;
      const d = type === "private" ? { d: toBase64(padded(part(data, type, "bpriv"), size)) } : {};
      return { kty: "EC", crv: algorithm.namedCurve, x: toBase64(point.subarray(1, 1 + size)), y: toBase64(point.subarray(1 + size)), ...d };
    }
    case "Ed25519":
    case "X25519": {
      const d = type === "private" ? { d: toBase64(part(data, type, "opriv")) } : {};
      return { kty: "OKP", crv: name, ...(name === "Ed25519" ? { alg: "EdDSA" } : {}), x: toBase64(part(data, type, "opub")), ...d };
    }
    case "RSASSA-PKCS1-v1_5":
    case "RSA-PSS": {
      const fields = type === "private" ? [["n", "bn"], ["e", "be"], ...RSA_PARTS] : [["n", "bn"], ["e", "be"]];
      const alg = `${name === "RSA-PSS" ? "PS" : "RS"}${BITS[algorithm.hash.name]}`;
      return { kty: "RSA", alg, ...Object.fromEntries(fields.map(([field, one]) => [field, toBase64(part(data, type, one))])) };
    }
    default:
      return { kty: "oct", alg: `A${algorithm.length}${AES[name]}`, k: toBase64(data) };
  }
}

const ORDER = ["kty", "key_ops", "alg", "ext", "crv", "x", "y", "d", "n", "e", "p", "q", "dp", "dq", "qi", "k"];

export function exportJwk(data, type, algorithm, ext, usages) {
  const fields = { key_ops: [...usages], ext, ...fieldsOf(data, type, algorithm) };
  return Object.fromEntries(ORDER.filter((name) => name in fields).map((name) => [name, fields[name]]));
}
