"""[[migrations]] of a wrangler file: how the classes of a Worker came to be. What they do is in namespaces.py."""

from dataclasses import dataclass

from .wrangler_section import as_json, unexpected_fields

CLASS_LISTS = ("new_classes", "new_sqlite_classes", "deleted_classes")
MOVES = {"renamed_classes": ("from", "to"), "transferred_classes": ("from", "from_script", "to")}


@dataclass(frozen=True)
class Migration:
    tag: str
    new: tuple          # (name of the list, class)
    deleted: tuple      # classes
    renamed: tuple      # (from, to)
    transferred: tuple  # (from, script, to)
    line: int | None


def read_migrations(section):
    """The migrations of a Worker, in order; environments inherit them."""
    given = section.inherited("migrations", _are_migrations) or []
    own = section if section.values.get("migrations") is not None else section.top
    return [Migration(one["tag"],
                      tuple((kind, name) for kind in CLASS_LISTS[:2] for name in one.get(kind, [])),
                      tuple(one.get("deleted_classes", [])),
                      tuple((move["from"], move["to"]) for move in one.get("renamed_classes", [])),
                      tuple((move["from"], move["from_script"], move["to"])
                            for move in one.get("transferred_classes", [])),
                      own.line("migrations", index)) for index, one in enumerate(given)]


def warn_of_none(section, bindings, migrations):
    """wrangler's warning where classes are bound and no migration makes them."""
    classes = [binding.class_name for binding in bindings if not binding.script_name]
    has_mistakes = not migrations and (section.values.get("migrations") or section.top.values.get("migrations"))
    if classes and not migrations and not has_mistakes:
        section.warning(("durable_objects",),
                        f"In your {section.file.path.name} file, you have configured `durable_objects` exported by this "
                        f'Worker ({", ".join(classes)}), but no `migrations` for them. This may not work as expected until '
                        f"you add a `migrations` section to your {section.file.path.name} file. Add the following "
                        "configuration:\n  " + (f'[[migrations]]\n  tag = "v1"\n  new_sqlite_classes = {as_json(classes)}'
                                                if section.file.path.suffix == ".toml" else
                                                f'"migrations": [{{ "tag": "v1", "new_sqlite_classes": {as_json(classes)} }}]'))


def _are_migrations(section, name, value):
    if not isinstance(value, list):
        section.error((name,), f'The optional "{name}" field should be an array, but got {as_json(value)}')
        return False
    errors = len(section.mistakes.errors)
    for index, one in enumerate(value):
        _check(section, index, one)
    tags = [one.get("tag") for one in value if isinstance(one, dict)]
    for index, tag in enumerate(tags):
        if isinstance(tag, str) and tag in tags[:index]:
            section.error((name, index), f'"migrations[{index}].tag": {as_json(tag)} is there twice; each migration has its '
                                         "own tag")
    return len(section.mistakes.errors) == errors


def _check(section, index, one):
    field, path = f"migrations[{index}]", ("migrations", index)
    if not isinstance(one, dict):
        section.error(path, f'"{field}" should be an object but got {as_json(one)}.')
        return
    unexpected_fields(section, path, "migrations", [name for name in one
                                                    if name not in ("tag", *CLASS_LISTS, *MOVES)])
    if "tag" not in one:
        section.error(path, f'"{field}.tag" is a required field.')
    elif not isinstance(one["tag"], str):
        section.error((*path, "tag"), f'Expected "{field}.tag" to be of type string but got {as_json(one["tag"])}.')
    for kind in CLASS_LISTS:
        value = one.get(kind, [])
        if not isinstance(value, list):
            section.error((*path, kind), f'Expected "{field}.{kind}" to be an array of strings but got {as_json(value)}')
            continue
        for item, name in enumerate(value):
            if not isinstance(name, str):
                section.error((*path, kind), f'Expected "{field}.{kind}.[{item}]" to be of type string but got '
                                             f"{as_json(name)}.")
    for kind, keys in MOVES.items():
        value = one.get(kind, [])
        if not isinstance(value, list) or not all(isinstance(move, dict) and all(isinstance(move.get(key), str) for key in keys)
                                                  for move in value):
            shape = ", ".join(f"{key}: string" for key in keys)
            section.error((*path, kind), f'Expected "{field}.{kind}" to be an array of "{{{shape}}}" objects but got '
                                         f"{as_json(value)}.")
