"""Histories of operations, as Jepsen writes them: JSON lines, one for the beginning of an operation, one
for its end, one for each fault. The format is in docs/HISTORIES.md.

The order of the lines is the order in which things happened; `time` is only for durations and for people.
"""

import json
import threading
import time

NEVER = float("inf")  # the place of an end that is not there
ENDS = ("ok", "fail", "info")
NEMESIS = "nemesis"
SCALARS = (int, float, str, type(None))
TEXTS = ("object", "region", "token", "home", "instance", "boot")
SETUP = {"deadline_ms": (int, float), "allowance_ms": (int, float), "hosts": list, "finals": bool}


class BadHistory(Exception):
    """The file is no history; the text names the line."""


class Operation:
    """What one process asked for, and what became of it.

    start, end        places in the history; `end` is NEVER while it may still take effect (info, or no end)
    type              "ok", "fail" (certainly did not happen), "info" (unknown), None: no end at all
    value, result     what was asked for, and what was answered (of ok only)
    ended             place of the line that ended it, whatever its type; None: no such line
    """
    __slots__ = ("process", "region", "f", "object", "value", "token", "final", "deadline_ms", "start", "start_ns",
                 "type", "result", "end", "ended", "end_ns", "error", "home", "instance", "boot")

    def __init__(self, line):
        self.process = line["process"]
        self.region = line.get("region")
        self.f = line["f"]
        self.object = line.get("object")
        self.value = line.get("value")
        self.token = line.get("token")
        self.final = line.get("final", False)
        self.deadline_ms = line.get("deadline_ms")
        self.start = line["index"]
        self.start_ns = line["time"]
        self.type = self.result = self.ended = self.end_ns = self.error = None
        self.home = self.instance = self.boot = None
        self.end = NEVER

    def finish(self, line):
        self.type = line["type"]
        self.ended = line["index"]
        self.end_ns = line["time"]
        self.error = line.get("error")
        self.home = line.get("home")
        self.instance = line.get("instance")
        self.boot = line.get("boot")
        if self.type != "info":
            self.end = self.ended
        if self.type == "ok":
            self.result = line.get("value")

    @property
    def is_ok(self):
        return self.type == "ok"

    @property
    def may_have_run(self):
        return self.type != "fail"

    def summary(self):
        """What a verdict says of it, for machines."""
        told = {"index": self.start, "end_index": self.ended, "process": self.process, "region": self.region,
                "f": self.f, "object": self.object, "value": self.value, "type": self.type or "no end",
                "result": self.result, "time": self.start_ns, "end_time": self.end_ns}
        told |= {name: getattr(self, name) for name in ("token", "home", "instance", "error") if getattr(self, name)}
        return {name: shortened(value) for name, value in told.items()}

    def __str__(self):
        end = "no end" if self.ended is None else f"{self.type} {shown(self.result) if self.is_ok else self.error or ''}".rstrip()
        until = "" if self.ended is None else f"..{self.ended}"
        times = f"{self.start_ns / 1e9:.3f}" + ("" if self.end_ns is None else f"..{self.end_ns / 1e9:.3f}") + " s"
        asked = "" if self.value is None else f" {shown(self.value)}"
        where = f" at {self.region}" if self.region else ""
        return f"#{self.start}{until} {self.process}{where}: {self.f}{asked} -> {end}  ({times})"


class History:
    """operations: in the order of their beginning; faults: the lines of the nemesis; setup: what its line
    "begin" says, or nothing; end_ns: time of the last line."""

    def __init__(self):
        self.operations = []
        self.faults = []
        self.setup = {}
        self.end_ns = 0

    def by_object(self):
        """The operations of each object, in order."""
        objects = {}
        for operation in self.operations:
            if operation.object is not None:
                objects.setdefault(operation.object, []).append(operation)
        return objects


def parse_history(lines):
    """A History from lines of JSON. Errors: BadHistory."""
    history = History()
    pending = {}  # by process
    last_index = -1
    number = 0
    for number, text in enumerate(lines, 1):
        try:
            line = json.loads(text)
            index, line_type, process, f = line["index"], line["type"], line["process"], line["f"]
            if not (type(index) is int and type(line["time"]) is int and isinstance(process, str) and isinstance(f, str)):
                raise TypeError("index and time are whole numbers, process and f are text")
            for name in TEXTS:
                if not isinstance(line.get(name), (str, type(None))):
                    raise TypeError(f"{name} is text")
            if line_type == "ok":
                _check_answer(f, line.get("value"))
        except (ValueError, KeyError, TypeError) as error:
            raise BadHistory(f"line {number}: not a line of a history: {_why(error)}") from None
        if index <= last_index or line["time"] < history.end_ns:
            raise BadHistory(f"line {number}: index and time must not go back")
        last_index = index
        history.end_ns = line["time"]
        if process == NEMESIS:
            history.faults.append(line)
            if f == "begin" and isinstance(line.get("value"), dict):
                history.setup = _checked_setup(line["value"], number)
        elif line_type == "invoke":
            if process in pending:
                raise BadHistory(f"line {number}: {process} begins while its operation #{pending[process].start} has no end")
            pending[process] = Operation(line)
            history.operations.append(pending[process])
        elif line_type in ENDS:
            operation = pending.pop(process, None)
            if operation is None or operation.f != f:
                raise BadHistory(f"line {number}: {process} ends {f}, which it has not begun")
            operation.finish(line)
        else:
            raise BadHistory(f'line {number}: type "{line_type}" is none of invoke, {", ".join(ENDS)}')
    if number == 0:
        raise BadHistory("the file is empty")
    return history


def read_history(path):
    """A History from a file. Errors: BadHistory, OSError."""
    with open(path, encoding="utf-8", errors="replace") as file:
        try:
            return parse_history(file)
        except BadHistory as error:
            raise BadHistory(f"{path}: {error}") from None


class Recorder:
    """Writes a history while it happens, from many threads. Times count from its creation."""

    def __init__(self, path, now_ns=time.monotonic_ns):
        self._file = open(path, "w", encoding="utf-8")
        self._lock = threading.Lock()
        self._now_ns = now_ns
        self._begun_ns = now_ns()
        self._count = 0

    def add(self, process, line_type, f, **fields):
        """Write one line; fields that are None are left out, but for value."""
        with self._lock:  # the order of lines is the order of events
            line = {"index": self._count, "time": self._now_ns() - self._begun_ns, "process": process, "type": line_type,
                    "f": f}
            line |= {name: value for name, value in fields.items() if value is not None}
            self._file.write(json.dumps(line, separators=(",", ":")) + "\n")
            self._count += 1

    def fault(self, f, value=None):
        self.add(NEMESIS, "info", f, value=value)

    def seconds(self):
        return (self._now_ns() - self._begun_ns) / 1e9

    def close(self):
        with self._lock:
            self._file.close()


def shortened(value, size_max=200):
    """A value that may be long, cut."""
    text = json.dumps(value)
    return value if len(text) <= size_max else text[:size_max - 3] + "..."


def shown(value):
    value = shortened(value, 60)
    return value if isinstance(value, str) else json.dumps(value)


def _check_answer(f, value):
    if f == "tokens" and not (isinstance(value, dict) and all(isinstance(count, int) for count in value.values())):
        raise TypeError("the answer to tokens is an object of counts")
    if f == "create" and not isinstance(value, str):
        raise TypeError("the answer to create is text")


def _checked_setup(setup, number):
    for name, types in SETUP.items():
        if name in setup and not isinstance(setup[name], types):
            raise BadHistory(f"line {number}: {name} cannot be {setup[name]!r}")
    return setup


def _why(error):
    return f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)
