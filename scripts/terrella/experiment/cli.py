"""The commands of scripts/experiment."""

import argparse
import json
import os
import shlex
import sys
import textwrap
from pathlib import Path

from .. import terminal
from ..cli import stop_signals_interrupt
from ..data import PROJECT, write_json
from ..mistakes import Refused, shown_path
from . import compare
from .answers import ANSWERS, tell
from .directory import RUNS, Directory, find_directory, latest_directory, new_directory
from .file import duration_of, read_experiment, ready_made
from .keys import ENGINES
from .runner import all_points, prepare, run_points
from .summary import make_run, write_csv

EXIT_INTERRUPTED = 130


def main(arguments=None):
    options = parser().parse_args(arguments)
    try:
        return options.command(options) or 0
    except Refused as refused:
        terminal.complain_of(refused)
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else the exit complains once more
    except OSError as error:  # a directory of another user, a full disk, a file where a directory is wanted
        terminal.complain(f"{shown_path(error.filename or '')}: {error.strerror or error}; --out names another place")
    return 1


def parser():
    """The options of every command."""
    top = argparse.ArgumentParser(prog="scripts/experiment", description="From a question to a picture: a topology, a "
                                  "workload and a policy go in, a report comes out. See docs/EXPERIMENTS.md.")
    commands = top.add_subparsers(metavar="COMMAND", required=True)

    def add(name, command, help_text):
        one = commands.add_parser(name, help=help_text, description=help_text[0].upper() + help_text[1:] + ".")
        one.set_defaults(command=command)
        return one

    one = add("run", command_run, "run an experiment and report what came out")
    one.add_argument("experiment", metavar="NAME|FILE", help="a ready-made one (scripts/experiment list), or a TOML file")
    one.add_argument("--engine", choices=ENGINES, help="sim: virtual time; processes: a real cluster (default: the file's)")
    one.add_argument("--seeds", type=seed_count, metavar="N", help="seeds 1 to N (default: the file's)")
    one.add_argument("--out", metavar="DIR", help="where results go (default: .terrella/experiments/NAME-TIME)")
    one.add_argument("--resume", action="store_true", help="go on with an interrupted run: that in --out, or the newest")

    one = add("compare", command_compare, "put runs side by side: differences, and whether they are more than noise")
    one.add_argument("runs", metavar="RUN", nargs="+", help="a directory, or an experiment's name for its newest run; one alone: "
                     "its first variant against the others")
    one.add_argument("--out", metavar="DIR", help="where the page goes (default: .terrella/experiments/compare-TIME)")

    add("list", command_list, "show the ready-made experiments and their questions")

    one = add("report", command_report, "make the report of a run anew, also of one that is not finished")
    one.add_argument("run", metavar="RUN", help="a directory, or an experiment's name for its newest run")

    one = add("calibrate", command_calibrate, "compare the model of latency and placement with the real world")
    one.add_argument("--data", metavar="DIR", help="measurements (default: $TERRELLA_DATA, or ../shared/data)")
    one.add_argument("--out", metavar="DIR", help="where the page goes (default: .terrella/experiments/calibrate-TIME)")
    return top


def seed_count(text):
    if not text.isdigit() or not 1 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1 to 1000, but got {text}")
    return int(text)


def command_list(_options):
    found = [(name, read_experiment(name, answers=ANSWERS).question) for name in ready_made()]
    width = max(len(name) for name, _ in found)
    for name, question in found:
        print(f"{terminal.paint(name.ljust(width), 'bold')}  {question}")


def command_run(options):
    experiment = read_experiment(options.experiment, options.engine, ANSWERS)
    seeds = range(1, (options.seeds or experiment.seeds) + 1)
    directory = Directory(run_path(options, experiment))
    points = all_points(experiment, directory, seeds)
    missing = prepare(experiment, directory, experiment.engine, points)
    directory.file_path.write_text(experiment.text)
    write_json(directory.options_path, {"name": experiment.name, "engine": experiment.engine, "seeds": len(seeds),
                                        "path": str(Path(experiment.path).resolve())})
    print(terminal.paint(experiment.question, "bold"), flush=True)
    there = f", {len(points) - len(missing)} of them there already" if len(missing) < len(points) else ""
    print(f"{counted(len(experiment.variants), 'variant')} with {counted(len(seeds), 'seed')} each{there}; results: "
          f"{shown_path(directory.path)}", flush=True)
    if experiment.engine == "processes" and missing:
        terminal.note(f"real processes take real time, {time_words(real_seconds(missing))} and what it takes to start them "
                      f"{counted(len(missing), 'time')}; a smaller time_scale makes it shorter")
    stop_signals_interrupt()
    try:
        run_points(experiment, missing, experiment.engine, directory)
    except KeyboardInterrupt:
        return say_how_to_go_on(options, directory, points)
    finish(experiment, directory, experiment.engine, seeds, points)


def counted(count, noun):
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def real_seconds(points):
    """What the requests of these take on real processes; starting and stopping comes on top."""
    return sum(duration_of(point.variant.values) * point.variant.values["time_scale"] for point in points)


