"""A measured round-trip matrix: a CSV file with the columns from,to,rtt_ms, a pair a line."""

import csv
import math

from .mistakes import shown_path

COLUMNS = {"from", "to", "rtt_ms"}
RTT_MS_MAX = 60_000


def read_matrix(path, mistakes):
    """Read a file; a dictionary from (from, to) to (rtt in ms, line). Every mistake is reported."""
    pairs = {}
    for line, row in _rows(path, mistakes):
        pair = row["from"], row["to"]
        rtt_ms = _number(row["rtt_ms"])
        if not 0 <= rtt_ms <= RTT_MS_MAX:
            mistakes.error(path, line, f'rtt_ms: expected milliseconds from 0 to {RTT_MS_MAX}, '
                                       f'but got "{row["rtt_ms"]}"')
        elif pair in pairs:
            mistakes.error(path, line, f"{pair[0]},{pair[1]} was given on line {pairs[pair][1]} already")
        else:
            pairs[pair] = rtt_ms, line
    return pairs


def apply_matrix(pairs, path, regions, rtt, model, mistakes):
    """Put measured pairs into `rtt`, in place of what the model says. A round trip is the same from
    both ends: where both directions were measured, their mean is used. Pairs of other regions do not
    matter here."""
    for a, region_a in enumerate(regions):
        for b in range(a, len(regions)):
            region_b = regions[b]
            measured = [pairs[pair] for pair in {(region_a.code, region_b.code), (region_b.code, region_a.code)}
                        if pair in pairs]
            if not measured:
                continue
            rtt[a][b] = rtt[b][a] = sum(ms for ms, _ in measured) / len(measured)
            bound = model.physics_ms(region_a, region_b)
            if rtt[a][b] < bound:
                mistakes.warning(path, measured[0][1],
                                 f"{region_a.code}-{region_b.code}: {rtt[a][b]:g} ms is faster than light in "
                                 f"fibre ({bound:.1f} ms); used as it is")


def _number(text):
    try:
        return float(text)
    except (TypeError, ValueError):
        return math.nan


def _rows(path, mistakes):
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, skipinitialspace=True)
            if not COLUMNS <= set(reader.fieldnames or ()):
                mistakes.error(path, 1, "expected the columns from,to,rtt_ms, but got "
                                        f"{','.join(reader.fieldnames or ()) or 'nothing'}")
                return []
            return [(reader.line_num, row) for row in reader]
    except (OSError, ValueError, csv.Error) as error:  # ValueError: not UTF-8, or no name of a file
        reason = getattr(error, "strerror", None) or error
        mistakes.error(path, None, f"{shown_path(path)} cannot be read as a matrix: {reason}")
        return []
