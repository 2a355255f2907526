"""Secrets beside a wrangler file, as `wrangler dev` finds them: .dev.vars.ENV or else .dev.vars; where there is neither,
.env, .env.local, .env.ENV and .env.ENV.local, one over the other. They come over [vars], as text."""

import os
import re
from pathlib import Path

from .mistakes import shown_path
from .wrangler_section import as_json, dotted, unexpected_fields

QUOTED = "|".join(rf"{quote}(?:\\{quote}|[^{quote}])*{quote}" for quote in "'\"`")
LINE = re.compile(rf"""^[^\S\n]*(?:export[^\S\n]+)?(?P<name>[\w.-]+)[^\S\n]*(?:=|:(?=\s))[^\S\n]*
                       (?:(?P<quoted>{QUOTED})|(?P<plain>[^\#\n]*))[^\S\n]*(?:\#.*)?$""", re.MULTILINE | re.VERBOSE)
REFERENCE = re.compile(r"\\\$|\$\{(?P<braced>[\w.]+)(?::?-(?P<other>[^}]*))?\}|\$(?P<bare>\w+)")


def read_secrets(section, environment):
    """The secrets of a Worker, by name; with a `secrets` field, only those that it requires."""
    found = _read_files(section, environment)
    table = section.values.get("secrets")
    if table is None:
        return found
    if not isinstance(table, dict):
        section.error(("secrets",), f'The field "{dotted(section.path("secrets"))}" should be an object but got '
                                    f"{as_json(table)}.")
        return {}
    unexpected_fields(section, ("secrets",), "secrets", [name for name in table if name != "required"])
    required = table.get("required", [])
    if not isinstance(required, list) or not all(isinstance(name, str) for name in required):
        section.error(("secrets", "required"), 'Expected "secrets.required" to be an array of strings but got '
                                               f"{as_json(required)}")
        return {}
    missing = [name for name in required if name not in found]
    if missing:
        section.warning(("secrets",), f'Missing required secrets: {", ".join(missing)}. Add them to .dev.vars or .env.')
    return {name: found[name] for name in required if name in found}


def _read_files(section, environment):
    directory = Path(section.file.path).parent
    for name in ([f".dev.vars.{environment}"] if environment else []) + [".dev.vars"]:
        text = _text_of(directory / name, section)
        if text is not None:
            return parse(text)
    names = [".env", ".env.local"] + ([f".env.{environment}", f".env.{environment}.local"] if environment else [])
    texts = [_text_of(directory / name, section) for name in names]
    return expand({name: value for text in texts if text is not None for name, value in parse(text).items()})


def _text_of(path, section):
    if not os.path.isfile(path):
        return None
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        section.mistakes.error(path, None, f"cannot be read: {error}")
        return None
    section.mistakes.note(section.file.path, None, f"Using secrets defined in {shown_path(path)}")
    return text


def parse(text):
    """NAME=VALUE lines, as dotenv reads them: quotes may span lines, `#` begins a comment, a later line wins."""
    return {found["name"]: _value(found) for found in LINE.finditer(text.replace("\r\n", "\n").replace("\r", "\n"))}


def _value(found):
    if not found["quoted"]:
        return found["plain"].strip()
    value = found["quoted"][1:-1]
    return value.replace("\\n", "\n").replace("\\r", "\r") if found["quoted"][0] == '"' else value


def expand(values):
    """$NAME, ${NAME} and ${NAME:-OTHER} replaced by the values of others; \\$ stays a dollar."""
    expanded = {}

    def replaced(found):
        name = found["braced"] or found["bare"]
        return "$" if name is None else others.get(name) or found["other"] or ""
    for own, value in values.items():
        others = {**values, **expanded, own: ""}
        expanded[own] = REFERENCE.sub(replaced, value)
    return expanded
