"""An experiment on a cluster of real processes: started for this run alone, driven by build/experiment/experiment-load, with
the faults at their times, and stopped. The generator measures requests; what only the cluster knows (messages, bytes, objects,
evictions) is counted here and put into the same output. All times of the output are the model's, before time_scale.
"""

import hashlib
import http.client
import json
import random
import subprocess
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from .. import admin, faults, ports, terminal
from ..config import HOST, coordinator_ports, node_ports
from ..data import PROJECT, Data
from ..mistakes import Refused, shown_path
from ..processes import BUILD
from ..up import Wanted, down, up
from .inputs import input_text

WORKER = PROJECT / "experiments" / "worker"
WARM_TIMEOUT_S = 60.0
COUNT_EACH_S = 1.0       # counters are asked for that often, at most
WARM_COUNT = 100         # requests of each kind to each node before time 0, so that code is compiled,
WARM_S = 1.0             # or for so long: where objects are far away
BASES = range(20000, 31000, 800)  # below the ports that the system gives out
SHORT_SERVICE_MS = 4     # handlers wait for whole milliseconds


def run(topology, input, output_path, directory):
    """Start the cluster, drive it, stop it; OUTPUT.json is then at `output_path`. `input` is a dictionary as INPUT.json has it,
    `topology` the same with its time_scale. Errors: Refused; logs and data stay in `directory`."""
    _check(topology, input)
    program = BUILD / "experiment" / "experiment-load"
    if not program.exists():
        raise Refused(f"there is no {shown_path(program)}; scripts/setup builds it")
    data = Data(directory / "cluster")
    if topology.policy == "hint":  # the requests carry it; the policy that obeys it is the usual one
        topology.policy = "nearest"
    cluster = up(data, Wanted(topology, [WORKER], None, None, _free_base(topology)))
    try:
        _warm(cluster)
        output = _drive(program, cluster, input, directory, topology.time_scale)
        output["input_sha256"] = hashlib.sha256(input_text(input).encode()).hexdigest()
        output_path.write_text(json.dumps(output, separators=(",", ":"), ensure_ascii=False) + "\n")
    finally:
        down(data)
        for member in cluster.members:
            if member.process.child:
                member.process.child.wait()


def _check(topology, input):
    """Refuse what the real cluster does not have, rather than measure something else."""
    if not input["cache"]["on"]:
        raise Refused('cache.on = false is for engine = "sim" only: a node always remembers homes')
    if input["coordinator"]["count"] > 1:
        raise Refused('several coordinators are for engine = "sim" only')
    if input["policy"]["name"] in ("centre", "pinned"):
        raise Refused(f'the policy {input["policy"]["name"]} is for engine = "sim" only')
    service = input["workload"].get("service") or {}
    shortest = min((value for name, value in service.items() if name.endswith("ms")), default=0) * topology.time_scale
    if 0 < shortest < SHORT_SERVICE_MS:
        terminal.warn(f"workload.service takes {shortest:g} ms of real time (after time_scale), but handlers wait for whole "
                      "milliseconds")


def _free_base(topology):
    bases = list(BASES)
    random.shuffle(bases)
    count = len(topology.regions)
    for base in bases:
        wanted = [coordinator_ports(base, count)] + [node_ports(base, index) for index in range(count)]
        if not any(ports.is_busy(HOST, port) for one in wanted for port in one.named().values()):
            return base
    raise Refused("no free ports were found for the cluster")


def _warm(cluster):
    """Let every node run the Worker for a while: the first runs are slow, and no part of any experiment."""
    def warm(node):
        connection = http.client.HTTPConnection(HOST, node.http_port, timeout=WARM_TIMEOUT_S)
        try:
            for kind in ("new", "name"):
                until = time.monotonic() + WARM_S
                for number in range(WARM_COUNT):
                    if number and time.monotonic() > until:
                        break
                    connection.request("GET", f"/{kind}/warm-{node.code}/-/-/0/100/1")
                    response = connection.getresponse()
                    text = response.read()
                    if response.status != 200:
                        said = [text[:200].decode(errors="replace").strip(), *node.process.last_lines()]
                        raise Refused(f"{node.code} answers {response.status}: " + "\n    ".join(said))
        except (OSError, http.client.HTTPException) as error:
            raise Refused(f"{node.code} does not answer: {error}") from None
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(warm, cluster.nodes))


