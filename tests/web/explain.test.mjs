// The page that explains a run, in a headless Chromium: it draws, finds its way, and stays usable with 100,000 events.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { after, before, test } from "node:test";
import { build, drawn, launch, open, writePage } from "./browser.mjs";
import { sampleHistory, sampleRecord } from "./sample.mjs";

const PATIENCE_MS = 90000; // catches hangs only
let browser, directory;

before(async () => {
  directory = mkdtempSync(join(tmpdir(), "terrella-web-"));
  browser = await launch();
});

after(async () => {
  await browser?.close();
  rmSync(directory, { recursive: true, force: true });
});

// What the canvas shows: how many pixels are not of the commonest colour, and whether any has this colour.
const inked = (page) => page.evaluate(() => {
  const canvas = document.querySelector("#diagram canvas");
  const pixels = new Uint32Array(canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.buffer);
  const counts = new Map();
  for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
  return 1 - Math.max(...counts.values()) / pixels.length;
});

const shownText = (page, id) => page.$eval(`#${id}`, (element) => (element.hidden ? null : element.textContent));
const view = (page) => page.evaluate(() => window.page.diagram.view);

async function press(page, ...keys) {
  for (const key of keys) await page.keyboard.press(key);
  await drawn(page);
}

for (const size of [{ width: 1440, height: 900 }, { width: 820, height: 1000 }, { width: 390, height: 780, dark: true }]) {
  test(`it draws at ${size.width} x ${size.height}${size.dark ? ", dark" : ""}`, async () => {
    const { page, errors } = await open(browser, writePage(directory, `small-${size.width}`, sampleRecord(700)), size);
    assert.ok((await inked(page)) > 0.03, "something is drawn");
    assert.match(await shownText(page, "verdict"), /I2 one instance: name-3/);
    const { right, bottom } = await page.evaluate(() => ({ right: document.documentElement.scrollWidth - innerWidth, bottom: document.documentElement.scrollHeight - innerHeight }));
    assert.ok(right <= 0 && bottom <= 0, "the page fits its window");
    assert.deepEqual(errors, []);
    await page.close();
  });
}

test("what the simulator writes: every arrow begins and ends, every process is a lane, objects have names", async () => {
  const file = join(directory, "sim.html"), record = join(directory, "sim.jsonl");
  execFileSync(join(build, "sim", "sim"), ["--seed", "7", "--steps", "1000", "--no-shrink", "--explain", file, "--record", record]);
  const lines = readFileSync(record, "utf8").trim().split("\n").map((line) => JSON.parse(line));
  const sent = new Set(lines.filter(({ is }) => is === "send").map(({ message }) => message));
  const ended = lines.filter(({ is }) => is === "arrive" || is === "lost").map(({ message }) => message);
  assert.ok(sent.size > 500 && ended.every((message) => sent.has(message)));
  assert.ok(new Set(ended).size > sent.size * 0.98, "few are under way at the end");
  const { page, errors } = await open(browser, pathToFileURL(file).href, { width: 1440, height: 900 });
  await press(page, "0");
  const seen = await page.evaluate(() => {
    const { lanes, messages, calls, faults } = window.page.model;
    return { lanes: lanes.length, messages: messages.items.length, answered: calls.items.filter(({ ok }) => ok).length, faults: faults.items.length,
      named: messages.items.filter(({ group, name }) => group === "fetch" && !name).length };
  });
  assert.equal(seen.lanes, lines[0].processes.length);
  assert.ok(seen.messages >= sent.size && seen.answered > 100 && seen.faults > 0, JSON.stringify(seen));
  assert.equal(seen.named, 0, "every FETCH and REPLY knows its object");
  assert.ok((await inked(page)) > 0.05);
  assert.deepEqual(errors, []);
  await page.close();
});

