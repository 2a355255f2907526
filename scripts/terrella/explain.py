"""Makes a page of a record or a history; scripts/explain runs it. The page is built from web/explain; docs/EXPLAIN.md.

    scripts/explain FILE [PAGE.html]     PAGE: FILE with .html at its end, unless given
"""

import argparse
import json
import sys
from pathlib import Path

from proof.check import check_all
from proof.history import BadHistory, parse_history
from proof.verdict import BROKEN

from .processes import BUILD

PLACE = "<!--RECORD-->\n"
EXIT_USAGE = 2


class NoRecord(Exception):
    """The file cannot be drawn; the text says why."""


def lines_of(path):
    """The lines of a record or a history, as the page reads them: those of a history with a title before, and what
    the checkers find after. Errors: NoRecord, OSError."""
    with open(path, encoding="utf-8", errors="replace") as file:
        lines = [line.strip() for line in file if line.strip()]
    try:
        first = json.loads(lines[0]) if lines else None
    except ValueError as error:
        raise NoRecord(f"{path}: line 1 is not JSON: {error}") from None
    if isinstance(first, dict) and first.get("terrella") == "record":
        return lines
    if not isinstance(first, dict) or "process" not in first or "f" not in first:
        raise NoRecord(f"{path}: neither a record of `sim --record` nor a history (docs/HISTORIES.md)")
    try:
        history = parse_history(lines)
    except BadHistory as error:
        raise NoRecord(f"{path}: {error}") from None
    title = json.dumps({"terrella": "history", "title": Path(path).name})
    return [title, *lines, *(json.dumps(line) for line in broken_lines(history))]


def broken_lines(history):
    """A line for each broken promise that the checkers find, at the time of its last operation."""
    for verdict in check_all(history):
        for problem in verdict.problems:
            if problem["verdict"] != BROKEN:
                continue
            operations = problem["operations"]
            ends = [one.end_ns or one.start_ns for one in operations]
            yield {"time": max(ends, default=history.end_ns), "process": "checker", "type": "info", "f": "broken",
                   "value": {"checker": verdict.checker, "reason": problem["reason"], "object": problem["object"],
                             "operations": [one.start for one in operations]}}


def page_of(lines):
    """The page as text. Errors: OSError, when it is not built."""
    template = (BUILD / "web" / "explain.html").read_text(encoding="utf-8")
    return template.replace(PLACE, "\n".join(lines).replace("<", "\\u003c") + "\n", 1)


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="scripts/explain", description="Draw a record or a history as one HTML file; "
                                     "see docs/EXPLAIN.md.")
    parser.add_argument("file", metavar="FILE", help="a record of `sim --record`, or a history")
    parser.add_argument("page", metavar="PAGE.html", nargs="?", help="default: FILE with .html at its end")
    options = parser.parse_args(arguments)
    page = options.page or str(Path(options.file).with_suffix(".html"))
    if Path(page).resolve() == Path(options.file).resolve():
        parser.error(f"{options.file} is to be drawn and cannot be the page as well")
    try:
        text = page_of(lines_of(options.file))
        Path(page).write_text(text, encoding="utf-8")
    except NoRecord as error:
        print(f"error: {error}", file=sys.stderr)
        return EXIT_USAGE
    except OSError as error:
        built = "; run scripts/setup" if str(BUILD) in str(error.filename) else ""
        print(f"error: {error.filename}: {error.strerror}{built}", file=sys.stderr)
        return EXIT_USAGE
    print(page)
    return 0


if __name__ == "__main__":
    sys.exit(main())
