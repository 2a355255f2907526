// What the lazy parts use of this one; build.mjs turns their imports of "../shared.js" into this.
import * as bases from "./bases.js";
import * as describe from "./describe.js";
import * as exception from "./exception.js";
import * as shared from "./shared.js";
import * as streams from "./streams.js";
import * as text from "./text.js";
import * as thrown from "./thrown.js";

native.modules = {
  "bases.js": bases, "describe.js": describe, "exception.js": exception, "shared.js": shared,
  "streams.js": streams, "text.js": text, "thrown.js": thrown,
};
