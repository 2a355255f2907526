// The space-time diagram: one lane for each process, time from left to right, messages as arrows between them.
// It draws what can be seen, on a canvas, and knows the model (web/explain/model.js) but not where it came from.
import { scaleLinear } from "d3-scale";
import { select } from "d3-selection";
import "d3-transition";
import { zoom, zoomIdentity } from "d3-zoom";
import { drawDiagram } from "./space-time-draw.js";
import { findItem } from "./space-time-hit.js";
import { layoutLanes } from "./space-time-lanes.js";
import { firstAfter } from "./intervals.js";
import { readTheme, onThemeChange, reducedMotion, sizeCanvas } from "./theme.js";

const TOP = 30, BOTTOM = 6, RIGHT = 16;
const SPAN_MIN_US = 20;

export class SpaceTime {
  // Fills `root` (an element of some size). `on.hover(item or null, x, y)`, `on.select(item or null)`, `on.view(view)` tell what people do.
  constructor(root, model, on) {
    this.root = root;
    this.model = model;
    this.on = on;
    this.theme = readTheme();
    this.matches = null; // a function of an item; null: everything does
    this.selected = this.hovered = null;
    this.scrollY = 0;
    this.drawn = null;
    this.canvas = document.createElement("canvas");
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "application");
    this.canvas.setAttribute("aria-label", "Space-time diagram. Comma and period go from one event to the next and read it out; question mark lists all keys.");
    root.append(this.canvas);
    const pad = (model.end - model.begin || 1000) * 0.02;
    this.extent = [model.begin - pad, model.end + pad];
    this.zoom = zoom().filter((event) => !event.button && (!event.ctrlKey || event.type === "wheel")).on("zoom", (event) => this.#zoomed(event));
    this.selection = select(this.canvas);
    this.selection.call(this.zoom).on("dblclick.zoom", null);
    this.canvas.addEventListener("wheel", (event) => this.#wheel(event), { capture: true, passive: false });
    this.canvas.addEventListener("pointermove", (event) => this.#hover(event));
    this.canvas.addEventListener("pointerleave", () => this.#setHovered(null));
    this.canvas.addEventListener("click", (event) => this.select(this.#itemAt(event)));
    onThemeChange(() => { this.theme = readTheme(); this.redraw(); });
    new ResizeObserver(() => this.#resize()).observe(root);
    this.#resize();
  }

  // What can be seen: from, until (µs).
  get view() {
    const [from, until] = this.x.domain();
    return { from, until };
  }

  show(from, until, { animate = true } = {}) {
    const middle = (from + until) / 2;
    const [begin, end] = this.extent;
    const span = Math.min(Math.max(until - from, SPAN_MIN_US), end - begin);
    const factor = (end - begin) / span;
    const left = Math.min(Math.max(middle - span / 2, begin), end - span);
    const transform = zoomIdentity.translate(-(this.base(left) - this.left) * factor + this.left * (1 - factor), 0).scale(factor);
    const target = animate && !reducedMotion() ? this.selection.interrupt().transition().duration(260) : this.selection.interrupt();
    target.call(this.zoom.transform, transform);
  }

  showAll() {
    this.show(...this.extent);
  }

  // Bring an item into the middle, near enough to read what is around it.
  showItem(item) {
    const { from, until } = this.view;
    const span = Math.min(until - from, this.readingSpan(item.begin));
    this.show(item.begin - span * 0.7, item.begin + span * 0.3);
    this.#showLane(item.lane);
  }

  // How much time around `time` holds a readable number of messages, and lets most of them be seen as a whole.
  readingSpan(time) {
    const { items } = this.model.messages;
    if (items.length < 40) return this.extent[1] - this.extent[0];
    const at = Math.min(firstAfter(items, time), items.length - 1);
    const around = items.slice(Math.max(0, at - 20), at + 20);
    const flights = around.map(({ begin, end }) => end - begin).sort((a, b) => a - b);
    return Math.max(1000, 1.2 * (around.at(-1).begin - around[0].begin), 3 * flights[Math.floor(flights.length * 0.75)]);
  }

  // By a factor, around the middle; to the side, by a share of what is seen; up and down, in pixels.
  zoomBy(factor) {
    const { from, until } = this.view;
    const half = (until - from) / 2 / factor, middle = (from + until) / 2;
    this.show(middle - half, middle + half);
  }

  panBy(share) {
    const { from, until } = this.view;
    const by = (until - from) * share;
    this.show(from + by, until + by, { animate: false });
  }

  scrollBy(pixels) {
    this.scrollY = Math.min(Math.max(this.scrollY + pixels, 0), Math.max(0, this.lanes.height - (this.height - TOP - BOTTOM)));
    this.redraw();
  }

  select(item) {
    this.selected = item;
    this.redraw();
    this.on.select(item);
  }

  setFilter(matches) {
    this.matches = matches;
    this.redraw();
  }

  redraw() {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.#draw();
    });
  }

  // At once, not with the next frame.
  redrawNow() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.#draw();
  }

  #draw() {
    const context = sizeCanvas(this.canvas, this.width, this.height);
    this.drawn = drawDiagram(context, this);
    this.on.view(this.view, this.drawn);
  }

  #resize() {
    this.width = this.root.clientWidth;
    this.height = this.root.clientHeight;
    if (!this.width || !this.height) return;
    const kept = this.x && this.view;
    this.top = TOP;
    this.bottom = this.height - BOTTOM;
    this.left = laneLabelWidth(this);
    this.right = this.width - RIGHT;
    this.lanes = layoutLanes(this.model, this.bottom - this.top);
    this.base = scaleLinear(this.extent, [this.left, this.right]);
    this.x ??= this.base.copy();
    this.zoom
      .extent([[this.left, 0], [this.right, this.height]])
      .translateExtent([[this.left, -Infinity], [this.right, Infinity]])
      .scaleExtent([1, Math.max(1, (this.extent[1] - this.extent[0]) / SPAN_MIN_US)]);
    this.scrollBy(0);
    this.show(...(kept ? [kept.from, kept.until] : this.extent), { animate: false });
    this.#draw();
  }

  #zoomed({ transform, sourceEvent }) {
    this.x = transform.rescaleX(this.base);
    if (sourceEvent?.type === "mousemove" && sourceEvent.movementY) this.scrollBy(-sourceEvent.movementY);
    this.redraw();
  }

