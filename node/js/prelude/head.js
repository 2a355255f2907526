// Heads as ../head.h describes them: lines with LF between.

/** Cut the first `count` lines off: [line, ..., rest], the rest undefined when there is none. */
export function cutLines(head, count) {
  const lines = [];
  let start = 0;
  for (let i = 0; i < count; i++) {
    const end = head.indexOf("\n", start);
    if (end < 0) {
      lines.push(head.slice(start));
      while (lines.length < count) lines.push("");
      lines.push("");
      return lines;
    }
    lines.push(head.slice(start, end));
    start = end + 1;
  }
  lines.push(head.slice(start));
  return lines;
}
