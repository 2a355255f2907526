// Bars, whole or in parts: what a latency is made of, which links carry the most.
import { scaleLinear } from "d3-scale";
import { Chart, axisBottom, chartRows, group, legend, nothing, rowLabels, shorten, textWidth } from "./chart.js";
import { makeMarks } from "./marks.js";

const ROW = 26;

// show({ rows: [{ label, parts: [numbers], what, tip }], names: of the parts, colours, format, empty })
export class Bars extends Chart {
  paint({ rows, names = [], colours, format, empty = "nothing was measured" }, width) {
    if (!rows.length) return nothing(this.svg, width, empty);
    const left = Math.min(width * 0.46, Math.max(...rows.map(({ label }) => textWidth(label))) + 14),
      right = width - 64;
    const parts = names.map((name, i) => ({ name, colour: colours[i] }));
    const square = (place, x, y) =>
      place
        .append("rect")
        .attr("x", x)
        .attr("y", y + 3)
        .attr("width", 11)
        .attr("height", 11)
        .attr("rx", 2);
    const top = (names.length && legend(this.svg, parts, width, square)) + 6;
    const total = ({ parts }) => parts.reduce((sum, part) => sum + part, 0);
    const x = scaleLinear([0, Math.max(...rows.map(total)) || 1], [0, Math.max(40, right - left)]);
    const plot = group(this.svg, left, top),
      bottom = rows.length * ROW;
    axisBottom(plot, x, bottom, x.ticks(Math.max(2, Math.min(5, (right - left) / 80))), format);
    const bars = chartRows(plot, rows, ROW, left, width).attr("class", "bar");
    rowLabels(bars, (d) => shorten(d.label, left - 12));
    bars
      .selectAll("rect.part")
      .data(({ parts }) => offsets(parts))
      .join("rect")
      .attr("class", "part")
      .attr("x", ([from]) => x(from))
      .attr("y", 5 - ROW / 2)
      .attr("height", ROW - 10)
      .attr("width", ([from, until]) => Math.max(0, x(until) - x(from) - (until > from ? 0.75 : 0)))
      .style("fill", (d, i) => colours[i]);
    bars
      .append("text")
      .attr("class", "value")
      .attr("x", (d) => x(total(d)) + 7)
      .attr("dy", "0.32em")
      .text((d) => format(total(d)));
    makeMarks(bars);
    return top + bottom + 26;
  }
}

function offsets(parts) {
  let from = 0;
  return parts.map((part) => [from, (from += part)]);
}
