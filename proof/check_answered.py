"""Nothing hangs: each operation ends by its deadline, plus an allowance for what is not the cluster's time
(both are told by the line "begin", or by the operation itself). While the region that the client asks is
paused or killed, nobody could answer: that time is not counted."""

from .verdict import Verdict

ALLOWANCE_MS = 1000  # when "begin" does not say


def check(history):
    verdict = Verdict("answered", "operations")
    deadline_ms = history.setup.get("deadline_ms")
    allowance_ms = history.setup.get("allowance_ms", ALLOWANCE_MS)
    away = times_away(history)
    for one in history.operations:
        limit_ms = deadline_ms if one.deadline_ms is None else one.deadline_ms
        if limit_ms is None:
            continue
        verdict.checked += 1
        end_ns = history.end_ns if one.end_ns is None else one.end_ns
        if end_ns - one.start_ns <= (limit_ms + allowance_ms) * 1e6:
            continue
        excused_ns = sum(max(0, min(end_ns, to_ns) - max(one.start_ns, from_ns)) for from_ns, to_ns in away.get(one.region, ()))
        counted_ms = (end_ns - one.start_ns - excused_ns) / 1e6
        if counted_ms > limit_ms + allowance_ms:
            verdict.broken(f"it was to end within {limit_ms:g} ms and has {'had no end' if one.ended is None else 'taken'}"
                           f"{' for' if one.ended is None else ''} {counted_ms:.0f} ms", [one], one.object)
    return verdict


def times_away(history):
    """When each region was killed or paused, as pairs of times; to the end when it was not ended."""
    away, since = {}, {}
    for fault in history.faults:
        region = fault.get("value")
        if not isinstance(region, str):
            continue
        if fault["f"] in ("kill", "pause"):
            since.setdefault(region, fault["time"])
        elif fault["f"] in ("restart", "resume") and region in since:
            away.setdefault(region, []).append((since.pop(region), fault["time"]))
    for region, from_ns in since.items():
        away.setdefault(region, []).append((from_ns, history.end_ns))
    return away
