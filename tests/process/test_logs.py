"""What logs tell of Workers' code, and the page that a browser gets for an uncaught error."""

import json
import subprocess
import unittest
from pathlib import Path

from cluster import ClusterTest, exchange, wait_until
from terrella.data import PROJECT
from terrella.request import Connection


def lines_of(member):
    """The log of a process: what its lines say."""
    return [json.loads(line) for line in member.log().splitlines()]


class LogsTest(ClusterTest):
    def throw(self, code, headers=None, path="/throw"):
        return exchange(self.cluster[code].http_port, path, headers=headers)

    def line(self, code, holds):
        return wait_until(lambda: next((line for line in lines_of(self.cluster[code]) if holds(line)), None), "it is logged")

    def test_each_line_says_when_and_where(self):
        for code, member in self.cluster.members.items():
            for line in lines_of(member):
                self.assertEqual(line["from"], code)
                self.assertRegex(line["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
                self.assertIn(line["level"], ("error", "warn", "info", "debug"))

    def test_what_an_object_throws_is_told_with_its_place_and_request(self):
        name = self.name()
        self.cluster["SYD"].do(name=name)
        self.cluster["LHR"].fail("throw", name=name)
        line = self.line("SYD", lambda line: line.get("name") == name)
        self.assertEqual([line["worker"], line["class"], line["level"]], ["probe", "Probe", "warn"])
        self.assertRegex(line["object"], "^[0-9a-f]{64}$")
        self.assertRegex(line["request"], r"^LHR-\d+$")
        row = next(index for index, text in enumerate((PROJECT / "tests/process/worker/index.js").read_text().splitlines(), 1)
                   if "thrown on purpose" in text)
        self.assertRegex(line["text"], rf"^uncaught TypeError: thrown on purpose\n    at throw \(index\.js:{row}:\d+\)")

    def test_what_a_worker_throws(self):
        connection = Connection(self.cluster["LHR"].http_port)
        self.addCleanup(connection.close)
        answer = connection.send("GET", "/throw?no=log", headers=[("Terrella-Timing", "1")])
        self.assertEqual((answer.status, answer.body), (500, b"Internal Server Error"))
        line = self.line("LHR", lambda line: "no=log" in line["text"])
        self.assertEqual(answer.server_timing(), [("request", None, line["request"])])
        self.assertEqual((line["level"], line["worker"]), ("error", "probe"))
        self.assertRegex(line["text"], r"^GET /throw\?no=log: uncaught TypeError: thrown on purpose\n    at throw \(index\.js:\d+:\d+\)")

    def test_a_browser_gets_a_page(self):
        answer = self.throw("LHR", {"Accept": "text/html,*/*", "X-Odd": "<script>"})
        page = answer.body.decode()
        self.assertEqual(answer.status, 500)
        self.assertIn("<!doctype html>", page)
        for text in ("TypeError", "thrown on purpose", "index.js:", "&lt;script&gt;", "LHR, London", "probe"):
            self.assertIn(text, page)
        self.assertIn('class="here"', page)
        self.assertNotIn("<script", page)
        self.assertNotRegex(page, r'(src|href)="|url\(|@import')

    def test_the_command_finds_them(self):
        name = self.name()
        self.cluster["SYD"].do(name=name)
        self.cluster["LHR"].fail("throw", name=name)
        request = self.line("SYD", lambda line: line.get("name") == name)["request"]

        def logs(*options):
            ended = subprocess.run([PROJECT / "scripts" / "cluster", "logs", "--data", self.cluster.data.path, *options],
                                   capture_output=True, text=True, timeout=60, check=True)
            return ended.stdout
        self.assertRegex(logs("--object", name), rf"SYD .* warn +probe/Probe/{name} {request}: uncaught TypeError: thrown on purpose\n +at throw")
        self.assertEqual({json.loads(line)["request"] for line in logs("--request", request, "--json").splitlines()}, {request})
        self.assertEqual({json.loads(line)["from"] for line in logs("--region", "coordinator", "--json").splitlines()}, {"coordinator"})
        self.assertEqual(logs("--object", "nobody"), "")

    def test_neighbours_go_on_while_endless_code_is_stopped(self):
        """A loop of microtasks is stopped; another object of the region, and another Worker's request, are answered then."""
        name = self.name()
        self.cluster["SYD"].do(name=name)
        neighbour = self.cluster["SYD"].do(name=name + "b")["instance"]
        self.assertIn("was stopped", self.cluster["LHR"].fail("awaitloop", name=name)["message"])
        again = self.cluster["SYD"].do(name=name + "b")
        self.assertEqual((again["instance"], again["value"]), (neighbour, 2))
        self.assertEqual(self.cluster["LHR"].do(name=name)["value"], 1)  # a new instance of the stopped one
        self.assertIn("code stopped", self.line("SYD", lambda line: line.get("name") == name)["text"])


SHOWN = (
    ('"a", 1, -0, 2n, null, undefined, true, Symbol("s")', "a 1 -0 2n null undefined true Symbol(s)"),
    ('"%s is %d of %i, %f %j%%", "it", "42", 7.9, "1.5", { a: 1 }, "and", "more"', 'it is 42 of 7, 1.5 {"a":1}% and more'),
    ('"%o %O %c%s|%d", [1], { b: 2 }, "css", { c: 3 }, "none"', "[1] { b: 2 } { c: 3 }|NaN"),
    ('"100%", 5', "100% 5"),
    ('"%s"', "%s"),
    ('5, "%s", 6', "5 %s 6"),
    ('"%s %s %x", 1', "1 %s %x"),
    ("class A {}, class B extends Map {}, class {}, function f() {}", "[class A] [class B extends Map] [class (anonymous)] [Function: f]"),
    ('new Date(0), { at: new Date(NaN) }, /x/g, new URL("http://a/b")', "1970-01-01T00:00:00.000Z { at: Invalid Date } /x/g http://a/b"),
    ('new Map([["k", new Set([1])]]), new Uint8Array(2), [[]]', 'Map(1) { "k" => Set(1) { 1 } } Uint8Array [0, 0] [[]]'),
)


class ConsoleTest(ClusterTest):
    options = {"regions": ("LHR",), "coordinator": "LHR", "worker": Path(__file__).resolve().parent / "console"}

    def said(self, code):
        """The line of the log that this code of a Worker has brought about."""
        def lines():
            return [line for line in lines_of(self.cluster["LHR"]) if line.get("worker") == "console"]

        before = len(lines())
        exchange(self.cluster["LHR"].http_port, "/", "POST", code.encode())
        return wait_until(lambda: lines()[before:], "it is logged")[0]

    def test_values_are_shown(self):
        for values, text in SHOWN:
            self.assertEqual(self.said(f"console.log({values})")["text"], text, values)

    def test_errors_are_shown_with_their_causes(self):
        text = self.said('await later().catch((error) => console.warn("so", error))')["text"]
        place = r"\n    at later \(index\.js:4:\d+\)"
        self.assertRegex(text, rf"^so Error: later{place}\n  \[cause\]: RangeError: because{place.replace('n  ', 'n    ')}$")
        text = self.said('console.log(new AggregateError([new Error("one"), 2], "both"))')["text"]
        self.assertRegex(text, r"^AggregateError: both\n(    at .*\n)*  \[errors\]: \[Error: one(\n      at .*)*, 2\]$")

    def test_an_uncaught_error_is_told_once_for_each_function_with_its_causes(self):
        text = self.said("await later()")["text"]
        place = r"\n    at later \(index\.js:4:\d+\)"
        self.assertRegex(text, rf"^POST /: uncaught Error: later{place}\n  \[cause\]: RangeError: because{place.replace('n  ', 'n    ')}$")


if __name__ == "__main__":
    unittest.main()
