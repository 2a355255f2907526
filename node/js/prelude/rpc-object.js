import { DurableObject } from "./bases.js";
import { DOMException } from "./exception.js";
import { follow, noFunction, noMethod } from "./rpc.js";
import { readRpc } from "./rpc-values.js";

// Calls of methods at the object. Lines of their head: none where a request has its HTTP method, so no fetch() looks like one; then
// "call" or "read", the path as JSON, the lane, and how many bytes come before those of a stream.

const RESERVED = new Set(["fetch", "connect", "alarm", "webSocketMessage", "webSocketClose", "webSocketError", "dup", "constructor"]);
const NO_RPC =
  'The receiving Durable Object does not support RPC, because its class was not declared with `extends DurableObject`. In order to enable RPC, make sure your class extends the special class `DurableObject`, which can be imported from the module "cloudflare:workers".';

/** How a call begins: { path, reads, lane, startBytes }; null for a fetch. */
export function callOf(head) {
  if (head[0] !== "\n") return null;
  const [, kind, path, lane, startBytes] = head.split("\n");
  if (kind === "alarm") return { path: ["alarm"], alarm: JSON.parse(path), lane, startBytes: 0 };
  if (kind !== "call" && kind !== "read") return null;
  return { path: JSON.parse(path), reads: kind === "read", lane, startBytes: Number(startBytes) };
}

/** What of its own a class may be asked for: methods and getters of prototypes. */
function find(object, [name, ...more]) {
  if (!(object instanceof DurableObject)) throw new TypeError(NO_RPC);
  if (RESERVED.has(name)) throw new TypeError(`'${name}' is a reserved method and cannot be called over RPC.`);
  const value = Object.hasOwn(object, name) || name in Object.prototype ? undefined : object[name];
  if (value === undefined) throw noMethod(name);
  return follow(value, [name, ...more], 1, object);
}

/** Errors of user code name their object. */
function mark(error, id) {
  if (typeof error !== "object" || error === null || error instanceof DOMException) return error;
  try {
    error.durableObjectId = String(id);
  } catch {
    // it is frozen
  }
  return error;
}

/** Do what a call asks of the object with that id: its value, or a promise of it. */
export function perform(object, id, { path, reads, alarm }, args) {
  if (alarm) return Promise.resolve(object.alarm(alarm)).then(() => undefined); // nobody wants what it gives
  const [value, holder] = find(object, path);
  if (reads) return value;
  if (typeof value !== "function") throw noFunction(path);
  let result;
  try {
    result = Reflect.apply(value, holder, args ?? []);
    if (typeof result?.then !== "function") return result;
  } catch (error) {
    throw mark(error, id);
  }
  return Promise.resolve(result).catch((error) => {
    throw mark(error, id);
  });
}

/** Calls whose arguments are on their way. Those of one stub, which share a lane, begin in the order in which they were made. */
export class Arriving {
  #lanes = new Map(); // lane -> [{ run, begin }], in order; begin is null until the arguments are there
  /** Call begin(args, error, soon) when the arguments are there: now, or with `soon` in the middle of another turn. */
  add(run, { lane, startBytes }, source, begin) {
    let args;
    try {
      args = readRpc(source, startBytes);
    } catch (error) {
      return begin(undefined, error, false);
    }
    if (!(args instanceof Promise) && !this.#lanes.has(lane)) return begin(args, undefined, false);
    const call = { run, begin: null };
    if (this.#lanes.has(lane)) this.#lanes.get(lane).push(call);
    else this.#lanes.set(lane, [call]);
    const arrived = (value, error) => {
      call.begin = () => begin(value, error, true);
      this.#move(lane);
    };
    Promise.resolve(args).then((value) => arrived(value), (error) => arrived(undefined, error));
  }
  #move(lane) {
    const calls = this.#lanes.get(lane) ?? [];
    while (calls[0]?.begin) calls.shift().begin();
    if (calls.length === 0) this.#lanes.delete(lane);
  }
  /** Nobody waits for this run any more. Whether it had not begun: then it never will. */
  drop(run) {
    for (const [lane, calls] of this.#lanes) {
      const place = calls.findIndex((call) => call.run === run);
      if (place < 0) continue;
      calls.splice(place, 1);
      this.#move(lane);
      return true;
    }
    return false;
  }
}
