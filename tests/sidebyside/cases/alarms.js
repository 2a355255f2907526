// ctx.storage.setAlarm(), getAlarm(), deleteAlarm() and the handler alarm().
import { inside, withSqlite } from "./kinds.js";

const SOON_MS = 20, LATER_MS = 1e6;

const within = (action) => withSqlite((thing) => action(thing.state.storage));

// Set, and what is set then: beside the time that was meant, or none.
const set = (time) =>
  within(async (storage) => {
    const later = Date.now() + LATER_MS;
    try {
      return [await storage.setAlarm(time(later)), (await storage.getAlarm()) - later];
    } catch ({ name, message }) {
      return [`${name}: ${message}`, await storage.getAlarm()];
    } finally {
      await storage.deleteAlarm();
    }
  });

const TIMES = {
  "number": (later) => later, "date": (later) => new Date(later), "fraction": (later) => later + 0.7, "text": String, "nan": () => NaN, "infinity": () => Infinity,
  "too-far": () => 8.64e15 + 1, "negative": () => -5, "zero": () => 0, "none": () => undefined, "null": () => null, "object": () => ({}), "bad-date": () => new Date(NaN),
  "boolean": () => true, "bigint": (later) => BigInt(later),
};

// The object sets an alarm, and its handler does `action(thing, info, turn)`, turn by turn; what each gives is kept, until
// there are as many as `count`.
const ringing = (count, action) => ({
  worker: async (t) => {
    const stub = t.stub("SQL");
    await (await t.ask(stub, "/start")).text();
    for (;;) {
      const seen = await (await t.ask(stub, "/seen")).json();
      if (seen.length >= count) return seen;
      await scheduler.wait(SOON_MS);
    }
  },
  object: async ({ state: { storage } }, request) => {
    if (request.url.endsWith("/start")) {
      await storage.put({ case: request.headers.get("x-case"), seen: [] });
      await storage.setAlarm(Date.now() + SOON_MS);
    }
    return Response.json(await storage.get("seen"));
  },
  alarm: async (thing, info) => {
    const { storage } = thing.state, seen = await storage.get("seen");
    const first = seen[0]?.at ?? info.scheduledTime;
    seen.push({ at: info.scheduledTime, later: info.scheduledTime > first, ...info, scheduledTime: typeof info.scheduledTime });
    storage.put("seen", seen.map((one) => ({ ...one })));
    await action(storage, seen.length, thing);
    storage.put("seen", seen.map(({ at, ...one }) => ({ ...one, at: 0 })));
  },
});

const renew = (storage) => storage.setAlarm(Date.now() + SOON_MS);

export const alarms = {
  ...Object.fromEntries(Object.entries(TIMES).map(([name, time]) => [`set-${name}`, set(time)])),
  "get-none": within((storage) => storage.getAlarm()),
  "delete-none": within((storage) => storage.deleteAlarm()),
  "set-without-arguments": within((storage) => storage.setAlarm()),
  "set-options": within((storage) => storage.setAlarm(Date.now() + LATER_MS, 5)),
  "get-options": within((storage) => storage.getAlarm(5)),
  "delete-options": within((storage) => storage.deleteAlarm(5)),
  "replaced": within(async (storage) => {
    const later = Date.now() + LATER_MS;
    await storage.setAlarm(later);
    await storage.setAlarm(later + 5);
    const found = (await storage.getAlarm()) - later;
    await storage.deleteAlarm();
    return [found, await storage.getAlarm()];
  }),
  "deleteAll": within(async (storage) => {
    await storage.setAlarm(Date.now() + LATER_MS);
    await storage.deleteAll();
    return storage.getAlarm();
  }),
  "transaction": within(async (storage) => {
    const later = Date.now() + LATER_MS, seen = [];
    await storage.transaction(async (transaction) => {
      seen.push(await transaction.setAlarm(later), (await transaction.getAlarm()) - later, (await storage.getAlarm()) - later);
    });
    seen.push((await storage.getAlarm()) - later);
    await storage.transaction((transaction) => transaction.deleteAlarm());
    return [...seen, await storage.getAlarm()];
  }),
  "transaction-rolled-back": within(async (storage) => {
    const later = Date.now() + LATER_MS;
    await storage.setAlarm(later);
    await storage.transaction(async (transaction) => {
      await transaction.setAlarm(later + 5);
      transaction.rollback();
    });
    const kept = (await storage.getAlarm()) - later;
    await storage.transaction(async (transaction) => (await transaction.deleteAlarm(), transaction.rollback()));
    const again = (await storage.getAlarm()) - later;
    await storage.deleteAlarm();
    return [kept, again];
  }),
  "transactionSync-rolled-back": within(async (storage) => {
    try {
      storage.transactionSync(() => {
        storage.setAlarm(Date.now() + LATER_MS);
        throw new Error("no");
      });
    } catch {}
    return storage.getAlarm();
  }),
  "without-a-handler": inside(({ state }) => state.storage.setAlarm(Date.now() + LATER_MS)),
  "not-by-method": { worker: (t) => t.stub("SQL").alarm({}) },
  "rings": ringing(1, () => {}),
  "is-not-set-while-it-rings": ringing(1, async (storage, _turn, thing) => {
    const found = await storage.getAlarm();
    if (found !== null) throw new Error(`${found} in ${thing}`);
  }),
  "rings-again": ringing(3, (storage, turn) => turn < 3 && renew(storage)),
  "set-and-deleted-while-it-rings": ringing(1, async (storage) => {
    await renew(storage);
    await storage.deleteAlarm();
  }),
  "is-tried-again": ringing(2, (_storage, turn) => {
    if (turn === 1) throw new Error("not yet");
  }),
  "set-anew-and-failed": ringing(2, async (storage, turn) => {
    if (turn === 2) return;
    await renew(storage);
    throw new Error("not yet");
  }),
};
