// The page that explains one run: reads the record that stands in it, and wires the diagram to the controls.
import { firstAfter } from "../components/intervals.js";
import { Minimap } from "../components/minimap.js";
import { SpaceTime } from "../components/space-time.js";
import { formatCount, formatDuration, formatTime } from "../components/time.js";
import { modelOfHistory } from "./history.js";
import { fillGuide } from "./legend.js";
import { modelOfRecord } from "./record.js";

const at = (id) => document.getElementById(id);

function readModel() {
  const text = at("record").textContent.trim();
  if (!text) throw new Error("There is no record in this page.");
  const lines = JSON.parse(`[${text.replaceAll("\n", ",")}]`);
  if (lines[0].terrella === "record") return modelOfRecord(lines);
  const head = lines[0].terrella === "history" ? lines.shift() : {};
  return modelOfHistory(lines, head.title ?? "History");
}

class Page {
  constructor(model) {
    this.model = model;
    this.stops = [...model.faults.items, ...model.broken].sort((a, b) => a.begin - b.begin);
    this.events = model.items.filter(({ what }) => what !== "durable");
    at("title").textContent = document.title = model.title;
    at("facts").textContent = this.#facts();
    this.diagram = new SpaceTime(at("diagram"), model, {
      hover: (item, x, y) => this.#hover(item, x, y),
      select: (item) => this.#select(item),
      view: (view, drawn) => this.#viewed(view, drawn),
    });
    this.minimap = new Minimap(at("minimap"), model, this.diagram.extent, (from, until) => this.diagram.show(from, until, { animate: false }));
    fillGuide(at("legend"), at("keys"), { messages: model.messages.items.length > 0 });
    this.#wire();
    this.#sayVerdict();
    if (model.broken.length) this.diagram.showItem(model.broken[0]);
    else this.#showStart();
  }

