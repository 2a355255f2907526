import { define } from "./shared.js";

// What Workers have elsewhere and not here: touching it says so, rather than that something is undefined.

const LIST = "see docs/WORKERS.md, \"Not there\"";

export const absent = (name) => new Error(`${name} is not there in the simulator; ${LIST}.`);

for (const name of ["WebSocketPair", "WebSocket", "WebSocketRequestResponsePair", "EventSource", "HTMLRewriter", "MessageChannel"]) {
  define({ [name]: { [name]: class { constructor() { throw absent(name); } } }[name] });
}

class Cache {
  match() {
    return Promise.reject(absent("The cache (caches)"));
  }
  put() {
    return Promise.reject(absent("The cache (caches)"));
  }
  delete() {
    return Promise.reject(absent("The cache (caches)"));
  }
}

class CacheStorage {
  #cache = new Cache();
  get default() {
    return this.#cache;
  }
  open() {
    return Promise.resolve(new Cache());
  }
}
define({ Cache, CacheStorage });
globalThis.caches = new CacheStorage();
