// Where the lanes of the space-time diagram are, and what its painters share.

const ROW = 7, ROW_MIN = 3.5; // a row of calls
export const LINK_ROW = 5; // a row of what is wrong with a link

export function layoutLanes(model, room) {
  const callRows = model.lanes.reduce((sum, lane) => sum + lane.callRows, 0);
  const fixed = model.lanes.reduce((sum, { linkRows }) => sum + 26 + 8 + (linkRows ? linkRows * LINK_ROW + 3 : 0), 0);
  const rowHeight = Math.min(ROW, Math.max(ROW_MIN, (room - fixed) / Math.max(1, callRows)));
  const needs = model.lanes.map((lane) => 26 + (lane.linkRows ? lane.linkRows * LINK_ROW + 3 : 0) + lane.callRows * rowHeight);
  const gap = Math.max(8, Math.min(240, (room - needs.reduce((sum, need) => sum + need, 0)) / needs.length));
  let top = 0;
  const list = needs.map((need, i) => {
    const lane = { top, height: need + gap, linkTop: top + gap / 2, line: 0, callTop: 0 };
    const { linkRows } = model.lanes[i];
    lane.line = lane.linkTop + (linkRows ? linkRows * LINK_ROW + 3 : 0) + 11;
    lane.callTop = lane.line + 11;
    top += lane.height;
    return lane;
  });
  return { list, height: top, rowHeight };
}

export function laneY(diagram, index) {
  return diagram.top - diagram.scrollY + diagram.lanes.list[index].line;
}

export const shown = ({ matches }, item) => !matches || matches(item);
export const row = (painter, lane, top, height) => [painter.diagram.top - painter.diagram.scrollY + top, painter.diagram.top - painter.diagram.scrollY + top + height];
