import { illegalUnless, INTERNAL, legal, tag, toText, wrongArgument } from "./shared.js";

// ctx.storage.sql. A statement has run to its end when exec() returns, so a cursor goes over what is there already.

const NOT_ON = "SQL is not enabled for this Durable Object class. To enable it, change `new_classes` to `new_sqlite_classes` within the 'migrations' field in your wrangler.jsonc or wrangler.toml file. If using workerd directly,set `enableSql = true` in your workerd config for the class. Note that this change cannot be made after the class is already deployed to production.";
const EXPECTED_ONE = "Expected exactly one result from SQL query, but got ";

/** What SQLite is given for a value of the user's. */
function bound(value) {
  if (value === null || value === undefined) return null;
  if (typeof value === "number") return Number.isNaN(value) ? null : value;
  if (typeof value === "bigint") throw new TypeError("Cannot convert a BigInt value to a number");
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (value instanceof ArrayBuffer) return value;
  return toText(value);
}

function make(name, members) {
  const Made = { [name]: class { constructor(token) { illegalUnless(token); } } }[name];
  Object.defineProperties(Made.prototype, Object.getOwnPropertyDescriptors(members));
  tag(Made);
  return Made;
}

const state = new WeakMap(); // cursor -> { names, cells, at, read, written }

function stateOf(cursor) {
  const its = state.get(cursor);
  legal(its);
  return its;
}

/** The next row as a list; undefined at the end. */
function takeRow(its) {
  const width = its.names.length;
  if (width === 0 || its.at >= its.cells.length) return undefined;
  return its.cells.slice(its.at, (its.at += width));
}

const asObject = (its, row) => Object.fromEntries(row.map((cell, index) => [its.names[index], cell]));

function nextOf(its, shape) {
  const row = takeRow(its);
  return row === undefined ? { done: true, value: undefined } : { done: false, value: shape(row) };
}

function* rest(its, shape) {
  for (let row = takeRow(its); row !== undefined; row = takeRow(its)) yield shape(row);
}

const IteratorPrototype = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]()));

const RawIterator = make("RawIterator", {
  next() {
    return nextOf(stateOf(this), (row) => row);
  },
});
Object.setPrototypeOf(RawIterator.prototype, IteratorPrototype);

const Cursor = make("Cursor", {
  next() {
    const its = stateOf(this);
    return nextOf(its, (row) => asObject(its, row));
  },
  toArray() {
    const its = stateOf(this);
    return [...rest(its, (row) => asObject(its, row))];
  },
  one() {
    const its = stateOf(this);
    const row = takeRow(its);
    if (row === undefined) throw new Error(`${EXPECTED_ONE}no results.`);
    if (takeRow(its) !== undefined) throw new Error(`${EXPECTED_ONE}multiple results.`);
    return asObject(its, row);
  },
  raw() {
    const iterator = new RawIterator(INTERNAL);
    state.set(iterator, stateOf(this));
    return iterator;
  },
  get columnNames() {
    return [...stateOf(this).names];
  },
  get rowsRead() {
    return stateOf(this).read;
  },
  get rowsWritten() {
    return stateOf(this).written;
  },
  [Symbol.iterator]() {
    const its = stateOf(this);
    return rest(its, (row) => asObject(its, row));
  },
});

const Statement = make("Statement", {});

export class SqlStorage {
  #instance;
  #depth;
  /** `depth()`: how many transactions are on. */
  constructor(token, instance, depth) {
    illegalUnless(token);
    this.#instance = instance;
    this.#depth = depth;
  }
  exec(...args) {
    legal(Object(this) === this && #instance in this);
    if (args.length === 0) throw wrongArgument("exec", "SqlStorage", 1, "String");
    const text = toText(args[0]), values = args.slice(1).map(bound);
    this.#check();
    const [names, cells, read, written] = native.sqlExec(this.#instance, this.#depth(), text, ...values);
    const cursor = new Cursor(INTERNAL);
    state.set(cursor, { names, cells, at: 0, read, written });
    return cursor;
  }
  get databaseSize() {
    legal(Object(this) === this && #instance in this);
    this.#check();
    return native.sqlBytes(this.#instance);
  }
  get Cursor() {
    return Cursor;
  }
  get Statement() {
    return Statement;
  }
  #check() {
    if (!native.sqlIsOn(this.#instance)) throw new Error(NOT_ON);
  }
}
tag(SqlStorage);
for (const name of ["exec", "databaseSize", "Cursor", "Statement"]) {
  Object.defineProperty(SqlStorage.prototype, name, { enumerable: true });
}
