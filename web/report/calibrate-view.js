// The model against what was measured: round trips, where objects are placed, how long creation takes.
import { group, median, quantile } from "d3-array";
import { Bars } from "../components/bars.js";
import { Ranges } from "../components/ranges.js";
import { Scatter } from "../components/scatter.js";
import { WorldMap } from "../components/world-map.js";
import { ramp } from "../components/heat-map.js";
import { formatCount, formatMs, formatShare } from "../components/words.js";
import { listenForPointing } from "./linked.js";
import { Section } from "./section.js";

const CONTINENTS = { AF: "Africa", AS: "Asia", EU: "Europe", NA: "N. America", ME: "Middle East", OC: "Oceania", SA: "S. America" };
const CREATION = { unhinted: "no hint", own_hint: "hint of its own region", other_hint: "hint of another region" };
const FIBRE_KM_PER_MS = 100; // of a round trip, at 200 km a ms one way

const error = ({ measured_ms, model_ms }) => (model_ms - measured_ms) / measured_ms;
const signed = (share) => `${share > 0 ? "+" : share < 0 ? "−" : ""}${formatShare(Math.abs(share), 2)}`;
const ms = (name, value) => ({ name: `${name} (ms)`, value, format: (found) => String(Number(found.toPrecision(4))) });
const wordsOf = (pair) =>
  pair
    .split("-")
    .map((one) => CONTINENTS[one] ?? one)
    .join(" – ");
const kilometres = (km) => `${formatCount(km)} km`;

export function showCalibration(main, data) {
  if (data.latency?.pairs?.length) showLatency(main, data.latency.pairs);
  if (data.placement?.length) showPlacement(main, data.placement);
  if (data.creation?.length) showCreation(main, data.creation);
  if (data.wrong?.length) showWrong(main, data.wrong);
  listenForPointing(main);
}

function showWrong(main, wrong) {
  const section = new Section(main, { id: "wrong", title: "Where the model is wrong" }),
    list = document.createElement("ul");
  list.className = "wrong";
  for (const text of wrong) list.append(Object.assign(document.createElement("li"), { textContent: text }));
  section.body.append(list);
}

const pairTip = (pair) => [
  `${pair.from_city ?? pair.from} – ${pair.to_city ?? pair.to}`,
  ["measured", formatMs(pair.measured_ms)],
  ["model", formatMs(pair.model_ms)],
  ["error", signed(error(pair))],
  ["light in fibre", formatMs(pair.physics_ms)],
  ["distance", kilometres(pair.km)],
];

