"""Methods of objects, called on stubs: between regions, and when something fails."""

import json
import socket
import unittest
from pathlib import Path

from cluster import HANG_S, IMPATIENT, Cluster, exchange, own_cluster, wait_until

WORKER = Path(__file__).resolve().parent / "methods"


def call(member, method, *args, name):
    return exchange(member.http_port, f"/{method}?name={name}", "POST", json.dumps(args)).json()


class RpcTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = Cluster(regions=("LHR", "SYD"), coordinator="LHR", matrix="LHR,SYD,200\n", worker=WORKER)
        cls.addClassCleanup(cls.cluster.close)
        cls.cluster.when_linked()
        cls.lhr, cls.syd = cls.cluster["LHR"], cls.cluster["SYD"]

    def test_from_both_regions_and_durable(self):
        self.assertEqual(call(self.syd, "increment", 2, name="both"), {"value": 2})
        self.assertEqual(call(self.lhr, "increment", 3, name="both"), {"value": 5})
        self.syd.restart()
        self.cluster.when_linked()
        self.assertEqual(call(self.lhr, "increment", 1, name="both"), {"value": 6})

    def test_long_arguments_and_results_between_regions(self):
        call(self.syd, "increment", 1, name="long")
        for member in self.syd, self.lhr:
            with self.subTest(member.code):
                before = call(member, "note", "", name="long")["value"]
                self.assertEqual(call(member, "inOrder", 1_500_000, name="long")["value"],
                                 [*before, 1_500_000, 1, 1_500_000, 3, 1_500_000, 5])
                self.assertEqual(call(member, "big", 3_000_000, name="long"), {"value": 3_000_000})

    def test_an_error_names_the_method_in_the_log_of_its_region(self):
        call(self.syd, "increment", 1, name="boom")
        error = call(self.lhr, "boom", name="boom")["error"]
        self.assertEqual((error["name"], error["message"], error["remote"]), ("RangeError", "boom on purpose", True))
        line = wait_until(lambda: next((line for line in map(json.loads, self.syd.log().splitlines()) if "boom on purpose" in line["text"]), None),
                          "it is logged")
        self.assertEqual((line["class"], line["name"], line["object"]), ("Tally", "boom", error["durableObjectId"]))
        self.assertRegex(line["request"], r"^LHR-\d+$")
        self.assertRegex(line["text"], r"^uncaught in Tally\.boom: RangeError: boom on purpose\n    at boom \(index\.js:\d+:\d+\)")

    def test_no_client_can_make_a_call(self):
        for head in ('call http://h/fetch HTTP/1.1', '\ncall /fetch HTTP/1.1', ' /fetch HTTP/1.1', '\r\n\ncall\n["boom"] /fetch HTTP/1.1'):
            with self.subTest(head), socket.create_connection(("127.0.0.1", self.lhr.http_port), timeout=HANG_S) as client:
                client.sendall(f"{head}\r\nHost: h\r\nConnection: close\r\n\r\n".encode())
                answer = b""
                while part := client.recv(65536):
                    answer += part
                self.assertRegex(answer, rb"^HTTP/1\.1 (400|405|501) ")
        self.assertEqual(exchange(self.lhr.http_port, "/fetch", "PROPFIND").body, b"fetched PROPFIND")


class FailingTest(unittest.TestCase):
    def test_what_does_not_end_and_a_home_that_is_away(self):
        cluster = own_cluster(self, regions=("LHR", "SYD"), coordinator="LHR", limits=IMPATIENT, worker=WORKER)
        lhr, syd = cluster["LHR"], cluster["SYD"]
        self.assertEqual(call(syd, "increment", 1, name="x"), {"value": 1})
        for member in syd, lhr:
            self.assertRegex(call(member, "hang", name="x")["error"]["message"], "has not answered in time")
        self.assertEqual(call(lhr, "increment", 1, name="x"), {"value": 2})

        syd.kill()
        error = wait_until(lambda: (said := call(lhr, "increment", 1, name="x").get("error")) and said.get("retryable") and said,
                           "the link is known to be lost")
        self.assertRegex(error["message"], "LHR cannot reach .*SYD")
        syd.start()
        cluster.when_linked()
        self.assertEqual(call(lhr, "increment", 1, name="x"), {"value": 3}, "it was retryable: nothing had run")


if __name__ == "__main__":
    unittest.main()
