"""Faults that are made on purpose, while a cluster runs: processes killed and paused, ways between them
cut and slower, disks full. Nothing is printed here; what cannot be done is Refused, and the text tells the
command that helps.

Processes are named by region code, or "coordinator". Cuts, delays and full disks belong to the cluster:
DATA/run/faults.json has them, and a process that starts again gets them with its configuration, so that
they hold until they are healed or the cluster is stopped.
"""

import json
import math
import time
from contextlib import contextmanager

from . import admin, processes
from .cluster import need_cluster
from .data import write_json
from .mistakes import Refused, shown_path
from .ready import wait_until_ready

TELL_TIMEOUT_S = 10.0
POLL_S = 0.03
DELAY_MS_MAX = 3_600_000


class Faults:
    """What is wrong on purpose. `links` maps (from, to) to {"cut": bool, "delay_ms": model milliseconds};
    `disk_full` and `killed` are sets of codes. Who is paused, the processes themselves know."""

    def __init__(self, cluster):
        self.path = cluster.data.run / "faults.json"
        try:
            known = json.loads(self.path.read_text())
        except FileNotFoundError:
            known = {}
        except (OSError, ValueError) as error:
            raise Refused(f"{shown_path(self.path)} cannot be read: {error}") from None
        self.links = {(one["from"], one["to"]): {"cut": one["cut"], "delay_ms": one["delay_ms"]}
                      for one in known.get("links", [])}
        self.disk_full = set(known.get("disk_full", []))
        self.killed = set(known.get("killed", []))

    def write(self):
        self.links = {way: link for way, link in self.links.items() if link["cut"] or link["delay_ms"]}
        write_json(self.path, {"links": [{"from": way[0], "to": way[1], **link}
                                         for way, link in sorted(self.links.items())],
                               "disk_full": sorted(self.disk_full), "killed": sorted(self.killed)})

    def link(self, way):
        return self.links.setdefault(way, {"cut": False, "delay_ms": 0})

    def of(self, code):
        """Those of one process, for people and programs."""
        mine = {way[1]: link for way, link in self.links.items() if way[0] == code}
        return {"cut_to": sorted(to for to, link in mine.items() if link["cut"]),
                "delay_to_ms": {to: link["delay_ms"] for to, link in sorted(mine.items()) if link["delay_ms"]},
                "disk_full": code in self.disk_full}

    def config_of(self, code, time_scale):
        """The same as the process is told (docs/CONFIG.md)."""
        return {"disk_full": code in self.disk_full,
                "links": [{"to": way[1], "cut": link["cut"], "delay_ms": round(link["delay_ms"] * time_scale, 3)}
                          for way, link in sorted(self.links.items()) if way[0] == code]}


# ---- processes ----

def kill(cluster, code):
    """SIGKILL, without a warning; returns once it is gone. Refused when it is not running."""
    with _changing(cluster) as faults:
        member = _running(cluster, code)
        faults.killed.add(member.code)
        faults.write()
        if not member.process.kill():
            raise Refused(f"{member.code} does not end")


def pause(cluster, code):
    """SIGSTOP: it lives on and does nothing. Refused when it is not running, or paused."""
    with _changing(cluster):
        member = _running(cluster, code)
        if member.process.is_paused():
            raise Refused(f"{member.code} is paused already; scripts/cluster resume {member.code} wakes it")
        member.process.pause()


def resume(cluster, code):
    """SIGCONT. It wakes up to the faults of now, whatever has changed meanwhile."""
    with _changing(cluster) as faults:
        member = _running(cluster, code)
        if not member.process.is_paused():
            raise Refused(f"{member.code} is not paused; scripts/cluster status shows what is")
        _tell(cluster, faults, [member], member.process.resume)


def restart(cluster, code, wait=True):
    """Start it again, on its data and with its ports. One that runs is stopped first, as by `down`; to
    see it crash, kill it before. With `wait`, returns once it is ready, unless its disk is full."""
    with _changing(cluster) as faults:
        member = cluster.member(code)
        faults.killed.add(member.code)  # it does not end by itself
        faults.write()
        processes.stop([member.process])
        _hand_on(cluster, faults, member)
        member.process.start()
        faults.killed.discard(member.code)
        faults.write()
    if wait and member.code not in faults.disk_full:
        wait_until_ready([member])


# ---- between them ----

