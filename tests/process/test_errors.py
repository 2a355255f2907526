"""Every error of proto/fail.h that a Worker can meet, brought about for real: the message names the
regions and the cause, and the flags are those of the table."""

import re
import unittest

from cluster import IMPATIENT, PROJECT, Background, exchange, own_cluster, together
from test_streams import TWO as FLOWING

ROW = re.compile(r"X\(FAIL_(\w+), \d+, (true|false), (true|false)\)")
TABLE = {name: (retryable == "true", overloaded == "true")
         for name, retryable, overloaded in ROW.findall((PROJECT / "proto" / "fail.h").read_text())}


class ErrorsTest(unittest.TestCase):
    def check(self, fail, error, *words):
        """The error has the flags of this row, and its message has all of these words."""
        for word in words:
            self.assertIn(word, error["message"])
        self.assertEqual((error["retryable"], error["overloaded"]), TABLE[fail], error)
        self.assertEqual((error["name"], error["remote"]), ("Error", False))

    def cluster(self, limits=None, **options):
        return own_cluster(self, limits={**IMPATIENT, **(limits or {})}, **options)

    def test_every_row_has_a_test(self):
        self.assertGreaterEqual(len(TABLE), 15)
        for name in TABLE:
            self.assertTrue(hasattr(self, f"test_{name.lower()}"), name)

    def test_coordinator_unreachable(self):
        cluster = self.cluster()
        cluster.coordinator.kill()
        self.check("COORDINATOR_UNREACHABLE", cluster["SYD"].fail(name="new"),
                   "Region SYD cannot reach the coordinator in IAD", "try again")
        cluster.coordinator.start()
        cluster.when_linked()
        self.assertEqual(cluster["SYD"].do(name="new")["value"], 1, "it was retryable: nothing had run")

    def test_coordinator_refused(self):
        cluster = self.cluster()
        cluster["SYD"].do(name="old")
        cluster.coordinator.kill()
        cluster.coordinator.wipe()
        cluster.coordinator.start()
        cluster["SYD"].when(lambda status: status["state"] == "refused", "it is refused")
        self.check("COORDINATOR_REFUSED", cluster["SYD"].fail(name="new"),
                   "Region SYD and the coordinator in IAD do not accept each other")
        self.assertEqual(cluster["SYD"].do(name="old")["value"], 2, "what is known is not concerned")

    def test_not_joined(self):
        cluster = self.cluster(regions=("MAD", "AKL"), coordinator="MAD", matrix="AKL,MAD,2000\n")
        node = cluster["AKL"]
        node.kill()
        node.wipe()
        node.start(ready=False)
        status = node.when(lambda status: next(peer["up"] for peer in status["peers"] if peer["code"] == "coordinator"),
                           "the coordinator is linked")
        self.assertEqual((status["state"], status["joined"]), ("starting", False))
        error = node.fail(name="new")
        self.check("NOT_JOINED", error, "Region AKL has not joined the cluster yet", "coordinator in MAD", "try again")
        error = node.fail(unique=1)
        self.assertRegex(error["message"], "AKL.*has not joined|not joined.*AKL")
        node.when(lambda status: status["state"] == "ready", "it has joined")
        self.assertEqual(node.do(unique=1)["colo"], "AKL")

    def test_arbiter_unreachable(self):
        cluster = self.cluster()
        made = cluster["SYD"].ask("/ids", count=1)["value"][0]
        cluster["SYD"].kill()
        self.check("ARBITER_UNREACHABLE", cluster["LHR"].fail(hex=made), "Region LHR cannot reach region SYD",
                   "where this unique id was made", "try again")
        cluster["SYD"].start()
        cluster.when_linked()
        self.assertEqual(cluster["LHR"].do(hex=made)["colo"], "LHR")

    def test_home_unreachable(self):
        cluster = self.cluster()
        cluster["SYD"].do(name="x")
        cluster["LHR"].do(name="x")
        cluster["SYD"].kill()
        cluster.when_noticed("SYD")
        self.check("HOME_UNREACHABLE", cluster["LHR"].fail(name="x"), "Region LHR cannot reach region SYD, the home")
        self.check("HOME_UNREACHABLE", cluster["IAD"].fail(name="x"), "Region IAD cannot reach region SYD, the home")

    def test_connection_lost(self):
        cluster = self.cluster()
        cluster["SYD"].do(name="x")
        waiting = Background(lambda: cluster["LHR"].fail("sleep", ms=600000, name="x"))
        cluster["SYD"].when_running()
        cluster["SYD"].kill()
        self.check("CONNECTION_LOST", waiting.wait(), "Network connection lost", "Region LHR lost region SYD", "may have run")

    def test_deadline(self):
        cluster = self.cluster()
        cluster["SYD"].do(name="x")
        for code in ("SYD", "LHR"):
            self.check("DEADLINE", cluster[code].fail("never", name="x"), f"Region {code} gave up at the deadline",
                       "in region SYD", "may have run")

    def test_overloaded(self):
        cluster = self.cluster({"object_run_count_max": 3, "fetch_deadline_ms": 20000})
        home = cluster["SYD"]
        waiting = [Background(lambda number=number: home.do("call", name="x", other=f"gate{number}", then="wait"))
                   for number in range(3)]
        home.when_running(6)
        for code in ("SYD", "LHR"):
            self.check("OVERLOADED", cluster[code].fail(name="x"), "Durable Object is overloaded", "in region SYD",
                       f"from region {code}")
        for number, one in enumerate(waiting):
            home.do("release", name=f"gate{number}")
            one.wait()
        self.assertEqual(cluster["LHR"].do(name="x")["value"], 1, "what was refused has not run")

    def test_code_stopped(self):
        cluster = own_cluster(self)  # patient: who works on a loop does not answer probes
        cluster["SYD"].do(name="x")
        for code in ("SYD", "LHR"):
            for op in ("loop", "awaitloop"):
                self.check("CODE_STOPPED", cluster[code].fail(op, name="x"), "Code in region SYD was stopped",
                           f"called from region {code}")

    def test_jurisdiction(self):
        cluster = self.cluster()
        for query in ({"unique": 1}, {"name": "x"}):
            self.check("JURISDICTION", cluster["SYD"].fail(jurisdiction="eu", **query), "none obeys its jurisdiction",
                       "asked from region SYD")

    def test_home_gone(self):
        cluster = self.cluster()
        made = cluster["LHR"].do(unique=1, hint="oc")["id"]
        cluster["SYD"].do(name="x")
        cluster["IAD"].do(name="x")
        cluster["SYD"].kill()
        cluster["SYD"].wipe()
        number = cluster["SYD"].start().status()["number"]
        self.assertEqual(number, 4, "a new one")
        cluster.when_linked()
        for node in cluster.nodes:
            self.check("HOME_GONE", node.fail(name="x"), "home of this Durable Object is gone", "region SYD",
                       f"asked from region {node.code}")
            self.check("HOME_GONE", node.fail(hex=made), "region SYD", f"asked from region {node.code}")
            self.assertEqual(node.do(name=f"new at {node.code}")["colo"], node.code)

    def test_birth_lost(self):
        cluster = self.cluster()
        made = cluster["SYD"].ask("/ids", count=1)["value"][0]
        cluster["SYD"].kill()
        cluster["SYD"].wipe()
        cluster["SYD"].start()
        cluster.when_linked()
        for node in cluster.nodes:
            self.check("BIRTH_LOST", node.fail(hex=made), "made in region SYD by a node whose data was lost",
                       f"asked from region {node.code}")
        self.assertEqual(cluster["SYD"].do(unique=1)["colo"], "SYD")

    def test_namespace_unknown(self):
        cluster = self.cluster()
        cluster["SYD"].terminate()
        cluster["SYD"].config(lambda config: config["spaces"][0].update(unique_key="another-Probe"))
        cluster["SYD"].start()
        cluster.when_linked()
        self.check("NAMESPACE_UNKNOWN", cluster["LHR"].fail(name="x", hint="oc"), "Region SYD does not know", "region LHR",
                   "different Workers")

    def test_too_large(self):
        cluster = self.cluster()
        cluster["SYD"].do(name="x")
        for code in ("SYD", "LHR"):
            self.assertEqual(cluster[code].do("heads", name="x", size=100000)["value"], 100000)
            self.check("TOO_LARGE", cluster[code].fail(name="x", pad=140000), f"region {code}", "larger than 128 KiB")
            self.check("TOO_LARGE", cluster[code].fail("heads", name="x", size=140000), "region SYD", "larger than 128 KiB")

    def test_stalled(self):
        cluster = self.cluster({"body_stall_ms": 100}, **FLOWING)
        for hint in ("weur", "oc"):
            said = exchange(cluster["LHR"].http_port, f"/stall?name={hint}&hint={hint}&bytes=5000000&ms=1000").json()
            self.check("STALLED", said["error"], "nobody went on reading", "region LHR")

    def test_congested(self):
        cluster = self.cluster({"body_buffer_bytes_max": 1 << 20}, **FLOWING)
        said = exchange(cluster["LHR"].http_port, "/crowd?name=x&hint=oc&bytes=2000000&count=4").json()
        failed = [one["error"] for one in said if "error" in one]
        self.assertTrue(failed and len(failed) < 4, said)
        for error in failed:
            self.check("CONGESTED", error, "too much waits there to be read", "region LHR")

    def test_busy(self):
        cluster = self.cluster({"call_count_max": 3, "fetch_deadline_ms": 20000})
        node = cluster["SYD"]
        waiting = [Background(lambda number=number: node.do("wait", name=number)) for number in range(3)]
        node.when_running(3)
        self.check("BUSY", node.fail(name="x"), "Region SYD has too much under way", "region SYD", "try again")
        for number, one in enumerate(waiting):
            cluster["LHR"].do("release", name=number)
            one.wait()
        self.assertEqual(node.do(name="x")["value"], 1, "it was retryable: nothing had run")


