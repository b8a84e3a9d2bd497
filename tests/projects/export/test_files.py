"""The files a book becomes."""

import re
from html.parser import HTMLParser

import pytest

from projects.export.base import Book, Chapter, exporter_for, formats, register

BOOK = Book(
    title="Light & <Dark>",
    language="fr",
    label="Un roman",
    chapters=(
        Chapter("L'anse", "# L'anse\n\nIl *dit* non.\n\n## Le feu\n\n- un\n- deux"),
        Chapter("Le r\u00e9cif *", "Texte."),
    ),
)


class Outline(HTMLParser):
    """Which tags an HTML file opens, and whether it closes them."""

    VOID = frozenset({"meta", "br", "hr", "link", "img"})

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.addresses = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.addresses += [value for name, value in attrs if name in {"src", "href"}]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def html(book=BOOK):
    return exporter_for("html").render(book).decode()


def test_formats_are_registered_once():
    assert formats() == ["html", "md"]

    class Other(type(exporter_for("md"))):
        """Another exporter of the same format."""

    with pytest.raises(ValueError, match="md belongs to MarkdownExporter"):
        register(Other())


def test_html_is_well_formed_and_complete():
    outline = Outline()
    outline.feed(html())

    assert outline.open == []
    assert outline.tags.count("section") == 2
    assert outline.addresses == ["#chapter-1", "#chapter-2"]
    assert '<html lang="fr" dir="ltr">' in html()
    assert "<title>Light &amp; &lt;Dark&gt;</title>" in html()
    assert "<h3>Le feu</h3>" in html()
    assert html().count("L\u2019anse") + html().count("L&#x27;anse") == 2  # in the contents and above the chapter


def test_html_fetches_nothing():
    assert "default-src 'none'" in html()
    assert not re.search(r"""(?:src|href)=["']?(?!#)|url\(|@import|<script""", html().replace('href="#', "#"))


def test_right_to_left_language_is_laid_out_so():
    book = Book(title="x", language="ar", label="x", chapters=(Chapter("x", "y"),))

    assert 'dir="rtl"' in html(book)


def test_single_chapter_of_the_books_title_has_no_contents_and_no_second_heading():
    book = Book(
        title="Tides", language="en", label="An article", chapters=(Chapter("Tides", "Text."),), is_numbered=False
    )

    assert "<nav" not in html(book)
    assert "<h2>" not in html(book)
    assert exporter_for("md").render(book) == b"# Tides\n\nText.\n"


def test_markdown_escapes_titles_and_keeps_the_text():
    assert exporter_for("md").render(BOOK).decode() == (
        "# Light & \\<Dark\\>\n\n"
        "## 1. L'anse\n\nIl *dit* non.\n\n### Le feu\n\n- un\n- deux\n\n"
        "## 2. Le r\u00e9cif \\*\n\nTexte.\n"
    )


@pytest.mark.parametrize("name", ["html", "md"])
def test_same_book_gives_the_same_bytes(name):
    assert exporter_for(name).render(BOOK) == exporter_for(name).render(BOOK)
