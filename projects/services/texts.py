"""What text may be stored, and how it is counted. Jobs bring text too, so this stands in the services."""

import re
from hashlib import sha256

from django.utils.translation import gettext as _

from config.kernel.errors import ValidationFailed
from projects.constants import BODY_MAX_BYTES, TITLE_MAX_CHARACTERS

_WORD = re.compile(r"\w+(?:['\u2019\-]\w+)*")


def storable(field: str, value: object) -> str:
    """`value` when it is text that PostgreSQL can store as UTF-8.

    Raises:
        ValidationFailed: for anything but text, NUL characters and lone surrogates.
    """
    if not isinstance(value, str):
        raise ValidationFailed.field(field, _("Expected text, found %(found)s.") % {"found": type(value).__name__})
    if "\x00" in value:
        raise ValidationFailed.field(field, _("Text can't contain NUL characters."))
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ValidationFailed.field(field, _("Text can't contain lone surrogates.")) from error
    return value


def line(field: str, value: object, *, most: int = TITLE_MAX_CHARACTERS, required: bool = True) -> str:
    """One line of text: white space is collapsed.

    Raises:
        ValidationFailed: when it is not storable, empty though required, or longer than `most` characters.
    """
    text = " ".join(storable(field, value).split())
    if required and not text:
        raise ValidationFailed.field(field, _("This may not be empty."))
    if len(text) > most:
        raise ValidationFailed.field(
            field, _("Expected at most %(most)d characters, found %(found)d.") % {"most": most, "found": len(text)}
        )
    return text


def paragraphs(field: str, value: object, *, most_bytes: int = BODY_MAX_BYTES) -> str:
    """Text of any number of lines; line ends become `\\n`.

    Raises:
        ValidationFailed: when it is not storable, or larger than `most_bytes` in UTF-8.
    """
    text = storable(field, value).replace("\r\n", "\n").replace("\r", "\n")
    size_bytes = len(text.encode("utf-8"))
    if size_bytes > most_bytes:
        raise ValidationFailed.field(
            field, _("Expected at most %(most)d bytes, found %(found)d.") % {"most": most_bytes, "found": size_bytes}
        )
    return text


def checked_choice(field: str, value: object, choices: list[str]) -> str:
    """`value` when it is one of `choices`.

    Raises:
        ValidationFailed: for anything else.
    """
    if value not in choices:
        raise ValidationFailed.field(
            field,
            _("Expected one of: %(choices)s; found %(value)r.")
            % {"choices": ", ".join(choices), "value": str(value)[:40]},
        )
    return str(value)


def count_words(text: str) -> int:
    """Words of a Markdown text; its marks are none."""
    return sum(1 for _match in _WORD.finditer(text))


def text_digest(title: str, body: str) -> str:
    """SHA-256 of title and text, as 64 hexadecimal digits."""
    return sha256(f"{title}\n\n{body}".encode()).hexdigest()


def same_but_for_blanks(one: str, other: str) -> bool:
    """Whether two texts differ in nothing but blanks at the ends of lines and of the text."""
    return one == other or _without_trailing_blanks(one) == _without_trailing_blanks(other)


def _without_trailing_blanks(text: str) -> str:
    return "\n".join(part.rstrip() for part in text.rstrip().split("\n"))
