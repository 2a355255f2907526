"""scripts/terrella/experiment/report.py: merging over seeds, and what of a run a page gets."""

import json
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import support  # noqa: F401

from terrella.experiment import report
from terrella.experiment.merge import Distribution, merged_latency, merged_pairs, merged_regret, merged_timeline


def region(code, hint="weur", lon=0.0):
    return {"code": code, "city": code.title(), "country": "GB", "lat": 50.0, "lon": lon, "hint": hint, "hosts": True,
            "objects": 10, "requests": 20, "hosted_requests": 20}


def result(latency=(), pairs=(), regions=None, **more):
    return {"format": 1, "experiment": "e", "variant": "v0", "seed": 1, "engine": "sim", "simulated_s": 60.0, "wall_s": 1.0, "events": 5,
            "peak_rss_bytes": 7, "requests": 20, "failed": 0, "behind": {"share": 0.0, "max_us": 0}, "regions": regions or [region("LHR"), region("IAD")],
            "coordinator": {"region": "IAD", "claims": 4, "locates": 0, "peak_claims_per_s": 2, "pending_max": 1}, "latency": list(latency), "pairs": list(pairs),
            "cache": {"hits": 3, "misses": 1, "evictions": 0}, "regret": {"objects": 0}, "timeline": {"bucket_s": 10, "rows": []}, "faults": [],
            "invariants": {"I8": {"checked": 2, "broken": 0}}, **more}


def latency(region_code, kind, histogram, mean_us):
    count = sum(count for _, count in histogram)
    return {"region": region_code, "kind": kind, "count": count, "mean_us": mean_us, "max_us": histogram[-1][0], "histogram": histogram,
            "parts_us": {"claim": mean_us / 2}}


class MergeTest(unittest.TestCase):
    def test_quantiles_by_hand(self):
        one = Distribution()
        one.add({"count": 1000, "mean_us": 15, "max_us": 5000, "histogram": [[10, 900], [20, 90], [30, 9], [5000, 1]]})
        # the least; the median; 90 %; 99 %; 99.9 %; and of a thousand nobody knows the 99.99th
        self.assertEqual(one.quantiles_us([0, 0.30103, 1, 2, 3, 4]), [10, 10, 10, 20, 30])

    def test_nothing_measured_has_no_quantiles(self):
        self.assertEqual(Distribution().quantiles_us([0, 1]), [])

    def test_latencies_add_up_and_failures_stay_apart(self):
        first = result([latency("LHR", "name_first", [[100, 2]], 90), latency("LHR", "failed", [[900, 5]], 900)])
        second = result([latency("LHR", "name_first", [[100, 1], [200, 1]], 150), latency("IAD", "uncached", [[50, 4]], 50)])
        merged = merged_latency([first, second])
        here = merged["LHR", "name_first"]
        self.assertEqual((here.count, here.mean_us, here.max_us, dict(here.buckets)), (4, 120, 200, {100: 3, 200: 1}))
        self.assertEqual(here.parts_us(), [0, 60, 0, 0, 0])
        self.assertEqual(merged["all", "all"].count, 8)
        self.assertEqual(merged["LHR", "all"].count, 4)
        self.assertEqual(merged["all", "failed"].count, 5)

    def test_pairs_are_weighted_by_requests(self):
        pair = {"from": "LHR", "to": "IAD", "messages": 2, "bytes": 10}
        merged = merged_pairs([result(pairs=[{**pair, "requests": 1, "mean_us": 10, "p50_us": 10, "p99_us": 10}]),
                               result(pairs=[{**pair, "requests": 3, "mean_us": 30, "p50_us": 30, "p99_us": 50}])])
        self.assertEqual(merged["LHR", "IAD"], {"messages": 4, "bytes": 20, "requests": 4, "mean_us": 25, "p50_us": 25, "p99_us": 40})

    def test_a_timeline_is_a_mean_over_the_seeds_that_reach_so_far(self):
        def row(at_s, requests, p50_us):
            return {"at_s": at_s, "requests": requests, "failed": 0, "p50_us": p50_us, "p99_us": 1, "claims": 0, "by_region": [requests, 0], "moved_bytes": 0}
        merged = merged_timeline([result(timeline={"bucket_s": 10, "rows": [row(0, 10, 100), row(10, 8, 50)]}),
                                  result(timeline={"bucket_s": 10, "rows": [row(0, 30, 200)]})])
        self.assertEqual([(one["at_s"], one["requests"], one["p50_us"], one["by_region"]) for one in merged["rows"]],
                         [(0, 20, 175, [20, 0]), (10, 8, 50, [8, 0])])

    def test_regret_is_weighted_by_objects(self):
        regret = {"mean_us": 4, "best_mean_us": 10, "actual_mean_us": 14, "histogram": [[4, 1]]}
        merged = merged_regret([result(regret={**regret, "objects": 1}), result(regret={**regret, "objects": 3, "mean_us": 8, "actual_mean_us": 18}), result()])
        self.assertEqual((merged["objects"], merged["distribution"].mean_us, merged["actual_mean_us"]), (4, 7, 17))
        self.assertIsNone(merged_regret([result()]))


