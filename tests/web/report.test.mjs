// The report of experiments, in a headless Chromium: what it draws, how its pictures are linked, that large runs open quickly.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { after, before, test } from "node:test";
import { drawn, launch, open } from "./browser.mjs";

const PAGE_BYTES_MAX = 5_000_000;
const PATIENCE_MS = 60_000; // catches hangs only
let browser, directory;

before(async () => {
  directory = mkdtempSync(join(tmpdir(), "terrella-report-"));
  execFileSync(existsSync("/usr/bin/python3") ? "/usr/bin/python3" : "python3", [
    fileURLToPath(new URL("report_sample.py", import.meta.url)),
    directory,
  ]);
  browser = await launch();
});

after(async () => {
  await browser?.close();
  rmSync(directory, { recursive: true, force: true });
});

const show = (name, size = { width: 1440, height: 900 }) => open(browser, pathToFileURL(join(directory, `${name}.html`)).href, size);
const count = (page, selector) => page.$$eval(selector, (found) => found.length);
const text = (page, selector) => page.$eval(selector, (element) => element.textContent);
const chosen = (page) => page.evaluate(() => window.page.store.values);

// What of these is drawn over another, by more than a hair.
const overlapping = (page, selector) =>
  page.$$eval(selector, (elements) => {
    const boxes = elements
      .filter((element) => element.getClientRects().length && element.textContent)
      .map((element) => [element.textContent, element.getBoundingClientRect()]);
    return boxes.flatMap(([a, one], i) =>
      boxes
        .slice(i + 1)
        .filter(
          ([, two]) =>
            Math.min(one.right, two.right) - Math.max(one.left, two.left) > 1.5 &&
            Math.min(one.bottom, two.bottom) - Math.max(one.top, two.top) > 3.5,
        )
        .map(([b]) => `${a} / ${b}`),
    );
  });

// Words of charts that reach over the edge of their chart.
const cut = (page) =>
  page.$$eval("svg.chart text", (texts) =>
    texts
      .filter((text) => text.getClientRects().length && text.textContent)
      .filter((text) => {
        const [one, chart] = [text.getBoundingClientRect(), text.closest("svg").getBoundingClientRect()];
        return one.left < chart.left - 1.5 || one.right > chart.right + 1.5 || one.top < chart.top - 2 || one.bottom > chart.bottom + 2;
      })
      .map((text) => `${text.textContent} in ${text.closest("svg").getAttribute("aria-label")}`),
  );

