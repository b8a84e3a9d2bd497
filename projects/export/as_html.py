"""The book as one HTML file: title page, contents, chapters, a layout for screen and print, nothing fetched."""

from typing import ClassVar

from django.template.loader import render_to_string
from django.utils.safestring import mark_safe
from django.utils.translation import override

from projects.export.base import Book, Exporter
from projects.export.markup import to_html, without_title

RIGHT_TO_LEFT = frozenset({"ar", "dv", "fa", "he", "ps", "ur", "yi"})


class HtmlExporter(Exporter):
    """One file that opens anywhere."""

    format: ClassVar[str] = "html"
    extension: ClassVar[str] = "html"
    content_type: ClassVar[str] = "text/html; charset=utf-8"

    def render(self, book: Book) -> bytes:
        """UTF-8; chapters are cleaned HTML, everything else is escaped by the template."""
        chapters = [
            {
                "number": number,
                "title": chapter.title,
                "html": _html(without_title(chapter.body, chapter.title), book.language),
                "has_heading": len(book.chapters) > 1 or chapter.title != book.title,
            }
            for number, chapter in enumerate(book.chapters, start=1)
        ]
        with override(book.language):
            page = render_to_string(
                "exports/book.html",
                {
                    "book": book,
                    "preface": _html(book.preface, book.language),
                    "chapters": chapters,
                    "direction": "rtl" if book.language.partition("-")[0] in RIGHT_TO_LEFT else "ltr",
                },
            )
        return page.encode()


def _html(body: str, language: str) -> str:
    return mark_safe(to_html(body, language=language, below=2))  # noqa: S308  (nh3 cleaned it)