class ThrownTest(unittest.TestCase):
    def test_what_objects_throw_reaches_the_caller_in_every_region(self):
        cluster = own_cluster(self)
        cluster["SYD"].do(name="x")
        for code in ("SYD", "LHR"):
            error = cluster[code].fail("throw", name="x")
            self.assertEqual((error["name"], error["message"], error["remote"]), ("TypeError", "thrown on purpose", True))
        before = cluster["SYD"].do(name="x")["instance"]
        error = cluster["LHR"].fail("abort", name="x")
        self.assertEqual((error["message"], error["remote"]), ("aborted on purpose", True))
        self.assertNotEqual(cluster["SYD"].do(name="x")["instance"], before)
        answer = cluster["LHR"].fetch("/throw")
        self.assertEqual((answer.status, answer.body), (500, b"Internal Server Error"))

    def test_all_runs_of_an_aborted_instance_end(self):
        cluster = own_cluster(self)
        cluster["SYD"].do(name="x")
        waiting = [Background(lambda: cluster["LHR"].fail("never", name="x")) for _ in range(5)]
        cluster["SYD"].when_running(5)
        together([lambda: cluster["SYD"].fail("abort", name="x")])
        self.assertEqual({one.wait()["message"] for one in waiting}, {"aborted on purpose"})


if __name__ == "__main__":
    unittest.main()
