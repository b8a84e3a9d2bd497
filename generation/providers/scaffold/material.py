"""The brief, plan and notes behind a request, read leniently: what is missing or of an odd shape counts as absent."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from generation.providers.base import RequestMetadata

NAME_MAX_CHARS = 60
LINE_MAX_CHARS = 600

PROTAGONIST_WORDS = (
    "protagonist",
    "hero",
    "narrator",
    "main character",
    "narrateur",
    "narratrice",
    "héro",
    "principal",
)
FORMS_OF_ADDRESS = {
    *("captain", "count", "countess", "doctor", "dr", "father", "lady", "lord", "master", "miss", "mother", "mr"),
    *("mrs", "ms", "professor", "saint", "sir", "sister", "the"),
    *("la", "le", "les", "m", "madame", "mlle", "mme", "monsieur", "un", "une"),
}
OPPONENT_WORDS = ("antagonist", "opponent", "villain", "adversary", "rival", "adversaire", "ennemi")


@dataclass(frozen=True, slots=True)
class Person:
    """A character of the brief; unknown parts are empty."""

    name: str
    role: str = ""
    wants: str = ""
    fears: str = ""
    voice: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A place of the brief."""

    name: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """A note of the project: Markdown, and where it comes from."""

    title: str
    source: str
    body: str


@dataclass(frozen=True, slots=True)
class PlannedChapter:
    """A chapter (or section) of a plan."""

    title: str = ""
    summary: str = ""
    beats: tuple[str, ...] = ()
    point_of_view: str = ""
    place: str = ""
    characters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Material:
    """Everything a scaffold is made of. `chapter_number` counts from 1; `target_words` is 0 when nobody said."""

    kind: str
    title: str
    language: str
    premise: str
    goal: str
    audience: str
    style: tuple[tuple[str, str], ...]
    people: tuple[Person, ...]
    places: tuple[Place, ...]
    themes: tuple[str, ...]
    notes: tuple[Note, ...]
    planned: tuple[PlannedChapter, ...]
    chapter: PlannedChapter
    chapter_number: int
    chapters: int | None
    instructions: str
    target_words: int
    seed: int

    @property
    def is_article(self) -> bool:
        """Whether the project is an article rather than a novel."""
        return self.kind == "article"

    @property
    def protagonist(self) -> Person | None:
        """The person whose role says so, else the first of the brief."""
        return _by_role(self.people, PROTAGONIST_WORDS) or (self.people[0] if self.people else None)

    @property
    def opponent(self) -> Person | None:
        """The person whose role says so; nobody is guessed."""
        return _by_role(self.people, OPPONENT_WORDS)

    def known_as(self, name: str) -> str:
        """The first name where it is a name and nobody else has it, else the whole one."""
        first, *rest = name.split()
        shared = [one for one in self.people if one.name.split()[0] == first]
        return first if rest and len(shared) == 1 and first.rstrip(".").casefold() not in FORMS_OF_ADDRESS else name

    def person(self, name: str) -> Person | None:
        """The person of that name, or whose name begins with it; case does not matter."""
        wanted = name.casefold()
        exact = [one for one in self.people if one.name.casefold() == wanted]
        close = [one for one in self.people if wanted and one.name.casefold().startswith(wanted)]
        return next(iter(exact + close), None)

    def place(self, name: str) -> Place | None:
        """The place of that name; case does not matter."""
        return next((one for one in self.places if one.name.casefold() == name.casefold()), None)


