// Bundles the prelude for the engine and prints it as C: build.mjs OUT_FILE DEPFILE
import { build } from "esbuild";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { streamWords } from "./stream-words.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const [outFile, depFile] = process.argv.slice(2);

// A lazy part shares the main part's own modules ("../shared.js"), instead of having copies of them.
const ofMain = {
  name: "of-main",
  setup(build) {
    build.onResolve({ filter: /^(\.\.\/)+[a-z]+\.js$/ }, ({ path, importer }) =>
      dirname(importer).startsWith(join(here, "lazy")) ? { path: basename(path), namespace: "main" } : undefined);
    build.onLoad({ filter: /.*/, namespace: "main" }, ({ path }) => ({ contents: `module.exports = native.modules[${JSON.stringify(path)}];` }));
  },
};

const words = {
  name: "stream-words",
  setup(build) {
    build.onLoad({ filter: /web-streams-polyfill.*\.mjs$/ }, ({ path }) => {
      let contents = readFileSync(path, "utf8");
      for (const [theirs, ours] of streamWords) {
        if (!contents.includes(theirs)) return { errors: [{ text: `the library does not say: ${theirs}` }] };
        contents = contents.replaceAll(theirs, ours);
      }
      return { contents };
    });
  },
};

async function bundle(file, parameters) {
  const result = await build({
    entryPoints: [file],
    bundle: true,
    write: false,
    format: "cjs",
    platform: "neutral",
    mainFields: ["module", "main"],
    target: "es2022",
    charset: "ascii",
    keepNames: true,
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: "none",
    metafile: true,
    plugins: [ofMain, words],
    banner: { js: `(function(${parameters}){"use strict";var module={exports:{}},exports=module.exports;` },
    footer: { js: "return module.exports;})" },
  });
  return { text: result.outputFiles[0].text, inputs: Object.keys(result.metafile.inputs).filter((input) => !input.startsWith("main:")) };
}

const inputs = new Set();
const parts = [];
const lazyFiles = readdirSync(join(here, "lazy")).filter((name) => name.endsWith(".js")).sort();
for (const [name, file, parameters] of [
  ["main", join(here, "main.js"), "native,setup"],
  ...lazyFiles.map((file) => [file.slice(0, -3), join(here, "lazy", file), "native"]),
]) {
  const { text, inputs: read } = await bundle(file, parameters);
  for (const input of read) inputs.add(join(process.cwd(), input));
  parts.push({ name, text });
}
writeFileSync(
  outFile,
  `#include "node/js/prelude.h"\n\n` +
    parts.map(({ text }, i) => `static const char text_${i}[] = {${[...Buffer.from(text, "latin1")].join(",")},0};\n`).join("") +
    `\nconst struct prelude_file prelude_files[] = {\n` +
    parts.map(({ name }, i) => `    {"${name}", text_${i}},\n`).join("") +
    `    {0},\n};\n`,
);
inputs.add(join(here, "stream-words.mjs"));
writeFileSync(depFile, `${outFile}: ${[...inputs].map((input) => input.replaceAll(" ", "\\ ")).join(" ")}\n`);
