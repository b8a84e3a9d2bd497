"""Migrations: they hold what the models say, are named by hand, stand alone, and can be taken back."""

import ast
import re
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection, migrations
from django.db.migrations.loader import MigrationLoader

from config.env import BASE_DIR

APPS = ("audit", "collaboration", "generation", "projects", "tenants")
NAMED_BY_DJANGO = re.compile(r"auto_\d{8}|_more$|^\d{4}_(?:alter|remove|add|rename)_\w+_and_more")
FILES = sorted(path for app in APPS for path in (BASE_DIR / app / "migrations").glob("[0-9]*.py"))
IRREVERSIBLE = "Irreversible:"


@pytest.fixture(scope="module")
def ours():
    loader = MigrationLoader(connection=None, ignore_no_migrations=True)
    return {key: migration for key, migration in loader.disk_migrations.items() if key[0] in APPS}


def test_models_and_migrations_agree(db):
    said = StringIO()
    try:
        call_command("makemigrations", "--check", "--dry-run", stdout=said, stderr=said)
    except SystemExit:
        pytest.fail(said.getvalue())
    assert connection.schema_name == "public"


def test_migrations_are_named_by_hand(ours):
    assert [name for _app, name in ours if NAMED_BY_DJANGO.search(name)] == []


def test_migrations_import_nothing_of_the_apps():
    guilty = []
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            guilty += [f"{path.name}: {name}" for name in names if name.split(".")[0] in {*APPS}]
    assert guilty == []


def test_migrations_can_be_taken_back_or_say_why_not(ours):
    stuck = []
    for (app, name), migration in ours.items():
        source = (BASE_DIR / app / "migrations" / f"{name}.py").read_text(encoding="utf-8")
        for operation in migration.operations:
            moves_data = isinstance(operation, migrations.RunPython | migrations.RunSQL)
            if moves_data and not operation.reversible and IRREVERSIBLE not in source:
                stuck.append(f"{app}.{name}")
    assert stuck == []
