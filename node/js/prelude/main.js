// Made into one script that is run in each Worker's context before the user's own. `native` (our
// functions in C, see ../engine.h) and `setup` (what this Worker is) are its parameters; what it
// exports are the entries that C calls.
import "./exception.js";
import "./modules.js";
import "./text.js";
import "./url.js";
import "./events.js";
import "./streams.js";
import "./headers.js";
import "./request.js";
import "./response.js";
import "./console.js";
import "./crypto.js";
import "./misc.js";
import "./performance.js";
import "./absent.js";

export { timerFired as timer } from "./timers.js";
export { bodyError, notify } from "./transport.js";
export { answer, fail, forgetCall } from "./stub.js";
export { construct, forget, gone, release, runObject } from "./object.js";
export { load, rejected, runWorker } from "./worker.js";
