"""I1 to I10 of ARCHITECTURE.md with real processes: without faults, and with the restarts that they mention.
I2, I4 and I6 have more to them: test_start.py, test_answered.py, test_restarts.py."""

import signal
import subprocess
import threading
import unittest

from cluster import IMPATIENT, LAN9, TRIO, Background, ClusterTest, own_cluster, together, wait_until


class WithoutFaultsTest(ClusterTest):
    """On nine regions without distance."""
    options = {"regions": LAN9}

    def test_i5_unique(self):
        """No id twice among 20,000 from everywhere, also across restarts; none can be made up."""
        nodes = self.cluster.nodes
        ids = [one for answer in together([lambda node=node: node.ask("/ids", count=1800) for node in nodes])
               for one in answer["value"]]
        for node in nodes[:2]:
            node.restart()
            ids += node.ask("/ids", count=2000)["value"]
        self.assertGreaterEqual(len(ids), 20000)
        self.assertEqual(len(set(ids)), len(ids))
        self.cluster.when_linked()
        genuine = ids[0]
        for node in (nodes[0], nodes[5]):
            self.assertTrue(node.ask("/parse", hex=genuine)["ok"])
            for bit in range(0, 256, 7):
                forged = f"{int(genuine, 16) ^ (1 << bit):064x}"
                said = node.ask("/parse", hex=forged)
                self.assertFalse(said["ok"], f"bit {bit} flipped")
                self.assertEqual(said["error"]["name"], "TypeError")
        for forged in ("0" * 64, "f" * 64, ids[1][:32] + genuine[32:]):
            self.assertFalse(nodes[0].ask("/parse", hex=forged)["ok"], forged)

    def test_i8_no_wide_area_wait(self):
        """Creating and using a unique id where it was made sends nothing to anybody."""
        before = self.cluster.sent()
        for node in self.cluster.nodes:
            if node.code in ("GRU", "JNB", "DXB"):
                continue
            for _ in range(3):
                self.assertEqual(node.do(unique=1)["colo"], node.code)
            node.do("add", unique=1)
        self.assertEqual(self.cluster.sent(), before)

    def test_i8_an_entry_only_region_sends_one_fetch_and_no_question(self):
        before = self.cluster.sent()
        self.cluster["GRU"].do(unique=1)
        after = self.cluster.sent()
        self.assertEqual({kind: after[kind] - before[kind] for kind in after if after[kind] != before[kind]},
                         {"FETCH": 1, "REPLY": 1})

    def test_i9_obey(self):
        """Entry-only regions never host, jurisdictions are never left, hints are followed when possible."""
        for code in ("GRU", "JNB", "DXB"):
            for query in ({"name": self.name(code)}, {"unique": 1}):
                self.assertNotIn(self.cluster[code].do(**query)["colo"], ("GRU", "JNB", "DXB"))
            self.assertEqual(self.cluster[code].status()["objects"], 0)
        for query in ({"unique": 1}, {"name": self.name("eu")}):
            said = self.cluster["SYD"].do(jurisdiction="eu", **query)
            self.assertEqual(said["colo"], "WAW", "the only region in the EU")
        self.assertEqual(self.cluster["LHR"].do(hex=said["id"])["colo"], "WAW")
        self.assertIn(self.cluster["SYD"].do(jurisdiction="us", unique=1)["colo"], ("SJC", "IAD"))
        for hint, home in {"wnam": "SJC", "enam": "IAD", "weur": "LHR", "eeur": "WAW", "apac": "SIN", "oc": "SYD"}.items():
            said = self.cluster["LHR"].do(hint=hint, name=self.name(hint))
            self.assertEqual(said["colo"], home, hint)
            self.assertEqual(self.cluster["LHR"].do(hint=hint, unique=1)["colo"], home, hint)
            self.assertEqual(self.cluster["SIN"].do(hint="enam", name=self.name(hint))["colo"], home, "first creation counts")
        for hint in ("afr", "me", "sam"):  # nobody there hosts: a wish that cannot be met
            self.assertNotIn(self.cluster["LHR"].do(hint=hint, unique=1)["colo"], ("GRU", "JNB", "DXB"))

    def test_i10_cached(self):
        """A region that has learned a home asks nobody for it again, also after a restart."""
        home = self.cluster["SYD"].do(name=self.name())["colo"]
        hexadecimal = self.cluster["SIN"].do(unique=1)["id"]
        for node in self.cluster.nodes:
            node.do(name=self.name())
            node.do(hex=hexadecimal)

        def questions():
            sent = self.cluster.sent()
            return sent["CLAIM"], sent["LOCATE"]
        before = questions()
        for node in self.cluster.nodes:
            self.assertEqual(node.do(name=self.name())["colo"], home)
            self.assertEqual(node.do(hex=hexadecimal)["colo"], "SIN")
        self.assertEqual(questions(), before)
        for code in ("LHR", "GRU"):
            node = self.cluster[code]
            node.restart()
            node.when(lambda status: all(peer["up"] for peer in status["peers"]), "all links are up")
            node.do(name=self.name())
            node.do(hex=hexadecimal)
            sent = node.status()["messages"]["sent"]
            self.assertEqual((sent["CLAIM"], sent["LOCATE"], sent["FETCH"]), (0, 0, 2))
        self.cluster.when_linked()


