import { CAUSES_MAX, errorText, userFrames } from "./errors.js";
import { lazy } from "./shared.js";

// What the client of a Worker gets for an error that nobody caught: a page, if it is a browser.

function facts(request) {
  return [
    ["request", native.requestName()],
    ["method", request.method],
    ["url", request.url],
    ["region", [setup.colo, setup.city].filter(Boolean).join(", ")],
    ["Worker", setup.worker],
  ];
}

function part(error) {
  if (!(error instanceof Error)) return { name: "Uncaught", message: errorText(error), frames: [] };
  const hint = error.remote ? `A Durable Object threw it. Its stack is in the log: scripts/cluster logs --request ${native.requestName()}` : "";
  return { name: String(error.name), message: String(error.message), frames: userFrames(error), hint };
}

function parts(error) {
  const all = [part(error)];
  for (let cause = error?.cause; cause instanceof Error && all.length < CAUSES_MAX; cause = cause.cause) all.push(part(cause));
  return all;
}

/** HTML, or undefined for clients that do not ask for it. */
export function pageOf(request, error) {
  try {
    if (!request?.headers.get("accept")?.includes("text/html")) return undefined;
    const map = native.sourceMap();
    const sources = map ? lazy("sourcemap").sourcesOf(map) : new Map();
    return lazy("page").render(parts(error), sources, facts(request), [...request.headers]);
  } catch {
    return undefined; // what was thrown, or what is asked of it, belongs to the user
  }
}
