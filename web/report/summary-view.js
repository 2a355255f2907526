// The variants against each other: one small chart for each measure, with intervals over the seeds.
import { Dots } from "../components/dots.js";
import { KINDS, metric } from "../components/words.js";
import { ALL } from "./model.js";
import { Section } from "./section.js";

const MEASURES = ["p50_ms", "p99_ms", "mean_ms"];
const MORE = ["regret_ms", "cache_hit_rate", "failed_share", "peak_claims_per_s", "messages_per_request", "bytes_per_request", "claims_per_s"];
const POINTS = { p50_ms: 0.30103, p99_ms: 2 };
const DIFFERENCE_MIN = 0.02; // as a share: a measure that hardly differs has no picture
const MEASURES_MAX = 6,
  LABEL_LONG = 20;

export class SummaryView {
  constructor(main, model) {
    this.model = model;
    const differs = (name) => {
      const means = model.variants.map((variant) => model.summaryOf(variant, name)?.mean).filter(Number.isFinite);
      return Math.max(...means) - Math.min(...means) > DIFFERENCE_MIN * Math.max(...means);
    };
    this.measures = [...MEASURES, ...MORE.filter(differs)].slice(0, MEASURES_MAX);
    this.section = new Section(main, { id: "variants", title: "What each variant costs" });
    this.row = document.createElement("div");
    this.row.className = `many columns-${model.variants.some(({ label }) => label.length > LABEL_LONG) ? 2 : 3}`;
    this.section.body.append(this.row);
    this.charts = this.measures.map((name) => {
      const root = document.createElement("div");
      this.row.append(root);
      return new Dots(root, metric(name).title);
    });
    this.section.table(() => ({
      name: `${model.title} summary`,
      rows: model.summary,
      columns: [
        { name: "variant", value: (row) => model.byId.get(row.variant)?.label ?? row.variant },
        { name: "measure", value: (row) => row.metric },
        { name: "kind", value: (row) => row.kind },
        { name: "region", value: (row) => row.region },
        ...["mean", "low", "high"].map((key) => ({ name: key, value: (row) => row[key], format: (value) => String(Number(value.toPrecision(4))) })),
      ],
    }));
  }

  update({ variant: selected, kind, region }) {
    const { model } = this;
    const seeds = Math.max(...model.variants.map((variant) => variant.seeds));
    this.section.note.textContent =
      `Latency of ${kind === ALL ? "every access that succeeded" : `“${KINDS[kind]}”`}${region ? ` from ${model.place(region)}` : ", from all regions"}.` +
      (seeds > 1 ? " Lines through the dots are 95 % intervals over the seeds." : " One seed: there are no intervals.") +
      " Choose a variant to see it in the pictures below.";
    this.measures.forEach((name, i) => {
      const { title, format } = metric(name);
      const rows = model.variants.map((variant) => {
        const found = model.summaryOf(variant, name, kind, region ?? ALL) ?? this.#measured(variant, name, kind, region);
        const interval = found.high > found.low ? [["95 % interval", `${format(found.low)} to ${format(found.high)}`]] : [];
        return {
          label: variant.label,
          value: found.mean,
          low: found.low,
          high: found.high,
          colour: variant.colour,
          what: { variant: variant.id },
          tip: [variant.label, [title, format(found.mean)], ...interval],
        };
      });
      this.charts[i].show({ title, format, rows, selected });
    });
    this.section.behind.update();
  }

  // Without a row of the summary: latencies from the curves, anything else of the whole variant.
  #measured(variant, name, kind, region) {
    const curve = this.model.curve(variant, region, kind);
    if (name === "mean_ms") return { mean: curve ? curve.mean / 1000 : NaN };
    if (name in POINTS) {
      const us = curve?.us[variant.points.indexOf(POINTS[name])];
      return { mean: us === undefined ? NaN : us / 1000 };
    }
    return this.model.summaryOf(variant, name) ?? { mean: NaN };
  }
}
