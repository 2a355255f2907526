"""All regions use one fresh name at the same instant, a hundred times."""

import unittest

from cluster import LAN9, ClusterTest, together

NAME_COUNT = 100


class RaceTest(ClusterTest):
    options = {"regions": LAN9}

    def test_one_home_and_one_instance_for_each_of_100_fresh_names(self):
        for number in range(NAME_COUNT):
            name = self.name(number)
            said = together([lambda node=node: node.do(name=name) for node in self.cluster.nodes])
            with self.subTest(name=name):
                for one in said:
                    self.assertIsInstance(one, dict, one)
                self.assertEqual([one["worker"] for one in said], list(LAN9))
                self.assertEqual(len({one["id"] for one in said}), 1)
                self.assertEqual(len({one["colo"] for one in said}), 1, "one home")
                self.assertEqual(len({one["instance"] for one in said}), 1, "one instance")
                self.assertEqual(sorted(one["value"] for one in said), list(range(1, 10)), "each ran once")
        homes = sum(node.status()["objects"] for node in self.cluster.nodes)
        self.assertEqual(homes, NAME_COUNT)
        self.assertEqual(self.cluster.coordinator.status()["claims_decided"], NAME_COUNT)

    def test_one_instance_of_a_unique_id_raced_for_the_first_time(self):
        for number in range(10):
            hexadecimal = self.cluster["SYD"].ask("/ids", count=1)["value"][0]
            said = together([lambda node=node: node.do(hex=hexadecimal) for node in self.cluster.nodes])
            for one in said:
                self.assertIsInstance(one, dict, one)
            self.assertEqual(len({one["instance"] for one in said}), 1)
            self.assertEqual(sorted(one["value"] for one in said), list(range(1, 10)))


if __name__ == "__main__":
    unittest.main()
