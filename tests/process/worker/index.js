// The Worker of the tests with real processes. A request is /OPERATION?... for the Worker itself, or
// /do?op=OPERATION&... for an object, which is given by one of `name`, `hex` and `unique`, and by
// `hint` and `jurisdiction` if wanted. The answer is JSON: what came out, or the error and its flags.
import { DurableObject } from "cloudflare:workers";

let mayRest = false; // asked for by /rest

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** Allocates until somebody stops it. */
function hog() {
  const kept = [];
  for (;;) kept.push(new Array(10000).fill(kept.length));
}

/** Works for a while and leaves a lot of garbage, as code may. */
function toil() {
  let sum = 0;
  for (let i = 0; i < 400; i++) sum += new Array(5000).fill(i).map((n) => ({ n })).length;
  return sum;
}

/** What no code should do, in a Worker or in an object. */
const misdeeds = {
  loop: () => { for (;;); },
  awaitloop: async () => { for (;;) await null; },
  hog,
  throw: () => { throw new TypeError("thrown on purpose"); },
  never: () => new Promise(() => {}),
};

export class Probe extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    this.instance = crypto.randomUUID(); // tells this instance from every other one
    this.count = 0;
  }

  async fetch(request) {
    const query = new URL(request.url).searchParams;
    const op = query.get("op");
    if (op === "bytes") return new Response("x".repeat(Number(query.get("size"))));
    if (op === "echo") return new Response(await request.text());
    if (op === "heads") return new Response(query.get("size"), { headers: { x: "h".repeat(Number(query.get("size"))) } });
    const value = await this.perform(op, query);
    return Response.json({ value: value ?? null, instance: this.instance, colo: request.cf?.colo ?? null });
  }

  perform(op, query) {
    if (op in misdeeds) return misdeeds[op]();
    if (op in this) return this[op](query);
    throw new Error(`there is no operation ${op}`);
  }

  /** Counts in memory: tells how often this instance has run. */
  tick() {
    return ++this.count;
  }

  /** The rows of a table of SQL, after one more was put into it. */
  row(query) {
    this.ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS rows (value); INSERT INTO rows VALUES (?)", query.get("value"));
    return this.rows();
  }

  rows() {
    return this.ctx.storage.sql.exec("SELECT value FROM rows").toArray().map(({ value }) => value);
  }

  /** Moves money between rows, and notes it among the keys, in one transaction, half of which waits for a timer. */
  async transfer(query) {
    const { storage } = this.ctx, { sql, kv } = storage, [from, to] = [Number(query.get("from")), Number(query.get("to"))];
    sql.exec("CREATE TABLE IF NOT EXISTS account (id INTEGER PRIMARY KEY, money, note DEFAULT (hex(randomblob(2000))))");
    sql.exec("INSERT OR IGNORE INTO account(id, money) VALUES (?, 100), (?, 100)", from, to);
    const move = () => {
      sql.exec("UPDATE account SET money = money - 1, note = hex(randomblob(2000)) WHERE id = ?", from);
      kv.put("moved", (kv.get("moved") ?? 0) + 1);
    };
    const arrive = () => sql.exec("UPDATE account SET money = money + 1, moved = moved + 1 WHERE id = ?", to);
    if (!sql.exec("SELECT 1 FROM pragma_table_info('account') WHERE name = 'moved'").toArray().length) sql.exec("ALTER TABLE account ADD moved DEFAULT 0");
    if (from % 2) storage.transactionSync(() => (move(), arrive()));
    else await storage.transaction(async () => (move(), await pause(1), arrive()));
    return to;
  }

  /** What must be true of them at any time. */
  books() {
    const { sql, kv } = this.ctx.storage;
    const { wrong, moved } = sql.exec("SELECT sum(money - 100) AS wrong, sum(moved) AS moved FROM account").one();
    return { wrong, moved, noted: kv.get("moved") ?? 0, check: sql.exec("PRAGMA quick_check").one().quick_check };
  }

  /** Sets an alarm; `hangs`: the first that rings never ends. */
  async wake(query) {
    await this.ctx.storage.put("hangs", query.has("hangs"));
    await this.ctx.storage.setAlarm(Date.now() + Number(query.get("ms")));
  }

  async alarm({ retryCount }) {
    const { storage } = this.ctx, rang = ((await storage.get("rang")) ?? 0) + 1;
    await storage.put({ rang, "key:rang": rang, "key:name": this.ctx.id.name, "key:retries": retryCount });
    if (rang === 1 && (await storage.get("hangs"))) {
      await (await this.env.PROBE.getByName("noted").fetch(`https://object/?op=put&key=hangs&value=1`)).text(); // what was put is durable then
      await new Promise(() => {});
    }
  }

  /** Counts in storage: tells how often the object has run, whatever became of its processes. */
  async add() {
    const sum = ((await this.ctx.storage.get("sum")) ?? 0) + 1;
    await this.ctx.storage.put("sum", sum);
    return sum;
  }

  toil() {
    return toil();
  }

  async sum() {
    return (await this.ctx.storage.get("sum")) ?? 0;
  }

  /** Notes that a request has run, under a key of its own. */
  put(query) {
    return this.ctx.storage.put(`key:${query.get("key")}`, query.get("value"));
  }

  /** Writes `count` values of `size` bytes, and does not mind those that are refused. */
  async fill(query) {
    const value = "x".repeat(Number(query.get("size")));
    const puts = Array.from({ length: Number(query.get("count")) }, (_, index) => this.ctx.storage.put(`fill:${index}`, value));
    return (await Promise.allSettled(puts)).filter((one) => one.status === "fulfilled").length;
  }

  async all() {
    return Object.fromEntries([...(await this.ctx.storage.list({ prefix: "key:" }))].map(([key, value]) => [key.slice(4), value]));
  }

  sleep(query) {
    return pause(Number(query.get("ms")));
  }

  /** Waits until somebody calls release. */
  wait() {
    return new Promise((done) => (this.waiters ??= []).push(done));
  }

  release() {
    this.waiters?.splice(0).forEach((done) => done());
  }

  abort() {
    this.ctx.abort("aborted on purpose");
  }

  /** Calls another object. */
  async call(query) {
    const id = this.env.PROBE.idFromName(query.get("other"));
    const answer = await this.env.PROBE.get(id).fetch(`https://object/?op=${query.get("then") ?? "tick"}`);
    return answer.json();
  }
}

