"""Topologies: regions, the round trips between them, the coordinator and the jitter.

`read_topology` reports every mistake at once. All times here are as written, before `time_scale`;
config.py applies it. The format is explained by topologies/continents.toml.
"""

import csv
import difflib
import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from .latency import MODEL_DIRECTORY, Model
from .matrix import apply_matrix, read_matrix
from .mistakes import Mistakes, shown_path
from .toml_file import read_toml

TOPOLOGY_DIRECTORY = MODEL_DIRECTORY.parent

HINTS = ("wnam", "enam", "sam", "weur", "eeur", "apac", "apac-ne", "apac-se", "oc", "afr", "me")
JURISDICTIONS = ("eu", "us", "fedramp", "fedramp-high")
EU_COUNTRIES = frozenset("AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split())

REGION_COUNT_MAX = 298  # more would make the default ports of one kind run into the next
CODE = re.compile(r"[A-Z][A-Z0-9]{1,7}")

POLICIES = ("nearest", "coordinator", "random")  # the table is in common/place.c

JITTER_PRESETS = {
    "backbone": {"kind": "lognormal", "mean_ms": 0.2, "sigma": 0.9,
                 "spike_probability": 0.0001, "spike_low_ms": 5, "spike_high_ms": 50},
    "rough": {"kind": "lognormal", "mean_ms": 1.5, "sigma": 1.4,
              "spike_probability": 0.0001, "spike_low_ms": 5, "spike_high_ms": 50},
    "none": {"kind": "none"},
}
DELAY_FIELDS = {"none": (), "fixed": ("ms",), "uniform": ("low_ms", "high_ms"), "lognormal": ("mean_ms", "sigma")}
SPIKE_FIELDS = ("spike_probability", "spike_low_ms", "spike_high_ms")
DELAY_MS_MAX = 60_000

# What each limit is without a word in the topology (times in ms), and the least it may be. Processor
# time does not shrink with time_scale, so these are also the least that a scaled limit becomes.
TIME_LIMITS = {"fetch_deadline_ms": (30_000, 1000), "peer_wait_ms": (2000, 200), "object_idle_ms": (10_000, 100),
               "object_block_ms": (30_000, 100), "probe_interval_ms": (500, 50), "probe_timeout_ms": (5000, 500),
               "body_stall_ms": (60_000, 100)}
COUNT_LIMITS = {"cache_entry_count_max": 1, "object_run_count_max": 1, "call_count_max": 1, "body_bytes_max": 1,
                "body_buffer_bytes_max": 1 << 20, "link_queue_bytes_max": 2 << 20, "memory_bytes_max": 16 << 20}

# "lan": the half of it, a one-way delay, is below the microseconds in which delays are counted, and
# yet each region is nearer to itself than to any other, which is what placement needs.
NO_DISTANCE_MS = 0.001


@dataclass
class Region:
    code: str
    city: str = ""
    country: str = ""
    lat: float = 0.0
    lon: float = 0.0
    hint: str = ""
    hosts: bool = True
    jurisdictions: tuple = ()


@dataclass
class Topology:
    name: str
    path: str
    regions: list
    coordinator: str          # code of the region in which it stands
    check: dict               # "kind" and its fields; "world" is resolved
    jitter: dict
    rtt_ms: list              # row by row, in the order of regions
    time_scale: float = 1.0
    policy: str = "nearest"
    push: bool = False        # the coordinator tells every region of each new home
    limits: dict = field(default_factory=dict)
    warnings: list = field(default_factory=list)

    def index(self, code):
        """Index of a region, or None."""
        return next((i for i, region in enumerate(self.regions) if region.code == code), None)

    def rtt(self, a, b):
        """Round trip in ms between two regions by code, scaled as it will run."""
        return self.rtt_ms[self.index(a)][self.index(b)] * self.time_scale


def find_topology(name):
    """Path of a ready-made topology by name, or of a file."""
    ready_made = TOPOLOGY_DIRECTORY / f"{name}.toml"
    if "/" not in name and not name.endswith(".toml") and ready_made.exists():
        return ready_made
    return Path(name)


def ready_made_names():
    return sorted(path.stem for path in TOPOLOGY_DIRECTORY.glob("*.toml"))


def read_topology(name, time_scale=None, mistakes=None):
    """Read a topology by name or file; `time_scale` overrides the file's. Mistakes go to
    `mistakes`, and None is returned when there are any; without it they are raised."""
    own = Mistakes()
    path = find_topology(str(name))
    if not os.path.exists(path):
        near = difflib.get_close_matches(str(name), ready_made_names(), 1)
        own.error(path, None, "no such topology; " + (f'did you mean "{near[0]}"? Ready-made' if near else "ready-made")
                  + f' ones are {", ".join(ready_made_names())}; or give a file')
        topology = None
    else:
        file = read_toml(path, own)
        topology = _Reader(file, own).read(time_scale) if file else None
    if mistakes is None:
        own.raise_if_any()
    else:
        mistakes.errors += own.errors
        mistakes.warnings += own.warnings
    if own.errors:
        return None
    topology.warnings = own.warnings
    return topology


def load_cities():
    """The regions that can be given by code alone, by code."""
    cities = {}
    with open(MODEL_DIRECTORY / "cities.csv", newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            cities[row["iata"]] = Region(row["iata"], row["city"], row["country"], float(row["lat"]),
                                         float(row["lon"]), row["hint"], row["do_host"] == "1",
                                         jurisdictions_of(row["country"]))
    return cities


def jurisdictions_of(country):
    """The jurisdictions whose rules a region meets when nothing is said about it."""
    if country in EU_COUNTRIES:
        return ("eu",)
    return ("us", "fedramp", "fedramp-high") if country == "US" else ()


class _Reader:
    """Reads one file, and goes on after each mistake."""

    def __init__(self, file, mistakes):
        self.file = file
        self.values = file.values
        self.mistakes = mistakes
        self.cities = load_cities()

    def read(self, time_scale):
        self._known(self.values, (), ("name", "policy", "time_scale", "matrix", "delays", "regions",
                                      "coordinator", "jitter", "limits"))
        name = self._text(self.values, ("name",), Path(self.file.path).stem)
        policy = self._one_of(self.values, ("policy",), POLICIES, "nearest")
        scale = self._number(self.values, ("time_scale",), 1.0, 0.001, 100)
        scale = scale if time_scale is None else time_scale
        delays = self._one_of(self.values, ("delays",), ("model", "none"), "model")
        regions = self._regions()
        limits = self._limits()
        jitter = self._jitter()
        coordinator, check, push = self._coordinator(regions)
        if self.mistakes.errors:
            return None
        rtt = self._round_trips(regions, delays)
        if check == "world":
            farthest = max(rtt[next(i for i, region in enumerate(regions) if region.code == coordinator)])
            check = {"kind": "fixed", "ms": round(farthest, 3)}
        return Topology(name, shown_path(self.file.path), regions, coordinator, check, jitter, rtt, scale,
                        policy, push, limits)

    # Regions.

    def _regions(self):
        given = self.values.get("regions")
        if not isinstance(given, list) or not given:
            self._wrong(("regions",), "a list of regions is needed: [[regions]] with a code each, or "
                                      'regions = ["LHR", "SYD"]')
            return []
        if len(given) > REGION_COUNT_MAX:
            self._wrong(("regions",), f"{len(given)} regions; at most {REGION_COUNT_MAX} can run")
        regions = [self._region(one, ("regions", index)) for index, one in enumerate(given)]
        regions = [region for region in regions if region]
        seen = set()
        for region in regions:
            if region.code in seen:
                self._wrong(("regions", [r.code for r in regions].index(region.code)),
                            f'"{region.code}" is given twice; each region needs its own code', region.code)
            seen.add(region.code)
        if regions and not any(region.hosts for region in regions):
            self._wrong(("regions",), "no region hosts objects; at least one needs hosts = true")
        return regions

    def _region(self, given, path):
        if isinstance(given, str):
            if given in self.cities:
                return self.cities[given]
            self._wrong(path, self._unknown_city(given), given)
            return None
        if not isinstance(given, dict):
            self._wrong(path, f"expected a table or a code such as \"LHR\", but got {given!r}")
            return None
        self._known(given, path, ("code", "city", "country", "lat", "lon", "hint", "hosts", "jurisdictions"))
        code = self._text(given, (*path, "code"))
        if code is None:
            return None
        if not CODE.fullmatch(code):
            self._wrong((*path, "code"), f'"{code}" is no code: 2 to 8 capital letters and digits, such as "LHR"')
            return None
        city = self.cities.get(code)
        if city is None and not {"lat", "lon"} <= given.keys():
            self._wrong((*path, "code"), self._unknown_city(code))
            return None
        base = city or Region(code)
        country = self._text(given, (*path, "country"), base.country)
        return Region(code, self._text(given, (*path, "city"), base.city), country,
                      self._number(given, (*path, "lat"), base.lat, -90, 90),
                      self._number(given, (*path, "lon"), base.lon, -180, 180),
                      self._one_of(given, (*path, "hint"), HINTS, base.hint),
                      self._boolean(given, (*path, "hosts"), base.hosts),
                      self._jurisdictions(given, (*path, "jurisdictions"), jurisdictions_of(country)))

    def _unknown_city(self, code):
        near = difflib.get_close_matches(code, self.cities, 1, 0.6)
        return (f'"{code}" is not one of the cities in topologies/model/cities.csv'
                + (f" (\"{near[0]}\" is)" if near else "") + "; give lat and lon as well")

    def _jurisdictions(self, given, path, default):
        names = given.get(path[-1], list(default))
        if not isinstance(names, list) or any(name not in JURISDICTIONS for name in names):
            self._wrong(path, f'expected a list of {", ".join(JURISDICTIONS)}, but got {names!r}')
            return ()
        return tuple(names)

    # The coordinator, delays and limits.

    def _coordinator(self, regions):
        table = self._table(("coordinator",))
        self._known(table, ("coordinator",), ("region", "check", "push"))
        push = self._boolean(table, ("coordinator", "push"), False)
        region = self._text(table, ("coordinator", "region"))
        codes = [one.code for one in regions]
        if region is not None and codes and region not in codes:
            self._wrong(("coordinator", "region"),
                        f'"{region}" is not one of the regions; they are {", ".join(codes)}')
        check = table.get("check", "world")
        if check == "world":
            return region, check, push
        if check == "none":
            return region, {"kind": "none"}, push
        if not isinstance(check, dict):
            self._wrong(("coordinator", "check"), f'expected "world", "none" or a table such as '
                                                  f'{{ kind = "fixed", ms = 200 }}, but got {check!r}')
            return region, None, push
        self._known(check, ("coordinator", "check"), ("kind", "ms", "low_ms", "high_ms", "mean_ms", "sigma"))
        return region, self._delay(check, ("coordinator", "check")), push

    def _jitter(self):
        table = self._table(("jitter",), {"preset": "backbone"})
        if "preset" in table:
            self._known(table, ("jitter",), ("preset",))
            return JITTER_PRESETS.get(self._one_of(table, ("jitter", "preset"), tuple(JITTER_PRESETS), None))
        self._known(table, ("jitter",), ("kind", "ms", "low_ms", "high_ms", "mean_ms", "sigma", *SPIKE_FIELDS))
        jitter = self._delay(table, ("jitter",))
        for name in SPIKE_FIELDS:
            if name in table:
                jitter[name] = self._number(table, ("jitter", name), 0, 0,
                                            1 if name == "spike_probability" else DELAY_MS_MAX)
        if jitter.get("spike_probability") and not {"spike_low_ms", "spike_high_ms"} <= jitter.keys():
            self._wrong(("jitter", "spike_probability"), "spikes need spike_low_ms and spike_high_ms as well")
        self._ordered(jitter, ("jitter",), "spike_low_ms", "spike_high_ms")
        return jitter

    def _delay(self, table, path):
        kind = self._one_of(table, (*path, "kind"), tuple(DELAY_FIELDS))
        delay = {"kind": kind}
        for name in DELAY_FIELDS.get(kind, ()):
            delay[name] = self._number(table, (*path, name), None, 0, 5 if name == "sigma" else DELAY_MS_MAX)
        for name in {"ms", "low_ms", "high_ms", "mean_ms", "sigma"} & table.keys() - delay.keys():
            if kind:
                self._wrong((*path, name), f'has no meaning for kind = "{kind}"')
        self._ordered(delay, path, "low_ms", "high_ms")
        return delay

    def _ordered(self, table, path, low, high):
        if None not in (table.get(low), table.get(high)) and table[low] > table[high]:
            self._wrong((*path, low), f"{table[low]} is more than {high}, {table[high]}")

    def _limits(self):
        table = self._table(("limits",), {})
        self._known(table, ("limits",), (*TIME_LIMITS, *COUNT_LIMITS))
        limits = {}
        for name in table:
            if name in TIME_LIMITS:
                limits[name] = self._number(table, ("limits", name), None, TIME_LIMITS[name][1], 86_400_000)
            elif name in COUNT_LIMITS:
                value = table[name]
                if type(value) is int and COUNT_LIMITS[name] <= value < 2**53:
                    limits[name] = value
                else:
                    self._wrong(("limits", name), f"expected a whole number from {COUNT_LIMITS[name]} up, but got "
                                                  f"{value!r}")
        timeout_ms, interval_ms = (limits.get(name, TIME_LIMITS[name][0])
                                   for name in ("probe_timeout_ms", "probe_interval_ms"))
        if None not in (timeout_ms, interval_ms) and timeout_ms < interval_ms:
            self._wrong(("limits",), f"probe_timeout_ms, {timeout_ms}, is less than probe_interval_ms, {interval_ms}")
        return limits

    # Round trips.

    def _round_trips(self, regions, delays):
        model = Model()
        if delays == "none":
            rtt = [[0 if a is b else NO_DISTANCE_MS for b in regions] for a in regions]
        else:
            rtt = model.matrix_ms(regions)
        matrix = self._text(self.values, ("matrix",), None)
        if matrix:
            path = Path(self.file.path).parent / matrix
            apply_matrix(read_matrix(path, self.mistakes), path, regions, rtt, model, self.mistakes)
        return rtt

    # Values.

    def _wrong(self, path, text, near_text=None):
        key = ""
        for part in path:
            key += f"[{part}]" if isinstance(part, int) else f".{part}" if key else part
        line = self.file.line_of_text(near_text, *path) if near_text else self.file.line(*path)
        self.mistakes.error(self.file.path, line, f"{key}: {text}")

    def _known(self, table, path, names):
        for name in table:
            if name not in names:
                near = difflib.get_close_matches(name, names, 1)
                self._wrong((*path, name), "no such key; " + (f'did you mean "{near[0]}"?' if near else
                                                              f'there are {", ".join(names)}'))

    def _table(self, path, default=None):
        if path[-1] not in self.values and default is not None:
            return default
        table = self.values.get(path[-1])
        if isinstance(table, dict):
            return table
        self._wrong(path, "this table is missing" if table is None else f"expected a table, but got {table!r}")
        return {}

    def _text(self, table, path, *default):
        value = table.get(path[-1], *default)
        if isinstance(value, str) and (value or default):
            return value
        if path[-1] in table:
            self._wrong(path, f"expected text, but got {value!r}")
        elif not default:
            self._wrong(path, "is missing")
        return None

    def _one_of(self, table, path, names, *default):
        value = table.get(path[-1], *default)
        if path[-1] not in table:
            if not default:
                self._wrong(path, f'is missing; expected one of {", ".join(names)}')
        elif value not in names:
            self._wrong(path, f'expected one of {", ".join(names)}, but got {value!r}')
            return None
        return value

    def _number(self, table, path, default, low, high):
        value = table.get(path[-1], default)
        if path[-1] not in table and default is None:
            self._wrong(path, f"is missing; expected a number from {low} to {high}")
        elif isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
            self._wrong(path, f"expected a number from {low} to {high}, but got {value!r}")
        else:
            return value
        return None

    def _boolean(self, table, path, default):
        value = table.get(path[-1], default)
        if not isinstance(value, bool):
            self._wrong(path, f"expected true or false, but got {value!r}")
        return value
