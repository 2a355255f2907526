// A world map: regions sized by the objects they host, arcs by the traffic between them, both of one moment if there is one.
import { geoEqualEarth, geoGraticule10, geoPath } from "d3-geo";
import { scaleSqrt } from "d3-scale";
import { select } from "d3-selection";
import { zoom, zoomIdentity } from "d3-zoom";
import { feature } from "topojson-client";
import land from "world-atlas/land-110m.json";
import { Chart, textWidth } from "./chart.js";
import { makeMarks } from "./marks.js";
import { reducedMotion } from "./theme.js";

const LAND = feature(land, land.objects.land);
const WHOLE = {
  type: "MultiPoint",
  coordinates: [
    [-168.5, 0],
    [190.5, 0],
    [11, -56],
    [11, 76],
  ],
};
const ARCS_MAX = 140,
  NAMES_MAX = 60,
  ZOOM_MAX = 12;
const ROUTE_STEPS = 32,
  BEND = 0.2, // degrees of latitude for each of longitude
  BEND_MAX = 26,
  EDGE_NORTH = 72, // as far as a way may go
  EDGE_SOUTH = 52;

// show({ places: [{ code, name, lat, lon, size, open, what, tip, colour }], arcs: [{ from, to, weight, way, what, tip }], selected, sizeMax, weightMax })
//   open: drawn as a ring; way: "out", "in" or "", for colour; sizeMax, weightMax: so that several maps share one scale
export class WorldMap extends Chart {
  constructor(root, label, { compact = false } = {}) {
    super(root, label);
    this.compact = compact;
    this.transform = zoomIdentity;
    this.zoom = zoom()
      .scaleExtent([1, ZOOM_MAX])
      .on("zoom", ({ transform }) => {
        this.transform = transform;
        this.#place();
      })
      .filter((event) => !event.button && (event.type !== "wheel" || event.ctrlKey || event.metaKey)); // the wheel alone scrolls the page
  }

  zoomBy(factor) {
    const target = reducedMotion() ? this.svg : this.svg.transition().duration(250);
    if (factor) target.call(this.zoom.scaleBy, factor);
    else target.call(this.zoom.transform, zoomIdentity);
  }

  // How busy regions are at one moment: `activity(code)`, 1 is as usual; `down`: codes of regions that do not run. null: no moment.
  moment(activity, down = new Set()) {
    Object.assign(this, { activity, down });
    if (this.dots) this.#place();
  }

  paint(data, width) {
    const height = Math.round(width * 0.47);
    this.projection = geoEqualEarth()
      .rotate([-11, 0])
      .fitExtent(
        [
          [4, 4],
          [width - 4, height - 4],
        ],
        WHOLE,
      );
    const path = geoPath(this.projection);
    this.svg
      .style("overflow", "hidden")
      .call(
        this.zoom
          .extent([
            [0, 0],
            [width, height],
          ])
          .translateExtent([
            [0, 0],
            [width, height],
          ]),
      )
      .on("dblclick.zoom", null);
    this.world = this.svg.append("g");
    this.world.append("path").attr("class", "graticule").attr("d", path(geoGraticule10()));
    this.world.append("path").attr("class", "land").attr("d", path(LAND));
    const where = new Map(data.places.map((place) => [place.code, place]));
    const arcs = data.arcs
      .filter(({ from, to, weight }) => from !== to && weight > 0 && where.has(from) && where.has(to))
      .slice(0, ARCS_MAX)
      .reverse();
    this.thick = scaleSqrt([0, data.weightMax ?? Math.max(...arcs.map(({ weight }) => weight), 1)], [0.3, this.compact ? 4 : 7]);
    this.arcs = this.world
      .append("g")
      .selectAll("path")
      .data(arcs)
      .join("path")
      .attr("d", ({ from, to }) => path(route(where.get(from), where.get(to))))
      .attr("class", ({ way }) => `arc ${way}`);
    if (arcs.length) makeMarks(this.arcs, { role: "img" });
    this.radius = scaleSqrt([0, data.sizeMax ?? Math.max(...data.places.map(({ size }) => size), 1)], [0, Math.max(6, Math.min(22, width / 46))]);
    const bySize = [...data.places].sort((a, b) => b.size - a.size);
    this.dots = this.svg
      .append("g")
      .selectAll("g")
      .data(bySize)
      .join("g")
      .attr("class", (d) => `place${d.open ? " open" : ""}${d.colour ? " coloured" : ""}${d.code === data.selected ? " selected" : ""}`);
    this.dots.append("circle").attr("class", "reach");
    this.dots.append("circle").attr("class", "pulse");
    this.dots
      .append("circle")
      .attr("class", "dot")
      .style("fill", (d) => d.colour ?? null);
    this.dots.append("path").attr("class", "cross").attr("d", "M-5-5 5 5M-5 5 5-5");
    makeMarks(this.dots);
    this.dots.filter((d) => d.code === data.selected).raise();
    this.names = this.svg
      .append("g")
      .attr("class", "names")
      .attr("aria-hidden", "true")
      .selectAll("text")
      .data(bySize)
      .join("text")
      .text((d) => d.code);
    this.#place();
    return height;
  }

