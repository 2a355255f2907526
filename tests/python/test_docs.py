"""The documents say what the code says: paths, links, functions, commands, fields, codes. What is meant
for people to judge is not checked here."""

import contextlib
import io
import json
import re
import shlex
import subprocess
import unittest

import support
from support import PROJECT
from terrella.cli import parser
from terrella.mistakes import Mistakes
from terrella.namespaces import find_spaces
from terrella.topology import COUNT_LIMITS, JITTER_PRESETS, POLICIES, TIME_LIMITS, read_topology, ready_made_names
from terrella.wrangler import IGNORED_FIELDS, OTHER_BINDINGS, READ_FIELDS, read_workers

DOCUMENTS = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "proto/PROTOCOL.md", "node/js/README.md",
             "docs/CONFIG.md", "docs/DEPENDENCIES.md", "docs/ERRORS.md", "docs/EXPERIMENTS.md", "docs/EXPLAIN.md", "docs/FAULTS.md", "docs/HISTORIES.md", "docs/TOPOLOGIES.md", "docs/WORKERS.md")
MADE = ("build", "build-asan", "build-fuzz", "build-tsan", ".terrella")  # folders that are there after work only

CODE = re.compile(r"`([^`\n]+)`")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.S | re.M)
PLACE = re.compile(r"((?:[\w.-]+/)*[\w.*{},-]*)")
FUNCTION = re.compile(r"`([\w./-]+): (\w+)\(\)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")


def text_of(name):
    return (PROJECT / name).read_text(encoding="utf-8")


def source(*names):
    return "\n".join(text_of(name) for name in names)


def prose(text):
    return FENCE.sub("", text)


def blocks(text, *languages):
    return [body for language, body in FENCE.findall(text) if language in languages]


def table_rows(text):
    """Cells of each row of the tables, without header and ruler."""
    rows = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in text.splitlines() if line.startswith("|")]
    rulers = [index for index, row in enumerate(rows) if all(re.fullmatch(r"-+", cell) for cell in row)]
    headers = {index - 1 for index in rulers} | set(rulers)
    return [row for index, row in enumerate(rows) if index not in headers]


def section(text, heading):
    """What stands below a heading, up to the next one of the same or a higher level."""
    outside = FENCE.sub(lambda block: re.sub(r"[^\n]", ".", block[0]), text)  # "#" within a block is none
    start = outside.index(f"\n{heading}\n") + len(heading) + 2
    end = re.search(rf"^#{{1,{len(heading.split()[0])}}} ", outside[start:], re.M)
    return text[start:start + end.start()] if end else text[start:]


def braces(path):
    """a.{h,c} is a.h and a.c."""
    found = re.fullmatch(r"(.*)\{(.*)\}(.*)", path)
    return [found[1] + one + found[3] for one in found[2].split(",")] if found else [path]


class PathsTest(unittest.TestCase):
    def test_what_is_named_is_there(self):
        roots = {path.name for path in PROJECT.iterdir() if not path.name.startswith(".") or path.name == ".terrella"}
        count = 0
        for name in DOCUMENTS:
            for code in CODE.findall(prose(text_of(name))):
                place = PLACE.match(code)[1].rstrip(".,")
                first = place.split("/")[0]
                if first not in roots - set(MADE) or ("/" not in place and "." not in place):
                    continue
                for path in braces(place):
                    count += 1
                    with self.subTest(document=name, path=path):
                        self.assertTrue(list(PROJECT.glob(path)) if "*" in path else (PROJECT / path).exists())
        self.assertGreater(count, 100)

    def test_links_lead_somewhere(self):
        for name in DOCUMENTS:
            for link in LINK.findall(prose(text_of(name))):
                if not link.startswith("http"):
                    with self.subTest(document=name, link=link):
                        path, _, anchor = link.partition("#")
                        self.assertEqual(anchor, "", "anchors are not checked, so there are none")
                        self.assertTrue((PROJECT / name).parent.joinpath(path).exists())

    def test_functions_are_where_they_are_said_to_be(self):
        found = [(name, *one) for name in DOCUMENTS for one in FUNCTION.findall(text_of(name))]
        self.assertGreater(len(found), 30)
        for document, path, function in found:
            with self.subTest(document=document, function=f"{path}: {function}()"):
                self.assertRegex(text_of(path), rf"(?m)^\s*(?:[\w*]+ )*\**{function}\([^;]*$|^NATIVE\({function}\)")

    def test_every_invariant_has_its_row(self):
        rows = {row[0].split()[0]: row for row in table_rows(section(text_of("ARCHITECTURE.md"), "## What must always hold"))}
        self.assertEqual(list(rows), [f"I{number}" for number in range(1, 11)])
        for row in rows.values():
            self.assertRegex(row[2], r"`(common|proto|coordinator|node)/")
            self.assertRegex(row[3], r"`tests/")