for (const size of [
  { width: 1440, height: 900 },
  { width: 820, height: 1000 },
  { width: 390, height: 780, dark: true },
]) {
  test(`a run, compared runs and the calibration draw at ${size.width} x ${size.height}${size.dark ? ", dark" : ""}`, async () => {
    for (const [name, sections] of [
      ["run", 10],
      ["compare", 11],
      ["calibrate", 8],
    ]) {
      const { page, errors } = await show(name, size);
      const empty = await page.$$eval("svg.chart", (charts) =>
        charts.filter((chart) => chart.querySelectorAll("path, rect, circle").length < 3).map((chart) => chart.getAttribute("aria-label")),
      );
      assert.deepEqual(empty, [], `${name}: every picture has something in it`);
      assert.equal(await count(page, "main > section"), sections);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name} fits its window`);
      for (const labels of ["#map .names text", "#course .fault text", "#latency .label text", "#latency .axis text", "#course .end-label text"]) {
        assert.deepEqual(await overlapping(page, labels), [], `${name}: no label lies on another`);
      }
      assert.deepEqual(await cut(page), [], `${name}: no word is cut off`);
      assert.deepEqual(errors, []);
      await page.close();
    }
  });
}

test("ways on the map bend, but stay on it", async () => {
  for (const name of ["run", "many"]) {
    const { page } = await show(name);
    const [least, most, high] = await page.evaluate(() => {
      const boxes = [...document.querySelectorAll("#map .arc")].map((arc) => arc.getBBox());
      const high = document.querySelector("#map svg.chart").viewBox.baseVal.height;
      return [Math.min(...boxes.map(({ y }) => y)), Math.max(...boxes.map(({ y, height }) => y + height)), high];
    });
    assert.ok(least > 0 && most < high && most > least, `${name}: from ${least} to ${most} of ${high}`);
    await page.close();
  }
});

test("what is chosen in one picture is what the others show", async () => {
  const { page, errors } = await show("run");
  assert.match(await text(page, "#question"), /Does a location hint help/);
  await page.$eval('#variants [data-variant="v1"]', (mark) => mark.dispatchEvent(new MouseEvent("click")));
  await page.$eval('#map .place[data-region="SYD"]', (mark) => mark.dispatchEvent(new MouseEvent("click")));
  assert.equal((await chosen(page)).variant, "v1");
  assert.equal((await chosen(page)).region, "SYD");
  assert.deepEqual(await page.$$eval("#filters select", (lists) => lists.map(({ value }) => value)), ["v1", "SYD", "all"]);
  assert.match(await text(page, "#latency .note"), /from Sydney \(SYD\)/);
  assert.match(await text(page, "#matrix .note"), /^Hint = market/);
  assert.equal(await page.$$eval("#map .arc", (arcs) => arcs.filter(({ dataset }) => dataset.region !== "SYD" && dataset.home !== "SYD").length), 0);
  assert.match(await text(page, "#matrix .axis .row.chosen"), /SYD/);

  await page.select('#filters select[aria-label="Access"]', "name_first");
  assert.match(await text(page, "#latency .note"), /named, first use/);
  await page.evaluate(() => window.page.store.set({ lines: "kind" }));
  assert.ok((await count(page, "#latency .curve.quiet")) >= 3, "the other kinds step back");
  await page.$eval('#parts [data-kind="uncached"]', (mark) => mark.dispatchEvent(new MouseEvent("click")));
  assert.equal((await chosen(page)).kind, "uncached");
  assert.match(await text(page, "#said"), /hint = market, Sydney \(SYD\), not known here yet/);
  await page.click("#filters .clear");
  assert.deepEqual([(await chosen(page)).region, (await chosen(page)).kind], [null, "all"]);
  assert.deepEqual(errors, []);
  await page.close();
});

test("what is pointed at lights up in all pictures", async () => {
  const { page } = await show("run");
  await page.hover('#matrix .cell[data-region="LHR"][data-home="LHR"]');
  await drawn(page);
  assert.match(await text(page, ".tip"), /London \(LHR\) → London \(LHR\).*requests/);
  assert.equal(await page.$eval('#map .place[data-region="LHR"]', (place) => place.classList.contains("lit")), true);
  assert.equal(await page.$eval('#map .place[data-region="SYD"]', (place) => place.classList.contains("lit")), false);
  await page.mouse.move(2, 2);
  await drawn(page);
  assert.equal(await count(page, ".lit"), 0);
  assert.equal(await page.$eval(".tip", ({ hidden }) => hidden), true);
  await page.close();
});

test("all of it works by keys", async () => {
  const { page } = await show("run");
  await page.$eval("#map .place[tabindex='0']", (place) => place.focus());
  const first = await page.evaluate(() => document.activeElement.dataset.region);
  await page.keyboard.press("ArrowRight");
  const second = await page.evaluate(() => document.activeElement.dataset.region);
  assert.notEqual(second, first);
  await page.keyboard.press("Enter");
  assert.equal((await chosen(page)).region, second);
  assert.equal(await page.evaluate(() => document.activeElement.dataset.region), second, "it stays where it was");
  const unnamed = await page.$$eval(
    ".mark, button, select, input",
    (elements) =>
      elements.filter((element) => !element.getAttribute("aria-label") && !element.textContent.trim() && !element.closest("label")).length,
  );
  assert.equal(unnamed, 0, "all that can be used has a name");
  const stops = await page.$$eval("main [tabindex='0']", (elements) => elements.length);
  assert.ok(stops < 60, `${stops} stops of the Tab key`);
  await page.close();
});

test("time: the slider, the map and the timeline show the same moment, with what is down", async () => {
  const { page } = await show("run");
  await page.$eval("#map input[type=range]", (slider) => {
    slider.value = 50;
    slider.dispatchEvent(new Event("input"));
  });
  assert.equal((await chosen(page)).time, 50); // 250 s: LHR is down from 200 to 320
  assert.equal(await page.$eval('#map .place[data-region="LHR"]', (place) => place.classList.contains("down")), true);
  assert.equal(await page.$eval('#map .place[data-region="FRA"]', (place) => place.classList.contains("down")), false);
  assert.equal(await text(page, "#map output"), "4:10");
  assert.equal(await page.$eval("#course .cursor", (cursor) => cursor.getAttribute("display")), null);
  assert.equal(await count(page, "#course .fault"), 4);
  assert.equal(await count(page, "#course .fault-band"), 2);
  await page.click("#map .play");
  await page.waitForFunction(() => window.page.store.values.time > 50, { timeout: PATIENCE_MS });
  await page.click("#map .play");
  await page.click("#map .whole");
  assert.equal((await chosen(page)).time, null);
  assert.equal(await count(page, "#map .place.down"), 0);
  await page.close();
});

test("variants side by side: a map and a matrix for each, in one scale", async () => {
  const { page, errors } = await show("run");
  await page.click("#filters .side input");
  assert.equal(await count(page, "#map figure svg.chart"), 4);
  assert.equal(await count(page, "#matrix figure svg.chart"), 4);
  assert.equal(await text(page, "#matrix figcaption"), "first requester");
  const legends = await page.$$eval("#matrix figure", (figures) =>
    figures.map((figure) => figure.querySelector("svg > g:last-of-type .axis text:last-of-type")?.textContent),
  );
  assert.equal(new Set(legends).size, 1, `one scale: ${legends}`);
  await page.click("#filters .side input");
  assert.equal(await count(page, "#map figure svg.chart"), 1);
  assert.deepEqual(errors, []);
  await page.close();
});

test("behind each picture is its table, which can be sorted and saved", async () => {
  const { page, errors } = await show("run");
  const sections = await page.$$eval("main > section:not(#details)", (all) =>
    all.map((section) => [section.id, section.querySelectorAll(".behind").length]),
  );
  assert.ok(
    sections.every(([, tables]) => tables === 1),
    JSON.stringify(sections),
  );
  for (const [id] of sections) {
    await page.$eval(`#${id} summary`, (summary) => summary.click());
    await page.waitForSelector(`#${id} .table-frame td`, { timeout: PATIENCE_MS });
  }
  const column = (selector, i) => page.$$eval(`${selector} tbody tr`, (rows, at) => rows.map((row) => row.cells[at].textContent), i);
  await page.$$eval("#map th button", (buttons) => buttons[5].click());
  const objects = (await column("#map", 5)).map((cell) => Number(cell.replace(" k", "e3").replace(",", "")));
  assert.deepEqual(
    objects,
    [...objects].sort((a, b) => b - a),
  );
  assert.equal(objects.length, 42);
  await page.evaluate(() => {
    URL.createObjectURL = (blob) => {
      window.saved = blob.text();
      return "data:,";
    };
  });
  await page.$eval("#map .save", (button) => button.click());
  const csv = (await page.evaluate(() => window.saved)).split("\r\n");
  assert.match(csv[0], /^region,city,country,part of the world,hosts objects,objects/);
  assert.ok(csv.some((line) => line.startsWith("LHR,London,GB,W. Europe,yes,")));
  assert.equal(csv.length, 44);
  await page.$$eval("#downloads button", (buttons) => buttons[1].click());
  assert.equal(JSON.parse(await page.evaluate(() => window.saved)).page, "run");
  assert.deepEqual(errors, []);
  await page.close();
});

