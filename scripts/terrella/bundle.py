"""Workers made into the one script that a node loads, by scripts/bundle."""

import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .data import PROJECT
from .mistakes import Refused, shown_path

BUNDLE_PROGRAM = Path(os.environ.get("TERRELLA_BUNDLE", PROJECT / "scripts" / "bundle"))  # another one in tests


def bundle_workers(workers, directory):
    """Bundle all, at once. Returns their paths and, for each, the names that its module exports (None when the
    bundler does not tell), in the same order. Every failure is reported."""
    with ThreadPoolExecutor(max_workers=4) as pool:
        results = list(pool.map(lambda worker: _bundle(worker, directory / f"{worker.name}.js"), workers))
    failures = [text for _, _, text in results if text]
    if failures:
        raise Refused(*failures)
    return [path for path, _, _ in results], [exports for _, exports, _ in results]


def _bundle(worker, path):
    """Path, exports, and what went wrong."""
    try:
        result = subprocess.run([BUNDLE_PROGRAM, worker.main, path, json.dumps(worker.build)], capture_output=True, text=True,
                                check=False)
    except OSError as error:
        return path, None, f"{shown_path(BUNDLE_PROGRAM)} cannot be run: {error.strerror}"
    if result.returncode:
        text = (result.stderr or result.stdout).strip() or f"exit code {result.returncode}"
        return path, None, f"{shown_path(worker.main)} cannot be bundled:\n{text}"
    return path, json.loads(result.stdout)["exports"] if result.stdout else None, None
