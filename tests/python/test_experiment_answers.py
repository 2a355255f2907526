"""The first lines of reports: what they say of made-up figures, and figures of ready-made experiments against the latency model by hand."""

import contextlib
import io
import json
import unittest

import support
from fake_engine import output_of

from terrella.experiment import answers, cli
from terrella.experiment.measure import measure
from terrella.experiment.summary import Summary
from terrella.processes import BUILD
from terrella.topology import read_topology

GIVEN = {"experiment": "e", "seed": 1, "commit": "", "faults": [],
         "topology": {"regions": [{"code": code, "hosts": code != "GRU"} for code in ("IAD", "GRU", "LHR")], "rtt_ms": []}}


class Variant:
    def __init__(self, id, label, **values):
        self.id, self.label, self.values = id, label, values


def told(name, *variants, change=lambda output, variant: None):
    """The answer's lines for variants with made-up figures that `change` changes."""
    outputs = {}
    for variant in variants:
        output = output_of({**GIVEN, "variant": variant.label})
        change(output, variant)
        outputs[variant.id] = [output]
    figures = {id: [measure(output) for output in some] for id, some in outputs.items()}
    return answers.tell(name, Summary(variants, figures), outputs)


class AnswersTest(unittest.TestCase):
    def test_what_is_the_same_in_each_region(self):
        self.assertEqual(answers._from_to({"A": 1.0, "B": 1.04}), "1.0 ms in each region")
        self.assertEqual(answers._from_to({"A": 1.0}), "1.0 ms in A")
        self.assertEqual(answers._from_to({"A": 3.0, "B": 2.0, "C": 2.5}), "from 2.0 ms in B to 3.0 ms in A")

    def test_regions_without_objects_are_told_apart(self):
        line = told("first-access", Variant("v0", "as written"))[0]
        self.assertRegex(line, r"where objects live, .* in GRU where none do")

    def test_a_label_that_is_a_key_stays_as_it_is(self):
        lines = told("generic", Variant("v0", "hint=none"), Variant("v1", "none at all"))
        self.assertTrue(any(line.startswith("hint=none: ") for line in lines), lines)
        self.assertTrue(any(line.startswith("None at all: ") for line in lines), lines)

    def test_caches_are_compared_with_the_usual_one(self):
        def slower(output, variant):
            for one in output["latency"]:
                one["mean_us"] = {"off": 9000, "pulled": 5000, "pushed": 4000}[variant.label]
            output["pairs"][0]["messages"] *= 2 if variant.label == "pushed" else 1

        line = told("cache", Variant("v0", "off", **{"cache.on": False, "cache.fill": None, "cache.entry_count_max": 10}),
                    Variant("v1", "pushed", **{"cache.on": True, "cache.fill": "push", "cache.entry_count_max": 10}),
                    Variant("v2", "pulled", **{"cache.on": True, "cache.fill": None, "cache.entry_count_max": 10}), change=slower)[0]
        self.assertEqual(line, 'With "pulled" a request takes 5.0 ms on average. Beside it, "off" takes 4.0 ms more and 0.00 messages more; '
                               '"pushed" takes 1.0 ms less and 0.01 messages more.')

    def test_who_fails_while_a_region_is_away(self):
        def lose(output, _):
            output["faults"] = [{"at_s": 10, "what": "kill", "region": "LHR"}, {"at_s": 20, "what": "restart", "region": "LHR"}]
            output["timeline"]["rows"] = [{"at_s": 0, "requests": 60, "failed": 3, "by_region": [20, 20, 20]},
                                          {"at_s": 10, "requests": 60, "failed": 24, "by_region": [20, 20, 20]},
                                          {"at_s": 20, "requests": 60, "failed": 0, "by_region": [20, 20, 20]}]
            for one in output["latency"]:
                if one["kind"] == "failed":
                    one["count"] = {"IAD": 4, "GRU": 3, "LHR": 20}[one["region"]]

        lines = told("losing-a-region", Variant("v0", "as written"), change=lose)
        self.assertEqual(lines[0], "While LHR is away 40 % of all requests fail: 100 % of those of its own users, and 17.5 % of those from "
                                   "elsewhere, which are for objects that live there.")
        self.assertTrue(lines[-1].startswith("Before, 5 % fail, "), lines[-1])


@unittest.skipUnless((BUILD / "experiment" / "experiment-sim").exists(), "the simulator is not built")
class HandTest(support.FileTest):
    """Ready-made experiments in the real simulator, one seed."""

    def run_one(self, name):
        out = self.directory / name
        with contextlib.redirect_stdout(io.StringIO()) as said, contextlib.redirect_stderr(said):
            self.assertEqual(cli.main(["run", name, "--seeds", "1", "--out", str(out)]), 0, said.getvalue())
        run = json.loads((out / "run.json").read_text())
        return run["answer"], {(row["metric"], row["kind"], row["region"]): row["mean"] for row in run["summary"] if row["variant"] == "v0"}

    def test_first_access_by_hand(self):
        topology = read_topology("continents")
        service_ms, check_ms = 1, topology.check["ms"]
        _, found = self.run_one("first-access")
        for region in topology.regions:
            home_ms = 0 if region.hosts else min(topology.rtt(region.code, other.code) for other in topology.regions if other.hosts)
            expected = {"unique_first": home_ms + service_ms,
                        "name_first": topology.rtt(region.code, topology.coordinator) + check_ms + home_ms + service_ms}
            for kind, ms in expected.items():  # jitter adds some tenths of a ms, a bucket is 1 % wide
                self.assertAlmostEqual(found["p50_ms", kind, region.code], ms, delta=0.02 * ms + 0.5, msg=f"{kind} in {region.code}")

    def test_a_region_that_is_lost(self):
        lines, found = self.run_one("losing-a-region")
        self.assertIn("100 % of those of its own users", lines[0])
        self.assertLess(found["max_ms", "failed", "LHR"], 1000)
        for code in ("IAD", "SYD"):  # as long as peer_wait_ms
            self.assertAlmostEqual(found["p50_ms", "failed", code], 2000, delta=200)


if __name__ == "__main__":
    unittest.main()