def material_of(metadata: RequestMetadata, *, seed: int | None) -> Material:
    """The material of a request. `seed` (0 when None) and the content decide every later choice between wordings."""
    brief = metadata.get("brief")
    brief = brief if isinstance(brief, Mapping) else {}
    plan = metadata.get("plan")
    planned = tuple(_chapter(entry) for entry in _items(plan.get("chapters") if isinstance(plan, Mapping) else None))
    number = max(1, _whole(metadata.get("chapter_number")) or 1)
    given = metadata.get("chapter")
    chapter = _chapter(given) if given else (planned[number - 1] if number <= len(planned) else PlannedChapter())
    title = line(metadata.get("title"))
    return Material(
        kind=line(metadata.get("kind")) or "novel",
        title=title,
        language=line(metadata.get("language")) or "en",
        premise=line(brief.get("premise")),
        goal=line(brief.get("goal")),
        audience=line(brief.get("audience")),
        style=_style(brief.get("style")),
        people=tuple(person for entry in _items(brief.get("characters")) if (person := _person(entry)).name),
        places=tuple(place for entry in _items(brief.get("places")) if (place := _place(entry)).name),
        themes=tuple(theme for entry in _items(brief.get("themes")) if (theme := _named(entry))),
        notes=tuple(note for entry in _items(metadata.get("notes")) if (note := note_of(entry)).body),
        planned=planned,
        chapter=chapter,
        chapter_number=number,
        chapters=_whole(metadata.get("chapters")),
        instructions=line(metadata.get("instructions")),
        target_words=_whole(metadata.get("target_words")) or _whole(brief.get("target_words_per_chapter")) or 0,
        seed=_seed(title, brief, seed),
    )


def line(value: Any) -> str:
    """One line of text from whatever stands in a brief: white space collapsed, at most `LINE_MAX_CHARS` long."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return clipped(" ".join(str(value).split()), LINE_MAX_CHARS)


def clipped(text: str, limit_chars: int = 120) -> str:
    """The text, cut at a word and marked by an ellipsis when it is longer than the limit."""
    if len(text) <= limit_chars:
        return text
    return (text[: limit_chars - 1].rsplit(" ", 1)[0].rstrip() or text[: limit_chars - 1]) + "…"


def short_name(value: Any) -> str:
    """A name fit for a heading: up to the first comma, colon, bracket or dash, at most `NAME_MAX_CHARS` long."""
    text = re.split(r"[,;:(]| [\u2013\u2014-] ", line(value), maxsplit=1)[0].strip().rstrip(".")
    return clipped(text, NAME_MAX_CHARS)


def _by_role(people: tuple[Person, ...], words: tuple[str, ...]) -> Person | None:
    return next((one for one in people if any(word in one.role.casefold() for word in words)), None)


def _items(value: Any) -> list[Any]:
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return list(value)
    return []


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _named(entry: Any) -> str:
    return line(entry.get("name") if isinstance(entry, Mapping) else entry)


def _person(entry: Any) -> Person:
    if not isinstance(entry, Mapping):
        return Person(name=short_name(entry))
    role, wants, fears, voice = (line(entry.get(key)) for key in ("role", "wants", "fears", "voice"))
    return Person(name=short_name(entry.get("name")), role=role, wants=wants, fears=fears, voice=voice)


def _place(entry: Any) -> Place:
    if not isinstance(entry, Mapping):
        text = line(entry)
        return Place(name=short_name(text), description=text if text != short_name(text) else "")
    return Place(name=short_name(entry.get("name")), description=line(entry.get("description")))


def note_of(entry: Any) -> Note:
    """A note of a request or a project; plain text counts as a body."""
    if not isinstance(entry, Mapping):
        return Note(title="", source="", body=entry if isinstance(entry, str) else "")
    body = entry.get("body")
    return Note(line(entry.get("title")), line(entry.get("source")), body if isinstance(body, str) else "")


def _chapter(entry: Any) -> PlannedChapter:
    if not isinstance(entry, Mapping):
        return PlannedChapter(title=line(entry))
    return PlannedChapter(
        title=line(entry.get("title")),
        summary=line(entry.get("summary")),
        beats=tuple(beat for value in _items(entry.get("beats")) if (beat := _named(value))),
        point_of_view=short_name(entry.get("point_of_view")),
        place=short_name(entry.get("place")),
        characters=tuple(name for value in _items(entry.get("characters")) if (name := short_name(_named(value)))),
    )


def _style(value: Any) -> tuple[tuple[str, str], ...]:
    if isinstance(value, Mapping):
        return tuple((line(key), text) for key, entry in value.items() if (text := line(entry)))
    text = line(value)
    return (("", text),) if text else ()


def _seed(title: str, brief: Mapping[str, Any], seed: int | None) -> int:
    """A number from the content, not from the clock: the same brief gives the same text on every machine."""
    content = json.dumps([title, line(brief.get("premise")), seed or 0]).encode()
    return int.from_bytes(hashlib.sha256(content).digest()[:8], "big")
