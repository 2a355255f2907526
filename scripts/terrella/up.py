"""Starting a cluster: everything is checked first, then all processes start at once, and either all
of them become ready or none is left."""

import os
import resource
import sys
from dataclasses import dataclass, field

from . import ports, processes, terminal
from .bundle import bundle_workers
from .cluster import Cluster, find_cluster
from .config import HOST, PORT_MAX, Ports, coordinator_ports, node_ports, process_configs
from .data import PROJECT, write_json
from .mistakes import Mistakes, Refused, shown_path
from .namespaces import Ledger, find_spaces, read_ledger, space_of
from .processes import Process
from .ready import is_linked, wait_until_ready
from .routes import route_table
from .status import status_lines
from .topology import Topology, read_topology
from .wrangler import read_workers

DEFAULT_TOPOLOGY = "continents"
DEFAULT_WORKER = PROJECT / "examples" / "counter"
DEFAULT_PORT = 8700
SHOWN_COUNT_MAX = 3


@dataclass
class Wanted:
    """What is to be started, as the options say."""
    topology: str = DEFAULT_TOPOLOGY  # or a Topology
    workers: list = field(default_factory=lambda: [DEFAULT_WORKER])
    environment: str | None = None  # of the Workers that name none of their own
    time_scale: float | None = None
    base_port: int = DEFAULT_PORT
    fresh: bool = False
    routes: list = field(default_factory=list)  # PATTERN=WORKER, beside those of the wrangler files


class AlreadyRunning(Refused):
    """There is a cluster already; the text shows it."""


def up(data, wanted):
    """Start a cluster and wait until every process is ready and linked with every other. Returns the Cluster; Refused when it
    cannot be, and then nothing of it is left running."""
    topology, workers, routes = read_all(wanted)
    data.check_is_ours()
    with data.lock():
        _make_way(data)
        _check_ports(topology, wanted.base_port)
        _raise_open_files(len(topology.regions))
        bundles, exports = bundle_workers(workers, data.run)
        _warn_of_no_handler(workers[0], exports[0])
        ledger = Ledger() if wanted.fresh else read_ledger(data.namespaces_path)
        spaces = _find_spaces(workers, ledger, exports)
        if wanted.fresh:  # only now that nothing else can be wrong
            data.forget()
        identity = data.identity()
        ledger.write(data.namespaces_path)  # before anybody can use what it says
        configs = process_configs(topology, workers, spaces, bundles, identity, data, wanted.base_port, routes)
        state = _state(topology, workers, spaces, routes, wanted)
        cluster = Cluster(data, state)
        _write_files(data, configs, state)
        try:
            for member in cluster.members:
                member.process.start()
            wait_until_ready(cluster.members, is_linked, "; the others were stopped")
        except BaseException:  # also Ctrl-C: half a cluster is of no use to anybody
            processes.stop([member.process for member in cluster.members])
            data.state_path.unlink(missing_ok=True)
            raise
        state["ready"] = True
        data.write_state(state)
    return cluster


def read_all(wanted):
    """Topology, Workers and routes; all mistakes in them are raised at once."""
    mistakes = Mistakes()
    topology = (wanted.topology if isinstance(wanted.topology, Topology)
                else read_topology(wanted.topology, wanted.time_scale, mistakes))
    workers = read_workers(wanted.workers, wanted.environment, mistakes)
    routes = route_table(workers, wanted.routes, mistakes) if len(workers) == len(wanted.workers) else []
    for warning in mistakes.warnings:
        terminal.warn(warning)
    for note in mistakes.notes:
        terminal.note(note)
    mistakes.raise_if_any()
    return topology, workers, routes


def _warn_of_no_handler(first, exports):
    """The first Worker answers at each region's port."""
    if exports is not None and "default" not in exports:
        terminal.warn(f'{shown_path(first.main)} has no default export, so every request to the Worker "{first.name}" fails: '
                      '"Handler does not export a fetch() function". What answers is export default { async fetch(request, env, ctx) { ... } }')


def _find_spaces(workers, ledger, exports):
    mistakes = Mistakes()
    spaces = find_spaces(workers, mistakes, ledger, exports)
    mistakes.raise_if_any()
    return spaces


def down(data):
    """Stop the cluster; returns the codes of what ran, and of what had to be killed."""
    with data.lock():
        cluster = find_cluster(data)
        known = [member.process for member in cluster.members] if cluster else _processes_left(data)
        running = [process for process in known if process.pid() is not None]
        data.state_path.unlink(missing_ok=True)  # first: who follows the cluster knows that they end on purpose
        killed = processes.stop(running)
        for process in known:
            process.forget()
    return [process.code for process in running], killed


