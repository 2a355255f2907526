"""Calibration: its arithmetic on measurements made up here, and on the real ones where they are."""

import contextlib
import io
import os
import unittest
from pathlib import Path

import support

from terrella.experiment import cli
from terrella.experiment.calibrate import calibrate, error_of, lines

REAL = Path(os.environ.get("TERRELLA_DATA") or support.PROJECT.parent / "shared" / "data")

CLOUD = """cloud,region,city,country,continent,lat,lon
azure,UK South,London,GB,EU,51.51,-0.13
azure,Japan East,Tokyo,JP,AS,35.68,139.77
azure,Japan Near,Tokyo,JP,AS,35.70,139.70
aws,eu-west-2,London,GB,EU,51.51,-0.13
"""
RTT = """from,to,p50_ms
UK South,Japan East,220
Japan East,UK South,230
UK South,UK South,1
Japan East,Japan Near,2
UK South,Nowhere,9
"""
WHERE = """colo,do_host,mean_likelihood,median_ms,p10_ms,p90_ms,snapshots
LHR,LHR,0.6,20,18,22,9
LHR,AMS,0.2,22,20,27,9
GRU,MIA,0.5,96,94,99,9
XXX,LHR,1.0,20,18,22,9
"""
HINTS = """colo,hint,median_ms,p10_ms,p90_ms,snapshots
LHR,weur,21,19,23,9
LHR,afr,21,19,23,9
LHR,apac-ne,560,541,591,9
GRU,sam,92,90,95,9
"""


class MadeUpTest(support.FileTest):
    def setUp(self):
        super().setUp()
        for name, text in (("regions_cloud.csv", CLOUD), ("azure_rtt_2026.csv", RTT), ("where-do-summary.csv", WHERE),
                           ("where-do-hints.csv", HINTS)):
            self.write(name, text)
        self.found = calibrate(self.directory)

    def test_latency(self):
        """Each pair once, as the mean of both ways; not what is in one place, or nowhere."""
        pairs = self.found["latency"]["pairs"]
        self.assertEqual([(pair["from"], pair["to"], pair["measured_ms"], pair["continents"]) for pair in pairs],
                         [("Japan East", "UK South", 225, "AS-EU")])
        self.assertAlmostEqual(pairs[0]["physics_ms"], 2 * pairs[0]["km"] / 200, 1)
        self.assertGreater(pairs[0]["model_ms"], pairs[0]["physics_ms"])
        self.assertIn(f"over 1 pairs of cloud regions the model is off by {100 * error_of(pairs[0]):.1f} %", self.found["answer"][0])

    def test_placement(self):
        placement = {one["colo"]: one for one in self.found["placement"]}
        self.assertEqual(set(placement), {"LHR", "GRU"})
        london = placement["LHR"]
        self.assertEqual((london["ours"], london["agree_share"]), ("LHR", 0.75))  # 0.6 of 0.8
        self.assertEqual(london["real"], [{"host": "LHR", "share": 0.75}, {"host": "AMS", "share": 0.25}])
        self.assertEqual(london["our_rtt_ms"], 0.5)
        self.assertGreater(london["expected_rtt_ms"], 0.75 * 0.5)

    def test_creation(self):
        kinds = {(one["colo"], one["hint"]): one["kind"] for one in self.found["creation"]}
        self.assertEqual(kinds, {("LHR", "none"): "unhinted", ("GRU", "none"): "unhinted", ("LHR", "weur"): "own_hint",
                                 ("LHR", "afr"): "own_hint",  # Western Europe stands in for Africa
                                 ("GRU", "sam"): "own_hint", ("LHR", "apac-ne"): "other_hint"})
        far = next(one for one in self.found["creation"] if one["kind"] == "other_hint")
        self.assertAlmostEqual(far["fit_ms"], 67 + 2.92 * far["rtt_ms"], 1)
        self.assertAlmostEqual(far["model_ms"], far["rtt_ms"] / 2, 1)
        self.assertTrue(any("another region's hint" in line for line in self.found["wrong"]))

    def test_what_is_missing_is_said(self):
        for name in ("where-do-hints.csv", "azure_rtt_2026.csv", "where-do-summary.csv"):
            (self.directory / name).unlink()
        found = calibrate(self.directory)
        self.assertEqual([line.split(" is left out")[0] for line in found["answer"]], ["Latency", "Placement", "Creation under hints"])
        self.assertEqual((found["wrong"], found["latency"]["pairs"], found["placement"]), ([], [], []))
        self.assertTrue(lines(found))

    def test_without_data(self):
        with contextlib.redirect_stderr(io.StringIO()) as said:
            self.assertEqual(cli.main(["calibrate", "--data", str(self.directory / "nothing")]), 0)
        self.assertIn("no measurements there", said.getvalue())


@unittest.skipUnless((REAL / "azure_rtt_2026-07.csv").exists(), "no measurements here")
class RealTest(unittest.TestCase):
    """What docs/TOPOLOGIES.md and the model promise."""

    def test_the_model_is_as_good_as_it_says(self):
        found = calibrate(REAL)
        pairs = found["latency"]["pairs"]
        errors = sorted(map(error_of, pairs))
        self.assertGreater(len(pairs), 1000)
        self.assertLess(errors[len(errors) // 2], 0.06)
        self.assertLess(errors[int(len(errors) * 0.9)], 0.15)
        self.assertTrue(all(pair["model_ms"] >= pair["physics_ms"] - 0.01 for pair in pairs))
        self.assertEqual(len(found["placement"]), 65)


if __name__ == "__main__":
    unittest.main()
