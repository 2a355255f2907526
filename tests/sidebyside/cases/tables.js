// What classes of the Web platform make of every value in a table: each value is a case of its own.
import { engineText } from "./kinds.js";
import * as h from "../worker/helpers.js";

const rows = (name, values, look) => Object.fromEntries(values.map((value, i) => [`${name}-${i}`, (t) => look(value, t)]));

const STATUSES = [101, 100, 199, 204, 205, 304, 200, 599, 600, "204", 204.9, -1, NaN, Infinity, null, undefined, true, [200], {}, "abc", 2 ** 31];
const EMPTY = ["x", "", new Uint8Array(0), new Uint8Array(1), new URLSearchParams()];
const METHODS = ["get", "gEt", "patch", "Patch", "foo", "", " ", "GET ", "connect", "TRACE", "track", 5, null, undefined, "PURGE", "\u00e9"];
const INITS = [
  [], [["a"]], [["a", "b", "c"]], ["ab"], [[]], new Map([["a", "b"]]), { a: ["x", "y"] }, { a: Symbol("s") }, [[1, 2]], new URLSearchParams("a=1&a=2"), "x", 5,
  true, null, undefined, () => 1, [new Set(["a", "b"])],
];
const HEADER_VALUES = ["a\u0100", "\u00e9", "a\0", " a", "a ", "\ta\t", "a\r\nb", "\n", "", "a\x7f", "\x80", "a\x01b", Symbol("s"), undefined, null];
const FORM_TYPES = [
  'multipart/form-data; boundary="a b"', "multipart/form-data; boundary=a b", "MULTIPART/FORM-DATA; BOUNDARY=a", "multipart/form-data;boundary=a;",
  'multipart/form-data; x="boundary=q"; boundary=a', "multipart/mixed; boundary=a", "application/x-www-form-urlencoded",
  "application/x-www-form-urlencoded; charset=utf-8", "Application/X-WWW-form-urlencoded", "text/plain", "",
];
const PARTS = ['name="a"; filename=""', 'name="b"; filename="C:\\\\x.txt"', 'name="c"; filename=f', 'name="d"', "name=e", 'filename="x"'];
const READERS = ["text", "json", "arrayBuffer", "bytes", "blob", "formData"];
const FORMATS = ["gzip", "deflate", "deflate-raw"];
const TAG_BITS = [32, 64, 96, 104, 112, 120, 128, 127, 0, 256];
const HASHES = ["SHA-1", "SHA-256", "SHA-384", "SHA-512", "MD5", { name: "SHA-256" }, "sha256", undefined];
const CURVES = ["P-256", "P-384", "P-521", "P-192", "secp256k1", undefined];
const DERIVED = [
  [{}, 128], [{ hash: "SHA-1" }, 160], [{ hash: "SHA-512" }, 512], [{}, 7], [{}, 8], [{}, 0], [{}, null], [{}], [{ iterations: 0 }, 8], [{ iterations: -1 }, 8],
  [{ salt: new Uint8Array(0) }, 64], [{ salt: "x" }, 64], [{ hash: "x" }, 64], [{ salt: undefined }, 64],
];
const LABELS = ["utf-8", "utf-16le", "latin1", undefined, "nope", 5, null];
const DECODER_OPTIONS = [undefined, { fatal: true }, { ignoreBOM: true }, {}, 5, null];
const MARKED = [["utf-8", "efbbbf41"], ["utf-16le", "fffe4100"], ["utf-16be", "feff0041"], ["utf-16le", "41"], ["utf-16le", "00d84100"], ["utf-16le", "00dc"], ["utf-8", "e282"], ["utf-8", "f09f9880"], ["utf-8", "ff41"]];
const CLONED = [
  1, -0, NaN, 5n, null, undefined, new Date(NaN), /a/giy, [1, , 3], Object("s"), Object(1n), new DataView(new ArrayBuffer(3), 1), Object.create({ inherited: 1 }),
  new Error("e"), new TypeError("t", { cause: 1 }), Object.assign(new RangeError("r"), { extra: 1 }), new AggregateError([1], "g"), new DOMException("d", "DataError"),
  Object.assign(new Error("m", { cause: new TypeError("c") }), { name: "Custom", code: 7 }), Symbol.iterator, () => 1, new WeakMap(), new Float32Array([1.5]),
];
const LISTENER_OPTIONS = [{ once: true }, { passive: true }, { capture: true }, true, false, null, undefined, { signal: 5 }, { signal: AbortSignal.abort() }];
const WAIT_OPTIONS = [undefined, null, {}, 5, { signal: 5 }, { signal: undefined }];
const PATHS = ["/books/:id", "/books{/old}?", "/*.png", "/(foo|bar)", "/\u00e9", "/a\\:b", "{/a}+", "/:id.:ext"];
const VISITED = ["/books/5", "/books", "/x.png", "/q/r", "/q", "/foo", "/%20", "/\u00e9", "/a:b", "/a/a", "/5.txt"];
const BASE64 = ["", "a===", "YQ==\n", "Y Q", "-_", null, "YQ=", "\u0100"];