test("curves are what was measured", async () => {
  const { page } = await show("run");
  const off = await page.evaluate(() => {
    const { model } = window.page,
      [variant] = model.variants;
    return variant.latency.filter(({ us }) => us.some((value, i) => i && value < us[i - 1])).length;
  });
  assert.equal(off, 0, "no quantile is below a lower one");
  await page.$eval("#latency summary", (summary) => summary.click());
  const row = await page.$$eval("#latency tbody tr", (rows) =>
    [...rows]
      .map(({ cells }) => [...cells].map(({ textContent }) => textContent))
      .find((cells) => cells[1] === "all" && cells[2] === "known, lives here"),
  );
  assert.ok(Number(row[4]) < 5, `objects that live here are near: ${row}`);
  await page.close();
});

test("compared runs: differences, and which are no more than noise", async () => {
  const { page } = await show("compare");
  assert.match(await text(page, "#answer"), /3 of 6 measures differ by more than noise/);
  assert.equal(await count(page, "#differences .difference.noise"), 3);
  assert.equal(await count(page, "#differences .difference.less"), 3);
  assert.match(await text(page, "#differences .difference"), /median latency.*18 ms → 7.2 ms.*−60 %/);
  assert.equal(await count(page, "#filters select[aria-label='Variant'] option"), 5);
  await page.close();
});

