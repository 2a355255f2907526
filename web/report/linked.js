// The pictures of runs, linked: one store of what is chosen, a bar to choose it, and whatever is pointed at lights up everywhere.
import { lightUp } from "../components/marks.js";
import { Store } from "../components/store.js";
import { Tip } from "../components/tip.js";
import { HINTS, KINDS } from "../components/words.js";
import { CourseView } from "./course-view.js";
import { LatencyView } from "./latency-view.js";
import { MapView } from "./map-view.js";
import { MatrixView } from "./matrix-view.js";
import { ALL } from "./model.js";
import { RegretView } from "./regret-view.js";
import { selectOf } from "./section.js";
import { SummaryView } from "./summary-view.js";

const at = (id) => document.getElementById(id);
const SIDE_MAX = 12; // more pictures side by side are too small to read

export function listenForPointing(main) {
  const tip = new Tip();
  main.addEventListener("point", ({ detail }) => {
    tip.show(detail?.tip, detail?.x, detail?.y);
    lightUpSoon(main, detail?.what ?? null);
  });
  addEventListener("scroll", () => tip.show(null), { passive: true });
}

// At most once a frame: there may be thousands of marks.
let wanted,
  frame,
  shown = "null";
function lightUpSoon(main, what) {
  wanted = what;
  frame ??= requestAnimationFrame(() => {
    frame = null;
    const key = JSON.stringify(wanted);
    if (key === shown) return;
    shown = key;
    lightUp(main, wanted);
  });
}

export class Linked {
  // `more`: further views that follow what is chosen.
  constructor(model, more = []) {
    this.model = model;
    const main = at("pictures"),
      several = model.variants.length > 1;
    this.store = new Store({
      variant: model.variants[0].id,
      region: null,
      kind: ALL,
      time: null,
      side: false,
      lines: several ? "variant" : "kind",
      measure: "mean_us",
      carried: "messages",
    });
    const views = several ? [new SummaryView(main, model)] : [];
    this.timed = [new MapView(main, model)];
    views.push(...this.timed, new LatencyView(main, model, this.store), new MatrixView(main, model, this.store));
    this.timed.push(new CourseView(main, model));
    this.views = [...more, ...views, this.timed[1], new RegretView(main, model)];
    this.#filters(several);
    listenForPointing(main);
    main.addEventListener("pick", ({ detail }) => this.#pick(detail));
    main.addEventListener("time", ({ detail }) => this.store.set({ time: detail }));
    this.store.listen((values, changed) => this.#changed(values, changed));
    for (const view of this.views) view.update(this.store.values);
  }

  #pick({ variant, region, home, kind }) {
    const { store } = this;
    if (variant) store.set({ variant });
    else if (kind) store.toggle("kind", kind, ALL);
    else if (region && region !== "coordinator" && this.model.regionsByCode.has(region)) store.toggle("region", region, null);
    else if (home && this.model.regionsByCode.has(home)) store.toggle("region", home, null);
  }

  #changed(values, changed) {
    if (changed.size === 1 && changed.has("time")) {
      for (const view of this.timed) view.moment(values.time);
      return;
    }
    for (const view of this.views) view.update(values);
    for (const [name, list] of Object.entries(this.lists)) list.value = values[name] ?? "";
    this.clear.hidden = !values.region && values.kind === ALL && values.time === null;
    const { model } = this;
    at("said").textContent =
      `${model.byId.get(values.variant).label}, ${values.region ? model.place(values.region) : "all regions"}, ${KINDS[values.kind]}`;
  }

  #filters(several) {
    const { model, store } = this,
      bar = document.createElement("div");
    const labelled = (text, element) => {
      const label = document.createElement("label"),
        name = document.createElement("span");
      name.textContent = text;
      element.setAttribute("aria-label", text);
      label.append(name, element);
      bar.append(label);
      return element;
    };
    const groups = [...new Set(model.regions.map(({ hint }) => hint))];
    const regions = groups.map((hint) => ({
      group: HINTS[hint] ?? (hint || "other"),
      options: model.regions.filter((region) => region.hint === hint).map(({ code }) => [code, model.place(code)]),
    }));
    this.lists = {};
    if (several)
      this.lists.variant = labelled(
        "Variant",
        selectOf(
          model.variants.map(({ id, label }) => [id, label]),
          store.values.variant,
          (variant) => store.set({ variant }),
        ),
      );
    this.lists.region = labelled(
      "Users in",
      selectOf([["", "all regions"], ...regions], "", (region) => store.set({ region: region || null })),
    );
    this.lists.kind = labelled(
      "Access",
      selectOf(
        [ALL, ...model.kindsSeen].map((kind) => [kind, KINDS[kind]]),
        ALL,
        (kind) => store.set({ kind }),
      ),
    );
    if (several && model.variants.length <= SIDE_MAX) {
      const label = document.createElement("label"),
        box = Object.assign(document.createElement("input"), { type: "checkbox" }),
        text = document.createElement("span");
      label.className = "side";
      text.textContent = "all variants side by side";
      box.addEventListener("change", () => store.set({ side: box.checked }));
      label.append(box, text);
      bar.append(label);
    }
    this.clear = Object.assign(document.createElement("button"), {
      type: "button",
      className: "clear",
      textContent: "Show everything",
      hidden: true,
    });
    this.clear.addEventListener("click", () => store.set({ region: null, kind: ALL, time: null }));
    bar.append(this.clear);
    const form = at("filters");
    form.append(bar);
    form.hidden = false;
    form.addEventListener("submit", (event) => event.preventDefault());
  }
}
