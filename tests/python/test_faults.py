"""The commands that disturb a cluster: what they take, print and keep. What faults do to Workers is in
tests/process/test_faults.py."""

import json
import unittest

import support
from terrella.fault_commands import two_places
from terrella.mistakes import Refused


class WaysTest(unittest.TestCase):
    def test_two_places(self):
        for places, one_way, expected in ((["A", "B"], False, ("A", "B", True)), (["A", "B"], True, ("A", "B", False)),
                                          (["A->B"], False, ("A", "B", False)), (["A", "->", "B"], False, ("A", "B", False)),
                                          (["A", "coordinator"], False, ("A", "coordinator", True))):
            self.assertEqual(two_places(places, one_way), expected)

    def test_mistakes(self):
        for places in ([], ["A"], ["A", "B", "C"], ["->"], ["A->"], ["->B"], ["A->B->C"], ["A->B", "C"]):
            with self.assertRaisesRegex(Refused, 'expected two places, A B or "A->B"'):
                two_places(places, False)
        with self.assertRaisesRegex(Refused, "the shell takes .* say --one-way A B, or"):
            two_places(["A-"], False)


class CommandsTest(support.ClusterTest):
    def setUp(self):
        super().setUp()
        self.up()

    def says(self, expected, *arguments):
        code, out, err = self.run_command(*arguments)
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(out, expected)

    def refuses(self, expected, *arguments):
        code, out, err = self.run_command(*arguments)
        self.assertEqual((code, out, err), (1, "", f"error: {expected}\n"))

    def config(self, code):
        return json.loads((self.data / "run" / f"{code}.json").read_text())

    def states(self):
        return {one["region"]: one["state"] for one in json.loads(self.run_command("status", "--json")[1])
                if one["role"] == "node"}

    def test_each_process_is_touched_once(self):
        self.says("AKL is paused; scripts/cluster resume AKL wakes it\n", "pause", "AKL", "akl")
        self.refuses("AKL is paused, and answers nothing; scripts/cluster resume AKL wakes it", "request", "AKL", "/")
        self.says("AKL goes on\n", "resume")

    def test_a_delay_without_its_milliseconds(self):
        self.refuses('delay: expected milliseconds at the end, as in "delay SYD LHR 100", but got "AKL"', "delay", "MAD", "AKL")

    def test_processes(self):
        self.says("AKL was killed; scripts/cluster restart AKL starts it again\n", "kill", "akl")
        self.refuses("AKL is not running; scripts/cluster restart AKL starts it again", "kill", "AKL")
        self.says("MAD is paused; scripts/cluster resume MAD wakes it\n", "pause", "MAD")
        self.refuses("MAD is paused already; scripts/cluster resume MAD wakes it", "pause", "MAD")
        self.assertEqual(self.states(), {"MAD": "paused", "AKL": "killed"})
        self.says("There was nothing to heal.\nMAD is still paused: scripts/cluster resume\n"
                  "AKL is not running: scripts/cluster restart AKL\n", "heal")
        self.says("MAD goes on\n", "resume")
        self.says("Nothing is paused.\n", "resume")
        self.refuses("MAD is not paused; scripts/cluster status shows what is", "resume", "MAD")
        self.says("AKL runs again\nMAD runs again\n", "restart", "AKL", "MAD")
        self.assertEqual(self.states(), {"MAD": "ready", "AKL": "ready"})
        self.assertEqual(self.run_command("down")[1].split(".")[0], "Stopped 3 processes")

    def test_nothing_is_touched_when_one_name_is_wrong(self):
        self.refuses('there is no region "LHR"; they are MAD, AKL, and there is "coordinator"', "kill", "MAD", "LHR")
        self.assertEqual(self.states(), {"MAD": "ready", "AKL": "ready"})

    def test_ways_and_disks(self):
        self.says("Cut from AKL to coordinator; scripts/cluster heal mends it.\n", "cut", "akl->Coordinator")
        self.says("Each message between MAD and AKL takes 100 ms longer.\n"
                  'This is about the node of MAD; the coordinator, which stands there too, is called "coordinator".\n',
                  "delay", "MAD", "AKL", "100")
        self.says("coordinator cannot write to its disk; scripts/cluster heal coordinator makes room\n",
                  "disk-full", "coordinator")
        self.assertIn('INFO  faults {"disk_full": true, "links": []}', self.run_command("logs", "coordinator")[1])
        out = self.run_command("status")[1]
        for pattern in (r"\nAKL -> coordinator +cut +heal --one-way AKL coordinator\n", r"\nAKL <-> MAD +\+100 ms one way +heal ",
                        r"\ncoordinator +disk full +heal coordinator\n"):
            self.assertRegex(out, pattern)
        self.run_command("kill", "AKL")
        self.run_command("restart", "AKL")
        self.assertEqual(self.config("AKL")["faults"], {"disk_full": False, "links": [
            {"to": "MAD", "cut": False, "delay_ms": 100}, {"to": "coordinator", "cut": True, "delay_ms": 0}]})
        self.says("Healed: AKL -> MAD, MAD -> AKL.\n", "heal", "AKL", "MAD")
        self.says("Healed: AKL -> coordinator, the disk of coordinator.\n", "heal")
        self.assertNotIn("FAULT", self.run_command("status")[1])

    def test_a_new_start_has_no_faults(self):
        self.run_command("cut", "MAD", "AKL")
        self.run_command("down")
        self.refuses(f"no cluster is running in {self.data}; start one with scripts/cluster up (its data is elsewhere? give "
                     "--data)", "heal")
        self.up()
        self.assertNotIn("faults", self.config("MAD"))
        self.assertNotIn("FAULT", self.run_command("status")[1])

    def test_mistakes(self):
        self.refuses('delay: expected milliseconds at the end, as in "delay SYD LHR 100", but got "soon"', "delay", "MAD", "AKL", "soon")
        self.refuses("a delay is from 0 to 3600000 ms, but this one is -1", "delay", "MAD", "AKL", "--", "-1")
        self.refuses("MAD and MAD are one process; name two", "cut", "MAD", "mad")


if __name__ == "__main__":
    unittest.main()
