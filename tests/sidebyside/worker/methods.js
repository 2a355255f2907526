// A class whose methods are called on its stubs.
import { DurableObject } from "cloudflare:workers";

class Mine {
  x = 1;
  method() {
    return "mine";
  }
}

class Base extends DurableObject {
  inherited() {
    return "inherited";
  }
  overridden() {
    return "base";
  }
}

export class Methods extends Base {
  own = 5;
  arrow = () => 1;
  notes = [];

  #secret() {
    return 1;
  }
  static ofTheClass() {
    return 1;
  }

  fetch(request) {
    return new Response(`${request.method} ${new URL(request.url).pathname}`);
  }

  // What is there
  overridden() {
    return "derived";
  }
  add(a, b) {
    return a + b;
  }
  async later(value) {
    await null;
    return value;
  }
  echo(value) {
    return value;
  }
  all(...values) {
    return values;
  }
  count() {
    return arguments.length;
  }
  nothing() {}
  thenable() {
    return {
      then(resolve) {
        resolve(9);
      },
    };
  }
  secret() {
    return this.#secret();
  }
  get getter() {
    return "got";
  }
  get throwing() {
    throw new RangeError("in the getter");
  }
  get missing() {
    return undefined;
  }
  get none() {
    return null;
  }
  set setter(value) {}
  get tree() {
    return { leaf: { n: 1 }, list: [1, 2], when: new Date(5), none: undefined, self() { return this.leaf; } };
  }
  "odd name"() {
    return "odd";
  }
  5() {
    return "five";
  }

  // Names that mean something, here or elsewhere
  dup() {}
  alarm() {}
  webSocketMessage() {}
  webSocketClose() {}
  webSocketError() {}
  scheduled() {
    return "scheduled";
  }
  queue() {
    return "queue";
  }
  get() {
    return "get";
  }
  put() {
    return "put";
  }
  delete() {
    return "delete";
  }
  name() {
    return "name";
  }
  then() {
    return "then";
  }

  // Errors
  boom(message) {
    throw Object.assign(new RangeError(message), { code: 5, more: { a: [1] } });
  }
  async laterBoom() {
    await null;
    throw new TypeError("later");
  }
  throws(what) {
    throw what;
  }
  throwsMine() {
    class Custom extends Error {
      name = "Custom";
    }
    throw new Custom("mine");
  }
  throwsSymbol() {
    throw Symbol("thrown");
  }
  throwsUncloneable() {
    throw Object.assign(new Error("no clone"), { map: new WeakMap() });
  }
  mine() {
    return new Mine();
  }
  bare() {
    return Object.assign(Object.create(null), { a: 1 });
  }
  symbol() {
    return Symbol("s");
  }
  weak() {
    return new WeakMap();
  }
  promises() {
    return { p: Promise.resolve(1) };
  }
  abort() {
    this.ctx.abort("aborted");
  }
  async failedSection() {
    await this.ctx.blockConcurrencyWhile(async () => {
      throw new RangeError("in the section");
    });
  }

  // Order and state
  note(value) {
    this.notes.push(typeof value === "string" ? value.length : value);
    return this.notes.length;
  }
  noted() {
    return this.notes;
  }
  async increment(by = 1) {
    const value = ((await this.ctx.storage.get("value")) ?? 0) + by;
    await this.ctx.storage.put("value", value);
    return value;
  }
  async section() {
    return this.ctx.blockConcurrencyWhile(async () => {
      await scheduler.wait(20);
      this.notes.push("section");
      return 7;
    });
  }
  countDown(left) {
    return left === 0 ? "down" : this.env.METHODS.get(this.ctx.id).countDown(left - 1);
  }
  through(name, method, ...args) {
    return this.env.METHODS.getByName(name)[method](...args);
  }

  // The Web API's values
  about(value) {
    return [Object.prototype.toString.call(value), value?.constructor?.name];
  }
  response(text, init) {
    return new Response(text, init);
  }
  flowing(count) {
    const { readable, writable } = new IdentityTransformStream();
    const writer = writable.getWriter();
    const write = async () => {
      for (let i = 0; i < count; i++) await writer.write(new TextEncoder().encode(`part ${i};`));
      await writer.close();
    };
    write();
    return new Response(readable, { headers: { flows: "yes" } });
  }
  twoResponses() {
    return [new Response("one"), { two: new Response("two") }];
  }
  async requestSeen(request) {
    return [request instanceof Request, request.method, request.url, [...request.headers], request.redirect, await request.text()];
  }
  async handle(request) {
    return new Response(request.body, { status: 201, headers: request.headers });
  }
  stream() {
    return new Response("a stream").body;
  }
  async readStream(stream) {
    return new Response(stream).text();
  }
}
