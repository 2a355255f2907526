// The whole time on one strip: how much happens when, faults, the break, and a window to move.
import { readTheme, onThemeChange, sizeCanvas } from "./theme.js";

export class Minimap {
  // `onMove(from, until)` asks to see other times.
  constructor(root, model, extent, onMove) {
    Object.assign(this, { root, model, extent, onMove, view: { from: extent[0], until: extent[1] }, theme: readTheme() });
    this.canvas = document.createElement("canvas");
    this.canvas.setAttribute("aria-hidden", "true"); // the keys of the diagram do the same
    root.append(this.canvas);
    this.canvas.addEventListener("pointerdown", (event) => this.#grab(event));
    onThemeChange(() => { this.theme = readTheme(); this.#draw(); });
    new ResizeObserver(() => this.#resize()).observe(root);
    this.#resize();
  }

  setView(view) {
    this.view = view;
    this.#draw();
  }

  #x(time) {
    return ((time - this.extent[0]) / (this.extent[1] - this.extent[0])) * this.width;
  }

  #resize() {
    this.width = this.root.clientWidth;
    this.height = this.root.clientHeight;
    if (!this.width) return;
    this.columns = new Uint32Array(Math.ceil(this.width / 2) + 1);
    for (const list of [this.model.messages, this.model.calls]) {
      for (const { begin } of list.items) this.columns[Math.floor(this.#x(begin) / 2)]++;
    }
    this.most = this.columns.reduce((most, count) => Math.max(most, count), 1);
    this.#draw();
  }

  #draw() {
    if (!this.width) return;
    const { theme, height, view } = this;
    const context = sizeCanvas(this.canvas, this.width, height);
    context.fillStyle = theme["lane-stripe"];
    context.fillRect(0, 0, this.width, height);
    context.fillStyle = theme["line-strong"];
    this.columns.forEach((count, i) => {
      const high = (height - 14) * Math.sqrt(count / this.most);
      context.fillRect(i * 2, height - high, 1.5, high);
    });
    context.fillStyle = theme.fault;
    for (const { begin, heals } of this.model.faults.items) context.fillRect(this.#x(begin) - 1, heals ? 6 : 2, 2, heals ? 4 : 8);
    context.fillStyle = theme.broken;
    for (const { begin } of this.model.broken) context.fillRect(this.#x(begin) - 1.5, 0, 3, height);
    const left = this.#x(view.from), right = Math.max(this.#x(view.until), left + 4);
    context.fillStyle = theme.paper;
    context.globalAlpha = 0.6;
    context.fillRect(0, 0, left, height);
    context.fillRect(right, 0, this.width - right, height);
    context.globalAlpha = 1;
    context.strokeStyle = theme.focus;
    context.lineWidth = 2;
    context.beginPath();
    context.roundRect(left + 1, 1, Math.max(2, right - left - 2), height - 2, 4);
    context.stroke();
  }

  #grab(event) {
    const time = (pointer) => this.extent[0] + ((pointer.clientX - this.canvas.getBoundingClientRect().left) / this.width) * (this.extent[1] - this.extent[0]);
    const span = this.view.until - this.view.from;
    const at = time(event);
    const hold = at >= this.view.from && at <= this.view.until ? at - this.view.from : span / 2;
    const move = (pointer) => this.onMove(time(pointer) - hold, time(pointer) - hold + span);
    this.canvas.setPointerCapture(event.pointerId);
    this.canvas.onpointermove = move;
    this.canvas.onpointerup = this.canvas.onpointercancel = () => { this.canvas.onpointermove = null; };
    move(event);
  }
}
