"""Pages made of runs: the template that web/report builds, with one JSON in it (the format: web/report/README.md).

    run_page(directory)                       one run: run.json and its results
    compare_page(directories, differences)    several runs, and what differs between them
    calibrate_page(calibration)               model against measured

Each returns a page as text. Errors: BadRun, whose text says what is wrong; OSError, when the page is not built.
What the pages do not show is left out here, so that the page of a large run stays below 5 MB: distributions become a few
quantiles each, and of many regions the pairs are those with the most traffic, and a matrix by groups of regions.
"""

import json
from pathlib import Path

from ..processes import BUILD
from .merge import EVERY, KINDS, PARTS, add_pair, empty_pair, merged_latency, merged_pairs, merged_regret, merged_timeline

PLACE = "<!--DATA-->"

MATRIX_REGIONS_MAX = 64  # more are drawn by group: cells would be smaller than a finger or a word
PAIRS_MAX = 2500
RUN_KEYS = ("name", "question", "answer", "file", "sha256", "engine", "seeds", "created", "versions")
LABEL_OF_ONE = "as written"  # the variant of an experiment that has no others
METRICS_BY_REGION = ("mean_ms", "p50_ms", "p99_ms")  # the page shows others of all regions together only

# Decades from the top: 0.30103 is the median, 1 the 90th percentile, 4 the 99.99th.
POINTS = sorted({0.30103, *(round(step / 8, 3) for step in range(8, 41)), *(round(step / 16, 4) for step in range(16))})
POINTS_OF_MANY = [0, 0.125, 0.30103, 0.5, 0.75, 1, 1.3, 1.6, 2, 2.5, 3, 3.5, 4, 5]


class BadRun(Exception):
    """A run's directory cannot be drawn; the text says why."""


def run_page(directory):
    run, variants, summary = _read_run(Path(directory), 0, False)
    return _page({"page": "run", "title": run["name"], "runs": [run], "variants": variants, "summary": summary})


def compare_page(directories, differences):
    several = len(directories) > 1
    read = [_read_run(Path(directory), index, several) for index, directory in enumerate(directories)]
    _tell_apart([run for run, _, _ in read])
    for run, variants, _ in read if several else ():
        for variant in variants:
            alone = len(variants) == 1 and variant["label"] == LABEL_OF_ONE
            variant["label"] = run["name"] if alone else f"{run['name']}: {variant['label']}"
    named = [{**one, "base": _with_id(one["base"], several), "other": _with_id(one["other"], several)} for one in differences]
    return _page({"page": "compare", "title": " and ".join(run["name"] for run, _, _ in read),
                  "runs": [run for run, _, _ in read],
                  "variants": [variant for _, variants, _ in read for variant in variants],
                  "summary": [row for _, _, summary in read for row in summary], "differences": named})


def calibrate_page(calibration):
    return _page({"page": "calibrate", **calibration})


def _tell_apart(runs):
    """Runs of the same experiment get numbers."""
    names = [run["name"] for run in runs]
    for number, run in enumerate(runs, start=1):
        if names.count(run["name"]) > 1:
            run["name"] = f"{run['name']} ({number})"


def _with_id(side, several):
    return {**side, "variant": _variant_id(side["run"], side["variant"], several)}


def _variant_id(run_index, variant, several):
    return f"{run_index}:{variant}" if several else variant


def _page(data):
    template = (BUILD / "web" / "report.html").read_text(encoding="utf-8")
    data = {"format": 1, "kinds": KINDS, "parts": PARTS, **data}
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    before, after = template.split(PLACE)
    return before + text.replace("<", "\\u003c") + after


def _read_json(path):
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadRun(f"{path}: {error.strerror}") from None
    except ValueError as error:
        raise BadRun(f"{path}: not JSON: {error}") from None


def _read_run(directory, index, several):
    """What a page has of one run: its head, its variants merged over seeds, its summary."""
    run = _read_json(directory / "run.json")
    variants, missing = [], 0
    try:
        seen = {variant["id"]: [result for result in run["results"] if result["variant"] == variant["id"]]
                for variant in run["variants"]}
        missing = len(seen) * len(run["seeds"]) - len(run["results"])
        for variant in run["variants"]:
            results = [_read_json(directory / result["file"]) for result in seen[variant["id"]]]
            if results:
                variants.append({"id": _variant_id(index, variant["id"], several), "run": index, "label": variant["label"],
                                 "parameters": variant.get("parameters", {}), **_merged(results)})
        summary = [_summary_row(row, index, several) for row in run.get("summary", ())
                   if row["region"] == EVERY or row["metric"] in METRICS_BY_REGION]
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise BadRun(f"{directory}: not what a run has: {type(error).__name__} {error}") from None
    if not variants:
        raise BadRun(f"{directory}: the run has no results yet")
    head = {key: run.get(key) for key in RUN_KEYS}
    return {**head, "missing": max(0, missing)}, variants, summary


def _summary_row(row, run_index, several):
    figures = [None if row.get(name) is None else float(f"{row[name]:.5g}") for name in ("mean", "low", "high")]
    return [_variant_id(run_index, row["variant"], several), row["metric"], row["kind"], row["region"], *figures]


