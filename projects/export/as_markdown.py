"""The book as one Markdown file."""

from typing import ClassVar

from projects.export.base import Book, Exporter
from projects.export.markup import escaped, with_headings_below, without_title


class MarkdownExporter(Exporter):
    """The title as the only heading of the first level, chapters on the second, their own headings below."""

    format: ClassVar[str] = "md"
    extension: ClassVar[str] = "md"
    content_type: ClassVar[str] = "text/markdown; charset=utf-8"

    def render(self, book: Book) -> bytes:
        """UTF-8 with one newline at the end."""
        parts = [f"# {escaped(book.title)}"]
        if book.preface:
            parts.append(with_headings_below(book.preface, 2))
        for number, chapter in enumerate(book.chapters, start=1):
            mark = f"{number}. " if book.is_numbered else ""
            if len(book.chapters) > 1 or chapter.title != book.title:
                parts.append(f"## {mark}{escaped(chapter.title)}")
            parts.append(with_headings_below(without_title(chapter.body, chapter.title), 2))
        return ("\n\n".join(part for part in parts if part.strip()) + "\n").encode()