class CommandsTest(unittest.TestCase):
    def commands(self, program):
        """Every use of a program in blocks of commands and in inline code, as (document, words)."""
        for name in DOCUMENTS:
            text = text_of(name)
            lines = [line for block in blocks(text, "sh", "text") for line in block.splitlines()]
            for line in lines + CODE.findall(prose(text)):
                line = re.sub(r"^(\$ |\w+=\S+ )", "", line.strip())
                if re.match(rf"{re.escape(program)}( |$)", line):
                    yield name, line, shlex.split(line, comments=True)[len(program.split()):]

    def test_commands_of_the_cluster(self):
        count = 0
        for name, line, words in self.commands("scripts/cluster"):
            with self.subTest(document=name, command=line):
                if not words:
                    continue
                needed = {"where": ["NAMESPACE", "NAME"], "request": ["REGION", "PATH"], "restart": ["REGION"], "kill": ["REGION"],
                          "pause": ["REGION"], "cut": ["A", "B"], "delay": ["A", "B", "1"], "disk-full": ["REGION"]}.get(words[0], [])
                given = words if len(words) > 1 else words + needed  # named without its arguments
                with contextlib.redirect_stderr(io.StringIO()) as complaint:
                    try:
                        options = parser().parse_args(given)
                    except SystemExit:
                        self.fail(complaint.getvalue())
                topology = getattr(options, "topology", "duo")
                self.assertTrue(topology in ready_made_names() or f"\n# {topology}\n" in text_of(name))
                count += 1
        self.assertGreater(count, 20)

    def test_options_in_prose(self):
        """Each option that the README names is one of some command."""
        known = source("scripts/terrella/cli.py", "scripts/terrella/fault_commands.py", "scripts/terrella/experiment/cli.py", "scripts/setup", "scripts/lint", "tests/bench/compare.py", "sim/main.c",
                       "sim/scenario.c", "tests/sidebyside/run.js", "proof/check.py", "proof/nemesis.py")
        for name in DOCUMENTS:
            for option in re.findall(r"`(--[a-z-]+)`", text_of(name)):
                with self.subTest(document=name, option=option):
                    self.assertIn(option, known)

    def test_other_scripts(self):
        stages = re.findall(r'^    "(\w+)": \(stage_', text_of("tests/run.py"), re.M)
        self.assertIn("unit", stages)
        for _, line, words in self.commands("scripts/test"):
            self.assertLessEqual(set(words), set(stages), line)
        for program, where in (("scripts/setup", "scripts/setup"), ("scripts/lint", "scripts/lint"),
                               ("scripts/bench", "tests/bench/compare.py"),
                               ("scripts/nemesis", "proof/nemesis.py"), ("build/sim/sim", "sim/main.c"),
                               ("build/sim/scenario", "sim/scenario.c"), ("node tests/sidebyside/run.js", "tests/sidebyside/run.js")):
            for _, line, words in self.commands(program):
                for word in words:
                    if word.startswith("--"):
                        self.assertIn(word[2:], text_of(where), line)
                    elif "/" in word:
                        self.assertTrue((PROJECT / word).exists(), line)
        told = [row[0].strip("`") for row in table_rows(section(text_of("CONTRIBUTING.md"), "## Test"))]
        self.assertEqual(told, stages)

    def test_every_command_is_in_the_readme(self):
        commands = re.findall(r'add\("([\w-]+)", command_|^            \("(\w+)", command_',
                              source("scripts/terrella/cli.py", "scripts/terrella/fault_commands.py"), re.M)
        commands = [one or other for one, other in commands]
        self.assertGreater(len(commands), 5)
        for command in commands:
            self.assertIn(f"`scripts/cluster {command}", section(text_of("README.md"), "## Commands"))


