"""Logs, as they are and as they grow."""

import json
import time

from .log_lines import WantedLines, parse, shown

POLL_S = 0.1


class Follower:
    """Prints what is added to the logs of members, in the order of time. `codes` are all processes of
    the cluster, so that each has the same colour whoever is shown."""

    def __init__(self, members, from_start, wanted=None, as_json=False, codes=None):
        self.members = members
        self.wanted = wanted or WantedLines()
        self.as_json = as_json
        self.codes = codes or [member.code for member in members]
        self.shown_count = 0
        self.files = {}
        self.rest = {member.code: b"" for member in members}
        self.poll(quiet=not from_start)

    def poll(self, quiet=False):
        """Print whole lines that are new; returns whether there were any."""
        records = []
        for member in self.members:
            last_time = ""
            for record in self._new(member):
                last_time = record.get("time", last_time)
                records.append((str(last_time), record))  # what has no time stays behind what came before it
        if not quiet:
            for _, record in sorted(records, key=lambda pair: pair[0]):
                if self.wanted.has(record):
                    self.shown_count += 1
                    print(json.dumps(record, ensure_ascii=False) if self.as_json else shown(record, self.codes), flush=True)
        return bool(records)

    def close(self):
        for file in self.files.values():
            file.close()

    def _new(self, member):
        file = self._file(member)
        text = self.rest[member.code] + (file.read() if file else b"")
        *lines, self.rest[member.code] = text.split(b"\n")
        return [parse(line.decode(errors="replace"), member.code) for line in lines]

    def _file(self, member):
        if member.code not in self.files:
            try:
                self.files[member.code] = open(member.process.log_path, "rb")
            except OSError:
                return None
        return self.files[member.code]


def follow(members, from_start, is_over=lambda: False, **options):
    """Print until `is_over` says so, or Ctrl-C. Returns how many lines of the logs that were."""
    follower = Follower(members, from_start, **options)
    try:
        while not is_over():
            if not follower.poll():
                time.sleep(POLL_S)
        follower.poll()
    finally:
        follower.close()
    return follower.shown_count
