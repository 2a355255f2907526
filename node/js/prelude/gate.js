// The input gate of blockConcurrencyWhile(). While such a *section* of an object's code is on, nothing else
// of the object goes on: new requests, timers and answers of calls wait, but for those that the section itself has
// brought about. What is brought about in a turn belongs to the section that the turn is in (native.turnSection()).

const queueMicrotask = (callback) => Promise.resolve().then(callback);
const closed = new Map(); // number of an instance -> its Gate, while a section is on
let lastSection = 0;

export class Gate {
  #instance;
  #section = 0; // the one that is on
  #left = 0; // calls of it that have not ended
  #sections = []; // that are to come, as functions
  #waiting = []; // what came meanwhile: [run, action]
  constructor(instance) {
    this.#instance = instance;
  }
  get #closed() {
    return this.#section !== 0;
  }
  /** Run `begin()` within a section: in the present one if the caller is in it, else in one of its own, later. `begin`
   * gives a promise that never rejects. */
  enter(begin) {
    if (this.#closed && native.turnSection() === this.#section) return this.#begin(begin);
    return new Promise((resolve) => {
      this.#sections.push(() => resolve(this.#begin(begin)));
      if (!this.#closed) this.#next();
    });
  }
  #next() {
    this.#section = ++lastSection;
    closed.set(this.#instance, this);
    const section = this.#section, begin = this.#sections.shift();
    queueMicrotask(() => {
      native.sectionEnter(section);
      begin();
    });
  }
  async #begin(begin) {
    this.#left++;
    const value = await begin();
    if (--this.#left === 0) this.#end();
    return value;
  }
  #end() {
    native.sectionEnter(0);
    if (this.#sections.length) return this.#next();
    this.#section = 0;
    closed.delete(this.#instance);
    if (this.#waiting.length) native.gateOpened(this.#instance);
  }
  /** Do it now or, on behalf of that run, when no section is on any more; all that waits keeps its order. */
  pass(run, action) {
    if (this.#closed || this.#waiting.length) this.#waiting.push([run, action]);
    else action();
  }
  /** A turn of its own for one of those that waited. */
  release() {
    if (this.#closed || this.#waiting.length === 0) return;
    const [run, action] = this.#waiting.shift();
    native.runStarts(run);
    action();
    if (this.#waiting.length && !this.#closed) native.gateOpened(this.#instance);
  }
  forget() {
    closed.delete(this.#instance);
  }
  static whenOpen(action) {
    if (closed.size === 0) return action();
    const gate = closed.get(native.turnInstance());
    if (!gate || native.turnSection() === gate.#section) return action();
    gate.#waiting.push([native.turnRun(), action]);
  }
}

/** For what goes on in an object's code (a timer, an answer): now, or when no section is on. */
export const whenOpen = Gate.whenOpen;

/** Resolve or reject a promise of an object's code, when no section is on. */
export function settle(how, value) {
  if (closed.size === 0) how(value);
  else whenOpen(() => how(value));
}