class FailuresTest(unittest.TestCase):
    TABLE = re.findall(r"X\(FAIL_(\w+), (\d+), (true|false), (true|false)\)", text_of("proto/fail.h"))

    def message(self, name):
        """The format of a failure in proto/fail.c, with the regions' places named."""
        strings = re.search(rf'case FAIL_{name}:\s*return ((?:\s*"[^"]*")+);', text_of("proto/fail.c"))[1]
        text = "".join(re.findall(r'"([^"]*)"', strings))
        return text.replace("%1$s", "HERE").replace("%2$s", "THERE")

    def test_errors(self):
        self.assertGreaterEqual(len(self.TABLE), 15)
        text = text_of("docs/ERRORS.md")
        self.assertEqual(re.findall(r"^### `(\w+)`$", text, re.M), [name for name, *_ in self.TABLE])
        for name, _, *flags in self.TABLE:
            with self.subTest(name):
                told = section(text, f"### `{name}`")
                self.assertIn(f"\n> {self.message(name)}\n", told)
                words = ("Retryable." if flags[0] == "true" else "Not retryable.") + (" Overloaded." if flags[1] == "true" else "")
                self.assertIn(f"\n{words}\n", told)
                self.assertRegex(told, r"\n- When: \S[^|]*\n- What to do: \S")

    def test_codes_on_the_wire(self):
        rows = table_rows(section(text_of("proto/PROTOCOL.md"), "## Fail codes"))
        words = {"true": "yes", "false": ""}
        self.assertEqual(rows, [[value, f"`{name}`", words[retryable], words[overloaded]]
                                for name, value, retryable, overloaded in self.TABLE])


class ProtocolTest(unittest.TestCase):
    TEXT = text_of("proto/PROTOCOL.md")
    TYPES = re.findall(r"^\s+MSG_(\w+) = (\d+),", text_of("proto/msg.h"), re.M)

    def test_every_message_with_its_fields_in_order(self):
        codec = text_of("proto/codec.c")
        self.assertEqual(re.findall(r"^## ([A-Z]+) \((\d+)\)$", self.TEXT, re.M), self.TYPES)
        for name, value in self.TYPES:
            with self.subTest(name):
                body = re.search(rf"bool\s+code_{name.lower()}\(.*?\n\}}", codec, re.S)[0]
                coded = list(dict.fromkeys(re.findall(rf"\b{name.lower()}->(\w+)", body)))
                # kind is checked in a variable of its own before it is coded
                told = [row[0] for row in table_rows(section(self.TEXT, f"## {name} ({value})"))]
                self.assertEqual(sorted(told), sorted(coded))
                self.assertEqual(told, self.in_struct(name))
                count = int(re.search(rf"case MSG_{name}:\s*return 3 \+ (\d+);", codec)[1])
                marks = ("log" in told) + ("seen" in told)  # of two fields each
                self.assertEqual(len(told) + 2 * ("object" in told) + marks, count)

    def in_struct(self, name):
        struct = re.search(rf"^struct msg_{name.lower()} \{{\n(.*?)^\}};", text_of("proto/msg.h"), re.S | re.M)[1]
        return re.findall(r"^    [\w ]+?(\w+)(?:\[[^\]]*\])?;", struct, re.M)

    def test_frames_and_hello(self):
        kinds = re.findall(r"FRAME_(\w+) = (\d),", re.search(r"enum frame_kind \{(.*?)\}", text_of("proto/frame.h"), re.S)[1])
        self.assertEqual([(row[1], row[0]) for row in table_rows(section(self.TEXT, "## Frames"))], kinds)
        sizes = [int(row[0]) for row in table_rows(section(self.TEXT, "## The handshake of a link"))]
        self.assertIn(f"A HELLO is {sum(sizes)} bytes", self.TEXT)
        self.assertIn(f"{sum(sizes) - 1} bytes, see below", self.TEXT)
        constants = dict(re.findall(r"(\w+_BYTES) = (\d+)", text_of("proto/handshake.h") + text_of("common/limits.h")))
        expression = re.search(r"HELLO_BYTES = (.*?),", text_of("proto/handshake.h"))[1]
        total = sum(eval(re.sub(r"[A-Z_]+", lambda one: constants[one[0]], term)) for term in expression.split("+"))
        self.assertEqual(sum(sizes), total)

    def test_lanes(self):
        bulk = re.search(r"bool\s+msg_carries_body.*?\n\}", text_of("proto/msg.c"), re.S)[0]
        rows = {row[0]: set(row[1].split(", ")) for row in table_rows(section(self.TEXT, "## Lanes"))}
        self.assertEqual(rows["bulk"], set(re.findall(r"MSG_(\w+)", bulk)))
        self.assertEqual(rows["control"] | rows["bulk"], {name for name, _ in self.TYPES})


