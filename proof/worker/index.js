// The Worker whose operations become a history. A request is POST with JSON {f, object, value, token}: `f` is
// "create", or an operation of an object, which is given by its name or by the 64 digits of its id.
// The answer is JSON: {ok: true, value, home, instance, boot}, or {ok: false, error} with its flags.
import { DurableObject } from "cloudflare:workers";

let boot; // drawn once in the life of a process; all instances in it tell the same one

/** A counter or a register, which keeps how often it has run each token. */
export class Witness extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    this.instance = crypto.randomUUID();
    boot ??= crypto.randomUUID();
  }

  async fetch(request) {
    const { f, value, token } = await request.json();
    const answer = { value: await this[f](value, token), home: request.cf.colo, instance: this.instance, boot };
    return Response.json(answer);
  }

  /** Adds; answers with the new value. */
  async add(step, token) {
    return (await this.change(token, (found) => found + step)).next;
  }

  async read() {
    return (await this.ctx.storage.get("value")) ?? 0;
  }

  async write(value, token) {
    await this.change(token, () => value);
    return null;
  }

  /** Writes `wanted` if `expected` is found; answers with what was found. */
  async cas([expected, wanted], token) {
    return (await this.change(token, (found) => (found === expected ? wanted : found))).found;
  }

  /** How often each token has run. */
  async tokens() {
    const kept = await this.ctx.storage.list({ prefix: "token:" });
    return Object.fromEntries([...kept].map(([key, count]) => [key.slice("token:".length), count]));
  }

  async change(token, make) {
    const key = `token:${token}`;
    const kept = await this.ctx.storage.get(["value", key]);
    const found = kept.get("value") ?? 0;
    const next = make(found);
    await this.ctx.storage.put({ value: next, [key]: (kept.get(key) ?? 0) + 1 });
    return { found, next };
  }
}

async function perform(env, { f, object, value, token }) {
  if (f === "create") return { value: env.WITNESS.newUniqueId().toString() };
  const id = /^[0-9a-f]{64}$/.test(object) ? env.WITNESS.idFromString(object) : env.WITNESS.idFromName(object);
  const answer = await env.WITNESS.get(id).fetch("https://object/", { method: "POST", body: JSON.stringify({ f, value, token }) });
  return answer.json();
}

export default {
  async fetch(request, env) {
    try {
      return Response.json({ ok: true, ...(await perform(env, await request.json())) });
    } catch (error) {
      const { name, message, retryable = false, overloaded = false } = error;
      return Response.json({ ok: false, error: { name, message, retryable, overloaded } });
    }
  },
};
