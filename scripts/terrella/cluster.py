"""A cluster that was started: its regions, processes and addresses, as DATA/run/state.json tells."""

import difflib
import re
from collections import namedtuple

from . import admin
from .mistakes import Refused, shown_path
from .processes import Process

HEX_ID = re.compile(r"[0-9A-Fa-f]{64}")

Member = namedtuple("Member", "code role region city hosts http_port admin_port process")


class Cluster:
    """`members` are the coordinator and the nodes, in the order of the topology."""

    def __init__(self, data, state):
        self.data = data
        self.state = state
        self.members = [Member(one["code"], one["role"], one["region"], one["city"], one["hosts"], one["http_port"],
                               one["admin_port"], Process(one["code"], data.run)) for one in state["members"]]

    @property
    def nodes(self):
        return [member for member in self.members if member.role == "node"]

    @property
    def coordinator(self):
        return next(member for member in self.members if member.role == "coordinator")

    def alive(self):
        return [member for member in self.members if member.process.pid() is not None]

    def node(self, code):
        """A region's node by code, whatever its case."""
        for member in self.nodes:
            if member.code == code.upper():
                return member
        raise Refused(f'there is no region "{code}"; they are {", ".join(node.code for node in self.nodes)}')

    def member(self, code):
        """A process by region code, or the one called "coordinator"."""
        if code.lower() == "coordinator":
            return self.coordinator
        if code.upper() not in (node.code for node in self.nodes):
            raise Refused(f'there is no region "{code}"; they are {", ".join(node.code for node in self.nodes)}, '
                          'and there is "coordinator"')
        return self.node(code)

    def unique_key(self, name):
        """The unique key of a namespace, given as itself, as a class or as a binding."""
        spaces = self.state["spaces"]
        for kind in ("unique_key", "class_name", "bindings"):
            found = [space["unique_key"] for space in spaces
                     if (name in space[kind] if kind == "bindings" else name == space[kind])]
            if len(found) == 1:
                return found[0]
            if found:
                raise Refused(f'"{name}" may be any of {", ".join(found)}; say which')
        known = [space["unique_key"] for space in spaces]
        near = difflib.get_close_matches(name, known + [space["class_name"] for space in spaces], 1)
        raise Refused(f'there is no namespace "{name}"; ' + (f'did you mean "{near[0]}"? ' if near else "")
                      + f'{"There" if near else "there"} are: {", ".join(known) or "none"}')

    def where(self, namespace, name_or_id):
        """Ask the nodes where an object lives: the answer of GET /where."""
        query = {"space": self.unique_key(namespace)}
        query["id" if HEX_ID.fullmatch(name_or_id) else "name"] = name_or_id
        nodes = [member for member in self.nodes if member.process.pid() is not None]
        if not nodes:
            raise Refused("no node is running that could be asked")
        # The coordinator's own region knows soonest about names.
        nodes.sort(key=lambda member: member.code != self.coordinator.region)
        try:
            return admin.ask(nodes[0].admin_port, "/where", timeout_s=30, **query)
        except admin.AdminError as error:
            raise Refused(f"{nodes[0].code} says: {error}") from None


def find_cluster(data):
    """The cluster of a data directory, dead or alive; None when it was stopped or never started."""
    state = data.read_state()
    return Cluster(data, state) if state else None


def need_cluster(data):
    cluster = find_cluster(data)
    if cluster is None:
        raise Refused(f"no cluster is running in {shown_path(data.path)}; start one with scripts/cluster up"
                      " (its data is elsewhere? give --data)")
    return cluster
