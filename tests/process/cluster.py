"""A cluster of real processes for a test: started in a temporary directory on free ports, disturbed by
pid, stopped at the end. Nothing is known here about what the tests want to show.

    TERRELLA_BUILD=DIR   the build directory whose programs are run (default: build)
"""

import http.client
import json
import os
import random
import re
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path
from urllib.parse import urlencode

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "scripts"))

from terrella import processes  # noqa: E402
from terrella.data import Data  # noqa: E402
from terrella.faults import Faults  # noqa: E402
from terrella.up import Wanted, down, up  # noqa: E402

WORKER = Path(__file__).resolve().parent / "worker"
SANITIZED = b"__asan_init" in (processes.BUILD / processes.NODE_PROGRAM).read_bytes()
TROUBLE = re.compile(r"runtime error:|Sanitizer|terrella: bug:|could break a promise|an event was dropped")
HANG_S = 60  # nothing in a test takes that long; it catches hangs only

LAN9 = ("SJC", "IAD", "GRU", "LHR", "WAW", "SIN", "SYD", "JNB", "DXB")
HOSTS9 = ("SJC", "IAD", "LHR", "WAW", "SIN", "SYD")
TRIO = ("IAD", "LHR", "SYD")

# A busy machine is no failure: these wait long. Tests of waiting itself take IMPATIENT.
PATIENT = {"fetch_deadline_ms": 20000, "peer_wait_ms": 10000, "probe_timeout_ms": 10000,
           "probe_interval_ms": 200, "object_idle_ms": 600000}
IMPATIENT = {"fetch_deadline_ms": 1500, "peer_wait_ms": 300, "probe_timeout_ms": 600,
             "probe_interval_ms": 100, "object_idle_ms": 600000}


class Cluster:
    """A running cluster. Topology: `regions` are codes, `matrix` is lines of CSV, `check` is TOML, `limits` are
    in the end as they are given here, whatever `time_scale`; or `topology` is a ready-made one by name. `worker` is one, or a list of several."""

    def __init__(self, regions=TRIO, coordinator="IAD", *, limits=PATIENT, delays="none", check='"none"',
                 time_scale=1.0, topology=None, matrix=None, worker=WORKER):
        self.temporary = tempfile.TemporaryDirectory(prefix="terrella-process-")
        self.directory = Path(self.temporary.name)
        self.topology = topology or self._write_topology(regions, coordinator, limits, delays, check, time_scale, matrix)
        self.time_scale = time_scale if topology else None
        self.workers = worker if isinstance(worker, list) else [worker]
        self.routes = []
        self.data = Data(self.directory / "data")
        self.base_port = free_base()
        self.members = {}
        try:
            self.start()
        except BaseException:
            self.temporary.cleanup()
            raise

    def _write_topology(self, regions, coordinator, limits, delays, check, time_scale, matrix):
        lines = [f'name = "test"\ntime_scale = {time_scale}\ndelays = "{delays}"']
        if matrix:
            (self.directory / "matrix.csv").write_text("from,to,rtt_ms\n" + matrix)
            lines.append('matrix = "matrix.csv"')
        lines.append(f'regions = {json.dumps(list(regions))}')
        lines.append(f'[coordinator]\nregion = "{coordinator}"\ncheck = {check}')
        lines.append('[jitter]\npreset = "none"\n[limits]')
        for name, value in limits.items():  # as they shall be in the end
            lines.append(f"{name} = {value / time_scale if name.endswith('_ms') else value}")
        path = self.directory / "test.toml"
        path.write_text("\n".join(lines) + "\n")
        return str(path)

    def start(self):
        """Start all; also again after stop(), on the same data."""
        wanted = Wanted(self.topology, self.workers, None, self.time_scale, self.base_port, routes=self.routes)
        self.running = up(self.data, wanted)
        self.members = {member.code: Member(self, member) for member in self.running.members}
        self.nodes = [member for code, member in self.members.items() if code != "coordinator"]
        self.coordinator = self.members["coordinator"]

    def stop(self):
        for member in self.members.values():
            member.resume()
        down(self.data)

    def close(self):
        """Stop and forget it; AssertionError when a process has come to grief by itself meanwhile."""
        killed = Faults(self.running).killed
        ended = [f"{member.code} ended with {member.process.child.poll()}:\n{member.log()[-2000:]}"
                 for member in self.members.values() if not member.is_alive() and not member.is_ended_by_us and member.code not in killed]
        self.stop()
        texts = {member.code: member.log() for member in self.members.values()}
        self.temporary.cleanup()
        troubles = ended + [f"{code} says: {line}" for code, text in texts.items() for line in text.splitlines()
                            if TROUBLE.search(line)]
        if troubles:
            raise AssertionError("\n".join(troubles[:20]))

    def __getitem__(self, code):
        return self.members[code]

    def when_linked(self):
        """Wait until every process has a link to every other one, and every node has joined."""
        def linked():
            told = [member.status() for member in self.members.values() if member.is_alive()]
            alive = {member.code for member in self.members.values() if member.is_alive()}
            for one in told:
                if any(peer["code"] in alive and not (peer["up"] and peer.get("joined", True)) for peer in one["peers"]):
                    return False
                if one["role"] == "node" and "coordinator" in alive and not one["joined"]:
                    return False
            return True
        wait_until(linked, "every process is linked with every other")
        return self

    def when_noticed(self, code):
        """Wait until all others have noticed that a process has gone."""
        for member in self.members.values():
            if member.code != code and member.is_alive():
                member.when(lambda _, member=member: not member.peer(code)["up"], f"{code} is seen to be down")

    def sent(self):
        """What all nodes have sent so far, by kind of message."""
        total = {}
        for node in self.nodes:
            if node.is_alive():
                for kind, count in node.status()["messages"]["sent"].items():
                    total[kind] = total.get(kind, 0) + count
        return total


