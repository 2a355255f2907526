"""The simulator on a topology in TOML: what the binary reads is written to build/sim/topologies/.

usage: scripts/sim [--topology NAME_OR_FILE] [options of sim]

All other options go to the simulator as they are: see sim/main.c, or scripts/sim --help.
"""

import os
import sys
from pathlib import Path

from .data import PROJECT
from .mistakes import Refused
from .topology import NO_DISTANCE_MS, read_topology


def build_directory():
    return Path(os.environ.get("TERRELLA_BUILD") or PROJECT / "build")


def milliseconds(ms):
    """As plans have them: three decimals at most, and never nothing between two regions."""
    return f"{max(ms, NO_DISTANCE_MS):.3f}".rstrip("0").rstrip(".")


def _check(check):
    low = check.get("ms", check.get("low_ms", check.get("mean_ms")))
    if low is None:
        return ""
    return f" {milliseconds(low)}" + (f" {milliseconds(check['high_ms'])}" if "high_ms" in check else "")


def _jitter(jitter):
    if jitter["kind"] == "lognormal":
        yield f"jitter_mean {milliseconds(jitter['mean_ms'])} {jitter['sigma']}"
    if jitter.get("spike_probability"):
        yield (f"jitter_spikes {jitter['spike_probability']} {milliseconds(jitter['spike_low_ms'])} "
               f"{milliseconds(jitter['spike_high_ms'])}")


def plan_of(topology):
    """The cluster's lines of a plan (sim/plan_text.h): unscaled, since virtual time costs nothing."""
    lines = [f"# {topology.name}"]
    for region in topology.regions:
        words = ["region", region.code, region.hint or "none"]
        if not region.hosts:
            words.append("entry-only")
        if region.jurisdictions:
            words += ["in", *region.jurisdictions]
        lines.append(" ".join(words))
    for i, one in enumerate(topology.regions):
        for j, other in enumerate(topology.regions[i:], i):
            lines.append(f"rtt {one.code} {other.code} {milliseconds(topology.rtt_ms[i][j])}")
    lines.append(f"coordinator {topology.coordinator}{_check(topology.check)}")
    if topology.push:
        lines.append("push")
    lines += _jitter(topology.jitter)
    return "\n".join(lines) + "\n"


def convert(name):
    """Path of what the simulator reads; a file that is no TOML is left as it is."""
    if Path(name).exists() and not name.endswith(".toml"):
        return name
    topology = read_topology(name)
    directory = build_directory() / "sim" / "topologies"
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"{Path(name).stem}.txt"
    path.write_text(plan_of(topology))
    return str(path)


def main(arguments):
    arguments = list(arguments)
    for i, argument in enumerate(arguments):
        if argument.startswith("--topology="):
            arguments[i] = "--topology=" + convert(argument.split("=", 1)[1])
        elif argument == "--topology" and i + 1 < len(arguments):
            arguments[i + 1] = convert(arguments[i + 1])
    program = build_directory() / "sim" / "sim"
    if not program.exists():
        raise Refused(f"there is no {program}; scripts/setup builds it")
    os.execv(program, [str(program), *arguments])


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except Refused as refused:
        sys.exit(f"error: {refused}")
