import * as devalue from "devalue";
import { RpcTarget } from "../bases.js";
import { describe } from "../describe.js";
import { ERRORS as ALL_ERRORS, makeError, ownOf, rebuilt } from "../thrown.js";

// Values as structured cloning takes them, to text and back.

const ERRORS = { Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };
const NATIVE_TAGS = new Set([
  "Object", "Array", "Map", "Set", "Date", "RegExp", "String", "Number", "Boolean", "BigInt", "ArrayBuffer", "DataView", "Uint8Array", "Int8Array",
  "Uint8ClampedArray", "Uint16Array", "Int16Array", "Uint32Array", "Int32Array", "Float32Array", "Float64Array", "BigUint64Array", "BigInt64Array", "Float16Array",
]);

function refuse(value, hostName) {
  const host = typeof value === "object" && value !== null ? hostName(value) : undefined;
  const why = host === "DurableObject" ? "ServiceStub cannot be serialized in this context." : host ? `Could not serialize object of type "${host}". This type does not support serialization.` : `${describe(value)} could not be cloned.`;
  throw new DOMException(why, "DataCloneError");
}

function tagOf(value) {
  return Object.prototype.toString.call(value).slice(8, -1);
}

function hasSymbols(value) {
  return Object.getOwnPropertySymbols(value).some((key) => Object.prototype.propertyIsEnumerable.call(value, key));
}

// Instances of classes lose their class, objects without a prototype gain one.
function plainEntries(value) {
  if (typeof value !== "object" || value === null || tagOf(value) !== "Object") return false;
  const plain = Object.getPrototypeOf(value) === Object.prototype && !hasSymbols(value) && !Object.hasOwn(value, "__proto__");
  return !plain && Object.entries(value);
}

const refusing = (hostName) => (value) => {
  if (typeof value === "function" || typeof value === "symbol") refuse(value, hostName);
  if (typeof value === "object" && value !== null && !(value instanceof Error) && (hostName(value) || !NATIVE_TAGS.has(tagOf(value)))) refuse(value, hostName);
  return false;
};

const storedReducers = (hostName) => ({
  Refused: refusing(hostName),
  Error: (value) =>
    value instanceof Error && {
      type: value.name in ERRORS ? value.name : "Error",
      message: value.message,
      stack: value.stack,
      ...(Object.hasOwn(value, "cause") ? { cause: value.cause } : {}),
    },
  Plain: plainEntries,
});

const thrownReducers = (hostName) => ({
  Refused: refusing(hostName),
  Thrown: (value) => value instanceof Error && [Object.hasOwn(ERRORS, value.name) ? value.name : "Error", String(value.message), ownOf(value)],
  Plain: plainEntries,
});

const revivers = {
  Error: ({ type, message, stack, cause }) => {
    const error = new ERRORS[type](message, cause === undefined ? undefined : { cause });
    Object.defineProperty(error, "stack", { value: stack, writable: true, configurable: true });
    return error;
  },
  Thrown: ([type, message, pairs]) => rebuilt(makeError(type, message), pairs),
  Plain: (entries) => Object.fromEntries(entries),
};

export function stringify(value, hostName) {
  return devalue.stringify(value, storedReducers(hostName));
}

/** The same for what is thrown: errors keep all that they own. Throws for what cannot be parsed again. */
export function stringifyThrown(value, hostName) {
  const text = devalue.stringify(value, thrownReducers(hostName));
  parse(text); // an error within itself
  return text;
}

export function parse(text) {
  return devalue.parse(text, revivers);
}

const clonedReducers = (hostName) => ({
  Exception: (value) => value instanceof DOMException && [value.message, value.name],
  Whole: (value) => value instanceof Error && [Object.hasOwn(ALL_ERRORS, value.name) ? value.name : "Error", String(value.message), ownOf(value), value.stack],
  ...storedReducers(hostName),
});
const clonedRevivers = {
  Exception: (values) => new DOMException(...values),
  Whole: ([type, message, pairs, stack]) => Object.defineProperty(rebuilt(makeError(type, message), pairs), "stack", { value: stack }),
  ...revivers,
};

export function clone(value, hostName) {
  return devalue.parse(devalue.stringify(value, clonedReducers(hostName)), clonedRevivers);
}

const NOT_BY_RPC = "cannot travel by RPC in the simulator yet; see docs/WORKERS.md, \"Not there\".";

// Arguments and results of RPC: classes of the user are refused, errors keep all that they own, and `packHost` knows
// some of the Web API's classes.
const rpcReducers = (hostName, packHost) => ({
  Host: packHost,
  Refused(value) {
    if (typeof value === "function" || value instanceof RpcTarget) throw new DOMException(`Functions and RpcTargets ${NOT_BY_RPC}`, "DataCloneError");
    if (typeof value !== "object" || value === null || value instanceof Error) return refusing(hostName)(value);
    if (hostName(value) === "DurableObject") throw new DOMException(`Stubs ${NOT_BY_RPC}`, "DataCloneError");
    if (hostName(value) || tagOf(value) !== "Object" || Object.getPrototypeOf(value) === Object.prototype) return refusing(hostName)(value);
    const name = typeof value.constructor === "function" ? value.constructor.name : "Object";
    throw new DOMException(`Could not serialize object of type "${name}". This type does not support serialization.`, "DataCloneError");
  },
  Exception: (value) => value instanceof DOMException && [value.message, value.name],
  Thrown: (value) => value instanceof Error && [Object.hasOwn(ALL_ERRORS, value.name) ? value.name : "Error", String(value.message), ownOf(value)],
  Plain: plainEntries,
});

export function stringifyRpc(value, hostName, packHost) {
  return devalue.stringify(value, rpcReducers(hostName, packHost));
}

export function parseRpc(text, makeHost) {
  return devalue.parse(text, { ...clonedRevivers, Host: makeHost });
}