  // The wheel zooms; to the side, or with Shift, it pans.
  #wheel(event) {
    const sideways = event.shiftKey ? event.deltaX || event.deltaY : Math.abs(event.deltaX) > Math.abs(event.deltaY) ? event.deltaX : 0;
    if (!sideways || event.ctrlKey) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.panBy(sideways / (this.right - this.left));
  }

  #showLane(index) {
    const lane = this.lanes.list[index];
    if (!lane) return;
    const room = this.bottom - this.top;
    if (lane.top < this.scrollY || lane.top + lane.height > this.scrollY + room) this.scrollBy(lane.top + lane.height / 2 - room / 2 - this.scrollY);
  }

  #itemAt(event) {
    const bounds = this.canvas.getBoundingClientRect();
    return this.drawn && findItem(this, event.clientX - bounds.left, event.clientY - bounds.top);
  }

  #hover(event) {
    if (event.buttons) return this.#setHovered(null);
    const bounds = this.canvas.getBoundingClientRect();
    this.cursorX = event.clientX - bounds.left;
    this.#setHovered(this.#itemAt(event), event.clientX, event.clientY);
  }

  #setHovered(item, x, y) {
    if (x === undefined) this.cursorX = null;
    this.canvas.style.cursor = item ? "pointer" : "grab";
    this.hovered = item;
    this.on.hover(item, x, y);
    this.redraw();
  }
}

function laneLabelWidth({ canvas, model, theme, width }) {
  const context = canvas.getContext("2d");
  context.font = `600 13px ${theme.text}`;
  const widest = Math.max(...model.lanes.map(({ name }) => context.measureText(name).width), 20);
  return Math.round(Math.min(widest + 26, width * 0.3));
}
