"""Replaying a job."""

from collections.abc import Callable
from typing import Any

import pytest

from config.kernel.context import Actor
from generation.exceptions import JobActive, JobStateConflict
from generation.jobs.run import JobRun, Outcome
from generation.jobs.runner import execute
from generation.models import Job, JobStep
from generation.services.jobs import SNAPSHOT_STEP, job_retry, job_start
from projects.exceptions import ProjectInactive
from projects.models import Project


@pytest.mark.parametrize("status", ["failed", "dead", "cancelled"])
def test_job_that_ended_without_result_is_queued_afresh(
    queued_job: Callable[..., Job], owner_actor: Actor, status: str
) -> None:
    ended = queued_job(
        status=status,
        attempt=3,
        fence=5,
        progress=40,
        stage="x",
        error_code="e",
        error="e",
        error_detail="e",
        cancel_requested_at="2026-01-01T00:00:00Z",
        finished_at="2026-01-01T00:00:00Z",
    )
    job = job_retry(actor=owner_actor, job_id=ended.pk)
    assert (job.status, job.attempt, job.progress, job.stage) == ("queued", 0, 0, "")
    assert (job.error_code, job.error, job.error_detail) == ("", "", "")
    assert (job.cancel_requested_at, job.finished_at) == (None, None)
    assert job.fence == 5  # a zombie of the first run must not fit the second


@pytest.mark.parametrize("status", ["queued", "running", "succeeded"])
def test_active_or_succeeded_job_is_refused(queued_job: Callable[..., Job], owner_actor: Actor, status: str) -> None:
    with pytest.raises(JobStateConflict) as refused:
        job_retry(actor=owner_actor, job_id=queued_job(status=status).pk)
    assert refused.value.details == {"status": status, "expected": ["cancelled", "dead", "failed"]}


def test_replay_beside_another_writer_is_refused_and_changes_nothing(
    queued_job: Callable[..., Job], owner_actor: Actor, project: Project
) -> None:
    old = queued_job(status="failed", error_code="e")
    writer = job_start(actor=owner_actor, kind="plan", project_id=project.pk, payload={})
    with pytest.raises(JobActive) as refused:
        job_retry(actor=owner_actor, job_id=old.pk)
    assert refused.value.details["job"] == writer.pk
    old.refresh_from_db()
    assert (old.status, old.error_code) == ("failed", "e")


def test_replay_in_an_archived_project_is_refused(
    queued_job: Callable[..., Job], owner_actor: Actor, project: Project
) -> None:
    job = queued_job(status="failed")
    Project.objects.filter(pk=project.pk).update(status="archived")
    with pytest.raises(ProjectInactive):
        job_retry(actor=owner_actor, job_id=job.pk)


def test_replay_keeps_finished_steps_and_reads_the_material_anew(
    queued_job: Callable[..., Job], probe: Any, owner_actor: Actor
) -> None:
    done: list[str] = []

    def script(run: JobRun) -> dict[str, Any]:
        run.call(SNAPSHOT_STEP, {}, lambda: done.append("material") or Outcome({}))  # type: ignore[func-returns-value]
        run.call("paid", {}, lambda: done.append("paid") or Outcome({}))  # type: ignore[func-returns-value]
        if done.count("material") == 1:
            run.call("fails", {}, lambda: (_ for _ in ()).throw(JobStateConflict()))
        return {}

    probe.script = staticmethod(script)
    job = queued_job()
    assert execute(job.pk, worker="one", task_id="") == "failed"
    job_retry(actor=owner_actor, job_id=job.pk)
    assert execute(job.pk, worker="two", task_id="") == "succeeded"
    assert done == ["material", "paid", "material"]
    assert set(JobStep.objects.filter(job=job).values_list("name", flat=True)) == {SNAPSHOT_STEP, "paid", "fails"}
