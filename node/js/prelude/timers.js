import { errorText, userStack } from "./errors.js";
import { whenOpen } from "./gate.js";
import { define, tag, wrongArgument } from "./shared.js";

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

const scheduler = {
  wait(delay, options) {
    if (arguments.length === 0) return Promise.reject(wrongArgument("wait", "Scheduler", 1, "number"));
    const signal = options?.signal;
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const number = native.timerSet(cleanDelay(delay), () => resolve());
      signal?.addEventListener("abort", () => {
        native.timerClear(number);
        reject(signal.reason);
      });
    });
  },
};

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
globalThis.scheduler = scheduler;

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
