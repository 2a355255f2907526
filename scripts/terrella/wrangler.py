"""Workers as their wrangler.toml, wrangler.json or wrangler.jsonc describes them.

Mistakes are reported all at once, in the words that wrangler itself uses for them, each with file and
line. As in wrangler, an environment inherits neither vars, defines nor bindings, but all else.
"""

import datetime
import math
import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from .dev_vars import read_secrets
from .json_file import read_json
from .migrations import read_migrations, warn_of_none
from .mistakes import shown_path
from .routes import read_routes
from .toml_file import read_text, read_toml_text
from .wrangler_bindings import check_names, read_bindings, warn_of_lost
from .wrangler_build import read_build
from .wrangler_section import Section, as_json, dotted, is_text, is_text_list, unexpected_fields

FILE_NAMES = ("wrangler.json", "wrangler.jsonc", "wrangler.toml")  # the first that is there wins, as in wrangler
WHAT_IS_A_WORKER = "a Worker is a directory with a wrangler.toml, .json or .jsonc, or such a file"
NAME = re.compile(r"[a-z0-9_][a-z0-9_-]*")
CPU_LIMIT_MS = 1000
CPU_LIMIT_MS_MAX = 300_000
BEHAVIOUR_DATE = "2026-04-21"  # of workerd that is followed here; later dates behave alike
INTEGER_MAX = 2**63 - 1        # beyond, a number of [vars] is a float

# What wrangler knows and what makes no difference here.
IGNORED_FIELDS = frozenset("""
    account_id assets base_dir build cache compliance_region containers dev find_additional_modules
    first_party_worker keep_vars legacy_env logfwdr logpush no_bundle observability pages_build_output_dir placement
    preserve_file_names preview_urls previews python_modules send_metrics site streaming_tail_consumers tail_consumers
    triggers unsafe upload_source_maps workers_dev""".split())
# Bindings of which there are none here: a Worker that uses them finds nothing in its env.
OTHER_BINDINGS = frozenset("""
    ai ai_search ai_search_namespaces analytics_engine_datasets artifacts browser cloudchamber d1_databases
    data_blobs dispatch_namespaces flagship hyperdrive images kv_namespaces media mtls_certificates pipelines
    queues r2_buckets ratelimits secrets_store_secrets send_email services stream text_blobs unsafe_hello_world
    vectorize version_metadata vpc_networks vpc_services wasm_modules worker_loaders workflows""".split())
READ_FIELDS = frozenset("""
    name main compatibility_date compatibility_flags vars secrets durable_objects migrations limits route routes
    define alias rules minify keep_names tsconfig jsx_factory jsx_fragment""".split())
NOT_INHERITED = ("vars", "secrets", "define", "durable_objects")


@dataclass
class Worker:
    name: str        # with "-ENV" under an environment
    path: str        # of its wrangler file
    main: str        # absolute path of the module
    vars: dict = field(default_factory=dict)      # with the secrets of .dev.vars
    bindings: list = field(default_factory=list)
    migrations: list = field(default_factory=list)
    routes: list = field(default_factory=list)
    build: dict = field(default_factory=dict)     # options for scripts/bundle
    cpu_limit_ms: float = CPU_LIMIT_MS

    def owner(self, binding):
        """Name of the Worker whose class a binding names."""
        return binding.script_name or self.name


def read_workers(places, environment, mistakes):
    """Read every Worker; those that cannot be used are left out, with their mistakes told. A place is a
    directory or a wrangler file, or either followed by ":ENV" for an environment of its own."""
    workers = [worker for worker in (read_worker(*_split(place, environment), mistakes) for place in places) if worker]
    for index, worker in enumerate(workers):
        for other in workers[:index]:
            if other.name == worker.name:
                mistakes.error(worker.path, None, f'name: "{worker.name}" is the name of {shown_path(other.path)} '
                                                  "as well; give each Worker its own")
    return workers


def _split(place, environment):
    path, colon, own = str(place).rpartition(":")
    return (path, own or None) if colon and path and "/" not in own and not os.path.exists(place) else (place, environment)


def read_worker(path, environment, mistakes):
    """Read one Worker from its directory or configuration file; None when there are mistakes."""
    file = _read_file(Path(path), mistakes)
    if file is None:
        return None
    error_count = len(mistakes.errors)
    reader = _Reader(file, environment, mistakes)
    worker = reader.read()
    if len(mistakes.errors) != error_count:
        return None
    reader.note_ignored()
    return worker


