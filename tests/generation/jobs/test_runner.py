"""How a job ends: it says so, it blows up, it is cancelled, or its worker leaves."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils.translation import get_language

from config.kernel import shutdown
from config.kernel.context import Actor
from generation.exceptions import ProviderRefused, WorkerLeaves
from generation.jobs.run import JobRun, Outcome
from generation.jobs.runner import execute
from generation.models import Job, JobStep
from generation.selectors.jobs import job_detail
from projects.models import Project


@pytest.fixture
def done(queued_job: Callable[..., Job], probe: Any) -> Callable[..., Job]:
    """`done(script, **fields)`: a job after one attempt that ran this script."""

    def make(script: Callable[[JobRun], Any], **fields: Any) -> Job:
        probe.script = staticmethod(script)
        job = queued_job(**fields)
        execute(job.pk, worker="test", task_id="task-1")
        job.refresh_from_db()
        return job

    return make


def raising(error: Exception) -> Callable[[JobRun], Any]:
    """A script that raises inside a step."""

    def script(run: JobRun) -> Any:
        def work() -> Outcome:
            raise error

        return run.call("ask", {}, work)

    return script


def test_job_that_does_its_work_succeeds_with_its_result(done: Callable[..., Job]) -> None:
    job = done(lambda run: {"answer": 42})
    assert (job.status, job.result, job.progress, job.attempt) == ("succeeded", {"answer": 42}, 100, 1)
    assert (job.worker, job.celery_task_id, job.lease_expires_at) == ("test", "task-1", None)
    assert job.started_at is not None
    assert job.finished_at is not None
    assert job.estimate["rule"] == "A probe calls nobody."


def test_job_that_says_so_fails_with_code_and_sentence(done: Callable[..., Job], owner_actor: Actor) -> None:
    job = done(raising(ProviderRefused(operator_detail="HTTP 401 from http://10.0.0.1/v1")))
    assert (job.status, job.error_code) == ("failed", "provider_refused")
    assert job.error == "The model provider refused the access key."
    assert job.error_detail == "HTTP 401 from http://10.0.0.1/v1"
    assert list(JobStep.objects.filter(job=job).values_list("status", "error_code")) == [("failed", "provider_refused")]
    shown = job_detail(owner_actor, job.pk)
    assert shown["error"] == {"code": "provider_refused", "message": job.error}
    assert "10.0.0.1" not in str(shown)


def test_job_that_blows_up_waits_for_another_attempt(done: Callable[..., Job]) -> None:
    job = done(raising(ZeroDivisionError("boom")), max_attempts=3)
    assert (job.status, job.attempt, job.error_code) == ("queued", 1, "")
    assert (job.enqueued_at, job.lease_expires_at) == (None, None)
    assert "ZeroDivisionError: boom" in job.error_detail


def test_job_that_blows_up_in_its_last_attempt_is_dead_and_tells_clients_no_cause(
    done: Callable[..., Job], owner_actor: Actor
) -> None:
    job = done(raising(ZeroDivisionError("boom")), max_attempts=1)
    assert (job.status, job.error_code) == ("dead", "internal_error")
    assert "ZeroDivisionError: boom" in job.error_detail
    assert "boom" not in str(job_detail(owner_actor, job.pk))
    assert JobStep.objects.get(job=job).status == "failed"


def test_cancelled_job_stops_at_its_next_checkpoint(done: Callable[..., Job]) -> None:
    def script(run: JobRun) -> dict[str, Any]:
        Job.objects.filter(pk=run.job_id).update(cancel_requested_at="2026-01-01T00:00:00Z")
        run.checkpoint()
        return {"never": True}

    job = done(script)
    assert (job.status, job.result, job.error_code) == ("cancelled", {}, "")


def test_worker_that_leaves_gives_the_job_back_without_counting_the_attempt(
    done: Callable[..., Job], django_capture_on_commit_callbacks: Any, monkeypatch: Any
) -> None:
    sent: list[Any] = []
    monkeypatch.setattr("config.kernel.tasks.send", lambda *args, **kwargs: sent.append((args, kwargs)))

    def script(run: JobRun) -> dict[str, Any]:
        shutdown.announce_stop()
        run.checkpoint()
        return {}

    with django_capture_on_commit_callbacks(execute=True):
        job = done(script)
    assert (job.status, job.attempt) == ("queued", 0)
    [(args, kwargs)] = sent
    assert args == ("generation.job_run",)
    assert (kwargs["queue"], kwargs["args"]) == ("generation.high", (str(job.pk),))


@pytest.mark.parametrize("error", [WorkerLeaves(), ZeroDivisionError()])
def test_job_whose_cancel_was_asked_for_does_not_go_back_to_the_queue(
    done: Callable[..., Job], error: Exception
) -> None:
    """Nobody would ever take it from there."""

    def script(run: JobRun) -> dict[str, Any]:
        Job.objects.filter(pk=run.job_id).update(cancel_requested_at="2026-01-01T00:00:00Z")
        raise error

    assert done(script).status == "cancelled"


def test_worker_that_lost_the_job_writes_no_end(done: Callable[..., Job]) -> None:
    def script(run: JobRun) -> dict[str, Any]:
        Job.objects.filter(pk=run.job_id).update(fence=99, worker="other")
        return {"late": True}

    job = done(script)
    assert (job.status, job.result, job.worker, job.fence) == ("running", {}, "other", 99)


def test_message_that_comes_twice_runs_the_job_once(queued_job: Callable[..., Job], probe: Any) -> None:
    runs: list[int] = []
    probe.script = staticmethod(lambda run: runs.append(run.attempt) or {})
    job = queued_job()
    assert execute(job.pk, worker="one", task_id="") == "succeeded"
    assert execute(job.pk, worker="two", task_id="") == "not_claimed"
    assert runs == [1]


def test_job_of_an_archived_project_fails_before_it_asks_anybody(done: Callable[..., Job], project: Project) -> None:
    Project.objects.filter(pk=project.pk).update(status="archived")
    job = done(lambda run: pytest.fail("it ran"))
    assert (job.status, job.error_code) == ("failed", "job_unfit")


def test_job_whose_stored_input_no_longer_fits_fails_by_name(done: Callable[..., Job]) -> None:
    job = done(lambda run: {}, payload={"numbre": 3})
    assert (job.status, job.error_code) == ("failed", "validation_failed")
    assert "numbre" in job.error_detail


def test_errors_are_told_in_the_language_of_who_asked(done: Callable[..., Job], owner: Any) -> None:
    owner.language = "fr"
    owner.save()
    seen: list[str] = []
    done(lambda run: seen.append(get_language()) or {})
    assert seen == ["fr"]
