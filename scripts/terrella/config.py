"""The JSON file that each process is started with (docs/CONFIG.md). `time_scale` is applied here, and
nowhere else: to delays, the coordinator's check, deadlines and heartbeats."""

from dataclasses import dataclass

from .namespaces import space_of
from .topology import TIME_LIMITS

HOST = "127.0.0.1"
PORT_OFFSET = {"coordinator": 299, "link": 300, "admin": 600}
PORT_MAX = 65535


@dataclass(frozen=True)
class Ports:
    """Where a process listens; `http` is None for the coordinator."""
    http: int | None
    admin: int
    link: int

    def named(self):
        named = {"link": self.link, "admin": self.admin}
        return named if self.http is None else {"http": self.http, **named}


def node_ports(base, index):
    return Ports(base + 1 + index, base + PORT_OFFSET["admin"] + index, base + PORT_OFFSET["link"] + index)


def coordinator_ports(base, region_count):
    return Ports(None, base + PORT_OFFSET["admin"] + region_count, base + PORT_OFFSET["coordinator"])


def process_configs(topology, workers, spaces, bundles, identity, data, base_port, routes=()):
    """One dictionary for each process, by region code, and one for "coordinator". `routes` are (pattern, index of
    its Worker), the most specific first."""
    count = len(topology.regions)
    common = {
        "cluster": {"id": identity["id"], "key": identity["key"]},
        "host": HOST,
        "policy": topology.policy,
        "coordinator": {"region": topology.coordinator,
                        "url": _url(coordinator_ports(base_port, count).link),
                        "check": scale_delay(topology.check, topology.time_scale),
                        "push": topology.push},
        "topology": topology_object(topology, base_port),
        "limits": scaled_limits(topology),
    }
    code_of_users = {
        "workers": [_worker(worker, bundle, workers, spaces) for worker, bundle in zip(workers, bundles)],
        "spaces": [{"unique_key": space.unique_key, "class_name": space.class_name, "worker": space.worker,
                    "sqlite": space.sqlite}
                   for space in spaces],
    }
    if routes:
        code_of_users["routes"] = [{"pattern": pattern, "worker": worker} for pattern, worker in routes]
    configs = {"coordinator": {"role": "coordinator", "region": topology.coordinator,
                               "data": str(data.of_process("coordinator")), "seed": count + 1,
                               "admin_port": coordinator_ports(base_port, count).admin, **common}}
    for index, region in enumerate(topology.regions):
        ports = node_ports(base_port, index)
        configs[region.code] = {"role": "node", "region": region.code, "data": str(data.of_process(region.code)),
                                "seed": index + 1, "http_port": ports.http, "admin_port": ports.admin,
                                **common, **code_of_users}
    return configs


def scale_delay(delay, scale):
    """A delay with its times scaled; its shape stays."""
    return {name: round(value * scale, 6) if name.endswith("ms") else value for name, value in delay.items()}


def topology_object(topology, base_port):
    """`topology` as docs/CONFIG.md has it."""
    return {
        "name": topology.name,
        "time_scale": topology.time_scale,
        "regions": [{"code": region.code, "city": region.city, "country": region.country, "lat": region.lat,
                     "lon": region.lon, "hint": region.hint, "hosts": region.hosts,
                     "jurisdictions": list(region.jurisdictions), "url": _url(node_ports(base_port, index).link)}
                    for index, region in enumerate(topology.regions)],
        "rtt_ms": [[round(ms * topology.time_scale, 4) for ms in row] for row in topology.rtt_ms],
        "jitter": scale_delay(topology.jitter, topology.time_scale),
    }


def scaled_limits(topology):
    """`limits` as docs/CONFIG.md has them."""
    limits = dict(topology.limits)
    for name, (default_ms, least_ms) in TIME_LIMITS.items():
        limits[name] = max(least_ms, round(limits.get(name, default_ms) * topology.time_scale, 3))
    return limits


def _worker(worker, bundle, workers, spaces):
    return {"name": worker.name, "bundle": str(bundle), "vars": worker.vars, "cpu_limit_ms": worker.cpu_limit_ms,
            "bindings": [{"name": binding.name, "space": space_of(worker, binding, workers, spaces)}
                         for binding in worker.bindings]}


def _url(port):
    return f"tcp://{HOST}:{port}"
