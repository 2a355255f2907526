"""Runs everything that tries to break a promise, and writes what was run and found into docs/CORRECTNESS.md.

    scripts/correctness [--seeds N] [--calm-seeds N] [--nemesis-seconds S] [--seed N] [--print]

The figures between the document's two marks are replaced; the prose around them stays. --print writes them to the
terminal instead. Exit code 0: nothing was broken.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from .data import PROJECT

DOCUMENT = PROJECT / "docs" / "CORRECTNESS.md"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
BUILD = Path(os.environ.get("TERRELLA_BUILD", PROJECT / "build"))
RUNS = PROJECT / ".terrella" / "correctness"

SEED_LINE = re.compile(r"^seed \d+: (\d+) answered, (\d+) failed, (\d+) faults, (\d+) events in (\d+) s, hash \w+(?:, to a limit)?(.*)$", re.M)
MUTATION_LINE = re.compile(r"^([a-z-]+) +(I\d+(?: or I\d+)*) +(I\d+|nobody) +(\d+|plan) ", re.M)

# Who checks what in real runs: the checkers of proof/ by the words of their verdicts, and tests of real processes.
REAL = {
    "I1": ("one home", "test_race.py, test_invariants.py"),
    "I2": ("one home", "test_invariants.py"),
    "I3": ("at most once", "test_invariants.py"),
    "I4": ("answered", "test_answered.py"),
    "I5": ("unique", "test_invariants.py"),
    "I6": ("durable, linearizable", "test_invariants.py, test_faults.py"),
    "I7": (None, "test_invariants.py"),
    "I8": (None, "test_invariants.py"),
    "I9": ("one home", "test_invariants.py"),
    "I10": (None, "test_invariants.py"),
}


def main(arguments=None):
    options = parser().parse_args(arguments)
    RUNS.mkdir(parents=True, exist_ok=True)
    faulty = seeds("with faults", options.seed, options.seeds)
    calm = seeds("without any", options.seed, options.calm_seeds, "--calm")
    mutations = hunted()
    real = nemesis(options)
    text = figures(options, [faulty, calm], mutations, real)
    if options.print:
        print(text)
    else:
        replace(text)
        print(f"{DOCUMENT.relative_to(PROJECT)} has the new figures.")
    well = not (faulty["broken"] or calm["broken"] or real["broken"]) and all(one["found"] in one["expected"] for one in mutations)
    return 0 if well else 1


def parser():
    one = argparse.ArgumentParser(prog="scripts/correctness", description=__doc__.splitlines()[0])
    one.add_argument("--seeds", type=int, default=10000, metavar="N", help="random histories with faults (default: 10000)")
    one.add_argument("--calm-seeds", type=int, default=2000, metavar="N", help="and without any (default: 2000)")
    one.add_argument("--seed", type=int, default=1, metavar="N", help="the first one, and the nemesis's (default: 1)")
    one.add_argument("--nemesis-seconds", type=int, default=300, metavar="S", help="of faults on real processes (default: 300)")
    one.add_argument("--print", action="store_true", help="write to the terminal, not into the document")
    return one


def say(text):
    print(text, file=sys.stderr, flush=True)


def seeds(what, first, count, *more):
    """Random histories in the simulator, added up."""
    say(f"{count} seeds {what} ...")
    begun = time.monotonic()
    command = [BUILD / "sim" / "sim", "--seed", str(first), "--count", str(count), "--jobs", "0", *more]
    result = subprocess.run(command, cwd=RUNS, capture_output=True, text=True)
    rows = SEED_LINE.findall(result.stdout)
    broken = [row[5].strip() for row in rows if row[5].strip()]
    if result.returncode and not broken:
        broken = [f"exit code {result.returncode}: {result.stderr.strip()[-500:]}"]
    names = ("answered", "failed", "faults", "events", "simulated_s")
    totals = {name: sum(int(row[i]) for row in rows) for i, name in enumerate(names)}
    return {"what": what, "command": f"build/sim/sim --seed {first} --count {count} --jobs 0 {' '.join(more)}".strip(),
            "count": len(rows), "broken": broken, "seconds": time.monotonic() - begun, **totals}


def hunted():
    """Each deliberate bug: who had to find it, who did, after how many seeds."""
    say("deliberate bugs ...")
    result = subprocess.run([sys.executable, PROJECT / "tests" / "mutations" / "run.py"], capture_output=True, text=True)
    rows = [{"name": name, "expected": expected.split(" or "), "found": found, "seeds": count}
            for name, expected, found, count in MUTATION_LINE.findall(result.stdout)]
    if not rows:
        sys.exit(f"tests/mutations/run.py found nothing to run:\n{(result.stdout + result.stderr)[-2000:]}")
    return rows


def nemesis(options):
    """Real processes under faults: operations, faults by kind, and the verdicts."""
    say(f"{options.nemesis_seconds} s of faults on real processes ...")
    directory = RUNS / "nemesis"
    arguments = ["--seconds", str(options.nemesis_seconds), "--seed", str(options.seed)]
    result = subprocess.run([PROJECT / "scripts" / "nemesis", *arguments, "--directory", directory],
                            capture_output=True, text=True)
    if not (directory / "verdicts.json").exists():
        sys.exit(f"scripts/nemesis did not come to verdicts:\n{(result.stdout + result.stderr)[-2000:]}")
    verdicts = json.loads((directory / "verdicts.json").read_text())
    faults, ends = Counter(), Counter()
    with open(directory / "history.jsonl", encoding="utf-8") as history:
        for line in history:
            event = json.loads(line)
            (faults if event["process"] == "nemesis" else ends)[event["f" if event["process"] == "nemesis" else "type"]] += 1
    return {"command": "scripts/nemesis " + " ".join(arguments), "verdicts": verdicts, "faults": faults, "ends": ends,
            "broken": [one["checker"] for one in verdicts if one["verdict"] != "valid"]}


def number(value):
    return f"{value:,}".replace(",", " ")


def figures(options, sims, mutations, real):
    """The part of the document that is made."""
    lines = ["### Random histories in the simulator", "",
             "| histories | events | calls answered | calls failed | faults | hours simulated | broken | command |",
             "| ---: | ---: | ---: | ---: | ---: | ---: | --- | --- |"]
    for sim in sims:
        lines.append(f"| {number(sim['count'])} {sim['what']} | {number(sim['events'])} | {number(sim['answered'])} | {number(sim['failed'])} "
                     f"| {number(sim['faults'])} | {sim['simulated_s'] / 3600:.0f} | {'; '.join(sim['broken']) or 'none'} | `{sim['command']}` |")
    done = real["faults"]
    told = ", ".join(f"{number(done[kind])} {kind}" for kind in ("kill", "pause", "cut", "cut-way", "delay", "disk-full") if done[kind])
    ends = real["ends"]
    lines += ["", "### Real processes under faults", "",
              f"`{real['command']}`: {number(ends['invoke'])} operations ({number(ends['ok'])} ok, {number(ends['fail'])} failed for certain, "
              f"{number(ends['info'])} of unknown fate) during {told}.", "",
              "| checker | verdict | checked |", "| --- | --- | --- |"]
    lines += [f"| {one['checker']} | {one['verdict']} | {number(one['checked'])} {one['what']} |" for one in real["verdicts"]]
    lines += ["", "### Invariant by invariant", "",
              "| | in the simulator | on real processes | deliberate bugs, and the seeds until each was found |", "| --- | --- | --- | --- |"]
    for invariant in sorted(REAL, key=lambda one: int(one[1:])):
        checker, tests = REAL[invariant]
        falls = ", ".join(f"{one['name']} ({one['seeds']})" for one in mutations if one["found"] == invariant) or "none"
        verdicts = f"verdict *{checker}*; " if checker else ""
        lines.append(f"| {invariant} | `sim/check/{checker_file(invariant)}` | {verdicts}`tests/process/`: {tests} | {falls} |")
    missed = [one["name"] for one in mutations if one["found"] not in one["expected"]]
    lines += ["", f"{len(mutations) - len(missed)} of {len(mutations)} deliberate bugs were found by the checker that has to: "
              f"`tests/mutations/run.py`." + (f" Not so: {', '.join(missed)}." if missed else "")]
    return "\n".join(lines)


def checker_file(invariant):
    """The file whose checker is declared with this invariant."""
    declared = (PROJECT / "sim" / "check" / "state.h").read_text()
    name = re.search(rf"^void (\w+)_see\(.*/\* {invariant} \*/$", declared, re.M)
    return f"{name[1]}.c"


def replace(text):
    document = DOCUMENT.read_text()
    head, rest = document.split(BEGIN)
    DOCUMENT.write_text(f"{head}{BEGIN}\n\n{text}\n\n{END}{rest.split(END)[1]}")


if __name__ == "__main__":
    sys.exit(main())
