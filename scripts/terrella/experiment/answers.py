"""The first lines of a report: the question's answer, one sentence each, computed from what was measured.

One function for each `answer = "..."` of an experiment file. It is given a Told, and returns sentences. What was not
measured reads as "nothing".
"""

import cmath
from dataclasses import dataclass

from .noise import welch

KIND_WORDS = {"unique_first": "the first use of a unique id", "name_first": "the first use of a name",
              "cached_local": "an object known to be here", "cached_remote": "an object known to be elsewhere",
              "uncached": "an object whose home has to be asked for", "failed": "a request that fails"}


@dataclass
class Told:
    """What is to be told about."""
    summary: object   # Summary
    outputs: dict     # by variant id, raw OUTPUTs

    @property
    def variants(self):
        """Those that have results."""
        return [variant for variant in self.summary.variants if variant.id in self.outputs]

    def ms(self, variant, metric, kind="all", region="all"):
        """A time with its unit, and how far it may be off when that shows."""
        found = self.summary.get(variant.id, metric, kind, region)
        if found is None:
            return "nothing"
        half = 0 if found.low is None else (found.high - found.low) / 2
        noise = f" ± {_digits(half)}" if half >= 0.05 * abs(found.mean) and half >= 0.05 else ""
        return f"{_digits(found.mean)}{noise} ms"

    def mean(self, variant, metric, kind="all", region="all"):
        """A plain number; 0 where nothing was measured."""
        return self.summary.mean(variant.id, metric, kind, region) or 0.0

    def extremes(self, variant, metric, kind="all"):
        """((least, its region), (most, its region)), or None."""
        by_region = self.summary.regions(variant.id, metric, kind)
        if not by_region:
            return None
        ordered = sorted((value, region) for region, value in by_region.items())
        return ordered[0], ordered[-1]

    def with_value(self, key, value):
        """The first variant that has this parameter, or None."""
        return next((variant for variant in self.variants if variant.values[key] == value), None)


def _digits(value):
    return f"{value:.1f}" if abs(value) < 99.95 else f"{value:,.0f}"


def _percent(share):
    return f"{share * 100:.3g} %"


def _head(told, variant):
    """How a sentence about one of several variants begins."""
    return f"{variant.label}: " if len(told.variants) > 1 else ""


def generic(told):
    """For any experiment: the best and the worst variant."""
    ordered = sorted(told.variants, key=lambda variant: told.mean(variant, "mean_ms"))
    lines = [f"{_head(told, variant)}{told.ms(variant, 'p50_ms')} at the median, {told.ms(variant, 'p99_ms')} for the slowest "
             f"hundredth, {_percent(told.mean(variant, 'failed_share'))} failed." for variant in told.variants[:6]]
    if len(ordered) > 1:
        lines.insert(0, f"On average \"{ordered[0].label}\" is quickest, {told.ms(ordered[0], 'mean_ms')}, and "
                        f"\"{ordered[-1].label}\" slowest, {told.ms(ordered[-1], 'mean_ms')}.")
    return lines


def first_access(told):
    one = told.variants[0]
    entry_only = {region["code"] for region in told.outputs[one.id][0]["regions"] if not region["hosts"]}
    lines = []
    for kind in ("unique_first", "name_first", "uncached", "cached_remote", "cached_local"):
        by_region = told.summary.regions(one.id, "p50_ms", kind)
        where = _from_to(by_region)
        if kind == "unique_first" and entry_only & by_region.keys() and by_region.keys() - entry_only:
            inside, outside = ({code: ms for code, ms in by_region.items() if (code in entry_only) == entry}
                               for entry in (False, True))
            where = f"{_from_to(inside)} where objects live, {_from_to(outside)} where none do"
        if by_region:
            lines.append(f"{KIND_WORDS[kind].capitalize()} takes {told.ms(one, 'p50_ms', kind)} at the median: {where}.")
    lines.append(f"Of the {told.ms(one, 'mean_ms', 'name_first')} that a name's first use takes on average, "
                 f"{told.ms(one, 'claim_ms', 'name_first')} are the way to the coordinator and back, "
                 f"{told.ms(one, 'check_ms', 'name_first')} its check, {told.ms(one, 'forward_ms', 'name_first')} the way to its home "
                 "and back.")
    return lines


def _from_to(by_region):
    """"from 1.0 ms in IAD to 2.0 ms in SYD", of values by region."""
    (low, near), *_, (high, far) = sorted((value, region) for region, value in by_region.items()) * 2
    if _digits(low) == _digits(high):
        return f"{_digits(low)} ms in {near if len(by_region) == 1 else 'each region'}"
    return f"from {_digits(low)} ms in {near} to {_digits(high)} ms in {far}"


