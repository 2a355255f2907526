"""How sure a figure is: 95 % intervals over seeds (Student's t), and whether two sets of seeds differ (Welch's t)."""

import functools
import math
import statistics
from dataclasses import dataclass

CONFIDENCE = 0.95
STEPS = 200  # even


@dataclass(frozen=True)
class Interval:
    """low and high are None when there is one value only."""
    mean: float
    low: float | None
    high: float | None
    values: tuple

    def named(self):
        return {"mean": self.mean, "low": self.low, "high": self.high, "values": list(self.values)}


@dataclass(frozen=True)
class Difference:
    """Other minus base. p: how often chance alone makes a difference as large; None when it cannot be told."""
    difference: float
    low: float | None
    high: float | None
    p: float | None


def interval(values):
    """The mean of at least one value, and where the mean of infinitely many seeds would be."""
    values = tuple(values)
    mean = statistics.fmean(values)
    if len(values) < 2:
        return Interval(mean, None, None, values)
    half = _t(len(values) - 1) * statistics.stdev(values) / math.sqrt(len(values))
    return Interval(mean, mean - half, mean + half, values)


def welch(base, other):
    """The difference of two means, without taking their variances to be alike. Two values each at least, else it
    cannot be told."""
    difference = statistics.fmean(other) - statistics.fmean(base)
    if min(len(base), len(other)) < 2:
        return Difference(difference, None, None, None)
    shares = [statistics.variance(values) / len(values) for values in (base, other)]
    error = math.sqrt(sum(shares))
    if error == 0:  # the same in each seed: there is no noise
        return Difference(difference, difference, difference, float(difference == 0))
    freedom = sum(shares) ** 2 / sum(share**2 / (len(values) - 1) for share, values in zip(shares, (base, other)))
    half = _t(freedom) * error
    return Difference(difference, difference - half, difference + half, _p(difference / error, freedom))


def holm(ps):
    """p values made stricter, since with many comparisons some look large by chance alone (Holm's method). None stays."""
    known = sorted((p, index) for index, p in enumerate(ps) if p is not None)
    strict, highest = list(ps), 0.0
    for rank, (p, index) in enumerate(known):
        highest = max(highest, min(1.0, p * (len(known) - rank)))
        strict[index] = highest
    return strict


@functools.cache
def _t(freedom):
    """The t that chance exceeds, to either side, in 1 - CONFIDENCE of cases: by halving."""
    low, high = 0.0, 1.0
    while _p(high, freedom) > 1 - CONFIDENCE:
        high *= 2
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if _p(middle, freedom) > 1 - CONFIDENCE else (low, middle)
    return high


def _p(t, freedom):
    """How often chance alone makes a t as large, to either side. With t = sqrt(freedom) tan(a), Student's density becomes a
    power of cos(a), of which the tail is added up by Simpson's rule and the whole is known."""
    begin = math.atan(abs(t) / math.sqrt(freedom))
    step = (math.pi / 2 - begin) / STEPS
    heights = [math.cos(begin + i * step) ** (freedom - 1) for i in range(STEPS)] + [float(freedom == 1)]
    tail = step / 3 * (heights[0] + heights[-1] + 4 * sum(heights[1:-1:2]) + 2 * sum(heights[2:-1:2]))
    whole = math.sqrt(math.pi) / 2 * math.exp(math.lgamma(freedom / 2) - math.lgamma((freedom + 1) / 2))
    return min(1.0, tail / whole)
