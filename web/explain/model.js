// What the diagram draws, whatever it was made from. Each thing is an item:
//
//   what    message | run | call | down | stopped | link | commit | durable | note | fault | broken
//   lane    index of its process; `to`: of a message's receiver
//   begin, end   µs; the same for what takes no time
//   title, text  what it is, in a few words and in full; short: for a label within the picture
//   id, name     of the object that it is about, if any
import { Intervals, packRows } from "../components/intervals.js";

const CALL_ROWS_MAX = 6, LINK_ROWS_MAX = 3;

export class Model {
  constructor(title, laneNames) {
    this.title = title;
    this.lanes = laneNames.map((name) => ({ name, callRows: 0, linkRows: 0 }));
    this.items = [];
    this.names = new Map(); // what people call an id
    this.broken = [];
    this.count = 0; // lines read
  }

  laneName(index) {
    return this.lanes[index]?.name ?? "?";
  }

  add(item) {
    item.end ??= item.begin;
    item.title ??= "";
    item.text ??= item.title;
    this.items.push(item);
    return item;
  }

  nameOf(id) {
    return this.names.get(id) ?? (id && id.slice(0, 4));
  }

  // Call when all is added.
  finish(end) {
    this.items.sort((a, b) => a.begin - b.begin);
    const { items } = this;
    this.begin = items.length ? items[0].begin : 0;
    this.end = items.reduce((latest, item) => Math.max(latest, item.end), end ?? this.begin);
    const of = (...kinds) => new Intervals(items.filter(({ what }) => kinds.includes(what)));
    this.states = of("down", "stopped");
    this.links = of("link");
    this.calls = of("call");
    this.messages = of("message");
    this.runs = of("run");
    this.marks = of("commit", "durable", "note");
    this.faults = of("fault");
    this.broken = items.filter(({ what }) => what === "broken");
    this.lanes.forEach((lane, i) => {
      lane.callRows = packRows(this.calls.items.filter((item) => item.lane === i), CALL_ROWS_MAX);
      lane.linkRows = packRows(this.links.items.filter((item) => item.lane === i), LINK_ROWS_MAX);
    });
    this.messages.items.forEach((item, i) => { item.number = i; });
    this.runs.items.forEach((item, i) => { item.number = i; });
    for (const item of this.broken) item.id ??= this.#idIn(item.text);
    for (const item of items) {
      item.name ??= this.names.get(item.id);
      item.short ??= item.title;
    }
    return this;
  }

  // The object that a text names by the first digits of its id.
  #idIn(text) {
    const words = new Set(text.match(/\b[0-9a-f]{4,64}\b/g) ?? []);
    return this.items.find(({ id }) => id && (words.has(id.slice(0, 4)) || words.has(id)))?.id;
  }

  // Whether an item has all the words: in its text, its object's id or name, its processes.
  matcher(words) {
    const terms = words.toLowerCase().split(/\s+/).filter(Boolean);
    if (!terms.length) return null;
    const found = new Set(this.items.filter((item) => {
      const told = `${item.title} ${item.text} ${item.id ?? ""} ${item.name ?? ""} ${this.laneName(item.lane)} ${item.to === undefined ? "" : this.laneName(item.to)}`.toLowerCase();
      return terms.every((term) => told.includes(term));
    }));
    const matches = (item) => found.has(item);
    matches.count = found.size;
    return matches;
  }
}