  // Where things are at this zoom: places keep their size, and names stand where there is room for them.
  #place() {
    if (!this.world) return;
    const { k } = this.transform;
    const busy = (code) => this.activity?.(code) ?? 1;
    this.world.attr("transform", this.transform);
    this.world.selectAll(".land, .graticule").style("stroke-width", 0.7 / k);
    this.arcs
      .style("stroke-width", (d) => this.thick(d.weight * busy(d.from)) / Math.sqrt(k))
      .attr("vector-effect", k > 1 ? "non-scaling-stroke" : null);
    const zoomed = Math.sqrt(Math.min(k, 4));
    const spot = (d) => this.transform.apply(this.projection([d.lon, d.lat]));
    const radius = (d) => (d.open || !d.size ? 2.6 : Math.max(2.2, this.radius(d.size) * (this.compact ? 0.7 : 1))) * zoomed;
    this.dots.attr("transform", (d) => `translate(${spot(d)})`).classed("down", (d) => this.down?.has(d.code) ?? false);
    this.dots.filter((d) => this.down?.has(d.code)).raise();
    this.dots.select(".dot").attr("r", radius);
    this.dots.select(".reach").attr("r", (d) => Math.max(radius(d), 9));
    this.dots.select(".pulse").attr("r", (d) => (this.activity ? radius(d) + 2 + 9 * Math.sqrt(Math.min(4, busy(d.code))) : 0));
    this.#label(spot, radius);
  }

  #label(spot, radius) {
    const taken = [];
    const free = (box) => taken.every((other) => box[2] < other[0] || box[0] > other[2] || box[3] < other[1] || box[1] > other[3]);
    this.dots.each((d) => {
      const [x, y] = spot(d),
        r = radius(d) * 0.75;
      taken.push([x - r, y - r, x + r, y + r]);
    });
    const { selected } = this.data,
      compact = this.compact;
    const order = [...this.names.nodes()].sort((a, b) => (b.__data__.code === selected) - (a.__data__.code === selected));
    let room = NAMES_MAX * this.transform.k; // of hundreds of places, those of the largest
    for (const node of order) {
      const d = node.__data__,
        [x, y] = spot(d),
        r = radius(d) + 2.5,
        wide = textWidth(d.code, "600 10px");
      const tries = [
        [x + r, y + 3.5],
        [x - r - wide, y + 3.5],
        [x - wide / 2, y - r - 1],
        [x - wide / 2, y + r + 9],
        [x + r * 0.7, y - r * 0.7],
        [x + r * 0.7, y + r * 0.7 + 7],
        [x - r * 0.7 - wide, y - r * 0.7],
        [x - r * 0.7 - wide, y + r * 0.7 + 7],
      ];
      const found =
        (d.code === selected || (!compact && room > 0)) &&
        tries.find(([left, base]) => left > 2 && left + wide < this.width - 2 && free([left - 1, base - 9, left + wide + 1, base + 1]));
      select(node).style("display", found ? null : "none");
      if (!found) continue;
      room--;
      const [left, base] = found;
      taken.push([left - 1, base - 9, left + wide + 1, base + 1]);
      select(node).attr("x", left).attr("y", base);
    }
  }
}

// The shorter way round, bent towards the nearer pole: what is shortest would leave the map where it passes a pole.
function route(a, b) {
  const wide = ((((b.lon - a.lon) % 360) + 540) % 360) - 180,
    middle = (a.lat + b.lat) / 2,
    edge = middle < 0 ? EDGE_SOUTH : EDGE_NORTH;
  const bend = Math.sign(middle || 1) * Math.max(0, Math.min(BEND_MAX, Math.abs(wide) * BEND, edge - Math.abs(middle)));
  const coordinates = Array.from({ length: ROUTE_STEPS + 1 }, (none, i) => {
    const share = i / ROUTE_STEPS;
    return [a.lon + wide * share, a.lat + (b.lat - a.lat) * share + bend * Math.sin(Math.PI * share)];
  });
  return { type: "LineString", coordinates };
}
