"""Migrations from start to start: applied once, renamed classes keep their objects, deleted ones lose them."""

import json
import unittest

from cluster import own_cluster
from written_worker import bound, directory_for, get, migrated, write_worker

from terrella.mistakes import Refused


class MigrationsTest(unittest.TestCase):
    def setUp(self):
        self.directory = directory_for(self)

    def begin(self, *arguments, **options):
        """Start a cluster with a Worker w."""
        self.cluster = own_cluster(self, regions=("LHR", "SYD"), coordinator="LHR", worker=[self.written(*arguments, **options)])

    def written(self, classes, bindings, *steps, name="w"):
        return write_worker(self.directory, name, classes, **bound(**bindings), **migrated(*steps))

    def deploy(self, *arguments):
        """Stop, and start again with another version of it."""
        self.cluster.stop()
        self.cluster.workers = [self.written(*arguments)]
        self.cluster.start()
        self.cluster.when_linked()

    def count(self, binding, code="SYD", **options):
        return get(self.cluster[code], binding=binding, **options)["object"]

    def test_renamed_classes_keep_their_objects(self):
        steps = [{"new_sqlite_classes": ["Old"]}, {"renamed_classes": [{"from": "Old", "to": "New"}]}, {"new_classes": ["Old"]}]
        self.begin(["Old"], {"A": "Old"}, *steps[:1])
        first = self.count("A")
        self.assertEqual(first["count"], 1)
        self.deploy(["New"], {"A": "New"}, *steps[:2])
        self.assertEqual(self.count("A", "LHR"), {**first, "count": 2})
        self.deploy(["New"], {"A": "New"}, *steps[:2])  # not once more
        self.assertEqual(self.count("A"), {**first, "count": 3})
        self.deploy(["New", "Old"], {"A": "New", "B": "Old"}, *steps)
        self.assertEqual((self.count("A")["count"], self.count("B")["count"]), (4, 1))
        self.assertNotEqual(self.count("B")["id"], first["id"])

    def test_deleted_classes_lose_their_objects(self):
        steps = [{"new_sqlite_classes": ["A"]}, {"deleted_classes": ["A"]}, {"new_sqlite_classes": ["A"]}]
        self.begin(["A"], {"A": "A"}, *steps[:1])
        first = self.count("A")
        self.deploy([], {}, *steps[:2])
        self.assertEqual(get(self.cluster["SYD"])["env"], [])
        self.deploy(["A"], {"A": "A"}, *steps)
        second = self.count("A")
        self.assertEqual(second["count"], 1)
        self.assertNotEqual(second["id"], first["id"])
        said = get(self.cluster["SYD"], binding="A", hex=first["id"])
        self.assertEqual(said["error"], "TypeError: Durable Object ID is not valid for this namespace.")

    def test_transferred_classes_take_their_objects_along(self):
        self.begin(["A"], {"A": "A"}, {"new_classes": ["A"]})
        first = self.count("A")
        self.cluster.stop()
        self.cluster.workers = [
            self.written([], {"A": "B of v"}, {"new_classes": ["A"]}),
            self.written(["B"], {}, {"transferred_classes": [{"from": "A", "from_script": "w", "to": "B"}]}, name="v")]
        self.cluster.start()
        self.cluster.when_linked()
        self.assertEqual(self.count("A", "LHR"), {**first, "count": 2, "env": []})

    def test_what_is_refused_changes_nothing(self):
        self.begin(["A"], {"A": "A"}, {"new_classes": ["A"]})
        self.count("A")
        self.cluster.stop()
        said = self.cluster.data.namespaces_path.read_bytes()
        self.assertEqual(json.loads(said)["workers"]["w"]["tags"], ["v1"])
        for classes, bindings, steps, error in (
                ([], {"A": "A"}, [{"new_classes": ["A"]}], r"not exported in your entrypoint file: A\..*\n.*\n.*index.js exports default"),
                (["B"], {"A": "B"}, [{"new_classes": ["A"]}], "Cannot create binding for class 'B'"),
                (["B"], {}, [{"new_classes": ["A"]}], "does not export class 'A' which is depended on by existing Durable Objects"),
                (["A"], {"A": "A"}, [{"new_classes": ["A"]}, {"deleted_classes": ["A"]}], "without also removing the binding"),
                (["A"], {"A": "A"}, [], "Cannot|was applied to this cluster")):
            self.cluster.workers = [self.written(classes, bindings, *steps)]
            with self.assertRaisesRegex(Refused, error):
                self.cluster.start()
            self.assertEqual(self.cluster.data.namespaces_path.read_bytes(), said)
        self.cluster.workers = [self.written(["A"], {"A": "A"}, {"new_classes": ["A"]})]
        self.cluster.start()
        self.assertEqual(self.count("A", "LHR")["count"], 2)


if __name__ == "__main__":
    unittest.main()
