"""Processes are recognised for what they are, and stopped for good."""

import json
import os
import signal
import socket
import subprocess
import sys
import unittest

import support
from terrella import ports, processes
from terrella.processes import Process, identity_of, is_alive

READY_THEN_WAIT = "import signal, sys; print('up', flush=True); signal.pause()"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + READY_THEN_WAIT


class ProcessTest(support.FileTest):
    def setUp(self):
        super().setUp()
        self.process = Process("SYD", self.directory)

    def run_as(self, code):
        """Start a Python program in place of the node, and wait until it says that it is up."""
        child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        self.addCleanup(child.stdout.close)
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)
        self.process.child = child
        self.assertEqual(child.stdout.readline(), "up\n")
        self.write_pid(identity_of(child.pid))
        return child

    def write_pid(self, value):
        self.process.pid_path.write_text(value if isinstance(value, str) else json.dumps(value))

    def test_alive_until_it_ends(self):
        child = self.run_as(READY_THEN_WAIT)
        self.assertEqual(self.process.pid(), child.pid)
        self.assertEqual(processes.stop([self.process]), [])
        self.assertEqual(child.returncode, -signal.SIGTERM)
        self.assertEqual(self.process.exit_text(), "was killed by SIGTERM")
        self.assertFalse(self.process.pid_path.exists())

    def test_a_pid_that_went_to_another_process_is_stale(self):
        ours = identity_of(os.getpid())
        self.write_pid({**ours, "start": ours["start"] - 1})
        self.assertIsNone(self.process.pid())
        self.assertEqual(processes.stop([self.process]), [])  # and does not kill us

    def test_a_pid_from_before_the_machine_booted_is_stale(self):
        self.write_pid({**identity_of(os.getpid()), "boot": "another"})
        self.assertIsNone(self.process.pid())

    def test_garbage_is_nobody(self):
        for garbage in ("", "123", "[]", '{"pid": 1}', '{"pid": "1", "start": 1, "boot": 1}', "\0"):
            self.write_pid(garbage)
            self.assertIsNone(self.process.pid(), garbage)
        self.assertFalse(is_alive({"pid": 2**22 + 5, "start": None, "boot": processes.machine_boot()}))

    def test_a_corpse_is_not_alive(self):
        child = subprocess.Popen([sys.executable, "-c", READY_THEN_WAIT], stdout=subprocess.PIPE, text=True)
        self.addCleanup(child.stdout.close)
        child.stdout.readline()
        identity = identity_of(child.pid)
        self.assertTrue(is_alive(identity))
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # it has ended, and is not reaped
        self.assertFalse(is_alive(identity))
        child.wait()

    def test_who_does_not_stop_is_killed(self):
        child = self.run_as(STUBBORN)
        self.assertEqual(processes.stop([self.process], grace_s=0.1), ["SYD"])
        self.assertEqual(child.returncode, -signal.SIGKILL)

    def test_a_paused_process_can_be_stopped(self):
        child = self.run_as(READY_THEN_WAIT)
        child.send_signal(signal.SIGSTOP)
        self.assertEqual(processes.stop([self.process]), [])
        self.assertEqual(child.returncode, -signal.SIGTERM)


class PortTest(unittest.TestCase):
    def test_a_port_that_somebody_has(self):
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            port = listener.getsockname()[1]
            self.assertTrue(ports.is_busy("127.0.0.1", port))
            self.assertIn(f"pid {os.getpid()} (", ports.who_listens(port))
        self.assertFalse(ports.is_busy("127.0.0.1", port))


if __name__ == "__main__":
    unittest.main()
