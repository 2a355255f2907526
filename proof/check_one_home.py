"""Each object has one home, for ever, and at most one live instance; each region, one process. An answer names
the region where the object lives (home), the instance that gave it, and the process (boot), both drawn at
random when they begin. An instance that answered was alive at some moment between beginning and end of
that operation, and without a pause between two such moments."""

from .verdict import Verdict


def check(history):
    verdict = Verdict("one home", "instances")
    hosts = history.setup.get("hosts")
    homes, lives, boots = {}, {}, {}
    for one in history.operations:
        if not one.is_ok or one.home is None:
            continue
        first = homes.setdefault(one.object, one)
        if first.home != one.home:
            verdict.broken(f"it lived in {first.home}, and then in {one.home}", [first, one], one.object)
        if first is one and hosts is not None and one.home not in hosts:
            verdict.broken(f"it lives in {one.home}, which hosts no objects", [one], one.object)
        if one.instance is not None:
            lives.setdefault(one.object, {}).setdefault(one.instance, Life(one)).add(one)
        if one.boot is not None:
            boots.setdefault(one.home, {}).setdefault(one.boot, Life(one)).add(one)
    for name, instances in lives.items():
        verdict.checked += len(instances)
        for a, b in overlapping(instances.values()):
            verdict.broken("two instances of it were live at once", [*a.shown(), *b.shown()], name)
    for region, processes in boots.items():
        for a, b in overlapping(processes.values()):
            verdict.broken("two processes of this region were at work at once", [*a.shown(), *b.shown()], region)
    return verdict


class Life:
    """What is known of the life of an instance: it began before `first` ended, and ended after `last` began."""
    __slots__ = ("first", "last")

    def __init__(self, operation):
        self.first = self.last = operation

    def add(self, operation):
        if operation.end < self.first.end:
            self.first = operation
        if operation.start > self.last.start:
            self.last = operation

    def shown(self):
        return [self.first] if self.first is self.last else [self.first, self.last]


def overlapping(lives):
    """Pairs of which neither can have ended before the other began."""
    going_on = []
    for life in sorted(lives, key=lambda one: one.first.end):
        going_on = [one for one in going_on if one.last.start > life.first.end]  # the others ended before it began
        for one in going_on:
            if life.last.start > one.first.end:
                yield one, life
        going_on.append(life)