class Member:
    """One process of a cluster: a node by its region's code, or "coordinator"."""

    def __init__(self, cluster, member):
        self.cluster = cluster
        self.code = member.code
        self.http_port = member.http_port
        self.admin_port = member.admin_port
        self.process = member.process
        self.data = cluster.data.of_process(member.code)
        self.paused = False
        self.is_ended_by_us = False

    @property
    def pid(self):
        return self.process.child.pid

    def is_alive(self):
        return self.process.child.poll() is None

    def start(self, ready=True):
        """Start it again on its data, and wait until it says that it is ready."""
        self.process.start()
        self.is_ended_by_us = False
        if ready:
            self.when(lambda status: status["state"] == "ready", "it is ready")
        return self

    def kill(self, number=signal.SIGKILL):
        """Send a signal that ends it, and wait for that. Returns the exit code (negative: the signal)."""
        self.is_ended_by_us = True
        os.kill(self.pid, number)
        self.resume()
        return self.process.child.wait(HANG_S)

    def terminate(self):
        return self.kill(signal.SIGTERM)

    def pause(self):
        os.kill(self.pid, signal.SIGSTOP)
        self.paused = True

    def resume(self):
        if self.paused:
            self.paused = False
            os.kill(self.pid, signal.SIGCONT)

    def wipe(self):
        """Forget all that it has kept, while it is down."""
        shutil.rmtree(self.data)
        self.data.mkdir()

    def restart(self, number=signal.SIGKILL):
        self.kill(number)
        return self.start()

    def status(self):
        """What it says of itself; None when it does not answer, or is not open and says little."""
        try:
            status = exchange(self.admin_port, "/status").json()
        except OSError:
            return None
        return None if status["state"] == "opening" else status

    def when(self, holds, what):
        """Wait until `holds(status)`; returns that status."""
        def found():
            if not self.is_alive():
                raise AssertionError(f"{self.code} ended with {self.process.child.returncode} while waiting until "
                                     f"{what}:\n{self.log()[-2000:]}")
            status = self.status()
            return status if status and holds(status) else None
        return wait_until(found, f"{self.code}: {what}")

    def peer(self, code):
        """What it says of its link to another process."""
        return next(peer for peer in self.status()["peers"] if peer["code"] == code)

    def log(self):
        return self.process.log_path.read_text(errors="replace")

    def config(self, change=None):
        """Its configuration; `change(config)` edits the file, for its next start."""
        config = json.loads(self.process.config_path.read_text())
        if change:
            change(config)
            self.process.config_path.write_text(json.dumps(config))
        return config

    def fetch(self, path, **query):
        """Send a user's request to this region; the whole answer."""
        return exchange(self.http_port, f"{path}?{urlencode(query)}" if query else path)

    def ask(self, path, **query):
        """The same; what the test Worker says."""
        answer = self.fetch(path, **query)
        if answer.status != 200:
            raise AssertionError(f"{self.code} {path} {query}: {answer.status} {answer.body!r}\n{self.log()[-2000:]}")
        return answer.json()

    def when_running(self, count=1):
        """Wait until that many runs of objects are under way here."""
        self.when(lambda status: status["runs"] >= count, f"{count} objects run")

    def do(self, op="tick", **query):
        """Use an object from this region; AssertionError when it fails."""
        said = self.ask("/do", op=op, **query)
        if not said["ok"]:
            raise AssertionError(f"{self.code} {op} {query}: {said['error']}")
        return said

    def fail(self, op="tick", **query):
        """Use an object, which must fail: its error."""
        said = self.ask("/do", op=op, **query)
        if said["ok"]:
            raise AssertionError(f"{self.code} {op} {query}: no error but {said}")
        return said["error"]

    def where(self, **query):
        """Where an object lives, as the status port says."""
        return exchange(self.admin_port, f"/where?{urlencode({'space': 'probe-Probe', **query})}").json()


