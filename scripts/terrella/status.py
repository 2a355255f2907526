"""What a cluster looks like from outside: its regions, and the state of each process."""

from . import admin, terminal
from .config import HOST
from .faults import Faults

COUNTS = ("objects", "instances", "cache_entries", "requests")
STATE_COLOURS = {"ready": "green", "opening": "yellow", "starting": "yellow", "paused": "yellow"}


def member_url(member):
    """Where users' requests go; for the coordinator, where its status is."""
    return f"http://{HOST}:{member.http_port or member.admin_port}"


def statuses(cluster):
    """One dictionary for each process: role, region, url, pid, state, its faults, and all that it reports
    itself (little while it is "opening"). The state is its own, "paused", "killed" (by a command), "ended", or "no answer" (too busy)."""
    faults = Faults(cluster)
    alive = [member for member in cluster.alive() if not member.process.is_paused()]
    answers = dict(zip((member.code for member in alive),
                       admin.ask_all([member.admin_port for member in alive], "/status")))
    return [_status(member, answers.get(member.code), faults) for member in cluster.members]


def _status(member, answer, faults):
    pid = member.process.pid()
    state = (answer or {}).get("state") or _silence(member, pid, faults)
    return {**(answer or {}), "role": member.role, "region": member.region, "city": member.city,
            "hosts": member.hosts, "url": member_url(member), "admin_url": f"http://{HOST}:{member.admin_port}",
            "pid": pid, "state": state, "log": str(member.process.log_path), "faults": faults.of(member.code)}


def _silence(member, pid, faults):
    """Why a process says nothing."""
    if pid is None:
        return "killed" if member.code in faults.killed else "ended"
    return "paused" if member.process.is_paused() else "no answer"


def status_lines(cluster):
    """The same as a table."""
    found = statuses(cluster)
    header = ["REGION", "CITY", "ROLE", "STATE", "PID", "ADDRESS", "OBJECTS", "LIVE", "CACHED", "REQUESTS", "MEMORY"]
    rows, colours = [], {}
    for index, one in enumerate(found):
        role = one["role"] if one["role"] == "coordinator" or one["hosts"] else "entry only"
        is_node = one["role"] == "node"
        counts = [one.get(name, "-") if is_node else "" for name in COUNTS]
        memory = f'{one["rss_bytes"] / 2**20:.0f} MB' if "rss_bytes" in one else "-"
        rows.append([one["region"], one["city"], role, one["state"], one["pid"] or "-",
                     one["url"].removeprefix("http://"), *counts, memory])
        colours[index, 3] = STATE_COLOURS.get(one["state"], "red")
    lines = terminal.table(header, rows, ("PID", "OBJECTS", "LIVE", "CACHED", "REQUESTS", "MEMORY"), colours)
    lines += [f'{one["region"]} {one["role"]}: {one["why"]}' for one in found if one.get("why")]
    return lines + fault_lines(cluster, found)


def fault_lines(cluster, found):
    """What is wrong on purpose, and how each of it ends; nothing when nothing is."""
    rows = []
    for member, one in zip(cluster.members, found):
        if one["state"] in ("paused", "killed"):
            rows.append([member.code, one["state"], {"paused": "resume", "killed": "restart"}[one["state"]] + " " + member.code])
        if one["faults"]["disk_full"]:
            failing = one.get("failing_commits")
            rows.append([member.code, "disk full" + (f", {failing} attempts in vain" if failing else ""), f"heal {member.code}"])
    links = Faults(cluster).links
    for (a, b), link in sorted(links.items()):
        back = links.get((b, a)) == link
        if back and (b, a) < (a, b):
            continue  # told with its way back
        what = (["cut"] if link["cut"] else []) + ([f'+{link["delay_ms"]:g} ms one way'] if link["delay_ms"] else [])
        rows.append([f"{a} <-> {b}" if back else f"{a} -> {b}", ", ".join(what),
                     f"heal {a} {b}" if back else f"heal --one-way {a} {b}"])
    if not rows:
        return []
    return ["", *terminal.table(["FAULT AT", "WHAT", "ENDS BY scripts/cluster ..."], rows)]


def summary(cluster):
    """One line: which topology, how large, how fast."""
    state = cluster.state
    scale = "" if state["time_scale"] == 1 else f', times scaled by {state["time_scale"]:g}'
    hosts = sum(member.hosts for member in cluster.nodes)
    entry = f", {len(cluster.nodes) - hosts} entry only" if hosts < len(cluster.nodes) else ""
    return (f'{state["topology"]}: {terminal.counted(len(cluster.nodes), "region")}{entry}; coordinator in '
            f"{cluster.coordinator.region}{scale}")


def welcome_lines(cluster):
    """What `up` prints: where everything answers."""
    workers = [worker["name"] for worker in cluster.state["workers"]]
    header = ["REGION", "CITY", "OBJECTS", "ADDRESS"]
    rows = [[member.code, member.city, "yes" if member.hosts else "entry only", member_url(member)]
            for member in cluster.nodes]
    lines = [terminal.paint(summary(cluster), "bold"), *terminal.table(header, rows)]
    first = member_url(cluster.nodes[0])
    lines.append(f"Worker: {workers[0]}" + "".join(
        f', and {name} at http://{name}.localhost:{first.rsplit(":", 1)[1]} and so on' for name in workers[1:]))
    lines += [f'Route: {route["pattern"]} is answered by {route["worker"]}' for route in cluster.state.get("routes", [])]
    return lines
