"""Nasty clients on every port of real processes: those of users, of status, and of the links. After each the
cluster answers as before, and no process has kept a descriptor or memory for those who left."""

import hashlib
import hmac
import os
import random
import resource
import socket
import struct
import unittest

from cluster import HANG_S, PATIENT, ClusterTest, exchange, wait_until

IDLE_COUNT = 1000
STORM_COUNT = 150
ROUNDS_MAX = 40  # the engine collects its garbage late: a fresh node grows for a dozen of them
MORE_MEMORY_MAX = 512 << 10  # of one process, in a round that shows that it has all it needs
GREETING = bytes.fromhex("0053500000500000")  # nng's, of a PUSH; both ends send one
HELLO_BYTES = 139
MESSAGE_BYTES_BEYOND = 1 << 40


def open_to(port):
    return socket.create_connection(("127.0.0.1", port), timeout=HANG_S)


def send(connection, data):
    """As far as the other end takes it; it may have closed already."""
    try:
        connection.sendall(data)
    except OSError:
        pass


def end(connection):
    """Say that nothing more comes."""
    try:
        connection.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def await_close(connection):
    """Read until the other end closes; AssertionError when it does not."""
    try:
        while connection.recv(65536):
            pass
    except ConnectionResetError:
        pass
    except TimeoutError:
        raise AssertionError("the other end does not close") from None


def frame(payload, announced=None):
    """As nng sends it over TCP."""
    return struct.pack(">Q", len(payload) if announced is None else announced) + payload


class Held:
    """What a process holds at a moment."""

    def __init__(self, member):
        self.pid = member.pid
        self.descriptors = len(os.listdir(f"/proc/{self.pid}/fd"))
        with open(f"/proc/{self.pid}/status") as status:
            self.memory = next(int(line.split()[1]) * 1024 for line in status if line.startswith("RssAnon:"))


