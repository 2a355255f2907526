"""Experiment files: what they become, and what is said about mistakes in them."""

import json
import unittest

import support

from terrella.experiment.answers import ANSWERS
from terrella.experiment.file import read_experiment, ready_made
from terrella.experiment.inputs import input_of, input_text, topology_of
from terrella.mistakes import Refused

SMALL = 'question = "How?"\ntopology = "duo"\n[workload]\nduration_s = 10\n'


class ExperimentFileTest(support.FileTest):
    def read(self, text, engine=None):
        return read_experiment(self.write("mine.toml", text), engine, ANSWERS)

    def refused(self, text, engine=None):
        """What is said, without the file's directory."""
        with self.assertRaises(Refused) as caught:
            self.read(text, engine)
        return [line.replace(f"{self.directory}/", "") for line in caught.exception.lines]


class VariantsTest(ExperimentFileTest):
    def test_one_variant_without_a_sweep(self):
        experiment = self.read(SMALL)
        self.assertEqual([(one.id, one.label, one.parameters) for one in experiment.variants], [("v0", "as written", {})])
        self.assertEqual((experiment.name, experiment.question, experiment.engine, experiment.seeds), ("mine", "How?", "sim", 5))

    def test_a_sweep_is_a_product(self):
        experiment = self.read(SMALL + '[sweep]\npolicy = ["nearest", "pinned:AKL"]\n"coordinator.region" = ["MAD", "AKL"]\n')
        self.assertEqual([one.label for one in experiment.variants],
                         ["policy=nearest, coordinator=MAD", "policy=nearest, coordinator=AKL",
                          "policy=pinned:AKL, coordinator=MAD", "policy=pinned:AKL, coordinator=AKL"])
        self.assertEqual(experiment.variants[3].values["coordinator.region"], "AKL")

    def test_labels_are_short(self):
        experiment = self.read(SMALL + '[sweep]\ncache.entry_count_max = [100, 20_000]\nworkload.objects.users.kind = ["world"]\n'
                               "cache.on = [true]\n")
        self.assertEqual([one.label for one in experiment.variants], ["room=100, cache=on, users=world", "room=20k, cache=on, users=world"])

    def test_variants_times_sweep(self):
        experiment = self.read(SMALL + '[[variants]]\nlabel = "plain"\n[[variants]]\nlabel = "pushed"\ncache.fill = "push"\n'
                               '[sweep]\nworkload.objects.hint = ["none", "oc"]\n')
        self.assertEqual([one.label for one in experiment.variants], ["plain, hint=none", "plain, hint=oc", "pushed, hint=none",
                                                                      "pushed, hint=oc"])
        self.assertEqual([one.values["cache.fill"] for one in experiment.variants], [None, None, "push", "push"])

    def test_a_sweep_over_topologies(self):
        experiment = self.read(SMALL + '[sweep]\ntopology = ["duo", "continents"]\n')
        counts = [len(input_of(experiment, one, 1, "sim")["topology"]["regions"]) for one in experiment.variants]
        self.assertEqual(counts, [2, 9])

    def test_ready_made_ones(self):
        self.assertEqual(len(ready_made()), 9)
        for name in ready_made():
            experiment = read_experiment(name, answers=ANSWERS)
            self.assertIn(experiment.answer, ANSWERS, name)