class RestartsTest(ClusterTest):
    """On three regions; each test leaves everything running."""

    def tearDown(self):
        for member in self.cluster.members.values():
            member.resume()
            if not member.is_alive():
                member.start()
        self.cluster.when_linked()

    def test_i1_one_home(self):
        """Every answer names the same home, whoever is restarted between the questions."""
        names = [self.name(number) for number in range(12)]
        first = TRIO * 4
        homes = {name: self.cluster[code].do(name=name)["colo"] for name, code in zip(names, first)}
        uniques = [self.cluster[code].do(unique=1) for code in TRIO]
        homes_of_uniques = {one["id"]: one["colo"] for one in uniques}
        self.assertEqual(set(homes.values()), set(TRIO))
        for code in ("coordinator", *TRIO, "coordinator"):
            self.cluster[code].restart()
            self.cluster.when_linked()
            for name, home in homes.items():
                for node in self.cluster.nodes:
                    self.assertEqual(node.do(name=name)["colo"], home, f"after the restart of {code}")
            for hexadecimal, home in homes_of_uniques.items():
                for node in self.cluster.nodes:
                    self.assertEqual(node.do(hex=hexadecimal)["colo"], home, f"after the restart of {code}")
        for node in self.cluster.nodes:
            found = node.where(name=names[0])
            self.assertEqual((found["home"], found["arbiter"], found["kind"]), (homes[names[0]], "coordinator", "named"))

    def test_i1_a_home_is_decided_while_everybody_restarts(self):
        """First uses fall into restarts: whatever was said first stays, and nobody waits in vain."""
        homes = {}
        for number, code in enumerate(("coordinator", "SYD", "IAD", "coordinator")):
            names = [self.name(f"{number}-{index}") for index in range(8)]
            asking = Background(lambda: together([lambda node=node, name=name: node.ask("/do", op="tick", name=name)
                                                  for node in self.cluster.nodes for name in names]))
            self.cluster[code].restart()
            for name, said in zip(names * len(TRIO), asking.wait()):
                if isinstance(said, dict) and said["ok"]:
                    homes.setdefault(name, []).append(said["colo"])
                elif isinstance(said, dict):
                    self.assertNotIn("gave up at the deadline", said["error"]["message"])
            self.cluster.when_linked()
            for name in names:
                for node in self.cluster.nodes:
                    homes.setdefault(name, []).append(node.do(name=name)["colo"])
        self.assertEqual(len(homes), 32)
        self.assertEqual({name: said for name, said in homes.items() if len(set(said)) != 1}, {})

    def test_i2_one_instance(self):
        """A second process on the same data refuses to start and names the first, also when that is paused;
        within a process there is one instance for each id."""
        node = self.cluster["LHR"]
        said = together([lambda: node.do(name=self.name()) for _ in range(20)])
        self.assertEqual(len({one["instance"] for one in said}), 1)
        self.assertEqual(sorted(one["value"] for one in said), list(range(1, 21)))
        for code in ("LHR", "coordinator"):
            first = self.cluster[code]
            for paused in (False, True):
                if paused:
                    first.pause()
                second = subprocess.run([*first.process._command(), str(first.process.config_path)], capture_output=True,
                                        text=True, timeout=60, check=False)
                first.resume()
                self.assertNotEqual(second.returncode, 0)
                self.assertIn(f"in use by process {first.pid}", second.stderr.splitlines()[-1])
        self.assertEqual(node.do(name=self.name())["instance"], said[0]["instance"], "the first was not disturbed")

    def test_i3_at_most_once(self):
        """A home is killed in the middle of load: no request has run twice, none that was answered is lost."""
        name, home = self.name(), self.cluster["SYD"]
        home.do("sum", name=name)
        for code in ("IAD", "LHR"):
            self.cluster[code].do("sum", name=name)
        counts = {"done": 0, "perhaps": 0, "not": 0}
        lock = threading.Lock()
        stopping = threading.Event()

        def load(node):
            while not stopping.is_set():
                try:
                    said = node.ask("/do", op="add", name=name)
                    fate = "done" if said["ok"] else "not" if said["error"]["retryable"] else "perhaps"
                except (OSError, AssertionError):
                    fate = "perhaps"  # the node to which the request went was killed itself
                with lock:
                    counts[fate] += 1
        threads = [threading.Thread(target=load, args=(node,)) for node in self.cluster.nodes for _ in range(3)]
        for thread in threads:
            thread.start()
        try:
            for _ in range(2):
                goal = counts["done"] + 100
                wait_until(lambda: counts["done"] >= goal, "requests are answered")
                home.restart()
        finally:
            stopping.set()
            for thread in threads:
                thread.join()
        self.cluster.when_linked()
        ran = home.do("sum", name=name)["value"]
        self.assertGreaterEqual(ran, counts["done"], counts)
        self.assertLessEqual(ran, counts["done"] + counts["perhaps"], counts)

    def test_i6_durable(self):
        """What was acknowledged is there after kill -9: values and rows of an object, and the decisions of arbiters."""
        node = self.cluster["SYD"]
        name = self.name()
        acknowledged = {}
        for round_number in range(4):
            for number in range(10):
                key = f"{round_number}-{number}"
                node.do("put", name=name, key=key, value=key)
                acknowledged[key] = key
                node.do("row", name=name, value=key)
            unique = node.do("put", unique=1, key="k", value=round_number)
            fresh = self.name(round_number)
            home = self.cluster["LHR"].do(name=fresh)["colo"]
            node.kill()  # right after the answer
            self.cluster.coordinator.kill()
            node.start()
            self.cluster.coordinator.start()
            self.assertEqual(node.do("all", name=name)["value"], acknowledged)
            self.assertEqual(node.do("rows", name=name)["value"], list(acknowledged))
            self.assertEqual(node.do("all", hex=unique["id"])["value"], {"k": str(round_number)})
            self.cluster.when_linked()
            self.assertEqual(self.cluster["IAD"].do(name=fresh)["colo"], home)
        self.assertEqual(self.cluster["LHR"].do("all", name=name)["value"], acknowledged)

    def test_i6_concurrent_puts_are_there_after_a_kill(self):
        """A kill comes when the first of many concurrent answers arrives."""
        node = self.cluster["SYD"]
        name = self.name()
        acknowledged = []

        def put(number):
            node.do("put", name=name, key=number, value=number)
            acknowledged.append(str(number))
        threads = [threading.Thread(target=together, args=([lambda n=n: put(n) for n in range(40)],))]
        threads[0].start()
        wait_until(lambda: acknowledged, "one answer came")
        node.kill()
        threads[0].join()
        node.start()
        self.assertLessEqual(set(acknowledged), set(node.do("all", name=name)["value"]))

    def test_i6_transactions_are_whole_after_a_kill(self):
        """Rows of SQL and keys that change together, with kills in the middle of many such changes."""
        node, name = self.cluster["SYD"], self.name()
        done = 0
        for _ in range(5):
            acknowledged = []

            def transfer(number):
                try:
                    acknowledged.append(node.do("transfer", **{"name": name, "from": number, "to": number + 1}))
                except (OSError, AssertionError):
                    pass  # the node was killed
            thread = threading.Thread(target=together, args=([lambda n=n: transfer(n) for n in range(40)],))
            thread.start()
            wait_until(lambda: len(acknowledged) >= 5, "some were acknowledged")
            node.kill()
            thread.join()
            node.start()
            books = node.do("books", name=name)["value"]
            self.assertEqual((books["wrong"], books["check"], books["moved"]), (0, "ok", books["noted"]))
            self.assertGreaterEqual(books["moved"], done + len(acknowledged))
            done = books["moved"]

    def test_i6_alarms(self):
        """One that is set rings after kill -9 as well; one whose handler was cut off rings again; one that rang does not."""
        node = self.cluster["SYD"]
        names = {kind: self.name(kind) for kind in ("before", "within", "after")}
        node.do("wake", name=names["after"], ms=0)
        node.do("wake", name=names["within"], ms=0, hangs=1)
        wait_until(lambda: node.do("all", name="noted")["value"].get("hangs"), "the handler hangs")
        wait_until(lambda: node.do("all", name=names["after"])["value"].get("rang"), "an alarm has rung")
        node.do("wake", name=names["before"], ms=3000)
        node.kill()
        node.start()
        for kind, times in (("within", 2), ("before", 1)):
            state = wait_until(lambda k=kind, n=times: (all := node.do("all", name=names[k])["value"]).get("rang") == n and all, f"{kind}: rings")
            self.assertEqual((state["name"], state["retries"]), (names[kind], 0))
        self.assertEqual(node.do("all", name=names["after"])["value"]["rang"], 1)


