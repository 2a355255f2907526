import { originalPositionFor, TraceMap } from "@jridgewell/trace-mapping";

/** Look-up in a source map: (line, column), both from 1 -> "file:line:column", or null for what is not the user's. */
export function open(text) {
  const map = new TraceMap(text);
  return (line, column) => {
    const { source, line: row, column: place } = originalPositionFor(map, { line, column: Math.max(0, column - 1) });
    return source === null || source === "worker" ? null : `${source}:${row}:${place + 1}`;
  };
}
