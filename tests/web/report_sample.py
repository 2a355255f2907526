"""Made-up runs, shaped like real ones, for tests of the report: report_sample.py DIRECTORY

Writes DIRECTORY/{run,compare,calibrate,large,many}.html (large: 42 regions, 9 variants; many: 290 regions) and the runs they are made of.
"""

import json
import math
import random
import sys
from pathlib import Path
from statistics import NormalDist

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "scripts"))

from terrella.experiment import report  # noqa: E402
from terrella.latency import Model, Place  # noqa: E402
from terrella.topology import load_cities, read_topology  # noqa: E402

KINDS = ("unique_first", "name_first", "cached_local", "cached_remote", "uncached", "failed")
CHECK_US = 100_000


def spread(low_us, sigma, count, histogram):
    """Add `count` lognormal latencies above `low_us`, thinned to a few hundred points with a true tail; their sum."""
    total, placed = 0, 0
    shares = [10 ** (-i / 24) for i in range(int(math.log10(max(count, 2)) * 24) + 1)] + [0]
    for high, low in zip(shares, shares[1:]):
        here = round(count * (1 - low)) - placed
        if here <= 0:
            continue
        placed += here
        z = NormalDist().inv_cdf(min(1 - (high + low) / 2, 1 - 1e-9) or 1e-9)
        us = round(1.01 ** math.ceil(math.log(low_us + 200 * math.exp(sigma * z)) / math.log(1.01)))
        histogram[us] = histogram.get(us, 0) + here
        total += us * here
    return total


