// Bodies of all kinds, from a Worker to an object and back.
import * as h from "../worker/helpers.js";

const sent = (body, object) => ({
  worker: async (t) => (await t.ask(t.stub(), "/", { method: "POST", body: body() })).json(),
  object: async (thing, request) => Response.json(await object(request)),
});

const returned = (make, look) => ({
  worker: async (t) => look(await t.ask(t.stub())),
  object: make,
});

function form() {
  const made = new FormData();
  made.append("text", "one\r\ntwo");
  made.append("ключ", "значение");
  made.append("file", new File(["zz\0\xff"], 'n"a.txt', { type: "t/t" }));
  made.append("blob", new Blob(["b"]));
  return made;
}

const look = (value) => (typeof value === "string" ? value : value.text().then((text) => [value.name, value.type, value.size, text]));
const entries = async (made) => Promise.all([...made].map(async ([key, value]) => [key, await look(value)]));
const typeAndText = async (request) => [request.headers.get("content-type"), await request.text()];

export const bodyTravel = {
  "blob-sent": sent(() => new Blob(["abc"], { type: "x/y" }), typeAndText),
  "blob-without-type-sent": sent(() => new Blob(["abc"]), typeAndText),
  "blob-seen-as-blob": sent(
    () => new Blob(["abc"], { type: "x/y" }),
    async (request) => look(await request.blob()),
  ),
  "params-seen-as-form": sent(
    () => new URLSearchParams("a=1&b=%20&a=é"),
    async (request) => entries(await request.formData()),
  ),
  "form-sent": sent(form, async (request) => entries(await request.formData())),
  "empty-form-sent": sent(
    () => new FormData(),
    async (request) => entries(await request.formData()),
  ),
  "text-is-no-form": sent(
    () => "x",
    (request) => h.atried(() => request.formData()).then(String),
  ),
  "bytes-sent": sent(
    () => new Uint16Array([1, 2, 65535]),
    async (request) => [...(await request.bytes())],
  ),
  "view-sent": sent(
    () => new DataView(new Uint8Array([1, 2, 3, 4]).buffer, 1, 2),
    async (request) => [...(await request.bytes())],
  ),
  "cloned-in-the-object": sent(
    () => "abc",
    async (request) => [await request.clone().text(), await request.text(), request.bodyUsed],
  ),
  "read-by-byob": sent(
    () => "abcdef",
    async (request) => {
      const reader = request.body.getReader({ mode: "byob" });
      const first = await reader.read(new Uint8Array(4));
      const second = await reader.read(new Uint8Array(4));
      return [h.dec(first.value), h.dec(second.value), (await reader.read(new Uint8Array(4))).done];
    },
  ),
  "piped-through-in-the-object": sent(
    () => "abc",
    (request) => new Response(request.body.pipeThrough(new TextDecoderStream()).pipeThrough(new TextEncoderStream())).text(),
  ),
  "form-returned": returned(
    () => new Response(form()),
    async (response) => entries(await response.formData()),
  ),
  "blob-returned": returned(
    () => new Response(new Blob(["abc"], { type: "q/w" })),
    async (response) => look(await response.blob()),
  ),
  "compressed-returned": returned(
    () => new Response(h.stream("a", "b").pipeThrough(new CompressionStream("gzip"))),
    (response) => new Response(response.body.pipeThrough(new DecompressionStream("gzip"))).text(),
  ),
  "fixed-length-returned": returned(
    () => {
      const { readable, writable } = new FixedLengthStream(3);
      const writer = writable.getWriter();
      writer.write(h.enc("abc"));
      writer.close();
      return new Response(readable);
    },
    async (response) => [response.headers.get("content-length"), await response.text()],
  ),
  "cloned-by-the-worker": returned(
    () => new Response("abc"),
    async (response) => {
      const copy = response.clone();
      return [await response.text(), await copy.text()];
    },
  ),
  "passed-on-by-the-object": {
    worker: async (t) => (await t.ask(t.stub(), "/", { method: "POST", body: "echo" })).text(),
    object: (thing, request) => new Response(request.body),
  },
  "stream-passed-on-by-the-object": {
    worker: async (t) => (await t.ask(t.stub(), "/", { method: "POST", body: h.stream("one", "two") })).text(),
    object: (thing, request) => new Response(request.body),
  },
};
