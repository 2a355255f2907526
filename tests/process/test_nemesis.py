"""A cluster under faults for 30 s in all, start and final reads included: what its clients saw holds. And a Worker
whose objects forget is found out, so a finding would be seen."""

import json
import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from cluster import PROJECT, SANITIZED, free_base, processes

SECONDS = 22
KEPT = PROJECT / ".terrella" / "test" / "nemesis"
SEED = 20261


class NemesisTest(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="terrella-nemesis-")
        self.addCleanup(temporary.cleanup)
        self.directory = Path(temporary.name) / "run"

    def run_nemesis(self, wanted_code, *options):
        """What it printed, and the verdicts by checker. When it ends otherwise than it should, the history is kept."""
        environment = {**os.environ, "TERRELLA_BUILD": os.environ.get("TERRELLA_BUILD", "build")}
        result = subprocess.run([PROJECT / "scripts/nemesis", "--port", str(free_base()), "--directory", str(self.directory),
                                 *options], env=environment, capture_output=True, text=True, timeout=300, check=False)
        said = result.stdout + result.stderr
        if result.returncode != wanted_code:
            if self.directory.exists():
                shutil.copytree(self.directory, KEPT / self._testMethodName, dirs_exist_ok=True)
            self.fail(f"exit code {result.returncode}; what there is, is in {KEPT / self._testMethodName}\n{said}")
        return said, {one["checker"]: one for one in json.loads((self.directory / "verdicts.json").read_text())}

    def test_one_cluster_under_faults(self):
        """All faults on nine regions: nothing that was promised is broken."""
        said, verdicts = self.run_nemesis(0, "--seconds", str(SECONDS), "--seed", str(SEED))
        print(said)
        self.assertEqual({name for name, one in verdicts.items() if one["verdict"] != "valid"}, set())
        for name in ("linearizable", "at most once", "one home", "durable", "answered", "unique", "processes"):
            self.assertGreater(verdicts[name]["checked"], 5, name)

    @unittest.skipIf(SANITIZED, "the same Worker, only slower")
    def test_one_that_forgets_is_found_out(self):
        _, verdicts = self.run_nemesis(1, "--seconds", "4", "--seed", "1", "--topology", "duo", "--faults", "kill",
                                       "--worker", str(PROJECT / "tests/process/forgetful"))
        self.assertEqual(verdicts["durable"]["verdict"], "broken")
        self.assertEqual(verdicts["linearizable"]["verdict"], "broken")
        self.assertEqual(verdicts["one home"]["verdict"], "valid")


class SimulatorTest(unittest.TestCase):
    def test_one_simulated_history_is_judged_alike(self):
        """The same checkers read what the simulator writes."""
        with tempfile.TemporaryDirectory(prefix="terrella-history-") as directory:
            path = Path(directory) / "sim.jsonl"
            for seed in range(1, 6):
                subprocess.run([processes.BUILD / "sim/sim", "--seed", str(seed), "--history", path], stdout=subprocess.DEVNULL,
                               timeout=60, check=True)
                result = subprocess.run([PROJECT / "scripts/check-history", "--json", path], capture_output=True, text=True,
                                        timeout=60, check=False)
                self.assertEqual(result.returncode, 0, f"seed {seed}: {result.stdout}")
                checked = {one["checker"]: one["checked"] for one in json.loads(result.stdout)["verdicts"]}
                for name in ("linearizable", "one home", "durable", "answered"):
                    self.assertGreater(checked[name], 10, f"seed {seed}: {name}")


class UsageTest(unittest.TestCase):
    def test_unknown_faults_are_named(self):
        result = subprocess.run([PROJECT / "scripts/nemesis", "--faults", "kill,flood"], capture_output=True, text=True,
                                timeout=60, check=False, env={**os.environ, "TERRELLA_BUILD": "build"})
        self.assertEqual(result.returncode, 2)
        self.assertIn("flood; there are kill", result.stderr)


if __name__ == "__main__":
    unittest.main()
