"""docs/EXPERIMENTS.md says what the code says."""

import contextlib
import io
import json
import re
import shlex
import unittest

import support
from fake_engine import output_of
from test_docs import CODE, blocks, prose, section, table_rows, text_of

from terrella.experiment.answers import ANSWERS, KIND_WORDS
from terrella.experiment.cli import parser
from terrella.experiment.file import read_experiment, ready_made
from terrella.experiment.inputs import input_of
from terrella.experiment.keys import FAULT_KEYS, KEYS, TABLES, TOP
from terrella.experiment.measure import PARTS

TEXT = text_of("docs/EXPERIMENTS.md")


class ExperimentsTest(support.FileTest):
    def tables(self, heading):
        return table_rows(section(TEXT, heading))

    def test_every_key_has_its_row(self):
        told = {}
        for names, default, _ in self.tables("## An experiment file"):
            names = CODE.findall(names)
            defaults = [CODE.sub(r"\1", one) for one in (default.split(", ") if len(names) > 1 else [default])]
            told |= dict(zip(names, defaults + [defaults[-1]] * (len(names) - len(defaults))))
        top = {name.strip("[]") for name in told if "." not in name and name.strip("[]") in (*TOP, *TABLES)}
        self.assertEqual(top, {*TOP, *TABLES})
        keys = {name for name in KEYS if not name.startswith("limits.")} | {"limits.*"}
        self.assertEqual({name for name in told if name.strip("[]") not in top}, keys)
        for name, key in KEYS.items():
            if isinstance(key.default, (bool, int, float, str)):
                self.assertEqual(told[name], str(key.default).lower(), name)
        self.assertEqual((told["seeds"], told["engine"]), (str(TOP["seeds"].default), TOP["engine"].default))

    def test_every_value_is_named(self):
        text = section(TEXT, "## An experiment file")
        for name, key in KEYS.items():
            for word in getattr(key.value, "words", ()) + getattr(key.value, "names", ()):
                if not name.endswith((".hint", ".jurisdiction")):
                    self.assertIn(f"`{word}`", text, name)
        for name in (*FAULT_KEYS, *FAULT_KEYS["what"].value.words):
            self.assertIn(f"`{name}`", text)

    def test_the_example_can_be_read(self):
        example = blocks(TEXT, "toml")[0]
        experiment = read_experiment(self.write("mine.toml", example), answers=ANSWERS)
        self.assertEqual([variant.label for variant in experiment.variants], ["no hint", "the market's hint"])

    def test_ready_made_ones(self):
        rows = {row[0].strip("`"): row[1] for row in self.tables("## Ready-made ones")}
        self.assertEqual(rows, {name: read_experiment(name, answers=ANSWERS).question for name in rows})
        self.assertEqual(set(rows), set(ready_made()))
        self.assertEqual(re.findall(r"^- \*\*([\w-]+)\.\*\*", TEXT, re.M), list(rows))

    def test_commands(self):
        count = 0
        for line in [*"\n".join(blocks(TEXT, "sh")).splitlines(), *CODE.findall(prose(TEXT))]:
            words = shlex.split(line, comments=True)
            if words[:1] == ["scripts/experiment"] and len(words) > 1:
                count += 1
                with self.subTest(command=line), contextlib.redirect_stderr(io.StringIO()):
                    parser().parse_args(words[1:])
        self.assertGreater(count, 4)
        listed = {row[0].strip("`").split()[0] for row in table_rows(TEXT)[:5]}
        for command in listed:
            with contextlib.redirect_stdout(io.StringIO()), self.assertRaises(SystemExit) as end:
                parser().parse_args([command, "--help"])
            self.assertEqual(end.exception.code, 0)

    def test_kinds_and_parts(self):
        told = {name for row in self.tables("## What is measured") for name in CODE.findall(row[0])}
        self.assertEqual(told, set(KIND_WORDS))
        for part in PARTS:
            self.assertIn(f"`{part}`", section(TEXT, "## What is measured"))

    def test_fields_of_input_and_output(self):
        text = section(TEXT, "## Formats")
        experiment = read_experiment("hints", answers=ANSWERS)
        given = input_of(experiment, experiment.variants[0], 1, "sim")
        told = {name for row in table_rows(text) for name in CODE.findall(row[0])}
        self.assertEqual(told, set(output_of(given)))
        for name in given:
            self.assertIn(f"`{name}`", text)
        json.dumps(given)


if __name__ == "__main__":
    unittest.main()
