// What the pictures ask of the data: variants with their colours, curves and summaries looked up, regions in an order that makes sense.
import { HINTS } from "../components/words.js";

export const ALL = "all";
const SERIES = 8; // colours that can be told apart
const HINT_ORDER = Object.keys(HINTS);

export class Model {
  constructor(data) {
    Object.assign(this, data);
    this.variants = data.variants.map((variant, i) => ({
      ...variant,
      colour: colourOf(i, data.variants.length),
      curves: new Map(variant.latency.map((curve) => [`${curve.region} ${curve.kind}`, curve])),
    }));
    this.byId = new Map(this.variants.map((variant) => [variant.id, variant]));
    this.summary = data.summary.map(([variant, metric, kind, region, mean, low, high]) => ({ variant, metric, kind, region, mean, low, high }));
    this.summaries = new Map(this.summary.map((row) => [`${row.variant} ${row.metric} ${row.kind} ${row.region}`, row]));
    this.kindsSeen = data.kinds.filter((kind) => this.variants.some(({ curves }) => curves.has(`${ALL} ${kind}`)));
    this.regions = inOrder(
      this.variants.flatMap(({ regions }) => regions).filter((region, i, all) => all.findIndex(({ code }) => code === region.code) === i),
    );
    this.regionsByCode = new Map(this.regions.map((region) => [region.code, region]));
  }

  // A variant's name before what is said of it; nothing where there is only one.
  named(variant) {
    return this.variants.length > 1 ? `${variant.label}: ` : "";
  }

  curve(variant, region, kind) {
    return variant.curves.get(`${region ?? ALL} ${kind}`);
  }

  summaryOf(variant, metric, kind = ALL, region = ALL) {
    return this.summaries.get(`${variant.id} ${metric} ${kind} ${region}`);
  }

  // "London (LHR)", or what the code alone says.
  place(code) {
    const region = this.regionsByCode.get(code);
    return region?.city ? `${region.city} (${code})` : code;
  }

  // Pairs as objects with the codes of their ends.
  pairs(variant, columns = variant.pairs, codes = variant.regions.map(({ code }) => code)) {
    const end = (index) => (index < 0 ? "coordinator" : codes[index]);
    return columns.from.map((from, i) => ({
      from: end(from),
      to: end(columns.to[i]),
      requests: columns.requests[i],
      messages: columns.messages[i],
      bytes: columns.bytes[i],
      mean_us: columns.mean_us[i],
      p50_us: columns.p50_us[i],
      p99_us: columns.p99_us[i],
    }));
  }
}

const colourOf = (index, count) =>
  count <= SERIES ? `var(--series-${index})` : `color-mix(in oklab, var(--series-1) ${Math.round((100 * index) / (count - 1))}%, var(--series-0))`;

// By part of the world, and from west to east within it.
export const inOrder = (regions) => [...regions].sort((a, b) => HINT_ORDER.indexOf(a.hint) - HINT_ORDER.indexOf(b.hint) || a.lon - b.lon);
