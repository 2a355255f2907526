"""scripts/explain: what it takes for a record, for a history, and for neither."""

import contextlib
import io
import json
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from support import PROJECT

sys.path.insert(0, str(PROJECT))

from terrella import explain  # noqa: E402

RECORD = ['{"terrella":"record","version":1,"title":"seed 7","processes":["LHR","coord"]}',
          '{"us":5,"is":"note","at":0,"text":"<script>"}']


def operation(index, process, line_type, f, value=None):
    return {"index": index, "time": index * 1000, "process": process, "type": line_type, "f": f, "object": "counter-1",
            "region": "LHR", "value": value}


class ExplainTest(unittest.TestCase):
    def setUp(self):
        self.directory = Path(self.enterContext(tempfile.TemporaryDirectory()))
        (self.directory / "web").mkdir()
        (self.directory / "web" / "explain.html").write_text(f"before\n{explain.PLACE}after\n")
        self.enterContext(mock.patch.object(explain, "BUILD", self.directory))

    def write(self, lines, name="one.jsonl"):
        path = self.directory / name
        path.write_text("\n".join(lines) + "\n")
        return path

    def run_it(self, *arguments):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = explain.main([str(argument) for argument in arguments])
        return code, out.getvalue().strip(), err.getvalue()

    def drawn(self, path):
        before, *lines, after = Path(path).read_text().splitlines()
        self.assertEqual((before, after), ("before", "after"))
        return [json.loads(line) for line in lines]

    def test_a_record_stands_in_the_page_and_cannot_leave_it(self):
        code, page, _ = self.run_it(self.write(RECORD))
        self.assertEqual((code, Path(page).name), (0, "one.html"))
        self.assertEqual(self.drawn(page), [json.loads(line) for line in RECORD])
        self.assertNotIn("<", Path(page).read_text())

    def test_a_history_is_judged(self):
        good = [operation(0, "a", "invoke", "add", 1), operation(1, "a", "ok", "add", 1),
                operation(2, "b", "invoke", "read"), operation(3, "b", "ok", "read", 1)]
        _, page, _ = self.run_it(self.write(map(json.dumps, good)))
        self.assertEqual([line.get("process") for line in self.drawn(page)], [None, "a", "a", "b", "b"])
        good[3]["value"] = 7
        code, page, _ = self.run_it(self.write(map(json.dumps, good)))
        broken = [line for line in self.drawn(page) if line.get("process") == "checker"]
        self.assertEqual(code, 0)
        self.assertTrue(broken and broken[0]["value"]["object"] == "counter-1" and 2 in broken[0]["value"]["operations"], broken)

    def test_what_is_neither_is_refused(self):
        for lines, said in ((["{}"], "neither a record"), (["no"], "line 1 is not JSON"), ([], "neither a record"), (["[]"], "neither a record"),
                            ([json.dumps(operation(0, "a", "ok", "add"))], "has not begun")):
            with self.subTest(lines=lines):
                code, out, error = self.run_it(self.write(lines))
                self.assertEqual((code, out), (2, ""))
                self.assertIn(said, error)
        code, _, error = self.run_it(self.directory / "absent.jsonl")
        self.assertEqual(code, 2)
        self.assertIn("No such file", error)

    def test_without_a_build_it_says_what_to_do(self):
        (self.directory / "web" / "explain.html").unlink()
        code, _, error = self.run_it(self.write(RECORD))
        self.assertEqual(code, 2)
        self.assertIn("scripts/setup", error)

    def test_the_page_never_replaces_what_it_draws(self):
        path = self.write(RECORD, "one.html")
        with self.assertRaises(SystemExit):
            self.run_it(path)
        self.assertEqual(path.read_text().splitlines(), RECORD)


if __name__ == "__main__":
    unittest.main()
