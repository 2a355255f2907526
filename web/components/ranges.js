// How values spread, a row for each set of them: all as ticks, the middle 80 % as a bar, the median as a line.
import { quantileSorted } from "d3-array";
import { scaleLinear } from "d3-scale";
import { Chart, axisBottom, chartRows, group, rowLabels, textWidth } from "./chart.js";
import { makeMarks } from "./marks.js";

const ROW = 30;

// show({ rows: [{ label, values: sorted, colour, what, tip }], format, clip: [low, high], title })
export class Ranges extends Chart {
  paint({ rows, format, clip, title }, width) {
    const left = Math.max(...rows.map(({ label }) => textWidth(label))) + 14,
      right = width - 20,
      top = 26;
    const x = scaleLinear(clip, [0, right - left]).clamp(true),
      plot = group(this.svg, left, top),
      bottom = rows.length * ROW;
    this.svg.append("text").attr("class", "panel-title").attr("x", left).attr("y", 14).text(title);
    axisBottom(plot, x, bottom, x.ticks(Math.max(3, Math.min(8, width / 90))), format);
    plot.append("line").attr("class", "zero").attr("x1", x(0)).attr("x2", x(0)).attr("y2", bottom);
    const marks = chartRows(plot, rows, ROW, left, width).attr("class", "range");
    rowLabels(marks, (d) => d.label);
    marks
      .append("path")
      .attr("class", "ticks")
      .style("stroke", (d) => d.colour)
      .attr("d", ({ values }) => values.map((value) => `M${x(value).toFixed(1)}-9v18`).join(""));
    marks
      .append("rect")
      .attr("class", "middle")
      .attr("x", ({ values }) => x(quantileSorted(values, 0.1)))
      .attr("y", -4)
      .attr("height", 8)
      .attr("width", ({ values }) => Math.max(2, x(quantileSorted(values, 0.9)) - x(quantileSorted(values, 0.1))))
      .style("fill", (d) => d.colour);
    marks
      .append("line")
      .attr("class", "median")
      .attr("x1", ({ values }) => x(quantileSorted(values, 0.5)))
      .attr("x2", ({ values }) => x(quantileSorted(values, 0.5)))
      .attr("y1", -11)
      .attr("y2", 11);
    makeMarks(marks);
    return top + bottom + 26;
  }
}
