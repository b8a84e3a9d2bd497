"""The wordings of a scaffold per language, from the YAML files beside this module, and how their slots are filled."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

import yaml

PHRASES_DIR = Path(__file__).with_name("phrases")
DEFAULT_LANGUAGE = "en"

Slots = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class BeatPhrases:
    """A kind of beat: its heading, the direction given to the writer, and the questions asked."""

    title: str
    direction: str
    asks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StagePhrases:
    """A stage of a story, or the role of a section: what it is for, possible titles, its pool of beats."""

    purpose: str
    titles: tuple[str, ...]
    beats: tuple[BeatPhrases, ...]


@dataclass(frozen=True, slots=True)
class BeatPool:
    """Directions and questions for beats that somebody else wrote into the plan."""

    directions: tuple[str, ...]
    asks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Phrases:
    """All wordings of one language."""

    notice: str
    labels: Mapping[str, str]
    thousands: str
    colon: str
    style_keys: Mapping[str, str]
    unnamed: Mapping[str, str]
    facts: tuple[str, ...]
    own_beats: BeatPool
    plan_summary: str
    stages: tuple[StagePhrases, ...]
    synopsis: Mapping[str, str]
    article_synopsis: Mapping[str, str]
    article_roles: Mapping[str, StagePhrases]
    article_own_beats: BeatPool


def phrases_for(language: str) -> Phrases:
    """The wordings for a BCP 47 tag such as `fr-CA`; English for languages that have none."""
    primary = language.split("-")[0].split("_")[0].casefold()
    known = primary.isalpha() and (PHRASES_DIR / f"{primary}.yaml").is_file()
    return _load(primary if known else DEFAULT_LANGUAGE)


def filled(template: str, slots: Slots) -> str | None:
    """The template with its slots filled and its first letter raised, or None when a slot has nothing in it.

    Values are put in as they are: braces inside them mean nothing.
    """
    names = [name for _text, name, _spec, _conversion in Formatter().parse(template) if name]
    if any(not slots.get(name) for name in names):
        return None
    text = template.format_map({name: slots[name] for name in names})
    return text[:1].upper() + text[1:]


@cache
def _load(language: str) -> Phrases:
    raw: dict[str, Any] = yaml.safe_load((PHRASES_DIR / f"{language}.yaml").read_text(encoding="utf-8"))
    return Phrases(
        notice=raw["notice"],
        labels=raw["labels"],
        thousands=raw["thousands"],
        colon=raw["colon"],
        style_keys=raw["style_keys"],
        unnamed=raw["unnamed"],
        facts=tuple(raw["facts"]),
        own_beats=_pool(raw["own_beats"]),
        plan_summary=raw["plan_summary"],
        stages=tuple(_stage(entry) for entry in raw["stages"]),
        synopsis=raw["synopsis"],
        article_synopsis=raw["article"]["synopsis"],
        article_roles={name: _stage(entry) for name, entry in raw["article"]["roles"].items()},
        article_own_beats=_pool(raw["article"]["own_beats"]),
    )


def _stage(raw: Mapping[str, Any]) -> StagePhrases:
    beats = tuple(BeatPhrases(beat["title"], beat["direction"], tuple(beat["asks"])) for beat in raw["beats"])
    return StagePhrases(raw["purpose"], tuple(raw["titles"]), beats)


def _pool(raw: Mapping[str, Any]) -> BeatPool:
    return BeatPool(tuple(raw["directions"]), tuple(raw["asks"]))
