// Thrown values drawn from a seed: errors of all kinds with own properties, causes, names, and what is no error.

const COUNT = 60;

// A small generator (mulberry32), the same everywhere.
export function drawing(seed) {
  let state = seed * 0x9e3779b9;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const pick = (...list) => list[Math.floor(next() * list.length)];
  return { next, pick };
}

function text({ pick }) {
  return pick("", "oops", "é😀", "a\nb", "Error: x", "\u0000", "TypeError", "x".repeat(300), " spaced ");
}

/** Any value; with `draw.sendable`, none that RPC would send as a stub. */
export function value(draw, depth) {
  const { pick } = draw;
  const simple = [() => text(draw), () => 5, () => -0, () => NaN, () => 7n, () => true, () => null, () => undefined];
  const rich = [
    () => new Date(5), () => [value(draw, depth - 1), value(draw, depth - 1)], () => ({ a: value(draw, depth - 1), b: 1 }),
    () => new Map([[text(draw), value(draw, depth - 1)]]), () => new Set([value(draw, depth - 1)]), () => new Uint8Array([1, 2, 3]),
    () => error(draw, depth - 1), () => /a+/gi, () => Object("boxed"),
  ];
  const odd = [...(draw.sendable ? [] : [() => () => 1]), () => Symbol("s"), () => Promise.resolve(1), () => new WeakMap()];
  return pick(...simple, ...(depth > 0 ? [...rich, ...rich] : []), ...(depth > 1 ? odd : []))();
}

function error(draw, depth) {
  const { next, pick } = draw;
  class Mine extends TypeError {}
  const type = pick(Error, TypeError, RangeError, SyntaxError, EvalError, URIError, ReferenceError, Mine);
  const cause = depth > 0 && next() < 0.3 ? { cause: value(draw, depth - 1) } : undefined;
  const made = next() < 0.1 ? new DOMException(text(draw), pick("AbortError", "DataError", "Mine")) : new type(text(draw), cause);
  for (const key of ["code", "retryable", "overloaded", "remote", "durableObjectReset", "details", "0"]) {
    if (next() < 0.15) made[key] = value(draw, depth - 1);
  }
  if (!(made instanceof DOMException) && next() < 0.2) Object.defineProperty(made, "name", { value: pick("Mine", "RangeError", "", "Error"), enumerable: next() < 0.5, configurable: true, writable: true });
  return made;
}

const drawn = (seed) => {
  const draw = drawing(seed);
  const thrown = draw.next() < 0.8 ? error(draw, 3) : value(draw, 3);
  return draw.next() < 0.5 ? () => { throw thrown; } : async () => {
    await null;
    throw thrown;
  };
};

export const thrown = Object.fromEntries(Array.from({ length: COUNT }, (_, index) => [`drawn-${index}`, { object: () => drawn(index + 1)() }]));
