// What a page's pictures have in common: a few values, and who wants to know when they change.
export class Store {
  constructor(values) {
    this.values = values;
    this.listeners = [];
  }

  // `listener(values, changed)`: `changed` is the set of names that are different now.
  listen(listener) {
    this.listeners.push(listener);
  }

  set(values) {
    const changed = new Set(Object.keys(values).filter((name) => this.values[name] !== values[name]));
    if (!changed.size) return;
    this.values = { ...this.values, ...values };
    for (const listener of this.listeners) listener(this.values, changed);
  }

  // Take a value, or, when it is taken already, go back to `none`.
  toggle(name, value, none) {
    this.set({ [name]: this.values[name] === value ? none : value });
  }
}
