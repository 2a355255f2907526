import { deleteAlarm, get, getAlarm, list, put, remove, setAlarm, settled } from "./operations.js";
import { illegalUnless, tag } from "./shared.js";

const NAME = "DurableObjectTransaction";

export const OPEN = "open", COMMITTED = "committed", ROLLED_BACK = "rolled back";

/** What a transaction's function is given: the storage, as long as it goes on. `session` has its state, its records()
 * and rollBack(). */
export class DurableObjectTransaction {
  #session;
  constructor(token, session) {
    illegalUnless(token);
    this.#session = session;
  }
  #records(operation) {
    const { state, records } = this.#session;
    if (state === ROLLED_BACK) throw new Error(`Cannot ${operation}() on rolled back transaction`);
    if (state === COMMITTED) {
      throw new Error(`Cannot call ${operation}() on transaction that has already committed: did you move \`txn\` outside of the closure?`);
    }
    return records();
  }
  get(...args) {
    return settled(() => get(this.#records("get"), NAME, args));
  }
  list(...args) {
    return settled(() => list(this.#records("list"), NAME, args));
  }
  put(...args) {
    return settled(() => put(this.#records("put"), NAME, args));
  }
  delete(...args) {
    return settled(() => remove(this.#records("delete"), NAME, args));
  }
  deleteAll() {
    throw new Error("Cannot call deleteAll() within a transaction");
  }
  rollback() {
    if (this.#session.state === ROLLED_BACK) return;
    this.#records("rollback");
    this.#session.state = ROLLED_BACK;
    this.#session.rollBack();
  }
  getAlarm(...args) {
    return settled(() => getAlarm(this.#records("getAlarm"), NAME, args));
  }
  setAlarm(...args) {
    return settled(() => setAlarm(this.#records("setAlarm"), NAME, args, this.#session.hasAlarm));
  }
  deleteAlarm(...args) {
    return settled(() => deleteAlarm(this.#records("deleteAlarm"), NAME, args));
  }
}
tag(DurableObjectTransaction);
