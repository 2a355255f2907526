"""Workers as their wrangler.toml describes them.

Mistakes are reported all at once, in the words that wrangler itself uses for them, each with file and
line. Only what this cluster runs is read: name, main, [vars], [[durable_objects.bindings]],
[limits] cpu_ms and [env.NAME]. As in wrangler, an environment inherits neither vars nor bindings.
"""

import datetime
import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from .mistakes import shown_path
from .toml_file import read_toml

NAME = re.compile(r"[a-z0-9_][a-z0-9_-]*")
CPU_LIMIT_MS = 1000
CPU_LIMIT_MS_MAX = 300_000

# What wrangler knows and what makes no difference here.
IGNORED_FIELDS = frozenset("""
    $schema account_id alias assets base_dir build compatibility_flags compliance_region containers define dev
    find_additional_modules first_party_worker jsx_factory jsx_fragment keep_names keep_vars legacy_env logfwdr
    logpush migrations minify no_bundle observability placement preserve_file_names preview_urls previews
    python_modules route routes rules secrets send_metrics site streaming_tail_consumers tail_consumers triggers
    tsconfig unsafe upload_source_maps workers_dev""".split())
# Bindings of which there are none here: a Worker that uses them finds nothing in its env.
OTHER_BINDINGS = frozenset("""
    ai ai_search ai_search_namespaces analytics_engine_datasets artifacts browser cloudchamber d1_databases
    data_blobs dispatch_namespaces flagship hyperdrive images kv_namespaces media mtls_certificates pipelines
    queues r2_buckets ratelimits secrets_store_secrets send_email services stream text_blobs unsafe_hello_world
    vectorize version_metadata vpc_networks vpc_services wasm_modules worker_loaders workflows""".split())
READ_FIELDS = frozenset(("name", "main", "compatibility_date", "vars", "durable_objects", "limits"))
BINDING_FIELDS = ("name", "class_name", "script_name", "environment")


@dataclass
class Binding:
    name: str
    class_name: str
    script_name: str | None  # the Worker whose class it is; None: this one
    line: int | None


@dataclass
class Worker:
    name: str        # with "-ENV" under an environment
    path: str        # of its wrangler.toml
    main: str        # absolute path of the module
    vars: dict = field(default_factory=dict)
    bindings: list = field(default_factory=list)
    cpu_limit_ms: float = CPU_LIMIT_MS


@dataclass(frozen=True)
class Space:
    """A namespace: one class of one Worker."""
    unique_key: str  # as `wrangler dev` makes it
    class_name: str
    worker: int      # index of the Worker whose class it is


def read_workers(paths, environment, mistakes):
    """Read every Worker; those that cannot be used are left out, with their mistakes told."""
    workers = [worker for worker in (read_worker(path, environment, mistakes) for path in paths) if worker]
    for index, worker in enumerate(workers):
        for other in workers[:index]:
            if other.name == worker.name:
                mistakes.error(worker.path, None, f'name: "{worker.name}" is the name of {shown_path(other.path)} '
                                                  "as well; give each Worker its own")
    return workers


def find_spaces(workers, mistakes):
    """The namespaces that the Workers' bindings name, in order, each once."""
    index = {worker.name: i for i, worker in enumerate(workers)}
    spaces = []
    for worker in workers:
        for binding in worker.bindings:
            owner = binding.script_name or worker.name
            if owner not in index:
                mistakes.error(worker.path, binding.line,
                               f'binding "{binding.name}": script_name "{owner}" is not among the Workers of this '
                               f'cluster ({", ".join(index)}); add --worker with its directory')
                continue
            space = Space(f"{owner}-{binding.class_name}", binding.class_name, index[owner])
            if space not in spaces:
                spaces.append(space)
    return spaces


def space_of(worker, binding, spaces):
    """Index of the namespace that a binding gives access to."""
    key = f"{binding.script_name or worker.name}-{binding.class_name}"
    return next(i for i, space in enumerate(spaces) if space.unique_key == key)


def read_worker(path, environment, mistakes):
    """Read one Worker from its directory or configuration file; None when there are mistakes."""
    path = Path(path)
    if path.is_dir():
        path = path / "wrangler.toml"
    if not path.exists():
        others = [path.with_name(name) for name in ("wrangler.json", "wrangler.jsonc") if path.with_name(name).exists()]
        mistakes.error(path, None, f"not found; {shown_path(others[0])} is not read yet: use wrangler.toml" if others
                       else "not found; a Worker is a directory with a wrangler.toml, or such a file")
        return None
    if path.suffix != ".toml":
        mistakes.error(path, None, "not a configuration file; a Worker is a directory with a wrangler.toml, "
                                   "or such a file")
        return None
    file = read_toml(path, mistakes)
    if file is None:
        return None
    error_count = len(mistakes.errors)
    worker = _Reader(file, environment, mistakes).read()
    return worker if len(mistakes.errors) == error_count else None


