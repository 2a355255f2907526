"""What commands print: tables that line up, and colour where somebody sees it."""

import os
import sys

COLOURS = {"red": 31, "green": 32, "yellow": 33, "blue": 34, "cyan": 36, "bold": 1, "dim": 2}


def has_colour(stream):
    return stream.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"


def paint(text, colour, stream=None):
    """`text` in a colour of COLOURS, or as it is where colours would be noise."""
    if not colour or not has_colour(stream or sys.stdout):
        return text
    return f"\033[{COLOURS[colour]}m{text}\033[0m"


def table(header, rows, right=(), colours=None):
    """Lines of a table. Columns named in `right` are aligned right; `colours` maps (row index,
    column index) to a colour."""
    colours = colours or {}
    widths = [max(len(str(row[column])) for row in [header, *rows]) for column in range(len(header))]

    def cell(row, column, text):
        text = str(text)
        padded = text.rjust(widths[column]) if header[column] in right else text.ljust(widths[column])
        return paint(padded, colours.get((row, column)))

    lines = ["  ".join(paint(title.rjust(width) if title in right else title.ljust(width), "bold")
                       for title, width in zip(header, widths)).rstrip()]
    for index, row in enumerate(rows):
        lines.append("  ".join(cell(index, column, text) for column, text in enumerate(row)).rstrip())
    return lines


def complain(text):
    """One message on stderr, its first word telling that it is an error."""
    print(paint("error:", "red", sys.stderr), text, file=sys.stderr)


def complain_of(refused):
    """The lines of a Refused: one as it is, several under a heading."""
    if len(refused.lines) == 1:
        return complain(refused)
    complain("the following stands in the way")
    for line in refused.lines:
        print("  " + line.replace("\n", "\n  "), file=sys.stderr)


def warn(text):
    print(paint("warning:", "yellow", sys.stderr), text, file=sys.stderr)


def note(text):
    print(paint("note:", "cyan", sys.stderr), text, file=sys.stderr)


def counted(count, noun):
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def milliseconds(value):
    """A time for people: enough digits to compare, no more."""
    return f"{value:.1f}" if value < 99.95 else f"{value:.0f}"
