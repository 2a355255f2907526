"""How fast the simulator is, and how much memory it takes, as a table.

usage: scripts/bench-sim [--quick] [checkers] [real-time] [curve] [planet] [regions-300]

Without a name, all of them. --quick takes a tenth of the requests. Processor time is what counts: the machine may be
busy with something else. TERRELLA_BUILD names another build directory than build/.
"""

import csv
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

from terrella.latency import Model, Place  # noqa: E402
from terrella.topology import read_topology  # noqa: E402

BUILD = Path(os.environ.get("TERRELLA_BUILD") or ROOT / "build")


def timed(command):
    """What it prints, and its processor time."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(f"{command[0]} failed: {done.stderr or done.stdout}")
    return done.stdout, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def topology_of(name):
    topology = read_topology(name)
    regions = [{"code": region.code, "city": region.city, "country": region.country, "lat": region.lat,
                "lon": region.lon, "hint": region.hint or "", "hosts": region.hosts,
                "jurisdictions": list(region.jurisdictions)} for region in topology.regions]
    return {"name": topology.name, "time_scale": 1, "regions": regions, "rtt_ms": topology.rtt_ms,
            "jitter": topology.jitter}, topology.coordinator, topology.check


def many_regions(count):
    """The cities of the map of cables, as often as it takes, each time a little to the north-east, with the model's round trips."""
    with open(ROOT / "topologies/model/cities.csv", newline="", encoding="utf-8") as file:
        known = list(csv.DictReader(file))
    cities = []
    for i in range(count):
        city, again = known[i % len(known)], i // len(known)
        cities.append(city | {"iata": f"{city['iata']}{again or ''}", "lat": float(city["lat"]) + 0.7 * again,
                              "lon": (float(city["lon"]) + 1.1 * again + 180) % 360 - 180})
    rtt_ms = Model().matrix_ms([Place(float(city["lat"]), float(city["lon"])) for city in cities])
    regions = [{"code": city["iata"], "city": city["city"], "country": city["country"], "lat": float(city["lat"]),
                "lon": float(city["lon"]), "hint": city["hint"], "hosts": city["do_host"] == "1",
                "jurisdictions": []} for city in cities]
    return {"name": f"{count} regions", "time_scale": 1, "regions": regions, "rtt_ms": rtt_ms,
            "jitter": {"kind": "lognormal", "mean_ms": 0.2, "sigma": 0.9}}, "IAD", {"kind": "fixed", "ms": 230}


def load(topology, coordinator, check, objects, requests, rate, popularity):
    return {"format": 1, "experiment": "bench", "seed": 1, "topology": topology,
            "coordinator": {"region": coordinator, "check": check}, "limits": {"object_idle_ms": 1000},
            "workload": {"duration_s": 2 * requests / rate, "requests_max": requests,
                         "arrivals": {"rate_per_s": rate},
                         "objects": {"count": objects, "popularity": popularity,
                                     "users": {"kind": "home", "home_share": 0.9}},
                         "request_bytes": 200, "response_bytes": 1000, "service": {"kind": "fixed", "ms": 1}}}


def experiment(title, topology, objects, requests, rate=10000, popularity=None):
    with tempfile.TemporaryDirectory() as directory:
        source, result = Path(directory) / "input.json", Path(directory) / "output.json"
        source.write_text(json.dumps(load(*topology, objects, requests, rate,
                                          popularity or {"kind": "uniform"})))
        _, seconds = timed([BUILD / "experiment/experiment-sim", source, result])
        output = json.loads(result.read_text())
    print(f"{title:34} {output['requests']:>11,} requests {output['events']:>12,} events {seconds:7.1f} s processor "
          f"{output['wall_s']:7.1f} s  {output['events'] / seconds:>10,.0f} events/s  "
          f"{seconds / output['events'] * 1e6:5.2f} us/event  {output['peak_rss_bytes'] / 2**20:6.0f} MB", flush=True)
    return output, seconds


def checkers(scale):
    """Nine regions, every checker on, no faults, and with them."""
    steps = int(1000000 * scale)
    for title, flags in [("9 regions, all checkers", ["--calm"]), ("9 regions, checkers and faults", [])]:
        text, seconds = timed([ROOT / "scripts/sim", "--topology", "continents", "--seed", 1, "--jobs", 1,
                               "--steps", steps, *flags])
        events, virtual = map(int, re.search(r"(\d+) events in (\d+) s", text).groups())
        print(f"{title:34} {events:>12,} events {seconds:7.1f} s processor  {events / seconds:>10,.0f} events/s  "
              f"{virtual / seconds:,.0f} times real time", flush=True)


def real_time(scale):
    """A normal load: 100 requests a second over the world."""
    output, seconds = experiment("continents, 100 requests/s", topology_of("continents"), 10000,
                                 int(1000000 * scale), rate=100, popularity={"kind": "zipf", "exponent": 1})
    print(f"{'':34} {output['simulated_s']:,.0f} s simulated, {output['simulated_s'] / seconds:,.0f} times real time",
          flush=True)


def curve(scale):
    """What an event costs as objects grow a thousandfold."""
    for objects in [10**4, 10**5, 10**6, 10**7]:
        experiment(f"continents, {objects:,} objects", topology_of("continents"), objects, int(5000000 * scale))


def planet(scale):
    experiment("planet, 10,000,000 objects", topology_of("planet"), 10**7, int(50000000 * scale))


def regions_300(scale):
    experiment("300 regions, 1,000,000 objects", many_regions(300), 10**6, int(5000000 * scale))


BENCHMARKS = {"checkers": checkers, "real-time": real_time, "curve": curve, "planet": planet,
              "regions-300": regions_300}


def main(arguments):
    unknown = [word for word in arguments if word not in BENCHMARKS and word != "--quick"]
    if unknown:
        print(__doc__, file=sys.stderr)
        return 2
    scale = 0.1 if "--quick" in arguments else 1
    for name, benchmark in BENCHMARKS.items():
        if name in arguments or not set(arguments) & set(BENCHMARKS):
            benchmark(scale)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
