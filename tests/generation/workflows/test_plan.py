"""Planning: a document, and cards on the board."""

from collections.abc import Callable
from typing import Any

import pytest

from config.kernel.context import SYSTEM
from generation.models import Job
from projects.models import Document, Project, Task
from projects.services.board import task_update
from tests.support.provider_plays import Reply
from tests.support.provider_server import ProviderServer


def cards_of(project: Project) -> list[tuple[str, str]]:
    return list(Task.objects.filter(project=project).order_by("id").values_list("title", "status"))


def test_plan_becomes_a_document_and_a_card_for_each_chapter(ended: Callable[..., Job], novel: Project) -> None:
    job = ended("plan", novel, chapters=4)
    assert job.status == "succeeded"
    plan = Document.objects.get(project=novel, kind="plan")
    assert (job.result["plan"], job.result["chapters"]) == ({"document": str(plan.pk), "version": 1}, 4)
    titles = [line.removeprefix("## ") for line in plan.body.splitlines() if line.startswith("## ") and ". " in line]
    assert cards_of(novel) == [(f"Write chapter {title.replace('. ', ': ', 1)}", "todo") for title in titles]
    assert job.result["cards"] == [str(card.pk) for card in Task.objects.filter(project=novel).order_by("id")]


@pytest.mark.parametrize(("fixture", "count"), [("novel", 10), ("article", 5)])
def test_count_of_chapters_has_a_default(
    request: pytest.FixtureRequest, ended: Callable[..., Job], fixture: str, count: int
) -> None:
    assert ended("plan", request.getfixturevalue(fixture)).result["chapters"] == count


def test_new_plan_is_a_new_version_and_changes_only_cards_that_wait(
    ended: Callable[..., Job], novel: Project, llm_settings: ProviderServer
) -> None:
    def plan(*titles: str) -> dict[str, Any]:
        chapter = {"summary": "s", "beats": ["b"], "point_of_view": "", "place": "", "characters": []}
        return {"synopsis": "s", "characters": [], "chapters": [{"title": title, **chapter} for title in titles]}

    llm_settings.script(Reply(data=plan("One", "Two")), Reply(data=plan("First", "Second")))
    ended("plan", novel, chapters=2)
    started = Task.objects.get(project=novel, title="Write chapter 1: One")
    task_update(actor=SYSTEM, task_id=started.pk, status="in_progress")
    job = ended("plan", novel, chapters=2)
    assert job.result["plan"]["version"] == 2
    assert cards_of(novel) == [("Write chapter 1: One", "in_progress"), ("Write chapter 2: Second", "todo")]


def test_plan_that_never_fits_its_schema_fails_the_job(
    ended: Callable[..., Job], novel: Project, llm_settings: ProviderServer, settings: Any
) -> None:
    settings.PROVIDER_RETRIES = 0
    llm_settings.default = Reply(kind="wrong_schema")
    job = ended("plan", novel, chapters=2)
    assert (job.status, job.error_code) == ("failed", "provider_answer_invalid")
    assert not Document.objects.filter(project=novel, kind="plan").exists()
    assert cards_of(novel) == []
