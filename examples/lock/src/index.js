import { DurableObject } from "cloudflare:workers";

const USAGE = `POST /NAME/acquire?owner=WHO&ttl=MS&wait=MS   take the lock, for ttl at most; wait for it if need be
POST /NAME/release?token=N                    give it back
GET  /NAME                                    who has it
`;
const TTL_MS = 30_000, WAIT_MAX_MS = 20_000;

/** A lock that one owner has at a time, for a limited time. Each owner gets a higher token than all before, so
 * that what the lock protects can refuse who comes too late. Those who wait are served in their order. */
export class Lock extends DurableObject {
  queue = [];

  async fetch(request) {
    const url = new URL(request.url);
    const query = url.searchParams, action = url.pathname.split("/")[2];
    if (action === "acquire") return this.acquire(query.get("owner"), Number(query.get("ttl") ?? TTL_MS), Number(query.get("wait") ?? 0));
    if (action === "release") return this.release(Number(query.get("token")));
    return Response.json({ holder: (await this.holder())?.owner ?? null });
  }

  /** Who has the lock now; undefined: nobody. */
  async holder() {
    const holder = await this.ctx.storage.get("holder");
    return holder && holder.until > Date.now() ? holder : undefined;
  }

  async acquire(owner, ttl, wait) {
    if (!owner || !(ttl > 0)) return Response.json({ error: "an owner is needed, and a ttl above 0" }, { status: 400 });
    const end = Date.now() + Math.min(wait, WAIT_MAX_MS);
    const place = {};
    this.queue.push(place);
    try {
      for (;;) {
        const holder = await this.holder();
        if (!holder && this.queue[0] === place) return await this.grant(owner, ttl);
        const now = Date.now();
        if (now >= end) return Response.json({ error: "taken", holder: holder?.owner ?? null }, { status: 409 });
        await this.change(place, Math.min(end, holder?.until ?? end) - now);
      }
    } finally {
      this.queue.splice(this.queue.indexOf(place), 1);
      this.queue[0]?.wake?.();
    }
  }

  async grant(owner, ttl) {
    const token = ((await this.ctx.storage.get("token")) ?? 0) + 1;
    this.ctx.storage.put({ token, holder: { owner, token, until: Date.now() + ttl } });
    return Response.json({ token });
  }

  async release(token) {
    const holder = await this.holder();
    if (holder?.token !== token) return Response.json({ error: "this token does not hold the lock" }, { status: 409 });
    this.ctx.storage.delete("holder");
    this.queue[0]?.wake?.();
    return Response.json({ released: token });
  }

  /** Settles when something may have changed for this place, or when the time is over. */
  change(place, ms) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      place.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

export default {
  async fetch(request, env) {
    const name = new URL(request.url).pathname.split("/")[1];
    return name ? env.LOCKS.getByName(name).fetch(request) : new Response(USAGE);
  },
};
