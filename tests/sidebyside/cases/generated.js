// Inputs made at random. /case/generated.NAME?seed=S&from=F&count=N gives N of them from the F-th on, with what
// came of each; without a seed it is always the same ones, and workerd's answers are in golden.json.
import { attempt } from "../worker/observe.js";
import * as h from "../worker/helpers.js";

/** Mulberry32: a small generator that gives the same numbers everywhere. */
function generator(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const below = (count) => next() % count;
  const pick = (list) => list[below(list.length)];
  const some = (list, max) => Array.from({ length: below(max + 1) }, () => pick(list)).join("");
  return { below, pick, some };
}

const PIECES = [
  "a",
  "B",
  "0",
  ".",
  "..",
  "/",
  "//",
  "\\",
  "?",
  "#",
  "@",
  ":",
  "%",
  "%2e",
  "%2F",
  "%zz",
  " ",
  "\t",
  "\n",
  "é",
  "|",
  "{",
  "^",
  "[",
  "]",
  "'",
  '"',
  "<",
  "~",
  "*",
  "+",
  "&",
  "=",
  ";",
  "-",
  "_",
];
const HOSTS = [
  "example.com",
  "EXAMPLE.com",
  "127.0.0.1",
  "0x7f.1",
  "1",
  "256.1.1.1",
  "[::1]",
  "[::ffff:1.2.3.4]",
  "a..b",
  "é.com",

  "a_b",
  "-a",
  "a%41",
  "",
  "user@h",
  "u:p@h",
  "h:80",
  "h:443",
  "h:8080",
  "h:0",
  "h:99999",
  "h:",
];
const SCHEMES = ["http://", "https://", "HTTP://", "http:", "ftp://", "file:///", "data:", "ws://", "foo:", "foo://", "//", "/", ""];

const urlText = (random) => random.pick(SCHEMES) + random.pick(HOSTS) + random.some(PIECES, 6);

const BYTES = [
  "00",
  "41",
  "7f",
  "80",
  "81",
  "8d",
  "a0",
  "bf",
  "c2",
  "e0",
  "e2",
  "82",
  "ac",
  "ed",
  "f0",
  "9f",
  "98",
  "ff",
  "fe",
  "0d",
  "20",
];
const LABELS = [
  "utf-8",
  "utf-16le",
  "utf-16be",
  "windows-1252",
  "iso-8859-2",
  "iso-8859-15",
  "windows-1251",
  "koi8-r",
  "macintosh",
  "ibm866",
  "windows-874",
  "x-user-defined",
];

const kinds = {
  url: {
    make: (random) => [urlText(random), ...(random.below(3) ? [] : [urlText(random)])],
    run: (input) => {
      const { href, origin, protocol, username, password, host, hostname, port, pathname, search, hash } = new URL(...input);
      return { href, origin, protocol, username, password, host, hostname, port, pathname, search, hash };
    },
  },
  "url-change": {
    make: (random) => [
      random.pick(["protocol", "username", "password", "host", "hostname", "port", "pathname", "search", "hash"]),
      random.some([...PIECES, "x", "8", "https"], 4),
    ],
    run: ([name, value]) => {
      const url = new URL("http://user:pw@host.example:8080/a/b?q=1#f");
      url[name] = value;
      return [url.href, [...url.searchParams]];
    },
  },
  params: {
    make: (random) => random.some(["a", "b", "=", "&", "+", "%20", "%zz", "é", "?", "#", "%C3%A9", ";", " "], 12),
    run: (text) => {
      const params = new URLSearchParams(text);
      params.sort();
      return [[...params], params.toString(), params.getAll("a"), params.has("b")];
    },
  },
  headers: {
    make: (random) =>
      Array.from({ length: random.below(6) }, () => [
        random.pick(["a", "A", "b", "x-long-name", "set-cookie", "cookie", "Content-Type", "_"]),
        random.some(["x", " ", "\t", ",", "; ", "é", "\u0100", "\0", "\n", "=", '"'], 4),
      ]),
    run: (pairs) => {
      const headers = new Headers(pairs.slice(0, 2));
      for (const [name, value] of pairs.slice(2)) headers.append(name, value);
      return [[...headers], headers.get("a"), headers.getSetCookie()];
    },
  },
  base64: {
    make: (random) => random.some(["a", "Zg", "==", "=", "+", "/", "-", " ", "\n", "A", "QUJD"], 6),
    run: (text) => [h.tried(() => atob(text)), btoa(text)],
  },
  decode: {
    make: (random) => [random.pick(LABELS), random.some(BYTES, 10), random.below(11), random.below(2) === 1],
    run: ([label, hex, cut, fatal]) => {
      const bytes = Uint8Array.from(hex.match(/../g) ?? [], (digits) => parseInt(digits, 16));
      const decoder = new TextDecoder(label, { fatal });
      return decoder.decode(bytes.subarray(0, cut), { stream: true }) + "|" + decoder.decode(bytes.subarray(cut));
    },
  },
  multipart: {
    make: (random) =>
      random.some(
        [
          "--B",
          "--B--",
          "--B\r\n",
          "\r\n",
          "\r\n\r\n",
          'Content-Disposition: form-data; name="a"',
          'Content-Disposition: form-data; name="f"; filename="n"',
          "Content-Type: x/y",
          "value",
          "\n",
        ],
        14,
      ),
    run: async (body) => {
      const form = await new Response(body, { headers: { "content-type": "multipart/form-data; boundary=B" } }).formData();
      return Promise.all(
        [...form].map(async ([name, value]) => [name, typeof value === "string" ? value : [value.name, value.type, await value.text()]]),
      );
    },
  },
};

async function run(kind, t) {
  const query = new URL(t.request.url).searchParams;
  const seed = Number(query.get("seed") ?? 1),
    from = Number(query.get("from") ?? 0),
    count = Number(query.get("count") ?? 40);
  const list = [];
  for (let i = from; i < from + count; i++) {
    const input = kind.make(generator(seed * 100_003 + i));
    list.push([input, await attempt(() => kind.run(input))]);
  }
  return list;
}

export const generated = Object.fromEntries(Object.entries(kinds).map(([name, kind]) => [name, (t) => run(kind, t)]));
