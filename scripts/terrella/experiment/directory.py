"""The directory of a run: what is asked, what came out, and run.json, which ties it together.

    RUN/experiment.toml   the file as it was
    RUN/inputs/v0-1.json  what the engine was told for variant v0, seed 1
    RUN/results/v0-1.json what it measured
    RUN/run.json          question, answer, variants, summary over seeds
    RUN/report.html, summary.csv, latency.csv
"""

import json
import re
import time
from pathlib import Path

from ..data import DEFAULT_DATA, write_json
from ..mistakes import Refused, shown_path

RUNS = DEFAULT_DATA / "experiments"


class Directory:
    """Paths below one run's directory."""

    def __init__(self, path):
        self.path = Path(path)
        self.run_path = self.path / "run.json"
        self.file_path = self.path / "experiment.toml"
        self.options_path = self.path / "options.json"

    def input_path(self, variant_id, seed):
        return self.path / "inputs" / f"{variant_id}-{seed}.json"

    def result_path(self, variant_id, seed):
        return self.path / "results" / f"{variant_id}-{seed}.json"

    def result(self, variant_id, seed):
        """A finished result; None when there is none."""
        try:
            return json.loads(self.result_path(variant_id, seed).read_text())
        except FileNotFoundError:
            return None
        except ValueError as error:
            raise Refused(f"{shown_path(self.result_path(variant_id, seed))} cannot be read: {error}") from None

    def run(self):
        """run.json of a run that has been summed up. Errors: Refused."""
        try:
            return json.loads(self.run_path.read_text())
        except FileNotFoundError:
            raise Refused(f"{shown_path(self.path)} is no run of an experiment: it has no run.json") from None
        except ValueError as error:
            raise Refused(f"{shown_path(self.run_path)} cannot be read: {error}") from None

    def write_run(self, run):
        write_json(self.run_path, run)


def new_directory(name):
    """A path for a new run, named after its experiment and the time."""
    stem = f"{name}-{time.strftime('%Y%m%d-%H%M%S')}"
    path, count = RUNS / stem, 1
    while path.exists():
        count += 1
        path = RUNS / f"{stem}-{count}"
    return path


def latest_directory(name, filename="run.json"):
    """The newest run of an experiment that has this file, or None."""
    named = re.compile(re.escape(name) + r"-\d{8}-\d{6}(-\d+)?")
    found = [path for path in RUNS.glob("*") if named.fullmatch(path.name) and (path / filename).exists()]
    return max(found, key=lambda path: path.stat().st_mtime, default=None)


def find_directory(name):
    """A run by its directory, by its name below .terrella/experiments, or the newest of an experiment. Errors: Refused."""
    for path in (Path(name), RUNS / name):
        if (path / "run.json").exists():
            return Directory(path)
    if latest := latest_directory(name):
        return Directory(latest)
    raise Refused(f'"{name}" is neither the directory of a run nor an experiment that has been run; '
                  "scripts/experiment run makes one")
