"""The data directory of a cluster: who it is, what its processes keep, and how it was last started.

    DATA/cluster.json    identity and key, made once
    DATA/namespaces.json which class has which objects, and which migrations were applied (namespaces.py)
    DATA/coordinator/    what the coordinator keeps
    DATA/nodes/CODE/     what the node of a region keeps
    DATA/run/            configurations, bundles, logs and process ids of the last start; state.json
"""

import fcntl
import json
import os
import secrets
import shutil
from contextlib import contextmanager
from pathlib import Path

from .mistakes import Refused, shown_path

PROJECT = Path(__file__).resolve().parents[2]
DEFAULT_DATA = PROJECT / ".terrella"


class Data:
    """Paths below one data directory, and its two small files."""

    def __init__(self, path):
        self.path = Path(os.path.abspath(path))
        self.identity_path = self.path / "cluster.json"
        self.namespaces_path = self.path / "namespaces.json"
        self.run = self.path / "run"
        self.state_path = self.run / "state.json"

    def of_process(self, code):
        """The directory of a node by region code, or of "coordinator"."""
        return self.path / "coordinator" if code == "coordinator" else self.path / "nodes" / code

    def identity(self):
        """The cluster's identity and key; made when there is none."""
        self.path.mkdir(parents=True, exist_ok=True)
        if not self.identity_path.exists():
            identity = {"id": secrets.token_hex(16), "key": secrets.token_hex(32)}
            write_json(self.identity_path, identity, 0o600, durable=True)
        try:
            identity = json.loads(self.identity_path.read_text())
            if len(bytes.fromhex(identity["id"])) != 16 or len(bytes.fromhex(identity["key"])) != 32:
                raise ValueError
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise Refused(f"{shown_path(self.identity_path)} is not the identity of a cluster, or cannot be read "
                          f"({error}). Put it back from a copy, or begin anew with --fresh.") from None
        return identity

    def check_is_ours(self):
        """Refuse to begin among somebody's files."""
        if self.path == DEFAULT_DATA or self.run.exists() or self.identity_path.exists() or not self.path.is_dir():
            return
        if any(self.path.iterdir()):
            raise Refused(f"{shown_path(self.path)} is not empty, and is no cluster's data; give --data a new or an empty directory")

    def forget(self):
        """Remove all that a cluster has kept here, and nothing else."""
        if self.path.exists() and not self.identity_path.exists() and any(self.path.glob("nodes/*/*")):
            raise Refused(f"{shown_path(self.path)} has no cluster.json, so it does not look like a cluster's data; "
                          "--fresh leaves it alone. Remove it yourself, or give another --data.")
        for name in ("coordinator", "nodes"):
            shutil.rmtree(self.path / name, ignore_errors=True)
        self.namespaces_path.unlink(missing_ok=True)
        self.identity_path.unlink(missing_ok=True)

    def read_state(self):
        """How the cluster was last started; None when it is not running or never was."""
        try:
            return json.loads(self.state_path.read_text())
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise Refused(f"{shown_path(self.state_path)} cannot be read: {error}") from None

    def write_state(self, state):
        write_json(self.state_path, state)

    @contextmanager
    def lock(self, wait=False):
        """Held while a cluster is being started, stopped or disturbed, against two at once. Who does not
        wait for the other is Refused."""
        self.run.mkdir(parents=True, exist_ok=True)
        with open(self.run / "lock", "w", encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                raise Refused(f"another command is starting or stopping the cluster in {shown_path(self.path)} "
                              "just now; try again in a moment") from None
            yield


def write_json(path, value, mode=0o644, durable=False):
    """Write a file in one step: whoever reads sees the old one or the new one. `durable`: it is on the disk then."""
    new = path.with_name(path.name + ".new")
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w", encoding="utf-8") as file:
        json.dump(value, file, indent=1, ensure_ascii=False)
        file.write("\n")
        if durable:
            file.flush()
            os.fsync(file.fileno())
    os.replace(new, path)
    if durable:
        directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
