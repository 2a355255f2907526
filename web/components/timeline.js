// What happened when: panels over one axis of time, faults as lines and bands through all of them, and the moment that is shown.
import { max } from "d3-array";
import { scaleLinear, scaleLog } from "d3-scale";
import { area, line, stack } from "d3-shape";
import { Chart, axisBottom, axisLeft, group, logTicks, shorten, spreadLabels, textWidth, timeTicks } from "./chart.js";
import { formatTime } from "./words.js";

const PANEL = 96,
  PANEL_OF_MANY = 150,
  MANY = 4,
  GAP = 34,
  FAULT_ROW = 15,
  LABEL_GAP = 12.5;

// show({ at_s: [], bucket_s, faults: [{ at_s, until_s, label }], panels: [{ title, format, log, areas: [{ label, short, colour, values }] or lines: [{ label, colour, dash, values }] }] })
// Emits `time` with the index of the row that was clicked or dragged to.
export class Timeline extends Chart {
  moment(step) {
    this.step = step;
    this.cursor
      ?.attr("display", step === null || step === undefined ? "none" : null)
      .attr("transform", `translate(${this.x?.(this.data.at_s[step ?? 0]) ?? 0},0)`);
  }

  paint(data, width) {
    const { at_s, bucket_s, panels } = data;
    const left = 58,
      right = Math.max(left + 100, width - Math.min(130, width * 0.24));
    const rows = placeFaults(
      data.faults,
      (at) => this.x(at),
      (this.x = scaleLinear([at_s[0] ?? 0, (at_s.at(-1) ?? 0) + bucket_s], [0, right - left])),
      right - left,
    );
    const top = 10 + rows.count * FAULT_ROW + 14;
    const heights = panels.map(({ areas }) => (areas?.length >= MANY ? PANEL_OF_MANY : PANEL)),
      tops = heights.map((height, i) => top + heights.slice(0, i).reduce((sum, one) => sum + one + GAP, 0));
    const bottom = tops.at(-1) + heights.at(-1);
    const plot = group(this.svg, left, 0);
    plot
      .append("g")
      .selectAll("rect")
      .data(data.faults.filter(({ until_s }) => until_s))
      .join("rect")
      .attr("class", "fault-band")
      .attr("x", (d) => this.x(d.at_s))
      .attr("y", top)
      .attr("width", (d) => Math.max(1, this.x(d.until_s) - this.x(d.at_s)))
      .attr("height", bottom - top);
    panels.forEach((panel, i) => this.#panel(group(plot, 0, tops[i]), panel, data, right - left, heights[i], width - right - 20));
    axisBottom(group(plot, 0, bottom - heights.at(-1)), this.x, heights.at(-1), timeTicks(this.x, Math.max(2, Math.min(9, width / 110))), formatTime);
    this.#faults(plot, rows, top, bottom);
    this.cursor = plot
      .append("line")
      .attr("class", "cursor")
      .attr("y1", top - 6)
      .attr("y2", bottom + 4);
    this.moment(this.step);
    const target = plot
      .append("rect")
      .attr("class", "reach")
      .attr("y", top)
      .attr("width", right - left)
      .attr("height", bottom - top);
    const pick = (event) => {
      const seconds = this.x.invert(event.clientX - target.node().getBoundingClientRect().left);
      const step = Math.max(0, Math.min(at_s.length - 1, Math.floor((seconds - at_s[0]) / bucket_s)));
      this.root.dispatchEvent(new CustomEvent("time", { bubbles: true, detail: step }));
    };
    target
      .on("pointerdown", (event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        pick(event);
      })
      .on("pointermove", (event) => {
        if (event.buttons) pick(event);
        else this.#point(event, target, data);
      })
      .on("pointerleave", () => this.root.dispatchEvent(new CustomEvent("point", { bubbles: true, detail: null })));
    return bottom + 30;
  }

  #panel(plot, { title, format, log, areas, lines = [] }, { at_s, bucket_s }, width, height, room) {
    const totals = areas ? at_s.map((at, i) => areas.reduce((sum, { values }) => sum + values[i], 0)) : lines.flatMap(({ values }) => values);
    const high = max(totals) || 1,
      low = log ? Math.max(10, Math.min(...totals.filter((value) => value > 0), high / 2)) : 0;
    const y = log ? scaleLog([low * 0.8, high * 1.2], [height, 0]).clamp(true) : scaleLinear([0, high * 1.05], [height, 0]);
    axisLeft(plot, y, width, log ? logTicks(y.domain(), height, 28) : y.ticks(3), format);
    plot.append("text").attr("class", "panel-title").attr("x", 0).attr("y", -8).text(title);
    const x = (i) => this.x(at_s[i] + bucket_s / 2);
    const ends = [];
    if (areas) {
      const layers = stack()
        .keys(areas.map((one, i) => i))
        .value((i, key) => areas[key].values[i])(at_s.map((at, i) => i));
      const shape = area(
        (d, i) => x(i),
        (d) => y(d[0]),
        (d) => y(d[1]),
      );
      plot
        .append("g")
        .selectAll("path")
        .data(layers)
        .join("path")
        .attr("class", "layer")
        .attr("d", shape)
        .style("fill", (d, i) => areas[i].colour);
      layers.forEach((layer, i) => {
        const last = layer.at(-1);
        if (last) ends.push({ ...areas[i], y: y((last[0] + last[1]) / 2) });
      });
    } else {
      const shape = line(
        (d, i) => x(i),
        (d) => y(log ? Math.max(d, low) : d),
      );
      plot
        .append("g")
        .selectAll("path")
        .data(lines)
        .join("path")
        .attr("class", "line")
        .attr("d", ({ values }) => shape(values))
        .style("stroke", ({ colour }) => colour)
        .attr("stroke-dasharray", ({ dash }) => dash ?? null);
      for (const one of lines) if (one.values.length) ends.push({ ...one, y: y(log ? Math.max(one.values.at(-1), low) : one.values.at(-1)) });
    }
    const named = spreadLabels(
      ends.filter(({ label }) => label),
      LABEL_GAP,
      2,
      height - 2,
    );
    const names = plot
      .append("g")
      .attr("aria-hidden", "true")
      .selectAll("g")
      .data(named)
      .join("g")
      .attr("class", "end-label")
      .attr("transform", (d) => `translate(${width + 8},${d.labelY})`);
    if (areas)
      names
        .append("rect")
        .attr("y", -4.5)
        .attr("width", 9)
        .attr("height", 9)
        .attr("rx", 1.5)
        .style("fill", (d) => d.colour);
    names
      .append("text")
      .attr("x", areas ? 14 : 0)
      .attr("dy", "0.32em")
      .style("fill", (d) => (areas ? null : d.colour))
      .text((d) => labelFor(d, room - (areas ? 14 : 0)));
  }

