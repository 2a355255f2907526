import * as devalue from "devalue";

// Values as structured cloning takes them, to text and back.

const ERRORS = { Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };
const NATIVE_TAGS = new Set([
  "Object", "Array", "Map", "Set", "Date", "RegExp", "String", "Number", "Boolean", "BigInt", "ArrayBuffer", "DataView", "Uint8Array", "Int8Array",
  "Uint8ClampedArray", "Uint16Array", "Int16Array", "Uint32Array", "Int32Array", "Float32Array", "Float64Array", "BigUint64Array", "BigInt64Array", "Float16Array",
]);

function refuse(value) {
  const text = typeof value === "object" && value !== null ? `#<${value.constructor?.name ?? "Object"}>` : String(value);
  throw new DOMException(`${text} could not be cloned.`, "DataCloneError");
}

function tagOf(value) {
  return Object.prototype.toString.call(value).slice(8, -1);
}

const reducers = {
  Refused: (value) => {
    if (typeof value === "function" || typeof value === "symbol") refuse(value);
    if (typeof value === "object" && value !== null && !(value instanceof Error) && !NATIVE_TAGS.has(tagOf(value))) refuse(value);
    return false;
  },
  Error: (value) =>
    value instanceof Error && {
      type: value.name in ERRORS ? value.name : "Error",
      message: value.message,
      stack: value.stack,
      ...(Object.hasOwn(value, "cause") ? { cause: value.cause } : {}),
    },
  // Instances of classes lose their class, objects without a prototype gain one.
  Plain: (value) => {
    if (typeof value !== "object" || value === null || tagOf(value) !== "Object") return false;
    const plain = Object.getPrototypeOf(value) === Object.prototype && Object.getOwnPropertySymbols(value).length === 0;
    return !plain && Object.entries(value);
  },
};

const revivers = {
  Error: ({ type, message, stack, cause }) => {
    const error = new ERRORS[type](message, cause === undefined ? undefined : { cause });
    Object.defineProperty(error, "stack", { value: stack, writable: true, configurable: true });
    return error;
  },
  Plain: (entries) => Object.fromEntries(entries),
};

export function stringify(value) {
  return devalue.stringify(value, reducers);
}

export function parse(text) {
  return devalue.parse(text, revivers);
}

export function clone(value) {
  return parse(stringify(value));
}
