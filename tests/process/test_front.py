"""Users' requests over real sockets: kept connections, pipelining, many at once, clients that misbehave."""

import http.client
import socket
import unittest
from urllib.parse import urlencode

from cluster import HANG_S, ClusterTest, exchange, together


class Client:
    """A connection on which bytes are sent as they are, and answers are read one by one."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=HANG_S)
        self.file = self.socket.makefile("rb")

    def send(self, text):
        self.socket.sendall(text.encode())

    def read(self):
        """Status and body of the next answer; None at the end of the connection."""
        line = self.file.readline()
        if not line:
            return None
        headers = http.client.parse_headers(self.file)
        return int(line.split()[1]), self.file.read(int(headers["Content-Length"]))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()
        self.socket.close()


class FrontTest(ClusterTest):
    options = {"regions": ("SYD", "LHR"), "coordinator": "SYD"}

    def setUp(self):
        self.node = self.cluster["SYD"]

    def tearDown(self):
        self.assertEqual(self.node.ask("/hello")["value"], "hello")

    def test_many_requests_on_one_connection(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.node.http_port, timeout=HANG_S)
        self.addCleanup(connection.close)
        connection.connect()
        kept = connection.sock
        for number in range(1, 201):
            connection.request("GET", "/do?" + urlencode({"op": "tick", "name": self.name()}))
            answer = connection.getresponse()
            self.assertIn(f'"value":{number},'.encode(), answer.read())
            self.assertIs(connection.sock, kept)

    def test_pipelined_answers_come_in_order(self):
        """Slow Workers first, fast ones after them, and a request that is answered by the server itself."""
        paths = ["/sleep?ms=200&tag=a", "/sleep?ms=0&tag=b", "/hello", f"/do?op=tick&name={self.id()}",
                 "/sleep?ms=100&tag=c", f"/do?op=tick&name={self.id()}", "/nothing", "/hello"]
        with Client(self.node.http_port) as client:
            client.send("".join(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n" for path in paths * 3))
            for _ in range(3):
                answers = [client.read() for _ in paths]
                self.assertEqual([status for status, _ in answers], [200] * 6 + [404, 200])
                for (_, body), text in zip(answers, ['"value":"a"', '"value":"b"', '"value":"hello"', '"ok":true', '"value":"c"',
                                                     '"ok":true', "no /nothing", '"value":"hello"']):
                    self.assertIn(text.encode(), body)

    def test_slow_answers_do_not_hold_up_other_connections(self):
        with Client(self.node.http_port) as slow:
            slow.send("GET /sleep?ms=1000&tag=late HTTP/1.1\r\nHost: x\r\n\r\n")
            for _ in range(20):
                self.assertLess(self.node.fetch("/hello").seconds, 1)
            self.assertIn(b"late", slow.read()[1])

    def test_a_hundred_connections_at_once(self):
        said = together([lambda: self.node.do(name=self.name()) for _ in range(50)]
                        + [lambda: self.cluster["LHR"].do(name=self.name()) for _ in range(50)])
        for one in said:
            self.assertIsInstance(one, dict, one)
        self.assertEqual(sorted(one["value"] for one in said), list(range(1, 101)))
        self.assertEqual(len({one["instance"] for one in said}), 1)

    def test_large_bodies_travel_whole_between_regions(self):
        for size in (0, 1, 100_000, 5_000_000):
            body = b"b" * size
            for code in ("SYD", "LHR"):
                path = f"/do?op=echo&hint=oc&name={self.name()}"
                answer = exchange(self.cluster[code].http_port, path, "POST", body)
                self.assertEqual((answer.status, answer.json()["value"]), (200, size), answer.body[:200])
        sizes = (3_000_000, 2_000_000, 1_000_000)
        answers = together([lambda size=size, op=op: self.cluster["LHR"].do(op, name=self.name(), hint="oc", size=size, send=size)
                            for size in sizes for op in ("bytes", "echo")])
        self.assertEqual([one["value"] for one in answers], [size for size in sizes for _ in range(2)])

    def test_chunked_bodies(self):
        with Client(self.node.http_port) as client:
            client.send("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
            for text in ("one ", "two ", "three"):
                client.send(f"{len(text):x}\r\n{text}\r\n")
            client.send("0\r\n\r\nGET /hello HTTP/1.1\r\nHost: x\r\n\r\n")
            self.assertIn(b'"value":"one two three"', client.read()[1])
            self.assertIn(b'"value":"hello"', client.read()[1])

    def test_what_is_no_http_is_refused_and_counted(self):
        before = self.node.status()["refused_requests"]
        bad = ["nonsense\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: z\r\n\r\n",
               "GET / HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n", "GET /" + "x" * 200_000 + " HTTP/1.1\r\nHost: x\r\n\r\n"]
        for text in bad:
            with Client(self.node.http_port) as client:
                try:
                    client.send(text)
                    answer = client.read()
                except ConnectionError:
                    answer = None  # it had stopped reading
                self.assertTrue(answer is None or 400 <= answer[0] < 500, answer)
        self.assertEqual(self.node.status()["refused_requests"] - before, len(bad))

    def test_clients_that_go_away(self):
        """In the middle of a request, of a body, and while the object works: nothing is left of them."""
        path = "/do?" + urlencode({"op": "sleep", "ms": 300, "name": self.name()})
        for text in ("GET /he", "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf",
                     f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n"):
            for _ in range(10):
                with Client(self.node.http_port) as client:
                    client.send(text)
        self.node.when(lambda status: status["connections"] == 0 and status["calls"] == 0, "all is forgotten")

    def test_each_worker_by_host_name(self):
        for host in ("probe.localhost", "PROBE.localhost:1", "example.com"):
            with Client(self.node.http_port) as client:
                client.send(f"GET /hello HTTP/1.1\r\nHost: {host}\r\n\r\n")
                self.assertEqual(client.read()[0], 200)

    def test_the_clients_address(self):
        for headers, address in (({}, "127.0.0.1"), ({"CF-Connecting-IP": "192.0.2.7"}, "192.0.2.7")):
            self.assertEqual(exchange(self.node.http_port, "/client", headers=headers).json()["value"], address)


if __name__ == "__main__":
    unittest.main()