const fromHex = (hex) => Uint8Array.from(hex.match(/../g), (digits) => parseInt(digits, 16));
const flat = (outer, inner) => outer.flatMap((one) => inner.map((other) => [one, other]));

async function pressed(format, bytes) {
  return new Response(new Response(bytes).body.pipeThrough(new CompressionStream(format))).bytes();
}

const unpressed = (format, bytes) => new Response(new Response(bytes).body.pipeThrough(new DecompressionStream(format))).bytes();

/** What comes of bytes that are written one by one. */
async function decodedByByte(label, options, hex) {
  const { readable, writable } = new TextDecoderStream(label, options), writer = writable.getWriter();
  for (const byte of fromHex(hex)) writer.write(new Uint8Array([byte])).catch(() => {});
  writer.close().catch(() => {});
  return (await h.all(readable)).join("|");
}

const pbkdf2 = async ([more, bits]) => {
  const key = await crypto.subtle.importKey("raw", h.enc("pw"), "PBKDF2", false, ["deriveBits"]);
  return crypto.subtle.deriveBits({ name: "PBKDF2", salt: h.enc("s"), iterations: 10, hash: "SHA-256", ...more }, key, bits);
};

async function sealed(tagLength) {
  const key = await crypto.subtle.importKey("raw", new Uint8Array(16), "AES-GCM", false, ["encrypt", "decrypt"]);
  const how = { name: "AES-GCM", iv: new Uint8Array(12), tagLength };
  const hidden = await crypto.subtle.encrypt(how, key, h.enc("hi"));
  return [hidden, h.dec(await crypto.subtle.decrypt(how, key, hidden))];
}

async function curve(namedCurve) {
  const { subtle } = crypto, how = { name: "ECDSA", namedCurve }, hash = { name: "ECDSA", hash: "SHA-384" };
  const { publicKey, privateKey } = await subtle.generateKey(how, true, ["sign", "verify"]);
  const signature = await subtle.sign(hash, privateKey, h.enc("x"));
  const seen = [signature.byteLength];
  for (const format of ["raw", "spki", "jwk"]) {
    const key = await subtle.importKey(format, await subtle.exportKey(format, publicKey), how, true, ["verify"]);
    seen.push(await subtle.verify(hash, key, signature, h.enc("x")), await subtle.verify(hash, key, signature, h.enc("y")));
  }
  for (const format of ["pkcs8", "jwk"]) {
    const key = await subtle.importKey(format, await subtle.exportKey(format, privateKey), how, false, ["sign"]);
    seen.push(await subtle.verify(hash, publicKey, await subtle.sign(hash, key, h.enc("x")), h.enc("x")), await h.atried(() => subtle.exportKey(format, key)));
  }
  return [...seen, publicKey.usages, privateKey.usages, await h.atried(() => subtle.exportKey("raw", privateKey))];
}

