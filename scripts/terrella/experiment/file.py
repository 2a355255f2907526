"""Experiment files: TOML read into variants, every mistake reported at once with its line.

A variant is one complete set of values, a dictionary from dotted keys (keys.py) to values: what the file says, changed by one
of its [[variants]] and by one point of its [sweep].
"""

import difflib
import itertools
import math
from dataclasses import dataclass
from pathlib import Path

from ..data import PROJECT
from ..mistakes import Mistakes
from ..toml_file import read_text, read_toml_text
from ..topology import read_topology
from .checks import shown
from .keys import FAULT_KEYS, KEYS, REQUEST_COUNT_MAX, TABLES, TOP, tables_of_keys

READY_MADE = PROJECT / "experiments"
VARIANT_COUNT_MAX = 1000
SHORT_NAMES = {"cache.on": "cache", "cache.entry_count_max": "room", "coordinator.region": "coordinator",
               "coordinator.regions": "coordinators"}
SIM_ONLY = {"policy": ("centre", "pinned"), "cache.on": (False,)}


@dataclass(frozen=True, eq=False)
class Variant:
    id: str               # "v0"
    label: str            # for people
    parameters: dict      # what sets it apart: dotted key -> value
    values: dict          # all of it


@dataclass
class Experiment:
    name: str
    path: str
    text: str
    question: str
    answer: str | None    # whose function in answers.py tells the first lines
    engine: str
    seeds: int
    variants: list
    faults: list
    topologies: dict      # by the name or path that the file gives


def ready_made():
    """Names and paths of those in experiments/."""
    return {path.stem: path for path in sorted(READY_MADE.glob("*.toml"))}


def find_experiment(name):
    """Path of a ready-made experiment by name, or of a file."""
    return ready_made().get(name, Path(name))


def read_experiment(name, engine=None, answers=(), beside=None):
    """Read one by name or file; `engine` overrides the file's, `beside` the directory in which topologies are looked for.
    Errors: Refused, with every mistake."""
    mistakes = Mistakes()
    path = find_experiment(str(name))
    if not path.exists():
        near = difflib.get_close_matches(str(name), ready_made(), 1)
        mistakes.error(path, None, "no such experiment; " + (f'did you mean "{near[0]}"? Ready-made' if near else "ready-made")
                       + f" ones are {', '.join(ready_made())}; or give a file")
        mistakes.raise_if_any()
    text = read_text(path, mistakes)
    file = None if text is None else read_toml_text(path, text, mistakes)
    experiment = _Reader(file, mistakes, answers, beside or path.parent).read(text, engine) if file else None
    mistakes.errors.sort(key=lambda mistake: (mistake.file, mistake.line or 0))
    mistakes.raise_if_any()
    return experiment


def flattened(table, prefix=""):
    """Dotted keys and values of nested tables; a table that is a value of its own (a delay, weights) stays one."""
    flat = {}
    for name, value in table.items():
        key = prefix + name
        if isinstance(value, dict) and key in tables_of_keys():
            flat |= flattened(value, key + ".")
        else:
            flat[key] = value
    return flat


