#!/usr/bin/env python3
"""Builds each deliberate bug of this folder into a simulator of its own, and shows that the checkers find it.

    tests/mutations/run.py [NAME...] [--seeds N] [--build DIR]

Each runs seed after seed until a promise is broken. A patch says in its head which one that has to be
("Found by:"), and what the simulator is told beside the seeds ("With:"), if anything. One that survives all
seeds, or breaks another promise, is a failure: the checkers, the faults or the calls are too weak then.
Exit code 0: all were found.
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PATCHES = ROOT / "tests" / "mutations"
SECONDS_MAX = 300  # for one bug: only to end what hangs
ROW = "{:26} {:10} {:10} {:>7} {:>8}  {}"

WITH = re.compile(r"^With: (.+)$", re.M)
EXPECTED = re.compile(r"^Found by: (.+)$", re.M)
SEED = re.compile(r"^seed (\d+)\b", re.M)
BROKEN = re.compile(r"\b(I\d+) [a-z][\w -]*: .*")


def build(directory, names):
    def run(*command):
        result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        if result.returncode:
            sys.exit(f"{' '.join(command)}\n{result.stdout[-4000:]}{result.stderr[-4000:]}")
    if not (directory / "build.ninja").exists():
        run("meson", "setup", str(directory), "-Dmutations=true")
    targets = [f"tests/mutations/sim-{name}" for name in names]
    run("ninja", "-C", str(directory), *targets)


def text_of(output):
    return output.decode() if isinstance(output, bytes) else output or ""


def hunt(directory, name, seed_count):
    """Run one bug: who found it ("": nobody), after how many seeds, in how many seconds, and what was said."""
    command = [directory / "tests/mutations" / f"sim-{name}", "--seed", "1", "--count", str(seed_count), "--jobs", "1",
               "--no-shrink"]
    command += (WITH.search((PATCHES / f"{name}.patch").read_text()) or ["", ""])[1].split()
    begun = time.monotonic()
    try:
        result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS_MAX)
        said = result.stdout + result.stderr
    except subprocess.TimeoutExpired as late:
        said = text_of(late.stdout) + text_of(late.stderr)
    seconds = time.monotonic() - begun
    broken = BROKEN.search(said)
    before = said[:broken.start()] if broken else said
    seeds = SEED.findall(before)
    last = said.strip().splitlines()[-1:] or ["nothing said"]
    return broken[1] if broken else "", seeds[-1] if seeds else "plan", seconds, broken[0] if broken else last[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--seeds", type=int, default=10000)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build-mutations")
    options = parser.parse_args()
    known = sorted(path.stem for path in PATCHES.glob("*.patch"))
    unknown = [name for name in options.names if name not in known]
    if unknown:
        parser.error(f"no mutation {', '.join(unknown)}; there are {' '.join(known)}")
    names = options.names or known
    build(options.build.resolve(), names)
    print(ROW.format("mutation", "expected", "found by", "seeds", "seconds", ""))
    found_count = 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        hunts = pool.map(lambda name: hunt(options.build.resolve(), name, options.seeds), names)
        for name, (found, seeds, seconds, said) in zip(names, hunts):
            expected = EXPECTED.search((PATCHES / f"{name}.patch").read_text())[1]
            right = found in expected.split(" or ")
            found_count += right
            print(ROW.format(name, expected, found or "nobody", seeds, f"{seconds:.1f}", "" if right else said), flush=True)
    print(f"{found_count} of {len(names)} found")
    return 0 if found_count == len(names) else 1


if __name__ == "__main__":
    sys.exit(main())
