"""[[durable_objects.bindings]] of a wrangler file: what a Worker finds in its env."""

from dataclasses import dataclass

from .wrangler_section import as_json, dotted, unexpected_fields

FIELDS = ("name", "class_name", "script_name", "environment")


@dataclass
class Binding:
    name: str
    class_name: str
    script_name: str | None  # the Worker whose class it is, with its environment; None: this one
    line: int | None


def read_bindings(section):
    """The bindings of a section, without those that are wrong."""
    if "durable_objects" not in section.values:
        return []
    table, field = section.values["durable_objects"], dotted(section.path("durable_objects"))
    if not isinstance(table, dict):
        section.error(("durable_objects",), f'The field "{field}" should be an object but got {as_json(table)}.')
    elif "bindings" not in table:
        section.error(("durable_objects",), f'The field "{field}" is missing the required "bindings" property.')
    elif not isinstance(table["bindings"], list):
        section.error(("durable_objects", "bindings"), f'The field "{field}.bindings" should be an array but got '
                                                       f'{as_json(table["bindings"])}.')
    else:
        found = [_binding(section, one, index) for index, one in enumerate(table["bindings"])]
        return [binding for binding in found if binding]
    return []


def _binding(section, given, index):
    path = ("durable_objects", "bindings", index)
    field = dotted(section.path(*path))
    if not isinstance(given, dict):
        section.error(path, f'"{field}": {as_json(given)}\n  - Expected "{field}" to be an object but got {as_json(given)}')
        return None
    wrong = [f'binding should have a string "{name}" field.' for name in ("name", "class_name")
             if not isinstance(given.get(name), str)]
    wrong += [f'the field "{name}", when present, should be a string.' for name in ("script_name", "environment")
              if not isinstance(given.get(name, ""), str)]
    if "environment" in given and "script_name" not in given:
        wrong.append('binding should have a "script_name" field if "environment" is present.')
    if wrong:
        section.error(path, f'"{field}": {as_json(given)}' + "".join(f"\n  - {text}" for text in wrong))
        return None
    unexpected = [name for name in given if name not in FIELDS]
    if unexpected:
        section.warning(path, f'"{field}": {as_json(given)}\n  - Unexpected fields found in {field} field: '
                              + ",".join(as_json(name) for name in unexpected))
    script = given.get("script_name") or None
    if script and given.get("environment"):
        script += f'-{given["environment"]}'
    return Binding(given["name"], given["class_name"], script, section.line(*path))


def check_names(section, bindings, variables):
    """No name may be used twice in an env."""
    names = [binding.name for binding in bindings]
    lines = {binding.name: binding.line for binding in bindings}  # of the last one
    clashes = False
    for name in dict.fromkeys(names):
        if name in variables:
            section.error_at(lines[name], f"{name} assigned to Durable Object and Environment Variable bindings.")
            clashes = True
        if names.count(name) > 1:
            section.error_at(lines[name], f"{name} assigned to multiple Durable Object bindings.")
            clashes = True
    if clashes:
        section.error_at(None, "Bindings must have unique names, so that they can all be referenced in the worker.\n"
                               "  Please change your bindings to have unique names.")


def warn_of_lost(section):
    """What the top level has and the environment does not inherit, in wrangler's words."""
    env = dotted(section.where)
    lost = _names(section.top) - _names(section)
    if lost and "durable_objects" in section.values:
        section.warning(("durable_objects",),
                        f'The following bindings are at the top level, but not on "{env}".\n'
                        '  This is not what you probably want, since "durable_objects" configuration is not '
                        "inherited by environments.\n"
                        f'  Please add a binding for each to "{env}.durable_objects.bindings":'
                        + "".join(f"\n  - {name}" for name in sorted(lost)))


def _names(section):
    table = section.values.get("durable_objects")
    bindings = table.get("bindings") if isinstance(table, dict) else None
    return {one["name"] for one in bindings if isinstance(one, dict) and isinstance(one.get("name"), str)} \
        if isinstance(bindings, list) else set()
