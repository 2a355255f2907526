// The Worker of the tests of bodies that flow. /PATH?name=N&hint=H&... goes to the object N; what it
// says of itself is at /state.
import { DurableObject } from "cloudflare:workers";

const CHUNK_BYTES = 64 << 10;

export class Flow extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    this.state = { produced: 0, received: 0, cancelled: false, aborted: false, failed: null };
  }

  fetch(request) {
    const url = new URL(request.url);
    request.signal.addEventListener("abort", () => (this.state.aborted = true));
    const [bytes, ms] = ["bytes", "ms"].map((name) => Number(url.searchParams.get(name)));
    return this[url.pathname.slice(1)](request, bytes, ms);
  }

  /** A response of so many bytes, made as they are asked for. */
  source(_request, bytes) {
    const { state } = this;
    let left = bytes;
    return new Response(new ReadableStream({
      pull(controller) {
        const size = Math.min(left, CHUNK_BYTES);
        if (size === 0) return controller.close();
        left -= size;
        state.produced += size;
        controller.enqueue(new Uint8Array(size).fill(left / CHUNK_BYTES));
      },
      cancel: () => void (state.cancelled = true),
    }));
  }

  /** Reads a request to its end, and tells its length. */
  async sink(request) {
    try {
      for await (const chunk of request.body) this.state.received += chunk.length;
    } catch (error) {
      this.state.failed = error.message;
      throw error;
    }
    return Response.json(this.state);
  }

  /** Reads what somebody sends and stops after the first part. */
  async stuck(request) {
    const { value } = await request.body.getReader().read();
    this.state.received += value.length;
    await new Promise(() => {});
  }

  /** Sends one part, after so many milliseconds, and then nothing more. */
  silent(_request, _bytes, ms) {
    return new Response(new ReadableStream({
      start: (controller) => scheduler.wait(ms).then(() => controller.enqueue(new Uint8Array(1))),
      cancel: () => void (this.state.cancelled = true),
    }));
  }

  /** What comes goes back at once. */
  echo(request) {
    return new Response(request.body);
  }

  look() {
    return Response.json(this.state);
  }
}

/** What comes of reading a whole body: its length, or the error and its flags. */
async function outcome(read) {
  try {
    return { bytes: await read() };
  } catch ({ name, message, retryable = false, overloaded = false, remote = false }) {
    return { error: { name, message, retryable, overloaded, remote } };
  }
}

async function lengthOf(body) {
  let length = 0;
  for await (const chunk of body) length += chunk.length;
  return length;
}

const operations = {
  /** Opens `count` responses without reading them, then reads all. */
  async crowd(stub, url) {
    const answers = [];
    for (let i = 0; i < Number(url.searchParams.get("count")); i++) answers.push(await stub.fetch(`http://object/source${url.search}`));
    return Response.json(await Promise.all(answers.map((answer) => outcome(() => lengthOf(answer.body)))));
  },
  /** Reads a little now and then. */
  async stall(stub, url) {
    const reader = (await stub.fetch(`http://object/source${url.search}`)).body.getReader();
    const ms = Number(url.searchParams.get("ms"));
    return Response.json(await outcome(async () => {
      while (!(await reader.read()).done) await scheduler.wait(ms);
      return 0;
    }));
  },
};

export default {
  async fetch(request, env) {
    const url = new URL(request.url), query = url.searchParams;
    const stub = env.FLOW.get(env.FLOW.idFromName(query.get("name")), { locationHint: query.get("hint") ?? undefined });
    const operation = operations[url.pathname.slice(1)];
    if (operation) return operation(stub, url);
    return stub.fetch(`http://object${url.pathname}${url.search}`, { method: request.method, body: request.body });
  },
};
