// Things with a `begin` and an `end`, found by the time in which they are: only what can be seen is looked at.
const BLOCK = 128;

export class Intervals {
  // `items` are sorted by `begin`. Blocks of them know their latest end, so those that are over are skipped.
  constructor(items) {
    this.items = items;
    this.ends = [];
    for (let at = 0; at < items.length; at += BLOCK) {
      let end = -Infinity;
      for (let i = at; i < Math.min(at + BLOCK, items.length); i++) end = Math.max(end, items[i].end);
      this.ends.push(end);
    }
  }

  // Call `visit(item)` for each that touches from..until, by its begin; return true to stop.
  visit(from, until, visit) {
    const { items, ends } = this;
    const stop = firstAfter(items, until);
    for (let block = 0; block * BLOCK < stop; block++) {
      if (ends[block] < from) continue;
      for (let i = block * BLOCK; i < Math.min((block + 1) * BLOCK, stop); i++) if (items[i].end >= from && visit(items[i])) return;
    }
  }
}

// The index of the first that begins after `time`.
export function firstAfter(items, time) {
  let low = 0, high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (items[middle].begin <= time) low = middle + 1;
    else high = middle;
  }
  return low;
}

// Give each item (sorted by `begin`) a `row`, so that those of one row do not overlap; rows from `max` on are shared. Returns how many rows there are.
export function packRows(items, max) {
  const ends = [];
  let shared = 0;
  for (const item of items) {
    let row = ends.findIndex((end) => end <= item.begin);
    if (row < 0) row = ends.length < max ? ends.length : shared++ % max;
    ends[row] = Math.max(ends[row] ?? -Infinity, item.end);
    item.row = row;
  }
  return ends.length;
}
