import { DurableObject } from "cloudflare:workers";

// Whoever knows a ticket's address may see and redeem it, and nobody else can: the id in it cannot
// be guessed, and one that this office did not make is refused without asking anybody.

interface Env {
  TICKETS: DurableObjectNamespace;
  EVENT: string;
}

interface TicketState {
  event: string;
  issuedAt: string;
  redeemedAt: string | null;
}

export class Ticket extends DurableObject<Env> {
  async fetch(request: Request): Promise<Response> {
    const action = new URL(request.url).pathname;
    const ticket = await this.ctx.storage.get<TicketState>("ticket");

    if (action === "/issue") {
      const issued: TicketState = { event: this.env.EVENT, issuedAt: now(), redeemedAt: null };
      await this.ctx.storage.put("ticket", issued);
      return Response.json(issued, { status: 201 });
    }
    if (!ticket) return notFound();
    if (action === "/redeem") {
      if (ticket.redeemedAt) {
        return Response.json({ error: "redeemed before", ...ticket }, { status: 409 });
      }
      ticket.redeemedAt = now();
      await this.ctx.storage.put("ticket", ticket);
    }
    return Response.json(ticket);
  }
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const url = new URL(request.url);
    const [collection, hex, action, ...rest] = url.pathname.slice(1).split("/");
    if (collection !== "tickets" || rest.length > 0) return notFound();

    if (hex === undefined) {
      if (request.method !== "POST") return notAllowed("POST");
      const id = env.TICKETS.newUniqueId();
      const issued = await env.TICKETS.get(id).fetch("https://ticket/issue", { method: "POST" });
      const address = `${url.origin}/tickets/${id}`;
      return Response.json(
        { url: address, ...(await issued.json<TicketState>()) },
        { status: 201, headers: { Location: address } },
      );
    }

    const ticket = findTicket(env, hex);
    if (!ticket) return notFound();
    if (action === undefined) {
      if (request.method !== "GET") return notAllowed("GET");
      return ticket.fetch("https://ticket/show");
    }
    if (action === "redeem") {
      if (request.method !== "POST") return notAllowed("POST");
      return ticket.fetch("https://ticket/redeem", { method: "POST" });
    }
    return notFound();
  },
};

/** The ticket with this id, or null when no ticket can have it. */
function findTicket(env: Env, hex: string): DurableObjectStub | null {
  try {
    return env.TICKETS.get(env.TICKETS.idFromString(hex));
  } catch {
    return null;
  }
}

function now(): string {
  return new Date().toISOString();
}

function notFound(): Response {
  return Response.json({ error: "no such ticket" }, { status: 404 });
}

function notAllowed(allowed: string): Response {
  return Response.json({ error: `use ${allowed}` }, { status: 405, headers: { Allow: allowed } });
}
