"""The namespaces of a cluster: which class has which objects.

A namespace is known by its unique key, for ever; classes come and go. DATA/namespaces.json remembers which class of which
Worker has which key, and which migrations were applied, so that each is applied once and a renamed class keeps its objects:

    {"workers": {"chat": {"tags": ["v1"], "classes": {"Room": "chat-Room"}, "undeclared": []}}, "keys": ["chat-Room"],
     "sqlite": ["chat-Room"]}

A class that no migration has made is "undeclared"; that is allowed while its Worker has no migrations at all. The key of a
new class is WORKER-CLASS, as `wrangler dev` makes it. No key is given twice: what was deleted does not come back. "sqlite" has the keys
of classes that new_sqlite_classes has made.
"""

import json
from dataclasses import dataclass

from .data import write_json
from .mistakes import Refused, shown_path


@dataclass(frozen=True)
class Space:
    """A namespace that is used: one class of one Worker."""
    unique_key: str
    class_name: str
    worker: int      # index of the Worker whose class it is
    sqlite: bool = False


class Ledger:
    """What namespaces.json says. Changes are kept in memory until write()."""

    def __init__(self, said=None):
        said = {"workers": {}, "keys": [], "sqlite": []} if said is None else said
        self.workers = {name: {"tags": list(one["tags"]), "classes": dict(one["classes"]), "undeclared": list(one["undeclared"])}
                        for name, one in said["workers"].items()}
        self.keys = list(said["keys"])
        self.sqlite = list(said.get("sqlite", []))

    def of(self, worker_name):
        return self.workers.setdefault(worker_name, {"tags": [], "classes": {}, "undeclared": []})

    def has(self, worker_name, class_name):
        return class_name in self.workers.get(worker_name, {"classes": {}})["classes"]

    def make(self, worker_name, class_name):
        """A namespace without objects."""
        key = wanted = f"{worker_name}-{class_name}"
        number = 1
        while key in self.keys:
            number += 1
            key = f"{wanted}-{number}"
        self.keys.append(key)
        self.of(worker_name)["classes"][class_name] = key

    def take(self, worker_name, class_name):
        """Remove a class; its unique key."""
        one = self.of(worker_name)
        if class_name in one["undeclared"]:
            one["undeclared"].remove(class_name)
        return one["classes"].pop(class_name)

    def write(self, path):
        """Durable, and in one step. What a start has once used is never forgotten."""
        write_json(path, {"workers": self.workers, "keys": self.keys, "sqlite": self.sqlite}, durable=True)


def read_ledger(path):
    """The ledger of a cluster; an empty one when there is none yet."""
    try:
        return Ledger(json.loads(path.read_text()))
    except FileNotFoundError:
        return Ledger()
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Refused(f"{shown_path(path)} does not tell which class has which objects, or cannot be read ({error}). Put it "
                      "back from a copy, or begin anew with --fresh.") from None


def find_spaces(workers, mistakes, ledger=None, exports=None):
    """Apply the migrations that the ledger does not have yet, and return the namespaces that the Workers' bindings name, in
    order, each once. `exports` are the names that each Worker's module exports, or None where that is not known."""
    ledger = Ledger() if ledger is None else ledger
    exports = exports or [None] * len(workers)
    deleted = _apply_migrations(workers, ledger, mistakes)
    _add_undeclared(workers, ledger)
    spaces = _bound(workers, ledger, deleted, exports, mistakes)
    _check_exports(workers, ledger, exports, mistakes)
    return spaces


def space_of(worker, binding, workers, spaces):
    """Index of the namespace that a binding gives access to."""
    return next(index for index, space in enumerate(spaces) if space.class_name == binding.class_name
                and workers[space.worker].name == worker.owner(binding))


# Migrations.


def _apply_migrations(workers, ledger, mistakes):
    """Apply what is new. Returns what was deleted by it, as (Worker, class)."""
    pending = {worker.name: _new_migrations(worker, ledger, mistakes) for worker in workers}
    deleted = set()
    while any(pending.values()):
        ready = [worker for worker in workers if pending[worker.name]
                 and not _must_wait(worker, pending[worker.name][0], pending, ledger)]
        for worker in ready or [worker for worker in workers if pending[worker.name]][:1]:
            migration = pending[worker.name].pop(0)
            _apply(worker, migration, ledger, deleted, mistakes)
            ledger.of(worker.name)["tags"].append(migration.tag)
    return deleted


def _new_migrations(worker, ledger, mistakes):
    """Those after the last one that was applied."""
    applied = ledger.of(worker.name)["tags"]
    given = [migration.tag for migration in worker.migrations]
    if given[:len(applied)] == applied:
        return worker.migrations[len(applied):]
    index = next(index for index, tag in enumerate(applied) if given[index:index + 1] != [tag])
    what = (f'is number {given.index(applied[index]) + 1} now' if applied[index] in given else "is gone")
    line = worker.migrations[index].line if index < len(given) else None
    mistakes.error(worker.path, line,
                   f'migrations: "{applied[index]}" was applied to this cluster as number {index + 1}, and {what}.\n'
                   f'  Migrations are applied once and in order: {", ".join(applied)} must stay the first ones; add new ones '
                   "after them.\n  To begin anew without any objects, use --fresh.")
    return []


def _must_wait(worker, migration, pending, ledger):
    """A class that is transferred from another Worker may have to be made there first."""
    return any(script != worker.name and pending.get(script) and not ledger.has(script, name)
               for name, script, _ in migration.transferred)


