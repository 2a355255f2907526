// How pages call things, and how they write numbers.
export const KINDS = {
  all: "all that succeeded",
  unique_first: "unique, first use",
  name_first: "named, first use",
  cached_local: "known, lives here",
  cached_remote: "known, lives elsewhere",
  uncached: "not known here yet",
  failed: "failed",
};

export const PARTS = {
  queue: "waiting",
  claim: "way to the arbiter",
  check: "world-wide check",
  forward: "way to the object",
  service: "the object's work",
};

export const HINTS = {
  wnam: "N. America W",
  enam: "N. America E",
  sam: "S. America",
  weur: "W. Europe",
  eeur: "E. Europe",
  afr: "Africa",
  me: "Middle East",
  apac: "Asia-Pacific",
  "apac-se": "Asia SE",
  "apac-ne": "Asia NE",
  oc: "Oceania",
};

// The beginning of a sentence; "hint=none" stays as it is.
export const capital = (text) => (/^\S*=/.test(text) ? text : text.slice(0, 1).toUpperCase() + text.slice(1));

// One formatter for all: making one for each number takes most of the time of a page.
const plain = new Intl.NumberFormat("en-US", { maximumFractionDigits: 6 });
const digits = (value, count) => plain.format(Number(value.toPrecision(count)));

export function formatMs(ms) {
  if (!Number.isFinite(ms)) return "–";
  const size = Math.abs(ms);
  if (size >= 7.2e6) return `${digits(ms / 3.6e6, 3)} h`;
  if (size >= 6e5) return `${digits(ms / 60000, 3)} min`;
  if (size >= 1000) return `${digits(ms / 1000, 3)} s`;
  if (size === 0) return "0 ms";
  return size < 0.01 ? `${digits(ms * 1000, 2)} µs` : `${digits(ms, 3)} ms`;
}

export const formatUs = (us) => formatMs(us / 1000);

export function formatCount(count) {
  for (const [size, unit] of [
    [1e9, " G"],
    [1e6, " M"],
    [1e4, " k"],
  ]) {
    if (Math.abs(count) >= size) return `${digits(count / (unit === " k" ? 1e3 : size), 3)}${unit}`;
  }
  return Math.abs(count) < 10 && count % 1 ? digits(count, 3) : plain.format(Math.round(count));
}

export function formatBytes(bytes) {
  for (const [size, unit] of [
    [1e12, "TB"],
    [1e9, "GB"],
    [1e6, "MB"],
    [1e3, "kB"],
  ])
    if (Math.abs(bytes) >= size) return `${digits(bytes / size, 3)} ${unit}`;
  return `${Math.round(bytes)} B`;
}

export const formatShare = (share, count = 3) => `${digits(share * 100, count)} %`;

export function formatTime(seconds) {
  const whole = Math.round(seconds);
  const two = (value) => String(value).padStart(2, "0");
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

// The words and the numbers of a metric, by the unit at the end of its name: p99_ms, cache_hit_rate, claims_per_s.
const METRICS = {
  p50: "median latency",
  p90: "90th percentile",
  p99: "99th percentile",
  p999: "99.9th percentile",
  mean: "mean latency",
  max: "longest",
  regret: "placement regret",
  regret_p99: "regret, 99th percentile",
  distance: "mean latency of distance",
  best_distance: "the same, best homes",
  peak_claims: "most claims",
  cache_hit: "cache hits",
  claims: "claims",
  failed: "failed",
  requests: "requests",
  cached_local: "known, lives here",
  moved: "bytes moved",
};
const UNITS = [
  ["_per_s", (value) => `${formatCount(value)}/s`, " a second"],
  ["_ms", formatMs, ""],
  ["_us", formatUs, ""],
  ["_rate", formatShare, ""],
  ["_share", formatShare, ""],
  ["_percent", (value) => `${digits(value, 3)} %`, ""],
  ["_bytes", formatBytes, ""],
  ["_s", (value) => formatMs(value * 1000), ""],
];

export function metric(name) {
  const [end = "", format = formatCount, after = ""] = UNITS.find(([unit]) => name.endsWith(unit)) ?? [];
  const stem = name.slice(0, name.length - end.length);
  return { title: `${METRICS[stem] ?? stem.replaceAll("_", " ")}${after}`, format };
}

// Of a latency quantile, as a share: 0.99 is "99 %".
export const pointName = (point) => (point <= 0 ? "least" : `${Number((100 * (1 - 10 ** -point)).toPrecision(Math.max(2, Math.ceil(point))))} %`);
