"""What the simulator is given of a topology."""

import dataclasses
import unittest
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

import support  # noqa: F401  (finds terrella)
from terrella import sim
from terrella.mistakes import Refused
from terrella.topology import read_topology, ready_made_names


class PlanTest(unittest.TestCase):
    def test_continents_has_all_that_placement_looks_at(self):
        lines = sim.plan_of(read_topology("continents")).splitlines()
        self.assertIn("region GRU sam entry-only", lines)
        self.assertIn("region WAW eeur in eu", lines)
        self.assertTrue(any(line.startswith("coordinator IAD ") for line in lines))
        self.assertTrue(any(line.startswith("jitter_mean 0.2 ") for line in lines))

    def test_pushing_goes_along(self):
        topology = read_topology("duo")
        self.assertNotIn("push", sim.plan_of(topology).splitlines())
        self.assertIn("push", sim.plan_of(dataclasses.replace(topology, push=True)).splitlines())

    def test_every_pair_has_a_way_that_is_not_nothing(self):
        for name in ready_made_names():
            topology = read_topology(name)
            ways = [line.split() for line in sim.plan_of(topology).splitlines() if line.startswith("rtt ")]
            count = len(topology.regions)
            self.assertEqual(len(ways), count * (count + 1) // 2, name)
            self.assertTrue(all(float(way[3]) > 0 for way in ways), name)

    def test_only_toml_is_converted(self):
        with TemporaryDirectory() as directory, \
                mock.patch.object(sim, "build_directory", return_value=Path(directory)):
            plan = Path(directory) / "own.txt"
            plan.write_text("region LHR weur\n")
            self.assertEqual(sim.convert(str(plan)), str(plan))
            self.assertEqual(Path(sim.convert("duo")).read_text(), sim.plan_of(read_topology("duo")))
            with self.assertRaises(Refused):
                sim.convert("nowhere")


if __name__ == "__main__":
    unittest.main()
