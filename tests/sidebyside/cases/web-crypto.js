// crypto and crypto.subtle.
import * as h from "../worker/helpers.js";

export const webCrypto = {
  "crypto-subtle-digest-sha-256-enc": () => crypto.subtle.digest("sha-256", h.enc("x")),
  "crypto-subtle-digest-sha-enc": () => crypto.subtle.digest({ name: "SHA-1" }, h.enc("x")),
  "crypto-subtle-digest-sha-enc-2": () => crypto.subtle.digest("SHA-3", h.enc("x")),
  "crypto-subtle-digest-sha-256": () => crypto.subtle.digest("SHA-256"),
  "crypto-subtle-digest-sha-256-2": () => crypto.subtle.digest("SHA-256", "x"),
  "crypto-subtle-digest-enc": () => crypto.subtle.digest(5, h.enc("x")),
  "crypto-subtle-importkey-raw-enc-key-hmac-hash-sha": async () => {
    const k = await crypto.subtle.importKey("raw", h.enc("key"), { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]);
    return [k.type, k.extractable, k.algorithm, k.usages, Object.prototype.toString.call(k), Object.keys(k)];
  },
  "crypto-subtle-importkey-raw-enc-key-hmac-hash-sha-2": async () => {
    const k = await crypto.subtle.importKey("raw", h.enc("key"), { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]);
    const s = await crypto.subtle.sign("HMAC", k, h.enc("data"));
    return [s, await crypto.subtle.verify("HMAC", k, s, h.enc("data")), await crypto.subtle.verify("HMAC", k, s, h.enc("dat"))];
  },
  "crypto-subtle-importkey-raw-enc-key-hmac-hash-sha-3": async () => {
    const k = await crypto.subtle.importKey("raw", h.enc("key"), { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
    return crypto.subtle.sign("HMAC", k, h.enc("data"));
  },
  "crypto-subtle-importkey-raw-enc-key-hmac-hash-sha-4": async () => {
    const k = await crypto.subtle.importKey("raw", h.enc("key"), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
    return crypto.subtle.exportKey("raw", k);
  },
  "crypto-subtle-importkey-raw-enc-key-hmac-hash-sha-5": async () => {
    const k = await crypto.subtle.importKey("raw", h.enc("key"), { name: "HMAC", hash: "SHA-256" }, true, ["sign"]);
    return crypto.subtle.exportKey("pkcs8", k);
  },
  "crypto-subtle-importkey-raw-enc-key-hmac-hash-sha-6": async () => {
    const k = await crypto.subtle.importKey("raw", h.enc("key"), { name: "HMAC", hash: "SHA-256" }, true, ["sign"]);
    return crypto.subtle.exportKey("zzz", k);
  },
  "crypto-subtle-importkey-raw-enc-key-hmac-sign": () => crypto.subtle.importKey("raw", h.enc("key"), { name: "HMAC" }, false, ["sign"]),
  "crypto-subtle-importkey-raw-enc-key-hmac-hash-sha-7": () =>
    crypto.subtle.importKey("raw", h.enc("key"), { name: "HMAC", hash: "SHA-3" }, false, ["sign"]),
  "crypto-subtle-importkey-raw-enc-key-hmac-sign-2": () => crypto.subtle.importKey("raw", h.enc("key"), "HMAC", false, ["sign"]),
  "crypto-subtle-importkey-raw-enc-key-hmac-hash-sha-8": () =>
    crypto.subtle.importKey("raw", h.enc("key"), { name: "HMAC", hash: "SHA-256" }, false, ["encrypt"]),
  "crypto-subtle-importkey-raw-enc-key-hmac-hash-sha-9": () =>
    crypto.subtle.importKey("raw", h.enc("key"), { name: "HMAC", hash: "SHA-256" }, false, []),
  "crypto-subtle-importkey-raw-enc-hmac-hash-sha-256": () =>
    crypto.subtle.importKey("raw", h.enc(""), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]),
  "crypto-subtle-importkey-raw-enc-hmac-hash-sha-256-99": () =>
    crypto.subtle.importKey("raw", h.enc("k"), { name: "HMAC", hash: "SHA-256", length: 99 }, false, ["sign"]),
  "crypto-subtle-importkey-raw-enc-key-nope-sign": () => crypto.subtle.importKey("raw", h.enc("key"), { name: "NOPE" }, false, ["sign"]),
  "crypto-subtle-importkey-zzz-enc-key-hmac-hash-sha": () =>
    crypto.subtle.importKey("zzz", h.enc("key"), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]),
  "crypto-subtle-importkey-raw-key-hmac-hash-sha-256": () =>
    crypto.subtle.importKey("raw", "key", { name: "HMAC", hash: "SHA-256" }, false, ["sign"]),
  "crypto-subtle-importkey-jwk-kty-oct-a2v5-hmac-hash": () =>
    crypto.subtle
      .importKey("jwk", { kty: "oct", k: "a2V5" }, { name: "HMAC", hash: "SHA-256" }, true, ["sign"])
      .then((k) => crypto.subtle.exportKey("raw", k)),
  "crypto-subtle-importkey-jwk-kty-oct-a2v5-alg-hs512": () =>
    crypto.subtle.importKey("jwk", { kty: "oct", k: "a2V5", alg: "HS512" }, { name: "HMAC", hash: "SHA-256" }, true, ["sign"]),
  "crypto-subtle-importkey-jwk-kty-ec-a2v5-hmac-hash": () =>
    crypto.subtle.importKey("jwk", { kty: "EC", k: "a2V5" }, { name: "HMAC", hash: "SHA-256" }, true, ["sign"]),
  "crypto-subtle-importkey-jwk-kty-oct-a2v5-ext-hmac": () =>
    crypto.subtle.importKey("jwk", { kty: "oct", k: "a2V5", ext: false }, { name: "HMAC", hash: "SHA-256" }, true, ["sign"]),
  "crypto-subtle-importkey-jwk-kty-oct-a2v5-key-ops-sha": () =>
    crypto.subtle.importKey("jwk", { kty: "oct", k: "a2V5", key_ops: ["verify"] }, { name: "HMAC", hash: "SHA-256" }, true, ["sign"]),
  "crypto-subtle-importkey-jwk-kty-oct-a2v5-use-enc-sha": () =>
    crypto.subtle.importKey("jwk", { kty: "oct", k: "a2V5", use: "enc" }, { name: "HMAC", hash: "SHA-256" }, true, ["sign"]),
  "crypto-subtle-importkey-jwk-kty-oct-hmac-hash-sha": () =>
    crypto.subtle.importKey("jwk", { kty: "oct" }, { name: "HMAC", hash: "SHA-256" }, true, ["sign"]),
  "crypto-subtle-importkey-jwk-enc-hmac-hash-sha-256": () =>
    crypto.subtle.importKey("jwk", h.enc("x"), { name: "HMAC", hash: "SHA-256" }, true, ["sign"]),
  "crypto-subtle-generatekey-hmac-hash-sha-256-sign-raw": () =>
    crypto.subtle
      .generateKey({ name: "HMAC", hash: "SHA-256" }, true, ["sign", "verify"])
      .then(async (k) => [k.type, k.algorithm, k.usages, (await crypto.subtle.exportKey("raw", k)).byteLength]),
  "crypto-subtle-generatekey-hmac-hash-sha-512-length": () =>
    crypto.subtle
      .generateKey({ name: "HMAC", hash: "SHA-512", length: 100 }, true, ["sign", "verify"])
      .then(async (k) => [k.type, k.algorithm, k.usages, (await crypto.subtle.exportKey("raw", k)).byteLength]),
  "crypto-subtle-generatekey-hmac-hash-sha-512": () => crypto.subtle.generateKey({ name: "HMAC", hash: "SHA-512" }, true, []),
  "crypto-subtle-importkey-raw-32-aes-gcm-encrypt-iv-16": async () => {
    const k = await crypto.subtle.importKey("raw", new Uint8Array(32), "AES-GCM", true, ["encrypt", "decrypt"]);
    return crypto.subtle.encrypt(
      { name: "AES-GCM", iv: new Uint8Array(16), additionalData: h.enc("aad"), tagLength: 96 },
      k,
      h.enc("hello"),
    );
  },
  "crypto-subtle-importkey-raw-32-aes-gcm-encrypt-iv-12": async () => {
    const k = await crypto.subtle.importKey("raw", new Uint8Array(32), "AES-GCM", true, ["encrypt", "decrypt"]);
    const c = await crypto.subtle.encrypt({ name: "AES-GCM", iv: new Uint8Array(12) }, k, h.enc("hello"));
    new Uint8Array(c)[0] ^= 1;
    return crypto.subtle.decrypt({ name: "AES-GCM", iv: new Uint8Array(12) }, k, c);
  },
  "crypto-subtle-importkey-raw-32-aes-gcm-encrypt-iv-12-2": async () => {
    const k = await crypto.subtle.importKey("raw", new Uint8Array(32), "AES-GCM", true, ["encrypt", "decrypt"]);
    return crypto.subtle.decrypt({ name: "AES-GCM", iv: new Uint8Array(12) }, k, new Uint8Array(5));
  },
  "crypto-subtle-importkey-raw-32-aes-gcm-encrypt": async () => {
    const k = await crypto.subtle.importKey("raw", new Uint8Array(32), "AES-GCM", true, ["encrypt", "decrypt"]);
    return crypto.subtle.encrypt({ name: "AES-GCM" }, k, new Uint8Array(5));
  },
  "crypto-subtle-importkey-raw-32-aes-gcm-encrypt-iv": async () => {
    const k = await crypto.subtle.importKey("raw", new Uint8Array(32), "AES-GCM", true, ["encrypt", "decrypt"]);
    return crypto.subtle.encrypt({ name: "AES-GCM", iv: new Uint8Array(0) }, k, new Uint8Array(5));
  },
  "crypto-subtle-importkey-raw-32-aes-gcm-encrypt-iv-12-3": async () => {
    const k = await crypto.subtle.importKey("raw", new Uint8Array(32), "AES-GCM", true, ["encrypt", "decrypt"]);
    return crypto.subtle.encrypt({ name: "AES-GCM", iv: new Uint8Array(12), tagLength: 5 }, k, new Uint8Array(5));
  },
  "crypto-subtle-importkey-raw-32-aes-gcm-decrypt-iv-12": async () => {
    const k = await crypto.subtle.importKey("raw", new Uint8Array(32), "AES-GCM", true, ["decrypt"]);
    return crypto.subtle.encrypt({ name: "AES-GCM", iv: new Uint8Array(12) }, k, new Uint8Array(5));
  },
  "crypto-subtle-importkey-raw-32-aes-gcm-encrypt-cbc": async () => {
    const k = await crypto.subtle.importKey("raw", new Uint8Array(32), "AES-GCM", true, ["encrypt"]);
    return crypto.subtle.encrypt({ name: "AES-CBC", iv: new Uint8Array(16) }, k, new Uint8Array(5));
  },
  "crypto-subtle-importkey-raw-15-aes-gcm-encrypt": () => crypto.subtle.importKey("raw", new Uint8Array(15), "AES-GCM", true, ["encrypt"]),
  "crypto-subtle-importkey-raw-16-aes-gcm-sign": () => crypto.subtle.importKey("raw", new Uint8Array(16), "AES-GCM", true, ["sign"]),
  "crypto-subtle-generatekey-aes-gcm-length-256-encrypt": () =>
    crypto.subtle
      .generateKey({ name: "AES-GCM", length: 256 }, true, ["encrypt"])
      .then(async (k) => [k.algorithm, (await crypto.subtle.exportKey("raw", k)).byteLength]),
  "crypto-subtle-generatekey-aes-gcm-length-100-encrypt": () =>
    crypto.subtle.generateKey({ name: "AES-GCM", length: 100 }, true, ["encrypt"]),
  "crypto-subtle-generatekey-aes-gcm-encrypt": () => crypto.subtle.generateKey({ name: "AES-GCM" }, true, ["encrypt"]),
  "crypto-subtle-importkey-raw-16-aes-cbc-encrypt-iv": async () => {
    const k = await crypto.subtle.importKey("raw", new Uint8Array(16), "AES-CBC", true, ["encrypt", "decrypt"]);
    const a = { name: "AES-CBC", iv: new Uint8Array(16) };
    const c = await crypto.subtle.encrypt(a, k, h.enc("hello"));
    return [
      c,
      h.dec(await crypto.subtle.decrypt(a, k, c)),
      await crypto.subtle.decrypt(a, k, new Uint8Array(16)).catch((e) => e),
      await crypto.subtle.encrypt({ name: "AES-CBC", iv: new Uint8Array(5) }, k, c).catch((e) => e),
    ];
  },
  "crypto-subtle-importkey-raw-16-aes-ctr-encrypt-64": async () => {
    const k = await crypto.subtle.importKey("raw", new Uint8Array(16), "AES-CTR", true, ["encrypt", "decrypt"]);
    const a = { name: "AES-CTR", counter: new Uint8Array(16), length: 64 };
    const c = await crypto.subtle.encrypt(a, k, h.enc("hello"));
    return [
      c,
      h.dec(await crypto.subtle.decrypt(a, k, c)),
      await crypto.subtle.encrypt({ name: "AES-CTR", counter: new Uint8Array(5), length: 64 }, k, c).catch((e) => e),
      await crypto.subtle.encrypt({ name: "AES-CTR", counter: new Uint8Array(16), length: 129 }, k, c).catch((e) => e),
    ];
  },
  "crypto-subtle-importkey-raw-enc-pw-pbkdf2-derivebits": async () => {
    const k = await crypto.subtle.importKey("raw", h.enc("pw"), "PBKDF2", false, ["deriveBits", "deriveKey"]);
    const a = { name: "PBKDF2", hash: "SHA-256", salt: h.enc("salt"), iterations: 1000 };
    return [
      k.algorithm,
      await crypto.subtle.deriveBits(a, k, 256),
      await crypto.subtle.exportKey("raw", await crypto.subtle.deriveKey(a, k, { name: "AES-GCM", length: 128 }, true, ["encrypt"])),
    ];
  },
  "crypto-subtle-importkey-raw-enc-pw-pbkdf2-derivebits-2": async () => {
    const k = await crypto.subtle.importKey("raw", h.enc("pw"), "PBKDF2", false, ["deriveBits", "deriveKey"]);
    const a = { name: "PBKDF2", hash: "SHA-256", salt: h.enc("salt"), iterations: 1000 };
    return Promise.all(
      [
        crypto.subtle.deriveBits(a, k, 7),
        crypto.subtle.deriveBits(a, k, 0),
        crypto.subtle.deriveBits(a, k),
        crypto.subtle.deriveBits({ ...a, iterations: 0 }, k, 8),
        crypto.subtle.deriveBits({ ...a, iterations: 100001 }, k, 8),
        crypto.subtle.deriveBits({ ...a, salt: undefined }, k, 8),
        crypto.subtle.deriveBits({ ...a, hash: undefined }, k, 8),
      ].map((p) => p.catch((e) => e)),
    );
  },
  "crypto-subtle-importkey-raw-enc-pw-pbkdf2-derivekey": async () => {
    const k = await crypto.subtle.importKey("raw", h.enc("pw"), "PBKDF2", false, ["deriveKey"]);
    const a = { name: "PBKDF2", hash: "SHA-256", salt: h.enc("salt"), iterations: 1000 };
    return crypto.subtle.deriveBits(a, k, 8);
  },
  "crypto-subtle-importkey-raw-enc-pw-pbkdf2-derivekey-2": () => crypto.subtle.importKey("raw", h.enc("pw"), "PBKDF2", true, ["deriveKey"]),
  "crypto-subtle-importkey-raw-enc-pw-pbkdf2-sign": () => crypto.subtle.importKey("raw", h.enc("pw"), "PBKDF2", false, ["sign"]),
  "crypto-subtle-importkey-raw-enc-pw-hkdf-derivebits-i": async () => {
    const k = await crypto.subtle.importKey("raw", h.enc("pw"), "HKDF", false, ["deriveBits", "deriveKey"]);
    const a = { name: "HKDF", hash: "SHA-256", salt: h.enc("salt"), info: h.enc("i") };
    const derived = await crypto.subtle.deriveKey(a, k, { name: "HMAC", hash: "SHA-256" }, true, ["sign"]);
    return [await crypto.subtle.deriveBits(a, k, 256), derived.algorithm];
  },
  "crypto-subtle-generatekey-ecdsa-namedcurve-256-sign": async () => {
    const k = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
    const s = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, k.privateKey, h.enc("x"));
    return [
      s.byteLength,
      await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, k.publicKey, s, h.enc("x")),
      await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, k.publicKey, s, h.enc("y")),
      await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, k.publicKey, new Uint8Array(5), h.enc("y")),
      k.privateKey.algorithm,
      k.privateKey.usages,
      k.publicKey.usages,
      k.publicKey.type,
      k.privateKey.extractable,
      k.publicKey.extractable,
      Object.keys(k),
    ];
  },
  "crypto-subtle-generatekey-ecdsa-namedcurve-sign": () =>
    crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-1" }, true, ["sign", "verify"]),
  "crypto-subtle-generatekey-ecdsa-sign-verify": () => crypto.subtle.generateKey({ name: "ECDSA" }, true, ["sign", "verify"]),
  "crypto-subtle-generatekey-ecdsa-namedcurve-256": () =>
    crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["verify"]),
  "crypto-subtle-generatekey-ecdsa-namedcurve-256-sign-2": () =>
    crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "encrypt"]),
  "crypto-subtle-importkey-raw-65-ecdsa-namedcurve-256": () =>
    crypto.subtle.importKey("raw", new Uint8Array(65), { name: "ECDSA", namedCurve: "P-256" }, true, ["verify"]),
  "crypto-subtle-importkey-raw-ecdsa-namedcurve-256": () =>
    crypto.subtle.importKey("raw", new Uint8Array(5), { name: "ECDSA", namedCurve: "P-256" }, true, ["verify"]),
  "crypto-subtle-importkey-spki-ecdsa-namedcurve-256": () =>
    crypto.subtle.importKey("spki", new Uint8Array(5), { name: "ECDSA", namedCurve: "P-256" }, true, ["verify"]),
  "crypto-subtle-importkey-pkcs8-ecdsa-namedcurve-256": () =>
    crypto.subtle.importKey("pkcs8", new Uint8Array(5), { name: "ECDSA", namedCurve: "P-256" }, true, ["sign"]),
  "crypto-subtle-importkey-jwk-kty-ec-crv-256-aa-y": () =>
    crypto.subtle.importKey("jwk", { kty: "EC", crv: "P-256", x: "AA", y: "AA" }, { name: "ECDSA", namedCurve: "P-256" }, true, ["verify"]),
  "crypto-subtle-importkey-jwk-kty-ec-crv-384-aa-y-256": () =>
    crypto.subtle.importKey("jwk", { kty: "EC", crv: "P-384", x: "AA", y: "AA" }, { name: "ECDSA", namedCurve: "P-256" }, true, ["verify"]),
  "crypto-subtle-importkey-jwk-kty-oct-ecdsa-namedcurve": () =>
    crypto.subtle.importKey("jwk", { kty: "oct" }, { name: "ECDSA", namedCurve: "P-256" }, true, ["verify"]),
  "crypto-subtle-generatekey-ecdsa-namedcurve-256-sign-3": async () => {
    const k = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
    return [
      await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, k.publicKey, h.enc("x")).catch((e) => e),
      await crypto.subtle.sign("ECDSA", k.privateKey, h.enc("x")).catch((e) => e),
      await crypto.subtle.sign({ name: "HMAC" }, k.privateKey, h.enc("x")).catch((e) => e),
      await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, k, h.enc("x")).catch((e) => e),
    ];
  },
  "ecdh-namedcurve-256-crypto-subtle-generatekey-l-y": async () => {
    const a = { name: "ECDH", namedCurve: "P-256" };
    const k = await crypto.subtle.generateKey(a, true, ["deriveBits"]),
      l = await crypto.subtle.generateKey(a, true, ["deriveBits"]);
    const x = await crypto.subtle.deriveBits({ name: "ECDH", public: l.publicKey }, k.privateKey, 256),
      y = await crypto.subtle.deriveBits({ name: "ECDH", public: k.publicKey }, l.privateKey, 256);
    return [x.byteLength, String(new Uint8Array(x)) === String(new Uint8Array(y)), k.privateKey.usages, k.publicKey.usages];
  },
  "crypto-subtle-generatekey-aes-gcm-length-128-wrapkey": async () => {
    const k = await crypto.subtle.generateKey({ name: "AES-GCM", length: 128 }, true, ["wrapKey", "unwrapKey"]),
      h = await crypto.subtle.generateKey({ name: "HMAC", hash: "SHA-256" }, true, ["sign"]);
    const w = await crypto.subtle.wrapKey("raw", h, k, { name: "AES-GCM", iv: new Uint8Array(12) });
    const u = await crypto.subtle.unwrapKey(
      "raw",
      w,
      k,
      { name: "AES-GCM", iv: new Uint8Array(12) },
      { name: "HMAC", hash: "SHA-256" },
      true,
      ["sign"],
    );
    return [w.byteLength, u.type, u.algorithm];
  },
  "crypto-subtle-timingsafeequal-enc": () => [
    crypto.subtle.timingSafeEqual(h.enc("a"), h.enc("a")),
    crypto.subtle.timingSafeEqual(h.enc("a"), h.enc("b")),
  ],
  "crypto-subtle-timingsafeequal-enc-ab": () => crypto.subtle.timingSafeEqual(h.enc("a"), h.enc("ab")),
  "crypto-subtle-timingsafeequal": () => crypto.subtle.timingSafeEqual("a", "a"),
  "d-crypto-digeststream-sha-256-stream-he-llo-pipeto": async () => {
    const d = new crypto.DigestStream("SHA-256");
    await h.stream("he", "llo").pipeTo(d);
    return [d.digest instanceof Promise, await d.digest, d.bytesWritten, d instanceof WritableStream];
  },
  "d-crypto-digeststream-md5-getwriter-write-hello": async () => {
    const d = new crypto.DigestStream("MD5");
    const w = d.getWriter();
    w.write("hello");
    w.close();
    return d.digest;
  },
  "crypto-digeststream-nope": () => new crypto.DigestStream("nope"),
  "d-crypto-digeststream-md5-getwriter-digest-abort-q": async () => {
    const d = new crypto.DigestStream("MD5");
    const w = d.getWriter();
    d.digest.catch(() => 0);
    await w.abort(new RangeError("q"));
    return d.digest.catch((e) => e);
  },
  cryptokey: () => new CryptoKey(),
  subtlecrypto: () => new SubtleCrypto(),
  crypto: () => new Crypto(),
  "typeof-crypto-subtle-wrapkey-cryptokey-digeststream": () => typeof crypto.subtle.wrapKey + typeof CryptoKey + typeof DigestStream,
  "crypto-getrandomvalues-float32array": () => crypto.getRandomValues(new Float32Array(2)),
  "crypto-getrandomvalues-70000": () => crypto.getRandomValues(new Uint8Array(70000)),
  "crypto-getrandomvalues": () => crypto.getRandomValues(5),
  "crypto-randomuuid-length": () => crypto.randomUUID().length,
};
