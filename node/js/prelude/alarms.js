import { makeId, idOf } from "./ids.js";
import { errorText } from "./errors.js";
import { INTERNAL } from "./shared.js";
import { DurableObject, wake } from "./stub.js";

// Alarms of this Worker's objects in this region. Each is a record of the node and a timer of nobody's; when it is due
// its object is called, as by a Worker. A record goes when the handler has succeeded, so a handler runs at least once.

const WARN = 1;
const RETRIES_MAX = 6, RETRY_START_MS = 2000; // as production documents: then 4 s, 8 s ...
const SLEEP_MS_MAX = 3_600_000; // then the clock is looked at again

const WAITING = 0, RUNNING = 1, RENEWED = 2; // RENEWED: it runs, and was set again meanwhile
const alarms = new Map(); // digits of an object -> its Alarm

class Alarm {
  state = WAITING;
  #timer = 0;
  constructor(id) {
    this.id = id;
    this.known = idOf(id);
  }
  /** Wait until `dueMs`, durably. `scheduledMs` is the time that was asked for. */
  set(dueMs, scheduledMs = dueMs, retries = 0) {
    Object.assign(this, { dueMs, scheduledMs, retries });
    const { space, digits, kind, jurisdiction, tail } = this.known;
    native.alarmPut(space, digits, JSON.stringify({ dueMs, scheduledMs, retries, kind, jurisdiction, name: tail ? tail.slice(1) : undefined }));
    this.start();
  }
  start() {
    if (this.state !== WAITING) return;
    native.timerClear(this.#timer);
    const leftMs = Math.max(0, this.dueMs - Date.now());
    this.#timer = native.timerSet(Math.min(leftMs, SLEEP_MS_MAX), () => (leftMs > SLEEP_MS_MAX ? this.start() : this.#fire()), true);
  }
  remove() {
    native.timerClear(this.#timer);
    native.alarmPut(this.known.space, this.known.digits, undefined);
    alarms.delete(this.known.digits);
  }
  #fire() {
    this.state = RUNNING;
    const info = { scheduledTime: this.scheduledMs, retryCount: this.retries, isRetry: this.retries > 0 };
    wake(new DurableObject(INTERNAL, this.id, this.known, 0), info).then(() => this.#ended(), (error) => this.#ended(error));
  }
  #ended(error) {
    const renewed = this.state === RENEWED;
    this.state = WAITING;
    if (renewed) this.start();
    else if (error === undefined) this.remove();
    else if (this.retries < RETRIES_MAX) this.set(Date.now() + RETRY_START_MS * 2 ** this.retries, this.scheduledMs, this.retries + 1);
    else {
      native.log(WARN, `the alarm of ${this.id.name ?? this.known.digits} is given up after ${RETRIES_MAX} retries: ${errorText(error)}`);
      this.remove();
    }
  }
}

/** When the alarm of the object with this id is due; null: none is set. One that runs is not set any more. */
export function alarmOf(id) {
  const alarm = alarms.get(idOf(id).digits);
  return alarm === undefined || alarm.state === RUNNING ? null : alarm.dueMs;
}

/** Set it; null: to none. */
export function setAlarmOf(id, dueMs) {
  const { digits } = idOf(id);
  let alarm = alarms.get(digits);
  if (dueMs === null) {
    if (alarm === undefined || alarm.state === RUNNING) return;
    if (alarm.state === RENEWED) alarm.state = RUNNING;
    else alarm.remove();
    return;
  }
  if (alarm === undefined) alarms.set(digits, (alarm = new Alarm(id)));
  if (alarm.state === RUNNING) alarm.state = RENEWED;
  alarm.set(dueMs);
}

/** Those that were set before this start of the node. */
export function startAlarms() {
  const flat = native.alarmList();
  for (let i = 0; i < flat.length; i += 3) {
    const [space, digits, text] = flat.slice(i, i + 3);
    try {
      const { kind, jurisdiction, name, ...times } = JSON.parse(text);
      const alarm = Object.assign(new Alarm(makeId(space, digits, kind, jurisdiction, name)), times);
      alarms.set(digits, alarm);
      alarm.start();
    } catch (error) {
      native.log(WARN, `the record of an alarm of ${digits} is damaged: ${errorText(error)}`);
    }
  }
}
