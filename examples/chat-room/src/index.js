import { DurableObject } from "cloudflare:workers";

const USAGE = `POST /ROOM?from=NAME         say the body in that room
GET  /ROOM?after=N&wait=MS   what was said after message N; waits up to MS for the first of it
`;
const TEXT_MAX = 2000, WAIT_MAX_MS = 20_000, AT_ONCE = 100;

const key = (number) => `message:${String(number).padStart(9, "0")}`;

/** A room: its messages, numbered from 1, and who waits for the next one. */
export class Room extends DurableObject {
  waiting = new Set();

  async fetch(request) {
    const url = new URL(request.url);
    if (request.method === "POST") return this.say(url.searchParams.get("from"), await request.text());
    const after = Number(url.searchParams.get("after") ?? 0);
    const wait = Math.min(Number(url.searchParams.get("wait") ?? 0), WAIT_MAX_MS);
    return Response.json(await this.said(after, wait));
  }

  async say(from, text) {
    if (!from || !text || text.length > TEXT_MAX) {
      return Response.json({ error: `somebody (?from=) has to say something, of at most ${TEXT_MAX} characters` }, { status: 400 });
    }
    // Nobody gets between this get and the puts, so numbers have no gaps and no doubles.
    const number = ((await this.ctx.storage.get("last")) ?? 0) + 1;
    this.ctx.storage.put({ last: number, [key(number)]: { number, from, text } });
    for (const wake of this.waiting) wake();
    return Response.json({ number }, { status: 201 });
  }

  async said(after, wait) {
    const options = { startAfter: key(after), prefix: "message:", limit: AT_ONCE };
    let found = await this.ctx.storage.list(options);
    if (found.size === 0 && wait > 0) {
      await this.next(wait);
      found = await this.ctx.storage.list(options);
    }
    return [...found.values()];
  }

  /** Settles with the next message, or when the time is over. */
  next(wait) {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, wait);
      this.waiting.add(done);
    });
  }
}

export default {
  async fetch(request, env) {
    const room = new URL(request.url).pathname.slice(1);
    return room ? env.ROOMS.getByName(room).fetch(request) : new Response(USAGE);
  },
};
