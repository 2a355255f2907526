"""What the tests of the Python side share: the package itself, files for a while, and a cluster of
fake processes."""

import os
import socket
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "scripts"))

from terrella.mistakes import Mistakes  # noqa: E402
from terrella.wrangler import read_workers  # noqa: E402

FAKE = f"{sys.executable} {PROJECT / 'tests' / 'process' / 'fake_node.py'}"
REGION_COUNT_MAX = 12  # in tests with processes


class FileTest(unittest.TestCase):
    """A test with a directory of its own."""

    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="terrella-test-")
        self.addCleanup(directory.cleanup)
        self.directory = Path(directory.name)

    def write(self, name, text):
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path


class WorkerTest(FileTest):
    """A test that reads wrangler files."""
    ENTRY = "src/index.js"

    def read(self, *texts, environment=None, name="wrangler.toml"):
        """Read Workers, in directories 0, 1, ...; what is said about them is in self.errors and so on, without the
        directory of the first. Several texts in one file's place are a dictionary by file name."""
        self.mistakes = Mistakes()
        places = []
        for index, text in enumerate(texts):
            self.write(f"{index}/{self.ENTRY}", "")
            for file, content in (text if isinstance(text, dict) else {name: text}).items():
                places[index:] = [self.write(f"{index}/{file}", content).parent]
        workers = read_workers(places, environment, self.mistakes)
        self.tell()
        return workers

    def tell(self):
        """Take over what was said."""
        self.errors, self.warnings, self.notes = (
            [str(one).replace(f"{self.directory}/0/", "").replace(f"{self.directory}/", "") for one in some]
            for some in (self.mistakes.errors, self.mistakes.warnings, self.mistakes.notes))


class ClusterTest(FileTest):
    """A test that runs the commands, with fakes in place of node, coordinator and bundler."""

    def setUp(self):
        super().setUp()
        self.data = self.directory / "data"
        self.port = free_base()
        self.environment = {**os.environ, "PYTHONPATH": str(PROJECT / "scripts"), "PYTHONDONTWRITEBYTECODE": "1",
                            "TERRELLA_NODE": FAKE, "TERRELLA_COORDINATOR": FAKE,
                            "TERRELLA_BUNDLE": str(self._bundler())}
        self.addCleanup(self.run_command, "down")

    def _bundler(self, says=""):
        path = self.write("bundle", f"""#!/bin/sh\ncp "$1" "$2"\nprintf '%s' '{says}'\n""")
        path.chmod(0o755)
        return path

    def behave(self, options, program="NODE"):
        """Give the fakes an option; see fake_node.py."""
        self.environment[f"TERRELLA_{program}"] = f"{FAKE} {options}"

    def command(self, *arguments):
        return [sys.executable, "-P", "-m", "terrella", arguments[0], "--data", str(self.data), *arguments[1:]]

    def run_command(self, *arguments):
        """Run a command to its end: exit code, stdout, stderr."""
        result = subprocess.run(self.command(*arguments), env=self.environment, capture_output=True, text=True,
                                timeout=120, check=False)
        return result.returncode, result.stdout, result.stderr

    def up(self, *options):
        return self.run_command("up", "--detach", "--topology", "duo", "--port", str(self.port), *options)


def free_base():
    """A base of ports at which nothing listens just now."""
    for base in range(20000 + os.getpid() % 5000, 60000, 1000):
        wanted = [base + offset + index for offset in (1, 299, 600) for index in range(REGION_COUNT_MAX + 1)]
        if not any(listens(port) for port in wanted):
            return base
    raise AssertionError("no free ports")


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
