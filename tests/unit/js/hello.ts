import { DurableObject } from "cloudflare:workers";

interface Env {
  COUNTER: any;
  GREETING: string;
}

export class Counter extends DurableObject {
  count = 0;
  async fetch(request: Request): Promise<Response> {
    return new Response(`${++this.count} ${(this as any).ctx.id.name} ${new URL(request.url).pathname}`);
  }
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const url = new URL(request.url);
    if (url.pathname === "/hello") return new Response("hello");
    const stub = env.COUNTER.get(env.COUNTER.idFromName("a"));
    return stub.fetch("http://object/count");
  },
};