def _make_way(data):
    """Refuse when a cluster is running; clear away what a start or a run that was cut short has left."""
    cluster = find_cluster(data)
    if cluster and cluster.state["ready"] and (alive := cluster.alive()):
        dead = [member.code for member in cluster.members if member not in alive]
        what = f"A cluster is running in {shown_path(data.path)} already" + (
            f", though without {', '.join(dead)}, which ended." if dead else ".")
        raise AlreadyRunning(what, *status_lines(cluster), "scripts/cluster down stops it; for a second one beside it "
                                                           "give --data and --port.")
    left = _processes_left(data)
    alive = [process for process in left if process.pid() is not None]
    if alive:
        terminal.warn(f"an earlier start was cut short; stopping what it left: "
                      + ", ".join(f"{process.code} (pid {process.pid()})" for process in alive))
        processes.stop(alive)
    elif left:
        terminal.warn(f"the last run in {shown_path(data.path)} ended without being stopped "
                      f"(the machine or the processes were killed); its {len(left)} pid files are stale and removed")
    for process in left:
        process.forget()
    data.state_path.unlink(missing_ok=True)


def _processes_left(data):
    """Processes of which there is a pid file."""
    return [Process(path.stem, data.run) for path in sorted(data.run.glob("*.pid"))]


def _check_ports(topology, base):
    count = len(topology.regions)
    highest = coordinator_ports(base, count).admin
    if base < 1 or highest > PORT_MAX:
        raise Refused(f"--port {base}: {count} regions need ports up to {highest}; choose a base from 1 to "
                      f"{PORT_MAX - (highest - base)}")
    wanted = {"coordinator": coordinator_ports(base, count)}
    wanted |= {region.code: node_ports(base, index) for index, region in enumerate(topology.regions)}
    busy = {}  # by who has them
    for code, of_process in wanted.items():
        for kind, port in of_process.named().items():
            if ports.is_busy(HOST, port):
                busy.setdefault(ports.who_listens(port), []).append(f"port {port} ({kind} of {code})")
    if busy:
        raise Refused(*(f"{_few(taken)}: taken by {who}" for who, taken in busy.items()),
                      "Stop what holds them, or give another --port (the base of all of them; now "
                      f"{base}).")


def _raise_open_files(region_count):
    """Each process, and the bundler, may have as many files open as links and some users take; its links
    alone are 4 for each region."""
    needed = 64 + 8 * region_count
    soft, hard = (sys.maxsize if limit == resource.RLIM_INFINITY else limit
                  for limit in resource.getrlimit(resource.RLIMIT_NOFILE))
    if hard < needed:
        raise Refused(f"a process may have no more than {hard} files open (ulimit -n), and {region_count} regions need "
                      f"{needed}: allow more, or take a topology with fewer regions")
    if soft < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))


def _few(items):
    return ", ".join(items[:SHOWN_COUNT_MAX]) + (f" and {len(items) - SHOWN_COUNT_MAX} more" if len(items) > SHOWN_COUNT_MAX else "")


def _state(topology, workers, spaces, routes, wanted):
    """What later commands need to know."""
    count = len(topology.regions)

    def member(code, role, region, of_process: Ports):
        return {"code": code, "role": role, "region": region.code, "city": region.city, "hosts": region.hosts,
                "http_port": of_process.http, "admin_port": of_process.admin}

    home_of_coordinator = topology.regions[topology.index(topology.coordinator)]
    return {
        "ready": False,
        "supervisor": processes.identity_of(os.getpid()),
        "topology": topology.name,
        "topology_path": str(topology.path),
        "time_scale": topology.time_scale,
        "base_port": wanted.base_port,
        "environment": wanted.environment,
        "workers": [{"name": worker.name, "path": worker.path} for worker in workers],
        "routes": [{"pattern": pattern, "worker": workers[index].name} for pattern, index in routes],
        "spaces": [{"unique_key": space.unique_key, "class_name": space.class_name,
                    "bindings": sorted({binding.name for worker in workers for binding in worker.bindings
                                        if spaces[space_of(worker, binding, workers, spaces)] == space})}
                   for space in spaces],
        "members": [member("coordinator", "coordinator", home_of_coordinator,
                           coordinator_ports(wanted.base_port, count))]
        + [member(region.code, "node", region, node_ports(wanted.base_port, index))
           for index, region in enumerate(topology.regions)],
    }


def _write_files(data, configs, state):
    for path in [*data.run.glob("*.log"), *data.run.glob("*.json")]:
        path.unlink()
    for code, config in configs.items():
        data.of_process(code).mkdir(parents=True, exist_ok=True)
        write_json(data.run / f"{code}.json", config, 0o600)
    data.write_state(state)
