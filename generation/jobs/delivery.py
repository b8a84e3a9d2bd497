"""Telling a worker about a job. The message carries the id alone, and may be lost or doubled without harm."""

from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django_tenants.utils import schema_context

from config.kernel.schemas import present_schema
from config.kernel.tasks import enqueue
from generation.choices import JobStatus
from generation.jobs.active_index import note_active
from generation.jobs.waiting import note_waiting
from generation.models import Job

RUN_TASK = "generation.job_run"


def deliver_on_commit(job_id: UUID, queue: str) -> None:
    """Send the job's message once the present transaction has committed.

    The caller has set `enqueued_at` and counted the delivery in that transaction. When the broker is away the row says
    so, and the next sweep sends again.
    """
    schema = present_schema()

    def not_delivered() -> None:
        with schema_context(schema):
            Job.objects.filter(pk=job_id, status=JobStatus.QUEUED).update(enqueued_at=None)

    def waits() -> None:
        note_active(schema)
        note_waiting(schema, job_id)

    transaction.on_commit(waits)
    enqueue(RUN_TASK, schema=schema, queue=queue, args=(str(job_id),), on_failure=not_delivered)


def deliver_again(job_id: UUID, queue: str, seen: Job) -> bool:
    """Send a queued job's message once more, unless another sweeper did since `seen` was read."""
    with transaction.atomic():
        queued = Job.objects.filter(
            pk=job_id, status=JobStatus.QUEUED, enqueued_at=seen.enqueued_at, deliveries=seen.deliveries
        )
        if not queued.update(enqueued_at=Now(), deliveries=F("deliveries") + 1):
            return False
        deliver_on_commit(job_id, queue)
    return True
