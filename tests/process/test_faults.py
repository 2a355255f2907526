"""Faults on request: what each of them does to Workers, that it ends, and that the command tells of it."""

import time
import unittest

from cluster import PATIENT, Background, ClusterTest, wait_until
from terrella import faults
from terrella.mistakes import Refused
from terrella.status import status_lines, statuses

# Links are lost soon after a cut, and calls end soon; still time enough for a busy machine.
BRISK = {"fetch_deadline_ms": 4000, "peer_wait_ms": 300, "probe_timeout_ms": 1500, "probe_interval_ms": 100,
         "object_idle_ms": 600000}
MAYBE = ("Network connection lost", "gave up at the deadline")  # it may have run
NEVER = ("cannot reach region LHR, the home of this Durable Object. Nothing was run",)


class FaultsTest(ClusterTest):
    def setUp(self):
        self.running = self.cluster.running
        self.iad, self.lhr, self.syd = (self.cluster[code] for code in ("IAD", "LHR", "SYD"))
        self.addCleanup(self.be_whole)

    def be_whole(self):
        faults.heal(self.running)
        for member in self.running.members:
            if member.process.is_paused():
                faults.resume(self.running, member.code)
            elif member.process.pid() is None:
                faults.restart(self.running, member.code)
        self.cluster.when_linked()

    def at_home(self, more=""):
        """An object that lives in LHR, as every region knows."""
        name = self.name(more)
        self.assertEqual(self.lhr.do("add", name=name)["colo"], "LHR")
        self.iad.do("tick", name=name)
        self.syd.do("tick", name=name)
        return name

    def told(self, code):
        """What `status --json` says of a process."""
        return next(one for one, member in zip(statuses(self.running), self.running.members) if member.code == code)

    def shows(self, pattern):
        self.assertRegex("\n".join(status_lines(self.running)), pattern)

    def fails(self, node, messages, **query):
        error = node.fail(**query)
        self.assertTrue(any(message in error["message"] for message in messages), error)
        return error