class ConfigTest(unittest.TestCase):
    def test_the_fields_are_those_that_are_read(self):
        code = source(*(f"common/{path.name}" for path in sorted((PROJECT / "common").glob("config*.c"))))
        lists = re.findall(r"\bkeys\[\] = \{(.*?)\};|\bcoordinator_keys\[\] = \{(.*?)\};|\bnode_keys\[\] = \{(.*?)\};", code, re.S)
        read = set(re.findall(r'"(\w+)"', " ".join(" ".join(one) for one in lists)))
        read |= set(re.findall(r'\{"(\w+)", FIELD\(', code))
        forms = re.search(r"delay_forms\[\] = \{(.*?)^\};", code, re.S | re.M)[1]
        read |= set(re.findall(r'"(\w+)"', forms)) - {"none", "fixed", "uniform", "lognormal"}
        self.assertGreater(len(read), 45)
        text = text_of("docs/CONFIG.md")
        told = set(self.keys(json.loads(blocks(text, "json")[0])))
        delays = re.search(r"^- `delay` objects(.*?)^- ", text, re.S | re.M)[1]
        told |= {word for word in CODE.findall(delays) if word.endswith("ms")}
        self.assertEqual(told, read)

    def keys(self, value):
        if isinstance(value, list):
            for one in value:
                yield from self.keys(one)
        elif isinstance(value, dict):
            for name, one in value.items():
                yield name
                if name != "vars":
                    yield from self.keys(one)


