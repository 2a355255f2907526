// One measure of several things: a dot for each, with its interval where there is one.
import { scaleLinear } from "d3-scale";
import { Chart, axisBottom, chartRows, group, rowLabels, shorten, textWidth } from "./chart.js";
import { makeMarks } from "./marks.js";

const ROW = 26,
  LEAST_SPAN = 0.1; // of the axis, as a share of what it shows: what hardly differs should not look as if it did

// show({ title, format, rows: [{ label, value, low, high, colour, what, tip }], labels: false when another chart beside it has them, selected })
export class Dots extends Chart {
  paint({ title, format, rows, labels = true, selected }, width) {
    const left = labels ? Math.min(width * 0.45, Math.max(...rows.map(({ label }) => textWidth(label, "600 12px"))) + 14) : 8,
      right = width - 58,
      top = 28;
    const known = rows.filter(({ value }) => Number.isFinite(value));
    const high = Math.max(...known.map((row) => row.high ?? row.value), 0) || 1;
    const lowest = Math.min(...known.map((row) => row.low ?? row.value), high);
    const low = known.every(({ value }) => value >= 0) ? Math.max(0, lowest) : lowest; // an interval may reach below what there can be
    const x = scaleLinear([low > high * 0.85 ? low - Math.max(high - low, high * LEAST_SPAN) : Math.min(0, low), high], [0, right - left]).nice(3);
    const plot = group(this.svg, left, top),
      bottom = rows.length * ROW;
    this.svg
      .append("text")
      .attr("class", "panel-title")
      .attr("x", labels ? left : 8)
      .attr("y", 14)
      .text(title);
    const ticks = x.ticks(Math.max(2, Math.min(4, (right - left) / 90))),
      crowded = (right - left) / ticks.length < 50;
    axisBottom(
      plot,
      x,
      bottom,
      ticks.filter((tick, i) => !crowded || i % 2 === 0),
      format,
    );
    const marks = chartRows(plot, rows, ROW, left, width).attr("class", (d) => `dot-row${d.what.variant === selected ? " selected" : ""}`);
    if (labels)
      rowLabels(marks, (d) => shorten(d.label, left - 12, "600 12px"));
    const dots = marks.filter((d) => Number.isFinite(d.value));
    if (x.domain()[0] <= 0)
      dots
        .append("line")
        .attr("class", "stem") // a stem says "from zero"
        .attr("x1", x(x.domain()[0]))
        .attr("x2", (d) => x(d.value));
    dots
      .filter((d) => d.low !== undefined && d.low < d.high)
      .append("line")
      .attr("class", "interval")
      .attr("x1", (d) => x(Math.max(d.low, x.domain()[0])))
      .attr("x2", (d) => x(d.high))
      .style("stroke", (d) => d.colour);
    dots
      .append("circle")
      .attr("cx", (d) => x(d.value))
      .attr("r", 5)
      .style("fill", (d) => d.colour);
    dots
      .append("text")
      .attr("class", "value")
      .attr("x", (d) => x(Math.max(d.value, d.high ?? d.value)) + 9)
      .attr("dy", "0.32em")
      .text((d) => format(d.value));
    makeMarks(marks);
    return top + bottom + 24;
  }
}
