"""The counter example on a planet without engine or links: each region sleeps for as long as the real
one would wait, and the coordinator's process keeps all objects. For tests of `scripts/cluster demo`."""

import http.client
import json
import threading
import time
import uuid


class Brain:
    """All objects of the planet, kept by the fake coordinator."""

    def __init__(self, options):
        self.lock = threading.Lock()
        self.objects = {}  # name: [home, instance, count]
        self.forgetful = "two-instances" in options

    def use(self, name, home):
        with self.lock:
            known = self.objects.setdefault(name, [home, str(uuid.uuid4()), 0])
            known[2] += 1
            if self.forgetful and known[2] == 2:
                known[1] = str(uuid.uuid4())
            return {"home": known[0], "instance": known[1], "value": known[2]}

    def home(self, name):
        return self.objects.get(name, [None])[0]


class Planet:
    """One region's view of it."""

    def __init__(self, config, options):
        self.codes = [region["code"] for region in config["topology"]["regions"]]
        self.rtt_ms = config["topology"]["rtt_ms"]
        self.here = config["region"]
        self.coordinator = config["coordinator"]["region"]
        self.check_ms = 0 if "no-check" in options else config["coordinator"]["check"].get("ms", 0)
        hosts = [region["code"] for region in config["topology"]["regions"] if region["hosts"]]
        self.nearest = min(hosts, key=lambda host: self.rtt(self.here, host))
        self.brain_port = int(config["brain_port"])
        self.known = {}

    def rtt(self, a, b):
        return self.rtt_ms[self.codes.index(a)][self.codes.index(b)]

    def get(self, path):
        """Answer like the Worker of examples/counter."""
        if path == "/":
            return {}
        name = path[1:]
        started = time.monotonic()
        wait_ms = 0
        if name == "unique":
            name = str(uuid.uuid4())
        elif name not in self.known:
            used_before = self._ask(f"/home?name={name}")["home"]
            wait_ms = 0 if used_before == self.here else self.rtt(self.here, self.coordinator) + (
                0 if used_before else self.check_ms)
        said = self._ask(f"/use?name={name}&home={self.nearest}")
        self.known[name] = said["home"]
        wait_ms += 0 if said["home"] == self.here else self.rtt(self.here, said["home"])
        time.sleep(max(0, wait_ms / 1e3 - (time.monotonic() - started)))
        return {"value": said["value"], "object": {"colo": said["home"], "instance": said["instance"]},
                "worker": {"colo": self.here}}

    def _ask(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.brain_port)
        connection.request("GET", path)
        answer = json.loads(connection.getresponse().read())
        connection.close()
        return answer
