"""A plan as a document that people read and edit, and back: what they changed is what is written.

The plan starts with a synopsis. Each chapter is a heading of the second level with a number, its summary, one line of
facts in italics, and its beats as a list. Everything else, such as the list of characters, is for people only.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

_HEADING = re.compile(r"^##\s+(.*?)\s*#*\s*$")
_NUMBERED = re.compile(r"^(\d+)\s*[.:)]\s*(.+)$")
_BEAT = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s+(.+)$")
_FACTS = re.compile(r"^\*[^*].*[^*]\*$")
_SPACES = re.compile(r"\s+")

FACTS = ("point_of_view", "place", "characters")
LANGUAGES = ("en", "fr")  # a plan stays readable when the project's language changes


def _labels() -> dict[str, str]:
    """The words of the present language for what a line of facts holds."""
    return {"point_of_view": _("Point of view"), "place": _("Place"), "characters": _("With")}


def _line(value: Any) -> str:
    return _SPACES.sub(" ", str(value or "")).strip()


def plan_as_markdown(plan: Mapping[str, Any], *, language: str) -> str:
    """The plan as the body of a document, with the labels of that language."""
    with override(language):
        labels = _labels()
        blocks = [_line(plan.get("synopsis"))]
        people = [_person(one) for one in plan.get("characters") or [] if one.get("name")]
        if people:
            blocks += [f"## {_('Characters')}", "\n".join(people)]
    for number, chapter in enumerate(plan.get("chapters") or [], start=1):
        blocks += [f"## {number}. {_line(chapter.get('title'))}", _line(chapter.get("summary"))]
        facts = [f"{labels[name]}: {text}" for name in FACTS if (text := _fact(chapter.get(name)))]
        blocks += [f"*{' · '.join(facts)}*"] if facts else []
        blocks.append("\n".join(f"- {_line(beat)}" for beat in chapter.get("beats") or []))
    return "\n\n".join(block for block in blocks if block) + "\n"


def _person(one: Mapping[str, Any]) -> str:
    labels = {"role": "%s", "wants": _("wants: %s"), "fears": _("fears: %s"), "voice": _("voice: %s")}
    what = "; ".join(label % _line(one[key]).rstrip(".") for key, label in labels.items() if one.get(key))
    return f"- **{_line(one['name'])}**" + (f": {what}" if what else "")


def _fact(value: Any) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(_line(one) for one in value)
    return _line(value)


def plan_from_markdown(body: str) -> dict[str, Any]:
    """Synopsis and chapters as the document has them now; a document without numbered chapters plans none."""
    synopsis: list[str] = []
    chapters: list[dict[str, Any]] = []
    present: list[str] | None = synopsis
    for line in body.splitlines():
        heading = _HEADING.match(line)
        if heading is None:
            if present is not None:
                present.append(line)
            continue
        numbered = _NUMBERED.match(heading[1])
        present = None
        if numbered is not None:
            present = []
            chapters.append({"title": numbered[2], "lines": present})
    return {
        "synopsis": _paragraph(line for line in synopsis if not line.startswith("# ")),
        "chapters": [_chapter(chapter["title"], chapter["lines"]) for chapter in chapters],
    }


def _paragraph(lines: Any) -> str:
    return _line(" ".join(lines))


def _chapter(title: str, lines: list[str]) -> dict[str, Any]:
    chapter: dict[str, Any] = {"title": _line(title), "beats": []}
    summary: list[str] = []
    for line in lines:
        if beat := _BEAT.match(line):
            chapter["beats"].append(_line(beat[1]))
        elif _FACTS.match(line.strip()) and (facts := _facts(line.strip().strip("*"))):
            chapter |= facts
        else:
            summary.append(line)
    return {**chapter, "summary": _paragraph(summary)}


def _facts(line: str) -> dict[str, Any]:
    """The facts of one line, whatever language labelled them."""
    names: dict[str, str] = {}
    for language in LANGUAGES:
        with override(language):
            names |= {label.casefold(): name for name, label in _labels().items()}
    found: dict[str, Any] = {}
    for part in line.split(" · "):
        label, separator, value = part.partition(":")
        name = names.get(label.strip().casefold())
        if separator and name:
            text = _line(value)
            found[name] = [one.strip() for one in text.split(",") if one.strip()] if name == "characters" else text
    return found
