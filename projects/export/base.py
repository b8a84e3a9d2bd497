"""What an exporter is given, what it gives, and which ones there are."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Chapter:
    """One part of a book; the body is Markdown."""

    title: str
    body: str


@dataclass(frozen=True)
class Book:
    """A whole text, ready to be laid out. `preface` is what stands before the first chapter (Markdown).

    `language` is a tag such as `en` or `pt-BR`; `label` says what it is ("A novel") in that language.
    """

    title: str
    language: str
    label: str
    chapters: tuple[Chapter, ...]
    preface: str = ""
    is_numbered: bool = True


class Exporter(ABC):
    """A format. Stateless; the same book gives the same bytes."""

    format: ClassVar[str]
    extension: ClassVar[str]
    content_type: ClassVar[str]

    @abstractmethod
    def render(self, book: Book) -> bytes:
        """The book as a file."""


_exporters: dict[str, Exporter] = {}


def register(exporter: Exporter) -> None:
    """Make a format known.

    Raises:
        ValueError: when another exporter has this format.
    """
    known = _exporters.setdefault(exporter.format, exporter)
    if type(known) is not type(exporter):
        raise ValueError(f"format {exporter.format} belongs to {type(known).__name__} already")


def exporter_for(format_name: str) -> Exporter:
    """The exporter of a format.

    Raises:
        KeyError: when there is none.
    """
    return _exporters[format_name]


def formats() -> list[str]:
    """The formats there are, sorted."""
    return sorted(_exporters)
