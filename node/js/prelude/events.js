import { Event, EventTarget, setErrorHandler, setWarningHandler } from "event-target-shim";
import { DOMException } from "./exception.js";
import { errorText } from "./errors.js";
import { define, illegalUnless, INTERNAL, tag, wrongConstruct } from "./shared.js";

const WARN = 1;
setErrorHandler((error) => native.log(WARN, `uncaught in an event listener: ${errorText(error)}`));
setWarningHandler(() => {});

class CheckedEvent extends Event {
  constructor(type, init) {
    if (arguments.length === 0) throw wrongConstruct("Event", 1, "string");
    super(String(type), init);
  }
}
Object.defineProperty(CheckedEvent, "name", { value: "Event" });

class CustomEvent extends CheckedEvent {
  #detail;
  constructor(type, init) {
    super(type, init);
    this.#detail = init?.detail ?? null;
  }
  get detail() {
    return this.#detail;
  }
}

function abortError() {
  return Object.assign(new DOMException("The operation was aborted", "AbortError"), { retryable: true });
}

let abortSignal;

class AbortSignal extends EventTarget {
  #aborted = false;
  #reason = undefined;
  onabort = null;
  constructor(token) {
    illegalUnless(token);
    super();
  }
  get aborted() {
    return this.#aborted;
  }
  get reason() {
    return this.#reason;
  }
  throwIfAborted() {
    if (this.#aborted) throw this.#reason;
  }
  static abort(reason = abortError()) {
    const signal = new AbortSignal(INTERNAL);
    abortSignal(signal, reason);
    return signal;
  }
  static timeout(delay) {
    const signal = new AbortSignal(INTERNAL);
    setTimeout(() => abortSignal(signal, new DOMException("The operation was aborted due to timeout", "TimeoutError")), delay);
    return signal;
  }
  static any(signals) {
    const joined = new AbortSignal(INTERNAL);
    for (const signal of signals) {
      if (signal.aborted) {
        abortSignal(joined, signal.reason);
        break;
      }
      signal.addEventListener("abort", () => abortSignal(joined, signal.reason), { once: true });
    }
    return joined;
  }
  static {
    abortSignal = (signal, reason) => {
      if (signal.#aborted) return;
      signal.#aborted = true;
      signal.#reason = reason;
      const event = new Event("abort");
      if (typeof signal.onabort === "function") signal.onabort(event);
      signal.dispatchEvent(event);
    };
  }
}
tag(AbortSignal);

class AbortController {
  #signal = new AbortSignal(INTERNAL);
  get signal() {
    return this.#signal;
  }
  abort(reason = abortError()) {
    abortSignal(this.#signal, reason);
  }
}
tag(AbortController);
define({ Event: CheckedEvent, EventTarget, CustomEvent, AbortSignal, AbortController });
