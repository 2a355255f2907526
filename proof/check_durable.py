"""What was acknowledged is still there at the end. Each object is asked at the end, after all faults are over
(operations with "final"): for its tokens, which have to hold every acknowledged one. Without tokens, any answer
with the value of a counter has to be at least the sum of what was acknowledged before it was asked for."""

from .verdict import Verdict

CHANGES = ("add", "write", "cas")


def check(history):
    verdict = Verdict("durable", "acknowledged operations")
    has_finals = history.setup.get("finals", True)
    for name, operations in history.by_object().items():
        changes = [one for one in operations if one.f in CHANGES and one.is_ok]
        verdict.checked += len(changes)
        if not changes:
            continue
        finals = [one for one in operations if one.final and one.is_ok]
        tokens = next((one for one in reversed(finals) if one.f == "tokens"), None)
        is_counter = all(one.f == "add" and isinstance(one.value, int) and one.value > 0 for one in changes)
        if tokens:
            for one in changes:
                if one.ended < tokens.start and one.token not in tokens.result:
                    verdict.broken("it was acknowledged, and is gone", [one, tokens], name)
        elif is_counter:
            check_sums(name, operations, verdict)
        if has_finals and not tokens and not (is_counter and any(one.f == "read" for one in finals)):
            verdict.unknown(f"it was not read at the end, so {len(changes)} acknowledged operations may be lost",
                            changes[-1:], name)
    return verdict


def check_sums(name, operations, verdict):
    """Tell the first answer of a counter that is less than what was acknowledged before it was asked for."""
    told = [one for one in operations if one.is_ok and one.f in ("add", "read") and isinstance(one.result, int)]
    acknowledged = sorted((one for one in told if one.f == "add"), key=lambda one: one.ended)
    total = index = 0
    for one in told:  # in the order of their beginning
        while index < len(acknowledged) and acknowledged[index].ended < one.start:
            total += acknowledged[index].value
            index += 1
        if one.result < total:
            return verdict.broken(f"{total} was acknowledged, and {one.result} is left", [acknowledged[index - 1], one], name)
    return None
