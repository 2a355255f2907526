// How the space-time diagram looks. Everything that was drawn is handed back, so that it can be found under the cursor.
import { LINK_ROW, laneY, row, shown } from "./space-time-lanes.js";
import { drawCross, drawHead, drawMessages, lineOf } from "./space-time-messages.js";
import { formatTime } from "./time.js";

const CALLS_MAX = 2500;
const HALOS_MAX = 30; // labels of faults up to which they have a halo, which is costly

export function drawDiagram(context, diagram) {
  const { model, theme, x } = diagram;
  const { from, until } = diagram.view;
  const drawn = { states: [], links: [], calls: [], messages: [], runs: [], marks: [], faults: [], broken: [], messageCount: 0, stride: 1 };
  const painter = { context, diagram, theme, x, from, until, drawn, matches: diagram.matches, perPixel: (until - from) / (diagram.right - diagram.left) };
  context.fillStyle = theme.paper;
  context.fillRect(0, 0, diagram.width, diagram.height);
  context.save();
  context.beginPath();
  context.rect(diagram.left, diagram.top, diagram.width - diagram.left, diagram.bottom - diagram.top);
  context.clip();
  drawLanes(painter);
  drawTicks(painter);
  model.states.visit(from, until, (item) => drawState(painter, item));
  drawLaneLines(painter);
  drawCalls(painter);
  model.links.visit(from, until, (item) => drawLink(painter, item));
  drawBrokenLines(painter, model.broken);
  drawMessages(painter);
  drawRuns(painter);
  drawMarks(painter);
  drawFaults(painter);
  drawHighlights(painter);
  drawCursor(painter);
  context.restore();
  drawLabels(painter);
  drawRuler(painter);
  return drawn;
}

function drawLanes({ context, diagram, theme }) {
  context.fillStyle = theme["lane-stripe"];
  diagram.lanes.list.forEach((lane, i) => {
    if (i % 2 === 0) context.fillRect(diagram.left, diagram.top - diagram.scrollY + lane.top, diagram.width, lane.height);
  });
}

function ticksOf({ x, diagram }) {
  return x.ticks(Math.max(2, Math.floor((diagram.right - diagram.left) / 110)));
}

function drawTicks(painter) {
  const { context, diagram, theme, x } = painter;
  context.strokeStyle = theme.line;
  context.lineWidth = 1;
  context.beginPath();
  for (const tick of ticksOf(painter)) {
    const at = Math.round(x(tick)) + 0.5;
    context.moveTo(at, diagram.top);
    context.lineTo(at, diagram.bottom);
  }
  context.stroke();
}

function drawRuler(painter) {
  const { context, diagram, theme, x } = painter;
  const ticks = ticksOf(painter);
  context.fillStyle = theme.paper;
  context.fillRect(0, 0, diagram.width, diagram.top);
  context.strokeStyle = theme.line;
  context.beginPath();
  context.moveTo(0, diagram.top - 0.5);
  context.lineTo(diagram.width, diagram.top - 0.5);
  context.stroke();
  context.font = `12px ${theme.text}`;
  context.textBaseline = "middle";
  context.textAlign = "center";
  context.fillStyle = theme["ink-soft"];
  for (const tick of ticks) {
    const at = x(tick);
    if (at > diagram.left + 26 && at < diagram.right - 20) context.fillText(formatTime(tick, ticks[1] - ticks[0] || 1), at, diagram.top / 2);
  }
  for (const item of painter.drawn.broken) pill(painter, x(item.begin), diagram.top / 2, "broken", theme.broken, theme["broken-ink"]);
  if (diagram.cursorX > diagram.left) {
    pill(painter, diagram.cursorX, diagram.top / 2, formatTime(x.invert(diagram.cursorX), painter.perPixel), theme.ink, theme.paper);
  }
}