class TopologiesTest(support.FileTest):
    TEXT = text_of("docs/TOPOLOGIES.md")

    def rows(self, heading):
        return {row[0].strip("`"): [cell.strip("`") for cell in row[1:]] for row in table_rows(section(self.TEXT, heading))}

    def test_limits(self):
        rows = self.rows("### Limits")
        self.assertEqual(list(rows), [*TIME_LIMITS, *COUNT_LIMITS])
        for name, (default, least) in TIME_LIMITS.items():
            self.assertEqual(rows[name][:2], [str(default), str(least)], name)
        for name, least in COUNT_LIMITS.items():
            self.assertEqual(rows[name][1], str(least), name)
        fallbacks = dict(re.findall(r'\{"(\w+)", FIELD\(\w+\), \w+, [^,]+, ([^}]+)\}', text_of("common/config_limits.c")))
        for name, row in rows.items():
            self.assertEqual(int(row[0]), eval(fallbacks[name]), name)

    def test_words(self):
        self.assertEqual(list(self.rows("### Jitter")), list(JITTER_PRESETS))
        policies = [name for name in self.rows("## Where an object gets its home") if name in POLICIES]
        self.assertEqual(policies, list(POLICIES))
        self.assertEqual(policies, re.findall(r'^    \{"(\w+)", place_\w+, NULL\}', text_of("common/place.c"), re.M))
        for name in ready_made_names():
            self.assertIn(f"`{name}`", self.TEXT)
            self.assertIn(f"| `{name}` |", text_of("README.md"))

    def test_ready_made_ones(self):
        for name, row in self.rows("## Where the distances come from").items():
            if name not in ready_made_names():
                continue
            topology = read_topology(name)
            count = len(topology.regions)
            rtts = sorted(topology.rtt_ms[i][j] for i in range(count) for j in range(i))
            told = [str(count), str(sum(region.hosts for region in topology.regions)),
                    ", ".join(f"{ms:.0f}" for ms in (rtts[0], rtts[len(rtts) // 2], rtts[-1])), f"{topology.check['ms']:.0f}"]
            self.assertEqual(row, told, name)

    def test_examples_can_be_read(self):
        example, checks = blocks(self.TEXT, "toml")
        self.write("examples.csv", blocks(self.TEXT, "csv")[0])
        texts = [example, example.replace('name = "mine"', 'name = "mine"\nmatrix = "examples.csv"')]
        texts += [re.sub(r"^check = .*$", check, example, flags=re.M) for check in checks.splitlines()]
        for text in texts:
            topology = read_topology(self.write("mine.toml", text))
            self.assertEqual(topology.warnings, [])
        self.assertEqual(len(topology.regions), 3)


class WorkersTest(unittest.TestCase):
    def test_keys_of_wrangler(self):
        text = section(text_of("docs/WORKERS.md"), "## A Worker")
        for name in READ_FIELDS:
            self.assertIn(name, text)
        ignored, warned = re.findall(r"\((`[^)]*) and so on\)", text)
        self.assertLessEqual(set(CODE.findall(ignored)), IGNORED_FIELDS)
        self.assertLessEqual(set(CODE.findall(warned)), OTHER_BINDINGS)

    def test_what_is_said_to_be_there_is_defined(self):
        prelude = source(*(str(path.relative_to(PROJECT)) for path in (PROJECT / "node/js/prelude").rglob("*.js")))
        there, absent = (section(text_of("docs/WORKERS.md"), heading) for heading in ("## Globals", "## Not there"))
        for row in table_rows(there):
            for name in CODE.findall(row[1]):
                if re.fullmatch(r"[A-Z]\w+", name) and name != "WebAssembly":
                    self.assertRegex(prelude, rf"\b{name}\b", name)
        for name in CODE.findall(absent):
            if re.fullmatch(r"[A-Z]\w+", name):
                self.assertNotRegex(prelude, rf"class {name}\b", name)


class DependenciesTest(unittest.TestCase):
    def test_every_package_has_its_row(self):
        wanted = set(re.sub(r"#.*", "", text_of("scripts/packages.txt")).split()) | {"nodejs", "npm"}
        package = json.loads(text_of("package.json"))
        wanted |= set(package.get("dependencies", {})) | set(package["devDependencies"]) | set(package["optionalDependencies"])
        text = text_of("docs/DEPENDENCIES.md")
        told = set()
        for heading in ("## What the processes are made of", "## To build and test", "## From npm"):
            for row in table_rows(section(text, heading)):
                told |= set(CODE.findall(row[0]))
        self.assertEqual(told, wanted)


class ReadmeTest(support.FileTest):
    """The first Worker of the README, as somebody would type it in."""

    def setUp(self):
        super().setUp()
        self.files = {}
        for block in blocks(text_of("README.md"), "toml", "js"):
            first, _, rest = block.partition("\n")
            name = re.fullmatch(r"(?:#|//) (\S+)", first)[1]
            self.files[name] = self.write(name, rest)

    def test_files(self):
        self.assertEqual(set(self.files), {"guestbook/wrangler.toml", "guestbook/index.js", "far.toml"})

    def test_the_first_worker(self):
        mistakes = Mistakes()
        workers = read_workers([self.directory / "guestbook"], None, mistakes)
        spaces = find_spaces(workers, mistakes)
        self.assertEqual((mistakes.errors, mistakes.warnings), ([], []))
        self.assertEqual([(space.unique_key, space.class_name) for space in spaces], [("guestbook-Book", "Book")])
        self.assertEqual([binding.name for binding in workers[0].bindings], ["BOOKS"])

    def test_it_is_a_module(self):
        """Its syntax, by the program that bundles it; skipped where npm's packages are not installed."""
        if not (PROJECT / "node_modules" / "esbuild").exists():
            self.skipTest("esbuild is not installed")
        result = subprocess.run([PROJECT / "scripts" / "bundle", self.files["guestbook/index.js"], self.directory / "out.js"],
                                capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertIn("Book = class", (self.directory / "out.js").read_text())

    def test_the_experiment(self):
        far, duo = read_topology(self.files["far.toml"]), read_topology("duo")
        text = section(text_of("README.md"), "## A first experiment: the other side of the world")
        across, check = duo.rtt("MAD", "AKL"), duo.check["ms"]
        self.assertIn(f"Auckland are {across:.0f} ms apart", text)
        self.assertIn(f"check, back: {across + check:.0f} ms\n", text)
        self.assertIn(f"placed in Europe: {across + check:.0f} + {across:.0f} ms\n", text)
        self.assertIn(f"{check:.0f} and {across + check:.0f}.", text)
        costs = {code: far.rtt(code, "PHX") + far.check["ms"] for code in ("MAD", "AKL")}
        self.assertIn(f"{costs['MAD']:.0f} ms in Madrid and {costs['AKL']:.0f} ms in Auckland", text)


if __name__ == "__main__":
    unittest.main()
