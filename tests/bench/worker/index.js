// What the benchmark asks for, one path for each row of its table. Runs on both engines unchanged.
import { DurableObject } from "cloudflare:workers";

// Keeps its number in memory.
export class Counter extends DurableObject {
  count = 0;

  fetch() {
    return new Response(String(++this.count));
  }
}

// Keeps its number in storage: an answer means that it is durable.
export class Ledger extends DurableObject {
  async fetch() {
    const count = ((await this.ctx.storage.get("count")) ?? 0) + 1;
    await this.ctx.storage.put("count", count);
    return new Response(String(count));
  }
}

let prefix;
let names = 0;

function freshName() {
  prefix ??= `${Date.now()}-${Math.random()}`;
  return `${prefix}-${names++}`;
}

const ask = (space, id) => space.get(id).fetch("http://object.example/");

const paths = {
  "/hello": () => new Response("hello"),
  "/object": ({ COUNTER }) => ask(COUNTER, COUNTER.idFromName("one")),
  "/storage": ({ LEDGER }) => ask(LEDGER, LEDGER.idFromName("one")),
  "/unique": ({ LEDGER }) => ask(LEDGER, LEDGER.newUniqueId()),
  "/name": ({ LEDGER }) => ask(LEDGER, LEDGER.idFromName(freshName())),
};

export default {
  fetch(request, env) {
    const answer = paths[new URL(request.url).pathname];
    return answer ? answer(env) : new Response("no such path\n", { status: 404 });
  },
};
