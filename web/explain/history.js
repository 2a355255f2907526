// The model of a history of operations and faults, as clients of a real cluster wrote it: docs/HISTORIES.md.
// One lane for each region; the operations of its clients are below it.
import { Model } from "./model.js";

const NEMESIS = "nemesis", CHECKER = "checker";
const WORDS = { kill: "crash", restart: "start", pause: "stop", resume: "wake", "cut-way": "cut", "disk-full": "disk", "disk-well": "disk" };
const HEALS = ["restart", "resume", "heal", "disk-well", "start"];
const SAID = ["begin", "final", "end"]; // by the nemesis, and no faults

export function modelOfHistory(lines, title) {
  const names = laneNames(lines);
  const model = new Model(title, names);
  const reader = new Reader(model, new Map(names.map((name, i) => [name, i])));
  model.count = lines.length;
  for (const line of lines) {
    if (line.process === NEMESIS) reader.fault(line);
    else if (line.process === CHECKER) reader.broken(line);
    else if (line.type === "invoke") reader.invoke(line);
    else reader.finish(line);
  }
  const end = lines.length ? lines[lines.length - 1].time / 1000 : 0;
  reader.close(end);
  return model.finish(end);
}

const wordsIn = (value) => (value === undefined || value === null ? [] : JSON.stringify(value).match(/[A-Za-z0-9_]+/g) ?? []);

// Regions with clients, and whatever else faults were done to.
function laneNames(lines) {
  const regions = new Set(), told = new Set();
  for (const line of lines) {
    if (line.process === NEMESIS && !SAID.includes(line.f)) for (const word of wordsIn(line.value)) told.add(word);
    else if (line.process !== NEMESIS && line.process !== CHECKER) regions.add(line.region ?? "clients");
  }
  for (const word of told) if (/^[A-Z]{3}$|^coord/.test(word)) regions.add(word);
  return [...regions];
}

class Reader {
  constructor(model, lanes) {
    this.model = model;
    this.lanes = lanes;
    this.open = new Map(); // by process
    this.byIndex = new Map();
    this.states = new Map();
  }

  invoke({ index, time, process, region, f, object, value }) {
    const item = this.model.add({ what: "call", lane: this.lanes.get(region ?? "clients"), begin: time / 1000, end: Infinity, id: object, name: object, ok: undefined,
      title: `${f} ${value === undefined || value === null ? "" : `${shown(value)} `}${object ? `on ${object}` : ""}`.trim(), text: `${process}${index === undefined ? "" : `, #${index}`}` });
    this.open.set(process, item);
    if (index !== undefined) this.byIndex.set(index, item);
  }

  finish({ time, process, type, value, error, home, instance }) {
    const item = this.open.get(process);
    if (!item) return;
    this.open.delete(process);
    item.end = time / 1000;
    item.ok = type === "ok" ? true : type === "fail" ? false : null;
    const said = type === "ok" ? `answer ${shown(value)}` : `${type === "fail" ? "failed" : "unknown whether it happened"}${error ? `: ${shown(error)}` : ""}`;
    item.text += `: ${said}${home ? `; home ${shown(home)}` : ""}${instance ? `, instance ${shown(instance)}` : ""}`;
  }

  fault({ time, f, value }) {
    if (SAID.includes(f)) return;
    const us = time / 1000, title = `${f}${value === undefined || value === null ? "" : ` ${shown(value)}`}`;
    const lanes = [...new Set(wordsIn(value).map((word) => this.lanes.get(word)).filter((lane) => lane !== undefined))];
    const heals = HEALS.some((word) => f.startsWith(word));
    for (const lane of lanes.length ? lanes : [0]) this.model.add({ what: "fault", lane, begin: us, sign: WORDS[f] ?? f.split(/[- ]/)[0], heals, title });
    if (f === "kill") this.#enter(`down ${lanes[0]}`, { what: "down", lane: lanes[0], begin: us, title: "killed" });
    if (f === "pause") this.#enter(`stopped ${lanes[0]}`, { what: "stopped", lane: lanes[0], begin: us, title: "paused" });
    if (f === "restart" || f === "start") for (const state of ["down", "stopped"]) this.#leave(`${state} ${lanes[0]}`, us);
    if (f === "resume") this.#leave(`stopped ${lanes[0]}`, us);
    if (f === "disk-full") this.#enter(`disk ${lanes[0]}`, { what: "link", lane: lanes[0], begin: us, title });
    if (f === "disk-well") this.#leave(`disk ${lanes[0]}`, us);
    if (["cut", "cut-way", "delay"].includes(f) && lanes.length > 1) {
      for (const lane of lanes) this.#enter(`link ${[...lanes].sort().join(" ")} ${lane}`, { what: "link", lane, begin: us, title, text: title });
    }
    if (f.startsWith("heal")) {
      const prefix = lanes.length > 1 ? `link ${[...lanes].sort().join(" ")} ` : "";
      for (const key of [...this.states.keys()]) if (key.startsWith(prefix) && !key.startsWith("down")) this.#leave(key, us);
    }
  }

  // What a checker found: scripts/explain adds it.
  broken({ time, value }) {
    const shownBy = (value.operations ?? []).map((index) => this.byIndex.get(index)).filter(Boolean);
    for (const item of shownBy) item.bad = true;
    this.model.add({ what: "broken", lane: shownBy.at(-1)?.lane, begin: time / 1000, id: value.object ?? undefined, title: `${value.checker}: broken`, text: value.reason });
  }

  close(end) {
    for (const item of this.model.items) if (item.end === Infinity) item.end = Math.max(end, item.begin);
  }

  #enter(key, item) {
    if (item.lane !== undefined && !this.states.has(key)) this.states.set(key, this.model.add({ ...item, end: Infinity }));
  }

  #leave(key, us) {
    const item = this.states.get(key);
    if (item) item.end = us;
    this.states.delete(key);
  }
}

const shown = (value) => {
  const plain = typeof value === "string" || (Array.isArray(value) && value.every((one) => typeof one === "string"));
  const text = plain ? [value].flat().join(" ") : JSON.stringify(value) ?? "";
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
};