def cut(cluster, a, b, both_ways=True):
    """Cut the way from a to b, and the way back. What is sent is held back; where that lasts for longer
    than probe_timeout_ms the link is lost, with what it held, until it is healed."""
    with _changing(cluster) as faults:
        ways = _ways(cluster, a, b, both_ways)
        for way in ways:
            faults.link(way)["cut"] = True
        _obey(cluster, faults, {way[0] for way in ways})


def delay(cluster, a, b, delay_ms, both_ways=True):
    """Make each message from a to b, and those back, take so much longer, in milliseconds before
    time_scale; a round trip takes twice that, or once with one way. 0: no longer. Replaces an earlier one."""
    if not (math.isfinite(delay_ms) and 0 <= delay_ms <= DELAY_MS_MAX):
        raise Refused(f"a delay is from 0 to {DELAY_MS_MAX} ms, but this one is {delay_ms:g}")
    with _changing(cluster) as faults:
        ways = _ways(cluster, a, b, both_ways)
        for way in ways:
            faults.link(way)["delay_ms"] = delay_ms
        _obey(cluster, faults, {way[0] for way in ways})


def disk_full(cluster, code):
    """Let each commit fail for want of space. What waits for the disk waits until it is healed."""
    with _changing(cluster) as faults:
        member = cluster.member(code)
        faults.disk_full.add(member.code)
        _obey(cluster, faults, {member.code})


def disk_well(cluster, code):
    """End that alone; heal ends the cuts and delays of the process as well."""
    with _changing(cluster) as faults:
        member = cluster.member(code)
        faults.disk_full.discard(member.code)
        _obey(cluster, faults, {member.code})


def heal(cluster, a=None, b=None, both_ways=True):
    """End cuts, delays and full disks: all; with `a`, those that touch it; with both, those of that way and
    the way back. Returns what ended, as texts. Wakes and starts nobody: see resume and restart."""
    with _changing(cluster) as faults:
        if b is not None:
            ways, full = set(_ways(cluster, a, b, both_ways)) & set(faults.links), set()
        else:
            code = None if a is None else cluster.member(a).code
            ways = {way for way in faults.links if code is None or code in way}
            full = {one for one in faults.disk_full if code in (None, one)}
        for way in ways:
            del faults.links[way]
        faults.disk_full -= full
        _obey(cluster, faults, {way[0] for way in ways} | full)
        return [f"{a} -> {b}" for a, b in sorted(ways)] + [f"the disk of {one}" for one in sorted(full)]


# ---- how ----

@contextmanager
def _changing(cluster):
    """One at a time, and none while the cluster starts or stops. Gives the faults as they are."""
    with cluster.data.lock(wait=True):
        need_cluster(cluster.data)
        yield Faults(cluster)


def _running(cluster, code):
    member = cluster.member(code)
    if member.process.pid() is None:
        raise Refused(f"{member.code} is not running; scripts/cluster restart {member.code} starts it again")
    return member


def _ways(cluster, a, b, both_ways):
    a, b = cluster.member(a).code, cluster.member(b).code
    if a == b:
        raise Refused(f"{a} and {b} are one process; name two")
    return [(a, b), (b, a)] if both_ways else [(a, b)]


def _obey(cluster, faults, codes):
    """Keep the faults, and tell those processes that run; others hear of them when they go on."""
    faults.write()
    members = [cluster.member(code) for code in sorted(codes)]
    _tell(cluster, faults, [member for member in members
                            if member.process.pid() is not None and not member.process.is_paused()])


def _tell(cluster, faults, members, once_sent=None):
    until = time.monotonic() + TELL_TIMEOUT_S
    for member in members:
        body = faults.config_of(member.code, cluster.state["time_scale"])
        while True:
            try:
                admin.tell(member.admin_port, "/faults", body, TELL_TIMEOUT_S, once_sent)
                break
            except admin.AdminError as error:  # it may have just been started, or be ending
                if once_sent:
                    once_sent()
                if member.process.pid() is None:
                    break
                if time.monotonic() > until:
                    raise Refused(f"{member.code} did not take its faults ({error}); they are noted, so try again") from None
                time.sleep(POLL_S)


def _hand_on(cluster, faults, member):
    """Put the faults into the configuration that it starts with."""
    path = member.process.config_path
    config = json.loads(path.read_text())
    config["faults"] = faults.config_of(member.code, cluster.state["time_scale"])
    write_json(path, config, 0o600)
