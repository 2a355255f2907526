// The table behind a picture: opened on demand, sorted by any column, saved as CSV.
const ROWS_AT_FIRST = 100;

// `columns`: [{ name, value(row), format(value) }]; numbers stand to the right.
export class Table {
  // `read()` gives { name, columns, rows } when it is needed.
  constructor(root, read) {
    Object.assign(this, { read, sorted: null, shown: ROWS_AT_FIRST });
    this.details = document.createElement("details");
    this.details.className = "behind";
    this.details.innerHTML = `<summary>Table</summary><div class="table-tools"><button type="button" class="save">Save as CSV</button></div><div class="table-frame" tabindex="0" role="region"></div>`;
    this.frame = this.details.querySelector(".table-frame");
    this.details.querySelector(".save").addEventListener("click", () => {
      const { name, ...table } = this.read();
      save(`${name}.csv`, csvOf(table), "text/csv");
    });
    this.details.addEventListener("toggle", () => this.update());
    root.append(this.details);
  }

  // Call when the data may have changed.
  update() {
    if (!this.details.open) return;
    const { name, columns, rows } = this.read();
    this.frame.setAttribute("aria-label", name);
    const sorted =
      this.sorted === null || !columns[this.sorted]
        ? rows
        : [...rows].sort((a, b) => this.#compare(columns[this.sorted].value(a), columns[this.sorted].value(b)));
    const table = document.createElement("table"),
      head = table.createTHead().insertRow(),
      body = table.createTBody();
    columns.forEach((column, i) => {
      const cell = document.createElement("th"),
        button = document.createElement("button");
      cell.scope = "col";
      button.type = "button";
      button.textContent = column.name + (this.sorted === i ? (this.down ? " ▾" : " ▴") : "");
      if (this.sorted === i) cell.ariaSort = this.down ? "descending" : "ascending";
      button.addEventListener("click", () => {
        this.down = this.sorted === i ? !this.down : typeof column.value(rows[0] ?? {}) === "number";
        this.sorted = i;
        this.update();
        this.frame.querySelectorAll("th button")[i].focus();
      });
      cell.append(button);
      head.append(cell);
    });
    for (const row of sorted.slice(0, this.shown)) {
      const line = body.insertRow();
      for (const { value, format } of columns) {
        const found = value(row),
          cell = line.insertCell();
        cell.textContent = found === null || found === undefined || Number.isNaN(found) ? "–" : format ? format(found) : String(found);
        if (typeof found === "number") cell.className = "number";
      }
    }
    this.frame.replaceChildren(table);
    if (sorted.length > this.shown) {
      const more = document.createElement("button");
      more.type = "button";
      more.textContent = `Show all ${sorted.length.toLocaleString("en-US")} rows`;
      more.addEventListener("click", () => {
        this.shown = Infinity;
        this.update();
      });
      this.frame.append(more);
    }
  }

  #compare(a, b) {
    const order = typeof a === "number" && typeof b === "number" ? a - b : String(a ?? "").localeCompare(String(b ?? ""));
    return this.down ? -order : order;
  }
}

export function csvOf({ columns, rows }) {
  const field = (value) => {
    const text = value === null || value === undefined || Number.isNaN(value) ? "" : String(value);
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return (
    [columns.map(({ name }) => field(name)), ...rows.map((row) => columns.map(({ value }) => field(value(row))))]
      .map((line) => line.join(","))
      .join("\r\n") + "\r\n"
  );
}

export function save(name, text, type) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