function pill({ context, diagram, theme }, at, y, text, fill, ink) {
  context.font = `600 11.5px ${theme.text}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  const half = context.measureText(text).width / 2 + 7;
  const middle = Math.min(Math.max(at, diagram.left + half), diagram.width - half - 2);
  context.fillStyle = fill;
  context.beginPath();
  context.roundRect(middle - half, y - 9, 2 * half, 18, 9);
  context.fill();
  context.fillStyle = ink;
  context.fillText(text, middle, y + 0.5);
}

function drawLabels({ context, diagram, theme }) {
  context.save();
  context.beginPath();
  context.rect(0, diagram.top, diagram.left, diagram.bottom - diagram.top);
  context.clip();
  context.fillStyle = theme.paper;
  context.fillRect(0, diagram.top, diagram.left, diagram.bottom - diagram.top);
  context.textAlign = "right";
  context.textBaseline = "middle";
  diagram.model.lanes.forEach(({ name }, i) => {
    const y = laneY(diagram, i);
    context.font = `600 13px ${theme.text}`;
    context.fillStyle = theme.ink;
    context.fillText(name, diagram.left - 12, y, diagram.left - 16);
  });
  context.restore();
}

function drawState(painter, item) {
  const { context, diagram, theme, x } = painter;
  const lane = diagram.lanes.list[item.lane];
  item.bar = row(painter, lane, lane.line - 9, 18);
  const left = Math.max(x(item.begin), diagram.left), right = Math.min(x(item.end), diagram.width);
  context.fillStyle = theme.down;
  context.fillRect(left, item.bar[0], Math.max(1, right - left), 18);
  if (right - left > 3) {
    context.save();
    context.beginPath();
    context.rect(left, item.bar[0], right - left, 18);
    context.clip();
    context.strokeStyle = theme["line-strong"];
    context.globalAlpha = 0.55;
    context.lineWidth = 1;
    context.beginPath();
    const slant = item.what === "down" ? 18 : 0;
    const first = Math.floor(left / 9) * 9 - 18;
    for (let at = first; at < right + 18; at += 9) {
      context.moveTo(at, item.bar[1]);
      context.lineTo(at + slant, item.bar[0]);
    }
    context.stroke();
    context.restore();
  }
  if (right - left > 60) {
    context.font = `600 11.5px ${theme.text}`;
    context.textAlign = "left";
    context.textBaseline = "middle";
    const wide = context.measureText(item.title).width;
    context.fillStyle = theme.down;
    context.fillRect(left + 14, item.bar[0], wide + 8, 18);
    context.fillStyle = theme.ink;
    context.fillText(item.title, left + 18, item.bar[0] + 9.5);
  }
  painter.drawn.states.push(item);
}

function drawLaneLines({ context, diagram, theme, drawn, x }) {
  context.strokeStyle = theme.lane;
  context.lineWidth = 1.5;
  context.beginPath();
  diagram.lanes.list.forEach((_, i) => {
    const y = Math.round(laneY(diagram, i)) + 0.5;
    let at = diagram.left;
    for (const state of drawn.states) {
      if (state.lane !== i || state.what !== "down") continue;
      const left = Math.max(x(state.begin), diagram.left);
      if (left > at) {
        context.moveTo(at, y);
        context.lineTo(left, y);
      }
      at = Math.max(at, x(state.end));
    }
    if (at < diagram.width) {
      context.moveTo(at, y);
      context.lineTo(diagram.width, y);
    }
  });
  context.stroke();
}

// Calls, or operations of clients: thin bars below the lane, from asking to answer.
function drawCalls(painter) {
  const { context, diagram, theme, x, drawn } = painter;
  let all = [];
  diagram.model.calls.visit(painter.from, painter.until, (item) => { all.push(item); });
  const stride = Math.max(1, Math.ceil(all.length / CALLS_MAX));
  if (stride > 1) all = all.filter((item, i) => i % stride === 0 || item.bad || item === diagram.selected);
  const { rowHeight } = diagram.lanes, high = rowHeight - (rowHeight > 5 ? 2 : 1);
  for (const [ok, colour, alpha] of [[true, theme.call, 1], [undefined, theme.call, 0.5], [null, theme["call-open"], 1], [false, theme["call-failed"], 1]]) {
    context.fillStyle = colour;
    for (const item of all) {
      if (item.ok !== ok) continue;
      const lane = diagram.lanes.list[item.lane];
      item.bar = row(painter, lane, lane.callTop + item.row * rowHeight, high);
      const left = Math.max(x(item.begin), diagram.left - 4), right = Math.min(x(item.end), diagram.width + 4);
      context.globalAlpha = shown(painter, item) ? alpha : 0.13;
      context.fillRect(left, item.bar[0], Math.max(1.5, right - left), high);
      if (ok === false && right - left > 2) context.fillRect(right - 2, item.bar[0] - 1.5, 2.5, high + 3); // by shape as well
      if (shown(painter, item)) drawn.calls.push(item);
    }
  }
  context.globalAlpha = 1;
  context.strokeStyle = theme.broken;
  context.lineWidth = 2;
  for (const item of drawn.calls) {
    if (item.bad) context.strokeRect(x(item.begin) - 2, item.bar[0] - 2, Math.max(1.5, x(item.end) - x(item.begin)) + 4, high + 4);
  }
}

function drawLink(painter, item) {
  const { context, diagram, theme, x } = painter;
  const lane = diagram.lanes.list[item.lane];
  item.bar = row(painter, lane, lane.linkTop + item.row * LINK_ROW, LINK_ROW - 2);
  const left = Math.max(x(item.begin), diagram.left - 4), right = Math.min(x(item.end), diagram.width + 4);
  context.fillStyle = theme.fault;
  context.globalAlpha = 0.75;
  context.fillRect(left, item.bar[0], Math.max(1.5, right - left), LINK_ROW - 2);
  context.globalAlpha = 1;
  painter.drawn.links.push(item);
}

function drawRuns(painter) {
  const { context, diagram, theme, x, drawn } = painter;
  context.font = `11px ${theme.text}`;
  context.textBaseline = "middle";
  context.textAlign = "left";
  diagram.model.runs.visit(painter.from, painter.until, (item) => {
    const wide = Math.max(2.5, x(item.end) - x(item.begin));
    if (wide <= 2.5 && drawn.stride > 1) return; // the density tells
    const lane = diagram.lanes.list[item.lane];
    const high = item.endless ? 4 : 12; // one that never ends hides no others
    item.bar = row(painter, lane, lane.line - high / 2, high);
    context.globalAlpha = shown(painter, item) ? 1 : 0.13;
    context.fillStyle = theme.run;
    context.beginPath();
    context.roundRect(x(item.begin), item.bar[0], wide, high, Math.min(3, wide / 2));
    context.fill();
    if (wide > 44 && !item.endless) {
      context.fillStyle = theme.paper;
      context.fillText(item.short, Math.max(x(item.begin), diagram.left) + 4, item.bar[0] + 6.5, wide - 8);
    }
    if (shown(painter, item)) drawn.runs.push(item);
  });
  context.globalAlpha = 1;
}

// What a process writes down, what becomes durable, what it notes: small signs on the lane, when there is room for them.
function drawMarks(painter) {
  const { context, diagram, theme, x, drawn } = painter;
  if (drawn.stride > 1) return;
  const all = [];
  diagram.model.marks.visit(painter.from, painter.until, (item) => { if (shown(painter, item)) all.push(item); });
  if (all.length > 1500) return;
  for (const item of all) {
    const at = x(item.begin), y = laneY(diagram, item.lane);
    context.strokeStyle = context.fillStyle = theme[item.what === "note" ? "note" : "durable"];
    context.lineWidth = 1.5;
    context.beginPath();
    if (item.what === "note") context.arc(at, y, 3, 0, 2 * Math.PI);
    else if (item.what === "commit") context.rect(at - 2.5, y - 2.5, 5, 5);
    else context.rect(at - 1.5, y - 5.5, 3, 11);
    if (item.what === "commit") {
      context.fillStyle = theme.paper;
      context.fill();
      context.stroke();
    } else context.fill();
    drawn.marks.push(item);
  }
}

const SIGNS = { crash: "×", start: "▸", stop: "‖", wake: "▸", cut: "∕", heal: "+", hold: "=", wipe: "∅", disk: "D", clock: "C", delay: "~", other: "!" };

function drawFaults(painter) {
  const { context, diagram, theme, x, drawn } = painter;
  const taken = diagram.lanes.list.map(() => []); // from where to where there are labels already
  diagram.model.faults.visit(painter.from, painter.until, (item) => { drawn.faults.push(item); });
  drawn.faults.sort((a, b) => b.heals - a.heals); // what is wrong is drawn over what mends it
  for (const item of drawn.faults) {
    const middle = x(item.begin), y = laneY(diagram, item.lane);
    item.drawnY = y;
    context.beginPath();
    context.arc(middle, y, 8.5, 0, 2 * Math.PI);
    context.fillStyle = item.heals ? theme.paper : theme.fault;
    context.fill();
    context.strokeStyle = item.heals ? theme.fault : theme.paper;
    context.lineWidth = item.heals ? 2 : 1.5;
    context.stroke();
    context.fillStyle = item.heals ? theme.fault : theme["fault-ink"];
    context.font = `700 12px ${theme.text}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText(SIGNS[item.sign] ?? SIGNS.other, middle, y + 0.5);
  }
  if (drawn.faults.length > 120) return;
  context.font = `600 11px ${theme.text}`;
  context.textAlign = "left";
  for (const item of [...drawn.faults].sort((a, b) => a.heals - b.heals)) {
    const left = x(item.begin) - 6, right = left + context.measureText(item.title).width + 8;
    if (taken[item.lane].some(([from, until]) => left < until && right > from)) continue;
    taken[item.lane].push([left, right]);
    if (drawn.faults.length <= HALOS_MAX) {
      context.lineJoin = "round";
      context.lineWidth = 4;
      context.strokeStyle = theme.halo;
      context.strokeText(item.title, left, item.drawnY - 16);
    }
    context.fillStyle = theme.fault;
    context.fillText(item.title, left, item.drawnY - 16);
  }
}