def _apply(worker, migration, ledger, deleted, mistakes):
    def wrong(text):
        mistakes.error(worker.path, migration.line, f'migration "{migration.tag}": {text}')

    for name in migration.deleted:
        if ledger.has(worker.name, name):
            ledger.take(worker.name, name)
            deleted.add((worker.name, name))
        else:
            wrong(f"Cannot apply deleted_classes migration to non-existent class {name}")
    moves = [("renamed_classes", worker.name, name, to) for name, to in migration.renamed]
    moves += [("transferred_classes", script, name, to) for name, script, to in migration.transferred]
    for kind, script, name, to in moves:
        if not ledger.has(script, name):
            wrong(f"Cannot apply {kind} migration to non-existent class {name}"
                  + ("" if script == worker.name else f" of the Worker {script}"))
        elif ledger.has(worker.name, to):
            wrong(f"Cannot apply {kind} migration to existing class {to}")
        else:
            ledger.of(worker.name)["classes"][to] = ledger.take(script, name)
    for kind, name in migration.new:
        if name in ledger.of(worker.name)["undeclared"]:
            ledger.of(worker.name)["undeclared"].remove(name)  # it keeps the objects that it has
        elif ledger.has(worker.name, name):
            wrong(f"Cannot apply {kind} migration to existing class {name}")
        else:
            ledger.make(worker.name, name)
        key = ledger.of(worker.name)["classes"].get(name)
        if kind == "new_sqlite_classes" and key and key not in ledger.sqlite:
            ledger.sqlite.append(key)


def _add_undeclared(workers, ledger):
    """Make the classes that are bound, of Workers without migrations."""
    without = {worker.name for worker in workers if not worker.migrations and not ledger.of(worker.name)["tags"]}
    for worker in workers:
        for binding in worker.bindings:
            owner = worker.owner(binding)
            if owner in without and not ledger.has(owner, binding.class_name):
                ledger.make(owner, binding.class_name)
                ledger.of(owner)["undeclared"].append(binding.class_name)


# Bindings.


def _bound(workers, ledger, deleted, exports, mistakes):
    index = {worker.name: i for i, worker in enumerate(workers)}
    spaces = []
    for worker in workers:
        for binding in worker.bindings:
            owner, name = worker.owner(binding), binding.class_name
            if owner not in index:
                mistakes.error(worker.path, binding.line,
                               f'binding "{binding.name}": script_name "{owner}" is not among the Workers of this '
                               f'cluster ({", ".join(index)}); add --worker with its directory')
            elif not ledger.has(owner, name):
                why = _why_not(workers[index[owner]], name, workers, ledger, deleted)
                mistakes.error(worker.path, binding.line, f'binding "{binding.name}": {why}')
            else:
                key = ledger.of(owner)["classes"][name]
                space = Space(key, name, index[owner], key in ledger.sqlite)
                names = exports[index[owner]]
                if owner != worker.name and names is not None and name not in names:
                    mistakes.error(worker.path, binding.line,
                                   f'binding "{binding.name}": Cannot create binding for class \'{name}\' that is not exported '
                                   f'by the script "{owner}".\n  {_what_is_exported(workers[index[owner]], names)}')
                if space not in spaces:
                    spaces.append(space)
    return spaces


def _why_not(owner, name, workers, ledger, deleted):
    """Why a class that is bound has no namespace, in the words of production."""
    if (owner.name, name) in deleted:
        return f"Cannot apply --delete-class migration to class '{name}' without also removing the binding that references it."
    text = (f"Cannot create binding for class '{name}' because it is not currently configured to implement Durable Objects. "
            "Ensure a --new-class migration has been applied to it.")
    moved = [(to, owner) for one in owner.migrations for renamed, to in one.renamed if renamed == name]
    moved += [(to, worker) for worker in workers for one in worker.migrations for given, script, to in one.transferred
              if (script, given) == (owner.name, name)]
    if moved:
        to, worker = moved[-1]
        return f'{text}\n  "{name}" is "{to}" of the Worker "{worker.name}" now; a migration says so.'
    tags = [one.tag for one in owner.migrations if name in [new for _, new in one.new]]
    if tags:
        return (f'{text}\n  The migration "{tags[-1]}" was applied before; what is added to it now, or made again, needs a '
                "new one. (--fresh begins anew, without any objects.)")
    classes = ", ".join(ledger.of(owner.name)["classes"]) or "none"
    return (f'{text}\n  The Worker "{owner.name}" has these: {classes}. To make it, add a migration after the last one there, '
            f'with new_sqlite_classes = ["{name}"].')


def _check_exports(workers, ledger, exports, mistakes):
    """Each class that is bound, or that a migration has made, must be there."""
    for worker, names in zip(workers, exports):
        if names is None:
            continue
        bound = {binding.class_name: binding.line for binding in worker.bindings if worker.owner(binding) == worker.name}
        missing = [name for name in bound if name not in names]
        if missing:
            mistakes.error(worker.path, bound[missing[0]],
                           "Your Worker depends on the following Durable Objects, which are not exported in your entrypoint "
                           f'file: {", ".join(missing)}.\n  You should export these objects from your entrypoint, '
                           f"{shown_path(worker.main)}.\n  {_what_is_exported(worker, names)}")
        one = ledger.of(worker.name)
        for name in one["classes"]:
            if name not in names and name not in bound and name not in one["undeclared"]:
                mistakes.error(worker.path, None,
                               f"New version of script does not export class '{name}' which is depended on by existing "
                               f"Durable Objects.\n  {_what_is_exported(worker, names)} If you want to delete the class's "
                               "Durable Objects, add a migration with deleted_classes; if it has another name now, one with "
                               "renamed_classes. (--fresh begins anew, without any objects.)")


def _what_is_exported(worker, names):
    return f'{shown_path(worker.main)} exports {", ".join(names) or "nothing"}.'
