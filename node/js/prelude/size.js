// How many bytes a value takes as V8 serialises it: that is what the documented limit counts.

export const VALUE_BYTES_MAX = 131072;
/** Of classes with storage in SQLite. */
export const VALUE_BYTES_MAX_SQLITE = 2 << 20;
/** What workerd grants beyond, so that text and bytes of just the limit fit with their frame. */
export const VALUE_BYTES_SLACK = 34;

const FRAME = 2;
const SMALL_MIN = -(2 ** 30), SMALL_MAX = 2 ** 30 - 1;

function varint(value) {
  let size = 1;
  for (; value >= 128; value = Math.floor(value / 128)) size++;
  return size;
}

function sizeOfText(text) {
  const bytes = /^[\0-\xff]*$/.test(text) ? text.length : 2 * text.length;
  return 1 + varint(bytes) + bytes;
}

function sizeOfNumber(value) {
  if (!Number.isInteger(value) || value < SMALL_MIN || value > SMALL_MAX || Object.is(value, -0)) return 9;
  return 1 + varint(value >= 0 ? 2 * value : -2 * value - 1);
}

function sizeOfBigInt(value) {
  const digits = (value < 0n ? -value : value).toString(16).length;
  const bytes = value === 0n ? 0 : 8 * Math.ceil(digits / 16);
  return 1 + varint(2 * bytes) + bytes;
}

function sizeOfPairs(pairs, walk) {
  let size = 0;
  for (const [key, value] of pairs) size += walk(key) + walk(value);
  return size;
}

function sizeOfBytes(value) {
  const buffer = ArrayBuffer.isView(value) ? value.buffer : value;
  const size = 1 + varint(buffer.byteLength) + buffer.byteLength;
  return buffer === value ? size : size + 3 + varint(value.byteOffset) + varint(value.byteLength);
}

function sizeOfObject(value, walk) {
  if (Array.isArray(value)) return value.reduce((size, one) => size + walk(one), 3 + 2 * varint(value.length));
  if (value instanceof Map) return sizeOfPairs(value, walk) + 2 + varint(2 * value.size);
  if (value instanceof Set) return [...value].reduce((size, one) => size + walk(one), 2 + varint(value.size));
  if (value instanceof Date) return 9;
  if (value instanceof RegExp) return 2 + sizeOfText(value.source);
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return sizeOfBytes(value);
  if (value instanceof Error) return 5 + sizeOfText(value.message) + sizeOfText(`${value.name}: ${value.message}`);
  if (value instanceof String || value instanceof Number || value instanceof BigInt) return 1 + walk(value.valueOf());
  const pairs = Object.entries(value);
  return sizeOfPairs(pairs, walk) + 2 + varint(pairs.length);
}

export function storedSize(value) {
  const seen = new Map();
  const walk = (one) => {
    switch (typeof one) {
      case "string":
        return sizeOfText(one);
      case "number":
        return sizeOfNumber(one);
      case "bigint":
        return sizeOfBigInt(one);
      case "object":
        break;
      default:
        return 1;
    }
    if (one === null) return 1;
    if (seen.has(one)) return 1 + varint(seen.get(one));
    seen.set(one, seen.size);
    return sizeOfObject(one, walk);
  };
  return FRAME + walk(value);
}
