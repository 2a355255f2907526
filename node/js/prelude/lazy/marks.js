import { illegalUnless, INTERNAL, tag, wrongArgument } from "../shared.js";

// performance.mark() and measure(). Entries stay until they are cleared; the oldest go first.

const ENTRIES_MAX = 10_000;
let entries = [];

export class PerformanceEntry {
  #fields;
  constructor(token, fields) {
    illegalUnless(token);
    this.#fields = fields;
  }
  get name() {
    return this.#fields.name;
  }
  get entryType() {
    return this.#fields.entryType;
  }
  get startTime() {
    return this.#fields.startTime;
  }
  get duration() {
    return this.#fields.duration;
  }
  get detail() {
    return this.#fields.detail;
  }
  toJSON() {
    return { ...this.#fields };
  }
}
tag(PerformanceEntry);

export class PerformanceMark extends PerformanceEntry {
  constructor(name, options = undefined) {
    const startTime = options?.startTime ?? performance.now();
    super(INTERNAL, { name: String(name), entryType: "mark", startTime, duration: 0, detail: options?.detail ?? null });
  }
}
tag(PerformanceMark);

export class PerformanceMeasure extends PerformanceEntry {}
tag(PerformanceMeasure);

function add(entry) {
  entries.push(entry);
  if (entries.length > ENTRIES_MAX) entries.shift();
  return entry;
}

export function mark(name, options) {
  if (arguments.length === 0) throw wrongArgument("mark", "Performance", 1, "string");
  return add(new PerformanceMark(name, options));
}

function timeOf(point, otherwise) {
  if (point === undefined) return otherwise;
  if (typeof point === "number") return point;
  const found = entries.findLast((entry) => entry.entryType === "mark" && entry.name === String(point));
  if (!found) throw new DOMException(`The mark "${point}" does not exist.`, "SyntaxError");
  return found.startTime;
}

export function measure(name, from, to) {
  if (arguments.length === 0) throw wrongArgument("measure", "Performance", 1, "string");
  const options = typeof from === "object" && from !== null ? from : { start: from, end: to };
  const startTime = timeOf(options.start, 0);
  const end = options.duration === undefined ? timeOf(options.end, performance.now()) : startTime + options.duration;
  return add(new PerformanceMeasure(INTERNAL, { name: String(name), entryType: "measure", startTime, duration: end - startTime, detail: options.detail ?? null }));
}

const drop = (type, name) => {
  entries = entries.filter((entry) => entry.entryType !== type || (name !== undefined && entry.name !== String(name)));
};
export const clearMarks = (name) => drop("mark", name);
export const clearMeasures = (name) => drop("measure", name);
export const getEntries = () => [...entries];
export const getEntriesByName = (name, type) => entries.filter((entry) => entry.name === String(name) && (type === undefined || entry.entryType === type));
export const getEntriesByType = (type) => entries.filter((entry) => entry.entryType === String(type));
