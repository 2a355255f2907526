"""Running experiments: results, resuming, Ctrl-C, comparing. Mostly with an engine that makes figures up."""

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import threading
import unittest
from unittest import mock

import support
from fake_engine import output_of

from terrella.experiment import cli, directory
from terrella.experiment.answers import ANSWERS
from terrella.experiment.file import ready_made
from terrella.experiment.progress import Progress
from terrella.processes import BUILD

FAKE = f"{sys.executable} {support.PROJECT / 'tests' / 'python' / 'fake_engine.py'}"
EXAMPLE = """question = "Is it far?"
topology = "duo"
seeds = 2
[workload]
duration_s = 10
[[variants]]
label = "near"
[[variants]]
label = "far"
policy = "pinned:AKL"
"""


class RunTest(support.FileTest):
    def setUp(self):
        super().setUp()
        self.file = self.write("mine.toml", EXAMPLE)
        self.out, self.log = self.directory / "out", self.directory / "log"
        environment = {"TERRELLA_EXPERIMENT_SIM": FAKE, "FAKE_ENGINE_LOG": str(self.log)}
        for patch in (mock.patch.dict(os.environ, environment), mock.patch.object(directory, "RUNS", self.directory / "runs"),
                      mock.patch.object(cli, "RUNS", self.directory / "runs"), mock.patch.object(cli, "stop_signals_interrupt")):
            patch.start()
            self.addCleanup(patch.stop)

    def command(self, *words):
        """(exit code, what was said)."""
        with contextlib.redirect_stdout(io.StringIO()) as said, contextlib.redirect_stderr(said):
            code = cli.main([str(word) for word in words])
        return code, said.getvalue()

    def ran(self):
        return sorted(self.log.read_text().splitlines()) if self.log.exists() else []

    def test_all_variants_with_all_seeds(self):
        code, said = self.command("run", self.file, "--out", self.out)
        self.assertEqual(code, 0, said)
        self.assertEqual(self.ran(), ["far 1", "far 2", "near 1", "near 2"])
        run = json.loads((self.out / "run.json").read_text())
        self.assertEqual(run["seeds"], [1, 2])
        self.assertEqual((run["question"], run["file"], run["engine"]), ("Is it far?", EXAMPLE, "sim"))
        self.assertEqual([variant["parameters"] for variant in run["variants"]], [{}, {"policy": "pinned:AKL"}])
        for result in run["results"]:
            output = json.loads((self.out / result["file"]).read_text())
            self.assertEqual(output["seed"], result["seed"])
        for line in run["answer"]:
            self.assertIn(line[:30], said)
        self.assertIn("4 of 4 done", said)
        self.assertTrue((self.out / "summary.csv").read_text().startswith("variant,label,metric,kind,region,mean,low,high,seeds\n"))
        self.assertIn("\nv1,far,name_first,AKL,", (self.out / "latency.csv").read_text())

    def test_what_is_there_is_not_run_again(self):
        self.command("run", self.file, "--out", self.out, "--seeds", "1")
        (self.out / "results" / "v1-1.json").unlink()
        code, said = self.command("run", self.file, "--out", self.out, "--seeds", "1", "--resume")
        self.assertEqual(code, 0, said)
        self.assertEqual(self.ran(), ["far 1", "far 1", "near 1"])
        self.assertIn("1 of them there already", said)

    def test_another_input_is_another_result(self):
        self.command("run", self.file, "--out", self.out, "--seeds", "1")
        self.file.write_text(EXAMPLE.replace("pinned:AKL", "pinned:MAD"))
        self.command("run", self.file, "--out", self.out, "--seeds", "1", "--resume")
        self.assertEqual(self.ran(), ["far 1", "far 1", "near 1"])

    def test_a_run_is_not_overwritten(self):
        self.command("run", self.file, "--out", self.out, "--seeds", "1")
        code, said = self.command("run", self.file, "--out", self.out, "--seeds", "1")
        self.assertEqual(code, 1)
        self.assertIn("has a run already; --resume goes on with it", said)

    def test_an_engine_that_fails(self):
        with mock.patch.dict(os.environ, {"FAKE_ENGINE_FAIL": "2"}):
            code, said = self.command("run", self.file, "--out", self.out)
        self.assertEqual(code, 1)
        self.assertRegex(said, "seed 2: the simulator ended with 1: no way; its input: .*-2.json")
        code, said = self.command("report", self.out)
        self.assertEqual(code, 0, said)
        self.assertIn("Not finished: 2 of 4 results are there.", said)
        code, said = self.command("run", self.file, "--out", self.out, "--resume")
        self.assertEqual(code, 0, said)
        self.assertEqual([one for one in self.ran() if one.endswith("1")], ["far 1", "near 1"])

    def test_a_report_runs_nothing_and_loses_nothing(self):
        self.write("near.toml", (support.PROJECT / "topologies" / "duo.toml").read_text())
        self.file.write_text(EXAMPLE.replace('"duo"', '"near.toml"'))
        self.command("run", self.file, "--out", self.out)
        self.file.write_text("changed")
        with mock.patch("terrella.experiment.inputs.commit", lambda: "another"):
            code, said = self.command("report", self.out)
        self.assertEqual(code, 0, said)
        self.assertNotIn("Not finished", said)
        self.assertEqual(len(self.ran()), 4)
        self.assertEqual(json.loads((self.out / "run.json").read_text())["name"], "mine")

    def test_an_interrupt_keeps_what_is_done(self):
        environment = {**os.environ, "PYTHONPATH": str(support.PROJECT / "scripts"), "FAKE_ENGINE_STOP": "2"}
        process = subprocess.Popen([sys.executable, "-P", "-m", "terrella.experiment", "run", str(self.file), "--out", str(self.out)],
                                   env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.stderr.close)
        watchdog = threading.Timer(120, process.kill)  # only against hanging for ever
        watchdog.start()
        self.addCleanup(watchdog.cancel)
        self.addCleanup(process.kill)
        for line in process.stderr:
            if line.startswith("2 of 4 done"):
                process.send_signal(signal.SIGINT)
                break
        said = process.stderr.read()
        self.assertEqual(process.wait(timeout=60), 130, said)
        self.assertIn("Interrupted; 2 of 4 results are kept. To go on:", said)
        words = said.split("To go on:\n")[1].splitlines()[0].split()
        self.assertEqual(words[:2], ["scripts/experiment", "run"])
        self.assertIn("To see what is there:\n  scripts/experiment report ", said)
        code, said = self.command(*words[1:])
        self.assertEqual(code, 0, said)
        self.assertEqual(self.ran().count("near 1"), 1)
        self.assertEqual(len(json.loads((self.out / "run.json").read_text())["results"]), 4)

    def test_the_newest_run_by_name(self):
        self.command("run", self.file)
        code, said = self.command("compare", "mine")
        self.assertEqual(code, 0, said)
        self.assertIn("mine, sim, 2 seeds", said)
        self.assertEqual(self.command("compare", "yours")[0], 1)

    def test_compare_two_runs(self):
        self.command("run", self.file, "--out", self.out)
        self.command("run", self.file, "--out", self.directory / "again", "--seeds", "3")
        code, said = self.command("compare", self.out, self.directory / "again", "--out", self.directory / "both")
        self.assertEqual(code, 0, said)
        found = json.loads((self.directory / "both" / "compare.json").read_text())["differences"]
        self.assertEqual({(one["base"]["run"], one["other"]["run"]) for one in found}, {(0, 1)})
        self.assertTrue(all(one["base"]["variant"] == one["other"]["variant"] and one["noise"] for one in found))
        self.assertTrue((self.directory / "both" / "compare.csv").exists())

    def test_compare_variants_of_one_run(self):
        self.command("run", self.file, "--out", self.out, "--seeds", "5")
        self.command("compare", self.out, "--out", self.directory / "self")
        found = json.loads((self.directory / "self" / "compare.json").read_text())["differences"]
        means = [one for one in found if (one["metric"], one["kind"]) == ("mean_ms", "all")]
        self.assertEqual([(one["base"]["variant"], one["other"]["variant"], one["noise"]) for one in means], [("v0", "v1", False)])

    def test_every_ready_made_one_has_an_answer(self):
        """With made-up figures: that each of its sentences can be made."""
        for name in ready_made():
            code, said = self.command("run", name, "--seeds", "1", "--out", self.directory / name)
            self.assertEqual(code, 0, said)
            answer = json.loads((self.directory / name / "run.json").read_text())["answer"]
            self.assertGreater(len(answer), 0, name)
            self.assertNotIn("nothing", " ".join(answer), name)

    def test_list(self):
        code, said = self.command("list")
        self.assertEqual(code, 0)
        self.assertEqual([line.split()[0] for line in said.splitlines()], list(ready_made()))
        self.assertIn("Would a location hint have helped?", said)

    def test_answers_are_all_used(self):
        self.assertEqual(set(ANSWERS), {"generic", *ready_made()})


