"""Bodies that flow through two regions: in little memory, as fast as they are read, to an end in any case."""

import http.client
import socket
import unittest
from pathlib import Path

from cluster import HANG_S, IMPATIENT, SANITIZED, ClusterTest, exchange, own_cluster, wait_until

WORKER = Path(__file__).resolve().parent / "flowing"
BYTES = 100_000_000
# Of a node's memory, for a body of any length: windows, and what the engine has not collected yet. A sanitizer
# does not give back what was freed.
MORE_BYTES_MAX = 1 << 40 if SANITIZED else 32 << 20
HALF_CLOSE_MS = 100  # half_close_ms in process/http.c: a client that ends its side sooner still wants its answer
TWO = {"regions": ("LHR", "SYD"), "coordinator": "LHR", "worker": WORKER}


def peak_bytes(member):
    """The most memory that a process has ever had."""
    for line in Path(f"/proc/{member.pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) << 10
    raise AssertionError("no VmHWM")


class Client:
    """A request whose body and answer the test moves by hand."""

    def __init__(self, member, target, method="GET"):
        self.socket = socket.create_connection(("127.0.0.1", member.http_port), HANG_S)
        chunked = "transfer-encoding: chunked\r\n" if method == "POST" else ""
        self.socket.sendall(f"{method} {target} HTTP/1.1\r\nhost: x\r\n{chunked}\r\n".encode())

    def send(self, size):
        self.socket.sendall(b"%x\r\n" % size + b"x" * size + b"\r\n")

    def read(self, size=65536):
        return self.socket.recv(size)

    def close(self):
        self.socket.close()


class FlowingTest(ClusterTest):
    options = TWO

    def look(self, name):
        return exchange(self.cluster["LHR"].http_port, f"/look?name={name}").json()

    def when(self, name, holds, what):
        return wait_until(lambda: (state := self.look(name)) and holds(state) and state, what)

    def when_at_rest(self):
        """Nothing is left of any body in any node."""
        for node in self.cluster.nodes:
            node.when(lambda status: status["flows"] == 0 and status["buffered_bytes"] == 0 and status["bodies"] == 0,
                      "no body flows")

    def grown(self, work):
        """By how much the peak of each node has grown by this work, which was done once before."""
        before = {node.code: peak_bytes(node) for node in self.cluster.nodes}
        work()
        return {node.code: peak_bytes(node) - before[node.code] for node in self.cluster.nodes}

    def test_a_large_response_flows_in_little_memory(self):
        def fetch(size):
            connection = http.client.HTTPConnection("127.0.0.1", self.cluster["LHR"].http_port, timeout=HANG_S)
            connection.request("GET", f"/source?name=down&hint=oc&bytes={size}")
            answer = connection.getresponse()
            total = 0
            while part := answer.read(1 << 20):
                total += len(part)
            connection.close()
            self.assertEqual(total, size)
        fetch(1 << 20)
        grown = self.grown(lambda: fetch(BYTES))
        self.assertEqual(self.look("down")["produced"], BYTES + (1 << 20))
        self.assertLess(max(grown.values()), MORE_BYTES_MAX, grown)
        self.when_at_rest()

    def test_a_large_request_flows_in_little_memory(self):
        part = b"x" * (1 << 20)

        def send(size):
            connection = http.client.HTTPConnection("127.0.0.1", self.cluster["LHR"].http_port, timeout=HANG_S)
            connection.request("POST", "/sink?name=up&hint=oc", (part[:min(len(part), size - at)] for at in range(0, size, len(part))),
                               {"content-length": str(size)})
            return connection.getresponse().read()
        send(1 << 20)
        grown = self.grown(lambda: send(BYTES))
        self.assertEqual(self.look("up")["received"], BYTES + (1 << 20))
        self.assertLess(max(grown.values()), MORE_BYTES_MAX, grown)
        self.when_at_rest()

    def test_what_comes_goes_back_at_once(self):
        for hint in ("weur", "oc"):
            client = Client(self.cluster["LHR"], f"/echo?name=echo-{hint}&hint={hint}", "POST")
            got = b""
            for size in (1, 1000, 70000):
                client.send(size)
                wanted = got.count(b"x") + size
                while got.count(b"x") < wanted:
                    got += client.read()
            client.socket.sendall(b"0\r\n\r\n")
            while not got.endswith(b"0\r\n\r\n"):
                got += client.read()
            client.close()
        self.when_at_rest()

    def stopped(self, count):
        """Wait until a count goes on no more: the same for many looks in a row."""
        seen = []

        def still():
            seen.append(count())
            return len(seen) >= 20 and len(set(seen[-20:])) == 1
        wait_until(still, "it goes on no more")
        return seen[-1]

    def test_a_slow_reader_slows_the_writer_and_a_lost_client_ends_it(self):
        for hint in ("weur", "oc"):
            name = f"slow-{hint}"
            client = Client(self.cluster["LHR"], f"/source?name={name}&hint={hint}&bytes={1 << 30}")
            self.assertIn(b"200 OK", client.read(1000))
            produced = self.stopped(lambda: self.look(name)["produced"])
            # The windows are about 1 MiB; the kernel's buffers between server and client hold some more.
            self.assertLess(produced, 16 << 20)
            client.close()
            state = self.when(name, lambda state: state["cancelled"] and state["aborted"], "the writer hears of it")
            self.assertEqual(state["produced"], produced)
        self.when_at_rest()

    def test_a_lost_client_ends_its_request(self):
        for hint in ("weur", "oc"):
            name = f"cut-{hint}"
            client = Client(self.cluster["LHR"], f"/sink?name={name}&hint={hint}", "POST")
            client.send(1000)
            self.when(name, lambda state: state["received"] == 1000, "the object reads")
            client.close()
            state = self.when(name, lambda state: state["failed"], "the object hears of it")
            self.assertEqual(state["failed"], "Network connection lost.")
        self.when_at_rest()


    def test_a_client_that_closes_while_nothing_flows_is_noticed(self):
        for hint in ("weur", "oc"):
            name = f"silent-{hint}"
            client = Client(self.cluster["LHR"], f"/silent?name={name}&hint={hint}&ms={2 * HALF_CLOSE_MS}")
            answer = b""
            while b"\r\n\r\n1\r\n" not in answer:
                answer += client.read()
            client.close()
            self.when(name, lambda state: state["cancelled"] and state["aborted"], "the writer hears of it")
        self.when_at_rest()


class LostTest(unittest.TestCase):
    def test_a_lost_home_ends_both_bodies_with_an_error(self):
        cluster = own_cluster(self, **TWO, limits={**IMPATIENT, "fetch_deadline_ms": 20000})
        client = Client(cluster["LHR"], f"/source?name=x&hint=oc&bytes={1 << 30}")
        client.read(1000)
        upload = Client(cluster["LHR"], "/stuck?name=x&hint=oc", "POST")
        upload.send(1000)
        wait_until(lambda: exchange(cluster["LHR"].http_port, "/look?name=x").json()["received"], "the object reads")
        cluster["SYD"].kill()
        try:
            while part := client.read():
                last = part
            self.assertFalse(last.endswith(b"0\r\n\r\n"), "it must not look complete")
        except ConnectionResetError:
            pass
        self.assertIn(b"500 Internal Server Error", upload.read())
        cluster["LHR"].when(lambda status: status["flows"] == 0 and status["bodies"] == 0, "nothing is left")

    def test_a_lost_caller_ends_both_bodies(self):
        cluster = own_cluster(self, **TWO, limits=IMPATIENT)
        client = Client(cluster["LHR"], f"/source?name=x&hint=oc&bytes={1 << 30}")
        client.read(1000)
        upload = Client(cluster["LHR"], "/sink?name=x&hint=oc", "POST")
        upload.send(1000)

        def look():
            return exchange(cluster["SYD"].http_port, "/look?name=x&hint=oc").json()
        wait_until(lambda: look()["received"], "the object reads")
        cluster["LHR"].kill()
        wait_until(lambda: (state := look())["cancelled"] and state["aborted"] and state["failed"], "the object hears of it")
        cluster["SYD"].when(lambda status: status["flows"] == 0 and status["bodies"] == 0, "nothing is left")


if __name__ == "__main__":
    unittest.main()