def _merged(results):
    """One variant as the page has it. What is counted is a mean over the seeds, as if one run had been made."""
    first, seeds = results[0], len(results)
    regions = _regions(results)
    many = len(regions) > MATRIX_REGIONS_MAX
    points = POINTS_OF_MANY if many else POINTS
    pairs, groups = _pairs(results, regions, many)
    caches = [result.get("cache") or {} for result in results]
    mean = lambda name: sum(result.get(name) or 0 for result in results) / seeds
    return {
        "seeds": seeds, "engine": first["engine"], "simulated_s": mean("simulated_s"), "wall_s": mean("wall_s"),
        "events": round(mean("events")), "rss_bytes": max(result.get("peak_rss_bytes") or 0 for result in results),
        "requests": mean("requests"), "failed": mean("failed"),
        "behind": max((result.get("behind") or {}).get("share", 0) for result in results),
        "regions": regions, "points": points, "latency": _curves(merged_latency(results), points),
        "pairs": pairs, "groups": groups,
        "cache": {name: sum(one.get(name, 0) for one in caches) / seeds for name in ("hits", "misses", "evictions")},
        "coordinator": _coordinator([result.get("coordinator") or {} for result in results]),
        "regret": _regret(results, points), "timeline": _timeline(results), "faults": first.get("faults") or [],
        "invariants": _invariants(results),
    }


def _coordinator(told):
    """What the coordinators of each seed did; names may be sharded over several."""
    shards = told[0].get("shards") or []
    regions = [shard["region"] for shard in shards] or [name for name in [told[0].get("region")] if name]
    peaks = [shard["peak_claims_per_s"] for one in told for shard in one.get("shards") or [] if len(shards) > 1]
    return {"regions": regions, **{name: sum(one.get(name, 0) for one in told) / len(told) for name in ("claims", "locates")},
            "peak_claims_per_s": max(peaks or [one.get("peak_claims_per_s", 0) for one in told]),
            "pending_max": max(one.get("pending_max", 0) for one in told)}


def _regions(results):
    counted = ("objects", "requests", "hosted_requests")
    regions = [{**region, **dict.fromkeys(counted, 0)} for region in results[0]["regions"]]
    for result in results:
        for into, region in zip(regions, result["regions"]):
            for name in counted:
                into[name] += region.get(name, 0) / len(results)
    return [{**region, **{name: round(region[name]) for name in counted}} for region in regions]


def _curves(latency, points):
    def order(item):
        (region, kind), _ = item
        return region != EVERY, region, (EVERY, *KINDS).index(kind)

    return [{"region": region, "kind": kind, "count": one.count, "mean": round(one.mean_us), "max": one.max_us,
             "parts": [round(part) for part in one.parts_us()], "us": [round(us) for us in one.quantiles_us(points)]}
            for (region, kind), one in sorted(latency.items(), key=order)]


def _columns(pairs, index, seeds):
    """Pairs as columns; ends by their index, the coordinator as -1."""
    pairs = sorted(pairs.items(), key=lambda item: (-item[1]["requests"], -item[1]["messages"], item[0]))
    columns = {"from": [index.get(ends[0], -1) for ends, _ in pairs], "to": [index.get(ends[1], -1) for ends, _ in pairs]}
    for name in ("requests", "messages", "bytes"):
        columns[name] = [round(pair[name] / seeds) for _, pair in pairs]
    for name in ("mean_us", "p50_us", "p99_us"):
        columns[name] = [round(pair[name]) for _, pair in pairs]
    return columns


def _pairs(results, regions, many):
    """All pairs as columns; of many regions those with the most traffic, and one more set of columns between groups."""
    seeds = len(results)
    index = {region["code"]: position for position, region in enumerate(regions)}
    pairs = merged_pairs(results)
    if not many:
        return _columns(pairs, index, seeds), None
    group_of = {region["code"]: region.get("hint") or "other" for region in regions}
    names = sorted(set(group_of.values()))
    grouped = {}
    for (begin, end), pair in pairs.items():
        ends = group_of.get(begin, begin), group_of.get(end, end)
        add_pair(grouped.setdefault(ends, empty_pair()), pair)
    kept = dict(sorted(pairs.items(), key=lambda item: (-item[1]["requests"] - item[1]["messages"], item[0]))[:PAIRS_MAX])
    group_index = {name: position for position, name in enumerate(names)}
    return _columns(kept, index, seeds), {"names": names, "pairs": _columns(grouped, group_index, seeds)}


def _regret(results, points):
    merged = merged_regret(results)
    if not merged:
        return None
    distribution = merged["distribution"]
    return {"objects": round(merged["objects"] / len(results)), "mean": round(distribution.mean_us),
            "us": [round(us) for us in distribution.quantiles_us(points)],
            "best": round(merged["best_mean_us"]), "actual": round(merged["actual_mean_us"])}


def _timeline(results):
    """Rows as columns."""
    merged = merged_timeline(results)
    columns = {name: [round(row[name], 1) for row in merged["rows"]]
               for name in ("at_s", "requests", "failed", "claims", "moved_bytes", "p50_us", "p99_us")}
    region_count = max((len(row["by_region"]) for row in merged["rows"]), default=0)
    by_region = [[round(row["by_region"][i]) if i < len(row["by_region"]) else 0 for row in merged["rows"]]
                 for i in range(region_count)]
    return {"bucket_s": merged["bucket_s"], **columns, "by_region": by_region}


def _invariants(results):
    told = [result.get("invariants") or {} for result in results]
    names = sorted({name for one in told for name in one})
    return {name: {key: sum(one.get(name, {}).get(key, 0) for one in told) for key in ("checked", "broken")}
            for name in names}
