"""Lines of logs: read, chosen, shown."""

import contextlib
import io
import json
import unittest
from datetime import datetime, timezone
from pathlib import Path
from types import SimpleNamespace

import support
from terrella.follow import Follower
from terrella.log_lines import WantedLines, parse, shown, shown_line, since_time
from terrella.mistakes import Refused

ID = "0a1b2c3d" + "4" * 56
NOW = datetime(2026, 1, 31, 12, 0, 0, tzinfo=timezone.utc)


def record(**more):
    return {"time": "2026-01-31T11:59:30.250Z", "from": "SYD", "level": "info", "text": "hello", **more}


def of_object(**more):
    return record(**{"worker": "shop", "class": "Cart", "object": ID, "name": "lobby", "request": "LHR-7", **more})


class ParseTest(unittest.TestCase):
    def test_what_is_no_json_is_text_of_its_process(self):
        for line in ("plain", "{", "5", "[]", '{"text": 5}', ""):
            self.assertEqual(parse(line, "SYD"), {"from": "SYD", "text": line})

    def test_json(self):
        self.assertEqual(parse(json.dumps(record()), "LHR"), record())


class ShownTest(unittest.TestCase):
    def test_one_line(self):
        self.assertEqual(shown(record(), ["SYD", "coordinator"]), "11:59:30.250  SYD          info   hello")

    def test_what_it_is_about(self):
        self.assertIn("  shop/Cart/lobby LHR-7: hello", shown(of_object(), ["SYD"]))
        self.assertIn("  shop/Cart/0a1b2c3d LHR-7: hello", shown({**of_object(), "name": None}, ["SYD"]))
        self.assertIn("  shop: hello", shown(record(worker="shop"), ["SYD"]))

    def test_further_lines_are_indented(self):
        self.assertEqual(shown(record(text="Error: x\n    at f (a.js:1:2)"), ["SYD"]).split("\n")[1], "        at f (a.js:1:2)")

    def test_a_terminal_is_not_given_orders(self):
        text = shown(of_object(text="a\x1b[31mb\rc\u202e", request="n\nm\x07"), ["SYD"])
        self.assertIn(r"a\x1b[31mb\rc\u202e", text)
        self.assertIn(r"n\nm\x07", text)

    def test_a_line_that_is_none(self):
        self.assertEqual(shown_line("Segmentation fault", "SYD").split(), ["SYD", "Segmentation", "fault"])

    def test_fields_of_wrong_types(self):
        self.assertIn("hello", shown({"from": 5, "level": None, "time": 7, "worker": [], "class": {}, "object": 1, "request": 2,
                                      "text": "hello"}, ["SYD"]))


class WantedTest(unittest.TestCase):
    def test_object_by_name_class_and_digits(self):
        for text in ("lobby", "Cart/lobby", ID, ID[:8], ID.upper(), "Cart/" + ID[:8]):
            self.assertTrue(WantedLines(object_=text).has(of_object()), text)
        for text in ("lobb", "Other/lobby", ID[:7], "f" * 64):
            self.assertFalse(WantedLines(object_=text).has(of_object()), text)
        self.assertFalse(WantedLines(object_="lobby").has(record(worker="shop")))

    def test_worker_and_request(self):
        self.assertTrue(WantedLines(worker="shop", request="LHR-7").has(of_object()))
        self.assertFalse(WantedLines(worker="other").has(of_object()))
        self.assertFalse(WantedLines(request="LHR-8").has(of_object()))
        self.assertFalse(WantedLines(request="LHR-7").has(record()))

    def test_since(self):
        self.assertTrue(WantedLines(since="2026-01-31T11:59").has(record()))
        self.assertFalse(WantedLines(since="2026-01-31T12:00").has(record()))
        self.assertFalse(WantedLines(since="2026-01-31").has({"from": "SYD", "text": "when?"}))
        self.assertEqual(since_time("90s", NOW), "2026-01-31T11:58:30.000Z")
        self.assertEqual(since_time("1.5h", NOW), "2026-01-31T10:30:00.000Z")
        self.assertEqual(since_time("2026-01-31T13:00:00+01:00", NOW), "2026-01-31T12:00:00.000Z")
        self.assertEqual(since_time("2026-01-31T12:00:00Z", NOW), "2026-01-31T12:00:00.000Z")
        for text in ("", "yesterday", "5", "-5m"):
            with self.assertRaisesRegex(Refused, "--since"):
                since_time(text, NOW)


class FollowerTest(support.FileTest):
    def follower(self, **options):
        members = []
        for code, lines in {"SYD": [record(time="2026-01-31T12:00:02.000Z", text="two"), "no JSON"],
                            "LHR": [record(time="2026-01-31T12:00:01.000Z", text="one"),
                                    record(time="2026-01-31T12:00:03.000Z", text="three")]}.items():
            path = self.write(f"{code}.log", "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
            members.append(SimpleNamespace(code=code, process=SimpleNamespace(log_path=Path(path))))
        with contextlib.redirect_stdout(io.StringIO()) as out:
            follower = Follower(members, True, **options)
        self.addCleanup(follower.close)
        return follower, out.getvalue().splitlines()

    def test_lines_of_all_in_the_order_of_time(self):
        self.assertEqual([line.split()[-1] for line in self.follower()[1]], ["one", "two", "JSON", "three"])

    def test_as_json(self):
        self.assertEqual([json.loads(line)["text"] for line in self.follower(as_json=True)[1]], ["one", "two", "no JSON", "three"])

    def test_what_is_added_is_shown_once_it_is_a_whole_line(self):
        follower, _ = self.follower(wanted=WantedLines(worker="shop"))
        with open(follower.members[0].process.log_path, "a", encoding="utf-8") as log, \
                contextlib.redirect_stdout(io.StringIO()) as out:
            log.write(json.dumps(of_object(text="later")))
            log.flush()
            follower.poll()
            self.assertEqual(out.getvalue(), "")
            log.write("\n" + json.dumps(record(text="another's")) + "\n")
            log.flush()
            follower.poll()
            self.assertRegex(out.getvalue(), r"^.*shop/Cart/lobby LHR-7: later\n$")


if __name__ == "__main__":
    unittest.main()