class CoordinatorDownTest(ClusterTest):
    options = {"limits": IMPATIENT}

    def test_i7_local_stays_local(self):
        """Without a coordinator: unique ids and known objects work, new names fail with a clear error,
        also at a node that was started meanwhile."""
        known = {code: self.cluster[code].do("add", name=self.name(code)) for code in TRIO}
        self.cluster.coordinator.kill(signal.SIGKILL)
        for attempt in ("before", "after"):
            for code in TRIO:
                node = self.cluster[code]
                made = node.do("add", unique=1)
                self.assertEqual((made["colo"], made["value"]), (code, 1))
                said = node.do("sum", name=self.name(code))
                self.assertEqual((said["colo"], said["value"], said["id"]), (code, 1, known[code]["id"]))
                error = node.fail(name=self.name(f"new {attempt} {code}"))
                self.assertIn(f"Region {code} cannot reach the coordinator in IAD", error["message"])
                self.assertTrue(error["retryable"])
            for node in self.cluster.nodes:
                node.restart()
        self.cluster.coordinator.start()
        self.cluster.when_linked()
        self.assertEqual(self.cluster["SYD"].do(name=self.name("new before SYD"))["value"], 1)


class WithoutEuropeTest(unittest.TestCase):
    def test_i9_a_jurisdiction_that_nobody_obeys(self):
        cluster = own_cluster(self)  # London is not in the EU
        for query in ({"unique": 1}, {"name": self.id()}):
            error = cluster["SYD"].fail(jurisdiction="eu", **query)
            self.assertIn("none obeys its jurisdiction", error["message"])
            self.assertIn("SYD", error["message"])
            self.assertFalse(error["retryable"])
        self.assertEqual([node.status()["objects"] for node in cluster.nodes], [0, 0, 0])


if __name__ == "__main__":
    unittest.main()
