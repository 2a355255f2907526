"""What of a wrangler file concerns the bundle: options for scripts/bundle, which are esbuild's own."""

import os
import re

from .wrangler_section import as_json, dotted, is_boolean, is_text

SAME = {"minify": ("minify", is_boolean), "keep_names": ("keepNames", is_boolean),
        "jsx_factory": ("jsxFactory", is_text), "jsx_fragment": ("jsxFragment", is_text),
        "tsconfig": ("tsconfig", is_text)}
RULE_TYPES = ("ESModule", "CommonJS", "CompiledWasm", "Text", "Data")
LOADERS = {"Text": "text", "Data": "binary"}
GLOB = re.compile(r"(?:\*\*/)?\*(\.[\w.-]+)")  # "**/*.txt": all files of that kind


def read_build(section):
    """esbuild's options for a Worker."""
    build = {}
    for name, (option, check) in SAME.items():
        value = section.inherited(name, check)
        if value is not None:
            build[option] = _absolute(section, value) if name == "tsconfig" else value
    if section is not section.top:
        _define(section.top)  # for its mistakes
    build["define"] = _define(section)
    build["alias"] = _alias(section.top)
    build["loader"] = _loaders(section.inherited("rules", _are_rules) or [], section)
    return {name: value for name, value in build.items() if value not in ({}, None)}


def _absolute(section, path):
    return os.path.join(os.path.dirname(os.path.abspath(section.file.path)), path)


def _define(section):
    values, field = section.values.get("define", {}), dotted(section.path("define"))
    if not isinstance(values, dict):
        section.error(("define",), f'The field "{field}" should be an object but got {as_json(values)}.')
        return {}
    for name, value in values.items():
        if not isinstance(value, str):
            section.error(("define", name), f'The field "{field}.{name}" should be a string but got {as_json(value)}.')
    return values


def _alias(section):
    values = section.values.get("alias", {})
    if not isinstance(values, dict):
        section.error(("alias",), f"Expected alias to be an object, but got {_typeof(values)}")
        return {}
    wrong = [name for name, value in values.items() if not isinstance(value, str)]
    for name in wrong:
        section.error(("alias", name), f'Expected alias["{name}"] to be a string, but got {_typeof(values[name])}')
    return {} if wrong else {name: _absolute(section, value) if value.startswith((".", "/")) else value
                             for name, value in values.items()}


def _typeof(value):
    return {bool: "boolean", str: "string", int: "number", float: "number"}.get(type(value), "object")


def _are_rules(section, name, value):
    field = dotted(section.path(name))
    if not isinstance(value, list):
        section.error((name,), f'The field "{field}" should be an array but got {as_json(value)}.')
        return False
    errors = len(section.mistakes.errors)
    for index, rule in enumerate(value):
        path = (name, index)
        if not isinstance(rule, dict):
            section.error(path, f'"{field}[{index}]" should be an object but got {as_json(rule)}.')
            continue
        if rule.get("type") not in RULE_TYPES:
            section.error(path, 'bindings should have a string "type" field, which contains one of "ESModule", "CommonJS", '
                                '"CompiledWasm", "Text", or "Data".')
        globs = rule.get("globs")
        if not isinstance(globs, list) or not all(isinstance(one, str) for one in globs):
            section.error(path, f'Expected "{field}[{index}].globs" to be an array of strings but got '
                                f'{as_json(globs) if "globs" in rule else "undefined"}')
        if not isinstance(rule.get("fallthrough", False), bool):
            section.error(path, 'the field "fallthrough", when present, should be a boolean.')
    return len(section.mistakes.errors) == errors


def _loaders(rules, section):
    """Loaders by extension; other modules than text and data are bundled as they are."""
    loaders = {}
    for rule in rules:
        for glob in rule["globs"] if rule["type"] in LOADERS else ():
            found = GLOB.fullmatch(glob)
            if found:
                loaders.setdefault(found[1], LOADERS[rule["type"]])
            else:
                section.mistakes.note(section.file.path, section.line("rules"), f'rules: "{glob}" makes no difference here; '
                                                                              'of patterns, those like "**/*.txt" are followed')
    return loaders
