"""Results of one variant, several seeds, as one: counts and histograms are added up, means weighted by what they are of.

A result is an OUTPUT.json (docs/EXPERIMENTS.md). Quantiles of pairs and of the timeline come without their histograms,
so they are means over the seeds, weighted by requests; all other quantiles are exact to the bounds of their buckets.
"""

import math
from collections import defaultdict

KINDS = ("unique_first", "name_first", "cached_local", "cached_remote", "uncached", "failed")
PARTS = ("queue", "claim", "check", "forward", "service")
EVERY = "all"  # instead of a region or a kind


class Distribution:
    """Latencies as counts by bucket, with their mean, largest and parts."""

    def __init__(self):
        self.count = 0
        self.total_us = 0.0
        self.max_us = 0
        self.part_totals_us = dict.fromkeys(PARTS, 0.0)
        self.buckets = defaultdict(int)

    def add(self, entry):
        count = entry["count"]
        self.count += count
        self.total_us += entry.get("mean_us", 0) * count
        self.max_us = max(self.max_us, entry.get("max_us", 0))
        for part, mean_us in entry.get("parts_us", {}).items():
            self.part_totals_us[part] = self.part_totals_us.get(part, 0) + mean_us * count
        for upper_us, bucket_count in entry.get("histogram", ()):
            self.buckets[upper_us] += bucket_count

    @property
    def mean_us(self):
        return self.total_us / self.count if self.count else 0.0

    def parts_us(self):
        return [self.part_totals_us[part] / self.count if self.count else 0 for part in PARTS]

    def quantiles_us(self, points):
        """The latency at each point, a share given as decades from the top: 1 is the 90th percentile, 2 the 99th.
        The list ends where there are too few to tell. A share of nothing, 0, is the least."""
        total = sum(self.buckets.values())
        quantiles, reached, buckets = [], 0, iter(sorted(self.buckets.items()))
        upper_us = 0
        for point in points:
            beyond = total * 10 ** -point
            if beyond < 0.999:
                break
            while reached < max(1, math.ceil(total - beyond - 1e-6)):
                upper_us, count = next(buckets)
                reached += count
            quantiles.append(min(upper_us, self.max_us) if self.max_us else upper_us)
        return quantiles


def merged_latency(results):
    """{(region, kind): Distribution}; with EVERY for all regions, and for all kinds but those that failed."""
    merged = defaultdict(Distribution)
    for result in results:
        for entry in result.get("latency", ()):
            if not entry["count"]:
                continue
            for region in (entry["region"], EVERY):
                merged[region, entry["kind"]].add(entry)
                if entry["kind"] != "failed":
                    merged[region, EVERY].add(entry)
    return merged


def merged_pairs(results):
    """One entry for each pair of ends, {(from, to): entry}; latencies weighted by requests."""
    merged = {}
    for result in results:
        for pair in result.get("pairs", ()):
            key = pair["from"], pair["to"]
            add_pair(merged.setdefault(key, empty_pair()), pair)
    return merged


def empty_pair():
    return {"messages": 0, "bytes": 0, "requests": 0, "mean_us": 0.0, "p50_us": 0.0, "p99_us": 0.0}


def add_pair(into, pair):
    before, requests = into["requests"], pair.get("requests", 0)
    for name in ("mean_us", "p50_us", "p99_us"):
        if before + requests:
            into[name] = (into[name] * before + (pair.get(name) or 0) * requests) / (before + requests)
    for name in ("messages", "bytes", "requests"):
        into[name] += pair.get(name, 0)


def merged_timeline(results):
    """Rows by time: what is counted is a mean over the seeds, latencies are weighted by requests."""
    rows = {}
    seed_counts = defaultdict(int)
    timelines = [result["timeline"] for result in results if result.get("timeline")]
    for timeline in timelines:
        for row in timeline["rows"]:
            at_s = row["at_s"]
            seed_counts[at_s] += 1
            into = rows.setdefault(at_s, {"at_s": at_s, "requests": 0, "failed": 0, "claims": 0, "moved_bytes": 0,
                                          "p50_us": 0.0, "p99_us": 0.0, "by_region": [0] * len(row.get("by_region", ()))})
            before, requests = into["requests"], row.get("requests", 0)
            for name in ("p50_us", "p99_us"):
                if before + requests:
                    into[name] = (into[name] * before + (row.get(name) or 0) * requests) / (before + requests)
            for name in ("requests", "failed", "claims", "moved_bytes"):
                into[name] += row.get(name, 0)
            into["by_region"] = [a + b for a, b in zip(into["by_region"], row.get("by_region", ()))]
    for at_s, row in rows.items():
        for name in ("requests", "failed", "claims", "moved_bytes"):
            row[name] /= seed_counts[at_s]
        row["by_region"] = [count / seed_counts[at_s] for count in row["by_region"]]
    return {"bucket_s": timelines[0]["bucket_s"] if timelines else 1, "rows": [rows[at_s] for at_s in sorted(rows)]}


def merged_regret(results):
    """A Distribution of the regret of objects, and the mean latencies that they had and could have had; or None."""
    found = [result["regret"] for result in results if (result.get("regret") or {}).get("objects")]
    if not found:
        return None
    regret = Distribution()
    objects = sum(one["objects"] for one in found)
    for one in found:
        regret.add({"count": one["objects"], "mean_us": one["mean_us"], "histogram": one.get("histogram", ())})
    return {"distribution": regret, "objects": objects,
            **{name: sum(one.get(name, 0) * one["objects"] for one in found) / objects
               for name in ("best_mean_us", "actual_mean_us")}}
