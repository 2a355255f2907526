"""A JSON file with comments, trailing commas, and a memory of where its keys stand, for error messages."""

import json
import re

from .key_lines import KeyLines

TOKEN = re.compile(r"""
    (?P<text>"(?:\\.|[^"\\\n])*")
  | (?P<comment>//[^\n]*|/\*.*?\*/)
  | (?P<open>[{\[]) | (?P<close>[}\]]) | (?P<comma>,) | (?P<colon>:)
  | (?P<space>\s+)
  | (?P<other>[^\s"/{}\[\],:]+|.)
""", re.VERBOSE | re.DOTALL)


class JsonFile(KeyLines):
    """`values` is what the file says; `line(path)` tells where. ValueError when it is no such file."""

    def __init__(self, path, text):
        self.path = path
        tokens = [[found.lastgroup, found.group()] for found in TOKEN.finditer(text)]
        _blank_what_json_lacks(tokens)
        self.values = json.loads("".join(token for _, token in tokens), parse_constant=_no_constant)
        self._lines = _lines_of_keys(tokens)


def read_json(path, text, mistakes):
    """Read a file's text; on failure report to `mistakes` and return None."""
    try:
        file = JsonFile(path, text)
        json.dumps(file.values, ensure_ascii=False).encode()  # halves of characters would be met later
    except json.JSONDecodeError as error:
        mistakes.error(path, error.lineno, f"Invalid JSON document: {error.msg}")
    except ValueError as error:
        mistakes.error(path, None, f"Invalid JSON document: {error}")
    except RecursionError:
        mistakes.error(path, None, "Invalid JSON document: nested too deeply")
    else:
        if isinstance(file.values, dict):
            return file
        mistakes.error(path, None, "Invalid JSON document: an object is expected, { ... }")
    return None


def _no_constant(name):
    raise ValueError(f"{name} is no JSON value")


def _blank_what_json_lacks(tokens):
    """Make blanks of comments and of commas before a closing bracket; lines stay lines."""
    comma = None
    for token in tokens:
        kind = token[0]
        if kind == "comment":
            token[1] = re.sub(r"[^\n]", " ", token[1])
        elif kind == "comma":
            comma = token
        elif kind != "space":
            if kind == "close" and comma:
                comma[1] = " "
            comma = None


def _lines_of_keys(tokens):
    """Map each key's path, and each item's of a list, to its line. The document is known to be right."""
    lines = {}
    around = []  # the objects and lists that are open: [path, index of the next item, or None in an object]
    path, key, number = (), None, 1
    for kind, text in tokens:
        is_value = kind in ("text", "other", "open")
        if is_value and around and around[-1][1] is not None:
            path = (*around[-1][0], around[-1][1])
            lines.setdefault(path, number)
            around[-1][1] += 1
        elif kind == "text":
            key = key or (json.loads(text), number)
        elif kind == "colon":
            path = (*around[-1][0], key[0])
            lines[path] = key[1]
        if kind == "open":
            around.append([path, 0 if text == "[" else None])
        elif kind == "close":
            around.pop()
        if kind in ("open", "close", "comma"):
            key = None
        number += text.count("\n")
    return lines
