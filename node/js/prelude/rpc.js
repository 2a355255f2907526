import { RpcTarget } from "./bases.js";
import { illegalInvocation, tag } from "./shared.js";

// Methods of objects, called on the stub: what user code holds between `stub` and the answer. Any name of a stub is an
// RpcProperty, a call of it an RpcPromise; both can be awaited, and both have any name again. They differ in what they
// `ask`, a function (path, args) that gives a promise: without args the value is meant, else a call of it.

const STATE = Symbol("state");

// The engine has no disposal yet; bundles use these symbols for `using`.
for (const name of ["dispose", "asyncDispose"]) {
  if (!Symbol[name]) Object.defineProperty(Symbol, name, { value: Symbol(`Symbol.${name}`) });
}

/** Names that stand for no method: what makes a promise or JSON of anything, and indices. */
function isName(key) {
  return typeof key === "string" && key !== "then" && key !== "toJSON" && !/^(?:0|[1-9]\d{0,9})$/.test(key);
}

class Awaited {
  then(resolved, rejected) {
    const state = this?.[STATE];
    if (!state) throw illegalInvocation();
    return state.promise().then(resolved, rejected);
  }
  catch(rejected) {
    return this.then(undefined, rejected);
  }
  finally(settled) {
    return Promise.resolve(this).finally(settled);
  }
  [Symbol.dispose]() {}
}

/** A class as user code sees it, and what its instances are proxies of. */
function shape(name, label) {
  const { constructor, ...methods } = Object.getOwnPropertyDescriptors(Awaited.prototype);
  const shown = { [name]: class { constructor() { throw new TypeError("Illegal constructor"); } } }[name];
  Object.defineProperties(shown.prototype, methods);
  tag(shown, label);
  const target = Object.setPrototypeOf(() => {}, shown.prototype);
  for (const key of Reflect.ownKeys(target)) delete target[key];
  return { shown, target: Object.preventExtensions(target) };
}

const property = shape("RpcProperty", "JsRpcProperty");
const promise = shape("RpcPromise", "JsRpcPromise");
export const RpcProperty = property.shown, RpcPromise = promise.shown;

class Handler {
  constructor(stub, ask, path, promise) {
    this.stub = stub;
    this.ask = ask;
    this.path = path;
    this.promise = promise ?? (() => ask(path));
  }
  get(target, key, receiver) {
    if (key === STATE) return this;
    if (key in target || !isName(key)) return Reflect.get(target, key, receiver);
    return new Proxy(property.target, new Handler(this.stub, this.ask, [...this.path, key]));
  }
  has(target, key) {
    return key in target || isName(key);
  }
  apply(_target, _self, args) {
    const answer = this.ask(this.path, args), { stub } = this;
    const askMember = (path, more) => answer.then((value) => memberOf(stub, value, path, more));
    return new Proxy(promise.target, new Handler(stub, askMember, [], () => answer));
  }
}

/** What stubs inherit from: it has every name. ask(stub, path, args) is as above. */
export function everyMethod(ask) {
  return new Proxy({}, {
    get(target, key, stub) {
      if (key in target || !isName(key)) return Reflect.get(target, key, stub);
      return new Proxy(property.target, new Handler(stub, (path, args) => ask(stub, path, args), [key]));
    },
    has: (target, key) => key in target || isName(key),
  });
}

export function noMethod(name) {
  return new TypeError(`The RPC receiver does not implement the method "${name}".`);
}

export function noFunction(path) {
  return new TypeError(`"${path.join(".")}" is not a function.`);
}

/** Where a path leads from `value`, whose name is path[from - 1], if it has one: [what is there, what has it]. */
export function follow(value, path, from, holder = undefined) {
  for (let i = from; i < path.length; i++) {
    const key = path[i], target = value instanceof RpcTarget;
    const open = target || typeof value === "function" || (typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype);
    if (!open) throw noMethod(path[Math.max(i - 1, 0)]);
    if (target ? Object.hasOwn(value, key) || !(key in value) : !Object.hasOwn(value, key)) throw noMethod(key);
    holder = value;
    value = value[key];
  }
  return [value, holder];
}

/** A member of what an object answered, which is plain data. */
function memberOf(stub, value, path, args) {
  try {
    const [member] = follow(value, path, 0);
    if (args) throw noFunction(path);
    return member;
  } catch (error) {
    throw Object.assign(error, { remote: true, durableObjectId: String(stub.id) });
  }
}
