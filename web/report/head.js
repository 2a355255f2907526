// The top of every page: what was asked, what the answer is, how it was measured; and what to save.
import { csvOf, save } from "../components/table.js";
import { formatCount, formatMs, formatShare } from "../components/words.js";

const at = (id) => document.getElementById(id);

export function showHead({ kicker, question, answer, facts, notices = [] }) {
  at("kicker").innerHTML = "<b>Terrella</b> ";
  at("kicker").append(kicker);
  at("question").textContent = question;
  at("answer").replaceChildren(...answer.map(paragraph));
  at("facts").textContent = facts.filter(Boolean).join(" · ");
  at("notices").replaceChildren(...notices.map(({ text, bad }) => Object.assign(paragraph(text), { className: `notice${bad ? " bad" : ""}` })));
  document.title = `${question} – Terrella`;
}

export function showFoot(name, data, table) {
  const button = (text, click) => {
    const element = Object.assign(document.createElement("button"), { type: "button", textContent: text });
    element.addEventListener("click", click);
    at("downloads").append(element);
  };
  if (table) button("Save all as CSV", () => save(`${name}.csv`, csvOf(table()), "text/csv"));
  button("Save data as JSON", () => save(`${name}.json`, JSON.stringify(data), "application/json"));
  button("Print", () => print());
}

export const paragraph = (text) => Object.assign(document.createElement("p"), { textContent: text });

export const versionOf = ({ versions, created }) =>
  [
    versions?.terrella ? `Terrella ${versions.terrella}` : "",
    versions?.commit ? `(${versions.commit.slice(0, 10)})` : "",
    created ? `on ${created.slice(0, 10)}` : "",
  ]
    .filter(Boolean)
    .join(" ");

// How much was run, in words.
export function runFacts(model, run) {
  const variants = model.variants.filter(({ run: index }) => model.runs[index] === run);
  const requests = Math.max(...variants.map((variant) => variant.requests)),
    seeds = run.seeds?.length ?? 0;
  return [
    run.engine === "sim"
      ? "Simulated, on the real cores in virtual time"
      : run.engine === "processes"
        ? "Real processes, an open-loop load generator"
        : run.engine,
    variants.length > 1 ? `${variants.length} variants` : "",
    seeds ? `${seeds} ${seeds === 1 ? "seed" : "seeds"}` : "",
    `${formatCount(requests)} requests each`,
    `${formatMs(1000 * variants[0].simulated_s)} of model time`,
    versionOf(run),
  ];
}

// What a reader has to know before believing the pictures.
export function runNotices(model) {
  const notices = [];
  for (const run of model.runs) if (run.missing) notices.push({ text: `${run.name} is not complete: ${run.missing} of its results are missing.` });
  const late = Math.max(...model.variants.map(({ behind }) => behind));
  if (late > 0)
    notices.push({
      text: `The load generator itself was late for ${formatShare(late, 2)} of the requests of one variant; their latencies count from when they should have been sent.`,
    });
  for (const variant of model.variants) {
    for (const [name, { checked, broken }] of Object.entries(variant.invariants)) {
      if (broken)
        notices.push({
          bad: true,
          text: `${variant.label}: invariant ${name} was broken ${broken.toLocaleString("en-US")} times of ${checked.toLocaleString("en-US")}.`,
        });
    }
  }
  return notices;
}