test("what is written can be read: contrast of 4.5 and more, in light and in dark", async () => {
  for (const dark of [false, true]) {
    const { page } = await open(browser, writePage(directory, `contrast-${dark}`, sampleRecord(100)), { width: 800, height: 600, dark });
    const pairs = await page.evaluate(() => {
      const { theme } = window.page.diagram;
      const light = (colour) => {
        const [r, g, b] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const contrast = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
      return [["ink", "paper"], ["ink", "card"], ["ink-soft", "paper"], ["ink-soft", "card"], ["fault", "paper"], ["fault-ink", "fault"], ["broken", "broken-wash"], ["ink", "broken-wash"],
        ["broken-ink", "broken"], ["claim", "paper"], ["fetch", "paper"], ["join", "paper"], ["paper", "run"], ["ink", "down"], ["paper", "ink"]]
        .map(([text, ground]) => [`${text} on ${ground}`, contrast(theme[text], theme[ground])]);
    });
    for (const [what, ratio] of pairs) assert.ok(ratio >= 4.5, `${dark ? "dark" : "light"}: ${what}: ${ratio.toFixed(2)}`);
    await page.close();
  }
});

test("an empty page says so instead of nothing", async () => {
  const { page } = await open(browser, writePage(directory, "empty", ""), { width: 800, height: 600 });
  assert.match(await shownText(page, "facts"), /no record/);
  await page.close();
});

test("faults and the break are gone to, events are read out, the guide opens", async () => {
  const { page, errors } = await open(browser, writePage(directory, "tour", sampleRecord(700)), { width: 1200, height: 800 });
  await press(page, "0", "n");
  assert.match(await shownText(page, "details-title"), /stop|crashes|cut/);
  await press(page, "b");
  assert.equal(await shownText(page, "details-title"), "a promise is broken");
  const { from, until } = await view(page);
  const at = await page.evaluate(() => window.page.model.broken[0].begin);
  assert.ok(from < at && at < until, "the break is in sight");
  await press(page, ",", ",");
  assert.notEqual(await shownText(page, "details-title"), "a promise is broken");
  await press(page, "?");
  assert.ok(await page.$eval("#guide", (guide) => guide.open));
  assert.ok((await page.$$("#legend li")).length > 10);
  await press(page, "Escape");
  assert.ok(!(await page.$eval("#guide", (guide) => guide.open)));
  assert.deepEqual(errors, []);
  await page.close();
});

test("the search shows only what has the words, and Escape shows all again", async () => {
  const { page, errors } = await open(browser, writePage(directory, "search", sampleRecord(700)), { width: 1200, height: 800 });
  await press(page, "0");
  const messages = () => page.evaluate(() => window.page.diagram.drawn.messages.map(({ name, title }) => [name, title]));
  const all = (await messages()).length;
  await press(page, "/");
  await page.keyboard.type("name-3 reply");
  await page.waitForFunction(() => /found/.test(document.getElementById("found").textContent), { timeout: PATIENCE_MS });
  await drawn(page);
  const found = await messages();
  assert.ok(found.length > 0 && found.length < all);
  for (const [name, title] of found) assert.ok(/^name-3/.test(name) && /^REPLY/.test(title), `${name} ${title}`);
  await press(page, "Escape");
  assert.equal((await messages()).length, all);
  assert.deepEqual(errors, []);
  await page.close();
});

test("a message under the cursor tells what it is, a click keeps it, wheel and drag move", async () => {
  const { page, errors } = await open(browser, writePage(directory, "hover", sampleRecord(300)), { width: 1200, height: 800 });
  const spot = await page.evaluate(() => {
    const { drawn, canvas } = window.page.diagram;
    const { x, y } = canvas.getBoundingClientRect();
    const [x1, y1, x2, y2] = drawn.messages.find(({ line }) => line[2] - line[0] > 60 && line[0] > 120 && line[2] < 700).line;
    return { x: x + x1 + (x2 - x1) * 0.31, y: y + y1 + (y2 - y1) * 0.31 };
  });
  await page.mouse.move(spot.x, spot.y);
  await drawn(page);
  assert.match(await shownText(page, "tip"), /FETCH|REPLY|CLAIM|PLACED|runs|call/);
  await page.mouse.click(spot.x, spot.y);
  assert.ok(await shownText(page, "details-title"));
  const before = await view(page);
  await page.mouse.wheel({ deltaY: -300 });
  await drawn(page);
  const near = await view(page);
  assert.ok(near.until - near.from < before.until - before.from);
  await page.mouse.move(600, 400);
  await page.mouse.down();
  await page.mouse.move(500, 400, { steps: 4 });
  await page.mouse.up();
  await drawn(page);
  assert.ok((await view(page)).from > near.from);
  assert.deepEqual(errors, []);
  await page.close();
});

test("a history of a real cluster: operations, kills, cuts, and what a checker found", async () => {
  const lines = sampleHistory(900).trim().split("\n");
  const last = JSON.parse(lines.at(-1));
  lines.push(JSON.stringify({ index: last.index + 1, time: last.time, process: "checker", type: "info", f: "broken",
    value: { checker: "counter", reason: "5 was answered twice", object: "name-1", operations: [20, 31] } }));
  const { page, errors } = await open(browser, writePage(directory, "history", lines.join("\n")), { width: 1200, height: 800 });
  assert.match(await shownText(page, "verdict"), /5 was answered twice/);
  const seen = await page.evaluate(() => {
    const { lanes, states, links, faults, calls } = window.page.model;
    return { lanes: lanes.map(({ name }) => name).sort(), down: states.items.length, cut: links.items.length, faults: faults.items.length, calls: calls.items.length };
  });
  assert.deepEqual(seen.lanes, ["IAD", "LHR", "SYD"]);
  assert.equal(seen.down, 1);
  assert.equal(seen.cut, 2); // one, at both ends
  assert.ok(seen.calls > 400);
  assert.deepEqual(errors, []);
  await page.close();
});

test("100,000 events: it loads, and moving costs no more than a few times what a thousand cost", async () => {
  const cost = async (count) => {
    const record = sampleRecord(count);
    const begun = performance.now();
    const { page, errors } = await open(browser, writePage(directory, `load-${count}`, record), { width: 1440, height: 900 });
    const loaded = performance.now() - begun;
    const frames = async (prepare) => page.evaluate((move) => {
      const { diagram } = window.page;
      if (move === "all") diagram.show(...diagram.extent, { animate: false });
      else window.page.goToBreak();
      const times = [];
      for (let i = 0; i < 15; i++) {
        const begun = performance.now();
        diagram.zoomBy(i % 2 ? 1.02 : 1 / 1.02);
        diagram.redrawNow();
        times.push(performance.now() - begun);
      }
      return Math.min(...times); // the machine may do other things meanwhile
    }, prepare);
    const far = await frames("all"), near = await frames("break");
    assert.deepEqual(errors, []);
    await page.close();
    return { loaded, far, near };
  };
  const few = await cost(1000), many = await cost(100000);
  const ms = (cost) => Object.entries(cost).map(([what, time]) => `${what} ${time.toFixed(1)} ms`).join(", ");
  console.log(`    1,000 events: ${ms(few)};   100,000 events: ${ms(many)}`);
  assert.ok(many.loaded < PATIENCE_MS);
  assert.ok(many.near < 8 * few.near + 20, "near by, a hundred times the events cost about the same");
  assert.ok(many.far < 25 * few.far + 100, "from afar, the level of detail bounds the work");
});
