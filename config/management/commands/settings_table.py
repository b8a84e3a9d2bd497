"""`manage.py settings_table`: the knobs of `config/env.py` as the table of docs/operations/settings.md."""

import argparse
import types
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from django.core.management.base import BaseCommand, CommandError
from pydantic.fields import FieldInfo

from config.env import BASE_DIR, Environment

DOCUMENT = BASE_DIR / "docs" / "operations" / "settings.md"
BEGIN, END = "<!-- settings: begin -->", "<!-- settings: end -->"
SIGNS = {"ge": "≥ {}", "gt": "> {}", "le": "≤ {}", "lt": "< {}"}


class Command(BaseCommand):
    """Prints the table, writes it into its document, or says whether the document is up to date."""

    help = "Print the table of settings; with --write put it into docs/operations/settings.md."
    requires_system_checks = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Define the options."""
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--write", action="store_true", help="put the table into its document")
        what.add_argument("--check", action="store_true", help="exit code 1 when the document's table is older")

    def handle(self, *args: Any, write: bool, check: bool, **options: Any) -> None:
        """Do what was asked.

        Raises:
            CommandError: when the document is not up to date, or has no place for the table.
        """
        if not (write or check):
            self.stdout.write(table())
            return
        present = DOCUMENT.read_text(encoding="utf-8")
        wanted = with_table(present)
        if write:
            DOCUMENT.write_text(wanted, encoding="utf-8")
        elif present != wanted:
            raise CommandError(f"{_shown(DOCUMENT)} is older than config/env.py: run manage.py settings_table --write")


def with_table(document: str) -> str:
    """The document with the present table between its two marks.

    Raises:
        CommandError: when a mark is missing.
    """
    before, begin, rest = document.partition(BEGIN)
    _old, end, after = rest.partition(END)
    if not (begin and end):
        raise CommandError(f"{_shown(DOCUMENT)} needs the lines {BEGIN} and {END}")
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


def table() -> str:
    """Every knob with its type and bounds, default and sentence, as a Markdown table."""
    rows = ["| variable | values | default | what it does |", "| --- | --- | --- | --- |"]
    for name, knob in Environment.model_fields.items():
        description = " ".join((knob.description or "").split())
        cells = (f"`{name}`", _values(knob), _default(knob.default), description)
        rows.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    return "\n".join(rows)


def _values(knob: FieldInfo) -> str:
    kinds = _kinds(knob.annotation)
    bounds = [
        text.format(getattr(limit, sign))
        for limit in knob.metadata
        for sign, text in SIGNS.items()
        if hasattr(limit, sign)
    ]
    return ", ".join([kinds, *bounds])


def _kinds(annotation: Any) -> str:
    """A type in words."""
    origin = get_origin(annotation)
    if origin is Literal:
        return " or ".join(f"`{value}`" for value in get_args(annotation))
    if origin in {Union, types.UnionType}:
        return " or ".join(_kinds(part) for part in get_args(annotation) if part is not type(None))
    if origin is list:
        return "comma-separated"
    words = {str: "text", int: "whole number", float: "number", bool: "`true` or `false`", Path: "path"}
    return words[annotation]


def _default(value: Any) -> str:
    if value is None or value in ("", []):
        return "—"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{_shown(value) if isinstance(value, Path) else value}`"


def _shown(path: Path) -> str:
    """A path as seen from the repository, so that every checkout prints the same."""
    return str(path.relative_to(BASE_DIR)) if path.is_relative_to(BASE_DIR) else str(path)
