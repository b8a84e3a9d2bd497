"""Chapter and section pages made of plan, brief and notes without a model."""

import re
from typing import Any

import pytest

from generation.exceptions import CallAborted
from generation.providers import CompletionRequest, Purpose
from generation.providers.scaffold import ScaffoldProvider
from tests.support.writing_material import BRIEF, planned

NOTES = [
    {
        "title": "The light",
        "source": "Keeper's manual, 1780",
        "body": "# Coal\n\n"
        "The light at Skerrow Head burns a ton of coal in a winter night, and the tower needs one keeper.\n\n"
        "The Anchor is an inn where debts are read aloud and an honest record is worth more than money.\n\n"
        "Too short.",
    },
    {
        "title": "Seamen",
        "source": "Stevenson, Treasure Island",
        "body": "Elias the survivor asked for the truth, and the kindness of the village was what frightened him most.",
    },
]


def page(**metadata: Any) -> str:
    """The page for this material."""
    material: Any = {"kind": "novel", "title": "The Borrowed Light", "brief": BRIEF, "notes": NOTES, **metadata}
    return ScaffoldProvider().complete(CompletionRequest((), Purpose.CHAPTER, metadata=material)).text


def headings(text: str) -> list[str]:
    """The headings of a page without their marks."""
    return re.findall(r"^#+ (.+)$", text, re.MULTILINE)


@pytest.mark.parametrize(
    ("language", "notice"), [("en", "No language model wrote this page"), ("fr", "Aucun modèle de langage")]
)
@pytest.mark.parametrize("kind", ["novel", "article"])
def test_page_says_once_and_first_that_no_model_wrote_it(kind: str, language: str, notice: str) -> None:
    text = page(kind=kind, language=language, plan=planned(kind=kind, chapters=4), chapter_number=2)
    assert text.startswith("> **")
    assert text.count(notice) == 1
    assert notice in text.splitlines()[0]


def test_page_has_a_heading_per_beat_of_the_plan_with_questions() -> None:
    plan = planned(chapters=4)
    text = page(plan=plan, chapter_number=3)
    chapter = plan["chapters"][2]
    assert headings(text)[0] == f"3. {chapter['title']}"
    assert headings(text)[1:-1] == [f"{number}. {beat}" for number, beat in enumerate(chapter["beats"], start=1)]
    assert text.count("**Questions for you**") == len(chapter["beats"])
    assert "Tamsin" in text
    assert "Skerrow Head" in text or "The Anchor" in text


def test_beats_written_by_somebody_else_are_kept_and_worked_with() -> None:
    chapter = {
        "title": "The log",
        "summary": "She reads her own hand.",
        "beats": ["Tamsin opens the log", "Penhale offers a chair"],
        "point_of_view": "Tamsin Carne",
        "place": "The Anchor",
        "characters": ["Tamsin Carne", "Josiah Penhale"],
    }
    text = page(chapter=chapter, chapter_number=1)
    assert headings(text)[:3] == ["1. The log", "1. Tamsin opens the log", "2. Penhale offers a chair"]
    assert "She reads her own hand." in text
    assert "**Place:** The Anchor" in text


def test_passages_of_the_notes_are_quoted_with_their_source() -> None:
    plan = planned(chapters=3)
    text = "\n".join(page(plan=plan, chapter_number=number) for number in (1, 2, 3))
    assert "> The light at Skerrow Head burns a ton of coal" in text
    assert "> — *The light*, source: Keeper's manual, 1780" in text
    assert "Too short." not in text


def test_no_passage_is_quoted_in_two_chapters() -> None:
    plan = planned(chapters=6)
    pages = [page(plan=plan, chapter_number=number) for number in range(1, 7)]
    quoted = [line for text in pages for line in text.splitlines()[1:] if line.startswith("> ") and "—" not in line]
    assert quoted
    assert len(quoted) == len(set(quoted))


def test_different_chapters_share_little_text() -> None:
    plan = planned(chapters=8)
    pages = [set(page(plan=plan, chapter_number=number).splitlines()) for number in range(1, 9)]
    for index, one in enumerate(pages):
        for other in pages[index + 1 :]:
            assert len(one & other) <= 0.5 * min(len(one), len(other))


def test_same_request_gives_the_same_bytes() -> None:
    plan = planned(chapters=4)
    assert page(plan=plan, chapter_number=2).encode() == page(plan=plan, chapter_number=2).encode()


def test_section_of_an_article_lists_statements_with_sources_or_says_there_are_none() -> None:
    notes = [
        {
            "title": "Cost of lamps",
            "source": "Council, 2024",
            "body": "- A lamp costs the town 60 euros a year, most of it for power (Council report, 2024)\n"
            "- The cost of lamps fell by a third when half of them were dimmed after midnight",
        }
    ]
    brief = {"premise": "Dimming pays.", "themes": ["cost of lamps", "birds at night"]}
    plan = planned(kind="article", brief=brief, notes=notes, chapters=4)
    cost, birds = (
        page(kind="article", brief=brief, notes=notes, plan=plan, chapter_number=number) for number in (2, 3)
    )
    assert (
        "- A lamp costs the town 60 euros a year, most of it for power (Council report, 2024) (*Cost of lamps*)" in cost
    )
    assert "dimmed after midnight (*Cost of lamps*, source: Council, 2024)" in cost
    assert "60 euros" not in birds
    assert "The notes say nothing on this point yet." in birds


@pytest.mark.parametrize(
    "metadata",
    [
        {"brief": {}, "notes": []},
        {"brief": None, "notes": None, "plan": None, "chapter": None, "chapter_number": None},
        {"brief": 3, "notes": ["just text that is long enough to be a paragraph of a note, by some way"], "plan": []},
        {"chapter": "Only a title", "chapter_number": 10_000},
        {"chapter": {"title": "# Not\na heading", "beats": [None, 3, "b\n\n# c"]}},
    ],
)
def test_material_of_any_shape_makes_a_page(metadata: dict[str, Any]) -> None:
    text = page(**metadata)
    assert len(headings(text)) >= 2
    assert "\n# a heading" not in text


def test_page_is_told_block_by_block_and_stops_on_request() -> None:
    told: list[str] = []
    request = CompletionRequest((), Purpose.CHAPTER, metadata={"brief": BRIEF, "chapters": 3})
    with pytest.raises(CallAborted):
        ScaffoldProvider().complete(request, on_delta=told.append, should_stop=lambda: len(told) == 3)
    assert len(told) == 3
    whole: list[str] = []
    text = ScaffoldProvider().complete(request, on_delta=whole.append).text
    assert "".join(whole).strip() == text.strip()
