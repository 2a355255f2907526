"""The two engines that compare.py measures, each with the Worker of tests/bench/worker.

An engine is a context manager: entered it runs, pinned to the given processor cores, and has a
`url` and the `pids` that make up one node at rest. Both write to real files under `folder`.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WORKER = Path(__file__).resolve().parent / "worker"
START_LIMIT_S = 60
BUILD_LIMIT_S = 900  # the first `scripts/cluster up` of all installs and builds
BASE_PORT = 27000  # away from those of a cluster by default

WORKERD_CONFIG = """using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [(name = "index.js", esModule = embed "index.js")],
      compatibilityDate = "2026-11-17",
      durableObjectNamespaces = [
        (className = "Counter", uniqueKey = "bench-Counter"),
        (className = "Ledger", uniqueKey = "bench-Ledger")
      ],
      durableObjectStorage = (localDisk = "disk"),
      bindings = [
        (name = "COUNTER", durableObjectNamespace = "Counter"),
        (name = "LEDGER", durableObjectNamespace = "Ledger")
      ]
    )),
    (name = "disk", disk = (path = "%s", writable = true))
  ],
  sockets = [(name = "http", address = "127.0.0.1:%d", http = (), service = "main")]
);
"""


class Trouble(Exception):
    """Something a person has to put right; its text is all they are shown."""


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def await_answer(url, is_alive):
    """Ask until there is an answer: the engines tell in different ways when they listen."""
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline and is_alive():
        try:
            with urllib.request.urlopen(url + "/hello", timeout=5) as answer:
                return answer.read()
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.05)
    raise Trouble(f"{url} does not answer")


def resident_mb(pids):
    """Resident memory of these processes together, in MB of 10^6 bytes."""
    total = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                total += int(line.split()[1]) * 1024
    return total / 1e6


class Workerd:
    name = "workerd"

    def __init__(self, folder, cores):
        self.folder, self.cores = Path(folder) / "workerd", cores

    def __enter__(self):
        # Not the launcher in node_modules/.bin, which would stay beside it as a second process.
        found = sorted(ROOT.glob("node_modules/@cloudflare/workerd-linux-*/bin/workerd"))
        if not found:
            raise Trouble("workerd is not installed: run npm ci")
        disk = self.folder / "disk"
        disk.mkdir(parents=True)
        shutil.copy(WORKER / "index.js", self.folder)
        port = free_port()
        config = self.folder / "config.capnp"
        config.write_text(WORKERD_CONFIG % (disk, port))
        self.log = open(self.folder / "log", "w")
        command = ["taskset", "-c", self.cores, found[0], "serve", "--experimental", config]
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL)
        self.url, self.pids = f"http://127.0.0.1:{port}", [self.process.pid]
        try:
            await_answer(self.url, lambda: self.process.poll() is None)
        except Trouble as trouble:
            self.__exit__()
            raise Trouble(f"workerd: {trouble}: {(self.folder / 'log').read_text()[-500:]}") from None
        return self

    def __exit__(self, *unused):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.log.close()


class Terrella:
    """This checkout, or the one at `root`, which has to be built; those that run together differ in `port`."""
    name = "Terrella"

    def __init__(self, folder, cores, root=ROOT, port=BASE_PORT):
        self.folder, self.cores, self.root, self.port = Path(folder) / f"terrella-{port}", cores, Path(root), port

    def cluster(self, *arguments):
        command = ["taskset", "-c", self.cores, self.root / "scripts/cluster", *arguments, "--data", self.folder]
        done = subprocess.run(command, capture_output=True, text=True, timeout=BUILD_LIMIT_S, stdin=subprocess.DEVNULL)
        if done.returncode:
            raise Trouble(f"scripts/cluster {arguments[0]} failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def __enter__(self):
        self.folder.mkdir(parents=True)
        self.cluster("up", "--detach", "--topology", "solo", "--worker", WORKER, "--port", str(self.port))
        try:
            nodes = [one for one in json.loads(self.cluster("status", "--json")) if one["role"] == "node"]
            self.url, self.pids = nodes[0]["url"].rstrip("/"), [nodes[0]["pid"]]
            await_answer(self.url, lambda: os.path.exists(f"/proc/{self.pids[0]}"))
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *unused):
        self.cluster("down")
