"""Starting a job: who may, where, with what; and never two writers in one project."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django_tenants.utils import schema_context

from collaboration.services.roles import role_grant
from config.kernel.context import SYSTEM, Actor, Context, use_context
from config.kernel.errors import Conflict, NotFound, PermissionDenied, ValidationFailed
from generation.exceptions import JobActive
from generation.models import Job
from generation.services.jobs import job_start
from projects.constants import PROJECT_TYPE
from projects.exceptions import ProjectInactive
from projects.models import Project
from projects.services.documents import document_create
from projects.services.projects import project_create
from tenants.models import Tenant, User


@pytest.fixture
def person_with(
    project: Project, in_acme: Tenant, make_person: Callable[..., User], actor_of: Callable[..., Actor]
) -> Callable[[str | None], Actor]:
    """`person_with(role)`: somebody with this role on the project, or with none."""

    def make(role: str | None) -> Actor:
        user = make_person(in_acme)
        if role is not None:
            role_grant(actor=SYSTEM, target_type=PROJECT_TYPE, target_id=project.pk, user_id=user.pk, role=role)
        return actor_of(user, in_acme)

    return make


def test_job_is_queued_with_what_was_asked_and_who_asked(project: Project, owner_actor: Actor) -> None:
    with use_context(Context()) as context:
        job = job_start(actor=owner_actor, kind="generate_chapter", project_id=project.pk, payload={"title": "  One  "})
    job.refresh_from_db()
    assert (job.kind, job.status, job.queue, job.writes) == ("generate_chapter", "queued", "generation.medium", True)
    assert job.payload == {"title": "One"}
    assert (job.created_by_id, job.request_id, job.correlation_id) == (
        owner_actor.user_id,
        context.request_id,
        context.request_id,
    )
    assert (job.deliveries, job.max_attempts) == (1, settings.JOB_MAX_ATTEMPTS)


def test_message_leaves_at_commit_for_the_jobs_own_organisation(
    project: Project, owner_actor: Actor, in_acme: Tenant, monkeypatch: Any, django_capture_on_commit_callbacks: Any
) -> None:
    sent: list[Any] = []
    monkeypatch.setattr("config.kernel.tasks.send", lambda *args, **kwargs: sent.append(kwargs))
    with django_capture_on_commit_callbacks() as callbacks:
        job = job_start(actor=owner_actor, kind="plan", project_id=project.pk, payload={})
    assert sent == []
    with schema_context("public"):  # wherever the connection stands by then
        for callback in callbacks:
            callback()
    [message] = sent
    assert (message["schema"], message["queue"], message["args"]) == (
        in_acme.schema_name,
        "generation.high",
        (str(job.pk),),
    )


def test_editor_may_start_a_job(project: Project, person_with: Callable[..., Actor]) -> None:
    assert job_start(actor=person_with("editor"), kind="plan", project_id=project.pk, payload={}).status == "queued"


def test_viewer_is_forbidden(project: Project, person_with: Callable[..., Actor]) -> None:
    with pytest.raises(PermissionDenied):
        job_start(actor=person_with("viewer"), kind="plan", project_id=project.pk, payload={})
    assert not Job.objects.exists()


def test_stranger_finds_nothing(project: Project, person_with: Callable[..., Actor]) -> None:
    with pytest.raises(NotFound):
        job_start(actor=person_with(None), kind="plan", project_id=project.pk, payload={})


def test_unknown_project_and_unknown_kind_are_not_found(project: Project, owner_actor: Actor) -> None:
    with pytest.raises(NotFound):
        job_start(actor=owner_actor, kind="plan", project_id=uuid4(), payload={})
    with pytest.raises(NotFound):
        job_start(actor=owner_actor, kind="plam", project_id=project.pk, payload={})


@pytest.mark.parametrize("status", ["archived", "cancelled"])
def test_inactive_project_takes_no_job(project: Project, owner_actor: Actor, status: str) -> None:
    Project.objects.filter(pk=project.pk).update(status=status)
    with pytest.raises(ProjectInactive):
        job_start(actor=owner_actor, kind="plan", project_id=project.pk, payload={})


@pytest.mark.parametrize(
    ("kind", "payload", "field", "sentence"),
    [
        ("plan", {"chapters": 0}, "chapters", "Expected 1 or more, found 0."),
        ("plan", {"chapters": 10_000}, "chapters", "Expected 100 or less, found 10000."),
        ("plan", {"chapters": "3"}, "chapters", "Expected a whole number, found '3'."),
        ("plan", {"chapters": True}, "chapters", "Expected a whole number, found True."),
        ("plan", {"goal": 3}, "goal", "Expected text, found 3."),
        ("plan", {"chapter": 3}, "chapter", "Unknown field; known are: chapters, goal, instructions."),
        ("write_book", {}, "chapters", "This field is required."),
        ("write_book", {"chapters": 0}, "chapters", "Expected 1 or more, found 0."),
        ("generate_chapter", {"instructions": "x" * 8001}, "instructions", "Expected at most 8000 characters."),
        ("generate_chapter", {"target_words": 20_001}, "target_words", "Expected 20000 or less, found 20001."),
        ("generate_chapter", {"use_sources": 1}, "use_sources", "Expected true or false, found 1."),
        ("generate_chapter", {"order_index": 2}, "order_index", "Expected a position from 1 to 1, found 2."),
        (
            "assemble",
            {"finishing": ["critic"]},
            "finishing",
            "Expected an empty list, found critic: chapters are joined as they are.",
        ),
    ],
)
def test_input_that_does_not_fit_is_refused_by_name(
    project: Project, owner_actor: Actor, kind: str, payload: dict[str, Any], field: str, sentence: str
) -> None:
    with pytest.raises(ValidationFailed) as refused:
        job_start(actor=owner_actor, kind=kind, project_id=project.pk, payload=payload)
    assert refused.value.details == {"fields": {field: [sentence]}}
    assert not Job.objects.exists()


def test_nothing_to_assemble_is_a_conflict(project: Project, owner_actor: Actor) -> None:
    with pytest.raises(Conflict):
        job_start(actor=owner_actor, kind="assemble", project_id=project.pk, payload={})
    document_create(actor=owner_actor, project=project, kind="chapter", title="One")
    assert job_start(actor=owner_actor, kind="assemble", project_id=project.pk, payload={}).queue == "generation.low"


def test_second_writer_is_refused_and_told_who_writes(project: Project, owner_actor: Actor) -> None:
    first = job_start(actor=owner_actor, kind="plan", project_id=project.pk, payload={})
    with pytest.raises(JobActive) as refused:
        job_start(actor=owner_actor, kind="generate_chapter", project_id=project.pk, payload={})
    assert refused.value.details == {"job": first.pk, "kind": "plan", "status": "queued"}


def test_next_writer_may_start_once_the_first_has_ended(project: Project, owner_actor: Actor) -> None:
    first = job_start(actor=owner_actor, kind="plan", project_id=project.pk, payload={})
    Job.objects.filter(pk=first.pk).update(status="failed")
    assert job_start(actor=owner_actor, kind="plan", project_id=project.pk, payload={}).pk != first.pk


@pytest.mark.committed
def test_of_eight_that_start_at_once_one_writes(
    fresh_tenant: Callable[..., Tenant],
    make_person: Callable[..., User],
    actor_of: Callable[..., Actor],
    run_threads: Callable[..., list[Any]],
) -> None:
    tenant = fresh_tenant()
    with schema_context(tenant.schema_name):
        actor = actor_of(make_person(tenant), tenant)
        project = project_create(actor=actor, kind="novel", title="Contended")

    def work(_index: int) -> Any:
        with schema_context(tenant.schema_name):
            return job_start(actor=actor, kind="plan", project_id=project.pk, payload={}).pk

    results = run_threads(8, work)
    refused = [result for result in results if isinstance(result, JobActive)]
    [started] = [result for result in results if not isinstance(result, Exception)]
    assert len(refused) == 7
    assert {error.details["job"] for error in refused} == {started}
