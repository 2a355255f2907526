"""One table of a wrangler file, the top level or an environment, and what is wrong in it.

Mistakes are told in wrangler's own words, each with file and line.
"""

import json


class Section:
    """`values` is the table, `where` its path, `top` the section that it inherits from (the top level: itself)."""

    def __init__(self, file, mistakes, environment=None, top=None):
        self.file = file
        self.mistakes = mistakes
        self.where = ("env", environment) if top else ()
        self.values = file.values["env"][environment] if top else file.values
        self.top = top or self

    def path(self, *more):
        return (*self.where, *more)

    def line(self, *path):
        """Line of a key below this section."""
        return self.file.line(*self.where, *path)

    def error(self, path, text):
        """A mistake at a path below this section."""
        self.error_at(self.line(*path), text)

    def error_at(self, line, text):
        self.mistakes.error(self.file.path, line, text)

    def warning(self, path, text):
        self.mistakes.warning(self.file.path, self.line(*path), text)

    def inherited(self, name, check):
        """A value that environments inherit: None when there is none, or it is wrong. `check(section, name,
        value)` reports what is wrong with a value and returns whether it is right; both levels are checked."""
        found = None
        for section in dict.fromkeys((self.top, self)):
            value = section.values.get(name)
            if value is not None:
                found = value if check(section, name, value) else None
        return found


def is_text(section, name, value):
    return _is(section, name, value, isinstance(value, str), "string")


def is_boolean(section, name, value):
    return _is(section, name, value, isinstance(value, bool), "boolean")


def is_text_list(section, name, value):
    return _is(section, name, value, isinstance(value, list) and all(isinstance(one, str) for one in value),
               "string array")


def _is(section, name, value, right, kind):
    if not right:
        section.error((name,), f'Expected "{name}" to be of type {kind} but got {as_json(value)}.')
    return right


def unexpected_fields(section, path, field, names):
    """Warn of fields that wrangler does not know."""
    if names:
        section.warning(path, f"Unexpected fields found in {field} field: " + ",".join(as_json(name) for name in names))


def as_json(value):
    """A value as wrangler prints it; dates of TOML become text."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=str)


def dotted(path):
    """A path such as durable_objects.bindings[0]."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")
