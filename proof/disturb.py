"""Faults of a running cluster, each with its end, and a dice that mixes them."""

import heapq
import time

from terrella import admin, faults
from terrella.mistakes import Refused

KINDS = ("kill", "pause", "cut", "cut-way", "delay", "disk-full")

PAUSE_S = (0.1, 0.6)        # between one fault and the next
LAST_S = (0.05, 2.5)        # how long one lasts
AT_ONCE_MAX = 4             # faults
DELAY_MS = (50, 3000)       # before time_scale


class Disturber:
    """Performs faults on a cluster (terrella.cluster.Cluster) and records them. What is disturbed in one way is
    not disturbed in that way again until that is over."""

    def __init__(self, cluster, recorder, chance, kinds):
        self.cluster = cluster
        self.recorder = recorder
        self.chance = chance
        self.kinds = kinds
        self.members = {member.code: member for member in cluster.members}
        self.down = set()  # that we have killed
        self._ends = []    # heap of (when, number, what is disturbed, function)
        self._count = 0

    def run(self, seconds, watch):
        """Mix faults for so long; `watch()` is called all the time, and may raise."""
        until = time.monotonic() + seconds
        next_at = time.monotonic()
        while (now := time.monotonic()) < until:
            watch()
            if self._ends and self._ends[0][0] <= now:
                self._perform(heapq.heappop(self._ends)[3])
            elif now >= next_at:
                next_at = now + self.chance.uniform(*PAUSE_S)
                if len(self._ends) < AT_ONCE_MAX:
                    self._perform(lambda now=now: self._begin_one(now))
            else:
                time.sleep(max(0.0, min(next_at, self._ends[0][0] if self._ends else next_at, now + 0.05) - now))

    def heal(self):
        """End all faults."""
        while self._ends:
            self._perform(heapq.heappop(self._ends)[3])
        faults.heal(self.cluster)

    def _perform(self, change):
        """What cannot be done because a process ended by itself is left: `dead` tells that."""
        try:
            change()
        except Refused:
            if not self.dead():
                raise

    def _begin_one(self, now):
        kind = self.chance.choice(self.kinds)
        a, b = self.chance.sample(list(self.members), 2)
        what = {"cut": {a, b}, "cut-way": {a, b}, "delay": {a, b}, "disk-full": {a, "its disk"}}.get(kind, {a})
        if any(what == end[2] for end in self._ends):
            return
        end = getattr(self, "_" + kind.replace("-", "_"))(a, b)
        self._count += 1
        heapq.heappush(self._ends, (now + self.chance.uniform(*LAST_S), self._count, what, end))

    # Each begins a fault, and returns the function that ends it. A fault is recorded before it is there, and its end
    # when it is over: what lies outside certainly had nothing of it.

    def _kill(self, code, _other):
        self.recorder.fault("kill", code)
        self.down.add(code)
        faults.kill(self.cluster, code)
        return lambda: self.restart(code)

    def restart(self, code):
        faults.restart(self.cluster, code, wait=False)
        self.down.discard(code)
        self.recorder.fault("restart", code)

    def _pause(self, code, _other):
        self.recorder.fault("pause", code)
        faults.pause(self.cluster, code)
        return lambda: self._end("resume", code, faults.resume, code)

    def _cut(self, a, b, both_ways=True):
        self.recorder.fault("cut" if both_ways else "cut-way", [a, b])
        faults.cut(self.cluster, a, b, both_ways)
        return lambda: self._end("heal", [a, b], faults.heal, a, b)

    def _cut_way(self, a, b):
        return self._cut(a, b, both_ways=False)

    def _delay(self, a, b):
        self.recorder.fault("delay", [a, b])
        faults.delay(self.cluster, a, b, self.chance.uniform(*DELAY_MS), self.chance.random() < 0.5)
        return lambda: self._end("heal", [a, b], faults.heal, a, b)

    def _disk_full(self, code, _other):
        self.recorder.fault("disk-full", code)
        faults.disk_full(self.cluster, code)
        return lambda: self._end("disk-well", code, faults.disk_well, code)

    def _end(self, f, value, function, *codes):
        function(self.cluster, *codes)
        self.recorder.fault(f, value)

    def revive(self, code):
        """Start one again that ended by itself."""
        self.recorder.fault("kill", code)
        self._ends = [end for end in self._ends if end[2] != {code}]  # a pause has ended with it
        heapq.heapify(self._ends)
        self.restart(code)

    def dead(self):
        """Processes that ended, and not by us."""
        return [code for code, member in self.members.items() if code not in self.down and member.process.pid() is None]


def is_whole(cluster):
    """Whether every process is ready, has joined, and is linked with every other one."""
    told = admin.ask_all([member.admin_port for member in cluster.members], "/status")
    return all(one and one["state"] == "ready" and all(peer["up"] and peer.get("joined", True) for peer in one["peers"])
               and one.get("joined", True) for one in told)
