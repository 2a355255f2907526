"""Runs every test, stage by stage; scripts/test sets up what is missing and calls it.

    scripts/test [STAGE...]      all stages, or those named: lint unit asan tsan python process sidebyside web mutations

Each stage's whole output is in .terrella/test/STAGE.log. Closes with "N passed, N failed"; the exit
code is 0 only when nothing failed and something ran.
"""

import os
import pathlib
import re
import subprocess
import sys
import time
import xml.etree.ElementTree as xml

ROOT = pathlib.Path(__file__).resolve().parent.parent
LOGS = ROOT / ".terrella" / "test"
SANITIZE = "-Db_sanitize=address,undefined"
ASAN = "detect_leaks=1:abort_on_error=1"
LSAN = f"suppressions={ROOT}/tests/lsan.supp:print_suppressions=0"
UBSAN = "halt_on_error=1:print_stacktrace=1"


def run(log, *command, env=None):
    log.write(f"$ {' '.join(map(str, command))}\n")
    log.flush()
    return subprocess.run(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                          env={**os.environ, **(env or {})}).returncode


def meson_counts(build):
    """What meson's own report of the last run says."""
    report = ROOT / build / "meson-logs" / "testlog.junit.xml"
    failed = total = 0
    for suite in xml.parse(report).getroot().iter("testsuite"):
        total += int(suite.get("tests", 0))
        failed += int(suite.get("failures", 0)) + int(suite.get("errors", 0))
    return total - failed, failed


def stage_lint(log):
    return (1, 0) if run(log, "scripts/lint") == 0 else (0, 1)


def stage_unit(log):
    status = run(log, "meson", "test", "-C", "build", "--print-errorlogs", "--no-rebuild")
    passed, failed = meson_counts("build")
    return passed, failed or int(status != 0)


def stage_asan(log):
    if not (ROOT / "build-asan" / "build.ninja").exists():
        if run(log, "meson", "setup", "build-asan", SANITIZE, "-Doptimization=1"):
            return 0, 1
    if run(log, "ninja", "-C", "build-asan"):
        return 0, 1
    status = run(log, "meson", "test", "-C", "build-asan", "--print-errorlogs", "--no-rebuild", "--no-suite", "static",
                 "--timeout-multiplier", "5",
                 env={"ASAN_OPTIONS": ASAN, "LSAN_OPTIONS": LSAN, "UBSAN_OPTIONS": UBSAN})
    passed, failed = meson_counts("build-asan")
    return passed, failed or int(status != 0)


# What starts threads of its own, or has libraries that do; the engine cannot run under it: all its code would
# have to be built for it.
THREADED = ["limits", "link", "link_dial", "link_hostile", "store", "store_faults", "store_process"]


def stage_tsan(log):
    if not (ROOT / "build-tsan" / "build.ninja").exists():
        if run(log, "meson", "setup", "build-tsan", "-Db_sanitize=thread", "-Db_lundef=false", "-Doptimization=1"):
            return 0, 1
    if run(log, "ninja", "-C", "build-tsan", *(f"tests/unit/test_{name}" for name in THREADED)):
        return 0, 1
    status = run(log, "meson", "test", "-C", "build-tsan", "--print-errorlogs", "--no-rebuild", "--timeout-multiplier", "5",
                 *THREADED, env={"TSAN_OPTIONS": "halt_on_error=1"})
    passed, failed = meson_counts("build-tsan")
    return passed, failed or int(status != 0)


def unittest_counts(path, status):
    text = path.read_text(errors="replace")
    total = sum(map(int, re.findall(r"^Ran (\d+) tests? in", text, re.M)))
    failed = sum(map(int, re.findall(r"(?:failures|errors|unexpected successes)=(\d+)", text)))
    failed = failed or int(status != 0)
    return max(total - failed, 0), failed


def stage_python(log):
    status = run(log, sys.executable, "-m", "unittest", "discover", "-v", "-s", "tests/python")
    return unittest_counts(LOGS / "python.log", status)


def stage_process(log):
    status = run(log, sys.executable, "-m", "unittest", "discover", "-v", "-s", "tests/process")
    return unittest_counts(LOGS / "process.log", status)


def stage_sidebyside(log):
    status = run(log, "node", "tests/sidebyside/run.js")
    text = (LOGS / "sidebyside.log").read_text(errors="replace")
    passed = sum(map(int, re.findall(r"^\S* ?pass (\d+)$", text, re.M)))
    failed = sum(map(int, re.findall(r"^\S* ?fail (\d+)$", text, re.M)))
    return passed, failed or int(status != 0)


def stage_web(log):
    status = run(log, "node", "--test", "--test-reporter=tap", "tests/web/")
    text = (LOGS / "web.log").read_text(errors="replace")
    passed = sum(map(int, re.findall(r"^# pass (\d+)$", text, re.M)))
    failed = sum(map(int, re.findall(r"^# (?:fail|cancelled|skipped|todo) (\d+)$", text, re.M)))
    return passed, failed or int(status != 0)


def stage_mutations(log):
    run(log, sys.executable, "tests/mutations/run.py")
    text = (LOGS / "mutations.log").read_text(errors="replace")
    count = re.search(r"^(\d+) of (\d+) found$", text, re.M)
    return (int(count[1]), int(count[2]) - int(count[1])) if count else (0, 1)


STAGES = {
    "lint": (stage_lint, "clang-format and clang-tidy"),
    "unit": (stage_unit, "pure cores, units, scenarios, corpora"),
    "asan": (stage_asan, "the same under AddressSanitizer and UBSan"),
    "tsan": (stage_tsan, "threads under ThreadSanitizer"),
    "python": (stage_python, "topologies, wrangler files, the cluster script"),
    "process": (stage_process, "real processes: invariants, restarts, errors"),
    "sidebyside": (stage_sidebyside, "the same Workers on workerd and here"),
    "web": (stage_web, "pages in a headless browser"),
    "mutations": (stage_mutations, "deliberate bugs, each of which a checker has to find"),
}


def show_tail(path):
    lines = path.read_text(errors="replace").splitlines()
    print("\n".join("    " + line for line in lines[-60:]))
    print(f"    (all of it: {path.relative_to(ROOT)})", flush=True)


def main():
    names = sys.argv[1:] or list(STAGES)
    unknown = [name for name in names if name not in STAGES]
    if unknown:
        print(f"scripts/test: no stage {', '.join(unknown)}; there are: {' '.join(STAGES)}", file=sys.stderr)
        return 2
    LOGS.mkdir(parents=True, exist_ok=True)
    all_passed = all_failed = 0
    for name in names:
        function, what = STAGES[name]
        print(f"{name:12}{what} ...", flush=True)
        begun = time.monotonic()
        path = LOGS / f"{name}.log"
        with path.open("w") as log:
            passed, failed = function(log)
        print(f"{'':12}{passed} passed, {failed} failed in {time.monotonic() - begun:.0f} s", flush=True)
        if failed or not passed:
            show_tail(path)
            failed = failed or 1
        all_passed += passed
        all_failed += failed
    print(f"{all_passed} passed, {all_failed} failed")
    return 1 if all_failed or not all_passed else 0


if __name__ == "__main__":
    sys.exit(main())
