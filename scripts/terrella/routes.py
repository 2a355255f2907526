"""Which Worker answers a request: the `route` and `routes` of wrangler files, and the routes of the command line.

A pattern is HOST/PATH. The host may begin with `*`, the path may end with it, and the most specific pattern wins, as in
production; a pattern without a host, `/api/*`, holds for every host.
"""

import re
from dataclasses import dataclass

from .wrangler_section import as_json

SHAPE = "{ pattern, custom_domain, zone_id | zone_name, enabled, previews_enabled }"
KINDS = {"zone_id": str, "zone_name": str, "custom_domain": bool, "enabled": bool, "previews_enabled": bool}
PATTERN = re.compile(r"\*?[^*/?#\s]*/[^*?#\s]*\*?")
PATTERN_BYTES_MAX = 256


@dataclass(frozen=True)
class Route:
    pattern: str  # HOST/PATH, without a scheme, the host in lower case; "*" for every host
    file: str     # where it was read
    line: int | None


def read_routes(section):
    """The routes of a Worker."""
    route = section.inherited("route", _is_route)
    routes = section.inherited("routes", _is_route_list) or []
    for one in dict.fromkeys((section.top, section)):
        if "route" in one.values and "routes" in one.values:
            one.error(("routes",), 'Expected exactly one of the following fields ["routes","route"].')
    own = section if "routes" in section.values else section.top
    found = [(value, own.line("routes", index)) for index, value in enumerate(routes)]
    if route:
        found.append((route, (section if "route" in section.values else section.top).line("route")))
    return [make_route(_pattern(value), section.file.path, line, section.mistakes) for value, line in found
            if not isinstance(value, dict) or value.get("enabled", True)]


def make_route(text, file, line, mistakes):
    """A pattern in its one form; what cannot be matched is a mistake."""
    host, slash, path = re.sub(r"^https?://", "", text).partition("/")
    pattern = f"{host.lower() or '*'}/{path}"
    if not PATTERN.fullmatch(pattern):
        mistakes.error(file, line, f"route {as_json(text)}: expected HOST/PATH, without a query, and with * only at the "
                                   "beginning of the host and at the end of the path")
    elif len(pattern.encode()) > PATTERN_BYTES_MAX:
        mistakes.error(file, line, f"route {as_json(text[:40])}...: longer than {PATTERN_BYTES_MAX} bytes")
    return Route(pattern, str(file), line)


def command_line_route(text, workers, mistakes):
    """A PATTERN=WORKER of the command line: the Worker's index and its route; None when it is wrong."""
    pattern, equals, name = text.rpartition("=")
    names = [worker.name for worker in workers]
    if not equals or not pattern:
        mistakes.error("", None, f'--route {text}: expected PATTERN=WORKER, such as "/api/*=api"')
    elif name not in names:
        mistakes.error("", None, f'--route {text}: there is no Worker "{name}"; there are: {", ".join(names)}')
    else:
        return names.index(name), make_route(pattern, "", None, mistakes)
    return None


def route_table(workers, wanted, mistakes):
    """All routes as (pattern, index of its Worker), the first one that matches being the most specific."""
    given = [(index, route) for index, worker in enumerate(workers) for route in worker.routes]
    given += [found for found in (command_line_route(text, workers, mistakes) for text in wanted) if found]
    owners = {}
    for index, route in given:
        if owners.setdefault(route.pattern, index) != index:
            mistakes.error(route.file, route.line, f'A route with the same pattern already exists: "{route.pattern}" is of '
                                                   f'the Worker "{workers[owners[route.pattern]].name}" as well')
    return sorted(owners.items(), key=lambda item: _rank(item[0]))


def _rank(pattern):
    host, _, path = pattern.partition("/")
    return host.startswith("*"), -len(host), path.endswith("*"), -len(path)


def _pattern(value):
    if isinstance(value, str):
        return value
    return f'{value["pattern"]}/*' if value.get("custom_domain") else value["pattern"]


def _is_route(section, name, value):
    if value == "":
        section.warning((name,), 'The "route" field in your configuration is an empty string and will be ignored.\n'
                                 '  Please remove the "route" field from your configuration.')
        return False
    if not _is_valid(value):
        section.error((name,), f'Expected "{name}" to be either a string, or an object with shape {SHAPE}, but got '
                               f"{as_json(value)}.")
    return _is_valid(value)


def _is_route_list(section, name, value):
    if not isinstance(value, list):
        section.error((name,), f'Expected "{name}" to be an array but got {as_json(value)}.')
        return False
    wrong = [one for one in value if not _is_valid(one)]
    if wrong:
        section.error((name,), f'Expected "{name}" to be an array of either strings or objects with the shape {SHAPE}, but '
                               f"these weren't valid: {as_json(wrong)}.")
    return not wrong


def _is_valid(value):
    if not isinstance(value, dict):
        return isinstance(value, str) and value != ""
    more = {key for key in value if key != "pattern"}
    if not isinstance(value.get("pattern"), str) or not more:
        return False
    if not all(key in KINDS and isinstance(value[key], KINDS[key]) for key in more) or more >= {"zone_id", "zone_name"}:
        return False
    return "custom_domain" in more or not more & {"enabled", "previews_enabled"}