class _Reader:
    """Reads one file, and goes on after each mistake."""

    def __init__(self, file, mistakes, answers, beside):
        self.file, self.values, self.mistakes, self.answers, self.beside = file, file.values, mistakes, answers, beside
        self.topologies = {}
        self.told = set()
        self.paths = {}  # where a key is given first

    def read(self, text, engine):
        top = {name: self._top(name) for name in TOP}
        base = self._keys({name: value for name, value in self.values.items() if name not in (*TOP, *TABLES)}, ())
        if top["question"] is None and "question" not in self.values:
            self._wrong(("question",), 'is missing: what is to be found out, such as question = "Would a hint have helped?"')
        if top["answer"] is not None and top["answer"] not in self.answers:
            self._wrong(("answer",), f"no such answer as {shown(top['answer'])}; {self._near(top['answer'], self.answers)}")
        given = self._given_variants()
        sweep = self._sweep()
        faults = self._faults()
        engine = engine or top["engine"]
        count = len(given) * math.prod(len(values) for _, values in sweep)
        if count > VARIANT_COUNT_MAX:
            self._wrong(("sweep",), f"makes {count} variants; at most {VARIANT_COUNT_MAX} can run")
            return None
        variants = list(_variants(base, given, sweep))
        broken = bool(self.mistakes.errors)  # what is wrong by itself would look wrong among the rest as well
        for variant in variants:
            self._check_regions(variant.values, faults)
            if not broken:
                self._check(variant.values, faults, engine)
        if broken:
            return None
        self._check_meaning(base, variants)
        return Experiment(Path(self.file.path).stem, str(self.file.path), text, top["question"], top["answer"], engine,
                          top["seeds"], variants, faults, self.topologies)

    # Parts of the file.

    def _top(self, name):
        key = TOP[name]
        if name not in self.values:
            return key.default
        if text := key.value.wrong(self.values[name]):
            self._wrong((name,), text)
            return key.default
        return self.values[name]

    def _keys(self, table, path, unknown=()):
        """Known keys of a table and their values; complains of others."""
        good = {}
        for key, value in flattened(table).items():
            parts = (*path, *key.split("."))
            if key in KEYS:
                self.paths.setdefault(key, parts)
                if text := KEYS[key].value.wrong(value):
                    self._wrong(parts, text)
                else:
                    good[key] = value
            elif key in tables_of_keys():
                self._wrong(parts, f"expected a table, but got {shown(value)}")
            else:
                self._unknown(parts, key, (*KEYS, *unknown, *(() if path else (*TOP, *TABLES))))
        return good

    def _given_variants(self):
        given = self.values.get("variants", [{}])
        if not isinstance(given, list) or not given or not all(isinstance(one, dict) for one in given):
            self._wrong(("variants",), 'expected tables, each [[variants]] with a label and keys such as cache.fill = "push"')
            return []
        variants, labels = [], set()
        for index, one in enumerate(given):
            rest = {name: value for name, value in one.items() if name != "label"}
            good = self._keys(rest, ("variants", index), ("label",))
            label = one.get("label", _label(good) or "as written")
            if not isinstance(label, str) or label in labels:
                self._wrong(("variants", index, "label"), f"expected a text that no other variant has, but got {shown(label)}")
            else:
                labels.add(label)
                variants.append((label, good))
        return variants

    def _sweep(self):
        """(key, values) of each dimension."""
        table = self.values.get("sweep", {})
        if not isinstance(table, dict):
            self._wrong(("sweep",), f'expected a table of lists, such as workload.objects.hint = ["none", "weur"], but got '
                                    f"{shown(table)}")
            return []
        dimensions = []
        for key, values in flattened(table).items():
            path = ("sweep", *key.split(".")) if "." not in "".join(table) else ("sweep", key)
            if key not in KEYS:
                self._unknown(path, key, KEYS)
            elif not isinstance(values, list) or not values:
                self._wrong(path, f"expected a list of values to try, but got {shown(values)}")
            else:
                good = []
                for value in values:
                    if text := KEYS[key].value.wrong(value):
                        self._wrong(path, text)
                    else:
                        good.append(value)
                self.paths.setdefault(key, path)
                dimensions.append((key, good or [KEYS[key].default]))
        return dimensions

    def _faults(self):
        given = self.values.get("faults", [])
        if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
            self._wrong(("faults",), 'expected tables, each [[faults]] with at_s, what and region')
            return []
        for index, fault in enumerate(given):
            path = ("faults", index)
            for name, value in fault.items():
                if name not in FAULT_KEYS:
                    self._unknown((*path, name), name, FAULT_KEYS)
                elif text := FAULT_KEYS[name].value.wrong(value):
                    self._wrong((*path, name), text)
            what = fault.get("what")
            needed = ["at_s", "what", "region", *(["other"] if what in ("cut", "delay") else []),
                      *(["ms"] if what == "delay" else [])]
            for name in needed:
                if name not in fault:
                    self._wrong((*path, name), "is missing" + (f' for what = "{what}"' if name in ("other", "ms") else ""))
        return given

    # What has to hold in each variant.

    def _check_regions(self, values, faults):
        topology = self._topology(values["topology"])
        if topology is None:
            return
        codes = [region.code for region in topology.regions]
        named = [(self._path(key), code) for key, value in values.items() if value is not None
                 for code in KEYS[key].value.regions(value)]
        named += [(("faults", index, name), fault[name]) for index, fault in enumerate(faults)
                  for name in ("region", "other") if isinstance(fault.get(name), str) and fault[name] != "coordinator"]
        for path, code in named:
            if code not in codes:
                self._wrong(path, f'"{code}" is not a region of {topology.name}; they are {", ".join(codes)}')

    def _check(self, values, faults, engine):
        self._check_amounts(values, faults)
        if values.get("coordinator.region") is not None and values.get("coordinator.regions") is not None:
            self._wrong(("coordinator", "regions"), "give region, for one coordinator, or regions, for several; not both")
        if engine == "processes":
            self._check_processes(values)

    def _check_amounts(self, values, faults):
        duration_s, fetches = values.get("workload.duration_s"), values.get("workload.objects.fetches_per_object")
        if duration_s is None and fetches is None:
            self._wrong(("workload", "duration_s"), "is missing; give it, or workload.objects.fetches_per_object")
            return
        if duration_s is not None and fetches is not None:
            self._wrong(("workload", "duration_s"), "follows from objects.fetches_per_object, count and arrivals.rate_per_s; "
                                                    "leave out one of them")
        length_s = duration_of(values)
        count = length_s * values["workload.arrivals.rate_per_s"]
        if count > REQUEST_COUNT_MAX and not values.get("workload.requests_max"):
            self._wrong(("workload", "arrivals", "rate_per_s"), f"makes about {count:.3g} requests in {length_s:g} s; at most "
                        f"{REQUEST_COUNT_MAX:_} can run: lower it, or set workload.requests_max")
        if values["workload.warmup_s"] >= length_s:
            self._wrong(("workload", "warmup_s"), f"{values['workload.warmup_s']:g} s is no less than the whole, {length_s:g} s")
        for index, fault in enumerate(faults):
            if fault["at_s"] >= length_s:
                self._wrong(("faults", index, "at_s"), f"{fault['at_s']:g} s is after the end, {length_s:g} s")

    def _check_processes(self, values):
        for key, refused in SIM_ONLY.items():
            value = values[key].split(":")[0] if isinstance(values[key], str) else values[key]
            if value in refused:
                self._wrong(self._path(key), f'{shown(values[key])} is for engine = "sim" only')
        if len(values.get("coordinator.regions") or ()) > 1:
            self._wrong(self._path("coordinator.regions"), 'several coordinators are for engine = "sim" only')

    def _path(self, key):
        """Where it is given, or where it would be."""
        return self.paths.get(key, tuple(key.split(".")))

    def _topology(self, name):
        if name not in self.topologies:
            beside = self.beside / name
            found = Mistakes()
            self.topologies[name] = read_topology(beside if name.endswith(".toml") and beside.exists() else name,
                                                  mistakes=found)
            if found.errors and found.errors[0].line is None:
                self._wrong(("topology",), str(found.errors[0]))
            else:
                self.mistakes.errors += found.errors
        return self.topologies[name]

    def _check_meaning(self, base, variants):
        """What is given but means nothing in any variant is a mistake of thought."""
        given = set(base).union(*(variant.parameters for variant in variants))
        for key in sorted(given):
            if KEYS[key].only:
                other, words = KEYS[key].only
                if all(variant.values[other] not in words for variant in variants):
                    wanted = " or ".join(f"{other} = {shown(word)}" for word in words)
                    self._wrong(self._path(key), f"means nothing without {wanted}")

    # Complaints.

    def _wrong(self, path, text):
        if (path, text) in self.told:
            return
        self.told.add((path, text))
        key = ""
        for part in path:
            key += f"[{part}]" if isinstance(part, int) else f".{part}" if key else part
        self.mistakes.error(self.file.path, self.file.line(*path), f"{key}: {text}")

    def _unknown(self, path, key, names):
        self._wrong(path, f"no such key; {self._near(key, names)}")

    @staticmethod
    def _near(key, names):
        by_last = {}
        for name in names:
            by_last.setdefault(name.split(".")[-1], name)
        near = difflib.get_close_matches(key, names, 1, 0.75) or [by_last[last] for last in difflib.get_close_matches(
            key.split(".")[-1], by_last, 1, 0.7)]
        return f'did you mean "{near[0]}"?' if near else f'there are {", ".join(names)}'


