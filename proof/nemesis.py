"""A real cluster under faults: clients in every region use it while processes are killed and paused, links cut
and slowed down, disks full; then all is healed, everything is read once more, and the checkers judge the
history. scripts/nemesis runs it.

Exit code: 0 all valid, 1 broken, 3 something is unknown, 2 usage or the cluster did not start.
"""

import argparse
import json
import random
import re
import secrets
import shutil
import signal
import sys
import threading
import time
from pathlib import Path

from terrella.data import PROJECT, Data
from terrella.mistakes import Refused, shown_path
from terrella.topology import ready_made_names
from terrella.up import Wanted, down, up

from .check import EXIT_USAGE, check_all, counts_text, exit_code
from .clients import Client, Workload
from .disturb import KINDS as FAULTS, Disturber, is_whole
from .history import Recorder, read_history
from .verdict import Verdict

WORKER = Path(__file__).resolve().parent / "worker"
CLIENTS_A_REGION = 4
DEFAULT_PORT = 18700
ALLOWANCE_MS = 3000   # for the machine itself: everything runs on its few cores
CALM_S = 1.0          # before the first fault
WHOLE_S = 60          # in which a healed cluster has to be whole again
FINAL_TRIES = 20      # of a final read, each with a deadline of its own
TROUBLE = re.compile(r"runtime error:|Sanitizer|terrella: bug:|could break a promise|an event was dropped")


