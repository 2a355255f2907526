// GET /case/NAME?nonce=N&hint=H runs one case and answers its observation as JSON; /raw/NAME
// answers whatever the case itself answers; /names lists the cases.
import { cases } from "../cases/index.js";
import { attempt, observe, observeResponse } from "./observe.js";

export { BadConstructor, BadStart, Echo, NoFetch, Other, Plain, Sql, Thing } from "./objects.js";
export { Methods } from "./methods.js";

// What a case is given. Names are fresh for each run, by its nonce; with a hint, objects are
// made far from the region that asks.
class Tools {
  constructor(name, request, env, ctx) {
    const query = new URL(request.url).searchParams;
    Object.assign(this, { case: name, request, env, ctx, attempt, observe, observeResponse });
    this.nonce = query.get("nonce") ?? "nonce";
    this.options = query.get("hint") ? { locationHint: query.get("hint") } : undefined;
    this.count = 0;
  }

  name() {
    return `${this.nonce}-${this.case}-${this.count++}`;
  }

  stub(space = "THING", name = this.name()) {
    return this.env[space].get(this.env[space].idFromName(name), this.options);
  }

  // Ask an object of this very case; `path` is for the case's own use.
  ask(stub, path = "/", init = {}) {
    return stub.fetch(`http://object.example${path}`, { ...init, headers: { ...init.headers, "x-case": this.case } });
  }

  async echo(url = "http://object.example/", init = undefined) {
    return (await this.stub("ECHO").fetch(url, init)).json();
  }
}

async function runCase(one, tools) {
  if (one.worker) return attempt(() => one.worker(tools));
  return attempt(async () => observeResponse(await tools.ask(tools.stub())));
}

export default {
  async fetch(request, env, ctx) {
    const url = new URL(request.url);
    const [, kind, name] = url.pathname.split("/");
    if (kind === "names") return Response.json(Object.keys(cases));
    const one = cases[name];
    if (!one) return new Response(`no case ${name}\n`, { status: 404 });
    const tools = new Tools(name, request, env, ctx);
    if (kind === "raw") return one.raw(tools);
    const seen = await (one.inside
      ? tools.ask(tools.stub(one.inside)).then((response) => response.json())
      : runCase(one, tools));
    return new Response(JSON.stringify(seen).replaceAll(tools.nonce, "NONCE"), {
      headers: { "content-type": "application/json" },
    });
  },
};
