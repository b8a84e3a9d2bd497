"""A plan as a document that people edit, and back."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generation.workflows.plan_document import plan_as_markdown, plan_from_markdown

PLAN: dict[str, Any] = {
    "synopsis": "A keeper's daughter finds\nproof.",
    "characters": [{"name": "Tamsin", "role": "narrator", "wants": "to be believed.", "fears": "", "voice": "dry"}],
    "chapters": [
        {
            "title": "The Log",
            "summary": "She reads it.",
            "beats": ["She opens the book", "She sees her own hand"],
            "point_of_view": "Tamsin",
            "place": "Skerrow Head",
            "characters": ["Tamsin", "Jory"],
        },
        {"title": "The Cove", "summary": "They talk.", "beats": ["Nobody answers"]},
    ],
}


def test_plan_reads_like_a_document() -> None:
    assert plan_as_markdown(PLAN, language="en") == (
        "A keeper's daughter finds proof.\n\n"
        "## Characters\n\n"
        "- **Tamsin**: narrator; wants: to be believed; voice: dry\n\n"
        "## 1. The Log\n\n"
        "She reads it.\n\n"
        "*Point of view: Tamsin · Place: Skerrow Head · With: Tamsin, Jory*\n\n"
        "- She opens the book\n- She sees her own hand\n\n"
        "## 2. The Cove\n\n"
        "They talk.\n\n"
        "- Nobody answers\n"
    )


@pytest.mark.parametrize("language", ["en", "fr", "de"])
def test_plan_survives_the_way_to_a_document_and_back(language: str) -> None:
    back = plan_from_markdown(plan_as_markdown(PLAN, language=language))
    assert back == {"synopsis": "A keeper's daughter finds proof.", "chapters": PLAN["chapters"]}


def test_what_people_change_is_what_is_planned() -> None:
    body = plan_as_markdown(PLAN, language="en")
    body = body.replace("## 2. The Cove", "## 2) The Harbour ##").replace("- Nobody answers", "* One answers\n* Two do")
    chapter = plan_from_markdown(body)["chapters"][1]
    assert chapter == {"title": "The Harbour", "summary": "They talk.", "beats": ["One answers", "Two do"]}


def test_text_of_people_without_numbered_chapters_plans_none() -> None:
    assert plan_from_markdown("# My plan\n\nWrite something good.\n\n## Ideas\n\n- a storm") == {
        "synopsis": "Write something good.",
        "chapters": [],
    }


def test_emphasis_that_holds_no_facts_stays_in_the_summary() -> None:
    chapter = plan_from_markdown("## 1. One\n\n*Very: important*\n\nText.")["chapters"][0]
    assert chapter == {"title": "One", "summary": "*Very: important* Text.", "beats": []}


LINE = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=30).map(
    lambda text: f"x{text}"
)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.fixed_dictionaries({"title": LINE, "summary": LINE, "beats": st.lists(LINE, max_size=3)}), max_size=4)
)
def test_titles_and_beats_survive_whatever_they_hold(chapters: list[dict[str, Any]]) -> None:
    back = plan_from_markdown(plan_as_markdown({"synopsis": "s", "chapters": chapters}, language="en"))
    assert [one["beats"] for one in back["chapters"]] == [one["beats"] for one in chapters]
    assert [one["title"] for one in back["chapters"]] == [one["title"].rstrip("#").strip() for one in chapters]
