"""Markdown read by its structure."""

from html.parser import HTMLParser

import pytest

from projects.export.base import Chapter
from projects.export.markup import TAGS, headings, split_chapters, to_html, with_headings_below, without_title


class Elements(HTMLParser):
    """The tags and attributes that a browser would see."""

    def __init__(self):
        super().__init__()
        self.tags, self.attributes = set(), []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs


@pytest.mark.parametrize(
    ("body", "title", "expected"),
    [
        ("# The cove\n\nText.", "The cove", "Text."),
        ("## 3. The *Cove*\n\nText.", "The cove", "Text."),
        ("Chapter IV: The cove\n====\n\nText.", "The cove", "Text."),
        ("> A note.\n\n# The cove\n\nText.", "The cove", "> A note.\n\nText."),
        ("# Another\n\nText.", "The cove", "# Another\n\nText."),
        ("```\n# The cove\n```", "The cove", "```\n# The cove\n```"),
        ("Text.", "The cove", "Text."),
        ("", "The cove", ""),
    ],
)
def test_heading_that_repeats_the_title_is_left_out(body, title, expected):
    assert without_title(body, title) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("# a\n\n## b", "### a\n\n#### b"),
        ("#### a", "### a"),
        ("a\n===\n\nb\n---\ntext", "### a\n\n#### b\ntext"),
        ("# a\n\n###### b", "### a\n\n###### b"),
        ("```\n# no\n```\n\n# yes", "```\n# no\n```\n\n### yes"),
        ("> # quoted", "> # quoted"),
    ],
)
def test_headings_move_below_the_chapters_own(body, expected):
    assert with_headings_below(body, 2) == expected


@pytest.mark.parametrize(
    ("text", "preface", "chapters"),
    [
        ("# Book\n\n## 1. One\n\na\n\n## 2. Two\n\nb", "", [("One", "a"), ("Two", "b")]),
        ("# Book\n\nBefore.\n\n## One\n\na", "Before.", [("One", "a")]),
        ("# One\n\na\n\n# Two\n\n## inner\n\nb", "", [("One", "a"), ("Two", "## inner\n\nb")]),
        ("# Only\n\na", "", [("Only", "a")]),
        ("No heading at all.", "", [("Book", "No heading at all.")]),
        ("# 1984\n\na\n\n# 2001\n\nb", "", [("1984", "a"), ("2001", "b")]),
    ],
)
def test_assembled_text_is_split_at_its_chapters(text, preface, chapters):
    assert split_chapters(text, title="Book") == (preface, tuple(Chapter(*chapter) for chapter in chapters))


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](data:text/html,<script>alert(1)</script>)",
        "![x](https://tracker.example/p.png)",
        '[x](https://a.example "t\\" onclick=alert(1)")',
        '<https://a.example/" onmouseover="alert(1)>',
        "<iframe src=//a.example></iframe>",
        "<style>@import url(//a.example)</style>",
    ],
)
def test_nothing_runs_and_nothing_is_fetched(attack):
    found = Elements()
    found.feed(to_html(attack, language="en", below=2))

    assert found.tags <= TAGS
    assert {name for name, _value in found.attributes} <= {"href", "title", "rel"}
    addresses = [value for name, value in found.attributes if name == "href"]
    assert all(address.startswith("https://a.example") for address in addresses)


def test_image_leaves_its_description():
    assert to_html("![A *map*](https://a.example/map.png)", language="en", below=2) == "<p><em>A map</em></p>\n"


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "<p>\u201cNo\u201d \u2013 it\u2019s late\u2026</p>\n"),
        ("fr", "<p>\u00ab&nbsp;No&nbsp;\u00bb \u2013 it\u2019s late\u2026</p>\n"),
        ("en-GB", "<p>\u201cNo\u201d \u2013 it\u2019s late\u2026</p>\n"),
        ("ja", '<p>"No" -- it\'s late...</p>\n'),
    ],
)
def test_quotes_and_dashes_follow_the_language(language, expected):
    assert to_html('"No" -- it\'s late...', language=language, below=2) == expected


def test_headings_know_their_lines():
    found = headings("text\n\nTitle\n=====\n\n## Next #\n")

    assert [(heading.level, heading.text, heading.start, heading.end) for heading in found] == [
        (1, "Title", 2, 4),
        (2, "Next", 5, 6),
    ]
