import { DurableObject } from "cloudflare:workers";

const USAGE = `POST /CLIENT?limit=N&per=SECONDS   may this client do one more thing? N at once, and N each so many seconds
`;

/** A bucket of tokens for one client: each thing done takes one, and they come back at a steady pace. */
export class Limiter extends DurableObject {
  async take(limit, perMs) {
    const now = Date.now();
    const bucket = (await this.ctx.storage.get("bucket")) ?? { tokens: limit, at: now };
    const tokens = Math.min(limit, bucket.tokens + ((now - bucket.at) / perMs) * limit);
    const allowed = tokens >= 1;
    const left = allowed ? tokens - 1 : tokens;
    this.ctx.storage.put("bucket", { tokens: left, at: now });
    return { allowed, left: Math.floor(left), retryAfterMs: allowed ? 0 : ((1 - left) * perMs) / limit };
  }
}

export default {
  async fetch(request, env) {
    const { pathname, searchParams: query } = new URL(request.url);
    const client = pathname.slice(1);
    if (!client || request.method !== "POST") return new Response(USAGE, { status: client ? 405 : 200 });
    const limit = Number(query.get("limit") ?? 10), perMs = 1000 * Number(query.get("per") ?? 60);
    if (!(limit >= 1) || !(perMs > 0)) return Response.json({ error: "limit and per have to be numbers above 0" }, { status: 400 });

    const { allowed, left, retryAfterMs } = await env.LIMITERS.getByName(client).take(limit, perMs);
    if (allowed) return Response.json({ allowed, left });
    return Response.json({ allowed, left }, { status: 429, headers: { "retry-after": String(Math.ceil(retryAfterMs / 1000)) } });
  },
};
