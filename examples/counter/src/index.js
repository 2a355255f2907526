import { DurableObject } from "cloudflare:workers";

const USAGE = `GET /NAME     count one up in the object of that name
GET /unique   make a new object that nobody can guess, and count in it
GET /id/HEX   count in the object with that id
`;

/** Counts its visits, and keeps the count. */
export class Counter extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    this.instance = crypto.randomUUID(); // tells this instance from any other one
  }

  async fetch(request) {
    const value = ((await this.ctx.storage.get("value")) ?? 0) + 1;
    await this.ctx.storage.put("value", value);
    return Response.json({
      value,
      id: this.ctx.id.toString(),
      instance: this.instance,
      colo: request.cf?.colo ?? null,
    });
  }
}

export default {
  async fetch(request, env) {
    const path = new URL(request.url).pathname.slice(1);
    if (path === "") return new Response(USAGE);
    if (path === "favicon.ico") return new Response(null, { status: 404 });

    let id;
    try {
      id = findId(env.COUNTER, path);
    } catch (error) {
      return Response.json({ error: error.message }, { status: 404 });
    }

    const response = await env.COUNTER.get(id).fetch("https://object/");
    const { value, instance, colo, id: hex } = await response.json();
    return Response.json({
      value,
      id: hex,
      object: { colo, instance },
      worker: { colo: request.cf?.colo ?? null },
    });
  },
};

/** The id that a path asks for; throws when there can be none. */
function findId(namespace, path) {
  if (path === "unique") return namespace.newUniqueId();
  if (path.startsWith("id/")) return namespace.idFromString(path.slice("id/".length));
  return namespace.idFromName(decodeURIComponent(path));
}