function showLatency(main, pairs) {
  const far = pairs.filter(({ km, measured_ms }) => km > 0 && measured_ms > 0),
    byPair = group(far, ({ continents }) => continents);
  const names = [...byPair.keys()].sort((a, b) => byPair.get(b).length - byPair.get(a).length);
  const worst = [...far].sort((a, b) => Math.abs(error(b)) - Math.abs(error(a)));
  const columns = [
    { name: "from", value: ({ from_city, from }) => from_city ?? from },
    { name: "to", value: ({ to_city, to }) => to_city ?? to },
    { name: "continents", value: ({ continents }) => wordsOf(continents) },
    { name: "km", value: ({ km }) => km, format: (km) => Math.round(km).toLocaleString("en-US") },
    ms("light in fibre", ({ physics_ms }) => physics_ms),
    ms("measured", ({ measured_ms }) => measured_ms),
    ms("model", ({ model_ms }) => model_ms),
    { name: "error", value: error, format: signed },
  ];
  const table = (section) => section.table(() => ({ name: "pairs", rows: worst, columns }));

  const errors = far.map((pair) => Math.abs(error(pair)));
  const below = far.filter(({ model_ms, physics_ms }) => model_ms < physics_ms - 0.01).length;
  const against = new Section(main, {
    id: "against",
    title: "Round trips: model against measured",
    size: "six",
    note: `${formatCount(far.length)} pairs. Half are within ${formatShare(median(errors), 2)} of the measured round trip, nine in ten within ${formatShare(quantile(errors, 0.9), 2)}. Dashed: 20 % off.`,
  });
  new Scatter(against.body, "Model against measured round trips").show({
    equal: true,
    log: true,
    format: formatMs,
    xTitle: "measured round trip",
    yTitle: "Model's round trip",
    sets: [{ name: "pairs", colour: "var(--series-0)" }],
    points: far.map((pair) => ({ x: pair.measured_ms, y: pair.model_ms, set: "pairs", what: {}, tip: pairTip(pair) })),
    lines: [{ points: diagonal(1) }, { points: diagonal(1.2), dash: "4 3" }, { points: diagonal(0.8), dash: "4 3" }],
  });
  table(against);

  const distance = new Section(main, {
    id: "distance",
    title: "Round trips and the speed of light",
    size: "six",
    note: below
      ? `${below} modelled pairs are faster than light in a straight fibre: that is a mistake.`
      : "No pair of the model is faster than light in a straight fibre.",
  });
  const kmMax = Math.max(...far.map(({ km }) => km));
  new Scatter(distance.body, "Round trips by distance").show({
    format: formatMs,
    xFormat: kilometres,
    xTitle: "distance on the globe",
    yTitle: "Round trip",
    sets: [
      { name: "measured", colour: "var(--series-1)" },
      { name: "model", colour: "var(--series-0)" },
    ],
    lines: [
      {
        label: "light in fibre",
        points: [0, 0.5, 0.85]
          .map((share) => [share * kmMax, (share * kmMax) / FIBRE_KM_PER_MS])
          .concat([[kmMax * 1.1, (kmMax * 1.1) / FIBRE_KM_PER_MS]]),
      },
    ],
    points: far.flatMap((pair) => [
      { x: pair.km, y: pair.measured_ms, set: "measured", what: {}, tip: pairTip(pair) },
      { x: pair.km, y: pair.model_ms, set: "model", what: {}, tip: pairTip(pair) },
    ]),
  });
  table(distance);

  const spread = new Section(main, {
    id: "spread",
    title: "Errors by pair of continents",
    size: "seven",
    note: "Each tick is a pair of places; bars: the middle 80 % of them; lines: medians. To the right the model is too slow.",
  });
  new Ranges(spread.body, "Errors by pair of continents").show({
    format: signed,
    clip: reachOf(far),
    title: "Error of the model",
    rows: names.map((name) => {
      const mine = byPair
          .get(name)
          .map(error)
          .sort((a, b) => a - b),
        sizes = mine.map(Math.abs);
      return {
        label: wordsOf(name),
        values: mine,
        colour: "var(--series-5)",
        what: { continents: name },
        tip: [
          wordsOf(name),
          ["pairs", formatCount(mine.length)],
          ["median error", signed(median(mine))],
          ["half are within", formatShare(median(sizes), 2)],
          ["nine in ten within", formatShare(quantile(sizes, 0.9), 2)],
        ],
      };
    }),
  });
  table(spread);

  const bad = new Section(main, { id: "worst", title: "The worst pairs", size: "five", note: "Size of the error, as a share of what was measured." });
  new Bars(bad.body, "The worst pairs").show({
    format: (share) => formatShare(share, 2),
    colours: ["var(--series-1)"],
    rows: worst
      .slice(0, 18)
      .map((pair) => ({
        label: `${pair.from_city ?? pair.from} – ${pair.to_city ?? pair.to}`,
        parts: [Math.abs(error(pair))],
        what: { continents: pair.continents },
        tip: pairTip(pair),
      })),
  });
  table(bad);
}

function showPlacement(main, rows) {
  const placed = rows.filter(({ lat, lon }) => Number.isFinite(lat) && Number.isFinite(lon));
  const mean = (value) => rows.reduce((sum, row) => sum + value(row), 0) / rows.length;
  const section = new Section(main, {
    id: "placement",
    title: "Where objects are placed",
    note: `Each disc is a place where requests enter; its colour: how often the real network chooses the host that the model chooses. On average it does in ${formatShare(
      mean(({ agree_share }) => agree_share),
      2,
    )} of cases; the round trip to the object is ${formatMs(mean(({ expected_rtt_ms }) => expected_rtt_ms))} there and ${formatMs(mean(({ our_rtt_ms }) => our_rtt_ms))} here.`,
  });
  const root = document.createElement("div");
  root.className = "sea";
  section.body.append(root);
  const real = (row) => row.real.map(({ host, share }) => `${host} ${formatShare(share, 2)}`).join(", ");
  new WorldMap(root, "Agreement of placement by place of entry").show({
    sizeMax: 12,
    arcs: [],
    places: placed.map((row) => ({
      code: row.colo,
      lat: row.lat,
      lon: row.lon,
      size: 1,
      colour: shade(row.agree_share),
      what: { colo: row.colo },
      tip: [
        row.city ? `${row.city} (${row.colo})` : row.colo,
        ["model", row.ours],
        ["really", real(row)],
        ["agrees", formatShare(row.agree_share, 2)],
        ["round trip, real", formatMs(row.expected_rtt_ms)],
        ["round trip, model", formatMs(row.our_rtt_ms)],
      ],
    })),
  });
  const key = document.createElement("ul");
  key.className = "key";
  key.innerHTML = [0, 0.25, 0.5, 0.75, 1]
    .map(
      (share) =>
        `<li><svg width="14" height="14" aria-hidden="true"><circle cx="7" cy="7" r="6" style="fill:${shade(share)}"/></svg>${formatShare(share)}</li>`,
    )
    .join("");
  section.body.append(key);
  section.table(() => ({
    name: "placement",
    rows,
    columns: [
      { name: "entry", value: ({ colo }) => colo },
      { name: "city", value: ({ city }) => city },
      { name: "model", value: ({ ours }) => ours },
      { name: "really", value: real },
      { name: "agrees", value: ({ agree_share }) => agree_share, format: (share) => formatShare(share, 2) },
      ms("round trip, real", ({ expected_rtt_ms }) => expected_rtt_ms),
      ms("round trip, model", ({ our_rtt_ms }) => our_rtt_ms),
    ],
  }));
}

