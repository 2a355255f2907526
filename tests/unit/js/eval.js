// Runs the code that a request brings: in the Worker, or, with object(), in an object.
import { DurableObject } from "cloudflare:workers";
import add from "./add.wasm";

export class Lab extends DurableObject {
  async fetch(request) {
    const code = (await request.text()) || "{}"; // a redirect drops the body
    const run = new Function("request", "ctx", "env", "self", `return (async () => { return (${code})\n})()`);
    const result = await run(request, this.ctx, this.env, this);
    if (result instanceof Response) return result;
    if (result?.raw) return result.raw[0];
    return new Response(typeof result === "string" ? result : JSON.stringify(result));
  }
}

Lab.prototype.alarm = async function (info) {
  await this.ctx.storage.put("rang", info);
  return () => "nobody wants this";
};

export class Bare extends DurableObject {}

export class Plain {
  async fetch() {
    return new Response("plain");
  }
}

export class Failing {
  constructor(ctx) {
    if (ctx.id.name === "throw") throw new RangeError("no luck");
    this.ready = false;
    ctx.blockConcurrencyWhile(async () => {
      await scheduler.wait(5);
      if (ctx.id.name === "block") throw new SyntaxError("blocked");
      this.ready = true;
    });
  }
  async fetch() {
    return new Response(`ready ${this.ready}`);
  }
}

function show(error) {
  if (!(error instanceof Error)) return `not an Error: ${JSON.stringify(error)}`;
  const own = Object.keys(error).map((key) => ` ${key}=${JSON.stringify(error[key])}`).join("");
  return `${error.constructor.name} ${error.name}: ${error.message}${own}`;
}

export default {
  async fetch(request, env, ctx) {
    if (request.method === "PATCH") {
      ctx.waitUntil(request.text()); // too late: the answer has gone before
      return new Response("early");
    }
    const code = await request.text();
    const object = async (text, name = "x") => {
      const response = await env.LAB.getByName(name).fetch("http://h/", { method: "POST", body: text });
      return response.text();
    };
    try {
      const run = new Function("request", "ctx", "env", "object", "show", "add", `return (async () => { return ${code}\n})()`);
      const result = await run(request, ctx, env, object, show, add);
      return result instanceof Response ? result : new Response(typeof result === "string" ? result : JSON.stringify(result));
    } catch (error) {
      if (request.url.endsWith("/throw")) throw error;
      return new Response(show(error));
    }
  },
};
