"""Markdown read by its structure: which lines are headings, where chapters begin, how it looks as HTML."""

import re
from dataclasses import dataclass
from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from projects.export.base import Chapter

# Opening and closing, double then single, as each language prints them. Others keep the quotes that were typed.
QUOTES = {
    "en": "\u201c\u201d\u2018\u2019",
    "fr": ["\u00ab\u00a0", "\u00a0\u00bb", "\u2039\u00a0", "\u00a0\u203a"],
    "de": "\u201e\u201c\u201a\u2018",
}
TAGS = {
    *("a", "blockquote", "br", "code", "del", "em", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "s"),
    *("strong", "table", "tbody", "td", "th", "thead", "tr", "ul"),
}
_NUMBERING = re.compile(r"^(?:(?:chapter|chapitre)\s+)?(?:\d+|[ivxlc]+)\s*[.:)\u2013\u2014-]\s*", re.IGNORECASE)
_SPECIAL = re.compile(r"([\\`*_\[\]<>#])")


@dataclass(frozen=True)
class Heading:
    """A heading outside of quotes and lists; its source is lines `start` to `end`, without the latter."""

    level: int
    text: str
    start: int
    end: int


def _image_as_text(renderer: RendererHTML, tokens: list[Token], index: int, options: OptionsDict, env: EnvType) -> str:
    """An image's description: a file that travels must not fetch anything."""
    return f"<em>{renderer.renderInlineAsText(tokens[index].children, options, env)}</em>"


@lru_cache(maxsize=16)
def _parser(language: str) -> MarkdownIt:
    quotes = QUOTES.get(language)
    options: dict[str, object] = {"html": False, "typographer": quotes is not None, "quotes": quotes or ""}
    parser = MarkdownIt("commonmark", options).enable(["table", "strikethrough"])
    if quotes is not None:
        parser.enable(["replacements", "smartquotes"])
    parser.add_render_rule("image", _image_as_text)
    return parser


def headings(body: str) -> list[Heading]:
    """The headings of a text, in order."""
    tokens = _parser("").parse(body)
    return [
        Heading(int(token.tag[1]), tokens[index + 1].content, *token.map)
        for index, token in enumerate(tokens)
        if token.type == "heading_open" and token.level == 0 and token.map
    ]


def escaped(title: str) -> str:
    """A plain title as Markdown that means nothing more."""
    return _SPECIAL.sub(r"\\\1", title)


def _plain(text: str) -> str:
    """A heading's text without numbering, marks and case: to tell whether it repeats a title."""
    return re.sub(r"[\W_]+", " ", _NUMBERING.sub("", text.strip())).strip().casefold()


def without_title(body: str, title: str) -> str:
    """The text without its first heading, when that only repeats `title`."""
    found = headings(body)
    if not found or _plain(found[0].text) != _plain(title):
        return body.strip("\n")
    lines = body.split("\n")
    before, behind = "\n".join(lines[: found[0].start]), "\n".join(lines[found[0].end :])
    return "\n\n".join(part.strip("\n") for part in (before, behind) if part.strip())


def with_headings_below(body: str, level: int) -> str:
    """The text with every heading moved down so that the highest one is of `level` + 1; the lowest is 6."""
    found = headings(body)
    if not found:
        return body
    step = level + 1 - min(heading.level for heading in found)
    lines = body.split("\n")
    for heading in reversed(found):
        mark = "#" * max(1, min(6, heading.level + step))
        lines[heading.start : heading.end] = [f"{mark} {heading.text}".rstrip()]
    return "\n".join(lines)


def to_html(body: str, *, language: str, below: int) -> str:
    """Clean HTML of a text whose highest heading is below level `below`. Nothing in it is fetched from elsewhere."""
    html = _parser(language.partition("-")[0]).render(with_headings_below(body, below))
    return nh3.clean(
        html,
        tags=TAGS,
        attributes={"a": {"href", "title"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer",
    )


def split_chapters(text: str, *, title: str) -> tuple[str, tuple[Chapter, ...]]:
    """An assembled text as (what stands before the first chapter, its chapters).

    Chapters begin at the highest level of heading; a first heading that stands alone on its level is the book's own
    title. A text without headings is one chapter of the book's title.
    """
    found = headings(text)
    top = min((heading.level for heading in found), default=0)
    if found and found[0].level == top and [heading.level for heading in found].count(top) == 1 and len(found) > 1:
        text, found = without_heading(text, found[0]), found[1:]
        found = headings(text)
        top = min(heading.level for heading in found)
    starts = [heading for heading in found if heading.level == top]
    if not starts:
        return "", (Chapter(title, text.strip("\n")),)
    lines = text.split("\n")
    ends = [*(heading.start for heading in starts[1:]), len(lines)]
    chapters = tuple(
        Chapter(
            _NUMBERING.sub("", heading.text.strip()) or heading.text, "\n".join(lines[heading.end : end]).strip("\n")
        )
        for heading, end in zip(starts, ends, strict=True)
    )
    return "\n".join(lines[: starts[0].start]).strip("\n"), chapters


def without_heading(text: str, heading: Heading) -> str:
    """The text without the lines of one of its headings."""
    lines = text.split("\n")
    return "\n".join(lines[: heading.start] + lines[heading.end :]).strip("\n")
