"""Topologies: the ready-made ones, matrices, and every mistake told at once with its place."""

import unittest

import support
from terrella.mistakes import Mistakes, Refused
from terrella.topology import read_topology, ready_made_names

SMALL = """
regions = ["LHR", "SYD"]
[coordinator]
region = "LHR"
"""


class ReadyMadeTest(unittest.TestCase):
    def test_all_can_be_read(self):
        sizes = {name: len(read_topology(name).regions) for name in ready_made_names()}
        self.assertLessEqual({"continents": 9, "duo": 2, "lan": 9, "planet": 42}.items(), sizes.items())

    def test_continents_is_faithful(self):
        topology = read_topology("continents")
        self.assertEqual([region.code for region in topology.regions if not region.hosts], ["GRU", "JNB", "DXB"])
        self.assertEqual([region.hint for region in topology.regions],
                         ["wnam", "enam", "sam", "weur", "eeur", "apac", "oc", "afr", "me"])
        self.assertEqual(topology.coordinator, "IAD")
        self.assertAlmostEqual(topology.check["ms"], 229.6, places=1)  # the farthest region: Johannesburg
        self.assertEqual(topology.jitter["kind"], "lognormal")

    def test_lan_has_no_delay_and_yet_each_region_is_nearest_to_itself(self):
        topology = read_topology("lan")
        self.assertEqual(topology.check, {"kind": "none"})
        self.assertEqual(topology.jitter, {"kind": "none"})
        for a, row in enumerate(topology.rtt_ms):
            self.assertEqual(min(range(len(row)), key=row.__getitem__), a)
            self.assertLess(max(row) / 2, 0.001)

    def test_jurisdictions_follow_from_the_country(self):
        regions = {region.code: region.jurisdictions for region in read_topology("continents").regions}
        self.assertEqual(regions["WAW"], ("eu",))
        self.assertEqual(regions["IAD"], ("us", "fedramp", "fedramp-high"))
        self.assertEqual(regions["LHR"], ())


class ReaderTest(support.FileTest):
    def read(self, text, **options):
        return read_topology(self.write("test.toml", text), **options)

    def mistakes(self, text):
        mistakes = Mistakes()
        self.assertIsNone(read_topology(self.write("test.toml", text), mistakes=mistakes))
        return [str(mistake).replace(str(self.directory) + "/", "") for mistake in mistakes.errors]


class TopologyTest(ReaderTest):
    def test_codes_alone_suffice_for_known_cities(self):
        topology = self.read(SMALL)
        self.assertEqual([region.city for region in topology.regions], ["London", "Sydney"])
        self.assertAlmostEqual(topology.rtt("LHR", "SYD"), 270.4, delta=0.06)

    def test_a_place_of_ones_own(self):
        topology = self.read("""
            regions = ["LHR", { code = "HOME", lat = 52.5, lon = 13.4, country = "DE", hosts = false, hint = "eeur" }]
            coordinator = { region = "HOME", check = { kind = "uniform", low_ms = 1, high_ms = 2 } }
            jitter = { preset = "rough" }
            limits = { fetch_deadline_ms = 5000, call_count_max = 10 }""")
        home = topology.regions[1]
        self.assertEqual((home.city, home.hosts, home.hint, home.jurisdictions), ("", False, "eeur", ("eu",)))
        self.assertEqual(topology.check, {"kind": "uniform", "low_ms": 1, "high_ms": 2})
        self.assertFalse(topology.push)
        self.assertEqual(topology.jitter["mean_ms"], 1.5)
        self.assertEqual(topology.limits, {"fetch_deadline_ms": 5000, "call_count_max": 10})

    def test_time_scale_of_the_command_line_counts(self):
        self.assertEqual(self.read("time_scale = 0.5\n" + SMALL).time_scale, 0.5)
        self.assertEqual(self.read("time_scale = 0.5\n" + SMALL, time_scale=0.1).time_scale, 0.1)

    def test_all_mistakes_at_once_with_their_lines(self):
        self.assertEqual(self.mistakes("""\
time_scal = 1
policy = "farthest"
[coordinator]
region = "SID"
check = "wrld"
[jitter]
kind = "lognormal"
mean_ms = -1
[limits]
peer_wait_ms = "long"
memory_bytes_max = 5
[[regions]]
code = "LHR"
lat = 123
[[regions]]
code = "SYD"
hint = "down under"
hosts = 1
[[regions]]
code = "SYD"
[[regions]]
code = "LHX"
jurisdiction = ["eu"]
[[regions]]
lat = 1
"""), [
            'test.toml:1: time_scal: no such key; did you mean "time_scale"?',
            "test.toml:2: policy: expected one of nearest, coordinator, random, but got 'farthest'",
            "test.toml:14: regions[0].lat: expected a number from -90 to 90, but got 123",
            "test.toml:17: regions[1].hint: expected one of wnam, enam, sam, weur, eeur, apac, apac-ne, apac-se, oc, "
            "afr, me, but got 'down under'",
            "test.toml:18: regions[1].hosts: expected true or false, but got 1",
            'test.toml:23: regions[3].jurisdiction: no such key; did you mean "jurisdictions"?',
            'test.toml:22: regions[3].code: "LHX" is not one of the cities in topologies/model/cities.csv ("PHX" is); '
            "give lat and lon as well",
            "test.toml:24: regions[4].code: is missing",
            'test.toml:16: regions[1]: "SYD" is given twice; each region needs its own code',
            "test.toml:10: limits.peer_wait_ms: expected a number from 200 to 86400000, but got 'long'",
            "test.toml:11: limits.memory_bytes_max: expected a whole number from 16777216 up, but got 5",
            "test.toml:8: jitter.mean_ms: expected a number from 0 to 60000, but got -1",
            "test.toml:6: jitter.sigma: is missing; expected a number from 0 to 5",
            'test.toml:4: coordinator.region: "SID" is not one of the regions; they are LHR, SYD, SYD',
            'test.toml:5: coordinator.check: expected "world", "none" or a table such as { kind = "fixed", ms = 200 }, '
            "but got 'wrld'",
        ])

    def test_homes_are_pushed_or_not(self):
        self.assertTrue(self.read(SMALL + "push = true\n").push)
        self.assertEqual(self.mistakes(SMALL + 'push = "all"\n'),
                         ["test.toml:5: coordinator.push: expected true or false, but got 'all'"])

    def test_what_is_missing_altogether(self):
        self.assertEqual(self.mistakes(""), [
            'test.toml: regions: a list of regions is needed: [[regions]] with a code each, or regions = ["LHR", "SYD"]',
            "test.toml: coordinator: this table is missing",
            "test.toml: coordinator.region: is missing",
        ])

    def test_nobody_hosts(self):
        self.assertEqual(self.mistakes('regions = ["GRU"]\n[coordinator]\nregion = "GRU"\n'),
                         ["test.toml:1: regions: no region hosts objects; at least one needs hosts = true"])

    def test_not_toml(self):
        found = self.mistakes("regions = [\n]\nname = \n")
        self.assertEqual(len(found), 1)
        self.assertTrue(found[0].startswith("test.toml:3: Invalid TOML document: Invalid value"), found)

    def test_no_such_topology(self):
        with self.assertRaisesRegex(Refused, 'continent: no such topology; did you mean "continents"\\? Ready-made ones are continents, duo'):
            read_topology("continent")
        with self.assertRaisesRegex(Refused, "nowhere: no such topology; ready-made ones are continents, duo"):
            read_topology("nowhere")


