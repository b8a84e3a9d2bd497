"""The whole way from brief to exported text."""

from collections.abc import Callable
from typing import Any

import pytest

from config.kernel.context import SYSTEM, Actor
from generation.jobs.runner import execute
from generation.models import Job, JobStep
from generation.services.jobs import job_retry
from generation.workflows.planning import placed_cards
from projects.models import Document, Export, Project, Task
from projects.services.board import task_delete
from projects.services.documents import document_save
from tests.support.provider_plays import Reply
from tests.support.provider_server import ProviderServer


def chapters_of(project: Project) -> list[Document]:
    return list(Document.objects.filter(project=project, kind="chapter", deleted_at=None).order_by("order_index"))


def test_workflow_plans_writes_assembles_and_exports_a_novel(ended: Callable[..., Job], novel: Project) -> None:
    job = ended("write_book", novel, chapters=3)
    assert (job.status, job.error, job.progress) == ("succeeded", "", 100)
    chapters = chapters_of(novel)
    assert [chapter.order_index for chapter in chapters] == [1, 2, 3]
    for chapter in chapters:
        version = chapter.versions.get()
        assert (version.origin, version.job_id, version.author_id) == ("generated", job.pk, None)
        assert "No language model wrote this page" in version.body
    cards = Task.objects.filter(project=novel).order_by("order_index")
    assert [(card.title, card.status, card.document_id, card.agent) for card in cards] == [
        (f"Write chapter {chapter.order_index}: {chapter.title}", "done", chapter.pk, "writer") for chapter in chapters
    ]
    manuscript = Document.objects.get(project=novel, kind="manuscript")
    positions = [manuscript.body.index(f"## {chapter.title}") for chapter in chapters]
    assert positions == sorted(positions)
    assert manuscript.body.count("No language model wrote this page") == 1
    exports = Export.objects.filter(project=novel).order_by("format")
    assert [export.format for export in exports] == ["html", "md"]
    assert all(chapter.title.encode() in bytes(export.content) for export in exports for chapter in chapters)
    assert job.result["chapters"] == [
        {"document": str(chapter.pk), "version": 1, "order_index": chapter.order_index, "cut": False}
        for chapter in chapters
    ]
    assert {export["export"] for export in job.result["exports"]} == {str(export.pk) for export in exports}


def test_article_is_written_in_sections(ended: Callable[..., Job], article: Project) -> None:
    job = ended("write_book", article, chapters=2)
    assert job.status == "succeeded"
    assert [card.title.partition(":")[0] for card in Task.objects.filter(project=article).order_by("order_index")] == [
        "Write section 1",
        "Write section 2",
    ]
    assert len(chapters_of(article)) == 2


def test_model_is_asked_once_for_the_plan_and_once_a_chapter(
    ended: Callable[..., Job], novel: Project, llm_settings: ProviderServer
) -> None:
    job = ended("write_book", novel, chapters=3)
    assert (job.status, job.error_detail) == ("succeeded", "")
    assert [call.outcome for call in llm_settings.calls] == ["complete"] * 4
    asked = JobStep.objects.filter(job=job, provider="openai_compatible").order_by("position")
    assert [(step.name, step.prompt) for step in asked] == [
        ("plan", "plan_novel@1"),
        ("chapter-1", "chapter_novel@1"),
        ("chapter-2", "chapter_novel@1"),
        ("chapter-3", "chapter_novel@1"),
    ]
    assert all(step.prompt_tokens > 0 and step.completion_tokens > 0 for step in asked)
    assert job.completion_tokens == sum(step.completion_tokens for step in asked)
    assert job.estimate["calls"] == 4
    second, third = llm_settings.calls[2], llm_settings.calls[3]
    assert chapters_of(novel)[0].body.strip()[-40:] in second.messages[1]["content"]
    assert chapters_of(novel)[1].body.strip()[-40:] in third.messages[1]["content"]


