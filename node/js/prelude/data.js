import { Response } from "./response.js";
import { encodeText } from "./text.js";

// data: URLs are answered where they are fetched.

const DATA = /^\s*data:([^,]*),([^#]*)/i;
const TYPE = /^([^;/\s]+\/[^;/\s]+)(.*)$/;

export function isDataUrl(input) {
  if (typeof input === "string") return input[0] !== "h" && DATA.test(input);
  return input instanceof URL && DATA.test(input.href);
}

/** Bytes of text in which %XX stands for any byte. */
function unescaped(text) {
  const parts = text.split(/%([0-9a-f]{2})/i); // text and digits by turns
  return Uint8Array.from(parts.flatMap((part, i) => (i % 2 ? [Number.parseInt(part, 16)] : [...encodeText(part)])));
}

function fromBase64(bytes) {
  try {
    return Uint8Array.fromBase64(String.fromCharCode(...bytes).replace(/\s/g, ""), { lastChunkHandling: "loose" });
  } catch {
    return new Uint8Array(0);
  }
}

export function dataResponse(url) {
  const [, before, data] = DATA.exec(String(url));
  const [, media, base64] = /^(.*?)(; *base64)?$/i.exec(before.trim());
  const [, type, parameters] = TYPE.exec(media) ?? [null, "text/plain", ";charset=US-ASCII"];
  const bytes = unescaped(data);
  return new Response(base64 ? fromBase64(bytes) : bytes, { statusText: "OK", headers: { "content-type": type.toLowerCase() + parameters } });
}
