"""Steps, checkpoints and progress of one attempt at a job."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.db import InterfaceError, connection

from config.kernel import shutdown
from config.kernel.context import SYSTEM
from config.kernel.errors import Conflict
from generation.choices import JobStatus
from generation.exceptions import JobCancelled, LeaseLost, WorkerLeaves
from generation.jobs import run as run_module
from generation.jobs.lease import Heartbeat, claim
from generation.jobs.run import JobRun, Outcome
from generation.models import Job, JobStep
from generation.providers import Usage
from projects.models import Document, Project
from projects.services.documents import document_create
from projects.services.projects import project_create
from tenants.models import Tenant
from tenants.selectors import directory


def attempt(job: Job) -> JobRun:
    """A fresh attempt at the job, as a worker begins it."""
    claimed = claim(job.pk, worker="test", task_id="")
    assert claimed is not None
    return JobRun(claimed, Heartbeat(claimed, connection.schema_name))


def lose(run: JobRun) -> None:
    """Let another worker take the job, as after a lease that ran out."""
    Job.objects.filter(pk=run.job_id).update(lease_expires_at="2000-01-01T00:00:00Z")
    assert claim(run.job_id, worker="other", task_id="") is not None


@pytest.fixture
def job(queued_job: Callable[..., Job]) -> Job:
    return queued_job()


@pytest.fixture
def run(job: Job) -> JobRun:
    return attempt(job)


@pytest.fixture
def calls() -> Any:
    """`calls(text)`: work that counts how often it was done, in `calls.made`."""

    def make(text: str = "text") -> Callable[[], Outcome]:
        def work() -> Outcome:
            make.made.append(text)  # type: ignore[attr-defined]
            return Outcome({"text": text}, prompt="p@1", provider="x", model="m", usage=Usage(10, 20))

        return work

    make.made = []  # type: ignore[attr-defined]
    return make


def test_step_stores_its_output_tokens_and_prompt(run: JobRun, job: Job, calls: Any) -> None:
    assert run.call("one", {"a": 1}, calls()) == {"text": "text"}
    step = JobStep.objects.get(job=job)
    assert (step.name, step.position, step.status, step.attempt) == ("one", 1, "succeeded", 1)
    assert (step.prompt, step.provider, step.model) == ("p@1", "x", "m")
    assert (step.prompt_tokens, step.completion_tokens) == (10, 20)
    job.refresh_from_db()
    assert (job.prompt_tokens, job.completion_tokens) == (10, 20)


def test_step_that_succeeded_is_not_done_again_by_a_later_attempt(run: JobRun, job: Job, calls: Any) -> None:
    run.call("one", {"a": 1, "b": 2}, calls())
    lose(run)
    Job.objects.filter(pk=job.pk).update(status=JobStatus.QUEUED)
    again = attempt(job)
    assert again.call("one", {"b": 2, "a": 1}, calls()) == {"text": "text"}
    assert calls.made == ["text"]


def test_step_whose_input_changed_is_done_again_under_its_old_position(run: JobRun, job: Job, calls: Any) -> None:
    run.call("one", {"a": 1}, calls("old"))
    run.call("two", {}, calls("other"))
    assert run.call("one", {"a": 2}, calls("new")) == {"text": "new"}
    assert calls.made == ["old", "other", "new"]
    assert list(JobStep.objects.filter(job=job).order_by("position").values_list("name", "position")) == [
        ("one", 1),
        ("two", 2),
    ]


def test_write_step_and_its_effects_are_one_transaction(run: JobRun, job: Job, project: Project) -> None:
    def work() -> dict[str, Any]:
        document_create(actor=SYSTEM, project=project, kind="note", title="Half done")
        raise Conflict("no")

    with pytest.raises(Conflict):
        run.write("save", {}, work)
    assert not Document.objects.filter(project=project).exists()
    step = JobStep.objects.get(job=job)
    assert (step.status, step.error_code) == ("failed", "conflict")


def test_write_step_runs_once_over_all_attempts(run: JobRun, job: Job, project: Project) -> None:
    def work() -> dict[str, Any]:
        return {"id": str(document_create(actor=SYSTEM, project=project, kind="note", title="Once").pk)}

    first = run.write("save", {}, work)
    Job.objects.filter(pk=job.pk).update(status=JobStatus.QUEUED)
    assert attempt(job).write("save", {}, work) == first
    assert Document.objects.filter(project=project).count() == 1


def test_worker_that_lost_its_lease_writes_nothing_any_more(
    run: JobRun, job: Job, project: Project, calls: Any
) -> None:
    """The zombie was inside a provider call while another worker took the job."""

    def slow() -> Outcome:
        lose(run)
        return calls()()

    with pytest.raises(LeaseLost):
        run.call("one", {}, slow)
    assert JobStep.objects.get(job=job).output == {}
    with pytest.raises(LeaseLost):
        run.write("save", {}, lambda: {"id": document_create(actor=SYSTEM, project=project, kind="note", title="Z")})
    with pytest.raises(LeaseLost):
        run.progress(50, "too late")
    job.refresh_from_db()
    assert (job.progress, job.stage, job.prompt_tokens) == (0, "", 0)
    assert not Document.objects.filter(project=project).exists()


def test_zombie_that_wakes_inside_its_own_transaction_is_refused_by_the_fence(
    run: JobRun, job: Job, project: Project
) -> None:
    """It passed its checkpoint, was stopped, and goes on after another worker began."""
    run.checkpoint()
    lose(run)
    with pytest.raises(LeaseLost), run.fenced():
        document_create(actor=SYSTEM, project=project, kind="note", title="Zombie")
    assert not Document.objects.filter(project=project).exists()


def test_checkpoint_ends_a_job_whose_cancel_was_asked_for(run: JobRun, job: Job, calls: Any) -> None:
    Job.objects.filter(pk=job.pk).update(cancel_requested_at="2026-01-01T00:00:00Z")
    with pytest.raises(JobCancelled):
        run.call("one", {}, calls())
    assert calls.made == []


def test_checkpoint_ends_a_job_whose_worker_stops(run: JobRun) -> None:
    run.checkpoint()
    shutdown.announce_stop()
    with pytest.raises(WorkerLeaves):
        run.checkpoint()


def test_checkpoint_ends_a_job_of_a_suspended_organisation(run: JobRun, in_acme: Tenant) -> None:
    run.checkpoint()
    Tenant.objects.filter(pk=in_acme.pk).update(status="suspended")
    directory.forget()
    with pytest.raises(WorkerLeaves):
        run.checkpoint()


def test_worker_that_stops_lets_a_running_call_go_on_for_a_while(run: JobRun, monkeypatch: Any) -> None:
    monkeypatch.setattr(run_module, "stopping_for_seconds", lambda: run_module.STOP_GRACE_SECONDS - 1)
    assert run.should_stop() is False
    monkeypatch.setattr(run_module, "stopping_for_seconds", lambda: run_module.STOP_GRACE_SECONDS + 1)
    run._looked_at = 0.0
    assert run.should_stop() is True
    assert isinstance(run.interruption, WorkerLeaves)


def test_running_call_looks_at_the_row_once_a_second(
    run: JobRun, job: Job, django_assert_num_queries: Any, monkeypatch: Any
) -> None:
    now = [1000.0]
    monkeypatch.setattr(run_module.time, "monotonic", lambda: now[0])
    with django_assert_num_queries(1):
        assert [run.should_stop() for _ in range(10)] == [False] * 10
    Job.objects.filter(pk=job.pk).update(cancel_requested_at="2026-01-01T00:00:00Z")
    now[0] += 1.0
    assert run.should_stop() is True
    assert isinstance(run.interruption, JobCancelled)


def test_database_that_is_away_interrupts_no_running_call(run: JobRun, monkeypatch: Any) -> None:
    def away() -> None:
        raise InterfaceError("connection already closed")

    monkeypatch.setattr(run, "_must_end", away)
    monkeypatch.setattr(run_module.connection, "close", lambda: None)
    assert run.should_stop() is False


@pytest.mark.committed
def test_answer_that_arrives_while_the_database_is_away_is_kept(
    fresh_tenant: Callable[..., Tenant], settings: Any
) -> None:
    """It is paid for. The connection dies during the call, as when PostgreSQL restarts."""
    settings.JOB_LEASE_S = 30
    tenant = fresh_tenant()
    connection.set_tenant(tenant)
    project = project_create(actor=SYSTEM, kind="novel", title="Kept")
    run = attempt(Job.objects.create(kind="probe", project=project, queue="generation.high"))
    asked: list[int] = []

    def work() -> Outcome:
        asked.append(1)
        backend = connection.connection.info.backend_pid
        with psycopg.connect(connection.connection.info.dsn, password=connection.settings_dict["PASSWORD"]) as other:
            other.execute("SELECT pg_terminate_backend(%s)", [backend])
        return Outcome({"text": "paid"}, usage=Usage(1, 2))

    assert run.call("one", {}, work) == {"text": "paid"}
    step = JobStep.objects.get(job_id=run.job_id)
    assert (step.status, step.output, step.completion_tokens) == ("succeeded", {"text": "paid"}, 2)
    assert len(asked) == 1


def test_progress_counts_within_nested_spans(run: JobRun, job: Job) -> None:
    with run.span(50, 100), run.span(0, 50):
        run.progress(100, "half of the second half")
    job.refresh_from_db()
    assert (job.progress, job.stage) == (75, "half of the second half")
    run.progress(200)
    job.refresh_from_db()
    assert (job.progress, job.stage) == (100, "half of the second half")
