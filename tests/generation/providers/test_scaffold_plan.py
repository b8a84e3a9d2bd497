"""Plans made of a brief without a model."""

import shutil
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from generation.exceptions import CallAborted, ProviderAnswerInvalid, ProviderRequestRejected
from generation.providers import CompletionRequest, Purpose
from generation.providers.scaffold import ScaffoldProvider, phrases
from tests.support.writing_material import BRIEF, planned


@pytest.mark.parametrize("count", [1, 2, 3, 9, 10, 40, 200])
def test_plan_has_as_many_chapters_as_asked_each_with_its_own_title(count: int) -> None:
    chapters = planned(chapters=count)["chapters"]
    assert len(chapters) == count
    assert len({chapter["title"] for chapter in chapters}) == count
    assert all(len(chapter["beats"]) >= 3 for chapter in chapters)


def test_plan_is_made_of_the_briefs_own_names() -> None:
    plan = planned(chapters=5)
    assert BRIEF["premise"] in plan["synopsis"]
    assert [one["name"] for one in plan["characters"]] == ["Elias Rudd", "Tamsin Carne", "Josiah Penhale"]
    assert {chapter["point_of_view"] for chapter in plan["chapters"]} == {"Tamsin Carne"}
    assert {chapter["place"] for chapter in plan["chapters"]} == {"Skerrow Head", "The Anchor"}
    assert plan["chapters"][0]["place"] == plan["chapters"][-1]["place"] == "Skerrow Head"
    everyone = {one["name"] for one in plan["characters"]}
    assert all(set(chapter["characters"]) <= everyone for chapter in plan["chapters"])


def test_neighbouring_chapters_of_a_long_plan_have_different_beats() -> None:
    chapters = planned(chapters=30)["chapters"]
    for earlier, later in pairwise(chapters):
        assert earlier["beats"] != later["beats"]


def test_same_request_gives_the_same_plan_and_another_seed_another_one() -> None:
    material: Any = {"kind": "novel", "brief": BRIEF, "chapters": 6}
    texts = [
        ScaffoldProvider().complete(CompletionRequest((), Purpose.PLAN, seed=seed, metadata=material)).text
        for seed in (None, None, 1, 2)
    ]
    assert texts[0] == texts[1]
    assert len(set(texts)) > 1


@pytest.mark.parametrize(("language", "word"), [("fr", "chapitres"), ("fr-CA", "chapitres"), ("de", "chapters")])
def test_plan_speaks_the_projects_language_or_english(language: str, word: str) -> None:
    assert word in planned(language=language, chapters=3)["synopsis"]


@pytest.mark.parametrize("language", ["../../etc/passwd", "", "fr\x00", "é"])
def test_odd_language_tag_is_english(language: str) -> None:
    assert "chapters" in planned(language=language, chapters=3)["synopsis"]


def test_language_tag_reaches_no_file_outside_the_phrases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = tmp_path / "phrases"
    inside.mkdir()
    shutil.copy(phrases.PHRASES_DIR / "en.yaml", inside / "en.yaml")
    shutil.copy(phrases.PHRASES_DIR / "fr.yaml", tmp_path / "secret.yaml")
    monkeypatch.setattr(phrases, "PHRASES_DIR", inside)
    phrases._load.cache_clear()
    try:
        assert "chapters" in planned(language="../secret", chapters=3)["synopsis"]
    finally:
        phrases._load.cache_clear()


@pytest.mark.parametrize("count", [0, -1, 201, 10_000])
def test_impossible_number_of_chapters_is_rejected(count: int) -> None:
    with pytest.raises(ProviderRequestRejected, match="1 to 200"):
        planned(chapters=count)


@pytest.mark.parametrize(
    "brief",
    [
        {},
        {"premise": None, "characters": None, "places": "the sea", "themes": 7, "style": []},
        {"characters": ["Ada", {"role": "hero"}, 3, None, {"name": ["x"]}], "places": [None, "Home, by the river"]},
        {"premise": "x" * 100_000, "themes": ["t" * 5_000], "characters": [{"name": "n " * 4_000}]},
        {"premise": "{pov} {0} {missing!r} {{", "themes": ["{a.b[c]}"], "characters": [{"name": "{other}"}]},
    ],
    ids=["empty", "odd types", "odd lists", "very long", "braces"],
)
@pytest.mark.parametrize("kind", ["novel", "article"])
def test_brief_of_any_shape_makes_a_plan(brief: dict[str, Any], kind: str) -> None:
    plan = planned(brief=brief, kind=kind, chapters=4)
    assert len(plan["chapters"]) == 4
    assert all(0 < len(chapter["title"]) <= 200 for chapter in plan["chapters"])
    assert len(plan["synopsis"]) < 12_000


def test_article_has_an_opening_its_themes_an_objection_and_an_end() -> None:
    plan = planned(kind="article", chapters=5, brief={"premise": "It pays.", "themes": ["cost", "use"]})
    titles = [chapter["title"] for chapter in plan["chapters"]]
    assert titles[1:3] == ["Cost", "Use"]
    assert titles[3] == "What Speaks Against It"
    assert "characters" not in plan


def test_schema_that_a_scaffold_cannot_meet_is_refused() -> None:
    schema = {"type": "object", "required": ["acts"]}
    request = CompletionRequest((), Purpose.PLAN, schema=schema, metadata={"brief": BRIEF, "chapters": 3})
    with pytest.raises(ProviderAnswerInvalid, match="could not be used") as caught:
        ScaffoldProvider().complete(request)
    assert "acts" in caught.value.operator_detail


def test_wish_to_stop_ends_the_plan() -> None:
    with pytest.raises(CallAborted):
        ScaffoldProvider().complete(
            CompletionRequest((), Purpose.PLAN, metadata={"chapters": 3}), should_stop=lambda: True
        )
