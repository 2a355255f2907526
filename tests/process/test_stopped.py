"""Code that never ends or eats memory is stopped, in a Worker and in an object; others go on."""

import unittest

from cluster import PATIENT, SANITIZED, Background, ClusterTest, together

MEMORY_BYTES = 300 << 20
KEPT = "the sanitizer keeps freed memory, so that the process stays as large as the hog made it"
STOPPED = b"The Worker was stopped: it exceeded its CPU time or memory limit.\n"


class StoppedTest(ClusterTest):
    options = {"regions": ("SYD", "LHR"), "coordinator": "SYD", "limits": {**PATIENT, "memory_bytes_max": MEMORY_BYTES}}

    def setUp(self):
        self.node = self.cluster["SYD"]
        self.bystander = self.node.do("put", name=self.name("bystander"), key="a", value="b")

    def when_small_again(self):
        """Wait until what a hog has left is given back: until then any code that allocates is stopped."""
        self.node.when(lambda status: status["rss_bytes"] < MEMORY_BYTES - (32 << 20), "memory is given back")

    def tearDown(self):
        """Others have noticed nothing, and the node takes requests as before."""
        said = self.node.do("all", name=self.name("bystander"))
        self.assertEqual(said["value"], {"a": "b"})
        self.assertEqual(said["instance"], self.bystander["instance"])
        self.assertEqual(self.node.ask("/hello")["value"], "hello")
        self.assertEqual(self.cluster["LHR"].do(unique=1, hint="oc")["colo"], "SYD")

    def stopped_in_worker(self, op):
        for _ in range(2):
            answers = together([lambda: self.node.fetch(f"/{op}"), lambda: self.node.ask("/hello"),
                                lambda: self.node.do(name=self.name("other"))])
            self.assertEqual((answers[0].status, answers[0].body), (500, STOPPED))
            self.assertEqual(answers[1]["value"], "hello")
            self.assertTrue(answers[2]["ok"])
            self.when_small_again()

    def stopped_in_object(self, op):
        name = self.name()
        instances = set()
        self.node.do("put", name=name, key="kept", value="yes")
        for code in ("SYD", "LHR", "SYD"):
            instances.add(self.node.do(name=name)["instance"])
            error = self.cluster[code].fail(op, name=name)
            self.assertEqual(error["message"], "Code in region SYD was stopped because it exceeded its CPU time or "
                                               f"memory limit (called from region {code}).")
            self.assertEqual((error["retryable"], error["overloaded"]), (False, False))
            self.when_small_again()
        said = self.cluster["LHR"].do("all", name=name)
        self.assertEqual(said["value"], {"kept": "yes"})
        self.assertEqual(len(instances | {said["instance"]}), 4, "each time a new instance")

    def test_loop_in_a_worker(self):
        self.stopped_in_worker("loop")

    def test_loop_of_promises_in_a_worker(self):
        self.stopped_in_worker("awaitloop")

    @unittest.skipIf(SANITIZED, KEPT)
    def test_memory_hog_in_a_worker(self):
        self.stopped_in_worker("hog")

    def test_loop_in_an_object(self):
        self.stopped_in_object("loop")

    def test_loop_of_promises_in_an_object(self):
        self.stopped_in_object("awaitloop")

    @unittest.skipIf(SANITIZED, KEPT)
    def test_memory_hog_in_an_object(self):
        self.stopped_in_object("hog")

    @unittest.skipIf(SANITIZED, KEPT)
    def test_who_allocates_after_a_hog_is_not_stopped(self):
        self.addCleanup(self.when_small_again)
        for _ in range(3):
            self.node.fail("hog", name=self.name())
            self.node.do("toil", name=self.name("innocent"))

    def test_all_requests_of_a_stopped_object_end(self):
        name = self.name()
        self.node.do(name=name)
        runs = self.node.status()["runs"]
        waiting = [Background(lambda: self.cluster["LHR"].fail("wait", name=name)) for _ in range(4)]
        self.node.when_running(runs + 4)
        self.node.fail("loop", name=name)
        for one in waiting:
            self.assertIn("Code in region SYD was stopped", one.wait()["message"])


if __name__ == "__main__":
    unittest.main()
