"""The examples, on a planet and under workerd: the same answers."""

import json
import shutil
import socket
import subprocess
import tempfile
import threading
import unittest
from pathlib import Path

from cluster import HANG_S, Cluster, exchange
from terrella.data import PROJECT

WORKERD = next(PROJECT.glob("node_modules/@cloudflare/workerd-linux-*/bin/workerd"), None)
TIME_SCALE = 0.05
EXAMPLES = {"chat-room": ("ROOMS", "Room"), "rate-limiter": ("LIMITERS", "Limiter"), "lock": ("LOCKS", "Lock"),
            "league": ("LEAGUES", "League")}

CONFIG = """using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "disk", disk = (path = "%s", writable = true)), %s],
  sockets = [%s]
);
"""
SERVICE = """(name = "%(name)s", worker = (modules = [(name = "index.js", esModule = embed "%(name)s.js")],
    compatibilityDate = "2026-11-17", durableObjectNamespaces = [(className = "%(class_name)s", uniqueKey = "%(name)s-%(class_name)s", enableSql = true)],
    durableObjectStorage = (localDisk = "disk"), bindings = [(name = "%(binding)s", durableObjectNamespace = "%(class_name)s")]))"""
SOCKET = '(name = "%(name)s", address = "127.0.0.1:0", http = (), service = "%(name)s")'


class Workerd:
    """All examples under workerd; `ports` by name."""

    def __init__(self):
        self.temporary = tempfile.TemporaryDirectory(prefix="terrella-examples-")
        folder = Path(self.temporary.name)
        for name in EXAMPLES:
            shutil.copy(PROJECT / "examples" / name / "src" / "index.js", folder / f"{name}.js")
        fields = [{"name": name, "binding": binding, "class_name": class_name}
                  for name, (binding, class_name) in EXAMPLES.items()]
        (folder / "config.capnp").write_text(CONFIG % (folder, ", ".join(SERVICE % one for one in fields), ", ".join(SOCKET % one for one in fields)))
        ours, theirs = socket.socketpair()
        with ours, theirs:
            self.child = subprocess.Popen([WORKERD, "serve", "--experimental", f"--control-fd={theirs.fileno()}",
                                           str(folder / "config.capnp")], pass_fds=[theirs.fileno()], stdout=subprocess.DEVNULL,
                                          stderr=subprocess.DEVNULL)
            theirs.close()
            ours.settimeout(HANG_S)
            self.ports = {}
            with ours.makefile() as lines:
                while len(self.ports) < len(EXAMPLES):
                    said = json.loads(next(lines))
                    self.ports[said["socket"]] = said["port"]

    def close(self):
        self.child.kill()
        self.child.wait()
        self.temporary.cleanup()


class ExamplesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if WORKERD is None:
            raise unittest.SkipTest("workerd is not installed: npm ci")
        cls.cluster = Cluster(topology="continents", time_scale=TIME_SCALE,
                              worker=[str(PROJECT / "examples" / name) for name in EXAMPLES])
        cls.addClassCleanup(cls.cluster.close)
        cls.cluster.when_linked()
        cls.workerd = Workerd()
        cls.addClassCleanup(cls.workerd.close)

    def everywhere(self, example, story):
        """Run a story on both; `story(ask)` gets a function (method, path, body) -> (status, JSON) and returns what it saw.
        On the planet each request comes to the next region in turn."""
        turn, lock = [0], threading.Lock()

        def ask_planet(method, path, body=None):
            with lock:
                turn[0] += 1
                node = self.cluster.nodes[turn[0] % len(self.cluster.nodes)]
            return self.seen(exchange(node.http_port, path, method, body, headers={"Host": f"{example}.localhost"}))

        def ask_workerd(method, path, body=None):
            return self.seen(exchange(self.workerd.ports[example], path, method, body))
        reference, planet = story(ask_workerd), story(ask_planet)
        self.assertEqual(planet, reference)
        return planet

    @staticmethod
    def seen(answer):
        return answer.status, json.loads(answer.body)

    def test_chat_room(self):
        def story(ask):
            seen = [ask("POST", f"/lobby?from=guest{number}", f"text {number}") for number in range(5)]
            seen += [ask("GET", "/lobby"), ask("GET", "/lobby?after=3"), ask("GET", "/lobby?after=5"), ask("POST", "/lobby", "x"),
                     ask("GET", "/other"), ask("GET", "/lobby?after=5&wait=20")]
            waiting = Asking(ask, "GET", "/lobby?after=5&wait=20000")
            while ask("POST", "/lobby?from=late", "at last")[0] == 201 and not waiting.ended(0.05):
                pass
            return [*seen, waiting.result()[1][0]]
        self.assertEqual(self.everywhere("chat-room", story)[-1], {"number": 6, "from": "late", "text": "at last"})

    def test_rate_limiter(self):
        def story(ask):
            return [ask("POST", "/ann?limit=5&per=100000") for _ in range(7)] + [
                ask("POST", "/bob?limit=1&per=100000"), ask("POST", "/bob?limit=1&per=100000"), ask("POST", "/ann?limit=0"), ask("POST", "/x?per=y")]
        self.assertEqual([status for status, _ in self.everywhere("rate-limiter", story)], [200] * 5 + [429, 429, 200, 429, 400, 400])

    def test_league(self):
        def story(ask):
            scores = (("Kea", "Tui", "2:1"), ("Tui", "Weka", "0:0"), ("Weka", "Kea", "1:3"), ("Tui", "Tui", "1:1"), ("Tui", "Kea", "one"))
            seen = [ask("POST", f"/pacific?home={home}&away={away}&score={score}") for home, away, score in scores]
            return [*seen, ask("GET", "/pacific?team=Kea"), ask("GET", "/empty"), ask("GET", "/pacific")]
        self.assertEqual(self.everywhere("league", story)[-1], (200, [
            {"team": "Kea", "played": 2, "difference": 3, "points": 6}, {"team": "Tui", "played": 2, "difference": -1, "points": 1},
            {"team": "Weka", "played": 2, "difference": -2, "points": 1}]))

    def test_lock(self):
        def story(ask):
            seen = [ask("POST", "/printer/acquire?owner=ann"), ask("POST", "/printer/acquire?owner=bob"), ask("GET", "/printer/"),
                    ask("POST", "/printer/release?token=7"), ask("POST", "/printer/release?token=1"), ask("GET", "/printer/"),
                    ask("POST", "/printer/acquire?owner=bob"), ask("POST", "/printer/acquire")]
            waiting = Asking(ask, "POST", "/printer/acquire?owner=cid&wait=20000")
            seen += [ask("POST", "/printer/release?token=2"), waiting.result()]
            # A time that is over frees it, for one who waits as well.
            return [*seen, ask("POST", "/door/acquire?owner=ann&ttl=30"), ask("POST", "/door/acquire?owner=bob&wait=20000"), ask("GET", "/door/")]
        self.assertEqual(self.everywhere("lock", story)[-4:],
                         [(200, {"token": 3}), (200, {"token": 1}), (200, {"token": 2}), (200, {"holder": "bob"})])


class Asking:
    """A request under way."""

    def __init__(self, ask, *arguments):
        self.answer = None
        self.thread = threading.Thread(target=self._ask, args=(ask, arguments), daemon=True)
        self.thread.start()

    def _ask(self, ask, arguments):
        self.answer = ask(*arguments)

    def ended(self, seconds):
        self.thread.join(seconds)
        return not self.thread.is_alive()

    def result(self):
        if not self.ended(HANG_S):
            raise AssertionError("a request hangs")
        return self.answer


if __name__ == "__main__":
    unittest.main()
