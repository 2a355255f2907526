// Region by region: users' region against objects' region, and the links that carry the most.
import { Bars } from "../components/bars.js";
import { HeatMap } from "../components/heat-map.js";
import { capital, formatBytes, formatCount, formatUs, HINTS } from "../components/words.js";
import { inOrder } from "./model.js";
import { Figures, Section } from "./section.js";

const MEASURES = {
  mean_us: ["mean latency", formatUs, false],
  p50_us: ["median latency", formatUs, false],
  p99_us: ["99th percentile", formatUs, false],
  requests: ["requests", formatCount, true],
  messages: ["messages", formatCount, true],
  bytes: ["bytes", formatBytes, true],
};
const LINKS = 18;

export class MatrixView {
  constructor(main, model, store) {
    this.model = model;
    this.section = new Section(main, { id: "matrix", title: "From each region to each region", size: "seven" });
    this.section.select(
      "Shade by",
      Object.entries(MEASURES).map(([name, [text]]) => [name, text]),
      store.values.measure,
      (measure) => store.set({ measure }),
    );
    this.figures = new Figures(this.section.body, (root, compact, variant) => new HeatMap(root, `Matrix of regions, ${variant.label}`, { compact }));
    this.section.table(() => this.#table());
    this.links = new Section(main, { id: "links", title: "What the network carries", size: "five" });
    this.press = this.links.choice(
      "Links by",
      [
        ["messages", "messages"],
        ["bytes", "bytes"],
      ],
      store.values.carried,
      (carried) => store.set({ carried }),
    );
    this.bars = new Bars(this.links.body, "The busiest links");
    this.links.table(() => this.#table());
  }

  update(values) {
    const { model } = this;
    this.values = values;
    const [words, format, log] = MEASURES[values.measure];
    const variants = values.side ? model.variants : [model.byId.get(values.variant)];
    const matrices = variants.map((variant) => this.#matrix(variant, values.measure, words, format));
    const top = topOf(
      matrices.flatMap(({ cells }) => cells.map(({ value }) => value)),
      log,
    );
    this.figures.show(variants, (variant) => ({
      ...matrices[variants.indexOf(variant)],
      format,
      log,
      top,
      rowTitle: "users in",
      columnTitle: "objects in",
      selected: values.region,
    }));
    const grouped = variants.some(({ groups }) => groups);
    this.section.root.className = values.side ? "" : "seven";
    this.links.root.className = values.side ? "" : "five";
    this.section.note.textContent =
      `${capital(`${values.side ? "all variants: " : model.named(variants[0])}${words}`)}. Rows: where users are, columns: where their objects live; all kinds of access.` +
      (grouped ? " So many regions are shown by part of the world." : " No square: nobody asked.");
    this.#showLinks(model.byId.get(values.variant), values);
    this.section.behind.update();
    this.links.behind.update();
  }

  #matrix(variant, measure, words, format) {
    const { model } = this;
    const regions = variant.groups ? variant.groups.names.map((name) => ({ code: name, hint: name, hosts: true })) : variant.regions;
    const pairs = (variant.groups ? model.pairs(variant, variant.groups.pairs, variant.groups.names) : model.pairs(variant)).filter(
      ({ from, to }) => from !== "coordinator" && to !== "coordinator",
    );
    const used = new Set(pairs.filter(({ requests }) => requests).map(({ to }) => to)),
      asking = new Set(pairs.map(({ from }) => from));
    const ordered = inOrder(regions).map((region) => ({ code: region.code, group: region.hint, hosts: region.hosts }));
    const rows = ordered.filter(({ code }) => asking.has(code)),
      columns = ordered.filter(({ code, hosts }) => hosts || used.has(code));
    const rowAt = new Map(rows.map(({ code }, i) => [code, i])),
      columnAt = new Map(columns.map(({ code }, i) => [code, i]));
    const name = (code) => (variant.groups ? (HINTS[code] ?? code) : model.place(code));
    const cells = pairs
      .filter((pair) => columnAt.has(pair.to) && pair[measure] > 0 && (pair.requests > 0 || measure === "messages" || measure === "bytes"))
      .map((pair) => ({
        row: rowAt.get(pair.from),
        column: columnAt.get(pair.to),
        value: pair[measure],
        what: { region: pair.from, home: pair.to },
        tip: [
          `${name(pair.from)} → ${name(pair.to)}`,
          ...(measure in { requests: 1, messages: 1, bytes: 1 } ? [] : [[words, format(pair[measure])]]),
          ["requests", formatCount(pair.requests)],
          ["mean latency", formatUs(pair.mean_us)],
          ["messages", formatCount(pair.messages)],
          ["bytes", formatBytes(pair.bytes)],
        ],
      }));
    return { rows, columns, cells };
  }

  #showLinks(variant, { carried, region }) {
    const { model } = this;
    const [, format] = MEASURES[carried];
    const between = bothWays(model.pairs(variant).filter(({ from, to }) => from !== to && (!region || from === region || to === region))).sort(
      (a, b) => b[carried] - a[carried],
    );
    const rows = between
      .filter((pair) => pair[carried])
      .slice(0, LINKS)
      .map((pair) => ({
        label: `${pair.from} – ${pair.to}`,
        parts: [pair[carried]],
        what: { region: pair.from, home: pair.to },
        tip: [
          `${model.place(pair.from)} – ${model.place(pair.to)}, both ways`,
          ["messages", formatCount(pair.messages)],
          ["bytes", formatBytes(pair.bytes)],
          ["requests", formatCount(pair.requests)],
        ],
      }));
    const total = (name) => between.reduce((sum, pair) => sum + pair[name], 0),
      { coordinator } = variant;
    this.links.note.textContent =
      `${capital(model.named(variant))}${formatCount(total("messages"))} messages, ${formatBytes(total("bytes"))} between regions${region ? ` from or to ${region}` : ""}.` +
      saidOf(coordinator);
    this.press(carried);
    this.bars.show({ rows, colours: ["var(--series-5)"], format, empty: "Nothing left this region." });
  }

  #table() {
    const { model, values } = this;
    const rows = model
      .pairs(model.byId.get(values.variant))
      .filter(({ from, to }) => !values.region || from === values.region || to === values.region);
    const ms = (key, name) => ({
      name: `${name} (ms)`,
      value: (row) => (row.requests ? row[key] / 1000 : NaN),
      format: (value) => String(Number(value.toPrecision(3))),
    });
    return {
      name: `${model.title} pairs`,
      rows,
      columns: [
        { name: "from", value: ({ from }) => from },
        { name: "to", value: ({ to }) => to },
        { name: "requests", value: ({ requests }) => requests, format: formatCount },
        { name: "messages", value: ({ messages }) => messages, format: formatCount },
        { name: "bytes", value: ({ bytes }) => bytes, format: formatBytes },
        ms("mean_us", "mean"),
        ms("p50_us", "median"),
        ms("p99_us", "99 %"),
      ],
    };
  }
}

function saidOf({ regions, claims, peak_claims_per_s: peak }) {
  if (!regions.length) return "";
  const several = regions.length > 1;
  return ` The coordinator${several ? "s" : ""} in ${regions.join(", ")} decided ${formatCount(claims)} claims; the busiest second${several ? " of one of them" : ""} had ${formatCount(peak)}.`;
}

// Links instead of directions; a region stands before the coordinator.
function bothWays(pairs) {
  const links = new Map();
  for (const { from, to, messages, bytes, requests } of pairs) {
    const [a, b] = from === "coordinator" || (to !== "coordinator" && from > to) ? [to, from] : [from, to],
      key = `${a} ${b}`;
    const link = links.get(key) ?? { from: a, to: b, messages: 0, bytes: 0, requests: 0 };
    links.set(key, { ...link, messages: link.messages + messages, bytes: link.bytes + bytes, requests: link.requests + requests });
  }
  return [...links.values()];
}

// The darkest shade: the largest number, but of latencies that of the 98th cell in a hundred, so that one outlier does not pale the rest.
function topOf(values, log) {
  const sorted = values.sort((a, b) => a - b);
  return (log ? sorted.at(-1) : sorted[Math.floor((sorted.length - 1) * 0.98)]) ?? 1;
}
