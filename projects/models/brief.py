"""The shape of `Project.brief`: what a writer, person or model, is told before the first line."""

from typing import Annotated, Any

import orjson
from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from config.kernel.errors import ValidationFailed
from projects.constants import BRIEF_MAX_BYTES

Sentence = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]
Passage = Annotated[str, StringConstraints(strip_whitespace=True, max_length=5000)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class Part(BaseModel):
    """A piece of a brief; keys that it does not know are refused by name."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Character(Part):
    """Somebody in the text."""

    name: Name
    role: Sentence = ""
    wants: Sentence = ""
    fears: Sentence = ""
    voice: Sentence = ""
    description: Passage = ""


class Place(Part):
    """Somewhere in the text."""

    name: Name
    description: Passage = ""


class Brief(Part):
    """Everything is optional: a brief grows with its project. Lengths are in characters, the target in words."""

    premise: Passage = ""
    goal: Passage = ""
    audience: Passage = ""
    style: Annotated[dict[Name, Sentence], Field(max_length=30)] = Field(default_factory=dict)
    characters: Annotated[list[Character], Field(max_length=100)] = Field(default_factory=list)
    places: Annotated[list[Place], Field(max_length=100)] = Field(default_factory=list)
    themes: Annotated[list[Sentence], Field(max_length=50)] = Field(default_factory=list)
    target_words_per_chapter: Annotated[int, Field(ge=50, le=20_000)] | None = None


def _complaints(error: ValidationError) -> dict[str, list[str]]:
    """Pydantic's errors by the path of the field, in the product's words where pydantic's say too little."""
    fields: dict[str, list[str]] = {}
    for item in error.errors(include_url=False):
        path = ".".join(["brief", *(str(step) for step in item["loc"])])
        message = item["msg"]
        if item["type"] == "extra_forbidden":
            message = _("Unknown key; a brief knows: %(known)s.") % {"known": ", ".join(_known(item["loc"]))}
        fields.setdefault(path, []).append(message)
    return fields


def _known(path: tuple[int | str, ...]) -> list[str]:
    parts: dict[int | str, type[Part]] = {"characters": Character, "places": Place}
    part = parts.get(path[0], Brief) if len(path) > 1 else Brief
    return sorted(part.model_fields)


def checked_brief(value: Any) -> dict[str, Any]:
    """The brief as it is stored: only what was given.

    Raises:
        ValidationFailed: for unknown keys, wrong types, sizes out of bounds, text that can't be stored.
    """
    if not isinstance(value, dict):
        raise ValidationFailed.field(
            "brief", _("Expected an object, found %(found)s.") % {"found": type(value).__name__}
        )
    try:
        brief = Brief.model_validate(value).model_dump(exclude_unset=True)
    except ValidationError as error:
        raise ValidationFailed(details={"fields": _complaints(error)}) from error
    try:
        written = orjson.dumps(brief)
    except orjson.JSONEncodeError as error:
        raise ValidationFailed.field("brief", _("Text can't contain lone surrogates.")) from error
    if b"\\u0000" in written:
        raise ValidationFailed.field("brief", _("Text can't contain NUL characters."))
    if len(written) > BRIEF_MAX_BYTES:
        raise ValidationFailed.field(
            "brief",
            _("Expected at most %(most)d bytes, found %(found)d.") % {"most": BRIEF_MAX_BYTES, "found": len(written)},
        )
    return brief
