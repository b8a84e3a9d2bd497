"""The French beside the English: what has to be translated, what is, and the compiled catalogue that Django reads.

English is the language of the code, so it needs no catalogue. Babel is a development dependency; only `manage.py
translations` and the tests come here.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

from config.env import BASE_DIR

ROOTS = ("audit", "collaboration", "config", "generation", "projects", "templates", "tenants")
KEYWORDS = {"_": None, "gettext": None, "gettext_lazy": None, "ngettext": (1, 2), "ngettext_lazy": (1, 2)}
LANGUAGE = "fr"
PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[sdr]")

Message = str | tuple[str, ...]


def catalogue_path(suffix: str) -> Path:
    """Where the catalogue is kept: `.po` for people, `.mo` for Django."""
    return BASE_DIR / "config" / "locale" / LANGUAGE / "LC_MESSAGES" / f"django{suffix}"


def _source(path: Path) -> bytes | None:
    """What Babel can read of a file: Python as it is, templates as Django turns them into it; None for the rest."""
    if path.suffix == ".py" and "migrations" not in path.parts:
        return path.read_bytes()
    if path.suffix in {".html", ".txt"} and "prompts" not in path.parts and "phrases" not in path.parts:
        code: str = templatize(path.read_text(encoding="utf-8"))
        return "\n".join(line.lstrip() for line in code.splitlines()).encode()
    return None


def _found() -> Iterator[tuple[Message, str]]:
    for root in ROOTS:
        for path in sorted((BASE_DIR / root).rglob("*")):
            source = _source(path) if path.is_file() else None
            for _line, message, _comments, _context in extract("python", BytesIO(source or b""), keywords=KEYWORDS):
                yield message, str(path.relative_to(BASE_DIR))


def messages() -> dict[Message, set[str]]:
    """Every message of the code and the templates, with the files that say it. A pair is singular and plural."""
    found: dict[Message, set[str]] = {}
    for message, path in _found():
        found.setdefault(message, set()).add(path)
    return found


def committed() -> Catalog:
    """The catalogue as people wrote it."""
    path = catalogue_path(".po")
    if not path.exists():
        return Catalog(locale=LANGUAGE)
    with path.open("rb") as file:
        return read_po(file, locale=LANGUAGE)


def updated() -> Catalog:
    """The catalogue of the present messages: translations that are known stay, what nobody says any more goes."""
    known, moment = committed(), datetime(2026, 1, 1, tzinfo=UTC)
    fresh = Catalog(
        locale=LANGUAGE,
        project="NovellaForge",
        version="1",
        msgid_bugs_address="none",
        creation_date=moment,
        revision_date=moment,
        last_translator="NovellaForge",
        language_team="French",
        fuzzy=False,
        header_comment="# The studio in French. `make translations` keeps it complete.",
    )
    for message, paths in sorted(messages().items(), key=str):
        before = known.get(message if isinstance(message, str) else message[0])
        string = before.string if before is not None else ""
        fresh.add(message, string, locations=[(path, 0) for path in sorted(paths)])
    return fresh


def po_text(catalogue: Catalog) -> bytes:
    """The catalogue for people; without line numbers, which would change with every commit."""
    buffer = BytesIO()
    write_po(buffer, catalogue, width=0, include_lineno=False, ignore_obsolete=True)
    return buffer.getvalue()


def mo_bytes(catalogue: Catalog) -> bytes:
    """The catalogue for Django."""
    buffer = BytesIO()
    write_mo(buffer, catalogue)
    return buffer.getvalue()


def problems(catalogue: Catalog) -> list[str]:
    """One line for each message without French, or whose French holds other placeholders."""
    lines = []
    for message in catalogue:
        if not message.id:
            continue
        english, french = _forms(message.id), _forms(message.string)
        if not all(french):
            lines.append(f"no French for {english[0]!r} ({message.locations[0][0]})")
        elif any(_placeholders(text) != _placeholders(english[-1]) for text in french):
            lines.append(f"other placeholders in the French of {english[0]!r}")
    return lines


def _forms(text: object) -> list[str]:
    """One text, or singular and plural."""
    return [str(form) for form in text] if isinstance(text, tuple | list) else [str(text or "")]


def _placeholders(text: str) -> list[str]:
    return sorted(PLACEHOLDER.findall(text))
