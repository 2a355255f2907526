// Values in V8's words, as its messages show what it does not want to run code of.

function constructorName(value) {
  const { constructor } = value;
  return typeof constructor === "function" && typeof constructor.name === "string" ? constructor.name : "";
}

function describeObject(value) {
  if (value.toString === Object.prototype.toString) {
    const name = constructorName(value);
    if (name) return `#<${name}>`;
  }
  const tag = value[Symbol.toStringTag];
  return typeof tag === "string" ? `[object ${tag}]` : Object.prototype.toString.call(value);
}

export function describe(value) {
  if (typeof value === "function") return Function.prototype.toString.call(value);
  if (typeof value !== "object" || value === null) return String(value);
  try {
    return value instanceof Error ? Error.prototype.toString.call(value) : describeObject(value);
  } catch {
    return "#<Object>";
  }
}