class World:
    """Regions, and who asks what where."""

    def __init__(self, regions, seed):
        self.random = random.Random(seed)
        self.regions = regions
        self.rtt_ms = Model().matrix_ms([Place(region["lat"], region["lon"]) for region in regions])
        self.weights = [self.random.uniform(0.3, 1) * (1.6 if region["hint"] in ("weur", "enam") else 1) for region in regions]
        self.hosts = [i for i, region in enumerate(regions) if region["hosts"]]
        self.coordinator = next((i for i, region in enumerate(regions) if region["code"] == "IAD"), 0)

    def nearest(self, i):
        return min(self.hosts, key=lambda host: self.rtt_ms[i][host])

    def result(self, variant, seed, requests, spill, fault=None):
        """`spill`: which share of a region's requests is for objects that live elsewhere."""
        rng = random.Random(f"{variant}{seed}")
        regions = [dict(region, objects=0, requests=0, hosted_requests=0) for region in self.regions]
        latency, pairs, total = [], [], sum(self.weights)
        for i, weight in enumerate(self.weights):
            mine = requests * weight / total * rng.uniform(0.97, 1.03)
            home = self.nearest(i)
            others = rng.sample(self.hosts, min(7, len(self.hosts)))
            shares = {home: 1 - spill}
            for other in others:
                shares[other] = shares.get(other, 0) + spill / len(others) * rng.uniform(0.4, 1.6)
            by_kind = {kind: [0, 0, {}] for kind in KINDS}
            for to, share in shares.items():
                count = round(mine * share)
                rtt_us = 1000 * self.rtt_ms[i][to]
                claim_us = 1000 * self.rtt_ms[i][self.coordinator] + CHECK_US
                split = {"unique_first": (0.02, rtt_us * (to != home)), "name_first": (0.03, claim_us + rtt_us), "uncached": (0.05, claim_us * 0.6 + rtt_us),
                         "cached_local" if to == home and rtt_us < 1000 else "cached_remote": (0.9, rtt_us)}
                for kind, (part, low_us) in split.items():
                    here = round(count * part)
                    one = by_kind[kind]
                    one[0] += here
                    one[1] += spread(low_us + 300, 0.9, here, one[2])
                regions[to]["hosted_requests"] += count
                regions[to]["objects"] += round(count * 0.05)
                pairs.append({"from": regions[i]["code"], "to": regions[to]["code"], "messages": 2 * count, "bytes": count * 1200, "requests": count,
                              "mean_us": rtt_us + 700, "p50_us": rtt_us + 500, "p99_us": rtt_us + 5000})
            pairs.append({"from": regions[i]["code"], "to": "coordinator", "messages": round(mine * 0.08), "bytes": round(mine * 8), "requests": 0, "mean_us": 0,
                          "p50_us": 0, "p99_us": 0})
            failed = round(mine * 0.0004)
            by_kind["failed"] = [failed, failed * 2_000_000, {2_000_000: failed}]
            regions[i]["requests"] = round(mine)
            for kind, (count, sum_us, histogram) in by_kind.items():
                if count:
                    mean = sum_us / count
                    first = kind in ("name_first", "uncached")
                    latency.append({"region": regions[i]["code"], "kind": kind, "count": count, "mean_us": mean, "max_us": max(histogram),
                                    "histogram": sorted(histogram.items()),
                                    "parts_us": {"queue": 80, "claim": mean * 0.3 * first, "check": CHECK_US * first * 0.9, "forward": mean * 0.5, "service": 300}})
        return {
            "format": 1, "experiment": "sample", "variant": variant, "seed": seed, "engine": "sim", "input_sha256": "0" * 64, "version": {},
            "simulated_s": 600.0, "wall_s": 3.2, "events": requests * 7, "peak_rss_bytes": 300_000_000, "requests": requests, "failed": round(requests * 0.0004),
            "behind": {"share": 0.0, "max_us": 0}, "regions": regions,
            "coordinator": {"region": regions[self.coordinator]["code"], "claims": round(requests * 0.03), "locates": 0, "peak_claims_per_s": 170, "pending_max": 44},
            "latency": latency, "pairs": pairs, "cache": {"hits": round(requests * 0.9), "misses": round(requests * 0.1), "evictions": 0},
            "regret": regret(requests // 20, 5000 + 60_000 * spill), "timeline": self.timeline(requests, fault), "faults": fault or [],
            "invariants": {"I8": {"checked": requests // 50, "broken": 0}, "I10": {"checked": requests, "broken": 0}}}

    def timeline(self, requests, faults):
        rows, bucket_s, total = [], 5, sum(self.weights)
        for at_s in range(0, 600, bucket_s):
            down = any(fault["what"] == "kill" and fault["at_s"] <= at_s < fault["at_s"] + 120 for fault in faults or [])
            by_region = [round(requests * bucket_s / 600 * weight / total * (1 + 0.7 * math.cos(2 * math.pi * (at_s / 600 + region["lon"] / 360))))
                         for region, weight in zip(self.regions, self.weights)]
            rows.append({"at_s": at_s, "requests": sum(by_region), "failed": round(sum(by_region) * (0.06 if down else 0.0002)), "p50_us": 4000 + 3000 * down,
                         "p99_us": 290_000 + 20_000 * math.sin(at_s / 40) + 1_500_000 * down, "claims": round(sum(by_region) * 0.03), "by_region": by_region,
                         "moved_bytes": sum(by_region) * 900})
        return {"bucket_s": bucket_s, "rows": rows}


def regret(objects, scale_us):
    histogram = {}
    total = spread(1, 1.0, round(objects * 0.55), histogram)
    total += spread(scale_us, 1.4, objects - round(objects * 0.55), histogram)
    return {"objects": objects, "mean_us": total / objects, "histogram": sorted(histogram.items()), "best_mean_us": 21_000, "actual_mean_us": 21_000 + total / objects}


def planet():
    topology = read_topology("planet")
    return [{"code": one.code, "city": one.city, "country": one.country, "lat": one.lat, "lon": one.lon, "hint": one.hint, "hosts": one.hosts} for one in topology.regions]


def many_regions(count):
    rng = random.Random(7)
    cities = list(load_cities().values())
    made = []
    for i in range(count):
        city = cities[i % len(cities)]
        made.append({"code": f"{city.code}{i // len(cities) or ''}", "city": city.city, "country": city.country, "lat": city.lat + rng.uniform(-4, 4),
                     "lon": city.lon + rng.uniform(-5, 5), "hint": city.hint, "hosts": city.hosts})
    return made


def write_run(directory, name, world, variants, seeds, requests, faults=None):
    (directory / "results").mkdir(parents=True, exist_ok=True)
    results, summary = [], []
    for i, (label, spill) in enumerate(variants):
        for seed in seeds:
            file = f"results/v{i}-{seed}.json"
            (directory / file).write_text(json.dumps(world.result(label, seed, requests, spill, faults)))
            results.append({"variant": f"v{i}", "seed": seed, "file": file})
        for metric, mean, half in (("p50_ms", 4 + 30 * spill, 0.4), ("p99_ms", 260 + 200 * spill, 12), ("mean_ms", 12 + 90 * spill, 0.8),
                                   ("regret_ms", 3 + 60 * spill, 0.6), ("cache_hit_rate", 0.9 - 0.05 * spill, 0.002)):
            summary.append({"variant": f"v{i}", "metric": metric, "kind": "all", "region": "all", "mean": mean, "low": mean - half, "high": mean + half})
    run = {"format": 1, "name": name, "question": "Does a location hint help objects whose users are in one market?",
           "answer": ["A hint for the right market cuts the median from 18 ms to 7 ms and the regret of an object from 34 ms to 8 ms.",
                      "Without a hint the first requester decides, and one in three objects is first asked for by the wrong region.",
                      "The 99th percentile hardly moves: it is made of first uses of names, which wait for the coordinator's check wherever the object goes."],
           "file": f'question = "Does a location hint help?"\nname = "{name}"\n\n[sweep]\n"workload.objects.hint" = ["none", "market"]\n', "sha256": "ab" * 32,
           "engine": "sim", "seeds": seeds, "created": "2026-03-01T10:00:00Z", "versions": {"terrella": "0.9", "commit": "0123abcd"},
           "variants": [{"id": f"v{i}", "label": label, "parameters": {"policy": label}} for i, (label, _) in enumerate(variants)], "results": results, "summary": summary}
    (directory / "run.json").write_text(json.dumps(run))


def differences():
    for i, (metric, base, other, half) in enumerate((("p50_ms", 18.0, 7.2, 0.9), ("p99_ms", 312.0, 305.0, 15.0), ("mean_ms", 39.0, 19.5, 1.6), ("regret_ms", 21.0, 8.1, 1.1),
                                                     ("cache_hit_rate", 0.871, 0.872, 0.003), ("claims_per_s", 61.0, 60.2, 2.0))):
        gap = other - base
        yield {"metric": metric, "kind": "all", "region": "all", "base": {"run": 0, "variant": "v0", "mean": base, "low": base - half, "high": base + half},
               "other": {"run": 1, "variant": "v0", "mean": other, "low": other - half, "high": other + half}, "difference": gap, "low": gap - 1.5 * half,
               "high": gap + 1.5 * half, "p": 0.4 if i in (1, 4, 5) else 0.0002, "noise": i in (1, 4, 5)}


def calibration(world):
    rng = random.Random(3)
    continent = {"wnam": "NA", "enam": "NA", "weur": "EU", "eeur": "EU", "apac": "AS", "apac-ne": "AS", "apac-se": "AS", "oc": "OC", "sam": "SA", "afr": "AF", "me": "ME"}
    pairs, model = [], Model()
    for i, a in enumerate(world.regions):
        for j, b in enumerate(world.regions[:i]):
            ends = sorted((continent[a["hint"]], continent[b["hint"]]))
            physics = model.physics_ms(Place(a["lat"], a["lon"]), Place(b["lat"], b["lon"]))
            measured = max(physics * 1.05, world.rtt_ms[i][j] * math.exp(rng.gauss(0.01, 0.07)) * (1.4 if ends == ["AF", "SA"] else 1))
            pairs.append({"from": a["code"], "to": b["code"], "from_city": a["city"], "to_city": b["city"], "continents": "-".join(ends), "km": physics * 100,
                          "physics_ms": physics, "measured_ms": round(measured), "model_ms": world.rtt_ms[i][j]})
    creation, placement = [], []
    for i, region in enumerate(world.regions):
        home = world.nearest(i)
        share = rng.uniform(0.3, 1)
        other = rng.choice(world.hosts)
        placement.append({"colo": region["code"], "city": region["city"], "lat": region["lat"], "lon": region["lon"], "ours": world.regions[home]["code"],
                          "agree_share": share, "expected_rtt_ms": share * world.rtt_ms[i][home] + (1 - share) * world.rtt_ms[i][other],
                          "our_rtt_ms": world.rtt_ms[i][home], "real": [{"host": world.regions[home]["code"], "share": share}, {"host": world.regions[other]["code"], "share": 1 - share}]})
        for hint, kind, base, factor in (("none", "unhinted", 21, 0.58), ("own", "own_hint", 28, 0.67), ("enam", "other_hint", 67, 2.92), ("apac", "other_hint", 67, 2.92), ("oc", "other_hint", 67, 2.92)):
            rtt = world.rtt_ms[i][home if kind != "other_hint" else rng.choice(world.hosts)]
            guess = base + factor * rtt
            creation.append({"colo": region["code"], "hint": hint, "measured_ms": guess * math.exp(rng.gauss(0, 0.12)), "model_ms": guess, "rtt_ms": rtt, "kind": kind})
    return {"title": "calibrate", "question": "How far is the model from the world?",
            "answer": ["The latency model is within 5 % of half of all measured pairs, and within 13 % of nine in ten.", "No modelled pair is faster than light in fibre."],
            "wrong": ["South America to Africa: measured paths go through Europe or the USA, 40 % longer than the model's.", "Placement: the real network spreads over neighbours; the model always takes the nearest."],
            "created": "2026-03-01T10:00:00Z", "versions": {"terrella": "0.9", "commit": "0123abcd"}, "sources": ["azure_rtt_2026-07.csv", "where-do-summary.csv", "where-do-hints.csv"],
            "latency": {"pairs": pairs}, "placement": placement, "creation": creation}


def main(directory):
    world, many = World(planet(), 1), World(many_regions(290), 2)
    faults = [{"at_s": 200, "what": "kill", "region": "LHR"}, {"at_s": 320, "what": "restart", "region": "LHR"},
              {"at_s": 420, "what": "cut", "region": "SIN", "other": "SYD"}, {"at_s": 470, "what": "heal", "region": "SIN", "other": "SYD"}]
    four = [("first requester", 0.35), ("hint = market", 0.1), ("centre of traffic", 0.05), ("random", 0.9)]
    write_run(directory / "runs/hints", "hints", world, four, [1, 2, 3], 1_000_000, faults)
    write_run(directory / "runs/hints-later", "hints, later", world, [("hint = market", 0.1)], [1, 2, 3], 1_000_000)
    write_run(directory / "runs/large", "large", world, [(f"check = {ms} ms", ms / 400) for ms in (0, 10, 20, 50, 100, 150, 200, 300, 400)], [1], 50_000_000)
    write_run(directory / "runs/many", "many", many, four[:2], [1], 5_000_000)
    pages = {"run": report.run_page(directory / "runs/hints"), "large": report.run_page(directory / "runs/large"), "many": report.run_page(directory / "runs/many"),
             "compare": report.compare_page([directory / "runs/hints", directory / "runs/hints-later"], list(differences())),
             "calibrate": report.calibrate_page(calibration(world))}
    for name, page in pages.items():
        (directory / f"{name}.html").write_text(page)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
