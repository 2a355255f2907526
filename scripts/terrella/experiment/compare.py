"""Two or more runs side by side: what differs, and whether that is more than noise.

Variants are paired by their label; two runs of one variant each are always paired. A single run is compared with itself:
its first variant against all others. A difference is more than noise when Welch's t over the seeds gives it p < 0.05 after
Holm's correction over all that is compared; and, of a quantile, when it is more than a quantile can tell.
"""

import csv

from ..mistakes import Refused
from .noise import holm, welch

METRICS = ("mean_ms", "p50_ms", "p99_ms", "failed_share", "regret_ms", "cache_hit_rate", "claims_per_s",
           "messages_per_request", "bytes_per_request")
P_MAX = 0.05
RESOLUTION = 0.01  # of quantiles, which are ends of buckets (experiment/histogram.h)


def pairs_of(runs):
    """((run index, variant), (run index, variant)) of what is compared. Errors: Refused, when nothing goes together."""
    first = runs[0]["variants"]
    if len(runs) == 1:
        if len(first) < 2:
            raise Refused("one run of one variant has nothing to be compared with; name another run")
        return [((0, first[0]), (0, other)) for other in first[1:]]
    pairs = []
    for index, run in enumerate(runs[1:], start=1):
        if len(first) == len(run["variants"]) == 1:
            pairs.append(((0, first[0]), (index, run["variants"][0])))
            continue
        by_label = {variant["label"]: variant for variant in run["variants"]}
        pairs += [((0, variant), (index, by_label[variant["label"]])) for variant in first if variant["label"] in by_label]
    if not pairs:
        raise Refused("these runs have no variant in common: " + "; ".join(
            f'{run["name"]} has {", ".join(variant["label"] for variant in run["variants"])}' for run in runs))
    return pairs


def differences(runs):
    """One entry for each pair, metric, kind and region (all regions together), as the page wants them."""
    summaries = [{(row["variant"], row["metric"], row["kind"]): row for row in run["summary"] if row["region"] == "all"}
                 for run in runs]
    found = []
    for (base_run, base), (other_run, other) in pairs_of(runs):
        for (variant, metric, kind), row in summaries[base_run].items():
            twin = summaries[other_run].get((other["id"], metric, kind))
            if variant == base["id"] and metric in METRICS and twin:
                if any(row["values"]) or any(twin["values"]):
                    found.append(_difference(metric, kind, (base_run, row), (other_run, twin)))
    found.sort(key=lambda one: one["kind"] != "all")
    for one, p in zip(found, holm([one["p"] for one in found])):
        one["p"] = p
        blurred = one["metric"].startswith("p") and abs(one["difference"]) <= RESOLUTION * abs(one["base"]["mean"])
        one["noise"] = p is None or p >= P_MAX or blurred
    return found


def _difference(metric, kind, base, other):
    told = welch(base[1]["values"], other[1]["values"])
    return {"metric": metric, "kind": kind, "region": "all", "base": _side(*base), "other": _side(*other),
            "difference": told.difference, "low": told.low, "high": told.high, "p": told.p}


def _side(run, row):
    return {"run": run, **{name: row[name] for name in ("variant", "mean", "low", "high")}}


def table_rows(runs, found):
    """Header and rows for a terminal, and the index of rows that are more than noise."""
    labels = [{variant["id"]: variant["label"] for variant in run["variants"]} for run in runs]
    rows, sure = [], []
    for one in found:
        if one["kind"] == "failed" or (one["metric"] == "p50_ms" and one["kind"] != "all"):
            continue
        base, other = one["base"], one["other"]
        share = f"{one['difference'] / base['mean']:+.1%}" if base["mean"] else ""
        what = labels[other["run"]][other["variant"]] if len(runs) > 1 or len(labels[0]) > 1 else ""
        if len(runs) > 2:
            what = f"{runs[other['run']]['name']}: {what}"
        verdict = ("the same" if one["difference"] == 0 else "one seed: cannot be told" if one["p"] is None else
                   "noise" if one["noise"] else "no noise at all" if one["p"] == 0 else f"yes, p {one['p']:.2g}")
        if not one["noise"]:
            sure.append(len(rows))
        rows.append([what, one["metric"], one["kind"], _figure(base), _figure(other), f"{one['difference']:+.4g}", share, verdict])
    return ["variant", "metric", "kind", "base", "other", "difference", "", "more than noise?"], rows, sure


def _figure(side):
    half = "" if side["low"] is None else f" ± {(side['high'] - side['low']) / 2:.2g}"
    return f"{side['mean']:.4g}{half}"


def write_csv(path, runs, found):
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["metric", "kind", "base_run", "base_variant", "base", "other_run", "other_variant", "other",
                         "difference", "low", "high", "p", "noise"])
        for one in found:
            base, other = one["base"], one["other"]
            writer.writerow([one["metric"], one["kind"], runs[base["run"]]["name"], base["variant"], base["mean"],
                             runs[other["run"]]["name"], other["variant"], other["mean"], one["difference"], one["low"],
                             one["high"], one["p"], str(one["noise"]).lower()])