def duration_of(values):
    """Seconds of simulated time: given, or what so many fetches for each object take."""
    if (fetches := values.get("workload.objects.fetches_per_object")) is not None:
        return values["workload.objects.count"] * fetches / values["workload.arrivals.rate_per_s"]
    return values["workload.duration_s"]


def _variants(base, given, sweep):
    defaults = {name: key.default for name, key in KEYS.items()}
    points = itertools.product(*([(key, value) for value in values] for key, values in sweep))
    for index, ((label, change), point) in enumerate(itertools.product(given, list(points))):
        parameters = change | dict(point)
        words = ([label] if len(given) > 1 or change or not point else []) + ([_label(dict(point))] if point else [])
        yield Variant(f"v{index}", ", ".join(words), parameters, defaults | base | parameters)


def _label(parameters):
    return ", ".join(f"{_name(key)}={_short(value)}" for key, value in parameters.items())


def _name(key):
    """What a key is called where there is little room."""
    *tables, last = key.split(".")
    return SHORT_NAMES.get(key) or (tables[-1] if last == "kind" else last)


def _short(value):
    if isinstance(value, list):
        return "+".join(map(str, value))
    if isinstance(value, dict):
        return "/".join(map(str, value.values()))
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, int) and value and value % 1000 == 0:
        return f"{value // 1_000_000}M" if value % 1_000_000 == 0 else f"{value // 1000}k"
    return str(value)