  #faults(plot, rows, top, bottom) {
    const marks = plot
      .append("g")
      .selectAll("g")
      .data(rows.items)
      .join("g")
      .attr("class", "fault")
      .attr("transform", (d) => `translate(${d.x},0)`);
    marks
      .append("line")
      .attr("y1", (d) => 14 + d.row * FAULT_ROW)
      .attr("y2", bottom);
    marks
      .append("text")
      .attr("x", (d) => (d.flip ? -4 : 4))
      .attr("text-anchor", (d) => (d.flip ? "end" : "start"))
      .attr("y", (d) => 16 + d.row * FAULT_ROW)
      .text((d) => d.label);
  }

  #point(event, target, { at_s, bucket_s, panels }) {
    const seconds = this.x.invert(event.clientX - target.node().getBoundingClientRect().left);
    const i = Math.max(0, Math.min(at_s.length - 1, Math.floor((seconds - at_s[0]) / bucket_s)));
    const rows = panels.flatMap(({ areas, lines, title, format }) =>
      areas
        ? [[title, format(areas.reduce((sum, { values }) => sum + values[i], 0))]]
        : lines.map(({ label, values }) => [label || title, format(values[i])]),
    );
    this.root.dispatchEvent(
      new CustomEvent("point", {
        bubbles: true,
        detail: { what: {}, tip: [`at ${formatTime(at_s[i])}`, ...rows], x: event.clientX, y: event.clientY },
      }),
    );
  }
}

const labelFor = ({ label, short }, room) => (short && textWidth(label, "600 11px") > room ? short : shorten(label, room, "600 11px"));

// Each fault's words on the first row where they lie on no others.
function placeFaults(faults, x, scale, width) {
  const ends = [];
  const items = [...faults]
    .sort((a, b) => a.at_s - b.at_s)
    .map((fault) => {
      const at = x(fault.at_s),
        wide = textWidth(fault.label, "600 11px") + 10,
        flip = at + wide > width + 60;
      const [begin, end] = flip ? [at - wide, at] : [at, at + wide];
      let row = ends.findIndex((last) => last <= begin);
      if (row < 0) row = ends.push(0) - 1;
      ends[row] = end;
      return { ...fault, x: at, row, flip };
    });
  return { items, count: ends.length };
}
