// One measure of several things: a dot for each, with its interval where there is one.
import { scaleLinear } from "d3-scale";
import { Chart, axisBottom, group, shorten, textWidth } from "./chart.js";
import { makeMarks } from "./marks.js";

const ROW = 26;

// show({ title, format, rows: [{ label, value, low, high, colour, what, tip }], labels: false when another chart beside it has them, selected })
export class Dots extends Chart {
  paint({ title, format, rows, labels = true, selected }, width) {
    const left = labels ? Math.min(width * 0.45, Math.max(...rows.map(({ label }) => textWidth(label, "600 12px"))) + 14) : 8,
      right = width - 58,
      top = 28;
    const known = rows.filter(({ value }) => Number.isFinite(value));
    const high = Math.max(...known.map((row) => row.high ?? row.value), 0) || 1;
    const low = Math.min(...known.map((row) => row.low ?? row.value), high);
    const x = scaleLinear([low > high * 0.85 ? low - (high - low || high * 0.1) : Math.min(0, low), high], [0, right - left]).nice(3);
    const plot = group(this.svg, left, top),
      bottom = rows.length * ROW;
    this.svg
      .append("text")
      .attr("class", "panel-title")
      .attr("x", labels ? left : 8)
      .attr("y", 14)
      .text(title);
    axisBottom(plot, x, bottom, x.ticks(Math.max(2, Math.min(4, (right - left) / 90))), format);
    const marks = plot
      .selectAll("g.dot-row")
      .data(rows)
      .join("g")
      .attr("class", (d) => `dot-row${d.what.variant === selected ? " selected" : ""}`)
      .attr("transform", (d, i) => `translate(0,${i * ROW + ROW / 2})`);
    marks
      .append("rect")
      .attr("class", "reach")
      .attr("x", -left)
      .attr("y", -ROW / 2)
      .attr("width", width)
      .attr("height", ROW);
    if (labels)
      marks
        .append("text")
        .attr("class", "row-label")
        .attr("x", -10)
        .attr("dy", "0.32em")
        .attr("text-anchor", "end")
        .text((d) => shorten(d.label, left - 12, "600 12px"));
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
      .attr("x1", (d) => x(d.low))
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
    makeMarks(
      marks,
      (d) => d.what,
      (d) => d.tip,
    );
    return top + bottom + 24;
  }
}
