"""Histories of a made-up, correct cluster: clients with overlapping operations on counters and registers,
some of which end unknown, or surely not run. For tests of the checkers, and for their speed."""

import heapq
import json
import random

CLIENT_COUNT = 50
REGIONS = ("IAD", "LHR", "SYD")


def made_lines(seed, operation_count, object_count, client_count=CLIENT_COUNT, unknown_share=0.01, fail_share=0.01):
    """The lines of a history, each with its newline; every second object is a counter. Ends with final reads."""
    world = _World(seed, object_count, unknown_share, fail_share)
    return world.run(operation_count, client_count)


class _World:
    def __init__(self, seed, object_count, unknown_share, fail_share):
        self.random = random.Random(seed)
        self.object_count = object_count
        self.unknown_share = unknown_share
        self.fail_share = fail_share
        self.values = [0] * object_count
        self.tokens = [{} for _ in range(object_count)]
        self.names = [f"{'register' if k % 2 else 'counter'}-{k}" for k in range(object_count)]
        self.events = []  # of time, a number that makes it unique, what happens, and with which operation
        self.count = 0
        self.lines = []

    def at(self, time_ns, what, operation):
        self.count += 1
        heapq.heappush(self.events, (time_ns, self.count, what, operation))

    def write(self, time_ns, **fields):
        line = {"index": len(self.lines), "time": time_ns, **fields}
        self.lines.append(json.dumps(line, separators=(",", ":")) + "\n")

    def run(self, operation_count, client_count):
        self.write(0, process="nemesis", type="info", f="begin",
                   value={"deadline_ms": 1000, "allowance_ms": 100, "hosts": list(REGIONS)})
        for client in range(client_count):
            self.at(self.random.randrange(1_000_000), "begin", {"process": f"client-{client}"})
        begun = 0
        now_ns = 0
        while self.events:
            now_ns, _, what, operation = heapq.heappop(self.events)
            if what == "begin":
                if begun < operation_count:
                    begun += 1
                    self.begin(now_ns, operation["process"], begun)
            elif what == "effect":
                self.perform(operation)
            else:
                self.end(now_ns, operation)
        for k in range(self.object_count):
            for f in ("read", "tokens"):
                now_ns += 2000
                operation = {"process": "final", "region": "IAD", "f": f, "object": self.names[k]}
                self.write(now_ns, type="invoke", final=True, **operation)
                answer = self.values[k] if f == "read" else self.tokens[k]
                self.write(now_ns + 1000, type="ok", value=answer, **self.place(k), **operation)
        return self.lines

    def begin(self, now_ns, process, number):
        draw = self.random.random
        k = self.random.randrange(self.object_count)
        f = self.random.choice(("read", "write", "cas") if k % 2 else ("add", "add", "read"))
        value = {"add": 1, "read": None, "write": number, "cas": [self.values[k], number]}[f]
        operation = {"process": process, "region": REGIONS[number % len(REGIONS)], "f": f, "object": self.names[k], "k": k,
                     "value": value, "token": None if f == "read" else f"t{number}"}
        self.write(now_ns, type="invoke", **self.told(operation))
        effect_ns = now_ns + int(draw() * 40_000_000)
        end_ns = effect_ns + int(draw() * 40_000_000)
        fate = draw()
        operation["type"] = "ok"
        if fate < self.unknown_share:
            operation["type"] = "info"
            effect_ns += int(draw() * 200_000_000)  # it may be late, or never
        elif fate < self.unknown_share + self.fail_share:
            operation["type"] = "fail"
        if operation["type"] == "ok" or (operation["type"] == "info" and draw() < 0.5):
            self.at(effect_ns, "effect", operation)
        self.at(end_ns, "end", operation)

    def told(self, operation):
        names = ("process", "region", "f", "object", "value", "token")
        return {name: operation[name] for name in names if operation[name] is not None}

    def place(self, k):
        return {"home": REGIONS[k % len(REGIONS)], "instance": f"i{k}", "boot": f"b{k % len(REGIONS)}"}

    def perform(self, operation):
        k, f, value = operation["k"], operation["f"], operation["value"]
        found = self.values[k]
        operation["result"] = found
        if f == "add":
            operation["result"] = self.values[k] = found + value
        elif f == "write":
            operation["result"] = self.values[k] = value
        elif f == "cas" and found == value[0]:
            self.values[k] = value[1]
        if operation["token"]:
            self.tokens[k][operation["token"]] = self.tokens[k].get(operation["token"], 0) + 1

    def end(self, now_ns, operation):
        told = {name: operation[name] for name in ("process", "region", "f", "object")}
        if operation["type"] == "ok":
            self.write(now_ns, type="ok", value=operation["result"], **self.place(operation["k"]), **told)
        else:
            self.write(now_ns, type=operation["type"], error="made up", **told)
        self.at(now_ns + int(self.random.random() * 10_000_000), "begin", {"process": operation["process"]})
