// How the common kinds of cases are written down.
import { attempt } from "../worker/observe.js";

// The object does this; what it sees itself is compared.
export function inside(action) {
  return { inside: "THING", object: async (thing) => Response.json(await attempt(() => action(thing))) };
}

// The same for an object with storage in SQLite.
export function withSqlite(action) {
  return { ...inside(action), inside: "SQL" };
}

// The message of this one is the JavaScript engine's own: only the rest is compared.
export function engineText(one) {
  return { ...(typeof one === "function" ? { worker: one } : one), engineText: true };
}

// The object's fetch does this; what its caller sees is compared.
export function object(action) {
  return { object: action };
}
