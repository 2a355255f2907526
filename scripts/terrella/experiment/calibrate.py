"""How well the model of the world agrees with measurements of it. Measurements are not part of the project; DATA has

    azure_rtt_*.csv       from,to,p50_ms between regions of a cloud, and regions_cloud.csv with their places
    where-do-summary.csv  where Durable Objects without a hint were really placed, by entry location, and after how long
    where-do-hints.csv    how long they took to be there under each hint

What is missing is left out, and said. The answer's sentences are computed; `wrong` names where the model is wrong.
"""

import csv
import platform
import statistics
import textwrap
import time

from ..latency import INSIDE_REGION_MS, Model, distance_km
from ..terminal import table
from ..topology import load_cities
from .inputs import commit

SAME_PLACE_KM = 50        # closer ones are within a region, which the model is not about
STAND_INS = {"sam": "enam", "afr": "weur", "me": "eeur"}  # as common/place.c: they host nothing
WRONG_BIAS = 0.10         # a continent pair whose median is off by more is named
WORST_COUNT = 5
CONTINENTS = {"AF": "Africa", "AS": "Asia", "EU": "Europe", "ME": "the Middle East", "NA": "North America", "OC": "Oceania",
              "SA": "South America"}

# What fits the real network best: constant and factor of a round trip, to the object's first line of code. Terrella
# models the way alone, half a round trip, since creation under a hint needs no answer from afar there.
REAL_CREATION = {"unhinted": (21, 0.58), "own_hint": (28, 0.67), "other_hint": (67, 2.92)}
OUR_CREATION = (0, 0.5)


def calibrate(data):
    """The whole calibration, as a page wants it (web/report). `data` is a directory."""
    missing = []
    latency = _latency(data, missing)
    placement, creation = _placement_and_creation(data, missing)
    return {
        "format": 1, "title": "Calibration", "question": "How well does the model agree with the real world?",
        "answer": [*_latency_lines(latency), *_placement_lines(placement), *_creation_lines(creation), *missing],
        "wrong": [*_latency_wrong(latency), *_placement_wrong(placement), *_creation_wrong(creation)],
        "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "versions": {"terrella": commit(), "python": platform.python_version()},
        "sources": sorted(path.name for path in data.glob("*.csv") if path.name.startswith(("azure_rtt", "where-do"))),
        "latency": {"pairs": latency}, "placement": placement, "creation": creation,
    }


def lines(calibration):
    """For a terminal."""
    pairs = calibration["latency"]["pairs"]
    shown = [part for line in calibration["answer"] for part in _wrapped(line)]
    shown += ["", "Where the model is wrong:", *(part for line in calibration["wrong"] for part in _wrapped(line))]
    if pairs:
        groups = {}
        for pair in pairs:
            groups.setdefault(pair["continents"], []).append(pair)
        rows = [[name, len(some), *(f"{value:.1%}" for value in (_quantile(map(error_of, some), 0.5),
                                                                  _quantile(map(error_of, some), 0.9))), f"{bias_of(some):+.1%}"]
                for name, some in sorted(groups.items())]
        header = ["continents", "pairs", "median error", "p90", "median, signed"]
        shown += ["", *table(header, rows, right=header[1:])]
        rows = [[f"{pair['from']} - {pair['to']}", f"{pair['km']:.0f}", f"{pair['physics_ms']:.0f}", f"{pair['measured_ms']:g}",
                 f"{pair['model_ms']:.0f}", f"{pair['model_ms'] / pair['measured_ms'] - 1:+.0%}"] for pair in worst_pairs(pairs)]
        header = ["worst pairs", "km", "light in fibre", "measured ms", "model ms", "error"]
        shown += ["", *table(header, rows, right=header[1:])]
    return [calibration["question"], *shown]


def _wrapped(line):
    return textwrap.wrap(line, 110, initial_indent="  ", subsequent_indent="    ")


def error_of(pair):
    """Relative, without its sign."""
    return abs(pair["model_ms"] / pair["measured_ms"] - 1)


def bias_of(pairs):
    """The median relative error, with its sign."""
    return statistics.median(pair["model_ms"] / pair["measured_ms"] - 1 for pair in pairs)


def worst_pairs(pairs):
    return sorted(pairs, key=error_of, reverse=True)[:WORST_COUNT]


def _quantile(values, quantile):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(quantile * len(ordered)))]