def main(arguments=None):
    options = parser().parse_args(arguments)
    unknown = set(options.faults) - set(FAULTS)
    if unknown or not options.faults:
        parser().error(f"--faults: {', '.join(sorted(unknown)) or 'none is named'}; there are {', '.join(FAULTS)}")
    if options.seed is None:
        options.seed = secrets.randbelow(1_000_000)
    directory = Path(options.directory or PROJECT / ".terrella" / "nemesis" / f"seed-{options.seed}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(EXIT_USAGE))  # what was started is stopped on the way out
    try:
        return run(options, directory)
    except Refused as refused:
        print("\n".join(f"error: {line}" for line in refused.lines), file=sys.stderr)
    except KeyboardInterrupt:
        print("Interrupted; nothing was left running.", file=sys.stderr)
    return EXIT_USAGE


def parser():
    one = argparse.ArgumentParser(prog="scripts/nemesis", description="Run a cluster under faults and check what its "
                                  "clients saw; see docs/HISTORIES.md.")
    one.add_argument("--topology", metavar="NAME|FILE", default="continents", help=f'{", ".join(ready_made_names())}, or a file')
    one.add_argument("--time-scale", metavar="FACTOR", type=float, default=0.1, help="of all delays and deadlines (default: 0.1)")
    one.add_argument("--seconds", metavar="S", type=float, default=300, help="for how long there are faults (default: 300)")
    one.add_argument("--seed", metavar="N", type=int, default=None, help="of the choice of faults and operations (default: drawn)")
    one.add_argument("--faults", metavar="LIST", type=lambda text: [one for one in text.split(",") if one], default=list(FAULTS),
                     help=f"which, separated by commas (default: all of {','.join(FAULTS)})")
    one.add_argument("--clients", metavar="N", type=int, default=CLIENTS_A_REGION, help="in each region (default: 4)")
    one.add_argument("--worker", metavar="DIR", default=WORKER, help="that answers as the one in proof/worker (default: that one)")
    one.add_argument("--port", metavar="BASE", type=int, default=DEFAULT_PORT, help=f"as of scripts/cluster (default: {DEFAULT_PORT})")
    one.add_argument("--directory", metavar="DIR", help="for history, verdicts, logs (default: .terrella/nemesis/seed-N)")
    return one


def run(options, directory):
    """One run from start to verdicts; its exit code."""
    if directory.exists():
        shutil.rmtree(directory)
    directory.mkdir(parents=True)
    data = Data(directory / "data")
    begun = time.monotonic()
    cluster = up(data, Wanted(options.topology, [options.worker], None, options.time_scale, options.port, True))
    try:
        print(f"seed {options.seed}: {len(cluster.nodes)} regions, ready after {time.monotonic() - begun:.1f} s; "
              f"{options.seconds:g} s of {', '.join(options.faults)} ...", flush=True)
        path = directory / "history.jsonl"
        trouble = Verdict("processes", "processes")
        disturb(cluster, options, path, trouble)
    finally:
        resume_all(cluster)
        down(data)
    return judge(cluster, path, trouble, directory)


def resume_all(cluster):
    for member in cluster.members:
        if member.process.pid() is not None:
            member.process.child.send_signal(signal.SIGCONT)


def disturb(cluster, options, path, trouble):
    """Clients, faults, then peace and the final reads; all of it into the history."""
    limits = json.loads((cluster.data.run / f"{cluster.nodes[0].code}.json").read_text())["limits"]
    deadline_ms = limits["fetch_deadline_ms"]
    recorder = Recorder(path)
    recorder.fault("begin", {"topology": options.topology, "time_scale": options.time_scale, "seed": options.seed,
                             "deadline_ms": deadline_ms, "allowance_ms": ALLOWANCE_MS,
                             "hosts": [node.code for node in cluster.nodes if node.hosts]})
    workload = Workload(recorder)
    timeout_s = 3 * deadline_ms / 1000 + 15  # more than the checker allows: what hangs is seen to hang
    clients = [Client(f"client-{number}-{node.code}", node.code, node.http_port, workload, timeout_s)
               for number in range(options.clients) for node in cluster.nodes]
    stop = threading.Event()
    threads = [threading.Thread(target=client.work, args=(options.seed, stop), daemon=True) for client in clients]
    disturber = Disturber(cluster, recorder, random.Random(options.seed), options.faults)
    trouble.checked = len(cluster.members)
    try:
        for thread in threads:
            thread.start()
        watch_for(CALM_S, disturber, trouble)
        disturber.run(options.seconds, lambda: note_dead(disturber, trouble))
        disturber.heal()
        recorder.fault("final")
        when_whole(cluster, disturber, trouble)
        watch_for(CALM_S, disturber, trouble)
        stop.set()
        for thread in threads:
            thread.join()
        read_all(clients, workload)
        recorder.fault("end")
    finally:
        stop.set()
        disturber.heal()
        for thread in threads:
            thread.join()
        for client in clients:
            client.close()
        recorder.close()


def watch_for(seconds, disturber, trouble):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        note_dead(disturber, trouble)
        time.sleep(0.05)


def note_dead(disturber, trouble):
    """A process that ended by itself is a finding; it is started again, so that the rest can be judged."""
    for code in disturber.dead():
        process = disturber.members[code].process
        trouble.broken(f"{process.exit_text()} by itself: " + " | ".join(process.last_lines(3)), name=code)
        disturber.revive(code)


def when_whole(cluster, disturber, trouble):
    until = time.monotonic() + WHOLE_S
    while not is_whole(cluster):
        note_dead(disturber, trouble)
        if time.monotonic() > until:
            return trouble.broken(f"not every process is ready and linked with every other {WHOLE_S} s after all was healed")
        time.sleep(0.05)
    return None


def read_all(clients, workload):
    """Every object is read from one region, and its tokens from another."""
    names = sorted(workload.used | set(workload.ids))

    def read(number, client):
        for index in range(number, 2 * len(names), len(clients)):
            f = "read" if index < len(names) else "tokens"
            for _ in range(FINAL_TRIES):
                if client.perform(f, names[index % len(names)], None, final=True):
                    break
    threads = [threading.Thread(target=read, args=one, daemon=True) for one in enumerate(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def judge(cluster, path, trouble, directory):
    """Check, print, and keep the verdicts beside the history."""
    for member in cluster.members:
        for line in member.process.log_path.read_text(errors="replace").splitlines():
            if TROUBLE.search(line):
                trouble.broken(f"it says: {line}", name=member.code)
    history = read_history(path)
    verdicts = [*check_all(history), trouble]
    (directory / "verdicts.json").write_text(json.dumps([verdict.as_json() for verdict in verdicts], indent=1) + "\n")
    print("\n".join([*counts_text(history), *(line for verdict in verdicts for line in verdict.lines())]))
    print(f"history: {shown_path(path)}")
    return exit_code(verdicts)


if __name__ == "__main__":
    sys.exit(main())
