import { absent } from "./absent.js";
import { packThrown, errorText, fullStack } from "./errors.js";
import { Gate, isOpen, whenOpen } from "./gate.js";
import { makeId } from "./ids.js";
import { Request } from "./request.js";
import { Arriving, callOf, perform } from "./rpc-object.js";
import { packRpc } from "./rpc-values.js";
import { deliverResponse, isResponse } from "./response.js";
import { define, illegalUnless, INTERNAL, tag, wrongArgument } from "./shared.js";
import { DurableObjectStorage } from "./storage.js";
import { abortSignal, deliver, forgetSignal, OF_RUN, received } from "./transport.js";
import { bundle } from "./bundle.js";

const WARN = 1;
const NO_RESPONSE = "Incorrect type for Promise: the Promise did not resolve to 'Response'.";
const NO_PROMISE = "Callback returned incorrect type; expected 'Promise'";
const NOT_BEGUN = "Its caller went before it began.";
const NO_FETCH = "Handler does not export a fetch() function.";
const BLOCK_TIMEOUT = "A call to blockConcurrencyWhile() in a Durable Object waited for too long. The call was canceled and the Durable Object was reset.";

const instances = new Map();

/** A live object. */
class Instance {
  constructor(number, id, space) {
    this.number = number;
    this.id = id;
    this.space = space;
    this.className = setup.classes[space];
    this.object = null;
    this.gate = new Gate(number);
    this.arriving = new Arriving();
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
  const stack = error instanceof Error && !error.remote ? fullStack(error) : "";
  return stack ? "\n" + stack : "";
}

/** Run `callback()` while nothing else of the object goes on. */
function block(instance, callback) {
  return instance.gate.enter(async () => {
    const timer = native.timerSet(setup.blockLimitMs, () => breakInstance(instance, Object.assign(new Error(BLOCK_TIMEOUT), { overloaded: true })));
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

class DurableObjectState {
  #instance;
  constructor(token, instance, id) {
    illegalUnless(token);
    this.#instance = instance;
    this.id = id;
    const hasAlarm = () => typeof (instance.object ?? bundle.classes[instance.space].prototype)?.alarm === "function";
    this.storage = new DurableObjectStorage(INTERNAL, instance.number, id, (callback) => block(instance, callback), hasAlarm);
    this.props = {};
    this.exports = {};
  }
  waitUntil(promise) {
    if (arguments.length === 0) throw wrongArgument("waitUntil", "DurableObjectState", 1, "Promise");
    Promise.resolve(promise).catch((error) => native.log(WARN, `waitUntil: ${errorText(error)}${stackLines(error)}`));
  }
  blockConcurrencyWhile(callback) {
    if (typeof callback !== "function") throw wrongArgument("blockConcurrencyWhile", "DurableObjectState", 1, "function");
    return block(this.#instance, callback);
  }
  getWebSockets() {
    return []; // none can have been accepted
  }
  abort(reason) {
    const error = new Error(reason === undefined ? "Application called abort() to reset Durable Object." : String(reason));
    breakInstance(this.#instance, error);
    throw error;
  }
}
for (const name of ["acceptWebSocket", "setWebSocketAutoResponse", "getWebSocketAutoResponse", "getWebSocketAutoResponseTimestamp", "setHibernatableWebSocketEventTimeout", "getHibernatableWebSocketEventTimeout", "getTags"]) {
  DurableObjectState.prototype[name] = () => {
    throw absent(`ctx.${name}()`);
  };
}
tag(DurableObjectState);
define({ DurableObjectState });

export function construct(number, space, digits, name, kind, jurisdiction) {
  const instance = new Instance(number, makeId(space, digits, kind, jurisdiction, name), space);
  instances.set(number, instance);
  const state = new DurableObjectState(INTERNAL, instance, instance.id);
  try {
    instance.object = new bundle.classes[space](state, bundle.env);
  } catch (error) {
    breakInstance(instance, error);
  }
}

export function runObject(number, run, head, body, rest) {
  const instance = instances.get(number);
  if (!instance) return; // its constructor failed, and its runs have been told
  const call = callOf(head);
  if (!call) return instance.gate.begin(run, () => start(instance, run, head, body, rest));
  instance.arriving.add(run, call, received(OF_RUN, run, body, rest), (args, error, soon) => {
    instance.gate[soon ? "beginSoon" : "begin"](run, () => startCall(instance, run, call, args, error));
  });
}

/** The caller of a run has gone. A run of a Worker, or one that has begun, may hear of it; another one never begins. */
export function gone(run) {
  const instance = instances.get(native.turnInstance());
  if (instance?.arriving.drop(run) || instance?.gate.drop(run)) native.thrown(run, packThrown(new Error(NOT_BEGUN)));
  else abortSignal(run);
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
  if (isResponse(result)) finish(instance, run, result);
  else if (typeof result?.then !== "function") threw(instance, run, new TypeError(NO_PROMISE));
  else Promise.resolve(result).then((response) => finish(instance, run, response), (error) => threw(instance, run, error));
}

/** An answer waits for a section that is on, and is never given when that fails. */
function finish(instance, run, response) {
  if (isOpen()) answer(instance, run, response);
  else whenOpen(() => answer(instance, run, response));
}

function answer(instance, run, response) {
  try {
    if (!isResponse(response)) throw new TypeError(NO_RESPONSE);
    deliverResponse(response, (head, source) => deliver(run, head, source));
  } catch (error) {
    threw(instance, run, error);
  }
}

function startCall(instance, run, call, args, error) {
  const failed = (why) => threw(instance, run, why, ` in ${instance.className}.${call.path.join(".")}:`);
  const gave = (value) => {
    try {
      const [source, startBytes] = packRpc(value);
      deliver(run, startBytes ? `value\n${startBytes}` : "value", source);
    } catch (why) {
      failed(why);
    }
  };
  try {
    if (error) throw error;
    const result = perform(instance.object, instance.id, call, args);
    if (typeof result?.then === "function") Promise.resolve(result).then((value) => whenOpen(() => gave(value)), failed);
    else whenOpen(() => gave(result));
  } catch (why) {
    failed(why);
  }
}

function threw(instance, run, error, where = "") {
  if (!alive(instance)) return;
  native.log(WARN, `uncaught${where} ${errorText(error)}${stackLines(error)}`);
  native.thrown(run, packThrown(error));
  forgetSignal(run);
}

export function forget(number) {
  instances.get(number)?.gate.forget();
  instances.delete(number);
}
