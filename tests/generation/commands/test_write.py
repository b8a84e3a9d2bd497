"""`manage.py write`, without a terminal."""

from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from config.kernel.context import Actor
from generation.jobs.runner import execute
from generation.management import following
from generation.models import Job
from projects.models import Export, Project
from projects.services.projects import project_create
from tenants.models import Tenant


@pytest.fixture
def worked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A worker of this process: while the command waits, the job runs. What it saw is remembered."""
    seen: list[str] = []

    def sleep(_seconds: float) -> None:
        job = Job.objects.filter(status="queued").first()
        if job is not None:
            seen.append(execute(job.pk, worker="test", task_id=""))

    monkeypatch.setattr(following.time, "sleep", sleep)
    return seen


def write(*args: Any, **options: Any) -> str:
    out = StringIO()
    call_command("write", *args, stdout=out, **options)
    return out.getvalue()


def test_command_writes_the_book_says_how_far_it_is_and_where_the_files_are(
    in_acme: Tenant, project: Project, worked: list[str], tmp_path: Path
) -> None:
    said = write(project.title.upper(), tenant="acme", chapters=2, out=tmp_path / "books")
    assert worked == ["succeeded"]
    lines = said.splitlines()
    job = Job.objects.get()
    assert lines[0] == f"Writing “{project.title}” as job {job.pk}."
    assert lines[1] == "  0 %  Queued"
    assert "100 %  Succeeded" in lines
    files = sorted(tmp_path.glob("books/*"))
    assert [path.suffix for path in files] == [".html", ".md"]
    assert [f"Exported {path}" in lines for path in files] == [True, True]
    assert {path.read_bytes() for path in files} == {bytes(one.content) for one in Export.objects.all()}
    assert (job.kind, job.payload["chapters"], job.created_by) == ("write_book", 2, None)


def test_command_without_follow_only_queues(in_acme: Tenant, project: Project) -> None:
    said = write(str(project.pk), tenant="acme", follow=False)
    assert Job.objects.get().status == "queued"
    assert len(said.splitlines()) == 1


def test_failed_job_is_one_sentence_and_an_exit_code(in_acme: Tenant, project: Project, worked: list[str]) -> None:
    job = Job.objects.create(
        kind="write_book",
        project=project,
        queue="generation.medium",
        status="failed",
        error_code="provider_refused",
        error="No.",
    )
    with pytest.raises(CommandError, match=r"^The job ended: failed\. No\. \(provider_refused\)$"):
        write(tenant="acme", job=job.pk)


def test_person_who_stops_watching_is_told_how_to_go_on(
    in_acme: Tenant, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(following.time, "sleep", interrupted)
    out = StringIO()
    with pytest.raises(SystemExit) as left:
        call_command("write", str(project.pk), tenant="acme", stdout=out)
    assert left.value.code == 130
    job = Job.objects.get()
    assert job.status == "queued"
    assert f"manage.py write --tenant acme --job {job.pk} --cancel" in out.getvalue()


def test_job_can_be_cancelled_and_replayed_from_the_command_line(
    in_acme: Tenant, project: Project, worked: list[str], tmp_path: Path
) -> None:
    write(str(project.pk), tenant="acme", follow=False, chapters=1)
    job = Job.objects.get()
    write(tenant="acme", job=job.pk, cancel=True)
    job.refresh_from_db()
    assert job.status == "cancelled"
    write(tenant="acme", job=job.pk, retry=True, out=tmp_path)
    job.refresh_from_db()
    assert job.status == "succeeded"


def test_waiting_without_a_worker_is_explained(
    in_acme: Tenant, project: Project, worked: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(following, "PATIENCE_SECONDS", 0.0)
    said = write(str(project.pk), tenant="acme", chapters=1, out=tmp_path)
    assert said.count("No worker has taken the job yet.") == 1


@pytest.mark.parametrize(
    ("arguments", "options", "sentence"),
    [
        (["Nothing of that name"], {}, "There is no project “Nothing of that name” in this organisation."),
        ([str(uuid4())], {}, "There is no project"),
        ([], {}, "Name a project, or a job with --job."),
        (["The Borrowed Light"], {"chapters": 0}, "chapters: Expected 1 or more, found 0."),
        (["The Borrowed Light"], {"words": 3}, "target_words: Expected 50 or more, found 3."),
        (["The Borrowed Light"], {"cancel": True}, "Name a project, or a job with --job."),
        ([], {"job": uuid4()}, "There is nothing here."),
        (["The Borrowed Light"], {"tenant": "nobody"}, "No organisation has the slug “nobody”."),
    ],
)
def test_bad_input_is_one_sentence(
    in_acme: Tenant, project: Project, arguments: list[str], options: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(CommandError) as refused:
        write(*arguments, **{"tenant": "acme", **options})
    assert sentence in str(refused.value)
    assert not Job.objects.exists()


def test_title_of_several_projects_needs_an_id(in_acme: Tenant, project: Project, owner_actor: Actor) -> None:
    twin = project_create(actor=owner_actor, kind="novel", title=project.title)
    with pytest.raises(CommandError) as refused:
        write(project.title, tenant="acme")
    assert str(project.pk) in str(refused.value)
    assert str(twin.pk) in str(refused.value)


def test_second_start_names_the_job_that_writes(in_acme: Tenant, project: Project) -> None:
    write(str(project.pk), tenant="acme", follow=False)
    with pytest.raises(CommandError, match=str(Job.objects.get().pk)):
        write(str(project.pk), tenant="acme")


def test_project_of_another_organisation_is_not_found(
    in_acme: Tenant, project: Project, globex: Tenant, make_person: Callable[..., Any]
) -> None:
    with pytest.raises(CommandError, match="There is no project"):
        write(str(project.pk), tenant="globex")


def test_directory_that_can_not_be_written_is_one_sentence(
    in_acme: Tenant, project: Project, worked: list[str], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CommandError, match="can't be written"):
        write(str(project.pk), tenant="acme", chapters=1, out=tmp_path / "file")
