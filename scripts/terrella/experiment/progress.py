"""How far a run is: a bar with the time left on a terminal, plain lines elsewhere."""

import sys
import time

from .. import terminal

WIDTH = 30


class Progress:
    """Of `count` pieces of work, about equally long, `width` of them at once."""

    def __init__(self, count, width, stream=None, clock=time.monotonic):
        self.stream = stream or sys.stderr
        self.count, self.width, self.clock = count, width, clock
        self.begun, self.durations = {}, []
        self.is_terminal = self.stream.isatty()

    def begin(self, piece):
        self.begun[piece] = self.clock()

    def end(self, piece):
        self.durations.append(self.clock() - self.begun.pop(piece))
        if not self.is_terminal:
            print(f"{len(self.durations)} of {self.count} done ({piece}, {self.durations[-1]:.1f} s){self._left_text()}",
                  file=self.stream, flush=True)

    def draw(self):
        """Call often: the bar moves while pieces run."""
        if self.is_terminal:
            share = self._done() / self.count if self.count else 1
            bar = "█" * round(share * WIDTH)
            text = f"{bar:░<{WIDTH}} {share:4.0%}  {len(self.durations)} of {self.count}{self._left_text()}"
            print(f"\r\033[K{terminal.paint(text, 'cyan', self.stream)}", end="", file=self.stream, flush=True)

    def close(self):
        if self.is_terminal:
            print("\r\033[K", end="", file=self.stream, flush=True)

    def left_s(self):
        """Seconds left by what has been seen so far; None before anything is done."""
        if not self.durations:
            return None
        mean_s = sum(self.durations) / len(self.durations)
        return max(0.0, (self.count - self._done()) * mean_s / max(1, min(self.width, self.count - len(self.durations))))

    def _done(self):
        """Pieces that are done, and the likely share of those under way."""
        if not self.durations:
            return 0.0
        mean_s = sum(self.durations) / len(self.durations) or 1e-9
        now = self.clock()
        return len(self.durations) + sum(min(0.95, (now - begun) / mean_s) for begun in self.begun.values())

    def _left_text(self):
        left_s = self.left_s()
        if left_s is None and self.begun:
            return f", {self.clock() - min(self.begun.values()):.0f} s so far"
        if left_s is None or len(self.durations) == self.count:
            return ""
        return f", about {left_s / 60:.0f} min left" if left_s >= 90 else f", about {left_s:.0f} s left"
