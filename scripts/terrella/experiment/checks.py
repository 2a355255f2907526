"""What a value of an experiment file may be. Each kind of value has `wrong(value)`, which says what would be right, or
None; and `regions(value)`, the codes that a topology has to know."""

import json
from dataclasses import dataclass

from ..topology import DELAY_FIELDS, DELAY_MS_MAX


def shown(value):
    return json.dumps(value, ensure_ascii=False, default=str)


class Value:
    def wrong(self, value):
        raise NotImplementedError

    def regions(self, _value):
        return ()


class Text(Value):
    def wrong(self, value):
        return None if isinstance(value, str) and value.strip() else f"expected text, but got {shown(value)}"


class Boolean(Value):
    def wrong(self, value):
        return None if isinstance(value, bool) else f"expected true or false, but got {shown(value)}"


@dataclass(frozen=True)
class Number(Value):
    low: float
    high: float
    whole: bool = False

    def wrong(self, value):
        kinds = (int,) if self.whole else (int, float)
        if not isinstance(value, bool) and isinstance(value, kinds) and self.low <= value <= self.high:
            return None
        kind = "a whole number" if self.whole else "a number"
        return f"expected {kind} from {self.low:_} to {self.high:_}, but got {shown(value)}"


@dataclass(frozen=True)
class Word(Value):
    words: tuple

    def wrong(self, value):
        return None if value in self.words else f"expected one of {', '.join(self.words)}, but got {shown(value)}"


class RegionCode(Value):
    def wrong(self, value):
        return None if isinstance(value, str) else f'expected the code of a region such as "LHR", but got {shown(value)}'

    def regions(self, value):
        return (value,)


class RegionCodes(Value):
    def wrong(self, value):
        if isinstance(value, list) and value and all(isinstance(code, str) for code in value) and len(set(value)) == len(value):
            return None
        return f'expected a list of different regions such as ["IAD", "LHR"], but got {shown(value)}'

    def regions(self, value):
        return tuple(value)


class RegionWeights(Value):
    def wrong(self, value):
        if (isinstance(value, dict) and value and any(value.values())
                and all(Number(0, 1e9).wrong(weight) is None for weight in value.values())):
            return None
        return f"expected weights of regions, not all 0, such as {{ LHR = 2, SYD = 1 }}, but got {shown(value)}"

    def regions(self, value):
        return tuple(value)


@dataclass(frozen=True)
class Policy(Value):
    """A name of the table, or "pinned:CODE"."""
    names: tuple

    def wrong(self, value):
        if value in self.names or (isinstance(value, str) and value.startswith("pinned:") and len(value) > 7):
            return None
        return f'expected one of {", ".join(self.names)} or "pinned:LHR", but got {shown(value)}'

    def regions(self, value):
        return (value.removeprefix("pinned:"),) if value.startswith("pinned:") else ()


@dataclass(frozen=True)
class Delay(Value):
    """A table as in topologies, or one of some words that stand for one."""
    words: tuple = ()

    def wrong(self, value):
        if value in self.words:
            return None
        if not isinstance(value, dict) or value.get("kind") not in DELAY_FIELDS:
            words = "".join(f'"{word}" or ' for word in self.words)
            return (f'expected {words}a table such as {{ kind = "fixed", ms = 2 }} (kinds are '
                    f'{", ".join(DELAY_FIELDS)}), but got {shown(value)}')
        fields = DELAY_FIELDS[value["kind"]]
        if set(value) != {"kind", *fields}:
            return f'kind = "{value["kind"]}" takes {" and ".join(fields) or "nothing else"}, but got {shown(value)}'
        for name in fields:
            if text := Number(0, 5 if name == "sigma" else DELAY_MS_MAX).wrong(value[name]):
                return f"{name}: {text}"
        if "low_ms" in fields and value["low_ms"] > value["high_ms"]:
            return f'low_ms, {value["low_ms"]}, is more than high_ms, {value["high_ms"]}'
        return None
