"""The story of Durable Objects and distance, told by a cluster of its own: what creating and using
objects costs in each region, beside what the distances predict, and a race for one fresh name."""

import http.client
import json
import math
import secrets
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from . import admin, ports, processes, terminal
from .cluster import find_cluster
from .config import HOST, coordinator_ports, node_ports
from .mistakes import Refused
from .request import Connection
from .status import summary
from .topology import read_topology
from .up import DEFAULT_PORT, Wanted, down, up

PORT_STEP = 2000         # bases that are tried when the usual ports are taken
OTHERS_MAX = 8           # how many other regions use each name, in a large topology
STAGGER_S = 0.006        # between regions that work at the same time, so that they do not queue for a processor
UNIQUE_RUNS = 3
EARLY_MS = 0.5           # nothing is quicker than light; clocks are read at both ends of a socket, though
LATE_MS, LATE_SHARE = 25, 0.05     # what processing, jitter and a busy machine may add to one figure,
LATE_FIGURES_SHARE = 0.1           # and how many figures may exceed that: spikes are part of the jitter


@dataclass
class Figure:
    """One measured time and the network time that the topology predicts for it, give or take."""
    measured_ms: float
    predicted_ms: float
    give_or_take_ms: float = 0.0

    def is_early(self):
        return self.measured_ms < self.predicted_ms - self.give_or_take_ms - EARLY_MS

    def is_late(self):
        return self.measured_ms > self.predicted_ms * (1 + LATE_SHARE) + self.give_or_take_ms + LATE_MS


class Region:
    """A region as its users see it: one kept-alive connection to the counter example."""

    def __init__(self, member):
        self.code, self.city, self.hosts = member.code, member.city, member.hosts
        self.admin_port = member.admin_port
        self.connection = Connection(member.http_port)

    def get(self, path):
        """(milliseconds, the answer); Refused when it is not a good one."""
        try:
            answer = self.connection.send("GET", path)
        except (OSError, http.client.HTTPException) as error:
            raise Refused(f"{self.code} gave no answer to {path}: {error or type(error).__name__}") from None
        if answer.status != 200:
            body = answer.body.decode(errors="replace")[:200]
            raise Refused(f"{self.code} answered {answer.status} to {path}: {body}")
        return answer.wait_ms + answer.body_ms, answer.body

    def count(self, path):
        """(milliseconds, what the counter said)."""
        ms, body = self.get(path)
        return ms, json.loads(body)

    def warm_up(self):
        """The connection, the engine and the links have all been used before anything is measured."""
        for path in ("/", "/", "/unique", "/unique"):
            self.get(path)