class BriskTest(FaultsTest):
    options = {"limits": BRISK}

    def test_kill_and_restart(self):
        name = self.at_home()
        faults.kill(self.running, "lhr")
        self.assertEqual(self.told("LHR")["state"], "killed")
        self.shows(r"\nLHR +killed +restart LHR")
        with self.assertRaisesRegex(Refused, "LHR is not running; scripts/cluster restart LHR starts it again"):
            faults.kill(self.running, "LHR")
        with self.assertRaisesRegex(Refused, "LHR is not running"):
            faults.pause(self.running, "LHR")
        self.cluster["IAD"].when(lambda _: not self.iad.peer("LHR")["up"], "the link is lost")
        self.assertTrue(self.fails(self.iad, NEVER, name=name)["retryable"])
        self.assertEqual(self.iad.do("add", name=self.name("elsewhere"))["value"], 1)
        boot = self.lhr.process.last_pid
        faults.restart(self.running, "LHR")
        self.cluster.when_linked()
        self.assertEqual(self.iad.do("add", name=name)["value"], 2)
        self.assertEqual(self.told("LHR")["state"], "ready")
        faults.restart(self.running, "LHR")  # one that runs
        self.assertNotEqual(self.lhr.process.pid(), boot)
        self.cluster.when_linked()
        self.assertEqual(self.syd.do("add", name=name)["value"], 3)

    def test_a_long_pause_loses_links_and_ends(self):
        name = self.at_home()
        faults.pause(self.running, "LHR")
        wait_until(lambda: not self.iad.peer("LHR")["up"], "the link is lost")
        self.fails(self.iad, NEVER, name=name)
        faults.resume(self.running, "LHR")
        self.cluster.when_linked()
        self.assertEqual(self.iad.do("add", name=name)["value"], 2)

    def test_a_region_behind_a_cut(self):
        name = self.at_home()
        faults.cut(self.running, "IAD", "LHR")
        self.assertEqual(self.told("IAD")["faults"]["cut_to"], ["LHR"])
        self.shows(r"\nIAD <-> LHR +cut +heal IAD LHR")
        wait_until(lambda: not self.iad.peer("LHR")["up"], "the link is lost")
        self.assertTrue(self.fails(self.iad, NEVER, name=name)["retryable"])
        self.assertEqual(self.syd.do("add", name=name)["value"], 2)
        self.assertEqual(self.lhr.do("add", name=name)["value"], 3)
        self.assertEqual(faults.heal(self.running, "LHR", "IAD"), ["IAD -> LHR", "LHR -> IAD"])
        self.cluster.when_linked()
        self.assertEqual(self.iad.do("add", name=name)["value"], 4)

    def test_one_way_alone(self):
        name = self.at_home()
        faults.cut(self.running, "IAD", "LHR", both_ways=False)
        self.shows(r"\nIAD -> LHR +cut +heal --one-way IAD LHR")
        self.fails(self.iad, MAYBE, op="add", name=name)  # sent, held back, and lost with the link
        wait_until(lambda: not self.iad.peer("LHR")["up"], "the link is lost")
        self.assertEqual(self.syd.do("add", name=name)["value"], 2)
        faults.restart(self.running, "IAD")  # a fault is the cluster's, and a new process does not escape it
        wait_until(lambda: self.iad.peer("SYD")["up"], "the other links are back")
        self.fails(self.iad, NEVER, name=name)
        faults.heal(self.running, "IAD", "LHR", both_ways=False)
        self.cluster.when_linked()
        self.assertEqual(self.iad.do("add", name=name)["value"], 3)

    def test_without_the_coordinator_known_objects_go_on(self):
        name = self.at_home()
        faults.cut(self.running, "SYD", "coordinator")
        wait_until(lambda: not self.syd.peer("coordinator")["up"], "the link is lost")
        self.fails(self.syd, ("cannot reach the coordinator in IAD",), name=self.name("new"))
        self.assertEqual(self.syd.do("add", name=name)["value"], 2)
        self.assertEqual(self.iad.do("add", name=self.name("new there"))["value"], 1)
        faults.heal(self.running, "SYD")
        self.cluster.when_linked()
        self.assertEqual(self.syd.do("add", name=self.name("new"))["value"], 1)

    def test_a_full_disk_of_the_coordinator(self):
        name = self.at_home()
        faults.disk_full(self.running, "coordinator")
        self.fails(self.syd, ("cannot reach the coordinator in IAD",), name=self.name("new"))
        self.assertEqual(self.syd.do("add", name=name)["value"], 2)
        faults.cut(self.running, "coordinator", "LHR", both_ways=False)
        faults.disk_well(self.running, "coordinator")  # and only that
        self.assertEqual(faults.heal(self.running), ["coordinator -> LHR"])
        self.assertEqual(self.syd.do("add", name=self.name("new"))["value"], 1)

    def test_a_restart_on_a_full_disk(self):
        name = self.at_home()
        faults.disk_full(self.running, "LHR")
        self.fails(self.iad, MAYBE, op="add", name=name)  # nothing is acknowledged
        faults.kill(self.running, "LHR")
        faults.restart(self.running, "LHR")
        wait_until(lambda: self.told("LHR").get("failing_commits"), "it cannot start")
        self.assertEqual(self.told("LHR")["state"], "opening")
        self.shows(r"\nLHR +disk full, \d+ attempts in vain +heal LHR")
        faults.heal(self.running, "LHR")
        self.lhr.when(lambda status: status["state"] == "ready", "it is ready")
        self.cluster.when_linked()
        self.assertEqual(self.iad.do("add", name=name)["value"], 2)  # what was never acknowledged is gone


