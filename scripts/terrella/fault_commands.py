"""The commands that disturb a running cluster: what they are called with, and what they print. What they
do is in faults.py."""

from . import faults
from .cluster import need_cluster
from .mistakes import Refused

WAYS_HELP = ('two processes, each a region or "coordinator": both ways between them; one argument "A->B", in quotes, '
             "or --one-way A B: only what A sends to B")


def add_to(add):
    """Add the commands to the parser of scripts/cluster; `add` makes one."""
    for name, command, help_text in (
            ("kill", command_kill, "kill processes at once, as a crash does (SIGKILL)"),
            ("pause", command_pause, "let processes stand still (SIGSTOP)"),
            ("restart", command_restart, "start processes again on their data, and stop them before if they run")):
        add(name, command, help_text).add_argument("codes", metavar="REGION", nargs="+",
                                                   help='such as SYD, or "coordinator"')
    one = add("resume", command_resume, "let processes go on that were paused")
    one.add_argument("codes", metavar="REGION", nargs="*", help="which (default: all that are paused)")

    one = add("cut", command_cut, "cut the way between two processes: what they send is held back, and lost with their "
              "link when that lasts for too long")
    add_ways(one, "PLACE", WAYS_HELP)
    one = add("delay", command_delay, "make each message between two processes take MS longer, one way, in milliseconds "
              "before time_scale (0: no longer)")
    add_ways(one, "PLACE", WAYS_HELP + "; then MS")
    one = add("disk-full", command_disk_full, "let nothing be written to a process's disk, until heal")
    one.add_argument("codes", metavar="REGION", nargs="+", help='such as SYD, or "coordinator"')
    one = add("heal", command_heal, "end cuts, delays and full disks")
    add_ways(one, "PLACE", "one region: what touches it; two, or \"A->B\": what is between them (default: all)", "*")


def add_ways(one, metavar, help_text, count="+"):
    one.add_argument("places", metavar=metavar, nargs=count, help=help_text)
    one.add_argument("--one-way", action="store_true", help="only what the first sends to the second")


def command_kill(data, options):
    each(data, options.codes, faults.kill, "was killed; scripts/cluster restart {} starts it again")


def command_pause(data, options):
    each(data, options.codes, faults.pause, "is paused; scripts/cluster resume {} wakes it")


def command_resume(data, options):
    codes = options.codes or [member.code for member in need_cluster(data).members if member.process.is_paused()]
    if not codes:
        print("Nothing is paused.")
    each(data, codes, faults.resume, "goes on")


def command_restart(data, options):
    each(data, options.codes, faults.restart, "runs again")


def command_disk_full(data, options):
    each(data, options.codes, faults.disk_full, "cannot write to its disk; scripts/cluster heal {} makes room")


def each(data, codes, function, text):
    """Do it to each process, and say so."""
    cluster = need_cluster(data)
    members = dict.fromkeys(cluster.member(code) for code in codes)  # all are known before the first is touched; each once
    for member in members:
        function(cluster, member.code)
        waits = function is faults.restart and member.code in faults.Faults(cluster).disk_full
        print(f"{member.code} " + ("is starting, but waits for its disk; scripts/cluster heal {} makes room" if waits
                                   else text).format(member.code))


def command_cut(data, options):
    cluster = need_cluster(data)
    a, b, both_ways = two_places(options.places, options.one_way)
    faults.cut(cluster, a, b, both_ways)
    print(f"Cut {shown_ways(cluster, a, b, both_ways)}; scripts/cluster heal mends it."
          + hint_about_coordinator(cluster, a, b))


def command_delay(data, options):
    cluster = need_cluster(data)
    *places, text = options.places
    try:
        delay_ms = float(text)
    except ValueError:
        raise Refused(f'delay: expected milliseconds at the end, as in "delay SYD LHR 100", but got "{text}"') from None
    a, b, both_ways = two_places(places, options.one_way)
    faults.delay(cluster, a, b, delay_ms, both_ways)
    print(f"Each message {shown_ways(cluster, a, b, both_ways)} takes {delay_ms:g} ms longer."
          + hint_about_coordinator(cluster, a, b))


def command_heal(data, options):
    cluster = need_cluster(data)
    if len(options.places) > 1 or any("-" in place for place in options.places):
        healed = faults.heal(cluster, *two_places(options.places, options.one_way))
    else:
        healed = faults.heal(cluster, *options.places)
    print(f"Healed: {', '.join(healed)}." if healed else "There was nothing to heal.")
    still = [member.code for member in cluster.members if member.process.is_paused()]
    if still:
        print(f"{', '.join(still)} {'is' if len(still) == 1 else 'are'} still paused: scripts/cluster resume")
    still = sorted(faults.Faults(cluster).killed)
    if still:
        print(f"{', '.join(still)} {'is' if len(still) == 1 else 'are'} not running: scripts/cluster restart {' '.join(still)}")


def two_places(places, one_way):
    """(a, b, both_ways) from A B, or "A->B"."""
    joined = " ".join(places)
    if any(place.endswith("-") for place in places):
        word = next(place for place in places if place.endswith("-"))
        raise Refused(f'"{word}": the shell takes ">" for itself, and may have made a file just now; '
                      f"say --one-way {word.rstrip('-')} B, or put \"A->B\" in quotes")
    a, arrow, b = (part.strip() for part in joined.partition("->"))
    if arrow and a and b and "->" not in b and " " not in a + b:
        return a, b, False
    if len(places) != 2 or arrow:
        raise Refused(f'expected two places, A B or "A->B", but got: {joined or "nothing"}')
    return *places, not one_way


def shown_ways(cluster, a, b, both_ways):
    a, b = cluster.member(a).code, cluster.member(b).code
    return f"between {a} and {b}" if both_ways else f"from {a} to {b}"


def hint_about_coordinator(cluster, a, b):
    """A region's node and the coordinator that stands there are two processes."""
    home = cluster.coordinator.region
    other = {a.upper(): b, b.upper(): a}.get(home)
    if other is None or other.lower() == "coordinator":
        return ""
    return f'\nThis is about the node of {home}; the coordinator, which stands there too, is called "coordinator".'
