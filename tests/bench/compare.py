"""Terrella beside workerd, in the same minutes on the same cores.

Both servers run throughout, pinned to the same cores; wrk runs on others. Each row of the table
is measured in rounds that alternate (A B A B ...), so that what the machine does meanwhile meets
both; a ratio is taken within each round, and its median counts. Durable rows use real files.
Run by scripts/bench; `--help` tells the options.
"""

import argparse
import math
import contextlib
import os
import platform
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import date

import load
from engines import BASE_PORT, ROOT, Terrella, Trouble, Workerd, resident_mb

DOCUMENT = ROOT / "docs/BENCHMARKS.md"
BEGIN, END = "<!-- figures: begin (written by scripts/bench --write) -->", "<!-- figures: end -->"
WARM_UP_S = 1
REST_MB_MAX = 60


@dataclass
class Row:
    path: str
    what: str
    ratio_min: float | None  # how many times workerd's requests/s are wanted


ROWS = [
    Row("/hello", "hello", 4),
    Row("/object", "one object, in memory", 5),
    Row("/unique", "new unique id, durable write", 8),
    Row("/name", "new name, durable write", None),
    Row("/storage", "storage get + put, one object", None),
]


@dataclass
class Sample:
    rate: float  # requests/s
    p99_ms: float


def milliseconds(text):
    match = re.fullmatch(r"([\d.]+)(us|ms|s|m)", text)
    if not match:
        return math.nan  # wrk has nothing to say when no request ended
    number, unit = match.groups()
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000, "m": 60_000}[unit]


def wrk(url, seconds, options):
    """One run of wrk. Answers other than 200, and lost ones, make it worthless: Trouble."""
    command = ["taskset", "-c", options.client_cores, "wrk", "-t1", f"-c{options.connections}", f"-d{seconds}s", "--latency", "--timeout", "30s", url]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    bad = re.search(r"Non-2xx.*|Socket errors.*", output)
    if bad:
        raise Trouble(f"{url}: {bad.group()}")
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", output).group(1))
    return Sample(rate, milliseconds(re.search(r"99%\s+(\S+)", output).group(1)))


