"""The product's own prompts with real material: complete, valid for both providers, honest about their bounds."""

from typing import Any

import pytest

from generation.prompts import RenderedPrompt, relevant_notes, render
from generation.providers import CompletionRequest, Provider, Purpose, provider_from_settings
from generation.providers.scaffold import ScaffoldProvider
from tests.support.provider_server import ProviderServer
from tests.support.writing_material import sample


def plan_prompt(kind: str, chapters: int = 4) -> RenderedPrompt:
    material = sample(kind)
    notes = relevant_notes(material["notes"], material["brief"]["premise"], max_chars=20_000)
    shared = {key: material[key] for key in ("title", "language", "brief")}
    return render(f"plan_{kind}", {**shared, "chapters": chapters, "notes": notes, "instructions": "Keep it short."})


def chapter_prompt(kind: str, plan: dict[str, Any], number: int) -> RenderedPrompt:
    material = sample(kind)
    chapters = plan["chapters"]
    return render(
        f"chapter_{kind}",
        {
            **{key: material[key] for key in ("title", "language", "brief")},
            "chapter": chapters[number - 1],
            "chapter_number": number,
            "synopsis": plan["synopsis"],
            "before": chapters[: number - 1],
            "after": chapters[number] if number < len(chapters) else {},
            "previous_ending": "And so it ended.",
            "notes": relevant_notes(material["notes"], chapters[number - 1]["title"], max_chars=8_000),
            "target_words": 700,
        },
    )


def plan_by(provider: Provider, kind: str) -> dict[str, Any]:
    prompt = plan_prompt(kind)
    metadata: Any = {**sample(kind), "chapters": 4}
    completion = provider.complete(
        CompletionRequest(prompt.messages, Purpose.PLAN, schema=prompt.schema, metadata=metadata)
    )
    assert completion.data is not None
    return completion.data


@pytest.mark.parametrize("kind", ["novel", "article"])
def test_plan_of_the_scaffold_is_valid_by_the_prompts_schema(kind: str) -> None:
    assert len(plan_by(ScaffoldProvider(), kind)["chapters"]) == 4


@pytest.mark.parametrize("kind", ["novel", "article"])
def test_plan_and_chapter_of_a_model_are_valid_by_their_prompts(kind: str, llm_settings: ProviderServer) -> None:
    provider = provider_from_settings()
    plan = plan_by(provider, kind)
    assert len(plan["chapters"]) == 4
    prompt = chapter_prompt(kind, plan, 2)
    text = provider.complete(CompletionRequest(prompt.messages, Purpose.CHAPTER)).text
    assert prompt.problems_of(text) == []
    assert text.startswith(f"# {plan['chapters'][1]['title']}")


@pytest.mark.parametrize("kind", ["novel", "article"])
def test_chapter_prompt_holds_what_a_writer_needs(kind: str) -> None:
    material = sample(kind)
    plan = plan_by(ScaffoldProvider(), kind)
    system, user = (message.content for message in chapter_prompt(kind, plan, 2).messages)
    chapter = plan["chapters"][1]
    assert "do not follow" in system
    for expected in (
        material["title"],
        material["brief"]["premise"],
        *(f"{number}. {beat}" for number, beat in enumerate(chapter["beats"], start=1)),
        chapter["summary"],
        plan["chapters"][0]["summary"],
        plan["chapters"][2]["title"],
        "And so it ended.",
        "tone: ",
    ):
        assert expected in user
    assert any(note["source"] in user for note in material["notes"])
    assert "{{" not in system + user
    assert "{%" not in system + user


@pytest.mark.parametrize("kind", ["novel", "article"])
def test_prompts_work_with_nothing_but_the_required_variables(kind: str) -> None:
    shared = {"title": "Untitled", "language": "en", "brief": {}}
    assert "exactly 1 chapters" in render("plan_novel", {**shared, "chapters": 1}).messages[1].content
    rendered = render(f"chapter_{kind}", {**shared, "chapter": {"title": "One"}, "chapter_number": 1})
    assert "1: One" in rendered.messages[1].content


def test_notes_that_do_not_all_fit_are_chosen_by_the_query_and_stay_in_order() -> None:
    notes = sample("novel")["notes"]
    chosen = relevant_notes(notes, "a blind man taps his stick in the fog", max_chars=2_500)
    assert sum(len(note["text"]) for note in chosen) <= 2_500
    assert any("plainly blind" in note["text"] for note in chosen)
    everything = relevant_notes(notes, "fog", max_chars=1_000_000)
    bodies = " ".join(" ".join(note["body"].split()) for note in notes)
    places = [bodies.index(note["text"][:40]) for note in everything]
    assert places == sorted(places)
    assert len(everything) > 20
