"""Sums up a run: run.json from the results of all variants and seeds, and the CSV files beside it."""

import csv
import platform
import time

from .inputs import commit
from .measure import measure
from .noise import interval
from .runner import sha256

LATENCY_METRICS = ("requests", "mean_ms", "p50_ms", "p90_ms", "p99_ms", "p999_ms", "max_ms")


class Summary:
    """Figures by variant over its seeds."""

    def __init__(self, variants, figures):
        """`figures`: by variant id, a list of dictionaries from measure()."""
        self.variants = variants
        self.intervals = {}
        for variant in variants:
            found = {}
            for one in figures.get(variant.id, ()):
                for key, value in one.items():
                    found.setdefault(key, []).append(value)
            for (metric, kind, region), values in found.items():
                self.intervals[variant.id, metric, kind, region] = interval(values)

    def get(self, variant, metric, kind="all", region="all"):
        """An Interval, or None where nothing was measured. `variant` is an id."""
        return self.intervals.get((variant, metric, kind, region))

    def mean(self, variant, metric, kind="all", region="all"):
        found = self.get(variant, metric, kind, region)
        return None if found is None else found.mean

    def regions(self, variant, metric, kind="all"):
        """Means by region, without "all"."""
        return {key[3]: found.mean for key, found in self.intervals.items()
                if key[:3] == (variant, metric, kind) and key[3] != "all"}

    def rows(self):
        return [{"variant": variant, "metric": metric, "kind": kind, "region": region, **found.named()}
                for (variant, metric, kind, region), found in self.intervals.items()]


def read_results(directory, points):
    """(by variant id the figures, and by variant id the last of the raw outputs). Only of points that have a result."""
    figures, outputs = {}, {}
    for point in points:
        output = directory.result(point.variant.id, point.seed)
        if output is not None:
            figures.setdefault(point.variant.id, []).append(measure(output))
            outputs.setdefault(point.variant.id, []).append(output)
    return figures, outputs


def make_run(experiment, engine, seeds, directory, points, tell):
    """run.json's contents, from the results that are there. `tell`: from (summary, outputs) to the first lines."""
    figures, outputs = read_results(directory, points)
    summary = Summary(experiment.variants, figures)
    done = [point for point in points if point.variant.id in outputs and point.result_path.exists()]
    first = next((some[0] for some in outputs.values()), {})
    answer = tell(summary, outputs)
    if len(done) < len(points):
        answer.insert(0, f"Not finished: {len(done)} of {len(points)} results are there.")
    return {
        "format": 1, "name": experiment.name, "question": experiment.question, "answer": answer,
        "file": experiment.text, "sha256": sha256(experiment.text), "engine": engine, "seeds": list(seeds),
        "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "versions": {**first.get("version", {}), "experiment": commit(), "python": platform.python_version()},
        "wall_s": round(sum(output.get("wall_s", 0) for some in outputs.values() for output in some), 3),
        "variants": [{"id": variant.id, "label": variant.label, "parameters": variant.parameters}
                     for variant in experiment.variants],
        "results": [{"variant": point.variant.id, "seed": point.seed,
                     "file": str(point.result_path.relative_to(directory.path))} for point in done],
        "summary": summary.rows(),
    }


def write_csv(run, directory):
    """summary.csv: every figure with its interval; latency.csv: quantiles by variant, region and kind, a line each."""
    labels = {variant["id"]: variant["label"] for variant in run["variants"]}
    with open(directory.path / "summary.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["variant", "label", "metric", "kind", "region", "mean", "low", "high", "seeds"])
        for row in run["summary"]:
            writer.writerow([row["variant"], labels[row["variant"]], row["metric"], row["kind"], row["region"],
                             *(_number(row[name]) for name in ("mean", "low", "high")), len(row["values"])])
    with open(directory.path / "latency.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["variant", "label", "kind", "region", *LATENCY_METRICS])
        lines = {}
        for row in run["summary"]:
            if row["metric"] in LATENCY_METRICS:
                lines.setdefault((row["variant"], row["kind"], row["region"]), {})[row["metric"]] = row["mean"]
        for (variant, kind, region), found in lines.items():
            writer.writerow([variant, labels[variant], kind, region, *(_number(found.get(name)) for name in LATENCY_METRICS)])


def _number(value):
    return "" if value is None else f"{value:.6g}"
