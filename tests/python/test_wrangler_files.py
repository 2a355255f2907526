"""wrangler.json and wrangler.jsonc, and which file counts when there are several."""

import unittest

import support
from terrella.json_file import JsonFile

JSONC = """\
// A Worker.
{
  "$schema": "node_modules/wrangler/config-schema.json",
  "name": "good", /* over
  lines */ "main": "src/index.js",
  "durable_objects": {
    "bindings": [
      { "name": "A", "class_name": "Alpha", },
      {
        "name": "http://no.comment/*", "class_name": "B//",
      },
    ],
  },
  "migrations": [{ "tag": "v1", "new_classes": ["Alpha", "B//"] }],
  "env": { "dev": { "vars": { "X": "dev" } } },
}
"""


class JsonTest(support.WorkerTest):
    def test_comments_and_trailing_commas_in_both(self):
        for name in ("wrangler.json", "wrangler.jsonc"):
            worker, = self.read(JSONC, name=name)
            self.assertEqual((self.errors, self.warnings, self.notes), ([], [], []))
            self.assertEqual([(one.name, one.class_name, one.line) for one in worker.bindings],
                             [("A", "Alpha", 8), ("http://no.comment/*", "B//", 9)])
            worker, = self.read(JSONC, name=name, environment="dev")
            self.assertEqual((worker.name, worker.vars), ("good-dev", {"X": "dev"}))

    def test_mistakes_have_file_and_line(self):
        self.read(JSONC.replace('"name": "A",', "").replace('"tag": "v1"', '"tag": 1').replace('"good"', '"Bad Name"'),
                  name="wrangler.jsonc")
        self.assertEqual(self.errors, [
            'wrangler.jsonc:4: Expected "name" to be of type string, alphanumeric and lowercase with dashes only but got '
            '"Bad Name".',
            'wrangler.jsonc:8: "durable_objects.bindings[0]": {"class_name":"Alpha"}\n'
            '  - binding should have a string "name" field.',
            'wrangler.jsonc:14: Expected "migrations[0].tag" to be of type string but got 1.'])

    def test_what_is_no_json(self):
        for text, line, what in (('{\n"a" 1}', ":2", "Expecting ':' delimiter"),
                                 ('{\n"a": 1\n"b": 2}', ":3", "Expecting ',' delimiter"),
                                 ("", ":1", "Expecting value"), ('{"a": "x', ":1", "Unterminated string"), ("/* x", ":1", "Expecting value"),
                                 ('{"a": 1} x', ":1", "Extra data"), ('{"a": 1,,}', ":1", "Expecting property name"),
                                 ('{"a": NaN}', "", "NaN is no JSON value"), ("[1]", "", "an object is expected"),
                                 ('{"a": "\\ud800"}', "", "surrogates not allowed"), ("[" * 100000, "", "nested too deeply")):
            with self.subTest(text=text[:20]):
                self.assertEqual(self.read(text, name="wrangler.json"), [])
                self.assertRegex(self.errors[0], f"^wrangler.json{line}: Invalid JSON document: .*{what}")

    def test_lines(self):
        file = JsonFile("x", '{"a": [1,\n [2, {"b": 3}],\n {"a":\n [4]}],\n\n "": {}}')
        self.assertEqual([file.line(*path) for path in (("a",), ("a", 0), ("a", 1), ("a", 1, 1, "b"), ("a", 2), ("a", 2, "a", 0),
                                                        ("",), ("a", 0, "z"), ("z",))], [1, 1, 2, 2, 3, 4, 6, 1, None])

    def test_json_before_jsonc_before_toml(self):
        files = {f"wrangler.{kind}": text for kind, text in (
            ("toml", 'name = "toml"\nmain = "src/index.js"\n'), ("jsonc", '{"name": "jsonc", "main": "src/index.js"}'),
            ("json", '{"name": "json", "main": "src/index.js"}'))}
        for expected in ("json", "jsonc", "toml"):
            worker, = self.read(files)
            self.assertEqual(worker.name, expected)
            (self.directory / "0" / f"wrangler.{expected}").unlink()
            del files[f"wrangler.{expected}"]

    def test_a_mark_of_the_byte_order(self):
        self.assertEqual(len(self.read("\ufeff" + JSONC, name="wrangler.json")), 1)
        self.assertEqual(len(self.read('\ufeffmain = "src/index.js"\n')), 1)


if __name__ == "__main__":
    unittest.main()
