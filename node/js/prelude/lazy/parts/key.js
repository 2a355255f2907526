import { DOMException } from "../../exception.js";
import { illegalUnless, tag, wrongArgument } from "../../shared.js";
import { bytesOf, isBytes } from "../../text.js";

// What all kinds of keys share: the CryptoKey, and fields of an algorithm.

const DIGESTS = ["SHA-1", "SHA-256", "SHA-384", "SHA-512", "MD5"];

export const refuse = (name, why) => new DOMException(why, name);

/** What a key is made of: { data, type, algorithm, extractable, usages }. */
export let innerOf;

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

export function need(algorithm, field, dictionary = "algorithm") {
  if (algorithm[field] === undefined) throw new TypeError(`Missing field "${field}" in "${dictionary}".`);
  return algorithm[field];
}

export function wrongField(field, dictionary, type) {
  return new TypeError(`Incorrect type for the '${field}' field on '${dictionary}': the provided value is not of type '${type}'.`);
}

export function needBytes(algorithm, field, dictionary = "Algorithm") {
  const value = need(algorithm, field);
  if (!isBytes(value)) throw wrongField(field, dictionary, "BufferSource");
  return bytesOf(value);
}

export function hashName(hash) {
  const name = String(typeof hash === "object" && hash !== null ? hash.name : hash).toUpperCase();
  if (!DIGESTS.includes(name)) throw refuse("NotSupportedError", "Unrecognized or unimplemented digest algorithm requested.");
  return name;
}

export const opensslHash = (hash) => hash.replace("-", "");

export function failed(why) {
  throw refuse("OperationError", why);
}
