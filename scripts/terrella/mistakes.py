"""Mistakes of users, collected so that all of them are reported at once."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Mistake:
    file: str
    line: int | None  # None: cannot be told
    text: str         # names the key, what is wrong and what would be right; may have several lines

    def __str__(self):
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.text}" if place else self.text


class Refused(Exception):
    """What was asked cannot be done; the text says why and what to do. `lines` is one entry each."""

    def __init__(self, *lines):
        super().__init__("\n".join(str(line) for line in lines))
        self.lines = [str(line) for line in lines]


class Mistakes:
    """Errors, warnings and notes found so far. An error stops the start; the others are only shown."""

    def __init__(self):
        self.errors = []
        self.warnings = []
        self.notes = []

    def error(self, file, line, text):
        self.errors.append(Mistake(shown_path(file), line, text))

    def warning(self, file, line, text):
        self.warnings.append(Mistake(shown_path(file), line, text))

    def note(self, file, line, text):
        self.notes.append(Mistake(shown_path(file), line, text))

    def raise_if_any(self):
        if self.errors:
            raise Refused(*self.errors)


def shown_path(path):
    """A path as people like to read it: relative when it lies below the working directory."""
    path = str(path)
    relative = os.path.relpath(path) if path else path
    return path if relative.startswith("..") else relative
