import { defineLazy, define, lazy, tag } from "./shared.js";

// Time is that of Date.now(); marks and measures are a lazy part.

class Performance {
  get timeOrigin() {
    return 0;
  }
  now() {
    return Date.now();
  }
  toJSON() {
    return { timeOrigin: 0 };
  }
}
for (const name of ["mark", "measure", "clearMarks", "clearMeasures", "getEntries", "getEntriesByName", "getEntriesByType"]) {
  const method = { [name](...values) {
    return lazy("marks")[name](...values);
  } }[name];
  Object.defineProperty(Performance.prototype, name, { value: method, writable: true, configurable: true });
}
tag(Performance);
define({ Performance });
for (const name of ["PerformanceEntry", "PerformanceMark", "PerformanceMeasure"]) defineLazy(name, () => lazy("marks")[name]);
globalThis.performance = new Performance();

class Navigator {
  get userAgent() {
    return "Cloudflare-Workers";
  }
  get hardwareConcurrency() {
    return 1;
  }
  get language() {
    return "en";
  }
  get languages() {
    return ["en"];
  }
  get platform() {
    return "";
  }
}
tag(Navigator);
define({ Navigator });
globalThis.navigator = new Navigator();