class InputTest(ExperimentFileTest):
    def input(self, text, engine="sim", variant=0):
        experiment = self.read(text)
        return input_of(experiment, experiment.variants[variant], 7, engine)

    def test_the_same_bytes(self):
        self.assertEqual(input_text(self.input(SMALL)), input_text(self.input(SMALL)))
        self.assertEqual(json.loads(input_text(self.input(SMALL)))["seed"], 7)

    def test_the_check_of_the_world_moves_with_the_coordinator(self):
        far = self.input('question = "?"\ntopology = "continents"\n[coordinator]\nregion = "SYD"\n[workload]\nduration_s = 1\n')
        near = self.input('question = "?"\ntopology = "continents"\n[workload]\nduration_s = 1\n')
        self.assertEqual((near["coordinator"]["region"], far["coordinator"]["region"]), ("IAD", "SYD"))
        codes = [region["code"] for region in far["topology"]["regions"]]
        self.assertAlmostEqual(far["coordinator"]["check"]["ms"], max(far["topology"]["rtt_ms"][codes.index("SYD")]), 3)
        self.assertGreater(far["coordinator"]["check"]["ms"], near["coordinator"]["check"]["ms"])

    def test_several_coordinators(self):
        given = self.input(SMALL.replace("[workload]", '[coordinator]\nregions = ["AKL", "MAD"]\ncheck = "none"\n[workload]'))
        self.assertEqual(given["coordinator"], {"region": "AKL", "check": {"kind": "none"}, "count": 2, "regions": ["AKL", "MAD"]})

    def test_only_what_applies_is_told(self):
        given = self.input(SMALL)["workload"]
        self.assertEqual(given["arrivals"], {"kind": "poisson", "rate_per_s": 1000})
        self.assertEqual(given["objects"]["users"], {"kind": "home", "home_share": 0.9})

    def test_fetches_for_each_object_tell_the_duration(self):
        given = self.input('question = "?"\ntopology = "duo"\n[workload]\narrivals.rate_per_s = 50\n'
                           "[workload.objects]\ncount = 200\nfetches_per_object = 3\n")
        self.assertEqual(given["workload"]["duration_s"], 12)

    def test_times_are_the_models(self):
        given = self.input("time_scale = 0.1\n" + SMALL, "processes")
        self.assertEqual((given["topology"]["time_scale"], given["engine"]), (1.0, {"kind": "processes", "time_scale": 0.1}))
        self.assertGreater(given["topology"]["rtt_ms"][0][1], 200)

    def test_a_pinned_policy_and_the_cache(self):
        given = self.input('policy = "pinned:AKL"\n' + SMALL + "[cache]\nentry_count_max = 12\n")
        self.assertEqual(given["policy"], {"name": "pinned", "region": "AKL"})
        self.assertEqual((given["cache"]["entry_count_max"], given["limits"]["cache_entry_count_max"]), (12, 12))


