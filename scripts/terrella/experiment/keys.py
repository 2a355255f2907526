"""Every key of an experiment file: what it may be, and what it is when nothing is said. docs/EXPERIMENTS.md has the
same table for people, and a test compares the two."""

from dataclasses import dataclass

from ..topology import COUNT_LIMITS, HINTS, JITTER_PRESETS, JURISDICTIONS, TIME_LIMITS
from .checks import Boolean, Delay, Number, Policy, RegionCode, RegionCodes, RegionWeights, Text, Value, Word

POLICIES = ("nearest", "hint", "centre", "coordinator", "random")
ENGINES = ("sim", "processes")
REQUEST_COUNT_MAX = 200_000_000


@dataclass(frozen=True)
class Key:
    value: Value
    default: object = None
    only: tuple = ()   # (another key, the values of it with which this one means anything)


def _keys():
    keys = {
        "topology": Key(Text(), "continents"),
        "policy": Key(Policy(POLICIES), "nearest"),
        "jitter": Key(Word(tuple(JITTER_PRESETS))),
        "time_scale": Key(Number(0.001, 100), 1.0),
        "coordinator.region": Key(RegionCode()),
        "coordinator.regions": Key(RegionCodes()),
        "coordinator.check": Key(Delay(("world", "none"))),
        "cache.on": Key(Boolean(), True),
        "cache.entry_count_max": Key(Number(1, 100_000_000, True), 100_000, ("cache.on", (True,))),
        "cache.fill": Key(Word(("pull", "push")), None, ("cache.on", (True,))),
        "workload.duration_s": Key(Number(0.01, 31_536_000)),
        "workload.warmup_s": Key(Number(0, 31_536_000), 0),
        "workload.requests_max": Key(Number(1, REQUEST_COUNT_MAX, True)),
        "workload.request_bytes": Key(Number(0, 100_000_000, True), 200),
        "workload.response_bytes": Key(Number(0, 100_000_000, True), 1000),
        "workload.service": Key(Delay(), {"kind": "fixed", "ms": 1}),
        "workload.storage_write_share": Key(Number(0, 1), 0.0),
        "workload.arrivals.kind": Key(Word(("poisson", "burst", "daily")), "poisson"),
        "workload.arrivals.rate_per_s": Key(Number(0.001, 10_000_000), 1000),
        "workload.objects.count": Key(Number(1, 1_000_000_000, True), 10_000),
        "workload.objects.unique_share": Key(Number(0, 1), 0.2),
        "workload.objects.popularity.kind": Key(Word(("uniform", "zipf", "hot")), "uniform"),
        "workload.objects.users.kind": Key(Word(("home", "several", "world", "travel")), "home"),
        "workload.objects.region_weights": Key(RegionWeights()),
        "workload.objects.life_s": Key(Number(0, 31_536_000), 0),
        "workload.objects.fetches_per_object": Key(Number(0.001, 1_000_000)),
        "workload.objects.hint": Key(Word(("none", "market", *HINTS)), "none"),
        "workload.objects.jurisdiction": Key(Word(("none", *JURISDICTIONS)), "none"),
    }
    arrivals, objects = "workload.arrivals", "workload.objects"
    burst, daily = (f"{arrivals}.kind", ("burst",)), (f"{arrivals}.kind", ("daily",))
    keys |= {
        f"{arrivals}.burst_factor": Key(Number(1, 10_000), 10, burst),
        f"{arrivals}.burst_s": Key(Number(0.001, 31_536_000), 5, burst),
        f"{arrivals}.burst_every_s": Key(Number(0.001, 31_536_000), 60, burst),
        f"{arrivals}.day_s": Key(Number(1, 31_536_000), 86_400, daily),
        f"{arrivals}.day_low": Key(Number(0, 1), 0.2, daily),
        f"{objects}.popularity.exponent": Key(Number(0.01, 10), 1.0, (f"{objects}.popularity.kind", ("zipf",))),
        f"{objects}.popularity.hot_count": Key(Number(1, 1_000_000_000, True), 10, (f"{objects}.popularity.kind", ("hot",))),
        f"{objects}.popularity.hot_share": Key(Number(0, 1), 0.9, (f"{objects}.popularity.kind", ("hot",))),
        f"{objects}.users.home_share": Key(Number(0, 1), 0.9, (f"{objects}.users.kind", ("home", "travel"))),
        f"{objects}.users.market_count": Key(Number(1, 300, True), 3, (f"{objects}.users.kind", ("several",))),
        f"{objects}.users.travel_every_s": Key(Number(0.001, 31_536_000), 600, (f"{objects}.users.kind", ("travel",))),
    }
    for name, (_, least) in TIME_LIMITS.items():
        keys[f"limits.{name}"] = Key(Number(least, 86_400_000))
    for name, least in COUNT_LIMITS.items():
        if name != "cache_entry_count_max":  # that one is cache.entry_count_max here
            keys[f"limits.{name}"] = Key(Number(least, 2**53 - 1, True))
    return keys


KEYS = _keys()

# What is not a parameter of a variant: it stands at the top of the file only.
TOP = {"question": Key(Text()), "answer": Key(Text()), "engine": Key(Word(ENGINES), "sim"),
       "seeds": Key(Number(1, 1000, True), 5)}
TABLES = ("faults", "sweep", "variants")

FAULT_KEYS = {
    "at_s": Key(Number(0, 31_536_000)),
    "what": Key(Word(("kill", "restart", "cut", "heal", "pause", "resume", "delay"))),
    "region": Key(RegionCode()),
    "other": Key(RegionCode(), None, ("what", ("cut", "heal", "delay"))),
    "oneway": Key(Boolean(), False, ("what", ("cut", "heal", "delay"))),
    "ms": Key(Number(0, 60_000), None, ("what", ("delay",))),
}


def tables_of_keys():
    """The tables that hold keys: "workload", "workload.arrivals", ..."""
    return {name.rsplit(".", depth)[0] for name in KEYS for depth in range(1, name.count(".") + 1)}
