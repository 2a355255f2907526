import { packThrown, errorText, userStack } from "./errors.js";
import { Gate } from "./gate.js";
import { makeId } from "./ids.js";
import { Request } from "./request.js";
import { Response, deliverResponse } from "./response.js";
import { define, illegalUnless, INTERNAL, tag, wrongArgument } from "./shared.js";
import { DurableObjectStorage } from "./storage.js";
import { deliver, forgetSignal, OF_RUN, received } from "./transport.js";
import { bundle } from "./bundle.js";

const WARN = 1;
const NO_RESPONSE = "Incorrect type for Promise: the Promise did not resolve to 'Response'.";
const NO_PROMISE = "Callback returned incorrect type; expected 'Promise'";
const NO_FETCH = "Handler does not export a fetch() function.";
const BLOCK_TIMEOUT_MS = 30_000;
const BLOCK_TIMEOUT = "A call to blockConcurrencyWhile() in a Durable Object waited for too long. The call was canceled and the Durable Object was reset.";

const instances = new Map();

/** A live object. */
class Instance {
  constructor(number) {
    this.number = number;
    this.object = null;
    this.gate = new Gate(number);
  }
}

/** Whether code of this instance may still be heard. */
function alive(instance) {
  return instances.get(instance.number) === instance;
}

function breakInstance(instance, error) {
  if (!alive(instance)) return;
  forget(instance.number);
  native.log(WARN, `reset: ${errorText(error)}${stackLines(error)}`);
  native.broken(instance.number, packThrown(error, { durableObjectReset: true }));
}

function stackLines(error) {
  const stack = error instanceof Error && !error.remote ? userStack(error) : "";
  return stack ? "\n" + stack : "";
}

class DurableObjectState {
  #instance;
  constructor(token, instance, id) {
    illegalUnless(token);
    this.#instance = instance;
    this.id = id;
    this.storage = new DurableObjectStorage(INTERNAL, instance.number);
    this.props = {};
    this.exports = {};
  }
  waitUntil(promise) {
    if (arguments.length === 0) throw wrongArgument("waitUntil", "DurableObjectState", 1, "Promise");
    Promise.resolve(promise).catch((error) => native.log(WARN, `waitUntil: ${errorText(error)}${stackLines(error)}`));
  }
  blockConcurrencyWhile(callback) {
    if (typeof callback !== "function") throw wrongArgument("blockConcurrencyWhile", "DurableObjectState", 1, "function");
    const instance = this.#instance;
    return instance.gate.enter(async () => {
      const timer = native.timerSet(BLOCK_TIMEOUT_MS, () => breakInstance(instance, new Error(BLOCK_TIMEOUT)));
      try {
        return await callback();
      } catch (error) {
        breakInstance(instance, error);
        return new Promise(() => {}); // code of a broken instance does not go on
      } finally {
        native.timerClear(timer);
      }
    });
  }
  abort(reason) {
    const error = new Error(reason === undefined ? "Application called abort() to reset Durable Object." : String(reason));
    breakInstance(this.#instance, error);
    throw error;
  }
}
tag(DurableObjectState);
define({ DurableObjectState });

export function construct(number, space, digits, name, kind, jurisdiction) {
  const instance = new Instance(number);
  instances.set(number, instance);
  const state = new DurableObjectState(INTERNAL, instance, makeId(space, digits, kind, jurisdiction, name));
  try {
    instance.object = new bundle.classes[space](state, bundle.env);
  } catch (error) {
    breakInstance(instance, error);
  }
}

export function runObject(number, run, head, body, rest) {
  const instance = instances.get(number);
  if (!instance) return; // its constructor failed, and its runs have been told
  instance.gate.pass(run, () => start(instance, run, head, body, rest));
}

/** A gate has opened: one of those that waited may go on. */
export function release(number) {
  instances.get(number)?.gate.release();
}

function start(instance, run, head, body, rest) {
  const { object } = instance;
  let result;
  try {
    if (typeof object.fetch !== "function") throw new Error(NO_FETCH);
    result = object.fetch(new Request(INTERNAL, head, received(OF_RUN, run, body, rest), run));
  } catch (error) {
    threw(instance, run, error);
    return;
  }
  if (result instanceof Response) finish(instance, run, result);
  else if (typeof result?.then !== "function") threw(instance, run, new TypeError(NO_PROMISE));
  else Promise.resolve(result).then((response) => finish(instance, run, response), (error) => threw(instance, run, error));
}

function finish(instance, run, response) {
  try {
    if (!(response instanceof Response)) throw new TypeError(NO_RESPONSE);
    deliverResponse(response, (head, source) => deliver(run, head, source));
  } catch (error) {
    threw(instance, run, error);
  }
}

function threw(instance, run, error) {
  if (!alive(instance)) return;
  native.log(WARN, `uncaught ${errorText(error)}${stackLines(error)}`);
  native.thrown(run, packThrown(error));
  forgetSignal(run);
}

export function forget(number) {
  instances.get(number)?.gate.forget();
  instances.delete(number);
}