class Story:
    """What was measured and what was found wrong, region by region."""

    def __init__(self, topology, regions):
        self.topology = topology
        self.regions = regions
        self.tag = secrets.token_hex(3)
        mean_ms, give_or_take_ms = _mean_ms(topology.check)
        self.check_ms, self.check_give_or_take_ms = (ms * topology.time_scale for ms in (mean_ms, give_or_take_ms))
        self.unique, self.first, self.again = {}, {}, {}  # a Figure for each region
        self.elsewhere, self.next = {}, {}                # lists of them, by the region that made the name
        self.instances = {}                               # of each region's name
        self.problems = []

    def home(self, code):
        """Where a first use from a region puts an object: the nearest host."""
        hosts = [region.code for region in self.topology.regions if region.hosts]
        return min(hosts, key=lambda host: self.topology.rtt(code, host))

    def network_ms(self, code, home):
        """To an object and back; nothing where it lives."""
        return 0.0 if code == home else self.topology.rtt(code, home)

    def coordinator_ms(self, code):
        return self.topology.rtt(code, self.topology.coordinator)

    def name(self, code):
        return f"/{code.lower()}-{self.tag}"

    # What is measured.

    def measure_unique(self):
        """Unique ids: made and used where the request came in. Returns how many messages the hosts
        sent to do it, or None when that is not told."""
        before = self._sent()
        for region in self.regions:
            if region.hosts:
                self._measure_unique_at(region)
        after = self._sent()
        for region in self.regions:
            if not region.hosts:
                self._measure_unique_at(region)
        return None if None in (before, after) else after - before

    def _measure_unique_at(self, region):
        times = [region.count("/unique")[0] for _ in range(UNIQUE_RUNS)]
        self.unique[region.code] = Figure(statistics.median(times),
                                          self.network_ms(region.code, self.home(region.code)))

    def measure_names(self):
        """Each region makes a name of its own and uses it twice."""
        def one(region):
            code, home = region.code, self.home(region.code)
            to_home = self.network_ms(code, home)
            first_ms, first = region.count(self.name(code))
            again_ms, again = region.count(self.name(code))
            self.first[code] = Figure(first_ms, self.coordinator_ms(code) + self.check_ms + to_home,
                                      self.check_give_or_take_ms)
            self.again[code] = Figure(again_ms, to_home)
            self.instances[code] = first["object"]["instance"]
            self._expect((first["value"], again["value"]) == (1, 2),
                         f"{code}: a fresh name counted {first['value']}, {again['value']} instead of 1, 2")
            self._expect_object(again, code, home)
        self._at_once(one)

    def measure_elsewhere(self):
        """The others use that name: first they ask where it is, then they know."""
        count = len(self.regions)
        self.elsewhere = {region.code: [] for region in self.regions}
        self.next = {region.code: [] for region in self.regions}
        for distance in range(1, min(count - 1, OTHERS_MAX) + 1):
            def one(region):
                owner = self.regions[(self.regions.index(region) + distance) % count].code
                home = self.home(owner)
                to_home = self.network_ms(region.code, home)
                # The home has been told when it became the home: it asks nobody.
                look_up = 0 if region.code == home else self.coordinator_ms(region.code)
                first_ms, _ = region.count(self.name(owner))
                next_ms, answer = region.count(self.name(owner))
                self.elsewhere[owner].append(Figure(first_ms, look_up + to_home))
                self.next[owner].append(Figure(next_ms, to_home))
                self._expect_object(answer, owner, home)
            self._at_once(one)

    def race(self):
        """All regions use one fresh name at the same instant. Returns [(value, milliseconds, code)] in
        the order in which the object counted them, and the homes that the regions know."""
        name, gate, answers = f"race-{self.tag}", threading.Barrier(len(self.regions)), {}

        def one(region):
            gate.wait(timeout=30)
            answers[region.code] = region.count("/" + name)
        self._at_once(one, stagger_s=0)
        with ThreadPoolExecutor(len(self.regions)) as pool:
            homes = set(pool.map(lambda region: admin.ask(region.admin_port, "/where", 30, space=self.space,
                                                          name=name).get("home"), self.regions))
        instances = {answer["object"]["instance"] for _, answer in answers.values()}
        ranking = sorted((answer["value"], ms, code) for code, (ms, answer) in answers.items())
        self._expect(len(homes) == 1 and None not in homes, f"the race: the regions know {len(homes)} homes, {homes}")
        self._expect(len(instances) == 1, f"the race: {len(instances)} instances answered")
        self._expect([value for value, _, _ in ranking] == list(range(1, len(self.regions) + 1)),
                     f"the race: counted {[value for value, _, _ in ranking]} instead of 1 to {len(self.regions)}")
        return ranking, homes, instances

    space = "counter-Counter"

    # What is checked.

    def figures(self):
        single = [figure for column in (self.unique, self.first, self.again) for figure in column.values()]
        return single + [figure for column in (self.elsewhere, self.next) for figures in column.values()
                         for figure in figures]

    def judge_times(self):
        figures = self.figures()
        early = [figure for figure in figures if figure.is_early()]
        late = [figure for figure in figures if figure.is_late()]
        for figure in early[:3]:
            self.problems.append(f"{figure.measured_ms:.1f} ms was measured where distance alone takes "
                                 f"{figure.predicted_ms:.1f} ms")
        if len(late) > len(figures) * LATE_FIGURES_SHARE:
            worst = max(late, key=lambda figure: figure.measured_ms - figure.predicted_ms)
            self.problems.append(f"{len(late)} of {len(figures)} times are far above the predicted ones, such as "
                                 f"{worst.measured_ms:.0f} instead of {worst.predicted_ms:.0f} ms "
                                 "(is this machine busy?)")

    def _expect(self, holds, problem):
        if not holds:
            self.problems.append(problem)

    def _expect_object(self, answer, owner, home):
        """The object of a region's name is the one that was there before, and lives at its home."""
        colo, instance = answer["object"]["colo"], answer["object"]["instance"]
        self._expect(colo in (home, None), f"the object of {owner} lives in {colo} instead of {home}")
        self._expect(instance == self.instances[owner], f"the object of {owner} has a second instance")

    # How.

    def _at_once(self, one, stagger_s=STAGGER_S):
        """Run one(region) for all regions at the same time; the first failure is raised."""
        def staggered(index_region):
            index, region = index_region
            time.sleep(index * stagger_s)
            one(region)
        with ThreadPoolExecutor(len(self.regions)) as pool:
            list(pool.map(staggered, enumerate(self.regions)))

    def _sent(self):
        """Messages sent so far by all hosts, or None when a process does not tell."""
        answers = admin.ask_all([region.admin_port for region in self.regions if region.hosts], "/status")
        if any(not answer or "messages" not in answer for answer in answers):
            return None
        return sum(sum(answer["messages"]["sent"].values()) for answer in answers)


