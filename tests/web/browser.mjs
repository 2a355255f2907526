// A headless Chromium for tests of pages, and pages made of records.
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import puppeteer from "puppeteer-core";

const root = fileURLToPath(new URL("../..", import.meta.url));
export const build = resolve(root, process.env.TERRELLA_BUILD ?? "build");

export const launch = () => puppeteer.launch({ executablePath: "/usr/bin/chromium", headless: true,
  args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--force-device-scale-factor=1"] });

// Write the page of a record and return where it is.
export function writePage(directory, name, record) {
  const page = readFileSync(join(build, "web", "explain.html"), "utf8");
  const file = join(directory, `${name}.html`);
  writeFileSync(file, page.replace("<!--RECORD-->\n", () => record.replaceAll("<", "\\u003c")));
  return pathToFileURL(file).href;
}

// Open it at that size and fail on whatever the console calls an error, or on any request to the network.
export async function open(browser, url, { width, height, dark = false }) {
  const page = await browser.newPage();
  const errors = [];
  page.on("pageerror", (error) => errors.push(`thrown: ${error.message}`));
  page.on("console", (message) => { if (message.type() === "error" || message.type() === "warn") errors.push(message.text()); });
  page.on("request", (request) => { if (!/^(file|data):/.test(request.url())) errors.push(`asks for ${request.url()}`); });
  await page.setViewport({ width, height });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: dark ? "dark" : "light" }, { name: "prefers-reduced-motion", value: "reduce" }]);
  await page.goto(url);
  await drawn(page);
  return { page, errors };
}

// When what was asked for is on the canvas: frames are drawn one after another.
export const drawn = (page) => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
