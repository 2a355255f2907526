"""Fuzzes what reads the files that people write: wrangler files and topologies. Whatever they hold, they are
read, or refused with words; any other exception is a finding.

    fuzz_python.py TARGET [--seconds S] [--seed N] [--corpus DIR] [--found DIR]

Inputs are mutated by bytes and by lines; those that reach a line of code that none has reached before are
kept and mutated further. Without --corpus nothing is kept for the next time. Exit code: 1 when something was found.
"""

import argparse
import random
import re
import sys
import tempfile
import time
import traceback
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "scripts"))

from terrella.mistakes import Mistakes, Refused  # noqa: E402
from terrella.namespaces import find_spaces  # noqa: E402
from terrella.routes import route_table  # noqa: E402
from terrella.topology import read_topology  # noqa: E402
from terrella.wrangler import read_workers  # noqa: E402

PACKAGE = str(PROJECT / "scripts" / "terrella")
CORPUS = Path(__file__).resolve().parent / "corpus"
BYTES_MAX = 8192
VALUES = [b'""', b"[]", b"{}", b"0", b"-1", b"1e308", b"nan", b"inf", b"9" * 30, b"true", b"null", b'"\\u0000"', b'"\\ud800"',
          b"[[1]]", b'{ a = "b" }', b"1979-05-27", b'"' + b"x" * 300 + b'"', b'"../../etc/passwd"', b"'*'", b'"\xf0\x9f\x98\x80"', b"."]


def try_wrangler(directory, data):
    """Both kinds of file, alone and beside another Worker, with and without an environment."""
    (directory / "other").mkdir(exist_ok=True)
    (directory / "other" / "wrangler.toml").write_text('name = "other"\nmain = "../src/index.js"\n')
    for name in ("wrangler.toml", "wrangler.jsonc"):
        (directory / name).write_bytes(data)
        for places, environment in (([directory / name], None), ([directory / name, directory / "other"], "staging")):
            mistakes = Mistakes()
            workers = read_workers(places, environment, mistakes)
            if len(workers) == len(places):
                route_table(workers, ["*=other"], mistakes)
                find_spaces(workers, mistakes)
            for mistake in mistakes.errors + mistakes.warnings + mistakes.notes:
                str(mistake).encode()


def try_topology(directory, data):
    path = directory / "fuzz.toml"
    path.write_bytes(data)
    mistakes = Mistakes()
    read_topology(path, None, mistakes)
    for mistake in mistakes.errors + mistakes.warnings:
        str(mistake).encode()


TARGETS = {"wrangler": try_wrangler, "topology": try_topology}


def seeds(target):
    """The corpus of a target, and the project's own files."""
    more = {"wrangler": PROJECT.glob("examples/*/wrangler.*"), "topology": PROJECT.glob("topologies/*.toml")}
    return [path.read_bytes() for path in sorted([*(CORPUS / target).iterdir(), *more[target]])]


class Fuzzer:
    """One target with what has been learnt about it."""

    def __init__(self, target, seed, directory):
        self.function, self.random, self.directory = TARGETS[target], random.Random(seed), directory
        self.kept = []
        self.lines = set()
        self.run_count = 0
        self.found = {}  # by where it was raised: input and traceback
        (directory / "src").mkdir()
        (directory / "src" / "index.js").write_text("")
        (directory / "matrix.csv").write_text("from,to,rtt_ms\nIAD,LHR,75\nLHR,XYZ,12\n")

    def _trace(self, frame, _event, _argument):
        return self._trace_lines if frame.f_code.co_filename.startswith(PACKAGE) else None

    def _trace_lines(self, frame, event, _argument):
        if event == "line":
            self.lines.add((frame.f_code.co_filename, frame.f_lineno))
        return self._trace_lines

    def run(self, data):
        """Try one input; keep it when it reached something new."""
        before = len(self.lines)
        self.run_count += 1
        sys.settrace(self._trace)
        try:
            self.function(self.directory, data)
        except Refused:
            pass
        except Exception as error:  # the finding
            sys.settrace(None)
            place = traceback.extract_tb(error.__traceback__)[-1]
            self.found.setdefault((type(error).__name__, place.filename, place.lineno), (data, traceback.format_exc()))
        finally:
            sys.settrace(None)
        if len(self.lines) > before:
            self.kept.append(data)

    def mutated(self):
        data = self.random.choice(self.kept)
        for _ in range(self.random.choice((1, 1, 2, 4))):
            data = self.random.choice((self._bend_byte, self._cut, self._swap_value, self._copy_line, self._splice))(data)
        return data[:BYTES_MAX]

    def _bend_byte(self, data):
        place = self.random.randrange(len(data) + 1)
        return data[:place] + self.random.randbytes(1) + data[place + self.random.randrange(2):]

    def _cut(self, data):
        start = self.random.randrange(len(data) + 1)
        return data[:start] + data[start + self.random.randrange(40):]

    def _swap_value(self, data):
        """Another value behind some key."""
        places = list(re.finditer(rb"[=:,\[]\s*([^,\]\n}]+)", data))
        if not places:
            return data
        place = self.random.choice(places)
        return data[:place.start(1)] + self.random.choice(VALUES) + data[place.end(1):]

    def _copy_line(self, data):
        """A line of this or another input, somewhere."""
        lines = data.split(b"\n")
        line = self.random.choice(self.random.choice(self.kept).split(b"\n"))
        lines.insert(self.random.randrange(len(lines) + 1), line)
        return b"\n".join(lines)

    def _splice(self, data):
        other = self.random.choice(self.kept)
        return data[:self.random.randrange(len(data) + 1)] + other[self.random.randrange(len(other) + 1):]


def fuzz(target, seed, *, seconds=0.0, runs=0, corpus=()):
    """Run the corpus, then mutations for so long, or so many of them, or until Ctrl-C. The Fuzzer, with what it found."""
    with tempfile.TemporaryDirectory(prefix="terrella-fuzz-") as directory:
        fuzzer = Fuzzer(target, seed, Path(directory))
        for data in [*seeds(target), *corpus]:
            fuzzer.run(data)
        until = time.monotonic() + seconds
        try:
            while time.monotonic() < until or fuzzer.run_count < runs:
                fuzzer.run(fuzzer.mutated())
        except KeyboardInterrupt:  # what was found until now counts
            pass
    return fuzzer


def main():
    one = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    one.add_argument("target", choices=TARGETS)
    one.add_argument("--seconds", type=float, default=60)
    one.add_argument("--seed", type=int, default=None)
    one.add_argument("--corpus", type=Path)
    one.add_argument("--found", type=Path, default=Path("."))
    options = one.parse_args()
    seed = random.randrange(1 << 32) if options.seed is None else options.seed
    kept = [path.read_bytes() for path in options.corpus.iterdir()] if options.corpus and options.corpus.exists() else []
    fuzzer = fuzz(options.target, seed, seconds=options.seconds, corpus=kept)
    if options.corpus:
        options.corpus.mkdir(parents=True, exist_ok=True)
        for number, data in enumerate(fuzzer.kept):
            (options.corpus / f"{number:04}").write_bytes(data)
    for number, (data, text) in enumerate(fuzzer.found.values()):
        options.found.mkdir(parents=True, exist_ok=True)
        (options.found / f"{options.target}-{seed}-{number}").write_bytes(data)
        print(text)
    print(f"{options.target}: seed {seed}: {fuzzer.run_count} runs, {len(fuzzer.lines)} lines of code reached, {len(fuzzer.kept)} inputs kept, "
          f"{len(fuzzer.found)} found")
    return 1 if fuzzer.found else 0


if __name__ == "__main__":
    sys.exit(main())
