"""One chapter: a new draft, or a new version."""

from collections.abc import Callable
from typing import Any

import pytest

from config.kernel.context import SYSTEM, Actor
from generation.jobs.run import JobRun
from generation.jobs.runner import execute
from generation.models import Job, JobStep
from generation.services.jobs import job_retry, job_start
from generation.workflows import chapters
from projects.models import Document, Project
from projects.services.documents import document_create, document_save
from projects.services.projects import project_create
from tests.support.provider_plays import Reply
from tests.support.provider_server import ProviderServer


def chapters_of(project: Project) -> list[Document]:
    return list(Document.objects.filter(project=project, kind="chapter", deleted_at=None).order_by("order_index"))


def test_chapters_follow_each_other(ended: Callable[..., Job], novel: Project) -> None:
    ended("plan", novel, chapters=2)
    first, second = ended("generate_chapter", novel), ended("generate_chapter", novel)
    assert [job.result["order_index"] for job in (first, second)] == [1, 2]
    titles = [chapter.title for chapter in chapters_of(novel)]
    plan = Document.objects.get(project=novel, kind="plan").body
    assert [f"## {number}. {title}" in plan for number, title in enumerate(titles, start=1)] == [True, True]


def test_chapter_at_a_position_becomes_a_new_version(ended: Callable[..., Job], novel: Project) -> None:
    document_create(actor=SYSTEM, project=novel, kind="chapter", title="Mine", body="A person's text.")
    job = ended("generate_chapter", novel, order_index=1, instructions="Shorter.")
    assert (job.status, job.result["version"]) == ("succeeded", 2)
    [chapter] = chapters_of(novel)
    assert (chapter.title, chapter.version) == ("Mine", 2)
    assert chapter.versions.get(number=1).body == "A person's text."


def test_project_without_plan_and_brief_gets_a_chapter_too(ended: Callable[..., Job], owner_actor: Actor) -> None:
    bare = project_create(actor=owner_actor, kind="novel", title="Bare", language="fr")
    job = ended("generate_chapter", bare)
    assert (job.status, job.error) == ("succeeded", "")
    assert chapters_of(bare)[0].title


def test_wishes_reach_the_model(ended: Callable[..., Job], novel: Project, llm_settings: ProviderServer) -> None:
    job = ended(
        "generate_chapter",
        novel,
        title="The Bell",
        instructions="No rain, please.",
        target_words=777,
        use_sources=False,
    )
    assert job.status == "succeeded"
    prompt = llm_settings.calls[0].messages[1]["content"]
    assert "The Bell" in prompt
    assert "No rain, please." in prompt
    assert "777" in prompt
    assert "From the notes" not in prompt
    assert chapters_of(novel)[0].title == "The Bell"


def test_template_syntax_in_wishes_stays_text(
    ended: Callable[..., Job], novel: Project, llm_settings: ProviderServer
) -> None:
    ended("generate_chapter", novel, instructions="{{ brief }} {% for x in range(9) %}x{% endfor %}")
    assert "{{ brief }} {% for x in range(9) %}" in llm_settings.calls[0].messages[1]["content"]


def test_text_that_the_model_cut_is_kept_and_said_to_be_cut(
    ended: Callable[..., Job], novel: Project, llm_settings: ProviderServer
) -> None:
    llm_settings.script(Reply(text="# Half\n\nIt began and", finish_reason="length"))
    job = ended("generate_chapter", novel)
    assert (job.status, job.result["cut"]) == ("succeeded", True)
    assert "the end is missing" in chapters_of(novel)[0].versions.get().reason


