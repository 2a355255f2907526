// ctx.storage.transaction() and transactionSync(), as storage in SQLite has them.
import { withSqlite } from "./kinds.js";

const START = { a: 1, b: 2, c: 3 };

// What a transaction gives or throws, and what is stored afterwards.
const during = (action) =>
  withSqlite(async ({ state: { storage } }) => {
    await storage.put(START);
    const gave = await storage.transaction((transaction) => action(transaction, storage)).catch(({ name, message }) => `${name}: ${message}`);
    return [gave, await storage.list()];
  });

const afterRollback = (action) =>
  during((transaction) => {
    transaction.rollback();
    return action(transaction);
  });

const afterCommit = (action) =>
  withSqlite(async ({ state: { storage } }) => {
    let kept;
    await storage.transaction((transaction) => void (kept = transaction));
    return action(kept);
  });

const operations = {
  "get": (transaction) => transaction.get("a"),
  "get-many": (transaction) => transaction.get(["a"]),
  "put": (transaction) => transaction.put("a", 5),
  "put-many": (transaction) => transaction.put({}),
  "delete": (transaction) => transaction.delete("a"),
  "list": (transaction) => transaction.list(),
  "rollback": (transaction) => transaction.rollback(),
  "deleteAll": (transaction) => transaction.deleteAll(),
  "getAlarm": (transaction) => transaction.getAlarm(),
};

const named = (prefix, make) => Object.fromEntries(Object.entries(operations).map(([name, action]) => [`${prefix}-${name}`, make(action)]));

const CHANGED = { aa: 1, b: undefined, z: 9 };

// What list() says of what the transaction has changed.
const listed = (options) =>
  during(async (transaction) => {
    await transaction.put(CHANGED);
    await transaction.delete("b");
    return [...(await transaction.list(options))];
  });

const sync = (action) =>
  withSqlite(async ({ state: { storage } }) => {
    await storage.put(START);
    let gave;
    try {
      gave = storage.transactionSync(() => action(storage));
    } catch ({ name, message }) {
      gave = `${name}: ${message}`;
    }
    return [gave, await storage.list()];
  });

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export const transactions = {
  ...named("after-rollback", afterRollback),
  ...named("after-commit", afterCommit),
  "gives": during(async (transaction) => {
    await transaction.put("d", 4);
    return "it";
  }),
  "gives-at-once": during(() => 5),
  "gives-a-promise": withSqlite(({ state }) => state.storage.transaction(() => 1) instanceof Promise),
  "throws": during(async (transaction) => {
    await transaction.put("a", 9);
    throw new TypeError("no");
  }),
  "throws-at-once": during((transaction) => {
    transaction.delete("a");
    throw new RangeError("no");
  }),
  "rolls-back": during(async (transaction) => {
    await transaction.put({ a: 9, d: 4 });
    await transaction.delete(["b", "c"]);
    return transaction.rollback() === undefined;
  }),
  "sees-its-own": during(async (transaction) => [
    await transaction.put("d", 4),
    await transaction.get("d"),
    await transaction.delete("d"),
    (await transaction.get("d")) === undefined,
    await transaction.delete(["a", "d"]),
    [...(await transaction.get(["c", "a", "b"]))],
  ]),
  "list": listed(),
  "list-reverse": listed({ reverse: true }),
  "list-limit": listed({ limit: 2 }),
  "list-reverse-limit": listed({ reverse: true, limit: 2 }),
  "list-prefix": listed({ prefix: "a" }),
  "list-start-end": listed({ start: "aa", end: "z" }),
  "list-startAfter": listed({ startAfter: "a", limit: 1 }),
  "put-undefined": during((transaction) => transaction.put("a", undefined)),
  "put-without-arguments": during((transaction) => transaction.put()),
  "get-without-arguments": during((transaction) => transaction.get()),
  "delete-without-arguments": during((transaction) => transaction.delete()),
  "list-of-a-number": during((transaction) => transaction.list(5)),
  "without-arguments": withSqlite(({ state }) => state.storage.transaction()),
  "of-a-number": withSqlite(({ state }) => state.storage.transaction(5)),
  "with-options": withSqlite(({ state }) => state.storage.transaction(() => 1, {})),
  "with-options-number": withSqlite(({ state }) => state.storage.transaction(() => 1, 5)),
  "sync-without-arguments": withSqlite(({ state }) => state.storage.transactionSync()),
  "constructor": during((transaction) => new transaction.constructor()),
  "is": during((transaction) => [String(transaction), transaction.constructor.name, typeof DurableObjectTransaction]),
  "one-after-another": withSqlite(async ({ state: { storage } }) => {
    const order = [];
    const one = (name, ms) =>
      storage.transaction(async () => {
        order.push(`${name} begins`);
        await pause(ms);
        order.push(`${name} ends`);
      });
    const both = [one("one", 5), one("two", 1)];
    order.push("called");
    await Promise.all(both);
    return order;
  }),
  "keeps-requests-out": {
    worker: async (t) => {
      const stub = t.stub("SQL");
      return new Set(await Promise.all(Array.from({ length: 10 }, async () => (await t.ask(stub)).text()))).size;
    },
    object: async ({ state: { storage } }) => {
      const count = await storage.transaction(async (transaction) => {
        const before = (await transaction.get("count")) ?? 0;
        await pause(2);
        await transaction.put("count", before + 1);
        return before;
      });
      return new Response(String(count));
    },
  },
  "sync-gives": sync((storage) => {
    storage.put("d", 4);
    return 7;
  }),
  "sync-throws": sync((storage) => {
    storage.put("d", 4);
    storage.delete("a");
    throw new Error("no");
  }),
  "sync-within": sync((storage) => {
    storage.put("d", 4);
    try {
      storage.transactionSync(() => {
        storage.put("e", 5);
        throw new Error("no");
      });
    } catch {}
    return 8;
  }),
  "storage-belongs-to-it": during(async (transaction, storage) => {
    await storage.put("a", 5);
    transaction.rollback();
    return storage.get("a");
  }),
  "within-another": during(async (transaction, storage) => {
    await storage.transaction((inner) => inner.put("d", 4));
    transaction.rollback();
  }),
};
