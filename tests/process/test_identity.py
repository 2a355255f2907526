"""Who belongs to a cluster, when data was lost, exchanged or is of another cluster."""

import shutil
import unittest

from cluster import HANG_S, IMPATIENT, own_cluster


class IdentityTest(unittest.TestCase):
    def refused(self, member, *words):
        """Wait until a node is refused; its status says why."""
        status = member.when(lambda status: status["state"] == "refused", "it is refused")
        for word in words:
            self.assertIn(word, status["why"])

    def ended(self, member, *words):
        """Wait until a process has ended by itself; its log says why."""
        member.is_ended_by_us = True
        self.assertEqual(member.process.child.wait(HANG_S), 1)
        for word in words:
            self.assertIn(word, member.log())

    def test_restarts_change_boots_and_nothing_else(self):
        cluster = own_cluster(self)
        for member in cluster.members.values():
            before = member.status()
            after = member.restart().status()
            self.assertEqual(after["boot"], before["boot"] + 1)
            self.assertNotEqual(after["pid"], before["pid"])
            self.assertEqual(after.get("number"), before.get("number"))
            cluster.when_linked()
        self.assertEqual(cluster.coordinator.status()["births"], 3)

    def test_a_coordinator_whose_data_is_gone_is_refused(self):
        cluster = own_cluster(self, limits=IMPATIENT)
        home = cluster["SYD"].do("add", name="old")["colo"]
        cluster.coordinator.kill()
        cluster.coordinator.wipe()
        cluster.coordinator.start()
        for node in cluster.nodes:
            self.refused(node, "coordinator", "new", "bring the old data back")
            error = node.fail(name="old" if node.code == "LHR" else "new")
            self.assertIn(f"Region {node.code} and the coordinator in IAD do not accept each other", error["message"])
            self.assertFalse(error["retryable"])
            self.assertEqual(node.do(unique=1)["colo"], node.code)
        self.assertEqual(cluster["SYD"].do("add", name="old")["value"], 2)
        self.assertEqual(cluster.coordinator.status()["claims_decided"], 0, "nothing was decided twice")
        self.assertEqual(home, "SYD")

    def test_a_coordinator_with_an_older_copy_of_its_data_is_refused_until_the_newest_is_back(self):
        cluster = own_cluster(self, limits=IMPATIENT)
        coordinator = cluster.coordinator
        cluster["SYD"].do(name="first")
        coordinator.terminate()
        old = cluster.directory / "old"
        newest = cluster.directory / "newest"
        shutil.copytree(coordinator.data, old)
        coordinator.start()
        cluster.when_linked()
        cluster["SYD"].do(name="second")
        coordinator.terminate()
        shutil.copytree(coordinator.data, newest)
        shutil.rmtree(coordinator.data)
        shutil.copytree(old, coordinator.data)
        coordinator.start()
        node = cluster["SYD"]
        self.refused(node, "older")
        self.assertIn("do not accept each other", node.fail(name="third")["message"])
        self.assertEqual(node.do(name="second")["value"], 2)
        coordinator.terminate()
        shutil.rmtree(coordinator.data)
        shutil.copytree(newest, coordinator.data)
        coordinator.start()
        cluster.when_linked()
        self.assertEqual(node.status()["state"], "ready")
        self.assertEqual(node.do(name="third")["colo"], "SYD")
        self.assertEqual(cluster["LHR"].do(name="second")["colo"], "SYD")

    def test_a_node_whose_data_is_gone_comes_back_as_another(self):
        cluster = own_cluster(self, limits=IMPATIENT)
        node = cluster["SYD"]
        unused = node.ask("/ids", count=1)["value"][0]
        used = node.do("add", unique=1)["id"]
        node.do("add", name="x")
        cluster["LHR"].do("add", name="x")
        node.kill()
        node.wipe()
        self.assertEqual(node.start().status()["number"], 4)
        cluster.when_linked()
        for one in cluster.nodes:
            self.assertIn("home of this Durable Object is gone", one.fail(name="x")["message"])
            for hexadecimal in (unused, used):
                self.assertIn("made in region SYD by a node whose data was lost", one.fail(hex=hexadecimal)["message"])
        self.assertEqual(node.status()["objects"], 0, "no object has come to life again without its data")
        self.assertEqual(cluster["LHR"].do(name="y", hint="oc")["colo"], "SYD")
        made = node.do("add", unique=1)
        self.assertEqual(cluster["LHR"].do("add", hex=made["id"])["value"], 2)
        node.restart()
        cluster.when_linked()
        self.assertEqual(node.status()["number"], 4)

    def test_data_that_was_replaced_is_refused_when_it_comes_back(self):
        cluster = own_cluster(self, limits=IMPATIENT)
        node = cluster["SYD"]
        node.do(name="x")
        node.kill()
        kept = cluster.directory / "kept"
        shutil.move(node.data, kept)
        node.data.mkdir()
        node.start()
        node.terminate()
        shutil.rmtree(node.data)
        shutil.move(kept, node.data)
        node.start(ready=False)
        self.ended(node, "replaced by a newer one")

    def test_an_older_copy_of_a_nodes_data_is_refused_until_the_newest_is_back(self):
        cluster = own_cluster(self, limits=IMPATIENT)
        node = cluster["SYD"]
        made = node.do("add", unique=1)
        node.terminate()
        old = cluster.directory / "old"
        newest = cluster.directory / "newest"
        shutil.copytree(node.data, old)
        node.start()
        cluster.when_linked()
        self.assertEqual(node.do("add", hex=made["id"])["value"], 2)
        node.terminate()
        shutil.move(node.data, newest)
        shutil.copytree(old, node.data)
        for _ in range(2):  # it counts up to a boot that nobody has met, and is refused all the same
            node.start(ready=False)
            self.ended(node, str(node.data), "older copy", "bring the newest data back")
        shutil.rmtree(node.data)
        shutil.move(newest, node.data)
        node.start()
        cluster.when_linked()
        self.assertEqual(cluster["LHR"].do("add", hex=made["id"])["value"], 3)

    def test_data_of_another_region_is_refused(self):
        cluster = own_cluster(self, limits=IMPATIENT)
        for code in ("SYD", "LHR"):
            cluster[code].kill()
        shutil.rmtree(cluster["SYD"].data)
        shutil.move(cluster["LHR"].data, cluster["SYD"].data)
        cluster["SYD"].start(ready=False)
        self.refused(cluster["SYD"], "belongs to another region")


