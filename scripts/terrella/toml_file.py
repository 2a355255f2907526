"""A TOML file with a memory of where its keys stand, for error messages."""

import re
import tomllib

from .key_lines import KeyLines

HEADER = re.compile(r"\s*(\[\[|\[)\s*([^\[\]]+?)\s*(\]\]|\])\s*(#.*)?$")
KEY = re.compile(r"""\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""")
KEY_PART = re.compile(r"""[\w-]+|"[^"]*"|'[^']*'""")
ERROR_LINE = re.compile(r"\(at line (\d+), column \d+\)")


class TomlFile(KeyLines):
    """`values` is what the file says; `line(path)` tells where."""

    def __init__(self, path, text):
        self.path = path
        self.values = tomllib.loads(text)
        self._text_lines = text.splitlines()
        self._lines = _lines_of_keys(self._text_lines)

    def line_of_text(self, text, *path):
        """Line of a quoted string at or after the key `path`; the key's own line when it is not found."""
        start = self.line(*path)
        for number in range(start or 1, len(self._text_lines) + 1):
            if re.search(rf"""["']{re.escape(text)}["']""", self._text_lines[number - 1]):
                return number
        return start


def read_text(path, mistakes):
    """A file's text, without a mark of the byte order; on failure report to `mistakes` and return None."""
    try:
        with open(path, encoding="utf-8-sig") as file:
            return file.read()
    except UnicodeDecodeError as error:
        mistakes.error(path, None, f"not UTF-8 text: {error}")
    except OSError as error:
        mistakes.error(path, None, f"cannot be read: {error.strerror}")
    return None


def read_toml(path, mistakes):
    """Read a file; on failure report to `mistakes` and return None."""
    text = read_text(path, mistakes)
    return None if text is None else read_toml_text(path, text, mistakes)


def read_toml_text(path, text, mistakes):
    """The same for a text that is there."""
    try:
        return TomlFile(path, text)
    except tomllib.TOMLDecodeError as error:
        found = ERROR_LINE.search(str(error))
        line = int(found[1]) if found else len(text.splitlines())
        mistakes.error(path, line, f"Invalid TOML document: {ERROR_LINE.sub('', str(error)).strip()}")
    except RecursionError:
        mistakes.error(path, None, "Invalid TOML document: nested too deeply")
    return None


def _lines_of_keys(lines):
    """Map each key's path to its line. Keys inside inline tables are not found; their parent is."""
    found = {}
    counts = {}  # of the arrays of tables seen so far
    table = ()
    for number, line in enumerate(lines, start=1):
        if header := HEADER.match(line):
            table = _table_path(_parts(header[2]), counts, header[1] == "[[")
            for length in range(1, len(table) + 1):  # what is around it may have no line of its own
                found.setdefault(table[:length], number)
        elif key := KEY.match(line):
            found.setdefault(table + _parts(key[1]), number)
    return found


def _parts(text):
    return tuple(part.strip("\"'") for part in KEY_PART.findall(text))


def _table_path(parts, counts, is_array):
    path = ()
    for part in parts[:-1]:
        path += (part,)
        if path in counts:
            path += (counts[path] - 1,)
    path += parts[-1:]
    if is_array:
        counts[path] = counts.get(path, 0) + 1
    return path + (counts[path] - 1,) if path in counts else path