def unique_or_named(told):
    unique = told.with_value("workload.objects.unique_share", 1)
    named = told.with_value("workload.objects.unique_share", 0)
    if not (unique and named):
        return generic(told)
    saved = told.mean(named, "mean_ms", "name_first") - told.mean(unique, "mean_ms", "unique_first")
    whole = told.mean(named, "mean_ms", "name_first") or 1
    return [f"A unique id saves {_digits(saved)} ms at creation, on average: {told.ms(unique, 'mean_ms', 'unique_first')} "
            f"against {told.ms(named, 'mean_ms', 'name_first')} for a name.",
            f"The creation check is {_percent(told.mean(named, 'check_ms', 'name_first') / whole)} of a name's first use, "
            f"the way to the coordinator {_percent(told.mean(named, 'claim_ms', 'name_first') / whole)}.",
            f"Over all requests of an object's life the mean is {told.ms(unique, 'mean_ms')} with unique ids and "
            f"{told.ms(named, 'mean_ms')} with names."]


def hints(told):
    """The first variant is without a hint, the second with one; further ones are for comparison."""
    plain, others = told.variants[0], told.variants[1:]
    regret = told.mean(plain, "regret_ms")
    lines = [f"With {_quoted(plain)} an object's users are {told.ms(plain, 'distance_ms')} of round trip away from it on average. "
             f"Its best home for the traffic it really has would be {told.ms(plain, 'best_distance_ms')} away: "
             f"{told.ms(plain, 'regret_ms')} are regret."]
    for variant in others:
        saved = regret - told.mean(variant, "regret_ms")
        share = f", {_percent(saved / regret)} of it" if saved > 0 and regret else ""
        lines.append(f"{_quoted(variant)}: {_digits(abs(saved))} ms {'less' if saved >= 0 else 'more'} regret{share}; the median request "
                     f"takes {told.ms(variant, 'p50_ms')} instead of {told.ms(plain, 'p50_ms')}.")
    if others:
        lines.insert(0, _verdict_on_hint(told, plain, others[0], regret))
    return lines


def _verdict_on_hint(told, plain, hinted, regret):
    both = [told.summary.get(variant.id, "regret_ms") for variant in (plain, hinted)]
    if None in both:
        return "It cannot be told."
    found = welch(*(one.values for one in both))
    if found.p is not None and found.p >= 0.05:
        return f"No: the difference that {_quoted(hinted)} makes is no more than noise."
    if found.difference >= 0:
        return f"No: {_quoted(hinted)} adds {_digits(found.difference)} ms of regret to the {_digits(regret)} ms there are without."
    return (f"Yes: {_quoted(hinted)} takes {_digits(-found.difference)} ms, {_percent(-found.difference / regret)}, of the "
            f"{_digits(regret)} ms that users are farther from their objects than they need be.")


def _quoted(variant):
    return f'"{variant.label}"'


def coordinator_place(told):
    def place(variant):
        return "+".join(variant.values["coordinator.regions"] or [variant.values["coordinator.region"] or variant.label])

    by_mean = sorted(told.variants, key=lambda variant: told.mean(variant, "mean_ms", "name_first"))
    best, worst = by_mean[0], by_mean[-1]
    lines = [f"{place(best)} is the best place for the coordinator: a name's first use takes "
             f"{told.ms(best, 'mean_ms', 'name_first')} on average, against {told.ms(worst, 'mean_ms', 'name_first')} with "
             f"{place(worst)}, the worst of those tried."]
    by_worst = {variant.id: (told.extremes(variant, "p50_ms", "name_first") or ((0, ""), (0, "")))[1] for variant in by_mean}
    fairest = min(by_mean, key=lambda variant: by_worst[variant.id][0])

    def worst_off(variant):
        return f"{by_worst[variant.id][1]}, {_digits(by_worst[variant.id][0])} ms"

    others = [f"with {place(variant)} it is {worst_off(variant)}" for variant in (best, worst) if variant is not fairest]
    lines.append(f"{place(fairest)} is the fairest: the region worst off waits least for a first use, at the median: "
                 f"{worst_off(fairest)}" + "; ".join(["", *others]) + ".")
    lines.append(f"Of the first use, {told.ms(best, 'claim_ms', 'name_first')} are the way to {place(best)} and back, and "
                 f"{told.ms(best, 'check_ms', 'name_first')} the check; with {place(worst)} {told.ms(worst, 'claim_ms', 'name_first')} "
                 f"and {told.ms(worst, 'check_ms', 'name_first')}.")
    lines.append(f"To ask for a home that is decided costs less, too: {told.ms(best, 'mean_ms', 'uncached')} on average instead of "
                 f"{told.ms(worst, 'mean_ms', 'uncached')}. What is known stays as it is: {told.ms(best, 'mean_ms', 'cached_remote')} for "
                 f"an object elsewhere, {told.ms(worst, 'mean_ms', 'cached_remote')} with {place(worst)}.")
    return lines


