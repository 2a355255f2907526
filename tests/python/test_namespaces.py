"""Migrations, applied once, and which class has which objects."""

import json
import re
import unittest

import support
from terrella.mistakes import Mistakes, Refused
from terrella.namespaces import Ledger, find_spaces, read_ledger


def worker(name, *migrations, bound=(), environments=()):
    """A wrangler.json; a class that is bound is "Class" or "Class of script"."""
    bindings = [{"name": f"B{index}", **dict(zip(("class_name", "script_name"), one.split(" of ")))}
                for index, one in enumerate(bound)]
    return json.dumps({"name": name, "main": "src/index.js", "durable_objects": {"bindings": bindings},
                       "migrations": [{"tag": f"v{index + 1}", **one} for index, one in enumerate(migrations)],
                       "env": {one: {} for one in environments}}, indent=1)


def new(*names):
    return {"new_sqlite_classes": list(names)}


def renamed(*pairs):
    return {"renamed_classes": [{"from": old, "to": to} for old, to in pairs]}


def deleted(*names):
    return {"deleted_classes": list(names)}


def transferred(name, script, to):
    return {"transferred_classes": [{"from": name, "from_script": script, "to": to}]}


class NamespacesTest(support.WorkerTest):
    def setUp(self):
        super().setUp()
        self.path = self.directory / "namespaces.json"

    def start(self, *texts, exports=None, environment=None):
        """As `up` does: the unique key of each class that is bound. What was wrong is in self.errors."""
        workers = self.read(*texts, environment=environment, name="wrangler.json")
        self.assertEqual(self.errors, [])
        ledger = read_ledger(self.path)
        spaces = find_spaces(workers, self.mistakes, ledger, exports)
        self.tell()
        if not self.errors:
            ledger.write(self.path)
        return {space.class_name: space.unique_key for space in spaces}

    def refused(self, *texts, **options):
        before = self.path.read_bytes() if self.path.exists() else None
        self.start(*texts, **options)
        self.assertEqual(before, self.path.read_bytes() if self.path.exists() else None)
        return [re.sub(r".*wrangler.json(:\d+)?: ", "", error.split("\n")[0]) for error in self.errors]

    def classes(self, name):
        return read_ledger(self.path).of(name)["classes"]

    def test_a_new_class_has_the_key_of_wrangler_dev(self):
        for _ in range(2):
            self.assertEqual(self.start(worker("w", new("A"), bound=["A"])), {"A": "w-A"})
        self.assertEqual(self.start(worker("w", new("A"), bound=["A"], environments=["x"]), environment="x"), {})
        self.assertEqual(self.start(worker("w", new("A", "B"), bound=["A of w"])), {"A": "w-A"})

    def test_sqlite_goes_with_the_objects(self):
        def of_sqlite(*texts):
            workers = self.read(*texts, name="wrangler.json")
            return {space.class_name: space.sqlite for space in find_spaces(workers, self.mistakes, read_ledger(self.path))}

        self.assertEqual(self.start(worker("w", bound=["A"])), {"A": "w-A"})
        self.assertEqual(of_sqlite(worker("w", bound=["A"])), {"A": False})
        both = [new("A"), {"new_classes": ["B"]}]
        self.start(worker("w", *both, bound=["A", "B"]))
        self.assertEqual(of_sqlite(worker("w", *both, bound=["A", "B"])), {"A": True, "B": False})
        moved = [*both, renamed(("A", "C"), ("B", "D"))]
        for _ in range(2):
            self.assertEqual(of_sqlite(worker("w", *moved, bound=["C", "D"])), {"C": True, "D": False})
            self.start(worker("w", *moved, bound=["C", "D"]))

    def test_each_migration_is_applied_once(self):
        one = [new("A"), renamed(("A", "B"))]
        self.assertEqual(self.start(worker("w", *one[:1], bound=["A"])), {"A": "w-A"})
        for _ in range(2):
            self.assertEqual(self.start(worker("w", *one, bound=["B"])), {"B": "w-A"})
        self.assertEqual(self.start(worker("w", *one, new("A"), bound=["A", "B"])), {"A": "w-A-2", "B": "w-A"})
        self.assertEqual(read_ledger(self.path).of("w")["tags"], ["v1", "v2", "v3"])

    def test_all_at_once_comes_to_the_same(self):
        steps = [new("A", "B"), renamed(("A", "C"), ("B", "A")), deleted("C"), {**renamed(("A", "D")), **new("A", "C")}]
        bound = [["A", "B"], ["A", "C"], ["A"], ["A", "C", "D"]]
        for count in range(1, 5):
            step_by_step = self.start(worker("w", *steps[:count], bound=bound[count - 1]))
        self.path.unlink()
        self.assertEqual(self.start(worker("w", *steps, bound=bound[-1])), step_by_step)
        self.assertEqual(step_by_step, {"A": "w-A-2", "C": "w-C", "D": "w-B"})

    def test_a_deleted_class_that_is_made_again_is_another_one(self):
        steps = [new("A"), deleted("A"), new("A")]
        self.start(worker("w", *steps[:1], bound=["A"]))
        self.assertEqual(self.refused(worker("w", *steps[:2], bound=["A"])), [
            "binding \"B0\": Cannot apply --delete-class migration to class 'A' without also removing the binding that "
            "references it."])
        self.start(worker("w", *steps[:2]))
        self.assertRegex(self.refused(worker("w", *steps[:2], bound=["A"]))[0], "Cannot create binding for class 'A' because it is "
                                                                              "not currently configured")
        self.assertEqual(self.start(worker("w", *steps, bound=["A"])), {"A": "w-A-2"})

    def test_from_another_worker(self):
        a, b = worker("a", new("X"), bound=["X"]), worker("b", transferred("X", "a", "Y"), bound=["Y"])
        self.start(a)
        self.assertEqual(self.refused(a, b), [
            "binding \"B0\": Cannot create binding for class 'X' because it is not currently configured to implement Durable "
            "Objects. Ensure a --new-class migration has been applied to it."])
        self.assertIn('"X" is "Y" of the Worker "b" now', self.errors[0])
        self.assertEqual(self.start(worker("a", new("X"), bound=["Y of b"]), b), {"Y": "a-X"})
        self.assertEqual(self.start(b), {"Y": "a-X"})

    def test_transfers_wait_for_what_is_made_elsewhere(self):
        a = worker("a", transferred("X", "b", "X"), new("Z"), bound=["X"])
        b = worker("b", new("X"), transferred("Z", "a", "Z"), bound=["Z"])
        self.assertEqual(self.start(a, b), {"X": "b-X", "Z": "a-Z"})
        self.path.unlink()
        self.assertEqual(self.refused(worker("a", transferred("X", "b", "Y"), new("Z")), worker("b", transferred("Z", "a", "Z"))), [
            'migration "v1": Cannot apply transferred_classes migration to non-existent class X of the Worker b'])

    def test_tags_that_changed(self):
        steps = [new("A"), new("B"), new("C")]
        self.start(worker("w", *steps))
        for given in (steps[:2], [], steps[1:]):
            self.assertRegex(self.refused(worker("w", *given))[0], r'migrations: "v\d" was applied to this cluster as number \d, '
                                                                   "and is gone.")
        moved = worker("w", *steps).replace("v1", "v").replace("v2", "v1").replace('"v"', '"v2"')
        self.assertEqual(self.refused(moved), ['migrations: "v1" was applied to this cluster as number 1, and is number 2 now.'])
        self.start(worker("w", new("A", "D"), *steps[1:]))  # what was applied is not looked at again
        self.assertIn('The migration "v1" was applied before', self.errors_of(worker("w", new("D"), *steps[1:], bound=["D"])))
        self.assertEqual(self.start(worker("w", *steps, new("D"), bound=["D"])), {"D": "w-D"})

    def errors_of(self, *texts, **options):
        self.refused(*texts, **options)
        return "\n".join(self.errors)

    def test_migrations_that_cannot_be(self):
        self.start(worker("w", new("A", "B")))
        for step, error in ((deleted("X"), "Cannot apply deleted_classes migration to non-existent class X"),
                            (renamed(("X", "Y")), "Cannot apply renamed_classes migration to non-existent class X"),
                            (renamed(("A", "B")), "Cannot apply renamed_classes migration to existing class B"),
                            (new("A"), "Cannot apply new_sqlite_classes migration to existing class A"),
                            ({"new_classes": ["B"]}, "Cannot apply new_classes migration to existing class B"),
                            (transferred("A", "z", "C"),
                             "Cannot apply transferred_classes migration to non-existent class A of the Worker z")):
            self.assertRegex(self.refused(worker("w", new("A", "B"), step))[0], rf'migration "v2": {error}')

    def test_without_migrations_classes_are_as_they_are_bound(self):
        self.assertEqual(self.start(worker("w", bound=["A"]), worker("x", bound=["C of w"])), {"A": "w-A", "C": "w-C"})
        self.assertRegex(self.warnings[0], "no `migrations` for them")
        self.assertEqual(self.start(worker("w", bound=["B"])), {"B": "w-B"})
        self.assertEqual(self.start(worker("w", new("A"), bound=["A"])), {"A": "w-A"})  # its objects are kept
        self.assertRegex(self.refused(worker("w", new("A"), bound=["D"]))[0], "Cannot create binding for class 'D'")

    def test_environments_have_classes_of_their_own(self):
        text = json.loads(worker("w", new("A"), bound=["A"], environments=["x"]))
        text["env"]["x"] = {"durable_objects": text["durable_objects"]}
        text = json.dumps(text)
        self.assertEqual(self.start(text, environment="x"), {"A": "w-x-A"})
        self.assertEqual(self.start(text), {"A": "w-A"})

    def test_classes_that_are_not_exported(self):
        a, b = worker("a", new("X", "Y", "Z"), bound=["X", "Y"]), worker("b", bound=["X of a", "Z of a"])
        self.assertEqual(self.start(a, b, exports=[["default", "X", "Y", "Z"], ["default"]]), {"X": "a-X", "Y": "a-Y", "Z": "a-Z"})
        self.assertEqual(self.refused(a, b, exports=[["default", "Other"], []]), [
            "binding \"B0\": Cannot create binding for class 'X' that is not exported by the script \"a\".",
            "binding \"B1\": Cannot create binding for class 'Z' that is not exported by the script \"a\".",
            "Your Worker depends on the following Durable Objects, which are not exported in your entrypoint file: X, Y.",
            "New version of script does not export class 'Z' which is depended on by existing Durable Objects."])
        self.assertIn("src/index.js exports default, Other.", self.errors[2])
        self.assertIn("src/index.js exports default, Other.", self.errors[3])

    def test_what_is_no_ledger(self):
        for text in ("", "{", "[]", "5", '{"workers": {}}', '{"workers": 5, "keys": []}', '{"workers": {"w": {}}, "keys": []}',
                     "\0"):
            self.path.write_text(text)
            with self.assertRaisesRegex(Refused, "does not tell which class has which objects"):
                read_ledger(self.path)

    def test_every_key_is_given_once(self):
        ledger = Ledger()
        ledger.make("w", "A-2")  # such a name can be exported
        for name in ("A", "B"):
            find_spaces(self.read(worker("w", new("A", "B"), deleted("A", "B"), new("A", "B")), name="wrangler.json"), Mistakes(), ledger)
        self.assertEqual(len(set(ledger.keys)), len(ledger.keys))
        self.assertEqual(ledger.of("w")["classes"], {"A-2": "w-A-2", "A": "w-A-3", "B": "w-B-2"})


if __name__ == "__main__":
    unittest.main()
