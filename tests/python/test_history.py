"""The checkers of proof/: a bad history made by hand for each, made-up good ones, and all small histories
against a checker that tries every order."""

import itertools
import json
import random
import subprocess
import sys
import time
import unittest

from support import PROJECT, FileTest

sys.path.insert(0, str(PROJECT))

from proof import check, check_answered, check_at_most_once, check_durable, check_linear, check_one_home, check_unique  # noqa: E402
from proof.history import NEVER, BadHistory, Recorder, parse_history, read_history  # noqa: E402
from proof.made import made_lines  # noqa: E402
from proof.verdict import BROKEN, UNKNOWN, VALID, Verdict  # noqa: E402

S = 1_000_000_000


def history(*events, setup=None):
    """From tuples (process, type, f, object, value, more): a line each, a second apart unless `time` says so."""
    lines = [json.dumps({"index": 0, "time": 0, "process": "nemesis", "type": "info", "f": "begin", "value": setup or {}})]
    for index, (process, line_type, f, name, value, *more) in enumerate(events, 1):
        lines.append(json.dumps({"index": index, "time": index * S, "process": process, "type": line_type, "f": f,
                                 "object": name, "value": value, **(more[0] if more else {})}))
    return parse_history(lines)


def one_by_one(*operations):
    """From tuples (type, f, value asked, value answered, more): operations without overlap, on one object."""
    events = []
    for line_type, f, asked, answered, *more in operations:
        events += [("c", "invoke", f, "x", asked, *more), ("c", line_type, f, "x", answered, *more)]
    return history(*events)


class CheckerTest(unittest.TestCase):
    def assert_broken(self, checker, found, reason, *starts):
        """The first problem says `reason`, and names the operations that began at `starts`."""
        verdict = checker.check(found)
        self.assertEqual(verdict.verdict, BROKEN, verdict.lines())
        self.assertIn(reason, verdict.problems[0]["reason"])
        self.assertEqual([one.start for one in verdict.problems[0]["operations"]], list(starts))
        told = json.loads(json.dumps(verdict.as_json()))
        self.assertEqual([one["index"] for one in told["problems"][0]["operations"]], list(starts))
        text = "\n".join(verdict.lines())
        for start in starts:
            self.assertIn(f"#{start}", text)

    def assert_verdict(self, checker, found, wanted=VALID):
        verdict = checker.check(found)
        self.assertEqual(verdict.verdict, wanted, verdict.lines())


