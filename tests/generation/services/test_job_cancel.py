"""Asking a job to stop."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from config.kernel.context import Actor
from config.kernel.errors import NotFound
from generation.exceptions import JobStateConflict
from generation.models import Job
from generation.services.jobs import job_cancel
from tenants.models import Tenant, User


def test_queued_job_is_cancelled_at_once(queued_job: Callable[..., Job], owner_actor: Actor) -> None:
    job = job_cancel(actor=owner_actor, job_id=queued_job().pk)
    assert job.status == "cancelled"
    assert job.finished_at is not None


def test_running_job_is_asked_and_keeps_running(queued_job: Callable[..., Job], owner_actor: Actor) -> None:
    job = job_cancel(actor=owner_actor, job_id=queued_job(status="running").pk)
    assert job.status == "running"
    assert job.cancel_requested_at is not None


def test_asking_twice_keeps_the_first_time(queued_job: Callable[..., Job], owner_actor: Actor) -> None:
    first = job_cancel(actor=owner_actor, job_id=queued_job(status="running").pk)
    assert job_cancel(actor=owner_actor, job_id=first.pk).cancel_requested_at == first.cancel_requested_at


@pytest.mark.parametrize("status", ["succeeded", "failed", "dead", "cancelled"])
def test_job_that_has_ended_is_refused(queued_job: Callable[..., Job], owner_actor: Actor, status: str) -> None:
    with pytest.raises(JobStateConflict) as refused:
        job_cancel(actor=owner_actor, job_id=queued_job(status=status).pk)
    assert refused.value.details == {"status": status, "expected": ["queued", "running"]}


def test_stranger_and_unknown_job_are_not_found(
    queued_job: Callable[..., Job],
    in_acme: Tenant,
    make_person: Callable[..., User],
    actor_of: Callable[..., Any],
    owner_actor: Actor,
) -> None:
    with pytest.raises(NotFound):
        job_cancel(actor=actor_of(make_person(in_acme), in_acme), job_id=queued_job().pk)
    with pytest.raises(NotFound):
        job_cancel(actor=owner_actor, job_id=uuid4())
