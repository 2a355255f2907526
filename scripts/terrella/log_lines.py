"""Lines of logs: read, chosen, shown.

A process writes one JSON object a line (common/log.h): time, from, level, text, and what it is about
where that is known: worker, class, object (its id), name (of the object), request. Anything else in a log,
such as what a crash leaves behind, is a line with nothing but its text.
"""

import json
import re
from datetime import datetime, timedelta, timezone

from . import terminal
from .mistakes import Refused

LEVEL_COLOURS = {"error": "red", "warn": "yellow", "debug": "dim"}
FROM_COLOURS = ("cyan", "green", "blue")
SINCE = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
OBJECT_DIGITS_SHOWN = 8


def parse(line, code):
    """What a line of the log of process `code` says."""
    try:
        record = json.loads(line)
    except ValueError:
        record = None
    if not isinstance(record, dict) or not isinstance(record.get("text"), str):
        return {"from": code, "text": line}
    return record


def since_time(text, now=None):
    """The earliest time wanted, as logs write it: "10m" is ten minutes ago, else a time of ISO 8601 (UTC)."""
    now = now or datetime.now(timezone.utc)
    age = SINCE.fullmatch(text)
    if age:
        then = now - timedelta(seconds=float(age[1]) * SECONDS[age[2]])
    else:
        try:
            then = datetime.fromisoformat(text.replace("Z", "+00:00"))
        except ValueError:
            raise Refused(f'--since "{text}": expected an age such as 90s, 10m, 2h or 1d, or a time such as '
                          f'{now:%Y-%m-%dT%H:%M:%S}') from None
        then = then.replace(tzinfo=then.tzinfo or timezone.utc).astimezone(timezone.utc)
    return then.strftime("%Y-%m-%dT%H:%M:%S.") + f"{then.microsecond // 1000:03d}Z"


class WantedLines:
    """Which lines are wanted; None: any."""

    def __init__(self, *, object_=None, worker=None, request=None, since=None):
        self.object = object_
        self.worker = worker
        self.request = request
        self.since = since and since_time(since)

    def has(self, record):
        if self.since and str(record.get("time", "")) < self.since:
            return False
        if self.worker and record.get("worker") != self.worker:
            return False
        if self.request and record.get("request") != self.request:
            return False
        return not self.object or self._is_object(record)

    def _is_object(self, record):
        """By name, by class and name, or by the first digits of the id."""
        if "object" not in record:
            return False
        name = record.get("name")
        if name is not None and self.object in (name, f'{record.get("class")}/{name}'):
            return True
        wanted = self.object.lower().rpartition("/")[2]
        return len(wanted) >= OBJECT_DIGITS_SHOWN and str(record["object"]).startswith(wanted)


def _plain(text):
    """Without what a terminal would obey."""
    return "".join(char if char == "\n" or (char.isprintable() or char == "\t") else char.encode("unicode_escape").decode()
                   for char in text)


def _about(record):
    thing = record.get("worker", "")
    if "class" in record:
        thing += f'/{record["class"]}/{record.get("name") or str(record.get("object", ""))[:OBJECT_DIGITS_SHOWN]}'
    return " ".join(_plain(str(part)).replace("\n", "\\n") for part in (thing, record.get("request")) if part)


def shown(record, codes):
    """One event for people. `codes`: all processes, whose colours and width it takes. Further lines of
    its text, such as a stack, stand below it, indented."""
    code = str(record["from"]) if "from" in record else "?"
    colour = FROM_COLOURS[codes.index(code) % len(FROM_COLOURS)] if code in codes else None
    level = record.get("level", "")
    first, *more = _plain(record["text"]).split("\n")
    about = _about(record)
    line = "  ".join([
        terminal.paint(str(record.get("time", ""))[11:23].ljust(12), "dim"),
        terminal.paint(code.ljust(max(map(len, codes), default=0)), colour),
        terminal.paint(str(level).ljust(5), LEVEL_COLOURS.get(level)),
        (terminal.paint(about + ":", "dim") + " " if about else "") + terminal.paint(first, LEVEL_COLOURS.get(level))])
    return "\n".join([line.rstrip(), *("    " + one for one in more)])


def shown_line(line, code):
    """A line of a log as it stands in the file, for people."""
    return shown(parse(line, code), [code])