class LinearizableTest(CheckerTest):
    def test_a_stale_read(self):
        self.assert_broken(check_linear, one_by_one(("ok", "write", 1, None), ("ok", "write", 2, None), ("ok", "read", None, 1)),
                           "saw 1", 5, 1, 3)

    def test_a_value_from_nowhere(self):
        self.assert_broken(check_linear, one_by_one(("ok", "write", 1, None), ("ok", "read", None, 7)), "saw 7", 3, 1)

    def test_a_swap_that_cannot_have_been(self):
        self.assert_broken(check_linear, one_by_one(("ok", "write", 1, None), ("ok", "cas", [5, 6], 5)), "saw 5", 3, 1)
        self.assert_verdict(check_linear, one_by_one(("ok", "write", 1, None), ("ok", "cas", [5, 6], 1), ("ok", "read", None, 1)))
        self.assert_broken(check_linear, one_by_one(("ok", "write", 1, None), ("ok", "cas", [5, 6], 1), ("ok", "read", None, 6)),
                           "saw 6", 5, 1)

    def test_what_surely_did_not_happen_was_seen(self):
        self.assert_broken(check_linear, one_by_one(("fail", "write", 1, None), ("ok", "read", None, 1)), "saw 1", 3)
        self.assert_verdict(check_linear, one_by_one(("info", "write", 1, None), ("ok", "read", None, 1)))

    def test_an_unknown_one_takes_effect_later_but_once(self):
        late = (("info", "write", 1, None), ("ok", "read", None, 0), ("ok", "write", 2, None), ("ok", "read", None, 1))
        self.assert_verdict(check_linear, one_by_one(*late))
        self.assert_broken(check_linear, one_by_one(*late, ("ok", "write", 2, None), ("ok", "read", None, 1)), "saw 1", 11, 1, 9)

    def test_an_unknown_swap_is_seen_through_another(self):
        self.assert_verdict(check_linear, one_by_one(("info", "write", 1, None), ("info", "cas", [1, 2], None), ("ok", "read", None, 2)))
        self.assert_broken(check_linear, one_by_one(("info", "cas", [1, 2], None), ("ok", "read", None, 2)), "saw 2", 3, 1)

    def test_operations_at_the_same_time_have_any_order(self):
        both = [("a", "invoke", "write", "x", 1), ("b", "invoke", "write", "x", 2), ("a", "ok", "write", "x", None),
                ("b", "ok", "write", "x", None)]
        for value in (1, 2):
            read = [("a", "invoke", "read", "x", None), ("a", "ok", "read", "x", value)]
            self.assert_verdict(check_linear, history(*both, *read))
            other = [("a", "invoke", "read", "x", None), ("a", "ok", "read", "x", 3 - value)]
            self.assert_broken(check_linear, history(*both, *read, *other), f"saw {3 - value}", 7, 1 + (value == 1), value)

    def test_each_object_stands_alone(self):
        found = history(("a", "invoke", "write", "x", 1), ("a", "ok", "write", "x", None), ("a", "invoke", "read", "y", None),
                        ("a", "ok", "read", "y", 0))
        self.assert_verdict(check_linear, found)

    def test_counter(self):
        self.assert_broken(check_linear, one_by_one(("ok", "add", 1, 1), ("ok", "add", 1, 1)), "the same value 1", 1, 3)
        self.assert_broken(check_linear, one_by_one(("ok", "add", 1, 2), ("ok", "add", 1, 1)), "too early", 1, 3)
        self.assert_broken(check_linear, one_by_one(("ok", "add", 1, 2)), "the value 2 was seen", 1)
        self.assert_broken(check_linear, one_by_one(("ok", "add", 1, 1), ("ok", "read", None, 0)), "too early", 1, 3)
        self.assert_broken(check_linear, one_by_one(("fail", "add", 1, None), ("ok", "add", 1, 2)), "at most 1 adds", 3)
        self.assert_broken(check_linear, one_by_one(("ok", "add", 1, 2), ("info", "add", 1, None)), "too early", 1, 3)
        self.assert_verdict(check_linear, one_by_one(("info", "add", 1, None), ("ok", "add", 1, 2), ("ok", "read", None, 2)))

    def test_a_counter_with_other_steps(self):
        self.assert_broken(check_linear, one_by_one(("ok", "add", 5, 5), ("ok", "add", 2, 8)), "saw 6", 3, 1)
        self.assert_verdict(check_linear, one_by_one(("ok", "add", 5, 5), ("info", "add", 1, None), ("ok", "add", 2, 8)))

    def test_too_much_is_unknown(self):
        events = [(f"p{k}", "invoke", "add", "x", 1 << k) for k in range(20)]
        events += [("r", "invoke", "read", "x", None), ("r", "ok", "read", "x", -1)]
        verdict = Verdict("linearizable", "objects")
        check_linear.search("x", history(*events).operations, verdict, states_max=1000)
        self.assertEqual((verdict.verdict, verdict.problems[0]["operations"][0].start), (UNKNOWN, 21))

    def test_malformed_answers(self):
        for f, asked, answered in (("add", 1, "x"), ("add", "1", 1), ("cas", 5, 5), ("cas", [1], 5), ("read", None, [1])):
            self.assert_broken(check_linear, one_by_one(("ok", f, asked, answered)), "form", 1)


