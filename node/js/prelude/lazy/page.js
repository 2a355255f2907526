// The page that a browser gets for an error that a Worker did not catch. It needs no network.

const AROUND = 4; // lines of an excerpt before and after the one that is meant
const EXCERPTS_MAX = 12;
const COLUMNS_MAX = 240;

const STYLE = `
:root { color-scheme: light dark; --back: #fbfbfa; --text: #1d2129; --soft: #626b78; --line: #dfe1e5; --code: #f1f2f4; --mark: #fde3e0; --red: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --back: #16181d; --text: #e4e6ea; --soft: #98a1ad; --line: #30343c; --code: #1e2128; --mark: #4a2522; --red: #ff8a80; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 2.5rem 1.5rem 4rem; }
h1 { margin: 0; color: var(--red); font-size: 1rem; }
.message { margin: .25rem 0 1rem; font-size: 1.5rem; line-height: 1.3; overflow-wrap: anywhere; white-space: pre-wrap; }
.hint { color: var(--soft); }
h2 { margin: 2.25rem 0 .5rem; font-size: 1rem; }
code { overflow-wrap: anywhere; }
code, pre, td { font: 13px/1.6 ui-monospace, monospace; }
.frame { margin: 0 0 1rem; border: 1px solid var(--line); border-radius: 6px; overflow: hidden; }
.frame > header { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem; padding: .4rem .8rem; }
.frame > header span { color: var(--soft); overflow-wrap: anywhere; }
pre { margin: 0; padding: .5rem 0; background: var(--code); border-top: 1px solid var(--line); overflow-x: auto; }
pre > div { display: flex; min-width: max-content; padding-right: 1rem; }
pre i { flex: 0 0 3.5rem; padding-right: 1rem; color: var(--soft); font-style: normal; text-align: right; user-select: none; }
.frame + h1 { margin-top: 2rem; }
.here { background: var(--mark); }
table { border-collapse: collapse; table-layout: fixed; width: 100%; }
td { padding: .25rem .8rem .25rem 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
td:first-child { color: var(--soft); width: 9rem; }
`;

const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const safe = (text) => String(text).replace(/[&<>"']/g, (one) => ESCAPES[one]);

function excerpt(text, line) {
  const lines = text.split("\n");
  if (line < 1 || line > lines.length) return "";
  const first = Math.max(1, line - AROUND);
  const rows = lines.slice(first - 1, line + AROUND).map((content, index) => {
    const here = first + index === line ? ' class="here"' : "";
    return `<div${here}><i>${first + index}</i>${safe(content.slice(0, COLUMNS_MAX)) || " "}</div>`;
  });
  return `<pre>${rows.join("")}</pre>`;
}

function frameHtml({ name, place }, sources, withCode) {
  const where = place.line ? `${place.file}:${place.line}:${place.column}` : place.file;
  const code = withCode && sources.has(place.file) ? excerpt(sources.get(place.file), place.line) : "";
  return `<section class="frame"><header><code>${safe(name || "(anonymous)")}</code><span>${safe(where)}</span></header>${code}</section>`;
}

function table(title, rows) {
  if (rows.length === 0) return "";
  return `<h2>${title}</h2><table>${rows.map(([name, value]) => `<tr><td>${safe(name)}</td><td>${safe(value)}</td></tr>`).join("")}</table>`;
}

function errorHtml({ name, message, frames, hint }, sources, title) {
  const stack = frames.map((frame, index) => frameHtml(frame, sources, index < EXCERPTS_MAX)).join("");
  return `<h1>${title ? `${safe(title)}: ` : ""}${safe(name)}</h1><p class="message">${safe(message)}</p>${hint ? `<p class="hint">${safe(hint)}</p>` : ""}${stack}`;
}

/** `errors`: the error, then its causes, each { name, message, frames, hint }; `facts` and `headers`: pairs. */
export function render(errors, sources, facts, headers) {
  const [first, ...causes] = errors;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${safe(first.name)}: ${safe(first.message.slice(0, 200))}</title>
<style>${STYLE}</style></head><body><main>
${errorHtml(first, sources)}
${causes.map((cause) => errorHtml(cause, sources, "Cause")).join("\n")}
${table("Request", facts)}
${table("Headers", headers)}
</main></body></html>
`;
}
