// The Worker of the tests of methods. POST /METHOD?name=N with arguments as JSON calls it on the object N; /fetch sends the
// request itself there.
import { DurableObject } from "cloudflare:workers";

export class Tally extends DurableObject {
  notes = [];

  async increment(by) {
    const value = ((await this.ctx.storage.get("value")) ?? 0) + by;
    await this.ctx.storage.put("value", value);
    return value;
  }
  note(value) {
    this.notes.push(value.length);
    return this.notes;
  }
  boom() {
    throw new RangeError("boom on purpose");
  }
  hang() {
    return new Promise(() => {});
  }
  big(length) {
    return "x".repeat(length);
  }
  fetch(request) {
    return new Response(`fetched ${request.method}`);
  }
}

async function inOrder(stub, length) {
  const calls = Array.from({ length: 6 }, (_, i) => stub.note("x".repeat(i % 2 ? i : length)));
  return (await Promise.all(calls)).at(-1);
}

export default {
  async fetch(request, env) {
    const url = new URL(request.url), stub = env.TALLY.getByName(url.searchParams.get("name") ?? "x");
    const method = url.pathname.slice(1);
    if (method === "fetch") return stub.fetch(request);
    const args = JSON.parse((await request.text()) || "[]");
    try {
      if (method === "inOrder") return Response.json({ value: await inOrder(stub, ...args) });
      const value = await stub[method](...args);
      return Response.json({ value: typeof value === "string" ? value.length : value });
    } catch (error) {
      return Response.json({ error: { name: error.name, message: error.message, ...error } });
    }
  },
};
