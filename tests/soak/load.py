"""Load on a cluster for minutes, with memory and descriptors watched: scripts/soak load.

Clients in every region use near and far objects, new names, new unique ids, larger bodies, and leave in the
middle of a request. What each process holds is read from /proc again and again: its own memory (RssAnon: what
it maps of its files may come and go), and its descriptors. A line fitted through the second half tells whether
it grows: by how many bytes with each request, and by how many descriptors in the end.
"""

import argparse
import http.client
import random
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from urllib.parse import urlencode

from cluster import PATIENT, Cluster, wait_until

REGIONS = ("IAD", "LHR", "SYD")
BYTES_A_REQUEST_MAX = 100  # a new name is kept for ever, in some 80 bytes; a tenth of the requests makes one
DESCRIPTORS_MORE_MAX = 4
NOTHING_BYTES = 4 << 20    # so much of a difference over the whole of a half is the allocator's
KEEP_ALIVE = 50            # requests on one connection
SAMPLE_S = 5


class Client(threading.Thread):
    """One user of one region, who does all sorts of things, `rate` of them a second."""

    def __init__(self, cluster, code, seed, rate, stop):
        super().__init__(daemon=True)
        self.member, self.code, self.rate, self.stop = cluster[code], code, rate, stop
        self.random = random.Random(f"{seed}-{code}")
        self.done = self.failed = 0
        self.why = {}

    def run(self):
        connection = None
        while not self.stop.is_set():
            begun = time.monotonic()
            try:
                if self.done % KEEP_ALIVE == 0 and connection:
                    connection.close()
                    connection = None
                connection = connection or http.client.HTTPConnection("127.0.0.1", self.member.http_port, timeout=60)
                self.act(connection)
            except (OSError, http.client.HTTPException, AssertionError) as error:
                self.failed += 1
                text = f"{type(error).__name__}: {error}"[:160]
                self.why[text] = self.why.get(text, 0) + 1
                connection = None
            self.done += 1
            self.stop.wait(max(0.0, 1 / self.rate - (time.monotonic() - begun)))

    def act(self, connection):
        acts = [(50, self.use_known), (10, self.use_new), (10, self.use_unique), (15, self.move_bytes),
                (10, self.leave), (5, self.ask_another)]
        self.random.choices([act for _, act in acts], [weight for weight, _ in acts])[0](connection)

    def get(self, connection, path, **query):
        connection.request("GET", f"{path}?{urlencode(query)}")
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == 200 and body.startswith(b'{"ok":true'), f"{answer.status} {body[:120]!r}"

    def use_known(self, connection):
        self.get(connection, "/do", op=self.random.choice(("tick", "add", "sum")), name=f"known {self.random.randrange(200)}")

    def use_new(self, connection):
        self.get(connection, "/do", op="add", name=f"new {self.code} {self.random.getrandbits(64):x}")

    def use_unique(self, connection):
        self.get(connection, "/do", op="tick", unique=1)

    def move_bytes(self, connection):
        size = self.random.choice((1000, 100_000, 1_000_000))
        way = {"op": "bytes", "size": size} if self.random.random() < 0.5 else {"op": "echo", "send": size}
        self.get(connection, "/do", name=f"known {self.random.randrange(200)}", **way)

    def ask_another(self, connection):
        self.get(connection, "/do", op="call", name=f"known {self.random.randrange(100)}", other=f"known {100 + self.random.randrange(100)}")

    def leave(self, _connection):
        """Ask for something, or begin to, and go without waiting for it."""
        with socket.create_connection(("127.0.0.1", self.member.http_port), timeout=60) as gone:
            request = (f"POST /do?op=echo&name=known+{self.random.randrange(200)} HTTP/1.1\r\nHost: x\r\n"
                       f"Content-Length: 200000\r\n\r\n" + "z" * 200_000)
            gone.sendall(request[:self.random.choice((10, 100, 5000, len(request)))].encode())


