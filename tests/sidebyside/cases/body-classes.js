// Blob, File, FormData and bodies of all kinds.
import * as h from "../worker/helpers.js";

export const bodyClasses = {
  "blob-enc-100-buffer-type-text-plain": () =>
    new Blob(["a", h.enc("b"), new Blob(["c"]), new Uint8Array([100]).buffer], { type: "Text/Plain" }),
  "size-type-prototype-tostring-call-blob-abc-text": () =>
    ((b) => [b.size, b.type, Object.keys(b), Object.prototype.toString.call(b)])(new Blob(["abc"], { type: "Text/Plain" })),
  "blob-abc-slice-text": () => new Blob(["abc"]).slice(1).text(),
  "blob-abc-slice-y-type": () => new Blob(["abc"]).slice(-2, -1, "x/y").type,
  "blob-abc-type": () => new Blob(["abc"], { type: "é" }).type,
  "blob-abc": () => new Blob("abc"),
  blob: () => new Blob(),
  "blob-2": () => new Blob(5),
  "blob-text": () => new Blob([5, {}, null]).text(),
  "blob-nb-endings-native-text": () => new Blob(["a\nb"], { endings: "native" }).text(),
  "blob-nb-endings": () => new Blob(["a\nb"], { endings: "x" }),
  "blob-abc-bytes": () => new Blob(["abc"]).bytes(),
  "blob-abc-arraybuffer": () => new Blob(["abc"]).arrayBuffer(),
  "blob-abc-stream-getreader-mode-byob-read": async () => {
    const r = new Blob(["abc"]).stream().getReader({ mode: "byob" });
    return r.read(new Uint8Array(2));
  },
  "file-abc-txt-type-text-plain-lastmodified": () => new File(["abc"], "f.txt", { type: "text/plain", lastModified: 5 }),
  "size-type-lastmodified-instanceof-blob-prototype-abc": () =>
    ((f) => [f.name, f.size, f.type, f.lastModified, f instanceof Blob, Object.prototype.toString.call(f)])(
      new File(["abc"], "f.txt", { type: "text/plain", lastModified: 5 }),
    ),
  "file-abc": () => new File(["abc"]),
  "file-type": () => new File([], "x").type,
  "response-blob-abc-type-headers-get-content": () => new Response(new Blob(["abc"], { type: "a/b" })).headers.get("content-type"),
  "response-blob-abc-type-headers": () => [...new Response(new Blob(["abc"], { type: "a/b" })).headers],
  "response-abc-headers-content-type-charset-blob-size": async () => {
    const b = await new Response("abc", { headers: { "content-type": "A/B; charset=x" } }).blob();
    return [b.type, b.size, await b.text()];
  },
  "response-abc-blob-type-size-text": async () => {
    const b = await new Response("abc").blob();
    return [b.type, b.size, await b.text()];
  },
  "response-blob-type-size-text": async () => {
    const b = await new Response(null).blob();
    return [b.type, b.size, await b.text()];
  },
  formdata: () => new FormData(),
  "append-blob-file-y-n-m-v-typeof-string-type-size": () =>
    ((f) => {
      f.append("a", "1");
      f.append("a", new Blob(["x"]));
      f.append("b", new File(["y"], "n"), "m");
      return [...f].map(([k, v]) => [k, typeof v === "string" ? v : [v.constructor.name, v.name, v.type, v.size]]);
    })(new FormData()),
  "append-d-formdata": () =>
    ((f) => {
      f.append("a", 5);
      f.append("b", null);
      f.append("c", undefined);
      f.append("d", {});
      return [...f];
    })(new FormData()),
  "append-formdata": () => ((f) => f.append("a"))(new FormData()),
  "append-formdata-2": () => ((f) => f.append("a", "b", "c"))(new FormData()),
  "append-formdata-3": () => ((f) => f.append("a", 5, "c"))(new FormData()),
  "append-set-entries-get-getall-has-zz-values-formdata": () =>
    ((f) => {
      f.append("a", "1");
      f.append("b", "2");
      f.append("a", "3");
      f.set("a", "4");
      return [[...f.entries()], f.get("a"), f.getAll("a"), f.has("b"), f.get("zz"), [...f.keys()], [...f.values()]];
    })(new FormData()),
  "append-delete-o-foreach-v-push-formdata": () =>
    ((f) => {
      f.append("a", "1");
      f.append("b", "2");
      f.delete("a");
      const o = [];
      f.forEach((v, k, p) => o.push([v, k, p === f]));
      return o;
    })(new FormData()),
  "formdata-2": () => new FormData("x"),
  "prototype-tostring-call-formdata": () => Object.prototype.toString.call(new FormData()),
  "append-n2-ny-file-zz-n-txt-type-response-ct-headers": () =>
    ((f) => {
      f.append("a", "1\n2");
      f.append('é"', "x\r\ny");
      f.append("f", new File(["zz"], 'n"é\n.txt', { type: "a/b" }));
      const r = new Response(f);
      const ct = r.headers.get("content-type");
      const b = ct.split("boundary=")[1];
      return r.text().then((x) => [ct.replace(b, "B"), b.length, x.replaceAll(b, "B")]);
    })(new FormData()),
  "append-response-text-replace-9a-6-g-formdata": () =>
    ((f) => {
      f.append("a", "1");
      return new Response(f).text().then((x) => x.replace(/-+[0-9a-f]{6,}|--[^\r]*/g, "B"));
    })(new FormData()),
  "response-text-length-formdata": () =>
    ((f) => {
      const r = new Response(f);
      return r.text().then((x) => [x.length]);
    })(new FormData()),
  "append-file-zz-n-txt-type-g-blob-q-response-formdata": () =>
    ((f) => {
      f.append("a", "1");
      f.append("f", new File(["zz"], "n.txt", { type: "a/b" }));
      f.append("g", new Blob(["q"]));
      return new Response(f).formData();
    })(new FormData()),
  "formdata-append-n-file-zz-xff-txt-type-g-blob-q-all": async () => {
    const f = new FormData();
    f.append("a", "1\r\n");
    f.append("f", new File(["zz\0\xff"], "n.txt", { type: "a/b" }));
    f.append("g", new Blob(["q"]));
    const g = await new Response(f).formData();
    return Promise.all(
      [...g].map(async ([k, v]) => [k, typeof v === "string" ? v : [v.constructor.name, v.name, v.type, v.size, await v.text()]]),
    );
  },
  "response-20-headers-content-type-formdata": () =>
    (async () => [
      ...(await new Response("a=1&b=%20+x&a=2", { headers: { "content-type": "application/x-www-form-urlencoded" } }).formData()),
    ])(),
  "response-urlsearchparams-formdata": () => (async () => [...(await new Response(new URLSearchParams("a=1&é=ü")).formData())])(),
  "response-formdata": () => new Response("x").formData(),
  "response-headers-content-type-multipart-form-data": () =>
    new Response("x", { headers: { "content-type": "multipart/form-data" } }).formData(),
  "response-headers-content-type-formdata": () =>
    new Response("x", { headers: { "content-type": "multipart/form-data; boundary=B" } }).formData(),
  "response-headers-content-type-formdata-2": () =>
    new Response("", { headers: { "content-type": "multipart/form-data; boundary=B" } }).formData(),
  "response-headers-content-type-formdata-3": () =>
    new Response("--B--", { headers: { "content-type": "multipart/form-data; boundary=B" } }).formData().then((f) => [...f]),
  "response-n-headers-content-type-formdata": () =>
    new Response("--B--\r\n", { headers: { "content-type": "multipart/form-data; boundary=B" } }).formData().then((f) => [...f]),
  "response-ncontent-disposition-form-data-n-nv-headers": () =>
    new Response('--B\r\nContent-Disposition: form-data; name="a"\r\n\r\nv\r\n--B--\r\n', {
      headers: { "content-type": "multipart/form-data; boundary=B" },
    })
      .formData()
      .then((f) => [...f]),
  "response-ncontent-disposition-form-data-n-nv-headers-2": () =>
    new Response("--B\r\ncontent-disposition:form-data;name=a\r\n\r\nv\r\n--B--", {
      headers: { "content-type": 'multipart/form-data; boundary="B"' },
    })
      .formData()
      .then((f) => [...f]),
  "response-headers-multipart-empty-line-after-lf": () =>
    new Response('--B\r\nContent-Disposition: form-data; name="a"\n\r\n\r\n\r\n\r\n--B--\n', {
      headers: { "content-type": "multipart/form-data; boundary=B" },
    })
      .formData()
      .then((f) => [...f]),
  "response-headers-multipart-ends-at-boundary": () =>
    new Response('--B\r\nContent-Disposition: form-data; name="a"\r\n\r\nv\r\n--B', {
      headers: { "content-type": "multipart/form-data; boundary=B" },
    })
      .formData()
      .then((f) => [...f]),
  "response-headers-multipart-two-dispositions-in-a-line": () =>
    new Response('--B\r\nContent-Disposition: form-data; name="a"Content-Disposition: form-data; filename="n"\r\n\r\nv\r\n--B--', {
      headers: { "content-type": "multipart/form-data; boundary=B" },
    })
      .formData()
      .then((f) => [...f]),
  "response-ncontent-disposition-form-data-n-nv-headers-3": () =>
    new Response('--B\nContent-Disposition: form-data; name="a"\n\nv\n--B--\n', {
      headers: { "content-type": "multipart/form-data; boundary=B" },
    })
      .formData()
      .then((f) => [...f]),
  "response-junk-n-ncontent-disposition-form-data-nv": () =>
    new Response('junk\r\n--B\r\nContent-Disposition: form-data; name="a"\r\n\r\nv\r\n--B--\r\n', {
      headers: { "content-type": "multipart/form-data; boundary=B" },
    })
      .formData()
      .then((f) => [...f]),
  "response-ncontent-disposition-form-data-n-nv-headers-4": () =>
    new Response('--B\r\nContent-Disposition: form-data; name="a"\r\n\r\nv\r\n', {
      headers: { "content-type": "multipart/form-data; boundary=B" },
    })
      .formData()
      .then((f) => [...f]),
  "response-ncontent-disposition-form-data-n-nv-headers-5": () =>
    new Response("--B\r\nContent-Disposition: form-data\r\n\r\nv\r\n--B--\r\n", {
      headers: { "content-type": "multipart/form-data; boundary=B" },
    })
      .formData()
      .then((f) => [...f]),
  "response-nx-y-n-nv-headers-content-type-formdata": () =>
    new Response("--B\r\nX: y\r\n\r\nv\r\n--B--\r\n", { headers: { "content-type": "multipart/form-data; boundary=B" } })
      .formData()
      .then((f) => [...f]),
  "response-ncontent-disposition-form-data-filename-bin": () =>
    new Response('--B\r\nContent-Disposition: form-data; name="a"; filename="f.bin"\r\nContent-Type: q/w\r\n\r\nv\r\n--B--\r\n', {
      headers: { "content-type": "multipart/form-data; boundary=B" },
    })
      .formData()
      .then((f) => [...f].map(([k, v]) => [k, v.name, v.type, v.size])),
  "response-ncontent-disposition-form-data-filename-bin-2": () =>
    new Response('--B\r\nContent-Disposition: form-data; name="a"; filename="f.bin"\r\n\r\nv\r\n--B--\r\n', {
      headers: { "content-type": "multipart/form-data; boundary=B" },
    })
      .formData()
      .then((f) => [...f].map(([k, v]) => [k, v.name, v.type, v.size])),
  "response-ncontent-disposition-form-data-22-0d-type": () =>
    new Response('--B\r\nContent-Disposition: form-data; name="a%22%0d\\"x"\r\nContent-Type: q/w\r\n\r\nv\r\n--B--\r\n', {
      headers: { "content-type": "multipart/form-data; boundary=B" },
    })
      .formData()
      .then((f) => [...f]),
  "response-ncontent-disposition-form-data-filename-utf": () =>
    new Response("--B\r\nContent-Disposition: form-data; name=\"a\"; filename*=utf-8''x%20y\r\n\r\nv\r\n--B--\r\n", {
      headers: { "content-type": "multipart/form-data; boundary=B" },
    })
      .formData()
      .then((f) => [...f]),
  "response-ncontent-disposition-form-data-n-nv-headers-6": () =>
    new Response(
      '--B\r\nContent-Disposition: form-data; name="a"\r\n\r\nv\r\n--B\r\nContent-Disposition: form-data; name="b"\r\n\r\n\r\n--B--\r\n',
      { headers: { "content-type": "multipart/form-data; boundary=B" } },
    )
      .formData()
      .then((f) => [...f]),
  "response-headers-content-type-text-plain-formdata": () => new Response("x", { headers: { "content-type": "text/plain" } }).formData(),
  "response-formdata-2": () => new Response(null).formData(),
  "response-bad-json": () => new Response("{bad").json().catch((e) => e.name),
  "response-dataview-arraybuffer-bytes": () => new Response(new DataView(new ArrayBuffer(4), 1, 2)).bytes(),
  "response-uint16array-arraybuffer": () => new Response(new Uint16Array([1, 2])).arrayBuffer(),
  "response-urlsearchparams-text": () => new Response(new URLSearchParams("a=b c")).text(),
  "response-urlsearchparams-headers": () => [...new Response(new URLSearchParams("a=b c")).headers],
  "response-stream-headers": () => [...new Response(h.stream("x")).headers],
  "response-headers": () => [...new Response(new Uint8Array(2)).headers],
  "response-date-text-length": () => new Response(new Date(0)).text().then((x) => x.length),
  "response-symbol-text": () => new Response(Symbol()).text(),
  "response-text": () => new Response(true).text(),
  "response-5n-text": () => new Response(5n).text(),
  "response-bytes": () => new Response("x").bytes(),
  "request-method-post-body-formdata-headers-get-type-8": () =>
    new Request("http://h/", { method: "POST", body: new FormData() }).headers.get("content-type").replace(/[0-9a-f]{8,}/, "B"),
  "response-abc-clone-text-bodyused": async () => {
    const r = new Response("abc");
    const c = r.clone();
    return [await r.text(), await c.text(), r.bodyUsed];
  },
  "response-stream-clone-text-bodyused": async () => {
    const r = new Response(h.stream("a", "b"));
    const c = r.clone();
    return [await r.text(), await c.text(), r.bodyUsed];
  },
  "response-blob-abc-type-q-clone-text-bodyused": async () => {
    const r = new Response(new Blob(["abc"], { type: "q/q" }));
    const c = r.clone();
    return [await r.text(), (await c.blob()).type, r.bodyUsed];
  },
  "response-abc-text-clone": async () => {
    const r = new Response("abc");
    await r.text();
    return h.tried(() => r.clone());
  },
  "request-method-post-body-abc-text-clone-bodyused": async () => {
    const r = new Request("http://h/", { method: "POST", body: "abc" });
    await r.text();
    return [h.tried(() => r.clone()), h.tried(() => new Request(r)), h.tried(() => new Request(r, { body: "x" }).bodyUsed)];
  },
  "request-method-post-body-abc-q-bodyused-text-clone": async () => {
    const r = new Request("http://h/", { method: "POST", body: "abc" });
    const q = new Request(r);
    return [r.bodyUsed, q.bodyUsed, await q.text(), h.tried(() => r.clone())];
  },
  "response-abc-body-locked-text-bodyused": async () => {
    const r = new Response("abc");
    const b = r.body;
    return [b === r.body, b.locked, await new Response(b).text(), r.bodyUsed, b.locked];
  },
  "response-abc-q-body-bodyused-text": async () => {
    const r = new Response("abc");
    const q = new Response(r.body, r);
    return [r.bodyUsed, await q.text(), r.bodyUsed, await r.text().catch((e) => e)];
  },
  "response-stream-abc-q-body-bodyused-text": async () => {
    const r = new Response(h.stream("abc"));
    const q = new Response(r.body, r);
    return [r.bodyUsed, await q.text(), r.bodyUsed, await r.text().catch((e) => e)];
  },
};
