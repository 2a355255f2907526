"""The same as check_linear.py's search, quickly and exactly, for a counter whose every add adds 1 and, when it
is ok, answers with the new value: the answers tell the order. What remains to be seen is whether moments
can be found, and ascending, as early as possible, is the best way to choose them. A value that nobody
was given belongs to an unknown add; the one that began first is never a worse choice than another."""

from .history import NEVER


def is_quick(operations):
    """Whether these are all adds of 1 that answered, unknown adds of 1, and reads."""
    return any(one.f == "add" for one in operations) and all(
        one.f == "read" or (one.f == "add" and one.value == 1 and not (one.is_ok and one.result is None))
        for one in operations)


def check_counter(name, operations, verdict):
    """Tell the verdict the first thing that no order explains, if there is one."""
    adds, reads, unknown = {}, {}, []
    for one in operations:
        if not one.is_ok:
            if one.f == "add":
                unknown.append(one)
        elif not isinstance(one.result, int) or one.result < (1 if one.f == "add" else 0):
            return verdict.broken("a counter that begins at 0 never has this value", [one], name)
        elif one.f == "read":
            reads.setdefault(one.result, []).append(one)
        elif one.result in adds:
            return verdict.broken(f"two adds were given the same value {one.result}", [adds[one.result], one], name)
        else:
            adds[one.result] = one
    unknown.sort(key=lambda one: one.start, reverse=True)
    moment, because = -1, None  # the earliest at which all so far can have taken effect; who forces that
    last = max([*adds, *reads]) if adds or reads else 0
    if last > len(adds) + len(unknown):
        return verdict.broken(f"the value {last} was seen, but at most {len(adds) + len(unknown)} adds can have run",
                              [one for one in operations if one.is_ok and one.result == last], name)
    for value in range(last + 1):
        here = []
        if value:
            if value not in adds and not unknown:
                later = min(one for one in [*adds, *reads] if one > value)
                return verdict.broken(f"nobody was given the value {value}, no unknown add is left, and yet {later} was seen",
                                      [adds[later] if later in adds else reads[later][0]], name)
            here.append(adds[value] if value in adds else unknown.pop())
        start = moment, because
        for one in here + sorted(reads.get(value, ()), key=lambda one: one.start):
            earliest = start if start[0] >= one.start else (one.start, one)
            if earliest[0] > (one.end if one.is_ok else NEVER):
                return verdict.broken(f"{one.f} answered {one.result} too early: at least {value} was reached only after "
                                      f"#{earliest[1].start} began", [one, earliest[1]], name)
            if here and one is here[0]:
                start = earliest  # reads of a value come after the add that made it
            if earliest[0] > moment:
                moment, because = earliest
    return None