def test_person_who_saved_in_the_meantime_is_not_overwritten_and_the_text_is_not_lost(
    owner_actor: Actor, novel: Project, llm_settings: ProviderServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = document_create(actor=SYSTEM, project=novel, kind="chapter", title="Mine", body="One.")
    job = job_start(actor=owner_actor, kind="generate_chapter", project_id=novel.pk, payload={"order_index": 1})
    asked = chapters.asked

    def asked_while_a_person_saves(*args: Any, **kwargs: Any) -> Any:
        answer = asked(*args, **kwargs)
        document_save(actor=SYSTEM, document_id=document.pk, expected_version=1, body="Two, by a person.")
        return answer

    monkeypatch.setattr(chapters, "asked", asked_while_a_person_saves)
    assert execute(job.pk, worker="one", task_id="") == "failed"
    monkeypatch.setattr(chapters, "asked", asked)
    job.refresh_from_db()
    assert job.error_code == "version_conflict"
    assert JobStep.objects.get(job=job, name="chapter-1").status == "succeeded"
    document.refresh_from_db()
    assert (document.version, document.body) == (2, "Two, by a person.")
    job_retry(actor=owner_actor, job_id=job.pk)
    assert execute(job.pk, worker="two", task_id="") == "succeeded"
    assert len(llm_settings.calls) == 1
    document.refresh_from_db()
    assert document.version == 3


def test_lost_attempt_is_resumed_from_the_material_it_began_with(
    owner_actor: Actor, novel: Project, llm_settings: ProviderServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The text was paid for; a note that somebody edits meanwhile is no reason to ask again."""
    job = job_start(actor=owner_actor, kind="generate_chapter", project_id=novel.pk, payload={})
    saved = chapters._saved

    def crash(*args: Any) -> Any:
        raise MemoryError

    monkeypatch.setattr(chapters, "_saved", crash)
    assert execute(job.pk, worker="one", task_id="") == "queued"
    monkeypatch.setattr(chapters, "_saved", saved)
    for note in Document.objects.filter(project=novel, kind="note"):
        document_save(actor=SYSTEM, document_id=note.pk, expected_version=1, body="Something else entirely.")
    assert execute(job.pk, worker="two", task_id="") == "succeeded"
    assert len(llm_settings.calls) == 1
    assert len(chapters_of(novel)) == 1


def test_chapter_and_its_checkpoint_are_written_together_or_not_at_all(
    owner_actor: Actor, novel: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker dies after the chapter's row, before the step's."""
    job = job_start(actor=owner_actor, kind="generate_chapter", project_id=novel.pk, payload={})
    store = JobRun._store

    def crash(self: JobRun, step: JobStep, outcome: Any) -> None:
        if step.name.startswith("save-"):
            raise MemoryError
        store(self, step, outcome)

    monkeypatch.setattr(JobRun, "_store", crash)
    assert execute(job.pk, worker="one", task_id="") == "queued"
    assert chapters_of(novel) == []
    monkeypatch.setattr(JobRun, "_store", store)
    assert execute(job.pk, worker="two", task_id="") == "succeeded"
    assert len(chapters_of(novel)) == 1


FAULTS = [
    ("status", {"status": 401}, "provider_refused"),
    ("status", {"status": 403}, "provider_refused"),
    ("status", {"status": 429, "headers": {"Retry-After": "1"}}, "provider_rate_limited"),
    ("status", {"status": 500}, "provider_faulted"),
    ("status", {"status": 302, "headers": {"Location": "http://127.0.0.1:1/"}}, "provider_request_rejected"),
    ("close", {}, "provider_unreachable"),
    ("half_stream", {}, "provider_unreachable"),
    ("hang", {}, "provider_timeout"),
    ("garbage", {}, "provider_answer_invalid"),
    ("html", {}, "provider_answer_invalid"),
    ("empty", {}, "provider_answer_invalid"),
    ("huge", {}, "provider_answer_too_large"),
]


@pytest.mark.parametrize(("play", "fields", "code"), FAULTS)
def test_fault_of_the_provider_fails_the_job_by_name_and_leaves_nothing_half_written(
    ended: Callable[..., Job],
    novel: Project,
    llm_settings: ProviderServer,
    settings: Any,
    play: str,
    fields: dict[str, Any],
    code: str,
) -> None:
    settings.PROVIDER_RETRIES = 0
    settings.LLM_FIRST_TOKEN_TIMEOUT_S = settings.LLM_TIMEOUT_S = 1.0
    llm_settings.default = Reply(kind=play, **fields)
    job = ended("generate_chapter", novel)
    assert (job.status, job.error_code) == ("failed", code)
    assert job.error.endswith(".")
    assert "127.0.0.1" not in job.error
    assert chapters_of(novel) == []
    step = JobStep.objects.get(job=job, name="chapter-1")
    assert (step.status, step.error_code, step.output) == ("failed", code, {})


def test_provider_that_recovers_is_asked_again_within_the_attempt(
    ended: Callable[..., Job], novel: Project, llm_settings: ProviderServer, settings: Any
) -> None:
    settings.PROVIDER_RETRIES, settings.PROVIDER_RETRY_BASE_S = 3, 0.01
    llm_settings.script(Reply(kind="status", status=500), Reply(kind="half_stream"), Reply(kind="empty"))
    job = ended("generate_chapter", novel)
    assert (job.status, job.attempt, len(llm_settings.calls)) == ("succeeded", 1, 4)
    assert len(chapters_of(novel)) == 1


def test_deleted_project_gets_no_chapter(
    ended: Callable[..., Job], novel: Project, llm_settings: ProviderServer, owner_actor: Actor
) -> None:
    job = job_start(actor=owner_actor, kind="generate_chapter", project_id=novel.pk, payload={})
    Project.objects.filter(pk=novel.pk).update(deleted_at="2026-01-01T00:00:00Z")
    assert execute(job.pk, worker="one", task_id="") == "failed"
    assert llm_settings.calls == []
