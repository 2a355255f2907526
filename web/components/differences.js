// Differences with their intervals, as shares of what they are held against: a row for each measure, the line of no difference through all.
import { scaleLinear } from "d3-scale";
import { Chart, axisBottom, chartRows, group, nothing, shorten, textWidth } from "./chart.js";
import { makeMarks } from "./marks.js";
import { formatShare } from "./words.js";

const ROW = 40;

// show({ rows: [{ label, from, to, share, low, high, more, noise, verdict: words when noise, what, tip }] })
//   share, low, high: of the base; null where the base is 0, of which nothing is a share; more: whether it grew; from, to: words
export class Differences extends Chart {
  paint({ rows }, width) {
    if (!rows.length) return nothing(this.svg, width, "nothing to compare");
    const narrow = width < 620;
    const left = Math.min(
      width * 0.42,
      Math.max(...rows.map(({ label, from, to }) => Math.max(textWidth(label, "600 12px"), textWidth(`${from} → ${to}`)))) + 18,
    );
    const right = width - (narrow ? 20 : 150),
      top = 8;
    const reach = rows
      .filter(({ share }) => share !== null)
      .flatMap(({ share, low, high }) => [share, low ?? share, high ?? share])
      .map((value) => Math.max(-1, Math.min(value, 2)));
    const x = scaleLinear([Math.min(0, ...reach), Math.max(0.02, ...reach)], [0, right - left])
      .nice(5)
      .clamp(true);
    const plot = group(this.svg, left, top),
      bottom = rows.length * ROW;
    const signed = (share) => `${share > 0 ? "+" : share < 0 ? "−" : ""}${formatShare(Math.abs(share), 2)}`;
    axisBottom(plot, x, bottom, x.ticks(Math.max(3, Math.min(7, (right - left) / 70))), signed);
    plot.append("line").attr("class", "zero").attr("x1", x(0)).attr("x2", x(0)).attr("y2", bottom);
    const marks = chartRows(plot, rows, ROW, left, width).attr("class", (d) => `difference ${d.noise ? "noise" : d.more ? "more" : "less"}`);
    marks
      .append("text")
      .attr("class", "row-label")
      .attr("x", 4 - left)
      .attr("y", -3)
      .text((d) => shorten(d.label, left - 12, "600 12px"));
    marks
      .append("text")
      .attr("class", "row-note")
      .attr("x", 4 - left)
      .attr("y", 13)
      .text((d) => `${d.from} → ${d.to}`);
    marks
      .filter((d) => d.share !== null && d.low !== undefined && d.low !== null)
      .append("line")
      .attr("class", "interval")
      .attr("x1", (d) => x(d.low))
      .attr("x2", (d) => x(d.high));
    marks
      .filter((d) => d.share !== null)
      .append("circle")
      .attr("cx", (d) => x(d.share))
      .attr("r", 6);
    marks
      .filter((d) => d.share === null)
      .append("path")
      .attr("class", "beyond")
      .attr("d", "M-9-6 3 0-9 6z")
      .attr("transform", `translate(${right - left},0)`);
    if (!narrow)
      marks
        .append("text")
        .attr("class", "verdict")
        .attr("x", right - left + 16)
        .attr("dy", "0.32em")
        .text((d) => (d.noise ? d.verdict : d.share === null ? "from nothing" : signed(d.share)));
    makeMarks(marks);
    return top + bottom + 26;
  }
}
