"""Checks histories; scripts/check-history runs it. Knows nothing of how they were made.

    scripts/check-history [--json] FILE...     exit code 0: all valid, 1: broken, 3: something is unknown, 2: usage
    scripts/check-history --bench [--operations N] [--objects N]
                                               makes a history, checks it, and tells how long that took
"""

import argparse
import gc
import json
import os
import sys
import tempfile
import time

from . import check_answered, check_at_most_once, check_durable, check_linear, check_one_home, check_unique
from .history import BadHistory, read_history
from .verdict import BROKEN, UNKNOWN

CHECKERS = (check_linear, check_at_most_once, check_one_home, check_durable, check_answered, check_unique)
EXIT_BROKEN, EXIT_USAGE, EXIT_UNKNOWN = 1, 2, 3


def check_all(history):
    """The verdicts of all checkers."""
    return [checker.check(history) for checker in CHECKERS]


def exit_code(verdicts):
    found = {verdict.verdict for verdict in verdicts}
    return EXIT_BROKEN if BROKEN in found else EXIT_UNKNOWN if UNKNOWN in found else 0


def counts_text(history):
    """How many operations of each kind there are, with how many ended ok, and how many faults."""
    operations, faults = {}, {}
    for one in history.operations:
        ends = operations.setdefault(one.f, {})
        ends[one.type or "no end"] = ends.get(one.type or "no end", 0) + 1
    for fault in history.faults:
        faults[fault["f"]] = faults.get(fault["f"], 0) + 1
    told = [f"{f} {sum(ends.values())} (" + ", ".join(f"{count} {end}" for end, count in ends.items()) + ")"
            for f, ends in sorted(operations.items())]
    lines = [f"{len(history.operations)} operations on {len(history.by_object())} objects: {', '.join(told)}"]
    told = [f"{f} {count}" for f, count in sorted(faults.items()) if f not in ("begin", "final", "end")]
    return lines + ([f"faults: {', '.join(told)}"] if told else [])


def main(arguments=None):
    options = parser().parse_args(arguments)
    if options.bench:
        return bench(options.operations, options.objects)
    if not options.files:
        parser().error("no FILE is given")
    worst = 0
    for path in options.files:
        try:
            history = read_history(path)
        except (OSError, BadHistory) as error:
            print(f"error: {error}", file=sys.stderr)
            return EXIT_USAGE
        verdicts = check_all(history)
        code = exit_code(verdicts)
        worst = code if EXIT_BROKEN not in (code, worst) and code else EXIT_BROKEN if EXIT_BROKEN in (code, worst) else worst
        if options.json:
            print(json.dumps({"file": path, "verdicts": [verdict.as_json() for verdict in verdicts]}, indent=1))
        else:
            print("\n".join([path, *counts_text(history), *(line for verdict in verdicts for line in verdict.lines())]))
    return worst


def parser():
    one = argparse.ArgumentParser(prog="scripts/check-history", description="Check histories of operations; see "
                                  "docs/HISTORIES.md.")
    one.add_argument("files", metavar="FILE", nargs="*", help="a history: JSON lines")
    one.add_argument("--json", action="store_true", help="verdicts as JSON")
    one.add_argument("--bench", action="store_true", help="make a history, and tell how long it takes to check it")
    one.add_argument("--operations", metavar="N", type=int, default=100_000, help="of the history made (default: 100000)")
    one.add_argument("--objects", metavar="N", type=int, default=1000, help="the same (default: 1000)")
    return one


def bench(operation_count, object_count):
    """Make a history with concurrent and unknown operations, and check it from its file."""
    from .made import made_lines
    with tempfile.TemporaryDirectory(prefix="terrella-history-") as directory:
        path = os.path.join(directory, "made.jsonl")
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(made_lines(1, operation_count, object_count))
        gc.collect()
        begun, begun_here = time.perf_counter(), time.process_time()
        history = read_history(path)
        times = [("read", time.perf_counter() - begun)]
        verdicts = []
        for checker in CHECKERS:
            since = time.perf_counter()
            verdicts.append(checker.check(history))
            times.append((verdicts[-1].checker, time.perf_counter() - since))
        total, total_here = time.perf_counter() - begun, time.process_time() - begun_here
    print("\n".join([*counts_text(history), *(line for verdict in verdicts for line in verdict.lines())]))
    print(f"{total:.2f} s, {total_here:.2f} s of the processor: " + ", ".join(f"{what} {seconds:.2f}" for what, seconds in times))
    return exit_code(verdicts)


if __name__ == "__main__":
    sys.exit(main())
