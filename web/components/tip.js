// What is pointed at, beside the pointer.
export class Tip {
  constructor() {
    this.element = document.createElement("div");
    Object.assign(this.element, { className: "tip", hidden: true });
    this.element.setAttribute("role", "tooltip");
    document.body.append(this.element);
  }

  // `tip`: [title, [name, value]...]; null hides.
  show(tip, x, y) {
    this.element.hidden = !tip;
    if (!tip) return;
    const [title, ...rows] = tip;
    const heading = document.createElement("b"),
      list = document.createElement("dl");
    heading.textContent = title;
    for (const [name, value] of rows) {
      const [dt, dd] = [document.createElement("dt"), document.createElement("dd")];
      [dt.textContent, dd.textContent] = [name, value];
      list.append(dt, dd);
    }
    this.element.replaceChildren(heading, ...(rows.length ? [list] : []));
    const { width, height } = this.element.getBoundingClientRect();
    this.element.style.left = `${Math.max(6, x + 16 + width > innerWidth ? x - width - 12 : x + 16)}px`;
    this.element.style.top = `${Math.max(6, y + 18 + height > innerHeight ? y - height - 12 : y + 18)}px`;
  }
}
