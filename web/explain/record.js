// The model of a record that the simulator wrote: docs/EXPLAIN.md.
import { Model } from "./model.js";

const GROUPS = { JOIN: "join", WELCOME: "join", REFUSED: "join", CLAIM: "claim", PLACED: "claim", LOCATE: "claim", LOCATED: "claim", FETCH: "fetch", REPLY: "fetch" };
const HEALS = ["start", "wake", "heal", "well", "restart", "resume", "release"];

export function modelOfRecord([head, ...lines]) {
  const model = new Model(head.title, head.processes);
  const reader = new Reader(model);
  model.count = lines.length;
  for (const line of lines) reader[line.is]?.(line); // what is not known is from a newer simulator
  const end = lines.findLast(({ us }) => us !== undefined)?.us ?? 0;
  reader.close(end);
  return model.finish(end);
}

// A method for each kind of line.
class Reader {
  constructor(model) {
    this.model = model;
    this.messages = new Map(); // by number
    this.fetches = new Map(); // the object of a call between two processes
    this.runs = new Map();
    this.calls = new Map(); // by token
    this.states = new Map(); // of processes and links, while they last
  }

  object({ id, name }) {
    this.model.names.set(id, name);
  }

  send({ us, at, to, message, type, id, call, caller, text }) {
    const key = call !== undefined && `${caller} ${caller === at ? to : at} ${call}`;
    if (key && id && type === "FETCH") this.fetches.set(key, id);
    id ??= key ? this.fetches.get(key) : undefined;
    const label = id ? `${type} ${this.model.nameOf(id)}` : type;
    this.messages.set(message, this.model.add({ what: "message", lane: at, to, begin: us, end: Infinity, id, title: label, text, group: GROUPS[type] ?? "body" }));
  }

  arrive({ us, message }) {
    const item = this.messages.get(message);
    if (!item) return;
    if (item.end === Infinity) item.end = us;
    else this.model.add({ ...item, end: us, lost: false, title: `${item.title}, again`, text: `${item.text} (arrives again, or late)` });
  }

  lost({ us, message }) {
    const item = this.messages.get(message);
    if (item?.end === Infinity) Object.assign(item, { end: us, lost: true, text: `${item.text} (lost)` });
  }

  run({ us, at, run, id, token, fresh, text }) {
    const name = this.model.nameOf(id);
    const item = this.model.add({ what: "run", lane: at, begin: us, end: Infinity, id, title: `runs ${name}`, short: name,
      text: `${text ?? ""}${fresh ? ", in a new instance" : ""}${token ? `, for call ${token}` : ""}`.replace(/^, /, "") });
    this.runs.set(`${at} ${run}`, item);
  }

  end({ us, at, run }) {
    const item = this.runs.get(`${at} ${run}`);
    if (item) item.end = us;
    this.runs.delete(`${at} ${run}`);
  }

  call({ us, at, token, id, text }) {
    this.calls.set(token, this.model.add({ what: "call", lane: at, begin: us, end: Infinity, id, ok: undefined, title: `call ${token} of ${this.model.nameOf(id)}`, text: text ?? "" }));
  }

  answer({ us, token, ok, text }) {
    const item = this.calls.get(token);
    this.calls.delete(token);
    if (item) Object.assign(item, { end: us, ok, text: [item.text, `answer: ${text}`].filter(Boolean).join("; ") });
  }

  write({ us, at, op }) {
    this.model.add({ what: "commit", lane: at, begin: us, title: `writes operation ${op}` });
  }

  home({ us, at, id, text }) {
    this.model.add({ what: "commit", lane: at, begin: us, id, title: `writes down the home of ${this.model.nameOf(id)}`, text });
  }

  durable({ us, at, op }) {
    this.model.add({ what: "durable", lane: at, begin: us, title: `durable up to operation ${op}` });
  }

  note({ us, at, text }) {
    this.model.add({ what: "note", lane: at, begin: us, title: "note", text });
  }

  join({ us, at, number }) {
    this.model.add({ what: "note", lane: at, begin: us, title: `has birth number ${number}` });
  }

  start({ us, at }) {
    if (this.#leave(`down ${at}`, us)) this.#fault({ us, at, word: "start", text: "starts" });
  }

  crash({ us, at }) {
    this.#fault({ us, at, word: "crash", text: "crashes" });
    this.#leave(`stopped ${at}`, us);
    this.#enter(`down ${at}`, { what: "down", lane: at, begin: us, title: "down" });
    for (const run of this.runs.values()) if (run.lane === at) run.end = us;
    this.runs = new Map([...this.runs].filter(([, run]) => run.lane !== at));
    for (const [token, call] of this.calls) {
      if (call.lane !== at) continue;
      call.end = us;
      call.text = [call.text, "the caller crashed"].filter(Boolean).join("; ");
      this.calls.delete(token);
    }
  }

  fault({ us, at, peer, word, text }) {
    this.#fault({ us, at, word, text });
    if (peer !== undefined && peer !== at && !text?.includes("->")) this.#fault({ us, at: peer, word, text });
    if (word === "stop") this.#enter(`stopped ${at}`, { what: "stopped", lane: at, begin: us, title: "stopped" });
    if (word === "wake") this.#leave(`stopped ${at}`, us);
    if (word === "cut" || word === "hold") this.#link(us, at, peer, text);
    if (word === "heal") this.#healed(us, at, peer);
    if (word === "heal all") for (const key of [...this.states.keys()]) if (!key.startsWith("down")) this.#leave(key, us);
  }

  broken({ us, at, id, text }) {
    this.model.add({ what: "broken", lane: at, begin: us, id, title: "a promise is broken", text });
  }

  // What has not ended by the end of the record.
  close(end) {
    for (const item of this.model.items) {
      if (item.end !== Infinity) continue;
      item.end = Math.max(end, item.begin);
      item.endless = true;
      if (item.what === "message") Object.assign(item, { pending: true, text: `${item.text} (still under way at the end)` });
    }
  }

  #fault({ us, at, word, text }) {
    const sign = word.split(" ")[0];
    this.model.add({ what: "fault", lane: at, begin: us, sign, heals: HEALS.some((heal) => word.startsWith(heal) || word.endsWith(` ${heal}`)), title: text ?? word });
  }

  #enter(key, item) {
    if (!this.states.has(key)) this.states.set(key, this.model.add({ ...item, end: Infinity }));
  }

  #leave(key, us) {
    const item = this.states.get(key);
    if (item) item.end = us;
    return this.states.delete(key);
  }

  // Shown at both ends.
  #link(us, a, b, text) {
    for (const [lane, other] of [[a, b], [b, a]]) this.#enter(`link ${lane} ${other}`, { what: "link", lane, begin: us, title: text, text });
  }

  #healed(us, a, b) {
    for (const key of [`link ${a} ${b}`, `link ${b} ${a}`]) this.#leave(key, us);
  }
}
