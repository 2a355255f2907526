// What an experiment on real processes drives. A request says in its path what is to be done:
//
//   /KIND/WHICH/HINT/JURISDICTION/SERVICE_MS/RESPONSE_BYTES/WRITES
//
// KIND is "name" (WHICH is the name), "new" (a unique id is made) or "id" (WHICH is one that was made).
// HINT and JURISDICTION may be "-". WRITES is 0 or 1. The body goes on to the object.
import { DurableObject } from "cloudflare:workers";

const answers = new Map();

function answerOf(bytes) {
  let answer = answers.get(bytes);
  if (answer === undefined) answers.set(bytes, (answer = "x".repeat(bytes)));
  return answer;
}

export class Thing extends DurableObject {
  async fetch(request) {
    const path = request.url.split("/");
    const serviceMs = Number(path[7]);
    if (request.method === "POST") await request.arrayBuffer();
    if (serviceMs > 0) await scheduler.wait(serviceMs);
    if (path[9] === "1") await this.ctx.storage.put("written", path[4]);
    return new Response(answerOf(Number(path[8])));
  }
}

function idOf(objects, kind, which) {
  if (kind === "new") return objects.newUniqueId();
  return kind === "id" ? objects.idFromString(which) : objects.idFromName(which);
}

export default {
  async fetch(request, env) {
    const [, , , kind, which, hint, jurisdiction] = request.url.split("/");
    try {
      const objects = jurisdiction === "-" ? env.OBJECTS : env.OBJECTS.jurisdiction(jurisdiction);
      const id = idOf(objects, kind, which);
      const stub = objects.get(id, hint === "-" ? undefined : { locationHint: hint });
      const response = await stub.fetch(request);
      if (kind !== "new") return response;
      return new Response(response.body, { headers: { "object-id": id.toString() } });
    } catch (error) {
      return new Response(`${error}\n`, { status: 503 });
    }
  },
};
