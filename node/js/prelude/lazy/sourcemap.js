import { originalPositionFor, TraceMap } from "@jridgewell/trace-mapping";

/** Look-up in a source map: (line, column), both from 1 -> { file, line, column }, or null for what is not the user's. */
export function open(text) {
  const { sourcesContent, ...rest } = JSON.parse(text); // the sources are long, and this map stays
  const map = new TraceMap(rest);
  return (line, column) => {
    const { source, line: row, column: place } = originalPositionFor(map, { line, column: Math.max(0, column - 1) });
    return source === null || source === "worker" ? null : { file: source, line: row, column: place + 1 };
  };
}

/** The sources of a map: file -> text. */
export function sourcesOf(text) {
  const { sources, sourcesContent = [] } = JSON.parse(text);
  return new Map(sources.map((file, index) => [file, sourcesContent[index] ?? ""]));
}
