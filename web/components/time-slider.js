// Play, stop, and a slider over the steps of a run. Emits `time` with the step, or null for "all of it".
import { reducedMotion } from "./theme.js";

const FRAME_MS = 110,
  FRAME_QUIET_MS = 600;

export class TimeSlider {
  // `words(step)`: what to call it.
  constructor(root, count, words) {
    Object.assign(this, { root, count, words, step: null });
    root.classList.add("time-slider");
    root.innerHTML = `<button type="button" class="play"></button><input type="range" min="0" max="${count - 1}" step="1" value="0" aria-label="Time">
      <output></output><button type="button" class="whole">whole run</button>`;
    [this.play, this.slider, this.output, this.whole] = root.children;
    this.play.addEventListener("click", () => this.toggle());
    this.slider.addEventListener("input", () => {
      this.stop();
      this.#emit(Number(this.slider.value));
    });
    this.whole.addEventListener("click", () => {
      this.stop();
      this.#emit(null);
    });
    this.show(null);
    this.stop();
  }

  // The step to show, from outside.
  show(step) {
    this.step = step;
    this.slider.value = step ?? 0;
    this.slider.setAttribute("aria-valuetext", step === null ? "whole run" : this.words(step));
    this.output.textContent = step === null ? "whole run" : this.words(step);
    this.whole.hidden = step === null;
  }

  toggle() {
    if (this.timer) return this.stop();
    this.play.textContent = "❚❚ Pause";
    this.timer = setInterval(
      () => {
        const next = (this.step ?? -1) + 1;
        if (next < this.count) this.#emit(next);
        else this.stop();
      },
      reducedMotion() ? FRAME_QUIET_MS : FRAME_MS,
    );
    if (this.step === null || this.step >= this.count - 1) this.#emit(0);
  }

  stop() {
    clearInterval(this.timer);
    this.timer = null;
    this.play.textContent = "▶ Play";
  }

  #emit(step) {
    this.show(step);
    this.root.dispatchEvent(new CustomEvent("time", { bubbles: true, detail: step }));
  }
}