def _read_file(path, mistakes):
    if path.is_dir():
        path = next((path / name for name in FILE_NAMES if os.path.exists(path / name)), path / FILE_NAMES[-1])
    if not os.path.exists(path):
        mistakes.error(path, None, f"not found; {WHAT_IS_A_WORKER}")
    elif path.suffix not in (".toml", ".json", ".jsonc"):
        mistakes.error(path, None, f"not a configuration file; {WHAT_IS_A_WORKER}")
    else:
        text = read_text(path, mistakes)
        if text is not None:
            return (read_toml_text if path.suffix == ".toml" else read_json)(path, text, mistakes)
    return None


class _Reader:
    """Reads one file, and goes on after each mistake."""

    def __init__(self, file, environment, mistakes):
        self.environment = environment
        self.top = self.section = Section(file, mistakes)

    def read(self):
        self._choose_environment()
        sections = list(dict.fromkeys((self.top, self.section)))
        for section in sections:
            self._unknown_fields(section)
        if self.section is not self.top:
            self._warn_of_lost()
        name, main = self._name(), self._main()
        self._compatibility()
        variables = [_vars(section) for section in sections][-1]
        bindings = [read_bindings(section) for section in sections][-1]
        migrations = read_migrations(self.section)
        cpu_limit_ms = _cpu_limit_ms(self.section)
        routes = read_routes(self.section)
        build = read_build(self.section)
        variables |= read_secrets(self.section, self.environment)
        check_names(self.section, bindings, variables)
        warn_of_none(self.section, bindings, migrations)
        return Worker(name, str(self.top.file.path), main, variables, bindings, migrations, routes, build, cpu_limit_ms)

    # Environments.

    def _choose_environment(self):
        environments = self.top.values.get("env", {})
        if not isinstance(environments, dict):
            self.top.error(("env",), f'The field "env" should be an object but got {as_json(environments)}.')
        elif not self.environment:
            pass
        elif self.environment not in environments:
            names = ("\n  The available configured environment names are: " + as_json(list(environments))
                     if environments else "")
            text = (f'No environment found in configuration with name "{self.environment}".\n'
                    f"  Before using `--env={self.environment}` there should be an equivalent environment section in "
                    f"the configuration.{names}\n"
                    f"  Consider adding an environment configuration section to the {self.top.file.path.name} file: "
                    f"[env.{self.environment}]")
            (self.top.error if environments else self.top.warning)((), text)
        elif not isinstance(environments[self.environment], dict):
            self.top.error(("env", self.environment), f'The field "env.{self.environment}" should be an object but got '
                                                      f"{as_json(environments[self.environment])}.")
        else:
            self.section = Section(self.top.file, self.top.mistakes, self.environment, self.top)

    def _warn_of_lost(self):
        env = dotted(self.section.where)
        for name in NOT_INHERITED:
            if self.top.values.get(name) and name not in self.section.values:
                self.section.warning((), f'"{name}" exists at the top level, but not on "{env}".\n'
                                         f'  This is not what you probably want, since "{name}" is not inherited by '
                                         f'environments.\n  Please add "{name}" to "{env}".')
        for kind in ("vars", "define"):
            top, own = self.top.values.get(kind), self.section.values.get(kind)
            for name in top if isinstance(top, dict) and isinstance(own, dict) else ():
                if name not in own:
                    self.section.warning((kind,), f'"{kind}.{name}" exists at the top level, but not on "{env}.{kind}".\n'
                                                  f'  This is not what you probably want, since "{kind}" configuration is '
                                                  f'not inherited by environments.\n  Please add "{kind}.{name}" to "{env}".')
        warn_of_lost(self.section)

    # Fields.

    def _unknown_fields(self, section):
        known = READ_FIELDS | IGNORED_FIELDS | OTHER_BINDINGS | ({"env", "$schema"} if section is self.top else set())
        unexpected = [name for name in section.values if name not in known]
        unexpected_fields(section, unexpected[:1], dotted(section.where) or "top-level", unexpected)
        if section is self.section:
            for name in section.values:
                if name in OTHER_BINDINGS:
                    section.warning((name,), f'"{name}": there are no such bindings here; the Worker will not find them '
                                             "in its env")

    def note_ignored(self):
        """One line about all that is accepted and makes no difference."""
        given = self.top.values | self.section.values
        names = [name for name in given if name in IGNORED_FIELDS]
        names += [f"compatibility_flags {flag}" for flag in given.get("compatibility_flags") or []]
        date = given.get("compatibility_date")
        if date and date < BEHAVIOUR_DATE:
            names.append(f"compatibility_date {date} (behaviour is that of {BEHAVIOUR_DATE} and later)")
        if names:
            self.top.mistakes.note(self.top.file.path, None, "makes no difference here: " + ", ".join(names))

    def _name(self):
        name = self.section.inherited("name", _is_name) or "worker"
        own = self.section is not self.top and "name" in self.section.values
        return f"{name}-{self.environment}" if self.environment and not own else name

    def _main(self):
        if self.top.values.get("main") is None and self.section.values.get("main") is None:
            self.top.error((), f'Missing entry-point to Worker script\n  Add the following to your "{self.top.file.path.name}" '
                               'file: main = "src/index.ts"')
            return ""
        main = self.section.inherited("main", is_text)
        if main is None:
            return ""
        module = Path(self.top.file.path).parent / main
        if not os.path.isfile(module):  # whatever it is called
            own = self.section if "main" in self.section.values else self.top
            own.error(("main",), f'The entry-point file at "{shown_path(module)}" was not found.')
        return os.path.abspath(module)

    def _compatibility(self):
        self.section.inherited("compatibility_date", _is_date)
        self.section.inherited("compatibility_flags", is_text_list)


