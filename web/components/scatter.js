// Points by two measures, with lines to hold them against. Many points: they are drawn as one path for each set.
import { scaleLinear, scaleLog } from "d3-scale";
import { line } from "d3-shape";
import { Chart, axisBottom, axisLeft, group, legend, logTicks } from "./chart.js";

const NEAR = 14; // pixels within which a point is pointed at

// show({ points: [{ x, y, set, what, tip }], sets: [{ name, colour }], lines: [{ points: [[x, y]...], dash, label: below its end, if any }], xTitle, yTitle, format, log, xFormat, equal })
//   equal: both axes have the same range
export class Scatter extends Chart {
  paint({ points, sets, lines = [], xTitle, yTitle, format, xFormat = format, log, equal }, width) {
    const dot = (place, x, y) =>
      place
        .append("circle")
        .attr("cx", x + 6)
        .attr("cy", y + 8)
        .attr("r", 5);
    const left = 58,
      top = 18 + (sets.length > 1 ? legend(this.svg, sets, width, dot) + 6 : 0),
      height = top + Math.max(250, Math.min(440, width * 0.72)),
      right = width - 26, // half of the last tick's words may reach beyond
      bottom = height - 46;
    const reach = (values) => [Math.min(...values), Math.max(...values)];
    const xs = reach(points.map(({ x }) => x)),
      ys = reach(points.map(({ y }) => y));
    const both = [Math.min(xs[0], ys[0]), Math.max(xs[1], ys[1])];
    const scale = (domain, range) =>
      log ? scaleLog([Math.max(domain[0], 0.1) * 0.9, domain[1] * 1.1], range) : scaleLinear([0, domain[1] * 1.04], range);
    const x = scale(equal ? both : xs, [0, right - left]),
      y = scale(equal ? both : ys, [bottom - top, 0]);
    const plot = group(this.svg, left, top);
    const ticks = (axis, room) => (log ? logTicks(axis.domain(), room, 46) : axis.ticks(Math.max(2, Math.floor(room / 70))));
    axisLeft(plot, y, right - left, ticks(y, bottom - top), format);
    axisBottom(plot, x, bottom - top, ticks(x, right - left), xFormat);
    this.svg
      .append("text")
      .attr("class", "panel-title")
      .attr("x", 0)
      .attr("y", top - 6)
      .text(yTitle);
    this.svg
      .append("text")
      .attr("class", "panel-title")
      .attr("x", right)
      .attr("y", height - 6)
      .attr("text-anchor", "end")
      .text(xTitle);
    const shape = line(
      (d) => x(d[0]),
      (d) => y(d[1]),
    );
    const frame = `inset-${this.root.id || "scatter"}`;
    plot
      .append("clipPath")
      .attr("id", frame)
      .append("rect")
      .attr("width", right - left)
      .attr("height", bottom - top);
    const rules = plot.append("g").attr("clip-path", `url(#${frame})`);
    sets.forEach(({ name, colour }) => {
      const mine = points.filter(({ set }) => set === name);
      if (mine.length) {
        rules
          .append("path")
          .attr("class", "points")
          .attr("data-set", name)
          .attr("data-mark", name)
          .style("stroke", colour)
          .attr("d", mine.map((d) => `M${x(d.x).toFixed(1)} ${y(d.y).toFixed(1)}h0`).join(""));
      }
    });
    const within = ([a, b]) => a >= x.domain()[0] && a <= x.domain()[1] && b >= y.domain()[0] && b <= y.domain()[1];
    rules
      .selectAll("path.rule")
      .data(lines)
      .join("path")
      .attr("class", "rule")
      .attr("d", (d) => shape(d.points))
      .attr("stroke-dasharray", (d) => d.dash ?? null);
    const labels = lines.filter(({ label }) => label).map(({ label, points: ends }) => ({ label, at: ends.filter(within).at(-1) ?? ends[0] }));
    plot
      .append("g")
      .selectAll("text")
      .data(labels)
      .join("text")
      .attr("class", "rule-label")
      .attr("x", (d) => x(d.at[0]))
      .attr("y", (d) => y(d.at[1]) + 32)
      .attr("text-anchor", "end")
      .text((d) => d.label);
    const lens = plot.append("circle").attr("class", "lens").attr("r", 6).attr("display", "none");
    const say = (detail) => this.root.dispatchEvent(new CustomEvent("point", { bubbles: true, detail }));
    plot
      .append("rect")
      .attr("class", "reach")
      .attr("width", right - left)
      .attr("height", bottom - top)
      .on("pointermove", (event) => {
        const box = event.currentTarget.getBoundingClientRect();
        const found = nearest(points, x, y, event.clientX - box.left, event.clientY - box.top);
        lens.attr("display", found ? null : "none");
        if (!found) return say(null);
        lens.attr("cx", x(found.x)).attr("cy", y(found.y));
        say({ what: { set: found.set, ...found.what }, tip: found.tip, x: event.clientX, y: event.clientY });
      })
      .on("pointerleave", () => {
        lens.attr("display", "none");
        say(null);
      });
    return height;
  }
}

function nearest(points, x, y, atX, atY) {
  let best = null,
    bestDistance = NEAR ** 2;
  for (const point of points) {
    const distance = (x(point.x) - atX) ** 2 + (y(point.y) - atY) ** 2;
    if (distance < bestDistance) [best, bestDistance] = [point, distance];
  }
  return best;
}
