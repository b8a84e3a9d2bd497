"""Claims, leases and fences."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from django_tenants.utils import schema_context

from generation.choices import JobStatus
from generation.jobs.lease import Heartbeat, claim, renew
from generation.models import Job
from projects.services.projects import project_create
from tenants.models import Tenant, User


def expired() -> dict[str, Any]:
    """The fields of a running job whose worker is gone."""
    return {
        "status": JobStatus.RUNNING,
        "attempt": 1,
        "fence": 7,
        "lease_expires_at": timezone.now() - timedelta(seconds=1),
    }


def test_claim_takes_the_lease_raises_the_fence_and_counts_the_attempt(queued_job: Callable[..., Job]) -> None:
    job = queued_job()
    claimed = claim(job.pk, worker="w1", task_id="t1")
    assert claimed is not None
    assert (claimed.status, claimed.fence, claimed.attempt, claimed.worker) == ("running", 1, 1, "w1")
    assert claimed.celery_task_id == "t1"
    assert claimed.lease_expires_at > timezone.now()


def test_claim_of_a_running_job_is_refused_while_its_lease_lives(queued_job: Callable[..., Job]) -> None:
    job = queued_job()
    assert claim(job.pk, worker="w1", task_id="") is not None
    assert claim(job.pk, worker="w2", task_id="") is None


def test_claim_of_a_running_job_succeeds_once_its_lease_ran_out(queued_job: Callable[..., Job]) -> None:
    claimed = claim(queued_job(**expired()).pk, worker="w2", task_id="")
    assert claimed is not None
    assert (claimed.fence, claimed.attempt, claimed.worker) == (8, 2, "w2")


@pytest.mark.parametrize("status", ["succeeded", "failed", "dead", "cancelled"])
def test_claim_of_an_ended_job_is_refused(queued_job: Callable[..., Job], status: str) -> None:
    assert claim(queued_job(status=status).pk, worker="w1", task_id="") is None


def test_claim_of_a_job_without_attempts_left_is_refused(queued_job: Callable[..., Job]) -> None:
    job = queued_job(**{**expired(), "attempt": 3, "max_attempts": 3})
    assert claim(job.pk, worker="w1", task_id="") is None


def test_renewal_with_an_old_fence_changes_nothing(queued_job: Callable[..., Job]) -> None:
    job = queued_job(**expired())
    assert claim(job.pk, worker="w2", task_id="") is not None
    assert renew(job.pk, 7) is False
    assert renew(job.pk, 8) is True


@pytest.mark.committed
def test_of_many_workers_that_claim_at_once_one_gets_the_job(
    fresh_tenant: Callable[..., Tenant],
    run_threads: Callable[..., list[Any]],
    make_person: Callable[..., User],
    actor_of: Callable[..., Any],
) -> None:
    tenant = fresh_tenant()
    with schema_context(tenant.schema_name):
        actor = actor_of(make_person(tenant), tenant)
        project = project_create(actor=actor, kind="novel", title="One job")
        job = Job.objects.create(kind="probe", project=project, queue="generation.high")

    def work(index: int) -> bool:
        with schema_context(tenant.schema_name):
            return claim(job.pk, worker=f"w{index}", task_id="") is not None

    assert sorted(run_threads(8, work)) == [False] * 7 + [True]
    with schema_context(tenant.schema_name):
        job.refresh_from_db()
    assert (job.fence, job.attempt) == (1, 1)


@pytest.mark.committed
def test_heartbeat_prolongs_the_lease_in_its_own_organisation_and_notices_its_loss(
    fresh_tenant: Callable[..., Tenant],
    make_person: Callable[..., User],
    actor_of: Callable[..., Any],
    settings: Any,
    wait_until: Callable[..., Any],
) -> None:
    settings.JOB_LEASE_S = 0.6
    tenant = fresh_tenant()
    connection.set_tenant(tenant)
    project = project_create(actor=actor_of(make_person(tenant), tenant), kind="novel", title="Beating")
    row = Job.objects.create(kind="probe", project=project, queue="generation.high")
    job = claim(row.pk, worker="w1", task_id="")
    assert job is not None
    first = job.lease_expires_at
    with Heartbeat(job, tenant.schema_name) as heartbeat:
        wait_until(lambda: Job.objects.get(pk=job.pk).lease_expires_at > first, what="a renewed lease")
        assert not heartbeat.lost.is_set()
        Job.objects.filter(pk=job.pk).update(fence=99)
        assert heartbeat.lost.wait(10), "the heartbeat goes on with an old fence"
