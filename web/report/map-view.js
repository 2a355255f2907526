// Where objects live and where traffic goes, at any moment of the run.
import { TimeSlider } from "../components/time-slider.js";
import { WorldMap } from "../components/world-map.js";
import { formatCount, formatTime, HINTS } from "../components/words.js";
import { Figures, Section } from "./section.js";

export class MapView {
  constructor(main, model) {
    this.model = model;
    this.section = new Section(main, {
      id: "map",
      title: "Where objects live, and where requests go",
      note: "Discs: objects by the region that hosts them, by area; rings: regions that host none. Arcs: requests from the users' region to the objects' region. Choose a region to see only its own.",
    });
    this.figures = new Figures(this.section.body, (root, compact, variant) => this.#make(root, compact, variant));
    this.key = document.createElement("ul");
    this.key.className = "key";
    this.section.body.append(this.key);
    this.slider = document.createElement("div");
    this.steps = Math.max(...model.variants.map(({ timeline }) => timeline.at_s.length));
    if (this.steps > 1) {
      const { at_s } = model.variants.find(({ timeline }) => timeline.at_s.length === this.steps).timeline;
      this.section.body.append(this.slider);
      this.time = new TimeSlider(this.slider, this.steps, (step) => formatTime(at_s[step]));
    }
    this.section.table(() => {
      const variant = model.byId.get(this.values.variant),
        count = (name, key) => ({ name, value: (row) => row[key], format: formatCount });
      return {
        name: `${model.title} regions`,
        rows: variant.regions,
        columns: [
          { name: "region", value: ({ code }) => code },
          { name: "city", value: ({ city }) => city },
          { name: "country", value: ({ country }) => country },
          { name: "part of the world", value: ({ hint }) => HINTS[hint] ?? hint },
          { name: "hosts objects", value: ({ hosts }) => (hosts ? "yes" : "no") },
          count("objects", "objects"),
          count("requests of users here", "requests"),
          count("requests to objects here", "hosted_requests"),
        ],
      };
    });
  }

  update(values) {
    const { model } = this;
    this.values = values;
    const variants = values.side ? model.variants : [model.byId.get(values.variant)];
    const all = variants.map((variant) => ({ places: this.#places(variant), arcs: this.#arcs(variant, values.region) }));
    const sizeMax = Math.max(...all.flatMap(({ places }) => places.map(({ size }) => size)), 1);
    const weightMax = Math.max(...all.flatMap(({ arcs }) => arcs.filter(({ from, to }) => from !== to).map(({ weight }) => weight)), 1);
    this.figures.show(variants, (variant) => ({ ...all[variants.indexOf(variant)], selected: values.region, sizeMax, weightMax }));
    this.variants = variants;
    this.moment(values.time);
    this.section.behind.update();
  }

  // At a moment, arcs and rings are as large as the requests that the users' region makes then.
  moment(step) {
    this.time?.show(step);
    this.#sayKey(this.values.region, step);
    this.figures.charts.forEach((chart, i) => {
      const { timeline, regions, faults } = this.variants[i];
      if (step === null || !timeline.by_region.length) return chart.moment(null);
      const at = Math.min(step, timeline.at_s.length - 1);
      const busy = new Map(
        regions.map(({ code }, j) => {
          const counts = timeline.by_region[j] ?? [],
            mean = counts.reduce((sum, count) => sum + count, 0) / (counts.length || 1);
          return [code, mean ? counts[at] / mean : 0];
        }),
      );
      chart.moment((code) => busy.get(code) ?? 1, downAt(faults, timeline.at_s[at] + timeline.bucket_s / 2));
    });
  }

  #make(root, compact, variant) {
    root.className = "sea map-frame";
    const map = new WorldMap(root, `World map of ${variant.label}`, { compact });
    if (!compact) {
      const zoom = document.createElement("div");
      zoom.className = "map-zoom";
      for (const [text, label, factor] of [
        ["+", "Zoom in", 1.8],
        ["−", "Zoom out", 1 / 1.8],
        ["⟲", "Whole world", 0],
      ]) {
        const button = document.createElement("button");
        Object.assign(button, { type: "button", textContent: text, title: label, ariaLabel: label });
        button.addEventListener("click", () => map.zoomBy(factor));
        zoom.append(button);
      }
      root.append(zoom);
    }
    return map;
  }

  #places({ regions }) {
    return regions.map((region) => ({
      code: region.code,
      lat: region.lat,
      lon: region.lon,
      size: region.objects,
      open: !region.hosts,
      what: { region: region.code },
      tip: [
        this.model.place(region.code),
        ["objects", region.hosts ? formatCount(region.objects) : "hosts none"],
        ["requests of users here", formatCount(region.requests)],
        ["requests to objects here", formatCount(region.hosted_requests)],
      ],
    }));
  }

  #arcs(variant, region) {
    return this.model
      .pairs(variant)
      .filter(({ from, to, requests }) => requests && (!region || from === region || to === region))
      .map(({ from, to, requests, mean_us }) => ({
        from,
        to,
        weight: requests,
        way: !region ? "" : from === region ? "out" : "in",
        what: { region: from, home: to },
        tip: [`${from} → ${to}`, ["requests", formatCount(requests)], ["mean latency", `${formatCount(mean_us / 1000)} ms`]],
      }))
      .sort((a, b) => b.weight - a.weight);
  }

  #sayKey(region, step) {
    const swatch = (colour, text) =>
      `<li><svg width="22" height="8" aria-hidden="true"><path d="M0 4h22" stroke="${colour}" stroke-width="3"/></svg>${text}</li>`;
    const ring = `<li><svg width="16" height="16" aria-hidden="true"><circle cx="8" cy="8" r="6.5" fill="none" stroke="var(--place)"/></svg>the wider the ring, the more the region's users ask at this moment, against their mean</li>`;
    this.key.innerHTML =
      (step === null ? "" : ring) +
      (region
        ? swatch("var(--arc-out)", `from users in ${region} to objects elsewhere`) +
          swatch("var(--arc-in)", `from users elsewhere to objects in ${region}`)
        : "");
    this.key.hidden = !this.key.innerHTML;
  }
}

// Regions that a fault has stopped by then.
function downAt(faults, at_s) {
  const down = new Set();
  for (const { at_s: begun, what, region } of [...faults].sort((a, b) => a.at_s - b.at_s)) {
    if (begun > at_s) break;
    if (what === "kill" || what === "pause") down.add(region);
    if (what === "restart" || what === "resume") down.delete(region);
  }
  return down;
}