async function hmac(hash) {
  const key = await crypto.subtle.importKey("raw", h.enc("key"), { name: "HMAC", hash }, true, ["sign", "verify"]);
  const made = await crypto.subtle.generateKey({ name: "HMAC", hash }, true, ["sign"]);
  const jwk = await h.atried(() => crypto.subtle.exportKey("jwk", key));
  return [await crypto.subtle.sign("HMAC", key, h.enc("m")), jwk.alg ?? jwk, key.algorithm, made.algorithm];
}

function listened(options) {
  const target = new EventTarget(), seen = [], listener = (event) => {
    event.preventDefault();
    seen.push(event.defaultPrevented);
  };
  target.addEventListener("x", listener, options);
  for (let i = 0; i < 2; i++) seen.push(target.dispatchEvent(new Event("x", { cancelable: true })));
  target.removeEventListener("x", listener, options);
  seen.push(target.dispatchEvent(new Event("x")));
  return seen;
}

async function cloned(value) {
  const copy = structuredClone(value);
  return [copy, Object.prototype.toString.call(copy), copy?.constructor?.name];
}

export const tables = {
  ...rows("status", STATUSES, (status) => new Response(null, { status }).status),
  ...rows("status-with-body", flat([204, 205, 304], EMPTY), ([status, body]) => [new Response(body, { status }).body, status]),
  ...rows("method", METHODS, (method) => new Request("http://h/", { method }).method),
  ...rows("headers-init", INITS, (init) => [...new Headers(init)]),
  ...rows("header-value", HEADER_VALUES, (value) => {
    const headers = new Headers();
    headers.set("x", value);
    return headers.get("x");
  }),
  ...rows("redirect", [undefined, 301, 308, 300, 304, "301", 200, null], (status) => Response.redirect("http://h/x?y#z", status).status),
  ...rows("form-type", FORM_TYPES, async (type) => {
    const body = '--a\r\nContent-Disposition: form-data; name="q"\r\n\r\nv\r\n--a--';
    return [...(await new Response(body, { headers: { "content-type": type } }).formData())];
  }),
  ...rows("form-part", PARTS, async (part) => {
    const body = `--a\r\nContent-Disposition: form-data; ${part}\r\nContent-Type: x/y\r\n\r\nv\r\n--a--`;
    const form = await new Response(body, { headers: { "content-type": "multipart/form-data; boundary=a" } }).formData();
    return [...form].map(([name, value]) => [name, typeof value === "string" ? value : [value.name, value.type, value.size]]);
  }),
  ...Object.fromEntries(flat(READERS, [null, ""]).map(([method, body], i) => [`reader-of-nothing-${i}`, engineText(async () => {
    const response = new Response(body), seen = await h.atried(() => response[method]());
    return [seen instanceof Error ? seen.name : seen?.constructor.name, response.bodyUsed, response.body === null];
  })])),
  ...rows("press", FORMATS, async (format) => {
    const bytes = new Uint8Array(300_000).map((_, i) => (i * i) & 255), small = await pressed(format, bytes);
    return [await unpressed(format, small), await h.atried(() => unpressed(format, small.slice(0, -5))), await h.atried(() => unpressed(format, new Uint8Array([...small, ...small])))];
  }),
  ...rows("press-needs-no-reader", FORMATS, async (format) => {
    const { readable, writable } = new CompressionStream(format), writer = writable.getWriter();
    for (let i = 0; i < 20; i++) await writer.write(crypto.getRandomValues(new Uint8Array(60_000)));
    await writer.close();
    const all = await new Response(readable).bytes();
    return [all.length > 1_200_000, (await unpressed(format, all)).length];
  }),
  ...rows("press-by-byob", FORMATS, async (format) => {
    const { readable, writable } = new DecompressionStream(format), writer = writable.getWriter();
    await writer.write(await pressed(format, h.enc("hello world")));
    await writer.close();
    const reader = readable.getReader({ mode: "byob" });
    return [await reader.read(new Uint8Array(5)), await reader.read(new Uint8Array(100)), await reader.read(new Uint8Array(3))];
  }),
  ...rows("read-at-least", [0, 1, 3, 5, 8, 9], async (count) => {
    const reader = new ReadableStream({
      type: "bytes",
      start(controller) {
        controller.enqueue(new Uint8Array([1, 2]));
        controller.enqueue(new Uint8Array([3, 4]));
        controller.close();
      },
    }).getReader({ mode: "byob" });
    return [await reader.readAtLeast(count, new Uint8Array(8)), await reader.readAtLeast(count, new Uint8Array(8))];
  }),
  ...rows("read-min", [1, 3, 5, 0], async (min) => {
    const reader = new ReadableStream({ type: "bytes", pull: (controller) => controller.enqueue(new Uint8Array([7])) }).getReader({ mode: "byob" });
    return reader.read(new Uint8Array(4), { min });
  }),
  ...rows("decoder-stream", flat(LABELS, DECODER_OPTIONS), ([label, options]) => {
    const { encoding, fatal, ignoreBOM } = new TextDecoderStream(label, options);
    return [encoding, fatal, ignoreBOM];
  }),
  ...rows("decoder", flat(MARKED, [{}, { fatal: true }, { ignoreBOM: true }]), ([[label, hex], options]) => new TextDecoder(label, options).decode(fromHex(hex))),
  ...rows("decoder-by-byte", flat(MARKED, [{ fatal: false }, { fatal: true }]), ([[label, hex], options]) => decodedByByte(label, options, hex)),
  ...rows("decoder-in-turns", [[0, 1], [0, 0, 1], [1, 0, 1]], (last) => {
    const decoder = new TextDecoder();
    return last.map((end) => Array.from(fromHex("efbbbf41"), (byte, i) => decoder.decode(new Uint8Array([byte]), { stream: !(end && i === 3) })));
  }),
  ...rows("seal", TAG_BITS, sealed),
  ...rows("hmac", HASHES, hmac),
  ...rows("curve", CURVES, curve),
  ...rows("pbkdf2", DERIVED, pbkdf2),
  ...rows("import-key", [[], ["raw"], ["raw", new Uint8Array(16)], ["raw", new Uint8Array(16), "AES-GCM"], ["raw", new Uint8Array(16), "AES-GCM", true], ["raw", new Uint8Array(31), "Ed25519", true, ["verify"]]],
    (values) => crypto.subtle.importKey(...values)),
  ...rows("agree", ["P-256", "P-384", null, undefined], async (namedCurve) => {
    const mine = await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, ["deriveBits"]);
    const theirs = namedCurve ? (await crypto.subtle.generateKey({ name: "ECDH", namedCurve }, true, ["deriveBits"])).publicKey : namedCurve === null ? 5 : undefined;
    return (await crypto.subtle.deriveBits({ name: "ECDH", public: theirs }, mine.privateKey, 256)).byteLength;
  }),
  ...rows("clone", CLONED, cloned),
  ...rows("listener", LISTENER_OPTIONS, listened),
  ...rows("listener-object", [{}, { handleEvent: 5 }, { handleEvent() {} }], (object) => new EventTarget().addEventListener("x", object)),
  ...rows("any-signal", [[5], [null], [AbortSignal.abort(1), AbortSignal.abort(2)]], (signals) => AbortSignal.any(signals).reason),
  ...rows("wait", WAIT_OPTIONS, (options) => scheduler.wait(1, options)),
  ...rows("wait-aborted", ["q", undefined, new RangeError("r")], (reason) => scheduler.wait(60_000, { signal: AbortSignal.abort(reason) })),
  ...rows("pattern", PATHS, (pathname) => {
    const pattern = new URLPattern({ pathname });
    return VISITED.map((path) => pattern.exec({ pathname: path })?.pathname.groups ?? null);
  }),
  ...rows("base64", BASE64, (text) => [h.tried(() => atob(text)), h.tried(() => btoa(text))]),
};
