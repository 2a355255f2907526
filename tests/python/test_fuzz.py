"""The corpora of tests/fuzz for what Python reads, and a few mutations of them, always the same ones."""

import sys
import unittest

from support import PROJECT

sys.path.insert(0, str(PROJECT / "tests" / "fuzz"))

import fuzz_python  # noqa: E402

RUNS = 150  # of each target, the corpus included


class FuzzTest(unittest.TestCase):
    def fuzzed(self, target):
        fuzzer = fuzz_python.fuzz(target, 1, runs=RUNS)
        self.assertEqual([text for _, text in fuzzer.found.values()], [])
        self.assertGreater(len(fuzzer.lines), 200)
        self.assertGreater(len(fuzzer.kept), 3)

    def test_wrangler_files(self):
        self.fuzzed("wrangler")

    def test_topologies(self):
        self.fuzzed("topology")

    def test_an_exception_is_found(self):
        """The fuzzer sees what breaks, and tells with which input."""
        def breaks(_directory, data):
            if b"=" in data:
                raise KeyError("on purpose")
        self.addCleanup(fuzz_python.TARGETS.update, topology=fuzz_python.TARGETS["topology"])
        fuzz_python.TARGETS["topology"] = breaks
        found = fuzz_python.fuzz("topology", 1).found
        self.assertEqual([key[0] for key in found], ["KeyError"])


if __name__ == "__main__":
    unittest.main()