def cache(told):
    lines = []
    for variant in told.variants:
        lines.append(f"{_head(told, variant)}{_percent(told.mean(variant, 'cache_hit_rate'))} of look-ups are hits, "
                     f"requests take {told.ms(variant, 'mean_ms')} on average, each costs "
                     f"{told.mean(variant, 'messages_per_request'):.2f} messages.")
    usual = _usual_cache(told.variants)
    others = [_beside(told, variant, usual) for variant in told.variants if variant is not usual]
    if others:
        lines.insert(0, f"With {_quoted(usual)} a request takes {told.ms(usual, 'mean_ms')} on average. Beside it, "
                        f"{'; '.join(others)}.")
    return lines


def _usual_cache(variants):
    """The one with most room that is filled on a miss, for the others to be compared with."""
    return max(variants, key=lambda one: (one.values["cache.on"], one.values["cache.fill"] != "push",
                                          one.values["cache.entry_count_max"]))


def _beside(told, variant, usual):
    slower_ms = told.mean(variant, "mean_ms") - told.mean(usual, "mean_ms")
    messages = told.mean(variant, "messages_per_request") - told.mean(usual, "messages_per_request")
    return (f"{_quoted(variant)} takes {_digits(abs(slower_ms))} ms {'more' if slower_ms >= 0 else 'less'} and "
            f"{abs(messages):.2f} messages {'more' if messages >= 0 else 'less'}")


