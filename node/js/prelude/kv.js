import { get, list, put, remove } from "./operations.js";
import { illegalUnless, INTERNAL, legal, tag, wrongArgument } from "./shared.js";

// ctx.storage.kv: what ctx.storage does, without promises, one key at a time.

const NAME = "SyncKvStorage";
const NOT_ON = "The storage.kv (synchronous KV) API is only available for SQLite-backed Durable Objects, but this object's namespace is not declared to use SQLite. You can use the older, asyncronous interface via methods of `storage` itself (e.g. `storage.get()`). Alternatively, to enable SQLite, change `new_classes` to `new_sqlite_classes` within the 'migrations' field in your wrangler.jsonc or wrangler.toml file. If using workerd directly, set `enableSql = true` in your workerd config for the class. Note that this change cannot be made after the class is already deployed to production.";

class ListIterator {
  #pairs;
  constructor(token, pairs) {
    illegalUnless(token);
    this.#pairs = pairs;
  }
  next() {
    return this.#pairs.next();
  }
  [Symbol.iterator]() {
    return this;
  }
}
tag(ListIterator);

export class SyncKvStorage {
  #instance;
  #records;
  /** `records()`: the layer of the innermost transaction that is on. */
  constructor(token, instance, records) {
    illegalUnless(token);
    this.#instance = instance;
    this.#records = records;
  }
  get(...args) {
    if (args.length === 0) throw wrongArgument("get", NAME, 1, "string");
    return get(this.#on(), NAME, [`${args[0]}`]);
  }
  list(...args) {
    return new ListIterator(INTERNAL, list(this.#on(), NAME, args).entries());
  }
  put(...args) {
    if (args.length < 2) throw wrongArgument("put", NAME, args.length + 1, args.length ? "Value" : "string");
    put(this.#on(), NAME, [`${args[0]}`, args[1]]);
  }
  delete(...args) {
    if (args.length === 0) throw wrongArgument("delete", NAME, 1, "string");
    return remove(this.#on(), NAME, [`${args[0]}`]);
  }
  #on() {
    legal(Object(this) === this && #records in this);
    if (!native.sqlIsOn(this.#instance)) throw new Error(NOT_ON);
    return this.#records();
  }
}
tag(SyncKvStorage);