class _Reader:
    """Reads one file, and goes on after each mistake."""

    def __init__(self, file, environment, mistakes):
        self.file = file
        self.mistakes = mistakes
        self.environment = environment
        self.top = file.values
        self.section = self.top  # the table that is in force
        self.where = ()          # its path

    def read(self):
        self._fields(self.top, (), {"env"})
        self._choose_environment()
        if self.section is not self.top:
            self._fields(self.section, self.where, set())
            self._warn_of_lost()
        name = self._name()
        main = self._main()
        self._compatibility_date()
        worker = Worker(name, str(self.file.path), main, self._vars(), self._bindings(), self._cpu_limit_ms())
        self._unique_names(worker)
        return worker

    # Environments.

    def _choose_environment(self):
        environments = self.top.get("env", {})
        if not isinstance(environments, dict):
            self._error(("env",), f'The field "env" should be an object but got {_json(environments)}.')
            return
        if not self.environment:
            return
        if self.environment not in environments:
            names = ("\n  The available configured environment names are: " + _json(list(environments))
                     if environments else "")
            text = (f'No environment found in configuration with name "{self.environment}".\n'
                    f"  Before using `--env={self.environment}` there should be an equivalent environment section in "
                    f"the configuration.{names}\n"
                    f"  Consider adding an environment configuration section to the wrangler.toml file: "
                    f"[env.{self.environment}]")
            (self._error if environments else self._warning)((), text)
        elif not isinstance(environments[self.environment], dict):
            self._error(("env", self.environment), f'The field "env.{self.environment}" should be an object but got '
                                                   f"{_json(environments[self.environment])}.")
        else:
            self.section = environments[self.environment]
            self.where = ("env", self.environment)

    def _warn_of_lost(self):
        """What the top level has and the environment does not inherit, in wrangler's words."""
        env = _dotted(self.where)
        for name in ("vars", "durable_objects"):
            if self.top.get(name) and name not in self.section:
                self._warning(self.where, f'"{name}" exists at the top level, but not on "{env}".\n'
                                          f'  This is not what you probably want, since "{name}" is not inherited by '
                                          f'environments.\n  Please add "{name}" to "{env}".')
        top_vars, own_vars = self.top.get("vars"), self.section.get("vars")
        if isinstance(top_vars, dict) and isinstance(own_vars, dict):
            for name in (name for name in top_vars if name not in own_vars):
                self._warning((*self.where, "vars"),
                              f'"vars.{name}" exists at the top level, but not on "{env}.vars".\n'
                              '  This is not what you probably want, since "vars" configuration is not inherited by '
                              f'environments.\n  Please add "vars.{name}" to "{env}".')
        lost = _binding_names(self.top) - _binding_names(self.section)
        if lost and "durable_objects" in self.section:
            self._warning((*self.where, "durable_objects"),
                          f'The following bindings are at the top level, but not on "{env}".\n'
                          '  This is not what you probably want, since "durable_objects" configuration is not '
                          "inherited by environments.\n"
                          f'  Please add a binding for each to "{env}.durable_objects.bindings":'
                          + "".join(f"\n  - {name}" for name in sorted(lost)))

    # Fields.

    def _fields(self, table, path, more):
        unexpected = [name for name in table if name not in READ_FIELDS | IGNORED_FIELDS | OTHER_BINDINGS | more]
        if unexpected:
            self._warning((*path, unexpected[0]), f"Unexpected fields found in {_dotted(path) or 'top-level'} field: "
                                                  + ",".join(_json(name) for name in unexpected))
        if path == self.where and (path or not self.environment):
            for name in table:
                if name in OTHER_BINDINGS:
                    self._warning((*path, name), f'"{name}": there are no such bindings here; '
                                                 "the Worker will not find them in its env")

    def _inherited(self, name):
        """Value and path of a field that environments inherit."""
        if name in self.section:
            return self.section[name], (*self.where, name)
        return self.top.get(name), (name,)

    def _name(self):
        name, path = self._inherited("name")
        if name is None:
            name = "worker"
        elif not isinstance(name, str) or not NAME.fullmatch(name):
            self._error(path, f'Expected "{_dotted(path)}" to be of type string, alphanumeric and lowercase with '
                              f"dashes only but got {_json(name)}.")
        in_environment = self.environment and len(path) == 1
        return f"{name}-{self.environment}" if in_environment else name

    def _main(self):
        main, path = self._inherited("main")
        if main is None:
            self._error((), 'Missing entry-point to Worker script\n  Add the following to your "wrangler.toml" file: '
                            'main = "src/index.ts"')
        elif not isinstance(main, str):
            self._error(path, f'Expected "{_dotted(path)}" to be of type string but got {_json(main)}.')
        elif not (module := Path(self.file.path).parent / main).is_file():
            self._error(path, f'The entry-point file at "{shown_path(module)}" was not found.')
        else:
            return os.path.abspath(module)
        return ""

    def _compatibility_date(self):
        date, path = self._inherited("compatibility_date")
        if date is None:
            return
        if not isinstance(date, str):
            self._error(path, f'Expected "{_dotted(path)}" to be of type string but got {_json(date)}.')
            return
        try:
            if not re.fullmatch(r"\d{4}-\d\d-\d\d", date):
                raise ValueError
            datetime.date.fromisoformat(date)
        except ValueError:
            self._error(path, f'"{_dotted(path)}" field should be a valid ISO-8601 date (YYYY-MM-DD), but got '
                              f"{_json(date)}.")

    def _vars(self):
        path = (*self.where, "vars")
        values = self.section.get("vars", {})
        if not isinstance(values, dict):
            self._error(path, f'The field "{_dotted(path)}" should be an object but got {_json(values)}.')
            return {}
        return json.loads(_json(values))

    def _cpu_limit_ms(self):
        limits, path = self._inherited("limits")
        limit = limits.get("cpu_ms", CPU_LIMIT_MS) if isinstance(limits, dict) else CPU_LIMIT_MS
        if isinstance(limit, bool) or not isinstance(limit, (int, float)):
            self._error((*path, "cpu_ms"), f'Expected "{_dotted(path)}.cpu_ms" to be of type number but got '
                                           f"{_json(limit)}.")
        elif not 1 <= limit <= CPU_LIMIT_MS_MAX:
            self._error((*path, "cpu_ms"), f'Expected "{_dotted(path)}.cpu_ms" to be from 1 to {CPU_LIMIT_MS_MAX} but '
                                           f"got {_json(limit)}.")
        return limit

    # Bindings.

    def _bindings(self):
        path = (*self.where, "durable_objects")
        if "durable_objects" not in self.section:
            return []
        table = self.section["durable_objects"]
        if not isinstance(table, dict):
            self._error(path, f'The field "{_dotted(path)}" should be an object but got {_json(table)}.')
        elif "bindings" not in table:
            self._error(path, f'The field "{_dotted(path)}" is missing the required "bindings" property.')
        elif not isinstance(table["bindings"], list):
            self._error((*path, "bindings"), f'The field "{_dotted(path)}.bindings" should be an array but got '
                                             f'{_json(table["bindings"])}.')
        else:
            bindings = [self._binding(one, (*path, "bindings", index)) for index, one in enumerate(table["bindings"])]
            return [binding for binding in bindings if binding]
        return []

    def _binding(self, given, path):
        if not isinstance(given, dict):
            self._error(path, f'"{_dotted(path)}": {_json(given)}\n  - Expected "{_dotted(path)}" to be an object but '
                              f"got {_json(given)}")
            return None
        wrong = [f'binding should have a string "{name}" field.' for name in ("name", "class_name")
                 if not isinstance(given.get(name), str)]
        wrong += [f'the field "{name}", when present, should be a string.' for name in ("script_name", "environment")
                  if not isinstance(given.get(name, ""), str)]
        if "environment" in given and "script_name" not in given:
            wrong.append('binding should have a "script_name" field if "environment" is present.')
        if wrong:
            self._error(path, f'"{_dotted(path)}": {_json(given)}' + "".join(f"\n  - {text}" for text in wrong))
            return None
        unexpected = [name for name in given if name not in BINDING_FIELDS]
        if unexpected:
            self._warning(path, f'"{_dotted(path)}": {_json(given)}\n  - Unexpected fields found in {_dotted(path)} '
                                "field: " + ",".join(_json(name) for name in unexpected))
        script = given.get("script_name")
        if script and given.get("environment"):
            script += f'-{given["environment"]}'
        return Binding(given["name"], given["class_name"], script, self.file.line(*path))

    def _unique_names(self, worker):
        names = [binding.name for binding in worker.bindings]
        clashes = False
        for name in dict.fromkeys(names):
            line = next(binding.line for binding in reversed(worker.bindings) if binding.name == name)
            if name in worker.vars:
                self._error_at(line, f"{name} assigned to Durable Object and Environment Variable bindings.")
                clashes = True
            if names.count(name) > 1:
                self._error_at(line, f"{name} assigned to multiple Durable Object bindings.")
                clashes = True
        if clashes:
            self._error((), "Bindings must have unique names, so that they can all be referenced in the worker.\n"
                            "  Please change your bindings to have unique names.")

    def _error(self, path, text):
        self._error_at(self.file.line(*path), text)

    def _error_at(self, line, text):
        self.mistakes.error(self.file.path, line, text)

    def _warning(self, path, text):
        self.mistakes.warning(self.file.path, self.file.line(*path), text)


def _json(value):
    """A value as wrangler prints it; dates of TOML become text."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=str)


def _dotted(path):
    """A path such as durable_objects.bindings[0]."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")


def _binding_names(section):
    table = section.get("durable_objects")
    bindings = table.get("bindings") if isinstance(table, dict) else None
    return {one["name"] for one in bindings if isinstance(one, dict) and isinstance(one.get("name"), str)} \
        if isinstance(bindings, list) else set()
