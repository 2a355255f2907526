// The experiment's own file, and what ran it: what it takes to repeat the run.
import { formatBytes, formatCount, formatMs } from "../components/words.js";
import { versionOf } from "./head.js";
import { Section } from "./section.js";

export function showDetails(main, model) {
  const section = new Section(main, {
    id: "details",
    title: "How to repeat this",
    note: "The same file and the same seeds give the same simulated result.",
  });
  for (const run of model.runs) {
    const variants = model.variants.filter((variant) => model.runs[variant.run] === run),
      list = document.createElement("dl");
    list.className = "plain";
    const checks = Object.entries(sumOf(variants))
      .map(([name, { checked, broken }]) => `${name}: ${formatCount(checked)} checked, ${broken ? `${formatCount(broken)} broken` : "none broken"}`)
      .join("; ");
    const rows = [
      ["Experiment", run.name],
      ["Question", model.runs.length > 1 ? run.question : ""],
      ["Engine", run.engine],
      ["Seeds", run.seeds?.join(", ")],
      ["Ran", versionOf(run)],
      ["SHA-256 of the file", run.sha256],
      ["Invariants", checks],
      [
        "Took",
        variants.some(({ wall_s }) => wall_s)
          ? `${formatMs(1000 * variants.reduce((sum, { wall_s, seeds }) => sum + wall_s * seeds, 0))} in all; up to ${formatBytes(Math.max(...variants.map(({ rss_bytes }) => rss_bytes)))} of memory`
          : "",
      ],
    ];
    for (const [name, value] of rows.filter(([, value]) => value)) {
      const [dt, dd] = [document.createElement("dt"), document.createElement("dd")];
      [dt.textContent, dd.textContent] = [name, value];
      list.append(dt, dd);
    }
    section.body.append(list);
    if (!run.file) continue;
    const file = document.createElement("details"),
      summary = document.createElement("summary"),
      text = document.createElement("pre");
    file.className = "behind";
    [summary.textContent, text.textContent] = ["The experiment's file", run.file];
    file.append(summary, text);
    section.body.append(file);
  }
}

function sumOf(variants) {
  const sums = {};
  for (const { invariants } of variants) {
    for (const [name, { checked, broken }] of Object.entries(invariants)) {
      sums[name] ??= { checked: 0, broken: 0 };
      sums[name].checked += checked;
      sums[name].broken += broken;
    }
  }
  return sums;
}