def time_words(seconds):
    for unit, size in (("days", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def run_path(options, experiment):
    """Where the run's files are or will be. Errors: Refused."""
    if options.out:
        path = Path(options.out)
        if not options.resume and (path / "inputs").exists():
            raise Refused(f"{shown_path(path)} has a run already; --resume goes on with it, or give another --out")
        return path
    if options.resume:
        path = latest_directory(experiment.name, "options.json")
        if path is None:
            raise Refused(f"no run of {experiment.name} was begun in {shown_path(RUNS)}; leave out --resume")
        return path
    return new_directory(experiment.name)


def say_how_to_go_on(options, directory, points):
    done = sum(point.result_path.exists() for point in points)
    words = ["scripts/experiment", "run", shlex.quote(options.experiment), *(["--engine", options.engine] if options.engine else []),
             *(["--seeds", str(options.seeds)] if options.seeds else []), "--out", shlex.quote(shown_path(directory.path)), "--resume"]
    print(f"\nInterrupted; {done} of {len(points)} results are kept. To go on:\n  {' '.join(words)}\n"
          f"To see what is there:\n  scripts/experiment report {shlex.quote(shown_path(directory.path))}", file=sys.stderr)
    return EXIT_INTERRUPTED


def finish(experiment, directory, engine, seeds, points):
    """Sum up, write what is written, and say the answer."""
    run = make_run(experiment, engine, seeds, directory, points,
                   lambda summary, outputs: tell(experiment.answer, summary, outputs))
    directory.write_run(run)
    write_csv(run, directory)
    print()
    for line in run["answer"]:
        print("\n".join(textwrap.wrap(line, 110, subsequent_indent="  ")))
    warn_of_behind(run)
    print()
    header, rows = overview(run)
    print("\n".join(terminal.table(header, rows, right=header[1:])))
    print()
    write_page(directory.path, lambda report: report.run_page(directory.path))
    print(f"{shown_path(directory.path)}/: run.json, summary.csv, latency.csv, results/")


def warn_of_behind(run):
    shares = [row["mean"] for row in run["summary"] if row["metric"] == "behind_share"]
    if max(shares, default=0) > 0.01:
        terminal.warn(f"the load generator itself was late for {max(shares):.1%} of requests: the machine is too busy, and the "
                      "latencies say so, not the cluster")


OVERVIEW = ("mean_ms", "p50_ms", "p99_ms", "failed_share", "regret_ms", "cache_hit_rate", "claims_per_s")


def overview(run):
    """A table of the variants: what was asked for most often, with intervals."""
    found = {(row["variant"], row["metric"]): row for row in run["summary"] if row["kind"] == row["region"] == "all"}
    rows = []
    for variant in run["variants"]:
        cells = [found.get((variant["id"], metric)) for metric in OVERVIEW]
        rows.append([variant["label"], *(figure(cell) if cell else "" for cell in cells)])
    return ["variant", *OVERVIEW], rows


def figure(row):
    half = 0 if row["low"] is None else (row["high"] - row["low"]) / 2
    return f"{row['mean']:.4g}" + (f" ± {half:.2g}" if half else "")


def write_page(path, make):
    """report.html by report.py; a page that is not built is no reason to lose the figures."""
    from . import report
    try:
        (path / "report.html").write_text(make(report), encoding="utf-8")
    except report.BadRun as error:
        raise Refused(str(error)) from None
    except OSError as error:
        terminal.warn(f"no page: {error.filename}: {error.strerror}; scripts/setup builds it, scripts/experiment report RUN "
                      "draws it then")
    else:
        print(f"Look at {shown_path(path / 'report.html')}")


def command_report(options):
    directory = find_begun(options.run)
    try:
        begun = json.loads(directory.options_path.read_text())
    except (OSError, ValueError):
        raise Refused(f"{shown_path(directory.path)} is no run of an experiment: it has no options.json") from None
    # The file as it was; topologies may be named relative to where it stood.
    experiment = read_experiment(directory.file_path, begun["engine"], ANSWERS, Path(begun["path"]).parent)
    experiment.name = begun["name"]
    seeds = range(1, begun["seeds"] + 1)
    finish(experiment, directory, begun["engine"], seeds, all_points(experiment, directory, seeds))


def find_begun(name):
    for path in (Path(name), RUNS / name):
        if (path / "options.json").exists():
            return Directory(path)
    latest = latest_directory(name, "options.json")
    return Directory(latest) if latest else find_directory(name)


def command_compare(options):
    directories = [find_directory(name) for name in options.runs]
    runs = [directory.run() for directory in directories]
    found = compare.differences(runs)
    for index, (directory, run) in enumerate(zip(directories, runs)):
        print(f"{'base ' if index == 0 else 'other'}  {run['name']}, {run['engine']}, {len(run['seeds'])} seeds: "
              f"{shown_path(directory.path)}")
    print()
    header, rows, sure = compare.table_rows(runs, found)
    colours = {(row, len(header) - 1): "green" for row in sure}
    print("\n".join(terminal.table(header, rows, right=("base", "other", "difference"), colours=colours)))
    print("\nBy Welch's t over the seeds, corrected for so many comparisons by Holm; ± is a 95 % interval (Student's t).")
    path = Path(options.out) if options.out else new_directory("compare")
    path.mkdir(parents=True, exist_ok=True)
    write_json(path / "compare.json", {"format": 1, "runs": [str(directory.path) for directory in directories],
                                       "differences": found})
    compare.write_csv(path / "compare.csv", runs, found)
    write_page(path, lambda report: report.compare_page([directory.path for directory in directories], found))


def command_calibrate(options):
    from . import calibrate  # reads a lot, and nothing else needs it
    data = Path(options.data or os.environ.get("TERRELLA_DATA") or PROJECT.parent / "shared" / "data")
    if not data.is_dir():
        terminal.note(f"{shown_path(data)}: no measurements there, so there is nothing to compare with; --data names a directory")
        return
    calibration = calibrate.calibrate(data)
    path = Path(options.out) if options.out else new_directory("calibrate")
    path.mkdir(parents=True, exist_ok=True)
    write_json(path / "calibration.json", calibration)
    print("\n".join(calibrate.lines(calibration)))
    print()
    write_page(path, lambda report: report.calibrate_page(calibration))
