import { clear, deleteAlarm, get, getAlarm, list, notThere, put, remove, setAlarm, settled } from "./operations.js";
import { SyncKvStorage } from "./kv.js";
import { Layer, Records } from "./records.js";
import { define, illegalUnless, INTERNAL, tag, wrongArgument } from "./shared.js";
import { SqlStorage } from "./sql.js";
import { COMMITTED, DurableObjectTransaction, OPEN, ROLLED_BACK } from "./transaction.js";

const STORAGE = "DurableObjectStorage";

export class DurableObjectStorage {
  #records; // the layer of the innermost transaction that is on
  #block;
  #instance;
  #sql;
  #kv;
  #depth = 0; // of the transactions that are on
  #hasAlarm;
  /** `block(callback)` is ctx.blockConcurrencyWhile(), and `hasAlarm()` tells whether the object has a handler. */
  constructor(token, instance, id, block, hasAlarm) {
    illegalUnless(token);
    this.#hasAlarm = hasAlarm;
    this.#records = new Records(instance, id);
    this.#instance = instance;
    this.#block = block;
    this.#sql = new SqlStorage(INTERNAL, instance, () => this.#depth);
    this.#kv = new SyncKvStorage(INTERNAL, instance, () => this.#records);
  }
  get sql() {
    return this.#sql;
  }
  get kv() {
    return this.#kv;
  }
  get(...args) {
    return settled(() => get(this.#records, STORAGE, args));
  }
  list(...args) {
    return settled(() => list(this.#records, STORAGE, args));
  }
  put(...args) {
    return settled(() => put(this.#records, STORAGE, args));
  }
  /** Throws at once where the others reject, as workerd's does. */
  delete(...args) {
    return Promise.resolve(remove(this.#records, STORAGE, args));
  }
  deleteAll(...args) {
    return settled(() => clear(this.#records, STORAGE, args));
  }
  /** Nothing else of the object goes on meanwhile, and all that it stores belongs to the transaction, as with SQLite. */
  transaction(...args) {
    return settled(() => {
      const [callback, options] = args;
      if (typeof callback !== "function") throw wrongArgument("transaction", STORAGE, 1, "function");
      if (options !== undefined && (typeof options !== "object" || options === null)) throw wrongArgument("transaction", STORAGE, 2, "TransactionOptions");
      return this.#block(async () => {
        const layer = this.#begin();
        const session = { state: OPEN, records: () => this.#records, rollBack: () => this.#end(layer, false), hasAlarm: this.#hasAlarm };
        try {
          const value = await callback(new DurableObjectTransaction(INTERNAL, session));
          this.#end(layer, true);
          if (session.state === OPEN) session.state = COMMITTED;
          return () => value;
        } catch (error) {
          this.#end(layer, false);
          session.state = ROLLED_BACK;
          return () => {
            throw error;
          };
        }
      }).then((outcome) => outcome());
    });
  }
  transactionSync(...args) {
    const [callback] = args;
    if (typeof callback !== "function") throw wrongArgument("transactionSync", STORAGE, 1, "function");
    const layer = this.#begin();
    let done = false;
    try {
      const value = callback();
      done = true;
      return value;
    } finally {
      this.#end(layer, done);
    }
  }
  #begin() {
    this.#depth++;
    return (this.#records = new Layer(this.#records));
  }
  /** Take a layer off, and what is still above it, unless that has been done. */
  #end(layer, kept) {
    let on = this.#records;
    while (on !== undefined && on !== layer) on = on.below;
    while (on !== undefined && this.#records !== layer.below) {
      const top = this.#records;
      this.#records = top.below;
      this.#depth--;
      this.#finish(top, kept);
    }
  }
  /** End a layer and what SQL has done meanwhile, both in the same way. */
  #finish(layer, kept) {
    let undo = () => {};
    try {
      if (kept) undo = layer.keep();
    } catch (error) {
      native.sqlEnd(this.#instance, this.#depth, false);
      throw error;
    }
    try {
      native.sqlEnd(this.#instance, this.#depth, kept);
    } catch (error) {
      undo(); // a constraint that is looked at in the end, perhaps
      throw error;
    }
  }
  getAlarm(...args) {
    return settled(() => getAlarm(this.#records, STORAGE, args));
  }
  setAlarm(...args) {
    return settled(() => setAlarm(this.#records, STORAGE, args, this.#hasAlarm));
  }
  deleteAlarm(...args) {
    return settled(() => deleteAlarm(this.#records, STORAGE, args));
  }
  /** Answers leave only when what they depend on is durable, so there is nothing to wait for. */
  sync() {
    return Promise.resolve();
  }
  static {
    for (const name of ["getCurrentBookmark", "getBookmarkForTime", "onNextSessionRestoreBookmark"]) {
      DurableObjectStorage.prototype[name] = notThere(name);
    }
  }
}
tag(DurableObjectStorage);
define({ DurableObjectStorage });