class PatientTest(FaultsTest):
    options = {"limits": PATIENT, "time_scale": 0.5}

    def test_a_short_pause_delays(self):
        name = self.at_home()
        faults.pause(self.running, "LHR")
        self.assertEqual(self.told("LHR")["state"], "paused")
        self.shows(r"\nLHR +paused +resume LHR")
        with self.assertRaisesRegex(Refused, "LHR is paused already; scripts/cluster resume LHR wakes it"):
            faults.pause(self.running, "LHR")
        asked = Background(lambda: self.iad.do("add", name=name))
        self.iad.when(lambda status: status["calls"], "the call is under way")
        faults.cut(self.running, "LHR", "SYD", both_ways=False)  # it hears of that when it wakes
        faults.resume(self.running, "LHR")
        self.assertEqual(asked.wait()["value"], 2)
        self.assertEqual(self.lhr.status()["faults"]["links"], [{"to": "SYD", "cut": True, "delay_ms": 0}])
        with self.assertRaisesRegex(Refused, "LHR is not paused"):
            faults.resume(self.running, "LHR")

    def test_a_short_cut_delays(self):
        name = self.at_home()
        for a, b in (("IAD", "LHR"), ("LHR", "IAD")):
            before = self.lhr.do("sum", name=name)["value"]
            faults.cut(self.running, a, b, both_ways=False)
            asked = Background(lambda: self.iad.do("add", name=name))
            self.iad.when(lambda status: status["calls"], "the call is under way")
            if a == "LHR":  # only the answer is held back
                wait_until(lambda: self.lhr.do("sum", name=name)["value"] == before + 1, "it has run")
            self.assertTrue(asked.thread.is_alive())
            faults.heal(self.running)
            self.assertEqual(asked.wait()["value"], before + 1)

    def test_delays_are_of_the_model_and_one_way(self):
        name = self.at_home()
        model_ms, scale = 800, self.options["time_scale"]

        def seconds():
            started = time.perf_counter()
            self.iad.do(name=name)
            return (time.perf_counter() - started) * 1000 / scale

        undisturbed_ms = min(seconds() for _ in range(3))
        faults.delay(self.running, "IAD", "LHR", model_ms, both_ways=False)
        self.shows(r"\nIAD -> LHR +\+800 ms one way")
        one_way_ms = min(seconds() for _ in range(2))
        faults.delay(self.running, "IAD", "LHR", model_ms)
        self.assertEqual(self.told("LHR")["faults"]["delay_to_ms"], {"IAD": model_ms})
        self.assertEqual(self.lhr.status()["faults"]["links"], [{"to": "IAD", "cut": False, "delay_ms": scale * model_ms}])
        both_ways_ms = min(seconds() for _ in range(2))
        faults.delay(self.running, "IAD", "LHR", 0)
        afterwards_ms = min(seconds() for _ in range(3))
        self.assertGreaterEqual(one_way_ms, model_ms)
        self.assertGreaterEqual(both_ways_ms, 2 * model_ms)
        self.assertLess(one_way_ms / both_ways_ms, 0.8)
        self.assertLess(max(undisturbed_ms, afterwards_ms) / one_way_ms, 0.5)
        self.assertEqual(faults.heal(self.running), [])
        for wrong in (-1, float("nan"), float("inf"), 1e9):
            with self.assertRaisesRegex(Refused, "a delay is from 0 to"):
                faults.delay(self.running, "IAD", "LHR", wrong)

    def test_a_full_disk_at_home(self):
        name, quiet = self.at_home(), self.at_home("read only")
        faults.disk_full(self.running, "LHR")
        asked = [Background(lambda: self.iad.do("add", name=name)) for _ in range(3)]
        self.lhr.when(lambda status: status["failing_commits"], "a commit fails")
        self.shows(r"\nLHR +disk full, \d+ attempts in vain +heal LHR")
        self.assertEqual(self.syd.do("sum", name=quiet)["value"], 1)  # what is not written can be read
        self.assertEqual(self.iad.do("add", name=self.name("elsewhere"))["value"], 1)
        self.assertTrue(all(one.thread.is_alive() for one in asked))
        self.assertEqual(faults.heal(self.running, "LHR"), ["the disk of LHR"])
        self.assertEqual(sorted(one.wait()["value"] for one in asked), [2, 3, 4])
        self.assertEqual(self.syd.do("sum", name=name)["value"], 4)
        self.assertEqual(self.lhr.status()["failing_commits"], 0)

    def test_a_full_disk_under_much_that_is_written(self):
        """The node neither ends nor takes what it could not keep, and says so at once."""
        name, quiet = self.at_home(), self.at_home("read only")
        faults.disk_full(self.running, "LHR")
        asked = Background(lambda: self.iad.do("add", name=name))
        self.lhr.when(lambda status: status["failing_commits"], "a commit fails")
        filled = Background(lambda: self.lhr.do("fill", name=self.name("large"), count=400, size=100_000))
        busy = wait_until(lambda: self.lhr.ask("/do", op="sum", name=quiet).get("error"), "new calls are refused")
        self.assertTrue(busy["retryable"] and "Region LHR has too much under way" in busy["message"], busy)
        self.assertIn("Region LHR has too much under way", self.iad.fail(name=name)["message"])
        faults.heal(self.running)
        self.assertEqual(asked.wait()["value"], 2)
        self.assertLess(100, filled.wait()["value"])
        self.assertEqual(self.iad.do("add", name=name)["value"], 3)

    def test_names_that_nobody_has(self):
        for function in (faults.kill, faults.pause, faults.resume, faults.restart, faults.disk_full, faults.heal):
            with self.assertRaisesRegex(Refused, 'there is no region "XXX"; they are IAD, LHR, SYD, and there is "coordinator"'):
                function(self.running, "XXX")
        with self.assertRaisesRegex(Refused, "LHR and LHR are one process"):
            faults.cut(self.running, "LHR", "lhr")


if __name__ == "__main__":
    unittest.main()