test("calibration: the scatter with the speed of light, errors by continents, the worst pairs, placement, creation", async () => {
  const { page } = await show("calibrate");
  assert.match(await text(page, "#distance .note"), /No pair of the model is faster than light/);
  assert.match(await text(page, "#distance .rule-label"), /light in fibre/);
  assert.ok((await count(page, "#spread .range")) > 10);
  const worst = await page.$$eval("#worst .bar .value", (values) => values.map(({ textContent }) => parseFloat(textContent)));
  assert.deepEqual(
    worst,
    [...worst].sort((a, b) => b - a),
  );
  assert.equal(await count(page, "#placement .place"), 42);
  assert.equal(await count(page, "#creation .points"), 3);
  assert.match(await text(page, "#wrong"), /South America to Africa/);
  await page.close();
});

test("the largest runs stay below 5 MB and open quickly", async () => {
  for (const name of ["large", "many"]) {
    const { size } = statSync(join(directory, `${name}.html`));
    assert.ok(size < PAGE_BYTES_MAX, `${name}: ${size} bytes`);
    const { page, errors } = await show(name);
    const ready = await page.evaluate(() => performance.getEntriesByType("navigation")[0].loadEventEnd);
    console.log(`    ${name}: ${(size / 1e6).toFixed(2)} MB, ready after ${Math.round(ready)} ms`);
    assert.ok(ready < PATIENCE_MS);
    assert.deepEqual(errors, []);
    await page.close();
  }
});

test("on paper: light, without controls, nothing cut off", async () => {
  const { page } = await show("run", { width: 720, height: 1000, dark: true });
  await page.emulateMediaType("print");
  const seen = await page.evaluate(() => ({
    ground: getComputedStyle(document.body).backgroundColor,
    ink: getComputedStyle(document.querySelector("h1")).color,
    controls: ["#filters", ".tools", ".time-slider", "#downloads", ".behind"].filter(
      (selector) => document.querySelector(selector).getClientRects().length,
    ),
    over: document.documentElement.scrollWidth - innerWidth,
  }));
  assert.deepEqual(seen, { ground: "rgb(255, 255, 255)", ink: "rgb(27, 29, 32)", controls: [], over: 0 });
  assert.ok((await page.pdf({ format: "A4", printBackground: true })).length > 50_000);
  await page.close();
});

test("colours of words on cards have a contrast of 4.5 and more, of marks 3", async () => {
  for (const dark of [false, true]) {
    const { page } = await show("run", { width: 800, height: 600, dark });
    const pale = await page.evaluate(() => {
      const style = getComputedStyle(document.documentElement),
        colour = (name) => style.getPropertyValue(name).trim();
      const light = (hex) => {
        const [r, g, b] = [1, 3, 5]
          .map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
          .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const [card] = [light(colour("--card"))];
      const contrast = (name) => (Math.max(light(colour(name)), card) + 0.05) / (Math.min(light(colour(name)), card) + 0.05);
      const words = [
        "--fault",
        "--broken",
        ...[...Array(8).keys()].map((i) => `--series-${i}`),
        ...["unique_first", "name_first", "cached_local", "cached_remote", "uncached", "failed"].map((kind) => `--kind-${kind}`),
      ];
      return [
        ...words.filter((name) => contrast(name) < 4.5),
        ...["--place", "--arc", "--less", "--more", "--part-service", "--part-forward", "--part-claim"].filter((name) => contrast(name) < 3),
      ];
    });
    assert.deepEqual(pale, [], dark ? "dark" : "light");
    await page.close();
  }
});
