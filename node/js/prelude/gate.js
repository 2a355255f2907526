// The input gate of blockConcurrencyWhile(). While such a *section* of an object's code is on, nothing else
// of the object goes on: new requests, timers and answers of calls wait, but for those that the section itself has
// brought about. What is brought about in a turn belongs to the section that the turn is in (native.turnSection()).

const closed = new Map(); // number of an instance -> its Gate, while a section is on
let lastSection = 0;

export class Gate {
  #instance;
  #section = 0; // the one that is on
  #left = 0; // calls of it that have not ended
  #sections = []; // that are to come: { run, begin }
  #beginning = null; // the one of them that is on, but has yet to begin
  #waiting = []; // what came meanwhile: { run, action, begins }
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
      this.#sections.push({ run: native.turnRun(), begin: () => resolve(this.#begin(begin)) });
      if (!this.#closed) this.#next();
    });
  }
  /** The next section begins in a turn of its own: so what follows in this one is not taken for a part of it. */
  #next() {
    this.#section = ++lastSection;
    closed.set(this.#instance, this);
    this.#beginning = this.#sections.shift();
    native.gateOpened(this.#instance);
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
  /** Begin a run, now or when no section is on any more; all that waits keeps its order. */
  begin(run, action) {
    if (this.#closed || this.#waiting.length) this.#waiting.push({ run, action, begins: true });
    else action();
  }
  /** The same from within another turn: it gets one of its own. */
  beginSoon(run, action) {
    this.#waiting.push({ run, action, begins: true });
    if (!this.#closed) native.gateOpened(this.#instance);
  }
  /** Nobody waits for this run any more. Whether it had not begun: then it never will. */
  drop(run) {
    const place = this.#waiting.findIndex((one) => one.begins && one.run === run);
    if (place >= 0) this.#waiting.splice(place, 1);
    return place >= 0;
  }
  /** A turn of its own for a section, or for one of those that waited. */
  release() {
    if (this.#beginning) {
      const { run, begin } = this.#beginning;
      this.#beginning = null;
      native.runStarts(run);
      native.sectionEnter(this.#section);
      return begin();
    }
    if (this.#closed || this.#waiting.length === 0) return;
    const { run, action } = this.#waiting.shift();
    native.runStarts(run);
    action();
    if (this.#waiting.length && !this.#closed) native.gateOpened(this.#instance);
  }
  forget() {
    closed.delete(this.#instance);
  }
  static whenOpen(action) {
    const gate = shut();
    if (!gate) return action();
    gate.#waiting.push({ run: native.turnRun(), action });
  }
  static shut() {
    const gate = closed.size ? closed.get(native.turnInstance()) : undefined;
    return gate && native.turnSection() !== gate.#section ? gate : null;
  }
}

/** The gate that what is done in this turn has to wait for; null: it need not. */
const { shut } = Gate;

/** For what goes on in an object's code (a timer, an answer, a part of a body): now, or when no section is on. */
export const whenOpen = Gate.whenOpen;

/** null, or a promise to wait for before something goes on. */
export const untilOpen = () => (shut() ? new Promise(whenOpen) : null);

/** What is done in this turn has nothing to wait for. */
export const isOpen = () => closed.size === 0 || shut() === null;

/** Resolve or reject a promise of an object's code, when no section is on. */
export function settle(how, value) {
  if (isOpen()) how(value);
  else whenOpen(() => how(value));
}