class MistakesTest(ExperimentFileTest):
    def test_all_at_once_with_their_lines(self):
        said = self.refused("""topology = "continents"
answer = "hint"
polcy = "nearest"
[workload]
duration_s = -1
service = { kind = "fixed" }
[workload.objects]
unique_share = 2
users = { kind = "hme" }
[sweep]
policy = ["nearest", "nearst"]
workload.objects.cont = [1]
cache.on = true
[[faults]]
at_s = 1
what = "cut"
region = "LHR"
""")
        self.assertEqual(said, [
            "mine.toml: question: is missing: what is to be found out, such as question = \"Would a hint have helped?\"",
            'mine.toml:2: answer: no such answer as "hint"; did you mean "hints"?',
            'mine.toml:3: polcy: no such key; did you mean "policy"?',
            "mine.toml:5: workload.duration_s: expected a number from 0.01 to 31_536_000, but got -1",
            'mine.toml:6: workload.service: kind = "fixed" takes ms, but got {"kind": "fixed"}',
            "mine.toml:8: workload.objects.unique_share: expected a number from 0 to 1, but got 2",
            'mine.toml:9: workload.objects.users.kind: expected one of home, several, world, travel, but got "hme"',
            'mine.toml:11: sweep.policy: expected one of nearest, hint, centre, coordinator, random or "pinned:LHR", but got "nearst"',
            'mine.toml:12: sweep.workload.objects.cont: no such key; did you mean "workload.objects.count"?',
            "mine.toml:13: sweep.cache.on: expected a list of values to try, but got true",
            'mine.toml:14: faults[0].other: is missing for what = "cut"'])

    def test_regions_that_the_topology_lacks(self):
        said = self.refused('policy = "pinned:LHR"\n' + SMALL + '[coordinator]\nregion = "SYD"\n[workload.objects]\n'
                            'region_weights = { MAD = 1, XXX = 2 }\n[[faults]]\nat_s = 1\nwhat = "kill"\nregion = "AMS"\n')
        self.assertEqual([line.split(" is not")[0] for line in said],
                         ['mine.toml:1: policy: "LHR"', 'mine.toml:7: coordinator.region: "SYD"',
                          'mine.toml:9: workload.objects.region_weights: "XXX"', 'mine.toml:13: faults[0].region: "AMS"'])

    def test_what_means_nothing(self):
        said = self.refused(SMALL + 'arrivals = { kind = "poisson", burst_s = 3 }\n')
        self.assertEqual(said, ['mine.toml:5: workload.arrivals.burst_s: means nothing without workload.arrivals.kind = "burst"'])
        self.read(SMALL + 'arrivals = { burst_s = 3 }\n[sweep]\nworkload.arrivals.kind = ["poisson", "burst"]\n')

    def test_amounts(self):
        self.assertRegex(self.refused('question = "?"\n')[0], "workload.duration_s: is missing")
        self.assertRegex(self.refused(SMALL + "arrivals.rate_per_s = 1e7\nrequests_max = 5\nwarmup_s = 20\n")[0], "warmup_s: 20 s is no less")
        self.assertRegex(self.refused(SMALL.replace("10", "1000000"))[0], "makes about 1e.09 requests")
        self.assertRegex(self.refused(SMALL + "objects.fetches_per_object = 2\n")[0], "duration_s: follows from")
        self.assertRegex(self.refused(SMALL + '[[faults]]\nat_s = 10\nwhat = "kill"\nregion = "MAD"\n')[0], "10 s is after the end")

    def test_what_processes_cannot_do(self):
        said = self.refused('policy = "centre"\n' + SMALL + '[coordinator]\nregions = ["MAD", "AKL"]\n', "processes")
        self.assertEqual(said, ['mine.toml:1: policy: "centre" is for engine = "sim" only',
                                'mine.toml:7: coordinator.regions: several coordinators are for engine = "sim" only'])
        said = self.refused(SMALL + '[[variants]]\nlabel = "off"\ncache.on = false\n[[variants]]\nlabel = "on"\n', "processes")
        self.assertEqual(said, ['mine.toml:7: variants[0].cache.on: false is for engine = "sim" only'])

    def test_who_is_told_of_new_homes(self):
        def fills(experiment, engine):
            return [input_of(experiment, variant, 1, engine)["cache"]["fill"] for variant in experiment.variants]

        experiment = self.read(SMALL + '[sweep]\ncache.fill = ["pull", "push"]\n', "processes")
        self.assertEqual(fills(experiment, "processes"), ["pull", "push"])
        self.assertEqual([topology_of(experiment, variant).push for variant in experiment.variants], [False, True])
        self.write("pushing.toml", 'regions = ["LHR", "SYD"]\n[coordinator]\nregion = "LHR"\npush = true\n')
        experiment = self.read(SMALL.replace("duo", "pushing.toml") + '[[variants]]\nlabel = "as it is"\n[[variants]]\nlabel = "pull"\n'
                               'cache.fill = "pull"\n[[variants]]\nlabel = "off"\ncache.on = false\n')
        self.assertEqual(fills(experiment, "sim"), ["push", "pull", "pull"])

    def test_regions_are_looked_at_beside_other_mistakes(self):
        said = self.refused('policy = "pinned:LHR"\n' + SMALL.replace("duration_s = 10", "duration_s = true")
                            + '[sweep]\ncoordinator.region = ["MAD", 5, "SYD"]\n')
        self.assertEqual([line.split(": ")[1] for line in said],
                         ["policy", "workload.duration_s", "sweep.coordinator.region", "sweep.coordinator.region"])

    def test_a_topology_that_is_none(self):
        self.assertRegex(self.refused(SMALL.replace("duo", "dou"))[0], r"mine.toml:2: topology: dou: no such topology; did you mean \"duo\"")

    def test_no_such_file_and_no_toml(self):
        with self.assertRaisesRegex(Refused, "no such experiment; ready-made ones are cache, coordinator-place"):
            read_experiment("nothing")
        self.assertRegex(self.refused("question = \n")[0], r"mine.toml:1: Invalid TOML")


if __name__ == "__main__":
    unittest.main()
