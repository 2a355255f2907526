"""Processes of a cluster: started, recognised again, stopped.

A process is known by its pid together with the time at which it started and the boot of this machine,
so that a pid that was given to somebody else meanwhile is never taken for ours.
"""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

from .data import PROJECT, write_json
from .log_lines import shown_line

STOP_GRACE_S = 5.0
POLL_S = 0.02
BUILD = PROJECT / os.environ.get("TERRELLA_BUILD", "build")  # another one in tests
NODE_PROGRAM = "node/terrella-node"
COORDINATOR_PROGRAM = "coordinator/terrella-coordinator"


class Process:
    """One process of the cluster, running or not: a region's node, or "coordinator"."""

    def __init__(self, code, run_directory):
        self.code = code
        self.config_path = run_directory / f"{code}.json"
        self.log_path = run_directory / f"{code}.log"
        self.pid_path = run_directory / f"{code}.pid"
        self.child = None  # while we are its parent
        self.last_pid = None  # as last read

    def start(self):
        """Start it in a session of its own: a Ctrl-C meant for us does not reach it."""
        with open(self.log_path, "ab") as log:
            self.child = subprocess.Popen([*self._command(), str(self.config_path)], stdin=subprocess.DEVNULL,
                                          stdout=log, stderr=log, start_new_session=True, cwd=PROJECT)
        write_json(self.pid_path, identity_of(self.child.pid))

    def _command(self):
        """What to run; the environment may name other programs, for tests."""
        name, program = (("TERRELLA_COORDINATOR", COORDINATOR_PROGRAM) if self.code == "coordinator"
                         else ("TERRELLA_NODE", NODE_PROGRAM))
        return os.environ.get(name, str(BUILD / program)).split()

    def pid(self):
        """Its pid if it is alive, else None."""
        try:
            known = json.loads(self.pid_path.read_text())
        except (OSError, ValueError):
            return None
        if self.child:
            self.child.poll()  # reaps it
        self.last_pid = known.get("pid") if isinstance(known, dict) else None
        return known["pid"] if is_alive(known) else None

    def is_paused(self):
        pid = self.pid()
        return pid is not None and _stat(pid)[:1] == ["T"]

    def pause(self):
        """Stop it as Ctrl-Z does; returns once it has."""
        if (pid := self.pid()) is not None:
            os.kill(pid, signal.SIGSTOP)
            _wait([self], STOP_GRACE_S, lambda process: not process.is_paused())

    def resume(self):
        if (pid := self.pid()) is not None:
            os.kill(pid, signal.SIGCONT)

    def kill(self):
        """SIGKILL, and wait until it is gone; returns whether it is."""
        _signal(self, signal.SIGKILL)
        return not _wait([self], STOP_GRACE_S)

    def exit_text(self):
        """How it ended, for people."""
        ours = self.child and self.last_pid in (None, self.child.pid)  # not another's that followed it
        code = self.child.poll() if ours else None
        if code is None:
            return "has ended"
        return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"

    def last_lines(self, count=5):
        """The end of its log, as people are shown it."""
        try:
            with open(self.log_path, "rb") as log:
                log.seek(max(0, log.seek(0, os.SEEK_END) - 16384))
                lines = log.read().decode(errors="replace").splitlines()[-count:]
                return [shown_line(line, self.code) for line in lines]
        except OSError:
            return []

    def forget(self):
        self.pid_path.unlink(missing_ok=True)


def stop(processes, grace_s=STOP_GRACE_S):
    """Stop all that are alive: SIGTERM, and SIGKILL for those that do not go within the grace.
    Returns the codes of those that had to be killed."""
    for process in processes:
        _signal(process, signal.SIGTERM)
    alive = _wait(processes, grace_s)
    for process in alive:
        _signal(process, signal.SIGKILL)
    _wait(alive, grace_s)
    for process in processes:
        process.forget()
    return [process.code for process in alive]


def identity_of(pid):
    """What tells a process from every other one, also from later ones with the same pid."""
    return {"pid": pid, "start": start_time(pid), "boot": machine_boot()}


def is_alive(identity):
    """Whether the process that identity_of described is still there. Anything else is nobody."""
    return (isinstance(identity, dict) and identity.get("start") is not None and isinstance(identity.get("pid"), int)
            and identity_of(identity["pid"]) == identity)


def start_time(pid):
    """When a process started, in clock ticks since the machine's boot; None when there is none, or
    only its corpse is left."""
    fields = _stat(pid)
    if not fields:
        return None
    state, thread_count, start = fields[0], int(fields[17]), int(fields[19])
    # While other threads are still ending, what they hold together, such as ports, is still held.
    return None if state == "X" or (state == "Z" and thread_count <= 1) else start


def _stat(pid):
    """What the system tells of a process, from its state on (man proc_pid_stat); [] when there is none."""
    try:
        # The name, in parentheses, may hold anything: what follows the last one is regular.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def machine_boot():
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def _signal(process, number):
    pid = process.pid()
    if pid is not None:
        try:
            os.kill(pid, number)
            os.kill(pid, signal.SIGCONT)  # a paused process cannot end
        except ProcessLookupError:
            pass


def _wait(processes, seconds, is_awaited=lambda _process: True):
    """Those that are still alive, and awaited, after at most `seconds`."""
    def left(processes):
        return [process for process in processes if process.pid() is not None and is_awaited(process)]
    until = time.monotonic() + seconds
    awaited = left(processes)
    while awaited and time.monotonic() < until:
        time.sleep(POLL_S)
        awaited = left(awaited)
    return awaited
