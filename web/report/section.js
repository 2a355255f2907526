// A section of the page: a heading that says what is seen, a note on how to read it, the picture, the table behind it.
import { Table } from "../components/table.js";

export class Section {
  constructor(main, { id, title, note = "", size = "" }) {
    this.root = document.createElement("section");
    this.root.id = id;
    this.root.className = size;
    this.root.setAttribute("aria-labelledby", `${id}-title`);
    this.root.innerHTML = `<div class="head"><h2 id="${id}-title"></h2><div class="tools"></div></div><p class="note"></p><div class="body"></div>`;
    [this.heading, this.tools, this.note, this.body] = ["h2", ".tools", ".note", ".body"].map((name) => this.root.querySelector(name));
    this.heading.textContent = title;
    this.note.textContent = note;
    main.append(this.root);
  }

  // `read()` gives { name, columns, rows } of what the picture shows now.
  table(read) {
    this.behind = new Table(this.root, read);
    return this.behind;
  }

  // Buttons of which one is pressed.
  choice(label, options, chosen, onChoose) {
    const group = document.createElement("span");
    group.className = "switch";
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", label);
    for (const [value, text] of options) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = text;
      button.dataset.value = value;
      button.addEventListener("click", () => onChoose(value));
      group.append(button);
    }
    this.tools.append(group);
    const press = (value) => {
      for (const button of group.children) button.setAttribute("aria-pressed", String(button.dataset.value === value));
    };
    press(chosen);
    return press;
  }

  select(label, options, chosen, onChoose) {
    const frame = document.createElement("label"),
      list = selectOf(options, chosen, onChoose);
    frame.append(label, list);
    this.tools.append(frame);
    return list;
  }
}

// `options`: [value, text] or { group, options }.
export function selectOf(options, chosen, onChoose) {
  const list = document.createElement("select");
  const add = (parent, [value, text]) => parent.append(new Option(text, value, false, value === chosen));
  for (const option of options) {
    if (Array.isArray(option)) add(list, option);
    else {
      const group = document.createElement("optgroup");
      group.label = option.group;
      for (const one of option.options) add(group, one);
      list.append(group);
    }
  }
  list.addEventListener("change", () => onChoose(list.value));
  return list;
}

// Keeps as many figures in `body` as there are variants to show, each with a chart that `make(root, compact)` gives.
export class Figures {
  constructor(body, make) {
    this.frame = document.createElement("div");
    this.frame.className = "many";
    body.append(this.frame);
    this.make = make;
    this.charts = [];
    this.key = "";
  }

  show(variants, dataOf) {
    const compact = variants.length > 1,
      key = variants.map(({ id }) => id).join("\n");
    if (key !== this.key) {
      this.key = key;
      this.frame.replaceChildren();
      this.frame.className = `many${compact ? (variants.length === 2 || variants.length === 4 ? " columns-2" : " columns-3") : ""}`;
      this.charts = variants.map((variant) => {
        const figure = document.createElement("figure");
        if (compact) figure.append(captionOf(variant));
        const root = document.createElement("div");
        figure.append(root);
        this.frame.append(figure);
        return this.make(root, compact, variant);
      });
    }
    this.charts.forEach((chart, i) => chart.show(dataOf(variants[i], compact)));
  }
}

function captionOf({ label, colour }) {
  const caption = document.createElement("figcaption"),
    dot = document.createElement("i");
  dot.style.background = colour;
  caption.append(dot, label);
  return caption;
}