class HostileTest(ClusterTest):
    options = {"regions": ("SYD", "LHR"), "coordinator": "SYD",
               "limits": {**PATIENT, "probe_timeout_ms": 3000}}

    @classmethod
    def setUpClass(cls):
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192) if hard > 0 else 8192, hard))
        super().setUpClass()

    def setUp(self):
        self.members = list(self.cluster.members.values())
        self.random = random.Random(self.id())
        self.use()
        self.before = {member.code: Held(member) for member in self.members}
        self.lost_before = self.lost()

    def use(self):
        """Every process does its work: near, far, and a new name, which only the coordinator decides."""
        for node in self.cluster.nodes:
            node.do(name="known")
            node.do(name=f"new {node.code} {random.getrandbits(64)}")
        for member in self.members:
            self.assertIsNotNone(member.status())

    def lost(self):
        """How often links were lost so far, as the logs have it."""
        return sum(member.log().count(" is lost") for member in self.members)

    def assert_nothing_kept(self):
        """All answer, all links have held, all descriptors are back."""
        self.use()
        for member in self.members:
            before = self.before[member.code].descriptors
            wait_until(lambda: Held(member).descriptors <= before + 1, f"{member.code} has closed what was opened to it")
        self.assertEqual(self.lost(), self.lost_before)

    def in_rounds(self, attack):
        """Attack again and again, until no process needs more memory than before. In the first rounds each
        grows to a working size; whatever keeps something of each round never gets there."""
        most = {member.code: 0 for member in self.members}
        for _ in range(ROUNDS_MAX):
            attack()
            self.assert_nothing_kept()
            memory = {member.code: Held(member).memory for member in self.members}
            grown = [code for code in most if memory[code] > most[code] + MORE_MEMORY_MAX]
            most = {code: max(most[code], memory[code]) for code in most}
            if not grown:
                return
        self.fail(f"{grown} need more memory with each round: {most}")

    def http_ports(self):
        return [member.admin_port for member in self.members] + [node.http_port for node in self.cluster.nodes]

    def link_ports(self):
        config = self.cluster["SYD"].config()
        urls = [region["url"] for region in config["topology"]["regions"]] + [config["coordinator"]["url"]]
        return [int(url.rpartition(":")[2]) for url in urls]

    def ports(self):
        return self.http_ports() + self.link_ports()

    def link_port(self, code):
        config = self.cluster[code].config()
        return next(int(one["url"].rpartition(":")[2]) for one in config["topology"]["regions"] if one["code"] == code)

    # --- any port ---

    def test_connect_and_close_storms(self):
        def storm():
            for port in self.ports():
                for number in range(STORM_COUNT):
                    connection = open_to(port)
                    if number % 2:  # with a reset
                        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    connection.close()
        self.in_rounds(storm)

    def test_random_bytes(self):
        def noise():
            for port in self.ports():
                for number in range(40):
                    with open_to(port) as connection:
                        send(connection, self.random.randbytes(self.random.choice((1, 8, 100, 20000))))
                        if number % 4 == 0:
                            end(connection)
                            await_close(connection)
        self.in_rounds(noise)

    # --- users and status ---

    def test_a_thousand_idle_connections(self):
        def crowd():
            for port in (self.cluster["SYD"].http_port, self.cluster["SYD"].admin_port, self.cluster.coordinator.admin_port):
                idle = [open_to(port) for _ in range(IDLE_COUNT)]
                self.use()
                for connection in idle:
                    connection.close()
        crowd()
        self.assert_nothing_kept()

    def test_slow_clients(self):
        """Requests that come byte by byte hold up nobody else."""
        def drip():
            slow = [open_to(port) for port in self.http_ports() for _ in range(30)]
            for byte in b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhal":
                for connection in slow:
                    send(connection, bytes([byte]))
            self.use()
            for connection in slow:
                connection.close()
        self.in_rounds(drip)

    def test_oversize_requests_are_refused(self):
        admin_ports = [member.admin_port for member in self.members]

        def flood():
            huge_body = b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999\r\n\r\n"
            for port in self.http_ports():
                for head in (b"GET /" + b"a" * (1 << 20), b"GET / HTTP/1.1\r\n" + b"X-Long: aaaaaaaa\r\n" * 60_000, huge_body):
                    with open_to(port) as connection:
                        send(connection, head)
                        if head != huge_body or port in admin_ports:  # users' bodies flow: who announces more may send it
                            self.assertRegex(connection.makefile("rb").readline(), rb"^(HTTP/1.1 4\d\d |$)")
        self.in_rounds(flood)

    def test_requests_that_nobody_waits_for(self):
        def leave():
            for node in self.cluster.nodes:
                for _ in range(50):
                    with open_to(node.http_port) as connection:
                        send(connection, b"GET /do?op=sleep&ms=20&name=left HTTP/1.1\r\nHost: x\r\n\r\n" * 3)
            for node in self.cluster.nodes:
                node.when(lambda status: status["runs"] == 0, "nothing runs any more")
        self.in_rounds(leave)

    def test_the_status_port_takes_no_nonsense(self):
        for member in self.members:
            for target, body in (("/faults", b"{"), ("/faults", b"[]"), ("/faults", b'{"disk_full": 1, "links": {}}'),
                                 ("/faults", b'{"disk_full": false, "links": [{"to": "XXX", "cut": true, "delay_ms": 0}]}'),
                                 ("/where?space=" + "x" * 5000, None), ("/" + "%00" * 100, None)):
                status = exchange(member.admin_port, target, "POST" if body else "GET", body).status
                self.assertIn(status, range(400, 500), (member.code, target[:30], body))
        self.assert_nothing_kept()

    # --- links ---

    def test_half_greetings(self):
        """Whoever stops in the middle is not waited for without end."""
        def stop_in_the_middle():
            halves = []
            for port in self.link_ports():
                for data in (b"", GREETING[:3], GREETING, GREETING + frame(b"", announced=HELLO_BYTES)[:5],
                             GREETING + frame(b"\1\1", announced=HELLO_BYTES)):
                    halves.append(open_to(port))
                    send(halves[-1], data)
            self.use()
            for connection in halves:
                connection.close()
        self.in_rounds(stop_in_the_middle)

    def test_oversize_frames(self):
        """What is announced beyond all bounds is not even waited for, and what is sent is refused."""
        def announce():
            for port in self.link_ports():
                for data in (frame(b"x", announced=MESSAGE_BYTES_BEYOND), frame(b"x", announced=(1 << 64) - 1),
                             frame(b"\4" + bytes(4 << 20)), frame(b"\1\1" + bytes(HELLO_BYTES)), frame(b"")):
                    with open_to(port) as connection:
                        send(connection, GREETING + data)
                        await_close(connection)
        self.in_rounds(announce)

    def record_hello(self):
        """What SYD says to LHR first: somebody listens in LHR's place for a moment."""
        port = self.link_port("LHR")
        self.cluster["LHR"].kill()
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.settimeout(HANG_S)
            listener.bind(("127.0.0.1", port))
            listener.listen()
            while True:
                connection = listener.accept()[0]
                with connection, connection.makefile("rb") as file:
                    connection.settimeout(HANG_S)
                    connection.sendall(bytes.fromhex("0053500000510000"))  # a PULL's
                    greeting = file.read(8)
                    if not greeting:  # a dial that was given up while nobody listened
                        continue
                    self.assertEqual(greeting, GREETING)
                    file.read(8)  # the size
                    hello = file.read(HELLO_BYTES)
                if b"SYD" in hello[:42]:  # the coordinator dials as well
                    return hello

    def test_recorded_and_forged_hellos(self):
        """A recorded HELLO proves nothing, and one made under another key is refused at once."""
        try:
            hello = self.record_hello()
        finally:
            self.cluster["LHR"].start()
            self.cluster.when_linked()
        self.setUp()
        link_key = hmac.digest(b"another cluster's key, of 32 byte", b"terrella link hello", hashlib.sha256)
        forged = hello[:-32] + hmac.digest(link_key, hello[:-32], hashlib.sha256)
        port = self.link_port("LHR")

        def speak():
            for bad in (forged, hello[:-1] + bytes([hello[-1] ^ 1]), hello[:-1], b"\1" + hello[1:][::-1]):
                with open_to(port) as connection:
                    send(connection, GREETING + frame(bad))
                    await_close(connection)
            for _ in range(5):
                with open_to(port) as connection:
                    send(connection, GREETING + frame(hello) + frame(hello) + frame(b"\4\0\0\0\1x"))
                    await_close(connection)
        self.in_rounds(speak)
        self.assertTrue(self.cluster["LHR"].peer("SYD")["up"])


if __name__ == "__main__":
    unittest.main()
