"""Ports of this machine: which are taken, and by whom."""

import errno
import os
import shlex
import socket
from pathlib import Path

from .mistakes import shown_path

LISTEN = "0A"  # state of a socket in /proc/net/tcp


def is_busy(host, port):
    """Whether nobody could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the processes themselves do
        try:
            probe.bind((host, port))
            probe.listen()
        except OSError as error:
            return error.errno in (errno.EADDRINUSE, errno.EACCES)
    return False


def who_listens(port):
    """The process that listens on a TCP port: "pid 123 (python3 -m http.server)", or the cluster that it
    belongs to; when it cannot be told (another user's process), what is known."""
    inodes = _listening_inodes(port)
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and inodes & _socket_inodes(process):
            data = _data_of_cluster(process)
            return (f"the cluster in {shown_path(data)}, which scripts/cluster down --data {shlex.quote(shown_path(data))} stops"
                    if data else f"pid {process.name} ({command_of(process.name)})")
    if not inodes:
        return ("a socket that does not listen, or a process in another network namespace" if port >= 1024
                else "nobody, but it is a privileged port")
    return "a process of another user"


def command_of(pid):
    """The command line of a process, shortened."""
    text = " ".join(_words_of(Path(f"/proc/{pid}"))) or "gone"
    return text if len(text) <= 60 else text[:57] + "..."


def _words_of(process):
    try:
        return (process / "cmdline").read_bytes().decode(errors="replace").strip("\0").split("\0")
    except OSError:
        return []


def _data_of_cluster(process):
    """The data directory of the cluster that a process is of; None when it is of none."""
    words = _words_of(process)
    config = Path(words[-1]) if words else Path()
    is_ours = config.suffix == ".json" and config.parent.name == "run" and (config.parent / "state.json").exists()
    return config.parent.parent if is_ours else None


def _listening_inodes(port):
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            lines = Path(table).read_text().splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            fields = line.split()
            if fields[3] == LISTEN and int(fields[1].rsplit(":", 1)[1], 16) == port:
                inodes.add(fields[9])
    return inodes


def _socket_inodes(process):
    inodes = set()
    try:
        for descriptor in (process / "fd").iterdir():
            target = os.readlink(descriptor)
            if target.startswith("socket:["):
                inodes.add(target[8:-1])
    except OSError:
        pass  # it has ended, or is not ours to look at
    return inodes
