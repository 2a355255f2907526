"""Figures of one OUTPUT.json: a dictionary from (metric, kind, region) to a number.

Units are at the end of a metric's name. Kind "all" is every access that got an answer; "failed" ones count in
failed_share alone.
"""

QUANTILES = {"p50_ms": 0.5, "p90_ms": 0.9, "p99_ms": 0.99, "p999_ms": 0.999}
PARTS = ("queue", "claim", "check", "forward", "service")
REGION_COUNT_FOR_KINDS = 60  # with more regions, kinds are not told apart region by region


class Latency:
    """Latencies added up: a histogram with its mean and parts."""

    def __init__(self):
        self.count, self.sum_us, self.max_us = 0, 0.0, 0
        self.buckets = {}
        self.parts_us = dict.fromkeys(PARTS, 0.0)

    def add(self, row):
        """`row` is one of OUTPUT's `latency`."""
        count = row["count"]
        self.count += count
        self.sum_us += row["mean_us"] * count
        self.max_us = max(self.max_us, row["max_us"])
        for upper_us, bucket_count in row["histogram"]:
            self.buckets[upper_us] = self.buckets.get(upper_us, 0) + bucket_count
        for part, mean_us in row.get("parts_us", {}).items():
            self.parts_us[part] = self.parts_us.get(part, 0.0) + mean_us * count

    def quantile_ms(self, quantile):
        """The upper end of the bucket at or below which that share of all lies."""
        wanted, seen = quantile * sum(self.buckets.values()), 0
        for upper_us in sorted(self.buckets):
            seen += self.buckets[upper_us]
            if seen >= wanted:
                return min(upper_us, self.max_us) / 1000
        return self.max_us / 1000

    def figures(self):
        if not self.count:
            return {}
        figures = {"requests": self.count, "mean_ms": self.sum_us / self.count / 1000, "max_ms": self.max_us / 1000}
        return figures | {name: self.quantile_ms(quantile) for name, quantile in QUANTILES.items()}


def measure(output):
    """All figures of one result."""
    figures = {}
    for (kind, region), latency in _latencies(output).items():
        for metric, value in latency.figures().items():
            figures[metric, kind, region] = value
        if region == "all" and latency.count:
            for part, sum_us in latency.parts_us.items():
                figures[f"{part}_ms", kind, region] = sum_us / latency.count / 1000
    for metric, value in _whole(output).items():
        if value is not None:
            figures[metric, "all", "all"] = value
    return figures


def _latencies(output):
    latencies = {}
    kinds_by_region = len(output["regions"]) <= REGION_COUNT_FOR_KINDS
    for row in output["latency"]:
        kind, region = row["kind"], row["region"]
        places = [(kind, "all")] + ([(kind, region)] if kinds_by_region else [])
        if kind != "failed":
            places += [("all", "all"), ("all", region)]
        for place in places:
            latencies.setdefault(place, Latency()).add(row)
    return latencies


def _whole(output):
    """Figures of the whole run."""
    requests = output["requests"] or 1
    simulated_s = output["simulated_s"] or 1
    coordinator, cache, regret = output["coordinator"], output["cache"], output["regret"]
    looked_up = cache["hits"] + cache["misses"]
    between = [pair for pair in output["pairs"] if pair["from"] != pair["to"]]
    return {
        "failed_share": output["failed"] / requests,
        "regret_ms": regret["mean_us"] / 1000 if regret["objects"] else None,
        "regret_p99_ms": regret["p99_us"] / 1000 if regret["objects"] else None,
        "distance_ms": regret["actual_mean_us"] / 1000 if regret["objects"] else None,
        "best_distance_ms": regret["best_mean_us"] / 1000 if regret["objects"] else None,
        "cache_hit_rate": cache["hits"] / looked_up if looked_up else None,
        "claims_per_s": coordinator["claims"] / simulated_s,
        "peak_claims_per_s": max([shard["peak_claims_per_s"] for shard in coordinator.get("shards", ())]
                                 or [coordinator["peak_claims_per_s"]]),
        "messages_per_request": sum(pair["messages"] for pair in between) / requests,
        "bytes_per_request": sum(pair["bytes"] for pair in between) / requests,
        "behind_share": output.get("behind", {}).get("share"),
        **{f"{name.lower()}_broken": told["broken"] for name, told in output.get("invariants", {}).items()},
    }
