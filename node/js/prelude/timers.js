import { DOMException } from "./exception.js";
import { errorText, userStack } from "./errors.js";
import { whenOpen } from "./gate.js";
import { describe } from "./describe.js";
import { define, initOf, tag, wrongArgument } from "./shared.js";

const WARN = 1;
const DELAY_MS_MAX = 2 ** 31 - 1;
const intervals = new Map(); // number -> number of the timer that is set now

function cleanDelay(delay) {
  const number = Math.trunc(Number(delay));
  return number >= 0 && number <= DELAY_MS_MAX ? number : 0;
}

function checkCallback(callback, name) {
  if (typeof callback !== "function") throw wrongArgument(name, "ServiceWorkerGlobalScope", 1, "function");
}

function setTimeout(callback, delay, ...values) {
  checkCallback(callback, "setTimeout");
  return native.timerSet(cleanDelay(delay), values.length ? () => callback(...values) : callback);
}

function setInterval(callback, delay, ...values) {
  checkCallback(callback, "setInterval");
  const pause = Math.max(1, cleanDelay(delay));
  const tick = () => {
    intervals.set(number, native.timerSet(pause, tick));
    callback(...values);
  };
  const number = native.timerSet(pause, tick);
  intervals.set(number, number);
  return number;
}

function clear(number) {
  const current = intervals.get(number) ?? number;
  intervals.delete(number);
  if (typeof current === "number") native.timerClear(current);
}

/** What a wait that is aborted rejects with: an Error, whatever the reason is. */
function reasonOf({ reason }) {
  if (reason instanceof DOMException) return new DOMException(reason.message, reason.name);
  return reason instanceof Error ? reason : new Error(describe(reason));
}

class Scheduler {
  async wait(delay, options = undefined) {
    if (arguments.length === 0) throw wrongArgument("wait", "Scheduler", 1, "number");
    const { signal } = initOf(options, () => wrongArgument("wait", "Scheduler", 2, "WaitOptions"));
    if (signal !== undefined && !(signal instanceof AbortSignal)) {
      throw new TypeError("Incorrect type for the 'signal' field on 'WaitOptions': the provided value is not of type 'AbortSignal'.");
    }
    if (signal?.aborted) throw reasonOf(signal);
    return new Promise((resolve, reject) => {
      const over = () => {
        signal?.removeEventListener("abort", stop);
        resolve();
      };
      const stop = () => {
        native.timerClear(number);
        reject(reasonOf(signal));
      };
      const number = native.timerSet(cleanDelay(delay), over);
      signal?.addEventListener("abort", stop);
    });
  }
}
tag(Scheduler);

function queueMicrotask(callback) {
  checkCallback(callback, "queueMicrotask");
  Promise.resolve().then(() => timer(callback));
}

define({
  setTimeout,
  setInterval,
  queueMicrotask,
  clearTimeout: (number) => clear(number),
  clearInterval: (number) => clear(number),
  setImmediate: (callback, ...values) => setTimeout(callback, 0, ...values),
  clearImmediate: (number) => clear(number),
});
define({ Scheduler });
globalThis.scheduler = new Scheduler();

/** A timer fires. */
export function timerFired(callback) {
  whenOpen(() => timer(callback));
}

function timer(callback) {
  try {
    callback();
  } catch (error) {
    native.log(WARN, `uncaught ${errorText(error)}\n${userStack(error)}`.trimEnd());
  }
}
