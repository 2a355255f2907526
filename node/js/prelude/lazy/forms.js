import MIMEType from "whatwg-mimetype";
import { INTERNAL, lazy, tag, toText, wrongArgument, wrongConstruct } from "../shared.js";
import { byteStream } from "../streams.js";
import { bytesOf, decodeText, encodeText, isBytes } from "../text.js";

// Blob, File and FormData, and forms as bodies.

function joined(parts) {
  const all = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let place = 0;
  for (const part of parts) {
    all.set(part, place);
    place += part.length;
  }
  return all;
}

function cleanType(type) {
  type = type === undefined ? "" : String(type);
  return /[^\x20-\x7e]/.test(type) ? "" : type.toLowerCase();
}

/** The bytes of a Blob, which never change. */
export let blobBytes;

export class Blob {
  #bytes;
  #type;
  constructor(parts = undefined, options = undefined) {
    if (parts === INTERNAL) {
      [this.#bytes, this.#type] = options;
      return;
    }
    if (parts !== undefined && (typeof parts !== "object" || typeof parts?.[Symbol.iterator] !== "function")) throw wrongConstruct(new.target.name, 1, "Array");
    if (options?.endings !== undefined) throw new Error("The 'endings' field on 'Options' is not implemented.");
    this.#bytes = joined(Array.from(parts ?? [], (part) => (isBytes(part) ? bytesOf(part) : isBlob(part) ? part.#bytes : encodeText(toText(part)))));
    this.#type = cleanType(options?.type);
  }
  get size() {
    return this.#bytes.length;
  }
  get type() {
    return this.#type;
  }
  slice(start = 0, end = this.size, type = undefined) {
    return new Blob(INTERNAL, [this.#bytes.subarray(start, end), cleanType(type)]);
  }
  async arrayBuffer() {
    return this.#bytes.slice().buffer;
  }
  async bytes() {
    return this.#bytes.slice();
  }
  async text() {
    return decodeText(this.#bytes);
  }
  stream() {
    const bytes = this.#bytes;
    return byteStream({
      pull(controller) {
        if (bytes.length) controller.enqueue(bytes.slice());
        controller.close();
        controller.byobRequest?.respond(0);
      },
    });
  }
  static {
    blobBytes = (blob) => blob.#bytes;
  }
}
tag(Blob);

function isBlob(value) {
  return value instanceof Blob;
}

export class File extends Blob {
  #name;
  #lastModified;
  constructor(parts, name, options = undefined) {
    if (parts === INTERNAL) {
      super(INTERNAL, name);
      this.#name = options;
      this.#lastModified = Date.now();
      return;
    }
    if (arguments.length < 2) throw wrongConstruct("File", arguments.length + 1, arguments.length ? "string" : "Array");
    super(parts, options);
    this.#name = toText(name).toWellFormed();
    this.#lastModified = options?.lastModified === undefined ? Date.now() : Number(options.lastModified);
  }
  get name() {
    return this.#name;
  }
  get lastModified() {
    return this.#lastModified;
  }
}
tag(File);

function fileOf(blob, name) {
  if (name === undefined && blob instanceof File) return blob;
  return new File(INTERNAL, [blobBytes(blob), blob.type], name);
}

/** What append() and set() make of their arguments: [name, value]. */
function entryOf(method, count, name, value, fileName) {
  if (count < 1) throw wrongArgument(method, "FormData", 1, "string");
  if (count < 2) throw wrongArgument(method, "FormData", 2, "File or Blob or string");
  name = toText(name).toWellFormed();
  if (!isBlob(value)) return [name, toText(value).toWellFormed()];
  return [name, fileOf(value, fileName === undefined ? (value instanceof File ? undefined : name) : toText(fileName))];
}

let entriesOf;

export class FormData {
  #entries = [];
  append(name, value, fileName) {
    this.#entries.push(entryOf("append", arguments.length, name, value, fileName));
  }
  set(name, value, fileName) {
    const entry = entryOf("set", arguments.length, name, value, fileName);
    const place = this.#entries.findIndex(([key]) => key === entry[0]);
    if (place < 0) this.#entries.push(entry);
    else this.#entries = this.#entries.filter(([key], i) => i === place || key !== entry[0]).map((old) => (old[0] === entry[0] ? entry : old));
  }
  delete(name) {
    this.#need("delete", arguments.length);
    this.#entries = this.#entries.filter(([key]) => key !== String(name));
  }
  get(name) {
    this.#need("get", arguments.length);
    return this.#entries.find(([key]) => key === String(name))?.[1] ?? null;
  }
  getAll(name) {
    this.#need("getAll", arguments.length);
    return this.#entries.filter(([key]) => key === String(name)).map(([, value]) => value);
  }
  has(name) {
    this.#need("has", arguments.length);
    return this.#entries.some(([key]) => key === String(name));
  }
  #need(method, count) {
    if (count === 0) throw wrongArgument(method, "FormData", 1, "string");
  }
  forEach(callback, self) {
    for (const [name, value] of this) callback.call(self, value, name, this);
  }
  *entries() {
    for (let i = 0; i < this.#entries.length; i++) yield [...this.#entries[i]];
  }
  *keys() {
    for (const [name] of this.entries()) yield name;
  }
  *values() {
    for (const [, value] of this.entries()) yield value;
  }
  [Symbol.iterator]() {
    return this.entries();
  }
  static {
    entriesOf = (form) => form.#entries;
  }
}
tag(FormData);

// As a body

const escaped = (text) => text.replaceAll('"', "%22").replaceAll("\n", "%0A").replaceAll("\r", "%0D");

/** Body and content type of a form. */
export function packForm(form) {
  const boundary = crypto.randomUUID().replaceAll("-", "");
  const parts = [];
  for (const [name, value] of entriesOf(form)) {
    let head = `--${boundary}\r\nContent-Disposition: form-data; name="${escaped(name)}"`;
    if (typeof value !== "string") head += `; filename="${escaped(value.name)}"\r\nContent-Type: ${value.type || "application/octet-stream"}`;
    parts.push(encodeText(`${head}\r\n\r\n`), typeof value === "string" ? encodeText(value) : blobBytes(value), encodeText("\r\n"));
  }
  parts.push(encodeText(`--${boundary}--`));
  return [joined(parts), `multipart/form-data; boundary=${boundary}`];
}

/** A Blob of a body. */
export function blobOf(bytes, contentType) {
  const type = contentType === null ? null : MIMEType.parse(contentType);
  return new Blob(INTERNAL, [bytes, type ? String(type) : (contentType ?? "")]);
}

/** A function that makes a form of a body's bytes. */
export function formParser(contentType) {
  if (contentType === null) throw new TypeError("Parsing a Body as FormData requires a Content-Type header.");
  const type = MIMEType.parse(contentType);
  if (type?.essence === "application/x-www-form-urlencoded") return parseEncoded;
  if (type?.essence !== "multipart/form-data") {
    throw new TypeError(
      "Unrecognized Content-Type header value. FormData can only parse the following MIME types: multipart/form-data, application/x-www-form-urlencoded",
    );
  }
  const boundary = type.parameters.get("boundary");
  if (!boundary) {
    throw new TypeError(
      "No boundary string in Content-Type header. The multipart/form-data MIME type requires a boundary parameter, e.g. 'Content-Type: multipart/form-data; boundary=\"abcd\"'. See RFC 7578, section 4.",
    );
  }
  return (bytes) => parseParts(bytes, `--${boundary}`);
}

function parseEncoded(bytes) {
  const form = new FormData();
  for (const [name, value] of new URLSearchParams(decodeText(bytes))) form.append(name, value);
  return form;
}

const TRUNCATED = "No subsequent boundary string after multipart message.";
const HEAD_END = /\r?\n\r?\n/g;

/** One part is a head, an empty line, and what comes before the next boundary. */
function parseParts(bytes, boundary) {
  const form = new FormData();
  const text = lazy("encodings").decodeLatin1(bytes); // a character for each byte
  let at = text.indexOf(boundary);
  if (at < 0 || at + boundary.length === text.length) throw new TypeError("No initial boundary string (or you have a truncated message).");
  for (at += boundary.length; !text.startsWith("--", at); ) {
    if (text.startsWith("\r\n", at)) at += 2;
    else if (text[at] === "\n") at++;
    else throw new TypeError("Boundary string was not succeeded by CRLF, LF, or '--'.");
    HEAD_END.lastIndex = at;
    const found = HEAD_END.exec(text);
    if (!found) throw new TypeError("No multipart message header termination found.");
    const part = readHead(decodeText(bytes.subarray(at, found.index)));
    const end = text.indexOf(`\n${boundary}`, HEAD_END.lastIndex);
    if (end < 0 || end + 1 + boundary.length === text.length) throw new TypeError(TRUNCATED);
    const content = bytes.subarray(HEAD_END.lastIndex, text[end - 1] === "\r" ? end - 1 : end);
    if (!part.fileName) form.append(part.name, decodeText(content));
    else form.append(part.name, new File(INTERNAL, [content.slice(), part.type], part.fileName));
    at = end + 1 + boundary.length;
  }
  return form;
}

const unquoted = (value) => value?.replace(/\\(.)/g, "$1");

/** One after the other, up to the first that is none; of two with one name, the last. */
function readParameters(disposition) {
  const found = {};
  for (const [, name, value] of disposition.matchAll(/\s*;\s*([\w-]+)\s*=\s*"((?:[^"\\]|\\.)*)"/gy)) found[name] = unquoted(value);
  return found;
}

const HEAD = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[^\r\n]*(?:\r?\n[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[^\r\n]*)*\r?\n?$/;

function readHead(head) {
  if (!HEAD.test(head)) throw new TypeError("FormData part had invalid headers.");
  const disposition = /^content-disposition:\s*form-data\b(.*)$/im.exec(head)?.[1];
  if (disposition === undefined) throw new TypeError("No valid Content-Disposition header found in FormData part.");
  const { name, filename: fileName } = readParameters(disposition);
  if (name === undefined) throw new TypeError("Content-Disposition header in FormData part is missing a name.");
  const type = /^content-type:[ \t]*(.*?)[ \t]*$/im.exec(head)?.[1] ?? "";
  return { name, fileName, type };
}
