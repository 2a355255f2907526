// A page as one text that needs no network: page.html of a directory with its main.js and style.css within.
import { build } from "esbuild";
import { readFileSync } from "node:fs";
import { join } from "node:path";

async function bundle(file) {
  const result = await build({
    entryPoints: [file],
    bundle: true,
    write: false,
    format: "iife",
    target: "es2022",
    charset: "ascii",
    minify: true,
    legalComments: "none",
    metafile: true,
  });
  return { text: result.outputFiles[0].text.trim(), inputs: Object.keys(result.metafile.inputs).map((input) => join(process.cwd(), input)) };
}

// { html, inputs }: the page, and the files that it is made of.
export async function bundlePage(directory) {
  const script = await bundle(join(directory, "main.js"));
  const style = await bundle(join(directory, "style.css"));
  const page = join(directory, "page.html");
  const html = readFileSync(page, "utf8")
    .replace("/*STYLE*/", () => style.text)
    .replace("/*SCRIPT*/", () => script.text.replaceAll("</script", "<\\/script"));
  return { html, inputs: [...script.inputs, ...style.inputs, page] };
}

// What ninja reads to know when to build anew.
export const dependencies = (outputs, inputs) => `${outputs.join(" ")}: ${inputs.map((input) => input.replaceAll(" ", "\\ ")).join(" ")}\n`;
