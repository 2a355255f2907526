"""Each object, for itself, behaves as if its operations took effect one after the other, each at a moment
between its beginning and its end (Herlihy and Wing, Linearizability, TOPLAS 1990; that objects may be
checked one by one is their theorem of locality). An unknown operation takes effect at any later moment,
or never.

The search is that of Wing and Gong (Testing and Verifying Concurrent Objects, JPDC 1993) in Lowe's
just-in-time form (Testing for Linearizability, CCPE 2017): the history is read once, and kept are all
pairs of a state and the set of pending operations that have taken effect in it. An operation takes effect
at the latest when it ends, which is when a pair has to explain it.
"""

from .check_counter import check_counter, is_quick
from .history import NEVER, SCALARS
from .verdict import Verdict

STATES_MAX = 100_000  # for one object; beyond that the verdict is "unknown"
INITIAL = 0
FUNCTIONS = ("add", "read", "write", "cas")
ANY = object()   # needs no certain state
SAME = object()  # leaves the state as it is


class Effect:
    """What an operation says about the state: it needs one (or ANY), and leaves one (or SAME), or adds."""
    __slots__ = ("operation", "need", "to", "delta", "bit", "until")

    def __init__(self, operation):
        self.operation = operation
        self.need, self.to, self.delta = ANY, SAME, None
        self.bit = 0
        self.until = operation.end
        is_ok, value, result = operation.is_ok, operation.value, operation.result
        if operation.f == "read":
            self.need = result
        elif operation.f == "write":
            self.to = value
        elif operation.f == "cas":
            expected, wanted = value
            self.need = result if is_ok else expected  # one that did not swap is a read
            self.to = wanted if self.need == expected else SAME
        elif is_ok and result is not None:
            self.need, self.to = result - value, result
        else:
            self.delta = value

    def after(self, state):
        """The state after it, in a state that it allows."""
        return state + self.delta if self.delta is not None else self.to


def check(history, states_max=STATES_MAX):
    verdict = Verdict("linearizable", "objects")
    for name, operations in history.by_object().items():
        relevant = [one for one in operations if one.f in FUNCTIONS and one.may_have_run]
        if not relevant:
            continue
        verdict.checked += 1
        wrong = next((one for one in relevant if not is_well_formed(one)), None)
        if wrong:
            verdict.broken("the answer, or the question, has not the form that this operation has", [wrong], name)
        elif is_quick(relevant):
            check_counter(name, relevant, verdict)
        else:
            search(name, relevant, verdict, states_max)
    return verdict


def is_well_formed(operation):
    if operation.f == "add":
        return isinstance(operation.value, int) and isinstance(operation.result, (int, type(None)))
    if operation.f == "cas" and not (isinstance(operation.value, list) and len(operation.value) == 2
                                     and all(isinstance(one, SCALARS) for one in operation.value)):
        return False
    return isinstance(operation.result, SCALARS) and (operation.f != "write" or isinstance(operation.value, SCALARS))


def search(name, operations, verdict, states_max=STATES_MAX):
    """Look for an order that explains all of an object's operations; tell the verdict when there is none."""
    effects = [Effect(one) for one in operations if one.is_ok or one.f != "read"]
    limit_usefulness(effects)
    effects = [effect for effect in effects if effect.until > effect.operation.start]
    states = {(INITIAL, 0)}  # of a state and the bits of those pending that took effect
    pending = []
    bits = Bits()
    for _, is_end, _, effect in events_of(effects):
        if not is_end:
            effect.bit = bits.take()
            pending.append(effect)
            if effect.to is SAME:
                states = {(state, done | effect.bit) if state == effect.need else (state, done) for state, done in states}
            continue
        if effect.operation.is_ok:
            before = states
            states = explain(effect, states, pending, states_max)
            if states is None:
                return verdict.unknown(f"gave up beyond {states_max} states at operation #{effect.operation.start}",
                                       [effect.operation], name)
            if not states:
                return verdict.broken(*reason(effect, before, effects), name)
        else:  # of no use any more, whether it took effect or not
            states = {(state, done & ~effect.bit) for state, done in states}
        pending.remove(effect)
        bits.give_back(effect.bit)
    return None


def explain(ending, states, pending, states_max):
    """All that may be once `ending` has taken effect: pending ones take effect before it, in every order.
    None when there are too many. What only reads took effect as soon as the state fitted."""
    writers = [effect for effect in pending if effect.to is not SAME or effect.delta is not None]
    readers = [effect for effect in pending if effect.to is SAME and effect.delta is None]
    found, seen, stack = set(), set(states), list(states)
    while stack:
        state, done = stack.pop()
        if done & ending.bit:
            found.add((state, done & ~ending.bit))
            continue
        for effect in writers:
            if done & effect.bit or not (effect.need is ANY or effect.need == state):
                continue
            after = effect.after(state)
            with_it = done | effect.bit
            for reader in readers:
                if reader.need == after:
                    with_it |= reader.bit
            if (after, with_it) not in seen:
                if len(seen) >= states_max:
                    return None
                seen.add((after, with_it))
                stack.append((after, with_it))
    return found


def limit_usefulness(effects):
    """How long an unknown operation can matter: until the last one that may have seen what it wrote has
    ended. After that it might as well never happen. Without this, unknown ones would pile up."""
    observers = {}
    for effect in effects:
        if effect.need is not ANY:
            observers.setdefault(effect.need, []).append(effect)
    unknown = [effect for effect in effects if not effect.operation.is_ok and effect.delta is None]
    for effect in unknown:
        effect.until = -1
    changed = True
    while changed:  # an unknown one matters as long as another unknown one that needs it does
        changed = False
        for effect in unknown:
            until = max((one.until for one in observers.get(effect.to, ())), default=-1)
            if until > effect.until:
                effect.until = until
                changed = True


def events_of(effects):
    """Beginnings and ends in order. At one place an end by usefulness comes after a real end."""
    events = []
    for number, effect in enumerate(effects):
        events.append((effect.operation.start, False, number, effect))
        if effect.until != NEVER:
            events.append((effect.until + (0 if effect.operation.is_ok else 0.5), True, number, effect))
    return sorted(events, key=lambda event: event[:3])


def reason(ending, states, effects):
    """Why nothing explains an operation, and the operations that show it."""
    operation = ending.operation
    values = sorted({state for state, _ in states}, key=str)
    told = ", ".join(map(str, values[:4])) + (", ..." if len(values) > 4 else "")
    shown = [operation]
    for value in [ending.need, *values[:4]]:
        writers = [one.operation for one in effects if one.to is not SAME and one.to == value and one is not ending
                   and one.operation.start < operation.end]
        shown += [one for one in writers[-1:] if one not in shown]
    wanted = "" if ending.need is ANY else f" {ending.need}"
    return f"{operation.f} saw{wanted}, which no order of the operations explains; " \
           f"before its end the value could be {told}", shown


class Bits:
    """Bits for what is pending, used again so that sets stay small numbers."""

    def __init__(self):
        self._free = []
        self._count = 0

    def take(self):
        if self._free:
            return self._free.pop()
        self._count += 1
        return 1 << (self._count - 1)

    def give_back(self, bit):
        self._free.append(bit)