class StrangersTest(unittest.TestCase):
    """Processes that know the address but not the secret, or belong elsewhere."""

    def stranger(self, change, *, watch=("LHR", "coordinator")):
        cluster = own_cluster(self, limits=IMPATIENT)
        node = cluster["SYD"]
        cluster["LHR"].do(name="x")
        node.do(name="x")
        node.terminate()
        genuine = node.config()
        node.config(change)
        node.process.start()
        self.addCleanup(lambda: node.is_alive() and node.kill())
        for code in watch:
            cluster[code].when(lambda status: status["rejected"] > 0, "the stranger is counted")
            self.assertFalse(cluster[code].peer("SYD")["up"])
        self.assertIn("closed a connection", cluster["LHR"].log())
        node.when(lambda status: status["rejected"] > 0, "it counts the others as well")
        self.assertFalse(any(peer["up"] for peer in node.status()["peers"]))
        self.assertEqual(cluster["IAD"].do(name="x")["value"], 3, "the others go on")
        self.assertTrue(cluster["LHR"].do(name="new")["ok"])
        node.terminate()
        node.config(lambda config: config.update(genuine))
        node.start()
        cluster.when_linked()
        self.assertEqual(node.do(name="x")["value"], 4)
        self.assertTrue(all(member.is_alive() for member in cluster.members.values()))

    def test_a_wrong_key_is_refused(self):
        self.stranger(lambda config: config["cluster"].update(key="ab" * 32))

    def test_a_node_of_another_cluster_is_refused(self):
        self.stranger(lambda config: config["cluster"].update(id="cd" * 16))

    def test_an_impostor_of_another_region_is_not_taken_for_it(self):
        """A process of this cluster that says it is SYD, but listens where LHR should be."""
        cluster = own_cluster(self, limits=IMPATIENT)
        for code in ("SYD", "LHR"):
            cluster[code].terminate()
        cluster["LHR"].config(lambda config: config.update(region="SYD"))
        cluster["LHR"].process.start()
        cluster["LHR"].when(lambda status: status["rejected"] > 0 or status["state"] == "refused", "it is not accepted")
        self.assertFalse(cluster["IAD"].peer("LHR")["up"])


if __name__ == "__main__":
    unittest.main()
