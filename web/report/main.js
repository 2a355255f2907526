// The report of an experiment: reads the data that stand in the page (README.md) and shows a run, runs compared, or the calibration.
import { showCalibration } from "./calibrate-view.js";
import { CompareView } from "./compare-view.js";
import { showDetails } from "./details-view.js";
import { paragraph, runFacts, runNotices, showFoot, showHead, versionOf } from "./head.js";
import { Linked } from "./linked.js";
import { Model } from "./model.js";

const at = (id) => document.getElementById(id);

function showRuns(data) {
  const model = new Model(data),
    compared = data.page === "compare",
    [run] = model.runs;
  const differing = data.differences?.filter(({ noise }) => !noise).length;
  showHead({
    kicker: compared ? `experiments compared · ${data.title}` : `experiment · ${data.title}`,
    question: model.runs.length > 1 ? `What differs between ${data.title}?` : run.question,
    answer: compared
      ? [
          `${differing} of ${data.differences.length} measures differ by more than noise.`,
          ...model.runs.map(({ name, answer }) => `${model.runs.length > 1 ? `${name}: ` : ""}${answer?.[0] ?? ""}`),
        ]
      : (run.answer ?? []),
    facts: compared ? model.runs.map((one) => versionOf(one)) : runFacts(model, run),
    notices: runNotices(model),
  });
  const page = new Linked(model, compared && data.differences.length ? [new CompareView(at("pictures"), model)] : []);
  showDetails(at("pictures"), model);
  at("sources").textContent = "Land: Natural Earth.";
  const columns = ["variant", "metric", "kind", "region", "mean", "low", "high"].map((name) => ({
    name,
    value: (row) => (name === "variant" ? (model.byId.get(row.variant)?.label ?? row.variant) : row[name]),
  }));
  showFoot(data.title, data, () => ({ columns, rows: model.summary }));
  return page;
}

function showCalibrationPage(data) {
  showHead({
    kicker: "calibration",
    question: data.question ?? "How far is the model from the world?",
    answer: data.answer ?? [],
    facts: [versionOf(data)],
  });
  showCalibration(at("pictures"), data);
  at("sources").textContent = [data.sources?.length ? `Measured: ${data.sources.join(", ")}.` : "", "Land: Natural Earth."].filter(Boolean).join(" ");
  showFoot(data.title ?? "calibration", data, null);
  return { data };
}

try {
  const data = JSON.parse(at("data").textContent);
  window.page = data.page === "calibrate" ? showCalibrationPage(data) : showRuns(data);
} catch (error) {
  at("question").textContent = "This report cannot be read";
  at("answer").replaceChildren(paragraph(error.message));
  throw error;
}
