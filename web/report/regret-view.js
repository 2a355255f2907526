// Placement regret: what objects' users got, against the best single home for the traffic that each object really had.
import { Bars } from "../components/bars.js";
import { Curves } from "../components/curves.js";
import { formatCount, formatMs, formatUs, pointName } from "../components/words.js";
import { Section } from "./section.js";

export class RegretView {
  constructor(main, model) {
    this.variants = model.variants.filter(({ regret }) => regret);
    if (!this.variants.length) return;
    this.section = new Section(main, {
      id: "regret",
      title: "Placement regret",
      size: "seven",
      note: "For each object: the mean latency that distance gave its users, less what the best single home for its real traffic would have given. To the right, the objects that are placed worst.",
    });
    this.curves = new Curves(this.section.body, "Percentile curves of regret, by object");
    this.best = new Section(main, {
      id: "best",
      title: "Against the best single home",
      size: "five",
      note: "Mean latency by distance: what cannot be avoided with one home for each object, and what placement added.",
    });
    this.bars = new Bars(this.best.body, "Best possible mean latency and regret");
    const columns = [
      { name: "variant", value: ({ label }) => label },
      { name: "objects", value: ({ regret }) => regret.objects, format: formatCount },
      ...[
        ["best possible mean (ms)", "best"],
        ["mean (ms)", "actual"],
        ["mean regret (ms)", "mean"],
      ].map(([name, key]) => ({ name, value: ({ regret }) => regret[key] / 1000, format: (ms) => String(Number(ms.toPrecision(3))) })),
      ...[0.30103, 1, 2, 3].map((point) => ({
        name: `${pointName(point)} (ms)`,
        value: ({ regret, points }) => (regret.us[points.indexOf(point)] ?? NaN) / 1000,
        format: (ms) => formatMs(ms).replace(/ ms$/, ""),
      })),
    ];
    for (const section of [this.section, this.best]) section.table(() => ({ name: `${model.title} regret`, rows: this.variants, columns }));
  }

  update() {
    if (!this.section) return;
    this.curves.show({
      curves: this.variants.map(({ id, label, colour, regret, points }) => ({
        what: { variant: id },
        label,
        colour,
        count: regret.objects,
        us: regret.us,
        points,
      })),
    });
    this.bars.show({
      names: ["best possible", "regret"],
      colours: ["var(--part-service)", "var(--more)"],
      format: formatUs,
      rows: this.variants.map(({ id, label, regret }) => ({
        label,
        parts: [regret.best, Math.max(0, regret.actual - regret.best)],
        what: { variant: id },
        tip: [label, ["best possible", formatUs(regret.best)], ["had", formatUs(regret.actual)], ["objects", formatCount(regret.objects)]],
      })),
    });
    for (const { behind } of [this.section, this.best]) behind.update();
  }
}