  // Of a long run, the part where the first calls are made; of a short one, all until nothing happens for most of the time.
  #showStart() {
    const { model, diagram } = this;
    const { items } = model.messages;
    if (items.length > 2000) {
      const begin = model.calls.items[0]?.begin ?? model.begin, span = diagram.readingSpan(begin);
      return diagram.show(begin - span * 0.1, begin + span * 0.9, { animate: false });
    }
    for (let i = 1; i < items.length; i++) {
      if (items[i].begin - items[i - 1].begin < (model.end - model.begin) / 2) continue;
      const busy = items[i - 1].end - model.begin;
      return diagram.show(model.begin - busy * 0.05, items[i - 1].end + busy * 0.1, { animate: false });
    }
  }

  #facts() {
    const { model } = this;
    const faults = new Set(model.faults.items.filter(({ heals }) => !heals).map(({ begin, title }) => `${begin} ${title}`)); // of a link at both ends
    const counts = [[model.messages.items.length, "message"], [model.calls.items.length, model.messages.items.length ? "call" : "operation"],
      [faults.size, "fault"]];
    return [`${formatDuration(model.end - model.begin)}`, ...counts.filter(([count]) => count).map(([count, what]) => `${formatCount(count)} ${what}${count === 1 ? "" : "s"}`)].join(" · ");
  }

  #sayVerdict() {
    const { broken } = this.model;
    at("break").disabled = !broken.length;
    at("verdict").hidden = !broken.length;
    at("next").disabled = at("previous").disabled = !this.stops.length;
    if (!broken.length) return;
    at("verdict-title").textContent = broken.length === 1 ? `Broken at ${formatTime(broken[0].begin, 100)}.` : `Broken ${broken.length} times, first at ${formatTime(broken[0].begin, 100)}.`;
    at("verdict-text").textContent = broken[0].text;
  }

  #wire() {
    const { diagram } = this;
    const actions = { previous: () => this.goToFault(-1), next: () => this.goToFault(1), break: () => this.goToBreak(), "verdict-go": () => this.goToBreak(),
      in: () => diagram.zoomBy(2), out: () => diagram.zoomBy(0.5), all: () => diagram.showAll(), help: () => at("guide").showModal(),
      "guide-close": () => at("guide").close(), "details-close": () => diagram.select(null), "details-only": () => this.onlyObject(),
      earlier: () => this.step(-1), later: () => this.step(1) };
    for (const [id, action] of Object.entries(actions)) at(id).addEventListener("click", action);
    at("words").addEventListener("input", () => {
      clearTimeout(this.searching);
      this.searching = setTimeout(() => this.search(at("words").value), 120);
    });
    at("search").addEventListener("submit", (event) => {
      event.preventDefault();
      this.search(at("words").value);
      this.step(1);
    });
    at("guide").addEventListener("click", (event) => { if (event.target === at("guide")) at("guide").close(); });
    document.addEventListener("keydown", (event) => this.#key(event));
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || at("guide").open) return;
    const typing = event.target === at("words");
    if (event.key === "Escape") return this.#escape();
    if (typing || (event.target.tagName === "BUTTON" && (event.key === "Enter" || event.key === " "))) return;
    const { diagram } = this;
    const action = { ArrowLeft: () => diagram.panBy(-0.15), ArrowRight: () => diagram.panBy(0.15), ArrowUp: () => diagram.scrollBy(-60), ArrowDown: () => diagram.scrollBy(60),
      "+": () => diagram.zoomBy(2), "=": () => diagram.zoomBy(2), "-": () => diagram.zoomBy(0.5), 0: () => diagram.showAll(), n: () => this.goToFault(1), p: () => this.goToFault(-1),
      b: () => this.goToBreak(), ".": () => this.step(1), ",": () => this.step(-1), "/": () => at("words").focus(), "?": () => at("guide").showModal(),
      Enter: () => this.onlyObject() }[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  }

  #escape() {
    if (this.diagram.selected) return this.diagram.select(null);
    at("words").value = "";
    this.search("");
    at("words").blur();
  }

  search(words) {
    clearTimeout(this.searching);
    const matches = this.model.matcher(words);
    this.diagram.setFilter(matches);
    at("found").textContent = matches ? `${formatCount(matches.count)} found` : "";
  }

  onlyObject() {
    const item = this.diagram.selected;
    if (!item?.id) return;
    at("words").value = item.name ?? item.id;
    this.search(at("words").value);
  }

  goToFault(direction) {
    const { from, until } = this.diagram.view;
    const now = this.stop && this.diagram.selected === this.stop ? this.stop.begin : (from + until) / 2;
    const at = this.stops.indexOf(this.stop);
    const next = at >= 0 && this.diagram.selected === this.stop ? this.stops[at + direction]
      : direction > 0 ? this.stops.find(({ begin }) => begin > now) : this.stops.findLast(({ begin }) => begin < now);
    const stop = next ?? (direction > 0 ? this.stops[0] : this.stops.at(-1));
    if (stop) this.#goTo(this.stop = stop);
  }

  goToBreak() {
    const { broken } = this.model;
    if (broken.length) this.#goTo(broken[(broken.indexOf(this.diagram.selected) + 1) % broken.length]);
  }

  // From one event to the next that the search shows.
  step(direction) {
    const { events, diagram } = this;
    const { from, until } = diagram.view;
    let i = diagram.selected ? events.indexOf(diagram.selected) : firstAfter(events, (from + until) / 2) - (direction > 0 ? 1 : 0);
    do i += direction; while (events[i] && diagram.matches && !diagram.matches(events[i]));
    if (events[i]) this.#goTo(events[i]);
  }

  #goTo(item) {
    this.diagram.showItem(item);
    this.diagram.select(item);
  }

  #where(item) {
    const { model } = this;
    const between = item.what === "message" ? `${model.laneName(item.lane)} → ${model.laneName(item.to)}` : item.lane === undefined ? "" : model.laneName(item.lane);
    const lasts = item.end > item.begin ? `, ${formatDuration(item.end - item.begin)}` : "";
    return [between, `${formatTime(item.begin, 1)}${lasts}`].filter(Boolean).join(" · ");
  }

  #select(item) {
    at("details").hidden = !item;
    if (!item) return;
    at("details-title").textContent = item.title;
    at("details-when").textContent = this.#where(item);
    at("details-text").textContent = item.text === item.title ? "" : item.text;
    at("details-only").hidden = !item.id;
    at("details-only").textContent = `Only ${item.name ?? this.model.nameOf(item.id) ?? ""}`;
  }

  #hover(item, x, y) {
    const tip = at("tip");
    tip.hidden = !item;
    if (!item) return;
    const [title, when, text] = [document.createElement("b"), document.createElement("small"), document.createElement("code")];
    [title.textContent, when.textContent] = [item.title, this.#where(item)];
    text.textContent = item.text === item.title ? "" : item.text;
    tip.replaceChildren(title, when, ...(text.textContent ? [text] : []));
    const { width, height } = tip.getBoundingClientRect();
    tip.style.left = `${Math.max(6, Math.min(x + 14, innerWidth - width - 6))}px`;
    tip.style.top = `${y + 18 + height > innerHeight ? y - height - 12 : y + 18}px`;
  }

  #viewed(view, drawn) {
    this.minimap?.setView(view);
    at("sampled").hidden = drawn.stride === 1;
    at("sampled").textContent = `${formatCount(drawn.messageCount)} messages here, 1 of ${drawn.stride} drawn: zoom in for all`;
  }
}

try {
  window.page = new Page(readModel());
} catch (error) {
  at("title").textContent = "This record cannot be read";
  at("facts").textContent = error.message;
  throw error;
}
