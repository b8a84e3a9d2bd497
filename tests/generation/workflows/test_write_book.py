"""The whole way from brief to exported text, by the scaffold provider."""

from pathlib import Path
from typing import Any

import pytest

from config.kernel.context import Actor
from generation.jobs.runner import execute
from generation.models import Job
from generation.services.jobs import job_start
from projects.models import Document, Export, Project, Task
from projects.services.project_import import project_import

SAMPLES = Path(__file__).parents[3] / "samples"


@pytest.fixture
def novel(owner_actor: Actor) -> Project:
    return project_import(actor=owner_actor, directory=SAMPLES / "novel")


def written(actor: Actor, project: Project, **payload: Any) -> Job:
    job = job_start(actor=actor, kind="write_book", project_id=project.pk, payload=payload)
    execute(job.pk, worker="test", task_id="")
    job.refresh_from_db()
    return job


def test_workflow_plans_writes_assembles_and_exports_a_novel(owner_actor: Actor, novel: Project) -> None:
    job = written(owner_actor, novel, chapters=3)
    assert (job.status, job.error, job.progress) == ("succeeded", "", 100)
    chapters = Document.objects.filter(project=novel, kind="chapter", deleted_at=None).order_by("order_index")
    assert [chapter.order_index for chapter in chapters] == [1, 2, 3]
    for chapter in chapters:
        version = chapter.versions.get()
        assert (version.origin, version.job_id, version.author_id) == ("generated", job.pk, None)
        assert version.body.strip()
    cards = Task.objects.filter(project=novel).order_by("order_index")
    assert [(card.status, card.document_id, card.agent) for card in cards] == [
        ("done", chapter.pk, "writer") for chapter in chapters
    ]
    manuscript = Document.objects.get(project=novel, kind="manuscript")
    positions = [manuscript.body.index(f"## {chapter.title}") for chapter in chapters]
    assert positions == sorted(positions)
    assert sorted(Export.objects.filter(project=novel).values_list("format", flat=True)) == ["html", "md"]
    assert job.result["chapters"] == [
        {"document": str(chapter.pk), "version": 1, "order_index": chapter.order_index, "cut": False}
        for chapter in chapters
    ]
