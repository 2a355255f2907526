"""The commands of scripts/cluster."""

import argparse
import http.client
import json
import os
import re
import signal
import sys
import time

from . import fault_commands, terminal
from .cluster import find_cluster, need_cluster
from .data import DEFAULT_DATA, Data
from .faults import Faults
from .follow import follow
from .log_lines import WantedLines
from .mistakes import Refused, shown_path
from .request import Connection
from .status import member_url, status_lines, statuses, summary, welcome_lines
from .topology import ready_made_names
from .up import DEFAULT_PORT, DEFAULT_TOPOLOGY, DEFAULT_WORKER, AlreadyRunning, Wanted, down, up

TIME_SCALE_RANGE = (0.001, 100)
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main(arguments=None):
    options = parser().parse_args(arguments)
    data = Data(options.data or DEFAULT_DATA)
    try:
        return options.command(data, options) or 0
    except AlreadyRunning as running:
        print("\n".join(running.lines))
    except Refused as refused:
        terminal.complain_of(refused)
    except KeyboardInterrupt:
        print("Interrupted; nothing was left running.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else the exit complains once more
    except OSError as error:  # a directory of another user, a full disk and so on
        what = f"{shown_path(error.filename)}: " if error.filename else ""
        terminal.complain(f"{what}{error.strerror or error}; the cluster's data is in {shown_path(data.path)}, --data names "
                          "another place")
    return 1


def parser():
    """The options of every command."""
    top = argparse.ArgumentParser(prog="scripts/cluster", description="Durable Objects on a simulated planet: one "
                                  "process for each region, with real delays between them.")
    commands = top.add_subparsers(metavar="COMMAND", required=True)

    def add(name, command, help_text):
        one = commands.add_parser(name, help=help_text, description=help_text[0].upper() + help_text[1:] + ".")
        one.add_argument("--data", metavar="DIR", help="the cluster's data (default: .terrella)")
        one.set_defaults(command=command)
        return one

    one = add("up", command_up, "start a cluster, and follow it until Ctrl-C stops it")
    add_start_options(one)
    one.add_argument("--worker", metavar="DIR|FILE[:ENV]", action="append", help="a Worker: its directory or wrangler file, "
                     "and its environment where that is another than --env; may be given several times, the first answers at "
                     "each region's port (default: examples/counter)")
    one.add_argument("--env", metavar="NAME", help="the environment of the wrangler files")
    one.add_argument("--route", metavar="PATTERN=WORKER", action="append", default=[], help="which Worker answers a HOST/PATH "
                     "or /PATH, such as '/api/*=api', beside the routes of the wrangler files; may be given several times")
    one.add_argument("--fresh", action="store_true", help="forget all that the cluster has kept")
    one.add_argument("--detach", action="store_true", help="return once every region answers")

    one = add("status", command_status, "show each process: state, address, objects, requests")
    one.add_argument("--json", action="store_true", help="as a JSON array")

    one = add("where", command_where, "show where an object lives, and who decided it")
    one.add_argument("namespace", metavar="NAMESPACE", help="a class, a binding, or WORKER-CLASS")
    one.add_argument("object", metavar="NAME|ID", help="the name it was made from, or its 64 digits")
    one.add_argument("--json", action="store_true", help="as a JSON object")

    one = add("request", command_request, "send a request to a region and show where the time went")
    one.add_argument("region", metavar="REGION", help="such as SYD")
    one.add_argument("path", metavar="PATH", help="such as /lobby")
    one.add_argument("-X", dest="method", metavar="METHOD", help="GET, or POST with -d")
    one.add_argument("-d", dest="body", metavar="TEXT", help="a body; @FILE reads it from a file")
    one.add_argument("-H", dest="headers", metavar="NAME: VALUE", action="append", default=[], help="a header")

    one = add("logs", command_logs, "show what the processes, and the Workers' console, have logged")
    one.add_argument("region", metavar="REGION", nargs="?", help='a region or "coordinator" (default: all)')
    one.add_argument("--region", dest="region_option", metavar="REGION", help="the same")
    one.add_argument("--object", metavar="ID|NAME", help="of one object only: its name, CLASS/NAME, or the first 8 or more "
                     "digits of its id")
    one.add_argument("--worker", metavar="NAME", help="of one Worker and its objects only")
    one.add_argument("--request", metavar="REGION-N", help="of one user's request only, in all regions that it reached")
    one.add_argument("--since", metavar="AGE|TIME", help="such as 90s, 10m, 2h, or 2026-01-31T12:00 (UTC)")
    one.add_argument("--json", action="store_true", help="one JSON object a line")
    one.add_argument("--follow", "-f", action="store_true", help="go on until Ctrl-C")

    add("down", command_down, "stop the cluster; its data stays")

    fault_commands.add_to(add)

    one = add("demo", command_demo, "start a cluster of its own, tell what first and later uses cost, and stop it")
    add_start_options(one)
    return top


def add_start_options(one):
    one.add_argument("--topology", metavar="NAME|FILE", default=DEFAULT_TOPOLOGY,
                     help=f'{", ".join(ready_made_names())}, or a file (default: {DEFAULT_TOPOLOGY})')
    one.add_argument("--port", metavar="BASE", type=int,
                     help=f"regions answer at BASE+1 and so on (default: {DEFAULT_PORT})")
    one.add_argument("--time-scale", metavar="FACTOR", type=time_scale,
                     help="0.1 makes all delays and deadlines ten times as short")


def time_scale(text):
    low, high = TIME_SCALE_RANGE
    try:
        value = float(text)
    except ValueError:
        value = 0
    if not low <= value <= high:
        raise argparse.ArgumentTypeError(f"expected a number from {low} to {high}, but got {text}")
    return value


def stop_signals_interrupt():
    """SIGTERM and SIGHUP end us like Ctrl-C: whatever was started is stopped. SIGINT is among them
    because a shell that runs us in the background has it ignored."""
    def interrupt(_number, _frame):
        raise KeyboardInterrupt
    for number in STOP_SIGNALS:
        signal.signal(number, interrupt)


def command_up(data, options):
    stop_signals_interrupt()
    started = time.monotonic()
    cluster = up(data, Wanted(options.topology, options.worker or [DEFAULT_WORKER], options.env, options.time_scale,
                              DEFAULT_PORT if options.port is None else options.port, options.fresh, options.route))
    try:
        print("\n".join(welcome_lines(cluster)))
        print(f"Ready after {time.monotonic() - started:.1f} s. " + (
            "scripts/cluster status, request, where, logs; down stops it." if options.detach else
            "Logs follow; Ctrl-C stops everything."), flush=True)
        if options.detach:
            return 0
        return follow_cluster(data, cluster)
    except KeyboardInterrupt:
        for number in STOP_SIGNALS:
            signal.signal(number, signal.SIG_IGN)  # stopping is under way and ends by itself
        print("\nStopping ...", flush=True)
        print(down_text(data))
        return 0


def follow_cluster(data, cluster):
    """Print logs until the cluster is stopped from elsewhere or nothing of it is left."""
    reported = set()

    def is_over():
        for member in cluster.members:
            if member.process.pid() is not None:
                reported.discard(member.code)  # it may have been started again
            elif member.code not in reported and data.state_path.exists():
                reported.add(member.code)
                terminal.warn(f"{member.code} {member.process.exit_text()}; its log: "
                              f"{shown_path(member.process.log_path)}")
        all_ended = len(reported) == len(cluster.members) and not Faults(cluster).killed
        return all_ended or not data.state_path.exists()

    follow(cluster.members, False, is_over)
    if data.state_path.exists():
        down(data)
        raise Refused("every process has ended")
    with data.lock(wait=True):  # until whoever stops it is done
        print("The cluster was stopped.")
    return 0


def down_text(data):
    stopped, killed = down(data)
    if not stopped:
        return f"Nothing was running in {shown_path(data.path)}."
    forced = f" ({', '.join(killed)} did not stop by themselves and were killed)" if killed else ""
    return f"Stopped {len(stopped)} processes{forced}. The data stays in {shown_path(data.path)}."


def command_down(data, _options):
    print(down_text(data))


def command_status(data, options):
    if options.json:
        cluster = find_cluster(data)
        print(json.dumps(statuses(cluster) if cluster else [], indent=1))
        return
    cluster = need_cluster(data)
    print(terminal.paint(summary(cluster), "bold"))
    print("\n".join(status_lines(cluster)))


def command_where(data, options):
    cluster = need_cluster(data)
    found = cluster.where(options.namespace, options.object)
    if options.json:
        print(json.dumps(found))
        return
    home = next((member for member in cluster.nodes if member.code == found.get("home")), None)
    if home:
        place = f"{home.code}, {home.city}, at {member_url(home)}"
    elif found.get("home"):
        place = f'{found["home"]}, which is not in this topology'
    else:
        place = "nowhere: it has not been used yet"
    arbiter = found.get("arbiter")
    decider = (f"the coordinator, in {cluster.coordinator.region}" if arbiter == "coordinator"
               else f"{arbiter}, where newUniqueId() made the id")
    kind = {"named": "derived from a name", "unique": "unique"}.get(found.get("kind"), found.get("kind"))
    rows = [("id", found.get("id", options.object)), ("kind", kind), ("lives", place),
            ("decided", f"by {decider}") if found.get("home") else ("decides", decider)]
    print("\n".join(f"{name:<9}{text}" for name, text in rows))


def command_request(data, options):
    cluster = need_cluster(data)
    node = cluster.node(options.region)
    body = request_body(options.body)
    headers = [("Terrella-Timing", "1"), *(request_header(text) for text in options.headers)]
    if "://" in options.path.split("?")[0]:
        raise Refused(f'"{options.path}": expected a path, such as /lobby; {node.code} is at {member_url(node)}')
    if options.method and not METHOD.fullmatch(options.method):
        raise Refused(f'-X "{options.method}": expected a method, such as GET or POST')
    path = options.path if options.path.startswith("/") else "/" + options.path
    if node.process.is_paused():
        raise Refused(f"{node.code} is paused, and answers nothing; scripts/cluster resume {node.code} wakes it")
    try:
        method = options.method or ("GET" if body is None else "POST")
        answer = Connection(node.http_port).send(method, path, body, headers)
    except (OSError, http.client.HTTPException, UnicodeError, ValueError) as error:
        raise Refused(f"{node.code} gave no answer: {getattr(error, 'strerror', None) or error or type(error).__name__}"
                      + ("" if node.process.pid() else "; its process has ended")) from None
    sys.stdout.flush()
    sys.stdout.buffer.write(answer.body)
    sys.stdout.buffer.flush()
    if not answer.body.endswith(b"\n") and (sys.stdout.isatty() or sys.stderr.isatty()):
        print(flush=True)  # what is said about it stands on a line of its own
    parts = [("connect", answer.connect_ms), ("wait", answer.wait_ms), ("body", answer.body_ms)]
    text = " + ".join(f"{name} {terminal.milliseconds(ms)}" for name, ms in parts)
    colour = "green" if answer.status < 400 else "red"
    print(terminal.paint(f"{answer.status} {answer.reason}", colour, sys.stderr)
          + f"  {node.code}  {terminal.milliseconds(answer.total_ms)} ms = {text}", file=sys.stderr)
    for name, ms, description in answer.server_timing():
        what = TIMING_WORDS.get(name, name)
        if ms is not None:
            print(f"  {terminal.milliseconds(ms):>8} ms  {what}{': ' + description if description else ''}", file=sys.stderr)
        elif name == "request":  # it came to grief
            print(f"  scripts/cluster logs --request {description} tells why", file=sys.stderr)


METHOD = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # a token of RFC 9110

# What a node calls the parts of its own time (node/front.c).
TIMING_WORDS = {"find": "to find the object's home", "fetch": "to the object and back", "worker": "in the node, all in all"}


def request_body(text):
    if text is None or not text.startswith("@"):
        return None if text is None else text.encode()
    try:
        with open(text[1:], "rb") as file:
            return file.read()
    except OSError as error:
        raise Refused(f"-d {text}: cannot be read: {error.strerror}") from None


def request_header(text):
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise Refused(f'-H "{text}": expected "NAME: VALUE"')
    return name.strip(), value.strip()


def command_logs(data, options):
    cluster = need_cluster(data)
    region = options.region or options.region_option
    workers = [worker["name"] for worker in cluster.state["workers"]]
    if options.worker and options.worker not in workers:
        raise Refused(f'there is no Worker "{options.worker}"; there are: {", ".join(workers)}')
    wanted = WantedLines(object_=options.object, worker=options.worker, request=options.request, since=options.since)
    try:
        count = follow([cluster.member(region)] if region else cluster.members, True, lambda: not options.follow or not data.state_path.exists(),
                       wanted=wanted, as_json=options.json, codes=[member.code for member in cluster.members])
        if count == 0:
            print("Nothing in the logs is of that kind; they begin with the last start of the cluster.", file=sys.stderr)
    except KeyboardInterrupt:
        print()


def command_demo(data, options):
    from . import demo  # the only command that needs it
    stop_signals_interrupt()
    if options.data is None:
        data = Data(DEFAULT_DATA / "demo")
    return demo.run(data, options.topology, options.time_scale, options.port)