# ---- the run ----

def _drive(program, cluster, input, directory, time_scale):
    ports_by_region = {node.code: node.http_port for node in cluster.nodes}
    engine = {"kind": "processes", "time_scale": time_scale, "host": HOST, "ports": ports_by_region}
    input_path, output_path = directory / "input.json", directory / "output.json"
    input_path.write_text(input_text(input | {"engine": engine}))
    log_path = directory / "load.log"
    with open(log_path, "wb") as log:
        generator = subprocess.Popen([str(program), str(input_path), str(output_path)], stdin=subprocess.DEVNULL,
                                     stdout=subprocess.PIPE, stderr=log, start_new_session=True)
    try:
        line = generator.stdout.readline().split()
        begun_s = int(line[1]) / 1e6 if len(line) == 2 else time.monotonic()
        clock = _Clock(begun_s, time_scale)
        counts = _Counts(cluster, clock)
        took_effect = _attend(generator, cluster, input, clock, counts)
    finally:
        generator.kill()
        generator.wait()
        generator.stdout.close()
    said = log_path.read_text(errors="replace").strip()
    if generator.returncode != 0:
        raise Refused(f"the load generator ended with {generator.returncode}" + (f": {said}" if said else ""))
    for text in said.splitlines():
        terminal.warn(text.removeprefix("warning: "))
    output = json.loads(output_path.read_text())
    counts.put_into(output)
    for fault, at_s in zip(output["faults"], took_effect):
        fault["took_effect_s"] = at_s
    return output


class _Clock:
    """The experiment's own time, in seconds of the model."""

    def __init__(self, begun_s, time_scale):
        self.begun_s, self.time_scale = begun_s, time_scale

    def now_s(self):
        return (time.monotonic() - self.begun_s) / self.time_scale

    def real_s(self, at_s):
        """How long until then, in real seconds."""
        return self.begun_s + at_s * self.time_scale - time.monotonic()


def _attend(generator, cluster, input, clock, counts):
    """Make the faults at their times, and count, until the generator ends. Returns when each took effect, None: never."""
    waiting = sorted(input["faults"], key=lambda fault: fault["at_s"])
    took_effect = []
    warmup_s = input["workload"].get("warmup_s", 0)
    next_count_s = time.monotonic()
    while generator.poll() is None:
        if waiting and clock.real_s(waiting[0]["at_s"]) <= 0:
            fault = waiting.pop(0)
            if fault["what"] in ("kill", "restart"):
                counts.take()
            took_effect.append(round(clock.now_s(), 3) if _act(cluster, fault) else None)
        elif time.monotonic() >= next_count_s:
            if clock.now_s() < warmup_s:
                counts.forget()
            counts.take()
            next_count_s = time.monotonic() + COUNT_EACH_S
        soonest = next_count_s - time.monotonic()
        if waiting:
            soonest = min(soonest, clock.real_s(waiting[0]["at_s"]))
        try:
            generator.wait(max(0.0, soonest))
        except subprocess.TimeoutExpired:
            pass
    counts.take()
    return took_effect + [None] * len(waiting)


