"""The form of the sources: short files and functions, names that say something, a sentence on everything public."""

import ast
import re
from pathlib import Path

import pytest

from config.env import BASE_DIR

APPS = ("audit", "collaboration", "config", "generation", "projects", "tenants")
FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 60
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "misc"}
LEFTOVER = re.compile(r"(?:#|<!--|//)\s*(?:TODO|FIXME|XXX|HACK)\b")

SOURCES = sorted(
    path
    for root in (*APPS, "tests", "benchmarks")
    for path in (BASE_DIR / root).rglob("*.py")
    if "migrations" not in path.parts
)
CODE = [path for path in SOURCES if path.relative_to(BASE_DIR).parts[0] in APPS]


def name_of(path):
    return str(path.relative_to(BASE_DIR))


def tree_of(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def functions(tree):
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def test_there_is_something_to_look_at():
    assert len(CODE) > 100


def test_no_file_is_too_long():
    lengths = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES}
    assert {name: length for name, length in lengths.items() if length >= FILE_LINES_MAX} == {}


def test_no_function_is_too_long():
    long = [
        f"{name_of(path)}: {node.name} has {node.end_lineno - node.lineno + 1} lines"
        for path in CODE
        for node in functions(tree_of(path))
        if node.end_lineno - node.lineno + 1 > FUNCTION_LINES_MAX
    ]
    assert long == []


def test_no_module_has_an_empty_name():
    parts = {name_of(path): {*path.relative_to(BASE_DIR).parts[:-1], path.stem} for path in SOURCES}
    assert [name for name, names in parts.items() if names & EMPTY_NAMES] == []


def public(body):
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef) and node.name != "Meta":
                yield from public(node.body)


def test_everything_public_has_a_sentence():
    silent = []
    for path in CODE:
        tree = tree_of(path)
        if tree.body and not ast.get_docstring(tree):
            silent.append(name_of(path))
        silent += [
            f"{name_of(path)}: {node.name}"
            for node in public(tree.body)
            if not ast.get_docstring(node) and node.name != "Meta"
        ]
    assert silent == []


def test_every_function_of_the_code_is_typed():
    untyped = [
        f"{name_of(path)}: {node.name}"
        for path in CODE
        for node in functions(tree_of(path))
        if node.returns is None and node.name != "__init__"
    ]
    assert untyped == []


def test_nothing_is_left_for_later():
    found = [
        f"{name_of(path)}:{number}"
        for path in SOURCES
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if LEFTOVER.search(line)
    ]
    assert found == []


@pytest.mark.parametrize("pattern", ["**/*.html", "**/*.md", "**/*.yaml", "Makefile", ".ci/run"])
def test_nothing_is_left_for_later_beside_the_code(pattern):
    roots = [BASE_DIR / name for name in ("docs", "templates", "samples")] if "*" in pattern else [BASE_DIR]
    files = [path for root in roots for path in Path(root).glob(pattern) if path.is_file()]
    assert [name_of(path) for path in files if LEFTOVER.search(path.read_text(encoding="utf-8"))] == []