def _is_name(section, name, value):
    right = isinstance(value, str) and (value == "" or NAME.fullmatch(value))
    if not right:
        section.error((name,), f'Expected "{name}" to be of type string, alphanumeric and lowercase with dashes only but '
                               f"got {as_json(value)}.")
    return right


def _is_date(section, name, value):
    if isinstance(value, datetime.date):
        section.error((name,), f'Expected "{name}" to be of type string, but TOML takes {value} for a date: put it in quotes.')
        return False
    if not is_text(section, name, value):
        return False
    if "–" in value or "—" in value:
        section.error((name,), f'"{name}" field should use ISO-8601 accepted hyphens (-) rather than en-dashes (–) or '
                               "em-dashes (—).")
        return False
    try:
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
            raise ValueError
        datetime.date.fromisoformat(value)
    except ValueError:
        section.error((name,), f'"{name}" field should be a valid ISO-8601 date (YYYY-MM-DD), but got {as_json(value)}.')
        return False
    return True


def _vars(section):
    values = section.values.get("vars", {})
    field_name = dotted(section.path("vars"))
    if not isinstance(values, dict):
        section.error(("vars",), f'The field "{field_name}" should be an object but got {as_json(values)}.')
        return {}
    for name, value in values.items():
        if isinstance(value, (datetime.date, datetime.time)):
            section.error(("vars", name), f'The field "{field_name}.{name}" is a TOML date, which is not supported. Please use '
                                          f'a string instead, e.g. {name} = "{value}".')
        elif _holds_zero({name: value}):
            section.error(("vars", name), f'The field "{field_name}.{name}" holds a zero character, which is not supported '
                                          "here.")
    return _as_javascript(values)


def _holds_zero(value):
    if isinstance(value, dict):
        return any(_holds_zero(one) for item in value.items() for one in item)
    return any(map(_holds_zero, value)) if isinstance(value, list) else isinstance(value, str) and "\0" in value


def _as_javascript(value):
    """A value of [vars] as JSON of JavaScript has it."""
    if isinstance(value, dict):
        return {name: _as_javascript(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_as_javascript(one) for one in value]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > INTEGER_MAX:
        value = float(value) if abs(value) < 1e300 else math.inf
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return str(value) if isinstance(value, (datetime.date, datetime.time)) else value


def _cpu_limit_ms(section):
    limits = section.inherited("limits", _are_limits) or {}
    return limits.get("cpu_ms", CPU_LIMIT_MS)


def _are_limits(section, _name, value):
    field_name = dotted(section.path("limits"))
    if not isinstance(value, dict):
        section.error(("limits",), f'The field "{field_name}" should be an object but got {as_json(value)}.')
        return False
    limit = value.get("cpu_ms", CPU_LIMIT_MS)
    if isinstance(limit, bool) or not isinstance(limit, (int, float)):
        section.error(("limits", "cpu_ms"), f'Expected "{field_name}.cpu_ms" to be of type number but got {as_json(limit)}.')
        return False
    if not 1 <= limit <= CPU_LIMIT_MS_MAX:
        section.error(("limits", "cpu_ms"), f'Expected "{field_name}.cpu_ms" to be from 1 to {CPU_LIMIT_MS_MAX} but got '
                                            f"{as_json(limit)}.")
        return False
    return True
