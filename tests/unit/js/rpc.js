// Runs the code that a request brings, in the Worker or in an object, beside stubs whose methods are called.
import { DurableObject, RpcTarget } from "cloudflare:workers";

class Target extends RpcTarget {}

export class Methods extends DurableObject {
  notes = [];
  note(value) {
    this.notes.push(typeof value === "string" ? value.length : value);
  }
  noted() {
    return this.notes.join(" ");
  }
  echo(value) {
    return value;
  }
  run(code, ...args) {
    return new Function("self", "args", "Target", `return ${code}`)(this, args, Target);
  }
  fetch(request) {
    return new Response(`fetch ${request.method} ${request.url}`);
  }
}

const stream = () => new ReadableStream({ type: "bytes", pull: (controller) => controller.close() });

export default {
  async fetch(request, env) {
    const stub = env.METHODS.getByName("x");
    if (request.url.endsWith("/forward")) return stub.fetch(request);
    const code = await request.text();
    try {
      const result = await new Function("stub", "Target", "stream", `return (async () => ${code})()`)(stub, Target, stream);
      return new Response(typeof result === "string" ? result : JSON.stringify(result));
    } catch (error) {
      const own = Object.keys(error).filter((key) => key !== "durableObjectId").map((key) => ` ${key}=${JSON.stringify(error[key])}`);
      return new Response(`${error.constructor.name} ${error.name}: ${error.message}${own.join("")}`);
    }
  },
};
