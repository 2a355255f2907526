// What differs between runs, and whether it is more than noise.
import { Differences } from "../components/differences.js";
import { KINDS, metric } from "../components/words.js";
import { ALL } from "./model.js";
import { Section } from "./section.js";

const BY_KIND = /^(mean|max|p\d+)_ms$/;

export class CompareView {
  constructor(main, model) {
    this.model = model;
    this.charts = [];
    const groups = new Map();
    for (const one of model.differences) {
      const key = `${one.base.variant} ${one.other.variant}`;
      groups.set(key, [...(groups.get(key) ?? []), one]);
    }
    const section = new Section(main, {
      id: "differences",
      title: "What differs",
      note: "Dots: the difference as a share of the first; lines: its 95 % interval over the seeds. Hollow and grey: no more than noise. Full: more than noise, green to the left is less, orange to the right is more.",
    });
    const frame = document.createElement("div");
    frame.className = `many${groups.size > 1 ? " columns-2" : ""}`;
    section.body.append(frame);
    for (const all of groups.values()) {
      const figure = document.createElement("figure"),
        caption = document.createElement("figcaption"),
        root = document.createElement("div");
      caption.innerHTML = "<b></b>";
      caption.firstChild.textContent = `${this.#label(all[0].base)} → ${this.#label(all[0].other)}`;
      figure.append(caption, root);
      frame.append(figure);
      this.charts.push([all, new Differences(root, caption.textContent)]);
    }
    const side = (name, key) => [
      { name, value: (one) => this.#label(one[key]) },
      { name: "mean", value: (one) => one[key].mean, format: short },
      { name: "low", value: (one) => one[key].low, format: short },
      { name: "high", value: (one) => one[key].high, format: short },
    ];
    section.table(() => ({
      name: "differences",
      rows: model.differences,
      columns: [
        { name: "measure", value: (one) => one.metric },
        { name: "kind", value: ({ kind }) => kind },
        { name: "region", value: ({ region }) => region },
        ...side("first", "base"),
        ...side("second", "other"),
        { name: "difference", value: (one) => one.difference, format: short },
        { name: "from", value: (one) => one.low, format: short },
        { name: "to", value: (one) => one.high, format: short },
        { name: "p", value: ({ p }) => p ?? NaN, format: short },
        { name: "verdict", value: verdictOf },
      ],
    }));
  }

  // The differences of all regions together, of the kind that is chosen; what is not counted by kind is always there.
  update({ kind }) {
    for (const [all, chart] of this.charts)
      chart.show({ rows: all.filter((one) => one.kind === kind || (one.kind === ALL && !BY_KIND.test(one.metric))).map((one) => this.#row(one)) });
  }

  #label({ run, variant }) {
    return this.model.byId.get(variant)?.label ?? `${this.model.runs[run]?.name}: ${variant}`;
  }

  #row({ metric: name, kind, region, base, other, difference, low, high, noise, p }) {
    const { title, format } = metric(name);
    const where = [kind === ALL ? "" : (KINDS[kind] ?? kind), region === ALL ? "" : region].filter(Boolean).join(", ");
    const share = (value) => (value === undefined || value === null ? null : base.mean ? value / Math.abs(base.mean) : value ? null : 0);
    return {
      label: `${title}${where ? `, ${where}` : ""}`,
      from: format(base.mean),
      to: format(other.mean),
      share: share(difference),
      low: share(low),
      high: share(high),
      more: difference > 0,
      noise,
      verdict: p === null ? "cannot be told" : "no more than noise",
      what: { metric: `${name} ${kind} ${region}` },
      tip: [
        title,
        [this.#label(base), format(base.mean)],
        [this.#label(other), format(other.mean)],
        ["difference", format(difference)],
        ...(low === undefined || low === null ? [] : [["95 % interval", `${format(low)} to ${format(high)}`]]),
        ...(p === null || p === undefined ? [] : [["p", short(p)]]),
        ["verdict", verdictOf({ noise, p })],
      ],
    };
  }
}

const verdictOf = ({ noise, p }) => (p === null ? "one seed: cannot be told" : noise ? "no more than noise" : "more than noise");
const short = (value) => (value === 0 ? "0" : Math.abs(value) < 0.001 ? value.toExponential(1) : String(Number(value.toPrecision(4))));