class PageTest(unittest.TestCase):
    def setUp(self):
        self.directory = Path(self.enterContext(tempfile.TemporaryDirectory()))
        (self.directory / "web").mkdir()
        (self.directory / "web" / "report.html").write_text(f"before{report.PLACE}after")
        self.enterContext(mock.patch.object(report, "BUILD", self.directory))

    def run_of(self, *results, name="run", **more):
        directory = self.directory / name
        directory.mkdir(exist_ok=True)
        files = []
        for seed, one in enumerate(results, start=1):
            (directory / f"{seed}.json").write_text(json.dumps(one))
            files.append({"variant": "v0", "seed": seed, "file": f"{seed}.json"})
        run = {"format": 1, "name": "e", "question": "</script><b>?", "answer": ["Yes."], "file": "", "sha256": "", "engine": "sim", "seeds": [1, 2],
               "created": "", "versions": {}, "variants": [{"id": "v0", "label": "as it is", "parameters": {}}], "results": files, "summary": [], **more}
        (directory / "run.json").write_text(json.dumps(run))
        return directory

    def data(self, page):
        self.assertTrue(page.startswith("before") and page.endswith("after"))
        return json.loads(page[len("before"):-len("after")])

    def test_the_data_stand_in_the_page_and_cannot_leave_it(self):
        page = report.run_page(self.run_of(result(), result()))
        self.assertNotIn("<", page)
        self.assertEqual(self.data(page)["runs"][0]["question"], "</script><b>?")

    def test_what_is_counted_is_a_mean_over_seeds(self):
        data = self.data(report.run_page(self.run_of(result(requests=10), result(requests=30))))
        [variant] = data["variants"]
        self.assertEqual((variant["seeds"], variant["requests"], variant["regions"][0]["objects"], variant["invariants"]["I8"]["checked"]), (2, 20, 10, 4))
        self.assertEqual(data["runs"][0]["missing"], 0)

    def test_a_run_that_was_stopped_says_what_is_missing(self):
        self.assertEqual(self.data(report.run_page(self.run_of(result())))["runs"][0]["missing"], 1)

    def test_many_regions_are_grouped(self):
        regions = [region(f"R{i}", hint=("weur", "oc")[i % 2]) for i in range(report.MATRIX_REGIONS_MAX + 1)]
        pairs = [{"from": f"R{i}", "to": f"R{j}", "messages": 2, "bytes": 1, "requests": 1, "mean_us": 1, "p50_us": 1, "p99_us": 1} for i in range(65) for j in range(65)]
        data = self.data(report.run_page(self.run_of(result(pairs=pairs, regions=regions))))
        [variant] = data["variants"]
        self.assertEqual(len(variant["pairs"]["from"]), report.PAIRS_MAX)
        self.assertEqual(variant["groups"]["names"], ["oc", "weur"])
        self.assertEqual(sum(variant["groups"]["pairs"]["requests"]), 65 * 65)

    def test_the_coordinator_is_no_region(self):
        pair = {"from": "LHR", "to": "coordinator", "messages": 2, "bytes": 1, "requests": 0, "mean_us": 0, "p50_us": 0, "p99_us": 0}
        [variant] = self.data(report.run_page(self.run_of(result(pairs=[pair]))))["variants"]
        self.assertEqual((variant["pairs"]["from"], variant["pairs"]["to"]), ([0], [-1]))

    def test_compared_runs_keep_their_variants_apart(self):
        directories = [self.run_of(result(), name="one"), self.run_of(result(), name="two")]
        side = {"mean": 1, "low": None, "high": None, "variant": "v0"}
        differences = [{"metric": "p50_ms", "kind": "all", "region": "all", "base": {**side, "run": 0}, "other": {**side, "run": 1}, "difference": 0, "low": None,
                        "high": None, "p": None, "noise": True}]
        data = self.data(report.compare_page(directories, differences))
        self.assertEqual([variant["id"] for variant in data["variants"]], ["0:v0", "1:v0"])
        self.assertEqual([variant["label"] for variant in data["variants"]], ["e (1): as it is", "e (2): as it is"])
        self.assertEqual(data["differences"][0]["other"]["variant"], "1:v0")
        alone = self.data(report.compare_page(directories[:1], []))
        self.assertEqual([(variant["id"], variant["label"]) for variant in alone["variants"]], [("v0", "as it is")])

    def test_what_cannot_be_drawn_says_why(self):
        empty = self.run_of()
        with self.assertRaisesRegex(report.BadRun, "no results yet"):
            report.run_page(empty)
        (empty / "run.json").write_text("{")
        with self.assertRaisesRegex(report.BadRun, "run.json: not JSON"):
            report.run_page(empty)
        (empty / "run.json").write_text('{"results": []}')
        with self.assertRaisesRegex(report.BadRun, "not what a run has: KeyError"):
            report.run_page(empty)
        with self.assertRaisesRegex(report.BadRun, "No such file"):
            report.run_page(self.directory / "nowhere")


if __name__ == "__main__":
    unittest.main()
