// A matrix as colours: rows and columns in groups, a cell for each pair.
import { max } from "d3-array";
import { Chart, group, textWidth } from "./chart.js";
import { makeMarks } from "./marks.js";

const GROUP_GAP = 5,
  WIDE_ENOUGH = 40; // for a number

// show({ rows, columns: [{ code, group }], cells: [{ row, column, value, what, tip }], format, log, top, rowTitle, columnTitle, selected })
//   row, column: indices; log: shade by size of number; top: the value of the darkest shade, so that several share one scale
export class HeatMap extends Chart {
  constructor(root, label, { compact = false } = {}) {
    super(root, label);
    this.compact = compact;
  }

  paint({ rows, columns, cells, format, log, top, rowTitle, columnTitle, selected }, width) {
    const widest = Math.max(...[...rows, ...columns].map(({ code }) => textWidth(code, "10px")), 10);
    const left = Math.ceil(widest) + (this.compact ? 8 : 26),
      head = Math.ceil(widest) + (this.compact ? 8 : 26);
    const [xs, cellWidth] = positions(columns, width - left - 4, this.compact ? 22 : 62);
    const [ys, cellHeight] = positions(
      rows,
      Infinity,
      this.compact ? Math.max(5, Math.min(cellWidth, 14)) : rows.length > 20 ? 13 : Math.min(34, cellWidth),
    );
    const wide = xs.at(-1) + cellWidth,
      high = ys.at(-1) + cellHeight;
    const every = Math.max(1, Math.ceil(9.5 / cellWidth)),
      everyRow = Math.max(1, Math.ceil(9 / cellHeight));
    const plot = group(this.svg, left, head);
    const header = plot.append("g").attr("class", "axis").attr("aria-hidden", "true");
    header
      .selectAll("text.column")
      .data(columns)
      .join("text")
      .attr("class", (d) => `column${d.code === selected ? " chosen" : ""}`)
      .attr("transform", (d, i) => `translate(${xs[i] + cellWidth / 2},-5) rotate(-90)`)
      .attr("dy", "0.35em")
      .text((d, i) => (i % every ? "" : d.code));
    header
      .selectAll("text.row")
      .data(rows)
      .join("text")
      .attr("class", (d) => `row${d.code === selected ? " chosen" : ""}`)
      .attr("x", -5)
      .attr("y", (d, i) => ys[i] + cellHeight / 2)
      .attr("dy", "0.35em")
      .attr("text-anchor", "end")
      .text((d, i) => (i % everyRow ? "" : d.code));
    if (!this.compact) {
      header
        .append("text")
        .attr("class", "title")
        .attr("x", wide / 2)
        .attr("y", 10 - head)
        .attr("text-anchor", "middle")
        .text(columnTitle);
      header
        .append("text")
        .attr("class", "title")
        .attr("transform", `translate(${11 - left},${high / 2}) rotate(-90)`)
        .attr("text-anchor", "middle")
        .text(rowTitle);
    }
    plot
      .selectAll("rect.ground")
      .data(runs(columns, xs, cellWidth))
      .join("rect")
      .attr("class", "ground")
      .attr("x", (d) => d[0])
      .attr("width", (d) => d[1] - d[0])
      .attr("height", high);
    const shade = shader(cells, log, top);
    const found = [...cells].sort((a, b) => a.row - b.row || a.column - b.column);
    const squares = plot
      .append("g")
      .selectAll("rect")
      .data(found)
      .join("rect")
      .attr("class", "cell")
      .attr("x", (d) => xs[d.column] + 0.5)
      .attr("y", (d) => ys[d.row] + 0.5)
      .attr("width", Math.max(1, cellWidth - 1))
      .attr("height", Math.max(1, cellHeight - 1))
      .style("fill", (d) => ramp(shade(d.value)));
    if (cellWidth >= WIDE_ENOUGH && !this.compact) {
      plot
        .append("g")
        .attr("aria-hidden", "true")
        .selectAll("text")
        .data(found)
        .join("text")
        .attr("class", "cell-value")
        .attr("x", (d) => xs[d.column] + cellWidth / 2)
        .attr("y", (d) => ys[d.row] + cellHeight / 2)
        .attr("dy", "0.35em")
        .style("fill", (d) => `var(--on-ramp-${shade(d.value) > 0.55 ? "high" : "low"})`)
        .text((d) => format(d.value).replace(/ ms$/, ""));
    }
    makeMarks(squares, { columns: columns.length, role: "img" });
    this.#legend(group(this.svg, left, head + high + 16), shade, log, Math.min(240, wide), format);
    return head + high + 58;
  }

  #legend(legend, shade, log, width, format) {
    const steps = 24;
    legend
      .append("g")
      .selectAll("rect")
      .data([...Array(steps).keys()])
      .join("rect")
      .attr("x", (i) => (i * width) / steps)
      .attr("width", width / steps + 0.5)
      .attr("height", 9)
      .style("fill", (i) => ramp((i + 0.5) / steps));
    const ends = [
      [0, "start"],
      [0.5, "middle"],
      [1, "end"],
    ];
    legend
      .append("g")
      .attr("class", "axis")
      .selectAll("text")
      .data(ends)
      .join("text")
      .attr("x", ([share]) => share * width)
      .attr("y", 24)
      .attr("text-anchor", ([, anchor]) => anchor)
      .text(([share]) => format(shade.invert(share)));
  }
}

// Where each item begins, with a gap between groups, and how large it is.
function positions(items, room, most) {
  const gaps = items.map((item, i) => (i && item.group !== items[i - 1].group ? 1 : 0));
  const gapCount = gaps.reduce((sum, gap) => sum + gap, 0);
  const gap = room / items.length < 12 ? 2 : GROUP_GAP;
  const size = Math.min(most, (room - gapCount * gap) / items.length);
  let at = 0;
  return [
    items.map((item, i) => {
      const here = at + gaps[i] * gap;
      at = here + size;
      return here;
    }),
    size,
  ];
}

function runs(items, starts, size) {
  const found = [];
  items.forEach((item, i) => {
    if (!i || item.group !== items[i - 1].group) found.push([starts[i], 0]);
    found.at(-1)[1] = starts[i] + size;
  });
  return found;
}

function shader(cells, log, top) {
  const high = top ?? max(cells, ({ value }) => value) ?? 1;
  const shade = log ? (value) => Math.log1p(value) / Math.log1p(high || 1) : (value) => Math.min(1, value / (high || 1));
  shade.invert = log ? (share) => Math.expm1(share * Math.log1p(high)) : (share) => share * high;
  return shade;
}

// Colours of theme and style sheet decide; here is only how far along.
export const ramp = (share) =>
  share < 0.5
    ? `color-mix(in oklab, var(--ramp-middle) ${Math.round(share * 200)}%, var(--ramp-low))`
    : `color-mix(in oklab, var(--ramp-high) ${Math.round(share * 200 - 100)}%, var(--ramp-middle))`;
