import { startAlarms } from "./alarms.js";
import { DurableObject, RpcTarget, WorkerEntrypoint } from "./bases.js";
import { bundle } from "./bundle.js";
import { errorText, packThrown, fullStack } from "./errors.js";
import { DurableObjectNamespace } from "./ids.js";
import { Request } from "./request.js";
import { deliverResponse, isResponse } from "./response.js";
import { deliver, forgetSignal, OF_RUN, received } from "./transport.js";
import { define, illegalUnless, INTERNAL, tag, wrongArgument } from "./shared.js";
import { pageOf } from "./uncaught.js";
import { warm } from "./warm.js";

const WARN = 1;
const NO_RESPONSE = "Incorrect type for Promise: the Promise did not resolve to 'Response'.";
const NO_PROMISE = "Callback returned incorrect type; expected 'Promise'";
const NO_FETCH = "Handler does not export a fetch() function.";

class ExecutionContext {
  #run;
  #waits = 0;
  constructor(token, run) {
    illegalUnless(token);
    this.#run = run;
  }
  get props() {
    return {};
  }
  get exports() {
    return {};
  }
  waitUntil(promise) {
    if (arguments.length === 0) throw wrongArgument("waitUntil", "ExecutionContext", 1, "Promise");
    if (this.#waits++ === 0) native.runWaits(this.#run, true);
    const settled = () => {
      if (--this.#waits === 0) native.runWaits(this.#run, false);
    };
    Promise.resolve(promise).then(settled, (error) => {
      native.log(WARN, `waitUntil: ${errorText(error)}\n${fullStack(error)}`);
      settled();
    });
  }
  passThroughOnException() {}
}
tag(ExecutionContext);
define({ ExecutionContext });

function makeEnv() {
  const env = JSON.parse(setup.vars || "{}");
  for (const { name, space } of setup.bindings) env[name] = new DurableObjectNamespace(INTERNAL, space, 0);
  return env;
}

function register(exports) {
  const missing = [];
  for (const [space, name] of Object.entries(setup.classes)) {
    if (typeof exports[name] === "function") bundle.classes[space] = exports[name];
    else missing.push(name);
  }
  if (missing.length) {
    throw new Error(`Your Worker depends on the following Durable Objects, which are not exported in your entrypoint file: ${missing.join(", ")}.`);
  }
  bundle.worker = exports.default;
}

/** Run a bundle, as scripts/bundle makes it: a function that takes what it may import and registers. */
export function load(script) {
  bundle.env = makeEnv();
  warm();
  const imports = { register, DurableObject, WorkerEntrypoint, RpcTarget, env: bundle.env };
  script(imports).then(startAlarms).then(
    () => native.loaded(undefined),
    (error) => native.loaded(`${errorText(error)}\n${fullStack(error)}`.trimEnd()),
  );
}

function callFetch(request, context) {
  const { worker, env } = bundle;
  if (typeof worker === "function" && typeof worker.prototype?.fetch === "function") return new worker(context, env).fetch(request);
  if (typeof worker?.fetch !== "function") throw new Error(NO_FETCH);
  return worker.fetch(request, env, context);
}

export function runWorker(run, head, body, rest) {
  const context = new ExecutionContext(INTERNAL, run);
  const request = new Request(INTERNAL, head, received(OF_RUN, run, body, rest), run);
  let result;
  try {
    result = callFetch(request, context);
  } catch (error) {
    threw(run, request, error);
    return;
  }
  if (isResponse(result)) finish(run, request, result);
  else if (typeof result?.then !== "function") threw(run, request, new TypeError(NO_PROMISE));
  else Promise.resolve(result).then((response) => finish(run, request, response), (error) => threw(run, request, error));
}

function finish(run, request, response) {
  try {
    if (!isResponse(response)) throw new TypeError(NO_RESPONSE);
    deliverResponse(response, (head, source) => deliver(run, head, source));
  } catch (error) {
    threw(run, request, error);
  }
}

function threw(run, request, error) {
  native.thrown(run, packThrown(error, {}, true), pageOf(request, error));
  forgetSignal(run);
}

/** Called with what no handler caught, after microtasks. */
export function rejected(_promise, reason) {
  native.log(WARN, `uncaught (in promise) ${errorText(reason)}\n${fullStack(reason)}`.trimEnd());
}
