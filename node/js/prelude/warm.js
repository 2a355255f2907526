import { bundle } from "./bundle.js";
import { DurableObjectNamespace } from "./ids.js";
import { construct, forget, runObject } from "./object.js";
import { packStored, unpackStored } from "./pack.js";
import { packRequest, Request } from "./request.js";
import { Response, responseOfHead } from "./response.js";
import { INTERNAL } from "./shared.js";
import { answer } from "./stub.js";
import { runWorker } from "./worker.js";

// The engine compiles a function when it is first called, and a first request would wait for dozens of them. So what nearly
// every request needs is called once before the user's code is there, with a Worker and an object of our own. There is no
// run, instance or call of number 0: C does nothing for them.

const NOBODY = 0, SPACE = 0;
const HEAD = "GET\nhttp://warm.example/path?query=1\n\nmanual\nhost\nwarm.example\naccept\n*/*";
const POST = { method: "POST", body: "{}", headers: { "content-type": "application/json" } };

class Warm {
  constructor(ctx) {
    String(ctx.id);
  }
  async fetch(request) {
    unpackStored(packStored({ count: 1 }));
    return Response.json({ colo: request.cf?.colo, id: crypto.randomUUID() }, { headers: { "x-warm": "1" } });
  }
}

const worker = {
  async fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    const space = new DurableObjectNamespace(INTERNAL, SPACE, 0);
    if (setup.bindings.length) space.get(space.idFromName(pathname)).name;
    packRequest(new Request(request.url, POST));
    const response = responseOfHead("200\nOK\ncontent-type\ntext/plain", "{}", request.url);
    answer(NOBODY, false, undefined, "");
    return new Response(JSON.stringify(await response.json()), { status: 201, headers: { from: request.headers.get("host"), query: searchParams.get("query") } });
  },
};

export function warm() {
  bundle.worker = worker;
  bundle.classes[SPACE] = Warm;
  runWorker(NOBODY, HEAD, null);
  construct(NOBODY, SPACE, "0".repeat(64), "warm", 1, 0);
  runObject(NOBODY, NOBODY, HEAD, null);
  forget(NOBODY);
  bundle.worker = undefined;
  delete bundle.classes[SPACE];
}
