"""Who holds a job: the claim, the lease that a heartbeat keeps alive, and the fence that ends it for good.

Times are the database's, so that workers with different clocks agree.
"""

import threading
from datetime import timedelta
from typing import Self
from uuid import UUID

import structlog
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import F, Q
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Coalesce, Now
from django_tenants.utils import schema_context

from generation.choices import JobStatus
from generation.jobs.states import move
from generation.models import Job

log = structlog.get_logger("studio.job")

BEATS_PER_LEASE = 3
JOIN_SECONDS = 10.0  # a beat that hangs in a broken network does not hold the next job up


def _lease_end() -> CombinedExpression:
    return Now() + timedelta(seconds=settings.JOB_LEASE_S)


def claim(job_id: UUID, *, worker: str, task_id: str) -> Job | None:
    """Take the job for `worker`, or return None when it is not to be had.

    One conditional UPDATE decides: the job is queued, or running with a lease that ran out. It takes the lease, raises
    the fence and counts the attempt; however often the message was delivered, one worker gets the job.
    """
    free = Q(status=JobStatus.QUEUED) | Q(status=JobStatus.RUNNING, lease_expires_at__lt=Now())
    with transaction.atomic():
        taken = move(
            Job.objects.filter(free, pk=job_id, attempt__lt=F("max_attempts"), cancel_requested_at__isnull=True),
            JobStatus.RUNNING,
            worker=worker[:200],
            celery_task_id=task_id,
            fence=F("fence") + 1,
            attempt=F("attempt") + 1,
            lease_expires_at=_lease_end(),
            heartbeat_at=Now(),
            started_at=Coalesce(F("started_at"), Now()),
        )
        return Job.objects.select_related("project").get(pk=job_id) if taken else None


def renew(job_id: UUID, fence: int) -> bool:
    """Prolong the lease by one length; False when the job is somebody else's or finished."""
    held = Job.objects.filter(pk=job_id, fence=fence, status=JobStatus.RUNNING)
    return bool(held.update(lease_expires_at=_lease_end(), heartbeat_at=Now()))


class Heartbeat:
    """Renews one lease from a thread with a connection of its own, opened at the first beat.

    `lost` is set when the job turned out to be another worker's.
    """

    def __init__(self, job: Job, schema: str) -> None:
        """Remember what to renew; nothing runs before `with`."""
        self.lost = threading.Event()
        self._job_id, self._fence, self._schema = job.pk, job.fence, schema
        self._interval_seconds = settings.JOB_LEASE_S / BEATS_PER_LEASE
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"heartbeat-{job.pk}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._ended.set()
        self._thread.join(JOIN_SECONDS)

    def _beat(self) -> None:
        try:
            while not self._ended.wait(self._interval_seconds):
                if not self._renewed():
                    self.lost.set()
                    return
        finally:
            connection.close()

    def _renewed(self) -> bool:
        """True also when the database is away: the lease decides, and the next beat tries again."""
        try:
            with schema_context(self._schema):
                return renew(self._job_id, self._fence)
        except DatabaseError as error:
            log.warning("heartbeat_failed", job_id=str(self._job_id), error=str(error))
            connection.close()
            return True