def follow_the_sun(told):
    first, last = told.variants[0], told.variants[-1]
    lines = [f"{_head(told, variant)}a request takes {told.ms(variant, 'p50_ms')} at the median, {told.ms(variant, 'mean_ms')} on "
             f"average; {told.ms(variant, 'regret_ms')} of distance could be saved by a better, though fixed home."
             for variant in told.variants]
    if first is not last:
        lines.insert(0, f"Objects do not move, so users who follow the sun pay {told.ms(last, 'mean_ms')} on average "
                        f"({last.label}) against {told.ms(first, 'mean_ms')} ({first.label}).")
    output = told.outputs[first.id][0]
    rows, day_s = output["timeline"]["rows"], first.values["workload.arrivals.day_s"]
    peaks = {region["code"]: _peak_h(rows, index, day_s) for index, region in enumerate(output["regions"])}
    eastward = [region["code"] for region in sorted(output["regions"], key=lambda region: -region["lon"])]
    some = [eastward[len(eastward) * step // 4] for step in range(4)]
    whole = [row["requests"] for row in rows[1:-1] or rows]
    lines.append("Each region's busiest time is its own afternoon: by Greenwich "
                 + ", ".join(f"{peaks[code]:.0f} h in {code}" for code in some)
                 + f". All regions together vary by a factor of {max(whole) / max(1, min(whole)):.1f} only.")
    return lines


def _peak_h(rows, index, day_s):
    """The hour about which a region's requests gather: the direction of their sum as hands of a clock."""
    total = sum(row["by_region"][index] * cmath.exp(2j * cmath.pi * row["at_s"] / day_s) for row in rows)
    return cmath.phase(total) / (2 * cmath.pi) % 1 * 24


def hot_object(told):
    lines = []
    for variant in told.variants:
        extremes = told.extremes(variant, "p50_ms")
        if extremes:
            (low, near), (high, far) = extremes
            lines.append(f"{_head(told, variant)}{told.ms(variant, 'mean_ms')} on average, {told.ms(variant, 'p99_ms')} for the slowest "
                         f"hundredth; at the median from {_digits(low)} ms in {near} to {_digits(high)} ms in {far}.")
    by_mean = sorted(told.variants, key=lambda variant: told.mean(variant, "mean_ms"))
    best, worst = by_mean[0], by_mean[-1]
    lines.insert(0, f"It lives in one place, and its users pay the way there and back: {told.ms(best, 'forward_ms')} of the "
                    f"{told.ms(best, 'mean_ms')} that a request takes on average with {_quoted(best)}, the best.")
    if best is not worst:
        lines.insert(1, f"Its place matters: with {_quoted(worst)}, the worst of those tried, it is {told.ms(worst, 'mean_ms')}, "
                        f"{told.ms(worst, 'forward_ms')} of them the way.")
    return lines


def losing_a_region(told):
    lines = []
    for variant in told.variants:
        outputs = told.outputs[variant.id]
        lost = sorted({fault["region"] for fault in outputs[0]["faults"]})
        names = " and ".join(lost) or "nothing"
        before, away, after = (failed / max(1, count) for failed, count in _phases(outputs))
        own, others = (_failed_share(outputs, [code for code in _codes(outputs) if (code in lost) == inside])
                       for inside in (True, False))
        lines.append(f"{_head(told, variant)}While {names} is away {_percent(away)} of all requests fail: {_percent(own)} of those of "
                     f"its own users, and {_percent(others)} of those from elsewhere, which are for objects that live there.")
        waited = {code: ms for code, ms in told.summary.regions(variant.id, "p50_ms", "failed").items() if code not in lost}
        if waited:
            lines.append(f"{_head(told, variant)}Users elsewhere are told so after a while, at the median {_from_to(waited)}: as long as "
                         "a call waits for a region that is away.")
        lines.append(f"{_head(told, variant)}Before, {_percent(before)} fail, those that are under way when it goes; after it is back "
                     f"{_percent(after)}.")
    return lines


def _codes(outputs):
    return [region["code"] for region in outputs[0]["regions"]]


def _failed_share(outputs, codes):
    """Of what users in these regions ask for between the first fault and the last: which share fails."""
    failed = requests = 0
    for output in outputs:
        failed += sum(row["count"] for row in output["latency"] if row["kind"] == "failed" and row["region"] in codes)
        index = [i for i, code in enumerate(_codes(outputs)) if code in codes]
        requests += sum(row["by_region"][i] for row in output["timeline"]["rows"] if _phase_of(output, row) == 1 for i in index)
    return min(1.0, failed / max(1, requests))


def _phases(outputs):
    """(failed, all) requests before, between and after the faults."""
    phases = [[0, 0], [0, 0], [0, 0]]
    for output in outputs:
        for row in output["timeline"]["rows"]:
            phase = phases[_phase_of(output, row)]
            phase[0] += row["failed"]
            phase[1] += row["requests"]
    return phases


def _phase_of(output, row):
    """0 before the first fault, 1 until the last, 2 from then on."""
    times = [fault["at_s"] for fault in output["faults"]] or [0]
    return 0 if row["at_s"] < min(times) else 1 if row["at_s"] < max(times) else 2


def sharding(told):
    def count(variant):
        return len(variant.values["coordinator.regions"] or [0])

    lines = []
    for variant in told.variants:
        lines.append(f"{_head(told, variant)}a name's first use takes {told.ms(variant, 'p50_ms', 'name_first')} at the median "
                     f"and {told.ms(variant, 'p99_ms', 'name_first')} for the slowest hundredth; the busiest coordinator has "
                     f"{told.mean(variant, 'peak_claims_per_s'):,.0f} claims in its busiest second.")
    one, many = min(told.variants, key=count), max(told.variants, key=count)
    if one is not many:
        gain = told.mean(one, "mean_ms", "name_first") - told.mean(many, "mean_ms", "name_first")
        relief = told.mean(one, "peak_claims_per_s") / (told.mean(many, "peak_claims_per_s") or 1)
        lines.insert(0, f"For load {'yes' if relief > 1 else 'no'}, for latency {'yes' if gain > 0 else 'no'}: sharding names by hash "
                        f"over {count(many)} coordinators divides the load on each by {relief:.1f}, and makes a name's first use "
                        f"{_digits(abs(gain))} ms {'quicker' if gain > 0 else 'slower'} on average, since a hash does not know where "
                        "users are.")
    return lines


ANSWERS = {"generic": generic, "first-access": first_access, "unique-or-named": unique_or_named, "hints": hints,
           "coordinator-place": coordinator_place, "cache": cache, "follow-the-sun": follow_the_sun,
           "hot-object": hot_object, "losing-a-region": losing_a_region, "sharding": sharding}


def tell(name, summary, outputs):
    """The first lines. `name` as in `answer`, None for the generic one."""
    told = Told(summary, outputs)
    lines = ANSWERS[name or "generic"](told) if told.variants else ["Nothing has been measured."]
    return [line if "=" in line.split()[0] else line[:1].upper() + line[1:] for line in lines]
