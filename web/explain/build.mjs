// Builds the page into one file without a record, and the same as C: build.mjs OUT_HTML OUT_C DEPFILE
// Where the record goes, the C text is in two halves.
import { writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { bundlePage, dependencies } from "../bundle.mjs";

const [outHtml, outC, depFile] = process.argv.slice(2);
const { html, inputs } = await bundlePage(dirname(fileURLToPath(import.meta.url)));
const halves = html.split("<!--RECORD-->\n");
if (halves.length !== 2) throw new Error("page.html has to have one place for the record");
const asC = (name, text) => `const char ${name}[] = {${new Int8Array(Buffer.from(text)).join(",")},0};\n`;
writeFileSync(outHtml, html);
writeFileSync(outC, `extern const char explain_page_head[], explain_page_tail[];\n${asC("explain_page_head", halves[0])}${asC("explain_page_tail", halves[1])}`);
writeFileSync(depFile, dependencies([outHtml, outC], inputs));
