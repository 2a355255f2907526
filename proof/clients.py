"""Clients in every region that use the Worker of proof/worker, and record what they did and saw."""

import http.client
import json
import random
import socket
import threading

THINK_S = 0.08          # mean time between two operations of one client
AWAY_S = 0.3            # before the next attempt where nobody listens
OBJECTS_AT_FIRST = 20
OBJECTS_A_SECOND = 2    # new names come up while faults go on
OLD_SHARE = 0.2         # of operations, on any object; the others are on one of the newest
NEWEST = 20
CREATE_SHARE = 0.03
UNIQUE_SHARE = 0.3


class Workload:
    """What to do next, and what is known about the objects; shared by all clients."""

    def __init__(self, recorder):
        self.recorder = recorder
        self.ids = []         # of unique objects that were made; grows only
        self.values = {}      # what was last seen in each register: makes swaps succeed
        self.used = set()     # objects that somebody has used
        self._lock = threading.Lock()
        self._count = 0

    def next(self, chance):
        """An operation: f, object, value, token."""
        if chance.random() < CREATE_SHARE:
            return "create", None, None, None
        name = self._object(chance)
        with self._lock:
            self._count += 1
            number = self._count
            self.used.add(name)
        if name.startswith("register"):
            f = chance.choice(("read", "write", "cas", "cas"))
            value = {"read": None, "write": number, "cas": [self.values.get(name, 0), number]}[f]
        else:
            f = chance.choice(("add", "add", "read"))
            value = 1 if f == "add" else None
        return f, name, value, None if f == "read" else f"t{number}"

    def _object(self, chance):
        if self.ids and chance.random() < UNIQUE_SHARE:
            newest = len(self.ids)
            return self.ids[self._number(chance, newest)]
        number = self._number(chance, OBJECTS_AT_FIRST + int(OBJECTS_A_SECOND * self.recorder.seconds()))
        return f'{"register" if number % 2 else "counter"}-{number}'

    def _number(self, chance, count):
        return chance.randrange(0 if chance.random() < OLD_SHARE else max(0, count - NEWEST), count)

    def saw(self, f, name, value, result):
        if f == "create":
            self.ids.append(result)
        elif f == "write" or (f == "cas" and result == value[0]):
            self.values[name] = value if f == "write" else value[1]
        elif f in ("cas", "read"):
            self.values[name] = result


class Client:
    """One client of one region, on one connection that it keeps."""

    def __init__(self, name, region, port, workload, timeout_s):
        self.name = name
        self.region = region
        self.workload = workload
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout_s)

    def work(self, seed, stop):
        """Do one operation after the other until `stop` is set."""
        chance = random.Random(f"{seed} {self.name}")
        think_s = 0
        while not stop.wait(chance.expovariate(1 / THINK_S) + think_s):
            self.perform(*self.workload.next(chance))
            think_s = 0 if self._connection.sock else AWAY_S

    def perform(self, f, name, value, token=None, final=None):
        """Do and record one operation. Returns whether it was ok."""
        recorder = self.workload.recorder
        recorder.add(self.name, "invoke", f, region=self.region, object=name, value=value, token=token, final=final)
        end, told = self._exchange({"f": f, "object": name, "value": value, "token": token})
        recorder.add(self.name, end, f, region=self.region, object=name, **told)
        if end == "ok":
            self.workload.saw(f, name, value, told["value"])
        return end == "ok"

    def _exchange(self, question):
        """How it ended: "ok" and the answer; "fail", it certainly did not run; "info", nobody knows."""
        connection = self._connection
        try:
            if connection.sock is None:
                connection.connect()
                connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            connection.close()
            return "fail", {"error": f"no connection: {error}"}
        try:
            connection.request("POST", "/", json.dumps(question))
            response = connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            return "info", {"error": f"connection lost: {type(error).__name__}: {error}"}
        if response.status != 200:
            return "info", {"error": f"{response.status} {body[:200].decode(errors='replace')}"}
        answer = json.loads(body)
        if answer["ok"]:
            return "ok", {name: answer.get(name) for name in ("value", "home", "instance", "boot")}
        error = answer["error"]
        is_sure = error["retryable"] or error["overloaded"]  # docs/ERRORS.md: these were not run
        return "fail" if is_sure else "info", {"error": f'{error["name"]}: {error["message"]}'}

    def close(self):
        self._connection.close()
