"""Runs what an experiment asks for, each variant with each seed, and keeps what comes out. What has a result from the very
same input is not run again, so an interrupted run goes on where it was."""

import hashlib
import os
import shlex
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from ..mistakes import Refused, shown_path
from ..processes import BUILD
from .inputs import input_of, input_text, topology_of
from .progress import Progress

SIM_AT_ONCE = 2
POLL_S = 0.05


@dataclass(frozen=True, eq=False)
class Point:
    """One variant with one seed."""
    variant: object
    seed: int
    input_path: Path
    result_path: Path

    def __str__(self):
        return f"{self.variant.label}, seed {self.seed}"


def all_points(experiment, directory, seeds):
    """Seed by seed, so that what is there after a while compares all variants."""
    return [Point(variant, seed, directory.input_path(variant.id, seed), directory.result_path(variant.id, seed))
            for seed in seeds for variant in experiment.variants]


def prepare(experiment, directory, engine, points):
    """Write every input that is new, or another than before; returns the points that have to be run."""
    missing = []
    for name in ("inputs", "results"):
        (directory.path / name).mkdir(parents=True, exist_ok=True)
    for point in points:
        text = input_text(input_of(experiment, point.variant, point.seed, engine))
        same = point.input_path.exists() and point.input_path.read_text() == text
        if not (same and point.result_path.exists()):
            point.result_path.unlink(missing_ok=True)
            point.input_path.write_text(text)
            missing.append(point)
    return missing


def run_points(experiment, points, engine, directory, stream=None):
    """Run them; returns when all have a result. Errors: Refused. After KeyboardInterrupt nothing runs any more, and what
    is done stays."""
    progress = Progress(len(points), SIM_AT_ONCE if engine == "sim" else 1, stream)
    try:
        if engine == "sim":
            _run_sim(points, progress)
        else:
            _run_processes(experiment, points, progress, directory)
    finally:
        progress.close()


def sim_command():
    """The simulator's program; TERRELLA_EXPERIMENT_SIM may name another."""
    if command := os.environ.get("TERRELLA_EXPERIMENT_SIM"):
        return shlex.split(command)
    program = BUILD / "experiment" / "experiment-sim"
    if not program.exists():
        raise Refused(f"there is no {shown_path(program)}; scripts/setup builds it")
    return [str(program)]


def _run_sim(points, progress):
    command, waiting, running = sim_command(), list(points), {}
    try:
        while waiting or running:
            while waiting and len(running) < SIM_AT_ONCE:
                point = waiting.pop(0)
                progress.begin(point)
                running[point] = _start(command, point)
            for point, process in list(running.items()):
                if process.poll() is not None:
                    del running[point]
                    _take(point, process)
                    progress.end(point)
            progress.draw()
            time.sleep(POLL_S)
    finally:
        for process in running.values():
            process.kill()
            process.wait()


def _start(command, point):
    """In a session of its own: a Ctrl-C is meant for us, and we stop it."""
    with open(_log(point), "wb") as log:
        try:
            return subprocess.Popen([*command, str(point.input_path), str(_new(point))], stdin=subprocess.DEVNULL, stdout=log,
                                    stderr=log, start_new_session=True)
        except OSError as error:
            raise Refused(f"{command[0]}: {error.strerror}") from None


def _take(point, process):
    said = _log(point).read_text(errors="replace").strip()
    _log(point).unlink()
    if process.returncode != 0:
        raise Refused(f"{point}: the simulator ended with {process.returncode}" + (f": {said}" if said else "")
                      + f"; its input: {shown_path(point.input_path)}")
    os.replace(_new(point), point.result_path)


def _run_processes(experiment, points, progress, directory):
    from .processes import run  # the whole cluster: only when it is wanted
    for point in points:
        progress.begin(point)
        progress.draw()
        work = directory.path / "work"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        topology = topology_of(experiment, point.variant, point.variant.values["time_scale"])
        run(topology, input_of(experiment, point.variant, point.seed, "processes"), _new(point), work)
        os.replace(_new(point), point.result_path)
        shutil.rmtree(work, ignore_errors=True)
        progress.end(point)


def _new(point):
    return point.result_path.with_suffix(".new")


def _log(point):
    return point.result_path.with_suffix(".log")


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()
