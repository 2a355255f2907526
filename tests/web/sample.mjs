// Makes records (docs/EXPLAIN.md) and histories (docs/HISTORIES.md) of any length, the same each time, for tests of the page.
const REGIONS = ["SJC", "IAD", "GRU", "LHR", "WAW", "SIN", "SYD", "JNB", "DXB"];
const COORD = REGIONS.length;

function generator(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const idOf = (n) => Math.imul(n + 1, 2654435761).toString(16).replace("-", "").padStart(8, "0").slice(0, 8).padEnd(12, "0");

// About `count` lines: calls to objects, some to homes nobody knows yet, with crashes, stops, cuts and a broken promise near the end.
export function sampleRecord(count, { seed = 1, broken = true, title = `seed ${seed}, a sample` } = {}) {
  const random = generator(seed);
  const lines = [], out = (us, is, at, more) => lines.push({ us, is, at, ...more });
  for (let n = 0; n < 40; n++) lines.push({ is: "object", id: idOf(n), name: `name-${n}` });
  for (let at = 0; at <= COORD; at++) out(at * 900, "start", at, { boot: 1 });
  let us = 20000, message = 0, token = 0, run = 0, call = 0;
  const delay = (a, b) => 4000 + ((Math.abs(a - b) * 23000 + random(6000)) | 0);
  const send = (when, at, to, type, id, more = {}) => {
    const number = ++message, lost = random(60) === 0;
    out(when, "send", at, { to, message: number, type, ...(id && { id }), text: `${type} ${id ? id.slice(0, 4) : ""}${more.call ? ` #${more.call}` : ""}`, ...more });
    const arrival = when + delay(at, to);
    if (lost) out(when + 2000, "lost", at, { message: number });
    else out(arrival, "arrive", to, { message: number });
    return lost ? null : arrival;
  };
  while (lines.length < count) {
    const at = random(REGIONS.length), n = random(40), id = idOf(n), home = n % REGIONS.length;
    us += random(9000);
    out(us, "call", at, { token: ++token, id, text: `name-${n}${random(3) ? "" : " write"}` });
    let when = us + 50;
    if (random(6) === 0) {
      const asked = send(when, at, COORD, "CLAIM", id);
      if (asked) out(asked, "home", COORD, { id, text: `its home has birth number ${home + 1}` });
      when = asked && send(asked + 1500, COORD, at, "PLACED", id);
    }
    if (when && home !== at) when = send(when, at, home, "FETCH", id, { call: ++call, caller: at });
    if (when) {
      out(when, "run", home, { run: ++run, id, token, fresh: random(4) === 0, text: "instance 1" });
      out(when + 2500, "end", home, { run });
      out(when + 3500, "durable", home, { op: run });
      when += 4000;
      if (home !== at) when = send(when, home, at, "REPLY", undefined, { call, caller: at });
    }
    if (when) out(when + 20, "answer", at, { token, ok: true, text: "3" });
    else out(us + 400000, "answer", at, { token, ok: false, text: "HOME_DOWN LHR, retryable" });
    if (random(count > 2000 ? 400 : 60) === 0) fault(us, random, out);
  }
  lines.sort((a, b) => (a.us ?? -1) - (b.us ?? -1));
  while (lines.at(-1).us > us) lines.pop(); // it ends in the midst of things
  const last = lines.at(-1).us;
  if (broken) lines.push({ us: last, is: "broken", at: 3, id: idOf(3), text: "I2 one instance: name-3 has live instances in LHR and SYD at once" });
  return `${[{ terrella: "record", version: 1, title, processes: [...REGIONS, "coord"] }, ...lines].map((line) => JSON.stringify(line)).join("\n")}\n`;
}

function fault(us, random, out) {
  const at = random(REGIONS.length), peer = (at + 1 + random(REGIONS.length - 1)) % REGIONS.length, lasts = 150000 + random(300000);
  switch (random(3)) {
    case 0:
      out(us, "crash", at, {});
      out(us + lasts, "start", at, { boot: 2 });
      break;
    case 1:
      out(us, "fault", at, { word: "stop", text: `stop ${REGIONS[at]}` });
      out(us + lasts, "fault", at, { word: "wake", text: `wake ${REGIONS[at]}` });
      break;
    default:
      out(us, "fault", at, { peer, word: "cut", text: `cut ${REGIONS[at]} ${REGIONS[peer]}` });
      out(us + lasts, "fault", at, { peer, word: "heal", text: `heal ${REGIONS[at]} ${REGIONS[peer]}` });
  }
}

// Clients of three regions on a counter each, one region killed and one pair cut meanwhile.
export function sampleHistory(count) {
  const random = generator(7);
  const lines = [];
  let index = 0, time = 0;
  const out = (more) => lines.push(JSON.stringify({ index: index++, time: (time += 1000 * random(3000)), ...more }));
  const pending = new Map();
  out({ process: "nemesis", type: "info", f: "begin", value: { topology: "continents" } });
  while (index < count) {
    const client = random(18), process = `client-${client}`, region = ["LHR", "IAD", "SYD"][client % 3];
    const asked = pending.get(process);
    if (asked) {
      const type = random(30) ? "ok" : random(2) ? "fail" : "info";
      out({ process, region, type, f: asked.f, object: asked.object, ...(type === "ok" ? { value: index, home: "IAD" } : { error: "HOME_DOWN" }) });
      pending.delete(process);
    } else {
      pending.set(process, { f: random(2) ? "add" : "read", object: `name-${random(9)}` });
      out({ process, region, type: "invoke", value: 1, ...pending.get(process) });
    }
    if (index === 200) out({ process: "nemesis", type: "info", f: "kill", value: "LHR" });
    if (index === 320) out({ process: "nemesis", type: "info", f: "restart", value: "LHR" });
    if (index === 420) out({ process: "nemesis", type: "info", f: "cut", value: ["IAD", "SYD"] });
    if (index === 520) out({ process: "nemesis", type: "info", f: "heal" });
  }
  return `${lines.join("\n")}\n`;
}
