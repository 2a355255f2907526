import { Event, EventTarget, setErrorHandler, setWarningHandler } from "event-target-shim";
import { DOMException } from "./exception.js";
import { errorText, userStack } from "./errors.js";
import { define, illegalUnless, initOf, INTERNAL, tag, toText, wrongArgument, wrongConstruct } from "./shared.js";

const WARN = 1;
setErrorHandler((error) => native.log(WARN, `uncaught in an event listener: ${errorText(error)}`));
setWarningHandler(() => {});

class CheckedEvent extends Event {
  constructor(type, init) {
    if (arguments.length === 0) throw wrongConstruct(new.target.name, 1, "string");
    super(toText(type), initOf(init, () => wrongConstruct(new.target.name, 2, "Init")));
  }
  get srcElement() {
    return this.target;
  }
  get target() {
    return super.target ?? undefined;
  }
  get currentTarget() {
    return super.currentTarget ?? undefined;
  }
  get timeStamp() {
    return 0;
  }
}
Object.defineProperty(CheckedEvent, "name", { value: "Event" });
tag(CheckedEvent);

/** A class of events with these fields, taken from the init or else as they are here. */
function eventClass(name, fields) {
  const values = new WeakMap();
  const made = {
    [name]: class extends CheckedEvent {
      constructor(type, init) {
        if (arguments.length === 0) throw wrongConstruct(name, 1, "string");
        super(type, init);
        values.set(this, { ...fields, ...init });
      }
    },
  }[name];
  for (const field of Object.keys(fields)) {
    Object.defineProperty(made.prototype, field, { get() { return values.get(this)[field]; }, configurable: true, enumerable: true });
  }
  tag(made);
  return made;
}

const CustomEvent = eventClass("CustomEvent", { detail: undefined });
export const ErrorEvent = eventClass("ErrorEvent", { message: "", filename: "", lineno: 0, colno: 0, error: undefined });
const MessageEvent = eventClass("MessageEvent", { data: undefined, origin: null, lastEventId: "", source: null, ports: [] });
export const PromiseRejectionEvent = eventClass("PromiseRejectionEvent", { promise: undefined, reason: undefined });
const CloseEvent = eventClass("CloseEvent", { wasClean: false, code: 0, reason: "" });

class CheckedTarget extends EventTarget {
  addEventListener(type, listener, options) {
    checkListener("addEventListener", arguments.length, listener);
    checkOptions("addEventListener", options);
    super.addEventListener(type, listener, options);
  }
  removeEventListener(type, listener, options) {
    checkListener("removeEventListener", arguments.length, listener);
    checkOptions("removeEventListener", options);
    super.removeEventListener(type, listener, options);
  }
  dispatchEvent(event) {
    if (!(event instanceof Event)) throw wrongArgument("dispatchEvent", "EventTarget", 1, "Event");
    if (event.eventPhase !== Event.NONE) throw new DOMException("The event is already being dispatched.", "InvalidStateError");
    return super.dispatchEvent(event);
  }
}
Object.defineProperty(CheckedTarget, "name", { value: "EventTarget" });
tag(CheckedTarget);

function checkListener(method, count, listener) {
  if (count < 1) throw wrongArgument(method, "EventTarget", 1, "string");
  const good = listener === null || typeof listener === "function" || typeof listener === "object";
  if (!good || count < 2) throw wrongArgument(method, "EventTarget", 2, "function or HandlerObject");
  if (listener !== null && typeof listener === "object" && typeof listener.handleEvent !== "function") {
    throw new TypeError("Incorrect type for the 'handleEvent' field on 'HandlerObject': the provided value is not of type 'function'.");
  }
}

function checkOptions(method, options) {
  if (options === true) throw new TypeError(`${method}(): useCapture must be false.`);
  if (options?.capture) throw new TypeError(`${method}(): options.capture must be false.`);
  if (options?.signal !== undefined && !(options.signal instanceof AbortSignal)) {
    throw new TypeError("Incorrect type for the 'signal' field on 'AddEventListenerOptions': the provided value is not of type 'AbortSignal'.");
  }
}

function abortError() {
  return Object.assign(new DOMException("The operation was aborted", "AbortError"), { retryable: true });
}

let abortSignal;

class AbortSignal extends CheckedTarget {
  #aborted = false;
  #reason = undefined;
  #onabort = null;
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
  get onabort() {
    return this.#onabort;
  }
  set onabort(listener) {
    this.#onabort = typeof listener === "function" ? listener : null;
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
    if (arguments.length === 0) throw wrongArgument("timeout", "AbortSignal", 1, "number");
    const signal = new AbortSignal(INTERNAL);
    const reason = () => Object.assign(new DOMException("The operation was aborted due to timeout", "TimeoutError"), { retryable: true });
    setTimeout(() => abortSignal(signal, reason()), delay);
    return signal;
  }
  static any(signals) {
    if (typeof signals?.[Symbol.iterator] !== "function") throw wrongArgument("any", "AbortSignal", 1, "Array");
    const joined = new AbortSignal(INTERNAL);
    signals = [...signals];
    const wrong = signals.findIndex((one) => !(one instanceof AbortSignal));
    if (wrong >= 0) throw new TypeError(`Incorrect type for array element ${wrong}: the provided value is not of type 'AbortSignal'.`);
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
      if (signal.#onabort) signal.addEventListener("abort", signal.#onabort, { once: true });
      signal.dispatchEvent(new CheckedEvent("abort"));
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
define({
  Event: CheckedEvent, EventTarget: CheckedTarget, CustomEvent, ErrorEvent, MessageEvent, PromiseRejectionEvent, CloseEvent,
  AbortSignal, AbortController,
});

// The global scope is an event target as well.

const scope = new CheckedTarget();
define({
  addEventListener: (...values) => scope.addEventListener(...values),
  removeEventListener: (...values) => scope.removeEventListener(...values),
  dispatchEvent: (event) => scope.dispatchEvent(event),
  reportError(error) {
    if (arguments.length === 0) throw wrongArgument("reportError", "ServiceWorkerGlobalScope", 1, "Value");
    const message = `Uncaught ${errorText(error)}`;
    const event = new ErrorEvent("error", { message, error, cancelable: true });
    if (scope.dispatchEvent(event)) native.log(WARN, `${message}\n${userStack(error)}`.trimEnd());
  },
});
