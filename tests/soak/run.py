"""Long runs that look for what short tests miss.

    scripts/soak [--minutes M]           all of the following, each with its share of the time
    scripts/soak fuzz [--minutes M]      every fuzz target in turn: executions, coverage, findings
    scripts/soak sim [--minutes M]       one seed of the simulator after the other; 0 minutes: until it is stopped
    scripts/soak nemesis [--minutes M]   a real cluster under faults, its history checked: scripts/nemesis
    scripts/soak load [--minutes M] [--rate N] [--clients N] [--seed N]
                                         a real cluster under load, its memory and descriptors watched

What is found is kept in .terrella/soak/, and what the fuzz targets learn as well. Exit code: 0 nothing was
found, 1 something was, 2 it could not run.
"""

import argparse
import os
import random
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("TERRELLA_BUILD") or ROOT / "build")
FUZZ_BUILD = ROOT / "build-fuzz"
KEPT = ROOT / ".terrella" / "soak"
SHARES = {"fuzz": 0.3, "sim": 0.3, "nemesis": 0.15, "load": 0.25}
SIM_SEEDS = 200          # of one call of the simulator
SIM_STEPS = (20, 60, 200)
INPUT_BYTES_MAX = 8192


def say(text):
    print(text, flush=True)


# --- fuzz ---


def build_fuzz():
    """The targets for libFuzzer; their names. None when they cannot be built."""
    log = KEPT / "build-fuzz.log"
    with log.open("w") as output:
        def run(*command):
            return subprocess.run(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT, env={**os.environ, "CC": "clang"}).returncode
        targets = sorted(path.stem for path in (ROOT / "tests" / "fuzz").glob("fuzz_*.c"))
        if not (FUZZ_BUILD / "build.ninja").exists() and run("meson", "setup", str(FUZZ_BUILD), "-Dfuzz=true"):
            return None
        if run("ninja", "-C", str(FUZZ_BUILD), *(f"tests/fuzz/{target}" for target in targets)):
            return None
    return targets


def fuzz_c(target, seconds):
    name = target.removeprefix("fuzz_")
    corpus, found = KEPT / "corpus" / name, KEPT / "found" / name
    corpus.mkdir(parents=True, exist_ok=True)
    found.mkdir(parents=True, exist_ok=True)
    ended = subprocess.run([FUZZ_BUILD / "tests" / "fuzz" / target, f"-max_total_time={max(1, int(seconds))}", f"-max_len={INPUT_BYTES_MAX}",
                            "-print_final_stats=1", f"-artifact_prefix={found}/", corpus, ROOT / "tests" / "fuzz" / "corpus" / name],
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    (KEPT / f"fuzz-{name}.log").write_text(ended.stdout)
    runs = re.findall(r"^stat::number_of_executed_units: (\d+)", ended.stdout, re.M)
    coverage = re.findall(r"cov: (\d+) ft: (\d+)", ended.stdout)
    edges, features = coverage[-1] if coverage else ("?", "?")
    count = sum(1 for _ in found.iterdir())
    say(f"{name:10} {runs[-1] if runs else '?':>12} executions, {edges} edges, {features} features, {count} found" +
        (f": {found.relative_to(ROOT)}/" if count else "") + (f" (ended with {ended.returncode})" if ended.returncode else ""))
    return ended.returncode == 0 and count == 0


def fuzz_python(name, seconds):
    ended = subprocess.run([sys.executable, ROOT / "tests" / "fuzz" / "fuzz_python.py", name, "--seconds", str(seconds),
                            "--corpus", KEPT / "corpus" / name, "--found", KEPT / "found" / name], stdout=subprocess.PIPE, text=True)
    say(f"{name:10} " + ended.stdout.rstrip().rpartition("\n")[2])
    (KEPT / f"fuzz-{name}.log").write_text(ended.stdout)
    return ended.returncode == 0


def soak_fuzz(minutes):
    targets = build_fuzz()
    if targets is None:
        say(f"the fuzz targets cannot be built (clang is needed): {(KEPT / 'build-fuzz.log').relative_to(ROOT)}")
        return False
    works = [(fuzz_c, target) for target in targets] + [(fuzz_python, "wrangler"), (fuzz_python, "topology")]
    return all([function(name, minutes * 60 / len(works)) for function, name in works])


# --- the others ---


def soak_sim(minutes):
    """The simulator shrinks what it finds and writes it into its working directory."""
    found = KEPT / "sim"
    found.mkdir(parents=True, exist_ok=True)
    until = time.monotonic() + minutes * 60 if minutes else None
    seed = first = random.randrange(1, 1 << 40)
    well = True
    while until is None or time.monotonic() < until:
        steps = SIM_STEPS[(seed - first) // SIM_SEEDS % len(SIM_STEPS)]
        ended = subprocess.run([BUILD / "sim" / "sim", "--seed", str(seed), "--count", str(SIM_SEEDS), "--steps", str(steps), "--jobs", "0"],
                               cwd=found, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        if ended.returncode:
            path = found / f"seeds-{seed}.log"
            path.write_text(ended.stdout)
            say(f"seeds from {seed}, {steps} steps: exit code {ended.returncode}: {path.relative_to(ROOT)}")
            well = False
        seed += SIM_SEEDS
    say(f"sim        {seed - first} seeds from {first}: {'all well' if well else 'see above'}")
    return well


def soak_nemesis(minutes):
    """For half a minute more than it is told: it heals, waits and checks."""
    ended = subprocess.run([ROOT / "scripts" / "nemesis", "--seconds", str(max(10, minutes * 60 - 30)), "--directory", KEPT / "nemesis"])
    return ended.returncode == 0


def soak_load(minutes, *options):
    import load  # which wants built programs

    return load.main(["--minutes", str(minutes), *options]) == 0


KINDS = {"fuzz": soak_fuzz, "sim": soak_sim, "nemesis": soak_nemesis, "load": soak_load}


def main():
    one = argparse.ArgumentParser(prog="scripts/soak", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    one.add_argument("kind", nargs="?", choices=KINDS)
    one.add_argument("--minutes", type=float, default=30)
    options, more = one.parse_known_args()
    if more and options.kind != "load":
        one.error(f"unknown: {' '.join(more)}")
    KEPT.mkdir(parents=True, exist_ok=True)
    shares = {options.kind: 1.0} if options.kind else SHARES
    well = True
    for kind, share in shares.items():
        say(f"--- {kind}, {options.minutes * share:.1f} minutes")
        well = KINDS[kind](options.minutes * share, *more) and well
    say("nothing was found" if well else "something was found, see above")
    return 0 if well else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(2)
