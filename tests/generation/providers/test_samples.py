"""The samples are real input: complete, quoted with their sources, and enough for a scaffold."""

import re

import pytest

from generation.providers import CompletionRequest, Purpose
from generation.providers.scaffold import ScaffoldProvider
from tests.support.writing_material import SAMPLES_DIR, sample

BRIEF_KEYS = {
    *("premise", "goal", "audience", "style", "characters", "places", "themes", "target_words_per_chapter"),
}


@pytest.mark.parametrize("kind", ["novel", "article"])
def test_sample_has_the_keys_of_the_format_and_notes_with_sources(kind: str) -> None:
    material = sample(kind)
    assert set(material["brief"]) == BRIEF_KEYS
    assert material["kind"] == kind
    assert len(material["notes"]) >= 4
    assert all(set(note) == {"title", "source", "body"} and len(note["body"]) > 300 for note in material["notes"])


@pytest.mark.parametrize("kind", ["novel", "article"])
def test_every_file_of_a_sample_is_used_and_its_licence_stated(kind: str) -> None:
    brief = (SAMPLES_DIR / kind / "brief.yaml").read_text(encoding="utf-8")
    licences = (SAMPLES_DIR / "LICENCES.md").read_text(encoding="utf-8")
    for path in (SAMPLES_DIR / kind / "notes").iterdir():
        assert f"notes/{path.name}" in brief
        assert path.name in licences or f"`{kind}/`" in licences


@pytest.mark.parametrize("kind", ["novel", "article"])
def test_sample_becomes_three_chapters_that_quote_its_notes(kind: str) -> None:
    material = sample(kind)
    provider = ScaffoldProvider()
    plan_request = CompletionRequest((), Purpose.PLAN, metadata={**material, "chapters": 3})
    plan = provider.complete(plan_request).data
    assert plan is not None
    for number in (1, 2, 3):
        metadata = {**material, "plan": plan, "chapter_number": number}
        text = provider.complete(CompletionRequest((), Purpose.CHAPTER, metadata=metadata)).text
        assert plan["chapters"][number - 1]["title"] in text
        assert len(re.findall(r"source: |\(\*", text)) >= 1
        assert len(text.split()) > 300