def _read_rows(path):
    with open(path, newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


# Latency.

class Site:
    """A region of a cloud."""

    def __init__(self, row):
        self.name, self.city, self.continent = row["region"], row["city"], row["continent"]
        self.lat, self.lon = float(row["lat"]), float(row["lon"])


def _latency(data, missing):
    """Each pair of cloud regions once: what was measured (the mean of both directions), and what the model says."""
    files, places = sorted(data.glob("azure_rtt*.csv")), data / "regions_cloud.csv"
    if not files or not places.exists():
        missing.append(f"Latency is left out: {data.name} has no azure_rtt*.csv with regions_cloud.csv.")
        return []
    measured = {}
    for row in _read_rows(files[-1]):
        measured.setdefault(tuple(sorted((row["from"], row["to"]))), []).append(float(row["p50_ms"]))
    named = {name for pair in measured for name in pair}
    sites = {row["region"]: Site(row) for row in _read_rows(places) if row["cloud"] == "azure" and row["region"] in named}
    order = list(sites)
    model = Model()
    rtt = model.matrix_ms([sites[name] for name in order])
    pairs = []
    for (a, b), values in sorted(measured.items()):
        if a not in sites or b not in sites or distance_km(sites[a], sites[b]) < SAME_PLACE_KM:
            continue
        one, other = sites[a], sites[b]
        pairs.append({"from": a, "to": b, "from_city": one.city, "to_city": other.city,
                      "continents": "-".join(sorted((one.continent, other.continent))), "km": round(distance_km(one, other)),
                      "physics_ms": round(model.physics_ms(one, other), 2), "measured_ms": statistics.fmean(values),
                      "model_ms": round(rtt[order.index(a)][order.index(b)], 2)})
    return pairs


def _latency_lines(pairs):
    if not pairs:
        return []
    errors = [error_of(pair) for pair in pairs]
    below = sum(pair["model_ms"] < pair["physics_ms"] - 0.01 for pair in pairs)
    faster = sum(pair["measured_ms"] < pair["physics_ms"] - 0.5 for pair in pairs)  # they are whole milliseconds
    return [f"Latency: over {len(pairs)} pairs of cloud regions the model is off by {100 * _quantile(errors, 0.5):.1f} % at the median and "
            f"{100 * _quantile(errors, 0.9):.1f} % at the 90th percentile.",
            f"{'None' if not below else below} of the model's round trips {'is' if below < 2 else 'are'} faster than light in fibre, "
            f"and {'none' if not faster else faster} of the measured ones."]


def _latency_wrong(pairs):
    groups = {}
    for pair in pairs:
        groups.setdefault(pair["continents"], []).append(pair)
    found = [f"Between {_continents(name)} it is {'slower' if bias > 0 else 'faster'} than measured by {100 * abs(bias):.0f} % at the "
             f"median ({len(some)} pairs)." for name, some in sorted(groups.items())
             if len(some) >= 3 and abs(bias := bias_of(some)) > WRONG_BIAS]
    if pairs:
        found.append("The worst pairs are " + ", ".join(
            f"{pair['from']} to {pair['to']} ({pair['model_ms']:.0f} ms, measured {pair['measured_ms']:g})"
            for pair in worst_pairs(pairs)) + ".")
        found.append("Its four numbers were fitted on half of these pairs, and its map of cables was drawn with all of them in sight: "
                     "on other clouds it was off by 6 to 10 % at the median.")
    return found


def _continents(name):
    one, other = name.split("-")
    return f"{CONTINENTS[one]} and {CONTINENTS[other]}" if one != other else f"places in {CONTINENTS[one]}"


# Placement and creation.

def group_of(hint):
    """The hint whose hosts are used: a part of a group is in it, and what hosts nothing has a stand-in."""
    return STAND_INS.get(hint, hint.split("-")[0])


class Planet:
    """The cities that are known, which of them host, and the model's round trips."""

    def __init__(self):
        self.cities = load_cities()
        self.codes = list(self.cities)
        self.hosts = [code for code in self.codes if self.cities[code].hosts]
        self.rtt_ms = Model().matrix_ms([self.cities[code] for code in self.codes])

    def rtt(self, a, b):
        return self.rtt_ms[self.codes.index(a)][self.codes.index(b)] if a != b else INSIDE_REGION_MS

    def nearest(self, code, hint=None):
        """Where the policy "nearest" places what is first used at `code`."""
        hosts = [host for host in self.hosts if hint is None or group_of(self.cities[host].hint) == group_of(hint)]
        return min(hosts, key=lambda host: self.rtt(code, host))


def _placement_and_creation(data, missing):
    summary, hints = data / "where-do-summary.csv", data / "where-do-hints.csv"
    planet, real, creation = Planet(), {}, []
    if summary.exists():
        for row in _read_rows(summary):
            if row["colo"] in planet.cities and row["do_host"] in planet.hosts:
                real.setdefault(row["colo"], []).append((row["do_host"], float(row["mean_likelihood"]), float(row["median_ms"])))
    else:
        missing.append(f"Placement is left out: {data.name} has no where-do-summary.csv.")
    placement = [_placed(planet, colo, rows) for colo, rows in sorted(real.items())]
    for colo, rows in sorted(real.items()):
        creation += [_created("unhinted", colo, "none", host, ms, planet) for host, _, ms in rows]
    if hints.exists():
        own = {one["colo"]: group_of(planet.cities[one["real"][0]["host"]].hint) for one in placement}
        for row in _read_rows(hints):
            colo, hint = row["colo"], row["hint"]
            if colo in own:
                kind = "own_hint" if group_of(hint) == own[colo] else "other_hint"
                creation.append(_created(kind, colo, hint, planet.nearest(colo, hint), float(row["median_ms"]), planet))
    else:
        missing.append(f"Creation under hints is left out: {data.name} has no where-do-hints.csv.")
    return placement, creation


def _placed(planet, colo, rows):
    """Where objects first used at `colo` really go, and where the policy "nearest" puts them."""
    total = sum(share for _, share, _ in rows)
    real = sorted(((host, share / total) for host, share, _ in rows), key=lambda one: -one[1])
    ours, city = planet.nearest(colo), planet.cities[colo]
    return {"colo": colo, "city": city.city, "lat": city.lat, "lon": city.lon, "ours": ours,
            "agree_share": round(dict(real).get(ours, 0.0), 4),
            "expected_rtt_ms": round(sum(share * planet.rtt(colo, host) for host, share in real), 2),
            "our_rtt_ms": round(planet.rtt(colo, ours), 2),
            "real": [{"host": host, "share": round(share, 4)} for host, share in real]}


def _created(kind, colo, hint, host, measured_ms, planet):
    rtt_ms = planet.rtt(colo, host)
    constant_ms, factor = REAL_CREATION[kind]
    return {"colo": colo, "hint": hint, "host": host, "kind": kind, "measured_ms": measured_ms, "rtt_ms": round(rtt_ms, 2),
            "model_ms": round(OUR_CREATION[0] + OUR_CREATION[1] * rtt_ms, 2), "fit_ms": round(constant_ms + factor * rtt_ms, 2)}


def _placement_lines(placement):
    if not placement:
        return []
    agree = statistics.fmean(one["agree_share"] for one in placement)
    mostly = sum(one["real"][0]["host"] == one["ours"] for one in placement)
    farther = [one["expected_rtt_ms"] - one["our_rtt_ms"] for one in placement]
    return [f"Placement: of what is first used in {len(placement)} cities, {100 * agree:.0f} % is really placed where \"nearest\" puts it; in "
            f"{mostly} of them that is the likeliest place.",
            f"The real place is {statistics.median(farther):.1f} ms of round trip farther at the median, {max(farther):.0f} ms at worst."]


def _placement_wrong(placement):
    if not placement:
        return []
    far = sorted(placement, key=lambda one: one["our_rtt_ms"] - one["expected_rtt_ms"])[:WORST_COUNT]
    split = sum(one["real"][0]["share"] < 0.999 for one in placement)
    return [f"The real network spreads objects over several places in {split} of {len(placement)} cities; \"nearest\" always takes one.",
            "It is farthest off for " + ", ".join(
                f"{one['city']} (really {' and '.join(place['host'] for place in one['real'][:3])}, {one['expected_rtt_ms']:.0f} ms; ours "
                f"{one['ours']}, {one['our_rtt_ms']:.0f} ms)" for one in far) + "."]


CREATION_WORDS = {"unhinted": "without a hint", "own_hint": "with the hint of its own region", "other_hint": "with another region's hint"}


def _creation_lines(creation):
    found = []
    for kind, words in CREATION_WORDS.items():
        some = [one for one in creation if one["kind"] == kind]
        if some:
            constant_ms, factor = REAL_CREATION[kind]
            errors = [abs(one["fit_ms"] / one["measured_ms"] - 1) for one in some]
            found.append(f"Creation {words} ({len(some)} cases): really about {constant_ms} ms and {factor:g} round trips of the "
                         f"model until the object's first line runs; that is off by {100 * _quantile(errors, 0.5):.0f} % at the median, "
                         f"{100 * _quantile(errors, 0.9):.0f} % at the 90th percentile.")
    return found


def _creation_wrong(creation):
    found = []
    for kind, words in CREATION_WORDS.items():
        some = [one for one in creation if one["kind"] == kind]
        if some:
            short_ms = statistics.median(one["measured_ms"] - one["model_ms"] for one in some)
            found.append(f"Creation of a unique id's object {words} is modelled as the way alone, half a round trip: "
                         f"{short_ms:.0f} ms less than real at the median.")
    if found:
        found.append("Names were not measured on the real network; the coordinator's check is the documented few hundred milliseconds, "
                     "not a measurement.")
    return found
