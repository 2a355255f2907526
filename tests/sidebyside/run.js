// The same Worker on workerd and on Terrella, answers compared. Run by scripts/test as
//   node tests/sidebyside/run.js [--golden] [--workerd-only] [--only TEXT] [--answers FILE] [--seed N]
// --golden rewrites golden.json, what workerd answers; --workerd-only leaves Terrella out; --answers
// appends what Terrella answers otherwise than workerd, case by case; --seed repeats generated inputs.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual, parseArgs } from "node:util";
import { cases } from "./cases/index.js";
import { differences } from "./differences.js";
import { ask, startTerrella, startWorkerd } from "./engines.js";

const GOLDEN = fileURLToPath(new URL("golden.json", import.meta.url));
const AT_ONCE = 4;
const UNANSWERED_MAX = 8;
const FRESH_COUNT = 300;
const KEPT_CHARS_MAX = 20_000;

const { values: options } = parseArgs({
  options: {
    golden: { type: "boolean", default: false },
    "workerd-only": { type: "boolean", default: false },
    only: { type: "string", default: "" },
    answers: { type: "string" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 31)) },
  },
});
const SEED = options.seed;

const names = Object.keys(cases).filter((name) => name.includes(options.only));
const kindOf = (name) => (cases[name].raw ? "raw" : "case");

// The messages of an engine's own errors are left out of a comparison that asks for it.
function withoutMessages(value) {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(withoutMessages);
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== "message").map(([key, item]) => [key, withoutMessages(item)]));
}

// Only what `expected` names is compared.
function assertContains(actual, expected, path = "answer") {
  if (expected === null || typeof expected !== "object") return assert.deepEqual(actual, expected, `${path} is ${JSON.stringify(actual)}`);
  for (const key of Object.keys(expected)) assertContains(actual?.[key], expected[key], `${path}.${key}`);
}

const isNoObservation = (answer) => Boolean(answer?.["no answer"] || answer?.["no observation"]);

function compare(name, actual, golden) {
  assert.ok(!isNoObservation(actual), JSON.stringify(actual));
  if (name in differences) assertContains(actual, differences[name].expected);
  else if (cases[name].engineText) assert.deepEqual(withoutMessages(actual), withoutMessages(golden));
  else assert.deepEqual(actual, golden);
}

// Ask one place all cases, a few at a time; once too many get no answer, the rest is not asked.
async function askAll(place) {
  const answers = {};
  const waiting = [...names];
  let unanswered = 0;
  const worker = async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      answers[name] = unanswered < UNANSWERED_MAX ? await ask(place, name, kindOf(name)) : { "no answer": "not asked any more" };
      if (answers[name]?.["no answer"]) unanswered++;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return answers;
}

/** What is kept of an answer: of a very long one only its length and hash. */
function kept(answer) {
  const text = JSON.stringify(answer) ?? "";
  return text.length <= KEPT_CHARS_MAX ? answer : { chars: text.length, sha256: createHash("sha256").update(text).digest("hex") };
}

function writeGolden(answers) {
  const old = options.only ? JSON.parse(readFileSync(GOLDEN)) : {};
  const all = { ...old, ...answers };
  const lines = Object.keys(cases).filter((name) => name in all).map((name) => `${JSON.stringify(name)}: ${JSON.stringify(kept(all[name]))}`);
  writeFileSync(GOLDEN, `{\n${lines.join(",\n")}\n}\n`);
}

function writeAnswers(place, answers, golden) {
  const lines = names
    .filter((name) => !isDeepStrictEqual(answers[name], golden[name]))
    .map((name) => `${name}\n    workerd  ${JSON.stringify(golden[name])}\n    Terrella ${JSON.stringify(answers[name])}\n`);
  appendFileSync(options.answers, `${place.name}\n\n${lines.join("")}\n`);
}

describe("side by side", () => {
  const folder = mkdtempSync(join(tmpdir(), "sidebyside-"));
  const engines = [];
  const golden = {}; // what workerd answers; the long ones as it has just answered them

  before(async () => {
    engines.push(await startWorkerd(folder));
    if (!options["workerd-only"]) engines.push(await startTerrella(folder));
  });

  after(async () => {
    for (const engine of engines) await engine.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test("meant differences name cases", () => {
    assert.deepEqual(Object.keys(differences).filter((name) => !(name in cases)), []);
  });

  test("workerd", async (t) => {
    const answers = await askAll(engines[0].places[0]);
    assert.deepEqual(names.filter((name) => isNoObservation(answers[name])), []);
    if (options.golden) writeGolden(answers);
    Object.assign(golden, JSON.parse(readFileSync(GOLDEN)));
    for (const name of names) {
      await t.test(name, () => assert.deepEqual(kept(answers[name]), golden[name]));
      if (golden[name]?.sha256) golden[name] = answers[name];
    }
  });

  for (const [index, where] of ["object in the same region", "object in another region"].entries()) {
    test(`Terrella, ${where}`, { skip: options["workerd-only"] }, async (t) => {
      const answers = await askAll(engines[1].places[index]);
      if (options.answers) writeAnswers(engines[1].places[index], answers, golden);
      for (const name of names) {
        const reason = differences[name]?.reason;
        await t.test(reason ? `${name} (differs: ${reason})` : name, () => compare(name, answers[name], golden[name]));
      }
    });
  }

  // Inputs that nobody has seen before: both are asked, and the shortest that makes a difference is shown.
  for (const name of names.filter((one) => one.startsWith("generated."))) {
    test(`${name}, seed ${SEED}`, { skip: options["workerd-only"] }, async () => {
      const query = { seed: SEED, count: FRESH_COUNT };
      const [golden, actual] = await Promise.all([engines[0], engines[1]].map((engine) => ask(engine.places[0], name, "case", query)));
      const differing = actual.filter((one, i) => !isDeepStrictEqual(withoutMessages(one), withoutMessages(golden[i])));
      differing.sort((one, other) => JSON.stringify(one[0]).length - JSON.stringify(other[0]).length);
      const shown = differing.slice(0, 3).map(([input, seen]) => ({ input, seen, workerd: golden.find((one) => isDeepStrictEqual(one[0], input))?.[1] }));
      assert.equal(differing.length, 0, `${differing.length} differ; again with --seed ${SEED} --only ${name}\n${JSON.stringify(shown, null, 1)}`);
    });
  }

  test("objects were made in both regions", { skip: options["workerd-only"] }, async () => {
    for (const count of await engines[1].objectCounts()) assert.ok(count > 0, `${count} objects`);
  });
});
