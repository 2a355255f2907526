// Which of the things that were drawn is under the cursor.
import { laneY } from "./space-time-lanes.js";

const NEAR = 6;

export function findItem(diagram, x, y) {
  const { drawn } = diagram;
  if (x < diagram.left || y < diagram.top) return null;
  for (const [list, distance, near] of [
    [drawn.faults, (item) => Math.hypot(diagram.x(item.begin) - x, item.drawnY - y), 10],
    [drawn.marks, (item) => Math.hypot(diagram.x(item.begin) - x, laneY(diagram, item.lane) - y), NEAR],
    [drawn.runs, (item) => distanceToBar(diagram, item, x, y), 2],
    [drawn.broken, (item) => Math.abs(diagram.x(item.begin) - x), 3],
    [drawn.messages, (item) => distanceToLine(item.line, x, y), NEAR],
    [drawn.calls, (item) => distanceToBar(diagram, item, x, y), 1.5],
    [drawn.links, (item) => distanceToBar(diagram, item, x, y), 2],
    [drawn.states, (item) => distanceToBar(diagram, item, x, y), 0],
  ]) {
    let nearest = null, least = near;
    for (const item of list) {
      const away = distance(item);
      if (away <= least) [nearest, least] = [item, away];
    }
    if (nearest) return nearest;
  }
  return null;
}

function distanceToLine([x1, y1, x2, y2], x, y) {
  const square = (x2 - x1) ** 2 + (y2 - y1) ** 2;
  const along = square ? Math.min(1, Math.max(0, ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / square)) : 0;
  return Math.hypot(x1 + along * (x2 - x1) - x, y1 + along * (y2 - y1) - y);
}

function distanceToBar(diagram, item, x, y) {
  const [top, bottom] = item.bar;
  const aside = Math.max(diagram.x(item.begin) - x, x - diagram.x(item.end), 0);
  return Math.hypot(aside, Math.max(top - y, y - bottom, 0));
}