@unittest.skipUnless((BUILD / "experiment" / "experiment-sim").exists(), "the simulator is not built")
class SimulatorTest(support.FileTest):
    """The real one."""

    def result(self, name):
        out = self.directory / name
        file = self.write("small.toml", 'question = "?"\ntopology = "duo"\njitter = "none"\n[workload]\nduration_s = 20\n'
                          "arrivals.rate_per_s = 50\nservice = { kind = \"fixed\", ms = 2 }\n[workload.objects]\ncount = 200\n"
                          "unique_share = 0.5\n")
        with contextlib.redirect_stdout(io.StringIO()) as said, contextlib.redirect_stderr(said):
            self.assertEqual(cli.main(["run", str(file), "--seeds", "1", "--out", str(out)]), 0, said.getvalue())
        text = (out / "results" / "v0-1.json").read_text()
        return json.loads(text), json.loads((out / "run.json").read_text())

    def test_the_same_file_and_seed_give_the_same_result(self):
        outputs = [self.result(name)[0] for name in ("one", "two")]
        for output in outputs:
            del output["wall_s"], output["peak_rss_bytes"]
        self.assertEqual(*(json.dumps(output) for output in outputs))

    def test_the_fields_are_those_that_are_told(self):
        """test_experiment_docs.py compares them with the document."""
        output, _ = self.result("one")
        given = json.loads((self.directory / "one" / "inputs" / "v0-1.json").read_text())
        self.assertEqual(set(output), set(output_of(given)))

    def test_what_it_measures_is_what_is_to_be_expected(self):
        output, run = self.result("one")
        found = {(row["metric"], row["kind"], row["region"]): row["mean"] for row in run["summary"]}
        self.assertAlmostEqual(found["p50_ms", "cached_local", "MAD"], 2, delta=0.05)
        rtt = output["rtt_ms"][0][1]
        self.assertAlmostEqual(found["p50_ms", "cached_remote", "MAD"], rtt + 2, delta=0.02 * rtt)
        self.assertEqual(sum(found[key] for key in found if key[0] == "requests" and key[1] != "all" and key[2] == "all"),
                         output["requests"])
        self.assertEqual((found["i8_broken", "all", "all"], found["i10_broken", "all", "all"]), (0, 0))


class ProgressTest(unittest.TestCase):
    def test_how_long_real_processes_take(self):
        values = {"workload.duration_s": 30, "time_scale": 4}
        points = [mock.Mock(variant=mock.Mock(values=values))] * 2
        self.assertEqual(cli.time_words(cli.real_seconds(points)), "4 min")
        self.assertEqual([cli.time_words(seconds) for seconds in (59, 7200, 172800)], ["59 s", "2 h", "2 days"])

    def test_time_left(self):
        now = [0.0]
        stream = io.StringIO()
        progress = Progress(5, 2, stream, lambda: now[0])
        self.assertIsNone(progress.left_s())
        progress.begin("a")
        progress.begin("b")
        now[0] = 10
        progress.end("a")
        progress.end("b")
        self.assertAlmostEqual(progress.left_s(), 15)  # three left, two at once, 10 s each
        progress.begin("c")
        now[0] = 15
        self.assertAlmostEqual(progress.left_s(), 12.5)
        self.assertEqual(stream.getvalue().splitlines()[-1], "2 of 5 done (b, 10.0 s), about 15 s left")


if __name__ == "__main__":
    unittest.main()
