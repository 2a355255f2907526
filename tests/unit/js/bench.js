import { DurableObject } from "cloudflare:workers";

export class Counter extends DurableObject {
  count = 0;

  increment(by) {
    this.count += by;
    return this.count;
  }
  async fetch(request) {
    if (request.url.endsWith("/storage")) {
      const count = ((await this.ctx.storage.get("count")) ?? 0) + 1;
      await this.ctx.storage.put("count", count);
      return new Response(String(count));
    }
    return new Response(String(++this.count));
  }
}

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (pathname === "/hello") return new Response("hello");
    if (pathname === "/json") {
      const value = await request.json();
      value.seen = true;
      return Response.json(value);
    }
    const stub = env.COUNTER.get(env.COUNTER.idFromName("a"));
    if (pathname === "/method") return new Response(String(await stub.increment(1)));
    return stub.fetch("http://object" + pathname);
  },
};