function findId(namespace, query) {
  const jurisdiction = query.get("jurisdiction");
  const space = jurisdiction ? namespace.jurisdiction(jurisdiction) : namespace;
  if (query.has("unique")) return space.newUniqueId();
  if (query.has("hex")) return namespace.idFromString(query.get("hex"));
  return space.idFromName(query.get("name"));
}

async function useObject(request, env, query) {
  const id = findId(env.PROBE, query);
  const hint = query.get("hint");
  const stub = env.PROBE.get(id, hint ? { locationHint: hint } : undefined);
  const init = query.has("send") ? { method: "POST", body: "y".repeat(Number(query.get("send"))) }
    : request.method === "POST" ? { method: "POST", body: await request.text() } : undefined;
  const pad = "p".repeat(Number(query.get("pad") ?? 0));
  const answer = await stub.fetch(`https://object/${pad}?${query}`, init);
  const text = await answer.text();
  const said = ["bytes", "echo"].includes(query.get("op")) ? { value: text.length }
    : query.get("op") === "heads" ? { value: Number(text) } : JSON.parse(text);
  return { ...said, id: id.toString() };
}

/** What the Worker does itself. */
const operations = {
  do: useObject,
  hello: () => ({ value: "hello" }),
  client: (request) => ({ value: request.headers.get("cf-connecting-ip") }),
  echo: async (request) => ({ value: await request.text() }),
  sleep: async (_request, _env, query) => ({ value: await pause(Number(query.get("ms"))) ?? query.get("tag") }),
  /** Calls one object after the other, without a pause. */
  spin: async (_request, env, query) => {
    const stub = env.PROBE.get(env.PROBE.idFromName(query.get("name")));
    const until = Date.now() + Number(query.get("ms_max"));
    let value = 0;
    for (; !mayRest && Date.now() < until; value++) await (await stub.fetch("https://object/?op=tick")).text();
    return { value };
  },
  rest: () => ({ value: (mayRest = true) }),
  ids: (_request, env, query) => ({
    value: Array.from({ length: Number(query.get("count")) }, () => env.PROBE.newUniqueId().toString()),
  }),
  parse: (_request, env, query) => ({ value: env.PROBE.idFromString(query.get("hex")).toString() }),
  idfromname: (_request, env, query) => ({ value: findId(env.PROBE, query).toString() }),
};

const flags = (error) => ({
  name: error?.name, message: error?.message, retryable: error?.retryable ?? false,
  overloaded: error?.overloaded ?? false, remote: error?.remote ?? false,
});

export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    const name = url.pathname.slice(1);
    const colo = request.cf?.colo ?? null;
    if (name in misdeeds) return misdeeds[name]();
    if (!(name in operations)) return new Response(`there is no /${name}`, { status: 404 });
    try {
      return Response.json({ ok: true, worker: colo, ...await operations[name](request, env, url.searchParams) });
    } catch (error) {
      return Response.json({ ok: false, worker: colo, error: flags(error) });
    }
  },
};
