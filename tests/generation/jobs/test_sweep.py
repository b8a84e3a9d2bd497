"""The sweeper finds what lost its worker or its message."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import caches
from django.db import DatabaseError
from django.utils import timezone
from django_redis import get_redis_connection
from redis.exceptions import ConnectionError as RedisAwayError

from generation.jobs import active_index
from generation.jobs import sweep as sweep_module
from generation.jobs.sweep import sweep
from generation.models import Job, JobStep
from tenants.models import Tenant


@pytest.fixture(autouse=True)
def _empty_index() -> Iterator[None]:
    """Nothing is noted, and the index is known to be complete."""
    redis = get_redis_connection("global")
    names = [active_index._members(), active_index._complete()]
    redis.delete(*names)
    active_index.mark_complete()
    yield
    redis.delete(*names)


@pytest.fixture
def sent(monkeypatch: Any) -> list[str]:
    """The ids of jobs whose message was sent."""
    found: list[str] = []
    monkeypatch.setattr("config.kernel.tasks.send", lambda *args, **kwargs: found.append(kwargs["args"][0]))
    return found


def lost(**fields: Any) -> dict[str, Any]:
    """A running job whose lease ran out a second ago."""
    return {
        "status": "running",
        "attempt": 1,
        "max_attempts": 3,
        "fence": 1,
        "worker": "gone",
        "lease_expires_at": timezone.now() - timedelta(seconds=1),
        **fields,
    }


@pytest.fixture
def swept(in_acme: Tenant, sent: list[str], django_capture_on_commit_callbacks: Any) -> Callable[[], Any]:
    """`swept()`: what a sweep over acme did, its messages sent."""

    def work() -> Any:
        active_index.note_active(in_acme.schema_name)
        with django_capture_on_commit_callbacks(execute=True):
            return sweep([in_acme.schema_name])

    return work


def test_job_whose_lease_ran_out_is_queued_again_and_sent(
    queued_job: Callable[..., Job], swept: Callable[[], Any], sent: list[str]
) -> None:
    job = queued_job(**lost())
    assert swept().resumed == 1
    job.refresh_from_db()
    assert (job.status, job.attempt, job.lease_expires_at) == ("queued", 1, None)
    assert sent == [str(job.pk)]


def test_job_whose_lease_lives_is_left_alone(
    queued_job: Callable[..., Job], swept: Callable[[], Any], sent: list[str]
) -> None:
    job = queued_job(**lost(lease_expires_at=timezone.now() + timedelta(seconds=30)))
    swept()
    job.refresh_from_db()
    assert (job.status, job.worker, sent) == ("running", "gone", [])


def test_job_lost_in_its_last_attempt_is_dead(queued_job: Callable[..., Job], swept: Callable[[], Any]) -> None:
    job = queued_job(**lost(attempt=3))
    JobStep.objects.create(job=job, name="one", position=1, input_hash="x")
    assert swept().dead == 1
    job.refresh_from_db()
    assert (job.status, job.error_code) == ("dead", "worker_lost")
    assert job.error == "The job's worker was lost 3 times."
    assert JobStep.objects.get(job=job).status == "failed"


def test_lost_job_whose_cancel_was_asked_for_is_cancelled(
    queued_job: Callable[..., Job], swept: Callable[[], Any], sent: list[str]
) -> None:
    job = queued_job(**lost(cancel_requested_at=timezone.now()))
    assert swept().cancelled == 1
    job.refresh_from_db()
    assert (job.status, sent) == ("cancelled", [])


def test_queued_job_that_was_never_delivered_is_sent_at_once(
    queued_job: Callable[..., Job], swept: Callable[[], Any], sent: list[str]
) -> None:
    job = queued_job(enqueued_at=None)
    assert swept().delivered == 1
    assert sent == [str(job.pk)]
    assert swept().delivered == 0


def test_message_is_given_twice_the_time_before_each_further_copy(
    queued_job: Callable[..., Job], swept: Callable[[], Any], sent: list[str], settings: Any
) -> None:
    settings.JOB_LEASE_S = 60
    fresh = queued_job(writes=False, deliveries=1, enqueued_at=timezone.now() - timedelta(seconds=59))
    late = queued_job(writes=False, deliveries=1, enqueued_at=timezone.now() - timedelta(seconds=61))
    patient = queued_job(writes=False, deliveries=3, enqueued_at=timezone.now() - timedelta(seconds=239))
    overdue = queued_job(writes=False, deliveries=3, enqueued_at=timezone.now() - timedelta(seconds=241))
    swept()
    assert sorted(sent) == sorted([str(late.pk), str(overdue.pk)])
    fresh.refresh_from_db()
    patient.refresh_from_db()
    late.refresh_from_db()
    assert (fresh.deliveries, patient.deliveries, late.deliveries) == (1, 3, 2)


def test_organisation_that_is_not_noted_is_not_visited(in_acme: Tenant, queued_job: Callable[..., Job]) -> None:
    queued_job(enqueued_at=None)
    assert sweep([in_acme.schema_name]).organisations == 0


def test_organisation_without_active_jobs_is_visited_once(in_acme: Tenant) -> None:
    active_index.note_active(in_acme.schema_name)
    assert sweep([in_acme.schema_name]).organisations == 1
    assert sweep([in_acme.schema_name]).organisations == 0


def test_organisation_with_active_jobs_is_visited_each_time(in_acme: Tenant, queued_job: Callable[..., Job]) -> None:
    queued_job(enqueued_at=timezone.now())
    active_index.note_active(in_acme.schema_name)
    assert [sweep([in_acme.schema_name]).organisations for _ in range(3)] == [1, 1, 1]


def test_slow_scan_visits_everybody_and_finds_what_the_index_lost(
    in_acme: Tenant, globex: Tenant, queued_job: Callable[..., Job], settings: Any
) -> None:
    queued_job(enqueued_at=timezone.now())
    get_redis_connection("global").delete(active_index._complete())
    both = [in_acme.schema_name, globex.schema_name]
    assert sweep(both).organisations == 2
    assert sweep(both).organisations == 1  # the index is complete now, and knows acme


def test_redis_that_is_away_means_that_everybody_is_visited(in_acme: Tenant, globex: Tenant, monkeypatch: Any) -> None:
    def away(_alias: str) -> Any:
        raise RedisAwayError("away")

    monkeypatch.setattr(active_index, "get_redis_connection", away)
    assert sweep([in_acme.schema_name, globex.schema_name]).organisations == 2


def test_suspended_organisation_keeps_its_jobs_for_later(
    in_acme: Tenant, queued_job: Callable[..., Job], sent: list[str]
) -> None:
    job = queued_job(**lost())
    active_index.note_active(in_acme.schema_name)
    sweep([])
    job.refresh_from_db()
    assert (job.status, sent) == ("running", [])


def test_fault_in_one_organisation_does_not_keep_the_next_waiting(
    in_acme: Tenant, globex: Tenant, monkeypatch: Any
) -> None:
    visited: list[str] = []

    def here(swept: Any) -> None:
        visited.append(sweep_module.present_schema())
        if len(visited) == 1:
            raise DatabaseError("broken")

    monkeypatch.setattr(sweep_module, "_sweep_here", here)
    get_redis_connection("global").delete(active_index._complete())
    sweep([in_acme.schema_name, globex.schema_name])
    assert visited == [in_acme.schema_name, globex.schema_name]
    assert active_index.take_active() == [in_acme.schema_name]


def test_index_is_the_same_from_every_organisation(in_acme: Tenant) -> None:
    active_index.note_active("org_x")
    assert caches["global"].make_key("jobs:active-schemas") == active_index._members()
    assert active_index.take_active() == ["org_x"]
    assert active_index.take_active() == []
