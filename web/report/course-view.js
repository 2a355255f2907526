// What happened when.
import { Timeline } from "../components/timeline.js";
import { capital, formatCount, formatTime, formatUs, HINTS } from "../components/words.js";
import { Section } from "./section.js";

const ENDS = { kill: "restart", pause: "resume", cut: "heal", delay: "heal" };
const GROUPS = Object.keys(HINTS);

export class CourseView {
  constructor(main, model) {
    this.model = model;
    this.section = new Section(main, { id: "course", title: "What happened when" });
    this.chart = new Timeline(this.section.body, "Requests, latency and failures over time");
    this.section.table(() => {
      const { timeline } = model.byId.get(this.values.variant),
        rate = (name, key) => ({ name, value: (i) => timeline[key][i] / timeline.bucket_s, format: formatCount });
      return {
        name: `${model.title} timeline`,
        rows: timeline.at_s.map((at, i) => i),
        columns: [
          { name: "at (s)", value: (i) => timeline.at_s[i] },
          rate("requests a second", "requests"),
          rate("failed a second", "failed"),
          rate("claims a second", "claims"),
          ...[
            ["median (ms)", "p50_us"],
            ["99 % (ms)", "p99_us"],
          ].map(([name, key]) => ({ name, value: (i) => timeline[key][i] / 1000, format: (ms) => String(Number(ms.toPrecision(3))) })),
          rate("bytes a second", "moved_bytes"),
        ],
      };
    });
  }

  update(values) {
    this.values = values;
    const variant = this.model.byId.get(values.variant),
      { timeline } = variant;
    this.section.root.hidden = timeline.at_s.length < 2;
    if (this.section.root.hidden) return;
    this.section.note.textContent =
      `${capital(`${this.model.named(variant)}requests`)} by ${values.region ? `users in ${this.model.place(values.region)}` : "the part of the world where users are"}; latency and failures of all regions.` +
      `${variant.faults.length ? " Dashed lines: faults; shaded while they last." : ""} Click or drag to choose the moment that the map shows.`;
    const rate = (key) => timeline[key].map((count) => count / timeline.bucket_s);
    const line = (key, label, colour, dash) => ({ label, colour, dash, values: timeline[key] });
    const panels = [
      { title: "Requests a second", format: formatCount, areas: this.#areas(variant, values.region) },
      {
        title: "Latency",
        format: formatUs,
        log: true,
        lines: [line("p50_us", "median", "var(--series-0)"), line("p99_us", "99 %", "var(--series-1)", "6 3")],
      },
      {
        title: "Claims and failures a second",
        format: formatCount,
        lines: [
          { label: "claims", colour: "var(--series-7)", values: rate("claims") },
          { label: "failed", colour: "var(--broken)", dash: "4 2", values: rate("failed") },
        ],
      },
    ];
    this.chart.show({ at_s: timeline.at_s, bucket_s: timeline.bucket_s, faults: told(variant.faults), panels });
    this.chart.moment(values.time);
    this.section.behind.update();
  }

  moment(step) {
    this.chart.moment(step);
  }

  #areas({ timeline, regions }, chosen) {
    const rate = (lists) => timeline.at_s.map((at, i) => lists.reduce((sum, list) => sum + list[i], 0) / timeline.bucket_s);
    if (chosen)
      return [{ label: chosen, colour: "var(--series-5)", values: rate(timeline.by_region.filter((list, i) => regions[i].code === chosen)) }];
    if (!timeline.by_region.length) return [{ label: "", colour: "var(--series-5)", values: rate([timeline.requests]) }];
    const groups = [...new Set(regions.map(({ hint }) => hint))].sort((a, b) => GROUPS.indexOf(b) - GROUPS.indexOf(a));
    return groups.map((hint) => ({
      label: HINTS[hint] ?? (hint || "other"),
      short: hint,
      colour: `var(--group-${Math.max(0, GROUPS.indexOf(hint))})`,
      values: rate(timeline.by_region.filter((list, i) => regions[i].hint === hint)),
    }));
  }
}

// Faults in words, with the time when they end if something ends them.
export function told(faults) {
  return faults.map((fault) => {
    const { at_s, what, region, other, ms } = fault;
    const end = faults.find(
      (later) => later.at_s > at_s && later.what === ENDS[what] && later.region === region && (later.other ?? null) === (other ?? null),
    );
    return {
      at_s,
      until_s: end?.at_s,
      label: [what, [region, other].filter(Boolean).join("–"), what === "delay" && ms ? `${ms} ms` : ""].filter(Boolean).join(" "),
    };
  });
}