def run(data, topology_name, time_scale, base_port):
    """Start, measure, print, stop. Returns the exit code: 1 when the story does not hold."""
    topology = read_topology(topology_name, time_scale)
    _stop_orphans(data)
    wanted = Wanted(topology_name, time_scale=time_scale, base_port=base_port or _free_base(len(topology.regions)))
    started = time.monotonic()
    print(f"Starting {terminal.counted(len(topology.regions), 'region')} ...", flush=True)
    cluster = up(data, wanted)
    try:
        print(f"{terminal.paint(summary(cluster), 'bold')}. Ready after {time.monotonic() - started:.1f} s; "
              "measuring ...", flush=True)
        return _tell(topology, cluster)
    finally:
        down(data)


def _tell(topology, cluster):
    story = Story(topology, [Region(member) for member in cluster.nodes])
    for region in story.regions:
        region.warm_up()
    sent = story.measure_unique()
    story.measure_names()
    story.measure_elsewhere()
    print("\n".join(_table(story)))
    _print_messages(story, sent)
    if len(story.regions) > 1:
        _print_race(story)
    story.judge_times()
    if story.problems:
        print(terminal.paint("\nThe story does not hold:", "red"))
        print("\n".join(f"  {problem}" for problem in list(dict.fromkeys(story.problems))[:8]))
        return 1
    print(terminal.paint(f"\nThe story holds: {len(story.figures())} times as the distances predict, one home and one "
                         "instance for each object.", "green"))
    return 0


def _table(story):
    columns = ("UNIQUE ID", "NEW NAME", "AGAIN", "FIRST ELSEWHERE", "NEXT THERE")
    rows = []
    for region in story.regions:
        code = region.code
        figures = (story.unique[code], story.first[code], story.again[code],
                   _average(story.elsewhere[code]), _average(story.next[code]))
        rows.append([code, region.city if region.hosts else f"{region.city} *", *(
            f"{figure.measured_ms:.1f} / {figure.predicted_ms:5.1f}" if figure else "-" for figure in figures)])
    coordinator = story.topology.coordinator
    return ["",
            "Milliseconds until the answer: measured / what the distances alone take.",
            "  unique id        made and used: the region decides by itself",
            f"  new name         to the coordinator in {coordinator} and back, and its check of the whole world, "
            f"{story.check_ms:.0f} ms",
            "  again            the second use there",
            f"  first elsewhere  that name from other regions, on average: ask {coordinator}, then go to its home",
            "  next there       its home is cached: straight to it",
            "",
            *terminal.table(("REGION", "CITY", *columns), rows, columns),
            *(["* entry only: its objects live in the nearest region that hosts"]
              if not all(region.hosts for region in story.regions) else [])]


def _print_messages(story, sent):
    if sent is None:
        return
    hosts = sum(region.hosts for region in story.regions)
    print(f"Messages that the {terminal.counted(hosts, 'hosting region')} sent to others for {hosts * UNIQUE_RUNS} unique objects: {sent}")
    if sent:
        story.problems.append(f"{sent} messages went to other regions for unique objects at hosts; none was needed")


def _print_race(story):
    ranking, homes, instances = story.race()
    print(f"\nA race: {terminal.counted(len(story.regions), 'region')} at once use one fresh name at the same instant.")
    print(f"  {terminal.counted(len(homes), 'home')} ({', '.join(map(str, homes))}), {terminal.counted(len(instances), 'instance')}; "
          "it counted them in this order (ms until each had its answer):")
    print(_wrapped(f"{code} {terminal.milliseconds(ms)}" for _, ms, code in ranking))


def _average(figures):
    """None where there are none: in a world of one region nothing is elsewhere."""
    return figures and Figure(statistics.fmean(figure.measured_ms for figure in figures),
                  statistics.fmean(figure.predicted_ms for figure in figures))


def _mean_ms(delay):
    """The mean of a delay as topologies write it, and how far from it one may be."""
    kind = delay["kind"]
    if kind == "fixed":
        return delay["ms"], 0.0
    if kind == "uniform":
        return (delay["low_ms"] + delay["high_ms"]) / 2, (delay["high_ms"] - delay["low_ms"]) / 2
    return (delay["mean_ms"], math.inf) if kind == "lognormal" else (0.0, 0.0)


def _wrapped(words, width=96):
    lines = [""]
    for word in words:
        if len(lines[-1]) + len(word) + 3 > width:
            lines.append("")
        lines[-1] += ("  " if not lines[-1] else ", ") + word
    return "\n".join(lines)


def _free_base(region_count):
    """The usual base of ports, or the next at which all are free; the usual one when there is none, and
    the start then says what is in the way."""
    for base in range(DEFAULT_PORT, 60000, PORT_STEP):
        wanted = [coordinator_ports(base, region_count), *(node_ports(base, index) for index in range(region_count))]
        if not any(ports.is_busy(HOST, port) for one in wanted for port in one.named().values()):
            return base
    return DEFAULT_PORT


def _stop_orphans(data):
    """A demo that was killed could not stop its cluster; nobody else uses that."""
    cluster = find_cluster(data)
    if cluster and cluster.alive() and not processes.is_alive(cluster.state["supervisor"]):
        down(data)
