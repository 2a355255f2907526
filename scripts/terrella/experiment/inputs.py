"""One INPUT.json for each variant and seed: everything that an engine is told (docs/EXPERIMENTS.md)."""

import dataclasses
import functools
import json
import subprocess

from ..config import scaled_limits, topology_object
from ..data import PROJECT
from ..topology import JITTER_PRESETS
from ..up import DEFAULT_PORT
from .file import duration_of
from .keys import KEYS

FORMAT = 1


def topology_of(experiment, variant, time_scale=1.0):
    """The topology as this variant wants it."""
    values = variant.values
    base = experiment.topologies[values["topology"]]
    topology = dataclasses.replace(base, time_scale=time_scale, limits=dict(base.limits),
                                   coordinator=coordinators_of(values, base)[0])
    if values["jitter"] is not None:
        topology.jitter = JITTER_PRESETS[values["jitter"]]
    check = values["coordinator.check"]
    if check == "world" or (check is None and topology.coordinator != base.coordinator and is_world(base)):
        topology.check = world_check(topology)
    elif check is not None:
        topology.check = {"kind": "none"} if check == "none" else check
    for name, value in values.items():
        if name.startswith("limits.") and value is not None:
            topology.limits[name.removeprefix("limits.")] = value
    topology.limits["cache_entry_count_max"] = values["cache.entry_count_max"]
    topology.policy = values["policy"].split(":")[0]
    if values["cache.fill"] is not None:
        topology.push = values["cache.fill"] == "push"
    return topology


def coordinators_of(values, topology):
    """The regions in which coordinators stand."""
    if values["coordinator.regions"]:
        return values["coordinator.regions"]
    return [values["coordinator.region"] or topology.coordinator]


def world_check(topology):
    """The round trip to the region farthest from the coordinator."""
    farthest = max(topology.rtt_ms[topology.index(topology.coordinator)])
    return {"kind": "fixed", "ms": round(farthest, 3)}


def is_world(topology):
    """Whether a topology's check is the "world" of its own coordinator: then it moves with the coordinator."""
    return topology.check == world_check(topology)


def input_of(experiment, variant, seed, engine):
    """The dictionary for INPUT.json. Its times are the model's, before time_scale, for both engines."""
    values = variant.values
    topology = topology_of(experiment, variant)
    regions = coordinators_of(values, topology)
    policy = {"name": topology.policy}
    if ":" in values["policy"]:
        policy["region"] = values["policy"].split(":")[1]
    return {
        "format": FORMAT, "experiment": experiment.name, "variant": variant.label, "seed": seed,
        "commit": commit(),
        "topology": topology_object(topology, DEFAULT_PORT),
        "coordinator": {"region": regions[0], "check": topology.check,
                        "count": len(regions), "regions": regions},
        "limits": scaled_limits(topology),
        "policy": policy,
        "cache": {"on": values["cache.on"], "entry_count_max": values["cache.entry_count_max"], "fill": "push" if topology.push and values["cache.on"] else "pull"},
        "workload": _workload(values),
        "faults": [dict(fault) for fault in experiment.faults],
        "engine": {"kind": engine} | ({"time_scale": values["time_scale"]} if engine == "processes" else {}),
    }


def _workload(values):
    workload = {}
    for name, key in KEYS.items():
        if not name.startswith("workload.") or values[name] is None:
            continue
        if key.only and values[key.only[0]] not in key.only[1]:
            continue
        *tables, last = name.split(".")[1:]
        table = workload
        for part in tables:
            table = table.setdefault(part, {})
        table[last] = values[name]
    workload["duration_s"] = duration_of(values)
    return workload


@functools.cache
def commit():
    """The version of the sources, as git tells it; "" without it."""
    try:
        return subprocess.run(["git", "describe", "--always", "--dirty", "--abbrev=12"], cwd=PROJECT, capture_output=True,
                              text=True, check=True, timeout=20).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""


def input_text(value):
    """The same bytes for the same experiment, variant and seed, always."""
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