class OtherCheckersTest(CheckerTest):
    TOKEN = {"token": "t1"}

    def run_once(self, *ends):
        return one_by_one(("ok", "add", 1, 1, self.TOKEN), *ends)

    def test_at_most_once(self):
        asked = {"final": True}
        self.assert_verdict(check_at_most_once, self.run_once(("ok", "tokens", None, {"t1": 1}, asked)))
        self.assert_broken(check_at_most_once, self.run_once(("ok", "tokens", None, {"t1": 2}, asked)), "ran 2 times", 1, 3)
        self.assert_broken(check_at_most_once, self.run_once(("ok", "tokens", None, {"t1": 1, "t2": 1})), "nobody has sent", 3)
        self.assert_broken(check_at_most_once, one_by_one(("fail", "add", 1, None, self.TOKEN), ("ok", "tokens", None, {"t1": 1})),
                           "said not to have run", 1, 3)

    def test_durable(self):
        final = {"final": True}
        self.assert_broken(check_durable, self.run_once(("ok", "tokens", None, {}, final)), "gone", 1, 3)
        self.assert_broken(check_durable, self.run_once(("ok", "read", None, 0, final)), "1 was acknowledged, and 0 is left", 1, 3)
        self.assert_verdict(check_durable, self.run_once(("ok", "read", None, 1, final)))
        self.assert_verdict(check_durable, self.run_once(("ok", "read", None, 1)), UNKNOWN)
        self.assert_verdict(check_durable, one_by_one(("info", "add", 1, None), ("ok", "read", None, 0, final)))

    def test_one_home(self):
        def lives(*answers):
            return one_by_one(*(("ok", "read", None, 0, {"home": home, "instance": instance}) for home, instance in answers))
        self.assert_verdict(check_one_home, lives(("LHR", "a"), ("LHR", "a"), ("LHR", "b"), ("LHR", "c")))
        self.assert_broken(check_one_home, lives(("LHR", "a"), ("SYD", "b")), "lived in LHR, and then in SYD", 1, 3)
        self.assert_broken(check_one_home, lives(("LHR", "a"), ("LHR", "b"), ("LHR", "a")), "live at once", 1, 5, 3)

    def test_one_process_for_each_region(self):
        answers = [("ok", "read", None, 0, {"home": "LHR", "boot": boot}) for boot in "aba"]
        self.assert_broken(check_one_home, one_by_one(*answers), "two processes", 1, 5, 3)

    def test_instances_may_follow_each_other_within_overlapping_operations(self):
        place = {"home": "LHR"}
        found = history(("a", "invoke", "read", "x", None), ("b", "invoke", "read", "x", None),
                        ("b", "ok", "read", "x", 0, {**place, "instance": "i"}), ("c", "invoke", "read", "x", None),
                        ("c", "ok", "read", "x", 0, {**place, "instance": "j"}), ("a", "ok", "read", "x", 0, {**place, "instance": "j"}))
        self.assert_verdict(check_one_home, found)

    def test_entry_only_regions_host_nothing(self):
        found = history(("a", "invoke", "read", "x", None), ("a", "ok", "read", "x", 0, {"home": "GRU", "instance": "i"}),
                        setup={"hosts": ["LHR"]})
        self.assert_broken(check_one_home, found, "hosts no objects", 1)

    def test_answered(self):
        setup = {"deadline_ms": 3000, "allowance_ms": 500}
        read = ("a", "invoke", "read", "x", None, {"region": "LHR"})
        late = ("a", "info", "read", "x", None, {"time": 9 * S})
        self.assert_broken(check_answered, history(read, late, setup=setup), "taken 8000 ms", 1)
        never = history(read, ("b", "invoke", "read", "x", None, {"time": 9 * S}), setup=setup)
        self.assert_broken(check_answered, never, "no end for 8000 ms", 1)
        self.assert_verdict(check_answered, history(read, ("a", "ok", "read", "x", None, {"time": 4 * S}), setup=setup))

    def test_nobody_answers_while_away(self):
        def paused(region):
            return history(("a", "invoke", "read", "x", None, {"region": "LHR"}), ("nemesis", "info", "pause", None, region),
                           ("nemesis", "info", "resume", None, region, {"time": 8 * S}),
                           ("a", "ok", "read", "x", 0, {"time": 9 * S}), setup={"deadline_ms": 3000, "allowance_ms": 500})
        self.assert_verdict(check_answered, paused("LHR"))
        self.assert_broken(check_answered, paused("SYD"), "taken 8000 ms", 1)

    def test_unique(self):
        create = ("ok", "create", None, "f00")
        self.assert_broken(check_unique, one_by_one(create, create), "given twice", 1, 3)
        self.assert_verdict(check_unique, one_by_one(create, ("ok", "create", None, "f01"), ("info", "create", None, None)))