def _act(cluster, fault):
    """Make one; False when it could not be, because it is so already."""
    what, code, other = fault["what"], fault["region"], fault.get("other")
    member = cluster.member(code)
    others = [other] if other else [one.code for one in cluster.members if one.code != member.code]
    both_ways = not fault.get("oneway", False)
    try:
        if what in ("kill", "restart") and member.process.pid() is not None:
            faults.kill(cluster, code)
        if what == "restart":
            faults.restart(cluster, code, wait=False)
        elif what == "pause":
            faults.pause(cluster, code)
        elif what == "resume":
            faults.resume(cluster, code)
        elif what == "cut":
            for one in others:
                faults.cut(cluster, code, one, both_ways)
        elif what == "delay":
            for one in others:
                faults.delay(cluster, code, one, fault.get("ms", 0), both_ways)
        elif what == "heal":
            faults.heal(cluster, code, other)
    except Refused as refused:
        terminal.warn(f"the fault {what} of {code} did not take effect: {refused}")
        return False
    return True


# ---- what the cluster counts ----

class _Counts:
    """Counters of all processes, added up over their lives. Nodes tell of both ways of each of their links, so they alone
    are asked."""

    def __init__(self, cluster, clock):
        self.cluster, self.clock = cluster, clock
        self.last = {}          # by region: its latest counters
        self.first_objects = None
        self.objects = {}
        self.taken_s = None
        self.forget()
        self.take()

    def forget(self):
        self.messages, self.bytes, self.evicted = Counter(), Counter(), Counter()
        self.moved = []  # (from second, to second, bytes)

    def take(self):
        nodes = [node for node in self.cluster.nodes if not node.process.is_paused()]  # who is would hold us up
        moved, now_s = 0, self.clock.now_s()
        for node, status in zip(nodes, admin.ask_all([node.admin_port for node in nodes], "/status", timeout_s=0.3)):
            if status and "peers" in status:
                moved += self._take_of(node.code, status)
        if self.first_objects is None:  # what the start has left does not count
            self.first_objects = dict(self.objects)
            self.forget()
        else:
            self.moved.append((self.taken_s, now_s, moved))
        self.taken_s = now_s

    def _take_of(self, code, status):
        counters = {(code, peer["code"]): (peer["sent"], peer["sent_bytes"]) for peer in status["peers"]}
        counters |= {("coordinator", code): (peer["received"], peer["received_bytes"]) for peer in status["peers"]
                     if peer["code"] == "coordinator"}
        last, moved = self.last.get(code, {}), 0
        same = last.get("boot") == status["boot"]  # another life counts from nothing
        for pair, (messages, size) in counters.items():
            before = last["counters"].get(pair, (0, 0)) if same else (0, 0)
            self.messages[pair] += messages - before[0]
            self.bytes[pair] += size - before[1]
            moved += size - before[1]
        self.evicted[code] += status["evicted"] - (last["evicted"] if same else 0)
        self.objects[code] = status["objects"]
        self.last[code] = {"boot": status["boot"], "counters": counters, "evicted": status["evicted"]}
        return moved

    def put_into(self, output):
        pairs = {(pair["from"], pair["to"]): pair for pair in output["pairs"]}
        for way, messages in self.messages.items():
            if messages:
                pair = pairs.setdefault(way, {"from": way[0], "to": way[1], "requests": 0})
                pair["messages"], pair["bytes"] = messages, self.bytes[way]
        output["pairs"] = list(pairs.values())
        output["events"] = sum(self.messages.values())
        for region in output["regions"]:
            region["objects"] = self.objects.get(region["code"], 0) - self.first_objects.get(region["code"], 0)
        for region in output["cache"]["by_region"]:
            region["evictions"] = self.evicted[region["region"]]
        output["cache"]["evictions"] = sum(self.evicted.values())
        self._spread(output["timeline"])

    def _spread(self, timeline):
        """Bytes are told for stretches of time: each row gets its share of those that it overlaps."""
        rows, bucket_s = timeline["rows"], timeline["bucket_s"]
        for row in rows:
            begin_s, end_s = row["at_s"], row["at_s"] + bucket_s
            row["moved_bytes"] = round(sum(
                size * max(0.0, min(end_s, to_s) - max(begin_s, from_s)) / max(to_s - from_s, 1e-9)
                for from_s, to_s, size in self.moved))
