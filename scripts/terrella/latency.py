"""Round trips between places on the Earth, from the hub-graph model.

A round trip is two endpoint costs plus the cheapest path over a graph of about 100 cities ("hubs")
joined by about 180 cable corridors, each longer than the straight line by a factor for its kind
(land, sea, ocean). It is never below the speed of light in fibre. The figures are in
topologies/model/: hubs.csv, edges.csv and the four fitted numbers in model-params.json.
"""

import csv
import heapq
import json
import math
from collections import namedtuple
from pathlib import Path

EARTH_RADIUS_KM = 6371.0
INSIDE_REGION_MS = 0.5  # measured inside one region of the large clouds

MODEL_DIRECTORY = Path(__file__).resolve().parents[2] / "topologies" / "model"

Place = namedtuple("Place", "lat lon")


def distance_km(a, b):
    """Great-circle distance in km between two things with `lat` and `lon` in degrees."""
    lat_a, lat_b = math.radians(a.lat), math.radians(b.lat)
    half = (math.sin((lat_b - lat_a) / 2) ** 2
            + math.cos(lat_a) * math.cos(lat_b) * math.sin(math.radians(b.lon - a.lon) / 2) ** 2)
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(1.0, half)))


class Model:
    """The hub graph, ready to answer for any places."""

    def __init__(self, directory=MODEL_DIRECTORY):
        parameters = json.loads((directory / "model-params.json").read_text())
        self.endpoint_ms = parameters["e"]
        self.fibre_km_per_ms = parameters["fibre_km_per_ms"]
        self.slack = {kind: parameters[kind] for kind in ("land", "sea", "ocean")}
        self.access_hub_count = parameters["K"]
        self.metro_km = parameters["metro_km"]
        self.access_km_max = parameters["access_max_km"]
        self.hubs = {}
        self.landable = []  # hubs where a place can join: not the way-points at sea
        with open(directory / "hubs.csv", newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                self.hubs[row["hub"]] = Place(float(row["lat"]), float(row["lon"]))
                if "(sea)" not in row["city"]:
                    self.landable.append(row["hub"])
        self.corridors = {hub: [] for hub in self.hubs}
        with open(directory / "edges.csv", newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                cost = self._cost_ms(distance_km(self.hubs[row["a"]], self.hubs[row["b"]]), row["type"])
                self.corridors[row["a"]].append((row["b"], cost))
                self.corridors[row["b"]].append((row["a"], cost))

    def physics_ms(self, a, b):
        """The least round trip that light in a straight fibre could make."""
        return 2 * distance_km(a, b) / self.fibre_km_per_ms

    def matrix_ms(self, places):
        """All round trips between `places`, a list of rows; the diagonal is inside a region."""
        access = [self._access(place) for place in places]
        rtt = [[INSIDE_REGION_MS] * len(places) for _ in places]
        for i, place in enumerate(places):
            reach = self._reach(access[i])
            for j in range(i + 1, len(places)):
                path = min(reach.get(hub, math.inf) + cost for hub, cost in access[j])
                rtt[i][j] = rtt[j][i] = max(2 * self.endpoint_ms + path,
                                            self.physics_ms(place, places[j]))
        return rtt

    def _cost_ms(self, km, kind):
        return self.slack[kind] * 2 * km / self.fibre_km_per_ms

    def _access(self, place):
        """The hubs through which a place is reached, with the cost of getting there."""
        near = sorted((distance_km(place, self.hubs[hub]), hub) for hub in self.landable)
        if near[0][0] <= self.metro_km:
            used = near[:1]
        else:
            # A place farther from everything than any city was still has to join somewhere.
            used = [one for one in near[:self.access_hub_count] if one[0] <= self.access_km_max] or near[:1]
        return [(hub, self._cost_ms(km, "land")) for km, hub in used]

    def _reach(self, access):
        """Cheapest cost from a place to every hub (Dijkstra)."""
        queue = [(cost, hub) for hub, cost in access]
        heapq.heapify(queue)
        best = {}
        while queue:
            cost, hub = heapq.heappop(queue)
            if hub in best:
                continue
            best[hub] = cost
            for other, further in self.corridors[hub]:
                if other not in best:
                    heapq.heappush(queue, (cost + further, other))
        return best