def measure(row, engines, options):
    """Samples of each engine, by name, in rounds that alternate."""
    samples = {engine.name: [] for engine in engines}
    for engine in engines:
        wrk(engine.url + row.path, WARM_UP_S, options)
    for _ in range(options.rounds):
        for engine in engines:
            samples[engine.name].append(wrk(engine.url + row.path, options.seconds, options))
            print(".", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return samples


def median_rate(samples):
    return statistics.median(sample.rate for sample in samples)


def verdict(is_met):
    return "met" if is_met else "MISSED"


def table_line(row, samples):
    """One line of the table, and whether its target (if any) is met."""
    theirs, ours = samples["workerd"], samples.get("Terrella")
    rates = [f"{median_rate(theirs):,.0f} ({statistics.median(one.p99_ms for one in theirs):.1f} ms)"]
    if not ours:
        return f"| {row.what} | | {rates[0]} | | |", True
    rates.insert(0, f"{median_rate(ours):,.0f} ({statistics.median(one.p99_ms for one in ours):.1f} ms)")
    ratios = [own.rate / other.rate for own, other in zip(ours, theirs)]
    ratio = statistics.median(ratios)
    is_met = row.ratio_min is None or ratio >= row.ratio_min
    target = f"{row.ratio_min:g}x: {verdict(is_met)}" if row.ratio_min else ""
    spread = f"{ratio:.1f}x ({min(ratios):.1f}-{max(ratios):.1f})"
    return f"| {row.what} | {rates[0]} | {rates[1]} | {spread} | {target} |", is_met


def rest_line(memory):
    if "Terrella" not in memory:
        return f"| a node at rest | | {memory['workerd']:.0f} MB | | |", True
    is_met = memory["Terrella"] < REST_MB_MAX
    ours, theirs = f"{memory['Terrella']:.0f} MB", f"{memory['workerd']:.0f} MB"
    return f"| a node at rest | {ours} | {theirs} | | < {REST_MB_MAX} MB: {verdict(is_met)} |", is_met


def link_accuracy():
    """What bench_link says of the injected delay; it ends with 1 when the delay misses its target."""
    program = ROOT / "build/tests/bench/bench_link"
    if not program.exists():
        return f"not measured: there is no {program.relative_to(ROOT)}", True
    done = subprocess.run([program], capture_output=True, text=True, timeout=120)
    return (done.stdout or done.stderr).rstrip(), done.returncode == 0


def cpu_name():
    with open("/proc/cpuinfo") as info:
        return next((line.split(":", 1)[1].strip() for line in info if line.startswith("model name")), platform.machine())


def conditions(options):
    """What the figures depend on, in one sentence."""
    client = f"`wrk -t1 -c{options.connections}` on core {options.client_cores}"
    rounds = f"medians of {options.rounds} alternating rounds of {options.seconds} s"
    return (f"{date.today()}, {cpu_name()}, load average {os.getloadavg()[0]:.1f} before; servers on core "
            f"{options.server_cores}, {client}; {rounds}. Requests/s")


def measure_all(folder, options):
    """The lines of the report, and whether all targets are met."""
    lines = [conditions(options) + " (99th percentile); workerd keeps objects on disk.", "",
             "| | Terrella | workerd | ratio (lowest-highest) | target |", "|---|---|---|---|---|"]
    results = []
    with contextlib.ExitStack() as running:
        kinds = [Workerd] if options.workerd_only else [Terrella, Workerd]
        engines = [running.enter_context(kind(folder, options.server_cores)) for kind in kinds]
        rest = rest_line({engine.name: resident_mb(engine.pids) for engine in engines})
        for row in ROWS:
            if options.only in row.path:
                print(f"{row.what} ", end="", file=sys.stderr, flush=True)
                results.append(table_line(row, measure(row, engines, options)))
    results.append(rest)
    if not options.workerd_only:
        results.append(load.row(options.rounds, options.seconds, options.server_cores, options.client_cores))
    link_text, link_is_met = link_accuracy()
    lines += [line for line, _ in results]
    lines += ["", "Injected delay, as `build/tests/bench/bench_link` measures it:", "", "```", link_text, "```"]
    return lines, link_is_met and all(is_met for _, is_met in results)


def measure_against(folder, options):
    """This checkout beside another one of Terrella, row by row, in alternating rounds: what a change costs."""
    lines = [conditions(options) + ".", "", "| | here | there | here / there (lowest-highest) |", "|---|---|---|---|"]
    with Terrella(folder, options.server_cores) as here, \
            Terrella(folder, options.server_cores, options.against, BASE_PORT + 100) as there:
        here.name, there.name = "here", "there"
        for row in (row for row in ROWS if options.only in row.path):
            print(f"{row.what} ", end="", file=sys.stderr, flush=True)
            samples = measure(row, [here, there], options)
            ratios = [one.rate / other.rate for one, other in zip(samples["here"], samples["there"])]
            lines.append(f"| {row.what} | {median_rate(samples['here']):,.0f} | {median_rate(samples['there']):,.0f} | "
                         f"{statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f}) |")
    return lines


def write_document(lines):
    """Put the figures between the marks of docs/BENCHMARKS.md, which is made if it is not there."""
    text = DOCUMENT.read_text() if DOCUMENT.exists() else f"# Benchmarks\n\nWritten by `scripts/bench --write`.\n\n{BEGIN}\n{END}\n"
    if BEGIN not in text or END not in text:
        raise Trouble(f"{DOCUMENT} has lost its marks: {BEGIN} ... {END}")
    before, after = text[:text.index(BEGIN)], text[text.index(END):]
    DOCUMENT.write_text(before + BEGIN + "\n\n" + "\n".join(lines) + "\n\n" + after)


def parse_options():
    parser = argparse.ArgumentParser(prog="scripts/bench", description="Measure Terrella beside workerd.")
    parser.add_argument("--seconds", type=int, default=4, help="length of one run of wrk")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--server-cores", default="0", help="as for taskset -c")
    parser.add_argument("--client-cores", default="1", help="as for taskset -c")
    parser.add_argument("--only", default="", help="rows whose path contains this, such as unique")
    parser.add_argument("--workerd-only", action="store_true", help="leave Terrella out")
    parser.add_argument("--against", metavar="CHECKOUT", help="another checkout of Terrella, built, in place of workerd")
    parser.add_argument("--write", action="store_true", help="put the figures into docs/BENCHMARKS.md")
    options = parser.parse_args()
    if options.against and options.write:
        parser.error("--write is for figures beside workerd, not for those of --against")
    return options


def main():
    options = parse_options()
    missing = [tool for tool in ("wrk", "taskset") if not shutil.which(tool)]
    if missing:
        raise Trouble(f"not installed: {', '.join(missing)}")
    # workerd keeps three descriptors open for each live object on disk.
    hard_limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard_limit, hard_limit))
    (ROOT / "build").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=ROOT / "build") as folder:
        lines, is_met = (measure_against(folder, options), True) if options.against else measure_all(folder, options)
    print("\n".join(lines))
    if options.write:
        write_document(lines)
    return 0 if is_met else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Trouble as trouble:
        sys.exit(f"scripts/bench: {trouble}")
    except KeyboardInterrupt:
        sys.exit(130)