class MatrixTest(ReaderTest):
    TOPOLOGY = 'regions = ["LHR", "WAW", "SYD"]\nmatrix = "m.csv"\n[coordinator]\nregion = "LHR"\n'

    def read_matrix(self, text):
        self.write("m.csv", text)
        return self.read(self.TOPOLOGY)

    def test_measured_pairs_replace_the_model(self):
        topology = self.read_matrix("from,to,rtt_ms\nLHR,WAW,40\nWAW,LHR,50\nSYD,LHR,300.5\nXXX,LHR,1\nWAW,WAW,0.25\n")
        self.assertEqual(topology.rtt("LHR", "WAW"), 45)  # the mean of both directions
        self.assertEqual(topology.rtt("WAW", "LHR"), 45)
        self.assertEqual(topology.rtt("LHR", "SYD"), 300.5)
        self.assertEqual(topology.rtt("WAW", "WAW"), 0.25)
        self.assertAlmostEqual(topology.rtt("WAW", "SYD"), 279.5, delta=0.06)  # not in the file
        self.assertEqual(topology.check["ms"], 300.5)
        self.assertEqual(topology.warnings, [])

    def test_faster_than_light_is_a_warning(self):
        topology = self.read_matrix("from,to,rtt_ms\nWAW,LHR,12\n")
        self.assertEqual(topology.rtt("LHR", "WAW"), 12)
        self.assertIn("m.csv:2: LHR-WAW: 12 ms is faster than light in fibre (14.5 ms)", str(topology.warnings[0]))

    def test_mistakes_in_a_matrix(self):
        self.write("m.csv", "from,to,rtt_ms\nLHR,WAW,fast\nLHR,SYD,-1\nWAW,SYD,1e9\nLHR,WAW,40\nLHR,WAW,41\nLHR\n")
        self.assertEqual(self.mistakes(self.TOPOLOGY), [
            'm.csv:2: rtt_ms: expected milliseconds from 0 to 60000, but got "fast"',
            'm.csv:3: rtt_ms: expected milliseconds from 0 to 60000, but got "-1"',
            'm.csv:4: rtt_ms: expected milliseconds from 0 to 60000, but got "1e9"',
            "m.csv:6: LHR,WAW was given on line 5 already",
            'm.csv:7: rtt_ms: expected milliseconds from 0 to 60000, but got "None"',
        ])
        self.write("m.csv", "a,b,c\n")
        self.assertEqual(self.mistakes(self.TOPOLOGY), ["m.csv:1: expected the columns from,to,rtt_ms, but got a,b,c"])
        (self.directory / "m.csv").unlink()
        self.assertIn("cannot be read as a matrix: No such file", self.mistakes(self.TOPOLOGY)[0])


if __name__ == "__main__":
    unittest.main()
