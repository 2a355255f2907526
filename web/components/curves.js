// Percentile curves: latency against a logarithmic axis of quantiles, so that 99 % and 99.99 % have room.
import { scaleLinear, scaleLog } from "d3-scale";
import { line } from "d3-shape";
import { Chart, axisBottom, axisLeft, group, logTicks, nothing, shorten, spreadLabels, textWidth } from "./chart.js";
import { makeMarks } from "./marks.js";
import { formatMs, formatUs, pointName } from "./words.js";

const LEAST_US = 10; // a logarithmic axis has no place for 0
const LOW = 0.125; // the axis begins where a quarter of the accesses are: the very quickest would take most of its room
const TICK_ROOM = 42;
const TICKS = [0.30103, 1, 2, 3, 4, 5];

// show({ curves: [{ what, label, colour, dash, count, us, points, quiet }], empty })
//   points: decades from the top, 1 is the 90th percentile (scripts/terrella/experiment/merge.py); quiet: drawn faintly, without label
export class Curves extends Chart {
  paint({ curves, empty = "nothing was measured" }, width) {
    const height = Math.max(260, Math.min(360, width * 0.55));
    const shown = curves.filter(({ us }) => us.length).map((curve) => ({ ...curve, tip: tipOf(curve) }));
    if (!shown.length) {
      return nothing(this.svg, width, empty);
    }
    const labelled = shown.filter(({ quiet }) => !quiet);
    const labelRoom = Math.min(width * 0.42, Math.max(...labelled.map(({ label }) => textWidth(label, "600 12px")), 20) + 18);
    const left = 66,
      top = 14,
      right = width - labelRoom,
      bottom = height - 30;
    const x = scaleLinear([0, Math.max(2, ...shown.map(({ us, points }) => points[us.length - 1]))], [0, right - left]);
    const lows = shown.map(
        ({ us, points }) =>
          us[
            Math.min(
              points.findIndex((point) => point >= LOW),
              us.length - 1,
            )
          ],
      ),
      highs = shown.map(({ us }) => us.at(-1));
    const low = Math.max(LEAST_US, Math.min(...lows)),
      y = scaleLog([low * 0.85, Math.max(low * 2, ...highs) * 1.15], [bottom - top, 0]);
    const plot = group(this.svg, left, top);
    axisLeft(plot, y, right - left, logTicks(y.domain(), bottom - top), (us) => (us <= LEAST_US ? `≤ ${formatUs(LEAST_US)}` : formatUs(us)));
    axisBottom(plot, x, bottom - top, ticksThatFit(x), pointName);
    const path = line(
      (d) => x(d[0]),
      (d) => Math.min(y(Math.max(d[1], LEAST_US)), bottom - top),
    );
    const lines = plot
      .selectAll("g.curve")
      .data(shown)
      .join("g")
      .attr("class", (d) => `curve${d.quiet ? " quiet" : ""}`);
    const drawn = (d) => path(d.us.map((us, i) => [d.points[i], us]));
    lines.append("path").attr("class", "reach").attr("d", drawn);
    lines
      .append("path")
      .attr("class", "line")
      .attr("d", drawn)
      .style("stroke", (d) => d.colour)
      .attr("stroke-dasharray", (d) => d.dash ?? null);
    makeMarks(lines);
    const labels = spreadLabels(
      labelled.map((curve) => ({
        curve,
        x: x(curve.points[curve.us.length - 1]),
        y: Math.min(y(Math.max(curve.us.at(-1), LEAST_US)), bottom - top),
      })),
      15,
      4,
      bottom - top,
    );
    const names = plot
      .append("g")
      .attr("aria-hidden", "true")
      .selectAll("g")
      .data(labels)
      .join("g")
      .attr("class", "label")
      .each(function ({ curve }) {
        Object.assign(this.dataset, curve.what, { mark: "" });
      });
    names
      .filter((d) => Math.abs(d.labelY - d.y) > 6 || d.x < right - left - 4)
      .append("line")
      .attr("class", "leader")
      .attr("x1", (d) => d.x + 2)
      .attr("y1", (d) => d.y)
      .attr("x2", right - left + 8)
      .attr("y2", (d) => d.labelY);
    names
      .append("text")
      .attr("x", right - left + 11)
      .attr("y", (d) => d.labelY)
      .attr("dy", "0.32em")
      .style("fill", (d) => d.curve.colour)
      .text((d) => shorten(d.curve.label, labelRoom - 12, "600 12px"));
    return height;
  }
}

// The rounder ones first, each where there is room for its words.
function ticksThatFit(x) {
  const kept = [];
  for (const tick of [1, 2, 3, 4, 0.30103, 5])
    if (tick <= x.domain()[1] && kept.every((other) => Math.abs(x(other) - x(tick)) > TICK_ROOM)) kept.push(tick);
  return kept;
}

function tipOf({ label, us, points, count }) {
  const rows = TICKS.map((tick) => [tick, us[points.indexOf(tick)]]).filter(([, found]) => found !== undefined);
  return [
    label,
    ...rows.map(([tick, found]) => [pointName(tick), formatMs(found / 1000)]),
    ...(count ? [["measured", count.toLocaleString("en-US")]] : []),
  ];
}
