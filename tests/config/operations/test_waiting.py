"""A job counts as waiting from its delivery until a worker takes it or it is cancelled."""

import pytest
from django.core.cache import caches
from django_redis import get_redis_connection

from generation.jobs import waiting
from generation.jobs.runner import execute
from generation.models import Job
from generation.services.jobs import job_cancel, job_start
from projects.services.projects import project_create


@pytest.fixture
def started(in_acme, make_person, actor_of, django_capture_on_commit_callbacks):
    """An actor, and their plan that was just delivered."""
    get_redis_connection("global").delete(caches["global"].make_key("jobs:waiting"))
    actor = actor_of(make_person(in_acme), in_acme)
    project = project_create(actor=actor, kind="novel", title="The Light")
    with django_capture_on_commit_callbacks(execute=True):
        job = job_start(actor=actor, kind="plan", project_id=project.pk, payload={})
    return actor, job


def test_delivered_job_waits(started):
    assert waiting.oldest_queued() is not None


def test_cancelled_job_waits_no_longer(started, django_capture_on_commit_callbacks):
    actor, job = started
    with django_capture_on_commit_callbacks(execute=True):
        job_cancel(actor=actor, job_id=job.pk)
    assert waiting.oldest_queued() is None


def test_job_that_a_worker_met_waits_no_longer(started):
    _actor, job = started
    Job.objects.filter(pk=job.pk).update(status="failed")
    assert execute(job.pk, worker="here", task_id="1") == "not_claimed"
    assert waiting.oldest_queued() is None
