"""Figures: quantiles, intervals over seeds, and what is more than noise."""

import math
import statistics
import unittest

import support  # noqa: F401  (finds the package)

from terrella.experiment.compare import differences
from terrella.experiment.measure import Latency, measure
from terrella.experiment.noise import holm, interval, welch


def row(region, kind, *buckets, parts=None):
    count = sum(count for _, count in buckets)
    return {"region": region, "kind": kind, "count": count, "mean_us": sum(us * n for us, n in buckets) / count,
            "max_us": buckets[-1][0], "histogram": [list(bucket) for bucket in buckets], "parts_us": parts or {}}


class LatencyTest(unittest.TestCase):
    def test_quantiles_by_hand(self):
        latency = Latency()
        latency.add(row("A", "cached_local", (1000, 98), (5000, 1), (9000, 1)))
        figures = latency.figures()
        self.assertEqual([figures[name] for name in ("p50_ms", "p90_ms", "p99_ms", "p999_ms", "max_ms")], [1, 1, 5, 9, 9])
        self.assertAlmostEqual(figures["mean_ms"], (98 + 5 + 9) / 100)

    def test_kinds_and_regions(self):
        output = {"regions": [1, 2], "requests": 40, "failed": 10, "simulated_s": 10, "invariants": {"I8": {"checked": 1, "broken": 2}},
                  "coordinator": {"claims": 50, "peak_claims_per_s": 9}, "cache": {"hits": 3, "misses": 1},
                  "regret": {"objects": 0}, "pairs": [{"from": "A", "to": "B", "messages": 20, "bytes": 400},
                                                      {"from": "A", "to": "A", "messages": 99, "bytes": 99}],
                  "latency": [row("A", "name_first", (2000, 10), parts={"check": 500.0}), row("B", "name_first", (4000, 10)),
                              row("B", "cached_local", (1000, 10)), row("B", "failed", (9000, 10))]}
        figures = measure(output)
        self.assertEqual(figures["mean_ms", "name_first", "all"], 3)
        self.assertEqual(figures["check_ms", "name_first", "all"], 0.25)
        self.assertEqual((figures["max_ms", "all", "all"], figures["max_ms", "failed", "B"]), (4, 9))
        self.assertEqual(figures["mean_ms", "all", "B"], 2.5)
        self.assertEqual((figures["failed_share", "all", "all"], figures["claims_per_s", "all", "all"]), (0.25, 5))
        self.assertEqual((figures["messages_per_request", "all", "all"], figures["cache_hit_rate", "all", "all"]), (0.5, 0.75))
        self.assertEqual(figures["i8_broken", "all", "all"], 2)
        self.assertNotIn(("regret_ms", "all", "all"), figures)


class NoiseTest(unittest.TestCase):
    def test_an_interval_as_tables_have_it(self):
        """t for 4 degrees of freedom is 2.776; the deviation of 1 to 5 is the root of 2.5."""
        found = interval([1, 2, 3, 4, 5])
        half = 2.7764451 * math.sqrt(2.5) / math.sqrt(5)
        self.assertAlmostEqual(found.low, 3 - half, 6)
        self.assertAlmostEqual(found.high, 3 + half, 6)
        self.assertIsNone(interval([7]).low)

    def test_quantiles_of_t_as_tables_have_them(self):
        for freedom, t in ((1, 12.706205), (2, 4.302653), (30, 2.042272)):
            found = interval([0.0] + [1.0] * freedom)
            error = statistics.stdev(found.values) / math.sqrt(freedom + 1)
            self.assertAlmostEqual((found.high - found.mean) / error, t, 5)

    def test_welch_as_another_program_has_it(self):
        """The figures are those of scipy.stats.ttest_ind, equal_var=False."""
        found = welch([27.5, 21.0, 19.0, 23.6, 17.0, 17.9], [27.1, 22.0, 20.8, 23.4, 23.4, 23.5, 25.8])
        self.assertAlmostEqual(found.p, 0.17493355, 7)
        self.assertLess(found.low, 0)
        self.assertGreater(found.high, found.difference)

    def test_without_noise(self):
        self.assertEqual([welch([1, 1], other).p for other in ([1, 1], [2, 2])], [1, 0])
        self.assertIsNone(welch([1], [2, 2]).p)

    def test_holm(self):
        self.assertEqual([round(p, 9) for p in holm([0.01, 0.04, 0.03])], [0.03, 0.06, 0.06])
        self.assertEqual(holm([None, 0.5]), [None, 0.5])


class DifferencesTest(unittest.TestCase):
    def run_of(self, values, metric="mean_ms"):
        return {"name": "x", "variants": [{"id": "v0", "label": "one"}],
                "summary": [{"variant": "v0", "metric": metric, "kind": "all", "region": "all", **interval(values).named()}]}

    def noise(self, base, other, metric="mean_ms"):
        found = differences([self.run_of(base, metric), self.run_of(other, metric)])
        return [one["noise"] for one in found]

    def test_noise(self):
        self.assertEqual(self.noise([10, 11, 12], [10.5, 11.5, 12]), [True])
        self.assertEqual(self.noise([10, 10.1, 10.2], [15, 15.1, 15.2]), [False])
        self.assertEqual(self.noise([10], [20]), [True])
        self.assertEqual(self.noise([0, 0], [0, 0]), [])

    def test_a_quantile_tells_no_more_than_a_hundredth(self):
        self.assertEqual(self.noise([100, 100], [100.8, 100.8]), [False])
        self.assertEqual(self.noise([100, 100], [100.8, 100.8], "p99_ms"), [True])


if __name__ == "__main__":
    unittest.main()