def test_replay_after_a_fault_pays_for_nothing_twice(
    ended: Callable[..., Job], novel: Project, llm_settings: ProviderServer, settings: Any, owner_actor: Actor
) -> None:
    settings.PROVIDER_RETRIES = 0
    llm_settings.script(Reply(), Reply(), Reply(kind="status", status=500))
    job = ended("write_book", novel, chapters=3)
    assert (job.status, job.error_code) == ("failed", "provider_faulted")
    assert len(chapters_of(novel)) == 1
    job_retry(actor=owner_actor, job_id=job.pk)
    assert execute(job.pk, worker="again", task_id="") == "succeeded"
    assert len(llm_settings.calls) == 5  # the plan, chapter 1, the fault, chapters 2 and 3
    assert [chapter.version for chapter in chapters_of(novel)] == [1, 1, 1]


def test_note_edited_in_the_meantime_does_not_make_a_resumed_job_pay_again(
    ended: Callable[..., Job], novel: Project, llm_settings: ProviderServer, settings: Any
) -> None:
    """A lost worker is no reason to read other material than the job began with."""
    settings.PROVIDER_RETRIES = 0
    llm_settings.script(Reply(), Reply(), Reply(kind="status", status=500))
    job = ended("write_book", novel, chapters=3)
    note = Document.objects.filter(project=novel, kind="note").first()
    assert note is not None
    document_save(actor=SYSTEM, document_id=note.pk, expected_version=1, body="Something else entirely.")
    Job.objects.filter(pk=job.pk).update(status="queued", finished_at=None, error_code="", error="")
    assert execute(job.pk, worker="again", task_id="") == "succeeded"
    assert len(llm_settings.calls) == 5


def test_existing_plan_and_chapters_are_kept_and_only_the_missing_are_written(
    ended: Callable[..., Job], novel: Project, llm_settings: ProviderServer
) -> None:
    ended("write_book", novel, chapters=3)
    first = chapters_of(novel)[0]
    document_save(actor=SYSTEM, document_id=first.pk, expected_version=1, body="# Mine\n\nA person wrote this.")
    chapters_of(novel)[2].delete()
    llm_settings.reset()
    job = ended("write_book", novel, chapters=3)
    assert job.status == "succeeded"
    assert len(llm_settings.calls) == 1
    assert [chapter.version for chapter in chapters_of(novel)] == [2, 1, 1]
    assert "A person wrote this." in Document.objects.get(project=novel, kind="manuscript").body


def test_rewrite_makes_plan_and_chapters_anew_as_new_versions(ended: Callable[..., Job], novel: Project) -> None:
    ended("write_book", novel, chapters=2)
    job = ended("write_book", novel, chapters=2, rewrite=True, instructions="Darker.")
    assert job.status == "succeeded"
    assert [(chapter.version, chapter.versions.count()) for chapter in chapters_of(novel)] == [(2, 2), (2, 2)]
    assert Document.objects.filter(project=novel, kind="plan").count() == 1
    assert Task.objects.filter(project=novel).count() == 2


def test_plan_that_a_person_edited_is_the_plan_that_is_written(ended: Callable[..., Job], novel: Project) -> None:
    ended("plan", novel, chapters=2)
    plan = Document.objects.get(project=novel, kind="plan")
    body = plan.body.replace(plan.body[plan.body.index("## 1.") :].partition("\n")[0], "## 1. The Drowned Bell")
    document_save(actor=SYSTEM, document_id=plan.pk, expected_version=plan.version, body=body)
    ended("write_book", novel, chapters=2)
    assert chapters_of(novel)[0].title == "The Drowned Bell"


def test_card_that_a_person_removed_is_not_missed(
    ended: Callable[..., Job], novel: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def remove(run: Any, project: Project, *args: Any) -> dict[str, str]:
        cards = placed_cards(run, project, *args)
        task_delete(actor=SYSTEM, task_id=next(iter(cards.values())))  # type: ignore[arg-type]
        return cards

    monkeypatch.setattr("generation.workflows.write_book.placed_cards", remove)
    assert ended("write_book", novel, chapters=2).status == "succeeded"
    assert [card.status for card in Task.objects.filter(project=novel)] == ["done"]