class SmallHistoriesTest(unittest.TestCase):
    """The search, and the quick way for counters, against a checker that tries every order."""

    def explained(self, operations):
        must = [one for one in operations if one.is_ok]
        may = [one for one in operations if not one.is_ok]
        for count in range(len(may) + 1):
            for some in itertools.combinations(may, count):
                for order in itertools.permutations(must + list(some)):
                    if self.is_in_time(order) and self.is_possible(order):
                        return True
        return False

    def is_in_time(self, order):
        return all(a.start < b.end for index, a in enumerate(order) for b in order[index + 1:])

    def is_possible(self, order):
        state = 0
        for one in order:
            if one.f == "read":
                if one.is_ok and one.result != state:
                    return False
            elif one.f == "write":
                state = one.value
            elif one.f == "add":
                state += one.value
                if one.is_ok and one.result != state:
                    return False
            else:
                if one.is_ok and one.result != state:
                    return False
                if state == one.value[0]:
                    state = one.value[1]
        return True

    def drawn(self, chance, functions):
        """A history of a few operations with likely answers, in any overlap."""
        count = chance.randrange(2, 6)
        places = sorted(chance.sample(range(count * 2), count * 2), key=lambda _: chance.random())
        operations, events = [], {}
        for k in range(count):
            f = chance.choice(functions)
            value = {"read": None, "write": chance.randrange(3), "cas": [chance.randrange(3), chance.randrange(3)],
                     "add": 1, "step": chance.randrange(1, 3)}[f]
            f = "add" if f == "step" else f
            result = None if f == "write" else chance.randrange(1 if f == "add" else 0, 4)
            begin, end = sorted(places[2 * k:2 * k + 2])
            fate = chance.choice(("ok", "ok", "ok", "ok", "info", "fail"))
            events[begin] = (f"p{k}", "invoke", f, "x", value)
            events[end] = (f"p{k}", fate, f, "x", result if fate == "ok" else None)
        operations = history(*(events[place] for place in sorted(events))).operations
        return [one for one in operations if one.may_have_run]

    def compare(self, seed, functions, ways, count=500):
        chance = random.Random(seed)
        found = {True: 0, False: 0}
        for _ in range(count):
            operations = self.drawn(chance, functions)
            wanted = self.explained(operations)
            found[wanted] += 1
            for way in ways:
                verdict = Verdict("linearizable", "objects")
                way("x", operations, verdict)
                self.assertEqual(verdict.verdict, VALID if wanted else BROKEN,
                                 "\n".join([way.__name__, *map(str, operations), *verdict.lines()]))
        self.assertGreater(min(found.values()), count // 20, "both must occur")

    def test_registers(self):
        self.compare(1, ("read", "write", "cas", "cas"), [check_linear.search])

    def test_counters(self):
        self.compare(2, ("read", "add", "add"), [check_linear.search, check_linear.check_counter])

    def test_counters_with_other_steps(self):
        self.compare(3, ("read", "step", "step"), [check_linear.search])


class MadeTest(FileTest):
    """Histories of a correct cluster pass; with one value changed they do not."""

    def lines(self, seed):
        return made_lines(seed, 600, 5, client_count=5, unknown_share=0.03)

    def test_good_ones_pass(self):
        for seed in range(10):
            for verdict in check.check_all(parse_history(self.lines(seed))):
                self.assertEqual(verdict.verdict, VALID, f"seed {seed}: {verdict.lines()}")

    def changed(self, seed, chooses, change):
        """The verdict over linearizability after changing one random line that `chooses` likes."""
        lines = self.lines(seed)
        chance = random.Random(seed)
        fitting = [index for index, text in enumerate(lines) if chooses(json.loads(text))]
        index = chance.choice(fitting[len(fitting) // 3:])
        line = json.loads(lines[index])
        change(line)
        lines[index] = json.dumps(line)
        verdict = check_linear.check(parse_history(lines))
        return verdict, line

    def test_one_changed_value_is_found(self):
        for seed in range(12):
            verdict, line = self.changed(seed, lambda line: line["type"] == "ok" and line["f"] in ("read", "add"),
                                         lambda line: line.update(value=line["value"] + 100_000))
            self.assertEqual(verdict.verdict, BROKEN, seed)
            self.assertEqual({problem["object"] for problem in verdict.problems}, {line["object"]})
            self.assertIn(line["index"], [one.ended for one in verdict.problems[0]["operations"]])

    def test_the_first_value_seen_again_is_found(self):
        for seed in range(12):
            verdict, _ = self.changed(seed, lambda line: line["type"] == "ok" and line["f"] == "read" and line["value"] != 0,
                                      lambda line: line.update(value=0))
            self.assertEqual(verdict.verdict, BROKEN, seed)

    def test_a_large_one_is_quick(self):
        """100,000 operations over 1,000 objects; the bound is generous, the figure is printed."""
        path = self.write("large.jsonl", "".join(made_lines(1, 100_000, 1000)))
        begun = time.process_time()
        verdicts = check.check_all(read_history(path))
        seconds = time.process_time() - begun
        self.assertEqual({verdict.verdict for verdict in verdicts}, {VALID})
        print(f"100,000 operations over 1,000 objects are checked in {seconds:.1f} s of processor time", file=sys.stderr)
        self.assertLess(seconds, 60)


class FileFormatTest(FileTest):
    def test_recorder(self):
        path = self.directory / "history.jsonl"
        recorder = Recorder(path)
        recorder.fault("begin", {"deadline_ms": 5})
        recorder.add("c", "invoke", "add", object="x", value=1, token="t", region="LHR")
        recorder.add("c", "ok", "add", object="x", value=1, home="LHR")
        recorder.fault("kill", "LHR")
        recorder.close()
        found = read_history(path)
        self.assertEqual((found.setup, [fault["f"] for fault in found.faults]), ({"deadline_ms": 5}, ["begin", "kill"]))
        one = found.operations[0]
        self.assertEqual((one.process, one.token, one.result, one.home, one.start, one.end), ("c", "t", 1, "LHR", 1, 2))

    def test_ends(self):
        operations = history(("a", "invoke", "add", "x", 1), ("a", "info", "add", "x", None), ("a", "invoke", "add", "x", 1)).operations
        self.assertEqual([(one.type, one.end, one.ended) for one in operations], [("info", NEVER, 2), (None, NEVER, None)])

    def test_bad_files(self):
        good = {"index": 1, "time": 1, "process": "a", "type": "invoke", "f": "add", "object": "x", "value": 1}
        for wrong, lines in (("line 1", ["{"]), ("line 1", ["[]"]), ("time is missing", [{name: good[name] for name in good if name != "time"}]),
                             ("whole numbers", [{**good, "time": 0.5}]), ("go back", [good, {**good, "process": "b"}]),
                             ("while its operation #1", [good, {**good, "index": 2}]), ("not begun", [{**good, "type": "ok"}]),
                             ("none of invoke", [{**good, "type": "done"}]), ("empty", []),
                             ("object is text", [{**good, "object": ["x"]}]), ("index and time are", ['{"index":true,"time":1,"type":"ok","process":"a","f":"add"}']),
                             ("counts", [{**good, "f": "tokens"}, {**good, "f": "tokens", "index": 2, "type": "ok"}]),
                             ("hosts cannot be 5", [{**good, "process": "nemesis", "f": "begin", "value": {"hosts": 5}}])):
            with self.subTest(wrong), self.assertRaisesRegex(BadHistory, wrong):
                parse_history(line if isinstance(line, str) else json.dumps(line) for line in lines)

    def test_command(self):
        good = self.write("good.jsonl", "".join(made_lines(1, 50, 2)))
        lines = made_lines(1, 50, 2)
        last = json.loads(lines[-4 + 0])
        self.assertEqual((last["f"], last["type"]), ("read", "invoke"))
        lines[-3] = json.dumps({**json.loads(lines[-3]), "value": 77777}) + "\n"
        bad = self.write("bad.jsonl", "".join(lines))
        self.assertEqual(self.command(good)[0], 0)
        code, out, _ = self.command(good, bad)
        self.assertEqual(code, 1)
        self.assertIn("BROKEN", out)
        self.assertIn("77777", out)
        code, out, _ = self.command("--json", bad)
        told = {one["checker"]: one["verdict"] for one in json.loads(out)["verdicts"]}
        self.assertEqual((code, told["linearizable"], told["one home"]), (1, BROKEN, VALID))
        code, _, err = self.command(self.write("none.jsonl", "nonsense\n"))
        self.assertEqual(code, 2)
        self.assertIn("line 1", err)
        self.assertEqual(self.command()[0], 2)
        self.assertEqual(self.command("/no/such/file")[0], 2)

    def command(self, *arguments):
        result = subprocess.run([PROJECT / "scripts/check-history", *map(str, arguments)], capture_output=True, text=True,
                                timeout=60, check=False)
        return result.returncode, result.stdout, result.stderr


if __name__ == "__main__":
    unittest.main()
