import labels from "whatwg-encoding/lib/labels-to-names.json";

// All labels of the Encoding Standard. ICU does the decoding; what it calls otherwise is here.

const names = {
  ...labels, // leaves out those that its own decoder lacks
  csiso88598i: "iso-8859-8-i", "iso-8859-8-i": "iso-8859-8-i", logical: "iso-8859-8-i",
  "x-mac-cyrillic": "x-mac-cyrillic", "x-mac-ukrainian": "x-mac-cyrillic", csiso2022jp: "iso-2022-jp", "iso-2022-jp": "iso-2022-jp",
};

const ICU_NAMES = { "iso-8859-8-i": "iso-8859-8", gbk: "gb18030", "euc-kr": "windows-949", shift_jis: "windows-31j", big5: "big5-hkscs", "iso-8859-16": "iso-8859-1" };

// ISO-8859-16 from 0xa0 on, which ICU lacks.
const ISO_8859_16 =
  "\u00a0\u0104\u0105\u0141\u20ac\u201e\u0160\u00a7\u0161\u00a9\u0218\u00ab\u0179\u00ad\u017a\u017b\u00b0\u00b1\u010c\u0142\u017d\u201d\u00b6\u00b7\u017e\u010d\u0219\u00bb\u0152\u0153\u0178\u017c\u00c0\u00c1\u00c2\u0102\u00c4\u0106\u00c6\u00c7\u00c8\u00c9\u00ca\u00cb\u00cc\u00cd\u00ce\u00cf\u0110\u0143\u00d2\u00d3\u00d4\u0150\u00d6\u015a\u0170\u00d9\u00da\u00db\u00dc\u0118\u021a\u00df\u00e0\u00e1\u00e2\u0103\u00e4\u0107\u00e6\u00e7\u00e8\u00e9\u00ea\u00eb\u00ec\u00ed\u00ee\u00ef\u0111\u0144\u00f2\u00f3\u00f4\u0151\u00f6\u015b\u0171\u00f9\u00fa\u00fb\u00fc\u0119\u021b\u00ff";

/** What ICU makes of some bytes, and what the standard does. */
const MENDED = {
  ibm866: { "\x1a": "\x7f", "\x1c": "\x1a", "\x7f": "\x1c" },
  "koi8-u": { "\u255d": "\u045e", "\u256c": "\u040e" },
  "windows-874": Object.fromEntries(Array.from("\uf8c1\uf8c2\uf8c3\uf8c4\uf8c5\uf8c6\uf8c7\uf8c8", (from) => [from, "\ufffd"])),
  "windows-1253": { "\xaa": "\ufffd" },
  "iso-8859-16": Object.fromEntries(Array.from(ISO_8859_16, (to, i) => [String.fromCharCode(0xa0 + i), to])),
};

function mend(text, mended, fatal) {
  const whole = text.replace(/[^]/g, (from) => mended[from] ?? from);
  return fatal && whole.includes("\ufffd") ? null : whole;
}

/** One byte is one character: ASCII, then the private use area. */
function decodeUserDefined(bytes) {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte < 0x80 ? byte : 0xf700 + byte);
  return text;
}

/** { name, open(fatal) } of a label; open() gives a function (bytes, last) -> text, or null for what is malformed. */
export function find(label) {
  if (!Object.hasOwn(names, label) || names[label] === "replacement") return undefined;
  const name = names[label].toLowerCase();
  const open = (fatal) => {
    if (name === "x-user-defined") return decodeUserDefined;
    const decoder = native.decoderOpen(ICU_NAMES[name] ?? name, fatal);
    if (!decoder) throw new RangeError(`The encoding ${name} is not there.`);
    return (bytes, last) => {
      const text = native.decoderPush(decoder, bytes, last);
      return text !== null && MENDED[name] ? mend(text, MENDED[name], fatal) : text;
    };
  };
  return { name, open };
}

/** A character for each byte. */
export function decodeLatin1(bytes) {
  return native.decoderPush(native.decoderOpen("iso-8859-1", false), bytes, true);
}
