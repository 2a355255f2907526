"""I4: every stub fetch ends, and in time, whoever is silent, paused or killed."""

import unittest

from cluster import IMPATIENT, Background, own_cluster, together

DEADLINE_S = IMPATIENT["fetch_deadline_ms"] / 1000
SLACK_S = 15  # a busy machine; what hangs waits for longer


class AnsweredTest(unittest.TestCase):
    def in_time(self, answers):
        for answer in answers:
            self.assertNotIsInstance(answer, Exception, answer)
            self.assertEqual(answer.status, 200)
            self.assertLess(answer.seconds, DEADLINE_S + SLACK_S)
        return [answer.json() for answer in answers]

    def test_i4_answered_although_the_object_never_answers(self):
        cluster = own_cluster(self, limits=IMPATIENT)
        cluster["SYD"].do(name="mute")
        answers = together([lambda node=node: node.fetch("/do", op="never", name="mute") for node in cluster.nodes])
        for said, answer, node in zip(self.in_time(answers), answers, cluster.nodes):
            self.assertIn(f"Region {node.code} gave up at the deadline", said["error"]["message"])
            self.assertIn("in region SYD", said["error"]["message"])
            self.assertFalse(said["error"]["retryable"])
            self.assertGreaterEqual(answer.seconds, DEADLINE_S)
        self.assertEqual(cluster["IAD"].do(name="mute")["colo"], "SYD", "the object itself is well")

    def test_i4_answered_although_the_home_is_paused(self):
        cluster = own_cluster(self, limits=IMPATIENT)
        home, other = cluster["SYD"], cluster["LHR"]
        home.do(name="sleeper")
        other.do(name="sleeper")
        waiting = Background(lambda: other.fetch("/do", op="sleep", ms=600000, name="sleeper"))
        home.when_running()
        home.pause()
        said, = self.in_time([waiting.wait()])
        self.assertRegex(said["error"]["message"], "LHR (gave up at the deadline|lost region SYD)")
        other.when(lambda status: not next(peer["up"] for peer in status["peers"] if peer["code"] == "SYD"), "SYD is given up")
        said, = self.in_time([other.fetch("/do", op="tick", name="sleeper")])
        self.assertIn("Region LHR cannot reach region SYD, the home", said["error"]["message"])
        self.assertTrue(said["error"]["retryable"])
        self.assertTrue(other.do(unique=1)["value"], "others are not concerned")
        home.resume()
        cluster.when_linked()
        self.assertEqual(other.do(name="sleeper")["value"], 3, "what was given up has not run")

    def test_i4_answered_although_the_home_is_killed(self):
        cluster = own_cluster(self, limits=IMPATIENT)
        home, other = cluster["SYD"], cluster["LHR"]
        home.do(name="sleeper")
        waiting = [Background(lambda: other.fetch("/do", op="sleep", ms=600000, name="sleeper")) for _ in range(5)]
        home.when_running(5)
        home.kill()
        for said in self.in_time([one.wait() for one in waiting]):
            self.assertIn("Region LHR lost region SYD", said["error"]["message"])
            self.assertFalse(said["error"]["retryable"])
        for said in self.in_time(together([lambda: other.fetch("/do", op="tick", name="sleeper")] * 5)):
            self.assertIn("cannot reach region SYD", said["error"]["message"])

    def test_i4_answered_although_the_coordinator_is_killed_or_paused(self):
        cluster = own_cluster(self, limits=IMPATIENT, check='{ kind = "fixed", ms = 50000 }')
        coordinator, node = cluster.coordinator, cluster["SYD"]
        for disturb, name in ((coordinator.pause, "a"), (coordinator.resume, "b"), (coordinator.kill, "c")):
            waiting = [Background(lambda number=number: node.fetch("/do", op="tick", name=f"{name}{number}"))
                       for number in range(4)]
            node.when(lambda status: status["calls"] >= 4, "calls wait for the coordinator")
            disturb()
            if disturb == coordinator.resume:
                cluster.when_linked()
            for said in self.in_time([one.wait() for one in waiting]):
                self.assertIn("Region SYD cannot reach the coordinator in IAD", said["error"]["message"])
                self.assertTrue(said["error"]["retryable"])
            self.assertEqual(node.do(unique=1)["colo"], "SYD")

    def test_i4_answered_although_the_worker_never_answers(self):
        cluster = own_cluster(self, limits=IMPATIENT)
        answer = cluster["SYD"].fetch("/never")
        self.assertEqual((answer.status, answer.body), (500, b"The Worker gave no answer in time.\n"))
        self.assertEqual(cluster["SYD"].ask("/hello")["value"], "hello")

    def test_i4_younger_calls_overtake_older_ones(self):
        """A call that waits for the coordinator is sent after younger ones to the same home, and runs."""
        cluster = own_cluster(self, limits=IMPATIENT, check='{ kind = "fixed", ms = 300 }')
        node = cluster["LHR"]
        home = cluster["SYD"]
        home.do(name="known")
        node.do(name="known")
        for number in range(3):
            waiting = Background(lambda: node.do(name=f"fresh{number}", hint="oc"))
            node.when(lambda status: status["calls"], "a call waits")
            while waiting.thread.is_alive():
                node.do(name="known")
            self.assertEqual(waiting.wait()["colo"], "SYD")

    def test_i4_who_calls_without_a_pause_keeps_nobody_waiting(self):
        cluster = own_cluster(self)
        node, other = cluster["SYD"], cluster["LHR"]
        node.do(name="busy")
        before = node.status()["requests"]
        spinning = Background(lambda: node.ask("/spin", name="busy", ms_max=30000))
        node.when(lambda status: status["requests"] > before, "the Worker spins")
        for _ in range(3):
            self.assertEqual(node.ask("/hello")["value"], "hello")
            self.assertEqual(other.do(name="busy")["colo"], "SYD")
        self.assertTrue(spinning.thread.is_alive(), "others were answered meanwhile")
        node.ask("/rest")
        self.assertGreater(spinning.wait()["value"], 0)

    def test_i4_an_object_is_not_filled_by_those_that_never_end(self):
        cluster = own_cluster(self, limits={**IMPATIENT, "object_run_count_max": 4})
        node = cluster["SYD"]
        for _ in range(2):
            for said in self.in_time(together([lambda: node.fetch("/do", op="never", name="mute")] * 4)):
                self.assertIn("gave up at the deadline", said["error"]["message"])
        self.assertEqual(node.do(name="mute")["colo"], "SYD")

    def test_i4_a_region_that_lost_its_data_is_heard(self):
        cluster = own_cluster(self)
        home, other = cluster["LHR"], cluster["SYD"]
        home.do(name="known")
        for _ in range(8):
            other.do(name="known")
        other.kill()
        other.wipe()
        other.start()
        cluster.when_linked()
        self.assertEqual(other.do(name="known")["colo"], "LHR")

    def test_i2_an_object_that_aborts_in_a_crowd_lives_once(self):
        cluster = own_cluster(self)
        home, other = cluster["SYD"], cluster["LHR"]
        home.do(name="crowd")
        for _ in range(5):
            together([lambda op=op: other.fetch("/do", op=op, name="crowd") for op in ("abort", "tick", "tick", "add")])
        self.assertEqual(len({other.do(name="crowd")["instance"] for _ in range(5)}), 1)
        self.assertEqual(home.status()["instances"], 1)

    def test_i4_objects_that_call_each_other_in_a_circle(self):
        cluster = own_cluster(self, limits=IMPATIENT)
        for code, name in (("SYD", "a"), ("LHR", "b")):
            cluster[code].do(name=name)
        said = cluster["IAD"].do("call", name="a", other="b")
        self.assertEqual((said["colo"], said["value"]["colo"], said["value"]["value"]), ("SYD", "LHR", 2))


if __name__ == "__main__":
    unittest.main()
