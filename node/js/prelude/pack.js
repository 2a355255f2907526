import { hostName, lazy } from "./shared.js";

// Values as text, for storage and for what is thrown.

export const PLAIN = "J", RICH = "D"; // first letter of a stored value: JSON, or devalue's format

/** Whether JSON keeps a value exactly, as trees of plain objects and dense arrays. `bare`: objects may be without a prototype. */
export function isPlain(value, seen, depth, bare = true) {
  switch (typeof value) {
    case "string":
    case "boolean":
      return true;
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0);
    case "object":
      break;
    default:
      return false;
  }
  if (value === null) return true;
  if (depth > 64 || seen.has(value)) return false;
  seen.add(value);
  const proto = Object.getPrototypeOf(value);
  if (Array.isArray(value)) {
    if (proto !== Array.prototype || Object.keys(value).length !== value.length) return false;
    return value.every((one) => isPlain(one, seen, depth + 1, bare));
  }
  if (proto !== Object.prototype && !(bare && proto === null)) return false;
  for (const key of Object.keys(value)) {
    if (key === "__proto__" || key === "toJSON" || !isPlain(value[key], seen, depth + 1, bare)) return false;
  }
  return true;
}

/** A value as text; throws DataCloneError. `rich` is how to do what JSON cannot. */
export function packStored(value, rich = "stringify") {
  if (typeof value !== "object" || value === null ? isPlain(value, null, 0) : isPlain(value, new Set(), 0)) {
    return PLAIN + JSON.stringify(value);
  }
  return RICH + lazy("clone")[rich](value, hostName);
}

export function isJson(text) {
  return text[0] === PLAIN;
}

export function unpackStored(text) {
  return text[0] === PLAIN ? JSON.parse(text.slice(1)) : lazy("clone").parse(text.slice(1));
}
