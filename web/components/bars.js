// Bars, whole or in parts: what a latency is made of, which links carry the most.
import { scaleLinear } from "d3-scale";
import { Chart, axisBottom, group, shorten, textWidth } from "./chart.js";
import { makeMarks } from "./marks.js";

const ROW = 26,
  LEGEND = 20;

// show({ rows: [{ label, parts: [numbers], what, tip }], names: of the parts, colours, format, empty })
export class Bars extends Chart {
  paint({ rows, names = [], colours, format, empty = "nothing was measured" }, width) {
    if (!rows.length) {
      this.svg
        .append("text")
        .attr("class", "nothing")
        .attr("x", width / 2)
        .attr("y", 40)
        .attr("text-anchor", "middle")
        .text(empty);
      return 80;
    }
    const left = Math.min(width * 0.46, Math.max(...rows.map(({ label }) => textWidth(label))) + 14),
      right = width - 64;
    const top = this.#legend(names, colours, width) + 6;
    const total = ({ parts }) => parts.reduce((sum, part) => sum + part, 0);
    const x = scaleLinear([0, Math.max(...rows.map(total)) || 1], [0, Math.max(40, right - left)]);
    const plot = group(this.svg, left, top),
      bottom = rows.length * ROW;
    axisBottom(plot, x, bottom, x.ticks(Math.max(2, Math.min(5, (right - left) / 80))), format);
    const bars = plot
      .selectAll("g.bar")
      .data(rows)
      .join("g")
      .attr("class", "bar")
      .attr("transform", (d, i) => `translate(0,${i * ROW})`);
    bars.append("rect").attr("class", "reach").attr("x", -left).attr("width", width).attr("height", ROW);
    bars
      .append("text")
      .attr("class", "row-label")
      .attr("x", -10)
      .attr("y", ROW / 2)
      .attr("dy", "0.32em")
      .attr("text-anchor", "end")
      .text((d) => shorten(d.label, left - 12));
    bars
      .selectAll("rect.part")
      .data(({ parts }) => offsets(parts))
      .join("rect")
      .attr("class", "part")
      .attr("x", ([from]) => x(from))
      .attr("y", 5)
      .attr("height", ROW - 10)
      .attr("width", ([from, until]) => Math.max(0, x(until) - x(from) - (until > from ? 0.75 : 0)))
      .style("fill", (d, i) => colours[i]);
    bars
      .append("text")
      .attr("class", "value")
      .attr("x", (d) => x(total(d)) + 7)
      .attr("y", ROW / 2)
      .attr("dy", "0.32em")
      .text((d) => format(total(d)));
    makeMarks(
      bars,
      (d) => d.what,
      (d) => d.tip,
    );
    return top + bottom + 26;
  }

  #legend(names, colours, width) {
    let x = 0,
      y = 0;
    const legend = this.svg.append("g").attr("class", "legend").attr("aria-hidden", "true");
    names.forEach((name, i) => {
      const wide = textWidth(name) + 30;
      if (x && x + wide > width) [x, y] = [0, y + LEGEND];
      legend
        .append("rect")
        .attr("x", x)
        .attr("y", y + 3)
        .attr("width", 11)
        .attr("height", 11)
        .attr("rx", 2)
        .style("fill", colours[i]);
      legend
        .append("text")
        .attr("x", x + 16)
        .attr("y", y + 12.5)
        .text(name);
      x += wide;
    });
    return names.length ? y + LEGEND : 0;
  }
}

function offsets(parts) {
  let from = 0;
  return parts.map((part) => [from, (from += part)]);
}
