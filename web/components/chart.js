// What all charts do: fill an element's width, draw anew when it or the data change, and keep the keyboard's place meanwhile.
// A chart has `paint(data, width)`, which draws into `this.svg` and returns the height.
import { select } from "d3-selection";

export class Chart {
  constructor(root, label) {
    this.root = root;
    this.svg = select(root).append("svg").attr("class", "chart").attr("role", "group").attr("aria-label", label);
    new ResizeObserver(() => {
      if (root.clientWidth && root.clientWidth !== this.width) this.draw();
    }).observe(root);
  }

  show(data) {
    this.data = data;
    this.draw();
  }

  draw() {
    this.width = this.root.clientWidth;
    if (!this.width || !this.data) return;
    const focused = this.svg.node().contains(document.activeElement) && document.activeElement.dataset.mark;
    this.svg.selectChildren().remove();
    const height = Math.ceil(this.paint(this.data, this.width));
    // With a viewBox it still fits where it is printed.
    this.svg.attr("viewBox", `0 0 ${this.width} ${height}`).attr("width", this.width).attr("height", height);
    if (focused)
      this.svg
        .select(`[data-mark="${CSS.escape(focused)}"]`)
        .node()
        ?.focus();
  }
}

export const group = (parent, x, y, name = "") => parent.append("g").attr("transform", `translate(${x},${y})`).attr("class", name);

// What a chart without data shows; its height.
export function nothing(svg, width, words) {
  svg
    .append("text")
    .attr("class", "nothing")
    .attr("x", width / 2)
    .attr("y", 40)
    .attr("text-anchor", "middle")
    .text(words);
  return 80;
}

// A group for each of `data`, `height` apart, around its middle. All of a row can be pointed at, from the left edge on.
export function chartRows(plot, data, height, left, width) {
  const rows = plot
    .selectAll("g.row")
    .data(data)
    .join("g")
    .attr("transform", (d, i) => `translate(0,${(i + 0.5) * height})`);
  rows
    .append("rect")
    .attr("class", "reach")
    .attr("x", -left)
    .attr("y", -height / 2)
    .attr("width", width)
    .attr("height", height);
  return rows;
}

// What the rows are called, to the left of the plot.
export function rowLabels(rows, words) {
  rows.append("text").attr("class", "row-label").attr("x", -10).attr("dy", "0.32em").attr("text-anchor", "end").text(words);
}

// A line of { name, colour }, or several where one is too narrow; their height. `swatch(place, x, y)` draws what is to be coloured.
export function legend(svg, items, width, swatch) {
  const line = 20,
    place = svg.append("g").attr("class", "legend").attr("aria-hidden", "true");
  let x = 0,
    y = 0;
  for (const { name, colour } of items) {
    const wide = textWidth(name) + 30;
    if (x && x + wide > width) [x, y] = [0, y + line];
    swatch(place, x, y).style("fill", colour);
    place
      .append("text")
      .attr("x", x + 16)
      .attr("y", y + 12.5)
      .text(name);
    x += wide;
  }
  return y + line;
}

// Lines across at each of `ticks`, with their words to the left.
export function axisLeft(parent, scale, width, ticks, format) {
  const lines = parent
    .append("g")
    .attr("class", "axis")
    .attr("aria-hidden", "true")
    .selectAll("g")
    .data(ticks)
    .join("g")
    .attr("transform", (d) => `translate(0,${Math.round(scale(d)) + 0.5})`);
  lines.append("line").attr("x2", width);
  lines
    .append("text")
    .attr("x", -8)
    .attr("dy", "0.32em")
    .attr("text-anchor", "end")
    .text((d) => format(d));
}

// Lines down at each of `ticks`, with their words below.
export function axisBottom(parent, scale, height, ticks, format) {
  const lines = parent
    .append("g")
    .attr("class", "axis")
    .attr("aria-hidden", "true")
    .selectAll("g")
    .data(ticks)
    .join("g")
    .attr("transform", (d) => `translate(${Math.round(scale(d)) + 0.5},0)`);
  lines.append("line").attr("y2", height);
  lines
    .append("text")
    .attr("y", height + 16)
    .attr("text-anchor", "middle")
    .text((d) => format(d));
}

// Of a logarithmic scale, the ticks for which there is room: 1, 10, 100, or 1, 2, 5, 10 ...
export function logTicks([low, high], room, least = 26) {
  const ticks = (steps) => {
    const all = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) all.push(...steps.map((step) => step * 10 ** power));
    return all.filter((tick) => tick >= low * 0.999 && tick <= high * 1.001);
  };
  const fine = ticks([1, 2, 5]);
  if (fine.length * least <= room) return fine;
  const coarse = ticks([1]);
  const every = Math.max(1, Math.ceil((coarse.length * least) / room));
  return coarse.filter((tick, i) => i % every === 0);
}

// Of a scale in seconds, the ticks that people count in: 5 s, 1 min, 6 h ...
const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400];
export function timeTicks(scale, most) {
  const [low, high] = scale.domain(),
    step = STEPS_S.find((one) => (high - low) / one <= most) ?? Math.ceil((high - low) / most / 86400) * 86400;
  const first = Math.ceil(low / step) * step;
  return Array.from({ length: Math.floor((high - first) / step) + 1 }, (none, i) => first + i * step);
}

// Push labels apart: items with `y` get `labelY`, no two nearer than `gap`, all between `top` and `bottom`.
export function spreadLabels(items, gap, top, bottom) {
  const sorted = [...items].sort((a, b) => a.y - b.y);
  let last = -Infinity;
  for (const item of sorted) last = item.labelY = Math.max(item.y, last + gap, top);
  let next = bottom + gap;
  for (const item of sorted.reverse()) next = item.labelY = Math.min(item.labelY, next - gap);
  return items;
}

let context, family;
const widths = new Map();
export function textWidth(text, font = "12px") {
  const key = `${font} ${text}`;
  if (!widths.has(key)) {
    context ??= document.createElement("canvas").getContext("2d");
    family ??= getComputedStyle(document.documentElement).getPropertyValue("--text");
    context.font = `${font} ${family}`;
    widths.set(key, context.measureText(text).width);
  }
  return widths.get(key);
}

export function shorten(text, room, font) {
  if (textWidth(text, font) <= room) return text;
  let end = text.length;
  while (end > 1 && textWidth(`${text.slice(0, end)}…`, font) > room) end--;
  return `${text.slice(0, end).trimEnd()}…`;
}
