"""Logs, as they are and as they grow."""

import time

from . import terminal

POLL_S = 0.1
COLOURS = ("cyan", "green", "yellow", "blue")


class Follower:
    """Prints what is added to the logs of members, a prefix telling whose it is."""

    def __init__(self, members, from_start):
        self.members = members
        self.width = max(len(member.code) for member in members)
        self.files = {}
        self.rest = {member.code: b"" for member in members}
        self.from_start = from_start
        self.poll(quiet=not from_start)

    def poll(self, quiet=False):
        """Print whole lines that are new; returns whether there were any."""
        printed = False
        for index, member in enumerate(self.members):
            file = self._file(member)
            text = self.rest[member.code] + (file.read() if file else b"")
            *lines, self.rest[member.code] = text.split(b"\n")
            for line in [] if quiet else lines:
                prefix = terminal.paint(member.code.ljust(self.width), COLOURS[index % len(COLOURS)])
                print(f"{prefix}  {line.decode(errors='replace')}", flush=True)
                printed = True
        return printed

    def _file(self, member):
        if member.code not in self.files:
            try:
                self.files[member.code] = open(member.process.log_path, "rb")
            except OSError:
                return None
        return self.files[member.code]


def follow(members, from_start, is_over=lambda: False):
    """Print until `is_over` says so, or Ctrl-C."""
    follower = Follower(members, from_start)
    while not is_over():
        if not follower.poll():
            time.sleep(POLL_S)
    follower.poll()
