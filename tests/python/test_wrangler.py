"""wrangler.toml, with mistakes in wrangler's own words (recorded from wrangler 4.86)."""

import unittest

import support
from terrella.mistakes import Mistakes
from terrella.namespaces import find_spaces, space_of
from terrella.wrangler import read_workers

GOOD = """\
name = "good"
main = "src/index.js"
compatibility_date = "2026-04-21"
"""
ONE_BINDING = """
[[durable_objects.bindings]]
name = "A"
class_name = "Alpha"
"""
MIGRATION = """
[[migrations]]
tag = "v1"
new_sqlite_classes = ["Alpha"]
"""


class WranglerTest(support.WorkerTest):
    def read(self, *texts, **options):
        """The same, with the namespaces of an empty cluster in self.spaces."""
        workers = super().read(*texts, **options)
        self.spaces = find_spaces(workers, self.mistakes)
        self.tell()
        return workers

    def test_a_worker(self):
        worker, = self.read(GOOD + 'limits = { cpu_ms = 50 }\n[vars]\nGREETING = "hi"\nN = { a = [1, 2] }\n' + ONE_BINDING
                            + '[[migrations]]\ntag = "v1"\nnew_sqlite_classes = ["Alpha"]\n')
        self.assertEqual((self.errors, self.warnings), ([], []))
        self.assertEqual(worker.name, "good")
        self.assertEqual(worker.main, f"{self.directory}/0/src/index.js")
        self.assertEqual(worker.vars, {"GREETING": "hi", "N": {"a": [1, 2]}})
        self.assertEqual(worker.cpu_limit_ms, 50)
        self.assertEqual([space.unique_key for space in self.spaces], ["good-Alpha"])

    def test_an_environment_has_its_own_name_and_inherits_neither_vars_nor_bindings(self):
        worker, = self.read(GOOD + '[vars]\nG = "hi"\n' + ONE_BINDING + "[env.staging]\n", environment="staging")
        self.assertEqual((worker.name, worker.vars, worker.bindings, self.errors), ("good-staging", {}, [], []))
        self.assertEqual(self.warnings, [
            'wrangler.toml:10: "vars" exists at the top level, but not on "env.staging".\n'
            '  This is not what you probably want, since "vars" is not inherited by environments.\n'
            '  Please add "vars" to "env.staging".',
            'wrangler.toml:10: "durable_objects" exists at the top level, but not on "env.staging".\n'
            '  This is not what you probably want, since "durable_objects" is not inherited by environments.\n'
            '  Please add "durable_objects" to "env.staging".',
        ])

    def test_an_environment_with_bindings_of_its_own(self):
        text = GOOD + '[vars]\nG = "hi"\nH = 1\n' + ONE_BINDING + MIGRATION[1:] + """
[env.dev]
vars = { H = 2 }
[[env.dev.durable_objects.bindings]]
name = "B"
class_name = "Alpha"
"""
        worker, = self.read(text, environment="dev")
        self.assertEqual((worker.vars, [binding.name for binding in worker.bindings]), ({"H": 2}, ["B"]))
        self.assertEqual([space.unique_key for space in self.spaces], ["good-dev-Alpha"])
        self.assertEqual(self.warnings, [
            'wrangler.toml:16: "vars.G" exists at the top level, but not on "env.dev.vars".\n'
            '  This is not what you probably want, since "vars" configuration is not inherited by environments.\n'
            '  Please add "vars.G" to "env.dev".',
            'wrangler.toml:17: The following bindings are at the top level, but not on "env.dev".\n'
            '  This is not what you probably want, since "durable_objects" configuration is not inherited by '
            'environments.\n  Please add a binding for each to "env.dev.durable_objects.bindings":\n  - A',
        ])
        worker, = self.read(text)
        self.assertEqual((worker.name, self.warnings), ("good", []))

    def test_an_environment_that_is_not_there(self):
        self.assertEqual(self.read(GOOD + "[env.dev]\n[env.staging]\n", environment="nope"), [])
        self.assertEqual(self.errors, [
            'wrangler.toml: No environment found in configuration with name "nope".\n'
            "  Before using `--env=nope` there should be an equivalent environment section in the configuration.\n"
            '  The available configured environment names are: ["dev","staging"]\n'
            "  Consider adding an environment configuration section to the wrangler.toml file: [env.nope]"])
        worker, = self.read(GOOD, environment="nope")  # only a warning where there are no environments at all
        self.assertEqual((worker.name, len(self.warnings)), ("good-nope", 1))

    def test_all_mistakes_at_once_in_the_words_of_wrangler(self):
        self.assertEqual(self.read("""\
name = "Bad Name"
main = "src/nope.js"
compatibility_date = "2026-34-21"
foo = 1
[vars]
B = 1
[[durable_objects.bindings]]
name = "A"
[[durable_objects.bindings]]
class_name = "A"
[[durable_objects.bindings]]
name = "B"
class_name = "A"
[[durable_objects.bindings]]
name = "B"
class_name = "A"
wat = 1
[[durable_objects.bindings]]
name = "C"
class_name = 5
script_name = 6
[[durable_objects.bindings]]
name = "D"
class_name = "D"
environment = "x"
[limits]
cpu_ms = "x"
[[migrations]]
tag = 1
"""), [])
        self.assertEqual(self.errors, [
            'wrangler.toml:1: Expected "name" to be of type string, alphanumeric and lowercase with dashes only but got '
            '"Bad Name".',
            'wrangler.toml:2: The entry-point file at "src/nope.js" was not found.',
            'wrangler.toml:3: "compatibility_date" field should be a valid ISO-8601 date (YYYY-MM-DD), but got '
            '"2026-34-21".',
            'wrangler.toml:7: "durable_objects.bindings[0]": {"name":"A"}\n'
            '  - binding should have a string "class_name" field.',
            'wrangler.toml:9: "durable_objects.bindings[1]": {"class_name":"A"}\n'
            '  - binding should have a string "name" field.',
            'wrangler.toml:18: "durable_objects.bindings[4]": {"name":"C","class_name":5,"script_name":6}\n'
            '  - binding should have a string "class_name" field.\n'
            '  - the field "script_name", when present, should be a string.',
            'wrangler.toml:22: "durable_objects.bindings[5]": {"name":"D","class_name":"D","environment":"x"}\n'
            '  - binding should have a "script_name" field if "environment" is present.',
            'wrangler.toml:29: Expected "migrations[0].tag" to be of type string but got 1.',
            'wrangler.toml:27: Expected "limits.cpu_ms" to be of type number but got "x".',
            "wrangler.toml:14: B assigned to Durable Object and Environment Variable bindings.",
            "wrangler.toml:14: B assigned to multiple Durable Object bindings.",
            "wrangler.toml: Bindings must have unique names, so that they can all be referenced in the worker.\n"
            "  Please change your bindings to have unique names.",
        ])
        self.assertEqual(self.warnings, [
            'wrangler.toml:4: Unexpected fields found in top-level field: "foo"',
            'wrangler.toml:14: "durable_objects.bindings[3]": {"name":"B","class_name":"A","wat":1}\n'
            '  - Unexpected fields found in durable_objects.bindings[3] field: "wat"',
        ])

    def test_a_date_without_quotes(self):
        self.read('name = "x"\nmain = "a.js"\ncompatibility_date = 2026-04-21\n')
        self.assertIn('wrangler.toml:3: Expected "compatibility_date" to be of type string, but TOML takes 2026-04-21 for a date: '
                      "put it in quotes.", self.errors)

    def test_wrong_types(self):
        self.read('name = "x"\nmain = 7\ncompatibility_date = 5\nvars = 5\ndurable_objects = 5\n')
        self.assertEqual(self.errors, [
            'wrangler.toml:2: Expected "main" to be of type string but got 7.',
            'wrangler.toml:3: Expected "compatibility_date" to be of type string but got 5.',
            'wrangler.toml:4: The field "vars" should be an object but got 5.',
            'wrangler.toml:5: The field "durable_objects" should be an object but got 5.',
        ])
        self.read(GOOD + "[durable_objects]\nx = 1\n")
        self.assertEqual(self.errors, [
            'wrangler.toml:4: The field "durable_objects" is missing the required "bindings" property.'])
        self.read(GOOD + "[durable_objects]\nbindings = 5\n")
        self.assertEqual(self.errors, ['wrangler.toml:5: The field "durable_objects.bindings" should be an array but got 5.'])
        self.read(GOOD + "env = 5\n")
        self.assertEqual(self.errors, ['wrangler.toml:4: The field "env" should be an object but got 5.'])

    def test_no_main(self):
        self.read('name = "x"\n')
        self.assertEqual(self.errors, ['wrangler.toml: Missing entry-point to Worker script\n'
                                       '  Add the following to your "wrangler.toml" file: main = "src/index.ts"'])

    def test_not_toml(self):
        self.read('name = "x"\nmain = \n')
        self.assertEqual(self.errors, ["wrangler.toml:2: Invalid TOML document: Invalid value"])

    def test_dates_that_are_no_dates(self):
        for value, text in (
                ("2026-4-1", '"compatibility_date" field should be a valid ISO-8601 date (YYYY-MM-DD), but got "2026-4-1".'),
                ("2026–04–21", '"compatibility_date" field should use ISO-8601 accepted hyphens (-) rather than '
                               "en-dashes (–) or em-dashes (—).")):
            self.read(f'main = "src/index.js"\ncompatibility_date = "{value}"\n')
            self.assertEqual(self.errors, [f"wrangler.toml:2: {text}"])

    def test_all_types_of_vars(self):
        worker, = self.read(GOOD + '[vars]\nT = "t"\nI = 5\nF = 1.5\nB = false\nL = [1, [2]]\nO = { a = { b = 1 } }\nN = nan\n'
                            "BIG = 123456789012345678901234567890\n[vars.SUB]\nx = 1\n")
        self.assertEqual(worker.vars, {"T": "t", "I": 5, "F": 1.5, "B": False, "L": [1, [2]], "O": {"a": {"b": 1}}, "N": None,
                                       "BIG": 123456789012345678901234567890.0, "SUB": {"x": 1}})
        self.read(GOOD + "[vars]\nD = 2025-12-19\n" + r'Z = "a\u0000b"')
        self.assertEqual(self.errors, [
            'wrangler.toml:5: The field "vars.D" is a TOML date, which is not supported. Please use a string instead, e.g. '
            'D = "2025-12-19".',
            'wrangler.toml:6: The field "vars.Z" holds a zero character, which is not supported here.'])

    def test_one_note_about_all_that_makes_no_difference(self):
        text = GOOD.replace("2026-04-21", "2024-01-01") + 'compatibility_flags = ["nodejs_compat", "no_such_flag"]\n'
        self.read("workers_dev = true\naccount_id = \"x\"\n" + text + "[observability]\nenabled = true\n[env.dev]\nlogpush = true\n",
                  environment="dev")
        self.assertEqual((self.errors, self.warnings), ([], []))
        self.assertEqual(self.notes, [
            "wrangler.toml: makes no difference here: workers_dev, account_id, observability, logpush, "
            "compatibility_flags nodejs_compat, compatibility_flags no_such_flag, "
            "compatibility_date 2024-01-01 (behaviour is that of 2026-04-21 and later)"])
        self.read(GOOD)
        self.assertEqual(self.notes, [])
        self.read(GOOD + "compatibility_flags = 5\n")
        self.assertEqual(self.errors, ['wrangler.toml:4: Expected "compatibility_flags" to be of type string array but got 5.'])

    def test_an_environment_inherits_all_the_rest(self):
        text = ('main = "src/index.js"\nname = "w"\nminify = true\nlimits = { cpu_ms = 7 }\nroute = "h/*"\n'
                + MIGRATION + '[env.a]\n[env.b]\nname = "own"\nminify = false\nroutes = ["g/x"]\nlimits = { cpu_ms = 8 }\n'
                + MIGRATION.replace("[[", "[[env.b.").replace("v1", "v2"))
        a, = self.read(text, environment="a")
        self.assertEqual((a.name, a.build, a.cpu_limit_ms, [one.tag for one in a.migrations], a.routes[0].pattern),
                         ("w-a", {"minify": True}, 7, ["v1"], "h/*"))
        b, = self.read(text, environment="b")
        self.assertEqual((b.name, b.build, b.cpu_limit_ms, [one.tag for one in b.migrations], b.routes[0].pattern),
                         ("own", {"minify": False}, 8, ["v2"], "g/x"))
        self.assertEqual(self.errors, [])

    def test_mistakes_of_the_top_level_are_told_under_an_environment_too(self):
        self.read(GOOD + "vars = 5\nminify = 5\n[durable_objects]\n[env.dev]\nminify = 6\n", environment="dev")
        self.assertEqual(self.errors, [
            'wrangler.toml:4: The field "vars" should be an object but got 5.',
            'wrangler.toml:6: The field "durable_objects" is missing the required "bindings" property.',
            'wrangler.toml:5: Expected "minify" to be of type boolean but got 5.',
            'wrangler.toml:8: Expected "minify" to be of type boolean but got 6.'])

    def test_an_environment_of_its_own_for_each_worker(self):
        for index in range(3):
            self.write(f"{index}/index.js", "")
            self.write(f"{index}/wrangler.toml", f'name = "w{index}"\nmain = "index.js"\n[env.x]\n[env.y]\n')
        places = [f"{self.directory}/0:y", f"{self.directory}/1", f"{self.directory}/2:"]
        self.assertEqual([worker.name for worker in read_workers(places, "x", Mistakes())], ["w0-y", "w1-x", "w2"])

    def test_what_goes_to_the_bundler(self):
        worker, = self.read(GOOD + """
minify = true
keep_names = false
tsconfig = "ts.json"
jsx_factory = "h"
jsx_fragment = "Fragment"
rules = [{ type = "Text", globs = ["**/*.md", "docs/*.x"] }, { type = "Data", globs = ["*.dat"], fallthrough = true }]
[define]
VERSION = '"1"'
[alias]
"@x" = "./x.js"
y = "z"
""")
        self.assertEqual(worker.build, {
            "minify": True, "keepNames": False, "tsconfig": f"{self.directory}/0/ts.json", "jsxFactory": "h",
            "jsxFragment": "Fragment", "define": {"VERSION": '"1"'}, "loader": {".md": "text", ".dat": "binary"},
            "alias": {"@x": f"{self.directory}/0/./x.js", "y": "z"}})
        self.assertEqual(self.notes, ['wrangler.toml:10: rules: "docs/*.x" makes no difference here; of patterns, those like '
                                      '"**/*.txt" are followed'])

    def test_what_the_bundler_cannot_use(self):
        self.read(GOOD + 'define = 5\nalias = { a = 5 }\nrules = [{ type = "Txt" }, 5]\ntsconfig = 5\n')
        self.assertEqual(self.errors, [
            'wrangler.toml:7: Expected "tsconfig" to be of type string but got 5.',
            'wrangler.toml:4: The field "define" should be an object but got 5.',
            'wrangler.toml:5: Expected alias["a"] to be a string, but got number',
            'wrangler.toml:6: bindings should have a string "type" field, which contains one of "ESModule", "CommonJS", '
            '"CompiledWasm", "Text", or "Data".',
            'wrangler.toml:6: Expected "rules[0].globs" to be an array of strings but got undefined',
            'wrangler.toml:6: "rules[1]" should be an object but got 5.'])

    def test_bindings_of_other_kinds_are_pointed_out(self):
        self.read(GOOD + 'workers_dev = true\n[[kv_namespaces]]\nbinding = "KV"\nid = "x"\n')
        self.assertEqual(self.warnings, ['wrangler.toml:5: "kv_namespaces": there are no such bindings here; the Worker '
                                         "will not find them in its env"])

    def test_the_class_of_another_worker(self):
        other = GOOD.replace("good", "other") + ONE_BINDING + 'script_name = "good"\n'
        good, other_worker = self.read(GOOD + ONE_BINDING + MIGRATION, other)
        self.assertEqual([(space.unique_key, space.worker) for space in self.spaces], [("good-Alpha", 0)])
        self.assertEqual(space_of(good, good.bindings[0], [good, other_worker], self.spaces), 0)
        self.assertEqual(space_of(other_worker, other_worker.bindings[0], [good, other_worker], self.spaces), 0)
        self.read(GOOD.replace('"good"', '"good-dev"') + ONE_BINDING + MIGRATION, other + 'environment = "dev"\n')
        self.assertEqual((self.errors, [space.unique_key for space in self.spaces]), ([], ["good-dev-Alpha"]))
        self.read(other)
        self.assertEqual(self.errors, ['wrangler.toml:5: binding "A": script_name "good" is not among the Workers of this '
                                       "cluster (other); add --worker with its directory"])

    def test_two_workers_of_one_name(self):
        self.read(GOOD, GOOD)
        self.assertEqual(self.errors, ['1/wrangler.toml: name: "good" is the name of wrangler.toml as well; '
                                       "give each Worker its own"])

    def test_what_is_no_worker(self):
        mistakes = Mistakes()
        (self.directory / "empty").mkdir()
        paths = [self.directory / "nowhere", self.directory / "empty", self.write("index.js", "")]
        self.assertEqual(read_workers(paths, None, mistakes), [])
        self.assertEqual([str(one).replace(f"{self.directory}/", "") for one in mistakes.errors], [
            "nowhere: not found; a Worker is a directory with a wrangler.toml, .json or .jsonc, or such a file",
            "empty/wrangler.toml: not found; a Worker is a directory with a wrangler.toml, .json or .jsonc, or such a file",
            "index.js: not a configuration file; a Worker is a directory with a wrangler.toml, .json or .jsonc, or such a file",
        ])

    def test_the_examples(self):
        mistakes = Mistakes()
        workers = read_workers(sorted(path.parent for path in (support.PROJECT / "examples").glob("*/wrangler.toml")),
                               None, mistakes)
        self.assertEqual((mistakes.errors, mistakes.warnings), ([], []))
        self.assertLessEqual({"counter", "ticket-office"}, {worker.name for worker in workers})


if __name__ == "__main__":
    unittest.main()