function drawBrokenLines(painter, broken) {
  const { context, diagram, theme, x, drawn } = painter;
  for (const item of broken) {
    if (item.begin < painter.from || item.begin > painter.until) continue;
    const at = x(item.begin);
    context.fillStyle = theme.broken;
    context.globalAlpha = 0.1;
    context.fillRect(at - 14, diagram.top, 28, diagram.bottom - diagram.top);
    context.globalAlpha = 1;
    context.fillRect(at - 1.25, diagram.top, 2.5, diagram.bottom - diagram.top);
    if (item.lane !== undefined) {
      const y = laneY(diagram, item.lane);
      context.beginPath();
      context.arc(at, y, 13, 0, 2 * Math.PI);
      context.lineWidth = 2.5;
      context.strokeStyle = theme.broken;
      context.stroke();
    }
    drawn.broken.push(item);
  }
}

// What is selected, and what is under the cursor.
function drawHighlights(painter) {
  const { diagram, drawn } = painter;
  for (const item of new Set([diagram.selected, diagram.hovered])) {
    if (item && item.what !== "broken" && item.end >= painter.from && item.begin <= painter.until) highlight(painter, item, drawn);
  }
}

function highlight({ context, diagram, theme, x }, item) {
  context.strokeStyle = theme.focus;
  context.lineWidth = 2.5;
  if (item.what === "message") {
    const [x1, y1, x2, y2] = lineOf({ diagram, x }, item);
    context.beginPath();
    context.moveTo(x1, y1);
    context.lineTo(x2, y2);
    context.stroke();
    context.fillStyle = theme.focus;
    if (item.lost) drawCross(context, [x1, y1, x2, y2]);
    else if (!item.pending) drawHead(context, [x1, y1, x2, y2]);
  } else if (item.bar) {
    const left = Math.max(x(item.begin), diagram.left - 4), right = Math.min(Math.max(x(item.end), x(item.begin) + 2.5), diagram.width + 4);
    context.strokeRect(left - 1.5, item.bar[0] - 1.5, right - left + 3, item.bar[1] - item.bar[0] + 3);
  } else {
    context.beginPath();
    context.arc(x(item.begin), laneY(diagram, item.lane), 12, 0, 2 * Math.PI);
    context.stroke();
  }
}

function drawCursor({ context, diagram, theme }) {
  if (!(diagram.cursorX > diagram.left)) return;
  context.strokeStyle = theme["line-strong"];
  context.globalAlpha = 0.5;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(diagram.cursorX, diagram.top);
  context.lineTo(diagram.cursorX, diagram.bottom);
  context.stroke();
  context.globalAlpha = 1;
}
