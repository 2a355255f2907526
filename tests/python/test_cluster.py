"""The commands of scripts/cluster, on a cluster of fake processes."""

import json
import os
import re
import select
import signal
import socket
import subprocess
import unittest

import support


class UpTest(support.ClusterTest):
    def kill(self, code):
        """Kill a process of the cluster, and wait until it is gone."""
        pid = json.loads((self.data / "run" / f"{code}.pid").read_text())["pid"]
        handle = os.pidfd_open(pid)
        signal.pidfd_send_signal(handle, signal.SIGKILL)
        select.select([handle], [], [], 30)
        os.close(handle)

    def test_up_status_and_down(self):
        code, out, err = self.up()
        self.assertEqual((code, err), (0, ""))
        self.assertRegex(out, rf"MAD +Madrid +yes +http://127.0.0.1:{self.port + 1}\n")
        code, out, _ = self.run_command("status", "--json")
        found = json.loads(out)
        self.assertEqual([(one["role"], one["region"], one["state"], one["url"]) for one in found], [
            ("coordinator", "MAD", "ready", f"http://127.0.0.1:{self.port + 602}"),
            ("node", "MAD", "ready", f"http://127.0.0.1:{self.port + 1}"),
            ("node", "AKL", "ready", f"http://127.0.0.1:{self.port + 2}")])
        self.assertEqual(found[1]["cache_entries"], 5)
        code, out, _ = self.run_command("status")
        self.assertRegex(out, rf"AKL +Auckland +node +ready +\d+ +127.0.0.1:{self.port + 2} +3 +2 +5 +7 +30 MB\n")
        code, out, _ = self.run_command("down")
        self.assertEqual((code, out.split(".")[0]), (0, "Stopped 3 processes"))
        self.assertEqual(self.run_command("status", "--json")[:2], (0, "[]\n"))
        self.assertEqual(list((self.data / "run").glob("*.pid")), [])

    def test_where_request_and_logs(self):
        self.up()
        _, out, _ = self.run_command("where", "COUNTER", "lobby")
        self.assertIn("lives    MAD, Madrid, at http", out)
        self.assertIn("decided  by the coordinator, in MAD", out)
        for namespace in ("counter-Counter", "Counter"):
            self.assertEqual(self.run_command("where", namespace, "00" * 32)[0], 0)
        code, _, err = self.run_command("where", "Countr", "lobby")
        self.assertEqual((code, err), (1, 'error: there is no namespace "Countr"; did you mean "Counter"? There are: '
                                          "counter-Counter\n"))
        code, out, err = self.run_command("request", "akl", "/lobby?x=1")
        self.assertEqual((code, json.loads(out)), (0, {"path": "/lobby?x=1", "worker": {"colo": "AKL"}}))
        self.assertRegex(err, r"200 OK  AKL  [\d.]+ ms = connect [\d.]+ \+ wait [\d.]+ \+ body [\d.]+\n"
                              r" +0.3 ms  run\n +12.5 ms  network: far, and back\n")
        _, out, _ = self.run_command("request", "AKL", "/grün und blau")
        self.assertEqual(json.loads(out)["path"], "/gr%C3%BCn%20und%20blau")
        _, _, err = self.run_command("request", "AKL", "/fail")
        self.assertRegex(err, r"^500 .*\n  scripts/cluster logs --request AKL-7 tells why\n$")
        _, out, _ = self.run_command("request", "MAD", "/x", "-d", "hello", "-H", "X-Test: a b")
        self.assertEqual(json.loads(out), {"body": "hello", "x": "a b"})
        _, _, err = self.run_command("request", "AKL", "http://127.0.0.1/x")
        self.assertEqual(err, f'error: "http://127.0.0.1/x": expected a path, such as /lobby; AKL is at http://127.0.0.1:{self.port + 2}\n')
        _, _, err = self.run_command("request", "AKL", "/", "-X", "G T")
        self.assertEqual(err, 'error: -X "G T": expected a method, such as GET or POST\n')
        code, _, err = self.run_command("request", "LHR", "/")
        self.assertEqual((code, err), (1, 'error: there is no region "LHR"; they are MAD, AKL\n'))
        told = [" ".join(line.split()) for line in self.run_command("logs", "AKL")[1].splitlines()]
        self.assertEqual(told, ["AKL INFO AKL is up", "12:00:00.000 AKL info /lobby?x=1",
                                "12:00:00.000 AKL info /gr%C3%BCn%20und%20blau", "12:00:00.000 AKL info /fail"])
        self.assertEqual(self.run_command("logs", "--worker", "shop"),
                         (1, "", 'error: there is no Worker "shop"; there are: counter\n'))
        code, out, err = self.run_command("logs", "--object", "nobody")
        self.assertEqual((code, out, err.split(";")[0]), (0, "", "Nothing in the logs is of that kind"))

    def test_a_second_up_says_what_is_running(self):
        self.up()
        code, out, _ = self.up()
        self.assertEqual(code, 1)
        self.assertIn(f"A cluster is running in {self.data} already.\n", out)
        self.assertRegex(out, rf"AKL +Auckland +node +ready +\d+ +127.0.0.1:{self.port + 2} ")
        self.kill("AKL")
        code, out, _ = self.up()
        self.assertIn("already, though without AKL, which ended.", out)
        self.assertRegex(out, r"AKL +Auckland +node +ended +- ")

    def test_stale_pid_files_are_explained_and_removed(self):
        self.up()
        for code in ("coordinator", "MAD", "AKL"):
            self.kill(code)
        code, _, err = self.up()
        self.assertEqual(code, 0)
        self.assertIn("ended without being stopped", err)
        self.assertIn("its 3 pid files are stale and removed", err)

    def test_what_a_start_that_was_cut_short_left_is_stopped(self):
        self.up()
        path = self.data / "run" / "state.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), "ready": False}))
        code, _, err = self.up()
        self.assertEqual(code, 0, err)
        self.assertIn("warning: an earlier start was cut short; stopping what it left: AKL (pid ", err)

    def test_busy_ports(self):
        with socket.socket() as one:
            one.bind(("127.0.0.1", self.port + 2))
            one.listen()
            code, _, err = self.up()
        self.assertEqual(code, 1)
        self.assertIn(f"port {self.port + 2} (http of AKL): taken by pid {os.getpid()} (", err)
        self.assertIn(f"give another --port (the base of all of them; now {self.port})", err)
        self.assertFalse((self.data / "run" / "state.json").exists())

    def test_ports_of_another_cluster(self):
        self.up()
        code, _, err = self.up("--data", str(self.directory / "second"))
        self.assertEqual(code, 1)
        self.assertRegex(err, rf" and \d+ more: taken by the cluster in {self.data}, which scripts/cluster down --data {self.data} stops")

    def test_a_worker_that_answers_nothing(self):
        for exports, warned in ((["Counter"], True), (["Counter", "default"], False)):
            self._bundler(json.dumps({"exports": exports}))
            _, _, err = self.up("--fresh")
            self.assertEqual('has no default export, so every request to the Worker "counter" fails' in err, warned, err)
            self.run_command("down")

    def test_data_of_somebody_else(self):
        place = self.directory / "mine"
        place.mkdir()
        (place / "novel.txt").write_text("It was a dark night.")
        code, _, err = self.up("--data", str(place))
        self.assertEqual((code, err), (1, f"error: {place} is not empty, and is no cluster's data; give --data a new or an empty directory\n"))
        self.assertEqual([one.name for one in place.iterdir()], ["novel.txt"])

    def test_a_port_that_is_bound_without_a_listener(self):
        with socket.socket() as one:
            one.bind(("127.0.0.1", self.port + 2))
            _, _, err = self.up()
        self.assertIn(f"port {self.port + 2} (http of AKL): taken by a socket that does not listen, or", err)

    def test_few_open_files(self):
        with_few = ["bash", "-c", 'ulimit -n 40; exec "$@"', "-", *self.command("up", "--detach", "--topology", "duo", "--port", str(self.port))]
        result = subprocess.run(with_few, env=self.environment, capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        self.assertIn("a process may have no more than 40 files open (ulimit -n), and 2 regions need 80", result.stderr)

    def test_data_that_cannot_be_written(self):
        place = self.directory / "a-file"
        place.write_text("")
        code, _, err = self.up("--data", str(place))
        self.assertEqual((code, err), (1, f"error: {place}/run: Not a directory; the cluster's data is in {place}, "
                                          "--data names another place\n"))

    def test_a_process_that_ends_during_the_start_stops_the_others(self):
        self.behave("--only AKL --fail disk-is-full")
        code, _, err = self.up()
        self.assertEqual(code, 1)
        self.assertIn("AKL ended with exit code 1; the others were stopped. The end of ", err)
        self.assertRegex(err, r"\n +AKL +ERROR disk-is-full\n")
        self.assertFalse(support.listens(self.port + 1))
        self.assertEqual(list((self.data / "run").glob("*.pid")), [])

    def test_a_refused_node(self):
        self.behave("--only AKL --refuse another-cluster")
        code, _, err = self.up()
        self.assertEqual(code, 1)
        self.assertIn("AKL is refused: another-cluster; the others were stopped", err)

    def test_identity_stays_unless_fresh(self):
        def identity():
            return json.loads((self.data / "cluster.json").read_text())

        self.up()
        self.assertEqual((self.data / "cluster.json").stat().st_mode & 0o777, 0o600)
        self.assertEqual((self.data / "run" / "MAD.json").stat().st_mode & 0o777, 0o600)
        first = identity()
        (self.data / "nodes" / "MAD" / "kept").touch()
        self.run_command("down")
        self.up()
        self.assertEqual(identity(), first)
        self.assertTrue((self.data / "nodes" / "MAD" / "kept").exists())
        self.run_command("down")
        self.up("--fresh")
        self.assertNotEqual(identity(), first)
        self.assertFalse((self.data / "nodes" / "MAD" / "kept").exists())

    def test_fresh_touches_nothing_that_is_no_cluster(self):
        file = self.write("data/nodes/mine/important", "x")
        code, _, err = self.up("--fresh")
        self.assertEqual(code, 1)
        self.assertIn("is no cluster's data", err)
        self.assertTrue(file.exists())

    def test_mistakes_of_topology_and_worker_are_reported_together(self):
        topology = self.write("t.toml", 'regions = ["XXX"]\n[coordinator]\nregion = "MAD"\n')
        worker = self.write("w/wrangler.toml", 'name = "w"\nmain = "nope.js"\n')
        code, _, err = self.run_command("up", "--detach", "--topology", str(topology), "--worker", str(worker))
        self.assertEqual(code, 1)
        self.assertRegex(err, r't.toml:1: regions\[0\]: "XXX" is not one of the cities')
        self.assertRegex(err, r'w/wrangler.toml:2: The entry-point file at ".*nope.js" was not found')

    def test_a_worker_that_cannot_be_bundled(self):
        self.write("bundle", "#!/bin/sh\necho 'src/index.js:3:7: Expected \";\"' >&2\nexit 1\n").chmod(0o755)
        code, _, err = self.up()
        self.assertEqual(code, 1)
        self.assertIn('index.js cannot be bundled:\nsrc/index.js:3:7: Expected ";"', err)

    def test_several_workers_and_an_environment(self):
        def write_worker(name):
            self.write(f"{name}/index.js", "")
            return str(self.write(f"{name}/wrangler.toml", f'name = "{name}"\nmain = "index.js"\n[env.dev]\n').parent)

        code, out, _ = self.up("--worker", write_worker("one"), "--worker", write_worker("two"), "--env", "dev")
        self.assertEqual(code, 0)
        self.assertIn(f"Worker: one-dev, and two-dev at http://two-dev.localhost:{self.port + 1}", out)
        config = json.loads((self.data / "run" / "AKL.json").read_text())
        self.assertEqual([worker["name"] for worker in config["workers"]], ["one-dev", "two-dev"])


class ForegroundTest(support.ClusterTest):
    def start(self):
        """`up` in the foreground; returns once it says that it is ready."""
        child = subprocess.Popen(self.command("up", "--topology", "duo", "--port", str(self.port)), env=self.environment,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.addCleanup(child.stdout.close)
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)
        self.lines_until(child, "Ready after")
        return child

    def lines_until(self, child, pattern):
        for line in child.stdout:
            if re.search(pattern, line):
                return line
        self.fail(f"it ended without saying {pattern}")

    def test_it_follows_the_logs_until_ctrl_c_stops_everything(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            child = self.start()
            self.run_command("request", "AKL", "/seen")
            self.lines_until(child, r"^12:00:00\.000  AKL +info +/seen$")
            child.send_signal(number)
            self.lines_until(child, r"^Stopped 3 processes\.")
            self.assertEqual(child.wait(30), 0)
            self.assertFalse(support.listens(self.port + 1))

    def test_down_from_elsewhere_ends_it(self):
        child = self.start()
        self.run_command("down")
        self.lines_until(child, r"^The cluster was stopped\.")
        self.assertEqual(child.wait(30), 0)

    def test_it_tells_when_a_process_ends(self):
        child = self.start()
        pid = json.loads((self.data / "run" / "AKL.pid").read_text())["pid"]
        os.kill(pid, signal.SIGKILL)
        self.lines_until(child, "warning: AKL was killed by SIGKILL; its log: ")
        child.send_signal(signal.SIGINT)
        self.lines_until(child, r"^Stopped 2 processes\.")

    def test_when_it_is_killed_the_cluster_can_still_be_stopped(self):
        child = self.start()
        child.kill()
        child.wait()
        code, out, _ = self.up()
        self.assertEqual((code, out.splitlines()[0]), (1, f"A cluster is running in {self.data} already."))
        self.assertEqual(self.run_command("down")[1].split(".")[0], "Stopped 3 processes")


class DemoTest(support.ClusterTest):
    """The demo on a planet that is slept, not simulated."""

    def demo(self, *options):
        self.behave("--planet", "NODE")
        return self.run_command("demo", "--topology", "duo", "--port", str(self.port), *options)

    def test_the_story_holds(self):
        self.behave("--planet", "COORDINATOR")
        code, out, err = self.demo("--time-scale", "0.2")
        self.assertEqual((code, err), (0, ""), out)
        self.assertIn("The story holds", out)
        self.assertIn("1 instance; it counted", out)
        self.assertFalse(support.listens(self.port + 1))

    def test_two_instances_are_found_out(self):
        self.behave("--planet --two-instances", "COORDINATOR")
        code, out, _ = self.demo("--time-scale", "0.2")
        self.assertEqual(code, 1)
        self.assertIn("The story does not hold", out)
        self.assertIn("the object of MAD has a second instance", out)

    def test_answers_faster_than_light_are_found_out(self):
        self.behave("--planet", "COORDINATOR")
        slow = self.write("slow.toml", 'regions = ["MAD", "AKL"]\n[coordinator]\nregion = "MAD"\n'
                                       'check = { kind = "fixed", ms = 100 }\n')
        # These processes hear of no check: they leave out what the topology says they must wait.
        self.behave("--planet --no-check", "NODE")
        code, out, _ = self.run_command("demo", "--topology", str(slow), "--port", str(self.port), "--time-scale", "0.2")
        self.assertEqual(code, 1)
        self.assertRegex(out, r"ms was measured where distance alone takes 20\.1 ms")


if __name__ == "__main__":
    unittest.main()
