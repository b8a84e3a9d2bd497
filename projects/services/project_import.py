"""Reading a project from a folder: `brief.yaml` and its notes. The format is described in samples/README.md."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction
from django.utils.translation import gettext as _

from config.kernel.context import Actor
from config.kernel.errors import ValidationFailed
from projects.choices import DocumentKind, VersionOrigin
from projects.constants import BODY_MAX_BYTES, BRIEF_MAX_BYTES
from projects.models import Project
from projects.services.documents import document_create
from projects.services.projects import project_create

BRIEF_FILE = "brief.yaml"
NOTES_MOST = 500
_OWN_KEYS = ("kind", "title", "language", "notes")
_NOTE_KEYS = frozenset({"title", "source"})
_FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---\n(.*)\Z", re.DOTALL)


@dataclass(frozen=True)
class Note:
    """A note as its file says it."""

    title: str
    source: str
    body: str


def _refuse(path: Path, message: str) -> ValidationFailed:
    return ValidationFailed.field(path.name, message)


def _read(path: Path, *, most_bytes: int) -> str:
    """The file's text, with `\\n` line ends.

    Raises:
        ValidationFailed: when it is missing, too large or not UTF-8.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(most_bytes + 1)
    except OSError as error:
        raise _refuse(path, _("Expected a file that can be read: %(error)s.") % {"error": error.strerror}) from error
    if len(raw) > most_bytes:
        raise _refuse(path, _("Expected at most %(most)d bytes.") % {"most": most_bytes})
    try:
        return raw.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise _refuse(path, _("Expected UTF-8.")) from error


def _mapping(path: Path, text: str) -> dict[str, Any]:
    """YAML that is a mapping.

    Raises:
        ValidationFailed: for anything else.
    """
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise _refuse(path, _("Expected YAML: %(error)s") % {"error": " ".join(str(error).split())}) from error
    if not isinstance(found, dict):
        raise _refuse(path, _("Expected a mapping, found %(found)s.") % {"found": type(found).__name__})
    return found


def _note(directory: Path, name: object) -> Note:
    """One note of the list `notes`.

    Raises:
        ValidationFailed: for a path outside the folder, a missing file, or front matter that is not as described.
    """
    path = (directory / str(name)).resolve()
    if not isinstance(name, str) or not path.is_relative_to(directory):
        raise _refuse(directory / BRIEF_FILE, _("Expected paths inside the folder, found %(name)r.") % {"name": name})
    match = _FRONT_MATTER.match(_read(path, most_bytes=BODY_MAX_BYTES))
    if match is None:
        raise _refuse(path, _("Expected front matter with a title between two lines of ---."))
    front = _mapping(path, match[1])
    if strangers := sorted(set(front) - _NOTE_KEYS, key=str):
        raise _refuse(path, _("Unknown keys: %(keys)s.") % {"keys": ", ".join(map(str, strangers))})
    return Note(title=str(front.get("title") or ""), source=str(front.get("source") or ""), body=match[2].strip("\n"))


def _notes(directory: Path, names: object) -> list[Note]:
    if not isinstance(names, list) or len(names) > NOTES_MOST:
        raise _refuse(
            directory / BRIEF_FILE, _("Expected notes as a list of at most %(most)d paths.") % {"most": NOTES_MOST}
        )
    return [_note(directory, name) for name in names]


@transaction.atomic
def project_import(*, actor: Actor, directory: Path) -> Project:
    """A new project from a folder; each note becomes a document of kind note, in the order of the list.

    Raises:
        ValidationFailed: when a file is missing or not as the format says; nothing is written then.
    """
    folder = Path(directory).resolve()
    path = folder / BRIEF_FILE
    given = _mapping(path, _read(path, most_bytes=BRIEF_MAX_BYTES))
    notes = _notes(folder, given.get("notes") or [])
    project = project_create(
        actor=actor,
        kind=given.get("kind", ""),
        title=given.get("title", ""),
        language=given.get("language", "en"),
        brief={name: value for name, value in given.items() if name not in _OWN_KEYS},
    )
    for note in notes:
        document_create(
            actor=actor,
            project=project,
            kind=DocumentKind.NOTE,
            title=note.title,
            body=note.body,
            source=note.source,
            origin=VersionOrigin.IMPORTED,
        )
    return project
