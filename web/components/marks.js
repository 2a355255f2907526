// Marks: the parts of pictures that stand for something. A mark knows what it stands for (region, kind, variant, ...), can be
// hovered, clicked and reached by keys, and tells it by events that bubble:
//   point  detail { what, tip, x, y }, or null when nothing is pointed at; tip: [title, [name, value]...]
//   pick   detail what
// Pages listen, and light up what stands for the same thing elsewhere.
import { select } from "d3-selection";

const emit = (element, type, detail) => element.dispatchEvent(new CustomEvent(type, { bubbles: true, detail }));

// Turn the elements of a d3 selection into marks, by `what` and `tip` of their data.
// With `columns`, the arrow keys go up and down as well: the elements are the cells of a grid, row by row.
export function makeMarks(selection, { columns = 1, role = "button" } = {}) {
  const nodes = selection.nodes();
  selection
    .classed("mark", true)
    .attr("role", role)
    .attr("tabindex", -1)
    .attr("aria-label", (d) => tipText(d.tip))
    .each(function (d) {
      for (const [name, value] of Object.entries(d.what)) this.dataset[name] = value;
      this.dataset.mark = Object.values(d.what).join(" ");
    });
  const point = (element, d, x, y) => emit(element, "point", { what: d.what, tip: d.tip, x, y });
  selection
    .on("pointerenter pointermove", function (event, d) {
      point(this, d, event.clientX, event.clientY);
    })
    .on("pointerleave blur", function () {
      emit(this, "point", null);
    })
    .on("focus", function (event, d) {
      if (!this.matches(":focus-visible")) return;
      const box = this.getBoundingClientRect();
      point(this, d, box.right, box.bottom);
    })
    .on("click", function (event, d) {
      emit(this, "pick", d.what);
    })
    .on("keydown", function (event, d) {
      const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key];
      if (event.key === "Enter" || event.key === " ") emit(this, "pick", d.what);
      else if (step) moveFocus(nodes, nodes.indexOf(this) + step);
      else return;
      event.preventDefault();
    });
  if (nodes.length) select(nodes[0]).attr("tabindex", 0); // one stop of the Tab key for all of them
}

function moveFocus(nodes, index) {
  const next = nodes[Math.max(0, Math.min(index, nodes.length - 1))];
  for (const node of nodes) node.tabIndex = node === next ? 0 : -1;
  next.focus();
}

const tipText = ([title, ...rows]) => [title, ...rows.map(([name, value]) => `${name} ${value}`)].join(", ");

// Light up what stands for `what` (all of its values, where a mark has such a value), and let the rest step back; null: all as usual.
export function lightUp(root, what) {
  const wanted = Object.entries(what ?? {}).filter(
    ([name, value]) => value !== undefined && value !== "all" && root.querySelector(`[data-${name}="${CSS.escape(value)}"]`),
  );
  root.classList.toggle("pointing", wanted.length > 0);
  for (const element of root.querySelectorAll("[data-mark]")) {
    const said = wanted.filter(([name]) => element.dataset[name] !== undefined);
    element.classList.toggle("lit", said.length > 0 && said.every(([name, value]) => element.dataset[name] === String(value)));
    element.classList.toggle("related", said.length > 0 || wanted.length === 0);
  }
}
