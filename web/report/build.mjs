// Builds the page into one file without data: build.mjs OUT_HTML DEPFILE
import { writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { bundlePage, dependencies } from "../bundle.mjs";

const [outHtml, depFile] = process.argv.slice(2);
const { html, inputs } = await bundlePage(dirname(fileURLToPath(import.meta.url)));
if (html.split("<!--DATA-->").length !== 2) throw new Error("page.html has to have one place for the data");
writeFileSync(outHtml, html);
writeFileSync(depFile, dependencies([outHtml], inputs));