def held(pid):
    """What a process holds: (bytes of its own memory, descriptors)."""
    status = Path(f"/proc/{pid}/status").read_text()
    anonymous = next(line for line in status.splitlines() if line.startswith("RssAnon:"))
    return int(anonymous.split()[1]) * 1024, len(list(Path(f"/proc/{pid}/fd").iterdir()))


def slope(xs, ys):
    """Of the line that fits best."""
    x_mean, y_mean = sum(xs) / len(xs), sum(ys) / len(ys)
    spread = sum((x - x_mean) ** 2 for x in xs)
    return sum((x - x_mean) * (y - y_mean) for x, y in zip(xs, ys)) / spread if spread else 0.0


def judge(code, samples):
    """Print what became of one process in the second half of its samples; whether it is flat."""
    half = samples[len(samples) // 2:]
    done = [sample[0] for sample in half]
    each = slope(done, [sample[1] for sample in half])
    grown = each * (done[-1] - done[0])
    descriptors = [sample[2] for sample in samples]
    before, after = max(descriptors[:len(descriptors) // 2]), max(descriptors[len(descriptors) // 2:])
    flat = (each <= BYTES_A_REQUEST_MAX or grown <= NOTHING_BYTES) and after <= before + DESCRIPTORS_MORE_MAX
    print(f"{code:12} own memory {samples[0][1] >> 20} MB at first, {half[0][1] >> 20} MB at half-time, {half[-1][1] >> 20} MB "
          f"at the end ({each:+.1f} bytes with each request); descriptors at most {before}, then {after}: "
          f"{'flat' if flat else 'GROWS'}", flush=True)
    return flat


def watch(cluster, clients, seconds):
    """Samples (requests done, bytes, descriptors) of each process until the time is over."""
    samples = {code: [] for code in cluster.members}
    until, told = time.monotonic() + seconds, 0.0
    while time.monotonic() < until:
        done = sum(client.done for client in clients)
        for code, member in cluster.members.items():
            samples[code].append((done, *held(member.pid)))
        if time.monotonic() - told > 60:
            told = time.monotonic()
            print(f"{until - told:6.0f} s left, {done} requests, " + ", ".join(
                f"{code} {series[-1][1] >> 20} MB {series[-1][2]} fds" for code, series in samples.items()), flush=True)
        time.sleep(min(SAMPLE_S, max(0.0, until - time.monotonic())))
    return samples


def main(arguments=None):
    one = argparse.ArgumentParser(prog="scripts/soak load", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    one.add_argument("--minutes", type=float, default=30)
    one.add_argument("--rate", type=float, default=20, help="requests a second of each of the clients (default: 20)")
    one.add_argument("--clients", type=int, default=4, help="in each region (default: 4)")
    one.add_argument("--seed", type=int, default=1)
    options = one.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(2))  # what was started is stopped on the way out
    stop = threading.Event()
    # Objects leave memory soon, so that what they leave behind shows.
    cluster = Cluster(REGIONS, limits={**PATIENT, "object_idle_ms": 3000})
    try:
        cluster.when_linked()
        clients = [Client(cluster, code, f"{options.seed}-{number}", options.rate, stop)
                   for code in REGIONS for number in range(options.clients)]
        for client in clients:
            client.start()
        samples = watch(cluster, clients, options.minutes * 60)
        stop.set()
        for client in clients:
            client.join(60)
        wait_until(lambda: all(node.ask("/hello")["value"] == "hello" for node in cluster.nodes), "all answer after it")
    finally:
        stop.set()
        cluster.close()
    failed = sum(client.failed for client in clients)
    print(f"{sum(client.done for client in clients)} requests, {failed} failed")
    for client in clients:
        for text, count in list(client.why.items())[:3]:
            print(f"  {client.code}: {count} times {text}")
    flat = [judge(code, series) for code, series in samples.items()]
    return 0 if all(flat) and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
