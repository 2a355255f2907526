"""How a process starts, refuses to start, and stops; here without scripts/cluster around it."""

import json
import shutil
import signal
import socket
import subprocess
import unittest

from cluster import TRIO, Background, Cluster, own_cluster, together, wait_until


class RefusedStartTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        """The files of a cluster that is not running."""
        cls.cluster = Cluster()
        cls.addClassCleanup(cls.cluster.close)
        for member in cls.cluster.members.values():
            member.terminate()

    def start(self, code="SYD", change=None, text=None, program=None):
        """Run a process to its end, with a changed configuration. Returns exit code and last line of its log."""
        member = self.cluster[code]
        path = self.cluster.directory / "changed.json"
        config = member.config()
        if change:
            change(config)
        path.write_text(json.dumps(config) if text is None else text)
        command = self.cluster[program or code].process._command()
        ended = subprocess.run([*command, str(path)], capture_output=True, text=True, timeout=60, check=False)
        lines = ended.stderr.splitlines()
        self.assertTrue(lines, "nothing was said")
        return ended.returncode, lines[-1]

    def refused(self, pattern, **options):
        code, line = self.start(**options)
        self.assertEqual(code, 1, line)
        self.assertRegex(line, f"cannot start: .*{pattern}")

    def test_broken_json(self):
        for code in ("SYD", "coordinator"):
            for text in ("", "{", '{"role": }', "[1, 2]", '{"role": "node"} x', "\0\1\2"):
                self.refused("changed.json", code=code, text=text)

    def test_no_such_file_and_wrong_usage(self):
        for code in ("SYD", "coordinator"):
            command = self.cluster[code].process._command()
            ended = subprocess.run([*command, "/nowhere.json"], capture_output=True, text=True, timeout=60, check=False)
            self.assertEqual(ended.returncode, 1)
            self.assertRegex(ended.stderr.splitlines()[-1], "cannot start: .*/nowhere.json")
            ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
            self.assertEqual((ended.returncode, ended.stderr[:6]), (2, "usage:"))

    def test_wrong_role(self):
        self.refused("role", code="SYD", program="coordinator")
        self.refused("role", code="coordinator", program="SYD")
        self.refused("role", change=lambda config: config.update(role="king"))

    def test_mistakes_are_named_all_at_once(self):
        def spoil(config):
            config["region"] = "XYZ"
            config["http_port"] = 0.5
            config["cluster"]["key"] = "ab"
            config["workers"][0]["bindings"][0]["space"] = 7
        member = self.cluster["SYD"]
        path = self.cluster.directory / "spoiled.json"
        config = member.config()
        spoil(config)
        path.write_text(json.dumps(config))
        ended = subprocess.run([*member.process._command(), str(path)], capture_output=True, text=True, timeout=60,
                               check=False)
        self.assertEqual(ended.returncode, 1)
        for word in ("region", "http_port", "key", "space"):
            self.assertIn(word, ended.stderr)

    def test_busy_ports(self):
        for code, name in (("SYD", "http_port"), ("SYD", "admin_port"), ("SYD", "link"), ("coordinator", "admin_port"),
                           ("coordinator", "link")):
            with self.subTest(code=code, port=name), socket.socket() as taken:
                taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                config = self.cluster[code].config()
                url = config["coordinator"]["url"] if code == "coordinator" else next(
                    region["url"] for region in config["topology"]["regions"] if region["code"] == code)
                port = int(url.rpartition(":")[2]) if name == "link" else config[name]
                taken.bind(("127.0.0.1", port))
                taken.listen()
                self.refused(str(port), code=code)

    def test_data_that_cannot_be_used(self):
        file = self.cluster.directory / "file"
        file.write_text("no directory")
        for code in ("SYD", "coordinator"):
            self.refused("file", code=code, change=lambda config: config.update(data=str(file)))
            self.refused("nowhere", code=code, change=lambda config: config.update(data="/nowhere/at/all"))

    def test_damaged_data(self):
        damaged = self.cluster.directory / "damaged"
        for code in ("SYD", "coordinator"):
            shutil.copytree(self.cluster[code].data, damaged)
            for path in damaged.glob("*.mdb"):
                path.write_bytes(b"\xff" * 20000)
            self.refused("damaged", code=code, change=lambda config: config.update(data=str(damaged)))
            shutil.rmtree(damaged)

    def test_worker_that_does_not_load(self):
        for text, words in (("throw new Error('at the top level')", "at the top level"), ("(", "Worker probe")):
            bundle = self.cluster.directory / "bundle.js"
            bundle.write_text(text)
            self.refused(words, change=lambda config: config["workers"][0].update(bundle=str(bundle)))
        self.refused("missing.js", change=lambda config: config["workers"][0].update(bundle="/missing.js"))
        self.refused("Nobody", change=lambda config: config["spaces"][0].update(class_name="Nobody"))


class StopTest(unittest.TestCase):
    def test_stopped_by_a_signal_all_data_stays(self):
        cluster = own_cluster(self)
        cluster["SYD"].do("put", name="x", key="a", value="b")
        for number in (signal.SIGTERM, signal.SIGINT):
            for member in cluster.members.values():
                self.assertEqual(member.kill(number), 0, member.log()[-500:])
                self.assertIn(f"stopping on signal {number.value}", member.log())
            for member in cluster.members.values():
                member.start()
            cluster.when_linked()
            for node in cluster.nodes:
                self.assertEqual(node.do("all", name="x")["value"], {"a": "b"})

    def test_stopped_under_load_nothing_acknowledged_is_lost(self):
        cluster = own_cluster(self)
        node = cluster["SYD"]
        acknowledged = []

        def put(number):
            node.do("put", name="x", key=number, value=number)
            acknowledged.append(str(number))
        load = Background(lambda: together([lambda n=n: put(n) for n in range(60)]))
        wait_until(lambda: acknowledged, "one answer came")
        self.assertEqual(node.terminate(), 0)
        load.wait()
        node.start()
        self.assertLessEqual(set(acknowledged), set(node.do("all", name="x")["value"]))

    def test_a_cluster_that_was_stopped_comes_back_whole(self):
        cluster = own_cluster(self)
        homes = {code: cluster[code].do("add", name=code)["colo"] for code in TRIO}
        cluster.stop()
        cluster.start()
        cluster.when_linked()
        for code, home in homes.items():
            said = cluster["LHR"].do("add", name=code)
            self.assertEqual((said["colo"], said["value"]), (home, 2))

    def test_the_port_of_another_process_of_the_cluster(self):
        cluster = own_cluster(self)
        for code, other in (("SYD", "LHR"), ("coordinator", "LHR")):
            member = cluster[code]
            member.terminate()
            kept = member.config()
            member.config(lambda config: config.update(admin_port=cluster[other].admin_port))
            member.process.start()
            self.assertEqual(member.process.child.wait(60), 1)
            self.assertIn(str(cluster[other].admin_port), member.process.last_lines(1)[0])
            member.config(lambda config: config.update(kept))
            member.start()
        cluster.when_linked()


if __name__ == "__main__":
    unittest.main()
