import { DOMException } from "./exception.js";
import { define, defineLazy, hostName, initOf, lazy, toText, wrongArgument } from "./shared.js";
import { httpUrl } from "./url.js";
import { isRequest } from "./request.js";

const GLOBAL = "ServiceWorkerGlobalScope";
const BAD_BASE64 =
  "atob() called with invalid base64-encoded data. (Only whitespace, '+', '/', alphanumeric ASCII, and up to two terminal '=' signs when the input data length is divisible by 4 are allowed.)";

function latin1(bytes) {
  let text = "";
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return text;
}

function atob(data) {
  if (arguments.length === 0) throw wrongArgument("atob", GLOBAL, 1, "string");
  let text = toText(data).replace(/[\t\n\f\r ]/g, "");
  if (text.length % 4 === 0) text = text.replace(/={1,2}$/, "");
  if (text.length % 4 === 1 || /[^A-Za-z0-9+/]/.test(text)) throw new DOMException(BAD_BASE64, "InvalidCharacterError");
  return latin1(Uint8Array.fromBase64(text, { lastChunkHandling: "loose" }));
}

function btoa(data) {
  if (arguments.length === 0) throw wrongArgument("btoa", GLOBAL, 1, "String");
  const text = toText(data);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 255) throw new DOMException("btoa() can only operate on characters in the Latin1 (ISO/IEC 8859-1) range.", "InvalidCharacterError");
    bytes[i] = unit;
  }
  return bytes.toBase64();
}

function structuredClone(value, options = undefined) {
  if (arguments.length === 0) throw wrongArgument("structuredClone", GLOBAL, 1, "Value");
  const { transfer = [] } = initOf(options, () => wrongArgument("structuredClone", GLOBAL, 2, "StructuredCloneOptions"));
  if (!Array.isArray(transfer)) throw new TypeError("Incorrect type for the 'transfer' field on 'StructuredCloneOptions': the provided value is not of type 'Array'.");
  if (!transfer.every((one) => one instanceof ArrayBuffer)) throw new TypeError("Object is not transferable");
  const copy = lazy("clone").clone(value, hostName);
  for (const buffer of new Set(transfer)) buffer.transfer(); // the copy has what it had
  return copy;
}

/** The Internet is not part of the model. */
async function fetch(input) {
  const url = isRequest(input) ? input.url : httpUrl(input);
  throw new TypeError(
    `fetch(${JSON.stringify(url)}): nothing leaves the simulator. A Worker here reaches Durable Objects, by stub.fetch(), and nothing else.`,
  );
}

define({ atob, btoa, structuredClone, fetch });
defineLazy("URLPattern", () => lazy("url-pattern").URLPattern);
globalThis.self = globalThis;
globalThis.origin = "null";
define({ Cloudflare: { compatibilityFlags: {} } });
