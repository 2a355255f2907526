// How long accesses take: percentile curves, and what the mean is made of.
import { Bars } from "../components/bars.js";
import { Curves } from "../components/curves.js";
import { capital, formatCount, formatMs, formatUs, KINDS, PARTS, pointName } from "../components/words.js";
import { ALL } from "./model.js";
import { Section } from "./section.js";

const DASHES = { cached_remote: "7 3", uncached: "2 3", name_first: "9 3 2 3", failed: "3 3" };

export class LatencyView {
  constructor(main, model, store) {
    this.model = model;
    this.section = new Section(main, { id: "latency", title: "How long accesses take", size: "seven" });
    this.press = this.section.choice(
      "Lines by",
      [...(model.variants.length > 1 ? [["variant", "by variant"]] : []), ["kind", "by kind"], ["region", "by region"]],
      store.values.lines,
      (lines) => store.set({ lines }),
    );
    this.curves = new Curves(this.section.body, "Percentile curves of latency");
    this.section.table(() => this.#table());
    this.parts = new Section(main, { id: "parts", title: "What the mean is made of", size: "five" });
    this.bars = new Bars(this.parts.body, "Parts of the mean latency");
    this.parts.table(() => this.#partsTable());
  }

  update(values) {
    this.values = values;
    this.press(values.lines);
    const { model } = this,
      variant = model.byId.get(values.variant),
      where = values.region ? `from ${model.place(values.region)}` : "from all regions";
    const kind = values.kind === ALL ? "all accesses that succeeded" : `“${KINDS[values.kind]}”`;
    const what = {
      variant: `A line for each variant: ${kind}, ${where}.`,
      kind: `A line for each kind of access. ${capital(`${model.named(variant)}${where}`)}.`,
      region: `A line for each region of users. ${capital(`${model.named(variant)}${kind}`)}.`,
    }[values.lines];
    this.section.note.textContent = `${what} Both axes are logarithmic: to the right, each step is one access in ten times as many.`;
    this.curves.show({ curves: this.#curves(variant, values), empty: "No access of this kind from there." });
    const byVariant = values.lines === "variant";
    this.parts.note.textContent = byVariant
      ? `For each variant: ${kind}, ${where}.`
      : `For each kind of access. ${capital(`${model.named(variant)}${where}`)}.`;
    const colours = model.parts.map((part) => `var(--part-${part})`),
      names = model.parts.map((part) => PARTS[part]);
    this.bars.show({ rows: this.#partRows(variant, values), names, colours, format: formatUs });
    this.section.behind.update();
    this.parts.behind.update();
  }

  #curves(variant, { lines, region, kind }) {
    const { model } = this;
    const shown = (curve, label, colour, what, more = {}) =>
      curve ? [{ label, colour, what, us: curve.us, points: (more.of ?? variant).points, count: curve.count, ...more }] : [];
    if (lines === "variant")
      return model.variants.flatMap((one) => shown(model.curve(one, region, kind), one.label, one.colour, { variant: one.id }, { of: one }));
    if (lines === "kind") {
      return model.kindsSeen.flatMap((one) =>
        shown(
          model.curve(variant, region, one),
          KINDS[one],
          `var(--kind-${one})`,
          { kind: one },
          { dash: DASHES[one], quiet: kind !== ALL && kind !== one },
        ),
      );
    }
    const every = shown(model.curve(variant, null, kind), "all regions", "var(--ink)", {}, { dash: "6 3" });
    const each = variant.regions.flatMap(({ code }) =>
      shown(
        model.curve(variant, code, kind),
        model.place(code),
        code === region ? "var(--arc-out)" : "var(--series-0)",
        { region: code },
        { quiet: code !== region },
      ),
    );
    return [...each.filter(({ quiet }) => quiet), ...every, ...each.filter(({ quiet }) => !quiet)];
  }

  #partRows(variant, { lines, region, kind }) {
    const { model } = this;
    const row = (curve, label, what) =>
      curve && curve.parts.some(Boolean)
        ? [
            {
              label,
              what,
              parts: curve.parts,
              tip: [
                label,
                ...curve.parts.map((part, i) => [PARTS[model.parts[i]], formatUs(part)]).filter((one, i) => curve.parts[i]),
                ["mean", formatUs(curve.mean)],
              ],
            },
          ]
        : [];
    if (lines === "variant") return model.variants.flatMap((one) => row(model.curve(one, region, kind), one.label, { variant: one.id }));
    return model.kindsSeen.filter((one) => one !== "failed").flatMap((one) => row(model.curve(variant, region, one), KINDS[one], { kind: one }));
  }

  #table() {
    const { model } = this;
    const rows = model.variants.flatMap((variant) => variant.latency.map((curve) => ({ variant, ...curve })));
    const at = (point) => ({
      name: `${pointName(point)} (ms)`,
      value: ({ us, variant }) => (us[variant.points.indexOf(point)] ?? NaN) / 1000,
      format: (ms) => formatMs(ms).replace(/ ms$/, ""),
    });
    const chosen = rows.filter(
      (row) => (this.values.region ? row.region === this.values.region : true) && (this.values.kind === ALL || row.kind === this.values.kind),
    );
    return {
      name: `${model.title} latency`,
      rows: chosen,
      columns: [
        { name: "variant", value: ({ variant }) => variant.label },
        { name: "region", value: ({ region }) => region },
        { name: "kind", value: ({ kind }) => KINDS[kind] },
        { name: "count", value: ({ count }) => count, format: formatCount },
        { name: "mean (ms)", value: ({ mean }) => mean / 1000, format: (ms) => formatMs(ms).replace(/ ms$/, "") },
        ...[0.30103, 1, 2, 3, 4].map(at),
        { name: "longest (ms)", value: ({ max }) => max / 1000, format: (ms) => formatMs(ms).replace(/ ms$/, "") },
      ],
    };
  }

  #partsTable() {
    const { model, values } = this;
    const rows = model.variants.flatMap((variant) =>
      variant.latency.filter(({ region, kind }) => region === (values.region ?? ALL) && kind !== "failed").map((curve) => ({ variant, ...curve })),
    );
    return {
      name: `${model.title} parts`,
      rows,
      columns: [
        { name: "variant", value: ({ variant }) => variant.label },
        { name: "region", value: ({ region }) => region },
        { name: "kind", value: ({ kind }) => KINDS[kind] },
        ...model.parts.map((part, i) => ({
          name: `${PARTS[part]} (ms)`,
          value: ({ parts }) => parts[i] / 1000,
          format: (ms) => formatMs(ms).replace(/ ms$/, ""),
        })),
      ],
    };
  }
}
