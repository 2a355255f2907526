// Messages, as arrows; from afar, as a sample of them and how much each process sends and hears.
import { laneY, shown } from "./space-time-lanes.js";

const MESSAGES_MAX = 1500; // more are drawn by samples
const HEADS_MAX = 900; // messages up to which arrows have heads
const LABELS_MAX = 60; // messages up to which arrows have labels

export function lineOf({ diagram, x }, item) {
  const y1 = laneY(diagram, item.lane), y2 = laneY(diagram, item.to);
  if (!item.lost && !item.pending) return [x(item.begin), y1, x(item.end), y2];
  const share = item.end > item.begin ? 0.6 : 0.3;
  return [x(item.begin), y1, x(item.end) + (item.end > item.begin ? 0 : 6), y1 + (y2 - y1) * share];
}

export function drawMessages(painter) {
  const { context, diagram, theme, drawn } = painter;
  const all = [];
  diagram.model.messages.visit(painter.from, painter.until, (item) => { if (shown(painter, item)) all.push(item); });
  drawn.messageCount = all.length;
  drawn.stride = Math.max(1, Math.ceil(all.length / MESSAGES_MAX));
  if (drawn.stride > 1) drawDensity(painter, all);
  const few = all.length <= HEADS_MAX;
  const groups = new Map();
  for (const item of all) {
    if (drawn.stride > 1 && item.number % drawn.stride && !item.lost) continue;
    item.line = lineOf(painter, item);
    drawn.messages.push(item);
    const style = item.lost ? "lost" : item.group;
    if (!groups.has(style)) groups.set(style, []);
    groups.get(style).push(item);
  }
  const lostMany = (groups.get("lost")?.length ?? 0) > 400;
  for (const [style, items] of groups) {
    const lost = style === "lost";
    context.strokeStyle = context.fillStyle = lost ? theme.fault : theme[style];
    context.globalAlpha = drawn.stride > 1 || (lost && lostMany) ? 0.35 : few ? 1 : 0.7;
    context.lineWidth = few ? 1.4 : 1;
    context.setLineDash(lost && few ? [4, 3] : style === "join" && few ? [7, 3] : []);
    context.beginPath();
    for (const { line: [x1, y1, x2, y2] } of items) {
      context.moveTo(x1, y1);
      context.lineTo(x2, y2);
    }
    context.stroke();
    context.setLineDash([]);
    if (few) for (const { line, pending } of items) if (!pending) (lost ? drawCross : drawHead)(context, line);
  }
  context.globalAlpha = 1;
  if (drawn.messages.length <= LABELS_MAX) for (const item of drawn.messages) drawLineLabel(painter, item);
}

// How much each process sends and hears, where single arrows cannot be told apart.
function drawDensity({ context, diagram, theme, x }, all) {
  const wide = 3, columns = Math.ceil((diagram.right - diagram.left) / wide) + 1;
  const counts = diagram.lanes.list.map(() => new Uint32Array(columns));
  let most = 1;
  const add = (lane, at) => {
    const column = Math.floor((x(at) - diagram.left) / wide);
    if (column >= 0 && column < columns) most = Math.max(most, ++counts[lane][column]);
  };
  for (const item of all) {
    add(item.lane, item.begin);
    if (!item.lost) add(item.to, item.end);
  }
  context.fillStyle = theme.fetch;
  context.globalAlpha = 0.55;
  counts.forEach((lane, i) => {
    const y = laneY(diagram, i);
    context.beginPath();
    context.moveTo(diagram.left, y);
    for (let column = 0; column < columns; column++) context.lineTo(diagram.left + (column + 0.5) * wide, y - 9 * Math.sqrt(lane[column] / most));
    for (let column = columns - 1; column >= 0; column--) context.lineTo(diagram.left + (column + 0.5) * wide, y + 9 * Math.sqrt(lane[column] / most));
    context.fill();
  });
  context.globalAlpha = 1;
}

export function drawHead(context, [x1, y1, x2, y2]) {
  const angle = Math.atan2(y2 - y1, x2 - x1);
  context.beginPath();
  context.moveTo(x2, y2);
  context.lineTo(x2 - 8 * Math.cos(angle - 0.36), y2 - 8 * Math.sin(angle - 0.36));
  context.lineTo(x2 - 8 * Math.cos(angle + 0.36), y2 - 8 * Math.sin(angle + 0.36));
  context.fill();
}

export function drawCross(context, [, , x, y]) {
  context.save();
  context.lineWidth = 2;
  context.beginPath();
  context.moveTo(x - 4, y - 4);
  context.lineTo(x + 4, y + 4);
  context.moveTo(x - 4, y + 4);
  context.lineTo(x + 4, y - 4);
  context.stroke();
  context.restore();
}

function drawLineLabel({ context, diagram, theme }, { line: [x1, y1, x2, y2], short, group, lost }) {
  const long = Math.hypot(x2 - x1, y2 - y1);
  context.font = `11px ${theme.text}`;
  if (long < context.measureText(short).width + 46 || Math.abs(x2 - x1) < 3) return;
  let angle = Math.atan2(y2 - y1, x2 - x1);
  const share = Math.abs(y2 - y1) > 120 ? 0.3 : 0.42;
  context.save();
  context.translate(x1 + (x2 - x1) * share, y1 + (y2 - y1) * share);
  if (Math.abs(angle) > Math.PI / 2) angle += Math.PI;
  context.rotate(angle);
  context.textAlign = "center";
  context.textBaseline = "alphabetic";
  context.lineJoin = "round";
  context.lineWidth = 4;
  context.strokeStyle = theme.halo;
  context.strokeText(short, 0, -4);
  context.fillStyle = lost ? theme.fault : theme[group];
  context.fillText(short, 0, -4);
  context.restore();
}
