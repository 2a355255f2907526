// The classes under test. What a Thing does is written beside the case that asks for it: the
// request's x-case header names the case, whose `object` function answers.
import { DurableObject } from "cloudflare:workers";
import { cases } from "../cases/index.js";
import { observe } from "./observe.js";

export class Thing extends DurableObject {
  notes = [];

  fetch(request) {
    const one = cases[request.headers.get("x-case")];
    if (!one) return new Response("a Thing needs an x-case header", { status: 404 });
    return one.object(this, request);
  }

  get state() {
    return this.ctx;
  }
}

// The same with storage in SQLite.
export class Sql extends Thing {
  async alarm(info) {
    return cases[await this.ctx.storage.get("case")].alarm(this, info);
  }
}

export class Echo extends DurableObject {
  async fetch(request) {
    const headers = [...request.headers];
    const bytes = new Uint8Array(await request.arrayBuffer());
    const seen = {
      method: request.method,
      url: request.url,
      headers,
      body: bytes.length ? observe(bytes) : "",
      redirect: request.redirect,
    };
    return Response.json(seen);
  }
}

export class Other extends DurableObject {
  async fetch() {
    return new Response(`other ${this.ctx.id.name}`);
  }
}

// Plain: no base class, and its own constructor.
export class Plain {
  constructor(ctx, env) {
    this.seen = { id: String(ctx.id).length, name: ctx.id.name, greeting: env.GREETING, storage: typeof ctx.storage };
  }

  fetch() {
    return Response.json(this.seen);
  }
}

export class NoFetch extends DurableObject {}

// Names that begin with "once" fail only the first time that they are made in this process.
const failed = new Set();

export class BadConstructor extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    const name = ctx.id.name ?? "";
    if (name.startsWith("once") && failed.has(name)) return;
    failed.add(name);
    throw Object.assign(new RangeError("constructed badly"), { detail: 7 });
  }

  fetch() {
    return new Response("made at last");
  }
}

export class BadStart extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    ctx.blockConcurrencyWhile(async () => {
      throw new TypeError("started badly");
    });
  }

  fetch() {
    return new Response("never");
  }
}
