// The page for errors that a Worker did not catch: readable in light and dark, safe, and without a network.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { after, before, test } from "node:test";
import { build } from "esbuild";
import { launch, open } from "./browser.mjs";

let browser, directory, render;

before(async () => {
  directory = mkdtempSync(join(tmpdir(), "terrella-web-"));
  const bundle = join(directory, "page.mjs");
  await build({ entryPoints: [new URL("../../node/js/prelude/lazy/page.js", import.meta.url).pathname], outfile: bundle, format: "esm" });
  ({ render } = await import(pathToFileURL(bundle)));
  browser = await launch();
});

after(async () => {
  await browser?.close();
  rmSync(directory, { recursive: true, force: true });
});

const evil = `</pre><script>document.title = "taken"</script><img src=x onerror="document.title='taken'">`;
const source = Array.from({ length: 30 }, (_, index) => `line ${index + 1} ${index === 19 ? evil + "x".repeat(500) : ""}`).join("\n");

function write() {
  const frames = [{ name: evil, place: { file: "a.ts", line: 20, column: 3 } }, { name: "", place: { file: "gone.ts", line: 9, column: 1 } },
    { name: "late", place: { file: "a.ts", line: 99, column: 1 } }];
  const errors = [{ name: evil, message: evil, frames }, { name: "TypeError", message: "", frames: [], hint: evil }];
  const file = join(directory, "error.html");
  writeFileSync(file, render(errors, new Map([["a.ts", source]]), [["url", evil]], [[evil, evil]]));
  return pathToFileURL(file).href;
}

for (const dark of [false, true]) {
  test(`it shows what happened, ${dark ? "dark" : "light"}`, async () => {
    const { page, errors } = await open(browser, write(), { width: 420, height: 800, dark });
    const seen = await page.evaluate(() => ({
      text: document.body.innerText, here: document.querySelector(".here").innerText, title: document.title,
      wide: document.documentElement.scrollWidth, back: getComputedStyle(document.body).backgroundColor, scripts: document.scripts.length,
    }));
    await page.close();
    assert.deepEqual(errors, []);
    assert.match(seen.here, /^20\s+line 20/);
    assert.ok(seen.text.includes("line 16 ") && seen.text.includes("line 24 ") && !seen.text.includes("line 25 "));
    assert.ok(seen.text.includes("gone.ts:9:1") && seen.text.includes("Cause: TypeError"));
    assert.notEqual(seen.title, "taken");
    assert.equal(seen.scripts, 0);
    assert.equal(seen.wide, 420, "only the code scrolls");
    assert.equal(seen.back, dark ? "rgb(22, 24, 29)" : "rgb(251, 251, 250)");
  });
}
