"""The state machine of jobs."""

from collections.abc import Callable

import pytest

from generation.choices import TERMINAL, JobStatus
from generation.jobs.states import TRANSITIONS, move
from generation.models import Job

ALLOWED = {
    ("queued", "running"),
    ("queued", "cancelled"),
    ("queued", "dead"),
    ("running", "running"),
    ("running", "queued"),
    ("running", "succeeded"),
    ("running", "failed"),
    ("running", "dead"),
    ("running", "cancelled"),
    ("failed", "queued"),
    ("dead", "queued"),
    ("cancelled", "queued"),
}


def test_every_state_names_its_successors() -> None:
    assert set(TRANSITIONS) == set(JobStatus)


@pytest.mark.parametrize("before", list(JobStatus))
@pytest.mark.parametrize("target", list(JobStatus))
def test_job_moves_only_along_the_allowed_transitions(
    queued_job: Callable[..., Job], before: JobStatus, target: JobStatus
) -> None:
    job = queued_job(status=before)
    moved = move(Job.objects.filter(pk=job.pk), target)
    job.refresh_from_db()
    if (before, target) in ALLOWED:
        assert (moved, job.status) == (1, target)
    else:
        assert (moved, job.status) == (0, before)


@pytest.mark.parametrize("target", sorted(TERMINAL))
def test_job_that_ends_has_an_end_and_no_lease(queued_job: Callable[..., Job], target: JobStatus) -> None:
    job = queued_job(status=JobStatus.RUNNING, lease_expires_at="2999-01-01T00:00:00Z")
    assert move(Job.objects.filter(pk=job.pk), JobStatus(target)) == 1
    job.refresh_from_db()
    assert job.finished_at is not None
    assert job.lease_expires_at is None