class Answer:
    def __init__(self, status, body, seconds):
        self.status = status
        self.body = body
        self.seconds = seconds

    def json(self):
        return json.loads(self.body)


def exchange(port, target, method="GET", body=None, timeout_s=HANG_S, headers=None):
    """One HTTP request on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout_s)
    started = time.monotonic()
    try:
        connection.request(method, target, body, headers or {})
        response = connection.getresponse()
        return Answer(response.status, response.read(), time.monotonic() - started)
    except http.client.HTTPException as error:
        raise ConnectionError(f"{type(error).__name__}: {error}") from None
    finally:
        connection.close()


def together(functions):
    """Call all at the same moment, each on a thread of its own. Results in order; an exception is one."""
    barrier = threading.Barrier(len(functions))
    results = [None] * len(functions)

    def run(index):
        barrier.wait()
        try:
            results[index] = functions[index]()
        except Exception as error:  # the caller looks at it
            results[index] = error
    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(functions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


class Background:
    """A function on a thread, and its result."""

    def __init__(self, function):
        self.result = None
        self.thread = threading.Thread(target=self._run, args=(function,), daemon=True)
        self.thread.start()

    def _run(self, function):
        try:
            self.result = function()
        except Exception as error:  # the caller looks at it
            self.result = error

    def wait(self):
        self.thread.join(HANG_S)
        if self.thread.is_alive():
            raise AssertionError("a request hangs")
        if isinstance(self.result, Exception):
            raise self.result
        return self.result


def wait_until(holds, what, seconds=HANG_S):
    """Wait until `holds()` is true; returns what it returned. It is asked again and again."""
    until = time.monotonic() + seconds
    while True:
        found = holds()
        if found:
            return found
        if time.monotonic() > until:
            raise AssertionError(f"waited {seconds} s in vain until {what}")
        time.sleep(0.005)


def free_base():
    """A base of ports at which nobody listens, below those that the system gives to clients."""
    offsets = [first + index for first in (1, 299, 600) for index in range(12)]
    for _ in range(200):
        base = random.randrange(10000, 31000)
        if not any(_is_taken(base + offset) for offset in offsets):
            return base
    raise AssertionError("no free ports")


def _is_taken(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


class ClusterTest(unittest.TestCase):
    """Tests that share one cluster, which they leave whole; `options` are those of Cluster."""
    options = {}

    @classmethod
    def setUpClass(cls):
        cls.cluster = Cluster(**cls.options)
        cls.addClassCleanup(cls.cluster.close)
        cls.cluster.when_linked()

    def name(self, more=""):
        """A name that no other test uses."""
        return f"{self.id()}{more}"


def own_cluster(test, **options):
    """A cluster for one test, which may do with it what it likes."""
    cluster = Cluster(**options)
    test.addCleanup(cluster.close)
    return cluster.when_linked()