function showCreation(main, rows) {
  const errors = rows.map((row) => Math.abs(error(row)));
  const tip = (row) => [
    `${row.colo}, ${row.hint === "none" ? "no hint" : `hint ${row.hint}`}`,
    ["measured", formatMs(row.measured_ms)],
    ["model", formatMs(row.model_ms)],
    ["error", signed(error(row))],
    ["round trip", formatMs(row.rtt_ms)],
  ];
  const section = new Section(main, {
    id: "creation",
    title: "How long creation takes",
    size: "six",
    note: `From the Worker's call to the object's first line. Half are within ${formatShare(median(errors), 2)}, nine in ten within ${formatShare(quantile(errors, 0.9), 2)}.`,
  });
  const seen = Object.keys(CREATION).filter((kind) => rows.some((row) => row.kind === kind));
  new Scatter(section.body, "Creation, model against measured").show({
    equal: true,
    log: true,
    format: formatMs,
    xTitle: "measured",
    yTitle: "Model",
    sets: seen.map((kind, i) => ({ name: CREATION[kind], colour: `var(--series-${i})` })),
    points: rows.map((row) => ({ x: row.measured_ms, y: row.model_ms, set: CREATION[row.kind], what: {}, tip: tip(row) })),
    lines: [{ points: diagonal(1) }],
  });
  const columns = [
    { name: "entry", value: ({ colo }) => colo },
    { name: "hint", value: ({ hint }) => hint },
    { name: "kind", value: ({ kind }) => CREATION[kind] ?? kind },
    ms("round trip", ({ rtt_ms }) => rtt_ms),
    ms("measured", ({ measured_ms }) => measured_ms),
    ms("model", ({ model_ms }) => model_ms),
    { name: "error", value: error, format: signed },
  ];
  section.table(() => ({ name: "creation", rows, columns }));
  const spread = new Section(main, {
    id: "creation-spread",
    title: "Errors of creation, by kind of hint",
    size: "six",
    note: "Each tick is a place of entry; bars: the middle 80 %; lines: medians. To the right the model is too slow.",
  });
  new Ranges(spread.body, "Errors of creation by kind of hint").show({
    format: signed,
    clip: reachOf(rows),
    title: "Error of the model",
    rows: seen.map((kind, i) => {
      const mine = rows
        .filter((row) => row.kind === kind)
        .map(error)
        .sort((a, b) => a - b);
      return {
        label: CREATION[kind],
        values: mine,
        colour: `var(--series-${i})`,
        what: { set: CREATION[kind] },
        tip: [
          CREATION[kind],
          ["measured", formatCount(mine.length)],
          ["median error", signed(median(mine))],
          ["nine in ten within", formatShare(quantile(mine.map(Math.abs), 0.9), 2)],
        ],
      };
    }),
  });
}

// From where to where nearly all errors are, with zero within; the few beyond stand at the ends.
function reachOf(rows) {
  const errors = rows.map(error);
  return [Math.min(-0.1, quantile(errors, 0.005) * 1.1), Math.max(0.1, quantile(errors, 0.995) * 1.1)];
}

const shade = (share) => ramp(0.12 + 0.88 * share);

// A straight line through a logarithmic plot.
const diagonal = (factor) => [0.01, 0.1, 1, 10, 50, 100, 150, 200, 250, 300, 400, 600, 1000, 2000, 10000].map((value) => [value, value * factor]);
